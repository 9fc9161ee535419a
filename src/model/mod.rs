//! Language models: OpenAI's wire format as providers speak it, and Workers AI's own.

#[cfg(target_arch = "wasm32")]
pub mod client;
pub mod reply;
pub mod request;
mod skim;
pub mod spoken;
pub mod voiced;
pub mod workers_ai;
