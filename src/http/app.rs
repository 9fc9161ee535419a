//! The application: configuration, route, caller, the resource, and one place where errors become answers. It knows the
//! resources; none of them knows it.

use std::future::ready;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response};

use super::client_secret::{self, ClientSecret};
use super::error::ApiError;
use super::exchange::{Exchange, drain_unread};
use super::identity::{self, Caller};
use super::reply::Reply;
use super::request_head::Head;
use super::router::{self, NoRoute, Parameters, ResponseRoute, Route};
use super::{
    admin_breakers, chat, conversations, embeddings, export, heard, mcp, memories, metrics, models, phrases,
    realtime, responses, sessions, speech, stats, transcription, usage, voices,
};
use crate::config::Config;
use crate::platform::clock::now_ms;
use crate::platform::isolate;
use crate::platform::log;
use crate::platform::random::new_id;
use crate::telemetry::collector::{count, observe};
use crate::telemetry::metrics::{FIRST_BYTE, REQUESTS};
use crate::telemetry::reporter::InFlight;
use crate::upstream::deadline;
use crate::upstream::fetch::{self, Surroundings};
use crate::voice::warm;

#[wasm_bindgen(module = "/src/platform/headers.js")]
extern "C" {
    fn head(request: &Request, names: &str) -> String;
}

/// The cron's work: keeps the phrases warm that are said most.
pub async fn scheduled() {
    let outcome = match isolate::config() {
        Ok(config) => {
            let around = Surroundings::of(fetch::nobody());
            warm::care(&config, around.clone()).await;
            let run = warm::run(&config, around).await;
            run.map_err(|error| error.problem())
        }
        Err(error) => Err(error.to_string()),
    };
    let line = match outcome {
        Ok(tally) => crate::wire::json::json!({"event": "warmed", "tally": tally.json()}),
        Err(problem) => crate::wire::json::json!({"event": "warm_failed", "problem": problem}),
    };
    log::info(&line);
}

/// Answers a request; whatever goes wrong becomes an answer, too.
pub async fn serve(request: Request) -> Response {
    let request_id = new_id("req_");
    let mut in_flight = InFlight::new(now_ms());
    let head = Head::parse(&head(&request, &Head::names()));
    in_flight.route = router::label(head.path());
    let in_flight = Rc::new(in_flight);
    let origin = head
        .header("origin")
        .filter(|origin| !origin.is_empty())
        .map(str::to_owned);
    // No resource reads what comes with these.
    let is_unread = in_flight.route == "/admin/phrases/warm"
        || head.method() == "GET"
            && head
                .header("content-length")
                .is_some_and(|length| !length.is_empty());
    let config = isolate::config();
    let reply = match config.clone() {
        Ok(config) => {
            let until_ms = now_ms() + f64::from(config.turn_total_ms);
            let answer = answer(
                JsCast::unchecked_into(JsValue::from(&request)),
                head,
                config,
                request_id.clone(),
                in_flight.clone(),
            );
            match deadline::within(until_ms, Box::pin(answer)).await {
                Ok(reply) => {
                    if is_unread {
                        drain_unread(&request).await;
                    }
                    reply
                }
                Err(error) => {
                    drain_unread(&request).await;
                    error.into()
                }
            }
        }
        Err(error) => {
            drain_unread(&request).await;
            ApiError::not_configured(format!("hearken is not set up: {error}")).into()
        }
    };
    let mut reply = reply
        .header("x-request-id", &request_id)
        .header("x-content-type-options", "nosniff")
        .maybe(
            "ratelimit-policy",
            config.as_ref().ok().and_then(|config| usage::policy(config)),
        );
    let allowed = config
        .ok()
        .zip(origin)
        .filter(|(config, origin)| config.allowed_origins.contains(origin));
    if let Some((_, origin)) = allowed {
        reply = reply
            .header("access-control-allow-origin", origin)
            .header("vary", "origin")
            .header("access-control-expose-headers", EXPOSED);
    }
    count(&REQUESTS, &[in_flight.route, &reply.status().to_string()], 1.0);
    observe(&FIRST_BYTE, &[in_flight.route], now_ms() - in_flight.began_at_ms);
    reply.into_response().unwrap_or_else(Response::error)
}

const EXPOSED: &str = "x-request-id, x-conversation-id, x-served-by, x-recall, x-cache, x-care, ai-disclosure, server-timing, retry-after, x-should-retry, ratelimit, ratelimit-policy";

fn health(config: &Config, head: bool) -> Reply {
    models::health(config, isolate::binding(realtime::BINDING).is_object(), head)
}

async fn answer(
    request: Request,
    head: Head,
    config: Rc<Config>,
    request_id: String,
    in_flight: Rc<InFlight>,
) -> Result<Reply, ApiError> {
    let began_at_ms = in_flight.began_at_ms;
    if head.method() == "OPTIONS" {
        return Ok(preflight());
    }
    let (route, parameters) = router::route(head.method(), head.path()).map_err(no_route)?;
    if route == Route::Health {
        return Ok(health(&config, head.method() == "HEAD"));
    }
    let authorization = head.header("authorization").filter(|value| !value.is_empty());
    let protocols = match route {
        Route::Realtime => request.headers().get("sec-websocket-protocol").ok().flatten(),
        _ => None,
    };
    let offered = protocols.as_deref().and_then(client_secret::offered);
    let authorization = authorization.or(offered.as_deref());
    let now_s = (began_at_ms / 1000.0) as u64;
    let secret = match route {
        Route::Realtime => client_secret::read(&config, authorization, now_s)?,
        _ => None,
    };
    let caller = match &secret {
        // Nobody's secret opens nobody's sessions, whomever the address names.
        Some(secret) => Caller::Person(secret.person.clone().unwrap_or_default()),
        // A visitor, who has a challenge to show.
        None if route == Route::Sessions && authorization.is_none() && config.takes_visitors() => {
            Caller::nobody()
        }
        None => identity::caller(&config, authorization, now_s)?,
    };
    let issued_at_ms = secret.as_ref().map(|secret| secret.issued_at_ms);
    if let Caller::Person(person) = &caller
        && let Some(issued_at_ms) = issued_at_ms.or_else(|| identity::issued_at_ms(authorization))
    {
        sessions::check(&config, person, issued_at_ms).await?;
    }
    let mut counted_as = None;
    if config.limits.rate_per_minute > 0 {
        let named = head.header("x-user").unwrap_or_default();
        let address = request.headers().get("cf-connecting-ip").ok().flatten();
        let key = sessions::counted_as(&caller, authorization, named, &address.unwrap_or_default());
        sessions::admit(&key).await?;
        counted_as = Some(key);
    }
    let is_made = config.marks
        && matches!(
            route,
            Route::Chat | Route::Responses | Route::Response(ResponseRoute::Get) | Route::Speech
        );
    let exchange = Exchange {
        request,
        head,
        config,
        request_id,
        began_at_ms,
        caller,
        counted_as,
        in_flight,
    };
    let reply = resource(exchange, route, parameters, secret).await?;
    Ok(match is_made {
        true => reply.header("ai-disclosure", "mode=machine-generated"),
        false => reply,
    })
}

/// The resource's own future, on the heap: a module's function is compiled when it is first called, and what one route
/// needs must not wait for what all of them need.
fn resource(
    exchange: Exchange,
    route: Route,
    [id, part]: Parameters,
    secret: Option<ClientSecret>,
) -> LocalBoxFuture<'static, Result<Reply, ApiError>> {
    match route {
        Route::Chat => Box::pin(chat::complete(exchange)),
        Route::Responses => Box::pin(responses::create(exchange)),
        Route::Response(route) => Box::pin(responses::stored(exchange, route, id)),
        Route::Speech => Box::pin(speech::speak(exchange)),
        Route::Transcription => Box::pin(transcription::transcribe(exchange, false)),
        Route::Translation => Box::pin(transcription::transcribe(exchange, true)),
        Route::Realtime => Box::pin(realtime::connect(exchange, secret)),
        Route::RealtimeSecret => Box::pin(realtime::secret(exchange)),
        Route::Embeddings => Box::pin(embeddings::embed(exchange)),
        Route::Voices => Box::pin(voices::list(exchange)),
        Route::SpeechModels => Box::pin(ready(Ok(voices::models(&exchange)))),
        Route::Models => Box::pin(ready(Ok(models::list(&exchange.config)))),
        Route::Model => Box::pin(ready(models::one(&exchange.config, &id))),
        Route::EndSessions => Box::pin(sessions::revoke(exchange)),
        Route::Usage => Box::pin(usage::usage(exchange)),
        Route::Sessions => Box::pin(sessions::create(exchange)),
        Route::Memory(route) => Box::pin(memories::serve(exchange, route, id)),
        Route::Conversation(route) => Box::pin(conversations::serve(exchange, route, [id, part])),
        Route::Mcp => Box::pin(mcp::serve(exchange)),
        Route::Export => Box::pin(export::export(exchange)),
        Route::Erase => Box::pin(export::erase(exchange)),
        Route::Metrics => Box::pin(metrics::metrics(exchange)),
        Route::Heard => Box::pin(heard::heard(exchange)),
        Route::Stats => Box::pin(stats::stats(exchange)),
        Route::Breakers => Box::pin(admin_breakers::list(exchange)),
        Route::Breaker => Box::pin(admin_breakers::one(exchange, id)),
        Route::Health => Box::pin(ready(Ok(health(&exchange.config, false)))),
        Route::Phrases => Box::pin(phrases::list(exchange)),
        Route::ClearPhrases => Box::pin(phrases::clear(exchange)),
        Route::WarmPhrases => Box::pin(phrases::warm(exchange)),
    }
}

fn no_route(reason: NoRoute) -> ApiError {
    match reason {
        NoRoute::Unknown => ApiError::not_found("there is nothing at this address").with_code("not_found"),
        NoRoute::Method(allow) => ApiError::method_not_allowed(allow),
    }
}

/// The origin's own header is added to every answer where it is allowed; without it a browser goes no further. Any
/// header may come (SDKs send a dozen of their own); `*` does not stand for `authorization` (Fetch standard,
/// "CORS-preflight fetch").
fn preflight() -> Reply {
    Reply::empty()
        .header("access-control-allow-methods", "GET, POST, PUT, DELETE, OPTIONS")
        .header(
            "access-control-allow-headers",
            "authorization, content-type, x-user, *",
        )
        .header("access-control-max-age", "86400")
}
