//! What every door does that runs a turn: it says what the turn is made with, has a recording heard, opens the turn, and
//! tells of it in the answer's headers.

use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use super::error::ApiError;
use super::exchange::Exchange;
use super::person_resource::lost;
use super::provider_error;
use super::reply::Reply;
use super::transcription;
use super::usage;
use crate::config::{Auth, Target};
use crate::memory::person::client::Lost;
use crate::memory::person::protocol::CallRefusal;
use crate::memory::person::protocol::ReserveAsk;
use crate::memory::person::recall::Status;
use crate::model::request::ChatRequest;
use crate::platform::clock::{local_time, now_ms};
use crate::telemetry::account;
use crate::turn::ambient::{self, Place};
use crate::turn::open::{self, Turn, Unopened};
use crate::turn::setting::Setting;
use crate::turn::step::{Missed, Step};
use crate::turn::timing::{StepEnding, StepEntry, Timings};
use crate::upstream::outcome::Deadline;
use crate::voice::transcription_client::{self, Unheard};

/// What a turn of this request is made with; `user` is the body's.
///
/// # Errors
/// 400 for a name that is too long, or no UTF-8.
pub fn setting(exchange: &Exchange, user: Option<&str>) -> Result<Setting, ApiError> {
    account::open(&exchange.request_id);
    Ok(Setting {
        config: exchange.config.clone(),
        around: exchange.surroundings(None),
        person: exchange.person(user)?,
        request_id: exchange.request_id.clone(),
        began_at_ms: exchange.began_at_ms,
        timings: Timings::holding(exchange.in_flight.clone()),
        told: None,
        is_ahead: false,
        speaks: None,
    })
}

/// What a recording says; without it there is nothing to answer.
///
/// # Errors
/// 400 for a recording that is broken or silent, and what the contract says of providers that fail.
pub async fn hear(setting: &Setting, index: usize, bytes: Vec<u8>) -> Result<String, ApiError> {
    let amounts = usage::hearing(&setting.config, &bytes);
    let ask = ReserveAsk::exactly(format!("{}_heard_{index}", setting.request_id), amounts);
    let person = setting.person.as_deref();
    let budget = usage::reserve(&setting.config, person, ask).await?;
    let step = Step::new("hearing", setting.config.turn_total_ms);
    let words = transcription_client::words(setting.origin(), Rc::new(bytes), Vec::new());
    let words = step.required(&setting.timings, words).await;
    let failures = match &words {
        Err(Missed::Failed(Unheard::Failed(failures))) => failures.as_slice(),
        _ => &[],
    };
    if let Some(budget) = budget {
        usage::unless_unpaid(&budget, amounts, failures);
    }
    words.map_err(|missed| match missed {
        Missed::Failed(reason) => transcription::unheard(&reason),
        Missed::Late => provider_error::interrupted(Some(Deadline::Total)),
    })
}

/// Opens the turn: the moment, the history and the memories go into the request.
///
/// # Errors
/// 400 for a location that cannot be read, or without a person for a conversation; 503 when it is not at hand.
pub async fn open(
    exchange: &Exchange,
    setting: Setting,
    request: &mut ChatRequest,
    is_spoken: bool,
) -> Result<Turn, ApiError> {
    if is_spoken {
        setting.timings.speak();
    }
    ambient::tell(
        &setting.config,
        request,
        is_spoken,
        || edge_place(exchange),
        local_time,
        &setting.timings,
    )?;
    if request.country.is_none() {
        [request.country, request.region] = edge_state(exchange);
    }
    open::open(setting, request).await.map_err(|reason| match reason {
        Unopened::Nobody => ApiError::invalid(
            "user",
            "a conversation belongs to a person: name them in user or the header x-user",
        ),
        Unopened::Lost(Lost::Refused(CallRefusal::NotFound)) => unknown_previous(),
        Unopened::Lost(why) => lost(why),
    })
}

/// 400: no response of that name is kept for this person.
pub fn unknown_previous() -> ApiError {
    let message = "previous_response_id must name a response that is kept for this person";
    ApiError::invalid("previous_response_id", message).with_code("previous_response_not_found")
}

/// Where the edge sees the client: `request.cf`. On a laptop there is no edge, and what stands there is made up.
pub fn edge_place(exchange: &Exchange) -> Place {
    let word = |name: &str| edge_word(exchange, name);
    Place::of(["city", "region", "country"].map(word), word("timezone"))
}

/// The codes of the country, and of the region of it, in which it sees them.
pub fn edge_state(exchange: &Exchange) -> [Option<String>; 2] {
    ["country", "regionCode"].map(|name| edge_word(exchange, name))
}

fn edge_word(exchange: &Exchange, name: &str) -> Option<String> {
    if exchange.config.auth == Auth::Local {
        return None;
    }
    let cf = Reflect::get(&exchange.request, &"cf".into()).unwrap_or(JsValue::UNDEFINED);
    Reflect::get(&cf, &name.into()).ok()?.as_string()
}

/// What an answer's headers tell of its turn.
pub struct TurnHeaders {
    recall: Status,
    conversation: Option<String>,
    care: Option<&'static str>,
    served_by: String,
    timing: String,
    left: Option<String>,
}

impl TurnHeaders {
    /// Of a turn whose model has begun to answer, which ends the step `reply` as far as headers tell.
    pub fn of(turn: &Turn, target: &Target) -> TurnHeaders {
        TurnHeaders::by(turn, target.to_string())
    }

    /// The same of a turn that begins with care: who goes on with it is not known yet.
    pub fn of_care(turn: &Turn) -> TurnHeaders {
        TurnHeaders::by(turn, "hearken:care".to_owned())
    }

    fn by(turn: &Turn, served_by: String) -> TurnHeaders {
        let timings = &turn.setting.timings;
        timings.add(StepEntry {
            name: "reply",
            duration_ms: now_ms() - turn.setting.began_at_ms,
            ending: StepEnding::Done,
        });
        let budget = turn.budget.as_deref();
        TurnHeaders {
            recall: turn.recall,
            conversation: turn.conversation.clone(),
            care: turn.setting.told.as_ref().and_then(|told| told.header()),
            served_by,
            timing: timings.header().unwrap_or_default(),
            left: budget.map(|budget| usage::left(&turn.setting.config, budget)),
        }
    }

    /// Adds `x-recall`, `x-conversation-id`, `x-served-by`, `server-timing` and `ratelimit`.
    pub fn on(self, reply: Reply) -> Reply {
        reply
            .header("x-recall", self.recall.as_str())
            .header("x-served-by", self.served_by)
            .header("server-timing", self.timing)
            .maybe("x-care", self.care)
            .maybe("ratelimit", self.left)
            .maybe("x-conversation-id", self.conversation)
    }
}
