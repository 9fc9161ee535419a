//! Asks the index of memories. What is asked and answered: [`super::index_wire`].

use serde_json::Value;

use super::index_wire::{self, IndexCall};
use crate::config::{ChainKind, Config, Target};
use crate::upstream::chain;
use crate::upstream::fetch::{self, Surroundings};
use crate::upstream::outcome::Failure;

/// 200 ids with their scores, and what else a server says.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// One call, read by `read`; an answer that it does not understand is a failure of the index.
///
/// # Errors
/// Why it failed; empty when there is no index.
pub async fn call<T>(
    config: &Config,
    around: &Surroundings,
    call: IndexCall<'_>,
    read: fn(&Value) -> Option<T>,
) -> Result<T, Vec<Failure>> {
    let targets = config.index.targets.iter().collect();
    let (answer, _, ticket) = chain::first(ChainKind::Index, targets, "memory", |target| {
        attempt(config, around, target, call, read)
    })
    .await?;
    ticket.succeed();
    Ok(answer)
}

async fn attempt<T>(
    config: &Config,
    around: &Surroundings,
    target: &Target,
    call: IndexCall<'_>,
    read: fn(&Value) -> Option<T>,
) -> Result<T, Failure> {
    let clocks = &config.index.clocks;
    let ask = index_wire::ask(config, target, call).ok_or(Failure::NotConfigured)?;
    // A person waits for a query; a change of many points takes its time.
    let (headers_ms, total_ms) = match call {
        IndexCall::Nearest { .. } => (clocks.headers_ms, clocks.headers_ms + clocks.idle_ms),
        _ => (clocks.total_ms, clocks.total_ms),
    };
    let answer = fetch::send(&ask, around, headers_ms).await?;
    let text = answer.text(total_ms, clocks.idle_ms, ANSWER_BYTES_MAX).await?;
    let value: Value = serde_json::from_str(&text).map_err(|_| Failure::Unusable)?;
    read(&value).ok_or(Failure::Unusable)
}
