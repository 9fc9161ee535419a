//! The variables of memory and conversations, with their defaults and ranges.

use super::vars::Vars;

/// Everything about memory that can be configured.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(PartialEq))]
pub struct MemoryConfig {
    /// `MEMORY`: `off` keeps nothing of anybody, whatever a request says.
    pub on: bool,
    /// `RECALL_LIMIT`: most memories that enter a prompt.
    pub recall_limit: u32,
    /// `RECALL_TTL_SECONDS`: life of a cached result.
    pub recall_ttl_s: u32,
    /// `RECALL_COSINE_MIN`: a semantic match below it is none.
    pub cosine_min: f32,
    /// `RECALL_SCORE_MIN`: matches with a lower fused score are left out.
    pub score_min: f64,
    /// `RECALL_HALF_LIFE_DAYS`: age at which recency has lost half of its share.
    pub half_life_days: f64,
    /// `MEMORY_DEADLINE_MS`: longest wait for the person's object when a turn opens.
    pub deadline_ms: u32,
    /// `EXTRACT_BATCH_MESSAGES`: this many messages make one extraction.
    pub batch_messages: u32,
    /// `EXTRACT_BATCH_BYTES`: or this much text.
    pub batch_bytes: u32,
    /// `EXTRACT_IDLE_MS`: or this much silence.
    pub idle_ms: u32,
    /// `COMPANION_NAMES`: what the companion is called; "hi Luna" is then a greeting.
    pub names: Vec<String>,
    /// `MEMORY_RULES_OFF`: names of rules that do not apply, comma-separated.
    pub rules_off: Vec<String>,
    /// `HISTORY_TOKENS`: of a conversation's history that enter a prompt, estimated.
    pub history_tokens: u32,
    /// `MEMORY_TOKENS`: of memories that enter a prompt, estimated.
    pub memory_tokens: u32,
    /// `SUMMARY_TRIGGER_MESSAGES`: a conversation with more messages than this is summarised.
    pub summary_trigger_messages: u32,
    /// `SUMMARY_TRIGGER_TOKENS`: or one that is longer than this, estimated.
    pub summary_trigger_tokens: u32,
    /// `SUMMARY_KEEP_MESSAGES`: the newest, which stay as they are.
    pub summary_keep_messages: u32,
    /// `PERSON_SECRET`: names people's objects; without it the session secret or the first API key does. A secret.
    pub person_secret: Option<Secret>,
}

/// A value that does not show in logs.
#[derive(Clone)]
#[cfg_attr(test, derive(PartialEq))]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl MemoryConfig {
    pub(super) fn read(vars: Vars) -> MemoryConfig {
        MemoryConfig {
            on: vars.switch("MEMORY", true),
            recall_limit: vars.integer("RECALL_LIMIT", 5, 1, 50),
            recall_ttl_s: vars.integer("RECALL_TTL_SECONDS", 300, 60, 86_400),
            cosine_min: vars.number("RECALL_COSINE_MIN", 0.3, -1.0, 1.0) as f32,
            score_min: vars.number("RECALL_SCORE_MIN", 0.05, 0.0, 1.0),
            half_life_days: vars.number("RECALL_HALF_LIFE_DAYS", 90.0, 0.0, 36_500.0),
            deadline_ms: vars.integer("MEMORY_DEADLINE_MS", 2_000, 10, 60_000),
            batch_messages: vars.integer("EXTRACT_BATCH_MESSAGES", 6, 1, 100),
            batch_bytes: vars.integer("EXTRACT_BATCH_BYTES", 16_384, 256, 262_144),
            idle_ms: vars.integer("EXTRACT_IDLE_MS", 60_000, 10, 86_400_000),
            names: vars.list("COMPANION_NAMES"),
            rules_off: rules_off(vars),
            history_tokens: vars.integer("HISTORY_TOKENS", 3_000, 0, 1_000_000),
            memory_tokens: vars.integer("MEMORY_TOKENS", 600, 0, 100_000),
            summary_trigger_messages: vars.integer("SUMMARY_TRIGGER_MESSAGES", 30, 2, 1_000),
            summary_trigger_tokens: vars.integer("SUMMARY_TRIGGER_TOKENS", 3_000, 100, 1_000_000),
            summary_keep_messages: vars.integer("SUMMARY_KEEP_MESSAGES", 10, 0, 1_000),
            person_secret: vars.get("PERSON_SECRET").map(Secret),
        }
    }
}

/// The rules of `MEMORY_RULES_OFF`, under their stable names: `memory::salience::rules` has one for each.
pub const RULES: [&str; 16] = [
    "remember_request",
    "forget_request",
    "safety",
    "health",
    "name",
    "correction",
    "empty",
    "farewell",
    "greeting",
    "thanks",
    "phatic",
    "continuer",
    "backchannel",
    "assent",
    "laughter",
    "emoji",
];

fn rules_off(vars: Vars) -> Vec<String> {
    let names = vars.list("MEMORY_RULES_OFF");
    if let Some(unknown) = names.iter().find(|name| !RULES.contains(&name.as_str())) {
        let known = RULES.join(", ");
        let problem = format!("is wrong: there is no rule \"{unknown}\"; the rules are {known}");
        vars.refuse("MEMORY_RULES_OFF", problem);
    }
    names
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn read(name: &'static str, value: &'static str) -> Result<Config, String> {
        Config::from_lookup(&|asked| (asked == name).then(|| value.to_owned()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_set_gives_the_documented_defaults() {
        let memory = read("", "").unwrap().memory;
        assert_eq!(
            (memory.recall_limit, memory.recall_ttl_s, memory.batch_messages),
            (5, 300, 6)
        );
        assert!(memory.on);
    }

    #[test]
    fn each_wrong_value_is_named() {
        for (name, value) in [
            ("MEMORY", "maybe"),
            ("RECALL_LIMIT", "0"),
            ("RECALL_TTL_SECONDS", "59"),
            ("RECALL_COSINE_MIN", "2"),
            ("RECALL_SCORE_MIN", "NaN"),
            ("EXTRACT_BATCH_MESSAGES", "101"),
            ("EXTRACT_IDLE_MS", "-1"),
            ("MEMORY_RULES_OFF", "greetings"),
            ("HISTORY_TOKENS", "many"),
        ] {
            let error = read(name, value).unwrap_err();
            assert!(error.starts_with(name), "{name}: {error}");
        }
    }

    #[test]
    fn the_persons_secret_does_not_show() {
        let config = read("PERSON_SECRET", "hidden-value").unwrap();
        assert!(!format!("{:?}", config.memory).contains("hidden-value"));
    }
}
