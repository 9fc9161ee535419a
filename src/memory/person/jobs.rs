//! What a person's object does that takes waiting: extraction, summaries, missing vectors.
//!
//! Invariant: before each wait the buffer on disk says what is being done, and afterwards results are kept only if the
//! lease, or the person, is still the same. A restart at any point leaves the messages where they were.

use std::rc::Rc;

use crate::config::Config;
use crate::memory::extraction::apply::{Cause, MemoryOrigin, RowChange};
use crate::memory::extraction::buffer::{Batch, Due, ExtractionFailure, backoff_ms};
use crate::memory::extraction::operations::{self, Operation};
use crate::memory::extraction::prompt::{Excerpt, Today, ask, ask_again, calls, ids};
use crate::memory::person::outside::{AnswerForm, EMBED_TEXTS_MAX, Outside};
use crate::memory::person::protocol::{CallRefusal, Flushed, Said};
use crate::memory::person::search::shown_share;
use crate::memory::person::state::{Live, Retry};
use crate::memory::person::summary::Unsummarised;
use crate::memory::person::tables::SqlError;
use crate::memory::recall::context::ask_summary;
use crate::memory::recall::vectors::{Hit, to_f32_blob};
use crate::memory::tokens::clip;
use crate::model::reply::without_thoughts;
use crate::platform::log;
use crate::telemetry::collector::{count, observe};
use crate::telemetry::metrics::{EXTRACTION, EXTRACTION_CALLS, EXTRACTION_CALLS_SAVED};
use crate::upstream::outcome::Failure;

/// Most batches in one run; what is left makes the next alarm.
const BATCHES_MAX: usize = 32;
/// Longest message in a summary's prompt, bytes.
const SUMMARISED_BYTES_MAX: usize = 4_000;
/// First and longest delay before a summary or missing vectors are tried again.
const RETRY_FIRST_MS: u64 = 10_000;
const RETRY_MAX_MS: u64 = 3_600_000;

/// Everything a piece of work needs.
pub struct Work {
    /// The awake object.
    pub live: Rc<Live>,
    /// The configuration.
    pub config: Rc<Config>,
    /// Models and time.
    pub outside: Rc<dyn Outside>,
}

/// Why a batch was not extracted.
enum Stopped {
    Model(Vec<Failure>),
    Malformed,
    Sql(SqlError),
}

impl From<SqlError> for Stopped {
    fn from(error: SqlError) -> Stopped {
        Stopped::Sql(error)
    }
}

impl From<Stopped> for CallRefusal {
    fn from(stopped: Stopped) -> CallRefusal {
        match stopped {
            Stopped::Model(failures) => CallRefusal::ModelFailed(words(&failures)),
            Stopped::Malformed => CallRefusal::ModelMalformed,
            Stopped::Sql(error) => error.into(),
        }
    }
}

fn words(failures: &[Failure]) -> String {
    failures
        .iter()
        .map(|failure| failure.word())
        .collect::<Vec<_>>()
        .join(", ")
}

impl Work {
    /// Does what is due: extraction first, then summaries, then missing vectors.
    pub async fn run(&self) {
        for _ in 0..BATCHES_MAX {
            if self.live.gone.get() || !matches!(self.live.due(self.outside.now_ms()), Due::Now(_)) {
                break;
            }
            if self.extract(&mut Flushed::default()).await.is_err() {
                break;
            }
        }
        if !self.live.gone.get() {
            self.summarise().await;
        }
        if !self.live.gone.get() {
            self.fill_vectors().await;
        }
    }

    /// Extracts everything that waits, now; waits for a call that is in flight.
    ///
    /// # Errors
    /// The model failed or gave nothing usable: what waits is kept.
    pub async fn flush(&self) -> Result<Flushed, CallRefusal> {
        let mut done = Flushed::default();
        self.live.hurry()?;
        for _ in 0..BATCHES_MAX {
            self.in_flight().await;
            match self.live.due(self.outside.now_ms()) {
                Due::Now(_) => self.extract(&mut done).await?,
                // A call that was in flight failed: this one asks again.
                Due::At(_) if self.live.pending() > 0 => self.live.hurry()?,
                _ => break,
            }
        }
        done.pending = self.live.pending();
        done.generation = self.live.db.generation()?;
        Ok(done)
    }

    /// Waits until no call is in flight, or its lease is void.
    async fn in_flight(&self) {
        const STEP_MS: u64 = 10;
        while self.live.is_leased(self.outside.now_ms()) && !self.live.gone.get() {
            self.outside.sleep_ms(STEP_MS).await;
        }
    }

    /// One batch, from the buffer to the memories.
    async fn extract(&self, done: &mut Flushed) -> Result<(), CallRefusal> {
        let Some(batch) = self.live.take(self.outside.now_ms())? else {
            return Ok(());
        };
        let began_at_ms = self.outside.now_ms();
        let outcome = self.operations(&batch).await;
        let elapsed_ms = self.outside.now_ms().saturating_sub(began_at_ms);
        let (word, changes) = match outcome {
            Ok(operations) => {
                let changes = self.apply(&batch, operations).await?;
                observe(&EXTRACTION, &[], elapsed_ms as f64);
                done.messages += batch.messages.len();
                done.changes += changes;
                ("extracted", changes)
            }
            Err(stopped) => {
                let failure = match &stopped {
                    Stopped::Malformed => ExtractionFailure::Malformed,
                    // All room for the answer was thought away, for example: a smaller batch needs less.
                    Stopped::Model(failures) if failures.iter().all(|one| *one == Failure::SaidNothing) => {
                        ExtractionFailure::Malformed
                    }
                    _ => ExtractionFailure::Unavailable,
                };
                if !self.live.gone.get() {
                    self.live.fail(&batch, failure, self.outside.now_ms())?;
                }
                log::info(
                    &crate::wire::json::json!({"event": "extract_failed", "messages": batch.messages.len(), "malformed": failure == ExtractionFailure::Malformed}),
                );
                return Err(stopped.into());
            }
        };
        log::info(
            &crate::wire::json::json!({"event": word, "reason": batch.reason, "messages": batch.messages.len(), "changes": changes, "elapsed_ms": self.outside.now_ms().saturating_sub(began_at_ms)}),
        );
        Ok(())
    }

    /// What the model wants changed for a batch: one call, or more for one that is very long.
    async fn operations(&self, batch: &Batch) -> Result<Vec<Operation>, Stopped> {
        let mut operations = Vec::new();
        let mut messages = batch.messages.clone();
        for message in &mut messages {
            let zone = message.timezone.as_deref();
            message.at_ms = self.local_ms(zone, message.at_ms);
        }
        let zone = messages.last().and_then(|message| message.timezone.as_deref());
        let today = Today {
            local_ms: self.local_ms(zone, self.outside.now_ms()),
            is_utc: zone.is_none(),
        };
        let calls = calls(&messages, self.config.memory.batch_bytes as usize);
        let saved = messages.len().saturating_sub(calls.len());
        count(&EXTRACTION_CALLS_SAVED, &[], saved as f64);
        for excerpts in calls {
            operations.extend(self.ask(&excerpts, batch, today).await?);
        }
        Ok(operations)
    }

    /// What clocks show in a zone; UTC where it is not known.
    fn local_ms(&self, timezone: Option<&str>, at_ms: u64) -> u64 {
        let local = timezone.and_then(|zone| self.outside.local_ms(zone, at_ms));
        local.unwrap_or(at_ms)
    }

    async fn ask(
        &self,
        excerpts: &[Excerpt],
        batch: &Batch,
        today: Today,
    ) -> Result<Vec<Operation>, Stopped> {
        let texts: Vec<&str> = excerpts.iter().map(|excerpt| excerpt.text.as_str()).collect();
        let near = self.near(&texts).await?;
        let shown = self.live.related(&texts, &near)?;
        let profile = self.live.shown_profile()?;
        let ids = ids(&shown, &profile);
        let turns = ask(excerpts, &shown, &profile, today);
        let text = self.complete(&turns, AnswerForm::Json, &batch.id).await?;
        let first = operations::read(&text, &ids);
        // A part that is refused may be the only word of a fact, so it is asked for again, too.
        let Some(error) = operations::complaint(&first) else {
            return Ok(first.unwrap_or_default().operations);
        };
        let again = ask_again(&turns, &text, &error);
        let second = operations::read(&self.complete(&again, AnswerForm::Json, &batch.id).await?, &ids);
        let best = operations::better(first, second).map_err(|_| Stopped::Malformed)?;
        Ok(best.operations)
    }

    /// The memories nearest to each text; none while all of them are shown anyway.
    async fn near(&self, texts: &[&str]) -> Result<Vec<Vec<Hit>>, SqlError> {
        let mut near = Vec::new();
        if self.live.known()?.memories <= crate::memory::extraction::prompt::SHOWN_MAX as u64 {
            return Ok(near);
        }
        let limit = shown_share(texts.len());
        for vector in self.embed(texts).await.unwrap_or_default() {
            near.push(self.live.nearest(&vector, limit)?.unwrap_or_default());
        }
        Ok(near)
    }

    async fn complete(&self, turns: &[Said], form: AnswerForm, id: &str) -> Result<String, Stopped> {
        if form == AnswerForm::Json {
            count(&EXTRACTION_CALLS, &[], 1.0);
        }
        self.outside
            .complete(turns, form, id)
            .await
            .map_err(Stopped::Model)
    }

    async fn apply(&self, batch: &Batch, operations: Vec<Operation>) -> Result<usize, CallRefusal> {
        let vectors = self.vectors_of(&operations).await;
        let sources: Vec<String> = batch
            .messages
            .iter()
            .map(|message| message.message.clone())
            .collect();
        let cause = Cause {
            sources: &sources,
            origin: MemoryOrigin::Extracted,
            said_at_ms: batch
                .messages
                .last()
                .map_or_else(|| self.outside.now_ms(), |message| message.at_ms),
            now_ms: self.outside.now_ms(),
        };
        if self.live.gone.get() {
            return Err(CallRefusal::Gone);
        }
        let changes = self
            .live
            .apply(&operations, &cause, &vectors, Some((&batch.id, batch.attempt)))?;
        let is_memory = |change: &&RowChange| matches!(change, RowChange::Put(_));
        Ok(changes.map_or(0, |changes| changes.iter().filter(is_memory).count()))
    }

    /// Vectors of the texts that operations bring, as they are stored. Without them the memories are stored all the
    /// same, found by their words, and get their vectors later.
    pub async fn vectors_of(&self, operations: &[Operation]) -> Vec<(String, Vec<u8>)> {
        let texts: Vec<&str> = operations
            .iter()
            .filter_map(|operation| match operation {
                Operation::Add { text, .. } | Operation::Update { text, .. } => Some(text.as_str()),
                Operation::Delete { .. } => None,
            })
            .collect();
        let vectors = self.embed(&texts).await.unwrap_or_default();
        texts
            .iter()
            .zip(&vectors)
            .map(|(text, vector)| ((*text).to_owned(), to_f32_blob(vector)))
            .collect()
    }

    /// Vectors in order, or nothing when one request failed or the chain is off.
    async fn embed(&self, texts: &[&str]) -> Option<Vec<Vec<f32>>> {
        if self.config.embed.targets.is_empty() || texts.is_empty() {
            return None;
        }
        let mut vectors = Vec::with_capacity(texts.len());
        for part in texts.chunks(EMBED_TEXTS_MAX) {
            // As a query is embedded: its canonical text. What is stored and what is asked must be of one form.
            let part: Vec<String> = part
                .iter()
                .map(|text| crate::memory::tokens::Query::new(text).text)
                .collect();
            vectors.extend(self.outside.embed(&part).await?);
        }
        Some(vectors)
    }

    async fn summarise(&self) {
        let due = self.live.summaries().unwrap_or_default();
        for (id, retry) in due {
            let retry = Retry::of(&retry);
            if retry.at_ms > self.outside.now_ms() || self.live.gone.get() {
                continue;
            }
            let settled = match self.summary(&id).await {
                Ok(()) => None,
                Err(refusal) => {
                    log::info(
                        &crate::wire::json::json!({"event": "summary_failed", "refusal": format!("{refusal:?}")}),
                    );
                    Some(later(retry, self.outside.now_ms()))
                }
            };
            if !self.live.gone.get() && self.live.settle_summary(&id, settled).is_err() {
                return;
            }
        }
    }

    async fn summary(&self, id: &str) -> Result<(), CallRefusal> {
        let Some(Unsummarised {
            before,
            turns,
            through,
        }) = self.live.to_summarise(id)?
        else {
            return Ok(());
        };
        let short: Vec<Said> = turns
            .iter()
            .map(|turn| Said::new(&turn.role, clip(&turn.content, SUMMARISED_BYTES_MAX)))
            .collect();
        let text = self
            .complete(
                &ask_summary(before.as_deref(), &short),
                AnswerForm::Text,
                "summary",
            )
            .await?;
        if self.live.gone.get() {
            return Err(CallRefusal::Gone);
        }
        let text = without_thoughts(&text);
        self.live.db.set_summary(id, text.trim(), through)?;
        Ok(())
    }

    async fn fill_vectors(&self) {
        if self.live.backfill.get().at_ms > self.outside.now_ms() {
            return;
        }
        let Ok(missing) = self.live.without_vector() else {
            return;
        };
        if missing.is_empty() {
            return;
        }
        let texts: Vec<&str> = missing.iter().map(|(_, text)| text.as_str()).collect();
        let vectors = self.embed(&texts).await;
        if self.live.gone.get() {
            return;
        }
        let first = missing.first().map(|(id, _)| id.clone());
        let filled = vectors.map(|vectors| {
            let rows = missing.into_iter().zip(&vectors);
            let rows: Vec<_> = rows
                .map(|((id, text), vector)| (id, text, to_f32_blob(vector)))
                .collect();
            self.live.fill_vectors(&rows)
        });
        // One that is still missing got a vector of another length than the others have.
        let is_still_first = |rows: Vec<(String, String)>| rows.into_iter().next().map(|(id, _)| id) == first;
        let is_filled = !self.live.without_vector().is_ok_and(is_still_first);
        let retry = match filled {
            Some(Ok(())) if is_filled => Retry::default(),
            _ => later(self.live.backfill.get(), self.outside.now_ms()),
        };
        self.live.backfill.set(retry);
    }
}

fn later(retry: Retry, now_ms: u64) -> Retry {
    let delay_ms = backoff_ms(RETRY_FIRST_MS, RETRY_MAX_MS, retry.failures);
    Retry {
        at_ms: now_ms + delay_ms,
        failures: retry.failures.saturating_add(1),
    }
}
