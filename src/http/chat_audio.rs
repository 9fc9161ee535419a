//! The spoken forms of `POST /v1/chat/completions`: a turn's events as OpenAI's chunks of text and sound, as the sound
//! alone, or, not streamed, as `message.audio`.

use std::ops::ControlFlow;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::select;
use serde_json::Value;

use super::body_writer::{self, Outlet, Pump};
use super::error::ApiError;
use super::model_reply;
use super::provider_error;
use super::reply::Reply;
use super::turns::TurnHeaders;
use crate::audio::wav;
use crate::model::audio_delta::AudioDeltas;
use crate::model::forms::ReplyMessage;
use crate::model::reply::text_of_value;
use crate::model::request::ChatRequest;
use crate::model::spoken::VoiceAsk;
use crate::model::voiced::ChunkEnvelope;
use crate::platform::background::spawn;
use crate::platform::clock::now_s;
use crate::platform::random::new_id;
use crate::turn::close::{close, close_spoken, learn};
use crate::turn::open::Turn;
use crate::turn::speech::{self, Script, Spoken, TurnEnd, TurnEvent};
use crate::turn::spoken;
use crate::upstream::outcome::Failure;
use crate::voice::speaker::{self, Speaker};
use crate::voice::synthesis::stream_of;
use crate::wire::audio_format::AudioFormat;
use crate::wire::base64::STANDARD;
use crate::wire::escapes::whole_characters;
use crate::wire::json::{json, put, put_some};

/// How long a client may fetch the audio of a whole answer by its id: it cannot, so it is already over.
const AUDIO_EXPIRES_S: u64 = 3_600;

/// Text and sound in one stream of events.
///
/// # Errors
/// What the contract says of a model that does not answer.
pub async fn events(
    turn: Turn,
    request: &ChatRequest,
    voice: VoiceAsk,
    heard: Option<String>,
) -> Result<Reply, ApiError> {
    let (script, headers) = begun(&turn, request, heard).await?;
    written_as_chunks(turn, Some(voice), script, headers)
}

/// The script of a turn, and what its headers tell: a turn with care begins at once, any other when its model does.
async fn begun(
    turn: &Turn,
    request: &ChatRequest,
    heard: Option<String>,
) -> Result<(Script, TurnHeaders), ApiError> {
    if turn.setting.is_care() {
        let script = Script::of_care(turn, request, heard).ok_or_else(no_stream)?;
        return Ok((script, TurnHeaders::of_care(turn)));
    }
    let begun = model_reply::stream(turn, request).await?;
    let headers = TurnHeaders::of(turn, begun.1);
    Ok((Script::of_stream(turn, begun, request.choices(), heard), headers))
}

/// Text, and sound where there is a voice, in one stream of events.
///
/// # Errors
/// The stream could not be begun.
pub(super) fn written_as_chunks(
    turn: Turn,
    voice: Option<VoiceAsk>,
    script: Script,
    headers: TurnHeaders,
) -> Result<Reply, ApiError> {
    let (readable, outlet, pump) = body_writer::outlet().ok_or_else(no_stream)?;
    let mut chunks = Chunks {
        outlet,
        envelope: None,
        audio: AudioDeltas::new(new_id("audio_")),
    };
    let answer = SpokenAnswer {
        emit: Box::new(move |event| chunks.event(event)),
        remembered: Spoken::remembered,
        is_clean: |spoken| spoken.end != TurnEnd::Left,
    };
    run(turn, voice, script, answer, pump);
    Ok(headers.on(Reply::events(readable)))
}

/// The sound alone. The answer begins with the first sound, so that until then a failure has its own status.
///
/// # Errors
/// What the contract says of a model, or a voice, that does not answer.
pub async fn sound(turn: Turn, request: &mut ChatRequest, voice: VoiceAsk) -> Result<Reply, ApiError> {
    request.stream_always();
    let voice = VoiceAsk {
        format: speaker::nearest(&turn.setting.config, voice.format),
        ..voice
    };
    let content_type = stream_of(voice.format).content_type();
    let (script, headers) = begun(&turn, request, None).await?;
    let care = turn.setting.told.clone().filter(|_| turn.setting.is_care());
    let (readable, outlet, pump) = body_writer::outlet().ok_or_else(no_stream)?;
    let (first, has_begun) = oneshot::channel();
    let mut sound = SoundAlone {
        outlet,
        first: Some(first),
    };
    let answer = SpokenAnswer {
        emit: Box::new(move |event| sound.event(event)),
        remembered: Spoken::remembered_of_sound,
        is_clean: |spoken| spoken.end == TurnEnd::Finished && !spoken.speech.has_failed,
    };
    run(turn, Some(voice), script, answer, pump);
    match (first_sound(has_begun).await, care) {
        (Ok(()), _) => Ok(headers.on(Reply::audio(content_type, readable))),
        // Nobody can speak: what must be told is told in writing.
        (Err(_), Some(care)) => Ok(headers.on(Reply::text("text/plain; charset=utf-8", care.text.clone()))),
        (Err(error), None) => Err(error),
    }
}

/// Waits for the first sound.
///
/// # Errors
/// What went wrong before it.
pub(super) async fn first_sound(first: oneshot::Receiver<Result<(), ApiError>>) -> Result<(), ApiError> {
    first
        .await
        .unwrap_or_else(|_| Err(provider_error::interrupted(None)))
}

/// How a turn becomes an answer.
pub(super) struct SpokenAnswer {
    /// Writes its events.
    pub emit: Box<dyn FnMut(TurnEvent) -> ControlFlow<()>>,
    /// What the person can have got of it.
    pub remembered: fn(&Spoken) -> String,
    /// Whether the client's stream ends cleanly, or is broken off so that it cannot pass for the whole.
    pub is_clean: fn(&Spoken) -> bool,
}

/// Runs a turn behind the answer; then keeps what was said.
fn run(turn: Turn, voice: Option<VoiceAsk>, script: Script, answer: SpokenAnswer, pump: Pump) {
    spawn(async move {
        let is_spoken = voice.is_some();
        let speaker = match voice {
            Some(voice) => spoken::speaker(&turn, voice),
            None => spoken::mute(&turn),
        };
        let (spoken, remembered) = written(&speaker, script, answer, pump).await;
        if let Some(budget) = &turn.budget {
            budget.spend_on_spoken(&spoken);
        }
        if is_spoken {
            close_spoken(turn, speaker, spoken, remembered).await;
        } else {
            let reply = ReplyMessage {
                text: remembered,
                tool_calls: spoken.tool_calls,
            };
            close(turn, reply).await;
        }
    });
}

/// Tells and speaks until all is written or the client has left.
pub(super) async fn written(
    speaker: &Speaker,
    script: Script,
    mut answer: SpokenAnswer,
    mut pump: Pump,
) -> (Spoken, String) {
    let mut left = Box::pin(body_writer::client_left(&speaker.around.client));
    let (spoken, is_written) = {
        let mut writing = Box::pin(pump.run());
        // Writing ends before the turn only when nobody takes what is written.
        let stop = select(left.as_mut(), writing.as_mut()).map(|_| ());
        let spoken = speech::run(speaker, script, &mut *answer.emit, stop.boxed_local()).await;
        // It holds the way into the queue: without it, writing comes to its end.
        drop(answer.emit);
        let is_written = spoken.end != TurnEnd::Left
            && select(left, writing)
                .map(|first| matches!(first, futures::future::Either::Right((Ok(()), _))))
                .await;
        (spoken, is_written)
    };
    pump.end(is_written && (answer.is_clean)(&spoken)).await;
    let remembered = (answer.remembered)(&spoken);
    (spoken, remembered)
}

/// Writes a turn's events as chunks.
struct Chunks {
    outlet: Outlet,
    envelope: Option<ChunkEnvelope>,
    audio: AudioDeltas,
}

impl Chunks {
    fn event(&mut self, event: TurnEvent) -> ControlFlow<()> {
        match event {
            TurnEvent::Opened(envelope) => self.envelope = Some(envelope),
            TurnEvent::InputTranscript(words) => self.chunk(
                json!({"role": "assistant", "content": ""}),
                Some(("input_transcript", words)),
            ),
            // The sound is over where the words end and where they break off.
            TurnEvent::Closing => {
                if let Some(audio) = self.audio.finish() {
                    self.chunk(json!({ "audio": audio }), None);
                }
            }
            TurnEvent::Forwarded(data) => self.data(&data),
            // Its words have gone out in the provider's own event.
            TurnEvent::TextDelta(_) => {}
            TurnEvent::Audio { begins, bytes } => {
                let audio = self.audio.sound(begins.as_deref(), &bytes);
                self.chunk(json!({ "audio": audio }), None);
            }
            TurnEvent::SpeechFailed(failures) => {
                let audio = self.audio.failed(error_value(&failures));
                self.chunk(json!({ "audio": audio }), None);
            }
            TurnEvent::Finished => {}
            TurnEvent::Failed(clock) => self
                .outlet
                .send(provider_error::interrupted(clock).event().into_bytes()),
        }
        ControlFlow::Continue(())
    }

    /// A chunk of our own, with a field at its top level.
    fn chunk(&self, delta: Value, top: Option<(&str, String)>) {
        let Some(envelope) = &self.envelope else { return };
        let mut chunk = envelope.chunk(delta);
        if let Some((name, value)) = top {
            put(&mut chunk, name, value.into());
        }
        self.data(&chunk.to_string());
    }

    fn data(&self, data: &str) {
        let mut event = String::with_capacity(data.len() + 8);
        for line in data.split('\n') {
            event.push_str("data: ");
            event.push_str(line);
            event.push('\n');
        }
        event.push('\n');
        self.outlet.send(event.into_bytes());
    }
}

/// Writes a turn's sound and nothing else.
struct SoundAlone {
    outlet: Outlet,
    /// Gets the first of the sound, or what went wrong before it.
    first: Option<oneshot::Sender<Result<(), ApiError>>>,
}

impl SoundAlone {
    fn event(&mut self, event: TurnEvent) -> ControlFlow<()> {
        match event {
            TurnEvent::Audio { bytes, .. } if !bytes.is_empty() => {
                self.answer(Ok(()));
                self.outlet.send(bytes);
            }
            // An answer that is an error is the end of the turn: nobody is there for the rest of it.
            TurnEvent::SpeechFailed(failures)
                if self.answer(Err(provider_error::exhausted_beside("speech", &failures))) =>
            {
                return ControlFlow::Break(());
            }
            TurnEvent::Failed(clock) => {
                self.answer(Err(provider_error::interrupted(clock)));
            }
            TurnEvent::Finished => {
                let nothing = ApiError::bad_gateway("the reply has nothing to be spoken");
                self.answer(Err(nothing.with_code("nothing_to_speak")));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// Says how the answer begins; false if that was said before.
    fn answer(&mut self, result: Result<(), ApiError>) -> bool {
        self.first.take().is_some_and(|first| first.send(result).is_ok())
    }
}

/// Adds the spoken form of a whole answer to it: `message.audio`, as OpenAI does.
pub async fn whole(turn: &Turn, completion: String, voice: VoiceAsk) -> String {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    let Some(mut value) = read(&completion).or_else(|| read(&whole_characters(completion.clone()))) else {
        return completion;
    };
    let content = value.pointer("/choices/0/message/content");
    let text = content.map(text_of_value).unwrap_or_default();
    let speaker: Speaker = spoken::speaker(turn, voice);
    let is_wav = speaker.format == AudioFormat::Wav;
    let (mut data, mut failed) = (Vec::new(), None);
    let mut gather = |event| {
        match event {
            TurnEvent::Audio { bytes, .. } => data.extend(bytes),
            TurnEvent::SpeechFailed(failures) => failed = Some(failures),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    let is_care = turn.setting.is_care();
    let script = Script::of_text(text, turn.setting.until_ms()).beginning_with(turn.setting.told.clone());
    let never = futures::future::pending().boxed_local();
    let speech = speech::run(&speaker, script, &mut gather, never).await.speech;
    if data.is_empty() && failed.is_none() {
        // Nothing of it can be spoken.
        return completion;
    }
    if is_wav {
        wav::set_lengths(&mut data);
    }
    let mut audio = json!({
        "id": new_id("audio_"), "data": STANDARD.encode(&data), "transcript": speech.text(),
        "expires_at": now_s() + AUDIO_EXPIRES_S,
    });
    let person = turn.setting.person.clone().unwrap_or_default();
    if !is_care {
        spawn(async move { learn(speaker, &person, speech.heard).await });
    }
    put_some(&mut audio, "error", failed.map(|failures| error_value(&failures)));
    if let Some(message) = value.pointer_mut("/choices/0/message") {
        put(message, "audio", audio);
    }
    value.to_string()
}

pub(super) fn no_stream() -> ApiError {
    ApiError::internal("hearken could not begin the stream")
}

/// Why speech failed, as the client is told it.
fn error_value(failures: &[Failure]) -> Value {
    let body = provider_error::exhausted_beside("speech", failures).body();
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    body.get("error").cloned().unwrap_or_default()
}
