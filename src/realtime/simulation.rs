//! Whole sessions in virtual time, seeded: a client that asks for anything at any moment, words that come late, in any
//! order or twice, turns that fail, are lost or go on behind their end, an object that sleeps or is killed. Whatever
//! happens, the client gets its events in the order in which it takes them, every response ends once, and what is kept of
//! a conversation is what was said and heard.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::dialogue::{Dialogue, Happened};
use super::item::{ReplyStamp, text};
use super::setup;
use super::wire::{Effect, TurnAsk};
use crate::audio::wav::pcm16_encode;
use crate::turn::speech::TurnEvent;
use crate::wire::base64::STANDARD;

const SEEDS: u64 = 24;
const STEPS: u64 = 160;
const HISTORY_TOKENS: usize = 1 << 20;

/// splitmix64.
struct Rng(u64);

impl Rng {
    fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len().max(1) as u64) as usize)
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A second of a voice, and of a quiet room.
static SOUNDS: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    let wave =
        |at: usize, overtone: f32| (at as f32 * 220.0 * overtone * std::f32::consts::TAU / 24_000.0).sin();
    let voice = |at: usize| ((wave(at, 1.0) + wave(at, 3.0) + wave(at, 5.0)) * 3_000.0) as i16;
    let bytes = |sample: &dyn Fn(usize) -> i16| (0..24_000).flat_map(|at| sample(at).to_le_bytes()).collect();
    [bytes(&|at| (at * 7_919 % 20) as i16), bytes(&voice)]
});

/// `ms` of either.
fn sound(ms: usize, is_voice: bool) -> String {
    STANDARD.encode(&SOUNDS[usize::from(is_voice)][..ms * 48])
}

/// On its way to the session.
#[derive(Clone, Debug)]
enum Coming {
    Words(String, u32, Result<String, (String, String)>),
    /// Of a recogniser that listens: all of them, or some.
    Said(String, String, bool),
    Deaf(String),
    Judged(u64, f32),
    Opened(String),
    Told(String, TurnEvent),
    Lost(String),
    Unkept(String),
    Tick,
}

/// A response as a client sees it.
#[derive(Debug, Default)]
struct Seen {
    is_default: bool,
    is_done: bool,
    is_whole: bool,
    outputs: Vec<String>,
    parts: Vec<String>,
    done: Vec<String>,
    written: String,
    sound_bytes: u64,
}

/// What the other side knows, from events alone; every event is held to the protocol's order.
#[derive(Debug, Default)]
struct Client {
    events: u64,
    items: Vec<String>,
    known: Vec<String>,
    responses: BTreeMap<String, Seen>,
    /// Its own and the person's, by item.
    said: BTreeMap<String, String>,
    /// The words of replies that were cut, by item.
    cut: BTreeMap<String, String>,
    waits: Vec<String>,
}

impl Client {
    fn gets(&mut self, event: &Value) {
        let kind = text(event, "type");
        let number = text(event, "event_id")
            .trim_start_matches("event_")
            .parse::<u64>()
            .unwrap();
        assert!(number > self.events, "{event}");
        self.events = number;
        let item = match event.get("item") {
            Some(item) => text(item, "id").to_owned(),
            None => text(event, "item_id").to_owned(),
        };
        let id = text(event, "response_id");
        if !id.is_empty() {
            let seen = self.responses.get(id).unwrap();
            assert!(!seen.is_done, "behind its end: {event}");
        }
        match kind {
            "conversation.item.added" => self.added(event, item),
            "conversation.item.deleted" => {
                self.items.retain(|other| *other != item);
                self.waits.retain(|other| *other != item);
            }
            "conversation.item.done" | "conversation.item.truncated" | "conversation.item.retrieved" => {
                assert!(self.known.contains(&item), "{event}");
            }
            "conversation.item.input_audio_transcription.completed"
            | "conversation.item.input_audio_transcription.failed" => {
                let place = self.waits.iter().position(|other| *other == item);
                self.waits
                    .remove(place.unwrap_or_else(|| panic!("written down twice: {event}")));
                self.said.insert(item, text(event, "transcript").to_owned());
            }
            "response.created" => {
                let response = event.get("response").unwrap();
                let is_default = response.get("conversation_id").is_some_and(Value::is_string);
                let active = |seen: &Seen| seen.is_default && !seen.is_done;
                assert!(
                    !is_default || !self.responses.values().any(active),
                    "two at once: {event}"
                );
                let new = Seen {
                    is_default,
                    ..Seen::default()
                };
                assert!(
                    self.responses
                        .insert(text(response, "id").to_owned(), new)
                        .is_none()
                );
            }
            "response.done" => self.done(event.get("response").unwrap()),
            _ if !id.is_empty() => self.responses.get_mut(id).unwrap().part(kind, event, item),
            _ => {}
        }
    }

    fn added(&mut self, event: &Value, item: String) {
        assert!(!self.items.contains(&item), "added twice: {event}");
        let previous = text(event, "previous_item_id");
        let place = match previous {
            "" => 0,
            _ => {
                self.items
                    .iter()
                    .position(|other| other == previous)
                    .unwrap_or_else(|| panic!("behind nobody: {event}"))
                    + 1
            }
        };
        self.items.insert(place, item.clone());
        self.known.push(item.clone());
        let value = event.get("item").unwrap();
        let part = value.pointer("/content/0").unwrap_or(&Value::Null);
        match text(part, "type") {
            "input_audio" => self.waits.push(item),
            "input_text" => drop(self.said.insert(item, text(part, "text").to_owned())),
            _ => {}
        }
    }

    fn done(&mut self, response: &Value) {
        let seen = self.responses.get_mut(text(response, "id")).unwrap();
        assert!(!seen.is_done, "ends twice: {response}");
        seen.is_done = true;
        seen.is_whole = ["completed", "incomplete"].contains(&text(response, "status"));
        assert_eq!(seen.outputs, seen.done, "an output without its end: {response}");
        let output = response.get("output").and_then(Value::as_array).unwrap();
        let ids: Vec<&str> = output.iter().map(|item| text(item, "id")).collect();
        assert_eq!(ids, seen.done, "{response}");
        assert!(
            text(response, "status") != "failed"
                || response.pointer("/status_details/error/message").is_some()
        );
    }
}

impl Seen {
    fn part(&mut self, kind: &str, event: &Value, item: String) {
        if kind == "response.output_item.added" {
            return self.outputs.push(item);
        }
        assert!(
            self.outputs.contains(&item) && !self.done.contains(&item),
            "{event}"
        );
        match kind {
            "response.output_item.done" => return self.done.push(item),
            "response.content_part.added" => return self.parts.push(item),
            _ => {}
        }
        let is_call = kind.starts_with("response.function_call");
        assert!(is_call || self.parts.contains(&item), "{event}");
        match kind {
            "response.output_audio_transcript.delta" | "response.output_text.delta" => {
                self.written.push_str(text(event, "delta"))
            }
            "response.output_audio_transcript.done" => assert_eq!(self.written, text(event, "transcript")),
            "response.output_text.done" => assert_eq!(self.written, text(event, "text")),
            "response.output_audio.delta" => {
                self.sound_bytes += STANDARD.decode(text(event, "delta")).unwrap().len() as u64
            }
            "response.content_part.done" => self.parts.retain(|other| *other != item),
            _ => {}
        }
    }
}

/// The person's conversation.
#[derive(Debug, Default)]
struct Store {
    said: Vec<Value>,
    /// By response.
    replies: BTreeMap<String, (String, Option<Value>)>,
}

struct World {
    rng: Rng,
    now_ms: u64,
    dialogue: Dialogue,
    coming: Vec<(u64, Coming)>,
    client: Client,
    store: Store,
    turns: BTreeMap<String, TurnAsk>,
    asked: u64,
    words: u64,
    /// How long last words may take, where somebody listens; and to whom: the item, and its words so far.
    listens_ms: Option<u64>,
    listened: Option<(String, String)>,
    /// What an answer to the present event may be: `error`, or this.
    answers: Vec<(String, String)>,
}

impl World {
    fn new(seed: u64) -> World {
        let mut world = World {
            rng: Rng(seed),
            now_ms: 1_000_000,
            dialogue: Dialogue::new(Value::Null, String::new(), 0),
            coming: Vec::new(),
            client: Client::default(),
            store: Store::default(),
            turns: BTreeMap::new(),
            asked: 0,
            words: 0,
            listens_ms: None,
            listened: None,
            answers: Vec::new(),
        };
        world.begin();
        world
    }

    /// A session on a new socket, of the same conversation.
    fn begin(&mut self) {
        let mut session = setup::conversation("sess", "companion", "alloy", 9);
        let detection = if self.rng.chance(40) {
            json!({"type": "server_vad"})
        } else {
            Value::Null
        };
        let update = json!({"truncation": "disabled", "audio": {"input": {"transcription": {}, "turn_detection": detection}}});
        setup::update(&mut session, &update, false).unwrap();
        self.dialogue = Dialogue::new(session, "conv".to_owned(), HISTORY_TOKENS);
        self.listens_ms = self.rng.chance(50).then_some(800);
        self.dialogue.listens_ms = self.listens_ms;
        self.dialogue.judges = self.rng.chance(50);
        self.listened = None;
        self.client = Client::default();
        self.coming.clear();
        self.turns.clear();
        let effects = self.dialogue.greet();
        self.perform(effects);
    }

    fn later(&mut self, within_ms: u64, coming: Coming) {
        let at_ms = self.now_ms + self.rng.below(within_ms);
        self.coming.push((at_ms, coming));
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send(frame) => {
                    let event: Value = serde_json::from_str(&frame).unwrap();
                    self.client.gets(&event);
                    let about = event
                        .pointer("/error/event_id")
                        .and_then(Value::as_str)
                        .unwrap_or_default();
                    self.answers
                        .push((text(&event, "type").to_owned(), about.to_owned()));
                }
                Effect::Hear { item, part, wav } => {
                    assert!(wav.len() > 44 && wav.len() % 2 == 0);
                    self.words += 1;
                    let words = match self.rng.below(10) {
                        0 => Ok(String::new()),
                        1 => Err(("provider_failed".to_owned(), "nobody hears".to_owned())),
                        _ => Ok(format!("heard{} aloud", self.words)),
                    };
                    let again = self.rng.chance(5);
                    self.later(900, Coming::Words(item.clone(), part, words.clone()));
                    if again {
                        self.later(2_000, Coming::Words(item, part, words));
                    }
                }
                Effect::Judge { at_ms, .. } => {
                    let finished = self.rng.below(101) as f32 / 100.0;
                    self.later(900, Coming::Judged(at_ms, finished));
                }
                Effect::Listen { item } => {
                    self.words += 1;
                    self.listened = Some((item, format!("listened{}", self.words)));
                }
                Effect::Sound(samples) => self.hears(samples.len()),
                Effect::Settle => self.settles(),
                Effect::Unlisten => self.listened = None,
                Effect::Begin(turn) => self.turn(*turn),
                Effect::Commit(turn) => {
                    let id = turn.response.clone();
                    self.turns.insert(id.clone(), *turn);
                    let coming = if self.rng.chance(8) {
                        Coming::Unkept(id)
                    } else {
                        Coming::Opened(id)
                    };
                    self.later(300, coming);
                }
                // What is under way may still come.
                Effect::Stop { response } if self.rng.chance(50) => {
                    let is_its = |coming: &Coming| matches!(coming, Coming::Told(id, _) if *id == response);
                    self.coming.retain(|(_, coming)| !is_its(coming));
                }
                Effect::Keep {
                    stamp,
                    text,
                    tool_calls,
                } => {
                    let id = stamp.turn.unwrap();
                    let written = self.client.responses.get(&id).map(|seen| letters(&seen.written));
                    let kept = letters(&text);
                    assert!(
                        written.is_none_or(|written| written.starts_with(&kept)),
                        "{kept:?} was never said"
                    );
                    self.store.replies.insert(id, (text, tool_calls));
                }
                Effect::Wake(at_ms) => self.coming.push((at_ms.max(self.now_ms), Coming::Tick)),
                _ => {}
            }
        }
    }

    /// A recogniser gets sound: its words come late, twice or not at all, and sometimes it fails.
    fn hears(&mut self, samples: usize) {
        let Some((item, words)) = &mut self.listened else {
            panic!("sound for nobody");
        };
        if samples > 4_800 && words.len() < 200 {
            words.push_str(" more");
        }
        let (item, words) = (item.clone(), words.clone());
        match self.rng.below(20) {
            0 => self.later(200, Coming::Deaf(item)),
            1..=4 => {}
            fate => {
                self.later(400, Coming::Said(item.clone(), words.clone(), false));
                if fate == 5 {
                    self.later(900, Coming::Said(item, words, false));
                }
            }
        }
    }

    /// All words are wanted; they come in time, too late, twice, or never.
    fn settles(&mut self) {
        let Some((item, words)) = self.listened.clone() else {
            return;
        };
        match self.rng.below(10) {
            0 => {}
            1 => self.later(3_000, Coming::Said(item, words, true)),
            fate => {
                self.later(500, Coming::Said(item.clone(), words.clone(), true));
                if fate == 2 {
                    self.later(1_500, Coming::Said(item, words, true));
                }
            }
        }
    }

    /// A turn, as the house tells it: opened or not, then words, sound and calls, then an end.
    fn turn(&mut self, turn: TurnAsk) {
        let id = turn.response.clone();
        let is_spoken = turn.voice.is_some();
        let is_ahead = turn.is_ahead;
        self.turns.insert(id.clone(), turn);
        let mut at_ms = self.now_ms + self.rng.below(400);
        if self.rng.chance(8) {
            return self.coming.push((
                at_ms,
                if is_ahead {
                    Coming::Lost(id)
                } else {
                    Coming::Unkept(id)
                },
            ));
        }
        let mut all = if is_ahead {
            Vec::new()
        } else {
            vec![Coming::Opened(id.clone())]
        };
        let told = |event| Coming::Told(id.clone(), event);
        let fate = self.rng.below(10);
        if fate == 0 {
            all.push(Coming::Lost(id.clone()));
        } else {
            for _ in 0..self.rng.below(4) {
                self.words += 1;
                let phrase = format!("Word{} is said, then more.", self.words);
                all.extend([
                    told(TurnEvent::Forwarded("{}".to_owned())),
                    told(TurnEvent::TextDelta(format!("{phrase} "))),
                ]);
                if is_spoken {
                    let bytes = vec![0x10; self.rng.below(30_000) as usize];
                    all.push(told(TurnEvent::Audio {
                        begins: Some(phrase),
                        bytes,
                    }));
                    let bytes = vec![0x10; self.rng.below(30_000) as usize];
                    all.push(told(TurnEvent::Audio { begins: None, bytes }));
                }
            }
            if self.rng.chance(25) {
                self.words += 1;
                let call = json!({"choices": [{"delta": {"tool_calls": [{"index": 0, "id": format!("call{}", self.words), "function": {"name": "f", "arguments": "{}"}}]}}]});
                all.push(told(TurnEvent::Forwarded(call.to_string())));
            }
            let reason = if fate == 1 { "length" } else { "stop" };
            all.push(told(TurnEvent::Forwarded(
                json!({"choices": [{"delta": {}, "finish_reason": reason}]}).to_string(),
            )));
            all.push(told(if fate == 2 {
                TurnEvent::Failed(None)
            } else {
                TurnEvent::Finished
            }));
            if fate == 3 {
                all.push(told(TurnEvent::Finished));
            }
        }
        for coming in all {
            at_ms += self.rng.below(250);
            self.coming.push((at_ms, coming));
        }
    }

    fn happens(&mut self, coming: Coming) {
        let now_ms = self.now_ms;
        let effects = match &coming {
            Coming::Words(item, part, words) => {
                let happened = Happened::Heard {
                    item,
                    part: *part,
                    words: words.clone(),
                    ms: 500,
                };
                self.dialogue.step(happened, now_ms)
            }
            Coming::Said(item, words, is_all) => {
                let happened = Happened::Words {
                    item,
                    words: words.clone(),
                    is_all: *is_all,
                };
                self.dialogue.step(happened, now_ms)
            }
            Coming::Deaf(item) => {
                self.listened.take_if(|(listened, _)| listened == item);
                self.dialogue.step(Happened::Deaf { item }, now_ms)
            }
            Coming::Opened(id) => {
                let turn = self.turns.get(id).unwrap();
                let mut stamp = None;
                if turn.is_kept {
                    let body: Value = serde_json::from_str(&turn.body).unwrap();
                    let messages = body.get("messages").and_then(Value::as_array).unwrap();
                    let marks = turn.is_new.iter().copied().chain(std::iter::repeat(false));
                    let new = messages.iter().rev().zip(marks).filter(|(_, is_new)| *is_new);
                    let mut new: Vec<Value> = new.map(|(message, _)| message.clone()).collect();
                    new.reverse();
                    self.store.said.extend(new);
                    stamp = Some(ReplyStamp {
                        epoch: "e".to_owned(),
                        turn: Some(id.clone()),
                    });
                }
                let happened = Happened::Opened {
                    response: id,
                    stamp,
                    opened_at_ms: now_ms,
                    limits: json!([]),
                };
                self.dialogue.step(happened, now_ms)
            }
            Coming::Told(id, event) => self.dialogue.step(
                Happened::Told {
                    response: id,
                    event: event.clone(),
                },
                now_ms,
            ),
            Coming::Lost(id) | Coming::Unkept(id) => {
                if matches!(coming, Coming::Unkept(_)) {
                    let effects = self.dialogue.step(Happened::Unkept { response: id }, now_ms);
                    self.perform(effects);
                }
                let (code, message) = ("provider_failed".to_owned(), "lost".to_owned());
                self.dialogue.step(
                    Happened::Lost {
                        response: id,
                        code,
                        message,
                    },
                    now_ms,
                )
            }
            Coming::Judged(at_ms, finished) => self.dialogue.step(
                Happened::Judged {
                    at_ms: *at_ms,
                    finished: *finished,
                },
                now_ms,
            ),
            Coming::Tick => self.dialogue.step(Happened::Tick, now_ms),
        };
        self.perform(effects);
    }

    /// Time passes.
    fn pass(&mut self, ms: u64) {
        let until_ms = self.now_ms + ms;
        loop {
            let due = self
                .coming
                .iter()
                .enumerate()
                .filter(|(_, (at_ms, _))| *at_ms <= until_ms);
            let Some((place, at_ms)) = due
                .min_by_key(|(place, (at_ms, _))| (*at_ms, *place))
                .map(|(place, (at_ms, _))| (place, *at_ms))
            else {
                break;
            };
            self.now_ms = self.now_ms.max(at_ms);
            let (_, coming) = self.coming.remove(place);
            self.happens(coming);
        }
        self.now_ms = until_ms;
    }

    /// The client sends, and is answered at once: with what it asked for, or with an error of its own.
    fn send(&mut self, mut event: Value, answer: &str) -> bool {
        self.asked += 1;
        let id = format!("ask{}", self.asked);
        event["event_id"] = id.as_str().into();
        self.answers.clear();
        let effects = self
            .dialogue
            .step(Happened::Frame(&event.to_string()), self.now_ms);
        self.perform(effects);
        let errors = self
            .answers
            .iter()
            .filter(|(kind, about)| kind == "error" && *about == id)
            .count();
        let answers = self.answers.iter().filter(|(kind, _)| kind == answer).count();
        let is_heard = answer.is_empty() && errors == 0;
        assert!(
            is_heard || (errors == 1 && answers == 0) || (errors == 0 && answers == 1),
            "{event}: {:?}",
            self.answers
        );
        errors == 0
    }

    fn item(&mut self) -> String {
        let items = if self.rng.chance(90) {
            &self.client.items
        } else {
            &self.client.known
        };
        self.rng
            .pick(items)
            .cloned()
            .unwrap_or_else(|| "nobody".to_owned())
    }

    /// The client does something.
    fn act(&mut self) {
        let ms = self.rng.below(600);
        self.pass(ms);
        let listening = &self.dialogue.listening;
        let somebody =
            self.dialogue.input.item.is_some() || listening.awaited.is_some() || listening.overlap.is_some();
        assert!(
            somebody || self.listened.is_none(),
            "it listens to nobody, and stays awake"
        );
        match self.rng.below(20) {
            0..=4 => {
                let is_voice = self.rng.chance(60);
                let audio = sound(200 + self.rng.below(600) as usize, is_voice);
                self.send(json!({"type": "input_audio_buffer.append", "audio": audio}), "");
            }
            5 if self.rng.chance(60) => self.speaks_over(),
            5 => drop(self.send(
                json!({"type": "input_audio_buffer.commit"}),
                "input_audio_buffer.committed",
            )),
            6 if self.rng.chance(30) => drop(self.send(
                json!({"type": "input_audio_buffer.clear"}),
                "input_audio_buffer.cleared",
            )),
            7..=9 => {
                self.words += 1;
                let role = if self.rng.chance(90) { "user" } else { "assistant" };
                let mut event = json!({"type": "conversation.item.create", "item": {"type": "message", "role": role, "content": [{"type": "input_text", "text": format!("typed{}", self.words)}]}});
                match self.rng.below(6) {
                    0 => event["previous_item_id"] = "root".into(),
                    1 => event["previous_item_id"] = self.item().into(),
                    2 => event["item"]["id"] = self.item().into(),
                    _ => {}
                }
                self.send(event, "conversation.item.added");
            }
            10 => {
                let id = self.item();
                self.send(
                    json!({"type": "conversation.item.retrieve", "item_id": id}),
                    "conversation.item.retrieved",
                );
            }
            11 if self.rng.chance(50) => {
                let id = self.item();
                if self.send(
                    json!({"type": "conversation.item.delete", "item_id": id}),
                    "conversation.item.deleted",
                ) {
                    self.client.said.remove(&id);
                }
            }
            12..=13 => self.truncate(),
            14..=16 => {
                let mut response = json!({});
                match self.rng.below(4) {
                    0 => response["conversation"] = "none".into(),
                    1 => response["output_modalities"] = json!(["text"]),
                    _ => {}
                }
                self.send(
                    json!({"type": "response.create", "response": response}),
                    "response.created",
                );
            }
            17 => drop(self.send(json!({"type": "response.cancel"}), "response.done")),
            18 => {
                let change = match self.rng.below(4) {
                    0 => json!({"audio": {"input": {"turn_detection": {"type": "semantic_vad"}}}}),
                    1 => json!({"audio": {"input": {"turn_detection": null}}}),
                    2 => {
                        json!({"audio": {"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 5_000}}}})
                    }
                    _ => json!({"output_modalities": [if self.rng.chance(30) { "text" } else { "audio" }]}),
                };
                self.send(
                    json!({"type": "session.update", "session": change}),
                    "session.updated",
                );
            }
            _ => self.restart(),
        }
    }

    /// Somebody speaks, over a reply or not, and falls silent.
    fn speaks_over(&mut self) {
        let long = 200 + self.rng.below(900) as usize;
        for (ms, is_voice) in [(200, false), (long, true), (300, false), (700, false)] {
            for _ in 0..ms / 100 {
                self.send(
                    json!({"type": "input_audio_buffer.append", "audio": sound(100, is_voice)}),
                    "",
                );
                self.pass(100);
            }
        }
    }

    fn truncate(&mut self) {
        let id = self.item();
        let ms = self.rng.below(3_000);
        if !self.send(json!({"type": "conversation.item.truncate", "item_id": id, "content_index": 0, "audio_end_ms": ms}), "conversation.item.truncated") {
            return;
        }
        let item = self
            .dialogue
            .conversation
            .items
            .iter()
            .find(|item| item.id() == id)
            .unwrap();
        let words = item.words();
        let seen = self
            .client
            .responses
            .values()
            .find(|seen| seen.outputs.contains(&id))
            .unwrap();
        assert!(
            letters(&seen.written).starts_with(&letters(&words)),
            "{words:?} is no beginning of {:?}",
            seen.written
        );
        if let Some(before) = self.client.cut.insert(id, words.clone()) {
            assert!(
                before.starts_with(&words),
                "what was taken back comes back: {before:?}, then {words:?}"
            );
        }
    }

    /// The object sleeps and wakes, or is killed; or an event comes that nobody sent.
    fn restart(&mut self) {
        let dialogue = &self.dialogue;
        let is_quiet = dialogue.active.is_none() && dialogue.pending.is_none() && dialogue.others.is_empty();
        if is_quiet && self.client.waits.is_empty() && self.rng.chance(80) {
            let saved = dialogue.save();
            self.wake();
            assert_eq!(self.dialogue.save(), saved);
        } else if self.rng.chance(10) {
            self.leave();
            self.begin();
        } else if self.rng.chance(50) {
            let effects = self.dialogue.step(Happened::Tick, self.now_ms);
            self.perform(effects);
        } else {
            let effects = self.dialogue.step(Happened::Binary, self.now_ms);
            self.perform(effects);
        }
    }

    /// Another object goes on with what this one has stored.
    fn wake(&mut self) {
        let dialogue = &self.dialogue;
        let recordings = dialogue.recordings();
        let recordings = recordings.map(|(item, part, wav)| (item.to_owned(), part, wav.to_vec()));
        let sound = pcm16_encode(&dialogue.input.samples);
        self.dialogue =
            Dialogue::load(&dialogue.save(), &sound, recordings.collect(), HISTORY_TOKENS).unwrap();
        self.dialogue.listens_ms = self.listens_ms;
        self.listened = None;
    }

    /// The client goes, at any moment, or is cut off: what it was told that it said is kept, and what is written down later.
    fn leave(&mut self) {
        let effects = self.dialogue.leave(self.now_ms);
        self.perform(effects);
        if self.rng.chance(30) && self.dialogue.keeps_left > 0 {
            // The object is lost, and with it all that was under way; an alarm wakes another one.
            self.coming.clear();
            self.wake();
            let effects = self.dialogue.leave(self.now_ms);
            self.perform(effects);
        }
        for _ in 0..30 {
            if self.dialogue.is_left() {
                break;
            }
            self.pass(500);
        }
        self.listened = None;
        assert!(self.dialogue.is_left(), "words that never came");
        for (item, words) in &self.client.said {
            let lasts = self.client.items.contains(item) && !words.is_empty();
            let kept = self
                .store
                .said
                .iter()
                .filter(|message| text(message, "content") == words.as_str());
            assert!(
                !lasts || self.dialogue.keeps_left == 0 || kept.count() == 1,
                "{item} said {words:?}"
            );
        }
    }

    /// All comes to its end: everything that was acknowledged is kept once.
    fn check(&mut self) {
        self.send(
            json!({"type": "session.update", "session": {"audio": {"input": {"turn_detection": null}}}}),
            "session.updated",
        );
        for _ in 0..40 {
            self.pass(2_000);
            // Until one of them opens.
            if self.send(
                json!({"type": "response.create", "response": {"output_modalities": ["text"]}}),
                "response.created",
            ) {
                self.pass(20_000);
                let (_, last) = self.client.responses.iter().last().unwrap();
                let is_open = self.dialogue.conversation.items.iter().all(|item| item.is_kept);
                assert!(last.is_done);
                if is_open {
                    break;
                }
            }
        }
        assert_eq!(self.client.waits, Vec::<String>::new(), "never written down");
        let ids: Vec<&str> = self
            .dialogue
            .conversation
            .items
            .iter()
            .map(|item| item.id())
            .collect();
        assert_eq!(self.client.items, ids, "both sides have the same items");
        for (item, words) in self
            .client
            .said
            .iter()
            .filter(|(item, words)| self.client.items.contains(item) && !words.is_empty())
        {
            let kept = self
                .store
                .said
                .iter()
                .filter(|message| text(message, "content") == words.as_str())
                .count();
            assert_eq!(kept, 1, "{item} says {words:?}, which is kept {kept} times");
        }
        self.leave();
        for (id, seen) in &self.client.responses {
            assert!(seen.is_done, "{id} never ended: {seen:?}");
            let Some((kept, _)) = self.store.replies.get(id) else {
                continue;
            };
            let is_there = |item: &&String| self.client.items.contains(item);
            if let Some(words) = seen
                .outputs
                .iter()
                .filter(is_there)
                .find_map(|item| self.client.cut.get(item))
            {
                assert_eq!(letters(kept), letters(words), "what was taken back is kept");
            }
        }
        for item in self
            .dialogue
            .conversation
            .items
            .iter()
            .filter(|item| item.kind() == "function_call")
        {
            let Some(id) = item.stamp.as_ref().and_then(|stamp| stamp.turn.as_ref()) else {
                continue;
            };
            if text(&item.value, "status") == "completed" {
                let kept = self.store.replies.get(id).and_then(|(_, calls)| calls.as_ref());
                assert!(
                    kept.is_some_and(|calls| calls.to_string().contains(text(&item.value, "call_id"))),
                    "a call is not kept: {}",
                    item.value
                );
            }
        }
    }
}

#[test]
fn whatever_happens_the_client_and_the_conversation_agree() {
    let first = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    let count = std::env::var("SEEDS").ok().and_then(|count| count.parse().ok());
    let first: u64 = first.unwrap_or(1);
    let seeds = first..first + count.unwrap_or(SEEDS);
    for seed in seeds {
        let ran = std::panic::catch_unwind(|| {
            let mut world = World::new(seed);
            for _ in 0..STEPS {
                world.act();
            }
            world.check();
        });
        assert!(ran.is_ok(), "seed {seed}");
    }
}
