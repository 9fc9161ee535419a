//! The phrasebook's Durable Object: one for a deployment, named `phrasebook`. It takes a [`CommandRequest`] by `POST` on any
//! path and answers a `CommandResult`, both as JSON; what it stores is described in `phrasebook/mod.rs`.
//!
//! Every command is run in one go, without waiting, so nothing interleaves.

#![allow(missing_docs)] // The macro's own methods have none.

use std::cell::RefCell;

use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::phrasebook::distinct::Hasher;
use super::phrasebook::{Book, CommandRequest, PHRASES_MAX};
use crate::platform::clock::now_ms;
use crate::platform::sql::SqlError;
use crate::platform::sql_worker::WorkerSql;
use crate::wire::json;

/// The Durable Object.
#[durable_object(fetch)]
pub struct Phrasebook {
    sql: WorkerSql,
    /// Under the stored secret, once the tables were opened.
    hasher: RefCell<Option<Hasher>>,
}

impl DurableObject for Phrasebook {
    fn new(state: State, _env: Env) -> Self {
        Self {
            sql: WorkerSql::new(state.storage()),
            hasher: RefCell::new(None),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let request: Option<CommandRequest> = json::read(&request.text().await?);
        let request = request.ok_or("not a command")?;
        let failed = |error: SqlError| worker::Error::from(error.0);
        let book = self.book()?;
        let result = book.run(&request.command, &request.terms, now_ms() as u64);
        Response::ok(json::text(&result.map_err(failed)?))
    }
}

impl Phrasebook {
    fn book(&self) -> Result<Book<'_>> {
        let mut hasher = self.hasher.borrow_mut();
        if let Some(hasher) = hasher.as_ref() {
            return Ok(Book::new(&self.sql, hasher.clone(), PHRASES_MAX));
        }
        let mut random = [0u8; 32];
        getrandom::fill(&mut random).map_err(|_| worker::Error::from("no randomness"))?;
        let book =
            Book::open(&self.sql, &random, PHRASES_MAX).map_err(|error| worker::Error::from(error.0))?;
        *hasher = Some(book.hasher().clone());
        Ok(book)
    }
}
