//! The Durable Object that holds one session: its socket, which survives the object's sleep, and a [`Dialogue`], which is
//! stored before it. It loads, steps, and does what comes of a step; what that is, [`super::running`] knows.
//!
//! It takes the upgrade that the Worker has authorised, with a [`Call`] in a header of its own.

#![allow(missing_docs)] // The macro's own methods have none.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use serde_json::Value;
use worker::{
    DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, WebSocketPair,
    durable_object,
};

use super::dialogue::{Dialogue, Happened};
use super::item::text;
use super::wire::Effect;
use super::{keeping, running};
use crate::audio::wav::pcm16_encode;
use crate::config::Config;
use crate::memory::settings;
use crate::platform::background::spawn;
use crate::platform::clock::{now_ms, sleep_ms};
use crate::platform::isolate;
use crate::platform::log;
use crate::platform::sql::{Sql, SqlError};
use crate::platform::sql_worker::WorkerSql;
use crate::wire::json::json;

/// The header in which the Worker says who calls; no client's passes.
pub const CALL_HEADER: &str = "x-hearken-call";
/// The protocol that clients must be offered again.
pub const PROTOCOL: &str = "realtime";
/// A session is stored when nothing has happened for so long.
const QUIET_MS: u64 = 1_000;
/// So long the words of a client that has left may take; after so long somebody looks whether they were lost.
const LAST_WORDS_MS: f64 = 15_000.0;
const LAST_WORDS_ALARM_MS: i64 = 3_000;
const LAST_WORDS_LOOK_MS: u64 = 50;
/// Of one row.
const ROW_BYTES_MAX: usize = 1 << 20;
/// What is stored, beside recordings that are being written down.
const STATE: &str = "state";
const SOUND: &str = "sound";

/// One session.
#[durable_object]
pub struct Session {
    state: State,
    line: Rc<Line>,
}

/// What its handlers and its turns share.
pub(super) struct Line {
    pub config: Option<Rc<Config>>,
    sql: WorkerSql,
    dialogue: RefCell<Option<Dialogue>>,
    socket: RefCell<Option<WebSocket>>,
    /// The person, and where they are.
    pub call: RefCell<Value>,
    /// Turns under way.
    pub turns: RefCell<Vec<running::Running>>,
    /// The way to who listens.
    pub cues: super::listener::Cues,
    /// `rate_limits`, as far as they are known.
    pub limits: RefCell<Value>,
    /// The minute of the latest request, and how many there were in it.
    pub asked: Cell<(u64, u64)>,
    /// Replies to be kept, in order.
    pub keeping: RefCell<VecDeque<keeping::Kept>>,
    pub is_keeping: Cell<bool>,
    happened_at_ms: Cell<f64>,
    is_storing: Cell<bool>,
}

impl DurableObject for Session {
    fn new(state: State, _env: Env) -> Self {
        let line = Line {
            config: isolate::config().ok(),
            sql: WorkerSql::new(state.storage()),
            dialogue: RefCell::default(),
            socket: RefCell::default(),
            call: RefCell::default(),
            turns: RefCell::default(),
            cues: RefCell::default(),
            limits: RefCell::new(json!([])),
            asked: Cell::default(),
            keeping: RefCell::default(),
            is_keeping: Cell::default(),
            happened_at_ms: Cell::default(),
            is_storing: Cell::default(),
        };
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

/// Does as the configuration says.
fn suit(dialogue: &mut Dialogue, config: &Config) {
    dialogue.speculates = config.speculates;
    let listens = !config.listen.targets.is_empty();
    dialogue.judges = !config.end_of_turn.targets.is_empty();
    dialogue.listens_ms = listens.then_some(config.listen.clocks.first_ms.into());
}

fn history_tokens(config: &Config) -> usize {
    settings::budget(&config.memory).history_tokens
}

impl Line {
    /// Something happens.
    pub(super) fn step(self: &Rc<Line>, happened: Happened<'_>) {
        let now = now_ms();
        self.happened_at_ms.set(now);
        let effects = match self.dialogue.borrow_mut().as_mut() {
            Some(dialogue) => dialogue.step(happened, now as u64),
            None => return,
        };
        running::perform(self, effects);
        self.store_when_quiet();
    }

    fn last(self: &Rc<Line>, what: fn(&mut Dialogue, u64) -> Vec<Effect>) {
        let effects = self
            .dialogue
            .borrow_mut()
            .as_mut()
            .map(|dialogue| what(dialogue, now_ms() as u64));
        running::perform(self, effects.unwrap_or_default());
    }

    /// The person, where one is named.
    pub(super) fn person(&self) -> Option<String> {
        let person = text(&self.call.borrow(), "person").to_owned();
        (!person.is_empty()).then_some(person)
    }

    /// Sends a frame. A socket that is gone is told by its close.
    pub(super) fn send(&self, text: &str) {
        if let Some(socket) = self.socket.borrow().as_ref() {
            let _ = socket.send_with_str(text);
        }
    }

    /// Ends the session.
    pub(super) fn close(&self, code: u16, reason: &str) {
        if let Some(socket) = self.socket.borrow().as_ref() {
            let _ = socket.close(Some(code), Some(reason));
        }
    }

    /// A word of how the session wants recordings written down; empty without one.
    pub(super) fn transcription(&self, name: &str) -> String {
        let dialogue = self.dialogue.borrow();
        let transcription = dialogue
            .as_ref()
            .and_then(|dialogue| dialogue.session.pointer("/audio/input/transcription"));
        transcription
            .map(|one| text(one, name))
            .unwrap_or_default()
            .to_owned()
    }

    /// A recording's language and prompt, as the session names them.
    pub(super) fn hearing_fields(&self) -> Vec<(String, String)> {
        let fields = ["language", "prompt"].map(|name| (name.to_owned(), self.transcription(name)));
        fields.into_iter().filter(|(_, word)| !word.is_empty()).collect()
    }

    /// Loads what was stored, where the object has slept.
    fn wake(self: &Rc<Line>, socket: Option<WebSocket>) {
        self.socket.replace(socket);
        if self.dialogue.borrow().is_some() {
            return;
        }
        let Some(config) = &self.config else { return };
        let loaded = self.load().ok().and_then(|mut stored| {
            let (_, state) = stored.pop()?;
            let saved: Value = serde_json::from_slice(&state).ok()?;
            let sound = stored.pop_if(|(kind, _)| kind == SOUND).unwrap_or_default().1;
            let recordings = stored.into_iter().filter_map(|(kind, wav)| {
                let (part, item) = kind.split_once(' ')?;
                Some((item.to_owned(), part.parse().ok()?, wav))
            });
            self.call.replace(saved.get("call").cloned()?);
            let saved = saved.get("dialogue")?;
            let mut dialogue = Dialogue::load(saved, &sound, recordings.collect(), history_tokens(config))?;
            suit(&mut dialogue, config);
            Some(dialogue)
        });
        if loaded.is_none() {
            self.close(1_011, "the session was lost");
        }
        self.dialogue.replace(loaded);
    }

    /// What was stored, by its kind; recordings first, and the state last.
    fn load(&self) -> Result<Vec<(String, Vec<u8>)>, SqlError> {
        let rows = self
            .sql
            .rows("SELECT kind, bytes FROM session ORDER BY kind, part", Vec::new())?;
        let mut all: Vec<(String, Vec<u8>)> = Vec::new();
        for row in rows {
            match all.last_mut().filter(|(kind, _)| *kind == row.text(0)) {
                Some((_, bytes)) => bytes.extend(row.blob(1)),
                None => all.push((row.text(0), row.blob(1))),
            }
        }
        Ok(all)
    }

    /// Stores the session once nothing has happened for a while; then the platform may put the object to sleep.
    fn store_when_quiet(self: &Rc<Line>) {
        if self.is_storing.replace(true) {
            return;
        }
        let line = self.clone();
        spawn(async move {
            loop {
                let quiet_ms = now_ms() - line.happened_at_ms.get();
                if quiet_ms >= QUIET_MS as f64 && line.turns.borrow().is_empty() {
                    break;
                }
                sleep_ms(QUIET_MS).await;
            }
            line.is_storing.set(false);
            line.store();
        });
    }

    fn store(&self) {
        let dialogue = self.dialogue.borrow();
        let Some(dialogue) = dialogue.as_ref() else { return };
        let state = json!({"call": *self.call.borrow(), "dialogue": dialogue.save()}).to_string();
        let sound = pcm16_encode(&dialogue.input.samples);
        let recordings = dialogue.recordings();
        let recordings: Vec<(String, &[u8])> = recordings
            .map(|(item, part, wav)| (format!("{part} {item}"), wav))
            .collect();
        let written = self.sql.transact(&mut || {
            let create = "CREATE TABLE IF NOT EXISTS session (kind TEXT, part INTEGER, bytes BLOB, PRIMARY KEY (kind, part))";
            self.sql.run(create, Vec::new())?;
            self.sql.run("DELETE FROM session", Vec::new())?;
            let parts = [(STATE, state.as_bytes()), (SOUND, sound.as_slice())];
            let recordings = recordings.iter().map(|(kind, wav)| (kind.as_str(), *wav));
            for (kind, bytes) in parts.into_iter().chain(recordings) {
                for (part, bytes) in bytes.chunks(ROW_BYTES_MAX).enumerate() {
                    let values = vec![kind.into(), (part as u64).into(), bytes.to_vec().into()];
                    self.sql.run("INSERT INTO session VALUES (?, ?, ?)", values)?;
                }
            }
            Ok(())
        });
        if let Err(error) = written {
            log::error(&json!({"event": "session_not_stored", "error": error.0}));
        }
    }
}
