//! The phrase cache, as requests use it: finished clips of the isolate (`phrase_cache.rs`) above the store
//! (`phrases_kv.rs`), and the phrasebook (`phrasebook_client.rs`) that knows which phrases may be shared.
//!
//! Speech needs two things of it: [`Phrases::find`] before a phrase is made, [`Phrases::learn`] after it was heard
//! (with [`Phrases::is_known_shared`] for phrases that must fit everywhere). Warming plans and stores; `/admin/phrases`
//! lists and clears.
//!
//! Invariants: a clip is stored only after the phrasebook said that its phrase may be shared, and only if it is complete;
//! a look-up is bounded in time; what was said is counted after the reply, in batches. Nothing here ever waits for another
//! request: only finished bytes are shared between them.

use std::cell::RefCell;
use std::rc::Rc;

use futures::channel::oneshot;

use super::clip_key::{Codec, Profile};
use super::normalize::normalize;
use super::phrase_cache::{CachedClip, HeardBatch, HeardPhrase, NewClip, PhraseCache};
use super::phrasebook::{Command, CommandRequest, CommandResult, SAID_MAX, StoredClip, Terms};
use super::phrasebook_client;
pub use super::phrases_error::PhrasesError;
use super::phrases_kv::ClipStore;
use crate::config::Config;
use crate::platform::background::spawn;
use crate::platform::clock::{self, sleep_ms, timeout_ms};
use crate::platform::log;
use crate::telemetry::collector::{count, observe};
use crate::telemetry::metrics::{CACHE_EVICTIONS, CACHE_LOOKUPS, SYNTHESIS};

thread_local! {
    static CACHE: RefCell<PhraseCache> = RefCell::default();
}

fn now_ms() -> u64 {
    clock::now_ms() as u64
}

/// The cache, as one request uses it.
#[derive(Clone)]
pub struct Phrases {
    config: Rc<Config>,
}

impl Phrases {
    /// The cache, unless it is switched off.
    pub fn new(config: &Rc<Config>) -> Option<Phrases> {
        config.phrases.is_on.then(|| Phrases {
            config: config.clone(),
        })
    }

    /// The clip of a phrase, if it is at hand within the look-up's time. One that comes later is at hand the next time.
    pub async fn find(&self, codec: Codec, key: &str) -> Option<CachedClip> {
        let began_at_ms = clock::now_ms();
        let (clip, layer) = self.look(codec, key).await;
        let result = if clip.is_some() { "hit" } else { "miss" };
        count(&CACHE_LOOKUPS, &["phrase", layer, result], 1.0);
        if clip.is_some() {
            observe(&SYNTHESIS, &[], clock::now_ms() - began_at_ms);
        }
        clip
    }

    /// The same for nobody's reply, and which layer knew.
    async fn look(&self, codec: Codec, key: &str) -> (Option<CachedClip>, &'static str) {
        let (clip, is_missing) = CACHE.with_borrow_mut(|cache| {
            let now_ms = now_ms();
            (cache.clip(key, now_ms), cache.is_known_missing(key, now_ms))
        });
        if clip.is_some() || is_missing {
            return (clip, "isolate");
        }
        let (sender, found) = oneshot::channel();
        let Ok(store) = ClipStore::new() else {
            return (None, "store");
        };
        let key = key.to_owned();
        // A task of its own: a read that was dropped on its way would keep its memory if the request ended before it.
        spawn(async move {
            let clip = store.get(codec, &key).await;
            if let Some(clip) = &clip {
                CACHE.with_borrow_mut(|cache| cache.put_clip(&key, clip.clone(), now_ms()));
            }
            let _ = sender.send(clip);
        });
        let lookup_ms = u64::from(self.config.phrases.lookup_ms);
        let found = timeout_ms(lookup_ms, found).await;
        (found.and_then(Result::ok).flatten(), "store")
    }

    /// Whether the clip of a phrase is neither at hand nor in the store.
    pub async fn is_missing(&self, profile: &Profile, text: &str) -> bool {
        match profile.key(text) {
            Some(key) => self.look(profile.codec, &key).await.0.is_none(),
            None => false,
        }
    }

    /// Whether a phrase is known to be one that many people hear. Such a phrase is made without regard to what came
    /// before it, so that its clip fits everywhere.
    pub fn is_known_shared(&self, phrase: &str) -> bool {
        let normal = normalize(phrase);
        let persona = &self.config.phrases.persona;
        persona.iter().any(|listed| normalize(listed) == normal)
            || CACHE.with_borrow(|cache| cache.is_shared(&normal))
    }

    /// Stores a clip of a phrase that may be shared.
    ///
    /// # Errors
    /// The store or the phrasebook failed.
    pub async fn store(&self, text: &str, fresh: NewClip) -> Result<(), PhrasesError> {
        let ttl_s = u64::from(self.config.phrases.ttl_days) * 86_400;
        ClipStore::new()?.put(&fresh, ttl_s).await?;
        let clip = StoredClip {
            key: fresh.key.clone(),
            text: normalize(text),
            codec: fresh.kept.codec().name().to_owned(),
            voice: fresh.voice,
            bytes: fresh.kept.as_ref().len() as u64,
            expires_at_ms: now_ms() + ttl_s * 1_000,
            saving_ms: u64::from(fresh.saving_ms),
        };
        CACHE.with_borrow_mut(|cache| cache.put_stored(&fresh.key, fresh.kept, now_ms()));
        self.run(Command::Stored(clip)).await.map(|_| ())
    }

    /// Counts what a person heard, and stores the new clips that may be shared; off the request's path. Gives the phrases
    /// that have just come to be shared.
    pub async fn learn(&self, person: &str, heard: Vec<HeardPhrase>) -> Vec<String> {
        let flush_ms = self.config.phrases.flush_ms;
        let is_to_flush = !heard.is_empty()
            && CACHE.with_borrow_mut(|cache| cache.enqueue(person, heard, flush_ms, now_ms()));
        if !is_to_flush {
            return Vec::new();
        }
        sleep_ms(u64::from(flush_ms)).await;
        self.flush(CACHE.with_borrow_mut(PhraseCache::take_batch)).await
    }

    async fn flush(&self, mut batch: HeardBatch) -> Vec<String> {
        let mut newly_shared = Vec::new();
        for said in std::mem::take(&mut batch.said).chunks(SAID_MAX) {
            let command = Command::Observe {
                said: said.to_vec(),
                wants_known: CACHE.with_borrow(|cache| cache.wants_known(now_ms())),
            };
            let result = match self.run(command).await {
                Ok(result) => result,
                Err(error) => {
                    let line =
                        crate::wire::json::json!({"event": "phrasebook_failed", "problem": error.problem()});
                    log::info(&line);
                    continue;
                }
            };
            if let Some(marks) = result.known {
                CACHE.with_borrow_mut(|cache| cache.set_known(marks, now_ms()));
            }
            for (one, is_shared) in said.iter().zip(result.shared) {
                if !is_shared {
                    continue;
                }
                let normal = normalize(&one.text);
                CACHE.with_borrow_mut(|cache| cache.add_shared(&normal));
                while let Some(fresh) = batch.take_fresh(&normal) {
                    // A store that fails costs a hit later, nothing now.
                    let _ = self.store(&one.text, fresh).await;
                }
            }
            newly_shared.extend(result.newly_shared);
        }
        newly_shared
    }

    /// What to make ahead of need under a profile; a clip that expires before `fresh_until_ms` is to be made anew.
    ///
    /// # Errors
    /// The phrasebook failed.
    pub async fn plan(&self, profile: &Profile, fresh_until_ms: u64) -> Result<CommandResult, PhrasesError> {
        self.run(Command::Plan {
            prefix: profile.prefix().to_owned(),
            limit: u64::from(self.config.phrases.warm_top),
            fresh_until_ms,
        })
        .await
    }

    /// Clips that were planned will not be made now.
    ///
    /// # Errors
    /// The phrasebook failed.
    pub async fn release(&self, keys: Vec<String>) -> Result<(), PhrasesError> {
        self.run(Command::Release(keys)).await.map(|_| ())
    }

    /// The body of `GET /admin/phrases`.
    ///
    /// # Errors
    /// The phrasebook failed.
    pub async fn list(&self, limit: usize) -> Result<String, PhrasesError> {
        Ok(self.run(Command::List(limit as u64)).await?.listing)
    }

    /// Forgets what was counted and every clip; other isolates follow within a minute.
    ///
    /// # Errors
    /// The phrasebook failed.
    pub async fn clear(&self) -> Result<(), PhrasesError> {
        self.run(Command::Clear).await?;
        CACHE.with_borrow_mut(PhraseCache::clear);
        Ok(())
    }

    /// Has the phrasebook run a command, and deletes what was evicted.
    async fn run(&self, command: Command) -> Result<CommandResult, PhrasesError> {
        let rules = &self.config.phrases;
        let terms = Terms {
            people_min: u64::from(rules.people_min),
            listed: rules.persona.clone(),
            budget_bytes: u64::from(rules.cache_bytes),
        };
        let result = phrasebook_client::send(&CommandRequest { terms, command }).await?;
        if !result.evicted.is_empty()
            && let Ok(store) = ClipStore::new()
        {
            count(&CACHE_EVICTIONS, &["phrase"], result.evicted.len() as f64);
            for key in &result.evicted {
                CACHE.with_borrow_mut(|cache| cache.remove_clip(key));
            }
            store.delete(&result.evicted).await;
        }
        Ok(result)
    }
}
