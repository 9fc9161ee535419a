//! `/v1/conversations`: what was said, as it is kept.

use serde_json::Value;

use super::error::ApiError;
use super::exchange::Exchange;
use super::person_resource::{answer, body, call, handed_on, lost, shown};
use super::query::{is_ascending, page};
use super::reply::Reply;
use super::router::{ConversationRoute, Parameters};
use crate::memory::person::protocol::{Call, Said};
use crate::model::request::{BadField, ChatRequest};
use crate::model::responses::{ResponsesRequest, check_metadata};
use crate::platform::random::new_id;
use crate::turn::prompt;
use crate::wire::json::json;

/// Items that are put into a conversation at once, as OpenAI has it.
const ITEMS_MAX: usize = 20;

/// Answers a request for conversations.
///
/// # Errors
/// 400 with the parameter, 404 for a conversation that is not this person's, 503.
pub async fn serve(
    exchange: Exchange,
    route: ConversationRoute,
    [id, item]: Parameters,
) -> Result<Reply, ApiError> {
    match route {
        ConversationRoute::List => {
            let ask = page(&|name| exchange.parameter(name))?;
            shown(&exchange, &Call::Conversations(ask)).await
        }
        ConversationRoute::Get => shown(&exchange, &Call::conversation(id)).await,
        ConversationRoute::Create => {
            let (fields, person) = body(&exchange).await?;
            let metadata = metadata(fields.get("metadata").unwrap_or(&Value::Null))?;
            let (id, said) = (new_id("conv_"), said(fields.get("items"))?);
            let made = person.text(&Call::Create { id, said, metadata }).await;
            made.map(handed_on).map_err(lost)
        }
        ConversationRoute::Items => {
            let ask = page(&|name| exchange.parameter(name))?;
            let is_ascending = is_ascending(exchange.parameter("order")?.as_deref())?;
            shown(
                &exchange,
                &Call::ConversationItems {
                    id,
                    page: ask,
                    is_ascending,
                },
            )
            .await
        }
        ConversationRoute::Extend => {
            let (fields, person) = body(&exchange).await?;
            let said = said(fields.get("items"))?;
            let extended = person.text(&Call::Extend { id, said }).await;
            extended.map(handed_on).map_err(lost)
        }
        ConversationRoute::Item => shown(&exchange, &Call::ConversationItem { id, item }).await,
        ConversationRoute::DeleteItem => shown(&exchange, &Call::DeleteItem { id, item }).await,
        ConversationRoute::Label => {
            let (fields, person) = body(&exchange).await?;
            // Null takes all of it away: it has to be said.
            let metadata = metadata(fields.get("metadata").unwrap_or(&Value::Bool(false)))?;
            person
                .text(&Call::Label { id, metadata })
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

/// What is said in items of a Responses request.
fn said(items: Option<&Value>) -> Result<Vec<Said>, ApiError> {
    match items {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) if items.is_empty() => return Ok(Vec::new()),
        Some(Value::Array(items)) if items.len() <= ITEMS_MAX => {}
        _ => {
            return Err(ApiError::invalid(
                "items",
                format!("items must be a list of at most {ITEMS_MAX}"),
            ));
        }
    }
    let ask = ResponsesRequest::parse(&json!({"input": items}).to_string(), &[], "");
    let request = ask.and_then(|ask| ChatRequest::parse(&ask.chat));
    // They are read as the input of a response, and are named as they came.
    let request = request.map_err(|bad| BadField::of("items", bad.message.replacen("input", "items", 1)))?;
    Ok(prompt::said(&request.messages()))
}

fn metadata(given: &Value) -> Result<String, ApiError> {
    if given.is_null() {
        return Ok("{}".to_owned());
    }
    check_metadata(given)?;
    Ok(given.to_string())
}
