//! The phrasebook's Durable Object: keeps a [`Desk`] and answers its questions. One for a deployment.
//!
//! Every question is answered in one go, without waiting, so nothing interleaves; what changed is written before the
//! answer leaves. Fed in batches off the request path, so a write of all of it each time is cheap enough.

#![allow(missing_docs)] // The macro's own methods have none.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};
use worker::{DurableObject, Env, Request, Response, Result, SqlStorageValue, State, durable_object};

use super::phrasebook::desk::{Ask, Desk, Terms};
use super::phrasebook::people::Hasher;
use crate::upstream::fetch::now_ms;

/// Characters of one row; a row may have 2 MB.
const PART_CHARS: usize = 400_000;

/// The message to the object.
#[derive(Serialize, Deserialize)]
pub struct Letter {
    /// What is configured.
    pub terms: Terms,
    /// The question.
    pub ask: Ask,
}

/// The Durable Object.
#[durable_object]
pub struct Phrasebook {
    state: State,
    kept: RefCell<Option<Kept>>,
}

struct Kept {
    desk: Desk,
    hasher: Hasher,
}

#[derive(Deserialize)]
struct Row {
    value: String,
}

impl DurableObject for Phrasebook {
    fn new(state: State, _env: Env) -> Self {
        Self {
            state,
            kept: RefCell::new(None),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let Letter { terms, ask } = request.json().await?;
        let mut kept = self.kept.borrow_mut();
        let kept = match kept.as_mut() {
            Some(kept) => kept,
            None => kept.insert(self.restore(&terms)?),
        };
        let only_reads = matches!(ask, Ask::List { .. } | Ask::Plan { .. } | Ask::Release { .. });
        let answer = kept.desk.answer(ask, &terms, &kept.hasher, now_ms() as u64);
        if !only_reads {
            self.keep(&kept.desk)?;
        }
        Response::from_json(&answer)
    }
}

impl Phrasebook {
    fn rows(&self, name: &str) -> Result<String> {
        let sql = self.state.storage().sql();
        sql.exec(
            "CREATE TABLE IF NOT EXISTS kept (name TEXT, part INTEGER, value TEXT, PRIMARY KEY (name, part))",
            None,
        )?;
        let rows: Vec<Row> = sql
            .exec(
                "SELECT value FROM kept WHERE name = ? ORDER BY part",
                vec![SqlStorageValue::from(name.to_owned())],
            )?
            .to_array()?;
        Ok(rows.into_iter().map(|row| row.value).collect())
    }

    fn write(&self, name: &str, value: &str) -> Result<()> {
        let sql = self.state.storage().sql();
        sql.exec(
            "DELETE FROM kept WHERE name = ?",
            vec![SqlStorageValue::from(name.to_owned())],
        )?;
        let chars: Vec<char> = value.chars().collect();
        for (part, chunk) in (0i32..).zip(chars.chunks(PART_CHARS)) {
            sql.exec(
                "INSERT INTO kept (name, part, value) VALUES (?, ?, ?)",
                vec![
                    SqlStorageValue::from(name.to_owned()),
                    SqlStorageValue::from(part),
                    SqlStorageValue::from(chunk.iter().collect::<String>()),
                ],
            )?;
        }
        Ok(())
    }

    fn keep(&self, desk: &Desk) -> Result<()> {
        self.write("desk", &serde_json::to_string(desk)?)
    }

    /// What was kept. A book that cannot be read (of another version) begins anew: it is only a cache's memory.
    fn restore(&self, terms: &Terms) -> Result<Kept> {
        let desk = serde_json::from_str(&self.rows("desk")?).unwrap_or_else(|_| Desk::new(terms));
        let mut secret = self.rows("secret")?;
        if secret.is_empty() {
            let mut bytes = [0u8; 32];
            getrandom::fill(&mut bytes).map_err(|_| worker::Error::from("no randomness"))?;
            secret = crate::wire::hex::hex(&bytes);
            self.write("secret", &secret)?;
        }
        Ok(Kept {
            desk,
            hasher: Hasher::new(secret.as_bytes()),
        })
    }
}
