//! The platform's edge: what hearken needs of Cloudflare's runtime, behind names that say the need.
//!
//! The JavaScript beside these files does what the bindings do not offer, or only with many crossings; the rules that it
//! follows are Rust's. Below every other room and knows none but `config` (read once for an isolate) and `wire`.

#[cfg(target_arch = "wasm32")]
pub mod analytics;
#[cfg(target_arch = "wasm32")]
pub mod background;
#[cfg(target_arch = "wasm32")]
pub mod clock;
#[cfg(target_arch = "wasm32")]
pub mod isolate;
#[cfg(target_arch = "wasm32")]
pub mod kv;
pub mod log;
pub mod lru;
#[cfg(target_arch = "wasm32")]
pub mod objects;
pub mod random;
#[cfg(target_arch = "wasm32")]
pub mod rate;
pub mod sql;
#[cfg(target_arch = "wasm32")]
pub mod sql_worker;
#[cfg(target_arch = "wasm32")]
pub mod timer;

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "../../tests/support/simulated.rs"]
pub mod simulated;
#[cfg(all(test, not(target_arch = "wasm32")))]
pub use simulated::{background, clock, isolate, objects, timer};
