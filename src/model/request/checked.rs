//! The fields of a chat request that are read here, each held to what it may be.

use crate::model::bad_field::BadField;
use crate::wire::fields::{self, Fields};
use crate::wire::raw::{self, Raw};

/// Longest id of a conversation, bytes.
pub const CONVERSATION_BYTES_MAX: usize = 128;

/// The request's fields in order, values as they were written.
#[derive(Clone)]
pub(super) struct RawObject(pub Vec<(String, String)>);

pub(super) fn conversation(fields: &RawObject) -> Result<Option<String>, BadField> {
    let id = string(fields, "conversation")?;
    match id {
        Some(id) if !is_conversation_id(&id) => Err(BadField::of(
            "conversation",
            format!(
                "conversation must be 1 to {CONVERSATION_BYTES_MAX} visible ASCII characters without / ? # %"
            ),
        )),
        other => Ok(other),
    }
}

pub(super) fn heard(fields: &RawObject) -> Result<Option<String>, BadField> {
    let Some(value) = field(fields, "heard") else {
        return Ok(None);
    };
    if field(fields, "conversation").is_none() {
        return Err(BadField::of(
            "heard",
            "heard needs a conversation: it tells of that one's last reply",
        ));
    }
    let text = Fields::read(value.get()).and_then(|heard| heard.get("text").and_then(fields::text));
    text.map(Some).ok_or_else(|| {
        BadField::of(
            "heard",
            "heard must be an object with the words that were heard: {\"text\": \"...\"}",
        )
    })
}

pub(super) fn memory(fields: &RawObject) -> Result<Option<bool>, BadField> {
    match string(fields, "memory")?.as_deref() {
        None => Ok(None),
        Some("on") => Ok(Some(true)),
        Some("off") => Ok(Some(false)),
        Some(_) => Err(BadField::of("memory", "memory must be \"on\" or \"off\"")),
    }
}

/// The last field of that name wins, as in JavaScript; `null` counts as absent.
pub(super) fn field<'a>(fields: &'a RawObject, name: &str) -> Option<Raw<'a>> {
    let found = fields.0.iter().rev().find(|(field, _)| field == name);
    found
        .map(|(_, value)| Raw::whole(value))
        .filter(|value| value.get() != "null")
}

pub(super) fn string(fields: &RawObject, name: &'static str) -> Result<Option<String>, BadField> {
    let Some(value) = field(fields, name) else {
        return Ok(None);
    };
    fields::text(value)
        .map(Some)
        .ok_or_else(|| BadField::of(name, format!("{name} must be a string")))
}

pub(super) fn boolean(fields: &RawObject, name: &'static str) -> Result<bool, BadField> {
    let Some(value) = field(fields, name) else {
        return Ok(false);
    };
    match value.get() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(BadField::of(name, format!("{name} must be true or false"))),
    }
}

pub(super) fn check_messages(fields: &RawObject) -> Result<(), BadField> {
    let Some(value) = field(fields, "messages") else {
        return Err(BadField::of(
            "messages",
            "messages is required: a list of at least one message",
        ));
    };
    let bad = || BadField::of("messages", "messages must be a list of objects with a role");
    let messages = raw::list(value.get()).ok_or_else(bad)?;
    if messages.is_empty() {
        return Err(BadField::of(
            "messages",
            "messages must hold at least one message",
        ));
    }
    for (index, message) in messages.iter().enumerate() {
        let message = Fields::read(message.get()).ok_or_else(bad)?;
        let role = message
            .get("role")
            .ok_or_else(|| BadField::of("messages", format!("messages[{index}] must have a role")))?;
        fields::text(role).ok_or_else(bad)?;
    }
    Ok(())
}

/// An id that can stand in a path and a header: visible ASCII without `/`, `?`, `#` and `%`. A path drops the segments
/// `.` and `..`, however they are encoded (URL standard, "double-dot path segment").
pub fn is_conversation_id(id: &str) -> bool {
    let sound = |c: char| c.is_ascii_graphic() && !matches!(c, '/' | '?' | '#' | '%');
    let has_length = !id.is_empty() && id.len() <= CONVERSATION_BYTES_MAX;
    has_length && !matches!(id, "." | "..") && id.chars().all(sound)
}
