//! What a session's handlers and its turns share: the dialogue, which is stored before the object sleeps, its socket, and
//! what is under way.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use futures::channel::mpsc::UnboundedSender;
use futures::channel::oneshot;
use serde_json::Value;
use web_sys::AbortController;
use worker::WebSocket;

use super::dialogue::{Dialogue, Happened};
use super::item::{ReplyStamp, text};
use super::wire::Effect;
use crate::audio::wav::pcm16_encode;
use crate::config::Config;
use crate::memory::person::protocol::Said;
use crate::memory::settings;
use crate::platform::background::spawn;
use crate::platform::clock::{now_ms, sleep_ms};
use crate::platform::isolate;
use crate::platform::log;
use crate::platform::sql::{Sql, SqlError};
use crate::platform::sql_worker::WorkerSql;
use crate::wire::json::json;

/// A session is stored when nothing has happened for so long.
const QUIET_MS: u64 = 1_000;
/// Of one row.
const ROW_BYTES_MAX: usize = 1 << 20;
/// What is stored, beside recordings that are being written down.
const STATE: &str = "state";
const SOUND: &str = "sound";

/// A turn under way.
pub(super) struct Running {
    pub response: String,
    pub stop: oneshot::Sender<()>,
    pub controller: AbortController,
    /// Of one that was begun before it is over.
    pub commit: Option<oneshot::Sender<()>>,
}

/// What the one who listens is told.
pub(super) enum Cue {
    Sound(Vec<i16>),
    Settle,
}

/// The way to who listens now.
pub(super) type Cues = RefCell<Option<UnboundedSender<Cue>>>;

/// A reply to be kept.
pub(super) type Kept = (ReplyStamp, Said);

/// Does what comes of a step, in order.
pub(super) type Perform = fn(&Rc<Line>, Vec<Effect>);

/// What its handlers and its turns share.
pub(super) struct Line {
    perform: Perform,
    pub config: Option<Rc<Config>>,
    sql: WorkerSql,
    pub dialogue: RefCell<Option<Dialogue>>,
    pub socket: RefCell<Option<WebSocket>>,
    /// The person, and where they are.
    pub call: RefCell<Value>,
    /// Turns under way.
    pub turns: RefCell<Vec<Running>>,
    /// The way to who listens.
    pub cues: Cues,
    /// `rate_limits`, as far as they are known.
    pub limits: RefCell<Value>,
    /// The minute of the latest request, and how many there were in it.
    pub asked: Cell<(u64, u64)>,
    /// Replies to be kept, in order.
    pub keeping: RefCell<VecDeque<Kept>>,
    pub is_keeping: Cell<bool>,
    happened_at_ms: Cell<f64>,
    is_storing: Cell<bool>,
}

/// Does as the configuration says.
pub(super) fn suit(dialogue: &mut Dialogue, config: &Config) {
    dialogue.speculates = config.speculates;
    let listens = !config.listen.targets.is_empty();
    dialogue.judges = !config.end_of_turn.targets.is_empty();
    dialogue.listens_ms = listens.then_some(config.listen.clocks.first_ms.into());
}

pub(super) fn history_tokens(config: &Config) -> usize {
    settings::budget(&config.memory).history_tokens
}

impl Line {
    /// A session that has not begun; `perform` does what comes of a step.
    pub fn new(sql: WorkerSql, perform: Perform) -> Line {
        Line {
            perform,
            config: isolate::config().ok(),
            sql,
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
        }
    }

    /// Something happens.
    pub(super) fn step(self: &Rc<Line>, happened: Happened<'_>) {
        let now = now_ms();
        self.happened_at_ms.set(now);
        let effects = match self.dialogue.borrow_mut().as_mut() {
            Some(dialogue) => dialogue.step(happened, now as u64),
            None => return,
        };
        (self.perform)(self, effects);
        self.store_when_quiet();
    }

    pub fn last(self: &Rc<Line>, what: fn(&mut Dialogue, u64) -> Vec<Effect>) {
        let effects = self
            .dialogue
            .borrow_mut()
            .as_mut()
            .map(|dialogue| what(dialogue, now_ms() as u64));
        (self.perform)(self, effects.unwrap_or_default());
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
    pub fn wake(self: &Rc<Line>, socket: Option<WebSocket>) {
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

    pub fn store(&self) {
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
