//! The binding `ANALYTICS` (Workers Analytics Engine), where there is one. Nobody waits for it.

use js_sys::Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/platform/env.js")]
extern "C" {
    fn point(words: &Array, numbers: &Array);
}

/// Writes one point: words in the order of their columns, the first of them its index too, and numbers.
pub fn write(words: &[&str], numbers: &[f64]) {
    let words = words.iter().map(|word| JsValue::from_str(word));
    let numbers = numbers.iter().map(|number| JsValue::from_f64(*number));
    point(&words.collect(), &numbers.collect());
}
