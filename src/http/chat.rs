//! `POST /v1/chat/completions`: one turn in one of four forms. A text that is streamed goes to the client as its
//! provider made it, byte for byte; a completion that is not streamed is made whole first; the spoken forms are
//! `chat_audio`'s.

use futures::FutureExt as _;
use futures::channel::oneshot;
use wasm_bindgen_futures::JsFuture;

use super::care;
use super::chat_audio;
use super::chat_tap::{STORED_MS, Tap};
use super::error::ApiError;
use super::exchange::Exchange;
use super::model_reply::{envelope, text_stream};
use super::negotiate;
use super::relay::{self, RelayEnd, Relayed};
use super::reply::Reply;
use super::turns::{self, TurnHeaders};
use crate::audio::StreamTarget;
use crate::config::{ChainKind, Target};
use crate::model::client::OpenedReply;
use crate::model::forms::ReplyMessage;
use crate::model::request::{BadField, ChatRequest};
use crate::model::responses::Encoder;
use crate::model::spoken::{self, VoiceAsk};
use crate::model::voiced;
use crate::platform::background::spawn;
use crate::platform::clock::timeout_ms;
use crate::telemetry::collector::count;
use crate::telemetry::metrics::CLIENT_ABORTS;
use crate::turn::close::close;
use crate::turn::open::Turn;
use crate::turn::setting::Setting;
use crate::upstream::chain::AttemptRecord;
use crate::voice::synthesis::{exact_encoding, stream_of};
use crate::wire::json::put;

/// A request with spoken input in base64: 25 MB of sound and its text.
pub(super) const BODY_BYTES_MAX: u32 = 36 * 1024 * 1024;
impl From<BadField> for ApiError {
    fn from(bad: BadField) -> ApiError {
        let error = ApiError::bad_request(bad.message);
        match bad.param {
            Some(param) => error.with_param(param),
            None => error,
        }
    }
}

/// The form of the answer.
enum Form {
    /// Events as the provider made them.
    Text,
    /// One completion, with its spoken form where that is wanted.
    Whole(Option<VoiceAsk>),
    /// Events of text and sound.
    Events(VoiceAsk),
    /// The sound alone.
    Sound(VoiceAsk),
}

/// Answers a chat request. What only some requests need is a future of its own on the heap, as in `app`.
///
/// # Errors
/// The contract's: 400 for the input, 404 for an unknown model, what [`super::provider_error::exhausted`] says when nobody answers.
pub async fn complete(exchange: Exchange) -> Result<Reply, ApiError> {
    let mut request = parse(&exchange, &exchange.json_body(BODY_BYTES_MAX).await?)?;
    let form = form(&exchange, &mut request)?;
    let mut setting = turns::setting(&exchange, request.user.as_deref())?;
    let heard = heard(&setting, &mut request).await?;
    setting.speaks = match form {
        Form::Text | Form::Whole(None) => None,
        // Where its characters run out, the text goes on.
        Form::Events(_) | Form::Whole(Some(_)) => Some(0),
        Form::Sound(_) => Some(1),
    };
    let is_spoken = setting.speaks.is_some();
    let turn = turns::open(&exchange, setting, &mut request, is_spoken)
        .boxed_local()
        .await?;
    match form {
        Form::Text => text(turn, &request, heard).await,
        Form::Whole(voice) => whole(turn, &request, voice, heard).boxed_local().await,
        Form::Events(voice) => {
            chat_audio::events(turn, &request, voice, heard)
                .boxed_local()
                .await
        }
        Form::Sound(voice) => chat_audio::sound(turn, &mut request, voice).boxed_local().await,
    }
}

/// A request for a model that there is, and the recordings that it brings.
///
/// # Errors
/// 400 with the field, 404 for an unknown model.
pub(super) fn parse(exchange: &Exchange, body: &str) -> Result<ChatRequest, ApiError> {
    let (recordings, body) = spoken::unheard(body)?;
    let mut request = ChatRequest::parse(&body)?;
    request.recordings = recordings;
    request.model = request.model.resolved(&exchange.config, ChainKind::Llm);
    if request.model.targets(&exchange.config.llm).is_empty() {
        return Err(ApiError::model_not_found(
            "the model does not exist: see GET /v1/models",
        ));
    }
    Ok(request)
}

/// The voice of the persona that a request chooses, where it names no voice.
fn own_voice(exchange: &Exchange, request: &ChatRequest, voice: VoiceAsk) -> VoiceAsk {
    let personas = &exchange.config.personas;
    let persona = || request.persona.as_deref().and_then(|name| personas.chosen(name));
    VoiceAsk {
        voice: voice
            .voice
            .or_else(|| persona().and_then(|persona| persona.voice)),
        ..voice
    }
}

fn form(exchange: &Exchange, request: &mut ChatRequest) -> Result<Form, BadField> {
    if let Some(format) = negotiate::sound_alone(&exchange.header("accept")) {
        let voice = spoken::voice_of(request, format)?;
        return Ok(Form::Sound(own_voice(exchange, request, voice)));
    }
    let voice = spoken::take_voice(request)?.map(|voice| own_voice(exchange, request, voice));
    if let Some(voice) = &voice {
        let makes = |target: &Target| exact_encoding(target.provider, voice.format).is_some();
        if matches!(stream_of(voice.format), StreamTarget::Whole(_))
            && !exchange.config.tts.targets.iter().any(makes)
        {
            let message = "no provider that is configured makes this audio.format: ask for webm, opus, mp4, mp3, pcm16 or wav";
            return Err(BadField::of("audio.format", message));
        }
    }
    Ok(match voice {
        Some(voice) if request.stream => Form::Events(voice),
        None if request.stream => Form::Text,
        voice => Form::Whole(voice),
    })
}

/// What the person said, where the request brings it as recordings: the words take their places.
///
/// # Errors
/// 400 for a recording that is broken or silent, and what the contract says of providers that fail.
pub(super) async fn heard(setting: &Setting, request: &mut ChatRequest) -> Result<Option<String>, ApiError> {
    let mut words = Vec::new();
    for (index, bytes) in std::mem::take(&mut request.recordings).into_iter().enumerate() {
        words.push(turns::hear(setting, index, bytes).boxed_local().await?);
    }
    if !words.is_empty() {
        spoken::put_transcripts(request, &words);
    }
    // Only now: a reply of which nothing is left still tells what was said before it from what was said after it.
    spoken::take_earlier_sound(request);
    Ok((!words.is_empty()).then(|| words.join("\n")))
}

async fn text(turn: Turn, request: &ChatRequest, heard: Option<String>) -> Result<Reply, ApiError> {
    if turn.setting.is_care() {
        return care::text(turn, request, heard);
    }
    let (mut opened, target, record) = text_stream(&turn, request).await?;
    let headers = TurnHeaders::of(&turn, target);
    if let Some(words) = heard {
        let first = voiced::heard_chunk(&opened.held, envelope(target), &words);
        opened.held.splice(0..0, first.into_bytes());
    }
    Ok(headers.on(hand_on(turn, opened, record, None)))
}

async fn whole(
    turn: Turn,
    request: &ChatRequest,
    voice: Option<VoiceAsk>,
    heard: Option<String>,
) -> Result<Reply, ApiError> {
    let (mut body, headers, _) = care::completed(&turn, request).boxed_local().await?;
    let said = ReplyMessage::of_completion(&body);
    if let Some(voice) = voice {
        body = chat_audio::whole(&turn, body, voice).await;
    }
    if let Some(words) = heard {
        body = with_transcript(body, words);
    }
    // A client that left while it was being spoken has heard nothing of it.
    spawn(close(turn, said));
    Ok(headers.on(Reply::json(200, body)))
}

fn with_transcript(completion: String, words: String) -> String {
    let Ok(mut value) = serde_json::from_str::<serde_json::Value>(&completion) else {
        return completion;
    };
    put(&mut value, "input_transcript", words.into());
    value.to_string()
}

/// Closes the turn beside and beyond the request. The future resolves when the reply is stored, or that takes too long.
pub(super) fn closing(turn: Turn, reply: ReplyMessage) -> impl Future<Output = ()> {
    let (done, stored) = oneshot::channel();
    spawn(async move {
        close(turn, reply).await;
        let _ = done.send(());
    });
    timeout_ms(STORED_MS, stored).map(|_| ())
}

/// Hands a stream on to the client, as it is or as the events of a response; from here on no other provider takes over.
pub(super) fn hand_on(
    mut turn: Turn,
    opened: OpenedReply,
    record: AttemptRecord,
    mut encoder: Option<Encoder>,
) -> Reply {
    let clocks = turn.setting.config.llm.clocks;
    let client = turn.setting.around.client.clone();
    let (done, ended) = oneshot::channel();
    let complete = opened.observer.is_complete();
    let encoded = encoder.as_mut().map(|encoder| encoder.push(&opened.held));
    let held = encoded.as_deref().map_or(opened.held.as_slice(), str::as_bytes);
    let tap = Tap {
        observer: opened.observer,
        translator: opened.translator,
        encoder,
        first: opened.first,
        thought_ms: clocks.thought_ms(),
        done: Some(done),
        fed_at_ms: None,
    };
    let relayed = match (&tap.translator, &tap.encoder) {
        (None, None) => relay::relay(&opened.body, held, complete, tap.into(), &clocks, &client),
        _ => relay::transform(&opened.body, held, complete, tap.into(), &clocks, &client),
    };
    let Relayed { readable, settled } = relayed;
    spawn(async move {
        if let Ok(ended) = ended.await {
            if ended.reason == RelayEnd::Client {
                count(&CLIENT_ABORTS, &[], 1.0);
            }
            record.spend(ended.observer.usage(record.asked_bytes).numbers());
            record.end(ended.result());
            let whole = ended.observer.whole();
            if let Some(budget) = &turn.budget {
                budget.spend_on_reply(whole.as_ref());
            }
            if let Some(response) = ended.response {
                turn.answered(response);
            }
            let mut reply = whole.map(|whole| whole.message()).unwrap_or_default();
            reply
                .text
                .insert_str(0, &turn.setting.begins_with().unwrap_or_default());
            close(turn, reply).await;
            if let Some(stored) = ended.stored {
                let _ = stored.send(());
            }
        }
        let _ = JsFuture::from(settled).await;
    });
    Reply::events(readable)
}
