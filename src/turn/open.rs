//! Before the model is asked: whose turn it is, what is known, and the request's messages with that put in.

use std::rc::Rc;

use worker::{Context, Env};

use super::prompt::{self, Additions};
use super::timing::{Ending, Entry, Timings};
use crate::config::Config;
use crate::memory::context::Known;
use crate::memory::person_calls::{OpenAsk, Opened};
use crate::memory::person_client::{Lost, PersonClient};
use crate::memory::person_recall::{self, Around, Recalled, Status};
use crate::memory::recall::Search;
use crate::memory::tokens::query_of;
use crate::memory::{recall, settings};
use crate::model::request::ChatRequest;
use crate::upstream::fetch::{Surroundings, now_ms};

/// Whose turn it is and what it may use.
pub struct Who {
    /// The person; `None` where nobody is named: then there is nothing to remember and nothing to recall.
    pub person: Option<String>,
    /// For logs.
    pub request_id: String,
}

/// A turn that has begun.
pub struct Turn {
    /// `x-recall`.
    pub recall: Status,
    /// `x-conversation-id`.
    pub conversation: Option<String>,
    /// What this took, milliseconds.
    pub elapsed_ms: f64,
    pub(super) place: Option<Place>,
}

/// Where the reply is kept.
pub(super) struct Place {
    pub person: Rc<PersonClient>,
    pub conversation: String,
    pub epoch: String,
}

impl Turn {
    fn plain() -> Turn {
        Turn {
            recall: Status::Off,
            conversation: None,
            elapsed_ms: 0.0,
            place: None,
        }
    }

    /// Adds what opening took to the turn's steps, if there was anything to open.
    pub fn account(&self, timings: &Timings) {
        if self.recall == Status::Off && self.conversation.is_none() {
            return;
        }
        timings.add(Entry {
            name: "memory",
            duration_ms: self.elapsed_ms,
            ending: Ending::Done,
        });
        if self.recall == Status::Skip {
            timings.add(Entry {
                name: "recall",
                duration_ms: 0.0,
                ending: Ending::Skipped("small_talk"),
            });
        }
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
        return Ok(Turn::plain());
    }
    let Some(name) = &who.person else {
        return match conversation {
            Some(_) => Err(Unopened::Nobody),
            None => Ok(Turn::plain()),
        };
    };
    let began_at_ms = now_ms();
    let person = match PersonClient::of(env, config, name) {
        Ok(person) => person,
        Err(lost) => return without(lost, conversation, who),
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
    let recalled = match person_recall::open(&around, &person, ask, guess).await {
        Ok(recalled) => recalled,
        Err(lost) => return without(lost, conversation, who),
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
    let additions = additions(&opened, &items, wants_memory);
    if let Some(messages) = prompt::messages(&own, &additions, &settings::budget(&config.memory)) {
        request.replace_messages(messages);
    }
    Ok(Turn {
        recall: if wants_memory { status } else { Status::Off },
        elapsed_ms: now_ms() - began_at_ms,
        place: conversation.clone().map(|conversation| Place {
            person: Rc::new(person),
            conversation,
            epoch: opened.stamp.epoch.clone(),
        }),
        conversation,
    })
}

fn additions<'a>(
    opened: &'a Opened,
    items: &'a [crate::memory::recall_key::Item],
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
    let decision = recall::decide(&last.content, previous, &settings::rules(&config.memory));
    let spoken = ask.said.iter().rev().filter(|one| one.role == "user");
    (decision.decision == Search::Search).then(|| query_of(spoken.map(|one| one.content.as_str())))
}

/// The person's object is lost: fatal to a conversation, a turn without memories otherwise.
fn without(lost: Lost, conversation: Option<String>, who: &Who) -> Result<Turn, Unopened> {
    worker::console_log!(
        "{}",
        serde_json::json!({"event": "person_lost", "why": format!("{lost:?}"), "request_id": who.request_id})
    );
    match conversation {
        Some(_) => Err(Unopened::Lost(lost)),
        None => Ok(Turn::plain()),
    }
}
