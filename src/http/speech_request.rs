//! The body of `POST /v1/audio/speech`: OpenAI's fields, checked. Pure.

use serde_json::Value;

use super::negotiate;
use crate::config::Target;
use crate::model::request::{BadField, ModelChoice, VOICE_ID, is_voice_id};
use crate::voice::synthesis::{encoding, input_chars_max};
use crate::wire::audio_format::AudioFormat;
use crate::wire::fields;

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
        let value = Value::Object(fields::object(body).map_err(whole)?);
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

/// Leaves those targets that make the request's format. Those that follow the first one that takes the whole input at
/// once and do not take it themselves come second: for them it has to be cut.
///
/// # Errors
/// The field that nobody can serve.
pub fn able<'a>(
    request: &SpeechRequest,
    mut targets: Vec<&'a Target>,
) -> Result<[Vec<&'a Target>; 2], BadField> {
    targets.retain(|target| encoding(target.provider, request.format).is_some());
    if targets.is_empty() {
        return Err(BadField::of(
            "response_format",
            "no provider that is configured makes this response_format: ask for opus, webm, mp4, mp3, pcm or wav",
        ));
    }
    let chars = request.input.chars().count();
    let takes_all = |target: &&Target| input_chars_max(target).is_none_or(|most| chars <= most);
    Ok(match targets.first().is_some_and(takes_all) {
        true => targets.into_iter().partition(takes_all).into(),
        false => [Vec::new(), targets],
    })
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
        _ => Err(BadField::of("voice", format!("voice must be {VOICE_ID}"))),
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
    use crate::config::Provider;

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
    fn who_cannot_make_the_format_is_passed_over_and_who_cannot_say_it_at_once_says_it_in_parts() {
        let target = |provider, model: &str| Target {
            provider,
            model: model.into(),
        };
        let orpheus = target(Provider::Groq, "canopylabs/orpheus-v1-english");
        let openai = target(Provider::OpenAi, "tts-1");
        let able = |input: usize, format: &str, targets: Vec<&Target>| {
            let input = "\u{e9}".repeat(input);
            let body = format!(r#"{{"input":"{input}","response_format":"{format}"}}"#);
            let kept = able(&parse(&body).unwrap(), targets);
            kept.map(|kept| kept.map(|targets| targets.len()))
                .map_err(|bad| bad.param)
        };
        assert_eq!(able(200, "mp3", vec![&orpheus, &openai]), Ok([2, 0]));
        // Whoever is preferred says it, in parts where it must.
        assert_eq!(able(201, "mp3", vec![&orpheus, &openai]), Ok([0, 2]));
        assert_eq!(able(201, "mp3", vec![&openai, &orpheus]), Ok([1, 1]));
        assert_eq!(able(201, "mp3", vec![&orpheus]), Ok([0, 1]));
        assert_eq!(able(1, "flac", vec![&orpheus, &openai]), Ok([1, 0]));
        assert_eq!(able(1, "aac", vec![&orpheus]), Err(Some("response_format")));
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
                r#"{"input":"a","response_format":"vorbis"}"#,
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
