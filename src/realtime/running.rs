//! What comes of a session's steps: frames out, recordings written down, turns run, replies kept.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::rc::Rc;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{Either, Shared, select};
use serde_json::Value;
use web_sys::AbortController;

use super::dialogue::Happened;
use super::item::{Stamp, text};
use super::listener::{self, Cue};
use super::object::Line;
use super::wire::{self, Effect};
use crate::audio::adpcm;
use crate::audio::wav::{HEADER_BYTES, PcmFormat};
use crate::config::{Amounts, ChainKind, Config};
use crate::memory::person::client::{Lost, PersonClient};
use crate::memory::person::ledger::ReserveAsk;
use crate::memory::person::protocol::{Call, Refusal, Said};
use crate::model::client;
use crate::model::forms::Message;
use crate::model::request::{ChatRequest, ModelChoice};
use crate::platform::background::spawn;
use crate::platform::clock::{local_time, now_ms, sleep_ms};
use crate::platform::random::new_id;
use crate::platform::rate;
use crate::telemetry::account;
use crate::turn::ambient::{self, Place};
use crate::turn::budget::{self, Reservation};
use crate::turn::close::{self, close_spoken};
use crate::turn::open::{self, Setting, Unopened};
use crate::turn::prompt;
use crate::turn::speech::{self, Script};
use crate::turn::spoken;
use crate::turn::timing::Timings;
use crate::upstream::fetch::{Surroundings, nobody};
use crate::upstream::outcome::Failure;
use crate::voice::end_of_turn_client;
use crate::voice::phrase_cache::CachedClip;
use crate::voice::transcription_client::{self, Unheard};
use crate::wire::json::json;

/// Most messages of an earlier session that a conversation goes on with; what fits of them is told.
const BEFORE_MAX: usize = 200;

/// A turn under way.
pub(super) struct Running {
    response: String,
    stop: oneshot::Sender<()>,
    controller: AbortController,
    /// Of one that was begun before it is over.
    commit: Option<oneshot::Sender<()>>,
}

/// A reply to be kept.
pub(super) type Kept = (Stamp, Said);

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

/// Has a recording written down.
async fn hear(line: Rc<Line>, item: String, part: u32, wav: Rc<Vec<u8>>) {
    let Some(config) = line.config.clone() else { return };
    let ms = PcmFormat::SPEECH.duration_ms(wav.len().saturating_sub(HEADER_BYTES) as u64);
    let request_id = new_id("req_");
    let around = Surroundings::of(nobody());
    let origin = crate::upstream::fetch::Origin {
        config: &config,
        around: &around,
        request_id: &request_id,
    };
    let amounts = Amounts {
        heard_ms: ms,
        ..Amounts::NONE
    };
    let person = line.person();
    let ask = ReserveAsk::exactly(request_id.clone(), amounts);
    let reserved = budget::reserve(&config, person.as_deref(), ask).await;
    let words = match reserved {
        Err(lost) => Err(why_lost(&lost)),
        Ok(budget) => {
            let words = transcription_client::words(origin, wav, line.hearing_fields()).await;
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
async fn judge(line: Rc<Line>, at_ms: u64, sound: Vec<i16>) {
    let Some(config) = line.config.clone() else { return };
    let (request_id, around) = (new_id("req_"), Surroundings::of(nobody()));
    let origin = crate::upstream::fetch::Origin {
        config: &config,
        around: &around,
        request_id: &request_id,
    };
    if let Ok(finished) = end_of_turn_client::finished(origin, &sound).await {
        line.step(Happened::Judged { at_ms, finished });
    }
}

/// Why the person's object did not let a turn begin: a code, and a sentence.
fn why_lost(lost: &Lost) -> (String, String) {
    match lost {
        Lost::Refused(Refusal::Spent(name)) => (
            "budget_exhausted".to_owned(),
            format!("the day's budget of {name} is used up"),
        ),
        _ => (
            "memory_unavailable".to_owned(),
            "the memory is not available: try again".to_owned(),
        ),
    }
}

fn begin(line: &Rc<Line>, turn: wire::Turn) {
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
async fn commit(line: Rc<Line>, turn: wire::Turn) {
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
        Ok((setting, request)) => open::keep_said(&setting, &request)
            .await
            .map_err(|lost| why_lost(&lost)),
        Err(why) => Err(why),
    };
    line.step(match kept {
        Ok(place) => Happened::Opened {
            response,
            stamp: place.map(|place| Stamp {
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
    turn: &wire::Turn,
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

fn internal(message: &str) -> (String, String) {
    ("server_error".to_owned(), message.to_owned())
}

/// Runs a turn to its end.
///
/// # Errors
/// It could not begin: the code and the sentence.
async fn run(
    line: &Rc<Line>,
    turn: wire::Turn,
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
            stamp: kept.map(|place| Stamp {
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
                Message {
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

/// A turn is a request, and counted as one.
///
/// # Errors
/// There were too many in this minute: the code and the sentence.
async fn admit(line: &Line) -> Result<(), (String, String)> {
    let minute = now_ms() as u64 / 60_000;
    let (latest, count) = line.asked.get();
    let count = if latest == minute { count + 1 } else { 1 };
    line.asked.set((minute, count));
    let key = text(&line.call.borrow(), "counted_as").to_owned();
    match key.is_empty() || rate::admitted(&key).await.unwrap_or(true) {
        true => Ok(()),
        false => Err((
            "rate_limit_exceeded".to_owned(),
            format!("too many requests: try again in {} s", rate::reset_s()),
        )),
    }
}

/// What is left of the day's tokens, and of the minute's requests as far as this session has used them up (the platform
/// counts those of others, and does not tell).
fn limits(config: &Config, budget: Option<&Reservation>, asked: u64) -> Value {
    let mut limits = Vec::new();
    let now_s = now_ms() as u64 / 1_000;
    let tokens = config.limits.day.tokens;
    if let Some(budget) = budget.filter(|_| tokens > 0) {
        limits.push(json!({
            "name": "tokens", "limit": tokens, "remaining": budget.reserved().left.tokens, "reset_seconds": 86_400 - now_s % 86_400,
        }));
    }
    let requests = u64::from(config.limits.rate_per_minute);
    if requests > 0 {
        limits.push(json!({
            "name": "requests", "limit": requests, "remaining": requests.saturating_sub(asked), "reset_seconds": rate::reset_s(),
        }));
    }
    limits.into()
}

/// Says a kept phrase if the reply does not begin for long; dropped when it does.
async fn say_opener(
    line: &Rc<Line>,
    turn: &wire::Turn,
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
    let sound = speech::Event::Audio {
        begins: Some(text.clone()),
        bytes: bytes.collect(),
    };
    let response = &turn.response;
    for event in [speech::Event::TextDelta(format!("{text} ")), sound] {
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

/// Keeps replies one after another, so that the last state of one is what stays.
fn keep(line: &Rc<Line>, stamp: Stamp, reply: Said) {
    let mut keeping = line.keeping.borrow_mut();
    // Of a reply that changes faster than it is kept, the latest state counts.
    keeping.retain(|(other, _)| *other != stamp);
    keeping.push_back((stamp, reply));
    if line.is_keeping.replace(true) {
        return;
    }
    let line = line.clone();
    spawn(async move {
        loop {
            let next = line.keeping.borrow_mut().pop_front();
            let Some((stamp, reply)) = next else { break };
            let call = line.call.borrow().clone();
            let Some(config) = &line.config else { break };
            let Ok(person) = PersonClient::of(config, text(&call, "person")) else {
                break;
            };
            let place = open::Place {
                person: Rc::new(person),
                conversation: text(&call, "conversation").to_owned(),
                epoch: stamp.epoch,
                turn: stamp.turn,
                response: None,
            };
            close::keep(place, reply).await;
        }
        line.is_keeping.set(false);
    });
}

/// What was said in a conversation before this session, as chat messages.
pub(super) async fn before(line: &Line, config: &Config, conversation: &str) -> Vec<Value> {
    let person = text(&line.call.borrow(), "person").to_owned();
    let Ok(client) = PersonClient::of(config, &person) else {
        return Vec::new();
    };
    let id = conversation.to_owned();
    let Ok(whole) = client.call::<Value>(&Call::Conversation(id)).await else {
        return Vec::new();
    };
    let messages = whole.get("messages").and_then(Value::as_array);
    let messages = messages.map(Vec::as_slice).unwrap_or_default();
    let said = messages.iter().filter_map(|message| {
        let (role, content) = (text(message, "role"), text(message, "content"));
        let is_said = ["user", "assistant"].contains(&role) && !content.is_empty();
        is_said.then(|| crate::wire::json::json!({"role": role, "content": content}))
    });
    let said: Vec<Value> = said.collect();
    said.get(said.len().saturating_sub(BEFORE_MAX)..)
        .unwrap_or_default()
        .to_vec()
}

/// Why nobody in a chain gave what was asked: a code, and a sentence of hearken's own.
fn why(what: &str, failures: &[Failure]) -> (String, String) {
    let reason = failures.iter().find_map(|failure| match failure {
        Failure::Refused(refusal) => refusal.reason,
        _ => None,
    });
    if let Some(reason) = reason {
        return (reason.code.to_owned(), reason.sentence.to_owned());
    }
    let all = |kind: fn(&Failure) -> bool| !failures.is_empty() && failures.iter().all(kind);
    let (code, what_happened) = if all(|one| matches!(one, Failure::BudgetSpent { .. })) {
        ("budget_exhausted", "is not asked: the day's budget is used up")
    } else if all(|one| matches!(one, Failure::Denied { .. })) {
        ("no_upstream_available", "is not available now")
    } else if all(|one| matches!(one, Failure::Throttled { .. } | Failure::QuotaExhausted)) {
        ("provider_busy", "is busy")
    } else if all(|one| matches!(one, Failure::Timeout(_))) {
        ("provider_timeout", "did not answer in time")
    } else if all(|one| matches!(one, Failure::NotConfigured)) {
        ("not_configured", "is not set up")
    } else {
        ("provider_failed", "failed")
    };
    (code.to_owned(), format!("the {what} provider {what_happened}"))
}
