//! Speaks a reply while it is being written: phrases in, one continuous stream of sound out.
//!
//! The shell around [`super::pipeline`]: it has phrases made a few at a time, puts what comes of them through one
//! [`Remuxer`] in the order of the reply, and tells what was heard. A phrase that fails never holds the others back.
//!
//! The first phrase may be begun on a guess, one token before it is certain: if the text goes on otherwise, the guess is
//! dropped unheard. At most one for a reply.

use std::cell::RefCell;
use std::rc::Rc;

use futures::StreamExt as _;
use futures::channel::mpsc::{self, UnboundedReceiver};
use futures::future::{AbortHandle, abortable};
use futures::stream::FuturesUnordered;

use super::clip_key::Codec;
use super::phrase_cache::{Fresh, Heard, Kept};
use super::pipeline::{AHEAD_MAX, Delivery, Pipeline};
use super::speaker::{Made, Say, Speaker, Voiced};
use super::speech_client::{remuxer, stream_of};
use super::supply::Supply;
use crate::audio::{CLIP_BYTES_MAX, Remuxer};
use crate::platform::clock::now_ms;
use crate::segment::speech_ms;
use crate::upstream::outcome::Failure;

/// After so many phrases in a row that nobody could speak, the rest of the reply stays silent.
const UNSPOKEN_MAX: usize = 2;

/// What is to be spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// The next phrase of the reply.
    Say(String),
    /// The first phrase, as it seems.
    Guess(String),
}

/// The tag of a guess's pieces.
const GUESSED: usize = usize::MAX;

struct Guess {
    text: String,
    pieces: Vec<Voiced>,
    /// Its place, once it has turned out to be right.
    index: Option<usize>,
    maker: AbortHandle,
}

/// What the listener gets.
pub enum Sound<'a> {
    /// Bytes of the stream; with the words of the phrase that begins with them.
    Bytes {
        /// The phrase that begins.
        transcript: Option<&'a str>,
        /// What to send.
        bytes: Vec<u8>,
    },
    /// A phrase could not be spoken by anybody, or broke off. Told once for a reply.
    Failed(&'a [Failure]),
}

/// What has become of a reply's speech so far.
#[derive(Debug, Default)]
pub struct Narration {
    /// Phrases whose sound was begun, in order.
    pub begun: Vec<String>,
    /// Phrases that were sent, in order, with what is worth keeping of them.
    pub heard: Vec<Heard>,
    /// Whether a phrase could not be spoken, or broke off.
    pub has_failed: bool,
    /// When the first sound was sent, as `now_ms` counts.
    pub sound_at_ms: Option<f64>,
    /// All text that the model wrote so far.
    pub written: String,
    /// Whether the turn came to its own end.
    pub is_over: bool,
    /// Whether the person gets no text beside the sound.
    pub is_sound_alone: bool,
    /// What the listener has ahead.
    pub supply: Supply,
}

impl Narration {
    /// What a conversation should remember of the reply: all of it, or what was spoken before the person interrupted.
    /// Where the voice had failed, the person had the text alone; whoever gets sound alone has no more than what was
    /// spoken, and nothing where the answer was an error.
    pub fn remembered(&self) -> String {
        let has_all = if self.is_sound_alone {
            self.is_over && !self.begun.is_empty()
        } else {
            self.is_over || self.has_failed
        };
        if has_all {
            self.written.clone()
        } else {
            self.text()
        }
    }

    /// What was said.
    pub fn text(&self) -> String {
        self.begun.join(" ")
    }
}

#[derive(Default)]
struct Phrase {
    text: String,
    fresh: Option<Fresh>,
    used: Option<String>,
    /// Frames that passed by, where they may be kept.
    frames: Vec<u8>,
    was_fed: bool,
    has_begun: bool,
    is_bad: bool,
}

struct Narrator<'a, E> {
    emit: E,
    remuxer: Remuxer,
    codec: Option<Codec>,
    phrases: Vec<Phrase>,
    narration: &'a RefCell<Narration>,
    unspoken: usize,
    has_told: bool,
}

/// Speaks what comes out of `orders` until it is closed; `emit` gets the sound as it is made, and `narration` always
/// says what was sent so far, even if this future is dropped.
pub async fn narrate(
    speaker: &Speaker,
    mut orders: UnboundedReceiver<Order>,
    narration: &RefCell<Narration>,
    emit: impl FnMut(Sound<'_>),
) {
    let mut narrator = Narrator {
        emit,
        remuxer: remuxer(stream_of(speaker.format)).collect_clips(),
        codec: speaker.codec().filter(|_| speaker.phrases.is_some()),
        phrases: Vec::new(),
        narration,
        unspoken: 0,
        has_told: false,
    };
    let mut pipeline: Pipeline<String, Voiced> = Pipeline::new(AHEAD_MAX);
    let mut making = FuturesUnordered::new();
    let (pieces_in, mut pieces) = mpsc::unbounded();
    let mut said = String::new();
    let mut guess: Option<Guess> = None;
    let make = |index: usize, say: Say| {
        let out = pieces_in.clone();
        abortable(async move { speaker.say(index, &say, &out).await })
    };
    loop {
        while let Some(delivery) = pipeline.deliver() {
            narrator.take(delivery);
        }
        if narrator.unspoken >= UNSPOKEN_MAX {
            pipeline.give_up();
        }
        let mut is_adopted = false;
        while let Some((index, text)) = pipeline.begin() {
            let say = Say {
                previous_text: speaker.previous_text(&said, &text),
                text,
            };
            said.push_str(&say.text);
            said.push(' ');
            narrator.phrases.push(Phrase {
                text: say.text.clone(),
                ..Phrase::default()
            });
            match &mut guess {
                Some(guess) if index == 0 && guess.text == say.text => {
                    guess.index = Some(index);
                    for piece in guess.pieces.drain(..) {
                        add_piece(&mut pipeline, index, piece);
                    }
                    is_adopted = true;
                    continue;
                }
                Some(guess) if guess.index.is_none() => guess.maker.abort(),
                _ => {}
            }
            making.push(make(index, say).0);
        }
        if is_adopted {
            continue;
        }
        if pipeline.is_done() {
            break;
        }
        futures::select! {
            order = orders.next() => match order {
                Some(Order::Say(phrase)) => pipeline.add(phrase),
                Some(Order::Guess(text)) if guess.is_none() && narrator.phrases.is_empty() => {
                    let say = Say { text: text.clone(), previous_text: None };
                    let (future, maker) = make(GUESSED, say);
                    making.push(future);
                    guess = Some(Guess { text, pieces: Vec::new(), index: None, maker });
                }
                Some(Order::Guess(_)) => {}
                None => pipeline.close(),
            },
            piece = pieces.next() => match (piece, &mut guess) {
                (Some((GUESSED, piece)), Some(guess)) => match guess.index {
                    Some(index) => add_piece(&mut pipeline, index, piece),
                    None => guess.pieces.push(piece),
                },
                (Some((index, piece)), _) => add_piece(&mut pipeline, index, piece),
                (None, _) => {}
            },
            // An aborted one has nothing to tell, and the others have told it.
            _ = making.select_next_some() => {}
        }
    }
    narrator.finish()
}

fn add_piece(pipeline: &mut Pipeline<String, Voiced>, index: usize, piece: Voiced) {
    let is_last = !matches!(piece, Voiced::Bytes(_));
    pipeline.piece(index, piece);
    if is_last {
        pipeline.over(index);
    }
}

impl<E: FnMut(Sound<'_>)> Narrator<'_, E> {
    fn take(&mut self, delivery: Delivery<Voiced>) {
        match delivery {
            Delivery::Piece(index, Voiced::Bytes(bytes)) => self.bytes(index, &bytes),
            Delivery::Piece(index, Voiced::Whole(made)) => self.whole(index, made),
            Delivery::Piece(index, Voiced::Kept { kept, key }) => self.kept(index, &kept, key),
            Delivery::Piece(index, Voiced::Broken(failure)) => self.broken(index, failure),
            Delivery::Piece(_, Voiced::Unspoken(failures)) => {
                self.unspoken += 1;
                self.failed(&failures);
            }
            Delivery::End(index) => self.end(index),
        }
    }

    fn bytes(&mut self, index: usize, bytes: &[u8]) {
        if self.phrases.get(index).is_some_and(|phrase| phrase.is_bad) {
            return;
        }
        match self.remuxer.feed(bytes) {
            Ok(out) => {
                let clip_ms = self.remuxer.clip_ms();
                self.narration
                    .borrow_mut()
                    .supply
                    .delivered(clip_ms, now_ms() as u64);
                if let Some(phrase) = self.phrases.get_mut(index) {
                    phrase.was_fed = true;
                    if self.codec == Some(Codec::Mp3) && phrase.frames.len() <= CLIP_BYTES_MAX {
                        phrase.frames.extend_from_slice(bytes);
                    }
                }
                self.send(index, out);
            }
            Err(_) => self.bad(index),
        }
    }

    /// A phrase that was kept comes whole.
    fn kept(&mut self, index: usize, kept: &Kept, key: String) {
        let out = match kept {
            Kept::Opus(clip) => self.remuxer.push_clip(clip),
            Kept::Mp3(frames) => self.remuxer.feed(frames).and_then(|mut out| {
                out.extend(self.remuxer.end_clip()?.bytes);
                Ok(out)
            }),
        };
        match out {
            Ok(bytes) => {
                if let Some(phrase) = self.phrases.get_mut(index) {
                    let clip_ms = kept.duration_ms().unwrap_or_else(|| speech_ms(&phrase.text));
                    let mut narration = self.narration.borrow_mut();
                    narration.supply.delivered(clip_ms, now_ms() as u64);
                    phrase.was_fed = true;
                    phrase.used = Some(key);
                }
                self.send(index, bytes);
            }
            Err(_) => self.bad(index),
        }
    }

    /// The container of a phrase turned out to be broken, or not to fit the stream: it ends here.
    fn bad(&mut self, index: usize) {
        if let Some(phrase) = self.phrases.get_mut(index) {
            phrase.is_bad = true;
        }
        self.broken(index, Failure::Unusable);
    }

    /// A phrase ends before its end.
    fn broken(&mut self, index: usize, failure: Failure) {
        self.remuxer.abandon_clip();
        let rest = self.remuxer.flush();
        self.send(index, rest);
        self.failed(&[failure]);
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
                    self.failed(&[Failure::Cut]);
                    made.ticket.fail(Failure::Cut);
                    return;
                }
                made.ticket.succeed();
                let (Some(phrase), Some(keep_as)) = (self.phrases.get_mut(index), made.keep_as) else {
                    return;
                };
                let kept = match self.codec {
                    Some(Codec::Opus) => report.clip.map(|clip| Kept::Opus(Rc::new(clip))),
                    Some(Codec::Mp3) if phrase.frames.len() <= CLIP_BYTES_MAX => {
                        Some(Kept::Mp3(Rc::new(std::mem::take(&mut phrase.frames))))
                    }
                    _ => None,
                };
                phrase.fresh = kept.map(|kept| Fresh {
                    key: keep_as.key,
                    kept,
                    voice: keep_as.voice,
                    saving_ms: made.first_ms,
                });
            }
            Err(_) => {
                made.ticket.fail(Failure::Unusable);
                self.bad(index);
            }
        }
    }

    fn failed(&mut self, failures: &[Failure]) {
        if !std::mem::replace(&mut self.has_told, true) {
            (self.emit)(Sound::Failed(failures));
        }
        self.narration.borrow_mut().has_failed = true;
    }

    fn end(&mut self, index: usize) {
        let rest = self.remuxer.flush();
        self.send(index, rest);
        if let Some(phrase) = self.phrases.get(index) {
            self.narration.borrow_mut().supply.over(&phrase.text);
        }
        let Some(phrase) = self.phrases.get_mut(index).filter(|phrase| phrase.was_fed) else {
            return;
        };
        if !phrase.has_begun {
            // So short that all of it still waits for a full page.
            self.narration.borrow_mut().begun.push(phrase.text.clone());
            (self.emit)(Sound::Bytes {
                transcript: Some(&phrase.text),
                bytes: Vec::new(),
            });
        }
        phrase.frames = Vec::new();
        self.narration.borrow_mut().heard.push(Heard {
            text: phrase.text.clone(),
            fresh: phrase.fresh.take(),
            used: phrase.used.take(),
        });
        self.unspoken = 0;
    }

    fn send(&mut self, index: usize, bytes: Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let transcript = match self.phrases.get_mut(index) {
            Some(phrase) if !phrase.has_begun => {
                phrase.has_begun = true;
                self.narration.borrow_mut().begun.push(phrase.text.clone());
                Some(phrase.text.as_str())
            }
            _ => None,
        };
        self.narration.borrow_mut().sound_at_ms.get_or_insert_with(now_ms);
        (self.emit)(Sound::Bytes { transcript, bytes });
    }

    fn finish(mut self) {
        if let Ok(bytes) = self.remuxer.finish()
            && !bytes.is_empty()
        {
            (self.emit)(Sound::Bytes {
                transcript: None,
                bytes,
            });
        }
    }
}
