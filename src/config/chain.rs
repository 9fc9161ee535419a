//! Chains of providers: whom to ask in which order, how long to wait, and how to cope with their failures.

use std::fmt;
use std::rc::Rc;

use super::provider::Provider;
use super::{ConfigError, Vars};
use crate::upstream::breaker;

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
}

impl ChainKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [ChainKind; 4] = [ChainKind::Llm, ChainKind::Tts, ChainKind::Stt, ChainKind::Embed];

    /// The prefix of the chain's variables, and its own variable.
    pub fn variable(self) -> &'static str {
        match self {
            ChainKind::Llm => "LLM",
            ChainKind::Tts => "TTS",
            ChainKind::Stt => "STT",
            ChainKind::Embed => "EMBED",
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
    /// In order of preference; empty only for `EMBED=off`.
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

/// `TTS_FIRST_MS` and its like, with the defaults of the contract.
fn default_clocks(kind: ChainKind) -> Clocks {
    let (headers_ms, first_ms, idle_ms, total_ms) = match kind {
        ChainKind::Llm => (5_000, 8_000, 10_000, 120_000),
        ChainKind::Tts => (4_000, 5_000, 5_000, 60_000),
        ChainKind::Stt => (10_000, 15_000, 10_000, 30_000),
        ChainKind::Embed => (2_000, 2_000, 2_000, 3_000),
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

/// Longest name of a model, in bytes: it is a part of its breaker's key.
const MODEL_BYTES_MAX: usize = 200;
const _: () = assert!(MODEL_BYTES_MAX + "transcription:elevenlabs:".len() <= breaker::key::KEY_BYTES_MAX);

impl Vars<'_> {
    pub(super) fn chain(&self, kind: ChainKind, default: &str) -> Result<Chain, ConfigError> {
        let variable = kind.variable();
        let value = self.get(variable).unwrap_or_else(|| default.to_owned());
        let off = kind == ChainKind::Embed && value == "off";
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
        Ok(Chain {
            kind,
            targets,
            clocks: self.clocks(kind)?,
        })
    }

    pub(super) fn resilience(&self, chain: &Chain) -> Result<Resilience, ConfigError> {
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
            ChainKind::Llm | ChainKind::Stt => false,
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
}

fn target(kind: ChainKind, part: &str) -> Result<Target, ConfigError> {
    let refuse = |problem: String| ConfigError::new(kind.variable(), problem);
    let (name, model) = part
        .split_once(':')
        .filter(|(_, model)| !model.is_empty())
        .ok_or_else(|| refuse(format!("must be a list of provider:model; it has \"{part}\"")))?;
    let provider = Provider::parse(name).ok_or_else(|| {
        let mut serving = Provider::ALL.to_vec();
        serving.retain(|provider| provider.serves(kind));
        let names: Vec<_> = serving.into_iter().map(Provider::name).collect();
        let names = names.join(", ");
        refuse(format!(
            "names the unknown provider \"{name}\"; known are {names}"
        ))
    })?;
    if model.len() > MODEL_BYTES_MAX {
        return Err(refuse(format!(
            "names a model of {} bytes; {MODEL_BYTES_MAX} are the most",
            model.len()
        )));
    }
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
