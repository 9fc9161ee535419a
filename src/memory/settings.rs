//! The configured numbers in the terms of the pure parts. Pure.

use crate::config::Config;
use crate::config::memory::MemoryConfig;
use crate::memory::extraction::buffer::BatchLimits;
use crate::memory::recall::context::{Budget, SummaryRule};
use crate::memory::recall::rank::Weights;
use crate::memory::salience::rules::Rules;

/// Beyond the model's own deadline, so that a lease never runs out while its call still may answer.
const LEASE_SPARE_MS: u64 = 30_000;

/// How memories are weighed, for a result of `limit`, with the profile among them or without.
pub fn weights(config: &MemoryConfig, limit: usize, profile: bool) -> Weights {
    Weights {
        limit,
        profile,
        cosine_min: config.cosine_min,
        score_min: config.score_min,
        half_life_days: config.half_life_days,
        ..Weights::default()
    }
}

/// When a batch is due. `llm_total_ms` bounds one call to the model; a batch makes at most a few.
pub fn limits(config: &MemoryConfig, llm_total_ms: u32) -> BatchLimits {
    BatchLimits {
        batch_messages: config.batch_messages as usize,
        batch_bytes: config.batch_bytes as usize,
        idle_ms: u64::from(config.idle_ms),
        lease_ms: 4 * u64::from(llm_total_ms) + LEASE_SPARE_MS,
    }
}

/// How much of a prompt history and memories may take.
pub fn budget(config: &MemoryConfig) -> Budget {
    Budget {
        history_tokens: config.history_tokens as usize,
        memory_tokens: config.memory_tokens as usize,
    }
}

/// When a conversation is summarised.
pub fn summary_rule(config: &MemoryConfig) -> SummaryRule {
    SummaryRule {
        trigger_messages: config.summary_trigger_messages as usize,
        trigger_tokens: config.summary_trigger_tokens as usize,
        keep_messages: config.summary_keep_messages as usize,
        // Half of a prompt's room: summaries come once in a while, and not with every turn.
        keep_tokens: config.history_tokens as usize / 2,
    }
}

/// Which rules apply; their names were checked with the configuration.
pub fn rules(config: &MemoryConfig) -> Rules {
    Rules::without(config.rules_off.iter().map(String::as_str)).with_names(config.names.iter().cloned())
}

/// The name under which vectors are stored: what the first target is called, or `off`.
pub fn embed_model(config: &Config) -> String {
    config
        .embed
        .targets
        .first()
        .map_or_else(|| "off".to_owned(), |target| target.model.clone())
}
