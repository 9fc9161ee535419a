//! A persona: who the companion is. One Markdown file of `personas/`, read by `build.rs`, which refuses a wrong one, and
//! by the Worker. Knows nothing but the text, so that the build can use it.

/// Longest prompt, bytes.
const PROMPT_BYTES_MAX: usize = 16_384;
/// Longest phrase, characters.
const PHRASE_CHARS_MAX: usize = 200;
/// Most openings and acknowledgements together.
const PHRASES_MAX: usize = 200;

/// Who the companion is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Persona {
    /// What people call it.
    pub name: String,
    /// Its voice, where a request names none.
    pub voice: Option<String>,
    /// The language that it speaks unless the person speaks another, in English words.
    pub language: Option<String>,
    /// What the model is told: the file's body.
    pub prompt: String,
    /// What it opens a reply with, then what it says to show that it listens.
    pub phrases: Vec<String>,
    /// What it may say while it thinks (`OPENER_AFTER_MS`).
    pub opener: Option<String>,
    /// Rules of memory that do not apply, as in `MEMORY_RULES_OFF`.
    pub skip: Vec<String>,
    /// What the model is told besides where somebody is in danger.
    pub care: Option<String>,
}

impl Persona {
    /// Reads a file.
    ///
    /// # Errors
    /// The line, counted from one, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Persona, (usize, String)> {
        let mut lines = text.lines().enumerate();
        let wrong = |at: usize, problem: &str| Err((at + 1, problem.to_owned()));
        if lines.next().map(|(_, line)| line.trim_end()) != Some("---") {
            return wrong(0, "the file must begin with a line of three hyphens");
        }
        let mut persona = Persona::default();
        let mut seen: Vec<&str> = Vec::new();
        let mut last_at = 0;
        let mut is_closed = false;
        for (at, line) in lines.by_ref() {
            last_at = at;
            if line.trim_end() == "---" {
                is_closed = true;
                break;
            }
            let Some((name, value)) = line.split_once(':') else {
                return wrong(
                    at,
                    "a line of the front matter must be a name, a colon and a value",
                );
            };
            let (name, value) = (name.trim(), value.trim());
            if value.is_empty() {
                return wrong(at, &format!("{name} must not be empty: leave the line out"));
            }
            if seen.contains(&name) {
                return wrong(at, &format!("{name} stands twice"));
            }
            seen.push(name);
            let parts = |mark: char| {
                value
                    .split(mark)
                    .map(|part| part.trim().to_owned())
                    .filter(|part| !part.is_empty())
            };
            match name {
                "name" => persona.name = value.to_owned(),
                "voice" => persona.voice = Some(value.to_owned()),
                "language" => persona.language = Some(value.to_owned()),
                "openings" | "acknowledgements" => persona.phrases.extend(parts('|')),
                "opener" => {
                    persona.phrases.push(value.to_owned());
                    persona.opener = Some(value.to_owned());
                }
                "skip" => persona.skip = parts(',').collect(),
                "care" => persona.care = Some(value.to_owned()),
                _ => {
                    let known = "name, voice, language, openings, acknowledgements, opener, skip or care";
                    return wrong(at, &format!("{name} is unknown: it must be {known}"));
                }
            }
            if persona
                .phrases
                .iter()
                .any(|phrase| phrase.chars().count() > PHRASE_CHARS_MAX)
            {
                return wrong(
                    at,
                    &format!("a phrase must have at most {PHRASE_CHARS_MAX} characters"),
                );
            }
            if persona.phrases.len() > PHRASES_MAX {
                return wrong(at, &format!("there must be at most {PHRASES_MAX} phrases"));
            }
        }
        if !is_closed {
            return wrong(last_at, "the front matter must end with a line of three hyphens");
        }
        if persona.name.is_empty() {
            return wrong(last_at, "the front matter must have a name");
        }
        let body: Vec<&str> = lines.map(|(_, line)| line).collect();
        persona.prompt = body.join("\n").trim().to_owned();
        if persona.prompt.is_empty() || persona.prompt.len() > PROMPT_BYTES_MAX {
            return wrong(
                last_at + 1,
                &format!("the prompt must have 1 to {PROMPT_BYTES_MAX} bytes"),
            );
        }
        Ok(persona)
    }

    /// What the model is told of itself.
    pub fn instruction(&self) -> String {
        match &self.language {
            Some(language) => format!(
                "{}\n\nSpeak {language} unless the person speaks another language.",
                self.prompt
            ),
            None => self.prompt.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read() {
        let text = "---\nname: Skipper\nvoice: v1\nlanguage: English\nopenings: Ahoy! | Land, ho.\nacknowledgements: Aye.\nskip: greeting, thanks\ncare: Be calm.\n---\n\nBe short.\n\nBe kind.\n";
        let persona = Persona::parse(text).unwrap();
        assert_eq!(
            (persona.name.as_str(), persona.voice.as_deref()),
            ("Skipper", Some("v1"))
        );
        assert_eq!(persona.phrases, ["Ahoy!", "Land, ho.", "Aye."]);
        assert_eq!(persona.skip, ["greeting", "thanks"]);
        assert_eq!(
            persona.instruction(),
            "Be short.\n\nBe kind.\n\nSpeak English unless the person speaks another language."
        );
    }

    #[test]
    fn err_names_the_line() {
        let long = format!("---\nname: x\nopenings: {}\n---\np", "a".repeat(201));
        for (text, line, word) in [
            ("name: x", 1, "hyphens"),
            ("---\nname x\n---\np", 2, "colon"),
            ("---\nname: x\nmood: y\n---\np", 3, "mood is unknown"),
            ("---\nname: x\nname: y\n---\np", 3, "twice"),
            ("---\nname: x\nvoice:\n---\np", 3, "voice must not be empty"),
            ("---\nvoice: x\n---\np", 3, "must have a name"),
            ("---\nname: x", 2, "must end"),
            ("---\nname: x\n---\n\n", 4, "prompt"),
            (long.as_str(), 3, "200 characters"),
        ] {
            let (at, problem) = Persona::parse(text).unwrap_err();
            assert!(at == line && problem.contains(word), "{text:?}: {at} {problem}");
        }
    }
}
