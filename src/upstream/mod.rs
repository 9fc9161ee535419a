//! The one way out: every call to a provider goes through here.

pub mod backoff;
pub mod breaker;
pub mod budget;
pub mod quantile;
