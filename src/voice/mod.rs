//! Speech: cutting text into phrases, synthesis, hearing, and the containers sound travels in.

pub mod clip_key;
pub mod container;
pub mod cut;
pub mod hearing;
#[cfg(target_arch = "wasm32")]
pub mod narrate;
pub mod normalize;
pub mod phrasebook;
pub mod pipeline;
#[cfg(target_arch = "wasm32")]
pub mod speaker;
pub mod speech_request;
pub mod synthesis;
