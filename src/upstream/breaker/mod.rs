//! The breaker: a pure state machine per upstream, and the protocol that shares it between isolates and one object.
//!
//! Exact meaning and names: `docs/breaker.md`. Owns every decision about whether a call may go to a provider; leaves
//! out the network, the clock and the store, which the shells bring as arguments. Two halves:
//!
//! - the machine: [`BreakerConfig`](crate::config::breaker::BreakerConfig), [`BreakerMachine`], [`step`], [`Durable`] and its parts `window` and `evidence`;
//! - the protocol: [`client::BreakerClient`] decides on the request path from a [`messages::Snapshot`] and collects outcomes;
//!   [`coordinator::Coordinator`] applies them, grants leases and answers with the next snapshot.

pub mod client;
pub mod coordinator;
pub mod durable;
pub mod event;
pub mod evidence;
pub mod fail_fast;
pub mod key;
pub mod machine;
pub mod messages;
pub mod outbox;
pub mod view;
pub mod window;

pub use durable::Durable;
pub use event::{Acquired, BreakerEvent, Effects, Outcome, State};
pub use key::Key;
pub use machine::{BreakerMachine, step};
