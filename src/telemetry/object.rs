//! The Durable Object that adds up figures: four for a deployment, each for its share of the isolates. It takes `POST` with
//! a command in the first line, whatever the path: `report`, `totals`, `slots LENGTH SINCE`, `heard TURN`. What it keeps is in
//! [`super::store`].

#![allow(missing_docs)] // The macro's own methods have none.

use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::outbox::Report;
use super::store::Store;
use crate::platform::clock::now_ms;
use crate::platform::sql::SqlError;
use crate::platform::sql_worker::WorkerSql;

/// Some isolates' figures.
#[durable_object(fetch)]
pub struct Telemetry {
    sql: WorkerSql,
}

impl DurableObject for Telemetry {
    fn new(state: State, _env: Env) -> Self {
        Self {
            sql: WorkerSql::new(state.storage()),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let text = request.text().await?;
        match self.answer(&text).map_err(|error| worker::Error::from(error.0))? {
            Some(answer) => Response::ok(answer),
            None => Response::error("not a command to telemetry", 400),
        }
    }
}

impl Telemetry {
    fn answer(&self, text: &str) -> std::result::Result<Option<String>, SqlError> {
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
