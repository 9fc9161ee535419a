//! The platform for native tests: time that passes only when nothing else can happen, work in the background on the
//! test's own thread, a configuration that the test sets, and objects that cannot be reached.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures::future::LocalBoxFuture;

thread_local! {
    static NOW_MS: Cell<f64> = const { Cell::new(1_700_000_000_000.0) };
    static TIMERS: RefCell<Vec<(f64, Waker)>> = const { RefCell::new(Vec::new()) };
    static SPAWNED: RefCell<Vec<LocalBoxFuture<'static, ()>>> = const { RefCell::new(Vec::new()) };
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a future and what it spawns; when all of it waits, the time of the next timer has come.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(woken.clone());
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        while woken.0.swap(false, Ordering::Relaxed) {
            if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
                return value;
            }
            let mut spawned = SPAWNED.take();
            spawned.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
            let has_more = SPAWNED.with_borrow_mut(|more| {
                let has_more = !more.is_empty();
                spawned.append(more);
                has_more
            });
            SPAWNED.set(spawned);
            if has_more {
                woken.0.store(true, Ordering::Relaxed);
            }
        }
        assert!(clock::advance(), "everything waits, and no timer is set");
    }
}

/// The time and its timers.
pub mod clock {
    use std::future::poll_fn;

    use futures::future::{Either, select};

    use super::*;

    /// Milliseconds since 1970.
    pub fn now_ms() -> f64 {
        NOW_MS.get()
    }

    /// Resolves after so many milliseconds.
    pub async fn sleep_ms(ms: u64) {
        until(now_ms() + ms as f64).await;
    }

    pub(super) async fn until(at_ms: f64) {
        poll_fn(|context| match now_ms() >= at_ms {
            true => Poll::Ready(()),
            false => {
                TIMERS.with_borrow_mut(|timers| timers.push((at_ms, context.waker().clone())));
                Poll::Pending
            }
        })
        .await;
    }

    /// What `future` gives within `ms` milliseconds.
    pub async fn timeout_ms<T>(ms: u64, future: impl Future<Output = T>) -> Option<T> {
        match select(pin!(future), pin!(sleep_ms(ms))).await {
            Either::Left((value, _)) => Some(value),
            Either::Right(_) => None,
        }
    }

    pub(super) fn advance() -> bool {
        let mut timers = TIMERS.take();
        let Some(next_ms) = timers.iter().map(|(at_ms, _)| *at_ms).reduce(f64::min) else {
            return false;
        };
        NOW_MS.set(next_ms.max(now_ms()));
        timers.retain(|(at_ms, waker)| {
            if *at_ms <= now_ms() {
                waker.wake_by_ref();
            }
            *at_ms > now_ms()
        });
        TIMERS.set(timers);
        true
    }
}

/// A timer that can be set anew.
pub mod timer {
    /// One timer.
    #[derive(Default)]
    pub struct Timer(());

    impl Timer {
        /// Resolves at `at_ms`.
        pub async fn until(&mut self, at_ms: f64) {
            super::clock::until(at_ms).await;
        }
    }
}

/// Work that goes on after the answer has been sent.
pub mod background {
    use super::*;

    /// Runs `future` beside the test.
    pub fn spawn(future: impl Future<Output = ()> + 'static) {
        SPAWNED.with_borrow_mut(|spawned| spawned.push(Box::pin(future)));
    }
}

/// The configuration of this isolate.
pub mod isolate {
    use std::rc::Rc;

    use super::*;
    use crate::config::{Config, ConfigError};

    thread_local! {
        static CONFIG: RefCell<Option<Rc<Config>>> = const { RefCell::new(None) };
    }

    /// Sets it, for this test.
    pub fn set(config: Config) -> Rc<Config> {
        let config = Rc::new(config);
        CONFIG.set(Some(config.clone()));
        config
    }

    /// The configuration.
    ///
    /// # Errors
    /// The first variable that cannot be used.
    pub fn config() -> Result<Rc<Config>, ConfigError> {
        match CONFIG.with_borrow(Clone::clone) {
            Some(config) => Ok(config),
            None => Config::from_lookup(&|_| None).map(set),
        }
    }
}

/// Durable Objects.
pub mod objects {
    /// Says something to an object; none can be reached.
    pub async fn tell(_binding: &str, _name: &str, _text: &str) -> Option<String> {
        None
    }
}
