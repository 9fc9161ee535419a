//! A person's conversation as a session writes it, and reads it at its beginning.

use std::rc::Rc;

use serde_json::Value;

use super::item::{ReplyStamp, text};
use super::line::Line;
use crate::config::Config;
use crate::memory::person::client::PersonClient;
use crate::memory::person::protocol::{Call, Said};
use crate::platform::background::spawn;
use crate::turn::{close, open};
use crate::wire::json::json;

/// Most messages of an earlier session that a conversation goes on with; what fits of them is told.
const BEFORE_MAX: usize = 200;

/// Keeps replies one after another, so that the last state of one is what stays.
pub(super) fn keep(line: &Rc<Line>, stamp: ReplyStamp, reply: Said) {
    let mut keeping = line.keeping.borrow_mut();
    // Of a reply that changes faster than it is kept, the latest state counts.
    keeping.retain(|(other, _)| *other != stamp);
    keeping.push_back((stamp, reply));
    if line.is_keeping.replace(true) {
        return;
    }
    let line = line.clone();
    spawn(async move {
        loop {
            let next = line.keeping.borrow_mut().pop_front();
            let Some((stamp, reply)) = next else { break };
            let call = line.call.borrow().clone();
            let Some(config) = &line.config else { break };
            let Ok(person) = PersonClient::of(config, text(&call, "person")) else {
                break;
            };
            let place = open::ReplyPlace {
                person: Rc::new(person),
                conversation: text(&call, "conversation").to_owned(),
                epoch: stamp.epoch,
                turn: stamp.turn,
                response: None,
            };
            close::keep(place, reply).await;
        }
        line.is_keeping.set(false);
    });
}

/// What was said in a conversation before this session, as chat messages.
pub(super) async fn before(line: &Line, config: &Config, conversation: &str) -> Vec<Value> {
    let person = text(&line.call.borrow(), "person").to_owned();
    let Ok(client) = PersonClient::of(config, &person) else {
        return Vec::new();
    };
    let ask = Call::Conversation {
        id: conversation.to_owned(),
        messages_max: BEFORE_MAX,
    };
    let Ok(whole) = client.call::<Value>(&ask).await else {
        return Vec::new();
    };
    let messages = whole.get("messages").and_then(Value::as_array);
    let messages = messages.map(Vec::as_slice).unwrap_or_default();
    let said = messages.iter().filter_map(|message| {
        let (role, content) = (text(message, "role"), text(message, "content"));
        let is_said = ["user", "assistant"].contains(&role) && !content.is_empty();
        is_said.then(|| json!({"role": role, "content": content}))
    });
    said.collect()
}
