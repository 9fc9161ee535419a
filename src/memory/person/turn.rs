//! A turn at a person's object: what is new is kept, and one answer brings all that the prompt needs; its end keeps the reply.

use sha2::{Digest, Sha256};

use crate::config::Amounts;
use crate::memory::extraction::buffer::{Buffer, Pending};
use crate::memory::extraction::dates;
use crate::memory::extraction::prompt::Turn;
use crate::memory::person::hours::Hours;
use crate::memory::person::ledger::{ReserveAsk, Reserved};
use crate::memory::person::protocol::*;
use crate::memory::person::schema;
use crate::memory::person::state::{Known, Live, Retry};
use crate::memory::person::tables::SqlError;
use crate::memory::recall::context;
use crate::memory::recall::decide::Search;
use crate::memory::salience::decide::{Decision, When, decide};
use crate::memory::salience::rules::Rule;
use crate::memory::settings;
use crate::memory::tokens::{Query, clip, query_of};
use crate::platform::random::new_id;
use crate::telemetry::collector::count;
use crate::telemetry::metrics::{EXTRACTION_CALLS_SAVED, SKIPS};

/// Longest message that is kept; what is longer is cut.
pub(super) const CONTENT_BYTES_MAX: usize = 256 * 1024;
/// Longest request not to keep something that has no room for what it is about.
const BARE_BYTES_MAX: usize = 40;
/// Most messages of a history that are looked at for a prompt.
pub(super) const HISTORY_MESSAGES_MAX: usize = 200;
/// Most messages of other conversations that wait and enter a prompt, and how much of each.
const WAITING_MAX: usize = 8;
const WAITING_BYTES_MAX: usize = 400;
/// A reservation outlives its turn by so much: nobody settles later.
const RESERVED_SPARE_MS: u64 = 60_000;
/// What a model's own form adds to a message's text, and ours around what is known.
const MESSAGE_TOKENS: usize = 24;

fn said_id() -> String {
    new_id("msg_")
}

/// A message outside a conversation that is to be written.
pub(super) struct Noted {
    message: Message,
    waiting: Pending,
    decision: Decision,
}

/// What a request's messages came to when they were kept.
#[derive(Default)]
struct Entered {
    /// The history before them and the summary of what is older; nothing without a conversation.
    conversation: Option<(Vec<Said>, Option<String>)>,
    /// The companion's last words before the newest message.
    previous: Option<String>,
    /// What was decided about the newest message, where it may be remembered.
    remember: Option<(When, Rule)>,
    /// The message of the conversation that is to be answered.
    turn: Option<String>,
    /// How long the conversation was silent.
    quiet_ms: u64,
}

impl Live {
    /// Opens a turn, unless it follows a response that is not there.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn open_known(&self, mut ask: OpenAsk, now_ms: u64) -> Result<Result<Opened, Refusal>, SqlError> {
        // Before anything is kept: a turn that may not be answered was not asked.
        let reserve = ask.reserve.take();
        if let Some(reserve) = &reserve
            && let Err(refusal) = self.reserve(reserve, now_ms)?
        {
            return Ok(Err(refusal));
        }
        if let (Some(previous), Some(fresh)) = (&ask.follows, &ask.conversation) {
            let place = match ask.reads_through {
                Some(_) => self
                    .db
                    .end_of_response(previous)?
                    .filter(|_| !previous.is_empty()),
                None => {
                    let place = self.place_after(previous, fresh, &ask.said, now_ms)?;
                    place.map(|place| (place, i64::MAX))
                }
            };
            let Some((place, last)) = place else {
                if let Some(reserve) = &reserve {
                    self.db.release(&reserve.turn)?;
                }
                return Ok(Err(Refusal::NotFound));
            };
            ask.conversation = Some(place);
            ask.reads_through = ask.reads_through.map(|_| last);
        }
        if let Some(response) = ask.repeats.take()
            && let Some((place, repeated)) = self.repeated_place(&response, &ask.said)?
        {
            ask.conversation = Some(place);
            ask.said.drain(..repeated);
            ask.repeats = Some(response);
        }
        let mut opened = self.open(&ask, now_ms)?;
        let Some(reserve) = reserve else {
            return Ok(Ok(opened));
        };
        let known = Amounts::of_tokens(self.tokens_of(&opened));
        let whole = ReserveAsk {
            turn: reserve.turn,
            needed: reserve.needed.plus(known),
            wanted: reserve.wanted.plus(known),
        };
        Ok(self.reserve(&whole, now_ms)?.map(|reserved| {
            opened.reserved = Some(reserved);
            opened
        }))
    }

    /// Reserves what a turn may spend.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn reserve(&self, ask: &ReserveAsk, now_ms: u64) -> Result<Result<Reserved, Refusal>, SqlError> {
        let until_ms = now_ms + u64::from(self.config.turn_total_ms) + RESERVED_SPARE_MS;
        let reserved = self.db.reserve(self.config.limits.day, ask, now_ms, until_ms)?;
        Ok(reserved.map_err(|name| Refusal::Spent(name.to_owned())))
    }

    /// At most so many tokens are added to a prompt by what is known.
    fn tokens_of(&self, opened: &Opened) -> u64 {
        let history = opened.conversation.iter().flat_map(|one| &one.history);
        let mut texts: Vec<&str> = history.map(|one| one.content.as_str()).collect();
        texts.extend(
            opened
                .conversation
                .iter()
                .filter_map(|one| one.summary.as_deref()),
        );
        texts.extend(opened.waiting.iter().map(String::as_str));
        texts.extend(opened.profile.iter().map(|(_, text)| text.as_str()));
        let mut tokens = 0;
        for text in texts {
            tokens += context::tokens(text) + MESSAGE_TOKENS;
        }
        if opened.plan.decision == Search::Search && opened.memories > 0 {
            tokens += self.config.memory.memory_tokens as usize;
        }
        tokens as u64
    }

    /// Opens a turn: keeps what is new, and answers with all that the prompt needs.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn open(&self, ask: &OpenAsk, now_ms: u64) -> Result<Opened, SqlError> {
        let said: Vec<Said> = ask.said.iter().map(clipped).collect();
        let Entered {
            conversation,
            previous,
            remember,
            turn,
            quiet_ms,
        } = match (&ask.conversation, ask.reads_through) {
            (Some(id), Some(through)) => self.read(id, through)?,
            (Some(id), None) => self.enter(ask, id, &said, now_ms)?,
            (None, _) => self.note(ask, &said, now_ms),
        };
        let known = self.known()?;
        let plan = self.plan(ask, &said, conversation.as_ref(), previous.as_deref());
        let found = self.found_at_once(ask, &plan, &known, now_ms)?;
        // A client that repeats the history needs none.
        let conversation = conversation.filter(|_| ask.repeats.is_none());
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
            conversation: ask.conversation.clone().map(|id| OpenConversation {
                id,
                summary,
                history: self.fitting(history, &said),
                quiet_ms,
            }),
            plan,
            found,
            remember,
            turn,
            reserved: None,
            is_long: ask.talks && self.is_long(ask.is_ahead, now_ms)?,
        })
    }

    /// Whether the person has been talking for so long that a pause is to be named now.
    fn is_long(&self, is_ahead: bool, now_ms: u64) -> Result<bool, SqlError> {
        if self.config.pause_after_ms == 0 {
            return Ok(false);
        }
        let stored = self.db.meta(schema::meta::HOURS)?;
        let before = stored.as_deref().and_then(Hours::of);
        let (is_long, next) = Hours::turn(before, now_ms, self.config.pause_after_ms);
        if let Some(next) = next.filter(|_| !is_ahead) {
            self.db.set_meta(schema::meta::HOURS, &next.stored())?;
        }
        Ok(is_long)
    }

    /// A pause was named.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn reminded(&self, now_ms: u64) -> Result<(), SqlError> {
        self.db
            .set_meta(schema::meta::HOURS, &Hours::begun(now_ms).stored())
    }

    /// The conversation of a turn of which nothing is kept.
    fn read(&self, id: &str, through: i64) -> Result<Entered, SqlError> {
        // A summary may tell of what came later.
        let summary = self.db.summary(id)?.filter(|(_, end)| *end <= through);
        let (summary, from) = summary.unwrap_or_default();
        let kept = self.db.newest_through(id, from, through, HISTORY_MESSAGES_MAX)?;
        let history: Vec<Said> = kept.into_iter().map(|(_, message)| message.into()).collect();
        Ok(Entered {
            previous: last_of(&history, "assistant"),
            conversation: Some((history, summary)),
            quiet_ms: u64::MAX,
            ..Entered::default()
        })
    }

    /// Keeps the new messages of a conversation; gives its history, the companion's last words, the decision.
    fn enter(&self, ask: &OpenAsk, id: &str, said: &[Said], now_ms: u64) -> Result<Entered, SqlError> {
        let mut ahead = None;
        let entered = self.change(|buffer| {
            let known = self.db.summary(id)?;
            let is_new = known.is_none();
            let (summary, through) = known.unwrap_or_default();
            self.db.touch_conversation(id, now_ms)?;
            if let Some(heard) = &ask.heard {
                self.cut_unheard(id, through, heard)?;
            }
            let kept = self.db.newest(id, through, HISTORY_MESSAGES_MAX)?;
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
                let message = Message {
                    id: said_id(),
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
                turn: turn.filter(|_| !said.is_empty() && !ask.is_ahead),
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
    fn note(&self, ask: &OpenAsk, said: &[Said], now_ms: u64) -> Entered {
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
            let message = Message {
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
        let decision = crate::memory::recall::decide::decide(&last.content, previous, &self.rules);
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
        let profile = ask.query.is_some();
        let is_empty = known.memories == 0 && (!profile || known.profile.is_empty());
        if is_empty || plan.query.is_empty() {
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
        if vector.is_none() && self.embeds() {
            return Ok(None);
        }
        self.search(
            &SearchAsk {
                query: plan.query.clone(),
                vector,
                limit: ask.limit,
                profile,
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
        let budget = settings::budget(&self.config.memory);
        let kept = context::trim(&turns, &budget).len();
        let from = history.len() - kept.saturating_sub(said.len()).min(history.len());
        if from < history.len() || history.is_empty() {
            return history.into_iter().skip(from).collect();
        }
        let (before, new) = turns.split_at(history.len());
        let cost: usize = new.iter().map(|turn| context::tokens(&turn.content)).sum();
        let room = budget
            .history_tokens
            .saturating_sub(cost)
            .max(budget.history_tokens / 4);
        // A call that is cut is none.
        let words: Vec<Turn> = before
            .iter()
            .filter(|turn| turn.role == "user" || turn.role == "assistant")
            .cloned()
            .collect();
        let exchange = context::squeezed(&words, room).into_iter();
        exchange
            .map(|turn| Said {
                role: turn.role,
                content: turn.content,
            })
            .collect()
    }

    /// Keeps what the companion said.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn close(&self, ask: &CloseAsk, now_ms: u64) -> Result<Result<Closed, Refusal>, SqlError> {
        let is_there = match &ask.turn {
            // The same id may be another conversation by now.
            Some(turn) => self.db.has_message(&ask.conversation, turn)?,
            None => self.db.summary(&ask.conversation)?.is_some(),
        };
        if ask.epoch != self.epoch || !is_there {
            // Erased while the turn was under way: it stays erased.
            return Ok(Err(Refusal::Gone));
        }
        self.db.transact(|| {
            let message = Message {
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
        Ok(Ok(Closed {
            messages: self.db.message_count(&ask.conversation)?,
        }))
    }
}

/// A message as it waits for extraction.
pub(super) fn pending(
    conversation: &str,
    message: &Message,
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
        }
    }
}

/// Logs what was decided about a message.
pub(super) fn told(decision: Decision, message: &str) {
    if decision.decision == When::Skip {
        count(&SKIPS, &["extraction", decision.rule.as_str()], 1.0);
        count(&EXTRACTION_CALLS_SAVED, &[], 1.0);
    }
    crate::platform::log::info(
        &serde_json::json!({"event": "remember", "decision": decision.decision, "rule": decision.rule, "message": message}),
    );
}

/// A message as it is kept.
pub(super) fn clipped(said: &Said) -> Said {
    Said {
        role: said.role.clone(),
        content: clip(&said.content, CONTENT_BYTES_MAX).to_owned(),
    }
}

/// A message has one reply: a turn that was sent twice is answered twice, and the later answer counts.
pub(super) fn reply_id(turn: &str) -> String {
    let digest = Sha256::digest(format!("reply to {turn}"));
    format!("msg_{}", crate::wire::hex::hex_of_first(&digest, 12))
}

/// How many replies at the end answer earlier messages than the newest: those of turns that their clients had left.
fn late_replies(kept: &[(i64, Message)]) -> usize {
    let newest = kept.iter().rposition(|(_, message)| message.role == "user");
    let (asked, replies) = kept.split_at(newest.map_or(0, |at| at + 1));
    let is_reply_to = |reply: &Message, (_, asked): &(i64, Message)| reply.id == reply_id(&asked.id);
    let is_late = |(_, reply): &(i64, Message)| {
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

fn last_of(history: &[Said], role: &str) -> Option<String> {
    history
        .iter()
        .rev()
        .find(|one| one.role == role)
        .map(|one| one.content.clone())
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
        format!("msg_{}", crate::wire::hex::hex_of_first(&hash.finalize(), 16))
    }
}
