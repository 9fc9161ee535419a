//! The items of a session's conversation, in order, and the chat request that they make. Pure.
//!
//! Invariant: a model gets each call of a tool with its answer behind it, or neither.

use serde_json::Value;

use super::item::{Item, text};
use super::refusal::EventError;
use crate::wire::json::{json, put};

/// Most items; the oldest go first.
const ITEMS_MAX: usize = 1_000;
/// Most of what clients put into it that is larger than a text, bytes.
const LARGE_BYTES_MAX: usize = 16 * 1024 * 1024;
const LARGE_BYTES: usize = 16 * 1024;
/// Most recordings that are being written down, and what they may hold: an object has 128 MB.
const UNHEARD_MAX: usize = 16;
const UNHEARD_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The items, oldest first.
#[derive(Debug, Default)]
pub struct ItemList {
    /// In order.
    pub items: Vec<Item>,
    /// What was said before this session, as chat messages.
    pub before: Vec<Value>,
}

/// A chat message, and whether the person's conversation lacks it.
type Message = (Value, bool);

impl ItemList {
    /// An item.
    ///
    /// # Errors
    /// There is none of that id: with `code`.
    pub fn find(&mut self, id: &str, code: &'static str) -> Result<&mut Item, EventError> {
        let refusal = || EventError {
            param: Some("item_id".to_owned()),
            ..EventError::of(code, format!("the conversation has no item {id:?}"))
        };
        self.items
            .iter_mut()
            .find(|item| item.id() == id)
            .ok_or_else(refusal)
    }

    /// The id of the last item.
    pub fn last(&self) -> Option<String> {
        self.items.last().map(|item| item.id().to_owned())
    }

    /// The id of the item before another.
    pub fn before(&self, id: &str) -> Option<String> {
        let place = self.items.iter().position(|item| item.id() == id)?;
        let before = self.items.get(place.checked_sub(1)?)?;
        Some(before.id().to_owned())
    }

    /// Puts an item at the end, or behind another: `"root"` is the beginning. Gives the id of the one before it.
    ///
    /// # Errors
    /// There is no such other, or one has the id already.
    pub fn insert(&mut self, item: Item, previous: Option<&str>) -> Result<Option<String>, EventError> {
        let id = item.id().to_owned();
        if self.items.iter().any(|other| other.id() == id) {
            let message = format!("the conversation has an item {id:?} already");
            return Err(EventError::of("item_create_duplicate_item_id", message));
        }
        let place = match previous {
            None => self.items.len(),
            Some("root") => 0,
            Some(previous) => {
                let place = self.items.iter().position(|other| other.id() == previous);
                let message = format!("previous_item_id names no item of the conversation: {previous:?}");
                place.ok_or_else(|| EventError::invalid("previous_item_id", message))? + 1
            }
        };
        self.items.insert(place, item);
        if self.items.len() > ITEMS_MAX {
            self.items.remove(0);
        }
        Ok(self.before(&id))
    }

    /// Whether another recording may come beside those that are being written down, which have so many bytes.
    ///
    /// # Errors
    /// They are too many.
    pub fn may_hear(&self, bytes: usize) -> Result<(), EventError> {
        let count = self.items.iter().filter(|item| item.is_unheard).count();
        match count < UNHEARD_MAX && bytes < UNHEARD_BYTES_MAX {
            true => Ok(()),
            false => {
                let message = format!("{count} recordings are being written down: wait for their words");
                Err(EventError::of("too_many_recordings", message))
            }
        }
    }

    /// Whether an item of a client's may come.
    ///
    /// # Errors
    /// The conversation is too large.
    pub fn may_hold(&self, item: &Item) -> Result<(), EventError> {
        let bytes = |item: &Item| item.value.to_string().len();
        if bytes(item) < LARGE_BYTES {
            return Ok(());
        }
        let large = self.items.iter().map(bytes).filter(|bytes| *bytes >= LARGE_BYTES);
        match large.sum::<usize>() < LARGE_BYTES_MAX {
            true => Ok(()),
            false => {
                let message = format!("the conversation holds {LARGE_BYTES_MAX} bytes: delete items");
                Err(EventError::of("conversation_too_large", message))
            }
        }
    }

    /// A client that puts back what was said before this session says nothing new with it: there it stands once.
    pub fn know_again(&mut self) {
        if self.before.is_empty() {
            return;
        }
        let said = |item: &&Item| ["user", "assistant"].contains(&item.role()) && !item.words().is_empty();
        let items = self.items.iter().filter(said);
        let words: Vec<(&str, String)> = items.map(|item| (item.role(), item.words())).collect();
        let Some(from) = self.before.len().checked_sub(words.len()) else {
            return;
        };
        let has_reply = words.iter().any(|(role, _)| *role == "assistant");
        let is_same = |(message, (role, words)): (&Value, &(&str, String))| {
            (text(message, "role"), text(message, "content")) == (*role, words.as_str())
        };
        if has_reply && self.before.iter().skip(from).zip(&words).all(is_same) {
            self.before.truncate(from);
            self.items.iter_mut().for_each(|item| item.is_kept = true);
        }
    }

    /// Whether a recording is still being written down.
    pub fn is_waiting(&self) -> bool {
        self.items.iter().any(|item| item.is_unheard)
    }

    /// The chat messages of all of it, and of one more item.
    pub fn messages(&self, more: Option<&Item>) -> Vec<Message> {
        let before = self.before.iter().map(|message| (message.clone(), false));
        let mut messages: Vec<Message> = before.collect();
        messages.extend(messages_of(&self.items.iter().chain(more).collect::<Vec<_>>()));
        messages
    }
}

/// A call of a tool as OpenAI's lists have it.
pub fn call(item: &Item) -> Value {
    json!({
        "id": text(&item.value, "call_id"), "type": "function",
        "function": {"name": text(&item.value, "name"), "arguments": text(&item.value, "arguments")},
    })
}

/// The chat messages of items. Calls without answers, and answers without calls, are left out; an answer that came later,
/// because somebody spoke meanwhile, stands behind its call, as models want it.
pub fn messages_of(items: &[&Item]) -> Vec<Message> {
    let of_kind = |kind: &'static str| items.iter().filter(move |item| item.kind() == kind);
    let with_id = |kind, id: &str| of_kind(kind).find(|item| text(&item.value, "call_id") == id);
    let mut messages: Vec<Message> = Vec::new();
    let mut answers: Vec<Message> = Vec::new();
    for item in items {
        let is_new = !item.is_kept;
        if item.kind() != "function_call" {
            messages.append(&mut answers);
        }
        match (item.kind(), item.role()) {
            ("function_call", _) => {
                let id = text(&item.value, "call_id");
                let is_first = with_id("function_call", id).is_some_and(|one| one.id() == item.id());
                let Some(answer) = with_id("function_call_output", id).filter(|_| is_first) else {
                    continue;
                };
                let output = text(&answer.value, "output");
                let message = json!({"role": "tool", "tool_call_id": id, "content": output});
                answers.push((message, !answer.is_kept));
                let call = call(item);
                // All that the companion does at once is one message.
                match messages.last_mut() {
                    Some((last, last_is_new)) if text(last, "role") == "assistant" => {
                        match last.get_mut("tool_calls").and_then(Value::as_array_mut) {
                            Some(calls) => calls.push(call),
                            None => put(last, "tool_calls", json!([call])),
                        }
                        *last_is_new |= is_new;
                    }
                    _ => messages.push((
                        json!({"role": "assistant", "content": null, "tool_calls": [call]}),
                        is_new,
                    )),
                }
            }
            ("message", "user") => {
                let content = item.chat_content();
                if content != "" {
                    messages.push((json!({"role": "user", "content": content}), is_new));
                }
            }
            ("message", role) => {
                let words = item.words();
                if !words.is_empty() {
                    messages.push((json!({"role": role, "content": words}), is_new));
                }
            }
            _ => {}
        }
    }
    messages.append(&mut answers);
    messages
}

/// The newest messages that cost no more than so many tokens; the newest one always stays, and no answer of a tool
/// stands first.
pub fn newest(messages: Vec<Message>, tokens_max: usize, cost: fn(&str) -> usize) -> Vec<Message> {
    let mut left = tokens_max;
    let mut from = messages.len();
    for (message, _) in messages.iter().rev() {
        let tokens = cost(&message.to_string());
        if tokens > left && from < messages.len() {
            break;
        }
        left = left.saturating_sub(tokens);
        from -= 1;
    }
    let is_answer = |(message, _): &Message| text(message, "role") == "tool";
    let mut newest: Vec<Message> = messages.into_iter().skip(from).collect();
    let answers = newest.iter().take_while(|message| is_answer(message)).count();
    if answers < newest.len() {
        newest.drain(..answers);
    }
    newest
}

#[cfg(test)]
#[path = "conversation_tests.rs"]
mod tests;
