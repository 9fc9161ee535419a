//! One person's object over SQLite, with a script for a model and a clock that only tests move.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, pending, ready};

use hearken::config::Config;
use hearken::memory::person::actor::Actor;
use hearken::memory::person::outside::{AnswerForm, Outside};
use hearken::memory::person::protocol::Said;
use hearken::memory::person::protocol::{Call, REFUSED};
use hearken::memory::person::state::Live;
use hearken::memory::person::tables::Db;
use hearken::platform::sql::{Sql, SqlError};
use hearken::upstream::outcome::Failure;

use self::platform_sql::sqlite::Sqlite;

// SQLite's file names the trait as its parent has it.
#[path = "."]
mod platform_sql {
    pub use hearken::platform::sql::*;
    #[path = "sqlite.rs"]
    pub mod sqlite;
}

/// What the model writes for its turns; `None` never answers, and the process dies waiting.
pub type Script = dyn Fn(&[Said]) -> Option<Result<String, Vec<Failure>>>;

/// What is outside the object.
pub struct World {
    /// Unix milliseconds.
    pub now_ms: Cell<u64>,
    /// How often the model was asked, and with what last.
    pub asked: RefCell<Vec<Vec<Said>>>,
    /// The model.
    pub script: RefCell<Rc<Script>>,
    /// The disk.
    pub disk: Rc<Sqlite>,
}

impl Outside for World {
    fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    fn local_ms(&self, timezone: &str, at_ms: u64) -> Option<u64> {
        // No summer time: tests know what to expect.
        let hours: i64 = match timezone {
            "Pacific/Auckland" => 12,
            "America/Los_Angeles" => -8,
            _ => return None,
        };
        at_ms.checked_add_signed(hours * 3_600_000)
    }

    fn sleep_ms(&self, ms: u64) -> LocalBoxFuture<'_, ()> {
        self.now_ms.set(self.now_ms.get() + ms);
        Box::pin(ready(()))
    }

    fn complete<'a>(
        &'a self,
        turns: &'a [Said],
        _form: AnswerForm,
        _request_id: &'a str,
    ) -> LocalBoxFuture<'a, Result<String, Vec<Failure>>> {
        self.asked.borrow_mut().push(turns.to_vec());
        let script = self.script.borrow().clone();
        match script(turns) {
            Some(answer) => Box::pin(ready(answer)),
            None => Box::pin(pending()),
        }
    }

    fn embed<'a>(&'a self, _texts: &'a [String]) -> LocalBoxFuture<'a, Option<Vec<Vec<f32>>>> {
        Box::pin(ready(None))
    }

    fn erase(&self) -> LocalBoxFuture<'_, Result<(), SqlError>> {
        let tables = "SELECT 'DROP TABLE ' || name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
             AND name NOT LIKE 'memories_fts_%'";
        let wiped = self.disk.rows(tables, vec![]).and_then(|drops| {
            let mut drops = drops.iter();
            drops.try_for_each(|drop| self.disk.rows(&drop.text(0), vec![]).map(|_| ()))
        });
        Box::pin(ready(wiped))
    }
}

/// A person, and all that is outside.
pub struct House {
    pub world: Rc<World>,
    pub actor: Actor,
    config: Rc<Config>,
}

impl House {
    /// Nobody is known yet. `vars` is what is configured beside `EMBED=off`.
    pub fn new(vars: &'static [(&'static str, &'static str)]) -> House {
        let lookup = |name: &str| {
            let mut all = vars.iter().chain(&[("EMBED", "off"), ("AUTH", "local")]);
            all.find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let config = Rc::new(Config::from_lookup(&lookup).unwrap());
        let world = Rc::new(World {
            now_ms: Cell::new(1_800_000_000_000),
            asked: RefCell::default(),
            script: RefCell::new(Rc::new(|_| Some(Ok(r#"{"operations":[]}"#.to_owned())))),
            disk: Rc::new(Sqlite::new()),
        });
        let actor = Actor::new(config.clone(), world.disk.clone(), world.clone());
        House { world, actor, config }
    }

    /// Memory is lost, the disk is not.
    pub fn restart(&mut self) {
        self.actor = Actor::new(self.config.clone(), self.world.disk.clone(), self.world.clone());
    }

    /// The model answers so from now on.
    pub fn model(&self, script: impl Fn(&[Said]) -> Option<Result<String, Vec<Failure>>> + 'static) {
        *self.world.script.borrow_mut() = Rc::new(script);
    }

    /// What a call is answered, and what was put off until then is done; `Err` with the refusal's name.
    pub fn call(&self, call: &Call) -> Result<serde_json::Value, String> {
        let answer = self.answered(call);
        self.actor.finish().unwrap();
        answer
    }

    /// What a call is answered, and no more.
    pub fn answered(&self, call: &Call) -> Result<serde_json::Value, String> {
        let text = hearken::wire::json::text(call);
        let answer = self
            .actor
            .answer(&text)
            .now_or_never()
            .expect("an answer at once");
        match answer.strip_prefix(REFUSED) {
            Some(refusal) => Err(refusal.to_owned()),
            None => Ok(serde_json::from_str(&answer).unwrap()),
        }
    }

    /// Runs what is due; false when the process died waiting.
    pub fn run(&self) -> bool {
        self.actor.run().now_or_never().is_some()
    }

    /// The tables, opened beside the object.
    pub fn live(&self) -> Live {
        Live::open_tables(Db::open(self.world.disk.clone()).unwrap(), self.config.clone()).unwrap()
    }

    /// One column of a query, as texts.
    pub fn column(&self, query: &str) -> Vec<String> {
        let rows = self.world.disk.rows(query, vec![]).unwrap();
        rows.iter().map(|row| row.text(0)).collect()
    }
}
