//! Sends one attempt to a provider and reads its answer, under the deadline clocks and the client's own signal.
//!
//! The shell of `upstream`: what an answer means is decided in [`super::outcome`]. Invariant: an attempt that is
//! dropped, refused or late is aborted down to its socket; the abort controller lives as long as the body does.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures::future::{Either, select};
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, FormData, Headers, ReadableStream, RequestInit, Response};
use worker::{Date, Delay};

use super::outcome::{self, Clock, Failure};
use super::provider::{Ask, AskBody};
use super::{backoff, limit};

#[wasm_bindgen(module = "/src/upstream/send.js")]
extern "C" {
    /// A reader of `body`, which holds its lock until [`release`].
    pub fn reader(body: &ReadableStream) -> JsValue;
    /// Lets go of the stream.
    pub fn release(reader: &JsValue);
    fn read(reader: &JsValue) -> Promise;
    fn run(ai: &JsValue, model: &str, inputs: &JsValue, signal: &AbortSignal) -> Promise;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn global_fetch(url: &str, init: &RequestInit) -> Promise;
}

/// Bytes of an error's body that are looked at to learn its kind.
const ERROR_BODY_BYTES_MAX: usize = 4096;
/// How long an error's body may take; its status alone says enough.
const ERROR_BODY_MS: u64 = 500;

/// Milliseconds since 1970. In production the clock moves only with I/O.
pub fn now_ms() -> f64 {
    Date::now().as_millis() as f64
}

/// The next bytes of a reader, or `None` at the end.
///
/// # Errors
/// What the stream failed with.
pub async fn read_chunk(reader: &JsValue) -> Result<Option<Uint8Array>, JsValue> {
    let value = JsFuture::from(read(reader)).await?;
    Ok((!value.is_undefined()).then(|| Uint8Array::from(value)))
}

/// What the platform brings to an attempt: the client's signal and, where configured, the `AI` binding and a file.
#[derive(Clone)]
pub struct Surroundings {
    /// Aborted when the client leaves.
    pub client: AbortSignal,
    /// The `AI` binding, if there is one.
    pub ai: Option<JsValue>,
    /// The uploaded file (a `File`), for transcription.
    pub file: Option<JsValue>,
}

impl Surroundings {
    /// The same for work that no client waits for, and none can stop. Without a file.
    pub fn for_nobody(&self) -> Surroundings {
        Surroundings {
            client: nobody(),
            ai: self.ai.clone(),
            file: None,
        }
    }
}

/// A signal that is never aborted.
pub fn nobody() -> AbortSignal {
    AbortSignal::any(&Array::new())
}

/// One attempt, from its sending to its last byte.
pub struct Attempt {
    controller: AbortController,
    client: AbortSignal,
    sent_at_ms: f64,
    /// The turn's end, or its lease's: no clock runs longer.
    until_ms: f64,
    committed: Rc<Cell<bool>>,
}

impl Attempt {
    fn new(client: &AbortSignal) -> Result<Attempt, Failure> {
        if client.aborted() {
            return Err(Failure::ClientLeft);
        }
        let (sent_at_ms, until_ms) = (now_ms(), limit::until_ms());
        if until_ms <= sent_at_ms {
            return Err(Failure::Timeout(Clock::Total));
        }
        Ok(Attempt {
            controller: AbortController::new().map_err(|_| Failure::Connect)?,
            client: client.clone(),
            sent_at_ms,
            until_ms,
            committed: Rc::default(),
        })
    }

    /// Aborts the request down to its socket; the relay uses it for the rest of the stream.
    pub fn controller(&self) -> &AbortController {
        &self.controller
    }

    /// Milliseconds since it was sent.
    pub fn elapsed_ms(&self) -> f64 {
        now_ms() - self.sent_at_ms
    }

    /// What is left of a clock that began when the attempt was sent, and of whatever else limits the attempt.
    pub fn left_ms(&self, clock_ms: u32) -> u32 {
        let left_ms = f64::from(clock_ms) - self.elapsed_ms();
        left_ms.min(self.until_ms - now_ms()).max(0.0) as u32
    }

    /// From here on the relay owns the abort: dropping the attempt no longer ends it.
    pub fn commit(&self) {
        self.committed.set(true);
    }

    /// Waits for a promise until the clock runs out; then, or when the client leaves, the attempt is aborted.
    async fn wait(
        &self,
        promise: Promise,
        left_ms: u32,
        clock: Clock,
        lost: Failure,
    ) -> Result<JsValue, Failure> {
        let limit_ms = (self.until_ms - now_ms()).max(0.0);
        let (left_ms, clock) = if limit_ms <= f64::from(left_ms) {
            (limit_ms as u32, Clock::Total)
        } else {
            (left_ms, clock)
        };
        let timer = Delay::from(Duration::from_millis(u64::from(left_ms)));
        match select(JsFuture::from(promise), timer).await {
            Either::Left((Ok(value), _)) => Ok(value),
            Either::Left((Err(_), _)) if self.client.aborted() => Err(Failure::ClientLeft),
            Either::Left((Err(_), _)) => Err(lost),
            Either::Right(_) => Err(Failure::Timeout(clock)),
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.committed.get() {
            self.controller.abort();
        }
    }
}

/// A 2xx answer whose body has not been read.
pub struct Answer {
    /// The attempt it belongs to.
    pub attempt: Attempt,
    response: Response,
}

/// Sends a request and waits for headers.
///
/// # Errors
/// Everything but a 2xx.
pub async fn send(ask: &Ask, around: &Surroundings, headers_ms: u32) -> Result<Answer, Failure> {
    let attempt = Attempt::new(&around.client)?;
    let signals = Array::of2(&around.client, attempt.controller.signal().as_ref());
    let signal = AbortSignal::any(signals.as_ref());
    let promise = start(ask, around, &signal)?;
    let response: Response = attempt
        .wait(promise, headers_ms, Clock::Headers, Failure::Connect)
        .await?
        .dyn_into()
        .map_err(|_| Failure::Unusable)?;
    if response.ok() {
        return Ok(Answer { attempt, response });
    }
    let header = |name: &str| response.headers().get(name).ok().flatten();
    // Longer waits than a caller's: what is made of them is the breaker's to say.
    let wish_ms = backoff::cooldown_wish_ms(header, now_ms() as u64);
    let retry_after_ms = wish_ms.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX));
    let body = error_body(&attempt, &response).await;
    Err(outcome::of_status(response.status(), &body, retry_after_ms))
}

/// Begins the request; the promise is of a `Response`.
fn start(ask: &Ask, around: &Surroundings, signal: &AbortSignal) -> Result<Promise, Failure> {
    let not_configured = |_| Failure::NotConfigured;
    let file = || around.file.clone().ok_or(Failure::NotConfigured);
    if let AskBody::Binding { model, inputs } = &ask.body {
        let ai = around.ai.as_ref().ok_or(Failure::NotConfigured)?;
        let inputs = js_sys::JSON::parse(inputs).map_err(not_configured)?;
        return Ok(run(ai, model, &inputs, signal));
    }
    let headers = Headers::new().map_err(not_configured)?;
    for (name, value) in &ask.headers {
        headers.set(name, value).map_err(not_configured)?;
    }
    // A compressed stream would be held back by its compressor.
    headers
        .set("accept-encoding", "identity")
        .map_err(not_configured)?;
    let body = match &ask.body {
        AskBody::Json(text) | AskBody::Put(text) => JsValue::from_str(text),
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
        AskBody::Binding { .. } => JsValue::UNDEFINED,
    };
    let init = RequestInit::new();
    init.set_method(match &ask.body {
        AskBody::Put(_) => "PUT",
        _ => "POST",
    });
    init.set_headers(&headers);
    init.set_body(&body);
    init.set_signal(Some(signal));
    // A redirect would carry the key to wherever it points.
    init.set_redirect(web_sys::RequestRedirect::Manual);
    Ok(global_fetch(&ask.url, &init))
}

async fn error_body(attempt: &Attempt, response: &Response) -> String {
    let Some(body) = response.body() else {
        return String::new();
    };
    let source = reader(&body);
    let mut bytes = Vec::new();
    let left_ms = attempt.left_ms(u32::MAX).min(ERROR_BODY_MS as u32);
    let until_ms = now_ms() + f64::from(left_ms);
    while bytes.len() < ERROR_BODY_BYTES_MAX {
        let left_ms = (until_ms - now_ms()).max(0.0) as u32;
        match attempt
            .wait(read(&source), left_ms, Clock::Total, Failure::Cut)
            .await
        {
            Ok(value) if value.is_undefined() => break,
            Ok(value) => bytes.extend(Uint8Array::from(value).to_vec()),
            Err(_) => break,
        }
    }
    bytes.truncate(ERROR_BODY_BYTES_MAX);
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Answer {
    /// A response header, lower case, or nothing.
    pub fn header(&self, name: &str) -> String {
        self.response
            .headers()
            .get(name)
            .ok()
            .flatten()
            .unwrap_or_default()
            .to_ascii_lowercase()
    }

    /// Opens the body for reading.
    ///
    /// # Errors
    /// [`Failure::Empty`] when there is none.
    pub fn open(self) -> Result<Body, Failure> {
        let stream = self.response.body().ok_or(Failure::Empty)?;
        Ok(Body {
            reader: reader(&stream),
            stream,
            attempt: self.attempt,
        })
    }

    /// Reads the whole body as text, at most `bytes_max`, before the attempt is `total_ms` old.
    ///
    /// # Errors
    /// [`Failure::Cut`], [`Failure::Timeout`], or [`Failure::Unusable`] when it is too long.
    pub async fn text(self, clock_ms: u32, idle_ms: u32, bytes_max: usize) -> Result<String, Failure> {
        let body = self.open()?;
        let mut bytes = Vec::new();
        loop {
            let left_ms = body.attempt.left_ms(clock_ms);
            let (left_ms, clock) = if idle_ms < left_ms {
                (idle_ms, Clock::Idle)
            } else {
                (left_ms, Clock::Total)
            };
            let Some(chunk) = body.next(left_ms, clock).await? else {
                break;
            };
            if bytes.len() + chunk.length() as usize > bytes_max {
                return Err(Failure::Unusable);
            }
            bytes.extend(chunk.to_vec());
        }
        // All of it has arrived: there is nothing left to abort.
        body.attempt.commit();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// A body that is being read.
pub struct Body {
    /// The attempt it belongs to.
    pub attempt: Attempt,
    /// The stream, locked by `reader`.
    pub stream: ReadableStream,
    /// Its reader.
    pub reader: JsValue,
}

impl Body {
    /// The next bytes, or `None` at the end.
    ///
    /// # Errors
    /// [`Failure::Timeout`] of the given clock, [`Failure::Cut`], [`Failure::ClientLeft`].
    pub async fn next(&self, left_ms: u32, clock: Clock) -> Result<Option<Uint8Array>, Failure> {
        let value = self
            .attempt
            .wait(read(&self.reader), left_ms, clock, Failure::Cut)
            .await?;
        Ok((!value.is_undefined()).then(|| Uint8Array::from(value)))
    }
}
