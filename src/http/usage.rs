//! `GET /v1/usage`, and what every door that spends shares: reservations, and what their answers say of the budget.
//!
//! The headers are those of draft-ietf-httpapi-ratelimit-headers-11: a policy for each budget, and what is left of it.

use std::rc::Rc;

use super::error::ApiError;
use super::exchange::Exchange;
use super::person_resource::{client, handed_on, lost};
use super::reply::Reply;
use crate::audio::upload::{self, Upload};
use crate::config::{Amounts, Config};
use crate::memory::person::ledger::until_midnight_s;
use crate::memory::person::protocol::Call;
use crate::memory::person::protocol::ReserveAsk;
use crate::platform::clock::now_ms;
use crate::turn::budget::{self, Reservation};
use crate::turn::spending;
use crate::upstream::outcome::Failure;

/// The person's day so far.
///
/// # Errors
/// 400 without a person, 503.
pub async fn usage(exchange: Exchange) -> Result<Reply, ApiError> {
    let (person, _) = client(&exchange, exchange.parameter("user")?.as_deref())?;
    person.text(&Call::Usage).await.map(handed_on).map_err(lost)
}

/// Reserves what a request may spend, where that is counted.
///
/// # Errors
/// 429 when the budget does not allow it, 503 when nobody knows.
pub async fn reserve(
    config: &Config,
    person: Option<&str>,
    ask: ReserveAsk,
) -> Result<Option<Rc<Reservation>>, ApiError> {
    budget::reserve(config, person, ask).await.map_err(lost)
}

/// What a recording costs, where that is counted; one that is broken is refused elsewhere, and costs nothing.
pub fn hearing(config: &Config, recording: &[u8]) -> Amounts {
    let heard_ms = |looked: Upload| spending::heard_ms(recording.len(), looked.duration_ms);
    let is_counted = config.limits.has_budget();
    let looked = is_counted.then(|| upload::inspect(recording).ok()).flatten();
    Amounts {
        heard_ms: looked.map_or(0, heard_ms),
        ..Amounts::NONE
    }
}

/// All of a recording was spent, unless nobody was paid for it.
pub fn unless_unpaid(budget: &Reservation, amounts: Amounts, failures: &[Failure]) {
    // A client that left has had it sent all the same.
    if failures.is_empty() || failures.contains(&Failure::ClientLeft) {
        budget.spend(amounts);
    }
    budget.settle();
}

/// `ratelimit-policy`: the day's budgets and the minute's requests, where they are limited.
pub fn policy(config: &Config) -> Option<String> {
    let unit = |name| if name == "heard_seconds" { "seconds" } else { name };
    let policies = limited(config.limits.day)
        .map(|(name, limit)| format!("\"{name}\";q={limit};w=86400;qu=\"{}\"", unit(name)));
    let mut policies: Vec<String> = policies.collect();
    let rate = config.limits.rate_per_minute;
    if rate > 0 {
        policies.push(format!("\"requests\";q={rate};w=60"));
    }
    (!policies.is_empty()).then(|| policies.join(", "))
}

/// Adds `ratelimit` to an answer that was counted.
pub fn on(reply: Reply, config: &Config, budget: Option<&Reservation>) -> Reply {
    reply.maybe("ratelimit", budget.map(|budget| left(config, budget)))
}

/// `ratelimit`: what is left of each, and when it begins anew.
pub fn left(config: &Config, budget: &Reservation) -> String {
    let reset_s = until_midnight_s(now_ms() as u64);
    let left = budget.reserved().left.named();
    let left = limited(config.limits.day).map(|(name, _)| {
        let of_name = |(other, left): &(&str, u64)| (*other == name).then_some(*left);
        let left = left.iter().find_map(of_name).unwrap_or(0);
        format!("\"{name}\";r={};t={reset_s}", whole(name, left))
    });
    left.collect::<Vec<String>>().join(", ")
}

/// Sound is counted in milliseconds and told in whole seconds.
fn whole(name: &str, amount: u64) -> u64 {
    if name == "heard_seconds" {
        amount / 1_000
    } else {
        amount
    }
}

fn limited(day: Amounts) -> impl Iterator<Item = (&'static str, u64)> {
    let limits = day.named().into_iter().filter(|(_, limit)| *limit > 0);
    limits.map(|(name, limit)| (name, whole(name, limit)))
}
