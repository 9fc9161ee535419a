//! Asks the language model chain for what the memory needs of it: an extraction (JSON) or a summary (plain text).

use serde_json::{Value, json};

use super::prompt::{Turn, response_json};
use crate::config::{ChainKind, Config, Provider, Target};
use crate::model::workers_ai;
use crate::upstream::chain;
use crate::upstream::fetch::{self, Surroundings};
use crate::upstream::outcome::Failure;
use crate::upstream::provider;

/// Longest answer that is read: its text is at most [`super::answer::ANSWER_BYTES_MAX`], in JSON.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// What the answer must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `response_format` JSON.
    Json,
    /// Plain text.
    Text,
}

/// The text of the first answer of the chain.
///
/// # Errors
/// Why each attempt failed.
pub async fn complete(
    config: &Config,
    around: &Surroundings,
    turns: &[Turn],
    form: Form,
    request_id: &str,
) -> Result<String, Vec<Failure>> {
    let targets = config.llm.targets.iter().collect();
    let (text, _, ticket) = chain::first(ChainKind::Llm, targets, request_id, |target| {
        attempt(config, around, target, turns, form)
    })
    .await?;
    ticket.succeed();
    Ok(text)
}

async fn attempt(
    config: &Config,
    around: &Surroundings,
    target: &Target,
    turns: &[Turn],
    form: Form,
) -> Result<String, Failure> {
    let clocks = &config.llm.clocks;
    let mut body = json!({"model": target.model, "messages": turns, "temperature": 0, "stream": false});
    if let (Form::Json, Some(fields)) = (form, body.as_object_mut()) {
        fields.insert("response_format".into(), response_json());
    }
    let ask = provider::chat_ask(config, target.provider, &target.model, body.to_string());
    let answer = fetch::send(&ask, around, clocks.whole_ms).await?;
    let text = answer
        .text(clocks.total_ms, clocks.idle_ms, ANSWER_BYTES_MAX)
        .await?;
    let value: Value = serde_json::from_str(&text).map_err(|_| Failure::Unusable)?;
    if value.get("error").is_some_and(|error| !error.is_null()) {
        return Err(Failure::InBand);
    }
    let value = match target.provider {
        Provider::WorkersAi => {
            let value = value.get("result").unwrap_or(&value);
            workers_ai::completion(value, "", &target.model, 0).ok_or(Failure::Unusable)?
        }
        _ => value,
    };
    let content = value
        .pointer("/choices/0/message/content")
        .and_then(Value::as_str);
    content
        .filter(|content| !content.trim().is_empty())
        .map(str::to_owned)
        .ok_or(Failure::Empty)
}
