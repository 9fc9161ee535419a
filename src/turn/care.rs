//! Whether a turn begins with care: what its person has just said, read by the rule of [`crate::care`]. Pure.

use super::prompt;
use crate::care::answer::Answer;
use crate::memory::person::protocol::Said;
use crate::model::request::ChatRequest;

/// What the person is told before the model is asked. New are their messages behind the companion's last one: in the
/// middle of a tool's work there are none, and what was answered is not answered again. `history` comes before the
/// request's messages.
pub fn notice(request: &ChatRequest, history: &[Said]) -> Option<Answer> {
    let said = prompt::said(&request.messages());
    let new_at = said
        .iter()
        .rposition(|one| one.role != "user")
        .map_or(0, |at| at + 1);
    let (before, new) = said.split_at_checked(new_at)?;
    if new.is_empty() {
        return None;
    }
    let own = |said: &[Said]| -> Vec<String> {
        let own = said.iter().filter(|one| one.role == "user");
        own.map(|one| one.content.clone()).collect()
    };
    let earlier: Vec<String> = [own(history), own(before)].concat();
    let earlier: Vec<&str> = earlier.iter().map(String::as_str).collect();
    let text = own(new).join("\n");
    Answer::to(&text, &earlier, request.country.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noticed(messages: &str, history: &[Said]) -> bool {
        let request = ChatRequest::parse(&format!("{{\"messages\":{messages}}}")).unwrap();
        notice(&request, history).is_some()
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
        let before = Said {
            role: "user".into(),
            content: "I feel so hopeless".into(),
        };
        assert!(!noticed(hint, &[]));
        assert!(noticed(hint, &[before]));
    }
}
