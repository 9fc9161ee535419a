//! A turn at a person's object: what is new is kept ([`super::record`]), and one answer brings all that the prompt needs.

use crate::config::Amounts;
use crate::memory::extraction::buffer::Pending;
use crate::memory::person::hours::Hours;
use crate::memory::person::protocol::*;
use crate::memory::person::record::{Entered, HISTORY_MESSAGES_MAX, clipped, last_of};
use crate::memory::person::schema;
use crate::memory::person::state::{KnownMemories, Live};
use crate::memory::person::tables::SqlError;
use crate::memory::recall::context;
use crate::memory::recall::decide::Search;
use crate::memory::salience::rules::Rule;
use crate::memory::settings;
use crate::memory::tokens::{Query, clip, query_of};

/// Most messages of other conversations that wait and enter a prompt, and how much of each.
const WAITING_MAX: usize = 8;
const WAITING_BYTES_MAX: usize = 400;
/// A reservation outlives its turn by so much: nobody settles later.
const RESERVED_SPARE_MS: u64 = 60_000;
/// What a model's own form adds to a message's text, and ours around what is known.
const MESSAGE_TOKENS: usize = 24;

impl Live {
    /// Opens a turn, unless it follows a response that is not there.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn open_known(&self, mut ask: OpenAsk, now_ms: u64) -> Result<Opened, CallRefusal> {
        if let Some(lost_at_ms) = ask.lost_at_ms
            && self.db.meta_number(schema::meta::ERASED_AT)? >= lost_at_ms
        {
            (ask.conversation, ask.said) = (None, Vec::new());
        }
        // Before anything is kept: a turn that may not be answered was not asked.
        let reserve = ask.reserve.take();
        if let Some(reserve) = &reserve {
            self.reserve(reserve, now_ms)?;
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
                return Err(CallRefusal::NotFound);
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
            return Ok(opened);
        };
        let known = Amounts::of_tokens(self.tokens_of(&opened));
        let whole = ReserveAsk {
            turn: reserve.turn,
            needed: reserve.needed.plus(known),
            wanted: reserve.wanted.plus(known),
        };
        opened.reserved = Some(self.reserve(&whole, now_ms)?);
        Ok(opened)
    }

    /// Reserves what a turn may spend.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn reserve(&self, ask: &ReserveAsk, now_ms: u64) -> Result<Reserved, CallRefusal> {
        let until_ms = now_ms + u64::from(self.config.turn_total_ms) + RESERVED_SPARE_MS;
        let reserved = self.db.reserve(self.config.limits.day, ask, now_ms, until_ms)?;
        reserved.map_err(|name| CallRefusal::Spent(name.to_owned()))
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
        let before = self.hours()?;
        let (is_long, next) = Hours::turn(before, now_ms, self.config.pause_after_ms);
        if let Some(next) = next.filter(|_| !is_ahead) {
            self.set_hours(next)?;
        }
        Ok(is_long)
    }

    /// Asked by every turn, so it is read once.
    fn hours(&self) -> Result<Option<Hours>, SqlError> {
        if let Some(hours) = self.hours.get() {
            return Ok(hours);
        }
        let stored = self.db.meta(schema::meta::HOURS)?;
        let hours = stored.as_deref().and_then(Hours::of);
        self.hours.set(Some(hours));
        Ok(hours)
    }

    fn set_hours(&self, hours: Hours) -> Result<(), SqlError> {
        self.db.set_meta(schema::meta::HOURS, &hours.stored())?;
        self.hours.set(Some(Some(hours)));
        Ok(())
    }

    /// A pause was named.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn reminded(&self, now_ms: u64) -> Result<(), SqlError> {
        self.set_hours(Hours::begun(now_ms))
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
        known: &KnownMemories,
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
        let turns = [history.as_slice(), said].concat();
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
        let words: Vec<Said> = before
            .iter()
            .filter(|turn| turn.role == "user" || turn.role == "assistant")
            .cloned()
            .collect();
        context::squeezed(&words, room)
    }
}
