//! `replay recall`: `{"text","previous_assistant"?}` to `{"decision","rule"}`, with every rule on.

use super::Answer;
use super::said::said;
use hearken::memory::recall::decide::decide;
use hearken::memory::salience::rules::Rules;
use serde_json::{Value, json};

/// One handler for a run.
pub fn handler() -> Box<dyn FnMut(&Value) -> Answer> {
    let rules = Rules::default();
    Box::new(move |line| {
        let said = said(line)?;
        let decided = decide(said.text, said.previous_assistant, &rules);
        Ok(json!({"decision": decided.decision, "rule": decided.rule}))
    })
}
