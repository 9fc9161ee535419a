//! The configuration: one typed, validated value from vars and secrets, read once per isolate.
//!
//! Every refusal is one sentence that names the variable, the value (never a secret's) and what is accepted. Pure: the
//! platform's environment comes in as a function from a name to its value. Invariant: what is known is what the readers
//! ask for; there is no second list of variables, and the tests hold the documentation to this one.

mod api_keys;
pub mod breaker;
mod budget;
mod chain;
mod chain_kind;
pub mod defaults;
pub mod memory;
mod names;
pub mod persona;
mod personas;
mod phrases;
mod prices;
mod provider;
mod turnstile;
mod vars;

use std::cell::RefCell;
use std::fmt;

use self::memory::MemoryConfig;
use self::names::Aliases;
use self::vars::Vars;

pub use api_keys::ApiKey;
pub use budget::{Amounts, Limits};
pub use chain::{Chain, Clocks, MODEL_BYTES_MAX, Resilience, Target};
pub use chain_kind::ChainKind;
pub use names::COMPANION;
pub use persona::Persona;
pub use personas::Personas;
pub use phrases::PhraseRules;
pub use prices::Prices;
pub use provider::{Endpoint, Provider, is_providers_own};
pub use turnstile::Turnstile;
pub use vars::ConfigError;

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
#[cfg_attr(test, derive(PartialEq))]
pub struct Config {
    /// Chat completions.
    pub llm: Chain,
    /// Speech synthesis.
    pub tts: Chain,
    /// Transcription.
    pub stt: Chain,
    /// Embeddings; no targets when `EMBED=off`.
    pub embed: Chain,
    /// Words while somebody speaks; no targets when `LISTEN=off`.
    pub listen: Chain,
    /// Whether a turn is over, by its sound; no targets when `END_OF_TURN=off`.
    pub end_of_turn: Chain,
    resilience: [Resilience; ChainKind::ALL.len()],
    /// Other names of models.
    aliases: Aliases,
    endpoints: Vec<(Provider, Endpoint)>,
    /// The voice used when a request names none.
    pub voice: String,
    /// Speech bit rate asked of providers that take one, bits per second.
    pub opus_bitrate: u32,
    /// Who may come in.
    pub auth: Auth,
    /// Keys of trusted servers; secrets.
    pub api_keys: Vec<ApiKey>,
    /// Signs session tokens; a secret.
    pub session_secret: Option<String>,
    /// What visitors without a key are checked with; `None` lets none in.
    pub turnstile: Option<Turnstile>,
    /// Exact origins that browsers may call from.
    pub allowed_origins: Vec<String>,
    /// A whole turn, milliseconds.
    pub turn_total_ms: u32,
    /// What each person may spend on a day, and how often a caller may ask.
    pub limits: Limits,
    /// Who the companion is (`PERSONA`, `PERSONAS_ALLOWED`).
    pub personas: Personas,
    /// Whether words of somebody in danger of their life are answered at once (`CARE`).
    pub care: bool,
    /// Where the companion says at a talk's beginning that it is no human being (`DISCLOSURE`); empty: nowhere.
    pub disclosure: Vec<String>,
    /// After how long a talk a pause is named (`PAUSE_AFTER_MINUTES`), milliseconds; 0 is never.
    pub pause_after_ms: u64,
    /// Whether what is made says so to machines (`MARKS`).
    pub marks: bool,
    /// A realtime session, milliseconds.
    pub realtime_session_ms: u32,
    /// After so long without a beginning of a reply its opener is said, milliseconds; 0 is never (`OPENER_AFTER_MS`).
    pub opener_after_ms: u32,
    /// Whether a reply may begin before its turn is over (`SPECULATE`).
    pub speculates: bool,
    /// The phrase cache and its warming.
    pub phrases: PhraseRules,
    /// Says that no recogniser stands behind the transcription chain, so that the page hides its microphone.
    pub transcription: bool,
    /// Memory and conversations.
    pub memory: MemoryConfig,
    /// How long figures gather before they are handed on, milliseconds.
    pub telemetry_flush_ms: u32,
    /// What providers take.
    pub prices: Prices,
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

impl Config {
    /// Reads and checks everything; `lookup` gives a variable's or secret's value. An empty value counts as unset.
    ///
    /// # Errors
    /// The first variable that cannot be used.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
        let refused = RefCell::default();
        let vars = Vars::new(lookup, &refused);
        let (llm, llm_resilience) = Chain::read(vars, ChainKind::Llm, defaults::LLM);
        let (tts, tts_resilience) = Chain::read(vars, ChainKind::Tts, defaults::TTS);
        let (stt, stt_resilience) = Chain::read(vars, ChainKind::Stt, defaults::STT);
        let (embed, embed_resilience) = Chain::read(vars, ChainKind::Embed, defaults::EMBED);
        let (listen, listen_resilience) = Chain::read(vars, ChainKind::Listen, "off");
        let (end_of_turn, end_of_turn_resilience) = Chain::read(vars, ChainKind::EndOfTurn, "off");
        let personas = Personas::read(vars);
        let phrases = &personas.own.phrases.clone();
        let (voice, skip) = (personas.own.voice.clone(), personas.own.skip.clone());
        let config = Config {
            resilience: [
                llm_resilience,
                tts_resilience,
                stt_resilience,
                embed_resilience,
                listen_resilience,
                end_of_turn_resilience,
            ],
            aliases: Aliases::read(vars, &[&llm, &tts, &stt, &embed, &listen, &end_of_turn]),
            llm,
            tts,
            stt,
            embed,
            listen,
            end_of_turn,
            endpoints: Provider::ALL
                .map(|provider| (provider, Endpoint::read(vars, provider)))
                .to_vec(),
            voice: vars
                .get("VOICE")
                .or(voice)
                .unwrap_or_else(|| defaults::VOICE.to_owned()),
            opus_bitrate: vars.integer("OPUS_BITRATE", 32_000, 6_000, 192_000),
            auth: match vars.word("AUTH", &["required", "local"]) {
                0 => Auth::Required,
                _ => Auth::Local,
            },
            api_keys: api_keys::read(vars),
            session_secret: vars.get("SESSION_SECRET"),
            turnstile: Turnstile::read(vars),
            allowed_origins: origins(vars),
            turn_total_ms: vars.integer("TURN_TOTAL_MS", 120_000, 100, 3_600_000),
            limits: Limits::read(vars),
            personas,
            care: vars.switch("CARE", true),
            disclosure: vars.places("DISCLOSURE", defaults::DISCLOSURE),
            pause_after_ms: vars.whole("PAUSE_AFTER_MINUTES", 180, 0, 1_440) * 60_000,
            marks: vars.switch("MARKS", true),
            phrases: PhraseRules::read(vars, phrases),
            realtime_session_ms: vars.integer("REALTIME_SESSION_MS", 3_600_000, 1_000, 3_600_000),
            opener_after_ms: vars.integer("OPENER_AFTER_MS", 0, 0, 60_000),
            speculates: vars.switch("SPECULATE", true),
            transcription: vars.switch("TRANSCRIPTION", true),
            memory: {
                let mut memory = MemoryConfig::read(vars);
                memory.rules_off.extend(skip);
                memory
            },
            telemetry_flush_ms: vars.integer("TELEMETRY_FLUSH_MS", 5_000, 10, 15_000),
            prices: Prices::read(vars),
        };
        refused.into_inner().map_or(Ok(config), Err)
    }

    /// A chain by what it is for.
    pub fn chain(&self, kind: ChainKind) -> &Chain {
        match kind {
            ChainKind::Llm => &self.llm,
            ChainKind::Tts => &self.tts,
            ChainKind::Stt => &self.stt,
            ChainKind::Embed => &self.embed,
            ChainKind::Listen => &self.listen,
            ChainKind::EndOfTurn => &self.end_of_turn,
        }
    }

    /// What a request's `model` means to a chain: [`COMPANION`] or one of its `provider:model`s; `None` where the name
    /// means nothing to it.
    pub fn model(&self, kind: ChainKind, name: &str) -> Option<String> {
        self.aliases.model(self.chain(kind), name)
    }

    /// The same for the realtime door, where OpenAI's realtime models stand for the chain, too.
    pub fn realtime_model(&self, name: &str) -> Option<String> {
        let model = self.model(ChainKind::Llm, name);
        model.or_else(|| names::is_openais_realtime(name).then(|| COMPANION.to_owned()))
    }

    /// The operator's names of models, as lists of models show them.
    pub fn alias_names(&self) -> impl Iterator<Item = &str> {
        self.aliases.shown()
    }

    /// How a chain copes with providers that fail.
    pub fn resilience(&self, kind: ChainKind) -> &Resilience {
        let [llm, tts, stt, embed, listen, end_of_turn] = &self.resilience;
        match kind {
            ChainKind::Llm => llm,
            ChainKind::Tts => tts,
            ChainKind::Stt => stt,
            ChainKind::Embed => embed,
            ChainKind::Listen => listen,
            ChainKind::EndOfTurn => end_of_turn,
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
        let has_key = self
            .endpoint(provider)
            .is_none_or(|endpoint| endpoint.api_key.is_some());
        has_key || !self.is_at_home(provider) || provider.prefix().is_none()
    }

    /// Whether a provider is asked at its own address, not at a compatible server's.
    pub fn is_at_home(&self, provider: Provider) -> bool {
        self.endpoint(provider)
            .is_some_and(|endpoint| endpoint.base_url == provider.default_base_url())
    }

    /// Whether visitors may come in by a challenge. On a laptop everybody is in already.
    pub fn takes_visitors(&self) -> bool {
        self.auth == Auth::Required && self.turnstile.is_some() && self.identity_gap().is_none()
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

fn origins(vars: Vars) -> Vec<String> {
    let origins = vars.list("ALLOWED_ORIGINS");
    for origin in &origins {
        let host = origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://"));
        if !host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', ' '])) {
            let problem = format!("must list exact origins such as https://example.org; it has \"{origin}\"");
            vars.refuse("ALLOWED_ORIGINS", problem);
        }
    }
    origins
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
