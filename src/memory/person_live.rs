//! A person's object while it is awake: the tables, the buffer and the index in memory, and every step on them that
//! needs no waiting. What waits (models, embeddings, alarms) is in [`super::person_work`].

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::answer::Operation;
use super::buffer::{self, Batch, Buffer, Due, Pending};
use super::context::{self, to_summarise};
use super::person_calls::*;
use super::person_sql::{Db, Look, SqlError};
use super::prompt::{SHOWN_MAX, Shown, Turn};
use super::rank::{self, Found as Hits, Traits};
use super::recall::{self, Search};
use super::recall_key::Item;
use super::remember::{self, Rule, Rules, When};
use super::store::{Cause, Change, Memory, plan};
use super::tokens::{Query, clip, query_of};
use super::vectors::{Hit, Precision, Vectors};
use super::{dates, embed_fetch, schema, settings};
use crate::config::Config;

/// Longest message that is kept; what is longer is cut.
const CONTENT_BYTES_MAX: usize = 256 * 1024;
/// Most messages of a history that are looked at for a prompt.
const HISTORY_MESSAGES_MAX: usize = 200;
/// Most messages of other conversations that wait and enter a prompt, and how much of each.
const WAITING_MAX: usize = 8;
const WAITING_BYTES_MAX: usize = 400;
/// Most messages one summary reads.
pub const SUMMARISED_MAX: usize = 400;
/// `meta` key: conversations whose summary is due, as JSON `{id: {"at_ms","failures"}}`.
const SUMMARISE: &str = "summarise";

/// Vectors of one model at one generation.
struct Index {
    model: String,
    generation: u64,
    vectors: Option<Vectors>,
    /// Some current memory has no vector.
    incomplete: bool,
}

/// When a summary is tried again.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Retry {
    /// Unix milliseconds.
    pub at_ms: u64,
    /// How often it failed.
    pub failures: u32,
}

/// The awake object.
pub struct Live {
    /// The tables.
    pub db: Db,
    config: Rc<Config>,
    rules: Rules,
    buffer: RefCell<Buffer>,
    index: RefCell<Option<Index>>,
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

/// The summary so far, the turns it does not cover, and the last message they reach.
pub type ToSummarise = (Option<String>, Vec<Turn>, i64);

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
            index: RefCell::new(None),
            gone: Cell::new(false),
            backfill: Cell::new(Retry::default()),
            db,
            config,
            epoch,
            cache_key,
        })
    }

    fn limits(&self) -> buffer::Limits {
        settings::limits(&self.config.memory, self.config.llm.clocks.total_ms)
    }

    fn embeds(&self) -> bool {
        !self.config.embed.targets.is_empty()
    }

    /// Of this incarnation of the person.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Changes the buffer and whatever else `work` does, all or nothing.
    fn change<T>(&self, work: impl FnOnce(&mut Buffer) -> Result<T, SqlError>) -> Result<T, SqlError> {
        if self.gone.get() {
            return Err(SqlError("the person was erased".into()));
        }
        let before = self.buffer.borrow().clone();
        let mut after = before.clone();
        let out = self.db.transact(|| {
            let out = work(&mut after)?;
            if after != before {
                self.db.save_buffer(&before, &after)?;
            }
            Ok(out)
        })?;
        *self.buffer.borrow_mut() = after;
        Ok(out)
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
        let generation = self.db.generation()?;
        let memories = self.db.searchable()?;
        let plan = self.plan(ask, &said, conversation.as_ref(), previous.as_deref());
        let found = self.found_at_once(ask, &plan, generation, memories, now_ms)?;
        let (history, summary) = conversation.unwrap_or_default();
        Ok(Opened {
            stamp: Stamp {
                generation,
                epoch: self.epoch.clone(),
                cache_key: self.cache_key.clone(),
            },
            profile: self.profile(ask.recall)?,
            memories,
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
            let is_new = self.db.touch_conversation(id, now_ms)?;
            let (summary, through) = self.db.summary(id)?.unwrap_or_default();
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
    fn keep(
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

    fn profile(&self, wanted: bool) -> Result<Vec<(super::Kind, String)>, SqlError> {
        if !wanted {
            return Ok(Vec::new());
        }
        let profile = self.db.profile()?;
        Ok(profile
            .into_iter()
            .map(|memory| (memory.kind, memory.text))
            .collect())
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
        generation: u64,
        memories: u64,
        now_ms: u64,
    ) -> Result<Option<Found>, SqlError> {
        if plan.decision == Search::Skip {
            return Ok(None);
        }
        if memories == 0 || plan.query.is_empty() {
            return Ok(Some(Found {
                generation,
                items: Vec::new(),
                degraded: false,
            }));
        }
        let guess = ask.guess.as_ref().filter(|guess| guess.query == plan.query);
        let held = guess.and_then(|guess| guess.held.as_ref());
        if held.is_some_and(|(epoch, held)| *epoch == self.epoch && *held == generation) {
            return Ok(None);
        }
        let vector = guess.and_then(|guess| guess.vector.clone());
        if vector.is_none() && self.embeds() {
            return Ok(None);
        }
        self.search(
            &SearchAsk {
                query: plan.query.clone(),
                vector,
                limit: ask.limit,
            },
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

    // --- search

    /// The best memories for a query; exact.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn search(&self, ask: &SearchAsk, now_ms: u64) -> Result<Found, SqlError> {
        let query = Query::new(&ask.query);
        let generation = self.db.generation()?;
        let wanted = rank::overfetch(ask.limit);
        let lexical = self.db.lexical(&query, wanted)?;
        let vector = ask.vector.as_deref().and_then(from_base64);
        let semantic = match &vector {
            Some(vector) => self.nearest(vector, wanted)?,
            None => None,
        };
        let degraded = self.embeds() && (semantic.is_none() || self.is_incomplete());
        let mut rows = lexical.clone();
        rows.extend(semantic.iter().flatten().map(|hit| hit.row));
        rows.sort_unstable();
        rows.dedup();
        let known: BTreeMap<i64, Memory> = self.db.by_rows(&rows)?.into_iter().collect();
        let traits = |row: i64| {
            known.get(&row).map(|memory| Traits {
                valid_from_ms: memory.valid_from_ms,
                importance: memory.importance,
                profile: memory.kind.is_profile(),
            })
        };
        let hits = Hits {
            semantic: semantic.as_deref(),
            lexical: &lexical,
        };
        let ranked = rank::rank(
            &hits,
            traits,
            now_ms,
            &settings::weights(&self.config.memory, ask.limit),
        );
        let items = ranked.iter().filter_map(|ranked| {
            known.get(&ranked.row).map(|memory| Item {
                id: memory.id.clone(),
                text: memory.text.clone(),
                kind: memory.kind,
                score: ranked.score,
                valid_from_ms: memory.valid_from_ms,
            })
        });
        Ok(Found {
            generation,
            items: items.collect(),
            degraded,
        })
    }

    /// The nearest rows; `None` when there is nothing to compare with.
    fn nearest(&self, vector: &[f32], limit: usize) -> Result<Option<Vec<Hit>>, SqlError> {
        self.load_index()?;
        let index = self.index.borrow();
        let Some(vectors) = index.as_ref().and_then(|index| index.vectors.as_ref()) else {
            return Ok(None);
        };
        Ok(vectors.nearest(vector, limit, self.config.memory.cosine_min).ok())
    }

    fn load_index(&self) -> Result<(), SqlError> {
        let (model, generation) = (embed_fetch::model_name(&self.config), self.db.generation()?);
        let fresh = |index: &Index| index.model == model && index.generation == generation;
        if self.index.borrow().as_ref().is_some_and(fresh) {
            return Ok(());
        }
        let rows = self.db.vectors(&model)?;
        let dimensions = rows.last().map_or(0, |(_, blob)| blob.len() / 4);
        let mut vectors = Vectors::new(dimensions, Precision::F32).ok();
        let mut incomplete = !self.db.without_vector(&model, 1)?.is_empty();
        if let Some(vectors) = &mut vectors {
            for (row, blob) in &rows {
                // A vector of another length is of another model under the same name.
                incomplete |= vectors.push_blob(*row, blob).is_err();
            }
        }
        *self.index.borrow_mut() = Some(Index {
            model,
            generation,
            vectors,
            incomplete,
        });
        Ok(())
    }

    fn is_incomplete(&self) -> bool {
        self.load_index().is_err() || self.index.borrow().as_ref().is_none_or(|index| index.incomplete)
    }

    /// Current memories that need a vector.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn without_vector(&self) -> Result<Vec<(String, String)>, SqlError> {
        if !self.embeds() {
            return Ok(Vec::new());
        }
        self.db
            .without_vector(&embed_fetch::model_name(&self.config), embed_fetch::TEXTS_MAX)
    }

    /// Stores vectors that were missing; results change, so the generation grows.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn fill_vectors(&self, vectors: &[(String, String, Vec<u8>)]) -> Result<(), SqlError> {
        let model = embed_fetch::model_name(&self.config);
        self.change(|_| {
            for (id, text, vector) in vectors {
                if self.db.memory(id)?.is_some_and(|memory| memory.text == *text) {
                    self.db.put_vector(id, &model, vector.clone())?;
                }
            }
            self.db.advance().map(|_| ())
        })
    }

    // --- memories

    /// Applies operations with the vectors of their texts; with a lease, only while it is the current one. How many
    /// memories changed, or `None` for a lease that is gone.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn apply(
        &self,
        operations: &[Operation],
        cause: &Cause,
        vectors: &BTreeMap<String, Vec<u8>>,
        lease: Option<(&str, u64)>,
    ) -> Result<Option<Vec<Change>>, SqlError> {
        let model = embed_fetch::model_name(&self.config);
        self.change(|buffer| {
            if let Some((batch, attempt)) = lease
                && buffer.ack(batch, attempt).is_err()
            {
                return Ok(None);
            }
            let look = Look::new(&self.db);
            let changes = plan(operations, cause, &look);
            look.done()?;
            self.db.write(&changes, cause.now_ms)?;
            for change in &changes {
                if let Change::Put(memory) = change
                    && let Some(vector) = vectors.get(&memory.text)
                {
                    self.db.put_vector(&memory.id, &model, vector.clone())?;
                }
            }
            Ok(Some(changes))
        })
    }

    /// The person erases a memory; false if there is none.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn erase_memory(&self, id: &str, now_ms: u64) -> Result<bool, SqlError> {
        self.change(|_| {
            if self.db.memory(id)?.is_none() {
                return Ok(false);
            }
            self.db.write(&[Change::Erase { id: id.to_owned() }], now_ms)?;
            Ok(true)
        })
    }

    /// The person erases all memories and what would become one.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn erase_memories(&self) -> Result<u64, SqlError> {
        self.change(|buffer| {
            buffer.forget(|_| true);
            self.db
                .run("DELETE FROM messages WHERE conversation = ''", vec![])?;
            self.db.erase_memories()
        })
    }

    /// The person erases a conversation; false if there is none.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn erase_conversation(&self, id: &str) -> Result<bool, SqlError> {
        self.change(|buffer| {
            buffer.forget(|waiting| waiting.conversation == id);
            let mut due = self.summaries()?;
            if due.remove(id).is_some() {
                self.set_summaries(&due)?;
            }
            self.db.erase_conversation(id)
        })
    }

    /// Takes messages that come from elsewhere into the buffer.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn append(&self, messages: &[Said], now_ms: u64) -> Result<Appended, SqlError> {
        let (mut accepted, mut skipped) = (0, 0);
        self.change(|buffer| {
            let mut previous = None;
            for (at, one) in messages.iter().enumerate() {
                if one.role == "assistant" {
                    previous = Some(one.content.clone());
                    continue;
                }
                let decision = remember::decide(&one.content, previous.as_deref(), &self.rules);
                let message = Message {
                    id: noted_id(messages.get(..at).unwrap_or_default(), &one.content, now_ms),
                    role: one.role.clone(),
                    content: clip(&one.content, CONTENT_BYTES_MAX).to_owned(),
                    at_ms: now_ms,
                };
                if decision.decision == When::Skip {
                    skipped += 1;
                } else if self.db.add_message("", &message)? {
                    accepted += 1;
                    self.keep(buffer, "", &message, previous.clone(), decision, now_ms);
                }
            }
            Ok(())
        })?;
        Ok(Appended {
            accepted,
            skipped,
            pending: self.pending(),
        })
    }

    /// How many messages wait.
    pub fn pending(&self) -> usize {
        self.buffer.borrow().waiting().count()
    }

    // --- extraction

    /// Whether and when a batch is due.
    pub fn due(&self, now_ms: u64) -> Due {
        self.buffer.borrow().due(now_ms, &self.limits())
    }

    /// Whether a call is in flight that may still be answered.
    pub fn is_leased(&self, now_ms: u64) -> bool {
        let buffer = self.buffer.borrow();
        buffer.lease().is_some_and(|lease| lease.expires_at_ms > now_ms)
    }

    /// Makes everything that waits due.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn hurry(&self) -> Result<(), SqlError> {
        self.change(|buffer| {
            buffer.flush();
            Ok(())
        })
    }

    /// Takes the next batch.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn take(&self, now_ms: u64) -> Result<Option<Batch>, SqlError> {
        let limits = self.limits();
        self.change(|buffer| Ok(buffer.take(now_ms, &limits)))
    }

    /// The batch could not be extracted. A lease that is gone has nothing to say.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn fail(&self, batch: &Batch, failure: buffer::Failure, now_ms: u64) -> Result<(), SqlError> {
        self.change(|buffer| {
            let _ = buffer.fail(&batch.id, batch.attempt, failure, now_ms);
            Ok(())
        })
    }

    /// Memories that an extraction should see: all of them while they are few, else those that share words or meaning.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn related(&self, texts: &[&str], vectors: &[Vec<f32>]) -> Result<Vec<Shown>, SqlError> {
        let mut rows: Vec<i64> = Vec::new();
        if self.db.searchable()? <= SHOWN_MAX as u64 {
            let all = self.db.rows(
                "SELECT row FROM memories WHERE valid_until_ms IS NULL AND kind NOT IN ('name', 'language', 'tone') ORDER BY row",
                vec![],
            )?;
            rows.extend(all.iter().map(|row| super::person_sql::integer(row, 0)));
        } else {
            let share = (SHOWN_MAX / texts.len().max(1)).max(3);
            for (at, text) in texts.iter().enumerate() {
                let mut found = self.db.lexical(&Query::new(text), share)?;
                if let Some(vector) = vectors.get(at) {
                    let near = self.nearest(vector, share)?.unwrap_or_default();
                    found.extend(near.iter().map(|hit| hit.row));
                }
                rows.extend(found);
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        rows.retain(|row| seen.insert(*row));
        let known: BTreeMap<i64, Memory> = self.db.by_rows(&rows)?.into_iter().collect();
        let shown = rows.iter().filter_map(|row| known.get(row));
        Ok(shown
            .filter(|memory| !memory.kind.is_profile())
            .take(SHOWN_MAX)
            .map(shown_memory)
            .collect())
    }

    /// The profile as an extraction sees it.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn shown_profile(&self) -> Result<Vec<Shown>, SqlError> {
        Ok(self.db.profile()?.iter().map(shown_memory).collect())
    }

    // --- summaries

    /// Conversations whose summary is due.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn summaries(&self) -> Result<BTreeMap<String, Retry>, SqlError> {
        let json = self.db.meta(SUMMARISE)?;
        Ok(json
            .and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or_default())
    }

    fn set_summaries(&self, due: &BTreeMap<String, Retry>) -> Result<(), SqlError> {
        self.db
            .set_meta(SUMMARISE, &serde_json::to_string(due).unwrap_or_default())
    }

    /// Notes that a summary failed, or that none is due any more (`None`).
    ///
    /// # Errors
    /// A statement that failed.
    pub fn settle_summary(&self, id: &str, retry: Option<Retry>) -> Result<(), SqlError> {
        self.change(|_| {
            let mut due = self.summaries()?;
            match retry {
                Some(retry) => due.insert(id.to_owned(), retry),
                None => due.remove(id),
            };
            self.set_summaries(&due)
        })
    }

    fn unsummarised(&self, id: &str) -> Result<Vec<(i64, Turn)>, SqlError> {
        let (_, through) = self.db.summary(id)?.unwrap_or_default();
        let messages = self.db.oldest(id, through, SUMMARISED_MAX)?;
        Ok(messages
            .into_iter()
            .map(|(seq, message)| (seq, Turn::new(&message.role, message.content)))
            .collect())
    }

    fn summary_size(&self, id: &str) -> Result<usize, SqlError> {
        let turns: Vec<Turn> = self.unsummarised(id)?.into_iter().map(|(_, turn)| turn).collect();
        Ok(to_summarise(&turns, &settings::summary_rule(&self.config.memory)))
    }

    /// What a summary is to be made of: the one before, the messages, and the `seq` it will reach through.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn to_summarise(&self, id: &str) -> Result<Option<ToSummarise>, SqlError> {
        let Some((before, _)) = self.db.summary(id)? else {
            return Ok(None);
        };
        let all = self.unsummarised(id)?;
        let size = self.summary_size(id)?;
        let through = size
            .checked_sub(1)
            .and_then(|last| all.get(last))
            .map(|(seq, _)| *seq);
        let turns = all.into_iter().take(size).map(|(_, turn)| turn).collect();
        Ok(through.map(|through| (before, turns, through)))
    }
}

fn shown_memory(memory: &Memory) -> Shown {
    Shown {
        id: memory.id.clone(),
        text: memory.text.clone(),
        kind: memory.kind,
        since_ms: memory.valid_from_ms,
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
fn noted_id(before: &[Said], text: &str, now_ms: u64) -> String {
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

fn from_base64(text: &str) -> Option<Vec<f32>> {
    let bytes = STANDARD.decode(text).ok()?;
    let (words, rest) = bytes.as_chunks::<4>();
    (rest.is_empty() && !words.is_empty())
        .then(|| words.iter().map(|word| f32::from_le_bytes(*word)).collect())
}
