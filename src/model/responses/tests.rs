use serde_json::{Value, json};

use super::*;
use crate::model::request::ChatRequest;

fn ask(body: Value) -> ResponsesRequest {
    ResponsesRequest::parse(&body.to_string(), &[], "0").unwrap()
}

fn chat(body: Value) -> Value {
    let chat = ask(body).chat;
    ChatRequest::parse(&chat).unwrap();
    serde_json::from_str(&chat).unwrap()
}

#[test]
fn a_string_is_what_the_person_says_and_shared_fields_pass_as_they_are() {
    let body = r#"{"model":"companion","input":"hi","instructions":"Be brief.","temperature":0.70,"stream":true,
        "max_output_tokens":64,"reasoning":{"effort":"low"},"metadata":{"a":"b"},"top_logprobs":3,"unknown":1}"#;
    let ask = ResponsesRequest::parse(body, &[], "0").unwrap();
    assert_eq!(
        ask.chat,
        concat!(
            r#"{"model":"companion","stream":true,"temperature":0.70,"messages":[{"role":"system","content":"Be brief."},"#,
            r#"{"role":"user","content":"hi"}],"stream_options":{"include_usage":true},"max_completion_tokens":64,"reasoning_effort":"low"}"#
        )
    );
    assert!(ask.store && ask.previous.is_none());
    assert_eq!(ask.echo["metadata"], json!({"a": "b"}));
    assert_eq!(ask.echo["reasoning"], json!({"effort": "low", "summary": null}));
    assert_eq!(ask.echo["text"], json!({"format": {"type": "text"}}));
}

#[test]
fn items_become_messages_and_calls_stand_in_one_message() {
    let call =
        |id: &str| json!({"type": "function_call", "call_id": id, "name": "f", "arguments": "{\"a\":1}"});
    let output =
        |id: &str, output: Value| json!({"type": "function_call_output", "call_id": id, "output": output});
    let called =
        |id: &str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"}});
    let chat = chat(json!({"input": [
        {"role": "developer", "content": "Be kind."},
        {"type": "message", "role": "user", "content": [
            {"type": "input_text", "text": "see"}, {"type": "input_image", "image_url": "data:x", "detail": "low"},
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:y"},
        ]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I ", "annotations": []}, {"type": "output_text", "text": "look."}]},
        call("1"), call("2"),
        output("1", json!("one")), output("2", json!([{"type": "input_text", "text": "two"}])),
        {"role": "user", "content": [{"type": "input_text", "text": "and?"}]},
    ]}));
    assert_eq!(
        chat["messages"],
        json!([
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": [
                {"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": "data:x", "detail": "low"}},
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
                {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:y"}},
            ]},
            {"role": "assistant", "content": "I look.", "tool_calls": [called("1"), called("2")]},
            {"role": "tool", "tool_call_id": "1", "content": "one"},
            {"role": "tool", "tool_call_id": "2", "content": "two"},
            {"role": "user", "content": "and?"},
        ])
    );
}

#[test]
fn tools_and_formats_take_chats_form_with_their_schemas_as_they_were_written() {
    let schema = r#"{"z":{"x" : 1e400},"a":1}"#;
    let body = format!(
        r#"{{"input":"hi","parallel_tool_calls":false,"tool_choice":{{"type":"function","name":"f"}},
        "tools":[{{"type":"function","name":"f","description":"d","parameters":{schema},"strict":true}}],
        "text":{{"format":{{"type":"json_schema","name":"n","strict":true,"schema":{schema}}},"verbosity":"low"}}}}"#
    );
    let chat = ResponsesRequest::parse(&body, &[], "0").unwrap().chat;
    for part in [
        format!(
            r#""tools":[{{"type":"function","function":{{"name":"f","description":"d","parameters":{schema},"strict":true}}}}]"#
        ),
        r#""tool_choice":{"type":"function","function":{"name":"f"}}"#.to_owned(),
        r#""parallel_tool_calls":false"#.to_owned(),
        format!(
            r#""response_format":{{"type":"json_schema","json_schema":{{"name":"n","schema":{schema},"strict":true}}}}"#
        ),
        r#""verbosity":"low""#.to_owned(),
    ] {
        assert!(chat.contains(&part), "{part} in {chat}");
    }
}

#[test]
fn a_tool_that_is_not_allowed_is_not_offered() {
    let tool = |name: &str| json!({"type": "function", "name": name});
    let body = json!({"input": "hi", "tools": [tool("f"), tool("g")],
        "tool_choice": {"type": "allowed_tools", "mode": "required", "tools": [tool("g")]}});
    let chat = chat(body);
    assert_eq!(
        chat["tools"],
        json!([{"type": "function", "function": {"name": "g"}}])
    );
    assert_eq!(chat["tool_choice"], "required");
}

#[test]
fn err_names_the_field() {
    for (fields, param) in [
        (json!({}), "input"),
        (json!({"input": []}), "input"),
        (json!({"input": 7}), "input"),
        (json!({"input": [{"type": "reasoning"}]}), "input"),
        (
            json!({"input": [{"type": "item_reference", "id": "msg_1"}]}),
            "input",
        ),
        (json!({"input": [{"id": "msg_1"}]}), "input"),
        (json!({"input": [{"type": "computer_call"}]}), "input"),
        (json!({"input": [{"role": "critic", "content": "hi"}]}), "input"),
        (json!({"input": [{"role": "user"}]}), "input"),
        (
            json!({"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]}),
            "input",
        ),
        (
            json!({"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]}),
            "input",
        ),
        (
            json!({"input": [{"role": "assistant", "content": [{"type": "input_image", "image_url": "x"}]}]}),
            "input",
        ),
        (
            json!({"input": [{"type": "function_call", "call_id": "c", "name": "f"}]}),
            "input",
        ),
        (json!({"input": "hi", "instructions": 7}), "instructions"),
        (json!({"input": "hi", "background": true}), "background"),
        (json!({"input": "hi", "store": "no"}), "store"),
        (
            json!({"input": "hi", "conversation": {"name": "c"}}),
            "conversation",
        ),
        (
            json!({"input": "hi", "conversation": "c", "previous_response_id": "resp_1.c"}),
            "previous_response_id",
        ),
        (json!({"input": "hi", "tools": [{"type": "web_search"}]}), "tools"),
        (json!({"input": "hi", "tools": [{"type": "function"}]}), "tools"),
        (
            json!({"input": "hi", "tools": [{"type": "function", "name": "f"}], "tool_choice": "maybe"}),
            "tool_choice",
        ),
        (
            json!({"input": "hi", "text": {"format": {"type": "xml"}}}),
            "text",
        ),
        (
            json!({"input": "hi", "max_output_tokens": 0}),
            "max_output_tokens",
        ),
        (json!({"input": "hi", "metadata": "x"}), "metadata"),
        (json!({"input": "hi", "metadata": {"a": 5}}), "metadata"),
        (
            json!({"input": "hi", "metadata": {"a": "x".repeat(513)}}),
            "metadata",
        ),
        (json!({"input": "hi", "text": 5}), "text"),
        (json!({"input": "hi", "text": {"format": "json"}}), "text"),
        (json!({"input": "hi", "reasoning": "high"}), "reasoning"),
        (json!({"input": "hi", "temperature": "warm"}), "temperature"),
        (json!({"input": "hi", "top_logprobs": 0.5}), "top_logprobs"),
        (
            json!({"input": "hi", "parallel_tool_calls": 1}),
            "parallel_tool_calls",
        ),
        (json!({"input": "hi", "tool_choice": "maybe"}), "tool_choice"),
    ] {
        let error = ResponsesRequest::parse(&fields.to_string(), &[], "0").expect_err("a refusal");
        assert_eq!(error.param, Some(param), "{fields}");
        assert!(error.message.contains(param), "{fields}: {}", error.message);
    }
    assert_eq!(ResponsesRequest::parse("[]", &[], "0").err().unwrap().param, None);
}

#[test]
fn what_is_referred_to_stands_in_its_place() {
    let body = json!({"input": [
        {"role": "user", "content": "hi"}, {"id": "msg_1"}, {"type": null, "id": "fc_1"},
        {"type": "item_reference", "id": "rs_1"}, {"type": "message", "id": "msg_2", "role": "user", "content": "more"},
    ]})
    .to_string();
    assert_eq!(references(&body), ["msg_1", "fc_1", "rs_1"]);
    let known = [
        json!({"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": "Hello"}]}),
        json!({"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": "{}"}),
        json!({"type": "reasoning", "id": "rs_1", "summary": []}),
    ]
    .map(|item| item.to_string());
    let ask = ResponsesRequest::parse(&body, &known, "0").unwrap();
    let chat: Value = serde_json::from_str(&ask.chat).unwrap();
    let call = json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    assert_eq!(
        chat["messages"],
        json!([
            {"role": "user", "content": "hi"}, {"role": "assistant", "content": "Hello", "tool_calls": [call]},
            {"role": "user", "content": "more"},
        ])
    );
    assert!(!ask.input.contains("item_reference"));
    assert!(ResponsesRequest::parse(&body, &known[..1], "0").is_err());
    for body in ["", "[]", r#"{"input":"hi"}"#, r#"{"input":[7]}"#] {
        assert!(references(body).is_empty(), "{body}");
    }
}

#[test]
fn an_input_is_stored_whole_with_ids_but_without_bytes() {
    let stored = |input: Value| -> Value {
        let body = json!({ "input": input }).to_string();
        serde_json::from_str(&ResponsesRequest::parse(&body, &[], "0").unwrap().input).unwrap()
    };
    assert_eq!(
        stored(json!("hi")),
        json!([{"id": "msg_0i0", "type": "message", "role": "user", "status": "completed",
            "content": [{"type": "input_text", "text": "hi"}]}])
    );
    let call = json!({"id": "fc_9", "type": "function_call", "status": "completed", "call_id": "c", "name": "f", "arguments": "{}"});
    assert_eq!(
        stored(json!([
            {"role": "assistant", "content": "Hello"}, call, {"type": "function_call_output", "call_id": "c", "output": "7"},
            {"role": "user", "content": [
                {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}, {"type": "input_image", "image_url": "https://a/b.png"},
                {"type": "input_file", "filename": "a.pdf", "file_data": "AAAA"},
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            ]},
        ])),
        json!([
            {"id": "msg_0i0", "type": "message", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": "Hello"}]},
            call,
            {"id": "fc_0i2", "type": "function_call_output", "status": "completed", "call_id": "c", "output": "7"},
            {"id": "msg_0i3", "type": "message", "role": "user", "status": "completed", "content": [
                {"type": "input_image", "image_url": null}, {"type": "input_image", "image_url": "https://a/b.png"},
                {"type": "input_file", "filename": "a.pdf", "file_data": null},
                {"type": "input_audio", "input_audio": {"data": null, "format": "wav"}},
            ]},
        ])
    );
    for id in [json!(null), json!(""), json!(7)] {
        assert_eq!(
            stored(json!([{"id": id, "type": null, "status": null, "role": "user", "content": "hi"}])),
            stored(json!("hi"))
        );
    }
    let long = "x".repeat(items::STORED_BYTES_MAX - 200);
    let newest =
        stored(json!([{"role": "user", "content": long}, {"role": "user", "content": "x".repeat(200)}]));
    assert_eq!(
        (newest.as_array().unwrap().len(), &newest[0]["id"]),
        (1, &json!("msg_0i1"))
    );
    assert_eq!(
        ResponsesRequest::parse(r#"{"input":"hi","store":false}"#, &[], "0")
            .unwrap()
            .input,
        ""
    );
}

fn encoder() -> Encoder {
    Encoder::new(ask(json!({"input": "hi"})), "0", "groq:m", 1)
}

fn delta(delta: Value) -> String {
    format!(
        "data: {}\n\n",
        json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
    )
}

fn finish(reason: &str) -> String {
    let usage = json!({"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12,
        "completion_tokens_details": {"reasoning_tokens": 3}, "prompt_tokens_details": {"cached_tokens": 2}});
    let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]});
    format!(
        "data: {last}\n\ndata: {}\n\ndata: [DONE]\n\n",
        json!({"choices": [], "usage": usage})
    )
}

/// The events of a stream, checked: each is named after its type, numbered from 0, and `[DONE]` closes.
fn events(text: &str) -> Vec<Value> {
    let mut events = Vec::new();
    let text = text.strip_suffix("data: [DONE]\n\n").expect("an end");
    for (number, event) in text.split_terminator("\n\n").enumerate() {
        let (name, data) = event
            .strip_prefix("event: ")
            .unwrap()
            .split_once("\ndata: ")
            .unwrap();
        let value: Value = serde_json::from_str(data).unwrap();
        assert_eq!(
            (&value["type"], &value["sequence_number"]),
            (&json!(name), &json!(number))
        );
        events.push(value);
    }
    events
}

fn whole(chunks: &str) -> (Vec<Value>, Value) {
    let mut encoder = encoder();
    let text = encoder.push(chunks.as_bytes()) + &encoder.finish(None, 2);
    assert_eq!(encoder.finish(None, 3), "", "a response ends once");
    (events(&text), encoder.response())
}

fn types(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["type"].as_str().unwrap().trim_start_matches("response."))
        .collect()
}

fn spoken_and_called() -> String {
    let call = |index: u64, more: Value| delta(json!({"tool_calls": [{"index": index, "function": more}]}));
    [
        delta(json!({"role": "assistant", "content": ""})),
        delta(json!({"reasoning": "Hm"})),
        delta(json!({"content": "Grüß "})),
        delta(json!({"content": "dich"})),
        delta(
            json!({"tool_calls": [{"index": 0, "id": "call_a", "function": {"name": "f", "arguments": ""}}]}),
        ),
        delta(json!({"tool_calls": [{"index": 1, "function": {"name": "g", "arguments": "{}"}}]})),
        call(0, json!({"arguments": "{\"a\":"})),
        call(0, json!({"arguments": "1}"})),
        finish("tool_calls"),
    ]
    .concat()
}

#[test]
fn the_events_stand_in_the_specifications_order_and_the_response_is_whole() {
    let (events, response) = whole(&spoken_and_called());
    assert_eq!(
        types(&events),
        [
            "created",
            "in_progress",
            "output_item.added",
            "reasoning_summary_part.added",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.done",
            "reasoning_summary_part.done",
            "output_item.done",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.delta",
            "output_text.done",
            "content_part.done",
            "output_item.done",
            "output_item.added",
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.delta",
            "function_call_arguments.delta",
            "function_call_arguments.done",
            "output_item.done",
            "function_call_arguments.done",
            "output_item.done",
            "completed",
        ]
    );
    assert_eq!(events[0]["response"]["status"], "in_progress");
    assert_eq!(events.last().unwrap()["response"], response);
    assert_eq!(
        response["output"],
        json!([
            {"id": "rs_00", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]},
            {"id": "msg_01", "type": "message", "status": "completed", "role": "assistant",
                "content": [{"type": "output_text", "text": "Grüß dich", "annotations": [], "logprobs": []}]},
            {"id": "fc_02", "type": "function_call", "status": "completed", "call_id": "call_a", "name": "f", "arguments": "{\"a\":1}"},
            {"id": "fc_03", "type": "function_call", "status": "completed", "call_id": "call_03", "name": "g", "arguments": "{}"},
        ])
    );
    assert_eq!(
        response["usage"],
        json!({"input_tokens": 5, "input_tokens_details": {"cached_tokens": 2}, "output_tokens": 7,
            "output_tokens_details": {"reasoning_tokens": 3}, "total_tokens": 12})
    );
    for event in &events {
        if let Some(item) = event.get("item") {
            let is_done = event["type"] == "response.output_item.done";
            let at = event["output_index"].as_u64().unwrap() as usize;
            assert_eq!(item["id"], response["output"][at]["id"]);
            assert!(!is_done || *item == response["output"][at], "{item}");
        }
    }
}

#[test]
fn calls_of_one_index_or_of_none_are_items_of_their_own() {
    for index in [json!({"index": 0}), json!({})] {
        let call = |id: &str| {
            let mut call = json!({"id": id, "function": {"name": "f", "arguments": "{}"}});
            call.as_object_mut()
                .unwrap()
                .extend(index.as_object().unwrap().clone());
            delta(json!({"tool_calls": [call]}))
        };
        let (events, response) = whole(&(call("a") + &call("b") + &finish("tool_calls")));
        for (at, id) in ["a", "b"].into_iter().enumerate() {
            let item = &response["output"][at];
            assert_eq!(
                (&item["call_id"], &item["arguments"]),
                (&json!(id), &json!("{}")),
                "{index}"
            );
        }
        let added = |event: &&Value| event["type"] == "response.output_item.added";
        assert_eq!(events.iter().filter(added).count(), 2);
    }
}

#[test]
fn a_call_without_arguments_has_none() {
    let call = json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "now"}}]});
    let (events, response) = whole(&(delta(call) + &finish("tool_calls")));
    let done = events
        .iter()
        .find(|event| event["type"] == "response.function_call_arguments.done");
    assert_eq!(done.unwrap()["arguments"], "{}");
    assert_eq!(response["output"][0]["arguments"], "{}");
}

#[test]
fn however_the_bytes_are_split_the_events_are_the_same() {
    let chunks = spoken_and_called();
    let bytes = chunks.as_bytes();
    let (wanted, _) = whole(&chunks);
    for at in 0..=bytes.len() {
        let (first, second) = bytes.split_at(at);
        let mut encoder = encoder();
        let text = encoder.push(first) + &encoder.push(second) + &encoder.finish(None, 2);
        assert_eq!(events(&text), wanted, "split at {at}");
    }
    let mut encoder = encoder();
    let mut text: String = bytes.chunks(1).map(|byte| encoder.push(byte)).collect();
    text += &encoder.finish(None, 2);
    assert_eq!(events(&text), wanted);
}

#[test]
fn a_last_event_without_its_empty_line_is_heard() {
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 7}});
    let last = json!({"choices": [{"index": 0, "delta": {"content": "lo"}, "finish_reason": "length"}]});
    for (events, tokens) in [
        (format!("data: {last}"), Value::Null),
        (format!("data: {last}\n\ndata: {usage}\n"), json!(12)),
    ] {
        let (_, response) = whole(&(delta(json!({"content": "Hel"})) + &events));
        assert_eq!(
            (&response["status"], &response["usage"]["total_tokens"]),
            (&json!("incomplete"), &tokens)
        );
        assert_eq!(response["output"][0]["content"][0]["text"], "Hello");
    }
}

#[test]
fn a_response_has_every_key_of_the_specification() {
    let (events, response) = whole(&(delta(json!({"content": "Hi"})) + &finish("stop")));
    for response in [&events[0]["response"], &response] {
        for key in [
            "id",
            "object",
            "created_at",
            "completed_at",
            "status",
            "incomplete_details",
            "model",
            "previous_response_id",
            "instructions",
            "output",
            "error",
            "tools",
            "tool_choice",
            "truncation",
            "parallel_tool_calls",
            "text",
            "top_p",
            "presence_penalty",
            "frequency_penalty",
            "top_logprobs",
            "temperature",
            "reasoning",
            "usage",
            "max_output_tokens",
            "max_tool_calls",
            "background",
            "service_tier",
            "metadata",
            "safety_identifier",
            "prompt_cache_key",
        ] {
            assert!(response.get(key).is_some(), "{key}");
        }
    }
    assert_eq!(
        (&response["status"], &response["completed_at"]),
        (&json!("completed"), &json!(2))
    );
}

#[test]
fn a_reply_that_was_cut_short_is_incomplete_and_says_why() {
    for (reason, why) in [
        ("length", "max_output_tokens"),
        ("content_filter", "content_filter"),
    ] {
        let (events, response) = whole(&(delta(json!({"content": "Hi"})) + &finish(reason)));
        assert_eq!(types(&events).last(), Some(&"incomplete"));
        assert_eq!(response["status"], "incomplete");
        assert_eq!(response["incomplete_details"], json!({ "reason": why }));
        assert_eq!(response["output"][0]["status"], "incomplete");
    }
}

#[test]
fn a_reply_without_end_is_cut_and_the_response_incomplete() {
    let mut encoder = encoder();
    let long = delta(json!({"content": "x".repeat(encoder::OUTPUT_BYTES_MAX - 1)}));
    for chunk in [
        &long,
        &delta(json!({"content": "yy"})),
        &delta(json!({"content": "z"})),
        &finish("stop"),
    ] {
        encoder.push(chunk.as_bytes());
    }
    encoder.finish(None, 2);
    let response = encoder.response();
    assert_eq!(response["status"], "incomplete");
    let text = response["output"][0]["content"][0]["text"].as_str().unwrap();
    assert!(text.len() == encoder::OUTPUT_BYTES_MAX - 1 && text.ends_with('x'));
}

#[test]
fn a_reply_that_failed_ends_with_an_error_and_a_failed_response_without_the_providers_words() {
    let mut encoder = encoder();
    let mut text = encoder.push(delta(json!({"content": "Hi"})).as_bytes());
    text += &encoder.push(b"data: {\"error\":{\"message\":\"secret host\"}}\n\n");
    text += &encoder.finish(Some(("stream_interrupted", "the reply broke off")), 2);
    assert!(!text.contains("secret"));
    let events = events(&text);
    assert!(types(&events).ends_with(&["output_item.done", "error", "failed"]));
    let error = &events[events.len() - 2];
    assert_eq!(
        (&error["code"], &error["error"]["code"]),
        (&json!("stream_interrupted"), &json!("stream_interrupted"))
    );
    let response = &events.last().unwrap()["response"];
    assert_eq!(response["status"], "failed");
    assert_eq!(
        response["error"],
        json!({"code": "server_error", "message": "the reply broke off"})
    );
    assert_eq!(response["output"][0]["status"], "incomplete");
}

#[test]
fn a_reply_that_its_provider_calls_failed_is_no_completed_response() {
    for reason in ["error", "insufficient_system_resource"] {
        let (events, response) = whole(&(delta(json!({"content": "Hi"})) + &finish(reason)));
        assert!(types(&events).ends_with(&["output_item.done", "error", "failed"]));
        assert_eq!(
            (&response["status"], &response["error"]["code"]),
            (&json!("failed"), &json!("server_error"))
        );
    }
}

#[test]
fn a_refusal_is_a_part_of_its_own_and_nothing_said_is_an_empty_output() {
    let (events, response) = whole(&(delta(json!({"refusal": "No."})) + &finish("stop")));
    assert!(types(&events).ends_with(&[
        "refusal.delta",
        "refusal.done",
        "content_part.done",
        "output_item.done",
        "completed"
    ]));
    assert_eq!(
        response["output"][0]["content"],
        json!([{"type": "refusal", "refusal": "No."}])
    );
    let (events, response) = whole(&finish("stop"));
    assert_eq!(types(&events), ["created", "in_progress", "completed"]);
    assert_eq!(response["output"], json!([]));
}

#[test]
fn other_choices_and_what_is_no_chunk_are_left_out() {
    let other =
        "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"B\"}}]}\n\ndata: nonsense\n\n: note\n\n";
    let (_, response) = whole(&(other.to_owned() + &delta(json!({"content": "A"})) + &finish("stop")));
    assert_eq!(response["output"][0]["content"][0]["text"], "A");
}
