//! The speech of one reply: phrases in, one continuous stream of sound out. Time is an argument; nothing waits here.
//!
//! Invariants: what comes out is phrase by phrase in the order of the reply, through one [`Remuxer`]; a phrase that
//! fails never holds the others back; what was sent of each phrase is known at any moment, whatever ends the reply.

use std::rc::Rc;

use super::clip_key::Codec;
use super::phrase::{Made, PhraseOutcome};
use super::phrase_cache::{CachedClip, HeardPhrase, NewClip};
use super::playback_buffer::PlaybackBuffer;
use super::reorder_buffer::{AHEAD_MAX, Delivery, ReorderBuffer};
use super::speech::Speech;
use crate::audio::wav::PcmFormat;
use crate::audio::{CLIP_BYTES_MAX, Remuxer, StreamTarget};
use crate::segment::speech_ms;
use crate::telemetry::collector::count;
use crate::telemetry::metrics::SPEECH_QUEUE;
use crate::upstream::outcome::Failure;

/// After so many phrases in a row that nobody could speak, the rest of the reply stays silent.
const UNSPOKEN_MAX: usize = 2;

/// A reader of what a provider sends for a stream, which says that it is made where it `is_marked`.
pub fn remuxer(stream: StreamTarget, is_marked: bool) -> Remuxer {
    let remuxer = Remuxer::new(stream).marked(is_marked);
    match stream {
        StreamTarget::Pcm | StreamTarget::Wav => remuxer.expect_raw_pcm(PcmFormat::SPEECH),
        StreamTarget::Opus(_) | StreamTarget::Mp3 | StreamTarget::Whole(_) => remuxer,
    }
}

/// What the listener gets.
#[derive(Clone, Debug, PartialEq)]
pub enum SpeechSound {
    /// Bytes of the stream.
    Bytes {
        /// The phrase that begins with them.
        begins: Option<String>,
        /// What to send; empty where all of a short phrase still waits for a full page.
        bytes: Vec<u8>,
    },
    /// A phrase could not be spoken by anybody, or broke off. Said once for a reply.
    Failed(Vec<Failure>),
}

#[derive(Default)]
struct Phrase {
    text: String,
    /// Sound that was delivered.
    sound_ms: u64,
    fresh: Option<NewClip>,
    used: Option<String>,
    /// Frames or samples that passed by, where they may be kept.
    frames: Vec<u8>,
    was_fed: bool,
    has_begun: bool,
    is_bad: bool,
}

/// How many phrases of a turn wait, for the gauge.
#[derive(Default)]
struct Queue(f64);

impl Queue {
    fn shift(&mut self, by: f64) {
        self.0 += by;
        count(&SPEECH_QUEUE, &[], by);
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.shift(-self.0);
    }
}

/// The state of one reply's speech.
pub struct SpeechOutput {
    remuxer: Remuxer,
    codec: Option<Codec>,
    order: ReorderBuffer<String, PhraseOutcome>,
    queue: Queue,
    playback: PlaybackBuffer,
    phrases: Vec<Phrase>,
    sounds: Vec<SpeechSound>,
    heard: Vec<HeardPhrase>,
    unspoken: usize,
    has_failed: bool,
    sound_at_ms: Option<f64>,
    sent_bytes: u64,
}

impl SpeechOutput {
    /// Of a reply that has not begun. `codec` is the form in which its clips may be kept.
    pub fn new(stream: StreamTarget, codec: Option<Codec>, is_marked: bool) -> SpeechOutput {
        SpeechOutput {
            remuxer: remuxer(stream, is_marked).collect_clips(),
            codec,
            order: ReorderBuffer::new(AHEAD_MAX),
            queue: Queue::default(),
            playback: PlaybackBuffer::default(),
            phrases: Vec::new(),
            sounds: Vec::new(),
            heard: Vec::new(),
            unspoken: 0,
            has_failed: false,
            sound_at_ms: None,
            sent_bytes: 0,
        }
    }

    /// Adds the next phrase of the reply.
    pub fn add(&mut self, phrase: String) {
        self.playback.ordered(&phrase);
        self.order.add(phrase);
        self.queue.shift(1.0);
    }

    /// There will be no more phrases.
    pub fn close(&mut self) {
        self.order.close();
    }

    /// The next phrase to be made, if one may be begun now.
    pub fn begin(&mut self) -> Option<(usize, String)> {
        let (index, text) = self.order.begin()?;
        self.queue.shift(-1.0);
        self.phrases.push(Phrase {
            text: text.clone(),
            ..Phrase::default()
        });
        Some((index, text))
    }

    /// Whether all of the reply has been delivered.
    pub fn is_done(&self) -> bool {
        self.order.is_done()
    }

    /// Sound that the listener has ahead; `None` before the first.
    pub fn ahead_ms(&self, now_ms: u64) -> Option<u64> {
        self.playback.ahead_ms(now_ms)
    }

    /// A piece of a phrase has come; gives what can be sent now.
    pub fn piece(&mut self, index: usize, piece: PhraseOutcome, now_ms: f64) -> Vec<SpeechSound> {
        let is_last = !matches!(piece, PhraseOutcome::Bytes(_));
        self.order.piece(index, piece);
        if is_last {
            self.order.over(index);
        }
        while let Some(delivery) = self.order.deliver() {
            self.deliver(delivery, now_ms);
        }
        if self.unspoken >= UNSPOKEN_MAX {
            self.order.give_up();
        }
        std::mem::take(&mut self.sounds)
    }

    /// The end of the stream, once all is delivered.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        self.remuxer.finish().ok().filter(|bytes| !bytes.is_empty())
    }

    /// What became of it, as of now.
    pub fn into_speech(self, now_ms: u64) -> Speech {
        let begun = self.phrases.into_iter().filter(|phrase| phrase.has_begun);
        Speech {
            begun: begun.map(|phrase| (phrase.text, phrase.sound_ms)).collect(),
            heard: self.heard,
            has_failed: self.has_failed,
            sound_at_ms: self.sound_at_ms,
            played_ms: self.playback.played_ms(now_ms),
            sent_bytes: self.sent_bytes,
        }
    }

    fn deliver(&mut self, delivery: Delivery<PhraseOutcome>, now_ms: f64) {
        match delivery {
            Delivery::Piece(index, PhraseOutcome::Bytes(bytes)) => self.bytes(index, &bytes, now_ms),
            Delivery::Piece(index, PhraseOutcome::Whole(made)) => self.whole(index, made, now_ms),
            Delivery::Piece(index, PhraseOutcome::Kept { kept, key }) => self.kept(index, &kept, key, now_ms),
            Delivery::Piece(index, PhraseOutcome::Broken(failure)) => self.broken(index, failure, now_ms),
            Delivery::Piece(_, PhraseOutcome::Unspoken(failures)) => {
                self.unspoken += 1;
                self.failed(failures);
            }
            Delivery::End(index) => self.end(index, now_ms),
        }
    }

    /// `clip_ms` of a phrase's sound have come so far.
    fn delivered(&mut self, index: usize, clip_ms: u64, now_ms: f64) {
        self.playback.delivered(clip_ms, now_ms as u64);
        if let Some(phrase) = self.phrases.get_mut(index) {
            phrase.was_fed = true;
            phrase.sound_ms = clip_ms;
        }
    }

    fn is_bad(&self, index: usize) -> bool {
        self.phrases.get(index).is_some_and(|phrase| phrase.is_bad)
    }

    fn bytes(&mut self, index: usize, bytes: &[u8], now_ms: f64) {
        if self.is_bad(index) {
            return;
        }
        match self.remuxer.feed(bytes) {
            Ok(out) => {
                self.delivered(index, self.remuxer.clip_ms(), now_ms);
                if let Some(phrase) = self.phrases.get_mut(index)
                    && phrase.frames.len() <= CLIP_BYTES_MAX
                {
                    match self.codec {
                        Some(Codec::Mp3) => phrase.frames.extend_from_slice(bytes),
                        // Without the header that a provider may put before samples.
                        Some(Codec::Samples) => phrase.frames.extend_from_slice(&out),
                        Some(Codec::Opus) | None => {}
                    }
                }
                self.send(index, out, now_ms);
            }
            Err(_) => self.bad(index, now_ms),
        }
    }

    /// A phrase that was kept comes whole.
    fn kept(&mut self, index: usize, kept: &CachedClip, key: String, now_ms: f64) {
        let Ok(bytes) = kept.push_to(&mut self.remuxer) else {
            return self.bad(index, now_ms);
        };
        if let Some(phrase) = self.phrases.get_mut(index) {
            phrase.used = Some(key);
            let clip_ms = kept.duration_ms().unwrap_or_else(|| speech_ms(&phrase.text));
            self.delivered(index, clip_ms, now_ms);
        }
        self.send(index, bytes, now_ms);
    }

    /// The container of a phrase turned out to be broken, or not to fit the stream: it ends here.
    fn bad(&mut self, index: usize, now_ms: f64) {
        if let Some(phrase) = self.phrases.get_mut(index) {
            phrase.is_bad = true;
        }
        self.broken(index, Failure::Unusable, now_ms);
    }

    /// A phrase ends before its end.
    fn broken(&mut self, index: usize, failure: Failure, now_ms: f64) {
        self.remuxer.abandon_clip();
        let rest = self.remuxer.flush();
        self.send(index, rest, now_ms);
        self.failed(vec![failure]);
    }

    fn whole(&mut self, index: usize, made: Made, now_ms: f64) {
        if self.is_bad(index) {
            return made.record.fail(Failure::Unusable);
        }
        let Ok(report) = self.remuxer.end_clip() else {
            made.record.fail(Failure::Unusable);
            return self.bad(index, now_ms);
        };
        if let Some(phrase) = self.phrases.get_mut(index)
            && self.codec == Some(Codec::Samples)
        {
            phrase.frames.extend_from_slice(&report.bytes);
        }
        self.send(index, report.bytes, now_ms);
        if report.is_truncated {
            self.failed(vec![Failure::Cut]);
            return made.record.fail(Failure::Cut);
        }
        made.record.succeed();
        let (Some(phrase), Some(keep_as)) = (self.phrases.get_mut(index), made.keep_as) else {
            return;
        };
        let kept = match self.codec {
            Some(Codec::Opus) => report.clip.map(|clip| CachedClip::Opus(Rc::new(clip))),
            Some(Codec::Mp3) if phrase.frames.len() <= CLIP_BYTES_MAX => {
                Some(CachedClip::Mp3(Rc::new(std::mem::take(&mut phrase.frames))))
            }
            Some(Codec::Samples) if phrase.frames.len() <= CLIP_BYTES_MAX => {
                Some(CachedClip::of_pcm(&std::mem::take(&mut phrase.frames)))
            }
            _ => None,
        };
        phrase.fresh = kept.map(|kept| NewClip {
            key: keep_as.key,
            kept,
            voice: keep_as.voice,
            saving_ms: made.first_ms,
        });
    }

    fn failed(&mut self, failures: Vec<Failure>) {
        if !std::mem::replace(&mut self.has_failed, true) {
            self.sounds.push(SpeechSound::Failed(failures));
        }
    }

    fn end(&mut self, index: usize, now_ms: f64) {
        let rest = self.remuxer.flush();
        self.send(index, rest, now_ms);
        let Some(phrase) = self.phrases.get_mut(index) else {
            return;
        };
        self.playback.over(&phrase.text);
        if !phrase.was_fed {
            return;
        }
        if !std::mem::replace(&mut phrase.has_begun, true) {
            self.sounds.push(SpeechSound::Bytes {
                begins: Some(phrase.text.clone()),
                bytes: Vec::new(),
            });
        }
        phrase.frames = Vec::new();
        self.heard.push(HeardPhrase {
            text: phrase.text.clone(),
            fresh: phrase.fresh.take(),
            used: phrase.used.take(),
        });
        self.unspoken = 0;
    }

    fn send(&mut self, index: usize, bytes: Vec<u8>, now_ms: f64) {
        if bytes.is_empty() {
            return;
        }
        let phrase = self.phrases.get_mut(index);
        let begins = phrase.and_then(|phrase| {
            let is_first = !std::mem::replace(&mut phrase.has_begun, true);
            is_first.then(|| phrase.text.clone())
        });
        self.sound_at_ms.get_or_insert(now_ms);
        self.sent_bytes += bytes.len() as u64;
        self.sounds.push(SpeechSound::Bytes { begins, bytes });
    }
}
