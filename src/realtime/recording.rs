//! Has recordings written down, and pauses judged.

use std::rc::Rc;

use super::dialogue::Happened;
use super::line::Line;
use super::outcome::why;
use super::reasons::why_lost;
use crate::audio::wav::{HEADER_BYTES, PcmFormat};
use crate::config::{Amounts, Config};
use crate::memory::person::protocol::ReserveAsk;
use crate::platform::random::new_id;
use crate::turn::budget;
use crate::upstream::fetch::{Origin, Surroundings, nobody};
use crate::voice::end_of_turn_client;
use crate::voice::transcription_client::{self, Unheard};

/// With what providers are asked on a session's behalf: what is asked goes on though a client leaves.
pub(super) struct Behalf {
    pub config: Rc<Config>,
    pub request_id: String,
    around: Surroundings,
}

impl Behalf {
    /// `None` where nothing is configured.
    pub fn of(line: &Line) -> Option<Behalf> {
        Some(Behalf {
            config: line.config.clone()?,
            request_id: new_id("req_"),
            around: Surroundings::of(nobody()),
        })
    }

    pub fn origin(&self) -> Origin<'_> {
        Origin {
            config: &self.config,
            around: &self.around,
            request_id: &self.request_id,
        }
    }
}

/// Has a recording written down.
pub(super) async fn hear(line: Rc<Line>, item: String, part: u32, wav: Rc<Vec<u8>>) {
    let Some(behalf) = Behalf::of(&line) else { return };
    let ms = PcmFormat::SPEECH.duration_ms(wav.len().saturating_sub(HEADER_BYTES) as u64);
    let amounts = Amounts {
        heard_ms: ms,
        ..Amounts::NONE
    };
    let person = line.person();
    let ask = ReserveAsk::exactly(behalf.request_id.clone(), amounts);
    let reserved = budget::reserve(&behalf.config, person.as_deref(), ask).await;
    let words = match reserved {
        Err(lost) => Err(why_lost(&lost)),
        Ok(budget) => {
            let words = transcription_client::words(behalf.origin(), wav, line.hearing_fields()).await;
            if let Some(budget) = budget.filter(|_| !matches!(words, Err(Unheard::Failed(_)))) {
                budget.spend(amounts);
            }
            match words {
                Ok(words) => Ok(words),
                Err(Unheard::Silent) => Ok(String::new()),
                Err(Unheard::Broken(error)) => Err(("invalid_audio".to_owned(), error.to_string())),
                Err(Unheard::Failed(failures)) => Err(why("transcription", &failures)),
            }
        }
    };
    let item = &item;
    line.step(Happened::Heard {
        item,
        part,
        words,
        ms,
    });
}

/// Has a model hear a pause. Where it does not answer, silence and words say what they say without it.
pub(super) async fn judge(line: Rc<Line>, at_ms: u64, sound: Vec<i16>) {
    let Some(behalf) = Behalf::of(&line) else { return };
    if let Ok(finished) = end_of_turn_client::finished(behalf.origin(), &sound).await {
        line.step(Happened::Judged { at_ms, finished });
    }
}
