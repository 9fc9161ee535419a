//! After the reply: what the companion said goes into the history.

use super::open::{ReplyPlace, Turn};
use super::prompt;
use super::setting::Setting;
use super::speech::{Spoken, TurnEnd};
use super::timing::{StepEnding, StepEntry};
use crate::memory::person::client::{Lost, PersonClient};
use crate::memory::person::protocol::{Call, CallRefusal, CloseAsk, Closed, Said};
use crate::model::forms::ReplyMessage;
use crate::platform::analytics;
use crate::platform::clock::{now_ms, sleep_ms};
use crate::platform::log;
use crate::telemetry::account;
use crate::telemetry::collector::{count, observe};
use crate::telemetry::metrics::{CLIENT_ABORTS, FIRST_AUDIO, TURN_DURATION};
use crate::voice::phrase_cache::HeardPhrase;
use crate::voice::speaker::Speaker;
use crate::voice::warm;

/// How often a reply is handed to the person's object before it is given up.
const TRIES: u32 = 3;
/// Between two tries; doubled each time.
const RETRY_MS: u64 = 100;

/// The step `remembering`: keeps the reply, or as much of it as the person got. To be run in `wait_until`. Then the turn
/// is over, and logged.
pub async fn close(turn: Turn, reply: ReplyMessage) {
    finish(turn, reply, Sound::default()).await;
}

/// What a spoken turn adds to its line in the log.
#[derive(Default)]
struct Sound {
    first_audio_ms: Option<f64>,
    /// Phrases that were heard, and those of them that were cached.
    phrases: [usize; 2],
}

async fn finish(turn: Turn, reply: ReplyMessage, sound: Sound) {
    let Turn {
        place,
        setting,
        conversation,
        budget,
        recall,
        ..
    } = turn;
    if let Some(budget) = budget {
        budget.settle();
    }
    let Setting {
        timings,
        request_id,
        began_at_ms,
        around,
        ..
    } = &setting;
    let (kind, duration_ms) = (timings.over(), now_ms() - began_at_ms);
    observe(&TURN_DURATION, &[kind], duration_ms);
    remind(&setting, &reply.text).await;
    let reply = prompt::replied(&reply.text, reply.tool_calls.as_ref());
    let began_at_ms = now_ms();
    let ending = match place {
        None if conversation.is_some() => StepEnding::Skipped("kept_already"),
        None => StepEnding::Skipped("no_conversation"),
        Some(place) if reply.content.trim().is_empty() && place.response.is_none() => {
            StepEnding::Skipped("nothing_said")
        }
        Some(place) => keep(place, reply).await,
    };
    timings.add(StepEntry {
        name: "remembering",
        duration_ms: now_ms() - began_at_ms,
        ending,
    });
    let used = account::close(request_id);
    let [tokens_in, tokens_out] = used.tokens;
    let [phrases, cached] = sound.phrases;
    let targets: Vec<String> = used
        .targets
        .iter()
        .map(|(key, times)| format!("{key} x{times}"))
        .collect();
    let line = crate::wire::json::json!({
        "event": "turn", "request_id": request_id, "trace_id": around.trace.as_ref().map(|trace| &trace.id), "kind": kind,
        "duration_ms": duration_ms, "first_audio_ms": sound.first_audio_ms, "steps": timings.header(),
        "recall": recall.as_str(), "phrases": phrases, "phrases_cached": cached, "targets": targets,
        "tokens_in": tokens_in, "tokens_out": tokens_out, "cost_usd": used.usd, "is_cost_whole": !used.is_unpriced,
    });
    log::info(&line);
    analytics::write(
        &[kind, recall.as_str(), &targets.join(" ")],
        &[
            duration_ms,
            sound.first_audio_ms.unwrap_or(0.0),
            tokens_in,
            tokens_out,
            used.usd,
            phrases as f64,
            cached as f64,
        ],
    );
}

/// Once a pause was named, the person's hours begin anew; in a turn that failed it was not.
async fn remind(setting: &Setting, reply: &str) {
    let told = setting.told.as_ref().filter(|told| told.names_pause_in(reply));
    let (Some(_), Some(name)) = (told, &setting.person) else {
        return;
    };
    if let Ok(person) = PersonClient::of(&setting.config, name) {
        let _ = person.text(&Call::Reminded).await;
    }
}

/// The same for a spoken turn: `remembered` is what the person can have got of it. Then what was heard is counted, and
/// what may be kept of its sound is kept.
pub async fn close_spoken(turn: Turn, speaker: Speaker, spoken: Spoken, remembered: String) {
    let setting = &turn.setting;
    let person = setting.person.clone().unwrap_or_default();
    let speech = spoken.speech;
    let first_audio_ms = speech
        .sound_at_ms
        .map(|at_ms| (at_ms - setting.began_at_ms).max(0.0));
    if let Some(ms) = first_audio_ms {
        observe(&FIRST_AUDIO, &[], ms);
    }
    let cached = speech.heard.iter().filter(|heard| heard.used.is_some()).count();
    let sound = Sound {
        first_audio_ms,
        phrases: [speech.heard.len(), cached],
    };
    speech.count(speaker.codec());
    if spoken.end == TurnEnd::Left {
        count(&CLIENT_ABORTS, &[], 1.0);
    }
    setting.timings.add(StepEntry {
        name: "speech",
        // From the request to the first sound.
        duration_ms: first_audio_ms.unwrap_or(0.0),
        ending: match (speech.has_failed, speech.sound_at_ms) {
            (true, _) => StepEnding::Degraded("failed"),
            (false, Some(_)) => StepEnding::Done,
            (false, None) => StepEnding::Skipped("nothing_to_speak"),
        },
    });
    let reply = ReplyMessage {
        text: remembered,
        tool_calls: spoken.tool_calls,
    };
    // What somebody in danger is told is nobody else's.
    let is_care = turn.setting.is_care();
    finish(turn, reply, sound).await;
    if is_care {
        return;
    }
    learn(speaker, &person, speech.heard).await;
}

/// Counts what was heard and keeps what may be kept, after the reply.
pub async fn learn(speaker: Speaker, person: &str, heard: Vec<HeardPhrase>) {
    let Some(phrases) = &speaker.phrases else { return };
    let missing = phrases.learn(person, heard).await;
    if !missing.is_empty() {
        // The client, whose signal stops its own turn, has nothing to do with this.
        let around = speaker.around.for_nobody();
        let maker = warm::speaker(&speaker.config, around, speaker.voice.clone());
        warm::fill(phrases, &maker, missing).await;
    }
}

/// Keeps a reply as it stands; what was kept of it before goes.
pub async fn keep(place: ReplyPlace, reply: Said) -> StepEnding {
    let call = Call::Close(CloseAsk {
        conversation: place.conversation,
        epoch: place.epoch,
        turn: place.turn,
        reply,
        response: place.response,
    });
    for attempt in 0..TRIES {
        match place.person.call::<Closed>(&call).await {
            Ok(_) => return StepEnding::Done,
            Err(Lost::Refused(CallRefusal::Gone)) => return StepEnding::Degraded("gone"),
            // It may still arrive.
            Err(Lost::Late) => return StepEnding::Degraded("late"),
            Err(lost) => {
                log::info(&crate::wire::json::json!({"event": "close_failed", "why": format!("{lost:?}")}));
                sleep_ms(RETRY_MS << attempt).await;
            }
        }
    }
    StepEnding::Degraded("failed")
}
