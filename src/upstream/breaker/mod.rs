//! The breaker: a pure state machine per upstream.
