//! How each transcription provider is asked, and what its answer says. Pure.
//!
//! Sources: OpenAI and Groq "Create transcription", Deepgram "Transcribe audio", ElevenLabs "Create transcript",
//! Cartesia "STT batch", Workers AI "whisper-large-v3-turbo".

use serde_json::{Value, json};

use crate::config::{Config, Provider, Target};
use crate::upstream::provider::{Ask, AskBody, base_url, key_headers};

/// How the client wants its transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TranscriptFormat {
    /// `{"text"}`
    Json,
    /// The bare text.
    Text,
    /// With language, duration and segments.
    VerboseJson,
}

impl TranscriptFormat {
    /// The format a word of `response_format` asks for.
    pub fn from_word(word: &str) -> Option<TranscriptFormat> {
        match word {
            "json" => Some(TranscriptFormat::Json),
            "text" => Some(TranscriptFormat::Text),
            "verbose_json" => Some(TranscriptFormat::VerboseJson),
            _ => None,
        }
    }
}

/// A recording, and what is known about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording<'a> {
    /// Media type as told from the bytes.
    pub content_type: &'a str,
    /// Extension as told from the bytes.
    pub extension: &'a str,
    /// Seconds, where the container tells.
    pub duration_s: Option<f64>,
    /// The bytes in base64, for providers that take nothing else; empty otherwise.
    pub base64: String,
    /// OpenAI's optional fields as the client sent them: `language`, `prompt`, `temperature`, ...
    pub fields: Vec<(String, String)>,
}

impl Recording<'_> {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Fields of OpenAI's form that are handed on as they are. The rest is ours (`file`, `model`, `response_format`).
pub const PASSED_FIELDS: [&str; 5] = [
    "language",
    "prompt",
    "temperature",
    "timestamp_granularities[]",
    "timestamp_granularities",
];

/// Whether this provider wants [`Recording::base64`].
pub fn wants_base64(provider: Provider) -> bool {
    provider == Provider::WorkersAi
}

/// The request for one transcript.
pub fn transcription_ask(
    config: &Config,
    target: &Target,
    recording: &Recording,
    format: TranscriptFormat,
) -> Ask {
    let provider = target.provider;
    let mut headers = key_headers(config, provider);
    let file_name = format!("speech.{}", recording.extension);
    let url = |path: &str| format!("{}{path}", base_url(config, provider));
    let language = recording.field("language");
    let model = target.model.clone();
    match provider {
        Provider::OpenAi | Provider::Groq => {
            let verbose = format == TranscriptFormat::VerboseJson;
            let mut fields = vec![
                ("model", model),
                (
                    "response_format",
                    if verbose { "verbose_json" } else { "json" }.to_owned(),
                ),
            ];
            for name in PASSED_FIELDS {
                fields.extend(
                    recording
                        .fields
                        .iter()
                        .filter(|(field, _)| field == name)
                        .map(|(_, v)| (name, v.clone())),
                );
            }
            Ask {
                url: url("/audio/transcriptions"),
                headers,
                body: AskBody::Form { fields, file_name },
            }
        }
        Provider::Deepgram => {
            headers.push(("content-type", recording.content_type.to_owned()));
            let language = language
                .map(|code| format!("&language={code}"))
                .unwrap_or_default();
            let url = url(&format!("/v1/listen?model={model}&smart_format=true{language}"));
            Ask {
                url,
                headers,
                body: AskBody::File,
            }
        }
        Provider::ElevenLabs => {
            let mut fields = vec![("model_id", model)];
            fields.extend(language.map(|code| ("language_code", code.to_owned())));
            Ask {
                url: url("/v1/speech-to-text"),
                headers,
                body: AskBody::Form { fields, file_name },
            }
        }
        Provider::Cartesia => {
            headers.push(("cartesia-version", "2026-08-14".to_owned()));
            let mut fields = vec![("model", model)];
            fields.extend(language.map(|code| ("language", code.to_owned())));
            Ask {
                url: url("/stt"),
                headers,
                body: AskBody::Form { fields, file_name },
            }
        }
        Provider::WorkersAi => {
            let mut inputs = json!({"audio": recording.base64});
            if let (Some(fields), Some(code)) = (inputs.as_object_mut(), language) {
                fields.insert("language".into(), code.into());
            }
            let body = AskBody::Binding {
                model,
                inputs: inputs.to_string(),
            };
            Ask {
                url: String::new(),
                headers: Vec::new(),
                body,
            }
        }
    }
}

/// What was heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    /// The text; empty when nothing was said.
    pub text: String,
    /// The provider's answer.
    answer: Value,
    duration_s: Option<f64>,
}

/// Reads a provider's answer; `None` when there is no transcript in it.
pub fn transcript(provider: Provider, answer: &str, recording: &Recording) -> Option<Transcript> {
    let answer: Value = serde_json::from_str(answer).ok()?;
    let answer = match provider {
        // A raw response of the binding is wrapped.
        Provider::WorkersAi => answer.get("result").cloned().unwrap_or(answer),
        _ => answer,
    };
    let text = match provider {
        Provider::Deepgram => answer.pointer("/results/channels/0/alternatives/0/transcript")?,
        _ => answer.get("text")?,
    };
    let text = text.as_str()?.trim().to_owned();
    let told = answer
        .get("duration")
        .or_else(|| answer.pointer("/metadata/duration"))
        .and_then(Value::as_f64);
    Some(Transcript {
        text,
        duration_s: told.or(recording.duration_s),
        answer,
    })
}

impl Transcript {
    /// The client's answer: content type and body.
    pub fn render(&self, format: TranscriptFormat) -> (&'static str, String) {
        match format {
            TranscriptFormat::Json => ("application/json", json!({"text": self.text}).to_string()),
            TranscriptFormat::Text => ("text/plain; charset=utf-8", format!("{}\n", self.text)),
            TranscriptFormat::VerboseJson => ("application/json", self.verbose().to_string()),
        }
    }

    /// OpenAI's verbose shape: the provider's own where it speaks it, else what is known.
    fn verbose(&self) -> Value {
        if self.answer.get("segments").is_some_and(Value::is_array) {
            let mut own = self.answer.clone();
            if let Some(fields) = own.as_object_mut() {
                fields.remove("x_groq");
            }
            return own;
        }
        let languages = [
            "/language",
            "/language_code",
            "/results/channels/0/detected_language",
        ];
        let language = languages
            .iter()
            .find_map(|path| self.answer.pointer(path))
            .and_then(Value::as_str);
        json!({
            "task": "transcribe", "language": language.unwrap_or("unknown"), "duration": self.duration_s.unwrap_or(0.0),
            "text": self.text, "segments": [],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording() -> Recording<'static> {
        Recording {
            content_type: "audio/webm",
            extension: "webm",
            duration_s: Some(1.5),
            base64: "AAAA".into(),
            fields: vec![
                ("language".into(), "en".into()),
                ("prompt".into(), "names".into()),
            ],
        }
    }

    fn ask(provider: Provider) -> Ask {
        let config = Config::from_lookup(&|_| None).unwrap();
        transcription_ask(
            &config,
            &Target {
                provider,
                model: "m".into(),
            },
            &recording(),
            TranscriptFormat::Text,
        )
    }

    #[test]
    fn a_form_carries_the_fields_and_a_name_with_the_true_extension() {
        let fields = vec![
            ("model", "m".to_owned()),
            ("response_format", "json".to_owned()),
            ("language", "en".to_owned()),
            ("prompt", "names".to_owned()),
        ];
        assert_eq!(
            ask(Provider::Groq).body,
            AskBody::Form {
                fields,
                file_name: "speech.webm".into()
            }
        );
        assert_eq!(
            ask(Provider::Groq).url,
            "https://api.groq.com/openai/v1/audio/transcriptions"
        );
    }

    #[test]
    fn deepgram_gets_the_bytes_with_their_type() {
        let ask = ask(Provider::Deepgram);
        assert_eq!(
            (ask.body, ask.headers),
            (AskBody::File, vec![("content-type", "audio/webm".into())])
        );
        assert!(
            ask.url
                .ends_with("/v1/listen?model=m&smart_format=true&language=en")
        );
    }

    #[test]
    fn every_providers_answer_is_understood() {
        for (provider, answer) in [
            (Provider::OpenAi, r#"{"text":" hello "}"#),
            (
                Provider::Deepgram,
                r#"{"results":{"channels":[{"alternatives":[{"transcript":"hello"}]}]}}"#,
            ),
            (
                Provider::ElevenLabs,
                r#"{"language_code":"en","text":"hello","words":[]}"#,
            ),
            (Provider::Cartesia, r#"{"type":"transcript","text":"hello"}"#),
            (Provider::WorkersAi, r#"{"result":{"text":"hello"}}"#),
            (Provider::WorkersAi, r#"{"text":"hello"}"#),
        ] {
            assert_eq!(
                transcript(provider, answer, &recording()).unwrap().text,
                "hello",
                "{provider}"
            );
        }
        for answer in ["", "{}", "<html>", r#"{"text":7}"#] {
            assert_eq!(transcript(Provider::OpenAi, answer, &recording()), None);
        }
    }

    #[test]
    fn verbose_keeps_the_providers_segments_and_fills_in_what_is_missing() {
        let own = transcript(
            Provider::Groq,
            r#"{"text":"a","segments":[{"id":0}],"x_groq":{"id":"r"}}"#,
            &recording(),
        )
        .unwrap();
        assert_eq!(
            own.render(TranscriptFormat::VerboseJson).1,
            r#"{"segments":[{"id":0}],"text":"a"}"#
        );
        let bare = transcript(
            Provider::ElevenLabs,
            r#"{"text":"a","language_code":"en"}"#,
            &recording(),
        )
        .unwrap();
        let value: Value = serde_json::from_str(&bare.render(TranscriptFormat::VerboseJson).1).unwrap();
        assert_eq!(
            (value["duration"].as_f64(), value["language"].as_str()),
            (Some(1.5), Some("en"))
        );
        assert_eq!(bare.render(TranscriptFormat::Text).1, "a\n");
    }
}
