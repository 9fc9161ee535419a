//! What a person is told before their turn's model is asked: whether they may be in danger, read by the rule of
//! [`crate::care`], and what the companion is. Pure.

use super::prompt;
use crate::care::answer::CareAnswer;
use crate::care::find::find;
use crate::care::notice::{Notice, applies, asks_who};
use crate::config::Config;
use crate::memory::person::protocol::Said;
use crate::model::request::{ChatRequest, ModelChoice};

/// The whole answer is not repeated within so long, nor within so many messages.
const AGAIN_MS: u64 = 10 * 60_000;
const AGAIN_MESSAGES_MAX: usize = 12;

/// What the person's object knows of the talk.
#[derive(Clone, Copy, Debug, Default)]
pub struct TalkBefore<'a> {
    /// Messages before the request's, oldest first.
    pub history: &'a [Said],
    /// How long the conversation has been silent.
    pub quiet_ms: u64,
    /// The person has talked for so long that a pause would do good.
    pub is_long: bool,
}

/// What the person is told at once. New are their messages behind the companion's last one: in the middle of a tool's
/// work there are none, and what was answered is not answered again. `before` is `None` while it is not known.
pub fn told(config: &Config, request: &ChatRequest, before: Option<TalkBefore>) -> Option<CareAnswer> {
    let said = prompt::said(&request.messages());
    let new_at = said
        .iter()
        .rposition(|one| one.role != "user")
        .map_or(0, |at| at + 1);
    let (earlier, new) = said.split_at_checked(new_at)?;
    if new.is_empty() {
        return None;
    }
    let text = own(new).join("\n");
    let danger = config
        .care
        .then(|| danger(&text, earlier, before.unwrap_or_default(), request));
    let country = request.country.as_deref();
    let notice = notice(config, request, &text, earlier, before);
    let notice = notice.map(|notice| CareAnswer::notice(notice, &text, country));
    match (danger.flatten(), notice) {
        (Some(care), Some(notice)) => Some(care.with(notice)),
        (care, notice) => care.or(notice),
    }
}

fn own(said: &[Said]) -> Vec<String> {
    let own = said.iter().filter(|one| one.role == "user");
    own.map(|one| one.content.clone()).collect()
}

fn danger(text: &str, said: &[Said], before: TalkBefore, request: &ChatRequest) -> Option<CareAnswer> {
    let earlier: Vec<String> = [own(before.history), own(said)].concat();
    let earlier: Vec<&str> = earlier.iter().map(String::as_str).collect();
    let finding = find(text, &earlier)?;
    let recent = match before.quiet_ms <= AGAIN_MS {
        true => before.history,
        false => &[],
    };
    let mut latest = said
        .iter()
        .rev()
        .chain(recent.iter().rev())
        .take(AGAIN_MESSAGES_MAX);
    let has = latest.any(|one| one.is_companions() && CareAnswer::is_in(&finding, &one.content));
    Some(CareAnswer::of(finding, request.country.as_deref(), has))
}

/// Only the companion speaks of itself: not a model that the client names or instructs alone, and not inside JSON.
fn notice(
    config: &Config,
    request: &ChatRequest,
    text: &str,
    said: &[Said],
    before: Option<TalkBefore>,
) -> Option<Notice> {
    let is_alone = request.memory == Some(false) && prompt::has_instructions(&request.messages());
    let format = request.raw("response_format").map(|raw| raw.get());
    let is_json = format.is_some_and(|format| format.contains("json"));
    if request.model != ModelChoice::Companion || is_alone || is_json {
        return None;
    }
    if before.is_some_and(|before| before.is_long) {
        return Some(Notice::Pause);
    }
    if config.disclosure.is_empty() {
        return None;
    }
    if asks_who(text) {
        return Some(Notice::Asked);
    }
    let is_new = match before {
        Some(before) => before.history.is_empty(),
        None => request.conversation.is_none(),
    };
    let begins = is_new && !said.iter().any(Said::is_companions);
    let is_due = begins
        && applies(
            &config.disclosure,
            request.country.as_deref(),
            request.region.as_deref(),
        );
    is_due.then_some(Notice::Program)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(messages: &str) -> ChatRequest {
        ChatRequest::parse(&format!("{{\"messages\":{messages}}}")).unwrap()
    }

    fn config(variables: &'static [(&str, &str)]) -> Config {
        let value = |name: &str| variables.iter().find(|(one, _)| *one == name);
        Config::from_lookup(&|name| value(name).map(|(_, value)| (*value).to_owned())).unwrap()
    }

    fn after(history: &[Said]) -> Option<TalkBefore<'_>> {
        Some(TalkBefore {
            history,
            ..TalkBefore::default()
        })
    }

    fn noticed(messages: &str, history: &[Said]) -> bool {
        told(&config(&[]), &request(messages), after(history)).is_some()
    }

    #[test]
    fn only_what_is_new_is_answered() {
        let crisis = r#"{"role":"user","content":"I want to kill myself"}"#;
        let reply = r#"{"role":"assistant","content":"I'm glad that you told me."}"#;
        let call = r#"{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"7"}"#;
        let parts = r#"{"role":"user","content":[{"type":"text","text":"I want to kill myself"}]}"#;
        let thanks = r#"{"role":"user","content":"Thank you, what is the weather like?"}"#;
        assert!(noticed(&format!("[{crisis}]"), &[]));
        assert!(noticed(&format!("[{parts}]"), &[]));
        assert!(noticed(&format!("[{reply},{crisis},{thanks}]"), &[]));
        assert!(!noticed(&format!("[{crisis},{call}]"), &[]));
        assert!(!noticed(&format!("[{crisis},{reply},{thanks}]"), &[]));
        assert!(!noticed(
            r#"[{"role":"system","content":"I want to kill myself"},{"role":"user","content":"hi"}]"#,
            &[]
        ));
    }

    #[test]
    fn a_hint_counts_after_what_the_history_says() {
        let hint = r#"[{"role":"user","content":"It will all be over soon."}]"#;
        let before = Said::new("user", "I feel so hopeless");
        assert!(!noticed(hint, &[]));
        assert!(noticed(hint, &[before]));
    }

    #[test]
    fn the_whole_answer_is_given_again_when_it_is_minutes_or_many_messages_old() {
        let crisis = r#"[{"role":"user","content":"I want to kill myself"}]"#;
        let config = config(&[]);
        let answer = |history: &[Said], quiet_ms| {
            let before = TalkBefore {
                history,
                quiet_ms,
                is_long: false,
            };
            told(&config, &request(crisis), Some(before)).unwrap().text
        };
        let whole = answer(&[], 0);
        let history = [
            Said::new("user", "I want to kill myself"),
            Said::new("assistant", format!("{whole}\n\nWhat happened?")),
        ];
        let short = answer(&history, 60_000);
        assert!(short.len() < whole.len() && short.contains("findahelpline.com"));
        assert_eq!(answer(&history, 3_600_000), whole);
        let long: Vec<Said> = history
            .iter()
            .cloned()
            .chain((0..12).map(|_| Said::new("user", "hm")))
            .collect();
        assert_eq!(answer(&long, 0), whole);
        let shortened = [
            history.to_vec(),
            vec![Said::new("user", "yes"), Said::new("assistant", &short)],
        ]
        .concat();
        assert_eq!(answer(&shortened, 0), short);
    }

    #[test]
    fn a_talk_begins_with_what_the_companion_is_where_the_law_asks_for_it_and_once() {
        let hello = r#"[{"role":"user","content":"Hello, how are you?"}]"#;
        let says = |variables, country: &str, region: &str, messages: &str, before| {
            let mut request = request(messages);
            request.country = Some(country.to_owned());
            request.region = Some(region.to_owned());
            told(&config(variables), &request, before)
                .is_some_and(|told| told.text.contains("not a human being"))
        };
        let new = after(&[]);
        for (country, region, expected) in [
            ("US", "New York", true),
            ("US", "CA", true),
            ("US", "Washington", true),
            ("DE", "Berlin", true),
            ("US", "Texas", false),
            ("GB", "England", false),
            ("", "", false),
        ] {
            assert_eq!(
                says(&[], country, region, hello, new),
                expected,
                "{country} {region}"
            );
        }
        assert!(!says(&[("DISCLOSURE", "off")], "US", "NY", hello, new));
        assert!(says(&[("DISCLOSURE", "*")], "", "", hello, new));
        assert!(says(&[("DISCLOSURE", "US-OR, GB")], "GB", "", hello, new));
        let later = r#"[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello."},{"role":"user","content":"And you?"}]"#;
        assert!(!says(&[], "US", "NY", later, new));
        let history = [Said::new("user", "hi"), Said::new("assistant", "Hi.")];
        assert!(!says(&[], "US", "NY", hello, after(&history)));
        let asked = later.replace("And you?", "Are you a real person?");
        assert!(says(&[], "GB", "", &asked, new));
        assert!(!says(&[("DISCLOSURE", "off")], "GB", "", &asked, new));
        let both = r#"[{"role":"user","content":"I want to die"}]"#;
        assert!(says(&[], "US", "NY", both, new));
    }

    #[test]
    fn only_the_companion_speaks_of_itself() {
        let asked = |fields: &str| {
            let body = format!(
                r#"{{"messages":[{{"role":"system","content":"s"}},{{"role":"user","content":"Are you human?"}}]{fields}}}"#
            );
            told(&config(&[]), &ChatRequest::parse(&body).unwrap(), after(&[])).is_some()
        };
        assert!(asked(""));
        assert!(!asked(r#","model":"groq:m""#));
        assert!(!asked(r#","memory":"off""#));
        assert!(!asked(r#","response_format":{"type":"json_object"}"#));
    }

    #[test]
    fn after_hours_a_pause_is_named() {
        let before = TalkBefore {
            is_long: true,
            ..TalkBefore::default()
        };
        let hello = request(r#"[{"role":"user","content":"What now?"}]"#);
        let text = told(&config(&[("DISCLOSURE", "off")]), &hello, Some(before))
            .unwrap()
            .text;
        assert!(
            text.contains("take a break") && text.contains("not a human being"),
            "{text}"
        );
    }
}
