//! Speaking and being heard at once: OpenAI's Realtime protocol over a WebSocket. A session is a pure state machine
//! ([`dialogue::Dialogue::step`]); its Durable Object ([`object`]) loads, steps and does what comes of it.

#[cfg(target_arch = "wasm32")]
mod admission;
#[cfg(any(test, target_arch = "wasm32"))]
mod ahead;
#[cfg(any(test, target_arch = "wasm32"))]
mod ask;
mod audio_setup;
#[cfg(any(test, target_arch = "wasm32"))]
mod client;
#[cfg(any(test, target_arch = "wasm32"))]
mod clock;
pub mod conversation;
pub mod detection;
#[cfg(any(test, target_arch = "wasm32"))]
pub mod dialogue;
mod echo;
pub mod endings;
pub mod heard;
pub mod input;
pub mod item;
#[cfg(target_arch = "wasm32")]
mod keeping;
#[cfg(any(test, target_arch = "wasm32"))]
mod leaving;
#[cfg(target_arch = "wasm32")]
mod line;
#[cfg(target_arch = "wasm32")]
mod listener;
#[cfg(any(test, target_arch = "wasm32"))]
mod listening;
#[cfg(any(test, target_arch = "wasm32"))]
mod microphone;
#[cfg(target_arch = "wasm32")]
pub mod object;
#[cfg(any(test, target_arch = "wasm32"))]
mod outcome;
#[cfg(any(test, target_arch = "wasm32"))]
mod playback;
#[cfg(target_arch = "wasm32")]
mod reasons;
#[cfg(target_arch = "wasm32")]
mod recording;
pub mod refusal;
#[cfg(any(test, target_arch = "wasm32"))]
mod replies;
#[cfg(any(test, target_arch = "wasm32"))]
mod request;
#[cfg(any(test, target_arch = "wasm32"))]
pub mod response;
#[cfg(target_arch = "wasm32")]
mod running;
pub mod setup;
#[cfg(test)]
mod simulation;
#[cfg(any(test, target_arch = "wasm32"))]
mod snapshot;
mod turn_detection;
#[cfg(any(test, target_arch = "wasm32"))]
mod unfinished;
pub mod wire;

#[cfg(test)]
mod fuzz_tests;
