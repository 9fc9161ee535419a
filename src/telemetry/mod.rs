//! What is measured: declared in one file ([`metrics`]), gathered in the isolate ([`collector`]), handed in batches to an
//! object that adds up ([`store`]), read by scrapers ([`exposition`]) and by people ([`stats`]).
//!
//! The ground: every room tells it what happened, and it knows none of them. Invariant: nothing on a request's path waits
//! for it.

pub mod account;
pub mod collector;
pub mod exposition;
pub mod figures;
pub mod histogram;
pub mod metrics;
#[cfg(target_arch = "wasm32")]
pub mod object;
pub mod outbox;
#[cfg(target_arch = "wasm32")]
pub mod reporter;
pub mod stats;
pub mod store;
