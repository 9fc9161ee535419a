//! The store of clips: the KV namespace `PHRASES`, under the keys of `clip_key.rs`.

use super::clip_key::Codec;
use super::phrase_cache::{CachedClip, NewClip};
use super::phrases_error::PhrasesError;
use crate::audio::CLIP_BYTES_MAX;
use crate::platform::kv::Kv;

/// The namespace.
pub struct ClipStore(Kv);

impl ClipStore {
    /// # Errors
    /// [`PhrasesError::NoStore`]
    pub fn new() -> Result<ClipStore, PhrasesError> {
        Kv::of("PHRASES").map(ClipStore).ok_or(PhrasesError::NoStore)
    }

    /// The clip under `key`, if there is one and it can be read.
    pub async fn get(&self, codec: Codec, key: &str) -> Option<CachedClip> {
        CachedClip::parse(codec, self.0.get(key).await?)
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
        let metadata = crate::wire::json::json!({
            "codec": fresh.kept.codec().name(), "voice": fresh.voice, "saving_ms": fresh.saving_ms,
        });
        let metadata = metadata.to_string();
        let put = self.0.put(&fresh.key, bytes, ttl_s, &metadata).await;
        put.map_err(PhrasesError::Store)
    }

    /// Deletes clips. One that stays costs its room until it expires.
    pub async fn delete(&self, keys: &[String]) {
        self.0.delete(keys).await;
    }
}
