//! The Durable Object that belongs to one person: calls in, answers out, one alarm for everything that waits.
//!
//! Its name is a keyed hash of the person ([`super::client`]), so not even a listing of objects tells who is known. It
//! is told a [`super::protocol::Call`]. Nothing of a person is kept anywhere else but under
//! keys that die with this object. What it does is in [`super::actor`].

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use futures::future::LocalBoxFuture;
use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use worker::worker_sys::DurableObjectState;
use worker::{State, Storage};

use super::actor::Actor;
use super::outside::{AnswerForm, Outside};
use crate::config::Config;
use crate::memory::extraction::dates::moment_ms;
use crate::memory::person::protocol::Said;
use crate::memory::{embed_fetch, extract_fetch};
use crate::platform::background::spawn;
use crate::platform::sql::SqlError;
use crate::platform::sql_worker::WorkerSql;
use crate::platform::{clock, isolate, log};
use crate::upstream::fetch::{Origin, Surroundings, nobody};
use crate::upstream::outcome::Failure;

/// One person.
#[wasm_bindgen]
pub struct Person {
    awake: Option<Rc<Awake>>,
}

#[wasm_bindgen]
impl Person {
    /// Made by the platform.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState) -> Person {
        let state = State::from(state);
        // A configuration that is wrong was told at the Worker's door; calls do not come this far.
        let awake = isolate::config().ok().map(|config| {
            let platform = Platform {
                config: config.clone(),
                storage: state.storage(),
            };
            let sql = Rc::new(WorkerSql::new(state.storage()));
            Rc::new(Awake {
                actor: Actor::new(config, sql, Rc::new(platform)),
                storage: state.storage(),
                armed_at_ms: Cell::default(),
            })
        });
        Person { awake }
    }

    /// The answer to a call; nothing while the configuration is wrong.
    pub async fn tell(&self, call: String) -> Option<String> {
        let awake = self.awake.clone()?;
        let answer = awake.actor.answer(&call).await;
        if awake.actor.has_put_off() {
            spawn(awake.finish());
        } else if let Some(mut setting) = awake.arming() {
            // Asked for at once, the alarm is stored with what was written before the answer, which the platform holds back
            // until then: nobody has to wait for it here.
            let is_set = poll_fn(|cx| Poll::Ready(setting.as_mut().poll(cx).is_ready()));
            if !is_set.await {
                spawn(setting);
            }
        }
        Some(answer)
    }

    /// Does what is due.
    pub async fn alarm(&self) {
        let Some(awake) = self.awake.clone() else { return };
        awake.armed_at_ms.set(None);
        awake.actor.run().await;
        if let Some(setting) = awake.arming() {
            setting.await;
        }
    }
}

/// The object while it is in memory.
struct Awake {
    actor: Actor,
    storage: Storage,
    /// When the alarm is set for, as far as this instance knows.
    armed_at_ms: Cell<Option<u64>>,
}

impl Awake {
    /// Writes what the answer did not wait for. A write before the answer has gone out would hold it back until the write
    /// is on disk, so this begins with the next turn of the platform's loop.
    async fn finish(self: Rc<Self>) {
        clock::sleep_ms(0).await;
        if let Err(refusal) = self.actor.finish() {
            log::info(&crate::wire::json::json!({"event": "note_failed", "why": format!("{refusal:?}")}));
        }
        if let Some(setting) = self.arming() {
            setting.await;
        }
    }

    /// The alarm being set for whatever is due next, if it must be.
    fn arming(self: &Rc<Self>) -> Option<LocalBoxFuture<'static, ()>> {
        let (at_ms, now_ms) = (self.actor.due_at_ms()?, clock::now_ms() as u64);
        let armed = self.armed_at_ms.get();
        if armed.is_some_and(|armed| armed <= at_ms && armed >= now_ms) {
            // It will ring in time, look, and be set anew.
            return None;
        }
        let delay_ms = i64::try_from(at_ms.saturating_sub(now_ms)).unwrap_or(i64::MAX);
        self.armed_at_ms.set(Some(at_ms));
        let awake = self.clone();
        Some(Box::pin(async move {
            if awake.storage.set_alarm(delay_ms).await.is_err() {
                awake.armed_at_ms.set(None);
            }
        }))
    }
}

/// [`Outside`] as the platform has it.
struct Platform {
    config: Rc<Config>,
    storage: Storage,
}

impl Platform {
    fn origin<'a>(&'a self, around: &'a Surroundings, request_id: &'a str) -> Origin<'a> {
        Origin {
            config: &self.config,
            around,
            request_id,
        }
    }
}

impl Outside for Platform {
    fn now_ms(&self) -> u64 {
        clock::now_ms() as u64
    }

    fn local_ms(&self, timezone: &str, at_ms: u64) -> Option<u64> {
        let options = js_sys::Object::new();
        Reflect::set(&options, &"timeZone".into(), &timezone.into()).ok()?;
        let date = js_sys::Date::new(&(at_ms as f64).into());
        let write = Reflect::get(&date, &"toLocaleString".into()).ok()?;
        // Swedish writes dates as ISO 8601 does.
        let written = write
            .dyn_into::<js_sys::Function>()
            .ok()?
            .call2(&date, &"sv-SE".into(), &options);
        let written = written.ok()?.as_string()?.replace(' ', "T");
        moment_ms(&format!("{written}Z"))
    }

    fn sleep_ms(&self, ms: u64) -> LocalBoxFuture<'_, ()> {
        Box::pin(clock::sleep_ms(ms))
    }

    fn complete<'a>(
        &'a self,
        turns: &'a [Said],
        form: AnswerForm,
        request_id: &'a str,
    ) -> LocalBoxFuture<'a, Result<String, Vec<Failure>>> {
        Box::pin(async move {
            let around = Surroundings::of(nobody());
            extract_fetch::complete(self.origin(&around, request_id), turns, form).await
        })
    }

    fn embed<'a>(&'a self, texts: &'a [String]) -> LocalBoxFuture<'a, Option<Vec<Vec<f32>>>> {
        Box::pin(async move {
            let around = Surroundings::of(nobody());
            let vectors = embed_fetch::embed(self.origin(&around, "memory"), texts).await;
            vectors.ok()
        })
    }

    fn erase(&self) -> LocalBoxFuture<'_, Result<(), SqlError>> {
        Box::pin(async move {
            self.storage.delete_alarm().await?;
            Ok(self.storage.delete_all().await?)
        })
    }
}
