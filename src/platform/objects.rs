//! The Durable Objects of the breakers.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/src/platform/env.js")]
extern "C" {
    fn tell(key: &str, text: &str) -> Promise;
}

/// Says something to the object of a breaker; its answer's text.
pub async fn breaker(key: &str, text: &str) -> Option<String> {
    JsFuture::from(tell(key, text)).await.ok()?.as_string()
}
