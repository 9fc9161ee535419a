//! What a spoken turn is made of: its voice, and the reply that is told.

use futures::StreamExt as _;
use futures::stream;

use super::budget::Reservation;
use super::open::Turn;
use super::speech::Script;
use crate::config::Target;
use crate::model::client::Opened;
use crate::model::spoken::VoiceAsk;
use crate::model::voiced::{Envelope, Part, Voiced};
use crate::platform::clock::now_ms;
use crate::platform::random::new_id;
use crate::upstream::chain::AttemptRecord;
use crate::voice::phrases::Phrases;
use crate::voice::speaker::Speaker;

/// A voice for a turn's reply.
pub fn speaker(turn: &Turn, voice: VoiceAsk) -> Speaker {
    let setting = &turn.setting;
    Speaker {
        phrases: Phrases::new(&setting.env, &setting.config),
        config: setting.config.clone(),
        around: setting.around.clone(),
        request_id: setting.request_id.clone(),
        voice: voice.voice,
        format: voice.format,
        speed: None,
        instructions: None,
        likeness: Default::default(),
        served_by: Default::default(),
        allowance: turn.budget.as_ref().map(Reservation::allowance),
    }
}

impl Script {
    /// A model's reply as it comes.
    pub fn of_stream(
        turn: &Turn,
        (mut opened, target, record): (Opened, &Target, AttemptRecord),
        choices: usize,
        input_transcript: Option<String>,
    ) -> Script {
        let created_s = (now_ms() / 1000.0) as u64;
        let envelope = Envelope::new(&new_id("chatcmpl-"), &target.to_string(), created_s);
        let mut splitter = Voiced::new(envelope).of_choices(choices);
        let parts = splitter.push(&std::mem::take(&mut opened.held));
        let clocks = turn.setting.config.llm.clocks;
        let read = move |mut opened: Opened| async move {
            let chunk = opened.read_on(&clocks).await.transpose()?;
            Some((chunk, opened))
        };
        Script {
            reading: stream::unfold(opened, read).boxed_local(),
            record: Some(record),
            splitter,
            parts,
            input_transcript,
            until_ms: turn.setting.until_ms(),
        }
    }

    /// A reply that is written already.
    pub fn of_text(text: String, until_ms: f64) -> Script {
        Script {
            reading: stream::empty().boxed_local(),
            record: None,
            splitter: Voiced::new(Envelope::new("", "", 0)),
            parts: vec![Part::Say(text), Part::Done],
            input_transcript: None,
            until_ms,
        }
    }
}
