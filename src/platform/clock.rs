//! The time and its timers. In production the clock moves only with I/O.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::JsCast;
use worker::Delay;

/// Milliseconds since 1970.
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// Whole seconds since 1970, as OpenAI's objects have them.
pub fn now_s() -> u64 {
    (now_ms() / 1000.0) as u64
}

/// Resolves after so many milliseconds.
pub async fn sleep_ms(ms: u64) {
    Delay::from(Duration::from_millis(ms)).await;
}

/// What `future` gives within `ms` milliseconds; `None`, and the future is dropped, when it is late.
pub async fn timeout_ms<T>(ms: u64, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(sleep_ms(ms))).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}

/// The time in a zone, such as "Monday 23 November 2026 at 18:42"; `None` for a time zone that the platform does not
/// know.
pub fn local_time(timezone: &str) -> Option<String> {
    let options = Object::new();
    for (name, value) in [
        ("timeZone", timezone),
        ("dateStyle", "full"),
        ("timeStyle", "short"),
    ] {
        Reflect::set(&options, &name.into(), &value.into()).ok()?;
    }
    let date = js_sys::Date::new(&now_ms().into());
    let write: Function = Reflect::get(&date, &"toLocaleString".into())
        .ok()?
        .dyn_into()
        .ok()?;
    write.call2(&date, &"en-GB".into(), &options).ok()?.as_string()
}
