//! Responses as a person's object keeps them: each as it was answered, beside the messages of its conversation that it
//! brought. Their ids: `resp_` and random digits; an item's has those digits of its response, and its place.
//!
//! Invariant: a response is there exactly as long as its conversation and all that was said in it.

use serde_json::Value;

use super::protocol::{CALL, CallRefusal, Conversation, Page, PageAsk, RESULT, Said, StoredMessage};
use super::public;
use super::record::{HISTORY_MESSAGES_MAX, clipped};
use super::state::Live;
use super::tables::SqlError;

use crate::model::responses::response_of;
use crate::platform::random::new_id;
use crate::wire::json;
/// Most items that one request may refer to.
pub const ITEMS_MAX: usize = 1_000;

fn items(json: &str) -> Vec<Value> {
    json::read(json).unwrap_or_default()
}

fn has_id(item: &Value, id: &str) -> bool {
    item.get("id").and_then(Value::as_str) == Some(id)
}

/// A page of items that stand in order, the last ones first unless `is_ascending`.
///
/// # Errors
/// The cursor names none of them.
fn paged(mut items: Vec<Value>, page: &PageAsk, is_ascending: bool) -> Result<Page<Value>, CallRefusal> {
    if !is_ascending {
        items.reverse();
    }
    if let Some(after) = &page.after {
        let at = items.iter().position(|item| has_id(item, after));
        items.drain(..=at.ok_or(CallRefusal::BadCursor)?);
    }
    let has_more = items.len() > page.limit;
    items.truncate(page.limit);
    Ok(Page {
        data: items,
        has_more,
    })
}

/// Whether a message is the one that is kept; calls of tools and results are JSON, which may be written otherwise.
fn says_the_same(kept: &StoredMessage, said: &Said) -> bool {
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    let is_json = matches!(kept.role.as_str(), CALL | RESULT);
    let content = clipped(said).content;
    kept.role == said.role && (kept.content == content || (is_json && json(&kept.content) == json(&content)))
}

impl Live {
    /// Where a turn goes on that follows a response: in its conversation, or in `fresh` with what was said until then, if
    /// more has been said since; `None` if there is no such response.
    ///
    /// # Errors
    /// A statement that failed.
    pub(super) fn place_after(
        &self,
        previous: &str,
        fresh: &str,
        said: &[Said],
        now_ms: u64,
    ) -> Result<Option<String>, SqlError> {
        let place = self.db.end_of_response(previous)?;
        let Some((conversation, last)) = place.filter(|_| !previous.is_empty()) else {
            return Ok(None);
        };
        let since = self.db.oldest(&conversation, last, said.len() + 1)?;
        // The same turn again, that never got its answer, is no other one.
        let mut pairs = since.iter().zip(said);
        let is_repeated =
            since.len() == said.len() && pairs.all(|((_, kept), said)| says_the_same(kept, said));
        if since.is_empty() || is_repeated {
            return Ok(Some(conversation));
        }
        self.change(|_| self.db.fork_conversation(&conversation, last, fresh, now_ms))?;
        Ok(Some(fresh.to_owned()))
    }

    /// The conversation of a response, if `said` repeats all of it to its end and says more, and how many messages it is.
    ///
    /// # Errors
    /// A statement that failed.
    pub(super) fn repeated_place(
        &self,
        response: &str,
        said: &[Said],
    ) -> Result<Option<(String, usize)>, SqlError> {
        let Some((conversation, last)) = self.db.end_of_response(response)? else {
            return Ok(None);
        };
        let kept = self.db.newest(&conversation, 0, HISTORY_MESSAGES_MAX)?;
        let count = self.db.message_count(&conversation)? as usize;
        let is_end = kept.last().is_some_and(|(seq, _)| *seq == last);
        let repeated = said.get(count - kept.len()..count).filter(|_| said.len() > count);
        let is_same = repeated.is_some_and(|repeated| {
            let mut pairs = kept.iter().zip(repeated);
            pairs.all(|((_, kept), said)| says_the_same(kept, said))
        });
        Ok((is_end && is_same).then_some((conversation, count)))
    }

    /// A page of what a response was asked.
    ///
    /// # Errors
    /// A statement that failed.
    pub(super) fn response_input(
        &self,
        id: &str,
        page: &PageAsk,
        is_ascending: bool,
    ) -> Result<Page<Value>, CallRefusal> {
        let (_, input) = self.db.response(id)?.ok_or(CallRefusal::NotFound)?;
        paged(items(&input), page, is_ascending)
    }

    /// Puts messages at the end of a conversation; their items.
    ///
    /// # Errors
    /// A statement that failed.
    pub(super) fn extend(&self, id: &str, said: &[Said], now_ms: u64) -> Result<Page<Value>, SqlError> {
        self.change(|_| {
            let mut data = Vec::new();
            self.db.touch_conversation(id, now_ms)?;
            for one in said {
                let Said { role, content } = clipped(one);
                let message = StoredMessage {
                    id: new_id("msg_"),
                    role,
                    content,
                    at_ms: now_ms,
                };
                self.db.add_message(id, &message)?;
                data.extend(public::items(&message));
            }
            Ok(Page {
                data,
                has_more: false,
            })
        })
    }

    /// Items of responses as JSON.
    ///
    /// # Errors
    /// A statement that failed.
    pub(super) fn items(&self, ids: &[String]) -> Result<Vec<String>, CallRefusal> {
        let mut found = Vec::new();
        // Those of one response mostly stand together.
        let mut of = (String::new(), Vec::new());
        for id in ids.iter().take(ITEMS_MAX) {
            let response = response_of(id).unwrap_or_default();
            if of.0 != response {
                let (body, input) = self.db.response(&response)?.unwrap_or_default();
                let mut all = items(&input);
                let body: Value = serde_json::from_str(&body).unwrap_or_default();
                all.extend(
                    body.get("output")
                        .and_then(Value::as_array)
                        .cloned()
                        .unwrap_or_default(),
                );
                of = (response, all);
            }
            match of.1.iter().find(|item| has_id(item, id)) {
                Some(item) => found.push(item.to_string()),
                None => return Err(CallRefusal::NoItem(id.clone())),
            }
        }
        Ok(found)
    }

    /// A page of what was said in a conversation, as items.
    ///
    /// # Errors
    /// A statement that failed.
    pub(super) fn conversation_items(
        &self,
        id: &str,
        page: &PageAsk,
        is_ascending: bool,
    ) -> Result<Page<Value>, CallRefusal> {
        if self.db.summary(id)?.is_none() {
            return Err(CallRefusal::NotFound);
        }
        let seq = match &page.after {
            Some(item) => {
                let cursor = self.db.message_of_item(id, item)?;
                Some(cursor.ok_or(CallRefusal::BadCursor)?.0)
            }
            None => None,
        };
        // Each message is one item at least, and the cursor's may have more of them.
        let most = page.limit + 2;
        let kept = match is_ascending {
            true => self.db.oldest(id, seq.map_or(0, |seq| seq - 1), most)?,
            false => self.db.newest_through(id, 0, seq.unwrap_or(i64::MAX), most)?,
        };
        let items = kept.iter().flat_map(|(_, message)| public::items(message));
        paged(items.collect(), page, is_ascending)
    }

    /// An item of a conversation.
    ///
    /// # Errors
    /// A statement that failed.
    pub(super) fn conversation_item(&self, id: &str, item: &str) -> Result<Value, CallRefusal> {
        let found = self.db.message_of_item(id, item)?;
        let mut items = found.iter().flat_map(|(_, message)| public::items(message));
        items.find(|one| has_id(one, item)).ok_or(CallRefusal::NotFound)
    }

    /// The person takes an item out of a conversation, which stays: its message goes, or the part of it that the item is.
    ///
    /// # Errors
    /// A statement that failed.
    pub(super) fn erase_item(&self, id: &str, item: &str) -> Result<Conversation, CallRefusal> {
        let found = self.db.message_of_item(id, item)?;
        let is_it =
            |(_, message): &(i64, StoredMessage)| public::items(message).iter().any(|one| has_id(one, item));
        let (_, message) = found.filter(is_it).ok_or(CallRefusal::NotFound)?;
        self.change(|buffer| {
            match public::without(&message, item) {
                Some(rest) => self.db.put_message(id, &rest)?,
                None => {
                    self.db.erase_message(&message.id)?;
                    buffer.forget(|waiting| waiting.message == message.id);
                }
            }
            self.summarise_anew(id)
        })?;
        self.db.conversation(id, 0)?.ok_or(CallRefusal::NotFound)
    }

    /// The person erases a response with the messages that it brought, and the conversation if none is left; false if
    /// there is no such response.
    ///
    /// # Errors
    /// A statement that failed.
    pub(super) fn erase_response(&self, id: &str) -> Result<bool, SqlError> {
        let place = self.db.end_of_response(id)?;
        let Some((conversation, _)) = place.filter(|_| !id.is_empty()) else {
            return Ok(false);
        };
        let is_over = self.change(|buffer| {
            for message in self.db.erase_response(id)? {
                buffer.forget(|waiting| waiting.message == message);
            }
            self.summarise_anew(&conversation)?;
            Ok(self.db.message_count(&conversation)? == 0)
        })?;
        if is_over {
            self.erase_conversation(&conversation)?;
        }
        Ok(true)
    }
}
