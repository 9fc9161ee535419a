//! The Durable Coordinator of one breaker: loads, applies, stores before it answers.
//!
//! Its name is the breaker's key. What an outcome means is decided in `breaker::coordinator`; this file brings the clock, chance
//! and the store. Invariant: what an answer says has been stored if it must outlive a restart; when storing fails,
//! nothing is answered and the state is read again.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use worker::worker_sys::DurableObjectState;
use worker::{Result, State};

use super::breaker::coordinator::Coordinator;
use super::breaker::event::{AdjustReason, Adjustment, StateChange};
use super::breaker::messages::{RUN_COUNT_MAX, RUNS_MAX, Request as Ask};
use super::breaker::view::{self, View};
use super::breaker::{self, Durable, Key};
use super::breaker_client::{BreakerAnswer, BreakerCall};
use super::counts::Counters;
use super::registry::whole_now_ms;
use crate::config::ConfigError;
use crate::config::breaker::BreakerConfig;
use crate::platform::isolate;
use crate::platform::log;
use crate::wire::json::{self, object};

/// Where the state is kept.
const STORED: &str = "breaker";

/// One breaker, worldwide.
#[wasm_bindgen]
pub struct Breaker {
    state: State,
    held: RefCell<Option<Held>>,
}

struct Held {
    key: Key,
    object: Coordinator,
    totals: Totals,
    /// Counted since this object began: what is lost with it, `/metrics` shows as a counter that began again.
    counts: Counters,
}

/// How often a threshold rose and fell, and how often the breaker opened. Kept: each comes with a change that is stored.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    above: u64,
    below: u64,
    opens: u64,
}

object!(Totals: above, below; opens);

/// What is kept, as JSON.
struct Stored {
    breaker: Durable,
    adjustments: Totals,
}

object!(Stored: breaker; adjustments);

impl Held {
    fn stored(&self) -> String {
        let stored = Stored {
            breaker: self.object.durable(),
            adjustments: self.totals,
        };
        json::text(&stored)
    }

    /// Does what is asked; the answer, and whether to store before it leaves.
    fn handle(&mut self, message: &BreakerCall) -> (BreakerAnswer, bool) {
        // Looking lets time pass, too.
        let ask = message.request.as_ref().unwrap_or(&Ask::Snapshot);
        let handled = self.object.handle(ask, whole_now_ms(), js_sys::Math::random);
        for change in &handled.changes {
            self.log_change(change);
        }
        for adjustment in &handled.adjusted {
            self.log_adjustment(adjustment);
        }
        if !handled.repeated {
            if let Ask::Report(report) = ask {
                for run in report.runs.iter().take(RUNS_MAX) {
                    let count = u64::from(run.count.min(RUN_COUNT_MAX));
                    self.counts.add("breaker_outcomes", run.outcome.name(), count);
                }
            }
            self.counts.merge(&message.counts);
        }
        let row = message
            .row
            .then(|| View::new(&self.key, self.object.breaker(), self.object.config()));
        let told = BreakerAnswer {
            reply: Some(handled.reply),
            counts: row.is_some().then(|| self.all_counts()),
            row,
        };
        (told, handled.store)
    }

    fn all_counts(&self) -> Counters {
        let mut all = self.counts.clone();
        let Totals { above, below, opens } = self.totals;
        all.add("breaker_opens", "", opens);
        all.add(
            "breaker_adjustments",
            AdjustReason::SuccessRateAbove.name(),
            above,
        );
        all.add(
            "breaker_adjustments",
            AdjustReason::SuccessRateBelow.name(),
            below,
        );
        all
    }

    fn log_change(&mut self, change: &StateChange) {
        self.totals.opens += u64::from(change.to == breaker::State::Open);
        worker::console_log!("{}", view::state_line(&self.key, change));
    }

    fn log_adjustment(&mut self, adjustment: &Adjustment) {
        match adjustment.reason {
            AdjustReason::SuccessRateAbove => self.totals.above += 1,
            AdjustReason::SuccessRateBelow => self.totals.below += 1,
        }
        worker::console_log!("{}", view::adjusted_line(&self.key, adjustment));
    }
}

#[wasm_bindgen]
impl Breaker {
    /// Made by the platform.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState) -> Breaker {
        Breaker {
            state: State::from(state),
            held: RefCell::default(),
        }
    }

    /// Does what a [`BreakerCall`] asks; nothing is the answer to what is none.
    ///
    /// # Errors
    /// The store failed.
    pub async fn tell(&self, text: String) -> std::result::Result<Option<String>, JsError> {
        let message: Option<BreakerCall> = json::read(&text);
        let key = message.as_ref().and_then(|message| message.key.parse().ok());
        let (Some(message), Some(key)) = (message, key) else {
            return Ok(None);
        };
        if self.held.borrow().is_none() {
            self.load(key).await?;
        }
        let (told, to_store) = {
            let mut held = self.held.borrow_mut();
            let Some(held) = held.as_mut() else {
                return Ok(None);
            };
            let (told, store) = held.handle(&message);
            (told, store.then(|| held.stored()))
        };
        if let Some(stored) = to_store {
            self.store(stored).await?;
        }
        Ok(Some(json::text(&told)))
    }
}

impl Breaker {
    /// Reads the state, or makes a new one. A restored breaker is stored at once: its epoch has changed.
    async fn load(&self, key: Key) -> Result<()> {
        let config = config(&key)?;
        // As it is: reading any type brings the printing of numbers, 8 KB.
        let stored = JsFuture::from(self.state.storage().as_raw().get(STORED)?).await?;
        let stored: Option<Stored> = stored.as_string().and_then(|text| json::read(&text));
        let totals = stored
            .as_ref()
            .map(|stored| stored.adjustments)
            .unwrap_or_default();
        let restored =
            stored.map(|stored| Coordinator::restore(stored.breaker, config.clone(), whole_now_ms()));
        let object = match restored {
            None => Coordinator::new(config),
            Some(Err(error)) => {
                let line = crate::wire::json::json!({
                    "event": "breaker_forgotten", "key": key.to_string(), "reason": error.to_string(),
                });
                log::error(&line);
                Coordinator::new(config)
            }
            Some(Ok((object, moved))) => {
                if let Some((from, to)) = moved {
                    let line = crate::wire::json::json!({
                        "event": "breaker_bounds_moved", "key": key.to_string(), "from": from, "to": to,
                    });
                    log::info(&line);
                }
                object
            }
        };
        let held = Held {
            key,
            object,
            totals,
            counts: Counters::default(),
        };
        let stored = held.stored();
        // Another message may have loaded it meanwhile.
        if self.held.borrow().is_none() {
            *self.held.borrow_mut() = Some(held);
            self.store(stored).await?;
        }
        Ok(())
    }

    async fn store(&self, stored: String) -> Result<()> {
        let put = self.state.storage().put_raw(STORED, stored).await;
        if put.is_err() {
            // What nobody can read after a restart must not be answered now.
            *self.held.borrow_mut() = None;
        }
        put
    }
}

fn config(key: &Key) -> Result<BreakerConfig> {
    let refused = |error: ConfigError| worker::Error::RustError(error.to_string());
    let config = isolate::config().map_err(refused)?;
    Ok((*config.resilience(key.operation).breaker).clone())
}
