//! Asks the language model chain for what the memory needs of it: an extraction (JSON) or a summary (plain text).

use serde_json::json;

use crate::config::{Config, Target};
use crate::memory::extraction::prompt::{Turn, response_json};
use crate::memory::person::outside::Form;
use crate::model::client::{self, Completion};
use crate::model::reply::whole_text;
use crate::model::request::model_defaults;
use crate::upstream::fetch::{Origin, Surroundings};
use crate::upstream::outcome::Failure;

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
    let origin = Origin {
        config,
        around,
        request_id,
    };
    let completion = Completion {
        body: &body,
        bytes_max: ANSWER_BYTES_MAX,
        is_text: true,
    };
    let targets = config.llm.targets.iter().collect();
    let (answer, _, ticket) = client::complete(origin, targets, &completion).await?;
    ticket.succeed();
    Ok(whole_text(&answer).unwrap_or_default())
}
