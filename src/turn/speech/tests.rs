//! Spoken turns as they are, on simulated time, with a scripted model and a scripted voice whose sound is 24 kHz samples.

use std::cell::{Cell, RefCell};
use std::future::ready;

use futures::channel::mpsc::UnboundedSender;
use futures::stream::LocalBoxStream;

use super::*;
use crate::config::{ChainKind, Config, Target};
use crate::model::voiced::ChunkEnvelope;
use crate::platform::isolate;
use crate::platform::simulated::run as simulate;
use crate::upstream::chain::AttemptRecord;
use crate::upstream::{chain, registry};
use crate::voice::clip_key::Codec;
use crate::voice::phrase::{Made, Say};

/// What becomes of a phrase: after how long it begins, how much sound it has, and whether it is spoken at all.
#[derive(Clone, Copy)]
struct Take {
    first_ms: u64,
    sound_ms: usize,
    is_spoken: bool,
}

const SOON: Take = Take {
    first_ms: 100,
    sound_ms: 1_000,
    is_spoken: true,
};
const NOBODY: Take = Take {
    is_spoken: false,
    ..SOON
};

struct ScriptedVoice {
    takes: fn(&str) -> Take,
    making: Cell<usize>,
    making_max: Cell<usize>,
}

/// Counts a phrase as in the making for as long as its future lives.
struct Making<'a>(&'a Cell<usize>);

impl Drop for Making<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl PhraseVoice for ScriptedVoice {
    fn stream(&self) -> StreamTarget {
        StreamTarget::Pcm
    }

    fn kept_codec(&self) -> Option<Codec> {
        None
    }

    fn phrase_chars_max(&self) -> usize {
        segment::Options::default().phrase_chars_max
    }

    fn previous_text(&self, _said: &str, _text: &str) -> Option<String> {
        None
    }

    fn speak(
        &self,
        index: usize,
        say: Say,
        out: UnboundedSender<(usize, PhraseOutcome)>,
    ) -> LocalBoxFuture<'_, ()> {
        async move {
            self.making.set(self.making.get() + 1);
            self.making_max.set(self.making_max.get().max(self.making.get()));
            let _making = Making(&self.making);
            let take = (self.takes)(&say.text);
            sleep_ms(take.first_ms).await;
            let pieces = match take.is_spoken {
                false => vec![PhraseOutcome::Unspoken(vec![Failure::Status(500)])],
                true => vec![
                    PhraseOutcome::Bytes(vec![1; take.sound_ms * 48]),
                    PhraseOutcome::Whole(Made {
                        record: record().await,
                        first_ms: 0,
                        keep_as: None,
                    }),
                ],
            };
            for piece in pieces {
                out.unbounded_send((index, piece)).unwrap();
            }
        }
        .boxed_local()
    }
}

async fn record() -> AttemptRecord {
    let config = isolate::config().unwrap();
    let targets: Vec<&Target> = config.tts.targets.iter().collect();
    let begun = chain::first(ChainKind::Tts, targets, "test", |_| ready(Ok(())));
    begun.await.unwrap().2
}

/// What the model does, in order: waits so many milliseconds, then sends an event or ends.
enum Act {
    Says(u64, &'static str),
    Finishes(u64),
    Breaks(u64, Failure),
}
use Act::*;

fn sse(data: &str) -> Vec<u8> {
    format!("data: {data}\n\n").into_bytes()
}

fn chunk(content: &str, finish: &str) -> String {
    format!(
        r#"{{"id":"c","choices":[{{"index":0,"delta":{{"content":"{content}"}},"finish_reason":{finish}}}]}}"#
    )
}

fn reading(acts: Vec<Act>) -> LocalBoxStream<'static, Result<Vec<u8>, Failure>> {
    let read = |act: Act| async move {
        let (wait_ms, result) = match act {
            Says(ms, text) => (ms, Ok(sse(&chunk(text, "null")))),
            Finishes(ms) => {
                let last = r#"{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
                (ms, Ok([sse(last), sse("[DONE]")].concat()))
            }
            Breaks(ms, failure) => (ms, Err(failure)),
        };
        sleep_ms(wait_ms).await;
        result
    };
    stream::iter(acts).then(read).boxed_local()
}

struct Turned {
    /// What was told, each with the moment since the beginning, milliseconds.
    events: Vec<(u64, TurnEvent)>,
    spoken: Spoken,
    making_max: usize,
    /// Phrases still in the making when it was over.
    making: usize,
}

const TOTAL_MS: u64 = 60_000;

fn turned(takes: fn(&str) -> Take, acts: Vec<Act>, leaves_after_ms: u64) -> Turned {
    turned_ahead(takes, acts, leaves_after_ms, None)
}

/// The same of a turn that is over after so long.
fn turned_ahead(
    takes: fn(&str) -> Take,
    acts: Vec<Act>,
    leaves_after_ms: u64,
    commits_after_ms: Option<u64>,
) -> Turned {
    let lookup = |name: &str| match name {
        "TTS" => Some("openai:voice".to_owned()),
        "OPENAI_API_KEY" => Some("key".to_owned()),
        _ => None,
    };
    registry::forget();
    isolate::set(Config::from_lookup(&lookup).unwrap());
    let voice = ScriptedVoice {
        takes,
        making: Cell::new(0),
        making_max: Cell::new(0),
    };
    let began_at_ms = now_ms();
    let script = Script {
        reading: reading(acts),
        record: SharedAccount::default(),
        told: None,
        splitter: Voiced::new(ChunkEnvelope::new("own", "m", 0)),
        parts: Vec::new(),
        input_transcript: None,
        until_ms: began_at_ms + TOTAL_MS as f64,
        committed: commits_after_ms.map(|ms| sleep_ms(ms).boxed_local()),
    };
    let events = RefCell::new(Vec::new());
    let mut emit = |event| {
        events.borrow_mut().push(((now_ms() - began_at_ms) as u64, event));
        ControlFlow::Continue(())
    };
    let stop = sleep_ms(leaves_after_ms).boxed_local();
    let spoken = simulate(run(&voice, script, &mut emit, stop));
    Turned {
        events: events.into_inner(),
        spoken,
        making_max: voice.making_max.get(),
        making: voice.making.get(),
    }
}

const NEVER: u64 = 600_000;

impl Turned {
    fn phrases(&self) -> Vec<&str> {
        let begins = self.events.iter().filter_map(|(_, event)| match event {
            TurnEvent::Audio { begins, .. } => begins.as_deref(),
            _ => None,
        });
        begins.collect()
    }

    fn last(&self) -> &TurnEvent {
        &self.events.last().unwrap().1
    }

    fn failures(&self) -> usize {
        let failed = |(_, event): &&(u64, TurnEvent)| matches!(event, TurnEvent::SpeechFailed(_));
        self.events.iter().filter(failed).count()
    }
}

const FIRST: &str = "That is good to hear, my friend.";
const SECOND: &str = "Now please tell me a little more about it.";
const THIRD: &str = "I would like to know how it all went.";

fn three() -> Vec<Act> {
    vec![
        Says(0, "That is good to hear, my friend. "),
        Says(50, "Now please tell me a little more about it. "),
        Says(50, "I would like to know how it all went."),
        Finishes(50),
    ]
}

#[test]
fn text_is_told_at_once_and_the_end_waits_for_the_sound() {
    let turned = turned(|_| SOON, three(), NEVER);
    let texts = turned.events.iter().filter_map(|(at_ms, event)| match event {
        TurnEvent::TextDelta(_) => Some(*at_ms),
        _ => None,
    });
    assert_eq!(texts.collect::<Vec<_>>(), [0, 50, 100]);
    assert_eq!(turned.phrases().join(" "), [FIRST, SECOND, THIRD].join(" "));
    let sound = |(_, event): &(u64, TurnEvent)| matches!(event, TurnEvent::Audio { .. });
    let last_sound = turned.events.iter().rposition(sound);
    let stop =
        |(_, event): &(u64, TurnEvent)| matches!(event, TurnEvent::Forwarded(data) if data.contains("stop"));
    assert!(turned.events.iter().position(stop) > last_sound);
    assert_eq!(turned.last(), &TurnEvent::Finished);
    assert_eq!(turned.spoken.end, TurnEnd::Finished);
    assert_eq!(turned.spoken.remembered(), [FIRST, SECOND, THIRD].join(" "));
}

#[test]
fn of_a_reply_that_begins_ahead_one_phrase_is_spoken_until_its_turn_is_over() {
    let mut acts = three();
    for _ in 0..40 {
        acts.insert(3, Says(10, "And this is one more sentence of it. "));
    }
    let turned = turned_ahead(|_| SOON, acts, NEVER, Some(5_000));
    let before = turned.events.iter().filter(|(at_ms, _)| *at_ms < 5_000);
    let mut written = 0;
    for (_, event) in before.clone() {
        match event {
            TurnEvent::TextDelta(text) => written += text.len(),
            TurnEvent::Audio { begins, .. } => {
                assert!(begins.as_deref().is_none_or(|phrase| phrase == FIRST))
            }
            _ => {}
        }
    }
    assert!(written <= AHEAD_BYTES_MAX + 100, "{written}");
    assert!(
        before
            .clone()
            .any(|(_, event)| matches!(event, TurnEvent::Audio { .. }))
    );
    assert_eq!(turned.last(), &TurnEvent::Finished);
    assert!(turned.phrases().len() > 10);
}

#[test]
fn a_short_reply_that_begins_ahead_ends_with_its_turn() {
    let turned = turned_ahead(|_| SOON, vec![Says(0, "Yes."), Finishes(0)], NEVER, Some(5_000));
    let (at_ms, last) = turned.events.last().unwrap();
    assert!(
        *at_ms >= 5_000 && *last == TurnEvent::Finished,
        "{at_ms} {last:?}"
    );
}

#[test]
fn phrases_come_in_the_order_of_the_reply_though_a_later_one_is_made_sooner() {
    let slow_first = |text: &str| Take {
        first_ms: if text == FIRST { 2_000 } else { 10 },
        ..SOON
    };
    let turned = turned(slow_first, three(), NEVER);
    assert_eq!(turned.phrases().first(), Some(&FIRST));
    assert_eq!(turned.phrases().join(" "), [FIRST, SECOND, THIRD].join(" "));
}

#[test]
fn a_phrase_that_nobody_speaks_holds_no_other_back_and_is_told_once() {
    let second_fails = |text: &str| if text.starts_with("Now") { NOBODY } else { SOON };
    let turned = turned(second_fails, three(), NEVER);
    assert_eq!(turned.failures(), 1);
    assert_eq!(turned.phrases().first(), Some(&FIRST));
    assert!(turned.phrases().iter().any(|phrase| THIRD.ends_with(phrase)));
    assert_eq!(turned.last(), &TurnEvent::Finished);
}

#[test]
fn a_voice_that_fails_twice_in_a_row_is_asked_no_more_and_the_text_goes_on() {
    let mut acts: Vec<Act> = (0..12)
        .map(|_| Says(400, "This is one more sentence of a long story. "))
        .collect();
    acts.push(Finishes(0));
    let turned = turned(|_| NOBODY, acts, NEVER);
    assert_eq!((turned.failures(), turned.phrases().len()), (1, 0));
    assert_eq!(turned.last(), &TurnEvent::Finished);
    assert_eq!(
        turned.spoken.remembered(),
        turned.spoken.written,
        "the person has read it"
    );
    assert_eq!(turned.spoken.remembered_of_sound(), "");
}

#[test]
fn no_more_than_three_phrases_are_in_the_making() {
    let acts = vec![
        Says(
            0,
            "One sentence is here. Two sentences are here. Three sentences are here. ",
        ),
        Says(
            0,
            "Four sentences are here. Five sentences are here. Six sentences are here. ",
        ),
        Finishes(0),
    ];
    let turned = turned(|_| SOON, acts, NEVER);
    assert!((2..=3).contains(&turned.making_max), "{}", turned.making_max);
}

#[test]
fn who_leaves_is_remembered_to_have_heard_what_can_have_been_played() {
    let long = |_: &str| Take {
        sound_ms: 4_000,
        ..SOON
    };
    let acts = vec![
        Says(0, "That is good to hear, my friend. "),
        Says(50, "Now please tell me a little more about it. "),
        Says(3_000, "I would like to know how it all went."),
        Finishes(50),
    ];
    let turned = turned(long, acts, 2_100);
    assert_eq!((turned.spoken.end, turned.making), (TurnEnd::Left, 0));
    let remembered = turned.spoken.remembered();
    let words = remembered.split(' ').count();
    assert!(
        FIRST.starts_with(&remembered) && (2..=4).contains(&words),
        "{remembered}"
    );
    assert!(turned.spoken.written.contains(SECOND));
}

#[test]
fn who_leaves_before_the_first_sound_has_heard_nothing() {
    let turned = turned(|_| SOON, three(), 60);
    assert_eq!(turned.spoken.remembered(), "");
}

#[test]
fn a_model_that_breaks_off_is_spoken_as_far_as_it_is_certain_and_told_last() {
    let acts = vec![
        Says(0, "That is good to hear, my friend. "),
        Says(50, "Now please tell me a little more about it. And"),
        Breaks(50, Failure::Timeout(Deadline::Idle)),
    ];
    let turned = turned(|_| SOON, acts, NEVER);
    assert_eq!(turned.phrases().first(), Some(&FIRST));
    assert_eq!(turned.last(), &TurnEvent::Failed(Some(Deadline::Idle)));
    assert_eq!(turned.spoken.end, TurnEnd::Failed);
}

#[test]
fn a_stream_that_ends_without_its_end_has_failed() {
    let turned = turned(|_| SOON, vec![Says(0, "That is good to hear, my friend.")], NEVER);
    assert_eq!(turned.last(), &TurnEvent::Failed(None));
}

#[test]
fn nothing_of_a_turn_outlives_its_deadline() {
    let never = |_: &str| Take {
        first_ms: NEVER,
        ..SOON
    };
    let turned = turned(never, three(), NEVER);
    assert_eq!(
        turned.events.last(),
        Some(&(TOTAL_MS, TurnEvent::Failed(Some(Deadline::Total))))
    );
    assert_eq!(turned.making, 0);
}

#[test]
fn a_model_that_pauses_is_spoken_as_far_as_it_came() {
    let acts = vec![
        Says(0, "That is good to hear, my friend, and"),
        Says(6_000, " here is the rest."),
        Finishes(0),
    ];
    let turned = turned(|_| SOON, acts, NEVER);
    let first_sound = turned
        .events
        .iter()
        .find(|(_, event)| matches!(event, TurnEvent::Audio { .. }));
    assert!(first_sound.is_some_and(|(at_ms, _)| *at_ms < 6_000));
}
