//! Which conversations of a person are to be summarised, and of what.

use serde_json::{Map, Value};

use crate::memory::person::protocol;
use crate::memory::person::protocol::Said;
use crate::memory::person::state::{Live, Retry};
use crate::memory::person::tables::SqlError;
use crate::memory::recall::context::to_summarise;
use crate::memory::settings;
use crate::wire::json;

/// Most messages one summary reads.
pub const SUMMARISED_MAX: usize = 400;
/// `meta` key: conversations whose summary is due, as JSON `{id: {"at_ms","failures"}}`.
const SUMMARISE: &str = "summarise";

/// What a summary is to be made of.
pub struct Unsummarised {
    /// The summary so far.
    pub before: Option<String>,
    /// What it lacks, oldest first.
    pub turns: Vec<Said>,
    /// The `seq` through which the new one will reach.
    pub through: i64,
}

impl Live {
    /// Conversations whose summary is due, each with its [`Retry`] as it is stored.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn summaries(&self) -> Result<Map<String, Value>, SqlError> {
        if let Some(due) = self.due_summaries.borrow().as_ref() {
            return Ok(due.clone());
        }
        let json = self.db.meta(SUMMARISE)?;
        let due: Map<String, Value> = json.and_then(|json| json::read(&json)).unwrap_or_default();
        *self.due_summaries.borrow_mut() = Some(due.clone());
        Ok(due)
    }

    pub(super) fn set_summaries(&self, due: &Map<String, Value>) -> Result<(), SqlError> {
        // What is written may yet be rolled back: it is read anew.
        *self.due_summaries.borrow_mut() = None;
        self.db
            .set_meta(SUMMARISE, &serde_json::to_string(due).unwrap_or_default())
    }

    /// Notes that a summary failed, or that none is due any more (`None`).
    ///
    /// # Errors
    /// A statement that failed.
    pub fn settle_summary(&self, id: &str, retry: Option<Retry>) -> Result<(), SqlError> {
        self.change(|_| {
            let mut due = self.summaries()?;
            match retry {
                Some(retry) => due.insert(id.to_owned(), retry.json()),
                None => due.remove(id),
            };
            self.set_summaries(&due)
        })
    }

    /// The summary tells of what was erased: a new one is made of what is left.
    pub(super) fn summarise_anew(&self, id: &str) -> Result<(), SqlError> {
        self.db.forget_summary(id)?;
        if self.summary_size(id)? > 0 {
            let mut due = self.summaries()?;
            due.entry(id).or_insert_with(|| Retry::default().json());
            self.set_summaries(&due)?;
        }
        Ok(())
    }

    /// The `seq` of each message that no summary holds, and the messages.
    fn unsummarised(&self, id: &str) -> Result<(Vec<i64>, Vec<Said>), SqlError> {
        let (_, through) = self.db.summary(id)?.unwrap_or_default();
        let messages = self.db.oldest(id, through, SUMMARISED_MAX)?;
        // What tools were asked and answered is not what was said.
        let said = |(_, message): &(i64, protocol::StoredMessage)| {
            matches!(message.role.as_str(), "user" | "assistant")
        };
        Ok(messages
            .into_iter()
            .filter(said)
            .map(|(seq, message)| (seq, Said::from(message)))
            .unzip())
    }

    pub(super) fn summary_size(&self, id: &str) -> Result<usize, SqlError> {
        let (_, turns) = self.unsummarised(id)?;
        Ok(to_summarise(&turns, &settings::summary_rule(&self.config.memory)))
    }

    /// What a summary is to be made of: the one before, the messages, and the `seq` it will reach through.
    ///
    /// # Errors
    /// A statement that failed.
    pub fn to_summarise(&self, id: &str) -> Result<Option<Unsummarised>, SqlError> {
        let Some((before, _)) = self.db.summary(id)? else {
            return Ok(None);
        };
        let (seqs, mut turns) = self.unsummarised(id)?;
        turns.truncate(to_summarise(&turns, &settings::summary_rule(&self.config.memory)));
        let through = turns.len().checked_sub(1).and_then(|last| seqs.get(last));
        Ok(through.map(|&through| Unsummarised {
            before,
            turns,
            through,
        }))
    }
}
