//! Asks the chain of language models: for a stream whose first content has come, or for a completion that is whole.
//!
//! Invariant: until then the next provider can take over; from then on the reply is this provider's, and whoever reads
//! it on settles its record.

use super::forms::{self, BodyForm};
use super::observer::{Observer, Opening, ReplyEnd};
use super::reply::{Meaning, whole_meaning};
use super::request::ChatRequest;
use super::workers_ai::{self, Translator};
use crate::config::{ChainKind, Clocks, Provider, Target};
use crate::platform::clock::now_s;
use crate::platform::random::new_id;
use crate::upstream::chain::{self, AttemptRecord, FirstWord};
use crate::upstream::fetch::{self, Body, Origin};
use crate::upstream::outcome::{self, Deadline, Failure};
use crate::upstream::provider;
use crate::upstream::reason::ProviderRefusal;

/// What may be read before the first content without committing; a preamble is some hundred bytes.
const PEEK_BYTES_MAX: usize = 256 * 1024;
/// A whole completion that comes where a stream was asked for; the longest models answer with some hundred kilobytes.
const WHOLE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A model that thinks out of sight, and says that it is alive, gets so many times the clock of the first content.
const LIVES_MAX: u32 = 4;
/// Most tries at one target with less and less of what it refuses.
const CONCESSIONS_MAX: usize = 4;

/// A stream whose provider has begun to answer.
pub struct OpenedReply {
    /// The rest of the stream.
    pub body: Body,
    /// Has seen what was read.
    pub observer: Observer,
    /// For streams that are not OpenAI's.
    pub translator: Option<Translator>,
    /// What was read, in the client's form.
    pub held: Vec<u8>,
    /// Is told of the first word while the model thinks aloud.
    pub first: Option<FirstWord>,
    asked_bytes: u64,
}

/// The first streamed answer of the chain, who gives it, and its account.
///
/// # Errors
/// Why each attempt failed.
pub async fn stream<'a>(
    origin: Origin<'_>,
    targets: Vec<&'a Target>,
    request: &ChatRequest,
) -> Result<(OpenedReply, &'a Target, AttemptRecord), Vec<Failure>> {
    let begun = chain::begun(ChainKind::Llm, targets, origin.request_id, |target| {
        streamed(origin, request, target)
    });
    let (mut opened, target, mut record) = begun.await?;
    opened.first = record.first_word();
    opened.note_first();
    record.asked_bytes = opened.asked_bytes;
    Ok((opened, target, record))
}

/// A completion that is wanted whole.
pub struct Completion<'a> {
    /// The request's body for a target.
    pub body: &'a dyn Fn(&Target) -> String,
    /// Told why a target refuses it: whether the body is another one from now on, and worth another try.
    pub concede: &'a dyn Fn(&Target, &ProviderRefusal) -> bool,
    /// Longest answer.
    pub bytes_max: usize,
    /// Whether a completion that has finished is of use.
    pub is_usable: &'a dyn Fn(&str) -> bool,
}

/// The first whole answer of the chain, as the provider's own JSON.
///
/// # Errors
/// Why each attempt failed.
pub async fn complete<'a>(
    origin: Origin<'_>,
    targets: Vec<&'a Target>,
    completion: &Completion<'_>,
) -> Result<(String, &'a Target, AttemptRecord), Vec<Failure>> {
    let first = chain::first(ChainKind::Llm, targets, origin.request_id, |target| {
        whole(origin, completion, target)
    });
    let (answer, target, mut record) = first.await?;
    record.asked_bytes = (completion.body)(target).len() as u64;
    Ok((answer, target, record))
}

async fn whole(origin: Origin<'_>, wanted: &Completion<'_>, target: &Target) -> Result<String, Failure> {
    let mut answer = asked_whole(origin, wanted, target).await;
    for _ in 0..CONCESSIONS_MAX {
        match &answer {
            Err(Failure::Refused(refusal)) if (wanted.concede)(target, refusal) => {
                answer = asked_whole(origin, wanted, target).await;
            }
            _ => break,
        }
    }
    answer
}

async fn asked_whole(
    origin: Origin<'_>,
    wanted: &Completion<'_>,
    target: &Target,
) -> Result<String, Failure> {
    let clocks = &origin.config.llm.clocks;
    let body = (wanted.body)(target);
    let ask = provider::chat_ask(origin.config, target.provider, &target.model, body);
    // A whole answer begins when all of it is made.
    let answer = fetch::send(&ask, origin.around, clocks.whole_ms).await?;
    let text = answer.text(clocks, wanted.bytes_max).await?;
    let text = match forms::form(text.as_bytes(), false) {
        Some(BodyForm::Whole) => completion(text, target)?,
        Some(BodyForm::Events) => {
            let mut translator = translator(target);
            let events = translator
                .as_mut()
                .map(|translator| translator.push(text.as_bytes()));
            forms::completion_of(&events.unwrap_or(text))?
        }
        Some(BodyForm::Other) => return Err(Failure::Unusable),
        None => return Err(Failure::Empty),
    };
    match whole_meaning(&text) {
        Meaning::Error => Err(outcome::of_event(&text)),
        Meaning::Done => Err(Failure::Empty),
        Meaning::Other => Err(Failure::Unusable),
        Meaning::Content | Meaning::Thought | Meaning::Finished => match (wanted.is_usable)(&text) {
            true => Ok(text),
            // It came to an end of its own: another one may have more to say.
            false => Err(Failure::SaidNothing),
        },
    }
}

/// A provider's JSON as OpenAI's.
fn completion(text: String, target: &Target) -> Result<String, Failure> {
    match target.provider {
        Provider::WorkersAi => translated(&text, &target.model).ok_or(Failure::Unusable),
        _ => Ok(text),
    }
}

fn translator(target: &Target) -> Option<Translator> {
    (target.provider == Provider::WorkersAi).then(|| {
        let created_s = now_s();
        Translator::new(new_id("chatcmpl-"), target.model.clone(), created_s)
    })
}

/// The answer of the `AI` binding as a completion; an error in it stays what it is.
fn translated(text: &str, model: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    if value.get("error").is_some_and(|error| !error.is_null()) {
        return Some(text.to_owned());
    }
    let value = value.get("result").unwrap_or(&value);
    let created_s = now_s();
    let completion = workers_ai::completion(value, &new_id("chatcmpl-"), model, created_s)?;
    Some(completion.to_string())
}

/// A streamed answer, read until it is clear that the provider really answers.
async fn streamed(
    origin: Origin<'_>,
    request: &ChatRequest,
    target: &Target,
) -> Result<OpenedReply, Failure> {
    let clocks = origin.config.llm.clocks;
    let body = request.provider_body(&target.model);
    let asked_bytes = body.len() as u64;
    let ask = provider::chat_ask(origin.config, target.provider, &target.model, body);
    let answer = fetch::send(&ask, origin.around, clocks.headers_ms).await?;
    let kind = answer.header("content-type");
    let says_events = kind.is_empty() || kind.starts_with("text/event-stream");
    let opening = Peek {
        body: answer.open()?,
        observer: observer(request),
        translator: translator(target),
        held: Vec::new(),
        asked_bytes,
        clocks,
    };
    match opening.form(says_events).await? {
        (BodyForm::Events, opening) => opening.content(request).await,
        (BodyForm::Whole, opening) => opening.whole(request, target).await,
        (BodyForm::Other, _) => Err(Failure::Unusable),
    }
}

fn observer(request: &ChatRequest) -> Observer {
    let observer = Observer::new(request.choices());
    match request.conversation.is_some() || request.is_counted {
        true => observer.keeping_reply(),
        false => observer,
    }
}

impl OpenedReply {
    /// The next bytes in the client's form, or `None` at the end.
    ///
    /// # Errors
    /// As [`Body::read_on`].
    pub async fn read_on(&mut self, clocks: &Clocks) -> Result<Option<Vec<u8>>, Failure> {
        let mut clocks = *clocks;
        if self.observer.is_thinking() {
            clocks.idle_ms = clocks.thought_ms();
        }
        let Some(mut bytes) = self.body.read_on(&clocks).await? else {
            return Ok(None);
        };
        if let Some(translator) = &mut self.translator {
            bytes = translator.push(&bytes).into_bytes();
        }
        if self.observer.is_thinking() {
            self.observer.feed(&bytes);
            self.note_first();
        }
        Ok(Some(bytes))
    }

    fn note_first(&mut self) {
        if !self.observer.is_thinking()
            && let Some(first) = self.first.take()
        {
            first.is_here();
        }
    }
}

/// An answer of which nothing has been sent yet.
struct Peek {
    body: Body,
    observer: Observer,
    translator: Option<Translator>,
    held: Vec<u8>,
    asked_bytes: u64,
    clocks: Clocks,
}

impl Peek {
    /// Reads until it is clear what the provider sends.
    async fn form(mut self, says_events: bool) -> Result<(BodyForm, Peek), Failure> {
        loop {
            if let Some(form) = forms::form(&self.held, says_events) {
                return Ok((form, self));
            }
            let left_ms = self.body.attempt.left_ms(self.clocks.first_ms);
            match self.body.next(left_ms, Deadline::First).await? {
                Some(bytes) if self.held.len() <= PEEK_BYTES_MAX => self.held.extend(bytes),
                Some(_) => return Err(Failure::Unusable),
                None => {
                    return Err(if self.held.is_empty() {
                        Failure::Empty
                    } else {
                        Failure::Unusable
                    });
                }
            }
        }
    }

    /// Reads until the first event that carries content, bounded by time and by [`PEEK_BYTES_MAX`]. Each sign of life begins
    /// the clock anew, [`LIVES_MAX`] times its length in all.
    async fn content(mut self, request: &ChatRequest) -> Result<OpenedReply, Failure> {
        let raw = std::mem::take(&mut self.held);
        self.take(raw);
        let mut life = (0, 0.0);
        loop {
            match self.observer.opening() {
                Opening::Failed => return Err(self.observer.failure()),
                Opening::Empty => return Err(Failure::Empty),
                Opening::Thought | Opening::Content | Opening::Whole => break,
                Opening::Waiting if self.held.len() > PEEK_BYTES_MAX => break,
                Opening::Waiting => {}
            }
            if self.observer.signs_of_life() > life.0 {
                life = (self.observer.signs_of_life(), self.body.attempt.elapsed_ms());
            }
            let until_ms = (life.1 as u32).saturating_add(self.clocks.first_ms);
            let most_ms = self.clocks.first_ms.saturating_mul(LIVES_MAX);
            let left_ms = self.body.attempt.left_ms(until_ms.min(most_ms));
            match self.body.next(left_ms, Deadline::First).await? {
                Some(bytes) => self.take(bytes),
                None if self.observer.end() == ReplyEnd::Finished => break,
                None if self.held.is_empty() => return Err(Failure::Empty),
                None => return Err(Failure::Cut),
            }
        }
        let is_silent = matches!(self.observer.opening(), Opening::Whole | Opening::Waiting);
        match is_silent.then(|| forms::whole_event(&self.held)).flatten() {
            Some(completion) => self.made_of(&completion, request),
            None => Ok(self.opened()),
        }
    }

    fn take(&mut self, bytes: Vec<u8>) {
        let bytes = match &mut self.translator {
            Some(translator) => translator.push(&bytes).into_bytes(),
            None => bytes,
        };
        self.observer.feed(&bytes);
        self.held.extend(bytes);
    }

    /// Reads a whole completion, and makes the stream of it that was asked for.
    async fn whole(mut self, request: &ChatRequest, target: &Target) -> Result<OpenedReply, Failure> {
        loop {
            let (total_ms, idle_ms) = (self.clocks.total_ms, self.clocks.idle_ms);
            let left_ms = self.body.attempt.left_ms(total_ms).min(idle_ms);
            let Some(bytes) = self.body.next(left_ms, Deadline::Idle).await? else {
                break;
            };
            if self.held.len() + bytes.len() > WHOLE_BYTES_MAX {
                return Err(Failure::Unusable);
            }
            self.held.extend(bytes);
        }
        let text = String::from_utf8_lossy(&self.held);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
        let text = completion(text, target)?;
        self.made_of(&text, request)
    }

    /// The stream of a whole completion.
    fn made_of(mut self, completion: &str, request: &ChatRequest) -> Result<OpenedReply, Failure> {
        match whole_meaning(completion) {
            Meaning::Content | Meaning::Thought | Meaning::Finished => {}
            Meaning::Error => return Err(outcome::of_event(completion)),
            Meaning::Done => return Err(Failure::Empty),
            Meaning::Other => return Err(Failure::Unusable),
        }
        let events = forms::events_of(completion, request.wants_usage()).ok_or(Failure::Unusable)?;
        self.observer = observer(request);
        self.observer.feed(events.as_bytes());
        self.held = events.into_bytes();
        self.translator = None;
        Ok(self.opened())
    }

    fn opened(self) -> OpenedReply {
        OpenedReply {
            body: self.body,
            observer: self.observer,
            translator: self.translator,
            held: self.held,
            first: None,
            asked_bytes: self.asked_bytes,
        }
    }
}
