//! `POST /v1/audio/speech` by a model that does not take so much text at once: cut as a spoken reply is, into phrases that
//! it takes, whose sound becomes one stream.

use std::ops::ControlFlow;
use std::rc::Rc;

use futures::channel::oneshot;

use super::body_writer::{self, Outlet};
use super::chat_audio::{SpokenAnswer, first_sound, no_stream, written};
use super::error::ApiError;
use super::exchange::Exchange;
use super::provider_error;
use super::reply::Reply;
use super::speech_request::SpeechRequest;
use super::speech_tap::{DONE_EVENT, delta_event};
use super::usage;
use crate::config::{Config, Target};
use crate::platform::background::spawn;
use crate::turn::budget::Reservation;
use crate::turn::close::learn;
use crate::turn::speech::{Script, Spoken, TurnEnd, TurnEvent};
use crate::voice::phrases::Phrases;
use crate::voice::speaker::{self, Speaker};
use crate::voice::synthesis::stream_of;

/// Answers with the sound of all parts, made by `targets`.
///
/// # Errors
/// What [`provider_error::exhausted`] says when nobody speaks.
pub async fn speak(
    exchange: Exchange,
    request: SpeechRequest,
    targets: Vec<&Target>,
    budget: Option<Rc<Reservation>>,
) -> Result<Reply, ApiError> {
    let person = exchange.person(request.user.as_deref())?.unwrap_or_default();
    let mut config = Config::clone(&exchange.config);
    config.tts.targets = targets.into_iter().cloned().collect();
    let format = speaker::nearest(&config, request.format);
    let config = Rc::new(config);
    let phrases = Phrases::new(&config).filter(|_| request.instructions.is_none());
    let speaker = Speaker {
        phrases,
        around: exchange.surroundings(None),
        request_id: exchange.request_id.clone(),
        voice: request.voice,
        format,
        speed: request.speed,
        instructions: request.instructions,
        likeness: Rc::default(),
        served_by: Rc::default(),
        is_mute: false,
        allowance: budget.as_ref().map(Reservation::allowance),
        config,
    };
    let until_ms = exchange.began_at_ms + f64::from(speaker.config.turn_total_ms);
    let script = Script::of_text(request.input, until_ms);
    let (readable, outlet, pump) = body_writer::outlet().ok_or_else(no_stream)?;
    let (first, has_begun) = oneshot::channel();
    let is_sse = request.is_sse;
    let mut parts = Parts {
        outlet,
        first: Some(first),
        is_sse,
        has_failed: false,
    };
    let answer = SpokenAnswer {
        emit: Box::new(move |event| parts.event(event)),
        remembered: |_| String::new(),
        is_clean: match is_sse {
            true => |spoken| spoken.end != TurnEnd::Left,
            false => is_whole,
        },
    };
    let served_by = speaker.served_by.clone();
    spawn(async move {
        let (spoken, _) = written(&speaker, script, answer, pump).await;
        spoken.speech.count(speaker.codec());
        learn(speaker, &person, spoken.speech.heard).await;
    });
    first_sound(has_begun).await?;
    let timing = format!("speech;dur={};desc=\"first sound\"", exchange.elapsed_ms());
    let reply = match is_sse {
        true => Reply::events(readable),
        false => Reply::audio(stream_of(format).content_type(), readable),
    };
    Ok(usage::on(reply, &exchange.config, budget.as_deref())
        .maybe("x-served-by", served_by.get().cloned())
        .header("x-cache", "bypass")
        .header("server-timing", timing))
}

fn is_whole(spoken: &Spoken) -> bool {
    spoken.end == TurnEnd::Finished && !spoken.speech.has_failed
}

/// Writes the parts' sound, as it is or in events.
struct Parts {
    outlet: Outlet,
    /// Gets the first of the sound, or what went wrong before it.
    first: Option<oneshot::Sender<Result<(), ApiError>>>,
    is_sse: bool,
    has_failed: bool,
}

impl Parts {
    fn event(&mut self, event: TurnEvent) -> ControlFlow<()> {
        match event {
            TurnEvent::Audio { bytes, .. } if !bytes.is_empty() && !self.has_failed => {
                self.answer(Ok(()));
                self.outlet.send(match self.is_sse {
                    true => delta_event(&bytes),
                    false => bytes,
                });
            }
            TurnEvent::SpeechFailed(failures) => {
                return self.fail(provider_error::exhausted("speech", &failures));
            }
            TurnEvent::Failed(clock) => return self.fail(provider_error::interrupted(clock)),
            TurnEvent::Finished => {
                let nothing = ApiError::invalid("input", "input has nothing to be spoken");
                let has_begun = !self.answer(Err(nothing));
                if has_begun && self.is_sse && !self.has_failed {
                    self.outlet.send(DONE_EVENT.to_vec());
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// A part is missing: what follows it would pass for the whole, so nothing does.
    fn fail(&mut self, error: ApiError) -> ControlFlow<()> {
        if std::mem::replace(&mut self.has_failed, true) {
            return ControlFlow::Continue(());
        }
        let event = error.event();
        if self.answer(Err(error)) || !self.is_sse {
            return ControlFlow::Break(());
        }
        self.outlet.send(event.into_bytes());
        ControlFlow::Continue(())
    }

    /// Says how the answer begins; false if that was said before.
    fn answer(&mut self, result: Result<(), ApiError>) -> bool {
        self.first.take().is_some_and(|first| first.send(result).is_ok())
    }
}
