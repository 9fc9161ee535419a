//! Before the model is asked: whose turn it is, what is known, and the request's messages with that put in.

use std::rc::Rc;

use worker::{Context, Env};

use super::prompt::{self, Additions};
use super::step::{Missed, Step, WallClock};
use super::timing::{Ending, Entry, Timings};
use crate::config::Config;
use crate::memory::person::client::{Lost, PersonClient};
use crate::memory::person::protocol::{OpenAsk, Opened};
use crate::memory::person::recall::{self, Around, Recalled, Status};
use crate::memory::recall::context::Known;
use crate::memory::recall::decide::Search;
use crate::memory::settings;
use crate::memory::tokens::query_of;
use crate::model::request::ChatRequest;
use crate::platform::clock::now_ms;
use crate::upstream::fetch::Surroundings;

/// Whose turn it is and what it may use.
pub struct Who {
    /// The person; `None` where nobody is named: then there is nothing to remember and nothing to recall.
    pub person: Option<String>,
    /// For logs.
    pub request_id: String,
    /// The turn's steps.
    pub timings: Timings,
}

/// A turn that has begun.
pub struct Turn {
    /// `x-recall`.
    pub recall: Status,
    /// `x-conversation-id`.
    pub conversation: Option<String>,
    pub(super) place: Option<Place>,
    pub(super) request_id: String,
    pub(super) timings: Timings,
}

/// Where the reply is kept.
pub(super) struct Place {
    pub person: Rc<PersonClient>,
    pub conversation: String,
    pub epoch: String,
    pub turn: Option<String>,
}

impl Turn {
    /// Without anything known, because of a rule.
    fn plain(who: &Who, rule: &'static str) -> Turn {
        who.step("opening", 0.0, Ending::Skipped(rule));
        Turn::of(who)
    }

    fn of(who: &Who) -> Turn {
        Turn {
            recall: Status::Off,
            conversation: None,
            place: None,
            request_id: who.request_id.clone(),
            timings: who.timings.clone(),
        }
    }
}

impl Who {
    fn step(&self, name: &'static str, duration_ms: f64, ending: Ending) {
        self.timings.add(Entry {
            name,
            duration_ms,
            ending,
        });
    }
}

/// Why a turn could not begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unopened {
    /// A conversation needs a person.
    Nobody,
    /// The person's object did not answer, and without it the conversation is not known.
    Lost(Lost),
}

/// Opens a turn: what is new is kept, and `request` gets history and memories.
///
/// Without a conversation a person's object that does not answer costs the memories and nothing else.
///
/// # Errors
/// [`Unopened`], only for a request with a conversation.
pub async fn open(
    config: &Config,
    env: &Env,
    context: &Context,
    upstream: &Surroundings,
    who: &Who,
    request: &mut ChatRequest,
) -> Result<Turn, Unopened> {
    let wants_memory = config.memory.on && request.memory.unwrap_or(true);
    let conversation = request.conversation.clone();
    if conversation.is_none() && !wants_memory {
        return Ok(Turn::plain(who, "memory_off"));
    }
    let Some(name) = &who.person else {
        return match conversation {
            Some(_) => Err(Unopened::Nobody),
            None => Ok(Turn::plain(who, "nobody_named")),
        };
    };
    let began_at_ms = now_ms();
    let person = match PersonClient::of(env, config, name) {
        Ok(person) => person,
        Err(lost) => {
            told(&lost, who);
            return match conversation {
                Some(_) => Err(Unopened::Lost(lost)),
                None => Ok(Turn::plain(who, "no_object")),
            };
        }
    };
    let own = request.messages();
    let said = prompt::said(&own);
    let ask = OpenAsk {
        said: if conversation.is_some() {
            said
        } else {
            prompt::tail(said)
        },
        conversation: conversation.clone(),
        remember: wants_memory,
        recall: wants_memory,
        query: None,
        limit: config.memory.recall_limit as usize,
        guess: None,
    };
    let around = Around {
        env,
        config,
        upstream,
        request_id: &who.request_id,
    };
    let guess = guess(config, &ask);
    // The object's own deadline is shorter; the turn's holds whatever happens.
    let step = Step::new("opening", config.turn_total_ms);
    let opening = async {
        let recalled = recall::open(&around, &person, ask, guess).await;
        recalled.inspect_err(|lost| told(lost, who))
    };
    let recalled = match &conversation {
        Some(_) => Some(
            step.required(&WallClock, &who.timings, opening)
                .await
                .map_err(lost)?,
        ),
        None => {
            let opening = async { opening.await.map(Some) };
            step.optional(&WallClock, &who.timings, None, opening).await
        }
    };
    let Some(recalled) = recalled else {
        return Ok(Turn::of(who));
    };
    let Recalled {
        opened,
        items,
        status,
        fill,
    } = recalled;
    if let Some(fill) = fill {
        context.wait_until(fill);
    }
    let recall = if wants_memory { status } else { Status::Off };
    let (recall_ms, ending) = match recall {
        Status::Off => (0.0, Ending::Skipped("memory_off")),
        Status::Skip => (0.0, Ending::Skipped("small_talk")),
        // Beside the opening, in one call.
        Status::Hit | Status::Miss => (now_ms() - began_at_ms, Ending::Done),
    };
    who.step("recall", recall_ms, ending);
    let prompting_at_ms = now_ms();
    let additions = additions(&opened, &items, wants_memory);
    if let Some(messages) = prompt::messages(&own, &additions, &settings::budget(&config.memory)) {
        request.replace_messages(messages);
    }
    who.step("prompt", now_ms() - prompting_at_ms, Ending::Done);
    Ok(Turn {
        recall,
        request_id: who.request_id.clone(),
        timings: who.timings.clone(),
        place: conversation.clone().map(|conversation| Place {
            person: Rc::new(person),
            conversation,
            epoch: opened.stamp.epoch.clone(),
            turn: opened.turn.clone(),
        }),
        conversation,
    })
}

fn additions<'a>(
    opened: &'a Opened,
    items: &'a [crate::memory::recall::key::Item],
    wants_memory: bool,
) -> Additions<'a> {
    let conversation = opened.conversation.as_ref();
    let mut known = Known {
        summary: conversation.and_then(|conversation| conversation.summary.as_deref()),
        ..Known::default()
    };
    if wants_memory {
        known.profile = &opened.profile;
        known.memories = items;
    }
    Additions {
        known,
        waiting: &opened.waiting,
        history: conversation.map(|one| one.history.as_slice()).unwrap_or_default(),
    }
}

/// What the object will probably search for; it knows the history and may decide otherwise.
fn guess(config: &Config, ask: &OpenAsk) -> Option<crate::memory::tokens::Query> {
    let (last, earlier) = ask
        .said
        .split_last()
        .filter(|(last, _)| ask.recall && last.role == "user")?;
    let previous = earlier.iter().rev().find(|one| one.role == "assistant");
    let previous = previous.map(|one| one.content.as_str());
    let decision =
        crate::memory::recall::decide::decide(&last.content, previous, &settings::rules(&config.memory));
    let spoken = ask.said.iter().rev().filter(|one| one.role == "user");
    (decision.decision == Search::Search).then(|| query_of(spoken.map(|one| one.content.as_str())))
}

/// The person's object is lost: fatal to a conversation, a turn without memories otherwise.
fn told(lost: &Lost, who: &Who) {
    worker::console_log!(
        "{}",
        serde_json::json!({"event": "person_lost", "why": format!("{lost:?}"), "request_id": who.request_id})
    );
}

fn lost(missed: Missed<Lost>) -> Unopened {
    Unopened::Lost(match missed {
        Missed::Failed(lost) => lost,
        Missed::Late => Lost::Late,
    })
}
