//! The model's reply to a turn, as it begins or as a whole; where nobody answers, what the client is told.

use super::error::ApiError;
use super::provider_error;
use crate::config::Target;
use crate::model::client::{self, Completion, OpenedReply};
use crate::model::forms::{self, Whole};
use crate::model::reply::{self, Meaning};
use crate::model::request::ChatRequest;
use crate::model::usage::Usage;
use crate::model::voiced::{self, ChunkEnvelope};
use crate::platform::clock::now_s;
use crate::platform::random::new_id;
use crate::turn::open::Turn;
use crate::upstream::chain::AttemptRecord;
use crate::upstream::outcome::Failure;
use crate::wire::json::put;

/// A whole completion; the longest models answer with some hundred kilobytes.
const COMPLETION_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The model's reply as it begins.
///
/// # Errors
/// What the contract says when nobody answers.
pub(super) async fn stream<'a>(
    turn: &'a Turn,
    request: &ChatRequest,
) -> Result<(OpenedReply, &'a Target, AttemptRecord), ApiError> {
    let setting = &turn.setting;
    let targets = request.model.targets(&setting.config.llm);
    let begun = client::stream(setting.origin(), targets, request).await;
    begun.map_err(|failures| unanswered(turn, &failures))
}

/// The same of a text, which begins with what the person is told.
///
/// # Errors
/// Likewise.
pub(super) async fn text_stream<'a>(
    turn: &'a Turn,
    request: &ChatRequest,
) -> Result<(OpenedReply, &'a Target, AttemptRecord), ApiError> {
    let (mut opened, target, record) = stream(turn, request).await?;
    if let Some(text) = turn.setting.begins_with() {
        let first = voiced::told_chunk(&opened.held, envelope(target), request.choices(), &text);
        opened.held.splice(0..0, first.into_bytes());
    }
    Ok((opened, target, record))
}

/// What chunks of hearken's own stand in.
pub(super) fn envelope(target: &Target) -> ChunkEnvelope {
    ChunkEnvelope::new(&new_id("chatcmpl-"), &target.to_string(), now_s())
}

/// Nobody answered. A client that left has had its words sent all the same.
fn unanswered(turn: &Turn, failures: &[Failure]) -> ApiError {
    if let Some(budget) = turn
        .budget
        .as_ref()
        .filter(|_| failures.contains(&Failure::ClientLeft))
    {
        budget.spend_on_input();
    }
    provider_error::exhausted("chat", failures)
}

/// The model's reply as a whole.
///
/// # Errors
/// What the contract says when nobody answers.
pub(super) async fn completed<'a>(
    turn: &'a Turn,
    request: &ChatRequest,
) -> Result<(String, &'a Target), ApiError> {
    let setting = &turn.setting;
    let completion = Completion {
        body: &|target| request.provider_body(&target.model),
        concede: &|_, _| false,
        bytes_max: COMPLETION_BYTES_MAX,
        is_usable: &|_| true,
    };
    let targets = request.model.targets(&setting.config.llm);
    let begun = client::complete(setting.origin(), targets, &completion).await;
    let (body, target, record) = begun.map_err(|failures| unanswered(turn, &failures))?;
    if let Some(budget) = &turn.budget {
        let mut whole = Whole::default();
        whole.push(forms::events_of(&body, true).unwrap_or_default().as_bytes());
        budget.spend_on_reply(Some(&whole));
    }
    record.spend(Usage::of_completion(record.asked_bytes, &body).numbers());
    record.end(match reply::whole_meaning(&body) {
        Meaning::Content => Ok(()),
        _ => Err(Failure::SaidNothing),
    });
    Ok((begun_with(body, turn.setting.begins_with()), target))
}

/// A completion whose every text begins with this.
fn begun_with(completion: String, begins_with: Option<String>) -> String {
    let value = begins_with.and_then(|text| Some((text, serde_json::from_str(&completion).ok()?)));
    let Some((text, mut value)): Option<(String, serde_json::Value)> = value else {
        return completion;
    };
    let choices = value.get_mut("choices").and_then(serde_json::Value::as_array_mut);
    for message in choices
        .into_iter()
        .flatten()
        .filter_map(|choice| choice.get_mut("message"))
    {
        let content = message.get("content").and_then(serde_json::Value::as_str);
        let content = format!("{text}{}", content.unwrap_or_default());
        put(message, "content", content.into());
    }
    value.to_string()
}
