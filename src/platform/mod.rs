//! The platform's edge: what hearken needs of Cloudflare's runtime, behind names that say the need.
//!
//! The JavaScript beside these files does what the bindings do not offer, or only with many crossings; the rules that it
//! follows are Rust's. Below every other room and knows none but `config` (read once for an isolate) and `wire`.

#[cfg(target_arch = "wasm32")]
pub mod background;
#[cfg(target_arch = "wasm32")]
pub mod clock;
#[cfg(target_arch = "wasm32")]
pub mod isolate;
pub mod log;
pub mod lru;
pub mod random;
pub mod sql;
#[cfg(target_arch = "wasm32")]
pub mod sql_worker;
#[cfg(target_arch = "wasm32")]
pub mod timer;
