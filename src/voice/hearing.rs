//! How each transcription provider is asked. What its answer says is read in `transcript`. Pure.
//!
//! Sources: OpenAI and Groq "Create transcription", Deepgram "Transcribe audio", ElevenLabs "Create transcript",
//! Cartesia "STT batch", Workers AI "whisper-large-v3-turbo".

use serde_json::Value;

use crate::config::{Config, Provider, Target};
use crate::upstream::provider::{AskBody, ProviderRequest, base_url, key_headers};
use crate::wire::json::{json, put_some};

/// What is wanted of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// When each segment was said, and how sure that is; else the words alone do.
    pub times: bool,
    /// The words in English instead of the language they were said in.
    pub translated: bool,
    /// The words as they are heard, where the model streams them.
    pub streamed: bool,
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

/// Fields of OpenAI's form that are handed on. The rest is ours (`file`, `model`, `response_format`).
pub const PASSED_FIELDS: [&str; 4] = ["language", "prompt", "temperature", GRANULARITIES];
/// A list, as forms write one.
pub const GRANULARITIES: &str = "timestamp_granularities[]";

/// Whether this provider wants [`Recording::base64`].
pub fn wants_base64(provider: Provider) -> bool {
    provider == Provider::WorkersAi
}

/// Whether this target streams the words it hears. Whisper ignores that it is asked to.
pub fn streams(target: &Target) -> bool {
    target.provider == Provider::OpenAi && target.model.starts_with("gpt-")
}

/// Whether this target can put what it hears into English. Whisper's turbo models were not trained to, and answer in
/// the language they heard.
pub fn can_translate(target: &Target) -> bool {
    let is_openai = matches!(target.provider, Provider::OpenAi | Provider::Groq);
    is_openai && !target.model.starts_with("gpt-") && !target.model.contains("turbo")
}

/// The request for one transcript.
pub fn transcription_ask(
    config: &Config,
    target: &Target,
    recording: &Recording,
    wanted: Wanted,
) -> ProviderRequest {
    let provider = target.provider;
    let mut headers = key_headers(config, provider);
    let file_name = format!("speech.{}", recording.extension);
    let url = |path: &str| format!("{}{path}", base_url(config, provider));
    let language = recording.field("language");
    // Whisper and its kin know languages, not regions.
    let primary = language.map(|tag| tag.split(['-', '_']).next().unwrap_or(tag).to_ascii_lowercase());
    let model = target.model.clone();
    match provider {
        Provider::OpenAi | Provider::Groq => {
            let verbose = wanted.times && !target.model.starts_with("gpt-");
            let mut fields = vec![
                ("model", model),
                (
                    "response_format",
                    if verbose { "verbose_json" } else { "json" }.to_owned(),
                ),
            ];
            if wanted.streamed && streams(target) {
                fields.push(("stream", "true".to_owned()));
            }
            for name in PASSED_FIELDS {
                let is_out_of_place = name == "language" && wanted.translated
                    || name.starts_with("timestamp") && (wanted.translated || !verbose);
                for (field, value) in &recording.fields {
                    if field == name && !is_out_of_place {
                        let value = if name == "language" {
                            primary.as_ref()
                        } else {
                            Some(value)
                        };
                        fields.extend(value.map(|value| (name, value.clone())));
                    }
                }
            }
            let path = if wanted.translated {
                "/audio/translations"
            } else {
                "/audio/transcriptions"
            };
            ProviderRequest {
                url: url(path),
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
            ProviderRequest {
                url,
                headers,
                body: AskBody::File,
            }
        }
        Provider::ElevenLabs => {
            let mut fields = vec![("model_id", model)];
            fields.extend(primary.map(|code| ("language_code", code)));
            ProviderRequest {
                url: url("/v1/speech-to-text"),
                headers,
                body: AskBody::Form { fields, file_name },
            }
        }
        Provider::Cartesia => {
            headers.push(("cartesia-version", "2026-08-14".to_owned()));
            let mut fields = vec![("model", model)];
            fields.extend(primary.map(|code| ("language", code)));
            if wanted.times {
                fields.push(("timestamp_granularities[]", "word".to_owned()));
            }
            ProviderRequest {
                url: url("/stt"),
                headers,
                body: AskBody::Form { fields, file_name },
            }
        }
        Provider::WorkersAi => {
            let mut inputs = json!({"audio": recording.base64});
            put_some(&mut inputs, "language", primary.map(Value::from));
            put_some(
                &mut inputs,
                "initial_prompt",
                recording.field("prompt").map(Value::from),
            );
            ProviderRequest::binding(&model, inputs.to_string())
        }
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

    fn ask(provider: Provider) -> ProviderRequest {
        let config = Config::from_lookup(&|_| None).unwrap();
        transcription_ask(
            &config,
            &Target {
                provider,
                model: "m".into(),
            },
            &recording(),
            Wanted::default(),
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
    fn workers_ai_is_told_the_language_and_what_to_expect() {
        let AskBody::Binding { inputs, .. } = ask(Provider::WorkersAi).body else {
            panic!("no binding")
        };
        assert_eq!(
            inputs,
            r#"{"audio":"AAAA","initial_prompt":"names","language":"en"}"#
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
    fn times_are_asked_of_models_that_give_them() {
        let fields = |provider, model: &str, wanted| {
            let recording = Recording {
                fields: vec![
                    ("language".into(), "pt-BR".into()),
                    ("timestamp_granularities[]".into(), "word".into()),
                ],
                ..recording()
            };
            let config = Config::from_lookup(&|_| None).unwrap();
            let target = Target {
                provider,
                model: model.into(),
            };
            match transcription_ask(&config, &target, &recording, wanted).body {
                AskBody::Form { fields, .. } => fields
                    .into_iter()
                    .skip(1)
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect(),
                other => vec![format!("{other:?}")],
            }
        };
        let times = Wanted {
            times: true,
            ..Wanted::default()
        };
        let streamed = Wanted {
            streamed: true,
            ..Wanted::default()
        };
        for (provider, model, streams) in [
            (Provider::OpenAi, "gpt-4o-transcribe", true),
            (Provider::OpenAi, "whisper-1", false),
            (Provider::Groq, "whisper-large-v3", false),
        ] {
            let is_asked = fields(provider, model, streamed).contains(&"stream=true".to_owned());
            assert_eq!(is_asked, streams, "{model}");
        }
        assert_eq!(
            fields(Provider::Groq, "whisper-large-v3", times),
            [
                "response_format=verbose_json",
                "language=pt",
                "timestamp_granularities[]=word"
            ]
        );
        // Granularities belong to the verbose form.
        assert_eq!(
            fields(Provider::OpenAi, "whisper-1", Wanted::default()),
            ["response_format=json", "language=pt"]
        );
        assert_eq!(
            fields(Provider::OpenAi, "gpt-4o-transcribe", times),
            ["response_format=json", "language=pt"]
        );
        assert_eq!(
            fields(Provider::Cartesia, "ink-whisper", times),
            ["language=pt", "timestamp_granularities[]=word"]
        );
        assert_eq!(
            fields(Provider::ElevenLabs, "scribe_v2", times),
            ["language_code=pt"]
        );
    }

    #[test]
    fn who_translates_is_asked_to() {
        let config = Config::from_lookup(&|_| None).unwrap();
        let target = |provider, model: &str| Target {
            provider,
            model: model.into(),
        };
        for (provider, model, can) in [
            (Provider::OpenAi, "whisper-1", true),
            (Provider::OpenAi, "gpt-4o-transcribe", false),
            (Provider::Groq, "whisper-large-v3", true),
            (Provider::Groq, "whisper-large-v3-turbo", false),
            (Provider::WorkersAi, "@cf/openai/whisper", false),
            (Provider::WorkersAi, "@cf/openai/whisper-large-v3-turbo", false),
            (Provider::Deepgram, "nova-3", false),
        ] {
            assert_eq!(can_translate(&target(provider, model)), can, "{provider}:{model}");
        }
        let wanted = Wanted {
            translated: true,
            ..Wanted::default()
        };
        let ask = transcription_ask(
            &config,
            &target(Provider::Groq, "whisper-large-v3"),
            &recording(),
            wanted,
        );
        assert_eq!(ask.url, "https://api.groq.com/openai/v1/audio/translations");
        let AskBody::Form { fields, .. } = ask.body else {
            panic!("no form")
        };
        assert!(
            fields.iter().all(|(name, _)| *name != "language"),
            "its language is English"
        );
    }
}
