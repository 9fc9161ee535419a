//! One person's object: its tables, what it does, and the way to it.

pub mod actor;
pub mod change;
#[cfg(target_arch = "wasm32")]
pub mod client;
pub mod heard;
pub mod hours;
pub mod jobs;
pub mod ledger;
mod left;
#[cfg(target_arch = "wasm32")]
pub mod object;
pub mod outside;
pub mod protocol;
pub mod public;
#[cfg(target_arch = "wasm32")]
pub mod recall;
pub mod record;
pub mod responses;
pub mod schema;
pub mod search;
pub mod state;
pub mod summary;
pub mod tables;
pub mod turn;
