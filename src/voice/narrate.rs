//! Speaks a reply while it is being written: phrases in, one continuous stream of sound out.
//!
//! The shell around [`super::pipeline`]: it has phrases made a few at a time, puts what comes of them through one
//! [`Remuxer`] in the order of the reply, and tells what was heard. A phrase that fails never holds the others back.

use futures::StreamExt as _;
use futures::channel::mpsc::{self, UnboundedReceiver};
use futures::stream::FuturesUnordered;

use super::container::Remuxer;
use super::pipeline::{AHEAD_MAX, Delivery, Pipeline};
use super::speaker::{self, Made, Say, Speaker, Voiced};
use crate::upstream::outcome::Failure;

/// After so many phrases in a row that nobody could speak, the rest of the reply stays silent.
const UNSPOKEN_MAX: usize = 2;

/// What the listener gets.
pub enum Sound<'a> {
    /// Bytes of the stream; with the words of the phrase that begins with them.
    Bytes {
        /// The phrase that begins.
        transcript: Option<&'a str>,
        /// What to send.
        bytes: Vec<u8>,
    },
    /// A phrase could not be spoken by anybody. Told once for a reply.
    Failed(&'a [Failure]),
}

/// What became of a reply's speech.
#[derive(Debug, Default)]
pub struct Narration {
    /// Phrases that were sent, in order.
    pub spoken: Vec<String>,
    /// Whether a phrase could not be spoken, or broke off.
    pub has_failed: bool,
    /// Whether any sound was sent.
    pub has_sound: bool,
}

struct Phrase {
    text: String,
    was_fed: bool,
    has_begun: bool,
    is_bad: bool,
}

struct Narrator<E> {
    emit: E,
    remuxer: Remuxer,
    phrases: Vec<Phrase>,
    narration: Narration,
    unspoken: usize,
}

/// Speaks what comes out of `phrases` until it is closed; `emit` gets the sound as it is made.
pub async fn narrate(
    speaker: &Speaker,
    mut phrases: UnboundedReceiver<String>,
    emit: impl FnMut(Sound<'_>),
) -> Narration {
    let mut narrator = Narrator {
        emit,
        remuxer: speaker::remuxer(speaker::stream_of(speaker.format)).collect_clips(),
        phrases: Vec::new(),
        narration: Narration::default(),
        unspoken: 0,
    };
    let mut pipeline = Pipeline::new(AHEAD_MAX);
    let mut making = FuturesUnordered::new();
    let (pieces_in, mut pieces) = mpsc::unbounded();
    let mut said = String::new();
    loop {
        while let Some(delivery) = pipeline.deliver() {
            narrator.take(delivery);
        }
        if narrator.unspoken >= UNSPOKEN_MAX {
            pipeline.give_up();
        }
        while let Some((index, text)) = pipeline.begin() {
            let say = Say {
                previous_text: speaker::previous_text(&said),
                text,
            };
            said.push_str(&say.text);
            said.push(' ');
            narrator.phrases.push(Phrase {
                text: say.text.clone(),
                was_fed: false,
                has_begun: false,
                is_bad: false,
            });
            let out = pieces_in.clone();
            making.push(async move { speaker.say(index, &say, &out).await });
        }
        if pipeline.is_done() {
            break;
        }
        futures::select! {
            phrase = phrases.next() => match phrase {
                Some(phrase) => pipeline.add(phrase),
                None => pipeline.close(),
            },
            piece = pieces.next() => if let Some((index, voiced)) = piece {
                let is_last = !matches!(voiced, Voiced::Bytes(_));
                pipeline.piece(index, voiced);
                if is_last {
                    pipeline.over(index);
                }
            },
            () = making.select_next_some() => {}
        }
    }
    narrator.finish()
}

impl<E: FnMut(Sound<'_>)> Narrator<E> {
    fn take(&mut self, delivery: Delivery<Voiced>) {
        match delivery {
            Delivery::Piece(index, Voiced::Bytes(bytes)) => self.bytes(index, &bytes),
            Delivery::Piece(index, Voiced::Whole(made)) => self.whole(index, made),
            Delivery::Piece(index, Voiced::Broken) => {
                self.remuxer.abandon_clip();
                self.narration.has_failed = true;
                let rest = self.remuxer.flush();
                self.send(index, rest);
            }
            Delivery::Piece(_, Voiced::Unspoken(failures)) => self.unspoken(&failures),
            Delivery::End(index) => self.end(index),
        }
    }

    fn bytes(&mut self, index: usize, bytes: &[u8]) {
        if self.phrases.get(index).is_some_and(|phrase| phrase.is_bad) {
            return;
        }
        match self.remuxer.feed(bytes) {
            Ok(out) => {
                if let Some(phrase) = self.phrases.get_mut(index) {
                    phrase.was_fed = true;
                }
                self.send(index, out);
            }
            Err(_) => self.bad(index),
        }
    }

    /// The container of a phrase turned out to be broken, or not to fit the stream: it ends here.
    fn bad(&mut self, index: usize) {
        self.remuxer.abandon_clip();
        self.narration.has_failed = true;
        if let Some(phrase) = self.phrases.get_mut(index) {
            phrase.is_bad = true;
        }
        let rest = self.remuxer.flush();
        self.send(index, rest);
    }

    fn whole(&mut self, index: usize, made: Made) {
        if self.phrases.get(index).is_some_and(|phrase| phrase.is_bad) {
            made.ticket.fail(Failure::Unusable);
            return;
        }
        match self.remuxer.end_clip() {
            Ok(report) => {
                self.send(index, report.bytes);
                if report.is_truncated {
                    self.narration.has_failed = true;
                    made.ticket.fail(Failure::Cut);
                } else {
                    made.ticket.succeed();
                }
            }
            Err(_) => {
                made.ticket.fail(Failure::Unusable);
                self.bad(index);
            }
        }
    }

    fn unspoken(&mut self, failures: &[Failure]) {
        self.unspoken += 1;
        if !self.narration.has_failed {
            (self.emit)(Sound::Failed(failures));
        }
        self.narration.has_failed = true;
    }

    fn end(&mut self, index: usize) {
        let rest = self.remuxer.flush();
        self.send(index, rest);
        let Some(phrase) = self.phrases.get(index).filter(|phrase| phrase.was_fed) else {
            return;
        };
        if !phrase.has_begun {
            // So short that all of it still waits for a full page.
            (self.emit)(Sound::Bytes {
                transcript: Some(&phrase.text),
                bytes: Vec::new(),
            });
        }
        self.narration.spoken.push(phrase.text.clone());
        self.unspoken = 0;
    }

    fn send(&mut self, index: usize, bytes: Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let transcript = match self.phrases.get_mut(index) {
            Some(phrase) if !phrase.has_begun => {
                phrase.has_begun = true;
                Some(phrase.text.as_str())
            }
            _ => None,
        };
        self.narration.has_sound = true;
        (self.emit)(Sound::Bytes { transcript, bytes });
    }

    fn finish(mut self) -> Narration {
        if let Ok(bytes) = self.remuxer.finish()
            && !bytes.is_empty()
        {
            (self.emit)(Sound::Bytes {
                transcript: None,
                bytes,
            });
        }
        self.narration
    }
}
