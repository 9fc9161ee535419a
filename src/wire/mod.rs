//! Wire formats shared by several rooms. Pure.

pub mod escapes;
pub mod flat;
pub mod sse;
