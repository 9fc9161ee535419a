//! The moment by which whatever begins now must be over, carried down to where attempts are made.
//!
//! A future that is polled inside [`within`] sees the earliest of all the limits around it, so a turn's end and a lease's
//! end reach every attempt without being handed through every signature. Invariant: a limit is in force during its
//! future's polls only; nothing leaks to other requests of the isolate. Leaves out the timers: whoever waits asks
//! [`until_ms`] when it begins and waits no longer.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::future::LocalBoxFuture;

thread_local! {
    static UNTIL_MS: Cell<f64> = const { Cell::new(f64::INFINITY) };
}

/// Milliseconds since 1970 at which everything that begins now must be over; infinite where nothing limits it.
pub fn until_ms() -> f64 {
    UNTIL_MS.get()
}

/// Runs a future under a limit; one that is in force already and earlier stays.
pub fn within<T>(until_ms: f64, future: LocalBoxFuture<'_, T>) -> UnderDeadline<'_, T> {
    UnderDeadline { future, until_ms }
}

/// A future under a limit.
pub struct UnderDeadline<'a, T> {
    future: LocalBoxFuture<'a, T>,
    until_ms: f64,
}

impl<T> Future for UnderDeadline<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let outer_ms = UNTIL_MS.get();
        UNTIL_MS.set(outer_ms.min(self.until_ms));
        let polled = self.future.as_mut().poll(context);
        UNTIL_MS.set(outer_ms);
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use futures::future::{join, ready};

    #[test]
    fn the_earliest_limit_holds_and_ends_with_its_future() {
        let now = || async { until_ms() }.boxed_local();
        let seen = async {
            let inner = within(5.0, now()).await;
            let later = within(20.0, now()).await;
            (inner, later, until_ms())
        };
        let seen = within(9.0, seen.boxed_local());
        assert_eq!(seen.now_or_never(), Some((5.0, 9.0, 9.0)));
        assert_eq!(until_ms(), f64::INFINITY);
    }

    #[test]
    fn futures_side_by_side_keep_their_own() {
        let now = || async {
            ready(()).await;
            until_ms()
        };
        let one = within(1.0, now().boxed_local());
        let other = within(2.0, now().boxed_local());
        assert_eq!(join(one, other).now_or_never(), Some((1.0, 2.0)));
    }
}
