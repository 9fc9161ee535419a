//! Serves one request: configuration, route, identity, the resource, and one place where errors become answers.

use std::future::ready;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Request, Response};
use worker::{Context, Env};

use super::error::ApiError;
use super::head::{Head, NAMES};
use super::identity::{self, Caller};
use super::reply::Reply;
use super::router::{self, NoRoute, Route};
use super::{
    admin_breakers, chat, conversations, export, memories, metrics, models, phrases, speech, transcription,
};
use crate::config::Config;
use crate::platform::isolate;
use crate::upstream::fetch::{self, Surroundings, now_ms};
use crate::upstream::limit;
use crate::voice::warm;
use crate::wire::escapes::whole_characters;
use crate::wire::flat::SEPARATOR;

#[wasm_bindgen(module = "/src/platform/headers.js")]
extern "C" {
    fn head(request: &Request, names: &str) -> String;
    fn drain(body: &web_sys::ReadableStream, bytes_max: u32, ms_max: u32) -> JsValue;
}

/// What is read of a body that is refused, and for how long.
const DRAIN_BYTES_MAX: u32 = 128 * 1024 * 1024;
const DRAIN_MS_MAX: u32 = 10_000;

/// Everything a resource needs of its request.
pub struct Exchange {
    /// The request as the platform gives it.
    pub request: Request,
    /// What its head says.
    pub head: Head,
    /// The configuration.
    pub config: Rc<Config>,
    /// Where bindings are.
    pub env: Env,
    /// For work that outlives the answer.
    pub context: Context,
    /// `x-request-id`.
    pub request_id: String,
    /// When it came, milliseconds since 1970.
    pub began_at_ms: f64,
    /// Who asks.
    pub caller: Caller,
}

impl Exchange {
    /// A request header, or an empty string.
    pub fn header(&self, name: &str) -> String {
        match self.head.header(name) {
            Some(value) => value.to_owned(),
            None => self
                .request
                .headers()
                .get(name)
                .ok()
                .flatten()
                .unwrap_or_default(),
        }
    }

    /// The person this request is about: the token's, else the one named in the body or by `x-user`, else `local`.
    ///
    /// # Errors
    /// 400 when the name is too long.
    pub fn person(&self, named: Option<&str>) -> Result<String, ApiError> {
        let header = self.header("x-user");
        self.caller.person(named.or(Some(&header)))
    }

    /// Aborted when the client leaves.
    pub fn client(&self) -> AbortSignal {
        self.request.signal()
    }

    /// What an attempt at a provider needs of the platform.
    pub fn surroundings(&self, file: Option<JsValue>) -> Surroundings {
        Surroundings {
            client: self.client(),
            ai: ai_binding(&self.env),
            file,
        }
    }

    /// Reads a refused body to its end, or as much as is bearable: a client that is still sending when the answer
    /// comes may see a broken connection instead of the answer (RFC 9110 §15.5.14 leaves both open).
    pub async fn drain_body(&self) {
        drain_unread(&self.request).await;
    }

    /// The body as text.
    ///
    /// # Errors
    /// 415 unless it is JSON, 413 above `bytes_max`, 400 when it broke off.
    pub async fn json_body(&self, bytes_max: u32) -> Result<String, ApiError> {
        let content_type = self.header("content-type").to_ascii_lowercase();
        if !content_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .ends_with("json")
        {
            return Err(ApiError::new(
                415,
                "the body must be JSON: content-type: application/json",
            ));
        }
        if let Err(error) = refuse_large(self, bytes_max) {
            self.drain_body().await;
            return Err(error);
        }
        let broken = |_| ApiError::new(400, "the body could not be read");
        if self.header("content-length").is_empty() {
            return self.measured_body(bytes_max).await;
        }
        let text = wasm_bindgen_futures::JsFuture::from(self.request.text().map_err(broken)?)
            .await
            .map_err(broken)?;
        Ok(whole_characters(text.as_string().unwrap_or_default()))
    }

    /// A body that does not say how long it is, read no further than it may be.
    async fn measured_body(&self, bytes_max: u32) -> Result<String, ApiError> {
        let mut bytes = Vec::new();
        if let Some(stream) = self.request.body() {
            let reader = fetch::reader(&stream);
            while let Some(chunk) = fetch::read_chunk(&reader)
                .await
                .map_err(|_| ApiError::new(400, "the body could not be read"))?
            {
                if bytes.len() + chunk.length() as usize > bytes_max as usize {
                    fetch::release(&reader);
                    self.drain_body().await;
                    return Err(too_large(bytes_max));
                }
                bytes.extend(chunk.to_vec());
            }
        }
        // As the platform reads it: what is no UTF-8 is replaced, and a byte order mark is dropped.
        let text = String::from_utf8_lossy(&bytes);
        Ok(whole_characters(
            text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned(),
        ))
    }
}

/// An unread body would also cost the client its connection: the platform closes it behind the answer.
async fn drain_unread(request: &Request) {
    let Some(body) = request.body().filter(|body| !body.locked()) else {
        return;
    };
    if let Ok(drained) = drain(&body, DRAIN_BYTES_MAX, DRAIN_MS_MAX).dyn_into::<js_sys::Promise>() {
        let _ = wasm_bindgen_futures::JsFuture::from(drained).await;
    }
}

fn ai_binding(env: &Env) -> Option<JsValue> {
    Reflect::get(env, &"AI".into()).ok().filter(|ai| ai.is_object())
}

/// The cron's work: keeps the phrases warm that are said most.
pub async fn scheduled(env: Env) {
    let outcome = match isolate::config() {
        Ok(config) => {
            let around = Surroundings {
                client: fetch::nobody(),
                ai: ai_binding(&env),
                file: None,
            };
            warm::run(&env, &config, around).await
        }
        Err(error) => Err(error.to_string()),
    };
    let line = match outcome {
        Ok(tally) => serde_json::json!({"event": "warmed", "tally": tally}),
        Err(problem) => serde_json::json!({"event": "warm_failed", "problem": problem}),
    };
    worker::console_log!("{line}");
}

/// Refuses by `content-length` before anything is read; a chunked body is measured while it is read.
///
/// # Errors
/// 413.
pub fn refuse_large(exchange: &Exchange, bytes_max: u32) -> Result<(), ApiError> {
    let length: u64 = exchange.header("content-length").parse().unwrap_or(0);
    if length > u64::from(bytes_max) {
        Err(too_large(bytes_max))
    } else {
        Ok(())
    }
}

/// 413 that names the limit.
pub fn too_large(bytes_max: u32) -> ApiError {
    ApiError::new(413, format!("the request must be at most {bytes_max} bytes"))
        .with_code("request_too_large")
}

/// Answers a request; whatever goes wrong becomes an answer, too.
pub async fn serve(request: Request, env: Env, context: Context) -> Response {
    let request_id = new_id("req_");
    let head = Head::parse(&head(&request, &NAMES.join(SEPARATOR)));
    let origin = head
        .header("origin")
        .filter(|origin| !origin.is_empty())
        .map(str::to_owned);
    let config = isolate::config();
    let reply = match config.clone() {
        Ok(config) => {
            let until_ms = now_ms() + f64::from(config.turn_total_ms);
            let answer = answer(
                JsCast::unchecked_into(JsValue::from(&request)),
                head,
                env,
                context,
                config,
                request_id.clone(),
            );
            match limit::within(until_ms, Box::pin(answer)).await {
                Ok(reply) => reply,
                Err(error) => {
                    drain_unread(&request).await;
                    error.into()
                }
            }
        }
        Err(error) => {
            drain_unread(&request).await;
            ApiError::new(503, format!("hearken is not set up: {error}"))
                .with_code("not_configured")
                .into()
        }
    };
    let mut reply = reply
        .header("x-request-id", &request_id)
        .header("x-content-type-options", "nosniff");
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
    reply.into_response().unwrap_or_else(Response::error)
}

const EXPOSED: &str =
    "x-request-id, x-conversation-id, x-served-by, x-recall, x-cache, server-timing, retry-after";

async fn answer(
    request: Request,
    head: Head,
    env: Env,
    context: Context,
    config: Rc<Config>,
    request_id: String,
) -> Result<Reply, ApiError> {
    let began_at_ms = now_ms();
    if head.method() == "OPTIONS" {
        return Ok(preflight());
    }
    let route = router::route(head.method(), head.path()).map_err(no_route)?;
    if route == Route::Health {
        return Ok(models::health(&config, head.method() == "HEAD"));
    }
    let authorization = head.header("authorization").filter(|value| !value.is_empty());
    let caller = identity::caller(&config, authorization, (began_at_ms / 1000.0) as u64)?;
    let exchange = Exchange {
        request,
        head,
        config,
        env,
        context,
        request_id,
        began_at_ms,
        caller,
    };
    resource(exchange, route).await
}

/// The resource's own future, on the heap: a module's function is compiled when it is first called, and what one route
/// needs must not wait for what all of them need.
fn resource(exchange: Exchange, route: Route) -> LocalBoxFuture<'static, Result<Reply, ApiError>> {
    match route {
        Route::Chat => Box::pin(chat::complete(exchange)),
        Route::Speech => Box::pin(speech::speak(exchange)),
        Route::Transcription => Box::pin(transcription::transcribe(exchange)),
        Route::Models => Box::pin(ready(Ok(models::list(&exchange.config)))),
        Route::Model(id) => Box::pin(ready(models::one(&exchange.config, &id))),
        Route::Sessions => Box::pin(models::session(exchange)),
        Route::Memory(route) => Box::pin(memories::serve(exchange, route)),
        Route::Conversation(route) => Box::pin(conversations::serve(exchange, route)),
        Route::Export => Box::pin(export::export(exchange)),
        Route::Erase => Box::pin(export::erase(exchange)),
        Route::Metrics => Box::pin(metrics::metrics(exchange)),
        Route::Breakers => Box::pin(admin_breakers::list(exchange)),
        Route::Breaker(key) => Box::pin(async move { admin_breakers::one(exchange, &key).await }),
        Route::Health => Box::pin(ready(Ok(models::health(&exchange.config, false)))),
        Route::Phrases => Box::pin(phrases::list(exchange)),
        Route::ClearPhrases => Box::pin(phrases::clear(exchange)),
        Route::WarmPhrases => Box::pin(phrases::warm(exchange)),
    }
}

fn no_route(reason: NoRoute) -> ApiError {
    match reason {
        NoRoute::Unknown => ApiError::new(404, "there is nothing at this address").with_code("not_found"),
        NoRoute::Method(allow) => {
            let error =
                ApiError::new(405, format!("this address takes {allow}")).with_code("method_not_allowed");
            ApiError {
                allow: Some(allow),
                ..error
            }
        }
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

/// A new id: the prefix and 24 random hexadecimal digits.
pub fn new_id(prefix: &str) -> String {
    let mut bytes = [0u8; 12];
    // Without randomness the id is all zeros: an inconvenience for whoever reads logs, not a reason to fail.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().fold(prefix.to_owned(), |mut id, byte| {
        id.push_str(&format!("{byte:02x}"));
        id
    })
}
