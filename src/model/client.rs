//! Asks the chain of language models: for a stream whose first content has come, or for a completion that is whole.
//!
//! Invariant: until then the next provider can take over; from then on the reply is this provider's, and whoever reads
//! it on settles its ticket.

use super::reply::{Meaning, Observer, Opening, whole_meaning, whole_text};
use super::request::ChatRequest;
use super::workers_ai::{self, Translator};
use crate::config::{ChainKind, Clocks, Provider, Target};
use crate::platform::clock::now_ms;
use crate::platform::random::new_id;
use crate::upstream::chain::{self, Ticket};
use crate::upstream::fetch::{self, Body, Origin};
use crate::upstream::outcome::{self, Clock, Failure};
use crate::upstream::provider;

/// What may be read before the first content without committing; a preamble is some hundred bytes.
const PEEK_BYTES_MAX: usize = 256 * 1024;

/// A stream whose provider has begun to answer.
pub struct Opened {
    /// The rest of the stream.
    pub body: Body,
    /// Has seen what was read.
    pub observer: Observer,
    /// For streams that are not OpenAI's.
    pub translator: Option<Translator>,
    /// What was read, in the client's form.
    pub held: Vec<u8>,
}

/// The first streamed answer of the chain, who gives it, and its account.
///
/// # Errors
/// Why each attempt failed.
pub async fn stream<'a>(
    origin: Origin<'_>,
    targets: Vec<&'a Target>,
    request: &ChatRequest,
) -> Result<(Opened, &'a Target, Ticket), Vec<Failure>> {
    chain::first(ChainKind::Llm, targets, origin.request_id, |target| {
        streamed(origin, request, target)
    })
    .await
}

/// A completion that is wanted whole.
pub struct Completion<'a> {
    /// The request's body for a target.
    pub body: &'a dyn Fn(&Target) -> String,
    /// Longest answer.
    pub bytes_max: usize,
    /// Whether it is of no use without a text: not even a tool call is.
    pub is_text: bool,
}

/// The first whole answer of the chain, as the provider's own JSON.
///
/// # Errors
/// Why each attempt failed.
pub async fn complete<'a>(
    origin: Origin<'_>,
    targets: Vec<&'a Target>,
    completion: &Completion<'_>,
) -> Result<(String, &'a Target, Ticket), Vec<Failure>> {
    chain::first(ChainKind::Llm, targets, origin.request_id, |target| {
        whole(origin, completion, target)
    })
    .await
}

async fn whole(origin: Origin<'_>, wanted: &Completion<'_>, target: &Target) -> Result<String, Failure> {
    let clocks = &origin.config.llm.clocks;
    let body = (wanted.body)(target);
    let ask = provider::chat_ask(origin.config, target.provider, &target.model, body);
    // A whole answer begins when all of it is made.
    let answer = fetch::send(&ask, origin.around, clocks.whole_ms).await?;
    let text = answer
        .text(clocks.total_ms, clocks.idle_ms, wanted.bytes_max)
        .await?;
    let text = match target.provider {
        Provider::WorkersAi => translated(&text, &target.model).ok_or(Failure::Unusable)?,
        _ => text,
    };
    match whole_meaning(&text) {
        Meaning::Content | Meaning::Finished(_) if !wanted.is_text || has_text(&text) => Ok(text),
        Meaning::Error => Err(outcome::of_event(&text)),
        Meaning::Content | Meaning::Finished(_) | Meaning::Done => Err(Failure::Empty),
        Meaning::Other => Err(Failure::Unusable),
    }
}

fn has_text(completion: &str) -> bool {
    whole_text(completion).is_some_and(|text| !text.trim().is_empty())
}

/// The answer of the `AI` binding as a completion; an error in it stays what it is.
fn translated(text: &str, model: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    if value.get("error").is_some_and(|error| !error.is_null()) {
        return Some(text.to_owned());
    }
    let value = value.get("result").unwrap_or(&value);
    let created_s = (now_ms() / 1000.0) as u64;
    let completion = workers_ai::completion(value, &new_id("chatcmpl-"), model, created_s)?;
    Some(completion.to_string())
}

/// A streamed answer, read until it is clear that the provider really answers.
async fn streamed(origin: Origin<'_>, request: &ChatRequest, target: &Target) -> Result<Opened, Failure> {
    let clocks = origin.config.llm.clocks;
    let body = request.provider_body(&target.model);
    let ask = provider::chat_ask(origin.config, target.provider, &target.model, body);
    let answer = fetch::send(&ask, origin.around, clocks.headers_ms).await?;
    let kind = answer.header("content-type");
    if !kind.is_empty() && !kind.starts_with("text/event-stream") {
        return Err(Failure::Unusable);
    }
    let translator = (target.provider == Provider::WorkersAi).then(|| {
        let created_s = (now_ms() / 1000.0) as u64;
        Translator::new(new_id("chatcmpl-"), target.model.clone(), created_s)
    });
    let observer = match request.conversation {
        Some(_) => Observer::keeping_text(),
        None => Observer::new(),
    };
    peek(answer.open()?, observer, translator, clocks.first_ms).await
}

impl Opened {
    /// The next bytes in the client's form, or `None` at the end.
    ///
    /// # Errors
    /// As [`Body::read_on`].
    pub async fn read_on(&mut self, clocks: &Clocks) -> Result<Option<Vec<u8>>, Failure> {
        let bytes = self.body.read_on(clocks).await?;
        Ok(bytes.map(|bytes| match &mut self.translator {
            Some(translator) => translator.push(&bytes).into_bytes(),
            None => bytes,
        }))
    }
}

/// Reads until the first event that carries content, bounded by time and by [`PEEK_BYTES_MAX`].
async fn peek(
    body: Body,
    mut observer: Observer,
    mut translator: Option<Translator>,
    first_ms: u32,
) -> Result<Opened, Failure> {
    let mut held = Vec::new();
    loop {
        match observer.opening() {
            Opening::Failed => return Err(observer.failure()),
            Opening::Empty => return Err(Failure::Empty),
            Opening::Content | Opening::Whole => break,
            Opening::Waiting if held.len() > PEEK_BYTES_MAX => break,
            Opening::Waiting => {}
        }
        let left_ms = body.attempt.left_ms(first_ms);
        let Some(bytes) = body.next(left_ms, Clock::First).await? else {
            return Err(if held.is_empty() {
                Failure::Empty
            } else {
                Failure::Cut
            });
        };
        let bytes = match &mut translator {
            Some(translator) => translator.push(&bytes).into_bytes(),
            None => bytes,
        };
        observer.feed(&bytes);
        held.extend(bytes);
    }
    Ok(Opened {
        body,
        observer,
        translator,
        held,
    })
}
