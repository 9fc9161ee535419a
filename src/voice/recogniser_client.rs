//! Opens a socket to the first recogniser of the chain that takes one.

use super::recogniser::{self, Recogniser};
use crate::config::{ChainKind, Target};
use crate::upstream::chain::{self, AttemptRecord};
use crate::upstream::fetch::{self, Origin, Socket};
use crate::upstream::outcome::Failure;
use crate::upstream::provider::SocketFrame;

/// A recogniser that listens.
pub struct Open {
    /// The way to it.
    pub socket: Socket,
    /// What it has heard.
    pub recogniser: Recogniser,
    /// Its account.
    pub record: AttemptRecord,
}

/// Opens one. `fields` are `language` and `prompt`, where they are known; a target that is the `model` is the only one.
///
/// # Errors
/// Why each attempt failed.
pub async fn open(
    origin: Origin<'_>,
    model: &str,
    fields: &[(String, String)],
) -> Result<Open, Vec<Failure>> {
    let field = |name: &str| {
        let field = fields.iter().find(|(field, _)| field == name);
        field.map(|(_, value)| value.as_str())
    };
    let chain = &origin.config.listen;
    let mut targets: Vec<&Target> = chain.targets.iter().collect();
    let is_named = |target: &&Target| target.to_string() == model;
    if targets.iter().any(is_named) {
        targets.retain(is_named);
    }
    let opened = chain::first(
        ChainKind::Listen,
        targets,
        origin.request_id,
        |target| async move {
            let ask = recogniser::socket_ask(origin.config, target, field("language"));
            fetch::socket(&ask, origin.around, chain.clocks.headers_ms).await
        },
    );
    let (socket, target, record) = opened.await?;
    let recogniser = Recogniser::new(target);
    if let Some(greeting) = recogniser.greeting(target, field("language"), field("prompt")) {
        socket.send(&SocketFrame::Text(greeting));
    }
    Ok(Open {
        socket,
        recogniser,
        record,
    })
}
