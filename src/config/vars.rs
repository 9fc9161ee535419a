//! How a single variable is read. Every refusal names it, its value (never a secret's) and what is accepted.
//!
//! A variable that cannot be used reads as its default, and the first refusal is kept: so the places that read are plain
//! tables of names, defaults and ranges, and they are the only list of variables there is.

use std::cell::RefCell;

use crate::wire::fields::{number, number_text};
use crate::wire::json::{self, ToJson};

/// A variable that cannot be used, as one sentence that names it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {problem}")]
pub struct ConfigError {
    /// The variable's name, such as `LLM_IDLE_MS`.
    pub variable: String,
    /// The rest of the sentence.
    pub problem: String,
}

/// Reads single variables.
#[derive(Clone, Copy)]
pub(super) struct Vars<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    /// A prefix whose variables come before those without it: `LLM_BREAKER_X` before `BREAKER_X`.
    prefix: &'a str,
    refused: &'a RefCell<Option<ConfigError>>,
}

/// At most this many characters of a refused value are repeated.
const SHOWN_CHARS_MAX: usize = 60;

impl<'a> Vars<'a> {
    /// Reads what `lookup` gives; the first refusal goes to `refused`.
    pub(super) fn new(
        lookup: &'a dyn Fn(&str) -> Option<String>,
        refused: &'a RefCell<Option<ConfigError>>,
    ) -> Self {
        Self {
            lookup,
            prefix: "",
            refused,
        }
    }

    /// The same, where variables that begin with `prefix` come first.
    pub(super) fn preferring(self, prefix: &'a str) -> Self {
        Self { prefix, ..self }
    }

    /// A variable's text; one that is empty counts as unset.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let text = |name: &str| {
            (self.lookup)(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        match self.prefix {
            "" => text(name),
            prefix => text(&format!("{prefix}{name}")).or_else(|| text(name)),
        }
    }

    /// Keeps a refusal of `name`; `problem` continues the sentence that the name begins.
    pub(super) fn refuse(&self, name: &str, problem: String) {
        let mut refused = self.refused.borrow_mut();
        if refused.is_none() {
            *refused = Some(ConfigError {
                variable: self.shown(name),
                problem,
            });
        }
    }

    /// The name under which a variable was read.
    fn shown(&self, name: &str) -> String {
        let own = format!("{}{name}", self.prefix);
        match (self.lookup)(&own) {
            Some(_) => own,
            None => name.to_owned(),
        }
    }

    fn not(&self, name: &str, value: &str, accepted: &str) {
        let mut short: String = value
            .chars()
            .filter(|c| !c.is_control())
            .take(SHOWN_CHARS_MAX)
            .collect();
        if value.chars().nth(SHOWN_CHARS_MAX).is_some() {
            short.push_str("...");
        }
        self.refuse(name, format!("must be {accepted}; it is \"{short}\""));
    }

    pub(super) fn list(&self, name: &str) -> Vec<String> {
        parts(&self.get(name).unwrap_or_default(), ',')
    }

    /// Places by their codes: `*`, `EU`, `DE`, `US-CA`; `off` is none.
    pub(super) fn places(&self, name: &str, default: &str) -> Vec<String> {
        let value = self.get(name).unwrap_or_else(|| default.to_owned());
        if value == "off" {
            return Vec::new();
        }
        let is_place = |place: &String| {
            let (country, region) = place.split_once('-').unwrap_or((place, "A"));
            let is_code = |code: &str| {
                code.bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            };
            place == "*"
                || (country.len() == 2
                    && (1..=3).contains(&region.len())
                    && is_code(country)
                    && is_code(region))
        };
        let places = parts(&value, ',');
        if !places.iter().all(is_place) {
            self.not(
                name,
                &value,
                "a list of places such as *, EU, DE, US-CA, with off for none",
            );
        }
        places
    }

    pub(super) fn whole(&self, name: &str, default: u64, min: u64, max: u64) -> u64 {
        let Some(value) = self.get(name) else {
            return default;
        };
        // `parse` alone would also take a leading `+`.
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        match value.parse() {
            Ok(number) if digits && (min..=max).contains(&number) => number,
            _ => {
                self.not(name, &value, &format!("a whole number from {min} to {max}"));
                default
            }
        }
    }

    /// The same, for ranges that fit into 32 bits.
    pub(super) fn integer(&self, name: &str, default: u32, min: u32, max: u32) -> u32 {
        let number = self.whole(name, default.into(), min.into(), max.into());
        u32::try_from(number).unwrap_or(default)
    }

    pub(super) fn number(&self, name: &str, default: f64, min: f64, max: f64) -> f64 {
        let fits = |number: f64| (min..=max).contains(&number);
        self.real(
            name,
            default,
            &fits,
            &format!("from {} to {}", number_text(min), number_text(max)),
        )
    }

    /// A share of something: above 0, at most 1.
    pub(super) fn share(&self, name: &str, default: f64) -> f64 {
        let fits = |number: f64| number > 0.0 && number <= 1.0;
        self.real(name, default, &fits, "above 0 and up to 1")
    }

    fn real(&self, name: &str, default: f64, fits: &dyn Fn(f64) -> bool, accepted: &str) -> f64 {
        let Some(value) = self.get(name) else {
            return default;
        };
        match number(&value) {
            Some(number) if fits(number) => number,
            _ => {
                self.not(name, &value, &format!("a number {accepted}"));
                default
            }
        }
    }

    /// The place of a word in a list; the first is the default.
    pub(super) fn word(&self, name: &str, words: &[&str]) -> usize {
        let Some(value) = self.get(name) else {
            return 0;
        };
        let place = words.iter().position(|word| *word == value);
        place.unwrap_or_else(|| {
            self.not(name, &value, &words.join(" or "));
            0
        })
    }

    /// `on` or `off`.
    pub(super) fn switch(&self, name: &str, default: bool) -> bool {
        let words = if default { ["on", "off"] } else { ["off", "on"] };
        default == (self.word(name, &words) == 0)
    }

    /// Refuses variables that contradict each other, with all their names and values.
    pub(super) fn relate(&self, holds: bool, sign: &str, parts: &[(&str, &dyn ToJson)]) {
        if holds {
            return;
        }
        let mut rule = String::new();
        for (name, value) in parts {
            if !rule.is_empty() {
                rule = format!("{rule}{sign}{} ", self.shown(name));
            }
            rule = format!("{rule}({})", json::text(*value));
        }
        let first = parts.first().map_or("", |(name, _)| *name);
        self.refuse(first, format!("{rule} must hold"));
    }
}

/// The parts of a list, without empty ones.
pub(super) fn parts(value: &str, separator: char) -> Vec<String> {
    let parts = value.split(separator).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
