//! Which personas there are, and who may be chosen: `PERSONA`, `PERSONAS_ALLOWED`.

use super::memory::RULES;
use super::persona::Persona;
use super::vars::Vars;

/// The files of `personas/`, by name.
const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/personas.rs"));

/// Who the companion is where nobody says otherwise.
const DEFAULT: &str = "listener";

/// Who the companion is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Personas {
    /// Its file's name.
    pub name: String,
    /// Who it is.
    pub own: Persona,
    /// Whether it is another one than the default: then it speaks in every turn that has no instructions of its client's.
    pub is_chosen: bool,
    /// Whom a request may choose.
    pub allowed: Vec<String>,
}

impl Personas {
    pub(super) fn read(vars: Vars) -> Personas {
        let known = || FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let name = vars.get("PERSONA").unwrap_or_else(|| DEFAULT.to_owned());
        if named(&name).is_none() {
            vars.refuse("PERSONA", format!("must be one of {}, not {name}", known()));
        }
        let allowed = vars.list("PERSONAS_ALLOWED");
        if let Some(unknown) = allowed.iter().find(|name| named(name).is_none()) {
            vars.refuse(
                "PERSONAS_ALLOWED",
                format!("must list names of {}, not {unknown}", known()),
            );
        }
        let own = named(&name).unwrap_or_default();
        if let Some(unknown) = own.skip.iter().find(|rule| !RULES.contains(&rule.as_str())) {
            vars.refuse(
                "PERSONA",
                format!("its skip names {unknown}, which is none of {}", RULES.join(", ")),
            );
        }
        Personas {
            is_chosen: name != DEFAULT,
            name,
            own,
            allowed,
        }
    }

    /// Whom a request may choose, the operator's own first: the name of each file, and what people call them.
    pub fn choices(&self) -> impl Iterator<Item = (&str, String)> {
        let others = self.allowed.iter().filter(|name| **name != self.name);
        let names = std::iter::once(&self.name).chain(others);
        names.map(|name| (name.as_str(), named(name).unwrap_or_default().name))
    }

    /// Whom a request chooses, or the operator's own where it names nobody or may not.
    pub fn of(&self, name: Option<&str>) -> Persona {
        name.and_then(|name| self.chosen(name))
            .unwrap_or_else(|| self.own.clone())
    }

    /// Whom a request chooses, where it may.
    pub fn chosen(&self, name: &str) -> Option<Persona> {
        let may = name == self.name || self.allowed.iter().any(|allowed| allowed == name);
        named(name).filter(|_| may)
    }
}

/// A persona by its file's name.
fn named(name: &str) -> Option<Persona> {
    let (_, text) = FILES.iter().find(|(file, _)| *file == name)?;
    Persona::parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::super::Config;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, String> {
        let lookup = |asked: &str| {
            let pair = pairs.iter().find(|(name, _)| *name == asked);
            pair.map(|(_, value)| (*value).to_owned())
        };
        Config::from_lookup(&lookup).map_err(|error| error.to_string())
    }

    #[test]
    fn nobody_named_is_the_listener_who_knows_its_limits() {
        let personas = read(&[]).unwrap().personas;
        assert_eq!((personas.name.as_str(), personas.is_chosen), ("listener", false));
        assert!(personas.own.prompt.contains("not a human being"));
        assert!(personas.chosen("listener").is_some() && personas.chosen("guide").is_none());
    }

    #[test]
    fn a_request_may_choose_whom_the_operator_allows() {
        let config = read(&[("PERSONA", "guide"), ("PERSONAS_ALLOWED", "listener")]).unwrap();
        assert_eq!(config.personas.chosen("listener").unwrap().name, "Listener");
        assert!(config.phrases.persona.contains(&"Here we go.".to_owned()));
        assert_eq!(config.personas.chosen("nobody"), None);
        let choices: Vec<_> = config.personas.choices().collect();
        assert_eq!(
            choices,
            [("guide", "Guide".to_owned()), ("listener", "Listener".to_owned())]
        );
    }

    #[test]
    fn err_names_the_variable() {
        assert!(read(&[("PERSONA", "pirate")]).unwrap_err().starts_with("PERSONA"));
        assert!(
            read(&[("PERSONAS_ALLOWED", "guide, pirate")])
                .unwrap_err()
                .starts_with("PERSONAS_ALLOWED")
        );
    }
}
