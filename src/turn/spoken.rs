//! What a spoken turn is made of: its voice, and the reply that is told.

use std::cell::Cell;
use std::rc::Rc;

use futures::StreamExt as _;
use futures::stream;

use super::budget::Reservation;
use super::open::Turn;
use super::speech::{Script, SharedAccount};
use crate::care::answer::CareAnswer;
use crate::config::{COMPANION, Config, Target};
use crate::model::client::{self, OpenedReply};
use crate::model::request::ChatRequest;
use crate::model::spoken::VoiceAsk;
use crate::model::voiced::{ChunkEnvelope, Part, Voiced};
use crate::platform::clock::now_s;
use crate::platform::random::new_id;
use crate::upstream::chain::AttemptRecord;
use crate::upstream::fetch::{Origin, Surroundings};
use crate::voice::phrases::Phrases;
use crate::voice::speaker::Speaker;
use crate::wire::audio_format::AudioFormat;

/// A voice for a turn's reply.
pub fn speaker(turn: &Turn, voice: VoiceAsk) -> Speaker {
    let setting = &turn.setting;
    Speaker {
        phrases: Phrases::new(&setting.config),
        config: setting.config.clone(),
        around: setting.around.clone(),
        request_id: setting.request_id.clone(),
        voice: voice.voice,
        format: voice.format,
        speed: None,
        instructions: None,
        likeness: Default::default(),
        served_by: Default::default(),
        is_mute: false,
        allowance: turn.budget.as_ref().map(Reservation::allowance),
    }
}

/// A voice for a reply that is only written.
pub fn mute(turn: &Turn) -> Speaker {
    let voice = VoiceAsk {
        voice: None,
        format: AudioFormat::Pcm,
    };
    Speaker {
        is_mute: true,
        phrases: None,
        ..speaker(turn, voice)
    }
}

/// Where a reply that begins with care stands.
enum Stage {
    /// Nobody was asked yet.
    Asking(Box<Asking>),
    Reading(Box<OpenedReply>),
    Over,
}

/// What the model is asked with, by somebody whom the turn does not wait for.
struct Asking {
    config: Rc<Config>,
    around: Surroundings,
    request_id: String,
    request: ChatRequest,
    /// What ends the reply where nobody answers.
    end: Vec<u8>,
    record: SharedAccount,
}

impl Asking {
    async fn begin(self) -> (Vec<u8>, Stage) {
        let origin = Origin {
            config: &self.config,
            around: &self.around,
            request_id: &self.request_id,
        };
        let targets = self.request.model.targets(&self.config.llm);
        match client::stream(origin, targets, &self.request).await {
            Ok((mut opened, _, record)) => {
                self.record.set(Some(record));
                let held = std::mem::take(&mut opened.held);
                (held, Stage::Reading(Box::new(opened)))
            }
            // What was said already is the whole reply.
            Err(_) => (self.end, Stage::Over),
        }
    }
}

impl Script {
    /// What the person is told at once, then the model's reply; where nobody answers, the first is all of it. `None` for a
    /// turn without care.
    pub fn of_care(turn: &Turn, request: &ChatRequest, input_transcript: Option<String>) -> Option<Script> {
        let setting = &turn.setting;
        let care = setting.told.clone().filter(|_| setting.is_care())?;
        let created_s = now_s();
        let envelope = ChunkEnvelope::new(&new_id("chatcmpl-"), COMPANION, created_s);
        let record = SharedAccount::default();
        let mut request = request.clone();
        request.stream_always();
        let asking = Asking {
            config: setting.config.clone(),
            around: setting.around.clone(),
            request_id: setting.request_id.clone(),
            end: envelope.end(request.choices()),
            request,
            record: record.clone(),
        };
        let splitter = Voiced::new(envelope).of_choices(asking.request.choices());
        let clocks = setting.config.llm.clocks;
        let read = move |stage| async move {
            match stage {
                Stage::Asking(asking) => {
                    let (bytes, stage) = asking.begin().await;
                    Some((Ok(bytes), stage))
                }
                Stage::Reading(mut opened) => {
                    let chunk = opened.read_on(&clocks).await.transpose()?;
                    Some((chunk, Stage::Reading(opened)))
                }
                Stage::Over => None,
            }
        };
        Some(Script {
            reading: stream::unfold(Stage::Asking(Box::new(asking)), read).boxed_local(),
            record,
            splitter,
            parts: Vec::new(),
            input_transcript,
            told: Some(care),
            until_ms: setting.until_ms(),
            committed: None,
        })
    }

    /// A model's reply as it comes.
    pub fn of_stream(
        turn: &Turn,
        (mut opened, target, record): (OpenedReply, &Target, AttemptRecord),
        choices: usize,
        input_transcript: Option<String>,
    ) -> Script {
        let created_s = now_s();
        let envelope = ChunkEnvelope::new(&new_id("chatcmpl-"), &target.to_string(), created_s);
        let mut splitter = Voiced::new(envelope).of_choices(choices);
        let parts = splitter.push(&std::mem::take(&mut opened.held));
        let clocks = turn.setting.config.llm.clocks;
        let read = move |mut opened: OpenedReply| async move {
            let chunk = opened.read_on(&clocks).await.transpose()?;
            Some((chunk, opened))
        };
        Script {
            reading: stream::unfold(opened, read).boxed_local(),
            record: Rc::new(Cell::new(Some(record))),
            told: turn.setting.told.clone(),
            splitter,
            parts,
            input_transcript,
            until_ms: turn.setting.until_ms(),
            committed: None,
        }
    }

    /// A reply that is written already.
    pub fn of_text(text: String, until_ms: f64) -> Script {
        Script {
            reading: stream::empty().boxed_local(),
            record: SharedAccount::default(),
            told: None,
            splitter: Voiced::new(ChunkEnvelope::new("", "", 0)),
            parts: vec![Part::Say(text), Part::Done],
            input_transcript: None,
            until_ms,
            committed: None,
        }
    }

    /// The same of a reply that begins with what the person is told at once: that is spoken from kept phrases.
    pub fn beginning_with(mut self, told: Option<Rc<CareAnswer>>) -> Script {
        let begins = |part: &Part| match (part, &told) {
            (Part::Say(text), Some(told)) => text.strip_prefix(&told.text).map(str::to_owned),
            _ => None,
        };
        if let Some(rest) = self.parts.first().and_then(begins) {
            self.parts = vec![Part::Say(rest), Part::Done];
            self.told = told;
        }
        self
    }
}
