//! The recall cache: a bounded layer in the isolate above the KV namespace `RECALL`. Keys and forms: [`crate::memory::recall::key`].
//!
//! Both layers hold what was encrypted under the person's own key, which only the person's object keeps: erasing the
//! person makes every copy unreadable at once. Without the namespace only the isolate's layer serves.

use std::cell::RefCell;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::memory::recall::key::{CacheEntry, NONCE_BYTES, SealedValue};
use crate::platform::clock::timeout_ms;
use crate::platform::kv::Kv;
use crate::platform::lru::{Bounds, Lru};
use crate::telemetry::collector::{count, of_cache};
use crate::telemetry::metrics::CACHE_LOOKUPS;
use crate::wire::base64::STANDARD;

#[wasm_bindgen(module = "/src/memory/recall/crypto.js")]
extern "C" {
    fn seal(secret: &Uint8Array, nonce: &Uint8Array, additional: &Uint8Array, plain: &Uint8Array) -> Promise;
    fn unseal(
        secret: &Uint8Array,
        nonce: &Uint8Array,
        additional: &Uint8Array,
        ciphertext: &Uint8Array,
    ) -> Promise;
}

/// The KV namespace.
pub const BINDING: &str = "RECALL";
/// A cache that takes longer than a search is none.
const READ_MS: u64 = 100;

thread_local! {
    static RECENT: RefCell<Lru<Vec<u8>>> = RefCell::new(Lru::new(Bounds::default()));
}

/// Whether the isolate's layer has an entry under this key.
pub fn is_held(key: &str, now_ms: u64) -> bool {
    RECENT.with_borrow_mut(|recent| recent.get(key, now_ms).is_some())
}

fn hold(key: &str, bytes: Vec<u8>, now_ms: u64) {
    RECENT.with_borrow_mut(|recent| {
        let evicted = recent.put(key, bytes, now_ms);
        of_cache("recall", recent.len(), recent.bytes(), evicted);
    });
}

/// The entry under `key`, from the isolate or from KV.
pub async fn get(key: &str, cache_key: &str, generation: u64, now_ms: u64) -> Option<CacheEntry> {
    let held = RECENT.with_borrow_mut(|recent| recent.get(key, now_ms).cloned());
    let layer = if held.is_some() { "isolate" } else { "store" };
    let entry = entry(key, cache_key, generation, now_ms, held).await;
    let result = if entry.is_some() { "hit" } else { "miss" };
    count(&CACHE_LOOKUPS, &["recall", layer, result], 1.0);
    entry
}

async fn entry(
    key: &str,
    cache_key: &str,
    generation: u64,
    now_ms: u64,
    held: Option<Vec<u8>>,
) -> Option<CacheEntry> {
    let bytes = match held {
        Some(bytes) => bytes,
        None => {
            let bytes = timeout_ms(READ_MS, Kv::of(BINDING)?.get(key)).await??;
            hold(key, bytes.clone(), now_ms);
            bytes
        }
    };
    let envelope = SealedValue::from_bytes(&bytes)?;
    let secret = STANDARD.decode(cache_key)?;
    let plain = unseal(
        &Uint8Array::from(secret.as_slice()),
        &Uint8Array::from(envelope.nonce.as_slice()),
        &Uint8Array::from(key.as_bytes()),
        &Uint8Array::from(envelope.ciphertext.as_slice()),
    );
    let plain = Uint8Array::new(&JsFuture::from(plain).await.ok()?).to_vec();
    CacheEntry::from_bytes(&plain, generation)
}

/// Stores an entry in both layers; a failure costs a later hit and nothing else.
pub async fn put(key: &str, cache_key: &str, entry: &CacheEntry, ttl_s: u64, now_ms: u64) {
    let _ = put_sealed(key, cache_key, entry, ttl_s, now_ms).await;
}

async fn put_sealed(key: &str, cache_key: &str, entry: &CacheEntry, ttl_s: u64, now_ms: u64) -> Option<()> {
    let plain = entry.to_bytes()?;
    let secret = STANDARD.decode(cache_key)?;
    let mut nonce = [0u8; NONCE_BYTES];
    // Never without randomness: a nonce must not be used twice.
    getrandom::fill(&mut nonce).ok()?;
    let ciphertext = seal(
        &Uint8Array::from(secret.as_slice()),
        &Uint8Array::from(nonce.as_slice()),
        &Uint8Array::from(key.as_bytes()),
        &Uint8Array::from(plain.as_slice()),
    );
    let ciphertext = Uint8Array::new(&JsFuture::from(ciphertext).await.ok()?).to_vec();
    let bytes = SealedValue { nonce, ciphertext }.to_bytes();
    hold(key, bytes.clone(), now_ms);
    Kv::of(BINDING)?.put(key, &bytes, ttl_s, "").await.ok()
}
