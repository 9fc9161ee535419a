//! The history of a conversation as a model takes it: roles alternate, a result of a tool stands behind its call, and a
//! call that was never answered is left out. Pure.

use std::borrow::Cow;

use serde_json::Value;

use crate::memory::person::protocol::{CALL, RESULT, Said};
use crate::wire::fields::Fields;
use crate::wire::json::json;
use crate::wire::raw::Raw;

/// The history and what is new behind it, as messages.
pub fn joined<'a>(history: &[Said], new: &[Raw<'a>]) -> Vec<Cow<'a, str>> {
    let first = new.first().and_then(|raw| Fields::read(raw.get()));
    let resent = first.as_ref().map(call_ids).unwrap_or_default();
    let mut parts: Vec<Part> = Vec::new();
    for said in history {
        let Some(part) = Part::of(said) else { continue };
        let fits = match &part {
            Part::Text { .. } => true,
            // A call that the client sends again is its own.
            Part::Call { ids, .. } => !ids.iter().any(|id| resent.contains(id)),
            // A result without its call says nothing to a model, and is refused by it.
            Part::Result { id, .. } => is_called(&parts, id),
        };
        match (parts.last_mut(), part) {
            _ if !fits => {}
            // A turn that was never answered and the next one.
            (
                Some(Part::Text { role, text }),
                Part::Text {
                    role: next,
                    text: more,
                },
            ) if *role == next => {
                text.push_str("\n\n");
                text.push_str(&more);
            }
            (_, part) => parts.push(part),
        }
    }
    let answered: Vec<String> = new
        .iter()
        .filter_map(|raw| Fields::read(raw.get())?.string("tool_call_id"))
        .collect();
    drop_unanswered(&mut parts, &answered);
    let mut new: Vec<Cow<'a, str>> = new.iter().map(|raw| raw.get().into()).collect();
    if let (Some(Part::Text { role, text }), Some(first)) = (parts.last(), new.first_mut())
        && role == "user"
        && let Some(joined) = preceded(first, text)
    {
        *first = joined.into();
        parts.pop();
    }
    let parts = parts.into_iter().map(|part| part.message().into());
    parts.chain(new).collect()
}

/// One message of a history.
enum Part {
    Text { role: String, text: String },
    Call { json: String, ids: Vec<String> },
    Result { json: String, id: String },
}

impl Part {
    /// `None` for JSON that was cut when it was kept.
    fn of(said: &Said) -> Option<Part> {
        let fields = || Fields::read(&said.content);
        let json = said.content.clone();
        Some(match said.role.as_str() {
            CALL => Part::Call {
                ids: call_ids(&fields()?),
                json,
            },
            RESULT => Part::Result {
                id: fields()?.string("tool_call_id")?,
                json,
            },
            role => Part::Text {
                role: role.to_owned(),
                text: json,
            },
        })
    }

    fn message(self) -> String {
        match self {
            Part::Text { role, text } => json!({"role": role, "content": text}).to_string(),
            Part::Call { json, .. } | Part::Result { json, .. } => json,
        }
    }
}

fn call_ids(message: &Fields) -> Vec<String> {
    let calls = message.objects("tool_calls");
    calls.iter().filter_map(|call| call.string("id")).collect()
}

/// Whether the newest call, behind which nothing but results stands, has this id.
fn is_called(parts: &[Part], id: &String) -> bool {
    let call = parts.iter().rfind(|part| !matches!(part, Part::Result { .. }));
    matches!(call, Some(Part::Call { ids, .. }) if ids.contains(id))
}

/// Takes out calls that were never answered: models refuse a conversation that goes on without their results.
/// `answered` are the ids of results that are new.
fn drop_unanswered(parts: &mut Vec<Part>, answered: &[String]) {
    let mut known: Vec<String> = answered.to_vec();
    for part in parts.iter() {
        if let Part::Result { id, .. } = part {
            known.push(id.clone());
        }
    }
    let is_open = |ids: &[String]| ids.iter().any(|id| !known.contains(id));
    let open: Vec<String> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Call { ids, .. } if is_open(ids) => Some(ids.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    parts.retain(|part| match part {
        Part::Text { .. } => true,
        Part::Call { ids, .. } => !is_open(ids),
        Part::Result { id, .. } => !open.contains(id),
    });
}

/// A message of the person's with what they said before it and never got an answer to.
fn preceded(message: &str, before: &str) -> Option<String> {
    let mut message: Value = serde_json::from_str(message).ok()?;
    if message.get("role").and_then(Value::as_str) != Some("user") {
        return None;
    }
    match message.get_mut("content")? {
        Value::Array(parts) => parts.insert(0, json!({"type": "text", "text": before})),
        content => {
            let text = content.as_str()?;
            *content = format!("{before}\n\n{text}").into();
        }
    }
    Some(message.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages for a history and what is new.
    fn with_history(history: &[Said], new: &str) -> Vec<Value> {
        let new = crate::wire::raw::list(new).unwrap();
        let messages = joined(history, &new).into_iter();
        messages
            .map(|text| serde_json::from_str(&text).unwrap())
            .collect()
    }

    const CALLED: &str = r#"{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]}"#;
    const ANSWERED: &str = r#"{"role":"tool","tool_call_id":"call_1","content":"7"}"#;

    #[test]
    fn a_result_of_a_tool_finds_its_call_in_the_history() {
        let history = [Said::new("user", "how warm?"), Said::new("call", CALLED)];
        let sent = with_history(&history, &format!("[{ANSWERED}]"));
        assert_eq!(sent.len(), 3);
        assert_eq!(sent[1]["tool_calls"][0]["id"], "call_1");
        assert_eq!(sent[2]["tool_call_id"], "call_1");
        // A client that sends its call again has it once.
        let sent = with_history(&history, &format!("[{CALLED},{ANSWERED}]"));
        assert_eq!(sent.len(), 3);
        // Later the whole exchange is history.
        let history = [
            Said::new("user", "how warm?"),
            Said::new("call", CALLED),
            Said::new("tool", ANSWERED),
            Said::new("assistant", "Seven."),
        ];
        assert_eq!(
            with_history(&history, r#"[{"role":"user","content":"thanks"}]"#).len(),
            5
        );
    }

    #[test]
    fn a_call_without_its_result_and_a_result_without_its_call_are_left_out() {
        let new = r#"[{"role":"user","content":"hi"}]"#;
        for history in [
            vec![Said::new("tool", ANSWERED), Said::new("assistant", "a")],
            vec![Said::new("call", CALLED), Said::new("assistant", "a")],
            vec![
                Said::new("call", "{\"role\":\"assi"),
                Said::new("tool", ANSWERED),
                Said::new("assistant", "a"),
            ],
        ] {
            let sent = with_history(&history, new);
            let texts: Vec<&Value> = sent.iter().map(|message| &message["content"]).collect();
            assert_eq!(texts, ["a", "hi"], "{history:?}");
        }
    }

    #[test]
    fn roles_alternate_where_a_turn_was_never_answered() {
        let history = [
            Said::new("user", "a"),
            Said::new("user", "b"),
            Said::new("assistant", "c"),
            Said::new("user", "d"),
        ];
        let sent = with_history(&history, r#"[{"role":"user","content":"e","name":"x"}]"#);
        let all: Vec<(&str, &str)> = sent
            .iter()
            .map(|one| (one["role"].as_str().unwrap(), one["content"].as_str().unwrap()))
            .collect();
        assert_eq!(all, [("user", "a\n\nb"), ("assistant", "c"), ("user", "d\n\ne")]);
        assert_eq!(sent[2]["name"], "x");
    }
}
