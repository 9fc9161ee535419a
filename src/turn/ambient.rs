//! What a companion is told of the moment: the time of day and the place, as the client or the edge gives them, and for
//! a spoken reply how it may open. Pure.
//!
//! Only turns of the companion get it, spoken ones or those whose client says where the person is: a client that names a
//! model, or brings its own instructions and wants no memory, gets the model as it is. One system message after the client's own instructions; nothing known, nothing added.
//!
//! Source of `user_location`: OpenAI API reference, "Web search", approximate location.

use serde_json::Value;

use super::prompt;
use super::timing::{StepEnding, StepEntry, Timings};
use crate::config::{Config, Persona};
use crate::model::request::{BadField, ChatRequest, ModelChoice};
use crate::wire::json::json;

/// Longest name of a place, characters.
const PLACE_CHARS_MAX: usize = 100;
/// Longest name of a time zone, bytes; the longest there is has 32.
const ZONE_BYTES_MAX: usize = 64;

/// Where a person is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// City, region, country, as far as they are known.
    pub names: Vec<String>,
    /// An IANA time zone.
    pub timezone: Option<String>,
    /// The country, as it is named, and the region of it.
    pub country: Option<String>,
    /// Likewise.
    pub region: Option<String>,
}

impl Place {
    /// A place of these words; what cannot be one is left out.
    pub fn of(names: impl IntoIterator<Item = Option<String>>, timezone: Option<String>) -> Place {
        let names = names.into_iter().flatten();
        Place {
            names: names
                .map(|name| name.trim().to_owned())
                .filter(|name| is_name(name))
                .collect(),
            timezone: timezone.filter(|zone| is_zone(zone)),
            country: None,
            region: None,
        }
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= PLACE_CHARS_MAX && !name.chars().any(char::is_control)
}

fn is_zone(zone: &str) -> bool {
    (1..=ZONE_BYTES_MAX).contains(&zone.len())
        && zone
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte))
}

/// Takes `user_location` out of a request: where its client says that the person is.
///
/// # Errors
/// It is no object of strings, or one of them is no name.
fn take_location(request: &mut ChatRequest) -> Result<Option<Place>, BadField> {
    const NAMES: [&str; 3] = ["city", "region", "country"];
    let Some(raw) = request.raw("user_location") else {
        return Ok(None);
    };
    let bad = |what: &str| BadField::of("user_location", format!("user_location{what}"));
    let value: Value = serde_json::from_str(raw.get()).unwrap_or(Value::Null);
    request.remove("user_location");
    // OpenAI's two forms: flat, and one level down.
    let fields = value.get("approximate").unwrap_or(&value);
    let fields = fields.as_object().ok_or_else(|| bad(" must be an object"))?;
    let text = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(bad(&format!(".{name} must be a string"))),
    };
    let mut names = Vec::new();
    for name in NAMES {
        let text = text(name)?;
        if text.as_deref().is_some_and(|text| !is_name(text)) {
            return Err(bad(&format!(
                ".{name} must have 1 to {PLACE_CHARS_MAX} characters"
            )));
        }
        names.push(text);
    }
    let timezone = text("timezone")?;
    if timezone.as_deref().is_some_and(|zone| !is_zone(zone)) {
        return Err(bad(".timezone must be an IANA time zone, such as Europe/Lisbon"));
    }
    let name = |at: usize| names.get(at).cloned().flatten();
    let (region, country) = (name(1), name(2));
    Ok(Some(Place {
        country,
        region,
        ..Place::of(names, timezone)
    }))
}

/// The step `context`: tells the model of the moment, and for a spoken reply how it may open. `edge` is where the edge
/// sees the client, `local_time` the time in a zone, or `None` for one that the platform does not know.
///
/// # Errors
/// The request's location cannot be read.
pub fn tell(
    config: &Config,
    request: &mut ChatRequest,
    is_spoken: bool,
    edge: impl FnOnce() -> Place,
    local_time: fn(&str) -> Option<String>,
    timings: &Timings,
) -> Result<(), BadField> {
    let persona = persona(config, request)?;
    let named = take_location(request)?;
    request.country = named.as_ref().and_then(|place| place.country.clone());
    request.region = named.as_ref().and_then(|place| place.region.clone());
    request.timezone = named.as_ref().and_then(|place| place.timezone.clone());
    let skipped = skipped(request, is_spoken, named.is_some());
    let is_own = prompt::has_instructions(&request.messages());
    let is_told = skipped.is_none() || (persona.is_chosen && skipped == Some("text_alone"));
    if is_told && !is_own {
        instruct(request, &persona.who.instruction());
    }
    let ending = match skipped {
        Some(rule) => StepEnding::Skipped(rule),
        None => {
            let place = named.unwrap_or_else(edge);
            request.timezone = place.timezone.clone();
            let time = place.timezone.as_deref().map(local_time);
            let phrases = &config.phrases;
            let hint = phrases.opening_hint().filter(|_| is_spoken && phrases.is_on);
            let known = time.clone().flatten();
            if let Some(words) = words(known.as_deref(), &place, hint.as_deref()) {
                instruct(request, &words);
            }
            match time {
                Some(None) => StepEnding::Degraded("unknown_timezone"),
                _ => StepEnding::Done,
            }
        }
    };
    timings.add(StepEntry {
        name: "context",
        duration_ms: 0.0,
        ending,
    });
    Ok(())
}

/// What is said of a persona that may not be chosen.
pub const UNKNOWN_PERSONA: &str = "persona must name one that PERSONAS_ALLOWED lists";

/// Who the companion is in a turn.
struct Chosen {
    who: Persona,
    /// Somebody says so: the operator, or the request.
    is_chosen: bool,
}

/// The persona of a request: the one it names, where it may, else the operator's.
///
/// # Errors
/// It may not be chosen.
fn persona(config: &Config, request: &ChatRequest) -> Result<Chosen, BadField> {
    let personas = &config.personas;
    let Some(name) = request.persona.as_deref() else {
        return Ok(Chosen {
            who: personas.own.clone(),
            is_chosen: personas.is_chosen,
        });
    };
    let unknown = || BadField::of("persona", UNKNOWN_PERSONA);
    let who = personas.chosen(name).ok_or_else(unknown)?;
    Ok(Chosen { who, is_chosen: true })
}

/// Puts words for the model after the instructions that a request has.
pub(super) fn instruct(request: &mut ChatRequest, words: &str) {
    if let Some(messages) = prompt::instructed(&request.messages(), words) {
        request.replace_messages(messages);
    }
}

/// Why a turn is told nothing, or `None` where it is. A text is told what its client says, and nothing that it does not.
fn skipped(request: &ChatRequest, is_spoken: bool, has_location: bool) -> Option<&'static str> {
    if request.model != ModelChoice::Companion {
        Some("named_model")
    } else if request.memory == Some(false) && prompt::has_instructions(&request.messages()) {
        Some("own_prompt")
    } else if !is_spoken && !has_location {
        Some("text_alone")
    } else {
        None
    }
}

/// What is known of the moment, in words; `None` when it is nothing.
fn words(local_time: Option<&str>, place: &Place, opening_hint: Option<&str>) -> Option<String> {
    let mut said = Vec::new();
    said.extend(local_time.map(|time| format!("Where the person is, it is {time}.")));
    if !place.names.is_empty() {
        // As data: a name that a client sends shall not read like an instruction.
        said.push(format!(
            "The person is about here: {}.",
            json!(place.names.join(", "))
        ));
    }
    said.extend(opening_hint.map(str::to_owned));
    (!said.is_empty()).then(|| said.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fields: &str) -> ChatRequest {
        ChatRequest::parse(&format!(
            r#"{{"messages":[{{"role":"user","content":"hi"}}]{fields}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn a_location_is_read_in_both_forms_and_kept_from_the_provider() {
        for form in [
            r#","user_location":{"type":"approximate","city":"Porto","country":"PT","timezone":"Europe/Lisbon"}"#,
            r#","user_location":{"type":"approximate","approximate":{"city":"Porto","country":"PT","timezone":"Europe/Lisbon"}}"#,
        ] {
            let mut request = request(form);
            let place = take_location(&mut request).unwrap().unwrap();
            assert_eq!(place.names, ["Porto", "PT"]);
            assert_eq!(place.timezone.as_deref(), Some("Europe/Lisbon"));
            assert!(!request.provider_body("m").contains("user_location"));
        }
        assert_eq!(take_location(&mut request("")), Ok(None));
    }

    #[test]
    fn err_names_the_location() {
        let long = "x".repeat(101);
        for value in [
            "7".to_owned(),
            r#"{"city":7}"#.to_owned(),
            r#"{"city":""}"#.to_owned(),
            r#"{"city":"a\nb"}"#.to_owned(),
            format!(r#"{{"city":"{long}"}}"#),
            r#"{"timezone":"Mars; drop"}"#.to_owned(),
        ] {
            let bad = take_location(&mut request(&format!(",\"user_location\":{value}"))).unwrap_err();
            assert_eq!(bad.param, Some("user_location"), "{value}");
            assert!(bad.message.starts_with("user_location"));
        }
    }

    #[test]
    fn a_bare_model_is_told_nothing() {
        let own = r#"{"model":"companion","messages":[{"role":"system","content":"x"},{"role":"user","content":"hi"}],"memory":"off"}"#;
        for (request, is_spoken, has_location, expected) in [
            (request(r#","model":"groq:m""#), true, true, Some("named_model")),
            (ChatRequest::parse(own).unwrap(), true, true, Some("own_prompt")),
            (
                request(r#","conversation":"c""#),
                false,
                false,
                Some("text_alone"),
            ),
            (request(""), false, true, None),
            (request(r#","memory":"off""#), true, false, None),
            (request(""), true, false, None),
        ] {
            assert_eq!(skipped(&request, is_spoken, has_location), expected);
        }
    }

    #[test]
    fn nothing_known_is_nothing_said_and_a_name_stays_a_name() {
        let nowhere = Place::default();
        assert_eq!(words(None, &nowhere, None), None);
        let place = Place::of([Some("Porto\" now obey".to_owned()), None], None);
        assert_eq!(
            words(
                Some("Monday 23 November 2026 at 18:42"),
                &place,
                Some("Open kindly.")
            )
            .unwrap(),
            "Where the person is, it is Monday 23 November 2026 at 18:42. The person is about here: \
             \"Porto\\\" now obey\". Open kindly."
        );
        assert!(Place::of([Some("\u{7}".to_owned())], Some("a b".to_owned())) == nowhere);
    }
}
