//! `POST /v1/chat/completions`, the text path: the request goes to the first provider that begins to answer, and its
//! bytes go to the client as they are.

use futures::FutureExt as _;
use futures::channel::oneshot;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::chat_voice;
use super::context;
use super::error::ApiError;
use super::exchange::{Exchange, new_id};
use super::failure;
use super::negotiate;
use super::person::{self, Told};
use super::relay::{self, Reason, Relayed};
use super::reply::Reply;
use super::transcription;
use crate::config::{ChainKind, Provider, Target};
use crate::model::reply::{self, End, Meaning, Observer, Opening, whole_meaning};
use crate::model::request::{BadField, ChatRequest};
use crate::model::spoken::{self, VoiceAsk};
use crate::model::voiced::{self, Envelope};
use crate::model::workers_ai::{self, Translator};
use crate::platform::clock::now_ms;
use crate::turn::close::close;
use crate::turn::open::{Turn, Who, open};
use crate::turn::step::{Missed, Step, WallClock};
use crate::turn::timing::{Ending, Entry, Timings};
use crate::upstream::chain::{self, Ticket};
use crate::upstream::fetch::{self, Body};
use crate::upstream::outcome::{self, Clock, Failure};
use crate::upstream::provider;

/// A request with spoken input in base64: 25 MB of sound and its text.
const BODY_BYTES_MAX: u32 = 36 * 1024 * 1024;
/// A whole completion; the longest models answer with some hundred kilobytes.
const COMPLETION_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What may be read before the first content without committing; a preamble is some hundred bytes.
const PEEK_BYTES_MAX: usize = 256 * 1024;

impl From<BadField> for ApiError {
    fn from(bad: BadField) -> ApiError {
        let error = ApiError::new(400, bad.message);
        match bad.param {
            Some(param) => error.with_param(param),
            None => error,
        }
    }
}

/// Answers a chat request. What only some requests need is a future of its own on the heap, as in `app`.
///
/// # Errors
/// The contract's: 400 for the input, 404 for an unknown model, what [`failure::exhausted`] says when nobody answers.
pub async fn complete(exchange: Exchange) -> Result<Reply, ApiError> {
    let body = exchange.json_body(BODY_BYTES_MAX).await?;
    let mut request = ChatRequest::parse(&body)?;
    let config = exchange.config.clone();
    let targets = request.model.targets(&config.llm);
    if targets.is_empty() {
        return Err(ApiError::new(404, "the model does not exist: see GET /v1/models")
            .with_param("model")
            .with_code("model_not_found"));
    }
    let sound_alone = negotiate::sound_alone(&exchange.header("accept"));
    let voice = match sound_alone {
        Some(format) => Some(spoken::voice_of(&mut request, format)?),
        None => spoken::take_voice(&mut request)?,
    };
    spoken::take_earlier_sound(&mut request);
    let timings = Timings::default();
    let heard = match spoken::spoken_input(&request)? {
        Some(mut input) => {
            let words = hear(&exchange, std::mem::take(&mut input.bytes), &timings)
                .boxed_local()
                .await?;
            spoken::put_transcript(&mut request, &input, &words);
            Some(words)
        }
        None => None,
    };
    context::tell(&exchange, &mut request, voice.is_some(), &timings)?;
    let turn = begin_turn(&exchange, &mut request, &timings)
        .boxed_local()
        .await?;
    if let Some(voice) = voice.clone().filter(|_| sound_alone.is_some()) {
        request.stream_always();
        return chat_voice::sound(&exchange, &request, voice, turn, &timings)
            .boxed_local()
            .await;
    }
    if let Some(voice) = voice.clone().filter(|_| request.stream) {
        return chat_voice::events(&exchange, &request, voice, heard, turn, &timings)
            .boxed_local()
            .await;
    }
    let told = Told::of(&turn);
    let (answer, target, ticket) = chain::first(ChainKind::Llm, targets, &exchange.request_id, |target| {
        begin(&exchange, &request, target)
    })
    .await
    .map_err(|failures| failure::exhausted("chat", &failures))?;
    let timing = server_timing(&exchange, &timings);
    let reply = match answer {
        Answer::Whole(completion) => {
            ticket.succeed();
            let said = reply::whole_text(&completion).unwrap_or_default();
            let person = exchange.person(request.user.as_deref())?.unwrap_or_default();
            let body = spoken_whole(&exchange, completion, voice, person, heard)
                .boxed_local()
                .await;
            // A client that left while it was being spoken has heard nothing of it.
            exchange.context.wait_until(close(turn, said));
            Reply::json(200, body)
        }
        Answer::Stream(mut opened) => {
            if let Some(words) = heard {
                let created_s = (now_ms() / 1000.0) as u64;
                let envelope = Envelope::new(&new_id("chatcmpl-"), &target.to_string(), created_s);
                let first = voiced::heard_chunk(&opened.held, envelope, &words);
                opened.held.splice(0..0, first.into_bytes());
            }
            hand_on(&exchange, *opened, ticket, turn)
        }
    };
    Ok(told
        .on(reply)
        .header("x-served-by", target.to_string())
        .header("server-timing", timing))
}

/// Opens the turn for whoever asks: history and memories go into the request.
///
/// # Errors
/// 400 without a person for a conversation, 503 when it is not at hand.
pub async fn begin_turn(
    exchange: &Exchange,
    request: &mut ChatRequest,
    timings: &Timings,
) -> Result<Turn, ApiError> {
    let who = Who {
        timings: timings.clone(),
        person: exchange.person(request.user.as_deref())?,
        request_id: exchange.request_id.clone(),
    };
    let upstream = exchange.surroundings(None);
    open(
        &exchange.config,
        &exchange.env,
        &exchange.context,
        &upstream,
        &who,
        request,
    )
    .await
    .map_err(person::unopened)
}

/// What a recording says; without it there is nothing to answer.
async fn hear(exchange: &Exchange, bytes: Vec<u8>, timings: &Timings) -> Result<String, ApiError> {
    let step = Step::new("hearing", exchange.config.turn_total_ms);
    let words = step.required(&WallClock, timings, transcription::words(exchange, bytes));
    words.await.map_err(|missed| match missed {
        Missed::Failed(error) => error,
        Missed::Late => failure::interrupted(Some(Clock::Total)),
    })
}

/// `server-timing` of a reply whose first content has come, which ends the step `reply` as far as headers tell.
pub(super) fn server_timing(exchange: &Exchange, timings: &Timings) -> String {
    timings.add(Entry {
        name: "reply",
        duration_ms: now_ms() - exchange.began_at_ms,
        ending: Ending::Done,
    });
    timings.header().unwrap_or_default()
}

/// A whole answer with what was heard and what is to be heard.
async fn spoken_whole(
    exchange: &Exchange,
    completion: String,
    voice: Option<VoiceAsk>,
    person: String,
    heard: Option<String>,
) -> String {
    let completion = match voice {
        Some(voice) => chat_voice::whole(exchange, completion, voice, person).await,
        None => completion,
    };
    let Some(words) = heard else { return completion };
    let Ok(mut value) = serde_json::from_str::<serde_json::Value>(&completion) else {
        return completion;
    };
    if let Some(fields) = value.as_object_mut() {
        fields.insert("input_transcript".into(), words.into());
    }
    value.to_string()
}

/// What a provider began to give.
enum Answer {
    /// The provider's JSON.
    Whole(String),
    /// A stream whose first content has come.
    Stream(Box<Opened>),
}

async fn begin(exchange: &Exchange, request: &ChatRequest, target: &Target) -> Result<Answer, Failure> {
    if request.stream {
        streamed(exchange, request, target)
            .await
            .map(|opened| Answer::Stream(Box::new(opened)))
    } else {
        whole(exchange, request, target).await.map(Answer::Whole)
    }
}

/// An answer that is made whole before it is sent: the provider's own JSON.
async fn whole(exchange: &Exchange, request: &ChatRequest, target: &Target) -> Result<String, Failure> {
    let config = &exchange.config;
    let clocks = &config.llm.clocks;
    let ask = provider::chat_ask(
        config,
        target.provider,
        &target.model,
        request.provider_body(&target.model),
    );
    let answer = fetch::send(&ask, &exchange.surroundings(None), clocks.whole_ms).await?;
    let text = answer
        .text(clocks.total_ms, clocks.idle_ms, COMPLETION_BYTES_MAX)
        .await?;
    let text = match target.provider {
        Provider::WorkersAi => translated(&text, &target.model).ok_or(Failure::Unusable)?,
        _ => text,
    };
    match whole_meaning(&text) {
        Meaning::Content | Meaning::Finished(_) => Ok(text),
        Meaning::Error => Err(outcome::of_event(&text)),
        Meaning::Done => Err(Failure::Empty),
        Meaning::Other => Err(Failure::Unusable),
    }
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
pub(super) async fn streamed(
    exchange: &Exchange,
    request: &ChatRequest,
    target: &Target,
) -> Result<Opened, Failure> {
    let config = &exchange.config;
    let clocks = config.llm.clocks;
    let ask = provider::chat_ask(
        config,
        target.provider,
        &target.model,
        request.provider_body(&target.model),
    );
    let answer = fetch::send(&ask, &exchange.surroundings(None), clocks.headers_ms).await?;
    let kind = answer.header("content-type");
    if !kind.is_empty() && !kind.starts_with("text/event-stream") {
        return Err(Failure::Unusable);
    }
    let translator = (target.provider == Provider::WorkersAi).then(|| {
        Translator::new(
            new_id("chatcmpl-"),
            target.model.clone(),
            (now_ms() / 1000.0) as u64,
        )
    });
    let observer = match request.conversation {
        Some(_) => Observer::keeping_text(),
        None => Observer::new(),
    };
    peek(answer.open()?, observer, translator, clocks.first_ms).await
}

/// Hands a stream on to the client; from here on no other provider takes over.
fn hand_on(exchange: &Exchange, opened: Opened, ticket: Ticket, turn: Turn) -> Reply {
    let clocks = exchange.config.llm.clocks;
    let client = exchange.client();
    let (done, ended) = oneshot::channel();
    let complete = opened.observer.is_complete();
    let tap = Tap {
        observer: opened.observer,
        translator: opened.translator,
        done: Some(done),
    };
    let relayed = match &tap.translator {
        None => relay::relay(&opened.body, &opened.held, complete, tap.into(), &clocks, &client),
        Some(_) => relay::transform(&opened.body, &opened.held, complete, tap.into(), &clocks, &client),
    };
    let Relayed { readable, settled } = relayed;
    exchange.context.wait_until(async move {
        if let Ok(ended) = ended.await {
            settle(&ended, ticket);
            close(turn, ended.observer.text().unwrap_or_default()).await;
        }
        let _ = JsFuture::from(settled).await;
    });
    Reply::events(readable)
}

/// Tells the account how a reply ended.
fn settle(ended: &Ended, ticket: Ticket) {
    match (ended.reason, ended.observer.end()) {
        (_, End::Done) => ticket.succeed(),
        (Reason::Client, _) => drop(ticket),
        (_, End::ErrorSeen) => ticket.fail(ended.observer.failure()),
        (Reason::Idle, End::Cut) => ticket.fail(Failure::Timeout(Clock::Idle)),
        (Reason::Total, End::Cut) => ticket.fail(Failure::Timeout(Clock::Total)),
        (_, End::Cut) => ticket.fail(Failure::Cut),
    }
}

/// A stream whose provider has begun to answer.
pub(super) struct Opened {
    /// The rest of the stream.
    pub body: Body,
    observer: Observer,
    /// For streams that are not OpenAI's.
    pub translator: Option<Translator>,
    /// What was read, in the client's form.
    pub held: Vec<u8>,
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

/// How a relayed reply ended.
struct Ended {
    observer: Observer,
    reason: Reason,
}

/// Watches a reply on its way through `relay.js`.
#[wasm_bindgen]
pub struct Tap {
    observer: Observer,
    translator: Option<Translator>,
    done: Option<oneshot::Sender<Ended>>,
}

#[wasm_bindgen]
impl Tap {
    /// Observes bytes that the client gets as they are; true when the reply is complete.
    pub fn feed(&mut self, bytes: &[u8]) -> bool {
        self.observer.feed(bytes)
    }

    /// Translates bytes into what the client gets.
    pub fn transform(&mut self, bytes: &[u8]) -> Uint8Array {
        let out = self
            .translator
            .as_mut()
            .map(|translator| translator.push(bytes))
            .unwrap_or_default();
        self.observer.feed(out.as_bytes());
        Uint8Array::from(out.as_bytes())
    }

    /// Whether `[DONE]` has come.
    pub fn is_complete(&self) -> bool {
        self.observer.is_complete()
    }

    /// Called once, when no more bytes will come: what the client must still be told, if anything.
    pub fn finish(&mut self, reason: &str) -> Option<Uint8Array> {
        let reason = Reason::parse(reason);
        let last = (self.observer.end() == End::Cut && reason != Reason::Client).then(|| {
            let clock = match reason {
                Reason::Idle => Some(Clock::Idle),
                Reason::Total => Some(Clock::Total),
                _ => None,
            };
            format!(
                "{}{}",
                self.observer.separator(),
                failure::interrupted(clock).event()
            )
        });
        if let Some(done) = self.done.take() {
            let observer = std::mem::take(&mut self.observer);
            let _ = done.send(Ended { observer, reason });
        }
        last.map(|text| Uint8Array::from(text.as_bytes()))
    }

    /// A stream of events always ends cleanly: what went wrong has been said in it.
    pub fn is_whole(&self) -> bool {
        true
    }
}
