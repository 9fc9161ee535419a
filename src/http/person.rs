//! Whose request it is, and what a person's object says as an answer.

use super::error::ApiError;
use super::identity::Caller;
use super::reply::Reply;
use super::serve::Exchange;
use crate::config::Auth;
use crate::memory::person_calls::Refusal;
use crate::memory::person_client::{Lost, PersonClient};
use crate::memory::person_recall::Status;
use crate::turn::open::{Turn, Unopened};

/// The person a request is about: a token's, else the one named in `user` or `x-user`; under `AUTH=local` there is
/// always one. A server that names nobody speaks for nobody: its callers must not share a memory.
///
/// # Errors
/// 400 for a name that is too long, or no UTF-8.
pub fn person(exchange: &Exchange, named: Option<&str>) -> Result<Option<String>, ApiError> {
    let header = exchange.header("x-user");
    let names = [named, Some(header.as_str())];
    let named = names.into_iter().flatten().find(|name| !name.trim().is_empty());
    let is_anonymous =
        exchange.caller == Caller::Server && named.is_none() && exchange.config.auth == Auth::Required;
    if is_anonymous {
        Ok(None)
    } else {
        exchange.caller.person(named).map(Some)
    }
}

/// The object of the person a resource is about.
///
/// # Errors
/// 400 without a person, 503 without the binding.
pub fn client(exchange: &Exchange, named: Option<&str>) -> Result<(PersonClient, String), ApiError> {
    let person = person(exchange, named)?.ok_or_else(nobody)?;
    let client = PersonClient::of(&exchange.env, &exchange.config, &person).map_err(lost)?;
    Ok((client, person))
}

fn nobody() -> ApiError {
    ApiError::invalid("user", "name the person: user in the body, or the header x-user")
}

/// A call that was not answered, as the client sees it.
pub fn lost(lost: Lost) -> ApiError {
    let unavailable = |message: &str| {
        ApiError::new(503, message)
            .with_code("memory_unavailable")
            .with_retry_after_s(1)
    };
    match lost {
        Lost::NotConfigured => ApiError::new(
            503,
            "memory is not set up: the deployment lacks the binding PERSON",
        )
        .with_code("not_configured"),
        Lost::Late => ApiError::new(504, "the memory did not answer in time").with_code("memory_timeout"),
        Lost::Broken | Lost::Refused(Refusal::Broken) => {
            unavailable("the memory is not available: try again")
        }
        Lost::Refused(Refusal::NotFound) => {
            ApiError::new(404, "there is no such thing for this person").with_code("not_found")
        }
        Lost::Refused(Refusal::BadCursor) => {
            ApiError::invalid("after", "after must be the id of a row of this list")
        }
        Lost::Refused(Refusal::Gone) => unavailable("the person was erased meanwhile"),
        Lost::Refused(Refusal::ModelFailed(_)) => {
            ApiError::new(502, "the model failed: what waits is kept, and is tried again")
                .with_code("extraction_failed")
        }
        Lost::Refused(Refusal::ModelMalformed) => ApiError::new(
            502,
            "the model's answer could not be used: what waits is kept, and is tried again",
        )
        .with_code("extraction_malformed"),
    }
}

/// A turn that could not begin.
pub fn unopened(reason: Unopened) -> ApiError {
    match reason {
        Unopened::Nobody => ApiError::invalid(
            "user",
            "a conversation belongs to a person: name them in user or the header x-user",
        ),
        Unopened::Lost(why) => lost(why),
    }
}

/// What the answer's headers tell of a turn.
pub struct Told {
    recall: Status,
    conversation: Option<String>,
}

impl Told {
    /// Of a turn that has begun.
    pub fn of(turn: &Turn) -> Told {
        Told {
            recall: turn.recall,
            conversation: turn.conversation.clone(),
        }
    }

    /// Adds `x-recall` and `x-conversation-id`.
    pub fn on(self, reply: Reply) -> Reply {
        let reply = reply.header("x-recall", self.recall.as_str());
        match self.conversation {
            Some(id) => reply.header("x-conversation-id", id),
            None => reply,
        }
    }
}
