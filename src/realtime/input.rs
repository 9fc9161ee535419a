//! What a client sends of its microphone: decoded, listened to, and put aside until it is a turn. Pure.
//!
//! Invariant: while turns are detected and nobody speaks, no more is held than what may belong to the next turn.

use serde_json::Value;

use super::audio_setup::Coding;
use super::detection::{Detection, Detector, Eagerness, Signal};
use super::heard::SAMPLES_PER_MS;
use super::item::text;
use super::refusal::EventError;
use crate::audio::g711::{alaw_decode, ulaw_decode};
use crate::audio::resample::Resampler;
use crate::audio::wav::{PcmFormat, pcm16_decode, pcm16_encode, set_lengths, streaming_header};
use crate::wire::base64::STANDARD;

/// Longest `audio` of one event: 15 MiB, as OpenAI says.
const APPEND_BYTES_MAX: usize = 15 * 1024 * 1024;
/// Most sound that waits for a commit: six minutes of 24 kHz.
const SAMPLES_MAX: usize = 360 * 24_000;
/// Sound before a voice that a detector may still claim.
const BEFORE_SAMPLES_MAX: usize = 6 * 24_000;
/// Sound before a voice over a reply that its words may need.
const OVERLAP_PADDING_MS: u64 = 200;
/// Least sound that can be committed.
const COMMIT_MS_MIN: u64 = 100;

/// The input audio buffer.
pub struct Input {
    coding: Coding,
    resampler: Option<Resampler>,
    /// Of a sample that is not whole.
    pub rest: Vec<u8>,
    detector: Detector,
    /// What the detector has not heard of the session's sound, milliseconds.
    missed_ms: u64,
    /// Whether turns are found.
    pub is_detecting: bool,
    /// What waits for a commit.
    pub samples: Vec<i16>,
    /// Where it begins, samples since the session's first.
    from: u64,
    /// The item that what waits will be, once something was heard of it.
    pub item: Option<String>,
    /// When sound last came, milliseconds since 1970.
    pub appended_at_ms: u64,
    /// What is known of the words of the turn that is being heard.
    pub words: Option<String>,
}

impl Input {
    /// Of a session as it is set up; `from` is what was heard of it before, samples.
    pub fn new(session: &Value, from: u64) -> Input {
        let mut input = Input {
            coding: Coding::Pcm,
            resampler: None,
            rest: Vec::new(),
            detector: Detector::new(Detection::None),
            missed_ms: 0,
            is_detecting: false,
            samples: Vec::new(),
            from,
            item: None,
            appended_at_ms: 0,
            words: None,
        };
        input.set_up(session);
        input
    }

    /// Of a session that was stored, with the sound that waited.
    pub fn woken(session: &Value, from: u64, samples: Vec<i16>, rest: Vec<u8>) -> Input {
        let mut input = Input::new(session, from);
        (input.samples, input.rest) = (samples, rest);
        input.missed_ms = input.now_ms();
        input
    }

    /// The session has changed.
    pub fn set_up(&mut self, session: &Value) {
        let coding = Coding::of(session.pointer("/audio/input/format"));
        if coding != self.coding {
            self.coding = coding;
            self.rest.clear();
            self.resampler = (coding != Coding::Pcm).then(|| Resampler::new(8_000, 24_000));
        }
        let detection = detection(session.pointer("/audio/input/turn_detection"));
        let was_detecting = std::mem::replace(&mut self.is_detecting, detection != Detection::None);
        self.detector.set(detection);
        if self.is_detecting && !was_detecting {
            self.missed_ms = self.now_ms().saturating_sub(self.detector.now_ms());
            self.item = None;
        }
    }

    /// Sound of the microphone. `is_replying`: a reply is being played.
    ///
    /// # Errors
    /// It is no sound, or too much.
    pub fn append(&mut self, audio: &str, is_replying: bool, now_ms: u64) -> Result<Vec<Signal>, EventError> {
        if audio.len() > APPEND_BYTES_MAX {
            let message = format!("audio must be at most {APPEND_BYTES_MAX} bytes of base64");
            return Err(EventError::invalid("audio", message));
        }
        let bytes = STANDARD.decode(audio);
        let bytes = bytes.ok_or_else(|| EventError::invalid("audio", "audio is not valid base64"))?;
        let samples = self.decoded(&bytes);
        if self.samples.len() + samples.len() > SAMPLES_MAX {
            let message = "the input audio buffer is full: commit or clear it";
            return Err(EventError::of("input_audio_buffer_full", message));
        }
        self.appended_at_ms = now_ms;
        self.samples.extend_from_slice(&samples);
        if !self.is_detecting {
            return Ok(Vec::new());
        }
        let signals = self.detector.push(&samples, self.words.as_deref(), is_replying);
        let signals = self.in_session(signals);
        if self.item.is_none() && signals.is_empty() {
            self.keep_last(BEFORE_SAMPLES_MAX);
        }
        Ok(signals)
    }

    /// The detector's signals, in the session's time.
    fn in_session(&self, mut signals: Vec<Signal>) -> Vec<Signal> {
        for signal in &mut signals {
            let (Signal::SpeechStarted { at_ms }
            | Signal::SpeechStopped { at_ms }
            | Signal::Pause { at_ms }
            | Signal::Resumed { at_ms }
            | Signal::BargeIn { at_ms }) = signal;
            *at_ms += self.missed_ms;
        }
        signals
    }

    /// Words of what is being said have come.
    pub fn reconsider(&mut self, words: String) -> Vec<Signal> {
        let signals = self.detector.reconsider(&words);
        self.words = Some(words);
        self.in_session(signals)
    }

    /// A model has heard the present pause: how likely the turn is over, 0 to 1.
    pub fn judged(&mut self, finished: f32) -> Vec<Signal> {
        let signals = self.detector.judged(finished, self.words.as_deref());
        self.in_session(signals)
    }

    /// Where what is said over a reply begins, samples since the session's first, and whether it pauses.
    pub fn overlap(&self) -> Option<(u64, bool)> {
        let (at_ms, pauses) = self.detector.overlap().filter(|_| self.is_detecting)?;
        let from_ms = (at_ms + self.missed_ms).saturating_sub(OVERLAP_PADDING_MS);
        Some((from_ms * SAMPLES_PER_MS, pauses))
    }

    /// A reply's sound and words are sent to be played.
    pub fn play(&mut self, samples: &[i16], words: &str) {
        if self.is_detecting {
            self.detector.play(samples, words);
        }
    }

    /// How long the voice of the turn has been silent, milliseconds.
    pub fn silence_ms(&self) -> u64 {
        self.detector.now_ms() - self.detector.last_voice_ms()
    }

    /// A recording in the session's own coding, as a WAV file.
    pub fn recording(&self, bytes: &[u8]) -> Vec<u8> {
        let samples = match self.coding {
            Coding::Pcm => return wav_of(bytes.to_vec()),
            Coding::Ulaw => ulaw_decode(bytes),
            Coding::Alaw => alaw_decode(bytes),
        };
        wav(&Resampler::new(8_000, 24_000).push(&samples))
    }

    fn decoded(&mut self, bytes: &[u8]) -> Vec<i16> {
        let samples = match self.coding {
            Coding::Ulaw => ulaw_decode(bytes),
            Coding::Alaw => alaw_decode(bytes),
            Coding::Pcm => {
                self.rest.extend_from_slice(bytes);
                let half = self.rest.split_off(self.rest.len() / 2 * 2);
                return pcm16_decode(&std::mem::replace(&mut self.rest, half));
            }
        };
        match &mut self.resampler {
            Some(resampler) => resampler.push(&samples),
            None => samples,
        }
    }

    fn keep_last(&mut self, count: usize) {
        let gone = self.samples.len().saturating_sub(count);
        self.samples.drain(..gone);
        self.from += gone as u64;
    }

    /// A turn begins at this moment of the session's sound: what came before is nobody's.
    pub fn begin(&mut self, item: String, at_ms: u64) {
        self.item = Some(item);
        self.words = None;
        let gone = self.place(at_ms);
        self.samples.drain(..gone);
        self.from += gone as u64;
    }

    /// Where a moment of the session's sound lies in what waits.
    fn place(&self, at_ms: u64) -> usize {
        let place = (at_ms * SAMPLES_PER_MS).saturating_sub(self.from);
        usize::try_from(place)
            .unwrap_or(usize::MAX)
            .min(self.samples.len())
    }

    /// What has come since a sample of the session's sound.
    pub fn since(&self, sample: u64) -> Vec<i16> {
        let from = usize::try_from(sample.saturating_sub(self.from)).unwrap_or(usize::MAX);
        self.samples.get(from..).unwrap_or_default().to_vec()
    }

    /// The sound of the turn up to a moment, as a WAV file.
    pub fn until(&self, at_ms: u64) -> Vec<u8> {
        wav(self.samples.get(..self.place(at_ms)).unwrap_or_default())
    }

    /// The turn that began ends at this moment.
    pub fn end(&mut self, at_ms: u64) {
        let turn = self.samples.drain(..self.place(at_ms)).len();
        self.from += turn as u64;
        self.item = None;
    }

    /// All sound so far, samples.
    pub fn total(&self) -> u64 {
        self.from + self.samples.len() as u64
    }

    /// All sound so far, milliseconds.
    pub fn now_ms(&self) -> u64 {
        self.total() / SAMPLES_PER_MS
    }

    /// What waits, milliseconds.
    pub fn ms(&self) -> u64 {
        self.samples.len() as u64 / SAMPLES_PER_MS
    }

    /// Takes what waits, as a WAV file.
    ///
    /// # Errors
    /// There is too little of it.
    pub fn commit(&mut self) -> Result<Vec<u8>, EventError> {
        let ms = self.ms();
        if ms < COMMIT_MS_MIN {
            let message = format!(
                "the input audio buffer has {ms} ms of sound: at least {COMMIT_MS_MIN} ms are needed to commit it"
            );
            return Err(EventError::of("input_audio_buffer_commit_empty", message));
        }
        let wav = wav(&self.samples);
        self.clear();
        Ok(wav)
    }

    /// Forgets what waits.
    pub fn clear(&mut self) {
        self.from = self.total();
        self.samples.clear();
        self.item = None;
        self.detector.forget();
    }
}

/// Samples as a file.
pub fn wav(samples: &[i16]) -> Vec<u8> {
    wav_of(pcm16_encode(samples))
}

fn wav_of(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.splice(0..0, streaming_header(PcmFormat::SPEECH));
    set_lengths(&mut bytes);
    bytes
}

/// `turn_detection`, checked.
fn detection(value: Option<&Value>) -> Detection {
    let Some(value) = value.filter(|value| value.is_object()) else {
        return Detection::None;
    };
    let number = |name: &str| value.get(name).and_then(Value::as_f64).unwrap_or(0.0);
    match text(value, "type") {
        "semantic_vad" => Detection::SemanticVad {
            eagerness: match text(value, "eagerness") {
                "low" => Eagerness::Low,
                "medium" => Eagerness::Medium,
                "high" => Eagerness::High,
                _ => Eagerness::Auto,
            },
        },
        _ => Detection::ServerVad {
            threshold: number("threshold") as f32,
            prefix_padding_ms: number("prefix_padding_ms") as u32,
            silence_duration_ms: number("silence_duration_ms") as u32,
        },
    }
}
