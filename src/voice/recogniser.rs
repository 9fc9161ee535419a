//! How recognisers that hear while somebody speaks are asked, and what they say. Pure.
//!
//! Owns the words of one turn: those that are certain, and those that may still change. Sound is 24 kHz, 16 bits. Leaves
//! out when a turn is over: that is told to the recogniser, never asked of it.
//! Sources: Deepgram "Live audio" (Nova) and "Flux", OpenAI "Realtime transcription", Workers AI "flux".

use serde_json::Value;

use crate::audio::wav::pcm16_encode;
use crate::config::{Config, Provider, Target};
use crate::upstream::provider::{AskBody, ProviderRequest, SocketFrame, base_url, key_headers};
use crate::wire::base64::STANDARD;
use crate::wire::json::{json, put};
use crate::wire::spacing::joined;

/// Most text of one turn, bytes.
const WORDS_BYTES_MAX: usize = 64 * 1024;

/// The protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wire {
    Nova,
    Flux,
    OpenAi,
}

/// What a message came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecogniserEvent {
    /// Nothing new.
    Nothing,
    /// Other words.
    Words,
    /// All words of what was sent until [`Recogniser::pause`].
    All,
    /// The recogniser cannot go on.
    Failed,
}

/// One turn as a recogniser hears it.
#[derive(Debug)]
pub struct Recogniser {
    wire: Wire,
    /// Certain.
    settled: String,
    /// What is being said now, as it sounds so far.
    open: String,
}

fn wire(target: &Target) -> Wire {
    match target.provider {
        Provider::OpenAi => Wire::OpenAi,
        _ if target.model.contains("flux") => Wire::Flux,
        _ => Wire::Nova,
    }
}

/// The request for a socket.
pub fn socket_ask(config: &Config, target: &Target, language: Option<&str>) -> ProviderRequest {
    let (provider, model) = (target.provider, &target.model);
    let mut headers = key_headers(config, provider);
    headers.push(("upgrade", "websocket".to_owned()));
    // A tag of a client's goes into an address: letters and hyphens alone.
    let is_tag = |tag: &&str| tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let language = language.filter(is_tag).filter(|tag| !tag.is_empty());
    if provider == Provider::WorkersAi {
        let mut inputs = json!({"encoding": "linear16", "sample_rate": "24000"});
        if wire(target) == Wire::Nova {
            put(&mut inputs, "interim_results", "true".into());
        }
        return ProviderRequest::binding(model, inputs.to_string());
    }
    let of_language = |name: &str| language.map_or_else(String::new, |tag| format!("&{name}={tag}"));
    let path = match wire(target) {
        Wire::Nova => format!(
            "/v1/listen?model={model}&encoding=linear16&sample_rate=24000&interim_results=true&smart_format=true{}",
            of_language("language")
        ),
        Wire::Flux => {
            let hint = if model.contains("multi") {
                of_language("language_hint")
            } else {
                String::new()
            };
            format!("/v2/listen?model={model}&encoding=linear16&sample_rate=24000{hint}")
        }
        Wire::OpenAi => "/realtime?intent=transcription".to_owned(),
    };
    ProviderRequest {
        url: format!("{}{path}", base_url(config, provider)),
        headers,
        body: AskBody::Get,
    }
}

impl Recogniser {
    /// One that has heard nothing.
    pub fn new(target: &Target) -> Recogniser {
        Recogniser {
            wire: wire(target),
            settled: String::new(),
            open: String::new(),
        }
    }

    /// What is said first.
    pub fn greeting(&self, target: &Target, language: Option<&str>, prompt: Option<&str>) -> Option<String> {
        if self.wire != Wire::OpenAi {
            return None;
        }
        let input = json!({
            "format": {"type": "audio/pcm", "rate": 24_000}, "turn_detection": null,
            "transcription": {"model": target.model, "language": language, "prompt": prompt},
        });
        let session = json!({"type": "transcription", "audio": {"input": input}});
        Some(json!({"type": "session.update", "session": session}).to_string())
    }

    /// Sound.
    pub fn sound(&self, samples: &[i16]) -> SocketFrame {
        let bytes = pcm16_encode(samples);
        match self.wire {
            Wire::OpenAi => {
                let audio = STANDARD.encode(bytes);
                SocketFrame::Text(json!({"type": "input_audio_buffer.append", "audio": audio}).to_string())
            }
            _ => SocketFrame::Bytes(bytes),
        }
    }

    /// The person is silent: all that was said is wanted now.
    pub fn pause(&self) -> &'static str {
        match self.wire {
            Wire::Nova => r#"{"type":"Finalize"}"#,
            Wire::Flux => r#"{"type":"ForceEndTurn"}"#,
            Wire::OpenAi => r#"{"type":"input_audio_buffer.commit"}"#,
        }
    }

    /// No more sound will come.
    pub fn farewell(&self) -> Option<&'static str> {
        (self.wire != Wire::OpenAi).then_some(r#"{"type":"CloseStream"}"#)
    }

    /// All words so far.
    pub fn words(&self) -> String {
        joined([self.settled.as_str(), self.open.trim()])
    }

    /// A message.
    pub fn read(&mut self, text: &str) -> RecogniserEvent {
        let Ok(message) = serde_json::from_str::<Value>(text) else {
            return RecogniserEvent::Nothing;
        };
        let before = self.words();
        let heard = match self.wire {
            Wire::Nova => self.nova(&message),
            Wire::Flux => self.flux(&message),
            Wire::OpenAi => self.openai(&message),
        };
        match heard {
            RecogniserEvent::Words if self.words() == before => RecogniserEvent::Nothing,
            heard => heard,
        }
    }

    /// What is open is certain now.
    fn settle(&mut self) {
        if self.settled.len() < WORDS_BYTES_MAX {
            self.settled = self.words();
        }
        self.open.clear();
    }

    fn nova(&mut self, message: &Value) -> RecogniserEvent {
        let is = |name: &str| message.get(name) == Some(&Value::Bool(true));
        match word(message, "type") {
            "Results" => {
                let words = message.pointer("/channel/alternatives/0/transcript");
                words
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .clone_into(&mut self.open);
                if is("is_final") {
                    self.settle();
                }
                if is("from_finalize") {
                    RecogniserEvent::All
                } else {
                    RecogniserEvent::Words
                }
            }
            "Error" => RecogniserEvent::Failed,
            _ => RecogniserEvent::Nothing,
        }
    }

    fn flux(&mut self, message: &Value) -> RecogniserEvent {
        match (word(message, "type"), word(message, "event")) {
            ("TurnInfo", event) => {
                word(message, "transcript").clone_into(&mut self.open);
                match event {
                    "EndOfTurn" => {
                        self.settle();
                        RecogniserEvent::All
                    }
                    _ => RecogniserEvent::Words,
                }
            }
            ("Error" | "FatalError", _) => RecogniserEvent::Failed,
            _ => RecogniserEvent::Nothing,
        }
    }

    fn openai(&mut self, message: &Value) -> RecogniserEvent {
        let kind = word(message, "type");
        let about = kind.strip_prefix("conversation.item.input_audio_transcription.");
        match about {
            Some("delta") => {
                self.open.push_str(word(message, "delta"));
                RecogniserEvent::Words
            }
            Some("completed") => {
                word(message, "transcript").clone_into(&mut self.open);
                self.settle();
                RecogniserEvent::All
            }
            Some("failed") => RecogniserEvent::Failed,
            _ if kind != "error" => RecogniserEvent::Nothing,
            // A pause so soon after another has no sound of its own.
            _ => match message.pointer("/error/code").and_then(Value::as_str) {
                Some("input_audio_buffer_commit_empty") => RecogniserEvent::All,
                _ => RecogniserEvent::Failed,
            },
        }
    }
}

fn word<'a>(message: &'a Value, name: &str) -> &'a str {
    message.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(provider: Provider, model: &str) -> Target {
        Target {
            provider,
            model: model.to_owned(),
        }
    }

    fn heard(provider: Provider, model: &str, messages: &[Value]) -> (Vec<RecogniserEvent>, String) {
        let mut recogniser = Recogniser::new(&target(provider, model));
        let heard = messages
            .iter()
            .map(|message| recogniser.read(&message.to_string()))
            .collect();
        (heard, recogniser.words())
    }

    #[test]
    fn each_provider_is_asked_at_its_own_address_with_its_own_key() {
        let config = Config::from_lookup(&|name| match name {
            "DEEPGRAM_API_KEY" | "OPENAI_API_KEY" => Some("k".to_owned()),
            _ => None,
        })
        .unwrap();
        let nova = socket_ask(&config, &target(Provider::Deepgram, "nova-3"), Some("de"));
        assert_eq!(
            nova.url,
            "https://api.deepgram.com/v1/listen?model=nova-3&encoding=linear16&sample_rate=24000&interim_results=true&smart_format=true&language=de"
        );
        assert_eq!(nova.headers[0], ("authorization", "Token k".to_owned()));
        let flux = socket_ask(
            &config,
            &target(Provider::Deepgram, "flux-general-en"),
            Some("e&n=1"),
        );
        assert!(
            flux.url
                .ends_with("/v2/listen?model=flux-general-en&encoding=linear16&sample_rate=24000")
        );
        let openai = socket_ask(&config, &target(Provider::OpenAi, "gpt-realtime-whisper"), None);
        assert_eq!(
            openai.url,
            "https://api.openai.com/v1/realtime?intent=transcription"
        );
        let bound = socket_ask(&config, &target(Provider::WorkersAi, "@cf/deepgram/flux"), None);
        assert!(matches!(bound.body, AskBody::Binding { .. }));
    }

    #[test]
    fn nova_s_words_change_until_they_are_final() {
        let result = |words: &str, is_final: bool, all: bool| json!({"type": "Results", "is_final": is_final, "from_finalize": all, "channel": {"alternatives": [{"transcript": words}]}});
        let messages = [
            result("what", false, false),
            result("what a", false, false),
            result("what a", false, false),
            result("What a day.", true, false),
            result("it", false, false),
            result("It was.", true, true),
            json!({"type": "Metadata"}),
            json!({"type": "Error"}),
        ];
        use RecogniserEvent::{All, Failed, Nothing, Words};
        let (heard, words) = heard(Provider::Deepgram, "nova-3", &messages);
        assert_eq!(heard, [Words, Words, Nothing, Words, Words, All, Nothing, Failed]);
        assert_eq!(words, "What a day. It was.");
        let chinese = [
            result("今天下雨。", true, false),
            result("我们走吧", false, false),
        ];
        let (_, words) = self::heard(Provider::Deepgram, "nova-3", &chinese);
        assert_eq!(words, "今天下雨。我们走吧");
    }

    #[test]
    fn flux_ends_a_turn_of_its_own_at_each_pause() {
        let info =
            |event: &str, words: &str| json!({"type": "TurnInfo", "event": event, "transcript": words});
        let messages = [
            json!({"type": "Connected"}),
            info("StartOfTurn", "what"),
            info("Update", "what a day"),
            info("EndOfTurn", "what a day"),
            info("Update", "it was"),
        ];
        use RecogniserEvent::{All, Nothing, Words};
        let (heard, words) = heard(Provider::WorkersAi, "@cf/deepgram/flux", &messages);
        assert_eq!(heard, [Nothing, Words, Words, All, Words]);
        assert_eq!(words, "what a day it was");
    }

    #[test]
    fn openai_s_deltas_are_added_and_its_completed_words_count() {
        let about = |kind: &str, name: &str, words: &str| json!({"type": format!("conversation.item.input_audio_transcription.{kind}"), name: words});
        let messages = [
            json!({"type": "session.updated"}),
            about("delta", "delta", "What a"),
            about("delta", "delta", " day"),
            about("completed", "transcript", "What a day."),
            about("completed", "transcript", "It was."),
            json!({"type": "error", "error": {"code": "input_audio_buffer_commit_empty"}}),
            json!({"type": "error", "error": {"code": "invalid_api_key"}}),
        ];
        use RecogniserEvent::{All, Failed, Nothing, Words};
        let (heard, words) = heard(Provider::OpenAi, "m", &messages);
        assert_eq!(heard, [Nothing, Words, Words, All, All, All, Failed]);
        assert_eq!(words, "What a day. It was.");
    }

    #[test]
    fn nothing_that_comes_is_too_odd() {
        for (provider, model) in [
            (Provider::Deepgram, "nova-3"),
            (Provider::Deepgram, "flux"),
            (Provider::OpenAi, "m"),
        ] {
            for text in [
                "",
                "[]",
                "null",
                "{}",
                "{\"type\":7}",
                "{\"type\":\"Results\"}",
                "{\"type\":\"TurnInfo\"}",
                "x",
            ] {
                let _ = Recogniser::new(&target(provider, model)).read(text);
            }
        }
    }
}
