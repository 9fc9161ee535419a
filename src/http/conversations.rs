//! `/v1/conversations`: what was said, as it is kept.

use serde_json::{Value, json};

use super::error::ApiError;
use super::exchange::Exchange;
use super::person_resource::{answer, call, list_json};
use super::query::page;
use super::reply::Reply;
use super::router::ConversationRoute;
use crate::memory::person::protocol::{CALL, Call, Conversation, Message, Page, RESULT};

/// Answers a request for conversations.
///
/// # Errors
/// 400 with the parameter, 404 for a conversation that is not this person's, 503.
pub async fn serve(exchange: Exchange, route: ConversationRoute, id: String) -> Result<Reply, ApiError> {
    match route {
        ConversationRoute::List => {
            let ask = page(&|name| exchange.parameter(name))?;
            let page: Page<Conversation> = call(&exchange, &Call::Conversations(ask)).await?;
            let data: Vec<Value> = page.data.iter().map(head).collect();
            Ok(answer(list_json(data, page.has_more)))
        }
        ConversationRoute::Get => {
            let conversation: Conversation = call(&exchange, &Call::Conversation { id }).await?;
            let messages: Vec<Value> = conversation.messages.iter().map(shown).collect();
            let mut body = head(&conversation);
            if let Some(fields) = body.as_object_mut() {
                fields.insert("messages".into(), Value::Array(messages));
            }
            Ok(answer(body))
        }
        ConversationRoute::Delete => {
            let () = call(&exchange, &Call::DeleteConversation { id: id.clone() }).await?;
            Ok(answer(
                json!({"id": id, "object": "conversation.deleted", "deleted": true}),
            ))
        }
    }
}

/// A message as OpenAI has it: calls of tools and their results, which are kept as JSON, are messages of their own.
fn shown(message: &Message) -> Value {
    let mut shown = json!({
        "id": message.id, "object": "message", "role": message.role, "content": message.content,
        "created_at": message.at_ms / 1_000,
    });
    if matches!(message.role.as_str(), CALL | RESULT)
        && let Ok(Value::Object(kept)) = serde_json::from_str(&message.content)
        && let Some(fields) = shown.as_object_mut()
    {
        let named = ["role", "content", "tool_calls", "tool_call_id"];
        fields.extend(
            kept.into_iter()
                .filter(|(name, _)| named.contains(&name.as_str())),
        );
    }
    shown
}

fn head(conversation: &Conversation) -> Value {
    json!({
        "id": conversation.id, "object": "conversation", "summary": conversation.summary, "message_count": conversation.count,
        "created_at": conversation.created_at_ms / 1_000, "updated_at": conversation.updated_at_ms / 1_000,
    })
}
