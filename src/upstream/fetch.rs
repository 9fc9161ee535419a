//! Sends one attempt to a provider and reads its answer, under the deadline clocks and the client's own signal.
//!
//! The shell of `upstream`: what an answer means is decided in [`super::outcome`]. Invariant: an attempt that is
//! dropped, refused or late is aborted down to its socket; the abort controller lives as long as the body does.

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, FormData, ReadableStream};

use super::attempt::{Attempt, Call};
use super::backoff;
use super::outcome::{self, Deadline, Failure};
use super::provider::{AskBody, ProviderRequest, SocketFrame};
use crate::config::{Clocks, Config, is_providers_own};
use crate::platform::clock::now_ms;
use crate::platform::isolate::binding;
use crate::platform::random;
use crate::wire::flat::flat;
use crate::wire::trace::Trace;

#[wasm_bindgen(module = "/src/platform/transport.js")]
extern "C" {
    /// A reader of `body`, which holds its lock until [`release`].
    pub fn reader(body: &ReadableStream) -> JsValue;
    /// Lets go of the stream.
    pub fn release(reader: &JsValue);
    fn read(reader: &JsValue) -> Promise;
}

/// Bytes of an error's body that are looked at to learn its kind.
const ERROR_BODY_BYTES_MAX: usize = 4096;
/// How long an error's body may take; its status alone says enough.
const ERROR_BODY_MS: f64 = 500.0;

/// The next bytes of a reader, or `None` at the end.
///
/// # Errors
/// What the stream failed with.
pub async fn read_chunk(reader: &JsValue) -> Result<Option<Uint8Array>, JsValue> {
    let value = JsFuture::from(read(reader)).await?;
    Ok((!value.is_undefined()).then(|| Uint8Array::from(value)))
}

/// What a request brings to an attempt: the client's signal and, for a transcription, a file.
#[derive(Clone)]
pub struct Surroundings {
    /// Aborted when the client leaves.
    pub client: AbortSignal,
    /// The uploaded file (a `File`), for transcription.
    pub file: Option<JsValue>,
    /// The client's trace, which goes on in calls to servers of one's own.
    pub trace: Option<Trace>,
}

impl Surroundings {
    /// Without a file and without a trace.
    pub fn of(client: AbortSignal) -> Surroundings {
        Surroundings {
            client,
            file: None,
            trace: None,
        }
    }

    /// The same for work that no client waits for, and none can stop. Without a file.
    pub fn for_nobody(&self) -> Surroundings {
        Surroundings {
            trace: self.trace.clone(),
            ..Surroundings::of(nobody())
        }
    }
}

/// On whose behalf providers are asked.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The client's signal.
    pub around: &'a Surroundings,
    /// For logs.
    pub request_id: &'a str,
}

/// A signal that is never aborted.
pub fn nobody() -> AbortSignal {
    AbortSignal::any(&Array::new())
}

/// A 2xx answer whose body has not been read.
pub struct ProviderAnswer {
    /// The attempt it belongs to.
    pub attempt: Attempt,
    /// Until the body's first bytes, milliseconds from the sending.
    first_ms: u32,
}

/// Sends a request and waits for headers.
///
/// # Errors
/// Everything but a 2xx.
pub async fn send(
    ask: &ProviderRequest,
    around: &Surroundings,
    headers_ms: u32,
) -> Result<ProviderAnswer, Failure> {
    let attempt = Attempt::new(&around.client)?;
    let (left_ms, clock) = attempt.limited(headers_ms, Deadline::Headers);
    let promise = start(&attempt.call, ask, around, left_ms)?;
    attempt.wait(promise, clock, Failure::Connect).await?;
    match attempt.call.status() {
        0 => Err(Failure::Unusable),
        200..=299 => Ok(ProviderAnswer {
            attempt,
            first_ms: u32::MAX,
        }),
        status => {
            // Longer waits than a caller's: what is made of them is the breaker's to say.
            let wish_ms = backoff::cooldown_wish_ms(|name: &str| attempt.call.header(name), now_ms() as u64);
            let retry_after_ms = wish_ms.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX));
            let body = error_body(&attempt).await;
            Err(outcome::of_status(status, &body, retry_after_ms))
        }
    }
}

/// Opens a WebSocket.
///
/// # Errors
/// Everything but a socket.
pub async fn socket(
    ask: &ProviderRequest,
    around: &Surroundings,
    headers_ms: u32,
) -> Result<Socket, Failure> {
    let attempt = Attempt::new(&around.client)?;
    let (left_ms, clock) = attempt.limited(headers_ms, Deadline::Headers);
    let promise = match &ask.body {
        AskBody::Binding { model, inputs } => attempt
            .call
            .listen(&binding("AI"), model, inputs, left_ms)
            .map_err(|_| Failure::NotConfigured)?,
        _ => start(&attempt.call, ask, around, left_ms)?,
    };
    attempt.wait(promise, clock, Failure::Connect).await?;
    match attempt.call.status() {
        101 if attempt.call.accept() => Ok(Socket { attempt }),
        status @ 300.. => {
            let body = error_body(&attempt).await;
            Err(outcome::of_status(status, &body, None))
        }
        _ => Err(Failure::Unusable),
    }
}

/// A socket that is open; closed when it is dropped.
pub struct Socket {
    attempt: Attempt,
}

impl Socket {
    /// Sends a frame; to a socket that is gone nothing.
    pub fn send(&self, frame: &SocketFrame) {
        self.attempt.call.tell(&match frame {
            SocketFrame::Text(text) => JsValue::from_str(text),
            SocketFrame::Bytes(bytes) => Uint8Array::from(bytes.as_slice()).into(),
        });
    }

    /// The next text that comes, or `None` at the end.
    pub async fn next(&self) -> Option<String> {
        let message = JsFuture::from(self.attempt.call.message()).await;
        message.ok().and_then(|message| message.as_string())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.attempt.committed.set(true);
        self.attempt.call.close();
    }
}

/// Begins the request; the promise is kept when the headers have come.
fn start(
    call: &Call,
    ask: &ProviderRequest,
    around: &Surroundings,
    left_ms: u32,
) -> Result<Promise, Failure> {
    let not_configured = |_| Failure::NotConfigured;
    let file = || around.file.clone().ok_or(Failure::NotConfigured);
    let body = match &ask.body {
        AskBody::Binding { model, inputs } => {
            return call
                .run(&binding("AI"), model, inputs, left_ms)
                .map_err(not_configured);
        }
        AskBody::Json(text) => JsValue::from_str(text),
        AskBody::Get => JsValue::UNDEFINED,
        AskBody::File => file()?,
        AskBody::Form { fields, file_name } => {
            let form = FormData::new().map_err(not_configured)?;
            for (name, value) in fields {
                form.append_with_str(name, value).map_err(not_configured)?;
            }
            let file = file()?.dyn_into::<web_sys::Blob>().map_err(not_configured)?;
            form.append_with_blob_and_filename("file", &file, file_name)
                .map_err(not_configured)?;
            form.into()
        }
    };
    let method = match &ask.body {
        AskBody::Get => "GET",
        _ => "POST",
    };
    call.send(
        method,
        &ask.url,
        &headers(ask, around.trace.as_ref()),
        &body,
        left_ms,
    )
    .map_err(not_configured)
}

/// The request's headers as one string.
fn headers(ask: &ProviderRequest, trace: Option<&Trace>) -> String {
    // A compressed stream would be held back by its compressor.
    let mut parts = vec!["accept-encoding", "identity"];
    for (name, value) in &ask.headers {
        parts.extend([*name, value.as_str()]);
    }
    let trace = trace.filter(|_| !is_providers_own(&ask.url));
    let traceparent = trace.map(|trace| trace.header(&span()));
    if let Some(header) = &traceparent {
        parts.extend(["traceparent", header.as_str()]);
    }
    flat(parts)
}

/// A name for a call: 16 hexadecimal digits, not all of them 0.
fn span() -> String {
    format!("{:016x}", random::number().max(1))
}

async fn error_body(attempt: &Attempt) -> String {
    let mut bytes = Vec::new();
    if !attempt.call.open() {
        return String::new();
    }
    let until_ms = now_ms() + ERROR_BODY_MS;
    while bytes.len() < ERROR_BODY_BYTES_MAX {
        let left_ms = (until_ms - now_ms()).max(0.0) as u32;
        match attempt.read(left_ms, Deadline::Total).await {
            Ok(Some(chunk)) => bytes.extend(chunk),
            Ok(None) | Err(_) => break,
        }
    }
    bytes.truncate(ERROR_BODY_BYTES_MAX);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Asks for JSON, which is read whole.
///
/// # Errors
/// As those of [`send`] and [`ProviderAnswer::text`]; [`Failure::Unusable`] when it is none.
pub async fn json(
    ask: &ProviderRequest,
    around: &Surroundings,
    clocks: &Clocks,
    bytes_max: usize,
) -> Result<serde_json::Value, Failure> {
    let answer = send(ask, around, clocks.headers_ms).await?;
    let text = answer.text(clocks, bytes_max).await?;
    serde_json::from_str(&text).map_err(|_| Failure::Unusable)
}

impl ProviderAnswer {
    /// A response header, lower case, or nothing.
    pub fn header(&self, name: &str) -> String {
        self.attempt
            .call
            .header(name)
            .unwrap_or_default()
            .to_ascii_lowercase()
    }

    /// The same, with a clock for the first bytes of a body that is read by [`ProviderAnswer::text`].
    pub fn first_within(self, first_ms: u32) -> ProviderAnswer {
        ProviderAnswer { first_ms, ..self }
    }

    /// Opens the body for reading.
    ///
    /// # Errors
    /// [`Failure::Empty`] when there is none.
    pub fn open(self) -> Result<Body, Failure> {
        match self.attempt.call.open() {
            true => Ok(Body {
                attempt: self.attempt,
            }),
            false => Err(Failure::Empty),
        }
    }

    /// Reads the whole body as text, at most `bytes_max`.
    ///
    /// # Errors
    /// [`Failure::Cut`], [`Failure::Timeout`], or [`Failure::Unusable`] when it is too long.
    pub async fn text(self, clocks: &Clocks, bytes_max: usize) -> Result<String, Failure> {
        let first_ms = self.first_ms;
        let body = self.open()?;
        let mut bytes = Vec::new();
        loop {
            let total = (body.attempt.left_ms(clocks.total_ms), Deadline::Total);
            let between = if bytes.is_empty() && first_ms < u32::MAX {
                (body.attempt.left_ms(first_ms), Deadline::First)
            } else {
                (clocks.idle_ms, Deadline::Idle)
            };
            let (left_ms, clock) = if between.0 < total.0 { between } else { total };
            let Some(chunk) = body.next(left_ms, clock).await? else {
                break;
            };
            if bytes.len() + chunk.len() > bytes_max {
                return Err(Failure::Unusable);
            }
            bytes.extend(chunk);
        }
        // All of it has arrived: there is nothing left to abort.
        body.attempt.commit();
        // A byte-order mark is none of the text (Encoding Standard, "UTF-8 decode").
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        Ok(String::from_utf8_lossy(text).into_owned())
    }
}

/// A body that is being read.
pub struct Body {
    /// The attempt it belongs to.
    pub attempt: Attempt,
}

impl Body {
    /// The next bytes, or `None` at the end.
    ///
    /// # Errors
    /// [`Failure::Timeout`] of the given clock, [`Failure::Cut`], [`Failure::ClientLeft`].
    pub async fn next(&self, left_ms: u32, clock: Deadline) -> Result<Option<Vec<u8>>, Failure> {
        self.attempt.read(left_ms, clock).await
    }

    /// The next bytes of an answer that has begun, or `None` at the end.
    ///
    /// # Errors
    /// As [`Body::next`]; the clock is the one that runs out first.
    pub async fn read_on(&self, clocks: &Clocks) -> Result<Option<Vec<u8>>, Failure> {
        let left_ms = self.attempt.left_ms(clocks.total_ms);
        match clocks.idle_ms < left_ms {
            true => self.next(clocks.idle_ms, Deadline::Idle).await,
            false => self.next(left_ms, Deadline::Total).await,
        }
    }
}
