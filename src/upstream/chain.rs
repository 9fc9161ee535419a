//! Goes down a chain of providers until one begins to answer, and learns how each attempt ended.

use std::future::Future;

use super::fetch::now_ms;
use super::outcome::Failure;
use crate::config::{ChainKind, Target};

/// One attempt's account: every attempt ends in exactly one outcome, told here.
pub struct Ticket {
    kind: ChainKind,
    target: String,
    request_id: String,
    began_at_ms: f64,
    is_settled: bool,
}

impl Ticket {
    fn new(kind: ChainKind, target: &Target, request_id: &str) -> Ticket {
        Ticket {
            kind,
            target: target.to_string(),
            request_id: request_id.to_owned(),
            began_at_ms: now_ms(),
            is_settled: false,
        }
    }

    /// The answer came, whole.
    pub fn succeed(mut self) {
        self.is_settled = true;
    }

    /// The attempt failed, before or after its first byte reached the client.
    pub fn fail(mut self, failure: Failure) {
        self.is_settled = true;
        let line = serde_json::json!({
            "event": "attempt_failed", "operation": self.kind.operation(), "target": self.target,
            "failure": failure.word(), "elapsed_ms": now_ms() - self.began_at_ms, "request_id": self.request_id,
        });
        worker::console_log!("{line}");
    }
}

impl Drop for Ticket {
    /// An attempt that nobody settled was given up because the client left.
    fn drop(&mut self) {
        if !self.is_settled {
            let line = serde_json::json!({
                "event": "attempt_abandoned", "operation": self.kind.operation(), "target": self.target,
                "request_id": self.request_id,
            });
            worker::console_log!("{line}");
        }
    }
}

/// The first target whose `attempt` begins to answer, with its ticket, which the caller settles when the answer ends.
///
/// # Errors
/// Why each attempt failed, in order.
pub async fn first<'a, T, F, A>(
    kind: ChainKind,
    targets: Vec<&'a Target>,
    request_id: &str,
    mut attempt: F,
) -> Result<(T, &'a Target, Ticket), Vec<Failure>>
where
    F: FnMut(&'a Target) -> A,
    A: Future<Output = Result<T, Failure>>,
{
    let mut failures = Vec::new();
    for target in targets {
        let ticket = Ticket::new(kind, target, request_id);
        match attempt(target).await {
            Ok(answer) => return Ok((answer, target, ticket)),
            Err(failure) => {
                ticket.fail(failure);
                failures.push(failure);
                if !failure.falls_back() {
                    break;
                }
            }
        }
    }
    Err(failures)
}
