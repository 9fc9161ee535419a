//! One person's object, as tests and the platform's shell ([`super::object`]) drive it: a call in, its answer out.
//!
//! Invariant: after a statement that failed the tables are read anew, because memory and tables may differ then.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::Value;

use super::change::current;
use super::jobs::Work;
use super::ledger::CarriedOver;
use super::outside::Outside;
use super::protocol::*;
use super::public;
use super::schema::meta;
use super::state::{Live, Retry};
use super::tables::lookup::Look;
use super::tables::{Db, SqlError};
use crate::config::Config;
use crate::memory::MemoryKind;
use crate::memory::extraction::apply::{Cause, Lookup, Memory, MemoryOrigin, RowChange, operation_id};
use crate::memory::extraction::buffer::Due;
use crate::memory::extraction::dedupe::{Sameness, compare};
use crate::memory::extraction::operations::Operation;
use crate::memory::person::export::ExportLine;
use crate::platform::sql::Sql;
use crate::wire::json::{self, ToJson};

/// Rows in one part of an export.
const EXPORT_ROWS: usize = 500;

/// The object of one person, awake or just made.
pub struct Actor {
    config: Rc<Config>,
    sql: Rc<dyn Sql>,
    outside: Rc<dyn Outside>,
    live: RefCell<Option<Rc<Live>>>,
}

/// An answer that the Worker hands on as it is.
fn shown<T>(answer: Result<T, CallRefusal>, form: impl FnOnce(&T) -> Value) -> String {
    json(&answer.map(|answer| form(&answer)))
}

fn json<T: ToJson>(answer: &Result<T, CallRefusal>) -> String {
    match answer {
        Ok(answer) => json::text(answer),
        Err(refusal) => format!("{REFUSED}{}", json::text(refusal)),
    }
}

impl Actor {
    /// Over a database, which may be empty.
    pub fn new(config: Rc<Config>, sql: Rc<dyn Sql>, outside: Rc<dyn Outside>) -> Actor {
        Actor {
            config,
            sql,
            outside,
            live: RefCell::new(None),
        }
    }

    fn live(&self) -> Result<Rc<Live>, SqlError> {
        if let Some(live) = self.live.borrow().as_ref() {
            return Ok(live.clone());
        }
        let live = Rc::new(Live::open_tables(
            Db::open(self.sql.clone())?,
            self.config.clone(),
        )?);
        *self.live.borrow_mut() = Some(live.clone());
        Ok(live)
    }

    fn work(&self) -> Result<Work, CallRefusal> {
        Ok(Work {
            live: self.live()?,
            config: self.config.clone(),
            outside: self.outside.clone(),
        })
    }

    fn now(&self) -> u64 {
        self.outside.now_ms()
    }

    /// Whether something was put off until after the answer.
    pub fn has_put_off(&self) -> bool {
        let live = self.live.borrow();
        live.as_ref()
            .is_some_and(|live| !live.put_off.borrow().is_empty())
    }

    /// Writes what was put off. Whatever is done next does it first.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn finish(&self) -> Result<(), CallRefusal> {
        self.with(|live| Ok(Ok(live.write_put_off()?)))
    }

    /// Does what is due.
    pub async fn run(&self) {
        if self.finish().is_err() {
            return;
        }
        if let Ok(work) = self.work() {
            work.run().await;
        }
    }

    /// When something is due next, if anything is.
    pub fn due_at_ms(&self) -> Option<u64> {
        let live = self.live().ok()?;
        let now_ms = self.now();
        let buffer_ms = match live.due(now_ms) {
            Due::Now(_) => Some(now_ms),
            Due::At(at_ms) => Some(at_ms),
            Due::Idle => None,
        };
        let summary_ms = live
            .summaries()
            .ok()
            .and_then(|due| due.values().map(|retry| Retry::of(retry).at_ms).min());
        let vectors_ms = match live.lacks_vectors() {
            Ok(true) => Some(live.backfill.get().at_ms),
            _ => None,
        };
        let due = [buffer_ms, summary_ms, vectors_ms].into_iter().flatten().min()?;
        Some(due.max(now_ms))
    }

    /// The answer to a call as it comes and as the Worker reads it.
    pub async fn answer(&self, call: &str) -> String {
        match (json::read(call), self.finish()) {
            (Some(call), Ok(())) => self.call(call).await,
            (_, Err(refusal)) => json(&Err::<(), _>(refusal)),
            (None, _) => json(&Err::<(), _>(CallRefusal::Broken)),
        }
    }

    async fn call(&self, call: Call) -> String {
        match call {
            Call::Open(ask) => json(&self.with(|live| live.open_known(ask, self.now()))),
            Call::Close(ask) => json(&self.with(|live| live.close(&ask, self.now()))),
            Call::Search(ask) => json(&self.with(|live| Ok(Ok(live.search(&ask, self.now())?)))),
            Call::List(ask) => shown(self.with(|live| live.db.list(&ask)), |page| {
                public::page(page, public::memory)
            }),
            Call::Get(id) => shown(
                self.with(|live| Ok(current(live, &id)?.ok_or(CallRefusal::NotFound))),
                public::memory,
            ),
            Call::History(id) => {
                let past = self.with(|live| match live.db.memory(&id)? {
                    Some(_) => Ok(Ok(live.db.history(&id)?)),
                    None => Ok(Err(CallRefusal::NotFound)),
                });
                shown(past, |past| public::history(past))
            }
            Call::Add { text, kind, key } => shown(self.add(text, kind, key).await, public::memory),
            Call::Append(messages) => json(&self.with(|live| Ok(Ok(live.append(&messages, self.now())?)))),
            Call::Edit { id, text, kind } => shown(self.edit(id, text, kind).await, public::memory),
            Call::Delete { id, everywhere } => json(&self.with(|live| {
                Ok(live
                    .erase_memory(&id, everywhere, self.now())?
                    .ok_or(CallRefusal::NotFound))
            })),
            Call::DeleteAll => json(&self.with(|live| Ok(Ok(live.erase_memories()?)))),
            Call::Flush => json(&self.flush().await),
            Call::Conversations(ask) => shown(self.with(|live| live.db.conversations(&ask)), |page| {
                public::page(page, public::conversation)
            }),
            Call::Conversation { id, messages_max } => {
                let found = self.with(|live| {
                    Ok(live
                        .db
                        .conversation(&id, messages_max)?
                        .ok_or(CallRefusal::NotFound))
                });
                shown(found, public::whole_conversation)
            }
            Call::Create { id, said, metadata } => {
                let made = self.with(|live| {
                    live.extend(&id, &said, self.now())?;
                    labelled(live, &id, &metadata)
                });
                shown(made, public::conversation)
            }
            Call::Label { id, metadata } => shown(
                self.with(|live| labelled(live, &id, &metadata)),
                public::conversation,
            ),
            Call::ConversationItems {
                id,
                page,
                is_ascending,
            } => shown(
                self.with(|live| live.conversation_items(&id, &page, is_ascending)),
                |page| public::page(page, Value::clone),
            ),
            Call::ConversationItem { id, item } => {
                shown(self.with(|live| live.conversation_item(&id, &item)), Value::clone)
            }
            Call::DeleteItem { id, item } => shown(
                self.with(|live| live.erase_item(&id, &item)),
                public::conversation,
            ),
            Call::Extend { id, said } => shown(
                self.with(|live| match live.db.summary(&id)?.is_some() {
                    true => Ok(Ok(live.extend(&id, &said, self.now())?)),
                    false => Ok(Err(CallRefusal::NotFound)),
                }),
                |page| public::page(page, Value::clone),
            ),
            Call::DeleteConversation(id) => json(&self.with(|live| Ok(found(live.erase_conversation(&id)?)))),
            Call::Response(id) => {
                let found = self.with(|live| Ok(live.db.response(&id)?.ok_or(CallRefusal::NotFound)));
                match found {
                    // Too large to be stored.
                    Ok((body, _)) if body.is_empty() => json(&Err::<(), _>(CallRefusal::NotFound)),
                    Ok((body, _)) => body,
                    Err(refusal) => json(&Err::<(), _>(refusal)),
                }
            }
            Call::ResponseInput {
                id,
                page,
                is_ascending,
            } => shown(
                self.with(|live| live.response_input(&id, &page, is_ascending)),
                |page| public::page(page, Value::clone),
            ),
            Call::Items(ids) => json(&self.with(|live| live.items(&ids))),
            Call::DeleteResponse(id) => json(&self.with(|live| Ok(found(live.erase_response(&id)?)))),
            Call::Export { user, part, after } => {
                json(&self.with(|live| Ok(Ok(export(live, user, part, after, self.now())?))))
            }
            Call::Erase => json(&self.erase().await),
            Call::Reserve(ask) => json(&self.with(|live| live.reserve(&ask, self.now()))),
            Call::Settle { turn, used } => {
                json(&self.with(|live| Ok(Ok(live.db.settle(&turn, used, self.now())?))))
            }
            Call::Reminded => json(&self.with(|live| Ok(Ok(live.reminded(self.now())?)))),
            Call::EndSessions => json(&self.with(|live| Ok(Ok(end_sessions(&live.db, self.now())?)))),
            Call::SessionsSince => json(&self.with(|live| Ok(Ok(sessions_since(&live.db)?)))),
            Call::Usage => {
                json(&self.with(|live| Ok(Ok(live.db.usage(self.config.limits.day, self.now())?))))
            }
        }
    }

    /// Runs a step that needs no waiting. After a failure memory and tables may differ, so the tables are read anew.
    fn with<T>(
        &self,
        step: impl FnOnce(&Live) -> Result<Result<T, CallRefusal>, SqlError>,
    ) -> Result<T, CallRefusal> {
        let live = self.live()?;
        step(&live).unwrap_or_else(|error| {
            *self.live.borrow_mut() = None;
            Err(error.into())
        })
    }

    async fn flush(&self) -> Result<Flushed, CallRefusal> {
        self.work()?.flush().await
    }

    async fn add(&self, text: String, kind: MemoryKind, key: String) -> Result<Memory, CallRefusal> {
        let operation = Operation::Add {
            text: text.clone(),
            kind,
        };
        let sources = [key];
        let id = format!("mem_{}", operation_id(&operation, &sources));
        match self.write(operation, &sources, MemoryOrigin::Given).await? {
            Some(memory) => Ok(memory),
            // It is known: the memory that this request made before, or one that says the same, is the answer.
            None => self.with(|live| {
                if let Some(memory) = current(live, &id)? {
                    return Ok(Ok(memory));
                }
                let look = Look::new(&live.db);
                let mut alike = look.alike(&text);
                alike.extend(look.single(kind));
                look.done()?;
                let same = alike
                    .into_iter()
                    .find(|memory| compare(&memory.text, &text) != Sameness::Different);
                Ok(same.ok_or(CallRefusal::NotFound))
            }),
        }
    }

    async fn edit(&self, id: String, text: String, kind: Option<MemoryKind>) -> Result<Memory, CallRefusal> {
        self.with(|live| Ok(found(current(live, &id)?.is_some())))?;
        let operation = Operation::Update {
            id: id.clone(),
            text,
            kind,
        };
        let key = format!("edit_{id}_{}", self.now());
        self.write(operation, &[key], MemoryOrigin::Edited).await?;
        self.with(|live| Ok(current(live, &id)?.ok_or(CallRefusal::NotFound)))
    }

    /// Applies one operation of the person's own; the memory it wrote, if it changed any.
    async fn write(
        &self,
        operation: Operation,
        sources: &[String],
        origin: MemoryOrigin,
    ) -> Result<Option<Memory>, CallRefusal> {
        let work = self.work()?;
        let operations = [operation];
        let vectors = work.vectors_of(&operations).await;
        if work.live.gone.get() {
            return Err(CallRefusal::Gone);
        }
        let cause = Cause {
            sources,
            origin,
            said_at_ms: self.now(),
            now_ms: self.now(),
        };
        let changes = work.live.apply(&operations, &cause, &vectors, None)?;
        let written = changes.into_iter().flatten().find_map(|change| match change {
            RowChange::Put(memory) => Some(memory),
            _ => None,
        });
        Ok(written)
    }

    /// Everything goes, the keys of cached results with it.
    async fn erase(&self) -> Result<(), CallRefusal> {
        let carried = match self.config.limits.has_budget() {
            true => Some(CarriedOver::of(&self.live()?.db, self.now())?),
            false => None,
        };
        if let Some(live) = self.live.borrow_mut().take() {
            live.gone.set(true);
        }
        self.outside.erase().await?;
        // A call that came in between has opened tables that are no more.
        if let Some(live) = self.live.borrow_mut().take() {
            live.gone.set(true);
        }
        if let Some(carried) = carried.filter(|carried| !carried.is_empty()) {
            carried.put(&Db::open(self.sql.clone())?)?;
        }
        if self.config.session_secret.is_some() {
            end_sessions(&Db::open(self.sql.clone())?, self.now())?;
        }
        Ok(())
    }
}

/// No token that was made until now opens anything.
fn end_sessions(db: &Db, now_ms: u64) -> Result<u64, SqlError> {
    db.set_meta(meta::SESSIONS_SINCE, &now_ms.to_string())?;
    Ok(now_ms)
}

fn sessions_since(db: &Db) -> Result<u64, SqlError> {
    let since = db.meta(meta::SESSIONS_SINCE)?;
    Ok(since.and_then(|text| text.parse().ok()).unwrap_or(0))
}

fn labelled(live: &Live, id: &str, metadata: &str) -> Result<Result<Conversation, CallRefusal>, SqlError> {
    live.change(|_| live.db.label_conversation(id, metadata))?;
    Ok(live.db.conversation(id, 0)?.ok_or(CallRefusal::NotFound))
}

fn found(known: bool) -> Result<(), CallRefusal> {
    known.then_some(()).ok_or(CallRefusal::NotFound)
}

/// Lines of one part of an export, and the row to go on after; no lines at the end of a part.
fn export(
    live: &Live,
    user: String,
    part: u32,
    after: i64,
    now_ms: u64,
) -> Result<(Vec<String>, i64), SqlError> {
    let line = |line: &ExportLine| json::text(line);
    if part == 0 {
        let head = ExportLine::Person {
            user,
            generation: live.db.generation()?,
            exported_at_ms: now_ms,
            bytes: live.db.size_bytes() as u64,
        };
        let lines = if after == 0 { vec![line(&head)] } else { Vec::new() };
        return Ok((lines, 1));
    }
    let rows = live.db.export_rows(part, after, EXPORT_ROWS)?;
    let last = rows.last().map_or(after, |(row, _)| *row);
    Ok((rows.iter().map(|(_, row)| line(row)).collect(), last))
}
