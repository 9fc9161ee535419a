//! The `input` of a Responses request: as the messages of a chat request, and as it is stored.

use serde_json::Value;

use super::fields::{Json, objects, quoted, word};
use crate::model::request::BadField;
use crate::wire::fields::Fields;
use crate::wire::json::{json, list};
use crate::wire::raw::{self, Raw};

/// The messages that are being written. What the companion said and the calls that follow are one message.
#[derive(Default)]
struct Messages {
    done: Vec<String>,
    text: Option<String>,
    calls: Vec<String>,
}

impl Messages {
    fn push(&mut self, role: &str, content: &str) {
        self.close();
        self.done
            .push(format!("{{\"role\":\"{role}\",\"content\":{content}}}"));
    }

    fn close(&mut self) {
        let (text, calls) = (self.text.take(), std::mem::take(&mut self.calls));
        if text.is_none() && calls.is_empty() {
            return;
        }
        let mut message = Json::default();
        message.put("role", "\"assistant\"");
        message.put("content", text.as_deref().unwrap_or("null"));
        if !calls.is_empty() {
            message.put("tool_calls", &list(&calls));
        }
        self.done.push(message.end());
    }
}

/// Most that is stored of an input or of a response; a row of the tables holds two million bytes.
pub(super) const STORED_BYTES_MAX: usize = 900_000;

/// The items as JSON, what they refer to in its place.
fn items<'a>(fields: &Fields<'a>, known: &'a [String]) -> Result<Vec<&'a str>, BadField> {
    let bad = |message: &str| BadField::of("input", message);
    let list = fields.get("input").map(Raw::get).unwrap_or_default();
    let list = raw::list(list).ok_or_else(|| bad("input must be a string or a list of items"))?;
    let mut known = known.iter();
    let mut items = Vec::new();
    for item in list {
        let fields = Fields::read(item.get()).ok_or_else(|| bad("input must be a list of objects"))?;
        items.push(match reference(&fields) {
            true => known.next().ok_or_else(|| bad("input: there is no such item"))?,
            false => item.get(),
        });
    }
    Ok(items)
}

/// Whether an item only names another; it need not say so.
fn reference(item: &Fields) -> bool {
    match item.string("type") {
        Some(kind) => kind == "item_reference",
        None => item.has("id") && !item.has("role"),
    }
}

/// The ids of the items that a request refers to, in their order.
pub fn references(body: &str) -> Vec<String> {
    let items = Fields::read(body).map(|fields| fields.objects("input"));
    let mut ids = Vec::new();
    for item in items.unwrap_or_default() {
        if reference(&item) {
            ids.push(item.string("id").unwrap_or_default());
        }
    }
    ids
}

/// The items as they are stored, as a JSON array: whole and with ids, but for the bytes of images, sounds and files; the
/// newest ones where they are too many.
pub(super) fn stored(fields: &Fields, known: &[String], unique: &str) -> String {
    let text = fields
        .string("input")
        .map(|text| json!({"role": "user", "content": text}).to_string());
    let items = match &text {
        Some(text) => vec![text.as_str()],
        None => items(fields, known).unwrap_or_default(),
    };
    let (mut stored, mut bytes) = (Vec::new(), 0);
    for (at, item) in items.iter().enumerate().rev() {
        let Ok(Value::Object(mut item)) = serde_json::from_str(item) else {
            continue;
        };
        // What a client writes as null it has not said; and a list goes on from the id of its last item.
        item.retain(|name, value| {
            !value.is_null() && (name != "id" || value.as_str().is_some_and(|id| !id.is_empty()))
        });
        let kind = item.entry("type").or_insert("message".into());
        let prefix = match kind.as_str() {
            Some("reasoning") => "rs",
            Some("message") => "msg",
            _ => "fc",
        };
        if prefix != "rs" {
            item.entry("status").or_insert("completed".into());
        }
        item.entry("id")
            .or_insert(format!("{prefix}_{unique}i{at}").into());
        let part = match item.get("role").and_then(Value::as_str) {
            Some("assistant") => "output_text",
            _ => "input_text",
        };
        if let Some(content) = item.get_mut("content") {
            if let Value::String(text) = content {
                *content = json!([{"type": part, "text": text}]);
            }
            content
                .as_array_mut()
                .into_iter()
                .flatten()
                .for_each(without_bytes);
        }
        let item = Value::Object(item).to_string();
        bytes += item.len() + 1;
        if bytes > STORED_BYTES_MAX {
            break;
        }
        stored.push(item);
    }
    stored.reverse();
    list(&stored)
}

/// Takes out what a part holds in base64.
fn without_bytes(part: &mut Value) {
    for path in ["/image_url", "/file_data", "/input_audio/data"] {
        let data = part.pointer_mut(path);
        let is_address = |data: &&mut Value| data.as_str().is_some_and(|url| url.starts_with("http"));
        if let Some(data) = data.filter(|data| !is_address(data)) {
            *data = Value::Null;
        }
    }
}

/// The messages: `instructions`, then the items in their order.
///
/// # Errors
/// The field that cannot be used.
pub(super) fn messages(fields: &Fields, known: &[String]) -> Result<String, BadField> {
    let mut messages = Messages::default();
    if let Some(text) = word(fields, "instructions")? {
        messages.push("system", &quoted(&text));
    }
    let bad = |message: &str| BadField::of("input", message);
    let input = fields
        .get("input")
        .ok_or_else(|| bad("input is required: a string or a list of items"))?;
    if input.get().starts_with('"') {
        messages.push("user", input.get());
        return Ok(list(&messages.done));
    }
    let items = items(fields, known)?;
    if items.is_empty() {
        return Err(bad("input must hold at least one item"));
    }
    for item in items.into_iter().filter_map(Fields::read) {
        add(&mut messages, &item)?;
    }
    messages.close();
    if messages.done.is_empty() {
        return Err(bad("input must hold at least one message"));
    }
    Ok(list(&messages.done))
}

fn add(messages: &mut Messages, item: &Fields) -> Result<(), BadField> {
    let bad = |message: String| BadField::of("input", message);
    let needed = |name: &str| {
        let value = item.string(name);
        value.ok_or_else(|| bad(format!("input: an item must have the string {name}")))
    };
    let kind = item.string("type").unwrap_or_else(|| "message".to_owned());
    match kind.as_str() {
        "message" => match needed("role")?.as_str() {
            role @ ("user" | "system") => messages.push(role, &content(item, "content", role == "user")?),
            "developer" => messages.push("system", &content(item, "content", false)?),
            "assistant" => {
                messages.close();
                messages.text = Some(content(item, "content", false)?);
            }
            _ => {
                return Err(bad(
                    "input: role must be user, system, developer or assistant".into()
                ));
            }
        },
        "function_call" => messages.calls.push(format!(
            "{{\"id\":{},\"type\":\"function\",\"function\":{{\"name\":{},\"arguments\":{}}}}}",
            quoted(&needed("call_id")?),
            quoted(&needed("name")?),
            quoted(&needed("arguments")?)
        )),
        "function_call_output" => {
            messages.close();
            let mut message = Json::default();
            message.put("role", "\"tool\"");
            message.put("tool_call_id", &quoted(&needed("call_id")?));
            message.put("content", &content(item, "output", false)?);
            messages.done.push(message.end());
        }
        // What a model thought has no place in a chat request.
        "reasoning" => {}
        _ => {
            return Err(bad(
                "input: an item must be a message, function_call, function_call_output, reasoning or item_reference".into(),
            ));
        }
    }
    Ok(())
}

/// A content as chat has it: text alone is a string, which every provider takes; only the person's may be more.
fn content(item: &Fields, name: &'static str, may_be_seen: bool) -> Result<String, BadField> {
    let bad = |message: &str| BadField::of("input", format!("input: {message}"));
    let value = item
        .get(name)
        .ok_or_else(|| bad("an item must have its content"))?;
    if value.get().starts_with('"') {
        return Ok(value.get().to_owned());
    }
    let (mut texts, mut parts) = (String::new(), Vec::new());
    let mut is_text = true;
    for part in objects(item, name).map_err(|_| bad("a content must be a string or a list of parts"))? {
        let kind = part.string("type").unwrap_or_default();
        if let "input_text" | "output_text" | "text" | "refusal" = kind.as_str() {
            let text = part.string("text").or_else(|| part.string("refusal"));
            let text = text.ok_or_else(|| bad("a part of text must have a text"))?;
            parts.push(json!({"type": "text", "text": text}).to_string());
            texts.push_str(&text);
            continue;
        }
        is_text = false;
        parts.push(match kind.as_str() {
            _ if !may_be_seen => return Err(bad("only what the person says may be more than text")),
            "input_image" => {
                let url = part
                    .string("image_url")
                    .ok_or_else(|| bad("input_image must have an image_url"))?;
                let mut image = Json::default();
                image.put("url", &quoted(&url));
                image.copy(&part, &["detail"]);
                format!("{{\"type\":\"image_url\",\"image_url\":{}}}", image.end())
            }
            "input_audio" => {
                let sound = part
                    .get("input_audio")
                    .ok_or_else(|| bad("input_audio must have its input_audio"))?;
                format!("{{\"type\":\"input_audio\",\"input_audio\":{}}}", sound.get())
            }
            "input_file" if part.has("file_data") => {
                let mut file = Json::default();
                file.copy(&part, &["filename", "file_data"]);
                format!("{{\"type\":\"file\",\"file\":{}}}", file.end())
            }
            _ => {
                return Err(bad(
                    "a part must be input_text, input_image, input_audio or input_file with file_data",
                ));
            }
        });
    }
    Ok(if is_text { quoted(&texts) } else { list(&parts) })
}
