//! A timer that can be set anew for every event of a stream. The platform's timers cost more than the events they watch
//! over, so one that will go off too early is left running, and set on when it does.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::clock::now_ms;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &JsValue, ms: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: &JsValue);
}

/// One timer, to be waited for by one future at a time. Dropping it takes its timer away.
#[derive(Default)]
pub struct Timer(Option<Running>);

struct Running {
    at_ms: f64,
    bell: Rc<Bell>,
    id: JsValue,
    /// Called by the platform as long as the timer runs.
    _ring: Closure<dyn FnMut()>,
}

/// Wakes whoever waits when it rings, and not who waited when the timer was set: a reader may change its task.
#[derive(Default)]
struct Bell {
    has_rung: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Timer {
    /// Resolves at `at_ms` (as [`now_ms`] counts), or a little later.
    pub fn until(&mut self, at_ms: f64) -> impl Future<Output = ()> + '_ {
        poll_fn(move |context| self.poll(at_ms, context))
    }

    fn poll(&mut self, at_ms: f64, context: &mut Context<'_>) -> Poll<()> {
        if let Some(timer) = self.0.as_ref().filter(|timer| timer.at_ms <= at_ms) {
            if !timer.bell.has_rung.get() {
                timer.bell.wake(context);
                return Poll::Pending;
            }
            // The timer is right even where the clock lags behind it.
            let is_due = timer.at_ms >= at_ms;
            self.0 = None;
            if is_due {
                return Poll::Ready(());
            }
        }
        let timer = Running::set(at_ms);
        timer.bell.wake(context);
        self.0 = Some(timer);
        Poll::Pending
    }
}

impl Running {
    fn set(at_ms: f64) -> Running {
        let bell = Rc::<Bell>::default();
        let rung = bell.clone();
        let ring = Closure::<dyn FnMut()>::new(move || {
            rung.has_rung.set(true);
            let waker = rung.waker.take();
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        Running {
            at_ms,
            id: set_timeout(ring.as_ref(), (at_ms - now_ms()).max(0.0)),
            bell,
            _ring: ring,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.bell.has_rung.get() {
            clear_timeout(&self.id);
        }
    }
}

impl Bell {
    fn wake(&self, context: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        match waker.as_mut() {
            Some(waker) => waker.clone_from(context.waker()),
            None => *waker = Some(context.waker().clone()),
        }
    }
}
