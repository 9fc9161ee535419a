//! The time and its timers. In production the clock moves only with I/O.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use worker::{Date, Delay};

/// Milliseconds since 1970.
pub fn now_ms() -> f64 {
    Date::now().as_millis() as f64
}

/// Resolves after so many milliseconds.
pub async fn sleep_ms(ms: u64) {
    Delay::from(Duration::from_millis(ms)).await;
}

/// What `future` gives within `ms` milliseconds; `None`, and the future is dropped, when it is late.
pub async fn timeout_ms<T>(ms: u64, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(sleep_ms(ms))).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}
