//! The platform's environment as pairs, and which of them hearken does not know: a variable that is misspelt is as good
//! as unset, and nobody would notice.
//!
//! Invariant: what is known is what the reader of the configuration asks for; there is no second list to maintain.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::{Config, ConfigError};

/// Unknown variables that are named at most.
const STRANGERS_MAX: usize = 8;
/// Longest name that is looked at, in bytes; hearken's own are far shorter.
const NAME_BYTES_MAX: usize = 64;
/// A name of no known family is taken for a slip of the pen when so many letters at most are wrong, missing or too many.
const SLIPS_MAX: usize = 2;

/// A variable that is set and means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// Its name.
    pub variable: String,
    /// The known name that is most like it.
    pub nearest: String,
}

impl Stranger {
    /// One sentence for an operator.
    pub fn sentence(&self) -> String {
        format!(
            "{} is set and means nothing; the nearest variable is {}",
            self.variable, self.nearest
        )
    }
}

/// Every variable and secret that has a text.
pub struct Environment {
    pairs: BTreeMap<String, (String, Cell<bool>)>,
}

impl Environment {
    /// Of names and values.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let unasked = |(name, value)| (name, (value, Cell::new(false)));
        Self {
            pairs: pairs.into_iter().map(unasked).collect(),
        }
    }

    /// The configuration, with a warning for every variable that looks like hearken's and is none.
    ///
    /// # Errors
    /// The first variable that cannot be used.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let mut config = Config::from_lookup(&|name| {
            let (value, is_asked) = self.pairs.get(name)?;
            is_asked.set(true);
            Some(value.clone())
        })?;
        config.strangers = self.strangers();
        Ok(config)
    }

    fn strangers(&self) -> Vec<Stranger> {
        let unasked: Vec<&str> = self
            .pairs
            .iter()
            .filter(|(name, (_, is_asked))| !is_asked.get() && name.len() <= NAME_BYTES_MAX)
            .map(|(name, _)| name.as_str())
            .collect();
        if unasked.is_empty() {
            return Vec::new();
        }
        let known = known_names();
        unasked
            .into_iter()
            .filter(|name| !known.iter().any(|known| known == name))
            .filter_map(|name| stranger(name, &known))
            .take(STRANGERS_MAX)
            .collect()
    }
}

/// All names, as the reader asks for them when nothing is set.
fn known_names() -> Vec<String> {
    let asked = RefCell::new(Vec::new());
    // Nothing set cannot be wrong.
    let _ = Config::from_lookup(&|name| {
        asked.borrow_mut().push(name.to_owned());
        None
    });
    asked.into_inner()
}

/// `None` for a name that is somebody else's business.
fn stranger(name: &str, known: &[String]) -> Option<Stranger> {
    let (nearest, slips) = known
        .iter()
        .map(|known| (known, slips(name, known)))
        .min_by_key(|(_, slips)| *slips)?;
    let family = |name: &str| name.split_once('_').map(|(family, _)| family.to_owned());
    let ours = |family: &String| {
        let prefix = format!("{family}_");
        known
            .iter()
            .filter(|known| known.starts_with(&prefix))
            .take(2)
            .count()
            == 2
    };
    let is_ours = family(name).as_ref().is_some_and(ours) || slips <= SLIPS_MAX;
    is_ours.then(|| Stranger {
        variable: name.to_owned(),
        nearest: nearest.clone(),
    })
}

/// Letters that have to be changed, added or left out to make `to` of `from` (Levenshtein's distance, in bytes).
fn slips(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, from) in from.bytes().enumerate() {
        let mut diagonal = above;
        let mut left = above + 1;
        for (place, to) in row
            .iter_mut()
            .zip(std::iter::once(None).chain(to.bytes().map(Some)))
        {
            let changed = match to {
                None => left,
                Some(to) => (diagonal + usize::from(from != to)).min(left + 1).min(*place + 1),
            };
            diagonal = std::mem::replace(place, changed);
            left = changed;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strangers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = Environment::new(pairs).config().unwrap();
        config
            .strangers
            .into_iter()
            .map(|stranger| (stranger.variable, stranger.nearest))
            .collect()
    }

    #[test]
    fn distances_are_levenshteins() {
        for (from, to, distance) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("FRIST", "FIRST", 2),
            ("same", "same", 0),
            ("ab", "b", 1),
        ] {
            assert_eq!(slips(from, to), distance, "{from} {to}");
            assert_eq!(slips(to, from), distance, "{to} {from}");
        }
    }

    #[test]
    fn a_misspelt_name_is_told_with_the_right_one() {
        for (name, nearest) in [
            ("LLM_FRIST_MS", "LLM_FIRST_MS"),
            ("BREAKER_TRESHOLD", "BREAKER_THRESHOLD"),
            ("TTS_BREAKER_OPEN_MSS", "TTS_BREAKER_OPEN_MS"),
            ("AUHT", "AUTH"),
            ("API_KEY", "API_KEYS"),
            ("OPENAI_KEY", "OPENAI_API_KEY"),
            ("BREAKR_OPEN_MS", "BREAKER_OPEN_MS"),
        ] {
            assert_eq!(strangers(&[(name, "1")]), [(name.to_owned(), nearest.to_owned())]);
        }
    }

    #[test]
    fn a_variable_that_one_chain_does_not_have_is_told_too() {
        assert_eq!(strangers(&[("LLM_HEDGE", "on")]).len(), 1);
        assert!(strangers(&[("TTS_HEDGE", "on")]).is_empty());
    }

    #[test]
    fn known_and_foreign_names_are_no_strangers() {
        let all = known_names();
        assert!(all.len() > 100, "{}", all.len());
        assert!(
            strangers(&[
                ("CF_ACCOUNT", "x"),
                ("NODE_ENV", "production"),
                ("RELEASE", "9"),
                ("", "x")
            ])
            .is_empty()
        );
        // Overridden for every chain, it is not asked for, and known all the same.
        let overridden: Vec<_> = ["LLM", "TTS", "STT", "EMBED"]
            .map(|chain| format!("{chain}_BREAKER_OPEN_MS"))
            .into();
        let mut pairs: Vec<_> = overridden.iter().map(|name| (name.as_str(), "900")).collect();
        pairs.push(("BREAKER_OPEN_MS", "800"));
        assert!(strangers(&pairs).is_empty());
    }

    #[test]
    fn every_documented_variable_is_known() {
        let known = known_names();
        let pages = [
            include_str!("../../docs/operating.md"),
            include_str!("../../docs/breaker.md"),
        ];
        let table = pages.into_iter().flat_map(str::lines).filter_map(|line| {
            let cell = line.strip_prefix("| ")?.split(" | ").next()?;
            cell.starts_with('`').then_some(cell)
        });
        let is_variable = |name: &&str| {
            let in_code = name.chars().all(|one| one.is_ascii_uppercase() || one == '_');
            let bindings = ["AI", "BREAKER", "PERSON", "RECALL", "PHRASES", "PHRASEBOOK"];
            let commands = [
                "PORT",
                "LOCAL_PROVIDERS",
                "HEARKEN_CACHE",
                "XDG_CACHE_HOME",
                "CHROMIUM_PATH",
            ];
            let tool = name.ends_with("_BIN");
            in_code && name.len() > 2 && !bindings.contains(name) && !commands.contains(name) && !tool
        };
        let documented: Vec<&str> = table
            .flat_map(|cell| cell.split('`'))
            .filter(is_variable)
            .collect();
        assert!(documented.len() > 80, "{documented:?}");
        for name in documented {
            assert!(
                known.iter().any(|known| known == name),
                "{name} is documented and not read"
            );
        }
    }

    #[test]
    fn the_list_of_strangers_is_bounded() {
        let names: Vec<_> = (0..50).map(|n| format!("LLM_X{n}")).collect();
        let pairs: Vec<_> = names.iter().map(|name| (name.as_str(), "1")).collect();
        assert_eq!(strangers(&pairs).len(), STRANGERS_MAX);
        let long = format!("LLM_{}", "X".repeat(NAME_BYTES_MAX));
        assert!(strangers(&[(long.as_str(), "1")]).is_empty());
    }

    #[test]
    fn a_wrong_value_is_refused_as_ever() {
        let pairs = [("LLM_RETRIES".to_owned(), "9".to_owned())];
        assert!(Environment::new(pairs).config().is_err());
    }
}
