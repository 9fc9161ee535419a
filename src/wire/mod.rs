//! Wire formats shared by several rooms. Pure.

pub mod flat;
pub mod sse;
