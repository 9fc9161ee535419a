use super::*;

fn parse(body: &str) -> Result<ChatRequest, BadField> {
    ChatRequest::parse(body)
}

#[test]
fn unknown_fields_reach_the_provider_byte_for_byte() {
    let body = r#"{"messages":[{"role":"user","content":"hi"}],"temperature":0.70,"big":12345678901234567890123,"tools":[ {"x" : 1e400} ],"model":"companion","conversation":"c","heard":{"text":"The"},"memory":"off"}"#;
    let request = parse(body).unwrap();
    assert_eq!(
        request.provider_body("m\"1"),
        r#"{"model":"m\"1","messages":[{"role":"user","content":"hi"}],"temperature":0.70,"big":12345678901234567890123,"tools":[ {"x" : 1e400} ]}"#
    );
}

#[test]
fn what_is_nested_too_deep_is_refused_and_signs_in_words_are_no_nesting() {
    let nested = |depth: usize| {
        let (begin, end) = ("[".repeat(depth), "]".repeat(depth));
        parse(&format!(
            r#"{{"messages":[{{"role":"user","content":"\"[[{{{{"}}],"x":{begin}"{begin}"{end}}}"#
        ))
    };
    assert!(nested(NESTED_MAX - 1).is_ok());
    let error = nested(NESTED_MAX).err().unwrap();
    assert!(error.message.contains("128"), "{}", error.message);
    assert!(is_deeper_than(2, "[[[") && !is_deeper_than(3, "[[[\"[") && !is_deeper_than(0, "]]"));
}

#[test]
fn the_model_chooses_between_the_chain_and_one_of_its_targets() {
    let with = |model: &str| {
        parse(&format!(r#"{{"model":{model},"messages":[{{"role":"user"}}]}}"#))
            .unwrap()
            .model
    };
    assert_eq!(with("\"companion\""), ModelChoice::Companion);
    assert_eq!(with("null"), ModelChoice::Companion);
    assert_eq!(with("\"groq:x\""), ModelChoice::Named("groq:x".into()));
}

#[test]
fn err_names_the_field() {
    for (body, param) in [
        ("", None),
        ("[]", None),
        ("{\"messages\":[{\"role\":\"user\"}]", None),
        ("{}", Some("messages")),
        (r#"{"messages":[]}"#, Some("messages")),
        (r#"{"messages":"hi"}"#, Some("messages")),
        (r#"{"messages":[{"content":"hi"}]}"#, Some("messages")),
        (r#"{"messages":[{"role":"user"}],"stream":"yes"}"#, Some("stream")),
        (r#"{"messages":[{"role":"user"}],"model":7}"#, Some("model")),
        (r#"{"messages":[{"role":"user"}],"user":{}}"#, Some("user")),
        (
            r#"{"messages":[{"role":"user"}],"heard":{"text":"a"}}"#,
            Some("heard"),
        ),
        (
            r#"{"messages":[{"role":"user"}],"conversation":"c","heard":"a"}"#,
            Some("heard"),
        ),
        (
            r#"{"messages":[{"role":"user"}],"conversation":"c","heard":{}}"#,
            Some("heard"),
        ),
        (
            r#"{"messages":[{"role":"user"}],"conversation":"c","heard":{"text":7}}"#,
            Some("heard"),
        ),
    ] {
        let error = parse(body).err().unwrap();
        assert_eq!(error.param, param, "{body}");
        if let Some(param) = param {
            assert!(error.message.contains(param), "{body}: {}", error.message);
        }
    }
}

#[test]
fn a_reply_that_is_counted_has_one_limit_under_the_clients_name() {
    let body = |fields: &str, model: &str| {
        let body = format!(r#"{{"messages":[{{"role":"user"}}]{fields}}}"#);
        let mut request = ChatRequest::parse(&body).unwrap();
        request.reply_tokens_max = Some(7);
        request.provider_body(model)
    };
    let start = r#"{"model":"m","messages":[{"role":"user"}]"#;
    assert_eq!(body("", "m"), format!(r#"{start},"max_completion_tokens":7}}"#));
    assert_eq!(
        body(r#","max_tokens":9,"n":1"#, "m"),
        format!(r#"{start},"n":1,"max_tokens":7}}"#)
    );
    assert!(body("", "@cf/m").ends_with(r#","max_tokens":7}"#));
}

#[test]
fn a_model_that_cannot_but_think_is_asked_to_think_little_unless_the_client_says_otherwise() {
    let body = |fields: &str, model: &str| {
        let body = format!(r#"{{"messages":[{{"role":"user","content":"hi"}}]{fields}}}"#);
        ChatRequest::parse(&body).unwrap().provider_body(model)
    };
    let low = r#","reasoning_effort":"low"}"#;
    assert!(body("", "openai/gpt-oss-120b").ends_with(low));
    let null = body(r#","reasoning_effort":null"#, "openai/gpt-oss-120b");
    assert!(
        null.ends_with(r#""reasoning_effort":null}"#),
        "a field is never sent twice"
    );
    assert!(
        body(r#","reasoning_effort":"high""#, "openai/gpt-oss-120b")
            .ends_with(r#""reasoning_effort":"high"}"#)
    );
    assert!(!body(r#","reasoning":{"effort":"high"}"#, "openai/gpt-oss-120b").contains("low"));
    assert!(!body("", "gpt-4o").contains("reasoning"));
}

#[test]
fn a_reply_of_workers_ai_may_be_longer_than_its_own_default() {
    let model = "@cf/meta/llama-3.3-70b-instruct-fp8-fast";
    let asked = |says: &'static str| model_defaults(model, &|name| name == says);
    assert_eq!(asked(""), [("max_tokens", WORKERS_AI_TOKENS.into())]);
    assert_eq!(asked("max_tokens"), []);
    assert_eq!(asked("max_completion_tokens"), []);
    assert_eq!(model_defaults("llama", &|_| false), []);
}

#[test]
fn a_voice_is_what_providers_call_theirs_and_leads_nowhere() {
    let longest = "x".repeat(128);
    for id in [
        "alloy",
        "aura-2-thalia-en",
        "af_bella(2)+af_sky(1)",
        "Ana Florence",
        "a.b:c",
        &longest,
    ] {
        assert!(is_voice_id(id), "{id}");
    }
    let longer = "x".repeat(129);
    for id in [
        "", " ", " a", "a ", ".", "..", "../x", "a/b", "a?b", "a#b", "a&b", "a%2fb", "a\nb", "\u{e9}",
        &longer,
    ] {
        assert!(!is_voice_id(id), "{id}");
    }
}

#[test]
fn a_large_body_takes_no_more_than_it_needs() {
    let large = "x".repeat(100_000);
    let body = format!(r#"{{"messages":[{{"role":"user","content":"{large}"}}],"top_p":0.5,"stream":true}}"#);
    let written = ChatRequest::parse(&body).unwrap().provider_body("m");
    assert!(written.capacity() < written.len() + 512);
    let list = crate::wire::json::list(&[&large, "7", "{}"]);
    assert!(list.ends_with(",7,{}]") && list.capacity() < list.len() + 8);
    assert_eq!(crate::wire::json::list::<&str>(&[]), "[]");
}
