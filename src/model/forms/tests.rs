use super::*;

fn data(events: &[&str]) -> String {
    events.iter().map(|data| format!("data: {data}\n\n")).collect()
}

/// The JSON of each event.
fn events(text: &str) -> Vec<Value> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("data: "));
    lines.filter_map(|data| serde_json::from_str(data).ok()).collect()
}

#[test]
fn a_body_is_what_its_first_bytes_say() {
    for (bytes, form_of_any_label) in [
        ("data: {}", Some(BodyForm::Events)),
        ("data:{}", Some(BodyForm::Events)),
        (": keep-alive\n\n", Some(BodyForm::Events)),
        ("event: message\n", Some(BodyForm::Events)),
        ("\u{feff}\n\nid: 7\n", Some(BodyForm::Events)),
        ("retry: 10", Some(BodyForm::Events)),
        ("{\"id\":1}", Some(BodyForm::Whole)),
        ("\u{feff} \n{", Some(BodyForm::Whole)),
        ("<!doctype html>", Some(BodyForm::Other)),
        ("Service Unavailable", Some(BodyForm::Other)),
        ("dates", Some(BodyForm::Other)),
        ("[1]", Some(BodyForm::Other)),
        ("", None),
        (" \r\n", None),
        ("dat", None),
        ("event", None),
    ] {
        assert_eq!(form(bytes.as_bytes(), false), form_of_any_label, "{bytes:?}");
    }
    for (bytes, form_of_events) in [
        ("odd: x\n", Some(BodyForm::Events)),
        ("dat", Some(BodyForm::Events)),
        ("{", Some(BodyForm::Whole)),
        ("<html>", Some(BodyForm::Other)),
    ] {
        assert_eq!(form(bytes.as_bytes(), true), form_of_events, "{bytes:?}");
    }
}

#[test]
fn a_whole_completion_becomes_a_stream_with_everything_in_it() {
    let completion = r#"{"id":"c1","object":"chat.completion","created":7,"model":"m","choices":[
        {"index":0,"message":{"role":"assistant","content":"Whole","reasoning":"hm"},"finish_reason":"length"},
        {"index":1,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}],
        "usage":{"total_tokens":3}}"#;
    let text = events_of(completion, true).unwrap();
    assert!(text.ends_with("data: [DONE]\n\n"));
    let chunks = events(&text);
    assert_eq!(chunks.len(), 5);
    for chunk in &chunks {
        assert_eq!(
            (&chunk["id"], &chunk["object"], &chunk["created"]),
            (&json!("c1"), &json!("chat.completion.chunk"), &json!(7))
        );
    }
    assert_eq!(
        chunks[0]["choices"],
        json!([{"index":0,"delta":{"role":"assistant","content":"Whole","reasoning":"hm"},"finish_reason":null}])
    );
    assert_eq!(chunks[1]["choices"][0]["finish_reason"], "length");
    assert_eq!(chunks[2]["choices"][0]["delta"]["tool_calls"][0]["index"], 0);
    assert_eq!(
        chunks[3]["choices"],
        json!([{"index":1,"delta":{},"finish_reason":"tool_calls"}])
    );
    assert_eq!(
        chunks[4],
        json!({"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[],"usage":{"total_tokens":3}})
    );
    assert!(!events_of(completion, false).unwrap().contains("usage"));
    for text in ["", "{}", "{\"choices\":7}", "<html>"] {
        assert_eq!(events_of(text, true), None, "{text}");
    }
}

#[test]
fn a_stream_becomes_a_completion_with_everything_in_it() {
    let stream = data(&[
        r#"{"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":1,"delta":{"role":"assistant","content":"B"}}]}"#,
        r#"{"id":"c1","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"h"},"finish_reason":""}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"Hel","reasoning":"m"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"no"}]},{"type":"text","text":"lo"}]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\""}}]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}},{"index":1,"id":"call_2","type":"function","function":{"name":"g","arguments":"{}"}}]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"},{"index":1,"delta":{},"finish_reason":"stop"}]}"#,
        r#"{"choices":[],"usage":{"total_tokens":3}}"#,
    ]);
    for end in ["", "data: [DONE]\n\n", "data: [DONE]"] {
        let text = completion_of(&format!("{stream}{end}")).unwrap();
        let completion: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            completion,
            json!({"id":"c1","object":"chat.completion","created":7,"model":"m","usage":{"total_tokens":3},"choices":[
                {"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":"Hello","reasoning":"hm","tool_calls":[
                    {"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
                    {"id":"call_2","type":"function","function":{"name":"g","arguments":"{}"}}]}},
                {"index":1,"finish_reason":"stop","message":{"role":"assistant","content":"B"}}]})
        );
    }
}

#[test]
fn calls_of_one_index_are_told_apart_by_what_begins_them() {
    let piece = |call: &str| format!(r#"{{"choices":[{{"index":0,"delta":{{"tool_calls":[{call}]}}}}]}}"#);
    for pieces in [
        [
            r#"{"index":0,"id":"1","function":{"name":"f","arguments":"{}"}}"#,
            r#"{"index":0,"id":"2","function":{"name":"f","arguments":"["}}"#,
            r#"{"index":0,"id":"made up","function":{"arguments":"]"}}"#,
        ],
        [
            r#"{"id":"1","function":{"name":"f","arguments":"{}"}}"#,
            r#"{"index":1,"id":"2","function":{"name":"f","arguments":"["}}"#,
            r#"{"index":1,"id":"2","function":{"name":"f","arguments":"]"}}"#,
        ],
    ] {
        let mut stream: Vec<String> = pieces.map(piece).into();
        stream.push("[DONE]".to_owned());
        let stream: Vec<&str> = stream.iter().map(String::as_str).collect();
        let completion = value_of(&completion_of(&data(&stream)).unwrap()).unwrap();
        let calls = &completion["choices"][0]["message"]["tool_calls"];
        let said = |at: usize| (&calls[at]["id"], &calls[at]["function"]["arguments"]);
        assert_eq!(
            (said(0), said(1)),
            ((&json!("1"), &json!("{}")), (&json!("2"), &json!("[]"))),
            "{calls}"
        );
    }
}

#[test]
fn a_call_without_arguments_is_kept_with_none() {
    for said in ["", r#","arguments":"""#, r#","arguments":null"#] {
        let calls = format!(r#"{{"tool_calls":[{{"index":0,"id":"1","function":{{"name":"now"{said}}}}}]}}"#);
        let kept = Some(json!([{"id":"1","function":{"name":"now","arguments":"{}"}}]));
        let mut stream = Whole::default();
        stream.push(data(&[&format!(r#"{{"choices":[{{"delta":{calls}}}]}}"#)]).as_bytes());
        assert_eq!(stream.message().tool_calls, kept, "{said}");
        let whole = format!(r#"{{"choices":[{{"message":{calls}}}]}}"#);
        assert_eq!(ReplyMessage::of_completion(&whole).tool_calls, kept, "{said}");
    }
}

#[test]
fn a_stream_that_is_not_whole_is_no_completion() {
    let begun = r#"{"choices":[{"index":0,"delta":{"content":"x"}}]}"#;
    for (stream, failure) in [
        (data(&[begun]), Failure::Cut),
        (data(&[begun, r#"{"error":{"message":"x"}}"#]), Failure::InBand),
        (data(&["[DONE]"]), Failure::Empty),
        (String::new(), Failure::Unusable),
        (": comment\n\n".to_owned(), Failure::Unusable),
    ] {
        assert_eq!(completion_of(&stream), Err(failure), "{stream}");
    }
}

#[test]
fn what_is_kept_of_a_reply_is_the_first_choices_words_and_calls() {
    let both = r#"{"choices":[{"index":1,"message":{"content":"no"}},{"index":0,"message":{"content":[{"type":"text","text":"yes"}],"tool_calls":[{"id":"c"}]}}]}"#;
    assert_eq!(
        ReplyMessage::of_completion(both),
        ReplyMessage {
            text: "yes".into(),
            tool_calls: Some(json!([{"id":"c"}])),
        }
    );
    for text in [
        "",
        "{}",
        r#"{"choices":[{"message":{"content":null,"tool_calls":[]}}]}"#,
    ] {
        assert_eq!(
            ReplyMessage::of_completion(text),
            ReplyMessage::default(),
            "{text}"
        );
    }
}

#[test]
fn a_whole_completion_as_an_event_is_found_and_a_chunk_is_none() {
    let whole = r#"{"object":"chat.completion","choices":[{"index":0,"message":{"content":"Whole"},"finish_reason":"stop"}]}"#;
    assert_eq!(
        whole_event(data(&[whole, "[DONE]"]).as_bytes()).as_deref(),
        Some(whole)
    );
    assert_eq!(
        whole_event(format!("data: {whole}").as_bytes()).as_deref(),
        Some(whole)
    );
    let chunk = r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}]}"#;
    assert_eq!(whole_event(data(&[chunk, "[DONE]"]).as_bytes()), None);
    let completion = completion_of(&data(&[whole, "[DONE]"])).unwrap();
    assert_eq!(ReplyMessage::of_completion(&completion).text, "Whole");
}
