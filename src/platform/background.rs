//! Work that goes on after the answer has been sent.

use std::future::Future;

use futures::future::LocalBoxFuture;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

#[wasm_bindgen(module = "/src/platform/env.js")]
extern "C" {
    fn outlive(promise: &Promise);
}

/// Runs `future` to its end, beside and beyond the present request.
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    spawn_boxed(Box::pin(future));
}

/// Not generic, for a promise of each kind of future would be a kilobyte of its own.
fn spawn_boxed(future: LocalBoxFuture<'static, ()>) {
    outlive(&future_to_promise(async move {
        future.await;
        Ok(JsValue::UNDEFINED)
    }));
}
