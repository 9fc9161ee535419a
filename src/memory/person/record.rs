//! What is kept of a turn: the messages that came with it, and its reply.

use sha2::{Digest, Sha256};

use crate::memory::extraction::buffer::{Buffer, Pending};
use crate::memory::extraction::dates;
use crate::memory::person::left;
use crate::memory::person::protocol::*;
use crate::memory::person::state::{Live, Noted, Retry};
use crate::memory::person::tables::SqlError;
use crate::memory::salience::decide::{Decision, When, decide};
use crate::memory::salience::rules::Rule;
use crate::memory::tokens::clip;
use crate::platform::log;
use crate::platform::random::new_id;
use crate::telemetry::collector::count;
use crate::telemetry::metrics::{EXTRACTION_CALLS_SAVED, SKIPS};
use crate::wire::hex::hex_of_first;

/// Most messages of a history that are looked at for a prompt.
pub(super) const HISTORY_MESSAGES_MAX: usize = 200;
/// What a turn in which nothing new is said begins with, in place of a message's id: its reply, too, is written again and again.
const UNASKED: &str = "turn_";
/// Longest request not to keep something that has no room for what it is about.
const BARE_BYTES_MAX: usize = 40;
/// What a request's messages came to when they were kept.
#[derive(Default)]
pub(super) struct Entered {
    /// The history before them and the summary of what is older; nothing without a conversation.
    pub conversation: Option<(Vec<Said>, Option<String>)>,
    /// The companion's last words before the newest message.
    pub previous: Option<String>,
    /// What was decided about the newest message, where it may be remembered.
    pub remember: Option<(When, Rule)>,
    /// The message of the conversation that is to be answered.
    pub turn: Option<String>,
    /// How long the conversation was silent.
    pub quiet_ms: u64,
}

fn said_id() -> String {
    new_id("msg_")
}

impl Live {
    /// Keeps the new messages of a conversation; gives its history, the companion's last words, the decision.
    pub(super) fn enter(
        &self,
        ask: &OpenAsk,
        id: &str,
        said: &[Said],
        now_ms: u64,
    ) -> Result<Entered, SqlError> {
        let mut ahead = None;
        let entered = self.change(|buffer| {
            let known = self.db.summary(id)?;
            let is_new = known.is_none();
            let (summary, through) = known.unwrap_or_default();
            self.db.touch_conversation(id, now_ms)?;
            if let Some(heard) = &ask.heard {
                self.cut_unheard(id, through, heard)?;
            }
            let mut kept = self.db.newest(id, through, HISTORY_MESSAGES_MAX)?;
            let said = match ask.lost_at_ms {
                Some(lost_at_ms) => left::unsaid(&kept, said, lost_at_ms),
                None => said,
            };
            for (_, begun) in kept.split_off(left::begun(&kept, said, now_ms)) {
                self.db.erase_message(&begun.id)?;
                buffer.forget(|one| one.message == begun.id);
            }
            let late = late_replies(&kept);
            let last_ms = kept.last().map_or(now_ms, |(_, message)| message.at_ms);
            let ids: Vec<String> = kept.iter().map(|(_, message)| message.id.clone()).collect();
            let places: Vec<i64> = kept.iter().map(|(seq, _)| *seq).collect();
            let mut history: Vec<Said> = kept.into_iter().map(|(_, message)| message.into()).collect();
            let repeated = repeated(history.get(..history.len() - late).unwrap_or_default(), said);
            let is_repeated = repeated.is_some();
            let (from, end) =
                repeated.map_or((history.len(), history.len()), |from| (from, from + said.len()));
            history.drain(from..end);
            let mut turn = end.checked_sub(1).and_then(|last| ids.get(last)).cloned();
            let mut previous = last_of(&history, "assistant");
            let before = previous.clone();
            let mut newest = None;
            if is_new && buffer.waiting().next().is_some() {
                // Another conversation has begun, so the last one is over.
                buffer.end();
            }
            // What a response's client sends again and was answered has been decided about in its own turn.
            let answered = said.iter().rposition(Said::is_companions).unwrap_or(0);
            for (at, one) in said.iter().enumerate() {
                let message = StoredMessage {
                    id: ask.lost_at_ms.map_or_else(said_id, |_| new_id(left::LEFT)),
                    role: one.role.clone(),
                    content: one.content.clone(),
                    at_ms: now_ms,
                };
                if !is_repeated {
                    self.db.add_message(id, &message)?;
                    turn = Some(message.id.clone());
                }
                if one.role == "assistant" {
                    previous = Some(one.content.clone());
                }
                if one.role != "user" {
                    continue;
                }
                let decision = decide(&one.content, previous.as_deref(), &self.rules);
                newest = Some((decision.decision, decision.rule));
                let is_old = is_repeated || (ask.response.is_some() && at < answered);
                if ask.remember && !is_old {
                    let waiting = pending(id, &message, previous.as_ref(), ask.timezone.as_ref());
                    keep(buffer, waiting, decision, now_ms);
                }
            }
            if let Some(response) = &ask.response {
                let last = from.checked_sub(1).and_then(|last| places.get(last));
                self.db
                    .mark_messages(id, last.copied().unwrap_or(through), response)?;
            }
            let entered = Entered {
                conversation: Some((history, summary)),
                previous: before,
                remember: newest.filter(|_| ask.remember),
                turn: match said.is_empty() {
                    true => Some(new_id(UNASKED)),
                    false => turn,
                }
                .filter(|_| !ask.is_ahead),
                quiet_ms: now_ms.saturating_sub(last_ms),
            };
            if ask.is_ahead {
                // What was written is taken back.
                ahead = Some(entered);
                return Err(SqlError("the turn is not over".to_owned()));
            }
            Ok(entered)
        });
        ahead.map_or(entered, Ok)
    }

    /// Keeps the newest message of a request without a conversation; the same one again on the same day is known.
    ///
    /// No answer waits for the disk here: nothing of the turn needs the note, so it is written once the turn is open, before
    /// anything else is done ([`Live::write_put_off`]).
    pub(super) fn note(&self, ask: &OpenAsk, said: &[Said], now_ms: u64) -> Entered {
        let Some((last, earlier)) = said.split_last().filter(|(last, _)| last.role == "user") else {
            return Entered::default();
        };
        let previous = last_of(earlier, "assistant");
        let decision = decide(&last.content, previous.as_deref(), &self.rules);
        if !ask.remember {
            return Entered {
                previous,
                ..Entered::default()
            };
        }
        let notes = earlier.iter().fold(Notes::of_day(now_ms), Notes::after);
        let id = notes.id(&last.content);
        if decision.decision == When::Skip {
            told(decision, &id);
        } else {
            let message = StoredMessage {
                id,
                role: last.role.clone(),
                content: last.content.clone(),
                at_ms: now_ms,
            };
            self.put_off.borrow_mut().push(Noted {
                waiting: pending("", &message, previous.as_ref(), ask.timezone.as_ref()),
                message,
                decision,
            });
        }
        Entered {
            conversation: None,
            previous,
            remember: Some((decision.decision, decision.rule)),
            ..Entered::default()
        }
    }

    /// Writes what was put off until after an answer.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn write_put_off(&self) -> Result<(), SqlError> {
        let noted = self.put_off.take();
        if noted.is_empty() {
            return Ok(());
        }
        self.change(|buffer| {
            for one in noted {
                if self.db.add_message("", &one.message)? {
                    let at_ms = one.message.at_ms;
                    keep(buffer, one.waiting, one.decision, at_ms);
                }
            }
            Ok(())
        })
    }

    /// Keeps what the companion said.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn close(&self, ask: &CloseAsk, now_ms: u64) -> Result<Closed, CallRefusal> {
        let is_there = match &ask.turn {
            // The same id may be another conversation by now.
            Some(turn) if !turn.starts_with(UNASKED) => self.db.has_message(&ask.conversation, turn)?,
            _ => self.db.summary(&ask.conversation)?.is_some(),
        };
        if ask.epoch != self.epoch || !is_there {
            // Erased while the turn was under way: it stays erased.
            return Err(CallRefusal::Gone);
        }
        self.db.transact(|| {
            let message = StoredMessage {
                id: ask.turn.as_deref().map_or_else(said_id, reply_id),
                role: ask.reply.role.clone(),
                content: clip(&ask.reply.content, CONTENT_BYTES_MAX).to_owned(),
                at_ms: now_ms,
            };
            self.db.touch_conversation(&ask.conversation, now_ms)?;
            match message.content.trim().is_empty() {
                // Nothing of it was heard after all.
                true => self.db.erase_message(&message.id).map(|_| ())?,
                false => self.db.put_message(&ask.conversation, &message)?,
            }
            if let Some(response) = &ask.response {
                self.db.put_response(&ask.conversation, response, &message.id)?;
            }
            if self.summary_size(&ask.conversation)? > 0 {
                let mut due = self.summaries()?;
                due.entry(ask.conversation.as_str())
                    .or_insert_with(|| Retry::default().json());
                self.set_summaries(&due)?;
            }
            Ok(())
        })?;
        Ok(Closed {
            messages: self.db.message_count(&ask.conversation)?,
        })
    }
}

pub(super) fn last_of(history: &[Said], role: &str) -> Option<String> {
    history
        .iter()
        .rev()
        .find(|one| one.role == role)
        .map(|one| one.content.clone())
}

/// A message as it is kept.
pub(super) fn clipped(said: &Said) -> Said {
    Said::new(&said.role, clip(&said.content, CONTENT_BYTES_MAX))
}

/// A message as it waits for extraction.
pub(super) fn pending(
    conversation: &str,
    message: &StoredMessage,
    previous_assistant: Option<&String>,
    timezone: Option<&String>,
) -> Pending {
    Pending {
        seq: 0,
        message: message.id.clone(),
        conversation: conversation.to_owned(),
        text: message.content.clone(),
        previous_assistant: previous_assistant.cloned(),
        at_ms: message.at_ms,
        timezone: timezone.cloned(),
        malformed: 0,
        parked: false,
    }
}

/// Puts a message in the buffer, as its decision says.
pub(super) fn keep(buffer: &mut Buffer, pending: Pending, decision: Decision, now_ms: u64) {
    told(decision, &pending.message);
    match (decision.decision, decision.rule) {
        (When::Skip, Rule::Farewell) => {
            if buffer.waiting().next().is_some() {
                buffer.end();
            }
        }
        (When::Skip, Rule::DoNotStore) if pending.text.len() <= BARE_BYTES_MAX => {
            // "Don't write this down." without more speaks of what was said just before.
            let here = |one: &&Pending| one.conversation == pending.conversation;
            let last = buffer.waiting().filter(here).last().map(|one| one.seq);
            buffer.forget(|one| Some(one.seq) == last);
        }
        (When::Skip, _) => {}
        (when, _) => {
            buffer.append(pending, when == When::Now, now_ms);
            let given_up = buffer.make_room();
            if given_up > 0 {
                log::error(&crate::wire::json::json!({"event": "extract_given_up", "messages": given_up}));
            }
        }
    }
}

/// Logs what was decided about a message.
pub(super) fn told(decision: Decision, message: &str) {
    if decision.decision == When::Skip {
        count(&SKIPS, &["extraction", decision.rule.as_str()], 1.0);
        count(&EXTRACTION_CALLS_SAVED, &[], 1.0);
    }
    log::info(
        &crate::wire::json::json!({"event": "remember", "decision": decision.decision, "rule": decision.rule, "message": message}),
    );
}

/// A message has one reply: a turn that was sent twice is answered twice, and the later answer counts.
pub(super) fn reply_id(turn: &str) -> String {
    let digest = Sha256::digest(format!("reply to {turn}"));
    format!("msg_{}", hex_of_first(&digest, 12))
}

/// How many replies at the end answer earlier messages than the newest: those of turns that their clients had left.
fn late_replies(kept: &[(i64, StoredMessage)]) -> usize {
    let newest = kept.iter().rposition(|(_, message)| message.role == "user");
    let (asked, replies) = kept.split_at(newest.map_or(0, |at| at + 1));
    let is_reply_to =
        |reply: &StoredMessage, (_, asked): &(i64, StoredMessage)| reply.id == reply_id(&asked.id);
    let is_late = |(_, reply): &(i64, StoredMessage)| {
        let mut earlier = asked.iter().rev();
        let is_current = earlier.next().is_none_or(|newest| is_reply_to(reply, newest));
        !is_current && earlier.any(|one| is_reply_to(reply, one))
    };
    match replies.iter().all(is_late) {
        true => replies.len(),
        false => 0,
    }
}

/// Where what is said stands among the messages after the companion's last one, which never got an answer: then it is sent
/// again. Turns beside it may have gone without one, too.
fn repeated(history: &[Said], said: &[Said]) -> Option<usize> {
    let answered = history
        .iter()
        .rposition(Said::is_companions)
        .map_or(0, |at| at + 1);
    let open = history.get(answered..).filter(|_| !said.is_empty())?;
    let place = open.windows(said.len()).rposition(|some| some == said)?;
    Some(answered + place)
}

/// Names messages by what stood before them on their day: a retry or a regeneration is no second message.
pub(super) struct Notes(Sha256);

impl Notes {
    /// Before the first message.
    pub(super) fn of_day(now_ms: u64) -> Notes {
        Notes(Sha256::new()).with(&dates::day(now_ms))
    }

    fn with(mut self, field: &str) -> Notes {
        self.0.update((field.len() as u64).to_be_bytes());
        self.0.update(field.as_bytes());
        self
    }

    /// With one more message before the next.
    pub(super) fn after(self, said: &Said) -> Notes {
        self.with(&said.role).with(&said.content)
    }

    /// The id of the next message.
    pub(super) fn id(&self, text: &str) -> String {
        let hash = Notes(self.0.clone()).with(text).0;
        format!("msg_{}", hex_of_first(&hash.finalize(), 16))
    }
}
