//! Names that a request's `model` may bear beside those of the chains: the operator's own, and OpenAI's, which clients
//! send that cannot be told another.

use super::chain::Chain;
use super::chain_kind::ChainKind;
use super::vars::Vars;

/// The name of the configured chain with its fallbacks.
pub const COMPANION: &str = "companion";

/// The alias that takes every name which nothing else takes.
const EVERY_NAME: &str = "*";

/// The operator's names, and what each stands for: [`COMPANION`] or a `provider:model`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Aliases(Vec<(String, String)>);

impl Aliases {
    /// `MODEL_ALIASES`: `name=companion` or `name=provider:model` of one of these chains, comma-separated.
    pub fn read(vars: Vars, chains: &[&Chain]) -> Aliases {
        let mut aliases = Vec::new();
        for part in vars.list("MODEL_ALIASES") {
            let refuse = |must: &str| vars.refuse("MODEL_ALIASES", format!("must {must}; it has \"{part}\""));
            match part
                .split_once('=')
                .map(|(name, model)| (name.trim(), model.trim()))
            {
                Some((name, model)) if !name.is_empty() && !model.is_empty() => {
                    if model != COMPANION && !chains.iter().any(|chain| chain.has(model)) {
                        refuse("name companion or a provider:model of a chain");
                    }
                    aliases.push((name.to_owned(), model.to_owned()));
                }
                _ => refuse("list name=companion or name=provider:model"),
            }
        }
        Aliases(aliases)
    }

    /// What a request's `model` means to a chain: [`COMPANION`] or one of its `provider:model`s; `None` where the name
    /// means nothing to it. The chain's own names come first, then the operator's, then OpenAI's, then `*`.
    pub fn model(&self, chain: &Chain, name: &str) -> Option<String> {
        let alias = |name: &str| {
            let found = self.0.iter().find(|(alias, _)| alias == name);
            found.map(|(_, model)| model.clone())
        };
        if name.is_empty() || name == COMPANION {
            return Some(COMPANION.to_owned());
        }
        if chain.has(name) {
            return Some(name.to_owned());
        }
        let model = alias(name)
            .or_else(|| is_openais(chain.kind, name).then(|| COMPANION.to_owned()))
            .or_else(|| alias(EVERY_NAME))?;
        (model == COMPANION || chain.has(&model)).then_some(model)
    }

    /// As lists of models show them.
    pub fn shown(&self) -> impl Iterator<Item = &str> {
        let names = self.0.iter().map(|(name, _)| name.as_str());
        names.filter(|name| *name != EVERY_NAME)
    }
}

/// Whether a name is one of OpenAI's realtime models.
pub(super) fn is_openais_realtime(name: &str) -> bool {
    name.starts_with("gpt-") && name.contains("realtime")
}

/// Whether a name is one of OpenAI's for speech or transcription, of today, of a date, or to come: `tts-1-hd`,
/// `gpt-4o-mini-tts-2025-12-15`, `whisper-1`, `gpt-4o-transcribe-diarize`, `gpt-live-transcribe`. Apps have them built in.
fn is_openais(kind: ChainKind, name: &str) -> bool {
    let is_gpt = |word: &str| name.starts_with("gpt-") && name.contains(word);
    match kind {
        ChainKind::Tts => name.starts_with("tts-1") || is_gpt("-tts"),
        ChainKind::Stt => name == "whisper-1" || is_gpt("-transcribe"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn config(aliases: &str) -> Config {
        Config::from_lookup(&|name| match name {
            "MODEL_ALIASES" => Some(aliases.to_owned()),
            "LLM" => Some("groq:a,openai:b".to_owned()),
            "TTS" => Some("openai:voice".to_owned()),
            "STT" => Some("groq:ears".to_owned()),
            _ => None,
        })
        .unwrap()
    }

    #[test]
    fn a_name_is_the_chains_own_then_the_operators_then_openais_then_anybodys() {
        use ChainKind::{Llm, Stt, Tts};
        let some = "gpt-4o-mini=companion, fast = openai:b,tts-1=openai:voice";
        for (aliases, kind, name, model) in [
            ("", Llm, "", Some("companion")),
            ("", Llm, "groq:a", Some("groq:a")),
            ("", Llm, "gpt-4o-mini", None),
            ("", Llm, "tts-1", None),
            ("", Tts, "tts-1", Some("companion")),
            ("", Tts, "gpt-4o-mini-tts-2025-12-15", Some("companion")),
            ("", Tts, "whisper-1", None),
            ("", Stt, "whisper-1", Some("companion")),
            ("", Stt, "gpt-4o-transcribe-diarize", Some("companion")),
            ("", Stt, "whisper-large", None),
            (some, Llm, "gpt-4o-mini", Some("companion")),
            (some, Llm, "fast", Some("openai:b")),
            (some, Tts, "fast", None),
            (some, Tts, "tts-1", Some("openai:voice")),
            (some, Tts, "tts-1-hd", Some("companion")),
            (some, Llm, "gpt-4o", None),
            ("*=companion", Llm, "anything", Some("companion")),
            ("*=groq:a", Llm, "anything", Some("groq:a")),
            ("*=groq:a", Llm, "openai:b", Some("openai:b")),
            ("*=groq:a", Stt, "whisper-1", Some("companion")),
        ] {
            assert_eq!(
                config(aliases).model(kind, name).as_deref(),
                model,
                "{aliases} {name}"
            );
        }
    }

    #[test]
    fn openais_realtime_models_stand_for_the_chain_at_their_own_door_alone() {
        let config = config("fast=openai:b");
        for (name, model) in [
            ("gpt-realtime", Some("companion")),
            ("gpt-realtime-2-2026-05-01", Some("companion")),
            ("gpt-4o-mini-realtime-preview", Some("companion")),
            ("fast", Some("openai:b")),
            ("groq:a", Some("groq:a")),
            ("", Some("companion")),
            ("gpt-4o", None),
            ("realtime", None),
        ] {
            assert_eq!(config.realtime_model(name).as_deref(), model, "{name}");
        }
        assert_eq!(config.model(ChainKind::Llm, "gpt-realtime"), None);
    }

    #[test]
    fn err_an_alias_that_stands_for_nothing() {
        for aliases in ["x", "x=", "=companion", "x=groq:none", "x=gpt-4o"] {
            let lookup = |name: &str| (name == "MODEL_ALIASES").then(|| aliases.to_owned());
            let error = Config::from_lookup(&lookup).unwrap_err().to_string();
            assert!(error.starts_with("MODEL_ALIASES must"), "{error}");
        }
    }
}
