//! Durable Objects that are told something without a request in hand.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

#[wasm_bindgen(module = "/src/platform/env.js")]
extern "C" {
    #[wasm_bindgen(js_name = tell)]
    fn js_tell(binding: &str, name: &str, text: &str) -> Promise;
    #[wasm_bindgen(js_name = connect)]
    fn js_connect(binding: &str, header: &str, text: &str) -> Promise;
}

/// Says something to an object; its answer's text.
pub async fn tell(binding: &str, name: &str, text: &str) -> Option<String> {
    JsFuture::from(js_tell(binding, name, text))
        .await
        .ok()?
        .as_string()
}

/// Opens a socket at a new object, which is told `text` in a header: the answer that has it.
///
/// # Errors
/// There is no such object, or it does not answer.
pub async fn connect(binding: &str, header: &str, text: &str) -> Result<Response, worker::Error> {
    let answer = JsFuture::from(js_connect(binding, header, text)).await?;
    Ok(answer.unchecked_into())
}
