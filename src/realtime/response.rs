//! One response: a turn's events as the wire's, in the order in which clients take them. Pure.
//!
//! Invariants: `conversation.item.added` comes before any event that names its item, `response.output_item.added` before
//! its parts, the parts before their deltas; every response that was told of ends with `response.done`.

use serde_json::Value;

use super::audio_setup::Coding;
use super::heard::{ReplySound, as_written};
use super::item::{Item, ReplyStamp, text};
use super::wire::{Effect, Out};
use crate::audio::g711::{alaw_encode, ulaw_encode};
use crate::audio::resample::Resampler;
use crate::audio::wav::pcm16_encode;
use crate::model::forms::begins_another;
use crate::platform::random::new_id;
use crate::turn::speech::TurnEvent;
use crate::wire::base64::STANDARD;
use crate::wire::json::{json, put};

/// Samples of one frame: 200 ms, so that little is under way when a reply is cut off.
const FRAME_SAMPLES: usize = 4_800;
/// Longest id of a call that clients take.
const CALL_ID_BYTES_MAX: usize = 32;

#[derive(Default)]
pub(super) struct MessageItem {
    pub item: String,
    pub output_index: usize,
    pub text: String,
}

pub(super) struct FunctionCall {
    pub item: String,
    pub output_index: usize,
    /// The provider's own count.
    index: u64,
    pub call_id: String,
    pub name: String,
    pub arguments: String,
}

/// When things happened, milliseconds since 1970; 0 is not yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResponseTimes {
    /// The person fell silent, or the client asked.
    pub asked: u64,
    /// The words were known.
    pub heard: u64,
    /// The turn was opened at the person's object.
    pub opened: u64,
    /// The first word.
    pub text: u64,
    /// The first sound.
    pub sound: u64,
}

/// A response that has not ended.
pub struct Response {
    /// Its id.
    pub id: String,
    /// What is in force for it.
    pub ask: Value,
    /// Whether it belongs to the default conversation, and to which.
    pub conversation: Option<String>,
    /// Whether a turn's end asked for it.
    pub is_auto: bool,
    /// Whether the client knows of it.
    pub is_told: bool,
    /// Whether its turn was begun.
    pub is_begun: bool,
    /// What has come of it, until its turn is stored.
    pub held: Option<Vec<TurnEvent>>,
    /// Where it is kept.
    pub stamp: Option<ReplyStamp>,
    /// Who answers.
    pub served_by: String,
    /// Why not all of it is spoken: a code.
    pub unspoken: Option<String>,
    /// Timings.
    pub times: ResponseTimes,
    pub(super) message: Option<MessageItem>,
    pub(super) calls: Vec<FunctionCall>,
    /// The sound so far.
    pub sound: ReplySound,
    /// The phrase that begins with the next frame.
    phrase: Option<String>,
    /// Bytes that are no sample yet.
    rest: Vec<u8>,
    pub(super) coder: Option<(Coding, Resampler)>,
    pub(super) usage: Option<Value>,
    pub(super) finish: String,
    outputs: usize,
    /// When it was last kept.
    pub kept_at_ms: u64,
}

impl Response {
    /// A response that is asked for.
    pub fn new(ask: Value, conversation: &str, is_auto: bool, now_ms: u64) -> Response {
        let is_default = text(&ask, "conversation") != "none";
        let coding = Coding::of(ask.pointer("/audio/output/format"));
        Response {
            id: new_id("resp_"),
            conversation: is_default.then(|| conversation.to_owned()),
            ask,
            is_auto,
            is_told: false,
            is_begun: false,
            held: None,
            stamp: None,
            served_by: String::new(),
            unspoken: None,
            times: ResponseTimes {
                asked: now_ms,
                ..ResponseTimes::default()
            },
            message: None,
            calls: Vec::new(),
            sound: ReplySound::default(),
            phrase: None,
            rest: Vec::new(),
            coder: (coding != Coding::Pcm).then(|| (coding, Resampler::new(24_000, 8_000))),
            usage: None,
            finish: String::new(),
            outputs: 0,
            kept_at_ms: 0,
        }
    }

    /// Whether it is spoken.
    pub fn is_spoken(&self) -> bool {
        let modalities = self.ask.get("output_modalities").and_then(Value::as_array);
        modalities.is_some_and(|modalities| modalities.iter().any(|one| one == "audio"))
    }

    /// Tells the client of it.
    pub fn tell(&mut self, out: &mut Out) {
        if std::mem::replace(&mut self.is_told, true) {
            return;
        }
        let response = self.value("in_progress", Value::Null, Vec::new(), None);
        out.send("response.created", json!({ "response": response }));
    }

    /// The companion's item in the conversation, where it has one.
    pub fn item(&self) -> Option<&str> {
        self.message.as_ref().map(|message| message.item.as_str())
    }

    /// What was written.
    pub fn written(&self) -> &str {
        self.message.as_ref().map_or("", |message| &message.text)
    }

    /// More words. Gives the item that begins with them.
    pub fn words(&mut self, words: &str, previous: Option<&str>, now_ms: u64, out: &mut Out) -> Option<Item> {
        let begun = self.open(previous, out);
        if self.times.text == 0 {
            self.times.text = now_ms;
        }
        let kind = match self.is_spoken() {
            true => "response.output_audio_transcript.delta",
            false => "response.output_text.delta",
        };
        let event = self.part_event(json!({ "delta": words }));
        out.send(kind, event);
        if let Some(message) = &mut self.message {
            message.text.push_str(words);
        }
        begun
    }

    /// More sound, of the phrase that begins with it where one does.
    pub fn sound(
        &mut self,
        begins: Option<String>,
        samples: &[i16],
        previous: Option<&str>,
        now_ms: u64,
        out: &mut Out,
    ) -> Option<Item> {
        let begun = self.open(previous, out);
        if let Some(phrase) = begins {
            self.phrase = Some(phrase.clone());
            self.sound.begin(phrase);
        }
        if samples.is_empty() {
            return begun;
        }
        if self.times.sound == 0 {
            self.times.sound = now_ms;
        }
        // Even parts: a rest of some samples would be a frame of its own.
        let frames = samples.len().div_ceil(FRAME_SAMPLES);
        for frame in samples.chunks(samples.len().div_ceil(frames).next_multiple_of(3)) {
            self.sound.push(frame);
            let coded = match &mut self.coder {
                Some((Coding::Alaw, resampler)) => alaw_encode(&resampler.push(frame)),
                Some((_, resampler)) => ulaw_encode(&resampler.push(frame)),
                None => pcm16_encode(frame),
            };
            self.frame(&coded, out);
        }
        begun
    }

    pub(super) fn frame(&mut self, coded: &[u8], out: &mut Out) {
        if !coded.is_empty() {
            let mut event = self.part_event(json!({"delta": STANDARD.encode(coded)}));
            // An extension, as in a chat's `delta.audio`: whoever shows how far the voice has come needs to know.
            if let Some(phrase) = self.phrase.take() {
                put(&mut event, "transcript", phrase.into());
            }
            out.send("response.output_audio.delta", event);
        }
    }

    /// Whole samples; an odd byte waits for the next.
    pub fn samples(&mut self, bytes: &[u8]) -> Vec<i16> {
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        let pairs = all.chunks_exact(2);
        self.rest = pairs.remainder().to_vec();
        let sample = |pair: &[u8]| match pair {
            [low, high] => i16::from_le_bytes([*low, *high]),
            _ => 0,
        };
        pairs.map(sample).collect()
    }

    /// Begins the message. Gives its item, for the conversation.
    fn open(&mut self, previous: Option<&str>, out: &mut Out) -> Option<Item> {
        if self.message.is_some() {
            return None;
        }
        let message = MessageItem {
            item: new_id("item_"),
            output_index: self.outputs,
            text: String::new(),
        };
        self.outputs += 1;
        let value = json!({
            "id": message.item, "object": "realtime.item", "type": "message", "status": "in_progress", "role": "assistant",
            "content": [],
        });
        self.added(message.output_index, &value, previous, out);
        self.message = Some(message);
        let part = match self.is_spoken() {
            true => json!({"type": "audio", "transcript": ""}),
            false => json!({"type": "text", "text": ""}),
        };
        let event = self.part_event(json!({ "part": part }));
        out.send("response.content_part.added", event);
        Some(Item {
            value,
            is_kept: true,
            ..Item::default()
        })
    }

    fn added(&self, output_index: usize, item: &Value, previous: Option<&str>, out: &mut Out) {
        let event = json!({"response_id": self.id, "output_index": output_index, "item": item});
        out.send("response.output_item.added", event);
        if self.conversation.is_some() {
            out.send(
                "conversation.item.added",
                json!({"item": item, "previous_item_id": previous}),
            );
        }
    }

    /// An event about the message's one part.
    pub(super) fn part_event(&self, mut event: Value) -> Value {
        if let Some(message) = &self.message {
            put(&mut event, "response_id", self.id.as_str().into());
            put(&mut event, "item_id", message.item.as_str().into());
            put(&mut event, "output_index", message.output_index.into());
            put(&mut event, "content_index", 0.into());
        }
        event
    }

    /// An event of the model's own: calls of tools, the reason why it finished, what it cost. Gives the items that begin
    /// with it.
    pub fn forwarded(&mut self, data: &str, previous: Option<&str>, out: &mut Out) -> Vec<Item> {
        let Ok(chunk) = serde_json::from_str::<Value>(data) else {
            return Vec::new();
        };
        if let Some(usage) = chunk.get("usage").filter(|usage| usage.is_object()) {
            self.usage = Some(usage.clone());
        }
        let Some(choice) = chunk.pointer("/choices/0") else {
            return Vec::new();
        };
        if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
            self.finish = reason.to_owned();
        }
        let calls = choice.pointer("/delta/tool_calls").and_then(Value::as_array);
        let mut begun = Vec::new();
        let mut previous = previous.map(str::to_owned);
        for call in calls.into_iter().flatten() {
            let item = self.call(call, previous.as_deref(), out);
            previous = item.as_ref().map(|item| item.id().to_owned()).or(previous);
            begun.extend(item);
        }
        begun
    }

    fn call(&mut self, delta: &Value, previous: Option<&str>, out: &mut Out) -> Option<Item> {
        // Without an index each call comes in one piece.
        let index = delta.get("index").and_then(Value::as_u64);
        let index = index.unwrap_or(self.calls.len() as u64);
        let function = delta.get("function").unwrap_or(&Value::Null);
        let (id, name) = (text(delta, "id"), text(function, "name"));
        let known = self
            .calls
            .iter()
            .rposition(|call| call.index == index && !begins_another(&call.call_id, id, name));
        let mut begun = None;
        if known.is_none() {
            let call_id = match id {
                id if (1..=CALL_ID_BYTES_MAX).contains(&id.len()) => id.to_owned(),
                _ => new_id("call_"),
            };
            let call = FunctionCall {
                item: new_id("item_"),
                output_index: self.outputs,
                index,
                call_id,
                name: name.to_owned(),
                arguments: String::new(),
            };
            self.outputs += 1;
            let item = Item {
                value: call.value("in_progress"),
                is_kept: true,
                ..Item::default()
            };
            self.added(call.output_index, &item.value, previous, out);
            self.calls.push(call);
            begun = Some(item);
        }
        let arguments = text(function, "arguments");
        let response = self.id.clone();
        let call = match known {
            Some(at) => self.calls.get_mut(at),
            None => self.calls.last_mut(),
        };
        if let Some(call) = call.filter(|_| !arguments.is_empty()) {
            call.arguments.push_str(arguments);
            let mut event = call.event(&response);
            put(&mut event, "delta", arguments.into());
            out.send("response.function_call_arguments.delta", event);
        }
        begun
    }

    /// The reply so far for the person's conversation, if it was not kept lately: what was sent is heard even if this
    /// side is lost.
    pub fn keep(&mut self, now_ms: u64, every_ms: u64) -> Option<Effect> {
        let stamp = self.stamp.clone()?;
        let played_ms = now_ms.saturating_sub(self.times.sound);
        let text = match self.is_spoken() {
            true => as_written(self.written(), &self.sound.heard(played_ms.min(self.sound.ms()))),
            false => self.written().to_owned(),
        };
        if text.is_empty() || now_ms < self.kept_at_ms + every_ms {
            return None;
        }
        self.kept_at_ms = now_ms;
        Some(Effect::Keep {
            stamp,
            text,
            tool_calls: None,
        })
    }
}

impl FunctionCall {
    pub(super) fn value(&self, status: &str) -> Value {
        json!({
            "id": self.item, "object": "realtime.item", "type": "function_call", "status": status,
            "call_id": self.call_id, "name": self.name, "arguments": self.arguments,
        })
    }

    pub(super) fn event(&self, response: &str) -> Value {
        json!({
            "response_id": response, "item_id": self.item, "output_index": self.output_index, "call_id": self.call_id,
        })
    }
}
