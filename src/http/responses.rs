//! `POST /v1/responses`: a turn in OpenAI's newer form. The turn is chat's; its reply is encoded as items and events.

use futures::FutureExt as _;
use serde_json::Value;

use super::chat;
use super::error::ApiError;
use super::exchange::Exchange;
use super::reply::Reply;
use super::turns::{self, TurnHeaders};
use crate::model::forms::{self, Message};
use crate::model::responses::{self, Ask, Encoder};
use crate::platform::background::spawn;
use crate::platform::clock::now_ms;
use crate::platform::random::new_id;
use crate::turn::close::close;

/// Answers a request for a response.
///
/// # Errors
/// The contract's: those of a chat completion, and 400 for a response to follow that is not this person's.
pub async fn create(exchange: Exchange) -> Result<Reply, ApiError> {
    let body = exchange.json_body(chat::BODY_BYTES_MAX).await?;
    let mut ask = Ask::parse(&body)?;
    let mut request = chat::parse(&exchange, &ask.chat)?;
    let setting = turns::setting(&exchange, request.user.as_deref())?;
    // Without a person there is nobody to keep it for.
    let is_stored = ask.store && (setting.person.is_some() || ask.has_conversation);
    request.may_be_kept = ask.store;
    if let Some(previous) = &ask.previous {
        let conversation = responses::conversation_of(previous).filter(|_| is_stored);
        let conversation = conversation.ok_or_else(turns::unknown_previous)?;
        request.conversation = Some(conversation.to_owned());
        request.is_continued = true;
    } else if is_stored && !ask.has_conversation {
        request.conversation = Some(new_id("conv_"));
    }
    ask.echo.insert("store".to_owned(), Value::from(is_stored));
    // A reply says nothing of what was heard in it.
    chat::heard(&setting, &mut request).await?;
    let turn = turns::open(&exchange, setting, &mut request, false)
        .boxed_local()
        .await?;
    let unique = new_id("");
    let id = responses::id_of(&unique, turn.conversation.as_deref());
    let encoder = |model: String| Encoder::new(ask.echo, &id, &unique, &model, now_s());
    if request.stream {
        let (opened, target, record) = chat::stream(&turn, &request).await?;
        let (headers, encoder) = (TurnHeaders::of(&turn, target), encoder(target.to_string()));
        return Ok(headers.on(chat::hand_on(turn, opened, record, Some(encoder))));
    }
    let (completion, target) = chat::completed(&turn, &request).await?;
    let (headers, mut encoder) = (TurnHeaders::of(&turn, target), encoder(target.to_string()));
    encoder.push(forms::events_of(&completion, true).unwrap_or_default().as_bytes());
    encoder.finish(None, now_s());
    spawn(close(turn, Message::of_completion(&completion)));
    Ok(headers.on(Reply::json(200, encoder.response().to_string())))
}

fn now_s() -> u64 {
    (now_ms() / 1000.0) as u64
}
