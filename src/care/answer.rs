//! What a person in danger is told at once: kept phrases in their language with the help lines of their country, from
//! `care/`. Nothing in it comes from a model, and nothing of it is invented: a country that is not known gets the
//! directory of the world and "your local emergency number".

use serde_json::Value;

use super::find::{DangerKind, Finding};
use crate::wire::spacing::joined;

const PHRASES: &str = include_str!("../../care/phrases.json");
const LINES: &str = include_str!(concat!(env!("OUT_DIR"), "/lines.json"));

/// What is said before the model is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareAnswer {
    /// What was found; nothing where it is only a notice.
    pub finding: Option<Finding>,
    /// The person has asked for it.
    pub is_asked: bool,
    /// A pause is named in it.
    pub is_pause: bool,
    /// As it is written.
    pub text: String,
    /// As it is spoken: digits one by one, numbers twice.
    pub phrases: Vec<String>,
}

/// The places of the phrases in a language's list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CarePhrase {
    Glad,
    Worry,
    Asking,
    IfSo,
    Line,
    Directory,
    Here,
    CallNow,
    Tell,
    Urgent,
    Caring,
    AskThem,
    IfThey,
    Local,
    Program,
    Pause,
}

/// Most help lines that are named at once.
const LINES_MAX: usize = 4;

/// The help lines of a country.
struct Lines {
    emergency: Option<String>,
    /// Names and numbers.
    numbers: Vec<(String, String)>,
    directory: String,
}

impl CareAnswer {
    /// The answer to what was found. Who `has` it already gets a shorter one.
    pub fn of(finding: Finding, country: Option<&str>, has: bool) -> CareAnswer {
        let (whole, short): (&[CarePhrase], &[CarePhrase]) = match finding.kind {
            DangerKind::Crisis => (
                &[
                    CarePhrase::Glad,
                    CarePhrase::Worry,
                    CarePhrase::Asking,
                    CarePhrase::IfSo,
                    CarePhrase::Line,
                    CarePhrase::Here,
                ],
                &[
                    CarePhrase::Asking,
                    CarePhrase::IfSo,
                    CarePhrase::Line,
                    CarePhrase::Here,
                ],
            ),
            DangerKind::Act => (
                &[
                    CarePhrase::CallNow,
                    CarePhrase::Tell,
                    CarePhrase::Line,
                    CarePhrase::Here,
                ],
                &[CarePhrase::CallNow, CarePhrase::Here],
            ),
            DangerKind::Emergency => (
                &[
                    CarePhrase::Urgent,
                    CarePhrase::CallNow,
                    CarePhrase::Tell,
                    CarePhrase::Here,
                ],
                &[CarePhrase::CallNow, CarePhrase::Here],
            ),
            DangerKind::Supporter => (
                &[
                    CarePhrase::Caring,
                    CarePhrase::AskThem,
                    CarePhrase::IfThey,
                    CarePhrase::Line,
                    CarePhrase::Here,
                ],
                &[CarePhrase::IfThey, CarePhrase::Line, CarePhrase::Here],
            ),
        };
        let (order, lines_max) = if has { (short, 1) } else { (whole, LINES_MAX) };
        CareAnswer::made(Some(finding), finding.language, country, order, lines_max)
    }

    /// Whether the companion has said the whole of it in these words.
    pub fn is_in(finding: &Finding, said: &str) -> bool {
        let mark = match finding.kind {
            DangerKind::Crisis => CarePhrase::Worry,
            DangerKind::Act | DangerKind::Emergency => CarePhrase::Tell,
            DangerKind::Supporter => CarePhrase::AskThem,
        };
        let mark = phrase(&own_phrases(finding.language), mark);
        !mark.is_empty() && said.contains(&mark)
    }

    pub(super) fn made(
        finding: Option<Finding>,
        language: &str,
        country: Option<&str>,
        order: &[CarePhrase],
        lines_max: usize,
    ) -> CareAnswer {
        let own = own_phrases(language);
        let lines = lines(country);
        let local = || phrase(&own, CarePhrase::Local);
        let emergency = lines.emergency.clone().unwrap_or_else(local);
        let (mut written, mut spoken) = (Vec::new(), Vec::new());
        for one in order {
            let text = phrase(&own, *one);
            match one {
                CarePhrase::Line if lines.numbers.is_empty() => {
                    let text = phrase(&own, CarePhrase::Directory).replace("{url}", &lines.directory);
                    spoken.push(text.clone());
                    written.push(text);
                }
                CarePhrase::Line => {
                    for (name, number) in lines.numbers.iter().take(lines_max) {
                        let text = text.replace("{name}", name);
                        written.push(text.replace("{number}", number));
                        spoken.push(text.replace("{number}", &digits(number)));
                        spoken.push(format!("{}.", digits(number)));
                    }
                }
                _ => {
                    written.push(text.replace("{emergency}", &emergency));
                    spoken.push(text.replace("{emergency}", &digits(&emergency)));
                }
            }
        }
        CareAnswer {
            finding,
            is_asked: false,
            is_pause: order.contains(&CarePhrase::Pause),
            text: joined(written.iter().map(String::as_str)),
            phrases: spoken,
        }
    }

    /// The value of `x-care`, where the person is in danger.
    pub fn header(&self) -> Option<&'static str> {
        let kind = self.finding?.kind;
        (kind > DangerKind::Supporter).then_some("crisis")
    }

    /// Whether the words are kept out of the memories: what is thought of in despair is. What was done to the body is not,
    /// it is a fact that whoever helps will ask for.
    pub fn is_not_to_be_remembered(&self) -> bool {
        let kind = self.finding.map(|found| found.kind);
        matches!(kind, Some(DangerKind::Crisis | DangerKind::Supporter))
    }

    /// What the model is told, which goes on from here.
    pub fn note(&self) -> String {
        let told = serde_json::json!(self.text);
        let who = match self.finding.map(|found| found.kind) {
            None => {
                return format!(
                    "The service has just told the person, as the beginning of your reply: {told}\nGo on from there in \
                     their language with the reply itself; do not repeat it, and never claim to be a human being."
                );
            }
            Some(DangerKind::Supporter) => {
                "The person worries about somebody close who may be in danger of their life."
            }
            Some(_) => "The person may be in danger of their life.",
        };
        format!(
            "{who} The service has just told them, as the beginning of your reply: {told}\nGo on from there in their language, in \
             at most three short, warm sentences, and ask one simple question. Do not repeat the greeting or the numbers, and \
             never give another number. Take it seriously; do not argue, preach or promise secrecy; say nothing of methods, \
             means or amounts. Do not say good-bye: stay in the talk."
        )
    }
}

/// Everything that may be said of this, in every language and for every country that has a line in that language: to be
/// made before it is needed, what is needed first at the beginning.
pub fn all_phrases() -> Vec<String> {
    let phrases: Value = serde_json::from_str(PHRASES).unwrap_or_default();
    let file: Value = serde_json::from_str(LINES).unwrap_or_default();
    let lines = file
        .get("lines")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut all: Vec<String> = Vec::new();
    for language in super::words::ALL.map(|vocabulary| vocabulary.language) {
        if phrases.get(language).is_none() {
            continue;
        }
        let speaks = |line: &&Value| {
            let mut languages = line
                .get("languages")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            languages.any(|one| one == language)
        };
        let countries = lines
            .iter()
            .filter(speaks)
            .filter_map(|line| line.get("country")?.as_str());
        for country in countries.map(Some).chain([None]) {
            for kind in [
                DangerKind::Crisis,
                DangerKind::Act,
                DangerKind::Emergency,
                DangerKind::Supporter,
            ] {
                let finding = Finding {
                    kind,
                    language,
                    rule: "",
                };
                for phrase in CareAnswer::of(finding, country, false).phrases {
                    if !all.contains(&phrase) {
                        all.push(phrase);
                    }
                }
            }
        }
        for own in [CarePhrase::Program, CarePhrase::Pause] {
            all.push(phrase(&own_phrases(language), own));
        }
    }
    all
}

fn own_phrases(language: &str) -> Value {
    let phrases: Value = serde_json::from_str(PHRASES).unwrap_or_default();
    let own = phrases.get(language).or_else(|| phrases.get("en"));
    own.cloned().unwrap_or_default()
}

fn phrase(own: &Value, phrase: CarePhrase) -> String {
    let text = own.get(phrase as usize).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// The code of a country that is named by its code or in English.
pub(super) fn code(country: &str) -> Option<String> {
    let file: Value = serde_json::from_str(LINES).unwrap_or_default();
    let wanted = country.trim();
    let all = file.get("emergency").and_then(Value::as_object)?;
    let is_it = |(code, row): &(&String, &Value)| {
        let name = row.get(0).and_then(Value::as_str).unwrap_or_default();
        code.eq_ignore_ascii_case(wanted) || name.eq_ignore_ascii_case(wanted)
    };
    all.iter().find(is_it).map(|(code, _)| code.clone())
}

/// The language of a country's first help line, where phrases are kept in it.
pub(super) fn language_of_country(country: Option<&str>) -> Option<&'static str> {
    let file: Value = serde_json::from_str(LINES).unwrap_or_default();
    let code = code(country?)?;
    let lines = file.get("lines").and_then(Value::as_array)?;
    let word = |line: &Value, name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
    let line = lines
        .iter()
        .find(|line| word(line, "country").as_ref() == Some(&code))?;
    let spoken = line.get("languages")?.get(0)?.as_str()?;
    let mut known = super::words::ALL.iter().map(|vocabulary| vocabulary.language);
    known.find(|language| *language == spoken)
}

fn lines(country: Option<&str>) -> Lines {
    let file: Value = serde_json::from_str(LINES).unwrap_or_default();
    let code = country.and_then(code).unwrap_or_default();
    let emergency = file
        .get("emergency")
        .and_then(|all| all.get(&code)?.get(1)?.as_str());
    let word = |line: &Value, name: &str| {
        line.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let entries = file
        .get("lines")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let of = |country: &'static str| {
        move |line: &&Value| line.get("country").and_then(Value::as_str) == Some(country)
    };
    let directory = entries
        .iter()
        .find(of(""))
        .map(|line| word(line, "url"))
        .unwrap_or_default();
    let own = entries
        .iter()
        .filter(|line| !code.is_empty() && word(line, "country") == code);
    Lines {
        emergency: emergency.map(str::to_owned),
        numbers: own
            .map(|line| (word(line, "name"), word(line, "number")))
            .collect(),
        directory,
    }
}

/// A number as it is said: each digit by itself, a pause between groups. What is no number stays.
fn digits(number: &str) -> String {
    if !number.chars().all(|c| c.is_ascii_digit() || c == ' ' || c == '-') {
        return number.to_owned();
    }
    let groups = number.split([' ', '-']).map(|group| {
        let digits: Vec<String> = group.chars().map(String::from).collect();
        digits.join(" ")
    });
    groups.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
