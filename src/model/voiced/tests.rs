use super::*;

fn reply() -> Voiced {
    Voiced::new(ChunkEnvelope::new("own", "companion", 7))
}

fn chunk(delta: &str, finish: &str) -> String {
    format!(
        r#"{{"id":"c1","created":1,"model":"m","choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}"#
    )
}

fn stream(events: &[String]) -> Vec<u8> {
    events
        .iter()
        .map(|data| format!("data: {data}\n\n"))
        .collect::<String>()
        .into_bytes()
}

#[test]
fn text_passes_at_once_and_the_end_waits() {
    let hello = chunk(r#"{"content":"Hello."}"#, "null");
    let finish = chunk("{}", "\"stop\"");
    let usage = r#"{"id":"c1","choices":[],"usage":{"total_tokens":3}}"#.to_owned();
    let mut reply = reply();
    let parts = reply.push(&stream(&[
        hello.clone(),
        finish.clone(),
        usage.clone(),
        "[DONE]".into(),
    ]));
    assert_eq!(
        parts,
        [
            Part::Forward(hello),
            Part::Say("Hello.".into()),
            Part::Pause,
            Part::Done
        ]
    );
    assert_eq!(reply.closing(), [finish, usage, "[DONE]".into()]);
    assert_eq!(reply.envelope.chunk(json!({}))["id"], "c1");
}

#[test]
fn what_no_reader_of_numbers_or_surrogates_takes_is_shown_and_spoken_all_the_same() {
    for (delta, said) in [
        (r#"{"content":"Hello.","score":1e999}"#, "Hello."),
        (r#"{"content":"Hi \ud83d"}"#, "Hi \u{fffd}"),
    ] {
        let event = chunk(delta, "null");
        let parts = reply().push(&stream(std::slice::from_ref(&event)));
        assert_eq!(parts, [Part::Forward(event), Part::Say(said.into())]);
    }
    assert_eq!(reply().push(b"data: nonsense\n\n"), []);
}

#[test]
fn last_words_with_the_reason_are_split() {
    let mut reply = reply();
    let parts = reply.push(&stream(&[chunk(r#"{"content":"Bye."}"#, "\"length\"")]));
    let [Part::Forward(words), Part::Say(said), Part::Pause] = parts.as_slice() else {
        panic!("{parts:?}")
    };
    assert!(words.contains("Bye.") && words.contains("\"finish_reason\":null"));
    assert_eq!(said, "Bye.");
    let last: Value = serde_json::from_str(&reply.closing()[0]).unwrap();
    assert_eq!(
        last.pointer("/choices/0"),
        Some(&json!({"index":0,"delta":{},"finish_reason":"length"}))
    );
}

#[test]
fn a_done_whose_empty_line_is_missing_ends_the_reply_and_nothing_else_does() {
    for (end, is_done) in [
        ("data: [DONE]", true),
        ("data: [DONE]\n", true),
        ("data: [DONE]\r\n", true),
        ("data:[DONE]", true),
        ("data: [DONE", false),
        ("data: x\ndata: [DONE]", false),
        ("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}", false),
        ("", false),
    ] {
        let mut reply = reply();
        assert_eq!(reply.push(end.as_bytes()), [], "{end:?}");
        let expected: &[Part] = if is_done { &[Part::Done] } else { &[] };
        assert_eq!(reply.finish(), expected, "{end:?}");
    }
}

#[test]
fn a_reply_whose_choices_have_all_finished_is_whole_without_done() {
    let words = chunk(r#"{"content":"Hello."}"#, "null");
    let finish = chunk("{}", "\"stop\"");
    let second = finish.replace("\"index\":0", "\"index\":1");
    for (events, choices, expected) in [
        (vec![&words, &finish], 1, &[Part::Done] as &[Part]),
        (vec![&words], 1, &[]),
        (vec![&words, &finish], 2, &[]),
        (vec![&words, &finish, &second], 2, &[Part::Done]),
    ] {
        let events: Vec<String> = events.into_iter().cloned().collect();
        let mut reply = reply().of_choices(choices);
        reply.push(&stream(&events));
        assert_eq!(reply.finish(), expected, "{choices} {events:?}");
    }
    let usage = r#"{"choices":[],"usage":{"total_tokens":3}}"#;
    let mut told = reply();
    told.push(&stream(&[words.clone(), finish.clone()]));
    told.push(format!("data: {usage}").as_bytes());
    assert_eq!(
        told.finish(),
        [Part::Done],
        "what it cost, without its empty line"
    );
    assert_eq!(told.closing(), [finish.clone(), usage.to_owned()]);
    let mut cut = reply();
    cut.push(&stream(&[words, finish]));
    cut.push(b"data: {\"choi");
    assert_eq!(cut.finish(), []);
}

#[test]
fn an_empty_reason_is_none_and_tokens_are_not_cut_there() {
    for reason in ["\"\"", "\"null\"", "\" \"", "\"None\"", "false", "0"] {
        let event = chunk(r#"{"content":"Hel"}"#, reason);
        let parts = reply().push(&stream(std::slice::from_ref(&event)));
        assert_eq!(parts, [Part::Forward(event), Part::Say("Hel".into())]);
    }
    for failure in ["error", "network_error", "insufficient_system_resource", "ERROR"] {
        let parts = reply().push(&stream(&[chunk("{}", &format!("\"{failure}\""))]));
        assert_eq!(parts.last(), Some(&Part::Failed(Failure::InBand)), "{failure}");
    }
}

#[test]
fn words_and_end_and_usage_in_one_event_tell_the_usage_once() {
    let event = r#"{"id":"c1","choices":[{"index":0,"delta":{"content":"Bye."},"finish_reason":"stop"}],"usage":{"total_tokens":3}}"#;
    let mut reply = reply();
    let parts = reply.push(&stream(&[event.to_owned()]));
    let Some(Part::Forward(words)) = parts.first() else {
        panic!("{parts:?}")
    };
    let last = reply.closing();
    assert!(!words.contains("usage"));
    assert_eq!(last.len(), 1);
    assert!(last[0].contains(r#""usage":{"total_tokens":3}"#));
}

#[test]
fn an_event_without_choices_waits_only_when_it_tells_what_the_reply_cost() {
    for (event, waits) in [
        (r#"{"choices":[],"usage":null,"prompt_filter_results":[]}"#, false),
        (r#"{"choices":[],"usage":{"total_tokens":3}}"#, true),
    ] {
        let parts = reply().push(&stream(&[event.to_owned()]));
        assert_eq!(parts.is_empty(), waits, "{event}");
    }
}

#[test]
fn of_a_list_of_parts_the_text_is_spoken() {
    let event = chunk(
        r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"Hi."}]}"#,
        "null",
    );
    let parts = reply().push(&stream(std::slice::from_ref(&event)));
    assert_eq!(parts, [Part::Forward(event), Part::Say("Hi.".into())]);
}

#[test]
fn an_error_ends_the_reply_without_its_words() {
    for event in [
        "data: {\"error\":{\"message\":\"secret host\"}}\n\n",
        "event: error\ndata: x\n\n",
        "data: {\"x_groq\":{\"error\":\"e\"}}\n\n",
    ] {
        let parts = reply().push([event, "data: [DONE]\n\n"].concat().as_bytes());
        assert_eq!(parts, [Part::Failed(Failure::InBand)], "{event}");
    }
}

#[test]
fn reasoning_is_shown_and_not_spoken_and_a_tool_call_pauses() {
    let reasoning = chunk(r#"{"reasoning":"hm"}"#, "null");
    let call = chunk(r#"{"tool_calls":[{"index":0}]}"#, "null");
    let other = chunk(r#"{"role":"assistant","content":""}"#, "null");
    let mut reply = reply();
    let parts = reply.push(&stream(&[other.clone(), reasoning.clone(), call.clone()]));
    assert_eq!(
        parts,
        [
            Part::Forward(other),
            Part::Forward(reasoning),
            Part::Forward(call),
            Part::Pause
        ]
    );
    assert_eq!(reply.tool_calls(), Some(json!([{}])));
}

#[test]
fn of_several_choices_the_first_is_spoken_and_all_are_shown() {
    let other = r#"{"choices":[{"index":1,"delta":{"content":"Other."}}]}"#.to_owned();
    let both = r#"{"choices":[{"index":1,"delta":{"content":"no"}},{"index":0,"delta":{"content":"yes"}}]}"#
        .to_owned();
    let parts = reply().push(&stream(&[other.clone(), both.clone()]));
    assert_eq!(
        parts,
        [Part::Forward(other), Part::Forward(both), Part::Say("yes".into())]
    );
}

#[test]
fn a_transcript_travels_in_a_chunk_of_the_same_reply() {
    let held = stream(&[chunk(r#"{"role":"assistant"}"#, "null")]);
    let text = heard_chunk(&held, ChunkEnvelope::new("own", "companion", 7), "Hi \"there\"");
    let value: Value = serde_json::from_str(text.trim().strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(
        (&value["id"], &value["input_transcript"]),
        (&json!("c1"), &json!("Hi \"there\""))
    );
}
