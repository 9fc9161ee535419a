//! Claims on the ears: sounds made here, and clips of voices.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::audio::frame::BANDS;
use crate::wire::base64::STANDARD;

const SERVER: Detection = Detection::ServerVad {
    threshold: 0.5,
    prefix_padding_ms: 300,
    silence_duration_ms: 500,
};

const SEMANTIC: Detection = Detection::SemanticVad {
    eagerness: Eagerness::Medium,
};

/// So many ms of a vowel: a pitch of 150 Hz and its third and seventh multiple.
fn voice(ms: usize, peak: f32) -> Vec<i16> {
    let at = |at: usize, hz: f32| (at as f32 * hz * std::f32::consts::TAU / 24_000.0).sin();
    (0..ms * 24)
        .map(|n| ((at(n, 150.0) * 0.3 + at(n, 450.0) * 0.4 + at(n, 1_050.0) * 0.3) * peak) as i16)
        .collect()
}

/// Vowels of changing pitch and loudness with gaps between them, other ones for another seed.
fn speech(ms: usize, seed: u32) -> Vec<i16> {
    let mut seed = seed.wrapping_mul(2_654_435_761);
    let mut next = |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) % below
    };
    let mut out = Vec::new();
    let mut phase = 0.0_f32;
    while out.len() < ms * 24 {
        let (hz, length, peak) = (
            100.0 + next(120) as f32,
            24 * (80 + next(160)),
            3_000.0 + next(6_000) as f32,
        );
        for _ in 0..length {
            phase += hz * std::f32::consts::TAU / 24_000.0;
            out.push(
                ((phase.sin() * 0.3 + (phase * 3.0).sin() * 0.4 + (phase * 7.0).sin() * 0.3) * peak) as i16,
            );
        }
        out.extend(vec![0; (24 * next(60)) as usize]);
    }
    out.truncate(ms * 24);
    out
}

/// So many ms of a tone with a peak of `peak`.
fn tone(ms: usize, peak: f32) -> Vec<i16> {
    (0..ms * 24)
        .map(|at| ((at as f32 * 220.0 * std::f32::consts::TAU / 24_000.0).sin() * peak) as i16)
        .collect()
}

/// So many ms of a quiet room.
fn room(ms: usize) -> Vec<i16> {
    let mut seed = 1_u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 26) as i16 - 32
    };
    (0..ms * 24).map(|_| noise()).collect()
}

fn heard(detection: Detection, parts: &[Vec<i16>], replying: bool) -> Vec<Signal> {
    Detector::new(detection).push(&parts.concat(), None, replying)
}

#[test]
fn a_turn_begins_with_its_padding_and_ends_after_its_silence() {
    let got = heard(SERVER, &[room(1_000), tone(800, 8_000.0), room(1_000)], false);
    assert_eq!(
        got,
        [
            Signal::SpeechStarted { at_ms: 700 },
            Signal::Pause { at_ms: 1_900 },
            Signal::SpeechStopped { at_ms: 2_300 },
        ]
    );
}

#[test]
fn a_sound_at_the_very_first_sample_is_heard() {
    let got = heard(SERVER, &[tone(500, 3_000.0), vec![0; 24_000]], false);
    assert_eq!(got.first(), Some(&Signal::SpeechStarted { at_ms: 0 }));
    assert_eq!(got.last(), Some(&Signal::SpeechStopped { at_ms: 1_000 }));
}

#[test]
fn a_pause_that_is_none_is_taken_back() {
    let got = heard(
        SERVER,
        &[
            room(400),
            tone(600, 8_000.0),
            room(400),
            tone(600, 8_000.0),
            room(80),
        ],
        false,
    );
    assert_eq!(
        got,
        [
            Signal::SpeechStarted { at_ms: 100 },
            Signal::Pause { at_ms: 1_100 },
            Signal::Resumed { at_ms: 1_460 },
        ]
    );
}

#[test]
fn silence_and_clicks_begin_nothing() {
    for parts in [
        vec![vec![0; 72_000]],
        vec![room(2_000)],
        vec![room(500), tone(60, 20_000.0), room(2_000)],
    ] {
        assert_eq!(heard(SERVER, &parts, false), []);
    }
}

#[test]
fn a_click_in_a_silence_does_not_make_it_longer() {
    let got = heard(
        SERVER,
        &[
            room(400),
            tone(600, 8_000.0),
            room(300),
            tone(20, 8_000.0),
            room(400),
        ],
        false,
    );
    assert_eq!(got.last(), Some(&Signal::SpeechStopped { at_ms: 1_500 }));
}

#[test]
fn over_a_reply_more_is_asked_of_a_voice() {
    assert_eq!(
        heard(SERVER, &[room(400), voice(300, 8_000.0), room(900)], true),
        []
    );
    let got = heard(SERVER, &[room(400), voice(600, 8_000.0)], true);
    assert_eq!(
        got,
        [
            Signal::SpeechStarted { at_ms: 100 },
            Signal::BargeIn { at_ms: 820 }
        ]
    );
}

#[test]
fn a_hum_stops_a_reply_only_when_it_goes_on_and_moves() {
    let hum = |ms: usize| -> Vec<i16> {
        let swells = |at: usize| 0.55 + 0.45 * (at as f32 / 24_000.0 * 3.0 * std::f32::consts::TAU).sin();
        let tone = tone(ms, 8_000.0).into_iter().enumerate();
        tone.map(|(at, sample)| (f32::from(sample) * swells(at)) as i16)
            .collect()
    };
    assert_eq!(heard(SERVER, &[room(400), hum(700), room(900)], true), []);
    let got = heard(SERVER, &[room(400), hum(2_000)], true);
    assert_eq!(got.last(), Some(&Signal::BargeIn { at_ms: 1_620 }));
    // A motor.
    assert_eq!(heard(SERVER, &[room(400), tone(4_000, 8_000.0)], true), []);
}

#[test]
fn words_decide_sooner_than_sound_whether_a_reply_stops() {
    let over = |words: &str| {
        let mut detector = Detector::new(SEMANTIC);
        detector.play(&[], "It rains in Berlin today.");
        let mut got = detector.push(&[room(400), voice(300, 8_000.0)].concat(), Some(""), true);
        got.extend(detector.push(
            &[room(40), voice(300, 8_000.0), room(1_000)].concat(),
            Some(words),
            true,
        ));
        got
    };
    let stopped = [
        Signal::SpeechStarted { at_ms: 100 },
        Signal::BargeIn { at_ms: 720 },
    ];
    assert_eq!(over("No")[..2], stopped);
    assert_eq!(over("yeah but")[..2], stopped);
    assert_eq!(over("Mm-hm"), []);
    assert_eq!(over("rains in Berlin"), []);
    // Marks alone are no words: those are still awaited. So they are where they may become "I see".
    assert_eq!(over("...").get(1), Some(&Signal::BargeIn { at_ms: 840 }));
    assert_eq!(over("I").get(1), Some(&Signal::BargeIn { at_ms: 840 }));
    assert_eq!(over("That's right."), []);
}

#[test]
fn the_reply_s_own_sound_does_not_stop_it_and_a_voice_over_it_does() {
    let reply = speech(4_000, 1);
    let echoed = |gain: f32| -> Vec<i16> {
        let late = [
            room(700),
            reply
                .iter()
                .map(|sample| (f32::from(*sample) * gain) as i16)
                .collect(),
        ]
        .concat();
        late.iter()
            .zip(room(4_700))
            .map(|(sample, noise)| sample.saturating_add(noise))
            .collect()
    };
    for gain in [0.02, 0.1, 0.5] {
        let mut detector = Detector::new(SEMANTIC);
        detector.play(&reply, "");
        let mut heard = echoed(gain);
        assert_eq!(detector.push(&heard, None, true), [], "{gain}");
        for (sample, voice) in heard.iter_mut().skip(2_000 * 24).zip(speech(1_500, 9)) {
            *sample = sample.saturating_add(voice);
        }
        let mut detector = Detector::new(SEMANTIC);
        detector.play(&reply, "");
        let got = detector.push(&heard, None, true);
        let stop_ms = got.iter().find_map(|signal| match signal {
            Signal::BargeIn { at_ms } => Some(*at_ms),
            _ => None,
        });
        assert!(
            stop_ms.is_some_and(|at_ms| (2_000..2_900).contains(&at_ms)),
            "{gain}: {got:?}"
        );
    }
}

#[test]
fn a_sound_in_an_octave_that_the_reply_has_not_is_heard_though_it_is_no_louder() {
    let reply = speech(3_000, 1);
    let echo: Vec<i16> = reply.iter().map(|sample| sample / 4).collect();
    let left = |echo: &[i16]| {
        let mut known = Echo::default();
        known.play(&Frames::default().push(&reply), 0);
        let heard = Frames::default().push(echo).into_iter().enumerate();
        let left = heard.map(|(at, frame)| {
            let left = known.hear(&frame, frame.level_db > -50.0, at as u64 * FRAME_MS);
            (frame.level_db, left.level_db)
        });
        left.skip(100).take(10).collect::<Vec<_>>()
    };
    let alone = left(&echo);
    assert!(alone.iter().all(|(_, left_db)| *left_db < -50.0), "{alone:?}");
    // An "s": every second sample is the opposite of the one before.
    let mut hissed = echo;
    for (at, sample) in hissed.iter_mut().enumerate().skip(2_000 * 24) {
        *sample += if at % 2 == 0 { 500 } else { -500 };
    }
    let over = left(&hissed);
    assert!(
        over.iter()
            .all(|(whole_db, left_db)| *left_db > -40.0 && left_db <= whole_db),
        "{over:?}"
    );
}

#[test]
fn a_pause_begins_the_count_anew() {
    for (loud, ms) in [
        (0, 0),
        (1, 20),
        (0b111, 60),
        (0b1_0000_0001, 180),
        (0b10_0000_0001, 20),
        (0b11_0100, 120),
    ] {
        assert_eq!(run_ms(loud), ms, "{loud:b}");
    }
}

#[test]
fn a_reply_after_another_has_an_echo_of_its_own() {
    let mut detector = Detector::new(SEMANTIC);
    for seed in [1, 2] {
        let reply = speech(3_000, seed);
        detector.play(&reply, "");
        let echo = reply
            .iter()
            .map(|sample| (f32::from(*sample) * 0.7) as i16)
            .collect();
        assert_eq!(detector.push(&[room(200), echo].concat(), None, true), []);
        assert_eq!(detector.push(&room(400), None, false), []);
    }
}

#[test]
fn words_say_how_long_a_silence_ends_a_turn() {
    let stop = |detection, words: &str| {
        let mut detector = Detector::new(detection);
        detector.push(&[room(400), voice(600, 8_000.0)].concat(), Some(words), false);
        let got = detector.push(&room(9_000), Some(words), false);
        got.iter().find_map(|signal| match signal {
            Signal::SpeechStopped { at_ms } => Some(at_ms - 1_000),
            _ => None,
        })
    };
    let of = |eagerness| Detection::SemanticVad { eagerness };
    for (eagerness, finished, open, unfinished) in [
        (Eagerness::High, 240, 280, 2_000),
        (Eagerness::Medium, 280, 320, 4_000),
        (Eagerness::Auto, 280, 320, 4_000),
        (Eagerness::Low, 600, 900, 8_000),
    ] {
        assert_eq!(stop(of(eagerness), "Yes."), Some(finished), "{eagerness:?}");
        assert_eq!(stop(of(eagerness), "I went home"), Some(open), "{eagerness:?}");
        assert_eq!(
            stop(of(eagerness), "I would like to"),
            Some(unfinished),
            "{eagerness:?}"
        );
    }
    assert_eq!(
        stop(SERVER, "I would like to"),
        Some(500),
        "server_vad knows no words"
    );
}

#[test]
fn words_from_before_a_pause_say_nothing_of_the_next() {
    let mut detector = Detector::new(SEMANTIC);
    let before = [room(400), voice(600, 8_000.0), room(260), voice(600, 8_000.0)].concat();
    let mut got = detector.push(&before, Some("I went to the"), false);
    got.extend(detector.push(&room(1_000), Some("I went to the"), false));
    assert_eq!(
        got.last(),
        Some(&Signal::SpeechStopped { at_ms: 2_560 }),
        "as without words: 700 ms"
    );
}

#[test]
fn a_model_that_is_sure_is_believed_where_words_say_nothing() {
    let stop = |words: &str, probability: f32| {
        let mut detector = Detector::new(SEMANTIC);
        detector.push(
            &[room(400), voice(600, 8_000.0), room(200)].concat(),
            Some(words),
            false,
        );
        detector.judged(probability, Some(words));
        detector.push(&room(5_000), Some(words), false).last().copied()
    };
    assert_eq!(stop("", 0.95), Some(Signal::SpeechStopped { at_ms: 1_280 }));
    assert_eq!(
        stop("I would like to", 0.95),
        Some(Signal::SpeechStopped { at_ms: 5_000 }),
        "words that cannot end"
    );
    assert_eq!(
        stop("Yes.", 0.05),
        Some(Signal::SpeechStopped { at_ms: 1_280 }),
        "a whole answer"
    );
    assert_eq!(
        stop("I went home", 0.5),
        Some(Signal::SpeechStopped { at_ms: 1_320 })
    );
    assert_eq!(
        stop("I went home", 0.1),
        Some(Signal::SpeechStopped { at_ms: 1_700 })
    );
}

#[test]
fn a_threshold_asks_for_more_or_for_less() {
    // A room of -47 dB, and a voice 9 dB above it.
    let noise: Vec<i16> = room(1_000).iter().map(|sample| sample * 8).collect();
    let starts = |threshold| {
        let detection = Detection::ServerVad {
            threshold,
            prefix_padding_ms: 0,
            silence_duration_ms: 500,
        };
        heard(detection, &[noise.clone(), tone(800, 590.0)], false).len()
    };
    assert_eq!((starts(0.0), starts(1.0)), (1, 0));
}

#[test]
fn none_hears_nothing() {
    assert_eq!(
        heard(Detection::None, &[tone(2_000, 8_000.0), room(2_000)], false),
        []
    );
}

proptest! {
    #[test]
    fn signals_do_not_depend_on_how_the_sound_is_cut(
        lengths in prop::collection::vec((0..900_usize, prop::bool::ANY), 1..8),
        cut in 1..3_000_usize,
        replying in prop::bool::ANY,
    ) {
        let parts: Vec<Vec<i16>> =
            lengths.iter().map(|(ms, loud)| if *loud { tone(*ms, 8_000.0) } else { room(*ms) }).collect();
        let sound = parts.concat();
        let mut detector = Detector::new(SERVER);
        let got: Vec<Signal> =
            sound.chunks(cut).flat_map(|part| detector.push(part, None, replying)).collect();
        prop_assert_eq!(got, heard(SERVER, &parts, replying));
    }
}

/// What is coded by `bench/turns-fixture.mjs`.
fn unpacked(packed: &Value) -> Vec<Frame> {
    let bytes = STANDARD.decode(packed.as_str().unwrap()).unwrap();
    let (mut frames, mut at) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        let part = |off: usize| f32::from(bytes[at + off]);
        frames.push(match byte {
            0 => Frame {
                level_db: -60.0,
                ..Frame::default()
            },
            level => Frame {
                level_db: f32::from(*level) / -2.0,
                clarity: part(1) / 255.0,
                pitch_hz: 64.0 * (part(2) / 100.0).exp2(),
                low_share: part(3) / 255.0,
                bands: std::array::from_fn(|band| 10_f32.powf(part(4 + band) / -20.0)),
            },
        });
        at += if *byte == 0 { 1 } else { 4 + BANDS };
    }
    frames
}

/// When an overlap stops its reply, after it began.
fn stopped_ms(case: &Value, reply: &Value, has_words: bool) -> Option<i64> {
    let number = |name: &str| case[name].as_u64().unwrap();
    let words: Vec<(u64, &str)> = case["words"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| (word[0].as_u64().unwrap(), word[1].as_str().unwrap()))
        .collect();
    let mut detector = Detector::new(SEMANTIC);
    let mut signals = Vec::new();
    for frame in unpacked(&case["frames"]) {
        if detector.now_ms >= number("replying_ms") && !detector.replying {
            detector.play(&[], reply["reply"].as_str().unwrap());
            detector.echo.play(&unpacked(&reply["frames"]), detector.now_ms);
        }
        let known = words
            .iter()
            .rev()
            .find(|(at_ms, _)| *at_ms <= detector.now_ms + FRAME_MS);
        let known = has_words.then_some(known.map_or("", |(_, words)| words));
        detector.frame(&frame, known, &mut signals);
        if let Some(Signal::BargeIn { at_ms }) = signals.last() {
            return Some(*at_ms as i64 - number("from_ms") as i64);
        }
    }
    None
}

/// The labelled overlaps of `npm run bench -- turns`, and those of which the detector was not made. Recall is within 500 ms.
#[test]
fn interruptions_stop_a_reply_and_little_else_does() {
    let lines = include_str!("../../../tests/fixtures/realtime/overlaps.jsonl").lines();
    let lines: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    for (set, has_words, recall_min, precision_min) in [
        ("own", true, 0.98, 0.90),
        ("held_out", true, 0.96, 0.90),
        ("own", false, 0.92, 0.82),
        ("held_out", false, 0.96, 0.81),
    ] {
        let (mut meant, mut in_time, mut right, mut stops) = (0, 0, 0, 0);
        let these = lines
            .iter()
            .filter(|case| case["set"] == set && !case["kind"].is_null());
        for case in these {
            let is_its = |line: &&Value| {
                !line["reply"].is_null() && line["set"] == set && line["player"] == case["player"]
            };
            let stop_ms = stopped_ms(case, lines.iter().find(is_its).unwrap(), has_words);
            let is_meant = case["is_interruption"] == true;
            meant += usize::from(is_meant);
            stops += usize::from(stop_ms.is_some());
            right += usize::from(is_meant && stop_ms.is_some_and(|ms| ms >= 0));
            in_time += usize::from(is_meant && stop_ms.is_some_and(|ms| (0..=500).contains(&ms)));
        }
        let (recall, precision) = (in_time as f64 / meant as f64, right as f64 / stops as f64);
        assert!(
            meant == 54 && recall >= recall_min && precision >= precision_min,
            "{set}, words {has_words}: recall {recall:.3}, precision {precision:.3}"
        );
    }
}
