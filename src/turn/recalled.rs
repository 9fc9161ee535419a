//! What a person's object knows for a turn, and what of it goes into the prompt.

use super::prompt::Additions;
use super::setting::Setting;
use super::step::{Missed, Step};
use crate::config::Config;
use crate::memory::person::client::{Lost, PersonClient};
use crate::memory::person::protocol::{OpenAsk, Opened};
use crate::memory::person::recall::{self, Recalled};
use crate::memory::recall::context::Known;
use crate::memory::recall::decide::{self, Search};
use crate::memory::recall::key::RecalledMemory;
use crate::memory::settings;
use crate::memory::tokens::{Query, query_of};
use crate::platform::log;

/// Why a turn could not begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unopened {
    /// A conversation needs a person.
    Nobody,
    /// The person's object did not answer, and without it the conversation is not known.
    Lost(Lost),
}

/// The person's object, or the rule by which the turn goes on without one, and why a conversation cannot.
pub(super) fn person(setting: &Setting, is_wanted: bool) -> Result<PersonClient, (&'static str, Unopened)> {
    if !is_wanted {
        return Err(("memory_off", Unopened::Nobody));
    }
    let name = setting
        .person
        .as_ref()
        .ok_or(("nobody_named", Unopened::Nobody))?;
    PersonClient::of(&setting.config, name).map_err(|lost| {
        log(&lost, setting);
        ("no_object", Unopened::Lost(lost))
    })
}

/// What the person's object knows. A conversation cannot do without; any other turn can.
pub(super) async fn recalled(
    setting: &Setting,
    person: &PersonClient,
    ask: OpenAsk,
) -> Result<Option<Recalled>, Unopened> {
    let guess = guess(&setting.config, &ask);
    let is_needed = ask.conversation.is_some() || ask.reserve.is_some();
    // The object's own deadline is shorter; the turn's holds whatever happens.
    let step = Step::new("opening", setting.config.turn_total_ms);
    let opening = async {
        let recalled = recall::open(setting.origin(), person, ask, guess).await;
        recalled.inspect_err(|lost| log(lost, setting)).map(Some)
    };
    if is_needed {
        let recalled = step.required(&setting.timings, opening).await;
        recalled.map_err(lost)
    } else {
        Ok(step.optional(&setting.timings, None, opening).await)
    }
}

pub(super) fn additions<'a>(
    opened: &'a Opened,
    items: &'a [RecalledMemory],
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
fn guess(config: &Config, ask: &OpenAsk) -> Option<Query> {
    let (last, earlier) = ask
        .said
        .split_last()
        .filter(|(last, _)| ask.recall && last.role == "user")?;
    let previous = earlier.iter().rev().find(|one| one.role == "assistant");
    let previous = previous.map(|one| one.content.as_str());
    let decision = decide::decide(&last.content, previous, &settings::rules(&config.memory));
    let spoken = ask.said.iter().rev().filter(|one| one.role == "user");
    (decision.decision == Search::Search).then(|| query_of(spoken.map(|one| one.content.as_str())))
}

/// The person's object is lost: fatal to a conversation, a turn without memories otherwise.
fn log(lost: &Lost, setting: &Setting) {
    log::info(
        &crate::wire::json::json!({"event": "person_lost", "why": format!("{lost:?}"), "request_id": setting.request_id}),
    );
}

fn lost(missed: Missed<Lost>) -> Unopened {
    Unopened::Lost(match missed {
        Missed::Failed(lost) => lost,
        Missed::Late => Lost::Late,
    })
}
