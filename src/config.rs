//! The configuration: one typed, validated value from vars and secrets, read once per isolate.
//!
//! Every refusal is one sentence that names the variable, the value (never a secret's) and what is accepted.
//! Pure: the platform's environment comes in as a function from a name to its value.

pub mod memory;
mod phrases;

use std::fmt;
use std::rc::Rc;

use self::memory::MemoryConfig;
use crate::upstream::breaker;

pub use phrases::PhraseRules;

/// A variable that cannot be used, as one sentence that names it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {problem}")]
pub struct ConfigError {
    /// The variable's name, such as `LLM_IDLE_MS`.
    pub variable: String,
    /// The rest of the sentence.
    pub problem: String,
}

impl ConfigError {
    /// A refusal of `variable`; `problem` continues the sentence that the name begins.
    pub fn new(variable: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            variable: variable.into(),
            problem: problem.into(),
        }
    }
}

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
    /// Qdrant's HTTP API (index of memories).
    Qdrant,
    /// Vectorize through the `VECTORIZE` binding (index of memories).
    Vectorize,
}

impl Provider {
    /// All of them, in the order of the documentation.
    pub const ALL: [Provider; 8] = [
        Provider::Groq,
        Provider::OpenAi,
        Provider::ElevenLabs,
        Provider::Deepgram,
        Provider::Cartesia,
        Provider::WorkersAi,
        Provider::Qdrant,
        Provider::Vectorize,
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
            Provider::Qdrant => "qdrant",
            Provider::Vectorize => "vectorize",
        }
    }

    /// The prefix of its variables; a binding has none.
    fn prefix(self) -> Option<&'static str> {
        match self {
            Provider::Groq => Some("GROQ"),
            Provider::OpenAi => Some("OPENAI"),
            Provider::ElevenLabs => Some("ELEVENLABS"),
            Provider::Deepgram => Some("DEEPGRAM"),
            Provider::Cartesia => Some("CARTESIA"),
            Provider::Qdrant => Some("QDRANT"),
            Provider::WorkersAi | Provider::Vectorize => None,
        }
    }

    /// The provider's own address; OpenAI-compatible ones end in `/v1`.
    fn default_base_url(self) -> &'static str {
        match self {
            Provider::Groq => "https://api.groq.com/openai/v1",
            Provider::OpenAi => "https://api.openai.com/v1",
            Provider::ElevenLabs => "https://api.elevenlabs.io",
            Provider::Deepgram => "https://api.deepgram.com",
            Provider::Cartesia => "https://api.cartesia.ai",
            Provider::Qdrant => "http://localhost:6333",
            Provider::WorkersAi | Provider::Vectorize => "",
        }
    }

    fn parse(name: &str) -> Option<Provider> {
        Provider::ALL.into_iter().find(|provider| provider.name() == name)
    }

    /// Whether this provider offers what a chain is for.
    fn serves(self, chain: ChainKind) -> bool {
        match chain {
            ChainKind::Llm | ChainKind::Embed => {
                matches!(self, Provider::Groq | Provider::OpenAi | Provider::WorkersAi)
            }
            ChainKind::Tts | ChainKind::Stt => !matches!(self, Provider::Qdrant | Provider::Vectorize),
            ChainKind::Index => matches!(self, Provider::Qdrant | Provider::Vectorize),
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a chain of providers is for. The name is the prefix of its variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChainKind {
    /// Chat completions.
    Llm,
    /// Speech synthesis.
    Tts,
    /// Transcription.
    Stt,
    /// Embeddings.
    Embed,
    /// The index of memories of people who have many: one target, because two would not hold the same.
    Index,
}

impl ChainKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [ChainKind; 5] = [
        ChainKind::Llm,
        ChainKind::Tts,
        ChainKind::Stt,
        ChainKind::Embed,
        ChainKind::Index,
    ];

    /// The prefix of the chain's variables, and its own variable.
    pub fn variable(self) -> &'static str {
        match self {
            ChainKind::Llm => "LLM",
            ChainKind::Tts => "TTS",
            ChainKind::Stt => "STT",
            ChainKind::Embed => "EMBED",
            ChainKind::Index => "INDEX",
        }
    }

    /// The operation's name in breaker keys and metrics.
    pub fn operation(self) -> &'static str {
        self.breaker_operation().name()
    }

    /// The operation as breakers know it.
    pub const fn breaker_operation(self) -> breaker::Operation {
        match self {
            ChainKind::Llm => breaker::Operation::Chat,
            ChainKind::Tts => breaker::Operation::Speech,
            ChainKind::Stt => breaker::Operation::Transcription,
            ChainKind::Embed => breaker::Operation::Embeddings,
            ChainKind::Index => breaker::Operation::Search,
        }
    }
}

/// One model at one provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Who serves it.
    pub provider: Provider,
    /// The provider's name of the model; may contain `:` and `/`.
    pub model: String,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.provider, self.model)
    }
}

/// The deadline clocks of one chain, in milliseconds from the moment an attempt is sent (idle: from the last byte).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// Until response headers.
    pub headers_ms: u32,
    /// Until the first useful byte: a content token, audio.
    pub first_ms: u32,
    /// Between two chunks.
    pub idle_ms: u32,
    /// For everything.
    pub total_ms: u32,
    /// Headers and first byte of an answer that is sent whole. A provider sends nothing of such an answer until
    /// all of it is made, so it is bounded by what the operator set for streams, else by half a minute.
    pub whole_ms: u32,
}

/// An ordered list of targets with its clocks; the first is preferred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// What it is for.
    pub kind: ChainKind,
    /// In order of preference; empty only for `EMBED=off` and `INDEX=off`.
    pub targets: Vec<Target>,
    /// Its clocks.
    pub clocks: Clocks,
}

/// How one chain copes with providers that fail.
#[derive(Clone, Debug, PartialEq)]
pub struct Resilience {
    /// Its breakers.
    pub breaker: Rc<breaker::Config>,
    /// Further tries at a provider that nobody else can stand in for (`<CHAIN>_RETRIES`).
    pub retries: u32,
    /// Whether a late first byte sends a second request to the next provider (`<CHAIN>_HEDGE`).
    pub is_hedged: bool,
}

/// Where a provider is and how to be let in.
#[derive(Clone, PartialEq, Eq)]
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

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// A key or a session token is needed.
    Required,
    /// Everyone is let in; for a laptop.
    Local,
}

/// Everything that can be configured.
#[derive(Clone)]
pub struct Config {
    /// Chat completions.
    pub llm: Chain,
    /// Speech synthesis.
    pub tts: Chain,
    /// Transcription.
    pub stt: Chain,
    /// Embeddings; no targets when `EMBED=off`.
    pub embed: Chain,
    /// The index of memories; no targets when `INDEX=off`.
    pub index: Chain,
    resilience: [Resilience; 5],
    endpoints: Vec<(Provider, Endpoint)>,
    /// The voice used when a request names none.
    pub voice: String,
    /// Speech bit rate asked of providers that take one, bits per second.
    pub opus_bitrate: u32,
    /// Who may come in.
    pub auth: Auth,
    /// Keys of trusted servers; secrets.
    pub api_keys: Vec<String>,
    /// Signs session tokens; a secret.
    pub session_secret: Option<String>,
    /// Exact origins that browsers may call from.
    pub allowed_origins: Vec<String>,
    /// A whole turn, milliseconds.
    pub turn_total_ms: u32,
    /// The phrase cache and its warming.
    pub phrases: PhraseRules,
    /// Says that no recogniser stands behind the transcription chain, so that the page hides its microphone.
    pub transcription: bool,
    /// Memory and conversations.
    pub memory: MemoryConfig,
}

/// Shows no secrets: keys and the session secret stay out of every log.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("llm", &self.llm)
            .field("tts", &self.tts)
            .finish_non_exhaustive()
    }
}

const DEFAULT_VOICE: &str = "JBFqnCBsd6RMkjVDRZzb";

/// `TTS_FIRST_MS` and its like, with the defaults of the contract.
fn default_clocks(kind: ChainKind) -> Clocks {
    let (headers_ms, first_ms, idle_ms, total_ms) = match kind {
        ChainKind::Llm => (5_000, 8_000, 10_000, 120_000),
        ChainKind::Tts => (4_000, 5_000, 5_000, 60_000),
        ChainKind::Stt => (10_000, 15_000, 10_000, 30_000),
        ChainKind::Embed => (2_000, 2_000, 2_000, 3_000),
        ChainKind::Index => (500, 500, 1_000, 5_000),
    };
    Clocks {
        headers_ms,
        first_ms,
        idle_ms,
        total_ms,
        whole_ms: 0,
    }
}

/// Half a minute: longer than any answer people wait for whole, short enough that a dead provider is left.
const WHOLE_MS_DEFAULT: u32 = 30_000;

impl Config {
    /// Reads and checks everything; `lookup` gives a variable's or secret's value. An empty value counts as unset.
    ///
    /// # Errors
    /// The first variable that cannot be used.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
        let vars = Vars { lookup };
        let llm = vars.chain(ChainKind::Llm, "groq:llama-3.3-70b-versatile")?;
        let tts = vars.chain(ChainKind::Tts, "elevenlabs:eleven_flash_v2_5")?;
        let stt = vars.chain(ChainKind::Stt, "groq:whisper-large-v3-turbo")?;
        let embed = vars.chain(ChainKind::Embed, "workers-ai:@cf/baai/bge-small-en-v1.5")?;
        let index = vars.chain(ChainKind::Index, "off")?;
        let config = Config {
            resilience: [
                vars.resilience(&llm)?,
                vars.resilience(&tts)?,
                vars.resilience(&stt)?,
                vars.resilience(&embed)?,
                vars.resilience(&index)?,
            ],
            llm,
            tts,
            stt,
            embed,
            index,
            endpoints: vars.endpoints()?,
            voice: vars.get("VOICE").unwrap_or_else(|| DEFAULT_VOICE.to_owned()),
            opus_bitrate: vars.integer("OPUS_BITRATE", 32_000, 6_000, 192_000)?,
            auth: vars.one_of("AUTH", &[("required", Auth::Required), ("local", Auth::Local)])?,
            api_keys: vars.list("API_KEYS"),
            session_secret: vars.get("SESSION_SECRET"),
            allowed_origins: vars.origins()?,
            turn_total_ms: vars.integer("TURN_TOTAL_MS", 120_000, 100, 3_600_000)?,
            phrases: PhraseRules::read(&vars)?,
            transcription: vars.one_of("TRANSCRIPTION", &[("on", true), ("off", false)])?,
            memory: MemoryConfig::read(&vars)?,
        };
        Ok(config)
    }

    /// A chain by what it is for.
    pub fn chain(&self, kind: ChainKind) -> &Chain {
        match kind {
            ChainKind::Llm => &self.llm,
            ChainKind::Tts => &self.tts,
            ChainKind::Stt => &self.stt,
            ChainKind::Embed => &self.embed,
            ChainKind::Index => &self.index,
        }
    }

    /// How a chain copes with providers that fail.
    pub fn resilience(&self, kind: ChainKind) -> &Resilience {
        let [llm, tts, stt, embed, index] = &self.resilience;
        match kind {
            ChainKind::Llm => llm,
            ChainKind::Tts => tts,
            ChainKind::Stt => stt,
            ChainKind::Embed => embed,
            ChainKind::Index => index,
        }
    }

    /// The address and key of a provider; a binding has an empty address.
    pub fn endpoint(&self, provider: Provider) -> Option<&Endpoint> {
        self.endpoints
            .iter()
            .find(|(name, _)| *name == provider)
            .map(|(_, endpoint)| endpoint)
    }

    /// Whether asking this provider can lead anywhere: its own service wants a key; a server of one's own may not.
    pub fn can_ask(&self, provider: Provider) -> bool {
        self.endpoint(provider).is_none_or(|endpoint| {
            endpoint.api_key.is_some() || endpoint.base_url != provider.default_base_url()
        }) || provider.prefix().is_none()
    }

    /// What `AUTH=required` still lacks, as one sentence; `None` when it can work.
    pub fn identity_gap(&self) -> Option<&'static str> {
        match self.auth {
            Auth::Local => None,
            Auth::Required if self.api_keys.is_empty() => Some(
                "no API key is set: add the secret API_KEYS (comma-separated), or set AUTH=local on a laptop",
            ),
            Auth::Required => None,
        }
    }
}

/// Reads single variables.
struct Vars<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
}

impl Vars<'_> {
    fn get(&self, name: &str) -> Option<String> {
        (self.lookup)(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    fn list(&self, name: &str) -> Vec<String> {
        let value = self.get(name).unwrap_or_default();
        value
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn integer(&self, name: &str, default: u32, min: u32, max: u32) -> Result<u32, ConfigError> {
        let Some(value) = self.get(name) else {
            return Ok(default);
        };
        value
            .parse()
            .ok()
            .filter(|number| (min..=max).contains(number))
            .ok_or_else(|| {
                ConfigError::new(
                    name,
                    format!("must be a whole number from {min} to {max}; it is \"{value}\""),
                )
            })
    }

    fn number(&self, name: &str, default: f64, min: f64, max: f64) -> Result<f64, ConfigError> {
        let Some(value) = self.get(name) else {
            return Ok(default);
        };
        let read: Option<f64> = value.parse().ok();
        read.filter(|number| (min..=max).contains(number)).ok_or_else(|| {
            ConfigError::new(
                name,
                format!("must be a number from {min} to {max}; it is \"{value}\""),
            )
        })
    }

    /// A word out of a list; the first is the default.
    fn one_of<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<T, ConfigError> {
        let value = self.get(name);
        let names = || {
            words
                .iter()
                .map(|(word, _)| *word)
                .collect::<Vec<_>>()
                .join(" or ")
        };
        let wanted = value
            .as_deref()
            .or(words.first().map(|(word, _)| *word))
            .unwrap_or_default();
        words
            .iter()
            .find(|(word, _)| *word == wanted)
            .map(|(_, value)| *value)
            .ok_or_else(|| ConfigError::new(name, format!("must be {}; it is \"{wanted}\"", names())))
    }

    fn chain(&self, kind: ChainKind, default: &str) -> Result<Chain, ConfigError> {
        let variable = kind.variable();
        let value = self.get(variable).unwrap_or_else(|| default.to_owned());
        let off = matches!(kind, ChainKind::Embed | ChainKind::Index) && value == "off";
        let parts = value
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty() && !off);
        let targets = parts
            .map(|part| target(kind, part))
            .collect::<Result<Vec<_>, _>>()?;
        if targets.is_empty() && !off {
            return Err(ConfigError::new(
                variable,
                "must name at least one provider:model",
            ));
        }
        if kind == ChainKind::Index && targets.len() > 1 {
            return Err(ConfigError::new(
                variable,
                "must name one provider:name, or off: two would not hold the same",
            ));
        }
        Ok(Chain {
            kind,
            targets,
            clocks: self.clocks(kind)?,
        })
    }

    fn resilience(&self, chain: &Chain) -> Result<Resilience, ConfigError> {
        let prefix = chain.kind.variable();
        let refused = |error: breaker::ConfigError| {
            let sentence = error.to_string();
            let problem = sentence.strip_prefix(error.name()).unwrap_or(&sentence);
            ConfigError::new(error.name(), problem.trim_start())
        };
        let mut breaker = breaker::Config::from_vars(chain.kind.breaker_operation(), |name| self.get(name))
            .map_err(refused)?;
        let own_lease = format!("{prefix}_BREAKER_LEASE_MS");
        if self.get(&own_lease).or(self.get("BREAKER_LEASE_MS")).is_none() {
            // A probe that is still answering must not be cut off by its own lease; who sets one wants it as it is.
            let total_ms = u64::from(chain.clocks.total_ms).min(breaker::config::LEASE_MS_MAX);
            breaker.lease_ms = breaker.lease_ms.max(total_ms);
        }
        let hedge = format!("{prefix}_HEDGE");
        // A second answer to a chat request would be paid for and thrown away; recordings are large.
        let is_hedged = match chain.kind {
            ChainKind::Tts | ChainKind::Embed => self.one_of(&hedge, &[("off", false), ("on", true)])?,
            ChainKind::Llm | ChainKind::Stt | ChainKind::Index => false,
        };
        Ok(Resilience {
            breaker: Rc::new(breaker),
            retries: self.integer(&format!("{prefix}_RETRIES"), 1, 0, 3)?,
            is_hedged,
        })
    }

    fn clocks(&self, kind: ChainKind) -> Result<Clocks, ConfigError> {
        let default = default_clocks(kind);
        let clock =
            |name: &str, default| self.integer(&format!("{}_{name}", kind.variable()), default, 1, 3_600_000);
        let set = |name: &str| self.get(&format!("{}_{name}", kind.variable())).is_some();
        let headers_ms = clock("HEADERS_MS", default.headers_ms)?;
        let first_ms = clock("FIRST_MS", default.first_ms)?;
        let total_ms = clock("TOTAL_MS", default.total_ms)?;
        let whole_ms = match (set("HEADERS_MS"), set("FIRST_MS")) {
            (false, false) => WHOLE_MS_DEFAULT,
            (true, false) => headers_ms,
            (false, true) => first_ms,
            (true, true) => headers_ms.min(first_ms),
        };
        Ok(Clocks {
            headers_ms: headers_ms.min(total_ms),
            first_ms: first_ms.min(total_ms),
            idle_ms: clock("IDLE_MS", default.idle_ms)?,
            total_ms,
            whole_ms: whole_ms.min(total_ms),
        })
    }

    fn endpoints(&self) -> Result<Vec<(Provider, Endpoint)>, ConfigError> {
        let mut endpoints = Vec::with_capacity(Provider::ALL.len());
        for provider in Provider::ALL {
            let Some(prefix) = provider.prefix() else {
                endpoints.push((
                    provider,
                    Endpoint {
                        base_url: String::new(),
                        api_key: None,
                    },
                ));
                continue;
            };
            let variable = format!("{prefix}_BASE_URL");
            let base_url = self
                .get(&variable)
                .unwrap_or_else(|| provider.default_base_url().to_owned());
            if !base_url.starts_with("http://") && !base_url.starts_with("https://") {
                return Err(ConfigError::new(variable, "must begin with http:// or https://"));
            }
            let api_key = self.get(&format!("{prefix}_API_KEY"));
            endpoints.push((
                provider,
                Endpoint {
                    base_url: base_url.trim_end_matches('/').to_owned(),
                    api_key,
                },
            ));
        }
        Ok(endpoints)
    }

    fn origins(&self) -> Result<Vec<String>, ConfigError> {
        let origins = self.list("ALLOWED_ORIGINS");
        for origin in &origins {
            let rest = origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"));
            if !rest.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', ' '])) {
                let problem =
                    format!("must list exact origins such as https://example.org; it has \"{origin}\"");
                return Err(ConfigError::new("ALLOWED_ORIGINS", problem));
            }
        }
        Ok(origins)
    }
}

fn target(kind: ChainKind, part: &str) -> Result<Target, ConfigError> {
    let refuse = |problem: String| ConfigError::new(kind.variable(), problem);
    let (name, model) = part
        .split_once(':')
        .filter(|(_, model)| !model.is_empty())
        .ok_or_else(|| refuse(format!("must be a list of provider:model; it has \"{part}\"")))?;
    let provider = Provider::parse(name).ok_or_else(|| {
        let names = Provider::ALL.map(Provider::name).join(", ");
        refuse(format!(
            "names the unknown provider \"{name}\"; known are {names}"
        ))
    })?;
    if !provider.serves(kind) {
        return Err(refuse(format!(
            "names {name}, which does not offer {}",
            kind.operation()
        )));
    }
    Ok(Target {
        provider,
        model: model.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_lookup(&|name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_set_gives_the_contracts_defaults() {
        let config = read(&[]).unwrap();
        assert_eq!(config.llm.targets[0].to_string(), "groq:llama-3.3-70b-versatile");
        assert_eq!(config.tts.targets[0].to_string(), "elevenlabs:eleven_flash_v2_5");
        assert_eq!(config.embed.targets[0].model, "@cf/baai/bge-small-en-v1.5");
        assert_eq!(config.llm.clocks.idle_ms, 10_000);
        assert_eq!(config.llm.clocks.whole_ms, 30_000);
        assert_eq!(config.stt.clocks.first_ms, 15_000);
        assert_eq!(config.auth, Auth::Required);
        assert!(config.identity_gap().unwrap().contains("API_KEYS"));
    }

    #[test]
    fn a_hosted_provider_needs_a_key_and_a_server_of_ones_own_does_not() {
        assert!(!read(&[]).unwrap().can_ask(Provider::Groq));
        assert!(read(&[]).unwrap().can_ask(Provider::WorkersAi));
        assert!(read(&[("GROQ_API_KEY", "k")]).unwrap().can_ask(Provider::Groq));
        let own = read(&[("OPENAI_BASE_URL", "http://127.0.0.1:11434/v1")]).unwrap();
        assert!(own.can_ask(Provider::OpenAi));
    }

    #[test]
    fn a_chain_keeps_its_order_and_models_may_contain_colons() {
        let config = read(&[("LLM", "openai:qwen2.5:7b, groq:x ,workers-ai:@cf/meta/llama")]).unwrap();
        let names: Vec<_> = config.llm.targets.iter().map(ToString::to_string).collect();
        assert_eq!(
            names,
            ["openai:qwen2.5:7b", "groq:x", "workers-ai:@cf/meta/llama"]
        );
    }

    #[test]
    fn a_wrong_value_is_one_sentence_that_names_the_variable() {
        for (name, value, expected) in [
            ("LLM", "acme:x", "LLM names the unknown provider \"acme\""),
            (
                "LLM",
                "elevenlabs:x",
                "LLM names elevenlabs, which does not offer chat",
            ),
            ("TTS", "openai", "TTS must be a list of provider:model"),
            ("STT", " , ", "STT must name at least one"),
            (
                "LLM_IDLE_MS",
                "0",
                "LLM_IDLE_MS must be a whole number from 1 to 3600000; it is \"0\"",
            ),
            ("TTS_FIRST_MS", "soon", "TTS_FIRST_MS must be a whole number"),
            ("AUTH", "open", "AUTH must be required or local; it is \"open\""),
            (
                "GROQ_BASE_URL",
                "ftp://x",
                "GROQ_BASE_URL must begin with http:// or https://",
            ),
            ("ALLOWED_ORIGINS", "*", "ALLOWED_ORIGINS must list exact origins"),
        ] {
            let error = read(&[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(expected), "{name}={value}: {error}");
        }
    }

    #[test]
    fn breakers_are_read_for_each_chain_and_refused_by_name() {
        let config = read(&[("BREAKER_OPEN_MS", "700"), ("TTS_BREAKER_OPEN_MS", "900")]).unwrap();
        assert_eq!(config.resilience(ChainKind::Llm).breaker.open_ms, 700);
        assert_eq!(config.resilience(ChainKind::Tts).breaker.open_ms, 900);
        for (name, value) in [
            ("BREAKER_OPEN_MS", "0"),
            ("STT_BREAKER_STRATEGY", "guess"),
            ("LLM_BREAKER_THRESHOLD", "2"),
            ("EMBED_HEDGE", "yes"),
            ("LLM_RETRIES", "4"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(error.to_string().contains(name), "{name}={value}: {error}");
            assert!(error.to_string().contains(value), "{name}={value}: {error}");
        }
    }

    #[test]
    fn a_lease_outlives_its_call_unless_it_was_set() {
        let lease_ms = |pairs: &[(&'static str, &'static str)]| {
            read(pairs).unwrap().resilience(ChainKind::Llm).breaker.lease_ms
        };
        assert_eq!(lease_ms(&[]), 120_000);
        assert_eq!(lease_ms(&[("LLM_TOTAL_MS", "9000")]), 30_000);
        assert_eq!(lease_ms(&[("BREAKER_LEASE_MS", "2000")]), 2_000);
    }

    #[test]
    fn an_index_is_one_place_of_its_own_kind() {
        assert!(read(&[]).unwrap().index.targets.is_empty());
        let config = read(&[("INDEX", "qdrant:memories"), ("QDRANT_API_KEY", "k")]).unwrap();
        assert_eq!(config.index.targets[0].to_string(), "qdrant:memories");
        assert!(config.can_ask(Provider::Qdrant) && config.can_ask(Provider::Vectorize));
        for wrong in ["qdrant:a, vectorize:b", "openai:x", "qdrant", " , "] {
            assert!(
                read(&[("INDEX", wrong)])
                    .unwrap_err()
                    .to_string()
                    .starts_with("INDEX")
            );
        }
        assert!(read(&[("TTS", "qdrant:x")]).is_err() && read(&[("LLM", "vectorize:x")]).is_err());
    }

    #[test]
    fn embeddings_can_be_off_and_other_chains_cannot() {
        assert!(read(&[("EMBED", "off")]).unwrap().embed.targets.is_empty());
        assert!(read(&[("LLM", "off")]).is_err());
    }

    #[test]
    fn a_clock_set_for_streams_also_bounds_whole_answers() {
        let config = read(&[("LLM_HEADERS_MS", "700"), ("LLM_FIRST_MS", "900")]).unwrap();
        assert_eq!(config.llm.clocks.whole_ms, 700);
        let config = read(&[("LLM_TOTAL_MS", "400")]).unwrap();
        assert_eq!(
            (config.llm.clocks.whole_ms, config.llm.clocks.headers_ms),
            (400, 400)
        );
    }

    #[test]
    fn debug_output_never_shows_a_key() {
        let config = read(&[("GROQ_API_KEY", "gsk_secret")]).unwrap();
        assert!(!format!("{:?}", config.endpoint(Provider::Groq)).contains("gsk_secret"));
    }
}
