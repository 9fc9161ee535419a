//! A namespace of Workers KV, by its binding.

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::isolate;

#[wasm_bindgen(module = "/src/platform/env.js")]
extern "C" {
    fn stored(binding: &str, key: &str) -> Promise;
    fn store(binding: &str, key: &str, bytes: &Uint8Array, ttl_s: f64, metadata: &str) -> Promise;
    fn forget(binding: &str, keys: &Array) -> Promise;
}

/// A namespace that is there.
#[derive(Clone, Copy)]
pub struct Kv(&'static str);

impl Kv {
    /// The namespace of that name, where the deployment has one.
    pub fn of(binding: &'static str) -> Option<Kv> {
        isolate::binding(binding).is_object().then_some(Kv(binding))
    }

    /// What is stored under a key; `None` also where the store failed.
    pub async fn get(self, key: &str) -> Option<Vec<u8>> {
        let bytes = JsFuture::from(stored(self.0, key)).await.ok()?;
        bytes
            .is_object()
            .then(|| Uint8Array::unchecked_from_js(bytes).to_vec())
    }

    /// Stores bytes for `ttl_s` seconds, with what a listing tells of them: JSON, or nothing.
    ///
    /// # Errors
    /// What the store says.
    pub async fn put(self, key: &str, bytes: &[u8], ttl_s: u64, metadata: &str) -> Result<(), String> {
        let stored = store(self.0, key, &Uint8Array::from(bytes), ttl_s as f64, metadata);
        let done = JsFuture::from(stored).await;
        done.map(|_| ())
            .map_err(|error| worker::Error::from(error).to_string())
    }

    /// Deletes entries; one that stays does so until it expires.
    pub async fn delete(self, keys: &[String]) {
        let keys = keys.iter().map(|key| JsValue::from_str(key)).collect::<Array>();
        let _ = JsFuture::from(forget(self.0, &keys)).await;
    }
}
