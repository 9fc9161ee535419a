//! The moment of a turn, as the client or the edge gives it: read from the request and put into its prompt.

use js_sys::{Date, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::error::ApiError;
use super::exchange::Exchange;
use crate::config::Auth;
use crate::model::request::ChatRequest;
use crate::platform::clock::now_ms;
use crate::turn::context::{self, Place};
use crate::turn::prompt;
use crate::turn::timing::{Ending, Entry, Timings};

/// The step `context`: tells the model of the moment, and for a spoken reply how it may open.
///
/// # Errors
/// 400 for a location that cannot be read.
pub fn tell(
    exchange: &Exchange,
    request: &mut ChatRequest,
    is_spoken: bool,
    timings: &Timings,
) -> Result<(), ApiError> {
    let named = context::take_location(request)?;
    let ending = match context::skipped(request, is_spoken, named.is_some()) {
        Some(rule) => Ending::Skipped(rule),
        None => {
            let place = named.unwrap_or_else(|| edge_place(exchange));
            let time = place.timezone.as_deref().map(local_time);
            let phrases = &exchange.config.phrases;
            let hint = phrases.opening_hint().filter(|_| is_spoken && phrases.is_on);
            let known = time.clone().flatten();
            if let Some(words) = context::words(known.as_deref(), &place, hint.as_deref())
                && let Some(messages) = prompt::instructed(&request.messages(), &words)
            {
                request.replace_messages(messages);
            }
            match time {
                Some(None) => Ending::Degraded("unknown_timezone"),
                _ => Ending::Done,
            }
        }
    };
    timings.add(Entry {
        name: "context",
        duration_ms: 0.0,
        ending,
    });
    Ok(())
}

/// Where the edge sees the client: `request.cf`. On a laptop there is no edge, and what stands there is made up.
fn edge_place(exchange: &Exchange) -> Place {
    if exchange.config.auth == Auth::Local {
        return Place::default();
    }
    let cf = Reflect::get(&exchange.request, &"cf".into()).unwrap_or(JsValue::UNDEFINED);
    let word = |name: &str| Reflect::get(&cf, &name.into()).ok()?.as_string();
    Place::of(["city", "region", "country"].map(word), word("timezone"))
}

/// The time there, such as "Monday 23 November 2026 at 18:42"; `None` for a time zone that the platform does not know.
fn local_time(timezone: &str) -> Option<String> {
    let options = js_sys::Object::new();
    for (name, value) in [
        ("timeZone", timezone),
        ("dateStyle", "full"),
        ("timeStyle", "short"),
    ] {
        Reflect::set(&options, &name.into(), &value.into()).ok()?;
    }
    let date = Date::new(&now_ms().into());
    let write: Function = Reflect::get(&date, &"toLocaleString".into())
        .ok()?
        .dyn_into()
        .ok()?;
    write.call2(&date, &"en-GB".into(), &options).ok()?.as_string()
}
