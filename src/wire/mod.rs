//! Wire formats shared by several rooms. Pure.

pub mod sse;
