//! The body of `POST /v1/audio/speech`: OpenAI's fields, checked. Pure.

use serde_json::Value;

use super::negotiate;
use crate::model::request::{BadField, ModelChoice, is_voice_id};
use crate::wire::audio_format::AudioFormat;

/// Most characters of one request (OpenAI API reference, "Create speech").
pub const INPUT_CHARS_MAX: usize = 4096;
/// Most characters of the other texts.
const TEXT_CHARS_MAX: usize = 4096;

/// What is to be spoken, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeechRequest {
    /// 1 to [`INPUT_CHARS_MAX`] characters, not only white space.
    pub input: String,
    /// The voice's id; `None` for the configured one.
    pub voice: Option<String>,
    /// Which model.
    pub model: ModelChoice,
    /// The person as a trusted server names them.
    pub user: Option<String>,
    /// 0.25 to 4; 1 is the voice's own pace.
    pub speed: Option<f64>,
    /// How to say it, for models that listen.
    pub instructions: Option<String>,
    /// What the client wants to get.
    pub format: AudioFormat,
    /// Whether the sound is wrapped in events (`stream_format: "sse"`).
    pub is_sse: bool,
}

impl SpeechRequest {
    /// Reads a body; `accept` decides the format where the body does not, and MP3 where neither does.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn parse(body: &str, accept: &str) -> Result<SpeechRequest, BadField> {
        let value: Value = serde_json::from_str(body)
            .map_err(|error| whole(format!("the body must be one JSON object: {error}")))?;
        if !value.is_object() {
            return Err(whole("the body must be one JSON object"));
        }
        Ok(SpeechRequest {
            input: input(&value)?,
            voice: voice(&value)?,
            model: ModelChoice::parse(text(&value, "model")?.as_deref()),
            user: text(&value, "user")?,
            speed: speed(&value)?,
            instructions: text(&value, "instructions")?,
            format: format(&value, accept)?,
            is_sse: match text(&value, "stream_format")?.as_deref() {
                None | Some("audio") => false,
                Some("sse") => true,
                Some(_) => {
                    return Err(BadField::of(
                        "stream_format",
                        "stream_format must be audio or sse",
                    ));
                }
            },
        })
    }
}

fn whole(message: impl Into<String>) -> BadField {
    BadField {
        param: None,
        message: message.into(),
    }
}

fn text(value: &Value, name: &'static str) -> Result<Option<String>, BadField> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= TEXT_CHARS_MAX => Ok(Some(text.clone())),
        Some(_) => Err(BadField::of(
            name,
            format!("{name} must be a string of at most {TEXT_CHARS_MAX} characters"),
        )),
    }
}

fn input(value: &Value) -> Result<String, BadField> {
    let Some(Value::String(input)) = value.get("input") else {
        return Err(BadField::of(
            "input",
            "input is required: the text to speak, a string",
        ));
    };
    let chars = input.chars().count();
    if input.trim().is_empty() {
        Err(BadField::of("input", "input must not be empty"))
    } else if chars > INPUT_CHARS_MAX {
        Err(BadField::of(
            "input",
            format!("input must be at most {INPUT_CHARS_MAX} characters long; it has {chars}"),
        ))
    } else {
        Ok(input.clone())
    }
}

/// A string, or `{"id"}` as for OpenAI's custom voices.
fn voice(value: &Value) -> Result<Option<String>, BadField> {
    let voice = match value.get("voice") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(fields)) => fields.get("id").cloned().unwrap_or_default(),
        Some(voice) => voice.clone(),
    };
    match voice.as_str() {
        Some(id) if is_voice_id(id) => Ok(Some(id.to_owned())),
        _ => Err(BadField::of(
            "voice",
            "voice must be a voice id: letters, digits, and - _ . :",
        )),
    }
}

fn speed(value: &Value) -> Result<Option<f64>, BadField> {
    match value.get("speed") {
        None | Some(Value::Null) => Ok(None),
        Some(speed) => match speed.as_f64() {
            Some(speed) if (0.25..=4.0).contains(&speed) => Ok(Some(speed)),
            _ => Err(BadField::of("speed", "speed must be a number from 0.25 to 4")),
        },
    }
}

fn format(value: &Value, accept: &str) -> Result<AudioFormat, BadField> {
    let words = || AudioFormat::WORDS.map(|(word, _)| word).join(", ");
    match value.get("response_format") {
        None | Some(Value::Null) => Ok(negotiate::from_accept(accept).unwrap_or(AudioFormat::Mp3)),
        Some(word) => word.as_str().and_then(AudioFormat::from_word).ok_or_else(|| {
            BadField::of(
                "response_format",
                format!("response_format must be one of {}", words()),
            )
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<SpeechRequest, BadField> {
        SpeechRequest::parse(body, "")
    }

    #[test]
    fn the_format_is_the_bodys_then_the_headers_then_mp3() {
        let format = |body, accept| SpeechRequest::parse(body, accept).unwrap().format;
        assert_eq!(
            format(r#"{"input":"a","response_format":"opus"}"#, "audio/webm"),
            AudioFormat::Ogg
        );
        assert_eq!(
            format(r#"{"input":"a"}"#, "audio/webm, audio/mpeg;q=0.5"),
            AudioFormat::Webm
        );
        assert_eq!(
            format(r#"{"input":"a"}"#, "application/octet-stream"),
            AudioFormat::Mp3
        );
    }

    #[test]
    fn length_is_counted_in_characters() {
        let body = |n| format!(r#"{{"input":"{}"}}"#, "\u{e9}".repeat(n));
        assert!(parse(&body(4096)).is_ok());
        assert!(parse(&body(4097)).unwrap_err().message.contains("4097"));
    }

    #[test]
    fn err_names_the_field() {
        for (body, param) in [
            ("nope", None),
            ("[]", None),
            ("{}", Some("input")),
            (r#"{"input":""}"#, Some("input")),
            (r#"{"input":" \n"}"#, Some("input")),
            (r#"{"input":7}"#, Some("input")),
            (r#"{"input":"a","voice":"../x"}"#, Some("voice")),
            (r#"{"input":"a","voice":".."}"#, Some("voice")),
            (r#"{"input":"a","voice":{}}"#, Some("voice")),
            (r#"{"input":"a","speed":5}"#, Some("speed")),
            (r#"{"input":"a","speed":"1"}"#, Some("speed")),
            (
                r#"{"input":"a","response_format":"flac"}"#,
                Some("response_format"),
            ),
            (r#"{"input":"a","stream_format":"ws"}"#, Some("stream_format")),
            (r#"{"input":"a","instructions":[]}"#, Some("instructions")),
            (r#"{"input":"a","user":7}"#, Some("user")),
        ] {
            assert_eq!(parse(body).unwrap_err().param, param, "{body}");
        }
    }
}
