//! Asks the language model chain for what the memory needs of it: an extraction (JSON) or a summary (plain text).

use serde_json::{Value, json};

use crate::config::{ChainKind, Clocks, Config, Provider, Target};
use crate::memory::ask_fetch::{self, Answer, Question};
use crate::memory::extraction::prompt::{Turn, response_json};
use crate::memory::person::outside::Form;
use crate::model::request::model_defaults;
use crate::model::workers_ai;
use crate::upstream::fetch::Surroundings;
use crate::upstream::outcome::{self, Failure};
use crate::upstream::provider;

/// Longest answer that is read: its text is at most [`crate::memory::extraction::operations::ANSWER_BYTES_MAX`], in JSON.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

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
    let body = |target: &Target| {
        let mut body = json!({"model": target.model, "messages": turns, "temperature": 0, "stream": false});
        if let Some(fields) = body.as_object_mut() {
            if form == Form::Json {
                fields.insert("response_format".into(), response_json());
            }
            // Thinking little, with room for it: what is thought counts towards a provider's limit of tokens.
            let defaults = model_defaults(&target.model, &|_| false);
            fields.extend(defaults.into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
        body.to_string()
    };
    let clocks = config.llm.clocks;
    let question = Question {
        kind: ChainKind::Llm,
        targets: ask_fetch::targets(config, ChainKind::Llm),
        request_id,
        ask: &|target| {
            Some(provider::chat_ask(
                config,
                target.provider,
                &target.model,
                body(target),
            ))
        },
        // A whole answer begins when all of it is made.
        clocks: Clocks {
            headers_ms: clocks.whole_ms,
            ..clocks
        },
        bytes_max: ANSWER_BYTES_MAX,
    };
    match ask_fetch::first(around, &question, &read).await? {
        Answer::Text(text) => Ok(text),
        _ => Err(Vec::new()),
    }
}

/// The text of a completion.
fn read(target: &Target, value: Value) -> Result<Answer, Failure> {
    if value.get("error").is_some_and(|error| !error.is_null()) {
        return Err(outcome::of_event(&value.to_string()));
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
        .map(|content| Answer::Text(content.to_owned()))
        .ok_or(Failure::Empty)
}
