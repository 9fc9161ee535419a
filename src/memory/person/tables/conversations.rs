//! Conversations, their messages and summaries.

use crate::platform::sql::Value;

use super::row::*;
use super::{Db, SqlError};
use crate::memory::person::protocol::{
    CONTENT_BYTES_MAX, CallRefusal, Conversation, Page, PageAsk, StoredMessage,
};
use crate::wire::lower_case::{lower, lowered};

/// A conversation without its messages; what the person said first is shown up to its 100th character.
const CONVERSATION: &str = "SELECT id, summary, created_at_ms, updated_at_ms, metadata, \
     (SELECT substr(content, 1, 100) FROM messages WHERE conversation = conversations.id AND role = 'user' ORDER BY seq LIMIT 1), \
     (SELECT count(*) FROM messages WHERE conversation = conversations.id) FROM conversations";
/// The longest messages that are read at once: a page of items and its neighbours. Shorter ones may be as many as are asked for.
const READ_MESSAGES_MAX: usize = 104;
/// Messages of a conversation: bind it, the `seq` after which they come, and the last one's.
const BETWEEN: &str = "conversation = ? AND seq > ? AND seq <= ?";
/// Words of a query that are looked for.
const QUERY_WORDS_MAX: usize = 8;

/// A word as it stands in a text whose ASCII letters are small: other letters are small or, the first, capital.
fn written(word: &str) -> [String; 2] {
    let small = lowered(word);
    let mut letters = small.chars();
    let first = letters.next().and_then(capital);
    let capital: String = first.into_iter().chain(letters).collect();
    [capital.to_ascii_lowercase(), small]
}

/// The capital of a small letter, or the letter itself: what becomes it is at most so far from it. The standard library
/// has a table of capitals, too, which would be 5 KB of the Worker.
fn capital(small: char) -> Option<char> {
    if small == 'ı' {
        return Some('I');
    }
    let code = u32::from(small);
    let near = code.saturating_sub(300)..=code + 200;
    let mut near = near.filter_map(char::from_u32);
    near.find(|c| *c != small && lower(*c) == small).or(Some(small))
}

fn with(place: &[Value], numbers: &[usize]) -> Vec<Value> {
    let numbers = numbers.iter().map(|number| Value::from(*number as u64));
    place.iter().cloned().chain(numbers).collect()
}

impl Db {
    /// Makes a conversation or notes that it goes on.
    pub fn touch_conversation(&self, id: &str, now_ms: u64) -> Result<(), SqlError> {
        self.run(
            "INSERT INTO conversations (id, created_at_ms, updated_at_ms) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET updated_at_ms = excluded.updated_at_ms",
            vec![id.into(), now_ms.into(), now_ms.into()],
        )
        .map(|_| ())
    }

    /// Stores a message; false if one of that id is there.
    pub fn add_message(&self, conversation: &str, message: &StoredMessage) -> Result<bool, SqlError> {
        let stored = self.rows(
            "INSERT INTO messages (id, conversation, role, content, at_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING seq",
            vec![
                message.id.as_str().into(),
                conversation.into(),
                message.role.as_str().into(),
                message.content.as_str().into(),
                message.at_ms.into(),
            ],
        )?;
        Ok(!stored.is_empty())
    }

    /// Stores a message over the one of that id.
    pub fn put_message(&self, conversation: &str, message: &StoredMessage) -> Result<(), SqlError> {
        if !self.add_message(conversation, message)? {
            self.run(
                "UPDATE messages SET role = ?, content = ?, at_ms = ? WHERE id = ? AND conversation = ?",
                vec![
                    message.role.as_str().into(),
                    message.content.as_str().into(),
                    message.at_ms.into(),
                    message.id.as_str().into(),
                    conversation.into(),
                ],
            )?;
        }
        Ok(())
    }

    /// Whether a conversation has that message.
    pub fn has_message(&self, conversation: &str, id: &str) -> Result<bool, SqlError> {
        let rows = self.rows(
            "SELECT 1 FROM messages WHERE id = ? AND conversation = ?",
            vec![id.into(), conversation.into()],
        )?;
        Ok(!rows.is_empty())
    }

    /// The message of a conversation that an item's id names, alone or with the item's place in it, and its `seq`.
    pub fn message_of_item(
        &self,
        conversation: &str,
        item: &str,
    ) -> Result<Option<(i64, StoredMessage)>, SqlError> {
        let of = item.rsplit_once('_').map_or(item, |(message, _)| message);
        let row = self.first(
            "SELECT seq, id, role, content, at_ms FROM messages WHERE id IN (?, ?) AND conversation = ?",
            vec![item.into(), of.into(), conversation.into()],
        )?;
        Ok(row.map(|row| (row.integer(0), message(&row, 1))))
    }

    /// The newest messages of a conversation after `seq`, oldest first, with their `seq`.
    pub fn newest(
        &self,
        conversation: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, StoredMessage)>, SqlError> {
        self.newest_through(conversation, after, i64::MAX, limit)
    }

    /// The same of those until `through`.
    pub fn newest_through(
        &self,
        conversation: &str,
        after: i64,
        through: i64,
        limit: usize,
    ) -> Result<Vec<(i64, StoredMessage)>, SqlError> {
        let mut messages = self.messages_between(conversation, after, through, "seq DESC", limit)?;
        messages.reverse();
        Ok(messages)
    }

    /// The oldest messages of a conversation after `seq`.
    pub fn oldest(
        &self,
        conversation: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, StoredMessage)>, SqlError> {
        self.messages_between(conversation, after, i64::MAX, "seq", limit)
    }

    fn messages_between(
        &self,
        conversation: &str,
        after: i64,
        through: i64,
        order: &'static str,
        limit: usize,
    ) -> Result<Vec<(i64, StoredMessage)>, SqlError> {
        let place = [
            conversation.into(),
            Value::Integer(after),
            Value::Integer(through),
        ];
        let limit = self.bounded(&place, order, limit)?;
        let rows = self.rows(
            &format!(
                "SELECT seq, id, role, content, at_ms FROM messages WHERE {BETWEEN} ORDER BY {order} LIMIT ?"
            ),
            with(&place, &[limit]),
        )?;
        Ok(rows.iter().map(|row| (row.integer(0), message(row, 1))).collect())
    }

    /// So many of `limit` messages that all of them fit into memory. Few people have said so much that it must be asked.
    fn bounded(&self, place: &[Value], order: &'static str, limit: usize) -> Result<usize, SqlError> {
        let bytes_max = READ_MESSAGES_MAX * CONTENT_BYTES_MAX;
        if limit <= READ_MESSAGES_MAX || self.size_bytes() <= bytes_max {
            return Ok(limit);
        }
        let row = self.first(
            &format!(
                "SELECT count(*) FROM (SELECT sum(bytes) OVER (ORDER BY {order}) AS through FROM (SELECT seq, octet_length(content) AS bytes \
                 FROM messages WHERE {BETWEEN} ORDER BY {order} LIMIT ?)) WHERE through <= ?"
            ),
            with(place, &[limit, bytes_max]),
        )?;
        Ok(row.map_or(limit, |row| row.count(0) as usize))
    }

    /// The summary of a conversation and the `seq` through which it reaches; `None` if there is no such conversation.
    pub fn summary(&self, id: &str) -> Result<Option<(Option<String>, i64)>, SqlError> {
        let rows = self.rows(
            "SELECT summary, summary_through FROM conversations WHERE id = ?",
            vec![id.into()],
        )?;
        Ok(rows.first().map(|row| (row.maybe_text(0), row.integer(1))))
    }

    /// Sets the summary, unless a later one is there, or what it tells of was erased meanwhile.
    pub fn set_summary(&self, id: &str, summary: &str, through: i64) -> Result<(), SqlError> {
        self.run(
            "UPDATE conversations SET summary = ?, summary_through = ? WHERE id = ? AND summary_through < ? \
             AND EXISTS (SELECT 1 FROM messages WHERE conversation = ? AND seq = ?)",
            vec![
                summary.into(),
                Value::Integer(through),
                id.into(),
                Value::Integer(through),
                id.into(),
                Value::Integer(through),
            ],
        )
        .map(|_| ())
    }

    /// The summary goes; the next one begins with the first message.
    pub fn forget_summary(&self, id: &str) -> Result<(), SqlError> {
        self.run(
            "UPDATE conversations SET summary = NULL, summary_through = 0 WHERE id = ?",
            vec![id.into()],
        )
        .map(|_| ())
    }

    /// The messages of these ids, each with its conversation.
    pub fn messages_of(&self, ids: &[&str]) -> Result<Vec<(String, StoredMessage)>, SqlError> {
        // One parameter for all of them: bindings are limited to 100.
        let list = serde_json::to_string(ids).unwrap_or_default();
        let rows = self.rows(
            "SELECT conversation, id, role, content, at_ms FROM messages WHERE id IN (SELECT value FROM json_each(?))",
            vec![list.into()],
        )?;
        Ok(rows.iter().map(|row| (row.text(0), message(row, 1))).collect())
    }

    /// Erases a message; how many there were.
    pub fn erase_message(&self, id: &str) -> Result<u64, SqlError> {
        let gone = self.rows("DELETE FROM messages WHERE id = ? RETURNING seq", vec![id.into()])?;
        Ok(gone.len() as u64)
    }

    /// How many messages a conversation has.
    pub fn message_count(&self, id: &str) -> Result<u64, SqlError> {
        let rows = self.rows(
            "SELECT count(*) FROM messages WHERE conversation = ?",
            vec![id.into()],
        )?;
        Ok(rows.first().map_or(0, |row| row.count(0)))
    }

    /// A page of conversations, newest first, without their messages.
    pub fn conversations(&self, ask: &PageAsk) -> Result<Page<Conversation>, CallRefusal> {
        let (mut condition, mut bindings) = (" WHERE 1".to_owned(), Vec::new());
        if let Some(after) = &ask.after {
            let row = self.first(
                "SELECT updated_at_ms FROM conversations WHERE id = ?",
                vec![after.as_str().into()],
            )?;
            let row = row.ok_or(CallRefusal::BadCursor)?;
            condition.push_str(" AND (updated_at_ms, id) < (?, ?)");
            bindings = vec![Value::Integer(row.integer(0)), after.as_str().into()];
        }
        let words = ask.query.as_deref().unwrap_or_default().split_whitespace();
        for word in words.take(QUERY_WORDS_MAX) {
            condition.push_str(
                " AND EXISTS (SELECT 1 FROM (SELECT lower(ifnull(summary, '') || metadata) AS text UNION ALL \
                 SELECT lower(content) FROM messages WHERE conversation = conversations.id) \
                 WHERE instr(text, ?) OR instr(text, ?))",
            );
            bindings.extend(written(word).map(|word| word.as_str().into()));
        }
        bindings.push((ask.limit as u64 + 1).into());
        let rows = self.rows(
            &format!("{CONVERSATION}{condition} ORDER BY updated_at_ms DESC, id DESC LIMIT ?"),
            bindings,
        )?;
        Ok(page(rows.iter().map(conversation).collect(), ask.limit))
    }

    /// One conversation with its newest messages.
    pub fn conversation(&self, id: &str, messages_max: usize) -> Result<Option<Conversation>, SqlError> {
        let found = self.first(&format!("{CONVERSATION} WHERE id = ?"), vec![id.into()])?;
        let Some(row) = found else {
            return Ok(None);
        };
        let messages = self
            .newest(id, 0, messages_max)?
            .into_iter()
            .map(|(_, message)| message)
            .collect();
        Ok(Some(Conversation {
            messages,
            ..conversation(&row)
        }))
    }

    /// Notes something about a conversation, where there is one.
    pub fn label_conversation(&self, id: &str, metadata: &str) -> Result<(), SqlError> {
        self.run(
            "UPDATE conversations SET metadata = ? WHERE id = ?",
            vec![metadata.into(), id.into()],
        )
        .map(|_| ())
    }

    /// Erases a conversation and its messages; false if there is none.
    pub fn erase_conversation(&self, id: &str) -> Result<bool, SqlError> {
        let known = !self
            .rows("SELECT 1 FROM conversations WHERE id = ?", vec![id.into()])?
            .is_empty();
        self.run("DELETE FROM responses WHERE conversation = ?", vec![id.into()])?;
        self.run("DELETE FROM messages WHERE conversation = ?", vec![id.into()])?;
        self.run("DELETE FROM conversations WHERE id = ?", vec![id.into()])?;
        Ok(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_that_begins_words_has_the_capital_that_unicode_gives_it() {
        let all = ('\0'..='\u{58f}').chain('\u{1e00}'..='\u{1fff}');
        for small in all.filter(|c| c.is_lowercase()) {
            let by_unicode: Vec<char> = small.to_uppercase().collect();
            let is_pair =
                by_unicode.len() == 1 && by_unicode.iter().flat_map(|c| c.to_lowercase()).eq([small]);
            // Capitals of phonetic letters that no orthography begins a word with stand far away.
            if is_pair && capital(small) != by_unicode.first().copied() {
                assert!(matches!(small, 'ƛ' | 'ɐ'..='ʞ' | 'ȿ' | 'ɀ'), "{small}");
            }
        }
        assert_eq!(
            ["élan", "ısı", "öl", "да"].map(|word| written(word)[0].clone()),
            ["Élan", "isı", "Öl", "Да"]
        );
    }
}
