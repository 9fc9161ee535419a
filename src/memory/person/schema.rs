//! The person object's SQLite schema as numbered migrations.
//!
//! A migration is run once, in order, inside one transaction with the write of its number to `meta`
//! (`schema_version`). A published migration is never edited: add the next one. Statements are separated by `;` and
//! none holds a `;` of its own, so a host that takes one statement at a time can split them.
//!
//! `memories_fts` is fed with [`crate::memory::tokens::index_text`], never with the raw text: scripts without spaces are
//! cut into pairs there. It holds a row for each memory with `valid_until_ms IS NULL`, under the memory's `row`.
//! Its tokenizer takes English endings off (the third person of a memory must be found by the first person of a question),
//! and counts marks and pictures among the letters: Thai and Indic vowels are marks. Source: SQLite FTS5 §4.3.1
//! (`unicode61`), §4.3.3 (`porter`), which Durable Objects carry.

/// One step of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// From 1, without gaps.
    pub number: u32,
    /// Statements separated by `;`.
    pub sql: &'static str,
}

/// All steps, in order.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        sql: FIRST,
    },
    Migration {
        number: 2,
        sql: INDEXED,
    },
    Migration {
        number: REWORDED,
        sql: WORDS,
    },
    Migration {
        number: 4,
        sql: UNINDEXED,
    },
    Migration {
        number: 5,
        sql: ZONED,
    },
    Migration {
        number: 6,
        sql: ANSWERED,
    },
    Migration {
        number: 7,
        sql: LEDGER,
    },
    Migration {
        number: 8,
        sql: LABELLED,
    },
];

/// After this migration the index of words is to be filled anew from the memories.
pub const REWORDED: u32 = 3;

/// The steps that a database at `version` (0: empty) still needs.
pub fn after(version: u32) -> impl Iterator<Item = &'static Migration> {
    MIGRATIONS
        .iter()
        .filter(move |migration| migration.number > version)
}

/// The single statements of a migration.
pub fn statements(migration: &Migration) -> impl Iterator<Item = &'static str> {
    migration
        .sql
        .split(';')
        .map(str::trim)
        .filter(|statement| !statement.is_empty())
}

const FIRST: &str = r#"
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE memories (
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL,
  kind TEXT NOT NULL,
  importance REAL NOT NULL,
  sources TEXT NOT NULL,
  origin TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  valid_from_ms INTEGER NOT NULL,
  valid_until_ms INTEGER
);
CREATE INDEX memories_by_kind ON memories (kind) WHERE valid_until_ms IS NULL;
CREATE INDEX memories_by_age ON memories (created_at_ms, row);

CREATE TABLE memory_history (
  memory TEXT NOT NULL,
  version INTEGER NOT NULL,
  text TEXT NOT NULL,
  kind TEXT NOT NULL,
  valid_from_ms INTEGER NOT NULL,
  valid_until_ms INTEGER NOT NULL,
  because TEXT NOT NULL,
  sources TEXT NOT NULL,
  PRIMARY KEY (memory, version)
) WITHOUT ROWID;

CREATE VIRTUAL TABLE memories_fts USING fts5(body, tokenize = 'unicode61 remove_diacritics 2');

CREATE TABLE vectors (
  row INTEGER NOT NULL,
  model TEXT NOT NULL,
  vector BLOB NOT NULL,
  PRIMARY KEY (row, model)
) WITHOUT ROWID;

CREATE TABLE applied_operations (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE conversations (
  id TEXT PRIMARY KEY,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  summary TEXT,
  summary_through INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX conversations_by_age ON conversations (updated_at_ms, id);

CREATE TABLE messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  conversation TEXT NOT NULL,
  role TEXT NOT NULL,
  content TEXT NOT NULL,
  at_ms INTEGER NOT NULL
);
CREATE INDEX messages_by_conversation ON messages (conversation, seq);

CREATE TABLE pending (
  seq INTEGER PRIMARY KEY,
  message TEXT NOT NULL UNIQUE,
  conversation TEXT NOT NULL,
  text TEXT NOT NULL,
  previous_assistant TEXT,
  at_ms INTEGER NOT NULL,
  malformed INTEGER NOT NULL DEFAULT 0,
  parked INTEGER NOT NULL DEFAULT 0
);
"#;

/// Points at an index outside the object, which there is no more: [`UNINDEXED`] drops them.
const INDEXED: &str = r#"
CREATE TABLE indexed (
  point TEXT PRIMARY KEY,
  memory TEXT NOT NULL,
  version INTEGER NOT NULL,
  home TEXT NOT NULL,
  sent_at_ms INTEGER NOT NULL,
  mutation TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX indexed_by_memory ON indexed (memory);
"#;

const UNINDEXED: &str = "DROP TABLE indexed;";

/// The zone that a message was said in.
const ZONED: &str = "ALTER TABLE pending ADD COLUMN timezone TEXT;";

/// Responses as they were answered, and which messages of their conversation belong to each.
const ANSWERED: &str = r#"
CREATE TABLE responses (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  conversation TEXT NOT NULL,
  body TEXT NOT NULL,
  input TEXT NOT NULL
);
CREATE INDEX responses_by_conversation ON responses (conversation);
ALTER TABLE messages ADD COLUMN response TEXT;
CREATE INDEX messages_by_response ON messages (response) WHERE response IS NOT NULL;
"#;

/// What a client notes about a conversation, as a JSON object: a title, for one.
const LABELLED: &str = "ALTER TABLE conversations ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';";

/// What is spent and reserved: [`super::ledger`].
const LEDGER: &str = r#"
CREATE TABLE spent (
  day INTEGER PRIMARY KEY,
  tokens INTEGER NOT NULL,
  characters INTEGER NOT NULL,
  heard_ms INTEGER NOT NULL
);

CREATE TABLE reservations (
  turn TEXT PRIMARY KEY,
  day INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  characters INTEGER NOT NULL,
  heard_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  is_settled INTEGER NOT NULL
) WITHOUT ROWID;
"#;

const WORDS: &str = r#"
DROP TABLE memories_fts;
CREATE VIRTUAL TABLE memories_fts USING fts5(body, tokenize = "porter unicode61 remove_diacritics 2 categories 'L* M* N* Co So'");
"#;

/// Finds the best lexical matches: bind the MATCH expression of [`crate::memory::tokens::Query::fts_match`] and a limit.
/// FTS5's `bm25` is smaller for better matches; equal ones come by row, so the order is total.
pub const LEXICAL_SEARCH: &str = "SELECT rowid AS row, bm25(memories_fts) AS score FROM memories_fts \
     WHERE memories_fts MATCH ? ORDER BY score, rowid LIMIT ?";

/// `meta` keys. `buffer` holds [`crate::memory::extraction::buffer::Buffer`] as JSON without its `pending` rows.
pub mod meta {
    /// Number of the last migration that ran.
    pub const SCHEMA_VERSION: &str = "schema_version";
    /// Counts changing transactions.
    pub const GENERATION: &str = "generation";
    /// Random, made with the object and destroyed with it: see [`crate::memory::recall::key`].
    pub const EPOCH: &str = "epoch";
    /// The key that encrypts this person's cache entries.
    pub const CACHE_KEY: &str = "cache_key";
    /// Tokens that were made then, or before, open nothing; outlives the person's erasure.
    pub const SESSIONS_SINCE: &str = "sessions_since_ms";
    /// When the person was erased: what was said before, and is written down only now, is theirs no more.
    pub const ERASED_AT: &str = "erased_at_ms";
    /// How long the person has been talking: [`crate::memory::person::hours`].
    pub const HOURS: &str = "hours";
    /// The buffer's state.
    pub const BUFFER: &str = "buffer";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_numbered_from_one_without_gaps() {
        let numbers: Vec<u32> = MIGRATIONS.iter().map(|migration| migration.number).collect();
        assert_eq!(numbers, (1..=MIGRATIONS.len() as u32).collect::<Vec<_>>());
        assert_eq!(after(0).count(), MIGRATIONS.len());
        assert_eq!(after(MIGRATIONS.len() as u32).count(), 0);
    }

    #[test]
    fn every_statement_is_complete_by_itself() {
        for statement in MIGRATIONS.iter().flat_map(statements) {
            let does = ["CREATE ", "DROP TABLE ", "ALTER TABLE "];
            assert!(does.iter().any(|does| statement.starts_with(does)), "{statement}");
            assert_eq!(
                statement.matches('(').count(),
                statement.matches(')').count(),
                "{statement}"
            );
        }
    }
}
