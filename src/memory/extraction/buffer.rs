//! What waits to be extracted, and which of it makes the next call.
//!
//! A pure state machine that a Durable Object persists row by row (`pending` and `buffer` in [`crate::memory::person::schema`]).
//! Invariants:
//! * a message leaves the buffer only by [`Buffer::ack`], in the transaction that applies what was extracted, or when more waits
//!   than [`WAITING_BYTES_MAX`];
//! * messages leave in the order in which they came, so that a correction never runs before what it corrects
//!   (messages that a model cannot digest are parked after [`MALFORMED_MAX`] tries, so that they block nobody);
//! * one lease at a time; an answer to a lease that is gone is refused, so nothing is applied twice.
//!
//! The call to the model is made at least once; its result is applied exactly once. Left out: alarms, SQL, the call.

use sha2::{Digest, Sha256};

use crate::wire::json::{object, words};

/// How long an urgent message waits for others that are sent at the same time: one call for all of them.
pub const URGENT_GATHER_MS: u64 = 200;
/// First delay after a failure; doubled each time.
pub const RETRY_FIRST_MS: u64 = 5_000;
/// Longest delay between two tries.
pub const RETRY_MAX_MS: u64 = 3_600_000;
/// A message alone in its batch is parked after this many malformed answers, and tried again on the next flush.
pub const MALFORMED_MAX: u32 = 5;

/// Most text that waits, bytes: a model that never answers must not fill the object that holds it.
pub const WAITING_BYTES_MAX: usize = 2 << 20;

/// When a batch is due, and how large it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchLimits {
    /// `EXTRACT_BATCH_MESSAGES`: due at this many, never more in one call.
    pub batch_messages: usize,
    /// `EXTRACT_BATCH_BYTES`: due at this size, never more in one call unless a single message is larger.
    pub batch_bytes: usize,
    /// `EXTRACT_IDLE_MS`: due when nothing came for this long.
    pub idle_ms: u64,
    /// A lease that is not answered is void after this long.
    pub lease_ms: u64,
}

impl Default for BatchLimits {
    fn default() -> BatchLimits {
        BatchLimits {
            batch_messages: 6,
            batch_bytes: 16_384,
            idle_ms: 60_000,
            lease_ms: 150_000,
        }
    }
}

/// One of the person's messages, waiting. A row of `pending`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Position in the buffer, given by [`Buffer::append`]; grows for ever.
    pub seq: u64,
    /// The message's id.
    pub message: String,
    /// Its conversation.
    pub conversation: String,
    /// What the person said.
    pub text: String,
    /// What the companion said before it; a "yes" means nothing without it.
    pub previous_assistant: Option<String>,
    /// When it was said, Unix milliseconds. Relative dates are resolved against it.
    pub at_ms: u64,
    /// The IANA time zone it was said in, where that is known.
    pub timezone: Option<String>,
    /// How often a batch with it got a malformed answer.
    pub malformed: u32,
    /// Set aside after too many of those.
    pub parked: bool,
}

object!(Pending: seq, message, conversation, text, previous_assistant, at_ms, malformed, parked; timezone);

/// Why a batch is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueReason {
    /// Enough messages.
    Count,
    /// Enough text.
    Bytes,
    /// Nothing came for a while.
    Idle,
    /// A message that should not wait.
    Urgent,
    /// The conversation ended.
    Ended,
    /// Somebody asked.
    Flush,
}

words!(DueReason: Count "count", Bytes "bytes", Idle "idle", Urgent "urgent", Ended "ended", Flush "flush");

/// Whether to call the model now, at a moment to set the alarm for, or not until something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Take a lease.
    Now(DueReason),
    /// Ask again at this time, Unix milliseconds.
    At(u64),
    /// Nothing waits.
    Idle,
}

/// A call in flight. One row of `buffer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchLease {
    /// Hash of the messages' ids: the same messages make the same batch.
    pub batch: String,
    /// Which lease this is, counted over the buffer's life; tells a late answer from the current one.
    pub attempt: u64,
    /// Messages in it, by `seq`.
    pub seqs: Vec<u64>,
    /// Void from here on, Unix milliseconds.
    pub expires_at_ms: u64,
}

object!(BatchLease: batch, attempt, seqs, expires_at_ms);

/// What to send to the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Hand both back to [`Buffer::ack`] or [`Buffer::fail`].
    pub id: String,
    /// See [`BatchLease::attempt`].
    pub attempt: u64,
    /// In order.
    pub messages: Vec<Pending>,
    /// Why now.
    pub reason: DueReason,
}

/// How a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtractionFailure {
    /// No answer: outage, deadline, refusal. The same batch again, later.
    Unavailable,
    /// An answer that could not be used, also after the retry with the error. A smaller batch, later.
    Malformed,
}

/// The lease is not the current one; the result must be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this batch is no longer leased")]
pub struct Stale;

/// All that waits for one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buffer {
    pending: Vec<Pending>,
    lease: Option<BatchLease>,
    next_seq: u64,
    attempts: u64,
    /// Messages up to here are due at once, whatever the limits say.
    through: Option<(u64, DueReason)>,
    failures: u32,
    retry_at_ms: u64,
    appended_at_ms: u64,
}

object!(Buffer: lease, next_seq, attempts, through, failures, retry_at_ms, appended_at_ms; pending);

impl Buffer {
    /// Restores what was persisted, after a restart. The lease is void: the call died with the object, and should
    /// its answer still come, the attempt number gives it away.
    pub fn recover(mut self) -> Buffer {
        self.lease = None;
        self
    }

    /// The buffer from its rows in `pending`, in order of `seq`, and the state under `meta.buffer`
    /// ([`Buffer::state`]). Follow with [`Buffer::recover`] after a restart.
    pub fn load(state: Buffer, rows: Vec<Pending>) -> Buffer {
        Buffer {
            pending: rows,
            ..state
        }
    }

    /// Everything but the waiting messages, to be kept under `meta.buffer`.
    pub fn state(&self) -> Buffer {
        Buffer {
            pending: Vec::new(),
            lease: self.lease.clone(),
            ..*self
        }
    }

    /// Adds a message; `message.seq` is set here. False, and nothing changes, if a message of that id waits
    /// already. Call it in the transaction that inserts the message, and only if that inserted a row: then a
    /// repeated request cannot bring back what was extracted long ago.
    pub fn append(&mut self, mut message: Pending, urgent: bool, now_ms: u64) -> bool {
        if self
            .pending
            .iter()
            .any(|waiting| waiting.message == message.message)
        {
            return false;
        }
        message.seq = self.next_seq;
        self.next_seq += 1;
        self.pending.push(message);
        self.appended_at_ms = now_ms;
        if urgent {
            self.hurry(DueReason::Urgent);
        }
        true
    }

    /// Gives up what is more than may wait, what was set aside first and then what came first; how many messages. They stay in
    /// their conversations.
    pub fn make_room(&mut self) -> usize {
        let mut bytes: usize = self.pending.iter().map(size).sum();
        let parked = self.pending.iter().filter(|message| message.parked);
        let mut gone = Vec::new();
        for message in parked.chain(self.ready()) {
            if bytes <= WAITING_BYTES_MAX {
                break;
            }
            bytes -= size(message);
            gone.push(message.seq);
        }
        self.forget(|message| gone.contains(&message.seq));
        gone.len()
    }

    /// Makes everything that waits due now: a conversation ended.
    pub fn end(&mut self) {
        self.hurry(DueReason::Ended);
    }

    /// Makes everything that waits due now, parked messages and delayed retries included.
    pub fn flush(&mut self) {
        for message in &mut self.pending {
            message.parked = false;
        }
        self.retry_at_ms = 0;
        self.hurry(DueReason::Flush);
    }

    /// Forgets waiting messages (a conversation or a message was deleted); a lease that holds one of them is void.
    pub fn forget(&mut self, gone: impl Fn(&Pending) -> bool) {
        let removed: Vec<u64> = self
            .pending
            .iter()
            .filter(|message| gone(message))
            .map(|message| message.seq)
            .collect();
        self.pending.retain(|message| !removed.contains(&message.seq));
        if self
            .lease
            .as_ref()
            .is_some_and(|lease| lease.seqs.iter().any(|seq| removed.contains(seq)))
        {
            self.lease = None;
        }
    }

    /// What waits, in order: recent knowledge that no memory holds yet.
    pub fn waiting(&self) -> impl Iterator<Item = &Pending> {
        self.pending.iter()
    }

    /// The call in flight.
    pub fn lease(&self) -> Option<&BatchLease> {
        self.lease.as_ref()
    }

    /// What is to be done at `now_ms`. The alarm is set by it after every change.
    pub fn due(&self, now_ms: u64, limits: &BatchLimits) -> Due {
        if let Some(lease) = &self.lease
            && lease.expires_at_ms > now_ms
        {
            return Due::At(lease.expires_at_ms);
        }
        let Some(first) = self.ready().next() else {
            return Due::Idle;
        };
        if self.retry_at_ms > now_ms {
            return Due::At(self.retry_at_ms);
        }
        let idle_at_ms = self.appended_at_ms.saturating_add(limits.idle_ms);
        let gathered_at_ms = self.appended_at_ms.saturating_add(URGENT_GATHER_MS);
        let hurried = self.through.filter(|(through, _)| first.seq <= *through);
        match hurried.map(|(_, reason)| reason) {
            Some(reason) if reason != DueReason::Urgent || gathered_at_ms <= now_ms => Due::Now(reason),
            _ if self.ready().count() >= limits.batch_messages.max(1) => Due::Now(DueReason::Count),
            _ if self.ready().map(size).sum::<usize>() >= limits.batch_bytes => Due::Now(DueReason::Bytes),
            Some(_) => Due::At(gathered_at_ms),
            _ if idle_at_ms <= now_ms => Due::Now(DueReason::Idle),
            _ => Due::At(idle_at_ms),
        }
    }

    /// Takes the next batch, if one is due. Persist the buffer before the call is made.
    pub fn take(&mut self, now_ms: u64, limits: &BatchLimits) -> Option<Batch> {
        let Due::Now(reason) = self.due(now_ms, limits) else {
            return None;
        };
        let messages = self.next_batch(limits);
        self.attempts += 1;
        let id = batch_id(&messages);
        self.lease = Some(BatchLease {
            batch: id.clone(),
            attempt: self.attempts,
            seqs: messages.iter().map(|message| message.seq).collect(),
            expires_at_ms: now_ms.saturating_add(limits.lease_ms.max(1)),
        });
        Some(Batch {
            id,
            attempt: self.attempts,
            messages,
            reason,
        })
    }

    /// The batch was extracted: its messages leave. Apply its operations in the same transaction, and drop them if
    /// this answers [`Stale`].
    pub fn ack(&mut self, batch: &str, attempt: u64) -> Result<Vec<Pending>, Stale> {
        let lease = self.close(batch, attempt)?;
        let (gone, stay) = self
            .pending
            .drain(..)
            .partition(|message: &Pending| lease.seqs.contains(&message.seq));
        self.pending = stay;
        self.failures = 0;
        self.retry_at_ms = 0;
        if self
            .through
            .is_some_and(|(through, _)| self.ready().next().is_none_or(|first| first.seq > through))
        {
            self.through = None;
        }
        Ok(gone)
    }

    /// The call failed: its messages stay, and the next try waits.
    pub fn fail(
        &mut self,
        batch: &str,
        attempt: u64,
        failure: ExtractionFailure,
        now_ms: u64,
    ) -> Result<(), Stale> {
        let lease = self.close(batch, attempt)?;
        if failure == ExtractionFailure::Malformed {
            let alone = lease.seqs.len() == 1;
            for message in self
                .pending
                .iter_mut()
                .filter(|message| lease.seqs.contains(&message.seq))
            {
                message.malformed = message.malformed.saturating_add(1);
                message.parked = alone && message.malformed >= MALFORMED_MAX;
            }
        }
        let delay_ms = backoff_ms(RETRY_FIRST_MS, RETRY_MAX_MS, self.failures);
        self.failures = self.failures.saturating_add(1);
        self.retry_at_ms = now_ms.saturating_add(delay_ms);
        Ok(())
    }

    fn hurry(&mut self, reason: DueReason) {
        if let Some(last) = self.pending.last() {
            self.through = Some((last.seq, reason));
        }
    }

    fn close(&mut self, batch: &str, attempt: u64) -> Result<BatchLease, Stale> {
        self.lease
            .take_if(|lease| lease.batch == batch && lease.attempt == attempt)
            .ok_or(Stale)
    }

    /// Messages that may be sent, in order.
    fn ready(&self) -> impl Iterator<Item = &Pending> {
        self.pending.iter().filter(|message| !message.parked)
    }

    /// The longest head of the line within the limits; halved for each malformed answer its first message has seen,
    /// so that what cannot be digested is found, and never empty.
    fn next_batch(&self, limits: &BatchLimits) -> Vec<Pending> {
        let malformed = self.ready().next().map_or(0, |first| first.malformed);
        let count_max = (limits.batch_messages >> malformed.min(31)).max(1);
        let mut bytes = 0;
        let mut batch: Vec<Pending> = Vec::new();
        for message in self.ready().take(count_max) {
            bytes += size(message);
            if !batch.is_empty() && bytes > limits.batch_bytes {
                break;
            }
            batch.push(message.clone());
        }
        batch
    }
}

/// The delay before another try: the first one doubled for each failure before, up to the longest.
pub fn backoff_ms(first_ms: u64, max_ms: u64, failures: u32) -> u64 {
    first_ms.saturating_mul(1 << failures.min(20)).min(max_ms)
}

/// Bytes a message brings into a prompt.
fn size(message: &Pending) -> usize {
    message.text.len() + message.previous_assistant.as_ref().map_or(0, String::len)
}

/// The same messages have the same id, in every object and after every restart.
fn batch_id(messages: &[Pending]) -> String {
    let mut hash = Sha256::new();
    for message in messages {
        hash.update((message.message.len() as u64).to_be_bytes());
        hash.update(message.message.as_bytes());
    }
    crate::wire::hex::hex_of_first(&hash.finalize(), 16)
}

#[cfg(test)]
#[path = "buffer_tests.rs"]
mod tests;
