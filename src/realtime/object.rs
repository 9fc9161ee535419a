//! The Durable Object that holds one session: its socket, which survives the object's sleep, and a [`Dialogue`], which is
//! stored before it. It loads, steps, and does what comes of a step; what that is, [`super::running`] knows.
//!
//! It takes the upgrade that the Worker has authorised, with a [`Call`] in a header of its own.

#![allow(missing_docs)] // The macro's own methods have none.

use std::rc::Rc;

use serde_json::Value;
use worker::{
    DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, WebSocketPair,
    durable_object,
};

use super::dialogue::{Dialogue, Happened};
use super::item::text;
use super::line::{Line, history_tokens, suit};
use super::{keeping, running};
use crate::platform::clock::{now_ms, sleep_ms};
use crate::platform::sql_worker::WorkerSql;

/// The header in which the Worker says who calls; no client's passes.
pub const CALL_HEADER: &str = "x-hearken-call";
/// The protocol that clients must be offered again.
pub const PROTOCOL: &str = "realtime";
/// So long the words of a client that has left may take; after so long somebody looks whether they were lost.
const LAST_WORDS_MS: f64 = 15_000.0;
const LAST_WORDS_ALARM_MS: i64 = 3_000;
const LAST_WORDS_LOOK_MS: u64 = 50;

/// One session.
#[durable_object]
pub struct Session {
    state: State,
    line: Rc<Line>,
}

impl DurableObject for Session {
    fn new(state: State, _env: Env) -> Self {
        let line = Line::new(WorkerSql::new(state.storage()), running::perform);
        Session {
            state,
            line: Rc::new(line),
        }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        let line = &self.line;
        let call = request.headers().get(CALL_HEADER)?.unwrap_or_default();
        let call: Value = serde_json::from_str(&call)?;
        let config = line.config.clone().ok_or("the configuration is wrong")?;
        let session = call.get("session").cloned().unwrap_or_default();
        let conversation = text(&call, "conversation").to_owned();
        let mut dialogue = Dialogue::new(session, conversation, history_tokens(&config));
        suit(&mut dialogue, &config);
        line.call.replace(call);
        if line.call.borrow().get("goes_on") == Some(&Value::Bool(true)) {
            dialogue.conversation.before = keeping::before(line, &config, &dialogue.conversation_id).await;
        }
        let WebSocketPair { client, server } = WebSocketPair::new()?;
        self.state.accept_web_socket(&server);
        line.socket.replace(Some(server));
        let greeting = dialogue.greet();
        line.dialogue.replace(Some(dialogue));
        line.store();
        self.state
            .storage()
            .set_alarm(i64::from(config.realtime_session_ms))
            .await?;
        running::perform(line, greeting);
        let mut response = Response::from_websocket(client)?;
        response
            .headers_mut()
            .set("x-request-id", text(&line.call.borrow(), "request_id"))?;
        if config.marks {
            response
                .headers_mut()
                .set("ai-disclosure", "mode=machine-generated")?;
        }
        if text(&line.call.borrow(), "protocol") == PROTOCOL {
            response.headers_mut().set("sec-websocket-protocol", PROTOCOL)?;
        }
        Ok(response)
    }

    async fn websocket_message(
        &self,
        socket: WebSocket,
        message: WebSocketIncomingMessage,
    ) -> worker::Result<()> {
        self.line.wake(Some(socket));
        match message {
            WebSocketIncomingMessage::String(text) => self.line.step(Happened::Frame(&text)),
            WebSocketIncomingMessage::Binary(_) => self.line.step(Happened::Binary),
        }
        Ok(())
    }

    async fn websocket_close(
        &self,
        socket: WebSocket,
        code: usize,
        reason: String,
        _clean: bool,
    ) -> worker::Result<()> {
        // A client that waits for the close's answer would wait for ever; some codes cannot be sent.
        let code = u16::try_from(code)
            .ok()
            .filter(|code| *code == 1_000 || (3_000..5_000).contains(code));
        let _ = socket.close(Some(code.unwrap_or(1_000)), Some(reason));
        self.line.wake(Some(socket));
        self.leave().await?;
        self.forget().await
    }

    async fn websocket_error(&self, socket: WebSocket, _error: worker::Error) -> worker::Result<()> {
        self.line.wake(Some(socket));
        self.leave().await?;
        self.forget().await
    }

    async fn alarm(&self) -> worker::Result<Response> {
        match self.state.get_websockets().into_iter().next() {
            Some(socket) => {
                self.line.wake(Some(socket));
                self.line.step(Happened::Expired);
                self.leave().await?;
            }
            // Nobody is there any more, and this object may have been lost before all that was said was kept.
            None => {
                self.line.wake(None);
                let is_leaving = self
                    .line
                    .dialogue
                    .borrow()
                    .as_ref()
                    .is_some_and(|one| one.is_leaving);
                if is_leaving {
                    self.leave().await?;
                }
            }
        }
        self.forget().await?;
        Response::empty()
    }
}

impl Session {
    /// The client is gone: what it said is written down, and kept.
    async fn leave(&self) -> worker::Result<()> {
        let line = &self.line;
        line.last(Dialogue::leave);
        line.socket.replace(None);
        let left_at_ms = now_ms();
        let is_left = || line.dialogue.borrow().as_ref().is_none_or(Dialogue::is_left);
        if !is_left() {
            line.store();
            self.state.storage().set_alarm(LAST_WORDS_ALARM_MS).await?;
        }
        while !is_left() && now_ms() - left_at_ms < LAST_WORDS_MS {
            sleep_ms(LAST_WORDS_LOOK_MS).await;
        }
        line.last(Dialogue::give_up);
        line.dialogue.replace(None);
        line.cues.take();
        Ok(())
    }

    /// Nothing of a session stays when it is over.
    async fn forget(&self) -> worker::Result<()> {
        self.state.storage().delete_alarm().await?;
        self.state.storage().delete_all().await
    }
}
