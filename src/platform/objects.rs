//! Durable Objects that are told something without a request in hand.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/src/platform/env.js")]
extern "C" {
    #[wasm_bindgen(js_name = tell)]
    fn js_tell(binding: &str, name: &str, text: &str) -> Promise;
}

/// Says something to an object; its answer's text.
pub async fn tell(binding: &str, name: &str, text: &str) -> Option<String> {
    JsFuture::from(js_tell(binding, name, text))
        .await
        .ok()?
        .as_string()
}
