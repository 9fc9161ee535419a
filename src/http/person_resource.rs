//! What the resources of one person share: whose they are, the call to the person's object, the shape of the answer.

use serde_json::{Map, Value};

use super::error::ApiError;
use super::exchange::Exchange;
use super::query::{object, string};
use super::reply::Reply;
use crate::memory::person::client::{Lost, PersonClient};
use crate::memory::person::ledger::until_midnight_s;
use crate::memory::person::protocol::{Call, CallRefusal};
use crate::platform::clock::now_ms;

/// A body with messages to extract.
const BODY_BYTES_MAX: u32 = 2 * 1024 * 1024;

/// The object of the person a resource is about, and who that is.
///
/// # Errors
/// 400 without a person, 503 without the binding.
pub fn client(exchange: &Exchange, named: Option<&str>) -> Result<(PersonClient, String), ApiError> {
    let nobody = || ApiError::invalid("user", "name the person: user in the body, or the header x-user");
    let person = exchange.person(named)?.ok_or_else(nobody)?;
    let client = PersonClient::of(&exchange.config, &person).map_err(lost)?;
    Ok((client, person))
}

/// Reads a body, which must be there, and the person whom it is about.
///
/// # Errors
/// 400, 413, 415; 503 without the binding.
pub async fn body(exchange: &Exchange) -> Result<(Map<String, Value>, PersonClient), ApiError> {
    let fields = object(&exchange.json_body(BODY_BYTES_MAX).await?)?;
    let person = named_in(exchange, &fields)?;
    Ok((fields, person))
}

/// The person of a request: named in its body, in its address or in `x-user`.
fn named_in(exchange: &Exchange, fields: &Map<String, Value>) -> Result<PersonClient, ApiError> {
    let user = match string(fields, "user", usize::MAX)?.filter(|name| !name.trim().is_empty()) {
        None => exchange.parameter("user")?,
        user => user,
    };
    let (person, _) = client(exchange, user.as_deref())?;
    Ok(person)
}

/// The person of a request whose body may be missing, or may name them.
pub async fn optional_body(exchange: &Exchange) -> Result<PersonClient, ApiError> {
    let text = if exchange.header("content-type").contains("json") {
        exchange.json_body(BODY_BYTES_MAX).await?
    } else {
        // A body that nobody reads would break the connection for the next request.
        exchange.drain_body().await;
        String::new()
    };
    let fields = if text.trim().is_empty() {
        Map::new()
    } else {
        object(&text)?
    };
    named_in(exchange, &fields)
}

/// A call for a request that need not have a body.
pub async fn call<T: crate::wire::json::FromJson>(exchange: &Exchange, call: &Call) -> Result<T, ApiError> {
    let person = optional_body(exchange).await?;
    person.call(call).await.map_err(lost)
}

/// A call whose answer is already in the client's form.
pub async fn shown(exchange: &Exchange, call: &Call) -> Result<Reply, ApiError> {
    let person = optional_body(exchange).await?;
    person.text(call).await.map(handed_on).map_err(lost)
}

/// An answer of the person's object as it is.
pub fn handed_on(body: String) -> Reply {
    Reply::json(200, body).header("cache-control", "private, no-store")
}

/// Never to be kept by anything between hearken and the person.
pub fn answer(body: Value) -> Reply {
    handed_on(body.to_string())
}

/// A call that was not answered, as the client sees it.
pub fn lost(lost: Lost) -> ApiError {
    let unavailable = |message: &str| {
        ApiError::unavailable(message)
            .with_code("memory_unavailable")
            .with_retry_after_s(1)
    };
    match lost {
        Lost::NotConfigured => {
            ApiError::not_configured("memory is not set up: the deployment lacks the binding PERSON")
        }
        Lost::Late => ApiError::timeout("the memory did not answer in time").with_code("memory_timeout"),
        Lost::Broken | Lost::Refused(CallRefusal::Broken) => {
            unavailable("the memory is not available: try again")
        }
        Lost::Refused(CallRefusal::NotFound | CallRefusal::NoItem(_)) => {
            ApiError::not_found("there is no such thing for this person").with_code("not_found")
        }
        Lost::Refused(CallRefusal::BadCursor) => {
            ApiError::invalid("after", "after must be the id of a row of this list")
        }
        Lost::Refused(CallRefusal::Gone) => unavailable("the person was erased meanwhile"),
        Lost::Refused(CallRefusal::Spent(budget)) => {
            ApiError::budget_spent(&budget, until_midnight_s(now_ms() as u64))
        }
        Lost::Refused(CallRefusal::ModelFailed(_)) => {
            ApiError::bad_gateway("the model failed: what waits is kept, and is tried again")
                .with_code("extraction_failed")
        }
        Lost::Refused(CallRefusal::ModelMalformed) => ApiError::bad_gateway(
            "the model's answer could not be used: what waits is kept, and is tried again",
        )
        .with_code("extraction_malformed"),
    }
}
