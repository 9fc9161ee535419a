//! `replay sse`: `{"chunks_base64":[...]}` is one stream as it arrives; the answer lists its events.

use hearken::wire::sse::SseParser;
use serde_json::{Value, json};

use super::Answer;
use hearken::wire::base64::STANDARD;

/// One handler for a run; each line is a stream of its own.
pub fn handler() -> Box<dyn FnMut(&Value) -> Answer> {
    Box::new(parse)
}

fn parse(line: &Value) -> Answer {
    let chunks = line
        .get("chunks_base64")
        .and_then(Value::as_array)
        .ok_or("chunks_base64 must be a list of base64 strings")?;
    let mut parser = SseParser::new();
    let mut events = Vec::new();
    for (index, chunk) in chunks.iter().enumerate() {
        let text = chunk
            .as_str()
            .ok_or_else(|| format!("chunks_base64[{index}] must be a string"))?;
        let bytes = STANDARD
            .decode(text)
            .ok_or_else(|| format!("chunks_base64[{index}] is not base64"))?;
        parser.push(&bytes);
        while let Some(event) = parser.next_event().map_err(|error| error.to_string())? {
            events.push(json!({ "event": event.event, "data": event.data, "id": event.id }));
        }
    }
    Ok(json!({ "events": events }))
}
