//! Opens a turn with a person's object and finds the memories that fit: isolate, KV, or a search, whichever knows.
//!
//! The object is asked once. Its answer names the generation; under that generation a cached result is exact, and a
//! new one is stored. The embedding of a query is asked for beside the first call, where this isolate knows that the
//! person has memories to search, and otherwise after it.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;

use futures::future::{Either, select};
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::memory::embed_fetch;
use crate::memory::person::client::{self, Lost, PersonClient};
use crate::memory::person::protocol::*;
use crate::memory::recall::decide::Search;
use crate::memory::recall::key::{self, CacheEntry, RecalledMemory, Scope, SearchOutcome};
use crate::memory::recall::kv;
use crate::memory::recall::rank::{SCORING_VERSION, Weights};
use crate::memory::recall::vectors::to_f32_blob;
use crate::memory::settings;
use crate::memory::tokens::Query;
use crate::platform::clock::now_ms;
use crate::platform::lru::{Bounds, Lru};
use crate::telemetry::collector::{count, observe, of_cache};
use crate::telemetry::metrics::{CACHE_LOOKUPS, RETRIEVAL};
use crate::upstream::fetch::Origin;
use crate::wire::base64::STANDARD;
use crate::wire::json;

thread_local! {
    /// Vectors of queries by the hash of model and text.
    static VECTORS: RefCell<Lru<Vec<u8>>> = RefCell::new(Lru::new(Bounds { entries_max: 512, bytes_max: 2 << 20, ttl_ms: 3_600_000 }));
    /// What this isolate last heard of a person: a hint, checked by the object.
    static SEEN: RefCell<Lru<Vec<u8>>> = RefCell::new(Lru::new(Bounds { entries_max: 2_048, bytes_max: 512 << 10, ttl_ms: 3_600_000 }));
}

/// `x-recall`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// A cached result.
    Hit,
    /// A search.
    Miss,
    /// Nothing was to be searched.
    Skip,
    /// Memory is off.
    Off,
}

impl Status {
    /// The header's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Hit => "hit",
            Status::Miss => "miss",
            Status::Skip => "skip",
            Status::Off => "off",
        }
    }
}

/// What a turn knows.
pub struct Recalled {
    /// The object's answer.
    pub opened: Opened,
    /// The memories, best first.
    pub items: Vec<RecalledMemory>,
    /// Where they came from.
    pub status: Status,
    /// To be done after the answer: fills the cache.
    pub fill: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

/// Opens a turn. `guess` is what the query will probably be.
///
/// # Errors
/// The object did not answer.
pub async fn open(
    origin: Origin<'_>,
    person: &PersonClient,
    ask: OpenAsk,
    guess: Option<Query>,
) -> Result<Recalled, Lost> {
    let began_at_ms = now_ms();
    let recalled = find(origin, person, ask, guess).await?;
    if matches!(recalled.status, Status::Hit | Status::Miss) {
        observe(&RETRIEVAL, &[], now_ms() - began_at_ms);
    }
    Ok(recalled)
}

async fn find(
    origin: Origin<'_>,
    person: &PersonClient,
    mut ask: OpenAsk,
    guess: Option<Query>,
) -> Result<Recalled, Lost> {
    let config = origin.config;
    let began_at_ms = now_ms() as u64;
    let embeds = !config.embed.targets.is_empty();
    let (limit, profile) = (ask.limit, ask.query.is_some());
    let weights = settings::weights(&config.memory, limit, profile);
    let seen = seen(&person.name, began_at_ms);
    let mut early = None;
    if let Some(query) = &guess {
        let held = seen.as_ref().filter(|(epoch, generation, _)| {
            let key = key(
                config,
                &person.name,
                epoch,
                *generation,
                &weights,
                began_at_ms,
                query,
            );
            kv::is_held(&key, began_at_ms)
        });
        let vector = if embeds {
            cached_vector(config, &query.text, began_at_ms)
        } else {
            None
        };
        let has_memories = seen.as_ref().is_some_and(|(_, _, memories)| *memories > 0);
        if embeds && has_memories && held.is_none() && vector.is_none() {
            early = Some((query.text.clone(), Box::pin(embedded(origin, query.text.clone()))));
        }
        ask.guess = Some(Guess {
            query: query.text.clone(),
            vector,
            held: held.map(|(epoch, generation, _)| (epoch.clone(), *generation)),
        });
    }
    let call = Call::Open(ask);
    let opening = Box::pin(person.call::<Opened>(&call));
    // The embedding is polled beside the call, so that both are on their way at once.
    let (opened, early) = match early {
        None => (opening.await, None),
        Some((text, embedding)) => match select(opening, embedding).await {
            Either::Left((opened, embedding)) => (opened, Some((text, Either::Left(embedding)))),
            Either::Right((vector, opening)) => (opening.await, Some((text, Either::Right(vector)))),
        },
    };
    let mut opened = opened?;
    remember_seen(&person.name, &opened, began_at_ms);
    if opened.plan.decision == Search::Skip {
        return Ok(recalled(opened, Vec::new(), Status::Skip, None));
    }
    let query = Query::new(&opened.plan.query);
    let stamp = opened.stamp.clone();
    let key = key(
        config,
        &person.name,
        &stamp.epoch,
        stamp.generation,
        &weights,
        began_at_ms,
        &query,
    );
    if let Some(found) = opened.found.take() {
        count(&CACHE_LOOKUPS, &["recall", "none", "miss"], 1.0);
        let fill = fill(origin, key, &stamp, &found, began_at_ms).filter(|_| opened.memories > 0);
        return Ok(recalled(opened, found.items, Status::Miss, fill));
    }
    if let Some(entry) = kv::get(&key, &stamp.cache_key, stamp.generation, began_at_ms).await {
        return Ok(recalled(opened, entry.items, Status::Hit, None));
    }
    let vector = match early.filter(|(text, _)| *text == query.text) {
        Some((_, Either::Right(vector))) => vector,
        Some((_, Either::Left(embedding))) => embedding.await,
        None if embeds => match cached_vector(config, &query.text, began_at_ms) {
            Some(vector) => Some(vector),
            None => embedded(origin, query.text.clone()).await,
        },
        None => None,
    };
    let ask = SearchAsk {
        query: query.text.clone(),
        vector,
        limit,
        profile,
    };
    let found: Found = person.call(&Call::Search(ask)).await?;
    let fill = fill(origin, key, &stamp, &found, began_at_ms);
    Ok(recalled(opened, found.items, Status::Miss, fill))
}

fn recalled(
    opened: Opened,
    items: Vec<RecalledMemory>,
    status: Status,
    fill: Option<Pin<Box<dyn Future<Output = ()>>>>,
) -> Recalled {
    Recalled {
        opened,
        items,
        status,
        fill,
    }
}

fn key(
    config: &Config,
    person: &str,
    epoch: &str,
    generation: u64,
    weights: &Weights,
    now_ms: u64,
    query: &Query,
) -> String {
    let secret = client::secret(config).unwrap_or_default();
    let model = settings::embed_model(config);
    let scope = Scope {
        person,
        epoch: epoch.as_bytes(),
        generation,
        embed_model: &model,
        scoring_version: SCORING_VERSION,
        now_ms,
        weights,
    };
    key::key(secret.as_bytes(), &scope, query)
}

/// The work that stores a result, if it may be stored.
fn fill(
    origin: Origin<'_>,
    key: String,
    stamp: &Stamp,
    found: &Found,
    now_ms: u64,
) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
    let outcome = SearchOutcome {
        search_generation: found.generation,
        degraded: found.degraded,
        failed: false,
    };
    if !key::may_fill(outcome, stamp.generation) {
        return None;
    }
    let entry = CacheEntry {
        generation: found.generation,
        items: found.items.clone(),
    };
    let cache_key = stamp.cache_key.clone();
    let ttl_s = u64::from(origin.config.memory.recall_ttl_s);
    Some(Box::pin(async move {
        kv::put(&key, &cache_key, &entry, ttl_s, now_ms).await;
    }))
}

// --- vectors of queries

fn vector_key(config: &Config, text: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(settings::embed_model(config).as_bytes());
    hash.update([0]);
    hash.update(text.as_bytes());
    crate::wire::hex::hex(&hash.finalize())
}

fn cached_vector(config: &Config, text: &str, now_ms: u64) -> Option<String> {
    let key = vector_key(config, text);
    let vector =
        VECTORS.with_borrow_mut(|vectors| vectors.get(&key, now_ms).map(|bytes| STANDARD.encode(bytes)));
    if vector.is_some() {
        count(&CACHE_LOOKUPS, &["embedding", "isolate", "hit"], 1.0);
    }
    vector
}

/// The vector of a query in base64; `None` when it could not be had, which makes the search lexical alone.
async fn embedded(origin: Origin<'_>, text: String) -> Option<String> {
    count(&CACHE_LOOKUPS, &["embedding", "isolate", "miss"], 1.0);
    let texts = [text];
    let vectors = embed_fetch::embed(origin, &texts).await.ok()?;
    let blob = to_f32_blob(vectors.first()?);
    let encoded = STANDARD.encode(&blob);
    let key = vector_key(origin.config, texts.first()?);
    VECTORS.with_borrow_mut(|vectors| {
        let evicted = vectors.put(&key, blob, now_ms() as u64);
        of_cache("embedding", vectors.len(), vectors.bytes(), evicted);
    });
    Some(encoded)
}

// --- what was last heard of a person

fn seen(name: &str, now_ms: u64) -> Option<(String, u64, u64)> {
    SEEN.with_borrow_mut(|seen| {
        let bytes = seen.get(name, now_ms)?;
        json::read_bytes(bytes)
    })
}

fn remember_seen(name: &str, opened: &Opened, now_ms: u64) {
    let hint = (&opened.stamp.epoch, opened.stamp.generation, opened.memories);
    SEEN.with_borrow_mut(|seen| seen.put(name, json::text(&hint).into_bytes(), now_ms));
}
