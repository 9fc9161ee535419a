//! Why a turn could not begin, or nobody gave what was asked: a code, and a sentence.

use crate::memory::person::client::Lost;
use crate::memory::person::protocol::CallRefusal;
use crate::upstream::outcome::Failure;

/// Why the person's object did not let a turn begin: a code, and a sentence.
pub(super) fn why_lost(lost: &Lost) -> (String, String) {
    match lost {
        Lost::Refused(CallRefusal::Spent(name)) => (
            "budget_exhausted".to_owned(),
            format!("the day's budget of {name} is used up"),
        ),
        _ => (
            "memory_unavailable".to_owned(),
            "the memory is not available: try again".to_owned(),
        ),
    }
}

pub(super) fn internal(message: &str) -> (String, String) {
    ("server_error".to_owned(), message.to_owned())
}

/// Why nobody in a chain gave what was asked: a code, and a sentence of hearken's own.
pub(super) fn why(what: &str, failures: &[Failure]) -> (String, String) {
    let reason = failures.iter().find_map(|failure| match failure {
        Failure::Refused(refusal) => refusal.reason,
        _ => None,
    });
    if let Some(reason) = reason {
        return (reason.code.to_owned(), reason.sentence.to_owned());
    }
    let all = |kind: fn(&Failure) -> bool| !failures.is_empty() && failures.iter().all(kind);
    let (code, what_happened) = if all(|one| matches!(one, Failure::BudgetSpent { .. })) {
        ("budget_exhausted", "is not asked: the day's budget is used up")
    } else if all(|one| matches!(one, Failure::Denied { .. })) {
        ("no_upstream_available", "is not available now")
    } else if all(|one| matches!(one, Failure::Throttled { .. } | Failure::QuotaExhausted)) {
        ("provider_busy", "is busy")
    } else if all(|one| matches!(one, Failure::Timeout(_))) {
        ("provider_timeout", "did not answer in time")
    } else if all(|one| matches!(one, Failure::NotConfigured)) {
        ("not_configured", "is not set up")
    } else {
        ("provider_failed", "failed")
    };
    (code.to_owned(), format!("the {what} provider {what_happened}"))
}
