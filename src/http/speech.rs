//! `POST /v1/audio/speech`: the first provider whose sound really comes serves it, in the container that was asked for,
//! while it is being made.

use std::cell::RefCell;
use std::rc::Rc;

use futures::FutureExt as _;
use wasm_bindgen_futures::JsFuture;

use super::error::ApiError;
use super::exchange::Exchange;
use super::provider_error;
use super::relay::{self, Relayed};
use super::reply::Reply;
use super::speech_parts;
use super::speech_request::{self, SpeechRequest};
use super::speech_tap::{DONE_EVENT, SpeechTap, delta_event};
use super::usage;
use crate::audio::{self, Remuxer};
use crate::config::Amounts;
use crate::config::ChainKind;
use crate::config::Target;
use crate::memory::person::protocol::ReserveAsk;
use crate::platform::background;
use crate::turn::budget::Reservation;
use crate::upstream::chain::AttemptRecord;
use crate::upstream::fetch::Origin;
use crate::voice::clip_key::{Codec, Profile};
use crate::voice::phrase_cache::{CachedClip, HeardPhrase, NewClip};
use crate::voice::phrases::Phrases;
use crate::voice::speech::count_sound;
use crate::voice::speech_client::{self, OpenedSpeech, Use};
use crate::voice::synthesis::{Utterance, stream_of};
use crate::voice::warm;
use crate::wire::audio_format::AudioFormat;

/// 4,096 characters of four bytes, escaped, and as much again of instructions.
const BODY_BYTES_MAX: u32 = 256 * 1024;

/// Answers a speech request.
///
/// # Errors
/// The contract's: 400 for the input, 404 for an unknown model, what [`provider_error::exhausted`] says when nobody speaks.
pub async fn speak(exchange: Exchange) -> Result<Reply, ApiError> {
    let body = exchange.json_body(BODY_BYTES_MAX).await?;
    let request = SpeechRequest::parse(&body, &exchange.header("accept"))?;
    let config = exchange.config.clone();
    let choice = request.model.clone().resolved(&config, ChainKind::Tts);
    let targets = choice.targets(&config.tts);
    if targets.is_empty() {
        return Err(ApiError::model_not_found(
            "the model does not exist: speech takes companion or a provider:model of the TTS chain",
        ));
    }
    let [targets, for_parts] = speech_request::able(&request, targets)?;
    if targets.is_empty() {
        let budget = reserve(&exchange, &request, true).await?;
        return speech_parts::speak(exchange, request, for_parts, budget)
            .boxed_local()
            .await;
    }
    let memory = Memory::of(&exchange, &request, targets.first().copied())?;
    if let Some(memory) = &memory
        && let Some(kept) = memory.phrases.find(memory.codec, &memory.key).await
        && let Some(reply) = from_cache(&exchange, &request, memory, &kept)
    {
        return Ok(reply);
    }
    let budget = reserve(&exchange, &request, !for_parts.is_empty()).await?;
    let preferred = targets.first().copied();
    let say = Utterance {
        text: &request.input,
        previous_text: None,
        voice: request.voice.as_deref(),
        speed: request.speed,
        instructions: request.instructions.as_deref(),
    };
    let around = exchange.surroundings(None);
    let origin = Origin {
        config: &config,
        around: &around,
        request_id: &exchange.request_id,
    };
    let first = speech_client::first(origin, targets, &say, request.format, &Use::Answer).await;
    let (opened, target, record) = match first {
        Ok(first) => first,
        Err(_) if !for_parts.is_empty() => {
            return speech_parts::speak(exchange, request, for_parts, budget)
                .boxed_local()
                .await;
        }
        Err(failures) => {
            if let Some(budget) = &budget {
                usage::unless_unpaid(budget, characters(&request), &failures);
            }
            let error = provider_error::exhausted("speech", &failures);
            let is_rare = matches!(request.format, AudioFormat::Aac | AudioFormat::Flac);
            return Err(match is_rare && error.code == Some("provider_refused") {
                true => error.with_param("response_format"),
                false => error,
            });
        }
    };
    if let Some(budget) = &budget {
        budget.spend(characters(&request));
        budget.settle();
    }
    let timing = format!("speech;dur={};desc=\"first sound\"", exchange.elapsed_ms());
    let cache = if memory.is_some() { "miss" } else { "bypass" };
    let memory = memory.filter(|_| preferred == Some(target) && opened.stream == stream_of(request.format));
    let first_ms = exchange.elapsed_ms() as u32;
    let reply = hand_on(
        &exchange,
        &request,
        opened,
        record,
        memory.map(|memory| (memory, first_ms)),
    )?;
    Ok(usage::on(reply, &config, budget.as_deref())
        .header("x-served-by", target.to_string())
        .header("x-cache", cache)
        .header("server-timing", timing))
}

fn characters(request: &SpeechRequest) -> Amounts {
    Amounts {
        characters: request.input.chars().count() as u64,
        ..Amounts::NONE
    }
}

/// Reserves what is to be spoken; cut into phrases, it may become longer by their signs' names.
async fn reserve(
    exchange: &Exchange,
    request: &SpeechRequest,
    may_be_cut: bool,
) -> Result<Option<Rc<Reservation>>, ApiError> {
    let person = exchange.person(request.user.as_deref())?;
    let needed = characters(request);
    let ask = ReserveAsk {
        turn: exchange.request_id.clone(),
        needed,
        wanted: if may_be_cut { needed.plus(needed) } else { needed },
    };
    usage::reserve(&exchange.config, person.as_deref(), ask).await
}

/// Where the sound of a request is kept, or would be.
struct Memory {
    phrases: Phrases,
    codec: Codec,
    key: String,
    voice: String,
    served_by: String,
    person: String,
}

impl Memory {
    /// `None` for sound that is never kept: samples, instructions, texts too long to be asked for twice.
    fn of(
        exchange: &Exchange,
        request: &SpeechRequest,
        preferred: Option<&Target>,
    ) -> Result<Option<Memory>, ApiError> {
        let person = exchange.person(request.user.as_deref())?.unwrap_or_default();
        let codec = match stream_of(request.format) {
            audio::StreamTarget::Opus(_) => Codec::Opus,
            audio::StreamTarget::Mp3 => Codec::Mp3,
            audio::StreamTarget::Wav | audio::StreamTarget::Pcm | audio::StreamTarget::Whole(_) => {
                return Ok(None);
            }
        };
        let phrases = Phrases::new(&exchange.config);
        let (Some(phrases), Some(target), None) = (phrases, preferred, &request.instructions) else {
            return Ok(None);
        };
        let profile = Profile::of(
            &exchange.config,
            target,
            request.voice.as_deref(),
            request.speed,
            codec,
        );
        Ok(profile.key(&request.input).map(|key| Memory {
            phrases,
            codec,
            key,
            voice: profile.voice,
            served_by: target.to_string(),
            person,
        }))
    }
}

/// Answers with sound that was kept; `None` if it turns out not to fit.
fn from_cache(
    exchange: &Exchange,
    request: &SpeechRequest,
    memory: &Memory,
    kept: &CachedClip,
) -> Option<Reply> {
    let stream = stream_of(request.format);
    let mut remuxer = Remuxer::new(stream).marked(exchange.config.marks);
    let mut bytes = kept.push_to(&mut remuxer).ok()?;
    bytes.extend(remuxer.finish().ok()?);
    let is_opus = matches!(stream, audio::StreamTarget::Opus(_));
    count_sound(remuxer.sound_ms(), bytes.len() as u64, is_opus);
    let heard = HeardPhrase {
        text: request.input.clone(),
        fresh: None,
        used: Some(memory.key.clone()),
    };
    let (phrases, person) = (memory.phrases.clone(), memory.person.clone());
    background::spawn(async move {
        phrases.learn(&person, vec![heard]).await;
    });
    let reply = if request.is_sse {
        let mut events = delta_event(&bytes);
        events.extend_from_slice(DONE_EVENT);
        Reply::sound("text/event-stream; charset=utf-8", events)
    } else {
        Reply::sound(stream.content_type(), bytes)
    };
    let timing = format!("cache;dur={}", exchange.elapsed_ms());
    Some(
        reply
            .header("x-served-by", memory.served_by.clone())
            .header("x-cache", "hit")
            .header("server-timing", timing),
    )
}

/// Hands the sound on; from here on no other provider takes over.
fn hand_on(
    exchange: &Exchange,
    request: &SpeechRequest,
    opened: OpenedSpeech,
    record: AttemptRecord,
    memory: Option<(Memory, u32)>,
) -> Result<Reply, ApiError> {
    let content_type = opened.stream.content_type();
    let made = Rc::<RefCell<Option<CachedClip>>>::default();
    let keeps_frames = memory
        .as_ref()
        .is_some_and(|(memory, _)| memory.codec == Codec::Mp3);
    let tap = SpeechTap {
        made: made.clone(),
        frames: keeps_frames.then(|| opened.made.clone()),
        clip: opened.clip,
        remuxer: opened.remuxer,
        is_opus: matches!(opened.stream, audio::StreamTarget::Opus(_)),
        sent_bytes: opened.made.len(),
        is_sse: request.is_sse,
        is_whole: false,
        record: Some(record),
    };
    let held = tap.wrap(opened.made);
    let relayed = relay::transform(
        &opened.body,
        &held,
        false,
        tap.into(),
        &exchange.config.tts.clocks,
        &exchange.client(),
    );
    let Relayed { readable, settled } = relayed;
    let text = request.input.clone();
    let (config, around, voice) = (
        exchange.config.clone(),
        exchange.surroundings(None).for_nobody(),
        request.voice.clone(),
    );
    let in_flight = exchange.in_flight.clone();
    background::spawn(async move {
        let _ = JsFuture::from(settled).await;
        drop(in_flight);
        let Some((memory, first_ms)) = memory else { return };
        let Some(kept) = made.take() else { return };
        let fresh = NewClip {
            key: memory.key,
            kept,
            voice: memory.voice,
            saving_ms: first_ms,
        };
        let heard = HeardPhrase {
            text,
            fresh: Some(fresh),
            used: None,
        };
        let missing = memory.phrases.learn(&memory.person, vec![heard]).await;
        warm::fill(&memory.phrases, &warm::speaker(&config, around, voice), missing).await;
    });
    Ok(if request.is_sse {
        Reply::events(readable)
    } else {
        Reply::audio(content_type, readable)
    })
}
