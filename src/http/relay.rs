//! The Rust side of `relay.js`: what it is given and what it asks on the way.

use js_sys::{Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, ReadableStream};

use crate::config::Clocks;
use crate::upstream::fetch::Body;

#[wasm_bindgen(module = "/src/http/relay.js")]
extern "C" {
    #[wasm_bindgen(js_name = relay)]
    fn js_relay(
        body: &ReadableStream,
        reader: &JsValue,
        held: &Uint8Array,
        tap: JsValue,
        options: &JsValue,
    ) -> JsValue;
    #[wasm_bindgen(js_name = transform)]
    fn js_transform(reader: &JsValue, held: &Uint8Array, tap: JsValue, options: &JsValue) -> JsValue;
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
pub enum Reason {
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

impl Reason {
    /// Reads the word.
    pub fn parse(word: &str) -> Reason {
        match word {
            "end" => Reason::End,
            "idle" => Reason::Idle,
            "total" => Reason::Total,
            "client" => Reason::Client,
            _ => Reason::Cut,
        }
    }
}

/// Hands a stream of events on while `tap` (with `feed` and `finish`) observes it. `held` has been read and observed.
pub fn relay(
    body: Body,
    held: &[u8],
    complete: bool,
    tap: JsValue,
    clocks: &Clocks,
    client: &AbortSignal,
) -> Option<Relayed> {
    let options = options(&body, complete, clocks, client)?;
    body.attempt.commit();
    relayed(&js_relay(
        &body.stream,
        &body.reader,
        &Uint8Array::from(held),
        tap,
        &options,
    ))
}

/// Hands a stream on through `tap` (with `transform`, `is_complete`, `finish` and `is_whole`). `held` is output already.
pub fn transform(
    body: Body,
    held: &[u8],
    complete: bool,
    tap: JsValue,
    clocks: &Clocks,
    client: &AbortSignal,
) -> Option<Relayed> {
    let options = options(&body, complete, clocks, client)?;
    body.attempt.commit();
    relayed(&js_transform(
        &body.reader,
        &Uint8Array::from(held),
        tap,
        &options,
    ))
}

fn options(body: &Body, complete: bool, clocks: &Clocks, client: &AbortSignal) -> Option<JsValue> {
    let options = Object::new();
    let set = |name: &str, value: JsValue| Reflect::set(&options, &name.into(), &value).ok();
    set("complete", complete.into())?;
    set("idle_ms", clocks.idle_ms.into())?;
    set("total_ms", body.attempt.left_ms(clocks.total_ms).into())?;
    set("controller", body.attempt.controller().into())?;
    set("signal", client.into())?;
    Some(options.into())
}

fn relayed(value: &JsValue) -> Option<Relayed> {
    let get = |name: &str| Reflect::get(value, &name.into()).ok();
    Some(Relayed {
        readable: get("readable")?.dyn_into().ok()?,
        settled: get("settled")?.dyn_into().ok()?,
    })
}
