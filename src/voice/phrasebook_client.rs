//! The way to the phrasebook object (`PHRASEBOOK`).

use worker::{Env, Method, Request, RequestInit};

use super::phrasebook::{CommandRequest, CommandResult};
use super::phrases::PhrasesError;
use crate::platform::clock::timeout_ms;

/// The phrasebook's deadline.
const ANSWER_MS: u64 = 5_000;

/// Sends a command, and reads what came of it.
///
/// # Errors
/// The object cannot be reached, is late, or failed.
pub async fn send(env: &Env, request: &CommandRequest) -> Result<CommandResult, PhrasesError> {
    let call = async {
        let stub = env.durable_object("PHRASEBOOK")?.get_by_name("phrasebook")?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post)
            .with_body(Some(serde_json::to_string(request)?.into()));
        let request = Request::new_with_init("https://phrasebook/", &init)?;
        stub.fetch_with_request(request).await?.json().await
    };
    let failed = |error: worker::Error| PhrasesError::Phrasebook(error.to_string());
    timeout_ms(ANSWER_MS, call)
        .await
        .ok_or(PhrasesError::Late)?
        .map_err(failed)
}
