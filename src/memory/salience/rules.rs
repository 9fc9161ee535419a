//! The rules' names and switches, below the files that apply them.

use super::small_talk::Class;
use crate::config::memory::RULES;
use crate::wire::json::words;
use crate::wire::lower_case::lowered;

/// The rule that decided. The names are stable: logs, metrics and configuration use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// now: "remember that ...", "don't forget ...", "for the record"
    RememberRequest,
    /// now: "forget what I said about ..."
    ForgetRequest,
    /// now: danger to life or limb
    Safety,
    /// now: allergies, medication, chronic illness
    Health,
    /// now: "my name is ...", "call me ..."
    Name,
    /// now: "no, actually ...", "I meant ...", "not anymore"
    Correction,
    /// defer: everything else
    Default,
    /// defer: small talk that may be the answer to what the companion said
    Answer,
    /// skip: the person asks that it is not kept; cannot be switched off
    DoNotStore,
    /// skip: nothing but white space and punctuation
    Empty,
    /// skip
    Farewell,
    /// skip
    Greeting,
    /// skip
    Thanks,
    /// skip: "how are you?"
    Phatic,
    /// skip: "go on", "tell me more"
    Continuer,
    /// skip: "ok", "cool"
    Backchannel,
    /// skip: "yeah", "right" where nothing was asked or said about the person
    Assent,
    /// skip: "haha", "lol"
    Laughter,
    /// skip: friendly emoji
    Emoji,
}

words!(Rule.as_str:
    RememberRequest, ForgetRequest, Safety, Health, Name, Correction, Default, Answer, DoNotStore, Empty, Farewell,
    Greeting, Thanks, Phatic, Continuer, Backchannel, Assent, Laughter, Emoji
);

/// Rules that can be switched off, in the order of their names in [`RULES`]. `default` and `answer` cannot: they are what is
/// left; nor can `do_not_store`.
const SWITCHES: [Rule; RULES.len()] = [
    Rule::RememberRequest,
    Rule::ForgetRequest,
    Rule::Safety,
    Rule::Health,
    Rule::Name,
    Rule::Correction,
    Rule::Empty,
    Rule::Farewell,
    Rule::Greeting,
    Rule::Thanks,
    Rule::Phatic,
    Rule::Continuer,
    Rule::Backchannel,
    Rule::Assent,
    Rule::Laughter,
    Rule::Emoji,
];

impl Rule {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Rule::Default => "default",
            Rule::Answer => "answer",
            Rule::DoNotStore => "do_not_store",
            other => {
                let place = SWITCHES.iter().position(|rule| *rule == other);
                place.and_then(|place| RULES.get(place)).unwrap_or(&"default")
            }
        }
    }

    pub(super) fn of(class: Class) -> Rule {
        match class {
            Class::Farewell => Rule::Farewell,
            Class::Greeting => Rule::Greeting,
            Class::Thanks => Rule::Thanks,
            Class::Phatic => Rule::Phatic,
            Class::Continuer => Rule::Continuer,
            Class::Backchannel => Rule::Backchannel,
            Class::Assent => Rule::Assent,
            Class::Laughter => Rule::Laughter,
            Class::Emoji => Rule::Emoji,
        }
    }
}

/// Which rules apply, and what the companion is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    off: Vec<Rule>,
    /// What the companion is called, lower case.
    pub(super) names: Vec<String>,
}

impl Rules {
    /// Every rule except those named; the configuration has checked the names. A `now` rule that is off leaves its
    /// messages to `defer`; so does a `skip` rule.
    pub fn without<'a>(names: impl Iterator<Item = &'a str>) -> Rules {
        let rule = |name: &str| {
            let place = RULES.iter().position(|known| *known == name)?;
            SWITCHES.get(place).copied()
        };
        Rules {
            off: names.filter_map(rule).collect(),
            names: Vec::new(),
        }
    }

    /// The same rules for a companion that is called by these names ("hi Luna" is then a greeting).
    pub fn with_names(mut self, names: impl IntoIterator<Item = String>) -> Rules {
        self.names = names
            .into_iter()
            .map(|name| lowered(name.trim()))
            .filter(|name| !name.is_empty())
            .collect();
        self
    }

    /// True if `rule` applies.
    pub fn has(&self, rule: Rule) -> bool {
        !self.off.contains(&rule)
    }
}
