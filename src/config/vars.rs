//! How a single variable is read. Every refusal names it, its value (never a secret's) and what is accepted.

/// A variable that cannot be used, as one sentence that names it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {problem}")]
pub struct ConfigError {
    /// The variable's name, such as `LLM_IDLE_MS`.
    pub variable: String,
    /// The rest of the sentence.
    pub problem: String,
}

impl ConfigError {
    /// A refusal of `variable`; `problem` continues the sentence that the name begins.
    pub fn new(variable: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            variable: variable.into(),
            problem: problem.into(),
        }
    }
}

/// Reads single variables.
pub(super) struct Vars<'a> {
    pub(super) lookup: &'a dyn Fn(&str) -> Option<String>,
}

impl Vars<'_> {
    pub(super) fn get(&self, name: &str) -> Option<String> {
        (self.lookup)(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let value = self.get(name).unwrap_or_default();
        value
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }

    pub(super) fn integer(&self, name: &str, default: u32, min: u32, max: u32) -> Result<u32, ConfigError> {
        let Some(value) = self.get(name) else {
            return Ok(default);
        };
        value
            .parse()
            .ok()
            .filter(|number| (min..=max).contains(number))
            .ok_or_else(|| {
                ConfigError::new(
                    name,
                    format!("must be a whole number from {min} to {max}; it is \"{value}\""),
                )
            })
    }

    pub(super) fn number(&self, name: &str, default: f64, min: f64, max: f64) -> Result<f64, ConfigError> {
        let Some(value) = self.get(name) else {
            return Ok(default);
        };
        let read: Option<f64> = value.parse().ok();
        read.filter(|number| (min..=max).contains(number)).ok_or_else(|| {
            ConfigError::new(
                name,
                format!("must be a number from {min} to {max}; it is \"{value}\""),
            )
        })
    }

    /// A word out of a list; the first is the default.
    pub(super) fn one_of<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<T, ConfigError> {
        let value = self.get(name);
        let names = || {
            words
                .iter()
                .map(|(word, _)| *word)
                .collect::<Vec<_>>()
                .join(" or ")
        };
        let wanted = value
            .as_deref()
            .or(words.first().map(|(word, _)| *word))
            .unwrap_or_default();
        words
            .iter()
            .find(|(word, _)| *word == wanted)
            .map(|(_, value)| *value)
            .ok_or_else(|| ConfigError::new(name, format!("must be {}; it is \"{wanted}\"", names())))
    }

    pub(super) fn origins(&self) -> Result<Vec<String>, ConfigError> {
        let origins = self.list("ALLOWED_ORIGINS");
        for origin in &origins {
            let rest = origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"));
            if !rest.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', ' '])) {
                let problem =
                    format!("must list exact origins such as https://example.org; it has \"{origin}\"");
                return Err(ConfigError::new("ALLOWED_ORIGINS", problem));
            }
        }
        Ok(origins)
    }
}
