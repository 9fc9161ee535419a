//! A spoken turn on its way: the model's reply is read to its end, cut into phrases, spoken in step with the text, and
//! told as it happens, in typed [`TurnEvent`]s. A door writes them in its own form and knows nothing else of the turn.
//!
//! One loop owns all of it, so that whoever drops it, or lets its `stop` resolve, closes every socket behind it at once;
//! what was said until then is its value.

mod script;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::pin::pin;
use std::rc::Rc;

use futures::channel::mpsc;
use futures::future::LocalBoxFuture;
use futures::stream::{self, FusedStream as _, FuturesUnordered};
use futures::{FutureExt as _, StreamExt as _};

pub(super) use self::script::SharedAccount;
pub use self::script::{Script, Spoken, TurnEnd, TurnEvent};
use crate::audio::StreamTarget;
use crate::care::answer::CareAnswer;
use crate::model::usage::Usage;
use crate::model::voiced::{Part, Voiced};
use crate::platform::clock::{now_ms, sleep_ms};
use crate::platform::timer::Timer;
use crate::segment::{self, Phrase, Segmenter};
use crate::telemetry::collector::observe;
use crate::telemetry::metrics::TOKEN_GAP;
use crate::upstream::outcome::{Deadline, Failure};
use crate::voice::phrase::{PhraseOutcome, PhraseVoice, Say};
use crate::voice::speech_output::{SpeechOutput, SpeechSound};
use crate::wire::spacing::append;

/// While text waits because there is sound ahead: how often to see whether there still is.
const LOOK_MS: u64 = 300;
/// Most characters of a reply that is one utterance: what providers of speech take at once. Of a longer one the rest is
/// another, which AAC can go on with and FLAC cannot.
const UTTERANCE_CHARS_MAX: usize = 4_096;
/// What of a reply is read, and how many phrases of it are spoken, before its turn is over.
const AHEAD_BYTES_MAX: usize = 400;
const AHEAD_PHRASES_MAX: usize = 1;

/// Tells and speaks a reply to its end, or until `stop` resolves or `emit` breaks off: then the listener has left.
pub async fn run(
    voice: &dyn PhraseVoice,
    script: Script,
    emit: &mut dyn FnMut(TurnEvent) -> ControlFlow<()>,
    stop: LocalBoxFuture<'_, ()>,
) -> Spoken {
    let mut reading = script.reading.fuse();
    let mut speaking = Speaking::new(voice, script.splitter, script.record);
    let kept_phrases = script.told.as_ref().map_or(0, |told| told.phrases.len());
    speaking.open(script.parts, script.input_transcript, script.told);
    let (pieces_in, mut pieces) = mpsc::unbounded();
    let mut making = FuturesUnordered::new();
    let mut said = String::new();
    let mut stop = stop.fuse();
    let left_ms = (script.until_ms - now_ms()).max(0.0) as u64;
    let mut deadline = pin!(sleep_ms(left_ms).fuse());
    let mut timer = Timer::default();
    let (mut is_ahead, mut begun) = (script.committed.is_some(), 0);
    let committed = script
        .committed
        .unwrap_or_else(|| Box::pin(std::future::pending()));
    let mut committed = committed.fuse();
    let end = loop {
        if speaking.tell(emit).is_break() {
            break TurnEnd::Left;
        }
        if speaking.ended.is_some() && !reading.is_terminated() {
            // What a model still says after its end is nobody's: its socket is closed.
            reading = stream::empty().boxed_local().fuse();
        }
        while (!is_ahead || begun < AHEAD_PHRASES_MAX)
            && let Some((index, text)) = speaking.output.begin()
        {
            begun += 1;
            // A kept phrase sounds the same wherever it stands.
            let is_kept = index < kept_phrases;
            let previous_text = voice.previous_text(&said, &text).filter(|_| !is_kept);
            append(&mut said, &text);
            let say = Say { text, previous_text };
            making.push(voice.speak(index, say, pieces_in.clone()));
        }
        if speaking.output.is_done() && !is_ahead {
            break speaking.finish(emit);
        }
        let due = speaking.due(now_ms() as u64);
        let is_enough = is_ahead && speaking.written.len() > AHEAD_BYTES_MAX;
        let mut chunk = pin!(
            async {
                match is_enough || reading.is_terminated() {
                    true => std::future::pending().await,
                    false => reading.next().await,
                }
            }
            .fuse()
        );
        let mut tick = pin!(
            async {
                match due {
                    Some((look_at_ms, _)) => timer.until(look_at_ms as f64).await,
                    None => std::future::pending().await,
                }
            }
            .fuse()
        );
        futures::select_biased! {
            () = stop => break TurnEnd::Left,
            () = deadline => break speaking.fail(Some(Deadline::Total), emit),
            () = committed => is_ahead = false,
            chunk = chunk => speaking.read(chunk),
            piece = pieces.next() => {
                if let Some((index, piece)) = piece {
                    speaking.piece(index, piece);
                }
            },
            () = making.select_next_some() => {}
            () = tick => {
                // The clock may lag behind the timer; the timer is right.
                if let Some((look_at_ms, due_at_ms)) = due && look_at_ms >= due_at_ms {
                    speaking.tick(due_at_ms.max(now_ms() as u64));
                }
            }
        }
    };
    // Of a listener who left, the model's reply has not ended.
    speaking.settle(Err(Failure::ClientLeft));
    Spoken {
        tool_calls: speaking.splitter.tool_calls(),
        tokens: speaking.splitter.tokens,
        written: speaking.written,
        speech: speaking.output.into_speech(now_ms() as u64),
        end,
    }
}

/// The state of a turn between two moments.
struct Speaking {
    /// When the last of the reply came.
    read_at_ms: Option<f64>,
    splitter: Voiced,
    record: SharedAccount,
    /// Nothing is spoken.
    is_mute: bool,
    segmenter: Segmenter,
    output: SpeechOutput,
    /// The reply so far, where its sound is one piece: some containers cannot be joined.
    utterance: Option<String>,
    /// What has happened and was not told yet.
    events: Vec<TurnEvent>,
    written: String,
    /// How the model's reply ended, once it has.
    ended: Option<Result<(), Option<Deadline>>>,
}

impl Speaking {
    fn new(voice: &dyn PhraseVoice, splitter: Voiced, record: SharedAccount) -> Speaking {
        let segmented = segment::Options {
            phrase_chars_max: voice.phrase_chars_max(),
            ..segment::Options::default()
        };
        Speaking {
            read_at_ms: None,
            splitter,
            record,
            is_mute: voice.is_mute(),
            segmenter: Segmenter::new(segmented),
            output: SpeechOutput::new(voice.stream(), voice.kept_codec(), voice.is_marked()),
            utterance: matches!(voice.stream(), StreamTarget::Whole(_)).then(String::new),
            events: Vec::new(),
            written: String::new(),
            ended: None,
        }
    }

    fn open(&mut self, parts: Vec<Part>, input_transcript: Option<String>, told: Option<Rc<CareAnswer>>) {
        self.events
            .push(TurnEvent::Opened(self.splitter.envelope.clone()));
        self.events
            .extend(input_transcript.map(TurnEvent::InputTranscript));
        if let Some(told) = told {
            let text = format!("{}\n\n", told.text);
            let data = self.splitter.said(&text);
            self.events
                .extend([TurnEvent::Forwarded(data), TurnEvent::TextDelta(text.clone())]);
            self.written.push_str(&text);
            for phrase in &told.phrases {
                self.say(phrase.clone());
            }
        }
        self.hear(parts);
    }

    fn tell(&mut self, emit: &mut dyn FnMut(TurnEvent) -> ControlFlow<()>) -> ControlFlow<()> {
        self.events.drain(..).try_for_each(emit)
    }

    fn read(&mut self, chunk: Option<Result<Vec<u8>, Failure>>) {
        match chunk {
            _ if self.ended.is_some() => {}
            Some(Ok(bytes)) => {
                let now_ms = now_ms();
                if let Some(before_ms) = self.read_at_ms.replace(now_ms) {
                    observe(&TOKEN_GAP, &[], now_ms - before_ms);
                }
                let parts = self.splitter.push(&bytes);
                self.hear(parts);
            }
            Some(Err(failure)) => self.lost(failure),
            None => {
                let parts = self.splitter.finish();
                self.hear(parts);
                if self.ended.is_none() {
                    self.lost(Failure::Cut);
                }
            }
        }
    }

    fn hear(&mut self, parts: Vec<Part>) {
        let now_ms = now_ms() as u64;
        for part in parts {
            match part {
                Part::Forward(data) => self.events.push(TurnEvent::Forwarded(data)),
                Part::Say(text) => {
                    self.written.push_str(&text);
                    self.note_supply(now_ms);
                    let phrases = self.segmenter.push(&text, now_ms);
                    self.events.push(TurnEvent::TextDelta(text));
                    self.speak(phrases);
                }
                Part::Pause => {
                    let phrases = self.segmenter.finish(now_ms);
                    self.speak(phrases);
                }
                Part::Done => {
                    let last = self.segmenter.finish(now_ms);
                    self.speak(last);
                    self.close();
                    self.ended = Some(Ok(()));
                    let is_silent = self.written.is_empty() && self.splitter.tool_calls().is_none();
                    self.settle(if is_silent {
                        Err(Failure::SaidNothing)
                    } else {
                        Ok(())
                    });
                }
                Part::Failed(failure) => self.lost(failure),
            }
        }
    }

    /// The model's reply ended early: what is certain of it is still spoken.
    fn lost(&mut self, failure: Failure) {
        self.close();
        self.ended = Some(Err(match failure {
            Failure::Timeout(clock) => Some(clock),
            _ => None,
        }));
        self.settle(Err(failure));
    }

    /// Tells the model's account how its reply ended.
    fn settle(&mut self, result: Result<(), Failure>) {
        let Some(record) = self.record.take() else { return };
        let estimated = || Usage::estimated(record.asked_bytes, self.written.len() as u64);
        record.spend(self.splitter.usage().unwrap_or_else(estimated).numbers());
        record.end(result);
    }

    fn speak(&mut self, phrases: Vec<Phrase>) {
        for Phrase { spoken, .. } in phrases {
            self.say(spoken);
        }
    }

    fn say(&mut self, spoken: String) {
        if self.is_mute {
            return;
        }
        {
            let Some(utterance) = &mut self.utterance else {
                return self.output.add(spoken);
            };
            let is_full = utterance.chars().count() + spoken.chars().count() >= UTTERANCE_CHARS_MAX;
            if is_full && !utterance.is_empty() {
                self.output.add(std::mem::take(utterance));
            }
            append(utterance, &spoken);
        }
    }

    /// There will be no more text.
    fn close(&mut self) {
        if let Some(utterance) = self.utterance.take().filter(|text| !text.is_empty()) {
            self.output.add(utterance);
        }
        self.output.close();
    }

    fn piece(&mut self, index: usize, piece: PhraseOutcome) {
        for sound in self.output.piece(index, piece, now_ms()) {
            self.events.push(match sound {
                SpeechSound::Bytes { begins, bytes } => TurnEvent::Audio { begins, bytes },
                SpeechSound::Failed(failures) => TurnEvent::SpeechFailed(failures),
            });
        }
    }

    /// Tells the segmenter what the listener has ahead.
    fn note_supply(&mut self, now_ms: u64) {
        if let Some(ahead_ms) = self.output.ahead_ms(now_ms) {
            self.segmenter.set_buffered(ahead_ms, now_ms);
        }
    }

    /// When to look at the text that waits, and when a phrase of it is due.
    fn due(&mut self, now_ms: u64) -> Option<(u64, u64)> {
        self.note_supply(now_ms);
        let due_at_ms = self.segmenter.next_deadline_ms()?;
        Some((due_at_ms.min(now_ms + LOOK_MS), due_at_ms))
    }

    fn tick(&mut self, now_ms: u64) {
        self.note_supply(now_ms);
        let phrases = self.segmenter.tick(now_ms);
        self.speak(phrases);
    }

    /// All is spoken.
    fn finish(&mut self, emit: &mut dyn FnMut(TurnEvent) -> ControlFlow<()>) -> TurnEnd {
        if let Some(bytes) = self.output.finish() {
            self.events.push(TurnEvent::Audio { begins: None, bytes });
        }
        match self.ended {
            Some(Err(clock)) => self.fail(clock, emit),
            _ => {
                self.events.push(TurnEvent::Closing);
                let last = self.splitter.closing();
                self.events.extend(last.into_iter().map(TurnEvent::Forwarded));
                self.events.push(TurnEvent::Finished);
                self.last(TurnEnd::Finished, emit)
            }
        }
    }

    fn fail(
        &mut self,
        clock: Option<Deadline>,
        emit: &mut dyn FnMut(TurnEvent) -> ControlFlow<()>,
    ) -> TurnEnd {
        self.events.extend([TurnEvent::Closing, TurnEvent::Failed(clock)]);
        self.last(TurnEnd::Failed, emit)
    }

    fn last(&mut self, end: TurnEnd, emit: &mut dyn FnMut(TurnEvent) -> ControlFlow<()>) -> TurnEnd {
        match self.tell(emit) {
            ControlFlow::Continue(()) => end,
            ControlFlow::Break(()) => TurnEnd::Left,
        }
    }
}
