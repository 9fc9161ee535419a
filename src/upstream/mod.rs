//! The one way out: every call to a provider goes through here.

pub mod backoff;
pub mod breaker;
pub mod budget;
#[cfg(target_arch = "wasm32")]
pub mod chain;
#[cfg(target_arch = "wasm32")]
pub mod fetch;
pub mod outcome;
pub mod provider;
pub mod quantile;
