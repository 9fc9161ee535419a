//! One person's object: its tables, what it does, and the way to it.

#[cfg(target_arch = "wasm32")]
pub mod change;
#[cfg(target_arch = "wasm32")]
pub mod client;
pub mod export;
#[cfg(target_arch = "wasm32")]
pub mod jobs;
#[cfg(target_arch = "wasm32")]
pub mod object;
pub mod protocol;
#[cfg(target_arch = "wasm32")]
pub mod recall;
pub mod schema;
#[cfg(target_arch = "wasm32")]
pub mod search;
#[cfg(target_arch = "wasm32")]
pub mod state;
#[cfg(target_arch = "wasm32")]
pub mod summary;
#[cfg(target_arch = "wasm32")]
pub mod tables;
#[cfg(target_arch = "wasm32")]
pub mod turn;
