//! A person's object while it is awake: the tables, the buffer, the index in memory, and the one way to change them.
//! Steps that need no waiting are in the files beside it (turns, changes, searches); what waits
//! (models, embeddings, alarms) is in [`crate::memory::person::jobs`].

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::{Map, Value};

use crate::config::Config;
use crate::memory::extraction::buffer::{self, Buffer, Pending};
use crate::memory::person::hours::Hours;
use crate::memory::person::protocol::StoredMessage;
use crate::memory::person::schema;
use crate::memory::person::tables::{Db, SqlError};
use crate::memory::recall::vectors::Vectors;
use crate::memory::salience::decide::Decision;
use crate::memory::salience::rules::Rules;
use crate::memory::settings;
use crate::telemetry::collector::count;
use crate::telemetry::metrics::EXTRACTION_PENDING;
use crate::wire::base64::STANDARD;
use crate::wire::json::json;

/// When a summary is tried again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Retry {
    /// Unix milliseconds.
    pub at_ms: u64,
    /// How often it failed.
    pub failures: u32,
}

impl Retry {
    /// As it was stored.
    pub fn of(stored: &Value) -> Retry {
        let number = |name| stored.get(name).and_then(Value::as_u64).unwrap_or(0);
        Retry {
            at_ms: number("at_ms"),
            failures: number("failures") as u32,
        }
    }

    /// As it is stored.
    pub fn json(self) -> Value {
        json!({"at_ms": self.at_ms, "failures": self.failures})
    }
}

/// What every turn asks about the memories.
pub(super) struct KnownMemories {
    /// Of the memories.
    pub generation: u64,
    /// How many are searched.
    pub memories: u64,
    /// What is in every prompt.
    pub profile: Vec<(crate::memory::MemoryKind, String)>,
}

/// A message outside a conversation that is to be written.
pub(super) struct Noted {
    pub message: StoredMessage,
    pub waiting: Pending,
    pub decision: Decision,
}

/// The awake object.
pub struct Live {
    /// The tables.
    pub db: Db,
    pub(super) config: Rc<Config>,
    pub(super) rules: Rules,
    pub(super) buffer: RefCell<Buffer>,
    /// Messages to write once the turn that brought them is open.
    pub(super) put_off: RefCell<Vec<Noted>>,
    /// Vectors of all memories, once a search has needed them.
    pub(super) index: RefCell<Option<Option<Vectors>>>,
    /// Rows without a vector, once somebody asked.
    pub(super) bare: RefCell<Option<Vec<i64>>>,
    /// Conversations whose summary is due, once read.
    pub(super) due_summaries: RefCell<Option<Map<String, Value>>>,
    /// What every turn asks, once read; memories that change make it be read anew.
    known: RefCell<Option<Rc<KnownMemories>>>,
    /// How long the person has been talking, once read.
    pub(super) hours: Cell<Option<Option<Hours>>>,
    pub(super) epoch: String,
    pub(super) cache_key: String,
    /// Set when the person was erased: nothing more may be written through this value.
    pub gone: Cell<bool>,
    /// When vectors that are missing are asked for again.
    pub backfill: Cell<Retry>,
}

fn random_hex(bytes: usize) -> String {
    let mut random = vec![0u8; bytes];
    // The platform's randomness does not fail; if it did, ids would repeat and be refused as known.
    let _ = getrandom::fill(&mut random);
    crate::wire::hex::hex(&random)
}

impl Live {
    /// Opens the tables and restores the buffer.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn open_tables(db: Db, config: Rc<Config>) -> Result<Live, SqlError> {
        let (epoch, cache_key) = db.transact(|| {
            if db.meta(schema::meta::EPOCH)?.is_none() {
                let mut key = [0u8; 32];
                getrandom::fill(&mut key).map_err(|error| SqlError(error.to_string()))?;
                db.set_meta(schema::meta::EPOCH, &random_hex(16))?;
                db.set_meta(schema::meta::CACHE_KEY, &STANDARD.encode(key))?;
            }
            let epoch = db.meta(schema::meta::EPOCH)?.unwrap_or_default();
            Ok((epoch, db.meta(schema::meta::CACHE_KEY)?.unwrap_or_default()))
        })?;
        let buffer = db.buffer()?;
        Ok(Live {
            rules: settings::rules(&config.memory),
            buffer: RefCell::new(buffer),
            put_off: RefCell::default(),
            index: RefCell::default(),
            bare: RefCell::default(),
            due_summaries: RefCell::default(),
            known: RefCell::default(),
            hours: Cell::default(),
            gone: Cell::new(false),
            backfill: Cell::new(Retry::default()),
            db,
            config,
            epoch,
            cache_key,
        })
    }

    pub(super) fn limits(&self) -> buffer::BatchLimits {
        settings::limits(&self.config.memory, self.config.llm.clocks.total_ms)
    }

    pub(super) fn embeds(&self) -> bool {
        !self.config.embed.targets.is_empty()
    }

    /// Changes the buffer and whatever else `work` does, all or nothing.
    pub(super) fn change<T>(
        &self,
        work: impl FnOnce(&mut Buffer) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let mut work = Some(work);
        let mut out = None;
        self.change_whole(&mut |buffer| {
            if let Some(work) = work.take() {
                out = Some(work(buffer)?);
            }
            Ok(())
        })?;
        out.ok_or_else(|| SqlError("the change did not run".into()))
    }

    /// The same for all kinds of work, once in the Worker.
    fn change_whole(
        &self,
        work: &mut dyn FnMut(&mut Buffer) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        if self.gone.get() {
            return Err(SqlError("the person was erased".into()));
        }
        let before = self.buffer.borrow().clone();
        let mut after = before.clone();
        let done = self.db.transact(|| {
            work(&mut after)?;
            if after != before {
                self.db.save_buffer(&before, &after)?;
            }
            Ok(())
        });
        let (edits, has_advanced) = self.db.taken_edits();
        if has_advanced || done.is_err() {
            *self.known.borrow_mut() = None;
        }
        if done.is_ok() {
            let more = after.waiting().count() as f64 - before.waiting().count() as f64;
            if more != 0.0 {
                count(&EXTRACTION_PENDING, &[], more);
            }
            *self.buffer.borrow_mut() = after;
            self.follow(&edits);
        }
        done
    }

    /// What every turn asks about the memories.
    pub(super) fn known(&self) -> Result<Rc<KnownMemories>, SqlError> {
        if let Some(known) = self.known.borrow().as_ref() {
            return Ok(known.clone());
        }
        let profile = self.db.profile()?.into_iter();
        let known = Rc::new(KnownMemories {
            generation: self.db.generation()?,
            memories: self.db.searchable()?,
            profile: profile.map(|memory| (memory.kind, memory.text)).collect(),
        });
        *self.known.borrow_mut() = Some(known.clone());
        Ok(known)
    }
}
