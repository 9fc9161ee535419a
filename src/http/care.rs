//! Texts that begin with care: what the person is told at once, then the model's reply, whatever becomes of it.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

use futures::FutureExt as _;
use serde_json::Value;

use super::body_writer::{self, Outlet};
use super::chat_audio::{SpokenAnswer, no_stream, written, written_as_chunks};
use super::error::ApiError;
use super::model_reply;
use super::provider_error;
use super::reply::Reply;
use super::turns::TurnHeaders;
use crate::config::COMPANION;
use crate::model::forms::{ReplyMessage, completion_of};
use crate::model::request::ChatRequest;
use crate::model::responses::Encoder;
use crate::model::voiced::ChunkEnvelope;
use crate::platform::background::spawn;
use crate::platform::clock::now_s;
use crate::platform::random::new_id;
use crate::turn::close::close;
use crate::turn::open::Turn;
use crate::turn::speech::{self, Script, TurnEnd, TurnEvent};
use crate::turn::spoken::mute;
use crate::wire::json::{json, put};

/// A streamed text, as chunks.
///
/// # Errors
/// The stream could not be begun.
pub fn text(turn: Turn, request: &ChatRequest, heard: Option<String>) -> Result<Reply, ApiError> {
    let script = Script::of_care(&turn, request, heard).ok_or_else(no_stream)?;
    let headers = TurnHeaders::of_care(&turn);
    written_as_chunks(turn, None, script, headers)
}

/// The same as the events of a response.
///
/// # Errors
/// The stream could not be begun.
pub fn response(mut turn: Turn, request: &ChatRequest, encoder: Encoder) -> Result<Reply, ApiError> {
    let script = Script::of_care(&turn, request, None).ok_or_else(no_stream)?;
    let headers = TurnHeaders::of_care(&turn);
    let (readable, outlet, pump) = body_writer::outlet().ok_or_else(no_stream)?;
    let encoder = Rc::new(RefCell::new(encoder));
    let items = encoder.clone();
    let answer = SpokenAnswer {
        emit: Box::new(move |event| write_items(&outlet, &mut items.borrow_mut(), event)),
        remembered: |spoken| spoken.written.clone(),
        is_clean: |spoken| spoken.end != TurnEnd::Left,
    };
    spawn(async move {
        let (spoken, text) = written(&mute(&turn), script, answer, pump).await;
        turn.answered(encoder.borrow_mut().stored());
        let reply = ReplyMessage {
            text,
            tool_calls: spoken.tool_calls,
        };
        close(turn, reply).await;
    });
    Ok(headers.on(Reply::events(readable)))
}

fn write_items(outlet: &Outlet, encoder: &mut Encoder, event: TurnEvent) -> ControlFlow<()> {
    let now_s = now_s();
    let out = match event {
        TurnEvent::Forwarded(data) => encoder.push(format!("data: {data}\n\n").as_bytes()),
        TurnEvent::Finished => encoder.finish(None, now_s),
        TurnEvent::Failed(clock) => {
            let error = provider_error::interrupted(clock);
            encoder.finish(Some((error.code.unwrap_or_default(), &error.message)), now_s)
        }
        _ => String::new(),
    };
    if !out.is_empty() {
        outlet.send(out.into_bytes());
    }
    ControlFlow::Continue(())
}

/// A whole completion with its headers and who made it. For a turn with care it is one, whatever becomes of the model.
///
/// # Errors
/// What the contract says when nobody answers.
pub async fn completed(
    turn: &Turn,
    request: &ChatRequest,
) -> Result<(String, TurnHeaders, String), ApiError> {
    let Some(script) = Script::of_care(turn, request, None) else {
        let (completion, target) = model_reply::completed(turn, request).await?;
        return Ok((completion, TurnHeaders::of(turn, target), target.to_string()));
    };
    let told = turn.setting.told.as_ref();
    let mut events = String::new();
    let mut gather = |event| {
        if let TurnEvent::Forwarded(data) = event {
            events.push_str(&format!("data: {data}\n\n"));
        }
        ControlFlow::Continue(())
    };
    let never = futures::future::pending().boxed_local();
    let spoken = speech::run(&mute(turn), script, &mut gather, never).await;
    let envelope = ChunkEnvelope::new(&new_id("chatcmpl-"), COMPANION, now_s());
    if spoken.end != TurnEnd::Finished {
        events.push_str(&String::from_utf8_lossy(&envelope.end(request.choices())));
    }
    let alone = || {
        let mut completion = envelope.chunk(Value::Null);
        let message = json!({"role": "assistant", "content": told.map(|told| told.text.as_str())});
        let choice = json!({"index": 0, "message": message, "finish_reason": "stop"});
        put(&mut completion, "object", "chat.completion".into());
        put(&mut completion, "choices", json!([choice]));
        completion.to_string()
    };
    let completion = completion_of(&events).unwrap_or_else(|_| alone());
    Ok((completion, TurnHeaders::of_care(turn), COMPANION.to_owned()))
}
