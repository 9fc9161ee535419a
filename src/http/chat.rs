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
use super::exchange::Exchange;
use super::failure;
use super::negotiate;
use super::person::{self, Told};
use super::relay::{self, Reason, Relayed};
use super::reply::Reply;
use super::transcription;
use crate::model::client::{self, Completion, Opened};
use crate::model::reply::{self, End, Observer};
use crate::model::request::{BadField, ChatRequest};
use crate::model::spoken::{self, VoiceAsk};
use crate::model::voiced::{self, Envelope};
use crate::model::workers_ai::Translator;
use crate::platform::clock::now_ms;
use crate::platform::random::new_id;
use crate::turn::close::close;
use crate::turn::open::{Turn, Who, open};
use crate::turn::step::{Missed, Step, WallClock};
use crate::turn::timing::{Ending, Entry, Timings};
use crate::upstream::chain::Ticket;
use crate::upstream::fetch::Origin;
use crate::upstream::outcome::{Clock, Failure};
use crate::voice::transcription_client;

/// A request with spoken input in base64: 25 MB of sound and its text.
const BODY_BYTES_MAX: u32 = 36 * 1024 * 1024;
/// A whole completion; the longest models answer with some hundred kilobytes.
const COMPLETION_BYTES_MAX: usize = 16 * 1024 * 1024;

impl From<BadField> for ApiError {
    fn from(bad: BadField) -> ApiError {
        let error = ApiError::bad_request(bad.message);
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
        return Err(ApiError::model_not_found(
            "the model does not exist: see GET /v1/models",
        ));
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
    let around = exchange.surroundings(None);
    let origin = Origin {
        config: &config,
        around: &around,
        request_id: &exchange.request_id,
    };
    let exhausted = |failures: Vec<Failure>| failure::exhausted("chat", &failures);
    let (reply, target, timing) = if request.stream {
        let begun = client::stream(origin, targets, &request).await;
        let (mut opened, target, ticket) = begun.map_err(exhausted)?;
        let timing = server_timing(&exchange, &timings);
        if let Some(words) = heard {
            let created_s = (now_ms() / 1000.0) as u64;
            let envelope = Envelope::new(&new_id("chatcmpl-"), &target.to_string(), created_s);
            let first = voiced::heard_chunk(&opened.held, envelope, &words);
            opened.held.splice(0..0, first.into_bytes());
        }
        (hand_on(&exchange, opened, ticket, turn), target, timing)
    } else {
        let completion = Completion {
            body: &|target| request.provider_body(&target.model),
            bytes_max: COMPLETION_BYTES_MAX,
            is_text: false,
        };
        let whole = client::complete(origin, targets, &completion).await;
        let (completion, target, ticket) = whole.map_err(exhausted)?;
        let timing = server_timing(&exchange, &timings);
        ticket.succeed();
        let said = reply::whole_text(&completion).unwrap_or_default();
        let person = exchange.person(request.user.as_deref())?.unwrap_or_default();
        let body = spoken_whole(&exchange, completion, voice, person, heard)
            .boxed_local()
            .await;
        // A client that left while it was being spoken has heard nothing of it.
        exchange.context.wait_until(close(turn, said));
        (Reply::json(200, body), target, timing)
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
    let around = exchange.surroundings(None);
    let origin = Origin {
        config: &exchange.config,
        around: &around,
        request_id: &exchange.request_id,
    };
    let words = step.required(&WallClock, timings, transcription_client::words(origin, bytes));
    words.await.map_err(|missed| match missed {
        Missed::Failed(reason) => transcription::unheard(&reason),
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
