//! The voices of a speech provider: how they are asked for, and what the answers say. Pure.
//!
//! Sources: ElevenLabs "List voices", Cartesia "List voices" (2026-08-14), Deepgram "Get models"; OpenAI-compatible
//! servers give `/audio/voices` where they give anything. Leaves out Groq, which has no list: its voices hang on the model.

use serde_json::Value;

use super::synthesis::{self, CARTESIA_VERSION, OPENAI_VOICES};
use crate::config::{Config, Provider, Target};
use crate::upstream::provider::{AskBody, ProviderRequest, base_url, key_headers};

/// Most voices of a list.
pub const VOICES_MAX: usize = 1_000;

/// A voice that a request can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice {
    /// What `voice` takes.
    pub id: String,
    /// What people call it.
    pub name: String,
}

impl Voice {
    fn of(id: &str, name: &str) -> Voice {
        Voice {
            id: id.to_owned(),
            name: name.to_owned(),
        }
    }
}

/// The request for a provider's voices; `None` where it has no list.
pub fn voices_ask(config: &Config, provider: Provider) -> Option<ProviderRequest> {
    let path = match provider {
        Provider::ElevenLabs => "/v1/voices",
        Provider::Cartesia => "/voices?limit=100",
        Provider::Deepgram => "/v1/models",
        // OpenAI itself has no list.
        Provider::OpenAi if !config.is_at_home(provider) => "/audio/voices",
        Provider::OpenAi | Provider::Groq | Provider::WorkersAi => return None,
    };
    let mut headers = key_headers(config, provider);
    if provider == Provider::Cartesia {
        headers.push(("cartesia-version", CARTESIA_VERSION.to_owned()));
    }
    Some(ProviderRequest {
        url: format!("{}{path}", base_url(config, provider)),
        headers,
        body: AskBody::Get,
    })
}

/// The voices in a provider's answer; `None` for an answer without a list.
pub fn read(answer: &Value) -> Option<Vec<Voice>> {
    let lists = ["voices", "tts", "data"];
    let named = || lists.iter().find_map(|name| answer.get(*name)?.as_array());
    let list = answer.as_array().or_else(named)?;
    let word = |item: &Value, names: &[&str]| {
        let found = names.iter().find_map(|name| item.get(*name)?.as_str());
        found.or_else(|| item.as_str()).map(str::to_owned)
    };
    let mut voices = Vec::new();
    for item in list.iter().take(VOICES_MAX) {
        if let Some(id) = word(item, &["voice_id", "canonical_name", "id", "name"]) {
            let name = word(item, &["name"]).unwrap_or_else(|| id.clone());
            voices.push(Voice { id, name });
        }
    }
    Some(voices)
}

/// Names of Workers AI's `aura-2-en`.
const AURA_2_EN: &str = "amalthea andromeda apollo arcas aries asteria athena atlas aurora callista cora cordelia delia \
    draco electra harmonia helena hera hermes hyperion iris janus juno jupiter luna mars minerva \
    neptune odysseus ophelia orion orpheus pandora phoebe pluto saturn thalia theia vesta zeus";

/// The voices that a target is known to have without being asked; the configured one where nothing else is known.
pub fn known(config: &Config, target: &Target) -> Vec<Voice> {
    let names: Vec<&str> = match target.provider {
        Provider::OpenAi => OPENAI_VOICES.to_vec(),
        Provider::WorkersAi if target.model.ends_with("aura-2-en") => AURA_2_EN.split(' ').collect(),
        provider => synthesis::voice(config, provider, None).into_iter().collect(),
    };
    names.into_iter().map(|name| Voice::of(name, name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_providers_list_is_read() {
        for (answer, id, name) in [
            (
                json!({"voices": [{"voice_id": "JBF", "name": "George"}]}),
                "JBF",
                "George",
            ),
            (
                json!({"tts": [{"name": "thalia", "canonical_name": "aura-2-thalia-en"}]}),
                "aura-2-thalia-en",
                "thalia",
            ),
            (
                json!({"data": [{"id": "uuid", "name": "Katie"}], "has_more": false}),
                "uuid",
                "Katie",
            ),
            (
                json!({"voices": [{"id": "af_bella", "name": "Bella"}]}),
                "af_bella",
                "Bella",
            ),
            (
                json!([{"model_id": "m", "voice_id": "af_sky"}]),
                "af_sky",
                "af_sky",
            ),
            (json!(["Ana Florence"]), "Ana Florence", "Ana Florence"),
            (json!({"voices": ["af_bella"]}), "af_bella", "af_bella"),
        ] {
            assert_eq!(read(&answer), Some(vec![Voice::of(id, name)]), "{answer}");
        }
        assert_eq!(read(&json!({"voices": [7, {}]})), Some(Vec::new()));
        assert_eq!(read(&json!({"error": "no"})), None);
    }

    #[test]
    fn a_provider_without_a_list_has_the_voices_that_are_known() {
        let config = |base: Option<&'static str>| {
            let base = move |name: &str| base.filter(|_| name == "OPENAI_BASE_URL").map(str::to_owned);
            Config::from_lookup(&base).unwrap()
        };
        let (home, own) = (config(None), config(Some("http://127.0.0.1:9/v1")));
        assert_eq!(voices_ask(&home, Provider::OpenAi), None);
        let ask = voices_ask(&own, Provider::OpenAi).unwrap();
        assert_eq!(
            (ask.url.as_str(), ask.body),
            ("http://127.0.0.1:9/v1/audio/voices", AskBody::Get)
        );
        let known = |provider, model: &str| {
            let target = Target {
                provider,
                model: model.to_owned(),
            };
            known(&home, &target).len()
        };
        assert_eq!(known(Provider::OpenAi, "tts-1"), OPENAI_VOICES.len());
        assert_eq!(known(Provider::WorkersAi, "@cf/deepgram/aura-2-en"), 40);
        assert_eq!(known(Provider::WorkersAi, "@cf/myshell-ai/melotts"), 0);
    }
}
