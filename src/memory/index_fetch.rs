//! Asks the index of memories. What is asked and answered: [`super::index_wire`].

use serde_json::Value;

use super::ask_fetch::{self, Answer, Question};
use super::index_wire::{self, IndexCall};
use crate::config::{ChainKind, Clocks, Config, Target};
use crate::upstream::fetch::Surroundings;
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
    let clocks = config.index.clocks;
    // A person waits for a query; a change of many points takes its time.
    let clocks = match call {
        IndexCall::Nearest { .. } => Clocks {
            total_ms: clocks.headers_ms + clocks.idle_ms,
            ..clocks
        },
        _ => Clocks {
            headers_ms: clocks.total_ms,
            ..clocks
        },
    };
    let question = Question {
        kind: ChainKind::Index,
        targets: ask_fetch::targets(config, ChainKind::Index),
        request_id: "memory",
        ask: &|target| index_wire::ask(config, target, call),
        clocks,
        bytes_max: ANSWER_BYTES_MAX,
    };
    let is_sound = |_: &Target, value: Value| match read(&value) {
        Some(_) => Ok(Answer::Json(value)),
        None => Err(Failure::Unusable),
    };
    match ask_fetch::first(around, &question, &is_sound).await? {
        Answer::Json(value) => read(&value).ok_or_else(Vec::new),
        _ => Err(Vec::new()),
    }
}
