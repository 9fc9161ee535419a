//! The one way out: every call to a provider goes through here.

pub mod breaker;
pub mod outcome;
