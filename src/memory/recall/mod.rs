//! Finding what fits a turn, caching what was found, and writing it into a prompt. Pure but for the cache's store.

pub mod context;
pub mod decide;
pub mod key;
#[cfg(target_arch = "wasm32")]
pub mod kv;
pub mod rank;
pub mod vectors;
