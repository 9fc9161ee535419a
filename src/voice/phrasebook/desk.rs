//! What the phrasebook object answers: questions in, answers out, over the book and the index of clips. Pure; the
//! Durable Object around it only keeps and restores it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::clips::{Clip, ClipIndex};
use super::people::Hasher;
use super::warm::WarmRun;
use super::{PHRASES_MAX, Phrasebook, Rules, TopPhrase};
use crate::voice::clip_key;

/// A phrase that was given out to be warmed is not given out again for so long.
const HANDED_OUT_MS: u64 = 60_000;
/// Most keys of one answer: whoever gets them deletes each, and an invocation may do 1,000 things to a store (Workers
/// KV, "Limits").
const EVICTED_MAX: usize = 500;
/// Most phrases of one batch that are looked at.
pub const SAID_MAX: usize = 500;

/// What the deployment has configured; sent along, so that a change holds from the next question on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// `PHRASE_MIN_PEOPLE`
    pub people_min: usize,
    /// The persona's phrases.
    pub listed: Vec<String>,
    /// `PHRASE_CACHE_BYTES`
    pub budget_bytes: u64,
}

/// A phrase that somebody heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The words.
    pub text: String,
    /// Who heard them.
    pub person: String,
}

/// A clip that was put into the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// Its key there.
    pub key: String,
    /// What it is.
    pub clip: Clip,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Ask {
    /// What was said and which clips were played.
    Observe {
        /// In the order in which it was said.
        said: Vec<Said>,
        /// Keys.
        used: Vec<String>,
        /// Whether the marks of all kept clips are wanted.
        wants_known: bool,
    },
    /// Clips were put into the store.
    Stored {
        /// Which.
        clips: Vec<Stored>,
    },
    /// What should be synthesised ahead of need.
    Plan {
        /// The profile's, see [`clip_key::Profile::prefix`].
        prefix: String,
        /// How many phrases, most said first.
        top: usize,
        /// A clip that expires before is made anew.
        fresh_until_ms: u64,
    },
    /// These will not be made now, though [`Ask::Plan`] gave them out: whoever asks next may.
    Release {
        /// Keys.
        keys: Vec<String>,
    },
    /// What is known and kept.
    List {
        /// Most phrases.
        limit: usize,
    },
    /// Forget everything.
    Clear,
}

/// An answer; what was not asked for is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// Of [`Ask::Observe`]: whether each phrase may be shared.
    pub shared: Vec<bool>,
    /// Of [`Ask::Observe`]: phrases that may be shared from now on, and could not before.
    pub fresh: Vec<String>,
    /// Of [`Ask::Observe`], where wanted: the marks of all kept clips ([`clip_key::mark`]).
    pub known: Option<Vec<String>>,
    /// Keys to delete from the store.
    pub evicted: Vec<String>,
    /// Of [`Ask::Plan`].
    pub run: WarmRun,
    /// Of [`Ask::Plan`]: phrases that somebody else is warming just now.
    pub busy: usize,
    /// Of [`Ask::List`].
    pub listing: Listing,
}

/// What is known and kept, as `GET /admin/phrases` shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// Phrases that may be shared, most said first.
    pub data: Vec<Listed>,
    /// Clips kept.
    pub entries: usize,
    /// Bytes of all of them.
    pub bytes: u64,
    /// How many bytes they may have.
    pub budget_bytes: u64,
    /// Clips that had to go for the budget so far.
    pub evictions: u64,
}

/// One phrase of a listing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// Its normal form.
    pub text: String,
    /// How often it was said, halved daily.
    pub count: f64,
    /// To how many different people, counted up to the threshold.
    pub people: usize,
    /// Its clips.
    pub cached: Vec<Kept>,
}

/// One clip of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// `opus` or `mp3`.
    pub codec: String,
    /// The voice.
    pub voice: String,
    /// Its size.
    pub bytes: u64,
    /// Unix seconds.
    pub expires_at: u64,
}

/// The book and the index.
#[derive(Debug, Serialize, Deserialize)]
pub struct Desk {
    book: Phrasebook,
    clips: ClipIndex,
    /// Keys that are still to be deleted from the store.
    #[serde(default)]
    doomed: Vec<String>,
    /// Keys that are being warmed, and until when that counts.
    #[serde(skip)]
    handed_out: BTreeMap<String, u64>,
}

impl Desk {
    /// A desk at which nobody has asked anything.
    pub fn new(terms: &Terms) -> Self {
        Self {
            book: Phrasebook::new(Rules {
                phrases_max: PHRASES_MAX,
                people_min: terms.people_min,
            }),
            clips: ClipIndex::new(terms.budget_bytes),
            doomed: Vec::new(),
            handed_out: BTreeMap::new(),
        }
    }

    /// Answers a question.
    pub fn answer(&mut self, ask: Ask, terms: &Terms, hasher: &Hasher, now_ms: u64) -> Answer {
        self.book.set_people_min(terms.people_min);
        self.book.set_listed(terms.listed.iter().map(String::as_str));
        let mut evicted = self.clips.set_budget(terms.budget_bytes, now_ms);
        // The store has dropped these by itself.
        self.clips.expire(now_ms);
        let mut answer = match ask {
            Ask::Observe {
                said,
                used,
                wants_known,
            } => {
                let known = || self.clips.iter().map(|(key, _)| clip_key::mark(key)).collect();
                let known = wants_known.then(known);
                Answer {
                    known,
                    ..self.observe(&said, &used, hasher, now_ms)
                }
            }
            Ask::Stored { clips } => self.stored(clips, now_ms),
            Ask::Plan {
                prefix,
                top,
                fresh_until_ms,
            } => self.plan(&prefix, top, fresh_until_ms, now_ms),
            Ask::Release { keys } => {
                for key in &keys {
                    self.handed_out.remove(key);
                }
                Answer::default()
            }
            Ask::List { limit } => Answer {
                listing: self.list(limit),
                ..Answer::default()
            },
            Ask::Clear => {
                self.book.clear();
                self.handed_out.clear();
                Answer {
                    evicted: self.clips.clear(),
                    ..Answer::default()
                }
            }
        };
        evicted.append(&mut answer.evicted);
        self.doomed.append(&mut evicted);
        let later = self.doomed.split_off(self.doomed.len().min(EVICTED_MAX));
        answer.evicted = std::mem::replace(&mut self.doomed, later);
        answer
    }

    fn observe(&mut self, said: &[Said], used: &[String], hasher: &Hasher, now_ms: u64) -> Answer {
        let said = said.get(..SAID_MAX).unwrap_or(said);
        for key in used {
            self.clips.used(key, now_ms);
        }
        let mut fresh = Vec::new();
        for Said { text, person } in said {
            if self.book.observe(hasher, text, person, now_ms) {
                fresh.push(text.clone());
            }
        }
        Answer {
            shared: said
                .iter()
                .map(|Said { text, .. }| self.book.may_share(hasher, text))
                .collect(),
            fresh,
            ..Answer::default()
        }
    }

    fn stored(&mut self, clips: Vec<Stored>, now_ms: u64) -> Answer {
        let mut evicted = Vec::new();
        for Stored { key, clip } in clips {
            self.handed_out.remove(&key);
            self.doomed.retain(|doomed| *doomed != key);
            evicted.extend(self.clips.insert(&key, clip, now_ms));
        }
        Answer {
            evicted,
            ..Answer::default()
        }
    }

    fn plan(&mut self, prefix: &str, top: usize, fresh_until_ms: u64, now_ms: u64) -> Answer {
        self.handed_out.retain(|_, until_ms| *until_ms > now_ms);
        let key = |text: &str| clip_key::key(prefix, text).unwrap_or_default();
        let wanted = self.book.top(top);
        let (busy, free): (Vec<TopPhrase>, Vec<TopPhrase>) = wanted
            .into_iter()
            .partition(|phrase| self.handed_out.contains_key(&key(&phrase.text)));
        let run = WarmRun::plan(&free, &self.clips, fresh_until_ms, key);
        for key in run.waiting_keys() {
            self.handed_out.insert(key.to_owned(), now_ms + HANDED_OUT_MS);
        }
        Answer {
            run,
            busy: busy.len(),
            ..Answer::default()
        }
    }

    fn list(&self, limit: usize) -> Listing {
        let mut clips: BTreeMap<&str, Vec<Kept>> = BTreeMap::new();
        for (_, clip) in self.clips.iter() {
            clips.entry(clip.text.as_str()).or_default().push(Kept {
                codec: clip.codec.clone(),
                voice: clip.voice.clone(),
                bytes: clip.bytes,
                expires_at: clip.expires_at_ms / 1_000,
            });
        }
        let listed = |phrase: TopPhrase| Listed {
            cached: clips.remove(phrase.text.as_str()).unwrap_or_default(),
            text: phrase.text,
            count: phrase.count,
            people: phrase.people,
        };
        Listing {
            data: self.book.top(limit).into_iter().map(listed).collect(),
            entries: self.clips.len(),
            bytes: self.clips.bytes(),
            budget_bytes: self.clips.budget_bytes(),
            evictions: self.clips.evictions(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        Terms {
            people_min: 2,
            listed: vec!["Hello there!".into()],
            budget_bytes: 1_000,
        }
    }

    fn ask(desk: &mut Desk, ask: Ask, now_ms: u64) -> Answer {
        // What crosses the wire must survive it.
        let ask: Ask = serde_json::from_str(&serde_json::to_string(&ask).unwrap()).unwrap();
        let answer = desk.answer(ask, &terms(), &Hasher::new(b"s"), now_ms);
        serde_json::from_str(&serde_json::to_string(&answer).unwrap()).unwrap()
    }

    fn observe(desk: &mut Desk, text: &str, person: &str) -> Answer {
        let said = vec![Said {
            text: text.into(),
            person: person.into(),
        }];
        let observe = Ask::Observe {
            said,
            used: vec![],
            wants_known: true,
        };
        ask(desk, observe, 0)
    }

    fn stored(key: &str, text: &str, bytes: u64) -> Ask {
        Ask::Stored {
            clips: vec![Stored {
                key: key.into(),
                clip: Clip {
                    text: text.into(),
                    codec: "opus".into(),
                    voice: "v".into(),
                    bytes,
                    expires_at_ms: 90_000,
                    saving_ms: 100,
                },
            }],
        }
    }

    fn plan(desk: &mut Desk, now_ms: u64) -> Answer {
        let plan = Ask::Plan {
            prefix: "p:".into(),
            top: 10,
            fresh_until_ms: 0,
        };
        ask(desk, plan, now_ms)
    }

    #[test]
    fn a_phrase_is_fresh_once_and_shared_from_then_on() {
        let mut desk = Desk::new(&terms());
        assert_eq!(observe(&mut desk, "My own words.", "a").shared, [false]);
        let second = observe(&mut desk, "My own words.", "b");
        assert_eq!(
            (second.shared, second.fresh),
            (vec![true], vec!["My own words.".to_owned()])
        );
        let third = observe(&mut desk, "My own words.", "c");
        assert_eq!((third.shared, third.fresh), (vec![true], vec![]));
    }

    #[test]
    fn a_listing_shows_shared_phrases_with_their_clips() {
        let mut desk = Desk::new(&terms());
        observe(&mut desk, "Private.", "a");
        observe(&mut desk, "Hello there!", "a");
        ask(&mut desk, stored("k", "Hello there!", 400), 0);
        assert_eq!(
            observe(&mut desk, "x", "a").known,
            Some(vec![clip_key::mark("k")])
        );
        let listing = ask(&mut desk, Ask::List { limit: 10 }, 0).listing;
        let texts: Vec<_> = listing.data.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(texts, ["Hello there!"]);
        assert_eq!(listing.data[0].cached[0].expires_at, 90);
        assert_eq!(
            (listing.entries, listing.bytes, listing.budget_bytes),
            (1, 400, 1_000)
        );
        assert_eq!(
            ask(&mut desk, Ask::List { limit: 10 }, 90_000).listing.entries,
            0,
            "it has expired"
        );
    }

    #[test]
    fn a_plan_is_given_to_one_at_a_time_and_leaves_out_what_is_kept() {
        let mut desk = Desk::new(&terms());
        assert_eq!(plan(&mut desk, 0).run.waiting_keys().count(), 1);
        let other = plan(&mut desk, 1);
        assert_eq!((other.run.waiting_keys().count(), other.busy), (0, 1));
        let after = plan(&mut desk, HANDED_OUT_MS);
        let key = after.run.waiting_keys().next().unwrap().to_owned();
        ask(&mut desk, stored(&key, "Hello there!", 10), HANDED_OUT_MS);
        let last = plan(&mut desk, HANDED_OUT_MS + 1);
        assert_eq!((last.run.is_done(), last.run.tally().skipped), (true, 1));
    }

    #[test]
    fn an_answer_names_no_more_keys_than_can_be_deleted_at_once_and_none_that_is_kept_again() {
        let mut desk = Desk::new(&terms());
        for index in 0..EVICTED_MAX + 2 {
            ask(&mut desk, stored(&format!("{index:04}"), "x", 1), 0);
        }
        assert_eq!(ask(&mut desk, Ask::Clear, 0).evicted.len(), EVICTED_MAX);
        let kept = format!("{:04}", EVICTED_MAX + 1);
        let left = ask(&mut desk, stored(&kept, "x", 1), 0).evicted;
        assert_eq!(left, [format!("{EVICTED_MAX:04}")]);
        assert!(ask(&mut desk, Ask::List { limit: 1 }, 0).evicted.is_empty());
    }

    #[test]
    fn what_could_not_be_made_is_given_out_again_at_once() {
        let mut desk = Desk::new(&terms());
        let keys: Vec<String> = plan(&mut desk, 0).run.waiting_keys().map(str::to_owned).collect();
        assert_eq!(plan(&mut desk, 1).busy, 1);
        ask(&mut desk, Ask::Release { keys }, 2);
        assert_eq!(plan(&mut desk, 3).run.waiting_keys().count(), 1);
    }

    #[test]
    fn the_budget_holds_and_clearing_names_every_key() {
        let mut desk = Desk::new(&terms());
        ask(&mut desk, stored("a", "x", 700), 0);
        assert_eq!(ask(&mut desk, stored("b", "y", 700), 0).evicted.len(), 1);
        assert_eq!(ask(&mut desk, Ask::Clear, 0).evicted.len(), 1);
        assert_eq!(ask(&mut desk, Ask::List { limit: 1 }, 0).listing.bytes, 0);
    }
}
