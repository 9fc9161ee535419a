//! `GET /v1/realtime`: authorises a WebSocket and hands it to a session's object; `POST /v1/realtime/client_secrets`.
//!
//! All that can be refused is refused here, before the upgrade, as plain HTTP: nobody without a credential reaches an object.

use serde_json::Value;
use web_sys::Url;

use super::client_secret::ClientSecret;
use super::error::ApiError;
use super::exchange::Exchange;
use super::identity;
use super::query;
use super::reply::Reply;
use super::turns::{edge_place, edge_state};
use crate::config::{Auth, COMPANION, Config};
use crate::model::request::is_conversation_id;
use crate::platform::log;
use crate::platform::objects;
use crate::platform::random::new_id;
use crate::realtime::object::{CALL_HEADER, PROTOCOL};
use crate::realtime::setup;
use crate::turn::ambient::UNKNOWN_PERSONA;
use crate::wire::json::json;

/// The namespace of the objects.
pub const BINDING: &str = "SESSION";
/// Instructions, tools and the like.
const SECRET_BODY_BYTES_MAX: u32 = 64 * 1024;

/// Opens a session.
///
/// # Errors
/// 400 for what is no upgrade or cannot be served, 403 for an origin that may not call, 404 for an unknown model.
pub async fn connect(exchange: Exchange, secret: Option<ClientSecret>) -> Result<Reply, ApiError> {
    if !exchange.header("upgrade").eq_ignore_ascii_case("websocket") {
        return Err(
            ApiError::bad_request("GET /v1/realtime needs an upgrade to WebSocket")
                .with_code("upgrade_needed"),
        );
    }
    check_origin(&exchange)?;
    let id = new_id("sess_");
    let persona = exchange.parameter("persona")?;
    let personas = &exchange.config.personas;
    if persona
        .as_deref()
        .is_some_and(|name| personas.chosen(name).is_none())
    {
        return Err(ApiError::invalid("persona", UNKNOWN_PERSONA));
    }
    let voice = personas
        .of(persona.as_deref())
        .voice
        .filter(|_| persona.is_some());
    let session = session(&exchange, secret.as_ref(), &id, voice.as_deref())?;
    let named = exchange.parameter("person")?;
    let person = exchange.person(named.as_deref())?.unwrap_or_default();
    let conversation = exchange.parameter("conversation")?;
    if conversation.as_deref().is_some_and(|id| !is_conversation_id(id)) {
        let message = "conversation must be 1 to 128 visible ASCII characters without / ? # %";
        return Err(ApiError::invalid("conversation", message));
    }
    let offers = exchange.header("sec-websocket-protocol");
    let is_offered = offers.split(',').any(|protocol| protocol.trim() == PROTOCOL);
    let place = edge_place(&exchange);
    let goes_on = conversation.is_some() && !person.is_empty();
    let call = json!({
        "person": person, "persona": persona, "session": session, "goes_on": goes_on, "conversation": conversation.unwrap_or_else(|| new_id("conv_")),
        "protocol": if is_offered { PROTOCOL } else { "" }, "timezone": place.timezone, "names": place.names, "state": edge_state(&exchange),
        "request_id": exchange.request_id, "counted_as": exchange.counted_as,
    });
    let response = objects::connect(BINDING, CALL_HEADER, &ascii(&call.to_string())).await;
    response.map(Reply::upgraded).map_err(|error| {
        log::error(&json!({"event": "session_not_opened", "error": error.to_string()}));
        ApiError::unavailable("the session could not be opened: try again").with_code("session_unavailable")
    })
}

/// JSON that a header can hold: what is not ASCII is escaped.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c.is_ascii() {
            true => out.push(c),
            false => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out
}

/// On a laptop any page could open a socket: only those of its own address and those that may call do.
fn check_origin(exchange: &Exchange) -> Result<(), ApiError> {
    let origin = exchange.header("origin");
    let own = Url::new(&exchange.request.url())
        .map(|url| url.host())
        .unwrap_or_default();
    let host = origin.split_once("://").map(|(_, host)| host).unwrap_or_default();
    let may = exchange.config.auth == Auth::Required
        || origin.is_empty()
        || host == own
        || exchange.config.allowed_origins.contains(&origin);
    match may {
        true => Ok(()),
        false => Err(ApiError::forbidden(
            "this origin may not call: see ALLOWED_ORIGINS",
        )),
    }
}

/// The session that is in force from the beginning.
fn session(
    exchange: &Exchange,
    secret: Option<&ClientSecret>,
    id: &str,
    voice: Option<&str>,
) -> Result<Value, ApiError> {
    if exchange.parameter("call_id")?.is_some() {
        return Err(ApiError::invalid(
            "call_id",
            "call_id is not served: there are no calls to stand beside",
        ));
    }
    let model = exchange.parameter("model")?;
    let intent = exchange.parameter("intent")?;
    let update = secret
        .map(|secret| &secret.session)
        .filter(|update| update.is_object());
    let is_words = match (intent.as_deref(), &model) {
        (Some("transcription"), None) => true,
        (Some("transcription"), Some(_)) => {
            return Err(ApiError::invalid(
                "intent",
                "intent=transcription has no model in its address",
            ));
        }
        (Some("conversation") | None, _) => false,
        _ => {
            return Err(ApiError::invalid(
                "intent",
                "intent must be transcription, or be left out",
            ));
        }
    };
    let expires_at_s =
        exchange.began_at_ms as u64 / 1_000 + u64::from(exchange.config.realtime_session_ms) / 1_000;
    effective(
        &exchange.config,
        model.as_deref(),
        is_words,
        update,
        (id, expires_at_s),
        voice,
    )
}

/// A session as it begins, with what a secret sets up.
fn effective(
    config: &Config,
    model: Option<&str>,
    is_words: bool,
    update: Option<&Value>,
    (id, expires_at_s): (&str, u64),
    voice: Option<&str>,
) -> Result<Value, ApiError> {
    let word = |name: &str| update.and_then(|update| update.get(name)).and_then(Value::as_str);
    let is_words = is_words || (word("type") == Some("transcription") && model.is_none());
    let model = model
        .or(word("model"))
        .filter(|model| !model.is_empty())
        .unwrap_or(COMPANION);
    if config.realtime_model(model).is_none() {
        return Err(ApiError::model_not_found(
            "the model does not exist: see GET /v1/models",
        ));
    }
    let mut session = match is_words {
        true => setup::transcription(id, expires_at_s),
        false => setup::conversation(id, model, voice.unwrap_or(&config.voice), expires_at_s),
    };
    if let Some(update) = update {
        setup::update(&mut session, update, false).map_err(|refusal| {
            ApiError::invalid(refusal.param.as_deref().unwrap_or("session"), refusal.message)
        })?;
    }
    Ok(session)
}

/// A secret with which a browser opens sessions.
///
/// # Errors
/// 403 for a caller that has only a token itself, 400 for the input, 503 without `SESSION_SECRET`.
pub async fn secret(exchange: Exchange) -> Result<Reply, ApiError> {
    exchange.authorized()?;
    let body = exchange.json_body(SECRET_BODY_BYTES_MAX).await?;
    let body = match body.trim().is_empty() {
        true => json!({}),
        false => Value::Object(query::object(&body)?),
    };
    let missing = || ApiError::not_configured("no session secret is set: add the secret SESSION_SECRET");
    let key = identity::session_secret(&exchange.config).ok_or_else(missing)?;
    let user = match body.get("user") {
        None | Some(Value::Null) => None,
        Some(Value::String(user)) => Some(user.as_str()),
        Some(_) => return Err(ApiError::invalid("user", "user must be a string")),
    };
    let person = exchange.person(user)?;
    let secret = ClientSecret::ask(&body, person, exchange.began_at_ms as u64)?;
    let id = new_id("sess_");
    let update = Some(&secret.session).filter(|session| session.is_object());
    let session = effective(
        &exchange.config,
        None,
        false,
        update,
        (&id, secret.expires_at_s),
        None,
    )?;
    let value = secret.sign(key).ok_or_else(missing)?;
    let body = json!({"value": value, "expires_at": secret.expires_at_s, "session": session});
    Ok(Reply::json(200, body.to_string()).header("cache-control", "no-store"))
}
