//! `POST /v1/embeddings`: the vectors of texts, over the `EMBED` chain.

use serde_json::Value;

use super::error::ApiError;
use super::exchange::Exchange;
use super::provider_error;
use super::reply::Reply;
use super::usage;
use crate::config::{Amounts, ChainKind, Target};
use crate::memory::person::protocol::ReserveAsk;
use crate::model::embeddings::{Embeddings, EmbeddingsRequest, no_tokens};
use crate::turn::spending;
use crate::upstream::chain;
use crate::upstream::fetch;
use crate::upstream::outcome::Failure;

/// 2,048 texts of 2 kB.
const BODY_BYTES_MAX: u32 = 4 * 1024 * 1024;
/// 2,048 vectors of 1,536 numbers in base64; a number is some ten times as large while it is converted.
const ANSWER_BYTES_MAX: usize = 17 * 1024 * 1024;

/// Answers a request for vectors.
///
/// # Errors
/// The contract's: 400 for the input, 404 for an unknown model, 501 with `EMBED=off`, what [`provider_error::exhausted`] says.
pub async fn embed(exchange: Exchange) -> Result<Reply, ApiError> {
    let body = exchange.json_body(BODY_BYTES_MAX).await?;
    let request = EmbeddingsRequest::parse(&body)?;
    let config = exchange.config.clone();
    if config.embed.targets.is_empty() {
        return Err(ApiError::not_implemented(
            "there are no embeddings here: EMBED=off",
        ));
    }
    let choice = request.model.clone().resolved(&config, ChainKind::Embed);
    let mut targets = choice.targets(&config.embed);
    let Some(preferred) = targets.first().copied() else {
        return Err(ApiError::model_not_found(
            "the model does not exist: embeddings take companion or a provider:model of the EMBED chain",
        ));
    };
    // Vectors of different models do not compare: only those take over that serve the same one.
    targets.retain(|target| target.model == preferred.model && request.fits(target.provider).is_ok());
    if targets.is_empty() {
        request.fits(preferred.provider)?;
    }
    let user = exchange.person(request.user.as_deref())?;
    let tokens = Amounts::of_tokens(spending::written_tokens(&body));
    let ask = ReserveAsk::exactly(exchange.request_id.clone(), tokens);
    let budget = usage::reserve(&config, user.as_deref(), ask).await?;
    let given = chain::first(ChainKind::Embed, targets, &exchange.request_id, |target| {
        vectors(&exchange, &request, target)
    })
    .await;
    match (&budget, &given) {
        (Some(budget), Ok((embeddings, ..))) => budget.spend(Amounts::of_tokens(embeddings.tokens)),
        (Some(budget), Err(failures)) => usage::unless_unpaid(budget, tokens, failures),
        (None, _) => {}
    }
    let (embeddings, target, record) = given.map_err(|failures| refusal(&request, &failures))?;
    record.spend([embeddings.tokens as f64, 0.0]);
    record.succeed();
    request.check_length(embeddings.length)?;
    let timing = format!("embeddings;dur={}", exchange.elapsed_ms());
    Ok(
        usage::on(Reply::json(200, embeddings.body), &config, budget.as_deref())
            .header("x-served-by", target.to_string())
            .header("server-timing", timing),
    )
}

/// Token ids are refused in many words; ours say what to do.
fn refusal(request: &EmbeddingsRequest, failures: &[Failure]) -> ApiError {
    let error = provider_error::exhausted("embeddings", failures);
    if request.is_tokens && matches!(error.status(), 400 | 422) {
        return no_tokens().into();
    }
    error
}

async fn vectors(
    exchange: &Exchange,
    request: &EmbeddingsRequest,
    target: &Target,
) -> Result<Embeddings, Failure> {
    let clocks = exchange.config.embed.clocks;
    let mut given: Vec<Value> = Vec::new();
    for ask in request.asks(&exchange.config, target) {
        let around = exchange.surroundings(None);
        given.push(fetch::json(&ask, &around, &clocks, ANSWER_BYTES_MAX).await?);
    }
    request.answer(&target.model, given).ok_or(Failure::Unusable)
}
