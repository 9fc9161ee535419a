//! How memory asks providers: JSON out, JSON in, read whole. Vectors, extractions, summaries and the index outside go
//! through this one function, so that the chain's code is in the Worker once and not once for each.

use serde_json::Value;

use crate::config::{ChainKind, Clocks, Config, Target};
use crate::upstream::chain;
use crate::upstream::fetch::{self, Surroundings};
use crate::upstream::outcome::Failure;
use crate::upstream::provider::Ask;

/// What is asked, of each target of a chain.
pub struct Question<'a> {
    /// Which chain.
    pub kind: ChainKind,
    /// Its targets that may answer, in order.
    pub targets: Vec<&'a Target>,
    /// For logs.
    pub request_id: &'a str,
    /// The request at a target; `None` where it has no such thing.
    pub ask: &'a dyn Fn(&Target) -> Option<Ask>,
    /// How long an answer may take.
    pub clocks: Clocks,
    /// Longest answer.
    pub bytes_max: usize,
}

/// An answer, as far as it was understood.
pub enum Answer {
    /// Vectors of unit length.
    Vectors(Vec<Vec<f32>>),
    /// What a model wrote.
    Text(String),
    /// Another answer, found sound.
    Json(Value),
}

/// Asks down the chain until an answer is understood: `read` says why one is not. `clocks.headers_ms` is the wait for
/// headers.
///
/// # Errors
/// Why each attempt failed; empty when there is nobody to ask.
pub async fn first(
    around: &Surroundings,
    question: &Question<'_>,
    read: &dyn Fn(&Target, Value) -> Result<Answer, Failure>,
) -> Result<Answer, Vec<Failure>> {
    let targets = question.targets.clone();
    let (answer, _, ticket) = chain::first(question.kind, targets, question.request_id, |target| {
        attempt(around, question, target, read)
    })
    .await?;
    ticket.succeed();
    Ok(answer)
}

async fn attempt(
    around: &Surroundings,
    question: &Question<'_>,
    target: &Target,
    read: &dyn Fn(&Target, Value) -> Result<Answer, Failure>,
) -> Result<Answer, Failure> {
    let clocks = &question.clocks;
    let ask = (question.ask)(target).ok_or(Failure::NotConfigured)?;
    let answer = fetch::send(&ask, around, clocks.headers_ms).await?;
    let text = answer
        .text(clocks.total_ms, clocks.idle_ms, question.bytes_max)
        .await?;
    let value = serde_json::from_str(&text).map_err(|_| Failure::Unusable)?;
    read(target, value)
}

/// A chain's targets, in order.
pub fn targets(config: &Config, kind: ChainKind) -> Vec<&Target> {
    config.chain(kind).targets.iter().collect()
}
