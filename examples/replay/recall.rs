//! `replay recall`: `{"text","previous_assistant"?}` to `{"decision","rule"}`, with every rule on.

use super::Answer;
use super::said::said;
use hearken::memory::recall::decide::decide;
use hearken::memory::salience::rules::Rules;
use serde_json::Value;

/// One handler for a run.
pub fn handler() -> Box<dyn FnMut(&Value) -> Answer> {
    let rules = Rules::default();
    Box::new(move |line| {
        let said = said(line)?;
        serde_json::to_value(decide(said.text, said.previous_assistant, &rules))
            .map_err(|error| error.to_string())
    })
}
