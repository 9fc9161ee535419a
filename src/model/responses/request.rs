//! A Responses request as a chat request. What the provider is to get byte for byte (schemas, sounds) is copied as it was
//! written, in its order.

use serde_json::{Map, Value};

use super::fields::{Json, objects, quoted, word};
use super::ids::response_of;
use super::items::{messages, stored};
use crate::model::request::BadField;
use crate::wire::fields::{self, Fields};
use crate::wire::json::{self, json, list};
use crate::wire::raw::Raw;

/// What a Responses request asks for.
#[derive(Debug)]
pub struct ResponsesRequest {
    /// The chat request.
    pub chat: String,
    /// The response object's fields that repeat the request, defaults among them.
    pub echo: Map<String, Value>,
    /// Whether the turn may be kept.
    pub store: bool,
    /// Its items as they are stored, as a JSON array.
    pub input: String,
    /// The last response whose items are repeated; an empty word where they do not say.
    pub repeats: Option<String>,
    /// The response that this one follows.
    pub previous: Option<String>,
    /// Whether it names its conversation itself.
    pub has_conversation: bool,
}

/// Fields that mean the same in both forms, hearken's own among them.
const SHARED: [&str; 10] = [
    "model",
    "stream",
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "user",
    "memory",
    "persona",
    "user_location",
];
/// Fields of the response object with what stands there where the request says nothing.
const ECHOED: &str = r#"{"instructions":null,"previous_response_id":null,"tools":[],"tool_choice":"auto",
"truncation":"disabled","parallel_tool_calls":true,"text":{"format":{"type":"text"}},"top_p":1.0,"temperature":1.0,
"presence_penalty":0.0,"frequency_penalty":0.0,"top_logprobs":0,"reasoning":{"effort":null,"summary":null},
"max_output_tokens":null,"max_tool_calls":null,"service_tier":"default","metadata":{},"safety_identifier":null,
"prompt_cache_key":null}"#;
/// A field, whether a value is what it takes, and what that is called.
type Kind = (&'static str, fn(&Value) -> bool, &'static str);
/// What those are that nothing else checks: a response has them as its clients read them, whatever was asked.
const KINDS: [Kind; 13] = [
    ("truncation", Value::is_string, "a string"),
    ("parallel_tool_calls", Value::is_boolean, "true or false"),
    ("text", Value::is_object, "an object"),
    ("reasoning", Value::is_object, "an object"),
    ("temperature", Value::is_number, "a number"),
    ("top_p", Value::is_number, "a number"),
    ("presence_penalty", Value::is_number, "a number"),
    ("frequency_penalty", Value::is_number, "a number"),
    ("top_logprobs", Value::is_u64, "a whole number"),
    ("max_tool_calls", Value::is_u64, "a whole number"),
    ("service_tier", Value::is_string, "a string"),
    ("safety_identifier", Value::is_string, "a string"),
    ("prompt_cache_key", Value::is_string, "a string"),
];
/// Pairs of `metadata`, and the characters of a key and of a value.
const PAIRS_MAX: usize = 16;
const KEY_CHARS_MAX: usize = 64;
const VALUE_CHARS_MAX: usize = 512;

impl ResponsesRequest {
    /// Reads a request body. `known` are the items that it refers to ([`super::references`]); `unique` is the part of the
    /// ids that is random.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn parse(body: &str, known: &[String], unique: &str) -> Result<ResponsesRequest, BadField> {
        let fields = Fields::parse(body).map_err(|message| BadField { param: None, message })?;
        if flag(&fields, "background", false)? {
            return Err(BadField::of(
                "background",
                "background is not served: leave it out",
            ));
        }
        let previous = word(&fields, "previous_response_id")?;
        let conversation = conversation(&fields)?;
        if previous.is_some() && conversation.is_some() {
            let message = "previous_response_id and conversation exclude each other";
            return Err(BadField::of("previous_response_id", message));
        }
        let store = flag(&fields, "store", true)?;
        let mut chat = Json::default();
        chat.copy(&fields, &SHARED);
        chat.put("messages", &messages(&fields, known)?);
        if let Some(id) = &conversation {
            chat.put("conversation", &quoted(id));
        }
        if flag(&fields, "stream", false)? {
            chat.put("stream_options", "{\"include_usage\":true}");
        }
        if let Some(most) = fields.get("max_output_tokens") {
            if most.get().parse::<u32>().unwrap_or(0) == 0 {
                let message = "max_output_tokens must be a whole number of at least 1";
                return Err(BadField::of("max_output_tokens", message));
            }
            chat.put("max_completion_tokens", most.get());
        }
        put_tools(&mut chat, &fields)?;
        put_output(&mut chat, &fields)?;
        Ok(ResponsesRequest {
            chat: chat.end(),
            echo: echo(&fields, conversation.as_deref())?,
            input: if store {
                stored(&fields, known, unique)
            } else {
                String::new()
            },
            repeats: repeats(&fields).filter(|_| previous.is_none()),
            store,
            previous,
            has_conversation: conversation.is_some(),
        })
    }
}

fn repeats(fields: &Fields) -> Option<String> {
    let items = fields.objects("input");
    let is_companions = |item: &Fields| {
        let is = |name: &str, word: &str| item.string(name).as_deref() == Some(word);
        is("role", "assistant") || is("type", "function_call")
    };
    let named = items
        .iter()
        .rev()
        .find_map(|item| response_of(&item.string("id")?));
    named.or_else(|| items.iter().any(is_companions).then(String::new))
}

fn flag(fields: &Fields, name: &'static str, default: bool) -> Result<bool, BadField> {
    match fields.get(name).map(Raw::get) {
        None => Ok(default),
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(BadField::of(name, format!("{name} must be true or false"))),
    }
}

/// A string, or an object with an `id`.
fn conversation(fields: &Fields) -> Result<Option<String>, BadField> {
    let Some(value) = fields.get("conversation") else {
        return Ok(None);
    };
    let id = fields::text(value).or_else(|| Fields::read(value.get())?.string("id"));
    let bad = || {
        BadField::of(
            "conversation",
            "conversation must be a string or an object with an id",
        )
    };
    id.map(Some).ok_or_else(bad)
}

fn echo(fields: &Fields, conversation: Option<&str>) -> Result<Map<String, Value>, BadField> {
    let mut echo: Map<String, Value> = json::read(ECHOED).unwrap_or_default();
    for (name, value) in &mut echo {
        let Some(own) = fields.get(name) else { continue };
        let Ok(own) = serde_json::from_str(own.get()) else {
            continue;
        };
        match (value, own) {
            (Value::Object(defaults), Value::Object(own)) => defaults.extend(own),
            (value, own) => *value = own,
        }
    }
    for tool in echo
        .get_mut("tools")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(tool) = tool.as_object_mut() {
            for name in ["description", "parameters", "strict"] {
                tool.entry(name).or_insert(Value::Null);
            }
        }
    }
    for (name, is_one, kind) in KINDS {
        if fields.has(name) && !echo.get(name).is_some_and(is_one) {
            return Err(BadField::of(name, format!("{name} must be {kind}")));
        }
    }
    check_metadata(echo.get("metadata").unwrap_or(&Value::Null))?;
    if let Some(id) = conversation {
        echo.insert("conversation".to_owned(), json!({ "id": id }));
    }
    Ok(echo)
}

/// Whether `metadata` can be kept: of a response, of a conversation.
///
/// # Errors
/// It is no object of a few short strings.
pub fn check_metadata(given: &Value) -> Result<(), BadField> {
    let is_pair = |(key, value): (&String, &Value)| {
        let fits = |value: &str| value.chars().count() <= VALUE_CHARS_MAX;
        key.chars().count() <= KEY_CHARS_MAX && value.as_str().is_some_and(fits)
    };
    match given {
        Value::Object(pairs) if pairs.len() <= PAIRS_MAX && pairs.iter().all(is_pair) => Ok(()),
        _ => Err(BadField::of(
            "metadata",
            format!(
                "metadata must be an object of at most {PAIRS_MAX} strings of {VALUE_CHARS_MAX} characters, with keys of {KEY_CHARS_MAX}"
            ),
        )),
    }
}

/// `tools`, `tool_choice` and `parallel_tool_calls`. What `allowed_tools` leaves out is not offered.
fn put_tools(chat: &mut Json, fields: &Fields) -> Result<(), BadField> {
    let choice = fields.get("tool_choice");
    let chosen = choice.and_then(|choice| Fields::read(choice.get()));
    let kind = chosen.as_ref().and_then(|chosen| chosen.string("type"));
    let allowed = chosen
        .as_ref()
        .filter(|_| kind.as_deref() == Some("allowed_tools"));
    let allowed: Option<Vec<String>> = allowed.map(|chosen| {
        let tools = chosen.objects("tools");
        tools.iter().filter_map(|tool| tool.string("name")).collect()
    });
    let mut tools = Vec::new();
    for tool in objects(fields, "tools")? {
        if tool.string("type").as_deref() != Some("function") {
            return Err(BadField::of(
                "tools",
                "tools must be of the type function: no other is served",
            ));
        }
        let name = tool.string("name").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| BadField::of("tools", "tools must have a name"))?;
        if allowed.as_ref().is_none_or(|allowed| allowed.contains(&name)) {
            let mut function = Json::default();
            function.copy(&tool, &["name", "description", "parameters", "strict"]);
            tools.push(format!(
                "{{\"type\":\"function\",\"function\":{}}}",
                function.end()
            ));
        }
    }
    let choice = choice.map(chosen_tool).transpose()?;
    if tools.is_empty() {
        return Ok(());
    }
    chat.put("tools", &list(&tools));
    chat.copy(fields, &["parallel_tool_calls"]);
    if let Some(choice) = choice {
        chat.put("tool_choice", &choice);
    }
    Ok(())
}

/// `tool_choice` as chat has it.
fn chosen_tool(choice: Raw) -> Result<String, BadField> {
    let chosen = Fields::read(choice.get());
    let kind = chosen.as_ref().and_then(|chosen| chosen.string("type"));
    let word = match (kind.as_deref(), &chosen) {
        (Some("function"), Some(chosen)) => {
            let name = chosen.string("name").map(|name| quoted(&name));
            name.map(|name| format!("{{\"type\":\"function\",\"function\":{{\"name\":{name}}}}}"))
        }
        (Some("allowed_tools"), Some(chosen)) => mode(chosen.string("mode")),
        _ => mode(fields::text(choice)),
    };
    word.ok_or_else(|| {
        let message = "tool_choice must be none, auto, required, one function or allowed_tools";
        BadField::of("tool_choice", message)
    })
}

fn mode(word: Option<String>) -> Option<String> {
    let word = word.filter(|word| matches!(word.as_str(), "none" | "auto" | "required"));
    word.map(|word| quoted(&word))
}

/// `text` and `reasoning`.
fn put_output(chat: &mut Json, fields: &Fields) -> Result<(), BadField> {
    let text = fields.object("text").unwrap_or(Fields(Vec::new()));
    chat.copy(&text, &["verbosity"]);
    let format = text.object("format");
    let kind = format.as_ref().and_then(|format| format.string("type"));
    match (kind.as_deref(), format) {
        (None, None) if !text.has("format") => {}
        (Some("text"), _) => {}
        (Some("json_object"), _) => chat.put("response_format", "{\"type\":\"json_object\"}"),
        (Some("json_schema"), Some(format)) => {
            let mut schema = Json::default();
            schema.copy(&format, &["name", "description", "schema", "strict"]);
            let format = format!("{{\"type\":\"json_schema\",\"json_schema\":{}}}", schema.end());
            chat.put("response_format", &format);
        }
        _ => {
            return Err(BadField::of(
                "text",
                "text.format must be of the type text, json_object or json_schema",
            ));
        }
    }
    if let Some(effort) = fields
        .object("reasoning")
        .and_then(|reasoning| reasoning.get("effort"))
    {
        chat.put("reasoning_effort", effort.get());
    }
    Ok(())
}
