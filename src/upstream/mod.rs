//! The one way out: every call to a provider goes through here.

pub mod backoff;
pub mod breaker;
#[cfg(any(test, target_arch = "wasm32"))]
pub mod breaker_client;
#[cfg(target_arch = "wasm32")]
pub mod breaker_do;
pub mod budget;
#[cfg(any(test, target_arch = "wasm32"))]
pub mod chain;
pub mod counts;
#[cfg(target_arch = "wasm32")]
pub mod fetch;
#[cfg(any(test, target_arch = "wasm32"))]
pub mod house;
pub mod limit;
pub mod outcome;
pub mod provider;
pub mod quantile;
pub mod reason;
#[cfg(any(test, target_arch = "wasm32"))]
pub mod ticket;
