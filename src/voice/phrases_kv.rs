//! The store of clips: the KV namespace `PHRASES`, under the keys of `clip_key.rs`.

use worker::Env;
use worker::kv::KvStore;

use super::clip_key::Codec;
use super::phrase_cache::{CachedClip, NewClip};
use super::phrases::PhrasesError;
use crate::audio::CLIP_BYTES_MAX;

/// The namespace.
pub struct ClipStore(KvStore);

impl ClipStore {
    /// # Errors
    /// [`PhrasesError::NoStore`]
    pub fn new(env: &Env) -> Result<ClipStore, PhrasesError> {
        env.kv("PHRASES")
            .map(ClipStore)
            .map_err(|_| PhrasesError::NoStore)
    }

    /// The clip under `key`, if there is one and it can be read.
    pub async fn get(&self, codec: Codec, key: &str) -> Option<CachedClip> {
        let bytes = self.0.get(key).bytes().await.ok().flatten()?;
        CachedClip::parse(codec, bytes)
    }

    /// Stores a clip for `ttl_s` seconds.
    ///
    /// # Errors
    /// The clip is too large, or the store failed.
    pub async fn put(&self, fresh: &NewClip, ttl_s: u64) -> Result<(), PhrasesError> {
        let bytes = fresh.kept.as_ref();
        if bytes.len() > CLIP_BYTES_MAX {
            return Err(PhrasesError::TooLarge);
        }
        let metadata = serde_json::json!({
            "codec": fresh.kept.codec().name(), "voice": fresh.voice, "saving_ms": fresh.saving_ms,
        });
        let failed = |error: worker::kv::KvError| PhrasesError::Store(error.to_string());
        let put = self.0.put_bytes(&fresh.key, bytes).map_err(failed)?;
        let put = put.expiration_ttl(ttl_s).metadata(metadata).map_err(failed)?;
        put.execute().await.map_err(failed)
    }

    /// Deletes clips. One that stays costs its room until it expires.
    pub async fn delete(&self, keys: &[String]) {
        futures::future::join_all(keys.iter().map(|key| self.0.delete(key))).await;
    }
}
