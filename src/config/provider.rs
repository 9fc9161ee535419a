//! Who serves: the providers, what each offers, where it is and how to be let in.

use std::fmt;

use super::chain_kind::ChainKind;
use super::vars::Vars;

/// Who serves a model. The name is what stands before the colon in a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provider {
    /// Groq, or any server that speaks its OpenAI-compatible dialect.
    Groq,
    /// OpenAI, or any OpenAI-compatible server with its own base URL.
    OpenAi,
    /// ElevenLabs (speech).
    ElevenLabs,
    /// Deepgram (speech and transcription).
    Deepgram,
    /// Cartesia (speech and transcription; no Opus).
    Cartesia,
    /// Workers AI through the `AI` binding.
    WorkersAi,
}

/// Whether an address is a provider's own service, not a server that somebody named in `<PROVIDER>_BASE_URL`.
pub fn is_providers_own(url: &str) -> bool {
    let mut own = Provider::ALL.into_iter().map(Provider::default_base_url);
    own.any(|base| !base.is_empty() && url.starts_with(base))
}

impl Provider {
    /// All of them, in the order of the documentation.
    pub const ALL: [Provider; 6] = [
        Provider::Groq,
        Provider::OpenAi,
        Provider::ElevenLabs,
        Provider::Deepgram,
        Provider::Cartesia,
        Provider::WorkersAi,
    ];

    /// The name in chains, headers and logs.
    pub fn name(self) -> &'static str {
        match self {
            Provider::Groq => "groq",
            Provider::OpenAi => "openai",
            Provider::ElevenLabs => "elevenlabs",
            Provider::Deepgram => "deepgram",
            Provider::Cartesia => "cartesia",
            Provider::WorkersAi => "workers-ai",
        }
    }

    /// The prefix of its variables; a binding has none.
    pub(super) fn prefix(self) -> Option<&'static str> {
        match self {
            Provider::Groq => Some("GROQ"),
            Provider::OpenAi => Some("OPENAI"),
            Provider::ElevenLabs => Some("ELEVENLABS"),
            Provider::Deepgram => Some("DEEPGRAM"),
            Provider::Cartesia => Some("CARTESIA"),
            Provider::WorkersAi => None,
        }
    }

    /// The provider's own address; OpenAI-compatible ones end in `/v1`.
    pub(super) fn default_base_url(self) -> &'static str {
        match self {
            Provider::Groq => "https://api.groq.com/openai/v1",
            Provider::OpenAi => "https://api.openai.com/v1",
            Provider::ElevenLabs => "https://api.elevenlabs.io",
            Provider::Deepgram => "https://api.deepgram.com",
            Provider::Cartesia => "https://api.cartesia.ai",
            Provider::WorkersAi => "",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Provider> {
        Provider::ALL.into_iter().find(|provider| provider.name() == name)
    }

    /// Whether this provider offers what a chain is for.
    pub(super) fn serves(self, chain: ChainKind) -> bool {
        match chain {
            ChainKind::Llm | ChainKind::Embed => {
                matches!(self, Provider::Groq | Provider::OpenAi | Provider::WorkersAi)
            }
            ChainKind::Tts | ChainKind::Stt => true,
            ChainKind::Listen => {
                matches!(self, Provider::Deepgram | Provider::OpenAi | Provider::WorkersAi)
            }
            ChainKind::EndOfTurn => self == Provider::WorkersAi,
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a provider is and how to be let in.
#[derive(Clone)]
#[cfg_attr(test, derive(PartialEq))]
pub struct Endpoint {
    /// Without a trailing slash.
    pub base_url: String,
    /// The key, if one is set.
    pub api_key: Option<String>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = if self.api_key.is_some() { "set" } else { "none" };
        f.debug_struct("Endpoint")
            .field("base_url", &self.base_url)
            .field("api_key", &key)
            .finish()
    }
}

impl Endpoint {
    /// A provider's; a binding has an empty address.
    pub(super) fn read(vars: Vars, provider: Provider) -> Endpoint {
        let Some(prefix) = provider.prefix() else {
            return Endpoint {
                base_url: String::new(),
                api_key: None,
            };
        };
        let variable = format!("{prefix}_BASE_URL");
        let default = || provider.default_base_url().to_owned();
        let base_url = vars.get(&variable).unwrap_or_else(default);
        let host = base_url
            .strip_prefix("https://")
            .or_else(|| base_url.strip_prefix("http://"));
        match host {
            None => vars.refuse(&variable, "must begin with http:// or https://".to_owned()),
            Some(host)
                if host.is_empty()
                    || host.starts_with(['/', ':', '?', '#'])
                    || host.contains([' ', '\t', '\n']) =>
            {
                vars.refuse(&variable, "must name a host after http:// or https://".to_owned());
            }
            Some(_) => {}
        }
        let variable = format!("{prefix}_API_KEY");
        let api_key = vars.get(&variable);
        // Copied along with a dash or a line end of its surroundings, it would look as if there were none.
        let cannot_be_sent = |one: char| one.is_control() || one > '\u{ff}';
        if api_key.as_ref().is_some_and(|key| key.contains(cannot_be_sent)) {
            vars.refuse(
                &variable,
                "holds a character that cannot be sent in a header".to_owned(),
            );
        }
        Endpoint {
            base_url: base_url.trim_end_matches('/').to_owned(),
            api_key,
        }
    }
}
