//! `/v1/conversations`: what was said, as it is kept.

use serde_json::{Value, json};

use super::error::ApiError;
use super::exchange::Exchange;
use super::person_resource::{answer, body, call, handed_on, lost, shown};
use super::query::page;
use super::reply::Reply;
use super::router::ConversationRoute;
use crate::memory::person::protocol::Call;

/// What may be noted about a conversation: so many pairs, a key and a value so long, as OpenAI has it.
const PAIRS_MAX: usize = 16;
const KEY_CHARS_MAX: usize = 64;
const VALUE_CHARS_MAX: usize = 512;

/// Answers a request for conversations.
///
/// # Errors
/// 400 with the parameter, 404 for a conversation that is not this person's, 503.
pub async fn serve(exchange: Exchange, route: ConversationRoute, id: String) -> Result<Reply, ApiError> {
    match route {
        ConversationRoute::List => {
            let ask = page(&|name| exchange.parameter(name))?;
            shown(&exchange, &Call::Conversations(ask)).await
        }
        ConversationRoute::Get => shown(&exchange, &Call::Conversation(id)).await,
        ConversationRoute::Label => {
            let (fields, person) = body(&exchange).await?;
            let metadata = metadata(fields.get("metadata"))?;
            person
                .text(&Call::Label(id, metadata))
                .await
                .map(handed_on)
                .map_err(lost)
        }
        ConversationRoute::Delete => {
            let () = call(&exchange, &Call::DeleteConversation(id.clone())).await?;
            Ok(answer(
                json!({"id": id, "object": "conversation.deleted", "deleted": true}),
            ))
        }
    }
}

fn metadata(given: Option<&Value>) -> Result<String, ApiError> {
    let is_pair = |(key, value): (&String, &Value)| {
        let fits = |value: &str| value.chars().count() <= VALUE_CHARS_MAX;
        key.chars().count() <= KEY_CHARS_MAX && value.as_str().is_some_and(fits)
    };
    match given {
        Some(Value::Null) => Ok("{}".to_owned()),
        Some(Value::Object(pairs)) if pairs.len() <= PAIRS_MAX && pairs.iter().all(is_pair) => {
            Ok(Value::Object(pairs.clone()).to_string())
        }
        _ => Err(ApiError::invalid(
            "metadata",
            format!(
                "metadata must be an object of at most {PAIRS_MAX} strings of {VALUE_CHARS_MAX} characters, with keys of {KEY_CHARS_MAX}"
            ),
        )),
    }
}
