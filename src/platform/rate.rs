//! The platform's count of requests in a minute. It is a shield: counted near each place, and leniently.

use wasm_bindgen::prelude::*;

use super::clock::now_ms;

#[wasm_bindgen(module = "/src/platform/env.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = admitted)]
    async fn asked(key: &str) -> Result<JsValue, JsValue>;
}

const MINUTE_S: u64 = 60;

/// The deployment has no binding that counts.
pub struct Unbound;

/// Whether whoever is counted as `key` may ask once more. A shield that fails shields nobody, and locks nobody out.
///
/// # Errors
/// Nobody counts.
pub async fn admitted(key: &str) -> Result<bool, Unbound> {
    match asked(key).await.map(|answer| answer.as_bool()) {
        Ok(None) => Err(Unbound),
        Ok(Some(is_admitted)) => Ok(is_admitted),
        Err(_) => Ok(true),
    }
}

/// When the next minute begins, seconds.
pub fn reset_s() -> u64 {
    MINUTE_S - now_ms() as u64 / 1_000 % MINUTE_S
}
