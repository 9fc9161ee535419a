//! The Durable Object that belongs to one person: calls in, answers out, one alarm for everything that waits.
//!
//! Invariant: nothing of a person is kept anywhere else but under keys that die with this object. Its name is a keyed
//! hash ([`crate::memory::person::client`]), so not even a listing of objects tells who is known.

#![allow(missing_docs)] // The macro's own methods have none.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Reflect;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use crate::config::Config;
use crate::memory::extraction::apply::{Cause, Lookup, Memory, Origin, operation_id};
use crate::memory::extraction::buffer::Due;
use crate::memory::extraction::dedupe::{Sameness, compare};
use crate::memory::extraction::operations::Operation;
use crate::memory::person::export::ExportLine;
use crate::memory::person::jobs::{Work, now};
use crate::memory::person::protocol::*;
use crate::memory::person::state::Live;
use crate::memory::person::tables::{Db, SqlError};
use crate::platform::isolate;
use crate::upstream::fetch::Surroundings;

/// Rows in one part of an export.
const EXPORT_ROWS: usize = 500;
/// Most messages that come with one conversation.
const MESSAGES_MAX: usize = 2_000;

/// One person.
#[durable_object]
pub struct Person {
    state: State,
    env: Env,
    config: Option<Rc<Config>>,
    live: RefCell<Option<Rc<Live>>>,
    /// When the alarm is set for, as far as this instance knows.
    armed_at_ms: Cell<Option<u64>>,
}

impl DurableObject for Person {
    fn new(state: State, env: Env) -> Self {
        // A configuration that is wrong was told at the Worker's door; calls do not come this far.
        let config = isolate::config().ok();
        Person {
            state,
            env,
            config,
            live: RefCell::new(None),
            armed_at_ms: Cell::new(None),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let body = request.text().await?;
        let answer = match serde_json::from_str::<Call>(&body) {
            Ok(call) => self.answer(call).await,
            Err(_) => json(&Err::<(), _>(Refusal::Broken)),
        };
        self.arm().await;
        Response::ok(answer)
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.armed_at_ms.set(None);
        if let Ok(work) = self.work() {
            work.run().await;
        }
        self.arm().await;
        Response::empty()
    }
}

fn json<T: Serialize>(answer: &Result<T, Refusal>) -> String {
    let written = match answer {
        Ok(answer) => serde_json::to_string(answer).map_err(|_| Refusal::Broken),
        Err(refusal) => Err(refusal.clone()),
    };
    written.unwrap_or_else(|refusal| {
        let refusal = serde_json::to_string(&refusal).unwrap_or_default();
        format!("{REFUSED}{refusal}")
    })
}

impl Person {
    fn live(&self) -> Result<Rc<Live>, SqlError> {
        if let Some(live) = self.live.borrow().as_ref() {
            return Ok(live.clone());
        }
        let config = self
            .config
            .clone()
            .ok_or_else(|| SqlError("the configuration is wrong".into()))?;
        let live = Rc::new(Live::open_tables(Db::open(self.state.storage())?, config)?);
        *self.live.borrow_mut() = Some(live.clone());
        Ok(live)
    }

    fn work(&self) -> Result<Work, Refusal> {
        let live = self.live()?;
        let config = self.config.clone().ok_or(Refusal::Broken)?;
        let controller = web_sys::AbortController::new().map_err(|_| Refusal::Broken)?;
        let ai = Reflect::get(self.env.as_ref(), &"AI".into());
        let around = Surroundings {
            client: controller.signal(),
            ai: ai.ok().filter(JsValue::is_object),
            file: None,
        };
        Ok(Work { live, config, around })
    }

    /// Sets the alarm for whatever is due next.
    async fn arm(&self) {
        let Ok(live) = self.live() else { return };
        let now_ms = now();
        let buffer_ms = match live.due(now_ms) {
            Due::Now(_) => Some(now_ms),
            Due::At(at_ms) => Some(at_ms),
            Due::Idle => None,
        };
        let summary_ms = live
            .summaries()
            .ok()
            .and_then(|due| due.values().map(|retry| retry.at_ms).min());
        let vectors_ms = match live.lacks_vectors() {
            Ok(true) => Some(live.backfill.get().at_ms),
            _ => None,
        };
        let Some(at_ms) = [buffer_ms, summary_ms, vectors_ms].into_iter().flatten().min() else {
            return;
        };
        let at_ms = at_ms.max(now_ms);
        if self
            .armed_at_ms
            .get()
            .is_some_and(|armed| armed <= at_ms && armed >= now_ms)
        {
            // It will ring in time, look, and be set anew.
            return;
        }
        let delay_ms = i64::try_from(at_ms - now_ms).unwrap_or(i64::MAX);
        if self.state.storage().set_alarm(delay_ms).await.is_ok() {
            self.armed_at_ms.set(Some(at_ms));
        }
    }

    async fn answer(&self, call: Call) -> String {
        match call {
            Call::Open(ask) => json(&self.with(|live| Ok(Ok(live.open(&ask, now())?)))),
            Call::Close(ask) => json(&self.with(|live| live.close(&ask, now()))),
            Call::Search(ask) => json(&self.with(|live| Ok(Ok(live.search(&ask, now())?)))),
            Call::List(ask) => json(&self.with(|live| live.db.list(&ask))),
            Call::Get { id } => json(&self.with(|live| Ok(current(live, &id)?.ok_or(Refusal::NotFound)))),
            Call::History { id } => json(&self.with(|live| match live.db.memory(&id)? {
                Some(_) => Ok(Ok(live.db.history(&id)?)),
                None => Ok(Err(Refusal::NotFound)),
            })),
            Call::Add { text, kind, key } => json(&self.add(text, kind, key).await),
            Call::Append { messages } => json(&self.with(|live| Ok(Ok(live.append(&messages, now())?)))),
            Call::Edit { id, text, kind } => json(&self.edit(id, text, kind).await),
            Call::Delete { id } => json(&self.with(|live| Ok(found(live.erase_memory(&id, now())?)))),
            Call::DeleteAll => json(&self.with(|live| Ok(Ok(live.erase_memories()?)))),
            Call::Flush => json(&self.flush().await),
            Call::Conversations(ask) => json(&self.with(|live| live.db.conversations(&ask))),
            Call::Conversation { id } => {
                json(&self.with(|live| Ok(live.db.conversation(&id, MESSAGES_MAX)?.ok_or(Refusal::NotFound))))
            }
            Call::DeleteConversation { id } => {
                json(&self.with(|live| Ok(found(live.erase_conversation(&id)?))))
            }
            Call::Export { user, part, after } => {
                json(&self.with(|live| Ok(Ok(export(live, user, part, after)?))))
            }
            Call::Erase => json(&self.erase().await),
        }
    }

    /// Runs a step that needs no waiting. After a failure memory and tables may differ, so the tables are read anew.
    fn with<T>(
        &self,
        step: impl FnOnce(&Live) -> Result<Result<T, Refusal>, SqlError>,
    ) -> Result<T, Refusal> {
        let live = self.live()?;
        step(&live).unwrap_or_else(|error| {
            *self.live.borrow_mut() = None;
            Err(error.into())
        })
    }

    async fn flush(&self) -> Result<Flushed, Refusal> {
        self.work()?.flush().await
    }

    async fn add(&self, text: String, kind: crate::memory::Kind, key: String) -> Result<Memory, Refusal> {
        let operation = Operation::Add {
            text: text.clone(),
            kind,
        };
        let sources = [key];
        let id = format!("mem_{}", operation_id(&operation, &sources));
        match self.write(operation, &sources, Origin::Given).await? {
            Some(memory) => Ok(memory),
            // It is known: the memory that this request made before, or one that says the same, is the answer.
            None => self.with(|live| {
                if let Some(memory) = current(live, &id)? {
                    return Ok(Ok(memory));
                }
                let look = crate::memory::person::tables::Look::new(&live.db);
                let mut alike = look.alike(&text);
                alike.extend(look.single(kind));
                look.done()?;
                let same = alike
                    .into_iter()
                    .find(|memory| compare(&memory.text, &text) != Sameness::Different);
                Ok(same.ok_or(Refusal::NotFound))
            }),
        }
    }

    async fn edit(
        &self,
        id: String,
        text: String,
        kind: Option<crate::memory::Kind>,
    ) -> Result<Memory, Refusal> {
        self.with(|live| Ok(found(current(live, &id)?.is_some())))?;
        let operation = Operation::Update {
            id: id.clone(),
            text,
            kind,
        };
        let key = format!("edit_{id}_{}", now());
        self.write(operation, &[key], Origin::Edited).await?;
        self.with(|live| Ok(current(live, &id)?.ok_or(Refusal::NotFound)))
    }

    /// Applies one operation of the person's own; the memory it wrote, if it changed any.
    async fn write(
        &self,
        operation: Operation,
        sources: &[String],
        origin: Origin,
    ) -> Result<Option<Memory>, Refusal> {
        let work = self.work()?;
        let operations = [operation];
        let vectors = work.vectors_of(&operations).await;
        if work.live.gone.get() {
            return Err(Refusal::Gone);
        }
        let cause = Cause {
            sources,
            origin,
            said_at_ms: now(),
            now_ms: now(),
        };
        let changes = work.live.apply(&operations, &cause, &vectors, None)?;
        let written = changes.into_iter().flatten().find_map(|change| match change {
            crate::memory::extraction::apply::Change::Put(memory) => Some(memory),
            _ => None,
        });
        Ok(written)
    }

    /// Everything goes, the keys of cached results with it.
    async fn erase(&self) -> Result<(), Refusal> {
        if let Some(live) = self.live.borrow_mut().take() {
            live.gone.set(true);
        }
        let storage = self.state.storage();
        let broken = |error: worker::Error| Refusal::from(SqlError::from(error));
        storage.delete_alarm().await.map_err(broken)?;
        storage.delete_all().await.map_err(broken)?;
        // A call that came in between has opened tables that are no more.
        if let Some(live) = self.live.borrow_mut().take() {
            live.gone.set(true);
        }
        self.armed_at_ms.set(None);
        Ok(())
    }
}

fn found(known: bool) -> Result<(), Refusal> {
    known.then_some(()).ok_or(Refusal::NotFound)
}

/// A memory that holds now.
fn current(live: &Live, id: &str) -> Result<Option<Memory>, SqlError> {
    Ok(live
        .db
        .memory(id)?
        .filter(|memory| memory.valid_until_ms.is_none()))
}

/// Lines of one part of an export, and the row to go on after; no lines at the end of a part.
fn export(live: &Live, user: String, part: u32, after: i64) -> Result<(Vec<String>, i64), SqlError> {
    let line = |line: &ExportLine| serde_json::to_string(line).unwrap_or_default();
    if part == 0 {
        let head = ExportLine::Person {
            user,
            generation: live.db.generation()?,
            exported_at_ms: now(),
            bytes: live.db.size_bytes() as u64,
        };
        let lines = if after == 0 { vec![line(&head)] } else { Vec::new() };
        return Ok((lines, 1));
    }
    let rows = live.db.export_rows(part, after, EXPORT_ROWS)?;
    let last = rows.last().map_or(after, |(row, _)| *row);
    Ok((rows.iter().map(|(_, row)| line(row)).collect(), last))
}
