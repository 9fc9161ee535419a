use super::*;

fn answered(body: Value, mirror: Mirror) -> (u16, Value) {
    match read(&body.to_string(), mirror) {
        McpMessage::Answered(status, text) => (status, serde_json::from_str(&text).unwrap()),
        other => panic!("{other:?}"),
    }
}

fn legacy(method: &str, params: Value) -> (u16, Value) {
    answered(
        json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}),
        Mirror::default(),
    )
}

fn modern(method: &str, version: &str, mirror: Mirror) -> (u16, Value) {
    let meta = json!({META_VERSION: version, META_CAPABILITIES: {}});
    answered(
        json!({"jsonrpc": "2.0", "id": "a", "method": method, "params": {"_meta": meta}}),
        mirror,
    )
}

const TODAY: Mirror = Mirror {
    version: "2026-07-28",
    method: "tools/list",
    name: "",
};

#[test]
fn the_older_era_begins_with_initialize_and_gets_plain_results() {
    let (status, body) = legacy(
        "initialize",
        json!({"protocolVersion": "2025-11-25", "capabilities": {}}),
    );
    assert_eq!(
        (status, &body["result"]["protocolVersion"]),
        (200, &json!("2025-11-25"))
    );
    assert_eq!(
        legacy("ping", json!({})).1,
        json!({"jsonrpc": "2.0", "id": 1, "result": {}})
    );
    let (_, list) = legacy("tools/list", json!({}));
    assert_eq!(list["result"]["tools"].as_array().unwrap().len(), TOOLS.len());
    assert!(list["result"].get("resultType").is_none());
    assert_eq!(legacy("nothing", json!({})).1["error"]["code"], METHOD_NOT_FOUND);
    let note = json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string();
    assert_eq!(read(&note, Mirror::default()), McpMessage::Notification);
}

#[test]
fn todays_era_says_its_version_in_each_message_and_its_headers() {
    let (status, list) = modern("tools/list", "2026-07-28", TODAY);
    let result = &list["result"];
    assert_eq!(
        (status, &result["resultType"], &result["cacheScope"]),
        (200, &json!("complete"), &json!("public"))
    );
    let discover = Mirror {
        method: "server/discover",
        ..TODAY
    };
    let (_, found) = modern("server/discover", "2026-07-28", discover);
    assert_eq!(found["result"]["supportedVersions"], json!(VERSIONS));
    for (version, mirror, method, wanted) in [
        (
            "2026-07-28",
            Mirror { version: "", ..TODAY },
            "tools/list",
            (400, HEADER_MISMATCH),
        ),
        (
            "2026-07-28",
            Mirror {
                method: "ping",
                ..TODAY
            },
            "tools/list",
            (400, HEADER_MISMATCH),
        ),
        (
            "1900-01-01",
            Mirror {
                version: "1900-01-01",
                ..TODAY
            },
            "tools/list",
            (400, UNSUPPORTED_VERSION),
        ),
        (
            "2026-07-28",
            Mirror {
                method: "ping",
                ..TODAY
            },
            "ping",
            (404, METHOD_NOT_FOUND),
        ),
    ] {
        let (status, body) = modern(method, version, mirror);
        assert_eq!(
            (status, body["error"]["code"].as_i64()),
            (wanted.0, Some(wanted.1.into())),
            "{mirror:?}"
        );
    }
    let bare = answered(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}), TODAY);
    assert_eq!(
        (bare.0, bare.1["error"]["code"].as_i64()),
        (400, Some(INVALID_PARAMS.into()))
    );
}

#[test]
fn what_is_no_message_is_refused() {
    for body in [
        "nope",
        "[]",
        "{}",
        r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#,
        r#"{"id":1,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":"x"}"#,
    ] {
        let McpMessage::Answered(status, _) = read(body, Mirror::default()) else {
            panic!("{body}")
        };
        assert_eq!(status, 400, "{body}");
    }
}

#[test]
fn a_tool_gives_its_value_twice_or_says_why_it_failed() {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "add_memory", "arguments": {"text": "x"}}});
    let McpMessage::Call(call) = read(&body.to_string(), Mirror::default()) else {
        panic!("no call")
    };
    assert_eq!((call.tool, call.arguments.len()), (Tool::AddMemory, 1));
    let result = |outcome| serde_json::from_str::<Value>(&call.answer(outcome)).unwrap()["result"].clone();
    let good = result(Ok(json!({"id": "m"})));
    assert_eq!(
        (&good["content"][0]["text"], &good["structuredContent"]),
        (&json!(r#"{"id":"m"}"#), &json!({"id": "m"}))
    );
    assert_eq!(result(Err("no".into()))["isError"], true);
    let unknown = json!({"name": "none"});
    assert_eq!(legacy("tools/call", unknown).1["error"]["code"], INVALID_PARAMS);
}
