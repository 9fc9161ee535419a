//! The Durable Object that adds up figures: four for a deployment, each for its share of the isolates. It is told
//! a command in the first line: `report`, `totals`, `slots LENGTH SINCE`, `heard TURN`. What it keeps is in
//! [`super::store`].

use wasm_bindgen::prelude::*;
use worker::State;
use worker::worker_sys::DurableObjectState;

use super::outbox::Report;
use super::store::Store;
use crate::platform::clock::now_ms;
use crate::platform::sql::SqlError;
use crate::platform::sql_worker::WorkerSql;

/// Some isolates' figures.
#[wasm_bindgen]
pub struct Telemetry {
    sql: WorkerSql,
}

#[wasm_bindgen]
impl Telemetry {
    /// Made by the platform.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState) -> Telemetry {
        Telemetry {
            sql: WorkerSql::new(State::from(state).storage()),
        }
    }

    /// Does what it is told; nothing is the answer to what is no command.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn tell(&self, text: &str) -> Result<Option<String>, JsError> {
        self.answer(text).map_err(|error| JsError::new(&error.0))
    }
}

impl Telemetry {
    fn answer(&self, text: &str) -> Result<Option<String>, SqlError> {
        let store = Store::open(&self.sql)?;
        let (command, rest) = text.split_once('\n').unwrap_or((text, ""));
        let mut words = command.split(' ');
        let word = words.next().unwrap_or_default();
        Ok(match (word, Report::parse(rest)) {
            ("report", Some(report)) => Some(store.report(report, now_ms() as u64)?.to_string()),
            ("totals", _) => Some(store.totals(now_ms() as u64)?),
            ("heard", _) => {
                let turn = words.next().unwrap_or_default();
                let is_first = store.is_first(turn, now_ms() as u64)?;
                Some(if is_first { "1" } else { "0" }.to_owned())
            }
            ("slots", _) => {
                let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
                Some(store.slots(number(), number())?)
            }
            _ => None,
        })
    }
}
