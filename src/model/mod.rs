//! Language models: OpenAI's wire format as providers speak it, and Workers AI's own.

pub mod audio_delta;
mod bad_field;
#[cfg(target_arch = "wasm32")]
pub mod client;
pub mod embeddings;
pub mod forms;
pub mod observer;
pub mod own_fields;
pub mod reply;
pub mod request;
pub mod responses;
mod skim;
pub mod spoken;
pub mod usage;
pub mod voiced;
pub mod workers_ai;
