//! Before the model is asked: whose turn it is, what is known, and the request's messages with that put in.

use std::rc::Rc;

use super::ambient::instruct;
use super::budget::{self, Reservation};
use super::care::{self, TalkBefore};
use super::prompt;
pub use super::recalled::Unopened;
use super::recalled::{additions, person, recalled};
use super::setting::Setting;
use super::spending;
use super::timing::StepEnding;
use crate::config::Config;
use crate::memory::person::client::{Lost, PersonClient};
use crate::memory::person::protocol::{Call, KeptResponse, OpenAsk, Opened};
use crate::memory::person::recall::{Recalled, Status};
use crate::memory::settings;
use crate::model::request::ChatRequest;
use crate::platform::background::spawn;
use crate::platform::clock::now_ms;
use crate::telemetry::collector::count;
use crate::telemetry::metrics::CARE;

/// A turn that has begun.
pub struct Turn {
    /// What it is made with.
    pub setting: Setting,
    /// `x-recall`.
    pub recall: Status,
    /// `x-conversation-id`.
    pub conversation: Option<String>,
    /// What it may spend, where that is counted.
    pub budget: Option<Rc<Reservation>>,
    /// Where the reply is kept; taken by whoever keeps it himself.
    pub place: Option<ReplyPlace>,
}

impl Turn {
    /// One without anything known.
    fn plain(setting: Setting, budget: Option<Rc<Reservation>>) -> Turn {
        Turn {
            setting,
            recall: Status::Off,
            conversation: None,
            budget,
            place: None,
        }
    }

    /// The reply is this response, which is stored with it and with what it was asked.
    pub fn answered(&mut self, (body, input): (String, String)) {
        if let Some(response) = self.place.as_mut().and_then(|place| place.response.as_mut()) {
            response.body = body;
            response.input = input;
        }
    }
}

/// Where the reply is kept.
#[derive(Clone)]
pub struct ReplyPlace {
    /// The person's object.
    pub person: Rc<PersonClient>,
    /// The conversation.
    pub conversation: String,
    /// Of the person's memory: another one means that the person was erased.
    pub epoch: String,
    /// The message that is answered.
    pub turn: Option<String>,
    /// The response that the reply is, where it is one that is stored.
    pub response: Option<KeptResponse>,
}

/// Opens a turn: what is new is kept, and `request` gets history and memories.
///
/// Without a conversation a person's object that does not answer costs the memories and nothing else, unless it counts
/// what the person spends.
///
/// # Errors
/// [`Unopened`], only for a request with a conversation or for a person with a budget.
pub async fn open(mut setting: Setting, request: &mut ChatRequest) -> Result<Turn, Unopened> {
    setting.told = care::told(&setting.config, request, None).map(Rc::new);
    let plain = setting.is_care().then(|| setting.clone());
    match setting.told.clone() {
        Some(told) if plain.is_some() => request.may_be_kept &= !told.is_not_to_be_remembered(),
        // Who asks what it is was told so; the model does not gainsay it.
        Some(told) if told.is_asked => instruct(request, &told.note()),
        _ => {}
    }
    let turn = match (opened(setting, request).await, plain) {
        // Whatever it is that cannot be known now, this person is answered.
        (Err(_), Some(plain)) => Turn::plain(plain, None),
        (turn, _) => turn?,
    };
    answered(&turn.setting, request);
    Ok(turn)
}

/// Who may be in danger is counted, and the model is told what they were told, and how to go on.
fn answered(setting: &Setting, request: &mut ChatRequest) {
    let Some(told) = &setting.told else { return };
    let Some(finding) = &told.finding else { return };
    if !setting.is_ahead {
        count(&CARE, &[finding.kind.as_str()], 1.0);
    }
    let own = setting.config.personas.of(request.persona.as_deref()).care;
    let note = [told.note().as_str(), &own.unwrap_or_default()].join(" ");
    instruct(request, note.trim());
}

async fn opened(mut setting: Setting, request: &mut ChatRequest) -> Result<Turn, Unopened> {
    let is_care = setting.is_care();
    let wants_memory = setting.config.memory.on && request.memory.unwrap_or(true);
    let conversation = request.conversation.clone();
    let counted = setting.config.limits.has_budget() && setting.person.is_some() && !is_care;
    request.is_counted = counted;
    let reserve = counted.then(|| spending::ask(&setting.request_id, request, setting.speaks));
    let person = match person(&setting, wants_memory || conversation.is_some()) {
        Ok(person) => person,
        Err((_, unopened)) if conversation.is_some() => return Err(unopened),
        Err((rule, _)) => {
            setting.step("opening", 0.0, StepEnding::Skipped(rule));
            let Some(reserve) = reserve else {
                return Ok(Turn::plain(setting, None));
            };
            let name = setting.person.as_deref();
            let budget = budget::reserve(&setting.config, name, reserve).await;
            let budget = budget.map_err(Unopened::Lost)?;
            limit_reply(&setting.config, request, budget.as_deref());
            return Ok(Turn::plain(setting, budget));
        }
    };
    let person = Rc::new(person);
    let began_at_ms = now_ms();
    let own = request.messages();
    let said = match &request.is_new {
        Some(is_new) => prompt::said(&prompt::marked(&own, is_new)),
        None => prompt::said(&own),
    };
    let ask = OpenAsk {
        said: match conversation {
            Some(_) => said,
            None => prompt::tail(said),
        },
        conversation: conversation.clone(),
        response: request.response.clone(),
        follows: request.follows.clone(),
        reads_through: request.only_reads.then_some(i64::MAX),
        repeats: request.repeats.clone(),
        remember: wants_memory && request.may_be_kept && !setting.is_ahead,
        is_ahead: setting.is_ahead,
        lost_at_ms: None,
        talks: true,
        recall: wants_memory && !is_care,
        query: None,
        limit: setting.config.memory.recall_limit as usize,
        guess: None,
        timezone: request.timezone.clone(),
        heard: request.heard.clone(),
        reserve,
    };
    let Some(recalled) = recalled(&setting, &person, ask).await? else {
        return Ok(Turn::plain(setting, None));
    };
    let Recalled {
        opened,
        items,
        status,
        fill,
    } = recalled;
    if let Some(fill) = fill {
        spawn(fill);
    }
    let recall = if wants_memory { status } else { Status::Off };
    let (recall_ms, ending) = match recall {
        Status::Off => (0.0, StepEnding::Skipped("memory_off")),
        Status::Skip => (0.0, StepEnding::Skipped(opened.plan.rule.as_str())),
        // Beside the opening, in one call.
        Status::Hit | Status::Miss => (now_ms() - began_at_ms, StepEnding::Done),
    };
    setting.step("recall", recall_ms, ending);
    // What only hints at danger is clear beside what was said before; and what was told already is not told again.
    let conversation = opened.conversation.as_ref();
    let before = TalkBefore {
        history: conversation.map_or(&[], |one| one.history.as_slice()),
        quiet_ms: conversation.map_or(0, |one| one.quiet_ms),
        is_long: opened.is_long,
    };
    setting.told = care::told(&setting.config, request, Some(before)).map(Rc::new);
    let prompting_at_ms = now_ms();
    let mut additions = additions(&opened, &items, wants_memory);
    if request.is_new.is_some() {
        additions.history = &[];
    }
    if let Some(messages) = prompt::messages(&own, &additions, &settings::budget(&setting.config.memory)) {
        request.replace_messages(messages);
    }
    setting.step("prompt", now_ms() - prompting_at_ms, StepEnding::Done);
    // A response may be followed elsewhere than where its conversation goes on.
    let conversation = opened.conversation.as_ref().map(|one| one.id.clone());
    let budget = opened.reserved.map(|reserved| {
        let input_tokens = spending::input_tokens(request);
        Reservation::of(person.clone(), setting.request_id.clone(), reserved, input_tokens)
    });
    limit_reply(&setting.config, request, budget.as_deref());
    let kept_in = conversation.clone().filter(|_| !request.only_reads);
    let place = kept_in.map(|conversation| ReplyPlace {
        person,
        conversation,
        epoch: opened.stamp.epoch.clone(),
        turn: opened.turn.clone(),
        response: request.response.clone().map(|id| KeptResponse {
            id,
            ..KeptResponse::default()
        }),
    });
    Ok(Turn {
        setting,
        recall,
        conversation,
        budget,
        place,
    })
}

/// Keeps what was said in a turn that was opened ahead, or by a client that is gone (`lost_at_ms`): where its reply is kept;
/// `None` without a conversation.
///
/// # Errors
/// The person's object did not answer.
pub async fn keep_said(
    setting: &Setting,
    request: &ChatRequest,
    lost_at_ms: Option<u64>,
) -> Result<Option<ReplyPlace>, Lost> {
    let (Some(conversation), Some(name)) = (&request.conversation, &setting.person) else {
        return Ok(None);
    };
    let person = PersonClient::of(&setting.config, name)?;
    let wants_memory = setting.config.memory.on && request.memory.unwrap_or(true);
    let marks = request.is_new.as_deref().unwrap_or_default();
    let ask = OpenAsk {
        said: prompt::said(&prompt::marked(&request.messages(), marks)),
        conversation: Some(conversation.clone()),
        remember: wants_memory && request.may_be_kept,
        timezone: request.timezone.clone(),
        lost_at_ms,
        talks: true,
        ..OpenAsk::default()
    };
    let opened: Opened = person.call(&Call::Open(ask)).await?;
    Ok(Some(ReplyPlace {
        person: Rc::new(person),
        conversation: conversation.clone(),
        epoch: opened.stamp.epoch,
        turn: opened.turn,
        response: None,
    }))
}

/// The reply gets no longer than what was granted.
fn limit_reply(config: &Config, request: &mut ChatRequest, budget: Option<&Reservation>) {
    if let Some(budget) = budget.filter(|_| config.limits.day.tokens > 0) {
        let granted = budget.reserved().granted.tokens;
        request.reply_tokens_max = Some(spending::reply_tokens(request, granted));
    }
}
