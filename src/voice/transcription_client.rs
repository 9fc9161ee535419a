//! Asks the chain of transcription providers for the words of a recording.

use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use web_sys::{Blob, BlobPropertyBag};

use super::hearing::{self, Recording, Wanted};
use super::transcript::Transcript;
use super::transcript_stream::{Progress, TranscriptStream};
use crate::audio::upload::{self, UploadError};
use crate::config::{ChainKind, Clocks, Target};
use crate::platform::clock::now_ms;
use crate::telemetry::collector::observe;
use crate::telemetry::metrics::TRANSCRIPTION;
use crate::upstream::chain::{self, AttemptRecord};
use crate::upstream::fetch::{self, Body, Origin, Surroundings};
use crate::upstream::outcome::{Deadline, Failure};
use crate::wire::base64::STANDARD;

/// An hour of speech is some 60 kB of text; word timestamps make it more.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A recording as its bytes show it, ready for every one of `targets`.
///
/// # Errors
/// What is wrong with it.
pub fn recording(
    bytes: &[u8],
    targets: &[&Target],
    fields: Vec<(String, String)>,
) -> Result<Recording<'static>, UploadError> {
    let looked = upload::inspect(bytes)?;
    let wants_base64 = |target: &&Target| hearing::wants_base64(target.provider);
    Ok(Recording {
        content_type: looked.container.content_type(),
        extension: looked.container.extension(),
        duration_s: looked.duration_ms.map(|ms| ms as f64 / 1000.0),
        base64: match targets.iter().any(wants_base64) {
            true => STANDARD.encode(bytes),
            false => String::new(),
        },
        fields,
    })
}

/// What a provider heard.
pub enum Transcribed {
    /// All of it.
    Whole(Transcript),
    /// Its beginning: the words come as they are heard.
    Begun(Begun),
}

/// A transcript that is being streamed.
pub struct Begun {
    /// The rest.
    pub body: Body,
    /// Has read what came.
    pub stream: TranscriptStream,
    /// The events of it for the client.
    pub events: String,
}

/// The first transcript of the chain, who gave it, and the account of it.
///
/// # Errors
/// Why each attempt failed.
pub async fn first(
    origin: Origin<'_>,
    targets: Vec<&Target>,
    recording: &Recording<'_>,
    wanted: Wanted,
    blob: &Blob,
) -> Result<(Transcribed, String, AttemptRecord), Vec<Failure>> {
    let around = Surroundings {
        file: Some(blob.clone().into()),
        ..origin.around.clone()
    };
    let origin = Origin {
        around: &around,
        ..origin
    };
    let began_at_ms = now_ms();
    let (heard, target, record) = chain::first(ChainKind::Stt, targets, origin.request_id, |target| {
        transcribed(origin, target, recording, wanted)
    })
    .await?;
    record.spend([recording.duration_s.unwrap_or(0.0), 0.0]);
    if matches!(heard, Transcribed::Whole(_)) {
        observe(&TRANSCRIPTION, &[], now_ms() - began_at_ms);
    }
    Ok((heard, target.to_string(), record))
}

async fn transcribed(
    origin: Origin<'_>,
    target: &Target,
    recording: &Recording<'_>,
    wanted: Wanted,
) -> Result<Transcribed, Failure> {
    let clocks = &origin.config.stt.clocks;
    let ask = hearing::transcription_ask(origin.config, target, recording, wanted);
    let answer = fetch::send(&ask, origin.around, clocks.headers_ms)
        .await?
        .first_within(clocks.first_ms);
    if wanted.streamed && hearing::streams(target) {
        return begun(answer.open()?, clocks, target, recording).await;
    }
    let text = answer.text(clocks, ANSWER_BYTES_MAX).await?;
    whole(target, &text, recording)
}

fn whole(target: &Target, text: &str, recording: &Recording<'_>) -> Result<Transcribed, Failure> {
    if text.is_empty() {
        return Err(Failure::Empty);
    }
    let read = |text: &str| Transcript::read(target.provider, text, recording.duration_s);
    // Some servers stream what nobody asked them to.
    let streamed = || read(&crate::wire::json::json!({"text": TranscriptStream::text_of(text)?}).to_string());
    read(text)
        .or_else(streamed)
        .map(Transcribed::Whole)
        .ok_or(Failure::Unusable)
}

/// Reads until words have come, or all of an answer that is no stream.
async fn begun(
    body: Body,
    clocks: &Clocks,
    target: &Target,
    recording: &Recording<'_>,
) -> Result<Transcribed, Failure> {
    let (mut stream, mut events) = (TranscriptStream::default(), String::new());
    let mut read: Vec<u8> = Vec::new();
    loop {
        let is_json = read.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        let chunk = match is_json {
            true => body.read_on(clocks).await?,
            false => {
                body.next(body.attempt.left_ms(clocks.first_ms), Deadline::First)
                    .await?
            }
        };
        match &chunk {
            Some(chunk) => {
                events.push_str(&stream.push(chunk));
                read.extend_from_slice(chunk);
            }
            None => events.push_str(&stream.finish()),
        }
        match (stream.progress, chunk) {
            (Progress::Failed, _) => return Err(Failure::InBand),
            (Progress::Begun | Progress::Done, _) => {
                return Ok(Transcribed::Begun(Begun { body, stream, events }));
            }
            (Progress::Silent, None) => {
                body.attempt.commit();
                return whole(target, &String::from_utf8_lossy(&read), recording);
            }
            (Progress::Silent, Some(_)) if read.len() > ANSWER_BYTES_MAX => return Err(Failure::Unusable),
            (Progress::Silent, Some(_)) => {}
        }
    }
}

/// Why a recording gave no words.
#[derive(Clone, Debug, PartialEq)]
pub enum Unheard {
    /// It is broken.
    Broken(UploadError),
    /// Nothing is said in it.
    Silent,
    /// Nobody could transcribe it: why each attempt failed.
    Failed(Vec<Failure>),
}

/// What is said in a recording; `fields` are OpenAI's optional ones.
///
/// # Errors
/// [`Unheard`].
pub async fn words(
    origin: Origin<'_>,
    bytes: Rc<Vec<u8>>,
    fields: Vec<(String, String)>,
) -> Result<String, Unheard> {
    let targets: Vec<&Target> = origin.config.stt.targets.iter().collect();
    let recording = recording(&bytes, &targets, fields).map_err(Unheard::Broken)?;
    let options = BlobPropertyBag::new();
    options.set_type(recording.content_type);
    let blob = {
        let parts = Array::of1(&Uint8Array::from(bytes.as_slice()));
        Blob::new_with_u8_array_sequence_and_options(&parts, &options)
            .map_err(|_| Unheard::Failed(Vec::new()))?
    };
    drop(bytes);
    // With times comes how sure the provider is that anything was said.
    let wanted = Wanted {
        times: true,
        ..Wanted::default()
    };
    let heard = first(origin, targets, &recording, wanted, &blob).await;
    let (heard, _, record) = heard.map_err(Unheard::Failed)?;
    record.succeed();
    match heard {
        Transcribed::Whole(transcript) if !transcript.is_silence() => Ok(transcript.text),
        _ => Err(Unheard::Silent),
    }
}
