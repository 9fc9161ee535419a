//! The chat request: what hearken reads of it, and what the provider gets. Pure.
//!
//! Invariant: a field that hearken does not know reaches the provider byte for byte; only `model` is replaced and
//! hearken's own extensions are taken out.

mod checked;

pub use self::checked::{CONVERSATION_BYTES_MAX, is_conversation_id};
use self::checked::{RawObject, boolean, check_messages, conversation, field, heard, memory, string};
pub use super::bad_field::BadField;
use crate::config::{COMPANION, Chain, ChainKind, Config, Target};
use crate::wire::fields::Fields;
use crate::wire::raw::{self, Raw};

/// Which model the client wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelChoice {
    /// `companion`: the configured chain with its fallbacks.
    Companion,
    /// One `provider:model` of the chain, without fallback.
    Named(String),
}

impl ModelChoice {
    /// The word `companion`, or nothing, means the chain.
    pub fn parse(word: Option<&str>) -> ModelChoice {
        match word {
            None | Some("" | COMPANION) => ModelChoice::Companion,
            Some(name) => ModelChoice::Named(name.to_owned()),
        }
    }

    /// What the name means to a chain, where it is another name of a model ([`Config::model`]).
    pub fn resolved(self, config: &Config, kind: ChainKind) -> ModelChoice {
        match &self {
            ModelChoice::Companion => self,
            ModelChoice::Named(name) => match config.model(kind, name) {
                Some(model) => ModelChoice::parse(Some(&model)),
                None => self,
            },
        }
    }

    /// The targets to try, in order; empty when the chain does not have the named one.
    pub fn targets<'a>(&self, chain: &'a Chain) -> Vec<&'a Target> {
        match self {
            ModelChoice::Companion => chain.targets.iter().collect(),
            ModelChoice::Named(name) => chain
                .targets
                .iter()
                .filter(|one| one.to_string() == *name)
                .collect(),
        }
    }
}

/// A chat request that can be answered.
#[derive(Clone)]
pub struct ChatRequest {
    fields: RawObject,
    /// Which model.
    pub model: ModelChoice,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// The person as a trusted server names them.
    pub user: Option<String>,
    /// The conversation this turn belongs to; then `messages` holds only what is new.
    pub conversation: Option<String>,
    /// As much of the conversation's last reply as was heard (`heard.text`), where the client has stopped it.
    pub heard: Option<String>,
    /// `memory`, where the request says so.
    pub memory: Option<bool>,
    /// The person's IANA time zone, where the turn's context has found one.
    pub timezone: Option<String>,
    /// Who the companion is to be, where the request says so.
    pub persona: Option<String>,
    /// The person's country, where the client or the edge names it.
    pub country: Option<String>,
    /// The region of it, likewise.
    pub region: Option<String>,
    /// The id of the response that this turn makes, where it is to be stored.
    pub response: Option<String>,
    /// The response that it follows.
    pub follows: Option<String>,
    /// The last response whose items stand in the messages; an empty word where they do not say.
    pub repeats: Option<String>,
    /// Whether anything of the turn may be kept.
    pub may_be_kept: bool,
    /// Its conversation is read and stays as it is.
    pub only_reads: bool,
    /// Whether what the reply costs is counted.
    pub is_counted: bool,
    /// Most tokens that a choice of the reply may have, where they are limited.
    pub reply_tokens_max: Option<u64>,
    /// What the person says in recordings that nobody has heard yet.
    pub recordings: Vec<Vec<u8>>,
    /// Where the messages hold all of the conversation: for each, from the last back, whether it is new.
    pub is_new: Option<Vec<bool>>,
}

/// The names under which clients limit a reply, today's first.
const REPLY_LIMITS: [&str; 2] = ["max_completion_tokens", "max_tokens"];

/// Deepest nesting of a request: schemas of tools are the deepest there is. Some providers break at more, and whoever sends it
/// must not be able to open their breakers for all.
const NESTED_MAX: usize = 128;

/// Whether JSON, sound or not, is nested deeper.
fn is_deeper_than(most: usize, json: &str) -> bool {
    let (mut depth, mut bytes) = (0usize, json.bytes());
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => loop {
                match bytes.next() {
                    Some(b'\\') => _ = bytes.next(),
                    Some(b'"') | None => break,
                    Some(_) => {}
                }
            },
            _ => {}
        }
        if depth > most {
            return true;
        }
    }
    false
}

/// hearken's extensions, which no provider knows.
const EXTENSIONS: [&str; 4] = ["conversation", "heard", "memory", "persona"];

impl ChatRequest {
    /// Reads a request body.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn parse(body: &str) -> Result<ChatRequest, BadField> {
        if is_deeper_than(NESTED_MAX, body) {
            return Err(BadField {
                param: None,
                message: format!("the body must not be nested deeper than {NESTED_MAX}"),
            });
        }
        let fields = Fields::parse(body).map_err(|message| BadField { param: None, message })?;
        let fields = fields.0.into_iter();
        let owned = fields.map(|(name, value)| (name.into_owned(), value.get().to_owned()));
        let fields = RawObject(owned.collect());
        check_messages(&fields)?;
        let model = string(&fields, "model")?;
        Ok(ChatRequest {
            model: ModelChoice::parse(model.as_deref()),
            stream: boolean(&fields, "stream")?,
            user: string(&fields, "user")?,
            conversation: conversation(&fields)?,
            heard: heard(&fields)?,
            memory: memory(&fields)?,
            timezone: None,
            persona: string(&fields, "persona")?,
            country: None,
            region: None,
            response: None,
            follows: None,
            repeats: None,
            may_be_kept: true,
            only_reads: false,
            is_counted: false,
            reply_tokens_max: None,
            recordings: Vec::new(),
            is_new: None,
            fields,
        })
    }

    /// A field as it was written; `null` counts as absent.
    pub fn raw(&self, name: &str) -> Option<Raw<'_>> {
        field(&self.fields, name)
    }

    /// Puts a value, which is JSON, in the place of a field, or at the end.
    pub fn set(&mut self, name: &str, value: String) {
        match self.fields.0.iter_mut().rev().find(|(field, _)| field == name) {
            Some((_, old)) => *old = value,
            None => self.fields.0.push((name.to_owned(), value)),
        }
    }

    /// Asks the provider for a stream, whatever the client asked for.
    pub fn stream_always(&mut self) {
        self.set("stream", "true".to_owned());
        self.stream = true;
    }

    /// How many choices are asked for (`n`).
    pub fn choices(&self) -> usize {
        let n = self.raw("n").map(Raw::get);
        n.and_then(|n| n.parse().ok()).unwrap_or(1)
    }

    /// The most tokens that the client wants of a choice, and the name of the field that says so.
    pub fn reply_limit(&self) -> Option<(&'static str, u64)> {
        REPLY_LIMITS
            .iter()
            .find_map(|name| Some((*name, self.raw(name)?.get().parse().ok()?)))
    }

    /// Whether a stream is to end with what it cost.
    pub fn wants_usage(&self) -> bool {
        let options = self.raw("stream_options");
        let options = options.and_then(|raw| Fields::read(raw.get()));
        options
            .and_then(|options| options.get("include_usage"))
            .map(Raw::get)
            == Some("true")
    }

    /// Takes a field out: the provider does not get it.
    pub fn remove(&mut self, name: &str) {
        self.fields.0.retain(|(field, _)| field != name);
    }

    /// The body for a provider's OpenAI-compatible endpoint: the same fields in the same order, with its `model`.
    pub fn provider_body(&self, model: &str) -> String {
        // Enough for all: a large body that grows is held twice and takes twice its length.
        let fields = self.fields.0.iter();
        let length: usize = fields.map(|(name, value)| name.len() + value.len() + 4).sum();
        let mut body = String::with_capacity(length + 256);
        body.push_str("{\"model\":");
        body.push_str(&serde_json::Value::from(model).to_string());
        let is_limited = self.reply_tokens_max.is_some();
        let is_replaced = |name: &str| is_limited && REPLY_LIMITS.contains(&name);
        for (name, value) in &self.fields.0 {
            if name == "model" || EXTENSIONS.contains(&name.as_str()) || is_replaced(name) {
                continue;
            }
            body.push(',');
            body.push_str(&serde_json::Value::from(name.as_str()).to_string());
            body.push(':');
            body.push_str(value);
        }
        if let Some(most) = self.reply_tokens_max {
            let own = self.reply_limit().map(|(name, _)| name);
            let name = own.unwrap_or(if is_workers_ai(model) {
                "max_tokens"
            } else {
                "max_completion_tokens"
            });
            body.push_str(&format!(",\"{name}\":{most}"));
        }
        for (name, value) in model_defaults(model, &|name| {
            is_replaced(name) || self.fields.0.iter().any(|(field, _)| field == name)
        }) {
            body.push_str(&format!(",\"{name}\":{value}"));
        }
        body.push('}');
        body
    }
}

/// Tokens that Workers AI may give where a request names no limit: its own default, 256, ends in the middle of a sentence.
const WORKERS_AI_TOKENS: u32 = 4_096;

/// What a model is asked for where the request says nothing of it (`says` tells whether it has a field): gpt-oss thinks
/// before it answers and cannot be kept from it, but a companion's turn waits for the answer, so it is asked to think little.
pub fn model_defaults(model: &str, says: &dyn Fn(&str) -> bool) -> Vec<(&'static str, serde_json::Value)> {
    let says_any = |names: &[&str]| names.iter().any(|name| says(name));
    let mut defaults = Vec::new();
    if model.contains("gpt-oss") && !says_any(&["reasoning_effort", "reasoning"]) {
        defaults.push(("reasoning_effort", "low".into()));
    }
    if is_workers_ai(model) && !says_any(&["max_tokens", "max_completion_tokens"]) {
        defaults.push(("max_tokens", WORKERS_AI_TOKENS.into()));
    }
    defaults
}

/// The names of Workers AI's models, and no others, begin so.
fn is_workers_ai(model: &str) -> bool {
    model.starts_with('@')
}

impl ChatRequest {
    /// The messages as they were written.
    pub fn messages(&self) -> Vec<Raw<'_>> {
        let messages = field(&self.fields, "messages").and_then(|value| raw::list(value.get()));
        messages.unwrap_or_default()
    }

    /// Puts other messages in the place of the request's own; `json` is an array.
    pub fn replace_messages(&mut self, json: String) {
        self.set("messages", json);
    }
}

/// Longest id of a voice.
const VOICE_CHARS_MAX: usize = 128;

/// What a voice's id is made of, in words.
pub const VOICE_ID: &str = "a voice id: at most 128 letters, digits, - _ . : + ( ) and spaces within";

/// Whether a word can be a voice's id. It becomes part of a provider's address, so it is held to what ids are made of:
/// Kokoro's mixtures (`af_bella(2)+af_sky`) and the names of XTTS (`Ana Florence`) are some.
pub fn is_voice_id(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:+() ".contains(&byte);
    let has_length = (1..=VOICE_CHARS_MAX).contains(&id.len());
    has_length && id.bytes().all(allowed) && id.trim() == id && id != "." && id != ".."
}

#[cfg(test)]
mod tests;
