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
use super::tables::export::export_line;
use super::tables::lookup::Look;
use super::tables::{Db, SqlError};
use crate::config::Config;
use crate::memory::MemoryKind;
use crate::memory::extraction::apply::{Cause, Lookup, Memory, MemoryOrigin, RowChange, operation_id};
use crate::memory::extraction::buffer::Due;
use crate::memory::extraction::dedupe::{Sameness, compare};
use crate::memory::extraction::operations::Operation;
use crate::platform::sql::Sql;
use crate::wire::json::{self, json};

/// Rows in one part of an export.
const EXPORT_ROWS: usize = 500;

/// The object of one person, awake or just made.
pub struct Actor {
    config: Rc<Config>,
    sql: Rc<dyn Sql>,
    outside: Rc<dyn Outside>,
    live: RefCell<Option<Rc<Live>>>,
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
        let done = self.live().and_then(|live| live.write_put_off());
        self.checked(done.map_err(CallRefusal::from))
    }

    /// After a statement that failed memory and tables may differ, so the tables are read anew.
    fn checked<T>(&self, done: Result<T, CallRefusal>) -> Result<T, CallRefusal> {
        done.inspect_err(|refusal| {
            if *refusal == CallRefusal::Broken {
                *self.live.borrow_mut() = None;
            }
        })
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
        let answer = match (json::read(call), self.finish()) {
            (Some(call), Ok(())) => self.checked(self.call(call).await),
            (_, Err(refusal)) => Err(refusal),
            (None, _) => Err(CallRefusal::Broken),
        };
        answer.unwrap_or_else(|refusal| format!("{REFUSED}{}", json::text(&refusal)))
    }

    async fn call(&self, call: Call) -> Result<String, CallRefusal> {
        let (live, now_ms) = (self.live()?, self.now());
        let there = |is_there: bool| is_there.then_some(()).ok_or(CallRefusal::NotFound);
        Ok(match call {
            Call::Open(ask) => json::text(&live.open_known(ask, now_ms)?),
            Call::Close(ask) => json::text(&live.close(&ask, now_ms)?),
            Call::Search(ask) => json::text(&live.search(&ask, now_ms)?),
            Call::List(ask) => public::page(&live.db.list(&ask)?, public::memory),
            Call::Get(id) => public::memory(&current(&live, &id)?).to_string(),
            Call::History(id) => {
                there(live.db.memory(&id)?.is_some())?;
                public::history(&live.db.history(&id)?).to_string()
            }
            Call::Add { text, kind, key } => public::memory(&self.add(text, kind, key).await?).to_string(),
            Call::Append(messages) => json::text(&live.append(&messages, now_ms)?),
            Call::Edit { id, text, kind } => public::memory(&self.edit(id, text, kind).await?).to_string(),
            Call::Delete { id, everywhere } => {
                let erased = live.erase_memory(&id, everywhere, now_ms)?;
                json::text(&erased.ok_or(CallRefusal::NotFound)?)
            }
            Call::DeleteAll => json::text(&live.erase_memories()?),
            Call::Flush => json::text(&self.work()?.flush().await?),
            Call::Conversations(ask) => public::page(&live.db.conversations(&ask)?, public::conversation),
            Call::Conversation { id, messages_max } => {
                let whole = live.db.conversation(&id, messages_max)?;
                public::whole_conversation(&whole.ok_or(CallRefusal::NotFound)?).to_string()
            }
            Call::Create { id, said, metadata } => {
                live.extend(&id, &said, now_ms)?;
                labelled(&live, &id, &metadata)?
            }
            Call::Label { id, metadata } => labelled(&live, &id, &metadata)?,
            Call::ConversationItems {
                id,
                page,
                is_ascending,
            } => public::page(&live.conversation_items(&id, &page, is_ascending)?, Value::clone),
            Call::ConversationItem { id, item } => live.conversation_item(&id, &item)?.to_string(),
            Call::DeleteItem { id, item } => public::conversation(&live.erase_item(&id, &item)?).to_string(),
            Call::Extend { id, said } => {
                there(live.db.summary(&id)?.is_some())?;
                public::page(&live.extend(&id, &said, now_ms)?, Value::clone)
            }
            Call::DeleteConversation(id) => json::text(&there(live.erase_conversation(&id)?)?),
            Call::Response(id) => {
                // One that was too large to be stored has an empty body.
                let found = live.db.response(&id)?.filter(|(body, _)| !body.is_empty());
                found.ok_or(CallRefusal::NotFound)?.0
            }
            Call::ResponseInput {
                id,
                page,
                is_ascending,
            } => public::page(&live.response_input(&id, &page, is_ascending)?, Value::clone),
            Call::Items(ids) => json::text(&live.items(&ids)?),
            Call::DeleteResponse(id) => json::text(&there(live.erase_response(&id)?)?),
            Call::Export { user, part, after } => json::text(&export(&live, &user, part, after, now_ms)?),
            Call::Erase => json::text(&self.erase().await?),
            Call::Reserve(ask) => json::text(&live.reserve(&ask, now_ms)?),
            Call::Settle { turn, used } => json::text(&live.db.settle(&turn, used, now_ms)?),
            Call::Reminded => json::text(&live.reminded(now_ms)?),
            Call::EndSessions => json::text(&end_sessions(&live.db, now_ms)?),
            Call::SessionsSince => json::text(&live.db.meta_number(meta::SESSIONS_SINCE)?),
            Call::Usage => live.db.usage(self.config.limits.day, now_ms)?.to_string(),
        })
    }

    async fn add(&self, text: String, kind: MemoryKind, key: String) -> Result<Memory, CallRefusal> {
        let operation = Operation::Add {
            text: text.clone(),
            kind,
        };
        let sources = [key];
        let id = format!("mem_{}", operation_id(&operation, &sources));
        if let Some(memory) = self.write(operation, &sources, MemoryOrigin::Given).await? {
            return Ok(memory);
        }
        // It is known: the memory that this request made before, or one that says the same, is the answer.
        let live = self.live()?;
        match current(&live, &id) {
            Err(CallRefusal::NotFound) => {}
            known => return known,
        }
        let look = Look::new(&live.db);
        let mut alike = look.alike(&text);
        alike.extend(look.single(kind));
        look.done()?;
        let mut alike = alike.into_iter();
        let same = alike.find(|memory| compare(&memory.text, &text) != Sameness::Different);
        same.ok_or(CallRefusal::NotFound)
    }

    async fn edit(&self, id: String, text: String, kind: Option<MemoryKind>) -> Result<Memory, CallRefusal> {
        current(self.live()?.as_ref(), &id)?;
        let operation = Operation::Update {
            id: id.clone(),
            text,
            kind,
        };
        let key = format!("edit_{id}_{}", self.now());
        self.write(operation, &[key], MemoryOrigin::Edited).await?;
        current(self.live()?.as_ref(), &id)
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
        let db = Db::open(self.sql.clone())?;
        db.set_meta(meta::ERASED_AT, &self.now().to_string())?;
        if let Some(carried) = carried.filter(|carried| !carried.is_empty()) {
            carried.put(&db)?;
        }
        if self.config.session_secret.is_some() {
            end_sessions(&db, self.now())?;
        }
        Ok(())
    }
}

/// No token that was made until now opens anything.
fn end_sessions(db: &Db, now_ms: u64) -> Result<u64, SqlError> {
    db.set_meta(meta::SESSIONS_SINCE, &now_ms.to_string())?;
    Ok(now_ms)
}

fn labelled(live: &Live, id: &str, metadata: &str) -> Result<String, CallRefusal> {
    live.change(|_| live.db.label_conversation(id, metadata))?;
    let labelled = live.db.conversation(id, 0)?.ok_or(CallRefusal::NotFound)?;
    Ok(public::conversation(&labelled).to_string())
}

/// Lines of one part of an export, and the row to go on after; no lines at the end of a part.
fn export(
    live: &Live,
    user: &str,
    part: u32,
    after: i64,
    now_ms: u64,
) -> Result<(Vec<String>, i64), SqlError> {
    if part == 0 {
        let generation = live.db.generation()?;
        let head = json!({
            "user": user, "generation": generation, "exported_at_ms": now_ms, "bytes": live.db.size_bytes(),
        });
        let lines = (after == 0).then(|| export_line("person", &head.to_string()));
        return Ok((lines.into_iter().collect(), 1));
    }
    let rows = live.db.export_rows(part, after, EXPORT_ROWS)?;
    let last = rows.last().map_or(after, |(row, _)| *row);
    Ok((rows.into_iter().map(|(_, line)| line).collect(), last))
}
