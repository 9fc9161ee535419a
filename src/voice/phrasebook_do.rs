//! The phrasebook's Durable Object: one for a deployment, named `phrasebook`. It is told a [`CommandRequest`]
//! and answers a `CommandResult`, both as JSON; what it stores is described in `phrasebook/mod.rs`.
//!
//! Every command is run in one go, without waiting, so nothing interleaves.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use worker::State;
use worker::worker_sys::DurableObjectState;

use super::phrasebook::distinct::Hasher;
use super::phrasebook::{Book, CommandRequest, PHRASES_MAX};
use crate::platform::clock::now_ms;
use crate::platform::sql::SqlError;
use crate::platform::sql_worker::WorkerSql;
use crate::wire::json;

/// The Durable Object.
#[wasm_bindgen]
pub struct Phrasebook {
    sql: WorkerSql,
    /// Under the stored secret, once the tables were opened.
    hasher: RefCell<Option<Hasher>>,
}

#[wasm_bindgen]
impl Phrasebook {
    /// Made by the platform.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState) -> Phrasebook {
        Phrasebook {
            sql: WorkerSql::new(State::from(state).storage()),
            hasher: RefCell::new(None),
        }
    }

    /// Runs a command; nothing is the answer to what is none.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn tell(&self, text: &str) -> Result<Option<String>, JsError> {
        let Some(request) = json::read::<CommandRequest>(text) else {
            return Ok(None);
        };
        let failed = |error: SqlError| JsError::new(&error.0);
        let book = self.book().map_err(failed)?;
        let result = book.run(&request.command, &request.terms, now_ms() as u64);
        Ok(Some(json::text(&result.map_err(failed)?)))
    }
}

impl Phrasebook {
    fn book(&self) -> Result<Book<'_>, SqlError> {
        let mut hasher = self.hasher.borrow_mut();
        if let Some(hasher) = hasher.as_ref() {
            return Ok(Book::new(&self.sql, hasher.clone(), PHRASES_MAX));
        }
        let mut random = [0u8; 32];
        getrandom::fill(&mut random).map_err(|_| SqlError("no randomness".into()))?;
        let book = Book::open(&self.sql, &random, PHRASES_MAX)?;
        *hasher = Some(book.hasher().clone());
        Ok(book)
    }
}
