//! What changes a person's memories: operations with their lease, the person's own deletions, the buffer's steps.

use crate::memory::extraction::apply::{Cause, Memory, RowChange, plan};
use crate::memory::extraction::buffer::{self, Batch, Buffer, Due};
use crate::memory::extraction::operations::Operation;
use crate::memory::person::protocol::{Appended, CONTENT_BYTES_MAX, CallRefusal, Imported, StoredMessage};
use crate::memory::person::record::{Notes, keep, pending, reply_id, told};
use crate::memory::person::state::Live;
use crate::memory::person::tables::SqlError;
use crate::memory::person::tables::lookup::Look;
use crate::memory::salience::decide::{When, decide};
use crate::memory::settings;
use crate::memory::tokens::{Query, clip};
use crate::model::reply::without_thoughts;
use crate::wire::order::distinct;

/// In every memory, so it tells nothing of one.
const THIRD_PERSON: &str = "person";

impl Live {
    /// Applies operations with the vectors of their texts; with a lease, only while it is the current one. How many
    /// memories changed, or `None` for a lease that is gone.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn apply(
        &self,
        operations: &[Operation],
        cause: &Cause,
        vectors: &[(String, Vec<u8>)],
        lease: Option<(&str, u64)>,
    ) -> Result<Option<Vec<RowChange>>, SqlError> {
        let model = settings::embed_model(&self.config);
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
                if let RowChange::Put(memory) = change
                    && let Some((_, vector)) = vectors.iter().find(|(text, _)| *text == memory.text)
                {
                    self.db.put_vector(&memory.id, &model, vector.clone())?;
                }
            }
            Ok(Some(changes))
        })
    }

    /// The person erases a memory, `everywhere` with what was said of it; how many messages went, `None` if there is no
    /// such memory.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn erase_memory(&self, id: &str, everywhere: bool, now_ms: u64) -> Result<Option<u64>, SqlError> {
        self.change(|buffer| {
            let Some(memory) = self.db.memory(id)? else {
                return Ok(None);
            };
            let erased = match everywhere {
                true => self.erase_said(buffer, &memory)?,
                false => 0,
            };
            self.db.write(&[RowChange::Erase { id: id.to_owned() }], now_ms)?;
            Ok(Some(erased))
        })
    }

    /// Erases the messages that a memory was made of, with their replies, and the summaries that may tell of them. A batch
    /// is the source of all that came of it: of its messages those go that share a word with the memory, or else all.
    fn erase_said(&self, buffer: &mut Buffer, memory: &Memory) -> Result<u64, SqlError> {
        let past = self.db.history(&memory.id)?;
        let texts = past.iter().map(|past| &past.text).chain([&memory.text]);
        let terms: Vec<String> = texts.flat_map(|text| Query::new(text).terms).collect();
        let terms = distinct(&terms);
        let sources = past.iter().map(|past| &past.sources).chain([&memory.sources]);
        let sources = distinct(sources.flatten());
        let said = self.db.messages_of(&sources)?;
        let tells = |content: &str| {
            let mut words = Query::all_terms(content).into_iter();
            words.any(|word| word != THIRD_PERSON && terms.binary_search(&word.as_str()).is_ok())
        };
        let some_tell = said.iter().any(|(_, message)| tells(&message.content));
        let mut erased = 0;
        for (conversation, message) in said {
            if some_tell && !tells(&message.content) {
                continue;
            }
            buffer.forget(|waiting| waiting.message == message.id);
            self.summarise_anew(&conversation)?;
            for id in [&message.id, &reply_id(&message.id)] {
                for place in self.db.erase_words(id)? {
                    erased += 1;
                    if place != conversation {
                        self.summarise_anew(&place)?;
                    }
                }
            }
        }
        Ok(erased)
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
    pub fn append(&self, messages: &[Imported], now_ms: u64) -> Result<Appended, SqlError> {
        let (mut accepted, mut skipped) = (0, 0);
        self.change(|buffer| {
            let mut previous = None;
            let first_at_ms = messages.first().and_then(|first| first.at_ms);
            let mut notes = Notes::of_day(first_at_ms.unwrap_or(now_ms));
            for Imported { said: one, at_ms } in messages {
                let id = notes.id(&one.content);
                notes = notes.after(one);
                if one.role == "assistant" {
                    previous = Some(without_thoughts(&one.content));
                    continue;
                }
                let decision = decide(&one.content, previous.as_deref(), &self.rules);
                let message = StoredMessage {
                    id,
                    role: one.role.clone(),
                    content: clip(&one.content, CONTENT_BYTES_MAX).to_owned(),
                    at_ms: at_ms.unwrap_or(now_ms),
                };
                if decision.decision == When::Skip {
                    told(decision, &message.id);
                    skipped += 1;
                } else if self.db.add_message("", &message)? {
                    accepted += 1;
                    keep(
                        buffer,
                        pending("", &message, previous.as_ref(), None),
                        decision,
                        now_ms,
                    );
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
    pub fn fail(
        &self,
        batch: &Batch,
        failure: buffer::ExtractionFailure,
        now_ms: u64,
    ) -> Result<(), SqlError> {
        self.change(|buffer| {
            let _ = buffer.fail(&batch.id, batch.attempt, failure, now_ms);
            Ok(())
        })
    }
}

/// A memory that holds now.
pub(super) fn current(live: &Live, id: &str) -> Result<Memory, CallRefusal> {
    let memory = live.db.memory(id)?;
    let memory = memory.filter(|memory| memory.valid_until_ms.is_none());
    memory.ok_or(CallRefusal::NotFound)
}
