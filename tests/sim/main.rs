//! The breaker from outside: the contract of `replay breaker`, the whole system in virtual time, and the comparison
//! of the strategies. `SIM_SEED=7 SIM_REQUESTS=1000000 cargo test --release --test sim` replays one seed at a size.

/// What the replay doors answer; `examples/replay/breaker.rs` is compiled into this test.
pub type Answer = Result<serde_json::Value, String>;

#[path = "../../examples/replay/breaker.rs"]
mod breaker;

mod contract;
