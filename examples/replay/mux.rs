//! `replay mux`: `{"to":"ogg|webm|mp4","ogg_base64":["one Ogg Opus file", ...]}` gives `{"base64"}`, all of them as
//! one stream.

use hearken::audio::{OpusContainer, RemuxError, Remuxer, StreamTarget};
use serde_json::{Value, json};

use super::Answer;
use hearken::wire::base64::STANDARD;

/// One handler for a run.
pub fn handler() -> Box<dyn FnMut(&Value) -> Answer> {
    Box::new(mux)
}

fn mux(line: &Value) -> Answer {
    let container = match line.get("to").and_then(Value::as_str) {
        Some("ogg") => OpusContainer::Ogg,
        Some("webm") => OpusContainer::Webm,
        Some("mp4") => OpusContainer::Mp4,
        Some(other) => {
            return Err(format!(
                "unknown \"to\": {other:?}; it must be \"ogg\", \"webm\" or \"mp4\""
            ));
        }
        None => return Err("\"to\" must be \"ogg\", \"webm\" or \"mp4\"".into()),
    };
    let files = line.get("ogg_base64").and_then(Value::as_array);
    let files = files.ok_or("\"ogg_base64\" must be an array of strings")?;
    if files.is_empty() {
        return Err("\"ogg_base64\" is empty: there is nothing to mux".into());
    }
    let mut remuxer = Remuxer::new(StreamTarget::Opus(container));
    let mut stream = Vec::new();
    for (index, file) in files.iter().enumerate() {
        add(&mut remuxer, file, &mut stream).map_err(|message| format!("ogg_base64[{index}]: {message}"))?;
    }
    stream.extend(remuxer.finish().map_err(|error| error.to_string())?);
    Ok(json!({ "base64": STANDARD.encode(stream) }))
}

fn add(remuxer: &mut Remuxer, file: &Value, stream: &mut Vec<u8>) -> Result<(), String> {
    let text = file.as_str().ok_or("not a string")?;
    let bytes = STANDARD.decode(text).ok_or("not base64")?;
    let sentence = |error: RemuxError| error.to_string();
    stream.extend(remuxer.feed(&bytes).map_err(sentence)?);
    stream.extend(remuxer.end_clip().map_err(sentence)?.bytes);
    Ok(())
}
