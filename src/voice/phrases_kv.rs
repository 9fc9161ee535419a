//! The phrase cache: clips in KV (`PHRASES`) below a small layer of finished bytes in the isolate, and the way to the
//! phrasebook object (`PHRASEBOOK`) that knows which phrases may be shared.
//!
//! Invariants: a clip is put here only after the phrasebook said that its phrase may be shared, and only if it is
//! complete; a look-up is bounded in time; what was said is counted after the reply, in batches.
//! A phrase that is known not to be kept costs no look-up: the phrasebook tells each isolate now and then what is.
//! Nothing here ever waits for another request: only finished bytes are shared between them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{Either, select};
use worker::kv::KvStore;
use worker::{Delay, Env, Method, Request, RequestInit};

use super::clip_key::{self, Codec, Profile};
use super::normalize::normalize;
use super::phrasebook::clips;
use super::phrasebook::desk::{Answer, Ask, SAID_MAX, Said, Stored, Terms};
use super::phrasebook_do::Letter;
use crate::audio::{CLIP_BYTES_MAX, Clip, Likeness, mp3};
use crate::config::Config;
use crate::upstream::breaker_client::spawn;
use crate::upstream::fetch::now_ms;

/// Bytes of clips kept in the isolate.
const NEAR_BYTES_MAX: usize = 8 << 20;
/// How long the isolate trusts them: `DELETE /admin/phrases` reaches every isolate within this time.
const NEAR_MS: f64 = 60_000.0;
/// Clips that wait for the phrasebook's word, bytes.
const WAITING_BYTES_MAX: usize = 8 << 20;
/// Phrases known to be shared that are remembered in the isolate.
const SHARED_MAX: usize = 2_000;
/// The phrasebook's deadline.
const BOOK_MS: u64 = 5_000;
/// How long an isolate goes by what it was told is kept, and after which time it asks again. A phrase is shared within
/// 20 s of reaching `PHRASE_MIN_PEOPLE`, everywhere: after 15 s of silence an isolate looks for itself.
const KNOWN_MS: f64 = 15_000.0;
const KNOWN_ASK_MS: f64 = 8_000.0;
/// A flush that was due so long ago has died with its request.
const FLUSH_LOST_MS: f64 = 5_000.0;

/// The sound of a phrase.
#[derive(Clone, Debug)]
pub enum Kept {
    /// Packets.
    Opus(Rc<Clip>),
    /// Frames.
    Mp3(Rc<Vec<u8>>),
}

impl Kept {
    fn bytes(&self) -> &[u8] {
        match self {
            Kept::Opus(clip) => clip.as_bytes(),
            Kept::Mp3(frames) => frames,
        }
    }

    /// How long it plays, where that is known.
    pub fn duration_ms(&self) -> Option<u64> {
        match self {
            Kept::Opus(clip) => Some(clip.duration_ms()),
            Kept::Mp3(_) => None,
        }
    }

    /// What it has in common with the stream it can be part of.
    pub fn likeness(&self) -> Option<Likeness> {
        match self {
            Kept::Opus(clip) => Some(Likeness::of(clip.head())),
            Kept::Mp3(frames) => mp3::format(frames).map(Likeness::Mp3),
        }
    }

    fn parse(codec: Codec, bytes: Vec<u8>) -> Option<Kept> {
        match codec {
            Codec::Opus => Clip::parse(bytes).ok().map(|clip| Kept::Opus(Rc::new(clip))),
            Codec::Mp3 => Some(Kept::Mp3(Rc::new(bytes))),
        }
    }
}

/// A clip that was just made.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// Where it belongs.
    pub key: String,
    /// The sound.
    pub kept: Kept,
    /// The voice, for the listing.
    pub voice: String,
    /// Synthesis time that a use saves, milliseconds.
    pub saving_ms: u32,
}

/// A phrase that was heard.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The words.
    pub text: String,
    /// Its clip, if it was made now and fits every conversation.
    pub fresh: Option<Fresh>,
    /// The key of its clip, if it was kept.
    pub used: Option<String>,
}

#[derive(Default)]
struct Near {
    clips: BTreeMap<String, (Kept, f64)>,
    order: VecDeque<String>,
    bytes: usize,
}

impl Near {
    fn get(&mut self, key: &str) -> Option<Kept> {
        let (kept, at_ms) = self.clips.get(key)?;
        (now_ms() - at_ms < NEAR_MS).then(|| kept.clone())
    }

    fn put(&mut self, key: &str, kept: Kept) {
        self.drop_one(key);
        self.bytes += kept.bytes().len();
        self.order.push_back(key.to_owned());
        self.clips.insert(key.to_owned(), (kept, now_ms()));
        while self.bytes > NEAR_BYTES_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.drop_one(&oldest);
        }
    }

    fn drop_one(&mut self, key: &str) {
        if let Some((kept, _)) = self.clips.remove(key) {
            self.bytes = self.bytes.saturating_sub(kept.bytes().len());
            self.order.retain(|other| other != key);
        }
    }
}

/// Marks of the clips that are kept.
struct Known {
    marks: BTreeSet<String>,
    told_at_ms: f64,
}

fn known_age_ms() -> f64 {
    KNOWN.with(|known| {
        let known = known.borrow();
        known
            .as_ref()
            .map_or(f64::INFINITY, |known| now_ms() - known.told_at_ms)
    })
}

fn know(key: &str) {
    KNOWN.with(|known| {
        if let Some(known) = known.borrow_mut().as_mut() {
            known.marks.insert(clip_key::mark(key));
        }
    });
}

/// Whether it is certain that there is no such clip.
fn is_known_missing(key: &str) -> bool {
    known_age_ms() < KNOWN_MS
        && KNOWN.with(|known| {
            known
                .borrow()
                .as_ref()
                .is_some_and(|known| !known.marks.contains(&clip_key::mark(key)))
        })
}

#[derive(Default)]
struct Waiting {
    said: Vec<Said>,
    used: Vec<String>,
    fresh: BTreeMap<String, Vec<Fresh>>,
    fresh_bytes: usize,
    flush_at_ms: Option<f64>,
}

thread_local! {
    static NEAR: RefCell<Near> = RefCell::default();
    static WAITING: RefCell<Waiting> = RefCell::default();
    static KNOWN: RefCell<Option<Known>> = const { RefCell::new(None) };
    static SHARED: RefCell<BTreeSet<String>> = RefCell::default();
}

/// The cache, as one request uses it.
#[derive(Clone)]
pub struct Phrases {
    env: Env,
    config: Rc<Config>,
}

impl Phrases {
    /// The cache, unless it is switched off.
    pub fn new(env: &Env, config: &Rc<Config>) -> Option<Phrases> {
        config.phrases.is_on.then(|| Phrases {
            env: env.clone(),
            config: config.clone(),
        })
    }

    fn kv(&self) -> Option<KvStore> {
        self.env.kv("PHRASES").ok()
    }

    /// The clip of a phrase, if it is at hand within the look-up's time. One that comes later is at hand the next time.
    pub async fn find(&self, codec: Codec, key: &str) -> Option<Kept> {
        if let Some(kept) = NEAR.with(|near| near.borrow_mut().get(key)) {
            return Some(kept);
        }
        if is_known_missing(key) {
            return None;
        }
        let (sender, found) = oneshot::channel();
        let (kv, key) = (self.kv()?, key.to_owned());
        // A task of its own: a read that was dropped on its way would keep its memory if the request ended before it.
        spawn(async move {
            let bytes = kv.get(&key).bytes().await.ok().flatten();
            let kept = bytes.and_then(|bytes| Kept::parse(codec, bytes));
            if let Some(kept) = &kept {
                NEAR.with(|near| near.borrow_mut().put(&key, kept.clone()));
            }
            let _ = sender.send(kept);
        });
        let timer = Delay::from(Duration::from_millis(u64::from(self.config.phrases.lookup_ms)));
        match select(found, timer).await {
            Either::Left((kept, _)) => kept.ok()?,
            Either::Right(_) => None,
        }
    }

    /// Whether a phrase is known to be one that many people hear. Such a phrase is made without regard to what came
    /// before it, so that its clip fits everywhere.
    pub fn is_known_shared(&self, phrase: &str) -> bool {
        let normal = normalize(phrase);
        self.config
            .phrases
            .persona
            .iter()
            .any(|listed| normalize(listed) == normal)
            || SHARED.with(|shared| shared.borrow().contains(&normal))
    }

    fn terms(&self) -> Terms {
        let rules = &self.config.phrases;
        Terms {
            people_min: rules.people_min as usize,
            listed: rules.persona.clone(),
            budget_bytes: u64::from(rules.cache_bytes),
        }
    }

    /// Asks the phrasebook.
    ///
    /// # Errors
    /// One sentence, for a log or for the operator.
    pub async fn ask(&self, ask: Ask) -> Result<Answer, String> {
        let unreachable = |error: worker::Error| format!("the phrasebook cannot be reached: {error}");
        let letter = Letter {
            terms: self.terms(),
            ask,
        };
        let body = serde_json::to_string(&letter).map_err(|error| error.to_string())?;
        let call = async {
            let stub = self.env.durable_object("PHRASEBOOK")?.get_by_name("phrasebook")?;
            let mut init = RequestInit::new();
            init.with_method(Method::Post).with_body(Some(body.into()));
            let request = Request::new_with_init("https://phrasebook/", &init)?;
            stub.fetch_with_request(request).await?.json::<Answer>().await
        };
        let timer = Delay::from(Duration::from_millis(BOOK_MS));
        let answer = match select(std::pin::pin!(call), timer).await {
            Either::Left((answer, _)) => answer.map_err(unreachable)?,
            Either::Right(_) => return Err("the phrasebook did not answer in time".into()),
        };
        self.delete(&answer.evicted).await;
        Ok(answer)
    }

    async fn delete(&self, keys: &[String]) {
        let Some(kv) = self.kv().filter(|_| !keys.is_empty()) else {
            return;
        };
        for key in keys {
            NEAR.with(|near| near.borrow_mut().drop_one(key));
        }
        let deletions = keys.iter().map(|key| kv.delete(key));
        futures::future::join_all(deletions).await;
    }

    /// Keeps a clip of a phrase that may be shared.
    ///
    /// # Errors
    /// One sentence.
    pub async fn keep(&self, text: &str, fresh: Fresh) -> Result<(), String> {
        let kv = self.kv().ok_or("the KV namespace PHRASES is not bound")?;
        let rules = &self.config.phrases;
        let bytes = fresh.kept.bytes();
        if bytes.len() > CLIP_BYTES_MAX {
            return Err("the clip is too large".into());
        }
        let ttl_s = u64::from(rules.ttl_days) * 86_400;
        let codec = match fresh.kept {
            Kept::Opus(_) => Codec::Opus,
            Kept::Mp3(_) => Codec::Mp3,
        };
        let metadata =
            serde_json::json!({"codec": codec.name(), "voice": fresh.voice, "saving_ms": fresh.saving_ms});
        let clip = clips::Clip {
            text: normalize(text),
            codec: codec.name().to_owned(),
            voice: fresh.voice.clone(),
            bytes: bytes.len() as u64,
            expires_at_ms: now_ms() as u64 + ttl_s * 1_000,
            saving_ms: u64::from(fresh.saving_ms),
        };
        let put = kv
            .put_bytes(&fresh.key, bytes)
            .and_then(|put| put.expiration_ttl(ttl_s).metadata(metadata))
            .map_err(|error| error.to_string())?;
        put.execute().await.map_err(|error| error.to_string())?;
        NEAR.with(|near| near.borrow_mut().put(&fresh.key, fresh.kept.clone()));
        know(&fresh.key);
        let stored = Stored { key: fresh.key, clip };
        self.ask(Ask::Stored { clips: vec![stored] }).await.map(|_| ())
    }

    /// Counts what a person heard, and keeps what may be shared; off the request's path. Gives the phrases that have
    /// just come to be shared and whose clip is missing.
    pub async fn learn(&self, person: &str, heard: Vec<Heard>) -> Vec<String> {
        if heard.is_empty() || !self.enqueue(person, heard) {
            return Vec::new();
        }
        Delay::from(Duration::from_millis(u64::from(self.config.phrases.flush_ms))).await;
        self.flush().await
    }

    /// Adds to the batch; true if this request is to flush it.
    fn enqueue(&self, person: &str, heard: Vec<Heard>) -> bool {
        WAITING.with(|waiting| {
            let waiting = &mut *waiting.borrow_mut();
            for one in heard {
                waiting.used.extend(one.used);
                if let Some(fresh) = one.fresh {
                    let bytes = fresh.kept.bytes().len();
                    if waiting.fresh_bytes + bytes <= WAITING_BYTES_MAX {
                        waiting.fresh_bytes += bytes;
                        waiting.fresh.entry(normalize(&one.text)).or_default().push(fresh);
                    }
                }
                waiting.said.push(Said {
                    text: one.text,
                    person: person.to_owned(),
                });
            }
            let now_ms = now_ms();
            let is_due = waiting
                .flush_at_ms
                .is_none_or(|at_ms| now_ms > at_ms + FLUSH_LOST_MS);
            if is_due {
                waiting.flush_at_ms = Some(now_ms + f64::from(self.config.phrases.flush_ms));
            }
            is_due
        })
    }

    async fn flush(&self) -> Vec<String> {
        let Waiting {
            said,
            used,
            mut fresh,
            ..
        } = WAITING.with(|waiting| std::mem::take(&mut *waiting.borrow_mut()));
        let mut missing = Vec::new();
        let mut used = Some(used);
        for batch in said.chunks(SAID_MAX) {
            let ask = Ask::Observe {
                said: batch.to_vec(),
                used: used.take().unwrap_or_default(),
                wants_known: known_age_ms() > KNOWN_ASK_MS,
            };
            let answer = match self.ask(ask).await {
                Ok(answer) => answer,
                Err(problem) => {
                    worker::console_log!(
                        "{}",
                        serde_json::json!({"event": "phrasebook_failed", "problem": problem})
                    );
                    continue;
                }
            };
            if let Some(marks) = answer.known {
                let known = Known {
                    marks: marks.into_iter().collect(),
                    told_at_ms: now_ms(),
                };
                KNOWN.with(|slot| *slot.borrow_mut() = Some(known));
            }
            for (one, is_shared) in batch.iter().zip(answer.shared) {
                let normal = normalize(&one.text);
                if is_shared {
                    remember_shared(&normal);
                    for clip in fresh.remove(&normal).into_iter().flatten() {
                        // A store that fails costs a hit later, nothing now.
                        let _ = self.keep(&one.text, clip).await;
                    }
                }
            }
            missing.extend(answer.fresh);
        }
        missing
    }

    /// Which of these keys is not in the store.
    pub async fn is_missing(&self, codec: Codec, profile: &Profile, text: &str) -> bool {
        match profile.key(text) {
            Some(key) => self.find(codec, &key).await.is_none(),
            None => false,
        }
    }
}

fn remember_shared(normal: &str) {
    SHARED.with(|shared| {
        let mut shared = shared.borrow_mut();
        if shared.len() >= SHARED_MAX {
            shared.clear();
        }
        shared.insert(normal.to_owned());
    });
}

/// Forgets what the isolate has at hand.
pub fn forget_near() {
    NEAR.with(|near| *near.borrow_mut() = Near::default());
    KNOWN.with(|known| *known.borrow_mut() = None);
    SHARED.with(|shared| shared.borrow_mut().clear());
}
