//! Asks the chain of transcription providers for the words of a recording.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use js_sys::{Array, Uint8Array};
use web_sys::{Blob, BlobPropertyBag};

use super::hearing::{self, Recording, Wanted};
use super::transcript::Transcript;
use crate::audio::upload::{self, UploadError};
use crate::config::{ChainKind, Target};
use crate::platform::clock::now_ms;
use crate::telemetry::collector::observe;
use crate::telemetry::metrics::TRANSCRIPTION;
use crate::upstream::chain;
use crate::upstream::fetch::{self, Origin, Surroundings};
use crate::upstream::outcome::Failure;

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

/// The first transcript of the chain, and who gave it.
///
/// # Errors
/// Why each attempt failed.
pub async fn first(
    origin: Origin<'_>,
    targets: Vec<&Target>,
    recording: &Recording<'_>,
    wanted: Wanted,
    blob: &Blob,
) -> Result<(Transcript, String), Vec<Failure>> {
    let around = Surroundings {
        file: Some(blob.clone().into()),
        ..origin.around.clone()
    };
    let origin = Origin {
        around: &around,
        ..origin
    };
    let began_at_ms = now_ms();
    let (transcript, target, record) = chain::first(ChainKind::Stt, targets, origin.request_id, |target| {
        transcribed(origin, target, recording, wanted)
    })
    .await?;
    record.spend([recording.duration_s.unwrap_or(0.0), 0.0]);
    record.succeed();
    observe(&TRANSCRIPTION, &[], now_ms() - began_at_ms);
    Ok((transcript, target.to_string()))
}

async fn transcribed(
    origin: Origin<'_>,
    target: &Target,
    recording: &Recording<'_>,
    wanted: Wanted,
) -> Result<Transcript, Failure> {
    let clocks = &origin.config.stt.clocks;
    let ask = hearing::transcription_ask(origin.config, target, recording, wanted);
    let answer = fetch::send(&ask, origin.around, clocks.headers_ms)
        .await?
        .first_within(clocks.first_ms);
    let text = answer
        .text(clocks.total_ms, clocks.idle_ms, ANSWER_BYTES_MAX)
        .await?;
    if text.is_empty() {
        return Err(Failure::Empty);
    }
    Transcript::read(target.provider, &text, recording.duration_s).ok_or(Failure::Unusable)
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

/// What is said in a recording.
///
/// # Errors
/// [`Unheard`].
pub async fn words(origin: Origin<'_>, bytes: Vec<u8>) -> Result<String, Unheard> {
    let targets: Vec<&Target> = origin.config.stt.targets.iter().collect();
    let recording = recording(&bytes, &targets, Vec::new()).map_err(Unheard::Broken)?;
    let options = BlobPropertyBag::new();
    options.set_type(recording.content_type);
    let parts = Array::of1(&Uint8Array::from(bytes.as_slice()));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options)
        .map_err(|_| Unheard::Failed(Vec::new()))?;
    drop(bytes);
    // With times comes how sure the provider is that anything was said.
    let wanted = Wanted {
        times: true,
        translated: false,
    };
    let heard = first(origin, targets, &recording, wanted, &blob).await;
    let (transcript, _) = heard.map_err(Unheard::Failed)?;
    match transcript.is_silence() {
        true => Err(Unheard::Silent),
        false => Ok(transcript.text),
    }
}
