//! One request on its way through hearken: what a resource may ask of it. Imports no resource.

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Request, Url};

use super::error::ApiError;
use super::identity::Caller;
use super::query::raw_parameter;
use super::request_head::Head;
use crate::config::Config;
use crate::platform::clock::now_ms;
use crate::telemetry::collector;
use crate::telemetry::reporter::InFlight;
use crate::upstream::fetch::{self, Surroundings};
use crate::wire::escapes::{decoded, whole_characters};
use crate::wire::trace::Trace;

#[wasm_bindgen(module = "/src/platform/headers.js")]
extern "C" {
    fn drain(body: &web_sys::ReadableStream, bytes_max: u32, ms_max: u32) -> JsValue;
}

/// Most of a body that the platform makes a text of: of a larger one the copy costs more than reading it in chunks.
const PLATFORM_TEXT_BYTES_MAX: usize = 1024 * 1024;
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
    /// `x-request-id`.
    pub request_id: String,
    /// When it came, milliseconds since 1970.
    pub began_at_ms: f64,
    /// Who asks.
    pub caller: Caller,
    /// By what the caller's requests are counted, where they are.
    pub counted_as: Option<String>,
    /// Held until the answer has ended.
    pub in_flight: Rc<InFlight>,
}

impl Exchange {
    /// How long ago the request came, whole milliseconds.
    pub fn elapsed_ms(&self) -> u64 {
        (now_ms() - self.began_at_ms) as u64
    }

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

    /// The person this request is about, by the one rule of [`Caller::person`]; `named` is the body's `user`. Whoever
    /// has to call nobody by a name (what many people say is counted by person) takes the empty one, which nobody bears.
    ///
    /// # Errors
    /// 400 when the name is too long, or no UTF-8.
    pub fn person(&self, named: Option<&str>) -> Result<Option<String>, ApiError> {
        let named = [named, Some(&self.header("x-user"))];
        let person = self.caller.person(self.config.auth, named)?;
        if let Some(name) = &person {
            collector::person(name);
        }
        Ok(person)
    }

    /// Lets trusted servers pass and nobody else.
    ///
    /// # Errors
    /// 403 for a session token.
    pub fn authorized(&self) -> Result<(), ApiError> {
        if self.caller == Caller::Server {
            return Ok(());
        }
        let error = ApiError::forbidden("a session token does not open this address: use an API key");
        Err(error.with_code("api_key_needed"))
    }

    /// A parameter of the address.
    ///
    /// # Errors
    /// 400 where its encoding is wrong: a person or a row that cannot be read must not become another one.
    pub fn parameter(&self, name: &str) -> Result<Option<String>, ApiError> {
        let url = Url::new(&self.request.url());
        let search = url.map(|url| url.search()).unwrap_or_default();
        let Some(value) = raw_parameter(&search, name) else {
            return Ok(None);
        };
        let wrong = || ApiError::invalid(name, format!("{name} must be percent-encoded UTF-8"));
        decoded(&value.replace('+', " ")).map(Some).ok_or_else(wrong)
    }

    /// Aborted when the client leaves.
    pub fn client(&self) -> AbortSignal {
        self.request.signal()
    }

    /// What an attempt at a provider needs of the platform.
    pub fn surroundings(&self, file: Option<JsValue>) -> Surroundings {
        Surroundings {
            client: self.client(),
            file,
            trace: self.head.header("traceparent").and_then(Trace::parse),
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
            return Err(ApiError::unsupported_media_type(
                "the body must be JSON: content-type: application/json",
            ));
        }
        if let Err(error) = refuse_unread(self, bytes_max) {
            self.drain_body().await;
            return Err(error);
        }
        let broken = |_| ApiError::bad_request("the body could not be read");
        let length: Option<usize> = self.header("content-length").parse().ok();
        if length.is_none_or(|length| length > PLATFORM_TEXT_BYTES_MAX) {
            return self.measured_body(bytes_max).await;
        }
        let text = wasm_bindgen_futures::JsFuture::from(self.request.text().map_err(broken)?)
            .await
            .map_err(broken)?;
        Ok(whole_characters(text.as_string().unwrap_or_default()))
    }

    /// A body in chunks, read no further than it may be.
    async fn measured_body(&self, bytes_max: u32) -> Result<String, ApiError> {
        let mut bytes = Vec::new();
        if let Some(stream) = self.request.body() {
            let reader = fetch::reader(&stream);
            while let Some(chunk) = fetch::read_chunk(&reader)
                .await
                .map_err(|_| ApiError::bad_request("the body could not be read"))?
            {
                let length = bytes.len() + chunk.length() as usize;
                if length > bytes_max as usize {
                    fetch::release(&reader);
                    self.drain_body().await;
                    return Err(too_large(bytes_max));
                }
                // Doubled, but never beyond the bound: memory that a body has taken is the isolate's for good.
                if length > bytes.capacity() {
                    let most = length.max(2 * bytes.capacity()).min(bytes_max as usize);
                    bytes.reserve_exact(most - bytes.len());
                }
                bytes.extend(chunk.to_vec());
            }
        }
        // As the platform reads it: what is no UTF-8 is replaced, and a byte order mark is dropped.
        let mut text = String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Ok(whole_characters(text))
    }
}

/// An unread body would also cost the client its connection: the platform closes it behind the answer.
pub async fn drain_unread(request: &Request) {
    let Some(body) = request.body().filter(|body| !body.locked()) else {
        return;
    };
    if let Ok(drained) = drain(&body, DRAIN_BYTES_MAX, DRAIN_MS_MAX).dyn_into::<js_sys::Promise>() {
        let _ = wasm_bindgen_futures::JsFuture::from(drained).await;
    }
}

/// Refuses by its head before anything is read: what is compressed, and by `content-length` what is too large; a chunked
/// body is measured while it is read.
///
/// # Errors
/// 413, 415.
pub fn refuse_unread(exchange: &Exchange, bytes_max: u32) -> Result<(), ApiError> {
    let coding = exchange.header("content-encoding").to_ascii_lowercase();
    if !matches!(coding.as_str(), "" | "identity") {
        let message = "the body must not be compressed: send it without content-encoding";
        return Err(ApiError::unsupported_media_type(message));
    }
    let length: u64 = exchange.header("content-length").parse().unwrap_or(0);
    if length > u64::from(bytes_max) {
        Err(too_large(bytes_max))
    } else {
        Ok(())
    }
}

/// 413 that names the limit.
pub fn too_large(bytes_max: u32) -> ApiError {
    ApiError::too_large(format!("the request must be at most {bytes_max} bytes"))
        .with_code("request_too_large")
}
