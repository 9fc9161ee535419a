//! Watches a model's reply on its way through `relay.js`, and says at its end what the client must still be told.

use futures::channel::oneshot;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::provider_error;
use super::relay::RelayEnd;
use crate::model::observer::{Observer, ReplyEnd, ReplyVerdict};
use crate::model::responses::Encoder;
use crate::model::workers_ai::Translator;
use crate::platform::clock::{now_s, timeout_ms};
use crate::telemetry::collector::observe;
use crate::telemetry::metrics::TOKEN_GAP;
use crate::upstream::chain::FirstWord;
use crate::upstream::outcome::Failure;

/// How long a response's end waits to be stored.
pub(super) const STORED_MS: u64 = 3_000;

/// How a relayed reply ended.
pub(super) struct Ended {
    pub observer: Observer,
    pub reason: RelayEnd,
    /// The response and its input, as they are stored.
    pub response: Option<(String, String)>,
    /// Is told when it is.
    pub stored: Option<oneshot::Sender<()>>,
}

impl Ended {
    /// What that says about the provider.
    pub fn result(&self) -> Result<(), Failure> {
        match (self.observer.verdict(), self.reason) {
            (ReplyVerdict::Answered, _) => Ok(()),
            (ReplyVerdict::SaidNothing, _) => Err(Failure::SaidNothing),
            (ReplyVerdict::Failed(failure), reason) if reason != RelayEnd::Client => Err(failure),
            (ReplyVerdict::Failed(_) | ReplyVerdict::Cut, reason) => Err(reason.failure()),
        }
    }
}

/// Watches a reply on its way through `relay.js`.
#[wasm_bindgen]
pub struct Tap {
    pub(super) observer: Observer,
    pub(super) translator: Option<Translator>,
    pub(super) encoder: Option<Encoder>,
    pub(super) first: Option<FirstWord>,
    pub(super) thought_ms: u32,
    pub(super) done: Option<oneshot::Sender<Ended>>,
    pub(super) fed_at_ms: Option<f64>,
}

impl Tap {
    fn see(&mut self, bytes: &[u8]) -> bool {
        let is_complete = self.observer.feed(bytes);
        if !self.observer.is_thinking()
            && let Some(first) = self.first.take()
        {
            first.is_here();
        }
        is_complete
    }
}

#[wasm_bindgen]
impl Tap {
    /// Observes bytes that the client gets as they are; true when the reply is complete.
    pub fn feed(&mut self, bytes: &[u8], now_ms: f64) -> bool {
        if let Some(before_ms) = self.fed_at_ms.replace(now_ms) {
            observe(&TOKEN_GAP, &[], now_ms - before_ms);
        }
        self.see(bytes)
    }

    /// How long the model may be silent while it thinks aloud; nothing once it speaks.
    pub fn thought_ms(&self) -> Option<u32> {
        self.observer.is_thinking().then_some(self.thought_ms)
    }

    /// Translates bytes into what the client gets.
    pub fn transform(&mut self, bytes: &[u8]) -> Uint8Array {
        let translated = self.translator.as_mut().map(|translator| translator.push(bytes));
        let chunks = translated.as_deref().map_or(bytes, str::as_bytes);
        self.see(chunks);
        match &mut self.encoder {
            Some(encoder) => Uint8Array::from(encoder.push(chunks).as_bytes()),
            None => Uint8Array::from(chunks),
        }
    }

    /// Whether `[DONE]` has come.
    pub fn is_complete(&self) -> bool {
        self.observer.is_complete()
    }

    /// Called once, when no more bytes will come: what the client must still be told, if anything. A response's end is told
    /// when it is stored: who has heard it may follow it.
    pub fn finish(&mut self, reason: &str) -> JsValue {
        let reason = RelayEnd::parse(reason);
        let end = self.observer.end();
        let is_whole = end == ReplyEnd::Done || (end == ReplyEnd::Finished && reason == RelayEnd::End);
        let error = (!is_whole).then(|| provider_error::interrupted(reason.clock()));
        let encoded = self.encoder.as_mut().map(|encoder| {
            let error = error
                .as_ref()
                .map(|error| (error.code.unwrap_or_default(), error.message.as_str()));
            let events = match reason == RelayEnd::Client && !is_whole {
                true => String::new(),
                false => encoder.finish(error, now_s()),
            };
            (events, encoder.stored())
        });
        let (events, response) = encoded.unzip();
        let last = match (events, error) {
            _ if reason == RelayEnd::Client => None,
            (Some(events), _) => Some(events),
            // An error of the provider's has been passed on.
            (None, Some(error)) if end != ReplyEnd::ErrorSeen => {
                Some(format!("{}{}", self.observer.separator(), error.event()))
            }
            (None, _) => None,
        };
        let last = last.map_or(JsValue::UNDEFINED, |text| {
            Uint8Array::from(text.as_bytes()).into()
        });
        let (is_response, (stored, is_stored)) = (response.is_some(), oneshot::channel());
        if let Some(done) = self.done.take() {
            let _ = done.send(Ended {
                observer: std::mem::take(&mut self.observer),
                reason,
                response,
                stored: is_response.then_some(stored),
            });
        }
        if !is_response {
            return last;
        }
        let told = async move {
            timeout_ms(STORED_MS, is_stored).await;
            Ok(last)
        };
        future_to_promise(told).into()
    }

    /// A stream of events always ends cleanly: what went wrong has been said in it.
    pub fn is_whole(&self) -> bool {
        true
    }
}
