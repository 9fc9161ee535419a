//! The one way out: every call to a provider goes through here.

#[cfg(target_arch = "wasm32")]
pub mod attempt;
#[cfg(any(test, target_arch = "wasm32"))]
pub mod attempt_record;
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
pub mod deadline;
#[cfg(target_arch = "wasm32")]
pub mod fetch;
pub mod outcome;
pub mod provider;
pub mod quantile;
pub mod reason;
#[cfg(any(test, target_arch = "wasm32"))]
pub mod registry;
