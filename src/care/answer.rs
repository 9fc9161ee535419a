//! What a person in danger is told at once: kept phrases in their language with the help lines of their country, from
//! `care/`. Nothing in it comes from a model, and nothing of it is invented: a country that is not known gets the
//! directory of the world and "your local emergency number".

use serde_json::Value;

use super::find::{Finding, Kind};

const PHRASES: &str = include_str!("../../care/phrases.json");
const LINES: &str = include_str!(concat!(env!("OUT_DIR"), "/lines.json"));

/// What is said before the model is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
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
pub(super) enum Phrase {
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

impl Answer {
    /// The answer to what was found. Who `has` it already gets a shorter one.
    pub fn of(finding: Finding, country: Option<&str>, has: bool) -> Answer {
        let (whole, short): (&[Phrase], &[Phrase]) = match finding.kind {
            Kind::Crisis => (
                &[
                    Phrase::Glad,
                    Phrase::Worry,
                    Phrase::Asking,
                    Phrase::IfSo,
                    Phrase::Line,
                    Phrase::Here,
                ],
                &[Phrase::Asking, Phrase::IfSo, Phrase::Line, Phrase::Here],
            ),
            Kind::Act => (
                &[Phrase::CallNow, Phrase::Tell, Phrase::Line, Phrase::Here],
                &[Phrase::CallNow, Phrase::Here],
            ),
            Kind::Emergency => (
                &[Phrase::Urgent, Phrase::CallNow, Phrase::Tell, Phrase::Here],
                &[Phrase::CallNow, Phrase::Here],
            ),
            Kind::Supporter => (
                &[
                    Phrase::Caring,
                    Phrase::AskThem,
                    Phrase::IfThey,
                    Phrase::Line,
                    Phrase::Here,
                ],
                &[Phrase::IfThey, Phrase::Line, Phrase::Here],
            ),
        };
        let (order, lines_max) = if has { (short, 1) } else { (whole, LINES_MAX) };
        Answer::made(Some(finding), finding.language, country, order, lines_max)
    }

    /// Whether the companion has said the whole of it in these words.
    pub fn is_in(finding: &Finding, said: &str) -> bool {
        let mark = match finding.kind {
            Kind::Crisis => Phrase::Worry,
            Kind::Act | Kind::Emergency => Phrase::Tell,
            Kind::Supporter => Phrase::AskThem,
        };
        let mark = phrase(&own_phrases(finding.language), mark);
        !mark.is_empty() && said.contains(&mark)
    }

    pub(super) fn made(
        finding: Option<Finding>,
        language: &str,
        country: Option<&str>,
        order: &[Phrase],
        lines_max: usize,
    ) -> Answer {
        let own = own_phrases(language);
        let lines = lines(country);
        let local = || phrase(&own, Phrase::Local);
        let emergency = lines.emergency.clone().unwrap_or_else(local);
        let (mut written, mut spoken) = (Vec::new(), Vec::new());
        for one in order {
            let text = phrase(&own, *one);
            match one {
                Phrase::Line if lines.numbers.is_empty() => {
                    let text = phrase(&own, Phrase::Directory).replace("{url}", &lines.directory);
                    spoken.push(text.clone());
                    written.push(text);
                }
                Phrase::Line => {
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
        Answer {
            finding,
            is_asked: false,
            is_pause: order.contains(&Phrase::Pause),
            text: written.join(" "),
            phrases: spoken,
        }
    }

    /// The value of `x-care`, where the person is in danger.
    pub fn header(&self) -> Option<&'static str> {
        let kind = self.finding?.kind;
        (kind > Kind::Supporter).then_some("crisis")
    }

    /// Whether the words are kept out of the memories: what is thought of in despair is. What was done to the body is not,
    /// it is a fact that whoever helps will ask for.
    pub fn is_not_to_be_remembered(&self) -> bool {
        let kind = self.finding.map(|found| found.kind);
        matches!(kind, Some(Kind::Crisis | Kind::Supporter))
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
            Some(Kind::Supporter) => {
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
            for kind in [Kind::Crisis, Kind::Act, Kind::Emergency, Kind::Supporter] {
                let finding = Finding {
                    kind,
                    language,
                    rule: "",
                };
                for phrase in Answer::of(finding, country, false).phrases {
                    if !all.contains(&phrase) {
                        all.push(phrase);
                    }
                }
            }
        }
        for own in [Phrase::Program, Phrase::Pause] {
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

fn phrase(own: &Value, phrase: Phrase) -> String {
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
mod tests {
    use super::super::find::find;
    use super::*;

    fn said(text: &str, country: Option<&str>) -> Answer {
        Answer::of(find(text, &[]).unwrap(), country, false)
    }

    #[test]
    fn the_lines_are_the_countrys_and_the_words_are_the_persons() {
        let german = said("Ich will nicht mehr leben", Some("DE"));
        assert!(
            german.text.contains("TelefonSeelsorge sprechen: 0800 111 0 111."),
            "{}",
            german.text
        );
        assert!(german.text.contains("ruf 112 an"));
        assert!(german.phrases.contains(&"0 8 0 0, 1 1 1, 0, 1 1 1.".to_owned()));
        assert_eq!(german.header(), Some("crisis"));
        let abroad = said("I want to kill myself", Some("germany"));
        assert!(
            abroad.text.contains("TelefonSeelsorge at 0800 111 0 111"),
            "{}",
            abroad.text
        );
        assert!(abroad.note().contains(&abroad.text));
    }

    #[test]
    fn a_country_that_is_not_known_gets_the_directory_and_no_other_countrys_number() {
        for country in [None, Some(""), Some("XX"), Some("T1")] {
            let text = said("I want to kill myself", country).text;
            assert!(
                text.contains("findahelpline.com") && text.contains("your local emergency number"),
                "{text}"
            );
            assert!(!text.contains("988") && !text.contains("911"));
        }
        let portugal = said("quero morrer", Some("PT")).text;
        assert!(
            portugal.contains("findahelpline.com") && portugal.contains("112"),
            "{portugal}"
        );
    }

    #[test]
    fn what_is_under_way_begins_with_the_emergency_number() {
        let act = said("I took all of my pills", Some("US"));
        assert!(act.text.starts_with("Please call 911 now."), "{}", act.text);
        assert!(!act.is_not_to_be_remembered());
        let friend = said("My sister says she wants to die", Some("US"));
        assert_eq!(
            (friend.finding.map(|found| found.kind), friend.header()),
            (Some(Kind::Supporter), None)
        );
        assert!(friend.text.contains("988"));
    }

    #[test]
    fn who_has_the_whole_answer_gets_a_short_one_with_the_number_and_never_none() {
        for (text, kept) in [
            ("I want to kill myself", "988"),
            ("I took all of my pills", "911"),
            ("my throat is swelling", "911"),
            ("My sister says she wants to die", "988"),
        ] {
            let finding = find(text, &[]).unwrap();
            let whole = Answer::of(finding, Some("US"), false);
            let short = Answer::of(finding, Some("US"), true);
            assert!(
                short.text.len() < whole.text.len() * 3 / 4 && short.text.contains(kept),
                "{}",
                short.text
            );
            assert_eq!(short.header(), whole.header());
            assert!(
                short.phrases.iter().all(|phrase| whole.phrases.contains(phrase)),
                "{:?}",
                short.phrases
            );
            assert!(
                Answer::is_in(&finding, &whole.text) && Answer::is_in(&finding, &whole.phrases.join(" "))
            );
            assert!(!Answer::is_in(&finding, &short.text));
        }
    }

    #[test]
    fn every_language_has_every_phrase_and_its_places_for_what_goes_in() {
        let phrases: Value = serde_json::from_str(PHRASES).unwrap();
        for language in super::super::words::ALL.map(|vocabulary| vocabulary.language) {
            let own = phrases[language].as_array().unwrap();
            assert_eq!(own.len(), Phrase::Pause as usize + 1, "{language}");
            for (phrase, marks) in [
                (Phrase::IfSo, "{emergency}"),
                (Phrase::CallNow, "{emergency}"),
                (Phrase::IfThey, "{emergency}"),
                (Phrase::Line, "{number}"),
                (Phrase::Line, "{name}"),
                (Phrase::Directory, "{url}"),
            ] {
                assert!(
                    own[phrase as usize].as_str().unwrap().contains(marks),
                    "{language} {marks}"
                );
            }
        }
        let all = all_phrases();
        assert!(
            all.iter()
                .all(|phrase| !phrase.contains(['{', '}']) && phrase.chars().count() <= 200)
        );
        assert!((150..400).contains(&all.len()), "{}", all.len());
    }

    #[test]
    fn every_line_has_its_source_and_was_checked_within_a_year() {
        let file: Value = serde_json::from_str(include_str!("../../care/lines.json")).unwrap();
        let now_s = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let days = |date: &str| {
            let parts: Vec<i64> = date.split('-').map(|part| part.parse().unwrap()).collect();
            // Days since 1970 of a civil date (H. Hinnant).
            let (y, m, d) = (parts[0] - i64::from(parts[1] <= 2), parts[1], parts[2]);
            let (era, yoe) = (y.div_euclid(400), y.rem_euclid(400));
            let doy = (153 * (m + if m > 2 { -3 } else { 9 }) + 2) / 5 + d - 1;
            era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
        };
        assert_eq!(days("1970-01-01"), 0);
        for line in file["lines"].as_array().unwrap() {
            let age_days = (now_s / 86_400) as i64 - days(line["checked"].as_str().unwrap());
            assert!(
                age_days <= 365,
                "{line} was checked {age_days} days ago: check it again"
            );
            assert!(line["source"].as_str().unwrap().starts_with("https://"), "{line}");
            assert!(line["number"].is_string() || line["url"].is_string(), "{line}");
            for field in ["country", "name", "channel", "hours", "audience"] {
                assert!(line[field].is_string(), "{line}: {field}");
            }
            let country = line["country"].as_str().unwrap();
            assert!(
                country.is_empty() || file["emergency"][country].is_array(),
                "{country}"
            );
        }
    }
}
