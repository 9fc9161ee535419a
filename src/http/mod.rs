//! A request in, a response out: routing, identity, errors, negotiation, one file per resource.

pub mod client_secret;
pub mod error;
pub mod identity;
pub mod mcp_protocol;
pub mod negotiate;
pub mod provider_error;
pub mod query;
pub mod request_head;
pub mod router;
mod signed;
pub mod speech_request;
pub mod visitor;

#[cfg(target_arch = "wasm32")]
mod admin_breakers;
#[cfg(target_arch = "wasm32")]
pub mod app;
#[cfg(target_arch = "wasm32")]
mod body_writer;
#[cfg(target_arch = "wasm32")]
mod care;
#[cfg(target_arch = "wasm32")]
mod chat;
#[cfg(target_arch = "wasm32")]
mod chat_audio;
#[cfg(target_arch = "wasm32")]
mod chat_tap;
#[cfg(target_arch = "wasm32")]
mod conversations;
#[cfg(target_arch = "wasm32")]
mod embeddings;
#[cfg(target_arch = "wasm32")]
mod exchange;
#[cfg(target_arch = "wasm32")]
mod export;
#[cfg(target_arch = "wasm32")]
mod heard;
#[cfg(target_arch = "wasm32")]
mod mcp;
#[cfg(target_arch = "wasm32")]
mod memories;
#[cfg(target_arch = "wasm32")]
mod metrics;
#[cfg(target_arch = "wasm32")]
mod model_reply;
#[cfg(target_arch = "wasm32")]
mod models;
#[cfg(target_arch = "wasm32")]
mod person_resource;
#[cfg(target_arch = "wasm32")]
mod phrases;
#[cfg(target_arch = "wasm32")]
mod realtime;
#[cfg(target_arch = "wasm32")]
mod relay;
#[cfg(target_arch = "wasm32")]
mod reply;
#[cfg(target_arch = "wasm32")]
mod responses;
#[cfg(target_arch = "wasm32")]
mod sessions;
#[cfg(target_arch = "wasm32")]
mod speech;
#[cfg(target_arch = "wasm32")]
mod speech_parts;
#[cfg(target_arch = "wasm32")]
mod speech_tap;
#[cfg(target_arch = "wasm32")]
mod stats;
#[cfg(target_arch = "wasm32")]
mod transcription;
#[cfg(target_arch = "wasm32")]
mod turns;
#[cfg(target_arch = "wasm32")]
mod usage;
#[cfg(target_arch = "wasm32")]
mod voices;
