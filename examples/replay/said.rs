//! The line that `remember` and `recall` read: `{"text","previous_assistant"?}`.

use serde_json::Value;

/// What a person said, and what it answers.
pub struct Said<'a> {
    pub text: &'a str,
    pub previous_assistant: Option<&'a str>,
}

/// Reads a line; an error names the field.
pub fn said(line: &Value) -> Result<Said<'_>, String> {
    let text = string(line, "text")?.ok_or("\"text\" is missing: it is what the person said, a string")?;
    Ok(Said {
        text,
        previous_assistant: string(line, "previous_assistant")?,
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
