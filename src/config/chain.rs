//! Chains of providers: whom to ask in which order, how long to wait, and how to cope with their failures.

use std::fmt;
use std::rc::Rc;

use super::breaker::BreakerConfig;
use super::chain_kind::ChainKind;
use super::provider::Provider;
use super::vars::{Vars, parts};

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

impl Clocks {
    /// How long a model may be silent that thinks aloud and has said no word yet.
    pub fn thought_ms(&self) -> u32 {
        self.first_ms.min(self.idle_ms)
    }
}

/// An ordered list of targets with its clocks; the first is preferred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// What it is for.
    pub kind: ChainKind,
    /// In order of preference; empty only where that is `off` ([`ChainKind::can_be_off`]).
    pub targets: Vec<Target>,
    /// Its clocks.
    pub clocks: Clocks,
}

/// How one chain copes with providers that fail.
#[derive(Clone, Debug, PartialEq)]
pub struct Resilience {
    /// Its breakers.
    pub breaker: Rc<BreakerConfig>,
    /// Further tries at a provider that nobody else can stand in for (`<CHAIN>_RETRIES`).
    pub retries: u32,
    /// Whether a late first byte sends a second request to the next provider (`<CHAIN>_HEDGE`).
    pub is_hedged: bool,
}

/// Half a minute: longer than any answer people wait for whole, short enough that a dead provider is left.
const WHOLE_MS: u32 = 30_000;

/// Longest name of a model, in bytes: it is a part of its breaker's key.
pub const MODEL_BYTES_MAX: usize = 200;

impl Chain {
    /// A chain and how it copes; `targets` is what its variable says when it is not set.
    pub(super) fn read(vars: Vars, kind: ChainKind, targets: &str) -> (Chain, Resilience) {
        let variable = kind.variable();
        let clocks = Clocks::read(vars, kind);
        // A second answer to a chat request would be paid for and thrown away; recordings are large.
        let can_hedge = matches!(kind, ChainKind::Tts | ChainKind::Embed);
        let resilience = Resilience {
            breaker: Rc::new(BreakerConfig::of_chain(vars, kind, clocks.total_ms.into())),
            retries: vars.integer(&format!("{variable}_RETRIES"), 1, 0, 3),
            is_hedged: can_hedge && vars.switch(&format!("{variable}_HEDGE"), false),
        };
        let chain = Chain {
            kind,
            targets: read_targets(vars, kind, targets),
            clocks,
        };
        (chain, resilience)
    }

    /// Whether it has this `provider:model`.
    pub(super) fn has(&self, model: &str) -> bool {
        self.targets.iter().any(|target| target.to_string() == model)
    }
}

impl Clocks {
    fn read(vars: Vars, kind: ChainKind) -> Clocks {
        let (headers_ms, first_ms, idle_ms, total_ms) = match kind {
            ChainKind::Llm => (5_000, 8_000, 10_000, 120_000),
            ChainKind::Tts => (4_000, 5_000, 5_000, 60_000),
            ChainKind::Stt => (10_000, 15_000, 10_000, 30_000),
            ChainKind::Embed => (2_000, 2_000, 2_000, 3_000),
            ChainKind::Listen => (2_000, 1_000, 10_000, 600_000),
            // Later than that the silence itself has told.
            ChainKind::EndOfTurn => (800, 800, 800, 800),
        };
        let name = |clock: &str| format!("{}_{clock}_MS", kind.variable());
        let read = |clock: &str, default_ms| vars.integer(&name(clock), default_ms, 1, 3_600_000);
        let total_ms = read("TOTAL", total_ms);
        let clock = |clock: &str, default_ms| read(clock, default_ms).min(total_ms);
        let (headers_ms, first_ms) = (clock("HEADERS", headers_ms), clock("FIRST", first_ms));
        let set = |clock: &str, ms| vars.get(&name(clock)).map_or(u32::MAX, |_| ms);
        let whole_ms = match set("HEADERS", headers_ms).min(set("FIRST", first_ms)) {
            u32::MAX => WHOLE_MS,
            set_ms => set_ms,
        };
        Clocks {
            headers_ms,
            first_ms,
            idle_ms: read("IDLE", idle_ms),
            total_ms,
            whole_ms: whole_ms.min(total_ms),
        }
    }
}

fn read_targets(vars: Vars, kind: ChainKind, default: &str) -> Vec<Target> {
    let variable = kind.variable();
    let value = vars.get(variable).unwrap_or_else(|| default.to_owned());
    if kind.can_be_off() && value == "off" {
        return Vec::new();
    }
    let mut targets = Vec::new();
    for part in parts(&value, ',') {
        match target(kind, &part) {
            Ok(target) => targets.push(target),
            Err(problem) => vars.refuse(variable, problem),
        }
    }
    if targets.is_empty() {
        vars.refuse(variable, "must name at least one provider:model".to_owned());
    }
    targets
}

/// One target; else what is wrong with it.
fn target(kind: ChainKind, part: &str) -> Result<Target, String> {
    let (name, model) = part
        .split_once(':')
        .filter(|(_, model)| !model.is_empty())
        .ok_or_else(|| format!("must be a list of provider:model; it has \"{part}\""))?;
    let provider = Provider::parse(name).ok_or_else(|| {
        let serving = Provider::ALL.iter().filter(|provider| provider.serves(kind));
        let names: Vec<_> = serving.map(|provider| provider.name()).collect();
        format!(
            "names the unknown provider \"{name}\"; known are {}",
            names.join(", ")
        )
    })?;
    if model.len() > MODEL_BYTES_MAX {
        return Err(format!(
            "names a model of {} bytes; {MODEL_BYTES_MAX} are the most",
            model.len()
        ));
    }
    if !provider.serves(kind) {
        return Err(format!("names {name}, which does not offer {}", kind.operation()));
    }
    Ok(Target {
        provider,
        model: model.to_owned(),
    })
}
