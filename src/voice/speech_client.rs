//! Asks the chain of speech providers until the sound of one has really begun.
//!
//! Invariant: nothing is handed on before it is clear that it is sound of a kind that can be served, so that until then
//! the next provider can speak; from then on whoever reads it on settles its record.

use std::cell::RefCell;

use super::speech_output::remuxer;
use super::synthesis::{self, Encoding, Utterance, exact_encoding, stream_of};
use crate::audio::{Clip, Container, Likeness, OpusContainer, RemuxError, Remuxer, StreamTarget};
use crate::config::{ChainKind, Clocks, Target};
use crate::platform::clock::now_ms;
use crate::telemetry::collector::observe;
use crate::telemetry::metrics::SYNTHESIS;
use crate::upstream::chain::{self, AttemptRecord};
use crate::upstream::fetch::{self, Body, Origin};
use crate::upstream::outcome::{Deadline, Failure};
use crate::wire::audio_format::AudioFormat;

/// What may arrive before the first sound: headers, tags, cover pictures.
const PEEK_BYTES_MAX: usize = 512 * 1024;

/// What the sound is for.
pub enum Use<'a> {
    /// An answer of its own: another kind of sound than was asked for is served under its own name.
    Answer,
    /// A part of a longer stream, in which it must fit: whether it does is asked as soon as it is known what it is like.
    Part(&'a dyn Fn(Option<Likeness>) -> bool),
}

/// A provider whose sound has begun.
pub struct OpenedSpeech {
    /// The rest.
    pub body: Body,
    /// Whether there is no rest: all of it has come.
    pub is_whole: bool,
    /// What was read, as the provider sent it.
    pub raw: Vec<u8>,
    /// Has read it.
    pub remuxer: Remuxer,
    /// What is really made of it; differs from what was asked when the provider sent another kind.
    pub stream: StreamTarget,
    /// The first bytes of that stream.
    pub made: Vec<u8>,
    /// The clip, where all of it has come already.
    pub clip: Option<Clip>,
    /// From the request to the first sound, milliseconds.
    pub first_ms: u32,
}

/// The first sound of the chain, who makes it, and its account.
///
/// # Errors
/// Why each attempt failed.
pub async fn first<'a>(
    origin: Origin<'_>,
    targets: Vec<&'a Target>,
    say: &Utterance<'_>,
    format: AudioFormat,
    purpose: &Use<'_>,
) -> Result<(OpenedSpeech, &'a Target, AttemptRecord), Vec<Failure>> {
    let began_at_ms = now_ms();
    let first = chain::first(ChainKind::Tts, targets, origin.request_id, |target| async move {
        let opened = open(origin, target, say, format, purpose).await;
        opened.map_err(|failure| failure.of_saying(say.text))
    })
    .await?;
    observe(&SYNTHESIS, &[], now_ms() - began_at_ms);
    first.2.spend([say.text.chars().count() as f64, 0.0]);
    Ok(first)
}

/// Asks one provider, and reads until its sound has begun.
async fn open(
    origin: Origin<'_>,
    target: &Target,
    say: &Utterance<'_>,
    format: AudioFormat,
    purpose: &Use<'_>,
) -> Result<OpenedSpeech, Failure> {
    let clocks = origin.config.tts.clocks;
    let encoding = match purpose {
        Use::Answer => synthesis::encoding(target.provider, format),
        Use::Part(_) => exact_encoding(target.provider, format),
    };
    let encoding = encoding.ok_or(Failure::NotConfigured)?;
    let sent_at_ms = now_ms();
    let answer = sent(origin, target, encoding, say).await?;
    let body = answer.open()?;
    let stream = stream_of(format);
    let mut opened = OpenedSpeech {
        body,
        is_whole: false,
        raw: Vec::new(),
        remuxer: remuxer(stream, origin.config.marks).collect_clips(),
        stream,
        made: Vec::new(),
        clip: None,
        first_ms: 0,
    };
    opened.peek(clocks.first_ms, purpose).await?;
    opened.first_ms = (now_ms() - sent_at_ms).max(0.0) as u32;
    match purpose {
        Use::Part(fits) if !fits(opened.remuxer.likeness()) => Err(Failure::Unusable),
        _ => Ok(opened),
    }
}

thread_local! {
    /// Targets that refused to be told what came before.
    static REFUSING: RefCell<Vec<Target>> = const { RefCell::new(Vec::new()) };
}

/// Whether a target is told what came before: its model takes it, as far as is known.
pub fn takes_previous_text(target: &Target) -> bool {
    synthesis::takes_previous_text(target) && !REFUSING.with_borrow(|refusing| refusing.contains(target))
}

/// Sends the request; where what came before may be why it is refused, again without, and so from then on: a refusal of
/// every phrase but the first would silence the reply.
async fn sent(
    origin: Origin<'_>,
    target: &Target,
    encoding: Encoding,
    say: &Utterance<'_>,
) -> Result<fetch::ProviderAnswer, Failure> {
    let send = async |say: &Utterance<'_>| {
        let ask = synthesis::speech_ask(origin.config, target, encoding, say);
        fetch::send(&ask, origin.around, origin.config.tts.clocks.headers_ms).await
    };
    let mut say = say.clone();
    say.previous_text = say.previous_text.filter(|_| takes_previous_text(target));
    let answer = send(&say).await;
    match answer {
        Err(Failure::Refused(refusal)) if say.previous_text.is_some() && refusal.may_blame_a_parameter() => {
            say.previous_text = None;
            let answer = send(&say).await?;
            if takes_previous_text(target) {
                REFUSING.with_borrow_mut(|refusing| refusing.push(target.clone()));
            }
            Ok(answer)
        }
        answer => answer,
    }
}

impl OpenedSpeech {
    /// Reads until there is sound, bounded by time and by [`PEEK_BYTES_MAX`].
    async fn peek(&mut self, first_ms: u32, purpose: &Use<'_>) -> Result<(), Failure> {
        let is_answer = matches!(purpose, Use::Answer);
        loop {
            let left_ms = self.body.attempt.left_ms(first_ms);
            let Some(chunk) = self.body.next(left_ms, Deadline::First).await? else {
                return self.end();
            };
            self.raw.extend_from_slice(&chunk);
            match self.remuxer.feed(&chunk) {
                Ok(out) => self.made.extend(out),
                Err(RemuxError::Unexpected { got }) if is_answer => self.serve_as(got)?,
                Err(_) => return Err(Failure::Unusable),
            }
            // An answer has its first bytes when a page of them is full; a part is put into pages later.
            if self.remuxer.has_sound() && !(is_answer && self.made.is_empty()) {
                return Ok(());
            }
            if self.raw.len() > PEEK_BYTES_MAX {
                return Err(Failure::Unusable);
            }
        }
    }

    /// All of it has come: a short clip may show its sound only now.
    fn end(&mut self) -> Result<(), Failure> {
        match self.remuxer.end_clip() {
            Ok(report) if report.is_truncated => Err(Failure::Cut),
            Ok(report) if self.remuxer.has_sound() => {
                self.made.extend(report.bytes);
                self.clip = report.clip;
                self.is_whole = true;
                Ok(())
            }
            Ok(_) | Err(RemuxError::NoAudio) => Err(Failure::Empty),
            Err(_) => Err(Failure::Unusable),
        }
    }

    /// Another kind of sound than was asked for, but sound. Samples are asked for by programs that cannot play anything
    /// else.
    fn serve_as(&mut self, got: Container) -> Result<(), Failure> {
        self.stream = match (self.stream, got) {
            (StreamTarget::Opus(_) | StreamTarget::Whole(_), Container::Mp3) => StreamTarget::Mp3,
            (StreamTarget::Mp3, Container::OggOpus) => StreamTarget::Opus(OpusContainer::Ogg),
            (StreamTarget::Opus(_) | StreamTarget::Mp3 | StreamTarget::Whole(_), Container::Wav) => {
                StreamTarget::Wav
            }
            _ => return Err(Failure::Unusable),
        };
        let unused = self.remuxer.take_unused();
        let is_marked = self.remuxer.is_marked();
        self.remuxer = Remuxer::new(self.stream).marked(is_marked);
        let made = self.remuxer.feed(&unused).map_err(|_| Failure::Unusable)?;
        self.made.extend(made);
        Ok(())
    }
}

/// The next bytes of a sound that has begun, or `None` at its end.
///
/// # Errors
/// That it fell silent, took too long, or broke off.
pub async fn read_on(body: &Body, clocks: &Clocks) -> Result<Option<Vec<u8>>, Failure> {
    let chunk = body.read_on(clocks).await?;
    if chunk.is_none() {
        // All of it has arrived: there is nothing left to abort.
        body.attempt.commit();
    }
    Ok(chunk)
}
