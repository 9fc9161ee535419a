//! Speech: cutting text into phrases, synthesis, hearing, and the containers sound travels in.

pub mod clip_key;
pub mod end_of_turn;
#[cfg(target_arch = "wasm32")]
pub mod end_of_turn_client;
pub mod hearing;
pub mod normalize;
#[cfg(any(test, target_arch = "wasm32"))]
pub mod phrase;
pub mod phrase_cache;
pub mod phrasebook;
#[cfg(target_arch = "wasm32")]
pub mod phrasebook_client;
#[cfg(target_arch = "wasm32")]
pub mod phrasebook_do;
#[cfg(target_arch = "wasm32")]
pub mod phrases;
#[cfg(target_arch = "wasm32")]
pub mod phrases_error;
#[cfg(target_arch = "wasm32")]
pub mod phrases_kv;
pub mod playback_buffer;
pub mod recogniser;
#[cfg(target_arch = "wasm32")]
pub mod recogniser_client;
pub mod reorder_buffer;
#[cfg(target_arch = "wasm32")]
pub mod speaker;
#[cfg(any(test, target_arch = "wasm32"))]
pub mod speech;
#[cfg(target_arch = "wasm32")]
pub mod speech_client;
#[cfg(any(test, target_arch = "wasm32"))]
pub mod speech_output;
pub mod synthesis;
pub mod transcript;
pub mod transcript_stream;
#[cfg(target_arch = "wasm32")]
pub mod transcription_client;
pub mod voices;
#[cfg(target_arch = "wasm32")]
pub mod warm;
