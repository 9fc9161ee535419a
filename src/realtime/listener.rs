//! Listens to one turn by a recogniser's socket, from its beginning to its last words.

use std::pin::pin;
use std::rc::Rc;

use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use futures::{FutureExt as _, StreamExt as _};

use super::dialogue::Happened;
use super::line::{Cue, Line};
use super::recording::Behalf;
use crate::config::Amounts;
use crate::memory::person::protocol::ReserveAsk;
use crate::platform::background::spawn;
use crate::platform::clock::sleep_ms;
use crate::realtime::heard::SAMPLES_PER_MS;
use crate::turn::budget;
use crate::upstream::outcome::{Deadline, Failure};
use crate::upstream::provider::SocketFrame;
use crate::voice::recogniser::RecogniserEvent;
use crate::voice::recogniser_client::{self, Open};

/// What of a person's budget one turn's listening may use; without a budget there is no bound but the clock's.
const HEARD_MS_MAX: u64 = 60_000;

/// Begins to listen; whoever listened before stops.
pub(super) fn begin(line: &Rc<Line>, item: String) {
    let (cues, told) = unbounded();
    line.cues.replace(Some(cues));
    let line = line.clone();
    spawn(async move {
        if listen(&line, &item, told).await.is_err() {
            line.step(Happened::Deaf { item: &item });
        }
    });
}

/// Listens until the cues end. Nobody listens after an error.
async fn listen(line: &Rc<Line>, item: &str, mut cues: UnboundedReceiver<Cue>) -> Result<(), ()> {
    let behalf = Behalf::of(line).ok_or(())?;
    let config = &behalf.config;
    let heard = |heard_ms| Amounts {
        heard_ms,
        ..Amounts::NONE
    };
    let ask = ReserveAsk {
        turn: behalf.request_id.clone(),
        needed: heard(HEARD_MS_MAX / 10),
        wanted: heard(HEARD_MS_MAX),
    };
    let person = line.person();
    let budget = budget::reserve(config, person.as_deref(), ask).await;
    let budget = budget.map_err(|_| ())?;
    let may_ms = match &budget {
        Some(budget) if config.limits.day.heard_ms > 0 => budget.reserved().granted.heard_ms,
        _ => u64::MAX,
    };
    let (model, fields) = (line.transcription("model"), line.hearing_fields());
    let opened = recogniser_client::open(behalf.origin(), &model, &fields)
        .boxed_local()
        .await;
    let Open {
        socket,
        mut recogniser,
        record,
    } = opened.map_err(|_| ())?;
    let clocks = &config.listen.clocks;
    let mut total = pin!(sleep_ms(clocks.total_ms.into()).fuse());
    let mut samples = 0;
    let end = loop {
        if samples / SAMPLES_PER_MS >= may_ms {
            break Err(Failure::ClientLeft);
        }
        let mut message = pin!(socket.next().fuse());
        let mut silent = pin!(sleep_ms(clocks.idle_ms.into()).fuse());
        // Cues are many and say nothing of the other side.
        let message = loop {
            futures::select! {
                message = message => break Some(message),
                () = silent => break None,
                () = total => break None,
                cue = cues.next() => match cue {
                    Some(Cue::Sound(sound)) => {
                        samples += sound.len() as u64;
                        socket.send(&recogniser.sound(&sound));
                    }
                    Some(Cue::Settle) => socket.send(&SocketFrame::Text(recogniser.pause().to_owned())),
                    None => {
                        if let Some(farewell) = recogniser.farewell() {
                            socket.send(&SocketFrame::Text(farewell.to_owned()));
                        }
                        break Some(Some(String::new()));
                    }
                }
            }
        };
        let text = match message {
            None => break Err(Failure::Timeout(Deadline::Idle)),
            Some(None) => break Err(Failure::Cut),
            Some(Some(text)) if text.is_empty() => break Ok(()),
            Some(Some(text)) => text,
        };
        let heard = recogniser.read(&text);
        match heard {
            RecogniserEvent::Nothing => {}
            RecogniserEvent::Failed => break Err(Failure::InBand),
            RecogniserEvent::Words | RecogniserEvent::All => line.step(Happened::Words {
                item,
                words: recogniser.words(),
                is_all: heard == RecogniserEvent::All,
            }),
        }
    };
    if let Some(budget) = budget {
        budget.spend(heard(samples / SAMPLES_PER_MS));
    }
    record.spend([samples as f64 / SAMPLES_PER_MS as f64 / 1_000.0, 0.0]);
    record.end(end);
    end.map_err(|_| ())
}
