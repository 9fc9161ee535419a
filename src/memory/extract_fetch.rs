//! Asks the language model chain for what the memory needs of it: an extraction (JSON) or a summary (plain text).

use std::cell::RefCell;

use crate::config::Target;
use crate::memory::extraction::prompt::response_schema;
use crate::memory::person::outside::AnswerForm;
use crate::memory::person::protocol::Said;
use crate::model::client::{self, Completion};
use crate::model::own_fields::OwnFields;
use crate::model::reply::{is_cut_off, whole_text, without_thoughts};
use crate::model::request::model_defaults;
use crate::model::usage::Usage;
use crate::upstream::fetch::Origin;
use crate::upstream::outcome::Failure;
use crate::wire::json::json;

/// Longest answer that is read: its text is at most [`crate::memory::extraction::operations::ANSWER_BYTES_MAX`], in JSON.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

thread_local! {
    /// What the targets of the chain were found not to take; a target that is missing takes everything.
    static TAKEN: RefCell<Vec<(Target, OwnFields)>> = const { RefCell::new(Vec::new()) };
}

fn taken(target: &Target) -> OwnFields {
    TAKEN.with_borrow(|taken| {
        let known = taken.iter().find(|(known, _)| known == target);
        known.map(|(_, fields)| *fields).unwrap_or_default()
    })
}

fn note(target: &Target, fields: OwnFields) {
    TAKEN.with_borrow_mut(|taken| {
        taken.retain(|(known, _)| known != target);
        taken.push((target.clone(), fields));
    });
}

/// The text of the first answer of the chain.
///
/// # Errors
/// Why each attempt failed.
pub async fn complete(origin: Origin<'_>, turns: &[Said], form: AnswerForm) -> Result<String, Vec<Failure>> {
    let body = |target: &Target| {
        let messages: Vec<_> = turns
            .iter()
            .map(|one| json!({"role": one.role, "content": one.content}))
            .collect();
        let mut body = json!({"model": target.model, "messages": messages, "stream": false});
        if let Some(fields) = body.as_object_mut() {
            let schema = (form == AnswerForm::Json).then(response_schema);
            // Thinking little, with room for it: what is thought counts towards a provider's limit of tokens.
            taken(target).put(fields, schema, model_defaults(&target.model, &|_| false));
        }
        body.to_string()
    };
    let completion = Completion {
        body: &body,
        concede: &|target, refusal| {
            let next = taken(target).after(refusal);
            next.is_some_and(|fields| {
                note(target, fields);
                true
            })
        },
        bytes_max: ANSWER_BYTES_MAX,
        // Half of an extraction is told from a whole one by its JSON; half of a summary by this alone.
        is_usable: &|answer| {
            let text = whole_text(answer).unwrap_or_default();
            let is_cut = form == AnswerForm::Text && is_cut_off(answer);
            !is_cut && !without_thoughts(&text).is_empty()
        },
    };
    let targets = origin.config.llm.targets.iter().collect();
    let (answer, _, record) = client::complete(origin, targets, &completion).await?;
    record.spend(Usage::of_completion(record.asked_bytes, &answer).numbers());
    record.succeed();
    Ok(without_thoughts(&whole_text(&answer).unwrap_or_default()))
}
