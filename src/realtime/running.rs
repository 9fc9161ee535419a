//! What comes of a session's steps: frames out, recordings written down, turns run, replies kept.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::rc::Rc;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{Either, Shared, select};
use serde_json::Value;
use web_sys::AbortController;

use super::admission::{admit, limits};
use super::dialogue::Happened;
use super::item::{ReplyStamp, text};
use super::keeping::keep;
use super::line::{Cue, Line, Running};
use super::listener;
use super::outcome::why;
use super::reasons::{internal, why_lost};
use super::recording::{hear, judge};
use super::wire::{self, Effect};
use crate::audio::adpcm;
use crate::config::ChainKind;
use crate::model::client;
use crate::model::forms::ReplyMessage;
use crate::model::request::{ChatRequest, ModelChoice};
use crate::platform::background::spawn;
use crate::platform::clock::{local_time, now_ms, sleep_ms};
use crate::platform::random::new_id;
use crate::telemetry::account;
use crate::turn::ambient::{self, Place};
use crate::turn::close::{self, close_spoken};
use crate::turn::open::{self, Unopened};
use crate::turn::prompt;
use crate::turn::setting::Setting;
use crate::turn::speech::{self, Script};
use crate::turn::spoken;
use crate::turn::timing::Timings;
use crate::upstream::fetch::{Surroundings, nobody};
use crate::voice::phrase_cache::CachedClip;

/// Does what comes of a step, in order.
pub(super) fn perform(line: &Rc<Line>, effects: Vec<Effect>) {
    for effect in effects {
        match effect {
            Effect::Send(text) => line.send(&text),
            Effect::Close(code, reason) => line.close(code, reason),
            Effect::Hear { item, part, wav } => spawn(hear(line.clone(), item, part, wav)),
            Effect::Judge { at_ms, sound } => spawn(judge(line.clone(), at_ms, sound)),
            Effect::Listen { item } => listener::begin(line, item),
            Effect::Sound(samples) => cue(line, Cue::Sound(samples)),
            Effect::Settle => cue(line, Cue::Settle),
            Effect::Unlisten => drop(line.cues.take()),
            Effect::Begin(turn) => begin(line, *turn),
            Effect::Commit(turn) => spawn(commit(line.clone(), *turn)),
            Effect::Stop { response } => {
                let mut turns = line.turns.borrow_mut();
                if let Some(place) = turns.iter().position(|turn| turn.response == response) {
                    let turn = turns.remove(place);
                    let _ = turn.stop.send(());
                    turn.controller.abort();
                }
            }
            Effect::Keep {
                stamp,
                text,
                tool_calls,
            } => keep(line, stamp, prompt::replied(&text, tool_calls.as_ref())),
            Effect::Wake(at_ms) => {
                let line = line.clone();
                spawn(async move {
                    sleep_ms(at_ms.saturating_sub(now_ms() as u64)).await;
                    line.step(Happened::Tick);
                });
            }
        }
    }
}

fn cue(line: &Line, cue: Cue) {
    if let Some(cues) = line.cues.borrow().as_ref() {
        // Who has failed tells so.
        let _ = cues.unbounded_send(cue);
    }
}

fn begin(line: &Rc<Line>, turn: wire::TurnAsk) {
    let Ok(controller) = AbortController::new() else {
        return;
    };
    let (stop, stopped) = oneshot::channel();
    let (commit, committed) = oneshot::channel();
    let around = Surroundings::of(controller.signal());
    line.turns.borrow_mut().push(Running {
        response: turn.response.clone(),
        stop,
        controller,
        commit: turn.is_ahead.then_some(commit),
    });
    let line = line.clone();
    spawn(async move {
        let response = turn.response.clone();
        if let Err((code, message)) = run(&line, turn, around, stopped, committed).await {
            let response = &response;
            line.step(Happened::Lost {
                response,
                code,
                message,
            });
        }
        line.turns.borrow_mut().retain(|turn| turn.response != response);
    });
}

/// A turn that was begun ahead is over: what was said is kept, and then the client gets what there is of the reply.
async fn commit(line: Rc<Line>, turn: wire::TurnAsk) {
    let response = &turn.response;
    let running = line.turns.borrow_mut().iter_mut().find_map(|running| {
        let is_this = running.response == *response;
        is_this.then(|| running.commit.take())?
    });
    // Of a client that is gone nobody is asked.
    let admitted = match &running {
        Some(_) => admit(&line).await,
        None => Ok(()),
    };
    if let (Some(commit), Ok(())) = (running, &admitted) {
        let _ = commit.send(());
    }
    let asked = admitted.and_then(|()| asked(&line, &turn, Surroundings::of(nobody())));
    let kept = match asked {
        Ok((setting, request)) => open::keep_said(&setting, &request, turn.lost_at_ms)
            .await
            .map_err(|lost| why_lost(&lost)),
        Err(why) => Err(why),
    };
    line.step(match kept {
        Ok(place) => Happened::Opened {
            response,
            stamp: place.map(|place| ReplyStamp {
                epoch: place.epoch,
                turn: place.turn,
            }),
            opened_at_ms: now_ms() as u64,
            limits: line.limits.borrow().clone(),
        },
        Err((code, message)) => {
            line.step(Happened::Unkept { response });
            Happened::Lost {
                response,
                code,
                message,
            }
        }
    });
}

/// What a turn asks, and what it is made with.
///
/// # Errors
/// The code and the sentence.
fn asked(
    line: &Rc<Line>,
    turn: &wire::TurnAsk,
    around: Surroundings,
) -> Result<(Setting, ChatRequest), (String, String)> {
    let config = line
        .config
        .clone()
        .ok_or_else(|| internal("hearken is not set up"))?;
    let mut request =
        ChatRequest::parse(&turn.body).map_err(|bad| ("invalid_value".to_owned(), bad.message))?;
    request.model = ModelChoice::parse(config.realtime_model(text_of(&request)).as_deref())
        .resolved(&config, ChainKind::Llm);
    request.persona = Some(text(&line.call.borrow(), "persona").to_owned()).filter(|word| !word.is_empty());
    let conversation = text(&line.call.borrow(), "conversation").to_owned();
    let person = line.person();
    if turn.is_kept && person.is_some() {
        request.conversation = Some(conversation);
        request.is_new = Some(turn.is_new.clone());
    } else if !turn.is_kept {
        request.memory = Some(false);
        request.may_be_kept = false;
    }
    let setting = Setting {
        config: config.clone(),
        around,
        person,
        request_id: new_id("req_"),
        began_at_ms: now_ms(),
        speaks: turn.voice.is_some().then_some(0),
        timings: Timings::default(),
        told: None,
        is_ahead: turn.is_ahead,
    };
    if turn.voice.is_some() {
        setting.timings.speak();
    }
    let place = || place(&line.call.borrow());
    ambient::tell(
        &config,
        &mut request,
        turn.voice.is_some(),
        place,
        local_time,
        &setting.timings,
    )
    .map_err(|bad| ("invalid_value".to_owned(), bad.message))?;
    if request.country.is_none() {
        let call = line.call.borrow();
        let word = |at: usize| Some(call.get("state")?.get(at)?.as_str()?.to_owned());
        [request.country, request.region] = [word(0), word(1)];
    }
    Ok((setting, request))
}

/// Runs a turn to its end.
///
/// # Errors
/// It could not begin: the code and the sentence.
async fn run(
    line: &Rc<Line>,
    turn: wire::TurnAsk,
    around: Surroundings,
    stopped: oneshot::Receiver<()>,
    committed: oneshot::Receiver<()>,
) -> Result<(), (String, String)> {
    if !turn.is_ahead
        && let Err(refused) = admit(line).await
    {
        let response = &turn.response;
        line.step(Happened::Unkept { response });
        return Err(refused);
    }
    let (setting, mut request) = asked(line, &turn, around)?;
    let (config, request_id) = (setting.config.clone(), setting.request_id.clone());
    let committed = committed.shared();
    account::open(&request_id);
    let mut opened = open::open(setting, &mut request)
        .boxed_local()
        .await
        .map_err(|unopened| {
            if !turn.is_ahead {
                let response = &turn.response;
                line.step(Happened::Unkept { response });
            }
            match unopened {
                Unopened::Lost(lost) => why_lost(&lost),
                Unopened::Nobody => internal("a conversation belongs to a person"),
            }
        })?;
    line.limits
        .replace(limits(&config, opened.budget.as_deref(), line.asked.get().1));
    if turn.is_ahead && opened.setting.is_care() {
        return Err(internal("care waits for the end of the turn"));
    }
    let kept = opened.place.take();
    if !turn.is_ahead {
        line.step(Happened::Opened {
            response: &turn.response,
            stamp: kept.map(|place| ReplyStamp {
                epoch: place.epoch,
                turn: place.turn,
            }),
            opened_at_ms: now_ms() as u64,
            limits: line.limits.borrow().clone(),
        });
    }
    // Who is in danger is answered before any model is asked.
    let (mut script, served_by) = match Script::of_care(&opened, &request, None) {
        Some(script) => (script, "hearken:care".to_owned()),
        None => {
            let targets = request.model.targets(&config.llm);
            let begun = client::stream(opened.setting.origin(), targets, &request).boxed_local();
            let opener = config.personas.of(request.persona.as_deref()).opener;
            let opener = say_opener(line, &turn, &opened, opener, committed.clone()).boxed_local();
            let begun = match select(begun, opener).await {
                Either::Left((begun, _)) => begun,
                Either::Right(((), begun)) => begun.await,
            };
            let begun = begun.map_err(|failures| why("chat", &failures))?;
            let served_by = begun.1.to_string();
            (Script::of_stream(&opened, begun, 1, None), served_by)
        }
    };
    let committed_at_ms = Rc::new(Cell::new(0.0));
    if turn.is_ahead {
        let at_ms = committed_at_ms.clone();
        script = script.until(Box::pin(async move {
            match committed.await {
                Ok(()) => at_ms.set(now_ms()),
                Err(_) => std::future::pending().await,
            }
        }));
    }
    line.step(Happened::Served {
        response: &turn.response,
        by: served_by,
    });
    let speaker = match turn.voice {
        Some(ask) => {
            let mut speaker = spoken::speaker(&opened, ask);
            speaker.speed = turn.speed;
            speaker
        }
        None => spoken::mute(&opened),
    };
    let mut emit = |event| {
        let response = &turn.response;
        line.step(Happened::Told { response, event });
        ControlFlow::Continue(())
    };
    let stop = stopped.map(|_| ()).boxed_local();
    let told = speech::run(&speaker, script, &mut emit, stop).await;
    if let Some(budget) = &opened.budget {
        budget.spend_on_spoken(&told);
    }
    if turn.is_ahead {
        if committed_at_ms.get() == 0.0 {
            // The person went on: nothing of it has happened.
            account::close(&request_id);
            return Ok(());
        }
        opened.setting.began_at_ms = committed_at_ms.get();
    }
    // The session itself keeps what was said.
    let text = told.remembered();
    match speaker.is_mute {
        true => {
            close::close(
                opened,
                ReplyMessage {
                    text,
                    tool_calls: None,
                },
            )
            .await
        }
        false => close_spoken(opened, speaker, told, text).await,
    }
    Ok(())
}

/// Says a kept phrase if the reply does not begin for long; dropped when it does.
async fn say_opener(
    line: &Rc<Line>,
    turn: &wire::TurnAsk,
    opened: &open::Turn,
    text: Option<String>,
    committed: Shared<oneshot::Receiver<()>>,
) {
    let config = &opened.setting.config;
    let (Some(text), Some(ask)) = (text, &turn.voice) else {
        return;
    };
    if config.opener_after_ms == 0 || (turn.is_ahead && committed.await.is_err()) {
        return;
    }
    sleep_ms(config.opener_after_ms.into()).await;
    let speaker = spoken::speaker(opened, ask.clone());
    let Some((CachedClip::Samples(kept), _)) = speaker.kept(&text).await else {
        return;
    };
    let bytes = adpcm::decode(&kept).into_iter().flat_map(i16::to_le_bytes);
    let sound = speech::TurnEvent::Audio {
        begins: Some(text.clone()),
        bytes: bytes.collect(),
    };
    let response = &turn.response;
    for event in [speech::TurnEvent::TextDelta(format!("{text} ")), sound] {
        line.step(Happened::Told { response, event });
    }
}

fn text_of(request: &ChatRequest) -> &str {
    match &request.model {
        ModelChoice::Companion => "",
        ModelChoice::Named(name) => name,
    }
}

/// Where the edge has seen the client.
fn place(call: &Value) -> Place {
    let names = call.get("names").and_then(Value::as_array);
    let names = names.into_iter().flatten();
    let timezone = Some(text(call, "timezone").to_owned()).filter(|zone| !zone.is_empty());
    Place::of(names.map(|name| name.as_str().map(str::to_owned)), timezone)
}
