//! `replay recall`: `{"text","previous_assistant"?}` to `{"decision","rule"}`, with every rule on.

use super::Answer;
use hearken::memory::recall::decide;
use hearken::memory::remember::Rules;
use serde_json::Value;

/// One handler for a run.
pub fn handler() -> Box<dyn FnMut(&Value) -> Answer> {
    let rules = Rules::default();
    Box::new(move |line| {
        let text =
            string(line, "text")?.ok_or("\"text\" is missing: it is what the person said, a string")?;
        let previous = string(line, "previous_assistant")?;
        serde_json::to_value(decide(text, previous, &rules)).map_err(|error| error.to_string())
    })
}

/// A string field; `None` if it is absent or null.
fn string<'a>(line: &'a Value, name: &str) -> Result<Option<&'a str>, String> {
    match line.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("\"{name}\" must be a string")),
    }
}
