//! `/v1/conversations`: what was said, as it is kept.

use serde_json::json;

use super::error::ApiError;
use super::exchange::Exchange;
use super::person_resource::{answer, call, shown};
use super::query::page;
use super::reply::Reply;
use super::router::ConversationRoute;
use crate::memory::person::protocol::Call;

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
        ConversationRoute::Delete => {
            let () = call(&exchange, &Call::DeleteConversation(id.clone())).await?;
            Ok(answer(
                json!({"id": id, "object": "conversation.deleted", "deleted": true}),
            ))
        }
    }
}
