//! `/v1/responses`: a turn in OpenAI's newer form. The turn is chat's; its reply is encoded as items and events, and
//! stored in the person's conversation before its end is told.

use futures::FutureExt as _;
use serde_json::Value;

use super::care;
use super::chat;
use super::error::ApiError;
use super::exchange::Exchange;
use super::model_reply;
use super::person_resource::{answer, call, lost, shown};
use super::query::{is_ascending, page};
use super::reply::Reply;
use super::router::ResponseRoute;
use super::turns::{self, TurnHeaders};
use crate::config::COMPANION;
use crate::memory::person::client::{Lost, PersonClient};
use crate::memory::person::protocol::{Call, CallRefusal};
use crate::memory::person::responses::ITEMS_MAX;
use crate::model::forms::{self, ReplyMessage};
use crate::model::request::BadField;
use crate::model::responses::{self, Encoder, PREFIX, ResponsesRequest};
use crate::platform::clock::now_s;
use crate::platform::random::new_id;
use crate::wire::fields::Fields;
use crate::wire::json::json;

/// Answers a request for a response.
///
/// # Errors
/// The contract's: those of a chat completion, 400 for a response to follow that is not this person's, and 404 for an item.
pub async fn create(exchange: Exchange) -> Result<Reply, ApiError> {
    created(exchange)
        .await
        .map_err(|error| match error.param.as_deref().and_then(own_name) {
            Some(name) => error.with_param(name),
            None => error,
        })
}

/// What a field of a chat request is called here, where it has another name: the turn, and its provider, speak of theirs.
fn own_name(param: &str) -> Option<&'static str> {
    match param {
        "messages" => Some("input"),
        "max_tokens" | "max_completion_tokens" => Some("max_output_tokens"),
        "response_format" | "verbosity" => Some("text"),
        "reasoning_effort" => Some("reasoning"),
        _ => None,
    }
}

async fn created(exchange: Exchange) -> Result<Reply, ApiError> {
    let body = exchange.json_body(chat::BODY_BYTES_MAX).await?;
    let references = responses::references(&body);
    let known = match references.is_empty() {
        true => Vec::new(),
        false => known(&exchange, &body, references).boxed_local().await?,
    };
    let unique = new_id("");
    let mut ask = ResponsesRequest::parse(&body, &known, &unique)?;
    drop(body);
    let mut request = chat::parse(&exchange, &std::mem::take(&mut ask.chat))?;
    let setting = turns::setting(&exchange, request.user.as_deref())?;
    // Without a person there is nobody to keep it for.
    let is_stored = ask.store && (setting.person.is_some() || ask.has_conversation);
    request.may_be_kept = ask.store;
    request.only_reads = !ask.store;
    if ask.previous.is_some() && setting.person.is_none() {
        return Err(turns::unknown_previous());
    }
    request.follows = ask.previous.take();
    if is_stored {
        request.response = Some(format!("{PREFIX}{unique}"));
    }
    if (is_stored || request.follows.is_some()) && !ask.has_conversation {
        request.repeats = ask.repeats.take();
        request.conversation = Some(new_id("conv_"));
    }
    ask.echo.insert("store".to_owned(), Value::from(is_stored));
    // A reply says nothing of what was heard in it.
    chat::heard(&setting, &mut request).await?;
    let mut turn = turns::open(&exchange, setting, &mut request, false)
        .boxed_local()
        .await?;
    let encoder = |model: String| Encoder::new(ask, &unique, &model, now_s());
    if turn.setting.is_care() && request.stream {
        let encoder = encoder(COMPANION.to_owned());
        return care::response(turn, &request, encoder);
    }
    if request.stream {
        let (opened, target, record) = model_reply::text_stream(&turn, &request).await?;
        let (headers, encoder) = (TurnHeaders::of(&turn, target), encoder(target.to_string()));
        return Ok(headers.on(chat::hand_on(turn, opened, record, Some(encoder))));
    }
    let (completion, headers, model) = care::completed(&turn, &request).boxed_local().await?;
    let mut encoder = encoder(model);
    encoder.push(forms::events_of(&completion, true).unwrap_or_default().as_bytes());
    encoder.finish(None, now_s());
    let response = encoder.response().to_string();
    turn.answered(encoder.stored());
    chat::closing(turn, ReplyMessage::of_completion(&completion)).await;
    Ok(headers.on(Reply::json(200, response)))
}

/// The items that a request refers to.
async fn known(exchange: &Exchange, body: &str, ids: Vec<String>) -> Result<Vec<String>, ApiError> {
    if ids.len() > ITEMS_MAX {
        let message = format!("input must refer to at most {ITEMS_MAX} items");
        return Err(BadField::of("input", message).into());
    }
    let unknown = |id: &str, why: &str| {
        ApiError::not_found(format!("input: the item {id} is not stored for this person{why}"))
            .with_param("input")
            .with_code("item_not_found")
    };
    let user = Fields::read(body).and_then(|fields| fields.string("user"));
    let Some(person) = exchange.person(user.as_deref())? else {
        let first = ids.first().map(String::as_str).unwrap_or_default();
        let why = ": nobody is named in user or x-user; send items whole with store false";
        return Err(unknown(first, why));
    };
    let person = PersonClient::of(&exchange.config, &person).map_err(lost)?;
    person.call(&Call::Items(ids)).await.map_err(|why| match why {
        Lost::Refused(CallRefusal::NoItem(id)) => unknown(&id, ""),
        why => lost(why),
    })
}

/// Answers a request for a response that is stored.
///
/// # Errors
/// 400 with the parameter, 404 for a response that is not this person's, 503.
pub async fn stored(exchange: Exchange, route: ResponseRoute, id: String) -> Result<Reply, ApiError> {
    match route {
        ResponseRoute::Get => {
            if exchange.parameter("stream")?.as_deref() == Some("true") {
                let message = "stream must be left out: a response that is stored has ended";
                return Err(ApiError::invalid("stream", message));
            }
            shown(&exchange, &Call::Response(id)).await
        }
        ResponseRoute::Input => {
            let is_ascending = is_ascending(exchange.parameter("order")?.as_deref())?;
            let page = page(&|name| exchange.parameter(name))?;
            let ask = Call::ResponseInput {
                id,
                page,
                is_ascending,
            };
            shown(&exchange, &ask).await
        }
        ResponseRoute::Delete => {
            let () = call(&exchange, &Call::DeleteResponse(id.clone())).await?;
            Ok(answer(json!({"id": id, "object": "response", "deleted": true})))
        }
    }
}
