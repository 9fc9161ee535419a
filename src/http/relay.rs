//! The Rust side of `relay.js`: what it is given and what it asks on the way.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, ReadableStream};

use crate::config::Clocks;
use crate::upstream::attempt::Call;
use crate::upstream::fetch::Body;
use crate::upstream::outcome::{Deadline, Failure};

#[wasm_bindgen(module = "/src/http/relay.js")]
extern "C" {
    type Flow;
    #[wasm_bindgen(method, getter)]
    fn readable(this: &Flow) -> ReadableStream;
    #[wasm_bindgen(method, getter)]
    fn settled(this: &Flow) -> Promise;
    type Options;
    #[wasm_bindgen(constructor)]
    fn new(call: &Call, client: &AbortSignal, complete: bool, idle_ms: u32, total_ms: u32) -> Options;
    #[wasm_bindgen(js_name = relay)]
    fn js_relay(held: &Uint8Array, tap: JsValue, options: &Options) -> Flow;
    #[wasm_bindgen(js_name = transform)]
    fn js_transform(held: &Uint8Array, tap: JsValue, options: &Options) -> Flow;
}

/// A stream for the client, and the promise that settles when nothing is left to do for it.
pub struct Relayed {
    /// What the client reads.
    pub readable: ReadableStream,
    /// For `wait_until`; never rejects.
    pub settled: Promise,
}

/// How a stream ended, in the words of `relay.js`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayEnd {
    /// The upstream ended.
    End,
    /// It fell silent.
    Idle,
    /// The deadline passed.
    Total,
    /// It broke off.
    Cut,
    /// The client left.
    Client,
}

impl RelayEnd {
    /// Reads the word.
    pub fn parse(word: &str) -> RelayEnd {
        match word {
            "end" => RelayEnd::End,
            "idle" => RelayEnd::Idle,
            "total" => RelayEnd::Total,
            "client" => RelayEnd::Client,
            _ => RelayEnd::Cut,
        }
    }

    /// The clock that ran out.
    pub fn clock(self) -> Option<Deadline> {
        match self {
            RelayEnd::Idle => Some(Deadline::Idle),
            RelayEnd::Total => Some(Deadline::Total),
            _ => None,
        }
    }

    /// What it says about the provider of a stream that is not whole.
    pub fn failure(self) -> Failure {
        match (self, self.clock()) {
            (RelayEnd::Client, _) => Failure::ClientLeft,
            (_, Some(clock)) => Failure::Timeout(clock),
            (_, None) => Failure::Cut,
        }
    }
}

/// What both ways of handing on are given. From here on the attempt is the relay's to end.
fn options(body: &Body, complete: bool, clocks: &Clocks, client: &AbortSignal) -> Options {
    body.attempt.commit();
    let left_ms = body.attempt.left_ms(clocks.total_ms);
    Options::new(body.attempt.call(), client, complete, clocks.idle_ms, left_ms)
}

impl Relayed {
    fn of(flow: &Flow) -> Relayed {
        Relayed {
            readable: flow.readable(),
            settled: flow.settled(),
        }
    }
}

/// Hands a stream of events on while `tap` (with `feed` and `finish`) observes it. `held` has been read and observed.
pub fn relay(
    body: &Body,
    held: &[u8],
    complete: bool,
    tap: JsValue,
    clocks: &Clocks,
    client: &AbortSignal,
) -> Relayed {
    let options = options(body, complete, clocks, client);
    Relayed::of(&js_relay(&Uint8Array::from(held), tap, &options))
}

/// Hands a stream on through `tap` (with `transform`, `is_complete`, `finish` and `is_whole`). `held` is output already.
pub fn transform(
    body: &Body,
    held: &[u8],
    complete: bool,
    tap: JsValue,
    clocks: &Clocks,
    client: &AbortSignal,
) -> Relayed {
    let options = options(body, complete, clocks, client);
    Relayed::of(&js_transform(&Uint8Array::from(held), tap, &options))
}
