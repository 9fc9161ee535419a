//! One attempt at a provider: its call in JavaScript, its clocks, and whose it is to abort.
//!
//! Invariant: an attempt that is dropped, refused or late is aborted down to its socket; the abort controller lives as long
//! as the body does.

use std::cell::Cell;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use super::deadline;
use super::outcome::{Deadline, Failure};
use crate::platform::clock::now_ms;

#[wasm_bindgen(module = "/src/platform/transport.js")]
extern "C" {
    /// A call as JavaScript has it, with its abort controller, its clock and its body.
    pub type Call;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(client: &AbortSignal) -> Call;
    #[wasm_bindgen(method, catch)]
    pub(super) fn send(
        this: &Call,
        method: &str,
        url: &str,
        headers: &str,
        body: &JsValue,
        left_ms: u32,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn run(
        this: &Call,
        ai: &JsValue,
        model: &str,
        inputs: &str,
        left_ms: u32,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn listen(
        this: &Call,
        ai: &JsValue,
        model: &str,
        inputs: &str,
        left_ms: u32,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method)]
    pub(super) fn accept(this: &Call) -> bool;
    #[wasm_bindgen(method)]
    pub(super) fn message(this: &Call) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn tell(this: &Call, frame: &JsValue);
    #[wasm_bindgen(method)]
    pub(super) fn close(this: &Call);
    #[wasm_bindgen(method, getter)]
    pub(super) fn status(this: &Call) -> u16;
    #[wasm_bindgen(method, getter)]
    pub(super) fn is_late(this: &Call) -> Option<bool>;
    #[wasm_bindgen(method)]
    pub(super) fn header(this: &Call, name: &str) -> Option<String>;
    #[wasm_bindgen(method)]
    pub(super) fn open(this: &Call) -> bool;
    #[wasm_bindgen(method, js_name = read)]
    pub(super) fn read_call(this: &Call, left_ms: u32) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn commit(this: &Call);
    #[wasm_bindgen(method)]
    pub(super) fn abort(this: &Call);
}

/// One attempt, from its sending to its last byte.
pub struct Attempt {
    pub(super) call: Call,
    client: AbortSignal,
    sent_at_ms: f64,
    /// The turn's end, or its lease's: no clock runs longer.
    until_ms: f64,
    /// Whether dropping it no longer ends it.
    pub(super) committed: Cell<bool>,
}

impl Attempt {
    pub(super) fn new(client: &AbortSignal) -> Result<Attempt, Failure> {
        if client.aborted() {
            return Err(Failure::ClientLeft);
        }
        let (sent_at_ms, until_ms) = (now_ms(), deadline::until_ms());
        if until_ms <= sent_at_ms {
            return Err(Failure::Timeout(Deadline::Total));
        }
        Ok(Attempt {
            call: Call::new(client),
            client: client.clone(),
            sent_at_ms,
            until_ms,
            committed: Cell::new(false),
        })
    }

    /// The call, for the relay: it reads on and aborts it, down to its socket.
    pub fn call(&self) -> &Call {
        &self.call
    }

    /// Milliseconds since it was sent.
    pub fn elapsed_ms(&self) -> f64 {
        now_ms() - self.sent_at_ms
    }

    /// What is left of a clock that began when the attempt was sent, and of whatever else limits the attempt.
    pub fn left_ms(&self, clock_ms: u32) -> u32 {
        let left_ms = f64::from(clock_ms) - self.elapsed_ms();
        left_ms.min(self.until_ms - now_ms()).max(0.0) as u32
    }

    /// From here on the relay owns the abort: dropping the attempt no longer ends it.
    pub fn commit(&self) {
        self.committed.set(true);
        self.call.commit();
    }

    /// The clock that runs out first, and what is left of it.
    pub(super) fn limited(&self, left_ms: u32, clock: Deadline) -> (u32, Deadline) {
        let limit_ms = (self.until_ms - now_ms()).max(0.0);
        if limit_ms <= f64::from(left_ms) {
            (limit_ms as u32, Deadline::Total)
        } else {
            (left_ms, clock)
        }
    }

    /// Waits for a promise of the call's, which is late by itself when its clock runs out.
    pub(super) async fn wait(
        &self,
        promise: Promise,
        clock: Deadline,
        lost: Failure,
    ) -> Result<JsValue, Failure> {
        JsFuture::from(promise).await.map_err(|_| {
            if self.call.is_late().is_some() {
                Failure::Timeout(clock)
            } else if self.client.aborted() {
                Failure::ClientLeft
            } else {
                lost
            }
        })
    }

    /// The next bytes of the body, or `None` at its end.
    pub(super) async fn read(&self, left_ms: u32, clock: Deadline) -> Result<Option<Vec<u8>>, Failure> {
        let (left_ms, clock) = self.limited(left_ms, clock);
        if left_ms == 0 {
            // A flood leaves timers no room: its bytes are always there first.
            return Err(Failure::Timeout(clock));
        }
        let value = self
            .wait(self.call.read_call(left_ms), clock, Failure::Cut)
            .await?;
        // The bytes are JavaScript's until the next read: a copy is ours.
        Ok((!value.is_undefined()).then(|| Uint8Array::from(value).to_vec()))
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.committed.get() {
            self.call.abort();
        }
    }
}
