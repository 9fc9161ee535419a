//! The phrase cache's variables: `PHRASE_*`, `WARM_*`, `PERSONA_PHRASES`.

use super::vars::{Vars, parts};

/// Longest phrase of the persona's list, characters.
const PERSONA_PHRASE_CHARS_MAX: usize = 200;
/// Most phrases of the persona's list.
const PERSONA_PHRASES_MAX: usize = 200;

/// What the phrase cache and its warming go by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhraseRules {
    /// Whether phrases are kept at all (`PHRASE_CACHE`).
    pub is_on: bool,
    /// People a phrase must have been said to before it is shared (`PHRASE_MIN_PEOPLE`).
    pub people_min: u32,
    /// Bytes of all clips together (`PHRASE_CACHE_BYTES`).
    pub cache_bytes: u32,
    /// How long a clip is kept, days (`PHRASE_TTL_DAYS`).
    pub ttl_days: u32,
    /// How long a look-up may take, milliseconds (`PHRASE_LOOKUP_MS`).
    pub lookup_ms: u32,
    /// How long what was said gathers before it is counted, milliseconds (`PHRASE_FLUSH_MS`).
    pub flush_ms: u32,
    /// Phrases kept warm (`WARM_TOP`).
    pub warm_top: u32,
    /// Syntheses at once while warming (`WARM_CONCURRENCY`).
    pub warm_concurrency: u32,
    /// The persona's own phrases, which may always be shared (`PERSONA_PHRASES`, divided by `|`).
    pub persona: Vec<String>,
}

impl PhraseRules {
    pub(super) fn read(vars: Vars, own: &[String]) -> PhraseRules {
        PhraseRules {
            is_on: vars.switch("PHRASE_CACHE", true),
            people_min: vars.integer("PHRASE_MIN_PEOPLE", 3, 1, 1_000),
            cache_bytes: vars.integer("PHRASE_CACHE_BYTES", 64 << 20, 1_000, 2_000_000_000),
            ttl_days: vars.integer("PHRASE_TTL_DAYS", 30, 1, 365),
            lookup_ms: vars.integer("PHRASE_LOOKUP_MS", 50, 1, 5_000),
            flush_ms: vars.integer("PHRASE_FLUSH_MS", 1_000, 0, 10_000),
            warm_top: vars.integer("WARM_TOP", 50, 20, 500),
            warm_concurrency: vars.integer("WARM_CONCURRENCY", 2, 1, 6),
            persona: persona(vars, own),
        }
    }

    /// A sentence for the prompt: with these openings the first phrase is usually sound already.
    pub fn opening_hint(&self) -> Option<String> {
        let phrases: Vec<&str> = self.persona.iter().map(String::as_str).collect();
        (!phrases.is_empty()).then(|| {
            format!(
                "The reply is spoken. Where it is in the same language and one of these openings fits what you would say \
                 anyway, begin with that one, word for word, and go on in a new sentence: {}",
                phrases.join(" | ")
            )
        })
    }
}

fn persona(vars: Vars, own: &[String]) -> Vec<String> {
    let Some(list) = vars.get("PERSONA_PHRASES") else {
        return own.to_vec();
    };
    let phrases = parts(&list, '|');
    let is_too_long = |phrase: &String| phrase.chars().count() > PERSONA_PHRASE_CHARS_MAX;
    if phrases.len() > PERSONA_PHRASES_MAX || phrases.iter().any(is_too_long) {
        vars.refuse(
            "PERSONA_PHRASES",
            format!("must list at most {PERSONA_PHRASES_MAX} phrases of at most {PERSONA_PHRASE_CHARS_MAX} characters"),
        );
    }
    phrases
}

#[cfg(test)]
mod tests {
    use super::super::Config;

    fn read(name: &str, value: &str) -> Result<Config, String> {
        Config::from_lookup(&|asked| (asked == name).then(|| value.to_owned()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_set_shares_with_three_and_warms_fifty() {
        let phrases = read("", "").unwrap().phrases;
        assert_eq!(
            (phrases.people_min, phrases.warm_top, phrases.is_on),
            (3, 50, true)
        );
        assert!(phrases.persona.len() >= 20);
        assert!(phrases.opening_hint().unwrap().contains("I hear you."));
    }

    #[test]
    fn a_persona_brings_its_own_phrases() {
        let phrases = read("PERSONA_PHRASES", "Ahoy! | Land, ho. ||").unwrap().phrases;
        assert_eq!(phrases.persona, ["Ahoy!", "Land, ho."]);
    }

    #[test]
    fn err_names_the_variable() {
        let long = "x".repeat(201);
        for (name, value) in [
            ("PHRASE_MIN_PEOPLE", "0"),
            ("WARM_TOP", "19"),
            ("PHRASE_CACHE", "maybe"),
            ("PHRASE_TTL_DAYS", "1.5"),
            ("PERSONA_PHRASES", long.as_str()),
        ] {
            assert!(read(name, value).unwrap_err().starts_with(name), "{name}");
        }
    }
}
