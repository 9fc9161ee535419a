//! Speech: cutting text into phrases, synthesis, hearing, and the containers sound travels in.

#[cfg(target_arch = "wasm32")]
pub mod alarm;
pub mod clip_key;
pub mod hearing;
#[cfg(target_arch = "wasm32")]
pub mod narrate;
pub mod normalize;
pub mod phrasebook;
#[cfg(target_arch = "wasm32")]
pub mod phrasebook_do;
#[cfg(target_arch = "wasm32")]
pub mod phrases_kv;
pub mod pipeline;
#[cfg(target_arch = "wasm32")]
pub mod speaker;
#[cfg(target_arch = "wasm32")]
pub mod speech_client;
pub mod supply;
pub mod synthesis;
#[cfg(target_arch = "wasm32")]
pub mod transcription_client;
#[cfg(target_arch = "wasm32")]
pub mod warm;
