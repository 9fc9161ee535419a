//! A session as it is stored while nobody speaks: the object that holds it may be put to sleep, its sockets stay. Pure.
//!
//! Nothing is under way then but what the last words of a client that has left are, so responses are no part of it. The shape is private to one build: a deploy ends every
//! socket and with it every session.

use serde_json::Value;

use super::conversation::ItemList;
use super::dialogue::Dialogue;
use super::heard::{PhraseMark, ReplySound};
use super::input::Input;
use super::item::{Item, ReplyStamp, text};
use super::listening::LISTENED;
use crate::audio::wav::pcm16_decode;
use crate::wire::json::json;

impl Dialogue {
    /// The session without its sound.
    pub fn save(&self) -> Value {
        // What is to be kept may not be yet; sent twice, it is kept once.
        let being_kept = self
            .keeping
            .iter()
            .filter(|_| self.is_leaving)
            .flat_map(|(_, items)| items);
        let being_kept: Vec<&str> = being_kept.map(String::as_str).collect();
        let items = self
            .conversation
            .items
            .iter()
            .map(|item| save_item(item, item.is_kept && !being_kept.contains(&item.id())));
        json!({
            "session": self.session, "conversation": self.conversation_id, "sent": self.out.sent,
            "before": self.conversation.before, "items": items.collect::<Vec<_>>(),
            "has_spoken": self.has_spoken, "playing_until_ms": self.playing_until_ms, "playing": self.playing,
            "spoken_over": self.spoken_over, "heard": self.input.total() - self.input.samples.len() as u64,
            "framed_at_ms": self.framed_at_ms, "item": self.input.item, "rest": self.input.rest, "is_leaving": self.is_leaving,
        })
    }

    /// The sound of what is being written down: its item, which of its recordings, a WAV file.
    pub fn recordings(&self) -> impl Iterator<Item = (&str, u32, &[u8])> {
        let awaited = self.listening.awaited.iter();
        let awaited = awaited.map(|awaited| (awaited.item.as_str(), LISTENED, awaited.wav.as_slice()));
        let all = self
            .recordings
            .iter()
            .map(|(item, part, wav)| (item.as_str(), *part, wav.as_slice()));
        let is_item = |(id, part, _): &(&str, u32, &[u8])| {
            let mut items = self.conversation.items.iter();
            items.any(|item| item.is_unheard && item.id() == *id && item.part == *part)
        };
        all.chain(awaited).filter(is_item)
    }

    /// A session that was stored, with the sound that waited and what was being written down; `None` for what no session is.
    pub fn load(
        saved: &Value,
        sound: &[u8],
        recordings: Vec<(String, u32, Vec<u8>)>,
        history_tokens: usize,
    ) -> Option<Dialogue> {
        let session = saved
            .get("session")
            .filter(|session| session.is_object())?
            .clone();
        let count = |name: &str| saved.get(name).and_then(Value::as_u64);
        let string = |name: &str| saved.get(name).and_then(Value::as_str).map(str::to_owned);
        let list = |name: &str| {
            saved
                .get(name)
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        let mut dialogue = Dialogue::new(session, string("conversation")?, history_tokens);
        let samples = pcm16_decode(sound);
        let rest = list("rest");
        let rest = rest.iter().filter_map(|byte| u8::try_from(byte.as_u64()?).ok());
        dialogue.input = Input::woken(
            &dialogue.session,
            count("heard").unwrap_or(0),
            samples,
            rest.collect(),
        );
        dialogue.framed_at_ms = count("framed_at_ms").unwrap_or(0);
        dialogue.input.item = string("item");
        dialogue.out.sent = count("sent").unwrap_or(0);
        dialogue.conversation = ItemList {
            items: list("items").iter().map(load_item).collect(),
            before: list("before"),
        };
        dialogue.has_spoken = saved.get("has_spoken") == Some(&Value::Bool(true));
        dialogue.playing_until_ms = count("playing_until_ms").unwrap_or(0);
        dialogue.playing = string("playing");
        dialogue.spoken_over = count("spoken_over");
        dialogue.is_leaving = saved.get("is_leaving") == Some(&Value::Bool(true));
        for (id, part, wav) in recordings {
            if let Some(item) = dialogue
                .conversation
                .items
                .iter_mut()
                .find(|item| item.id() == id)
            {
                (item.is_unheard, item.part) = (true, part);
                dialogue.write_down(id, part, wav);
            }
        }
        Some(dialogue)
    }
}

fn save_item(item: &Item, is_kept: bool) -> Value {
    let sound = item.sound.as_ref().map(|sound| {
        let mark = |mark: &PhraseMark| json!([mark.text, mark.from, mark.voiced.0, mark.voiced.1]);
        json!({"samples": sound.samples, "marks": sound.marks.iter().map(mark).collect::<Vec<_>>()})
    });
    let stamp = item.stamp.as_ref();
    let stamp = stamp.map(|stamp| json!({"epoch": stamp.epoch, "turn": stamp.turn}));
    json!({"item": item.value, "is_kept": is_kept, "sound": sound, "stamp": stamp, "heard": item.heard})
}

fn load_item(saved: &Value) -> Item {
    let field = |name: &str| saved.get(name).filter(|field| !field.is_null());
    let number = |value: Option<&Value>| value.and_then(Value::as_u64).unwrap_or(0);
    let mark = |mark: &Value| PhraseMark {
        text: mark.get(0).and_then(Value::as_str).unwrap_or_default().to_owned(),
        from: number(mark.get(1)),
        voiced: (number(mark.get(2)), number(mark.get(3))),
        is_whole: true,
    };
    Item {
        value: field("item").cloned().unwrap_or_default(),
        is_unheard: false,
        part: 0,
        told: String::new(),
        is_kept: saved.get("is_kept") == Some(&Value::Bool(true)),
        sound: field("sound").map(|sound| ReplySound {
            marks: sound
                .get("marks")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(mark)
                .collect(),
            samples: number(sound.get("samples")),
        }),
        stamp: field("stamp").map(|stamp| ReplyStamp {
            epoch: text(stamp, "epoch").to_owned(),
            turn: stamp.get("turn").and_then(Value::as_str).map(str::to_owned),
        }),
        heard: field("heard").and_then(Value::as_str).map(str::to_owned),
    }
}
