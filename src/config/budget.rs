//! What each person may spend on a UTC day, and how often a caller may ask in a minute.

use super::vars::Vars;
use crate::wire::json::object;

/// Amounts of what a budget limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// Tokens of language models and embeddings, in and out.
    pub tokens: u64,
    /// Characters that a voice was asked to speak.
    pub characters: u64,
    /// Milliseconds of sound that was transcribed.
    pub heard_ms: u64,
}

object!(Amounts: tokens, characters, heard_ms);

impl Amounts {
    /// Nothing.
    pub const NONE: Amounts = Amounts {
        tokens: 0,
        characters: 0,
        heard_ms: 0,
    };

    /// Tokens alone.
    pub const fn of_tokens(tokens: u64) -> Amounts {
        Amounts {
            tokens,
            ..Amounts::NONE
        }
    }

    /// Each of them with its own of another.
    #[must_use]
    pub fn with(self, other: Amounts, of: impl Fn(u64, u64) -> u64) -> Amounts {
        Amounts {
            tokens: of(self.tokens, other.tokens),
            characters: of(self.characters, other.characters),
            heard_ms: of(self.heard_ms, other.heard_ms),
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Amounts) -> Amounts {
        self.with(other, u64::saturating_add)
    }

    /// Each under its name.
    pub const fn named(self) -> [(&'static str, u64); 3] {
        [
            ("tokens", self.tokens),
            ("characters", self.characters),
            ("heard_seconds", self.heard_ms),
        ]
    }
}

/// The limits; 0 is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `BUDGET_TOKENS`, `BUDGET_CHARACTERS`, `BUDGET_HEARD_SECONDS`: for each person and UTC day.
    pub day: Amounts,
    /// `RATE_PER_MINUTE`: requests of each caller.
    pub rate_per_minute: u32,
}

impl Limits {
    pub(super) fn read(vars: Vars) -> Limits {
        let most = |name: &str| u64::from(vars.integer(name, 0, 0, u32::MAX));
        Limits {
            day: Amounts {
                tokens: most("BUDGET_TOKENS"),
                characters: most("BUDGET_CHARACTERS"),
                heard_ms: most("BUDGET_HEARD_SECONDS") * 1_000,
            },
            rate_per_minute: vars.integer("RATE_PER_MINUTE", 0, 0, 1_000_000),
        }
    }

    /// Whether anybody's spending is counted.
    pub fn has_budget(&self) -> bool {
        self.day != Amounts::NONE
    }
}
