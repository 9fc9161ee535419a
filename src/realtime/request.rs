//! The turn behind a response: its chat request, and how it is spoken. Pure.

use serde_json::Value;

use super::audio_setup::voice_id;
use super::conversation::{self, newest};
use super::dialogue::Dialogue;
use super::item::{Item, text};
use super::response::Response;
use super::wire::TurnAsk;
use crate::memory::recall::context::tokens;
use crate::model::spoken::VoiceAsk;
use crate::wire::audio_format::AudioFormat;
use crate::wire::json::{json, put};

/// What stands for the person's words where nothing was said: models want some. It is no instruction, so that a persona
/// speaks.
const OPENING: &str = "Nothing was said yet. Begin the conversation.";

/// The turn of a response; `said` stands behind the conversation.
pub(super) fn turn(dialogue: &Dialogue, response: &Response, said: Option<&Item>) -> TurnAsk {
    let ask = &response.ask;
    let mut messages = match ask.get("input").and_then(Value::as_array) {
        Some(input) => input_messages(dialogue, input),
        None => dialogue.conversation.messages(said),
    };
    if let Some(tokens_max) = tokens_max(dialogue, ask) {
        messages = newest(messages, tokens_max, tokens);
    }
    let instructions = text(ask, "instructions");
    if messages.is_empty() && instructions.is_empty() {
        messages.push((json!({"role": "user", "content": OPENING}), false));
    }
    if !instructions.is_empty() {
        messages.insert(0, (json!({"role": "system", "content": instructions}), false));
    }
    let is_new = messages.iter().rev().map(|(_, is_new)| *is_new).collect();
    let mut body = json!({
        "model": dialogue.session.get("model"), "stream": true, "stream_options": {"include_usage": true},
        "messages": messages.into_iter().map(|(message, _)| message).collect::<Vec<_>>(),
    });
    if let Some(most) = ask.get("max_output_tokens").and_then(Value::as_u64) {
        put(&mut body, "max_completion_tokens", most.into());
    }
    put_tools(&mut body, ask);
    let output = ask.pointer("/audio/output").unwrap_or(&Value::Null);
    let voice = output.get("voice").and_then(voice_id).map(str::to_owned);
    TurnAsk {
        response: response.id.clone(),
        body: body.to_string(),
        is_new,
        is_kept: response.conversation.is_some(),
        is_ahead: false,
        lost_at_ms: dialogue.is_leaving.then_some(dialogue.framed_at_ms),
        voice: response.is_spoken().then_some(VoiceAsk {
            voice,
            format: AudioFormat::Pcm,
        }),
        speed: output
            .get("speed")
            .and_then(Value::as_f64)
            .filter(|speed| *speed != 1.0),
    }
}

/// A response's own context: items, and references to those of the conversation.
fn input_messages(dialogue: &Dialogue, input: &[Value]) -> Vec<(Value, bool)> {
    let mut items = Vec::new();
    for value in input {
        let known = match text(value, "type") {
            "item_reference" => {
                let mut all = dialogue.conversation.items.iter();
                all.find(|item| item.id() == text(value, "id")).cloned()
            }
            _ => Item::of_client(value, String::new()).ok().map(|(item, _)| item),
        };
        items.extend(known.map(|item| Item {
            is_kept: true,
            ..item
        }));
    }
    conversation::messages_of(&items.iter().collect::<Vec<_>>())
}

/// How much of the conversation the model gets; all of it where `truncation` is off.
fn tokens_max(dialogue: &Dialogue, ask: &Value) -> Option<usize> {
    let truncation = ask.get("truncation").unwrap_or(&Value::Null);
    if truncation == "disabled" {
        return None;
    }
    let limit = truncation
        .pointer("/token_limits/post_instructions")
        .and_then(Value::as_u64);
    let limit = limit.map_or(dialogue.history_tokens, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    let ratio = truncation.get("retention_ratio").and_then(Value::as_f64);
    let spent = || {
        let messages = dialogue.conversation.messages(None);
        messages
            .iter()
            .map(|(message, _)| tokens(&message.to_string()))
            .sum::<usize>()
    };
    Some(match ratio {
        Some(ratio) if spent() > limit => (limit as f64 * ratio) as usize,
        _ => limit,
    })
}

/// Tools as a chat request has them.
fn put_tools(body: &mut Value, ask: &Value) {
    let tools = ask.get("tools").and_then(Value::as_array);
    let tools = tools.map(Vec::as_slice).unwrap_or_default();
    if tools.is_empty() {
        return;
    }
    let tool = |tool: &Value| {
        let mut function = tool.as_object().cloned().unwrap_or_default();
        function.remove("type");
        json!({"type": "function", "function": function})
    };
    put(body, "tools", tools.iter().map(tool).collect());
    let choice = match ask.get("tool_choice") {
        Some(choice) if choice.is_object() => {
            json!({"type": "function", "function": {"name": text(choice, "name")}})
        }
        Some(choice) => choice.clone(),
        None => "auto".into(),
    };
    put(body, "tool_choice", choice);
    if ask.get("parallel_tool_calls") == Some(&Value::Bool(false)) {
        put(body, "parallel_tool_calls", false.into());
    }
}
