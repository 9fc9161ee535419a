//! The breaker from outside: the contract of `replay breaker`, once more against an independent model, the whole system in virtual time, and the comparison
//! of the strategies.
//!
//! A run simulates a million requests, a quarter of them in a debug build, `SIM_REQUESTS=60000` fewer;
//! `SIM_SEED=7 cargo test --release --test sim whole` replays one seed.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

/// What the replay doors answer; `examples/replay/breaker.rs` is compiled into this test.
pub type Answer = Result<serde_json::Value, String>;

#[path = "../../examples/replay/breaker.rs"]
mod breaker;

mod agree;
mod check;
mod compare;
mod contract;
mod cost;
mod model;
mod provider;
mod rng;
mod whole;
mod world;
