//! A person's object while it is awake: the tables, the buffer and the index in memory, and every step on them that
//! needs no waiting. What waits (models, embeddings, alarms) is in [`super::person_work`].

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::buffer::{self, Buffer, Pending};
use super::context;
use super::person_calls::*;
use super::person_search::{Index, Near};
use super::person_sql::{Db, SqlError};
use super::prompt::Turn;
use super::recall::{self, Search};
use super::remember::{self, Rule, Rules, When};
use super::tokens::{Query, clip, query_of};
use super::vectors::Vectors;
use super::{dates, schema, settings};
use crate::config::Config;

/// Longest message that is kept; what is longer is cut.
pub(super) const CONTENT_BYTES_MAX: usize = 256 * 1024;
/// Most messages of a history that are looked at for a prompt.
const HISTORY_MESSAGES_MAX: usize = 200;
/// Most messages of other conversations that wait and enter a prompt, and how much of each.
const WAITING_MAX: usize = 8;
const WAITING_BYTES_MAX: usize = 400;
/// When a summary is tried again.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Retry {
    /// Unix milliseconds.
    pub at_ms: u64,
    /// How often it failed.
    pub failures: u32,
}

/// What every turn asks about the memories.
pub(super) struct Known {
    /// Of the memories.
    pub generation: u64,
    /// How many are searched.
    pub memories: u64,
    /// What is in every prompt.
    pub profile: Vec<(super::Kind, String)>,
}

/// The awake object.
pub struct Live {
    /// The tables.
    pub db: Db,
    pub(super) config: Rc<Config>,
    pub(super) rules: Rules,
    pub(super) buffer: RefCell<Buffer>,
    /// Vectors of all memories, once a search has needed them.
    pub(super) index: RefCell<Option<Index>>,
    /// Rows without a vector, once somebody asked.
    pub(super) bare: RefCell<Option<BTreeSet<i64>>>,
    /// Vectors that an index outside may not have seen, once a search has needed them.
    pub(super) unseen: RefCell<Option<Option<Vectors>>>,
    /// When the index outside is told what it lacks; `None` when it lacks nothing.
    pub(super) sync: Cell<Option<Retry>>,
    /// Conversations whose summary is due, once read.
    pub(super) due_summaries: RefCell<Option<BTreeMap<String, Retry>>>,
    /// What every turn asks, once read; memories that change make it be read anew.
    known: RefCell<Option<Rc<Known>>>,
    epoch: String,
    cache_key: String,
    /// Set when the person was erased: nothing more may be written through this value.
    pub gone: Cell<bool>,
    /// When vectors that are missing are asked for again.
    pub backfill: Cell<Retry>,
}

fn random_hex(bytes: usize) -> String {
    let mut random = vec![0u8; bytes];
    // The platform's randomness does not fail; if it did, ids would repeat and be refused as known.
    let _ = getrandom::fill(&mut random);
    super::store::hex(&random)
}

fn said_id() -> String {
    format!("msg_{}", random_hex(12))
}

impl Live {
    /// Opens the tables and restores the buffer.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn open_tables(db: Db, config: Rc<Config>) -> Result<Live, SqlError> {
        let (epoch, cache_key) = db.transact(|| {
            if db.meta(schema::meta::EPOCH)?.is_none() {
                let mut key = [0u8; 32];
                getrandom::fill(&mut key).map_err(|error| SqlError(error.to_string()))?;
                db.set_meta(schema::meta::EPOCH, &random_hex(16))?;
                db.set_meta(schema::meta::CACHE_KEY, &STANDARD.encode(key))?;
            }
            let epoch = db.meta(schema::meta::EPOCH)?.unwrap_or_default();
            Ok((epoch, db.meta(schema::meta::CACHE_KEY)?.unwrap_or_default()))
        })?;
        let buffer = db.buffer()?;
        Ok(Live {
            rules: settings::rules(&config.memory),
            buffer: RefCell::new(buffer),
            index: RefCell::default(),
            bare: RefCell::default(),
            unseen: RefCell::default(),
            // Whatever was left before the object slept is looked for.
            sync: Cell::new(Some(Retry::default())),
            due_summaries: RefCell::default(),
            known: RefCell::default(),
            gone: Cell::new(false),
            backfill: Cell::new(Retry::default()),
            db,
            config,
            epoch,
            cache_key,
        })
    }

    pub(super) fn limits(&self) -> buffer::Limits {
        settings::limits(&self.config.memory, self.config.llm.clocks.total_ms)
    }

    pub(super) fn embeds(&self) -> bool {
        !self.config.embed.targets.is_empty()
    }

    /// Of this incarnation of the person.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Changes the buffer and whatever else `work` does, all or nothing.
    pub(super) fn change<T>(
        &self,
        work: impl FnOnce(&mut Buffer) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let mut work = Some(work);
        let mut out = None;
        self.change_whole(&mut |buffer| {
            if let Some(work) = work.take() {
                out = Some(work(buffer)?);
            }
            Ok(())
        })?;
        out.ok_or_else(|| SqlError("the change did not run".into()))
    }

    /// The same for all kinds of work, once in the Worker.
    fn change_whole(
        &self,
        work: &mut dyn FnMut(&mut Buffer) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        if self.gone.get() {
            return Err(SqlError("the person was erased".into()));
        }
        let before = self.buffer.borrow().clone();
        let mut after = before.clone();
        let done = self.db.transact(|| {
            work(&mut after)?;
            if after != before {
                self.db.save_buffer(&before, &after)?;
            }
            Ok(())
        });
        let (edits, has_advanced) = self.db.taken_edits();
        if has_advanced || done.is_err() {
            *self.known.borrow_mut() = None;
        }
        if done.is_ok() {
            *self.buffer.borrow_mut() = after;
            self.follow(&edits);
        }
        done
    }

    /// What every turn asks about the memories.
    pub(super) fn known(&self) -> Result<Rc<Known>, SqlError> {
        if let Some(known) = self.known.borrow().as_ref() {
            return Ok(known.clone());
        }
        let profile = self.db.profile()?.into_iter();
        let known = Rc::new(Known {
            generation: self.db.generation()?,
            memories: self.db.searchable()?,
            profile: profile.map(|memory| (memory.kind, memory.text)).collect(),
        });
        *self.known.borrow_mut() = Some(known.clone());
        Ok(known)
    }

    // --- a turn

    /// Opens a turn: keeps what is new, and answers with all that the prompt needs.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn open(&self, ask: &OpenAsk, now_ms: u64) -> Result<Opened, SqlError> {
        let said: Vec<Said> = ask
            .said
            .iter()
            .map(|one| Said {
                role: one.role.clone(),
                content: clip(&one.content, CONTENT_BYTES_MAX).to_owned(),
            })
            .collect();
        let (conversation, previous, remember) = match &ask.conversation {
            Some(id) => self.enter(id, &said, ask.remember, now_ms)?,
            None => self.note(&said, ask.remember, now_ms)?,
        };
        let known = self.known()?;
        let plan = self.plan(ask, &said, conversation.as_ref(), previous.as_deref());
        let found = self.found_at_once(ask, &plan, &known, now_ms)?;
        let (history, summary) = conversation.unwrap_or_default();
        Ok(Opened {
            stamp: Stamp {
                generation: known.generation,
                epoch: self.epoch.clone(),
                cache_key: self.cache_key.clone(),
            },
            profile: if ask.recall {
                known.profile.clone()
            } else {
                Vec::new()
            },
            memories: known.memories,
            // Without a conversation there is no history, and the request goes out as its sender wrote it.
            waiting: if ask.recall && ask.conversation.is_some() {
                self.waiting(ask.conversation.as_deref(), &said)
            } else {
                Vec::new()
            },
            conversation: ask.conversation.as_ref().map(|_| OpenConversation {
                summary,
                history: self.fitting(history, &said),
            }),
            plan,
            found,
            remember,
        })
    }

    /// Keeps the new messages of a conversation; gives its history, the companion's last words, the decision.
    #[allow(clippy::type_complexity)]
    fn enter(
        &self,
        id: &str,
        said: &[Said],
        remember: bool,
        now_ms: u64,
    ) -> Result<
        (
            Option<(Vec<Said>, Option<String>)>,
            Option<String>,
            Option<(When, Rule)>,
        ),
        SqlError,
    > {
        self.change(|buffer| {
            let known = self.db.summary(id)?;
            let is_new = known.is_none();
            let (summary, through) = known.unwrap_or_default();
            self.db.touch_conversation(id, now_ms)?;
            let mut history: Vec<Said> = self
                .db
                .newest(id, through, HISTORY_MESSAGES_MAX)?
                .into_iter()
                .map(|(_, message)| Said {
                    role: message.role,
                    content: message.content,
                })
                .collect();
            let is_repeated = unanswered(&history) == said && !said.is_empty();
            if is_repeated {
                history.truncate(history.len() - said.len());
            }
            let mut previous = last_of(&history, "assistant");
            let before = previous.clone();
            let mut newest = None;
            if is_new && buffer.waiting().next().is_some() {
                // Another conversation has begun, so the last one is over.
                buffer.end();
            }
            for one in said {
                let message = Message {
                    id: said_id(),
                    role: one.role.clone(),
                    content: one.content.clone(),
                    at_ms: now_ms,
                };
                if !is_repeated {
                    self.db.add_message(id, &message)?;
                }
                if one.role == "assistant" {
                    previous = Some(one.content.clone());
                    continue;
                }
                let decision = remember::decide(&one.content, previous.as_deref(), &self.rules);
                newest = Some((decision.decision, decision.rule));
                if remember && !is_repeated {
                    self.keep(buffer, id, &message, previous.clone(), decision, now_ms);
                }
            }
            Ok((Some((history, summary)), before, newest.filter(|_| remember)))
        })
    }

    /// Keeps the newest message of a request without a conversation; the same one again on the same day is known.
    #[allow(clippy::type_complexity)]
    fn note(
        &self,
        said: &[Said],
        remember: bool,
        now_ms: u64,
    ) -> Result<
        (
            Option<(Vec<Said>, Option<String>)>,
            Option<String>,
            Option<(When, Rule)>,
        ),
        SqlError,
    > {
        let Some((last, earlier)) = said.split_last().filter(|(last, _)| last.role == "user") else {
            return Ok((None, None, None));
        };
        let previous = last_of(earlier, "assistant");
        let decision = remember::decide(&last.content, previous.as_deref(), &self.rules);
        if !remember {
            return Ok((None, previous, None));
        }
        if decision.decision != When::Skip {
            let message = Message {
                id: noted_id(earlier, &last.content, now_ms),
                role: last.role.clone(),
                content: last.content.clone(),
                at_ms: now_ms,
            };
            self.change(|buffer| {
                if self.db.add_message("", &message)? {
                    self.keep(buffer, "", &message, previous.clone(), decision, now_ms);
                }
                Ok(())
            })?;
        }
        Ok((None, previous, Some((decision.decision, decision.rule))))
    }

    /// Puts a message in the buffer, as its decision says.
    pub(super) fn keep(
        &self,
        buffer: &mut Buffer,
        conversation: &str,
        message: &Message,
        previous_assistant: Option<String>,
        decision: remember::Decision,
        now_ms: u64,
    ) {
        super::counts::count(decision.decision, decision.rule);
        worker::console_log!(
            "{}",
            serde_json::json!({"event": "remember", "decision": decision.decision, "rule": decision.rule, "message": message.id})
        );
        if decision.decision == When::Skip {
            if decision.rule == Rule::Farewell && buffer.waiting().next().is_some() {
                buffer.end();
            }
            return;
        }
        let pending = Pending {
            seq: 0,
            message: message.id.clone(),
            conversation: conversation.to_owned(),
            text: message.content.clone(),
            previous_assistant,
            at_ms: message.at_ms,
            malformed: 0,
            parked: false,
        };
        buffer.append(pending, decision.decision == When::Now, now_ms);
    }

    fn plan(
        &self,
        ask: &OpenAsk,
        said: &[Said],
        conversation: Option<&(Vec<Said>, Option<String>)>,
        previous: Option<&str>,
    ) -> Plan {
        if let Some(query) = &ask.query {
            return Plan {
                decision: Search::Search,
                rule: Rule::Default,
                query: Query::new(query).text,
            };
        }
        let history = conversation
            .map(|(history, _)| history.as_slice())
            .unwrap_or_default();
        let spoken = said
            .iter()
            .rev()
            .chain(history.iter().rev())
            .filter(|one| one.role == "user");
        let Some(last) = said
            .iter()
            .rev()
            .find(|one| one.role == "user")
            .filter(|_| ask.recall)
        else {
            return Plan {
                decision: Search::Skip,
                rule: Rule::Empty,
                query: String::new(),
            };
        };
        let decision = recall::decide(&last.content, previous, &self.rules);
        Plan {
            decision: decision.decision,
            rule: decision.rule,
            query: query_of(spoken.map(|one| one.content.as_str())).text,
        }
    }

    fn found_at_once(
        &self,
        ask: &OpenAsk,
        plan: &Plan,
        known: &Known,
        now_ms: u64,
    ) -> Result<Option<Found>, SqlError> {
        if plan.decision == Search::Skip {
            return Ok(None);
        }
        if known.memories == 0 || plan.query.is_empty() {
            return Ok(Some(Found {
                generation: known.generation,
                items: Vec::new(),
                degraded: false,
            }));
        }
        let guess = ask.guess.as_ref().filter(|guess| guess.query == plan.query);
        let held = guess.and_then(|guess| guess.held.as_ref());
        if held.is_some_and(|(epoch, held)| *epoch == self.epoch && *held == known.generation) {
            return Ok(None);
        }
        let vector = guess.and_then(|guess| guess.vector.clone());
        if (vector.is_none() && self.embeds()) || self.is_outside()? {
            return Ok(None);
        }
        self.search(
            &SearchAsk {
                query: plan.query.clone(),
                vector,
                limit: ask.limit,
            },
            &Near::Here,
            now_ms,
        )
        .map(Some)
    }

    /// What waits in other conversations, oldest first.
    fn waiting(&self, conversation: Option<&str>, said: &[Said]) -> Vec<String> {
        let buffer = self.buffer.borrow();
        let elsewhere = buffer.waiting().filter(|one| match conversation {
            Some(id) => one.conversation != id,
            None => !said.iter().any(|said| said.content == one.text),
        });
        let all: Vec<&Pending> = elsewhere.collect();
        let newest = all
            .get(all.len().saturating_sub(WAITING_MAX)..)
            .unwrap_or_default();
        newest
            .iter()
            .map(|one| clip(&one.text, WAITING_BYTES_MAX).to_owned())
            .collect()
    }

    /// The part of the history that fits beside what is new.
    fn fitting(&self, history: Vec<Said>, said: &[Said]) -> Vec<Said> {
        let turns: Vec<Turn> = history
            .iter()
            .chain(said)
            .map(|one| Turn::new(&one.role, one.content.as_str()))
            .collect();
        let kept = context::trim(&turns, &settings::budget(&self.config.memory)).len();
        let from = history.len() - kept.saturating_sub(said.len()).min(history.len());
        history.into_iter().skip(from).collect()
    }

    /// Keeps what the companion said.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn close(&self, ask: &CloseAsk, now_ms: u64) -> Result<Result<Closed, Refusal>, SqlError> {
        if ask.epoch != self.epoch || self.db.summary(&ask.conversation)?.is_none() {
            // Erased while the turn was under way: it stays erased.
            return Ok(Err(Refusal::Gone));
        }
        self.db.transact(|| {
            let message = Message {
                id: said_id(),
                role: "assistant".into(),
                content: clip(&ask.reply, CONTENT_BYTES_MAX).to_owned(),
                at_ms: now_ms,
            };
            self.db.touch_conversation(&ask.conversation, now_ms)?;
            self.db.add_message(&ask.conversation, &message)?;
            if self.summary_size(&ask.conversation)? > 0 {
                let mut due = self.summaries()?;
                due.entry(ask.conversation.clone()).or_default();
                self.set_summaries(&due)?;
            }
            Ok(())
        })?;
        Ok(Ok(Closed {
            messages: self.db.message_count(&ask.conversation)?,
        }))
    }
}

/// The messages after the companion's last one: a turn that never got its answer.
fn unanswered(history: &[Said]) -> &[Said] {
    let from = history
        .iter()
        .rposition(|one| one.role == "assistant")
        .map_or(0, |at| at + 1);
    history.get(from..).unwrap_or_default()
}

fn last_of(history: &[Said], role: &str) -> Option<String> {
    history
        .iter()
        .rev()
        .find(|one| one.role == role)
        .map(|one| one.content.clone())
}

/// Equal for the same message after the same messages on the same day: a retry or a regeneration is no second message.
pub(super) fn noted_id(before: &[Said], text: &str, now_ms: u64) -> String {
    let mut hash = Sha256::new();
    let mut field = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    field(&dates::day(now_ms));
    for one in before {
        field(&one.role);
        field(&one.content);
    }
    field(text);
    format!("msg_{}", super::store::hex(hash.finalize().iter().take(16)))
}
