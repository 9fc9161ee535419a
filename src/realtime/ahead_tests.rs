//! Claims on what happens before a turn is over.

use serde_json::{Value, json};

use super::*;
use crate::realtime::dialogue::Happened;
use crate::realtime::item::{ReplyStamp, text};
use crate::realtime::setup;
use crate::turn::speech::TurnEvent;
use crate::wire::base64::STANDARD;

/// A session of so many steps, with what came of each.
pub(in crate::realtime) struct Run {
    pub(in crate::realtime) dialogue: Dialogue,
    pub(in crate::realtime) now_ms: u64,
    pub(in crate::realtime) effects: Vec<Effect>,
}

pub(in crate::realtime) fn sound(ms: usize, peak: f32) -> Vec<i16> {
    let wave = |at: usize, hz: f32| (at as f32 * hz * std::f32::consts::TAU / 24_000.0).sin();
    let sample = |at| ((wave(at, 150.0) + wave(at, 450.0) + wave(at, 1_050.0)) / 3.0 * peak) as i16;
    (0..ms * 24).map(sample).collect()
}

impl Run {
    fn new(turn_detection: Value) -> Run {
        let mut session = setup::conversation("sess", "companion", "v", 0);
        let update = json!({"audio": {"input": {"turn_detection": turn_detection, "transcription": {}}}});
        setup::update(&mut session, &update, false).unwrap();
        Run {
            dialogue: Dialogue::new(session, "conv".to_owned(), 1_000),
            now_ms: 1_000_000,
            effects: Vec::new(),
        }
    }

    fn step(&mut self, happened: Happened<'_>) {
        let effects = self.dialogue.step(happened, self.now_ms);
        self.effects.extend(effects);
    }

    pub(in crate::realtime) fn client(&mut self, event: Value) {
        self.step(Happened::Frame(&event.to_string()));
    }

    /// The microphone, in pieces of 20 ms.
    fn hear(&mut self, ms: usize, peak: f32) {
        for piece in sound(ms, peak).chunks(480) {
            self.now_ms += 20;
            let bytes: Vec<u8> = piece.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            self.client(json!({"type": "input_audio_buffer.append", "audio": STANDARD.encode(bytes)}));
        }
    }

    pub(in crate::realtime) fn say(&mut self, ms: usize) {
        self.hear(ms, 8_000.0);
    }

    pub(in crate::realtime) fn silence(&mut self, ms: usize) {
        self.hear(ms, 0.0);
    }

    /// The latest recording that was given away.
    fn asked(&self) -> (String, u32) {
        let mut effects = self.effects.iter().rev();
        let asked = effects.find_map(|effect| match effect {
            Effect::Hear { item, part, .. } => Some((item.clone(), *part)),
            _ => None,
        });
        asked.unwrap()
    }

    pub(in crate::realtime) fn answer(&mut self, words: &str) {
        let (item, part) = self.asked();
        self.step(Happened::Heard {
            item: &item,
            part,
            words: Ok(words.to_owned()),
            ms: 500,
        });
    }

    fn told(&mut self, response: &str, words: &str) {
        self.step(Happened::Told {
            response,
            event: TurnEvent::TextDelta(words.to_owned()),
        });
    }

    fn opened(&mut self, response: &str) {
        self.step(Happened::Opened {
            response,
            stamp: Some(ReplyStamp::default()),
            limits: serde_json::Value::Null,
            opened_at_ms: self.now_ms,
        });
    }

    /// The names of what came of it: effects by their kind, frames by their type.
    fn names(&self) -> Vec<String> {
        let name = |effect: &Effect| match effect {
            Effect::Send(frame) => {
                let event: Value = serde_json::from_str(frame).unwrap();
                text(&event, "type").to_owned()
            }
            Effect::Hear { part, .. } => format!("HEAR {part}"),
            Effect::Begin(turn) if turn.is_ahead => "AHEAD".to_owned(),
            Effect::Begin(_) => "BEGIN".to_owned(),
            Effect::Listen { .. } => "LISTEN".to_owned(),
            Effect::Settle => "SETTLE".to_owned(),
            Effect::Unlisten => "UNLISTEN".to_owned(),
            Effect::Judge { .. } => "JUDGE".to_owned(),
            Effect::Sound(_) => String::new(),
            Effect::Commit(_) => "COMMIT".to_owned(),
            Effect::Stop { .. } => "STOP".to_owned(),
            Effect::Keep { .. } => "KEEP".to_owned(),
            Effect::Wake(_) | Effect::Close(..) => String::new(),
        };
        let names = self.effects.iter().map(name);
        names.filter(|name| !name.is_empty()).collect()
    }

    /// The latest commit is done.
    fn kept(&mut self) {
        let mut effects = self.effects.iter().rev();
        let commit = effects.find_map(|effect| match effect {
            Effect::Commit(turn) => Some(turn.response.clone()),
            _ => None,
        });
        self.opened(&commit.unwrap());
    }

    pub(in crate::realtime) fn begun(&self) -> Vec<TurnAsk> {
        let turn = |effect: &Effect| match effect {
            Effect::Begin(turn) => Some((**turn).clone()),
            _ => None,
        };
        self.effects.iter().filter_map(turn).collect()
    }

    pub(in crate::realtime) fn count(&self, name: &str) -> usize {
        self.names().iter().filter(|one| *one == name).count()
    }
}

pub(in crate::realtime) fn server() -> Run {
    Run::new(json!({"type": "server_vad"}))
}

fn semantic() -> Run {
    Run::new(json!({"type": "semantic_vad"}))
}

#[test]
fn a_reply_begins_at_a_pause_and_is_the_turn_s_when_nothing_more_is_said() {
    let mut run = server();
    run.say(600);
    run.silence(200);
    run.answer("What a day.");
    let response = run.begun()[0].response.clone();
    assert!(run.begun()[0].is_ahead && run.begun()[0].body.contains("What a day."));
    run.told(&response, "Indeed.");
    assert!(
        !run.names().iter().any(|name| name.starts_with("response.")),
        "nothing is sent"
    );
    run.silence(400);
    let names = run.names();
    let from = names
        .iter()
        .position(|name| name.ends_with("speech_stopped"))
        .unwrap();
    assert_eq!(
        names[from..],
        [
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "conversation.item.input_audio_transcription.delta",
            "conversation.item.input_audio_transcription.completed",
            "response.created",
            "COMMIT",
        ]
    );
    assert_eq!(run.count("HEAR 1"), 1, "the words of the pause are the turn's");
    run.opened(&response);
    assert_eq!(
        run.count("response.output_audio_transcript.delta"),
        1,
        "what was held is sent"
    );
    assert_eq!(
        (run.count("BEGIN"), run.count("AHEAD"), run.count("STOP")),
        (0, 1, 0)
    );
}

#[test]
fn who_goes_on_is_answered_once_and_nothing_of_the_first_reply_is_left() {
    let mut run = server();
    run.say(600);
    run.silence(200);
    run.answer("What a day.");
    let first = run.begun()[0].response.clone();
    run.told(&first, "Indeed.");
    run.say(400);
    assert_eq!(run.count("STOP"), 1);
    run.told(&first, " It is.");
    run.silence(600);
    assert_eq!(run.asked().1, 2, "all of it is written down");
    run.answer("What a day it was.");
    let turns = run.begun();
    assert_eq!((turns.len(), turns[1].is_ahead), (2, false));
    assert_eq!(turns[1].is_new, [true]);
    assert_eq!(run.count("response.created"), 1);
    assert_eq!(
        run.count("KEEP") + run.count("response.output_audio_transcript.delta"),
        0
    );
}

#[test]
fn words_that_come_after_the_voice_has_gone_on_are_those_of_no_pause() {
    let mut run = semantic();
    run.say(600);
    run.silence(200);
    let (item, part) = run.asked();
    run.say(400);
    run.step(Happened::Heard {
        item: &item,
        part,
        words: Ok("Yes.".to_owned()),
        ms: 500,
    });
    assert_eq!((run.count("AHEAD"), run.dialogue.input.words.clone()), (0, None));
}

#[test]
fn words_say_when_a_turn_is_over() {
    let stops_ms = |words: &str| {
        let mut run = semantic();
        run.say(600);
        run.silence(200);
        run.answer(words);
        let from_ms = run.now_ms - 200;
        while run.count("input_audio_buffer.speech_stopped") == 0 {
            run.silence(20);
        }
        run.now_ms - from_ms
    };
    assert!(stops_ms("Yes.") <= 300);
    assert!((3_900..4_200).contains(&stops_ms("I would like to")));
}

#[test]
fn what_sounds_unfinished_is_not_answered_ahead() {
    let mut run = semantic();
    run.say(600);
    run.silence(200);
    run.answer("I would like to");
    run.silence(1_000);
    assert_eq!(run.count("AHEAD"), 0);
}

#[test]
fn at_most_three_replies_begin_for_a_turn() {
    let mut run = server();
    for _ in 0..6 {
        run.say(400);
        run.silence(300);
        run.answer("What a day.");
        run.silence(60);
    }
    assert_eq!(run.count("AHEAD"), 3);
    assert_eq!(run.count("STOP"), 3);
    run.silence(500);
    assert_eq!(run.count("BEGIN"), 1);
}

#[test]
fn other_circumstances_make_another_turn() {
    let mut run = server();
    run.say(600);
    run.silence(200);
    run.answer("What a day.");
    run.client(
        json!({"type": "session.update", "session": {"type": "realtime", "instructions": "Be brief."}}),
    );
    run.silence(400);
    assert_eq!(
        (run.count("STOP"), run.count("BEGIN"), run.count("COMMIT")),
        (1, 1, 0)
    );
    assert!(run.begun()[1].body.contains("Be brief."));
}

#[test]
fn a_cleared_buffer_a_commit_and_a_leaving_client_drop_what_was_begun() {
    for how in ["clear", "commit", "leave"] {
        let mut run = server();
        run.say(600);
        run.silence(200);
        run.answer("What a day.");
        match how {
            "leave" => {
                let left = run.dialogue.leave(run.now_ms);
                run.effects.extend(left);
            }
            how => run.client(json!({"type": format!("input_audio_buffer.{how}")})),
        }
        assert_eq!(run.count("STOP"), 1, "{how}");
        if how != "leave" {
            run.silence(1_000);
        }
        // Who leaves has said what was said, and is not answered.
        assert_eq!(run.count("COMMIT"), usize::from(how == "leave"), "{how}");
        assert_eq!(run.count("BEGIN"), 0, "{how}");
    }
}

/// Leaves, and says what is committed then.
fn left(run: &mut Run) -> Vec<String> {
    let effects = run.dialogue.leave(run.now_ms);
    run.effects.extend(effects);
    commits(run)
}

fn commits(run: &Run) -> Vec<String> {
    let commit = |effect: &Effect| match effect {
        Effect::Commit(turn) => Some(turn.body.clone()),
        _ => None,
    };
    run.effects.iter().filter_map(commit).collect()
}

#[test]
fn words_that_come_after_the_client_has_left_are_kept_and_not_answered() {
    // In the middle of a word, in a pause, and after the turn's end.
    for silence_ms in [0, 200, 1_000] {
        let mut run = server();
        run.say(600);
        run.silence(silence_ms);
        assert_eq!(left(&mut run), Vec::<String>::new(), "{silence_ms}");
        assert!(!run.dialogue.is_left(), "{silence_ms}");
        run.client(json!({"type": "response.create"}));
        run.now_ms += 3_000;
        run.step(Happened::Tick);
        let (begun, item) = (run.begun().len(), run.asked());
        run.answer("What a day.");
        run.step(Happened::Heard {
            item: &item.0,
            part: item.1,
            words: Ok("Again.".to_owned()),
            ms: 500,
        });
        let kept = commits(&run);
        assert!(
            kept.len() == 1 && kept[0].contains("What a day."),
            "{silence_ms}: {kept:?}"
        );
        // Not before they are kept.
        assert!(
            !run.dialogue.is_left() && run.begun().len() == begun,
            "{silence_ms}"
        );
        run.kept();
        assert!(run.dialogue.is_left(), "{silence_ms}");
    }
}

#[test]
fn words_that_do_not_come_after_the_client_has_left_are_given_up() {
    let mut run = server();
    run.client(json!({"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "typed"}]}}));
    run.say(600);
    assert_eq!(left(&mut run), Vec::<String>::new());
    let effects = run.dialogue.give_up(run.now_ms);
    run.effects.extend(effects);
    run.kept();
    assert!(commits(&run)[0].contains("typed") && run.dialogue.is_left());
}

#[test]
fn who_leaves_while_somebody_listens_is_heard_to_the_end() {
    let mut run = semantic();
    run.dialogue.listens_ms = Some(1_000);
    run.say(600);
    let item = run.dialogue.input.item.clone().unwrap();
    assert_eq!(left(&mut run), Vec::<String>::new());
    assert_eq!((run.count("SETTLE"), run.count("UNLISTEN")), (1, 0));
    run.step(Happened::Words {
        item: &item,
        words: "what a day".to_owned(),
        is_all: true,
    });
    assert!(commits(&run)[0].contains("what a day") && run.count("UNLISTEN") == 1);
}

#[test]
fn a_reply_that_cannot_begin_ahead_begins_at_the_end() {
    let mut run = server();
    run.say(600);
    run.silence(200);
    run.answer("What a day.");
    let response = run.begun()[0].response.clone();
    run.step(Happened::Lost {
        response: &response,
        code: "provider_failed".to_owned(),
        message: "x".to_owned(),
    });
    run.silence(400);
    assert_eq!(
        (run.count("AHEAD"), run.count("BEGIN"), run.count("response.done")),
        (1, 1, 0)
    );
}

#[test]
fn without_speculation_only_semantic_detection_asks_for_words_at_a_pause() {
    for (mut run, heard) in [(server(), 0), (semantic(), 1)] {
        run.dialogue.speculates = false;
        run.say(600);
        run.silence(240);
        assert_eq!(run.count("HEAR 1"), heard);
        if heard == 1 {
            run.answer("Yes.");
        }
        run.silence(400);
        assert_eq!((run.count("AHEAD"), run.count("HEAR 0")), (0, 1 - heard));
    }
}

#[test]
fn the_reply_s_own_sound_does_not_interrupt_it() {
    let mut run = server();
    run.client(json!({"type": "response.create"}));
    let response = run.begun()[0].response.clone();
    run.opened(&response);
    // Pitch and loudness that change, as in speech.
    let reply: Vec<i16> = (0..40)
        .flat_map(|at| sound(100 + at % 7 * 10, 3_000.0 + (at % 5) as f32 * 1_500.0))
        .collect();
    let bytes = reply.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    run.step(Happened::Told {
        response: &response,
        event: TurnEvent::Audio {
            begins: Some("Well.".to_owned()),
            bytes,
        },
    });
    run.silence(100);
    for piece in reply.chunks(480) {
        run.now_ms += 20;
        let bytes: Vec<u8> = piece
            .iter()
            .flat_map(|sample| (sample / 8).to_le_bytes())
            .collect();
        run.client(json!({"type": "input_audio_buffer.append", "audio": STANDARD.encode(bytes)}));
    }
    assert_eq!(run.count("input_audio_buffer.speech_started"), 0);
}

/// One with a recogniser, and the item that is being said.
fn listening() -> (Run, String) {
    let mut run = semantic();
    run.dialogue.listens_ms = Some(1_000);
    run.say(600);
    let item = run.effects.iter().find_map(|effect| match effect {
        Effect::Listen { item } => Some(item.clone()),
        _ => None,
    });
    (run, item.unwrap())
}

impl Run {
    fn hears(&mut self, item: &str, words: &str, is_all: bool) {
        self.step(Happened::Words {
            item,
            words: words.to_owned(),
            is_all,
        });
    }

    /// What the client was told of words while they were said, and then.
    fn deltas(&self) -> Vec<String> {
        let delta = |effect: &Effect| match effect {
            Effect::Send(frame) => {
                let event: Value = serde_json::from_str(frame).unwrap();
                text(&event, "type")
                    .ends_with("transcription.delta")
                    .then(|| text(&event, "delta").to_owned())
            }
            _ => None,
        };
        self.effects.iter().filter_map(delta).collect()
    }
}

#[test]
fn a_recogniser_hears_all_of_a_turn_and_its_words_are_told_as_they_stand_still() {
    let (mut run, item) = listening();
    for words in ["what", "what a", "what a day", "what a day"] {
        run.hears(&item, words, false);
    }
    assert_eq!(run.deltas(), ["what", " a", " day"]);
    run.silence(140);
    assert_eq!(run.count("SETTLE"), 1);
    run.hears(&item, "what a day it was.", true);
    assert_eq!(run.count("AHEAD"), 1, "its reply begins");
    run.silence(200);
    assert_eq!(run.deltas().concat(), "what a day it was.");
    let names = run.names();
    assert!(
        names.iter().position(|name| name.ends_with("completed"))
            < names.iter().position(|name| name == "COMMIT")
    );
    assert_eq!(
        (
            run.count("UNLISTEN"),
            names.iter().filter(|name| name.starts_with("HEAR")).count()
        ),
        (1, 0)
    );
    let heard: usize = run
        .effects
        .iter()
        .map(|effect| {
            if let Effect::Sound(sound) = effect {
                sound.len()
            } else {
                0
            }
        })
        .sum();
    assert_eq!(heard, 880 * 24, "all of it, until it was over");
}

#[test]
fn who_goes_on_is_heard_on_and_old_words_end_no_pause() {
    let (mut run, item) = listening();
    run.silence(140);
    run.hears(&item, "Yes.", true);
    run.say(300);
    run.silence(300);
    assert_eq!(
        (
            run.count("input_audio_buffer.speech_stopped"),
            run.count("SETTLE")
        ),
        (0, 2)
    );
    run.hears(&item, "Yes. I would like to", true);
    run.silence(1_000);
    assert_eq!(
        (
            run.count("input_audio_buffer.speech_stopped"),
            run.count("LISTEN")
        ),
        (0, 1)
    );
}

#[test]
fn last_words_that_are_late_and_a_recogniser_that_fails_give_way_to_the_recording() {
    for how in ["late", "fails", "fails before", "speaks again"] {
        let (mut run, item) = listening();
        if how == "fails before" {
            run.step(Happened::Deaf { item: &item });
        }
        run.silence(900);
        assert_eq!(run.count("input_audio_buffer.speech_stopped"), 1, "{how}");
        match how {
            "late" => {
                run.now_ms += 1_000;
                run.step(Happened::Tick);
            }
            "fails" => run.step(Happened::Deaf { item: &item }),
            "speaks again" => run.say(300),
            _ => {}
        }
        let (of, part) = run.asked();
        assert_eq!(
            (&of, part == crate::realtime::listening::LISTENED),
            (&item, how != "fails before"),
            "{how}"
        );
        run.answer("What a day.");
        assert_eq!(
            run.count("conversation.item.input_audio_transcription.completed"),
            1,
            "{how}"
        );
        let begun = run.count("BEGIN") + run.count("COMMIT");
        assert_eq!(
            begun,
            usize::from(how != "speaks again"),
            "{how}: {:?}",
            run.names()
        );
    }
}

#[test]
fn last_words_that_come_in_time_are_the_turn_s() {
    let (mut run, item) = listening();
    run.silence(800);
    assert_eq!(
        (
            run.count("input_audio_buffer.speech_stopped"),
            run.count("UNLISTEN")
        ),
        (1, 0)
    );
    run.hears(&item, "What a day.", true);
    assert_eq!((run.count("BEGIN"), run.count("UNLISTEN")), (1, 1));
}

/// A session in which a reply of three seconds is being played.
pub(in crate::realtime) fn replying(listens_ms: Option<u64>) -> Run {
    let mut run = server();
    run.dialogue.listens_ms = listens_ms;
    run.client(json!({"type": "response.create"}));
    let response = run.begun()[0].response.clone();
    run.opened(&response);
    let reply: Vec<u8> = (0..72_000_u32)
        .flat_map(|at| ((at.wrapping_mul(7_919) % 4_001) as i16 - 2_000).to_le_bytes())
        .collect();
    run.step(Happened::Told {
        response: &response,
        event: TurnEvent::Audio {
            begins: Some("It rains in Berlin today.".to_owned()),
            bytes: reply,
        },
    });
    run.silence(300);
    run
}

/// The item that is listened to.
fn listened(run: &Run) -> String {
    let mut effects = run.effects.iter().rev();
    let item = effects.find_map(|effect| match effect {
        Effect::Listen { item } => Some(item.clone()),
        _ => None,
    });
    item.unwrap()
}

#[test]
fn words_over_a_reply_stop_it_as_they_come_and_a_listener_s_sounds_do_not() {
    for (words, stops) in [("No", true), ("mm-hm", false), ("rains in Berlin", false)] {
        let mut run = replying(Some(1_000));
        run.say(200);
        let item = listened(&run);
        assert_eq!(run.count("input_audio_buffer.speech_started"), 0, "{words}");
        run.step(Happened::Words {
            item: &item,
            words: words.to_owned(),
            is_all: false,
        });
        assert_eq!(
            run.count("input_audio_buffer.speech_started"),
            usize::from(stops),
            "{words}"
        );
        assert_eq!(run.dialogue.input.item, stops.then_some(item), "{words}");
        if !stops {
            run.silence(2_000);
            assert_eq!((run.count("LISTEN"), run.count("UNLISTEN")), (1, 1), "{words}");
            assert_eq!(run.count("input_audio_buffer.speech_started"), 0, "{words}");
        }
    }
}

#[test]
fn a_short_no_over_a_reply_is_written_down_at_its_pause_and_stops_it_where_nobody_listens() {
    for (words, stops) in [("No.", 1), ("Mm-hm.", 0), ("", 0)] {
        let mut run = replying(None);
        run.say(240);
        run.silence(200);
        assert_eq!(run.count("input_audio_buffer.speech_started"), 0, "{words}");
        run.answer(words);
        assert_eq!(run.count("input_audio_buffer.speech_started"), stops, "{words}");
        run.silence(1_000);
        let committed = run.count("input_audio_buffer.committed");
        assert_eq!(committed, stops, "{words}");
    }
}

#[test]
fn words_that_come_late_end_their_turn_when_they_come() {
    let mut run = semantic();
    run.say(600);
    run.silence(400);
    assert_eq!(run.count("input_audio_buffer.speech_stopped"), 0);
    run.answer("Yes.");
    assert_eq!(run.count("input_audio_buffer.speech_stopped"), 1);
    assert!(run.dialogue.input.item.is_none() && run.count("BEGIN") + run.count("AHEAD") == 1);
}

/// A pause that a model is asked about; what it says of it comes 60 ms later.
fn judged(finished: f32, words: Option<&str>) -> Run {
    let mut run = semantic();
    run.dialogue.judges = true;
    run.say(600);
    run.silence(120);
    if let Some(words) = words {
        run.answer(words);
    }
    run.silence(60);
    let at_ms = run.pauses().pop().unwrap();
    run.step(Happened::Judged { at_ms, finished });
    run
}

impl Run {
    fn pauses(&self) -> Vec<u64> {
        let judge = |effect: &Effect| match effect {
            Effect::Judge { at_ms, sound } => {
                assert!(
                    sound.len() <= 8_000 * 24 && sound.len() >= 600 * 24,
                    "{}",
                    sound.len()
                );
                Some(*at_ms)
            }
            _ => None,
        };
        self.effects.iter().filter_map(judge).collect()
    }
}

#[test]
fn a_model_that_hears_a_pause_shortens_or_lengthens_it() {
    let stops_within = |mut run: Run, ms: usize| {
        run.silence(ms);
        run.count("input_audio_buffer.speech_stopped") == 1
    };
    assert!(
        stops_within(judged(0.97, None), 200),
        "sure of an end, before any words"
    );
    assert!(!stops_within(judged(0.5, None), 200), "unsure: as without it");
    assert!(stops_within(judged(0.5, Some("I went home")), 200));
    assert!(
        !stops_within(judged(0.1, Some("I went home")), 400),
        "sure that more is to come"
    );
    assert!(
        stops_within(judged(0.1, Some("I went home")), 700),
        "but not for ever"
    );
}

#[test]
fn a_model_that_is_late_says_nothing_of_the_next_pause() {
    let mut run = judged(0.5, None);
    let first = run.pauses()[0];
    run.say(400);
    run.silence(120);
    assert_eq!(run.pauses().len(), 2);
    run.step(Happened::Judged {
        at_ms: first,
        finished: 0.99,
    });
    run.silence(300);
    assert_eq!(run.count("input_audio_buffer.speech_stopped"), 0);
}

#[test]
fn a_model_is_asked_of_pauses_in_semantic_vad_alone_and_only_where_one_is_bound() {
    for (mut run, judges, asked) in [(semantic(), false, 0), (server(), true, 0), (semantic(), true, 1)] {
        run.dialogue.judges = judges;
        run.say(600);
        run.silence(200);
        assert_eq!(run.count("JUDGE"), asked);
    }
}
