use super::*;

fn parse(body: &str) -> EmbeddingsRequest {
    EmbeddingsRequest::parse(body).unwrap()
}

/// The vectors of the answer to `body` when the provider gives `given`.
fn vectors(body: &str, given: Vec<Value>) -> Option<Vec<Value>> {
    let answer = parse(body).answer("m", given)?;
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let data = body["data"].as_array().unwrap().iter();
    Some(data.map(|item| item["embedding"].clone()).collect())
}

#[test]
fn inputs_are_texts_or_token_ids() {
    for (input, count, is_tokens) in [
        (r#""a""#, 1, false),
        (r#"["a","b"]"#, 2, false),
        ("[1,2,3]", 1, true),
        ("[[1,2],[3]]", 2, true),
    ] {
        let request = parse(&format!(
            r#"{{"input":{input},"dimensions":null,"user":null,"more":[]}}"#
        ));
        assert_eq!(
            (request.inputs.len(), request.is_tokens),
            (count, is_tokens),
            "{input}"
        );
    }
}

#[test]
fn err_names_the_field() {
    let many = format!(r#"{{"input":[{}"a"]}}"#, r#""a","#.repeat(INPUTS_MAX));
    for (body, param) in [
        ("nope", None),
        ("[]", None),
        ("{}", Some("input")),
        (r#"{"input":""}"#, Some("input")),
        (r#"{"input":[]}"#, Some("input")),
        (r#"{"input":["a",""]}"#, Some("input")),
        (r#"{"input":["a",1]}"#, Some("input")),
        (r#"{"input":[[]]}"#, Some("input")),
        (r#"{"input":[-1]}"#, Some("input")),
        (many.as_str(), Some("input")),
        (r#"{"input":"a","model":7}"#, Some("model")),
        (
            r#"{"input":"a","encoding_format":"int8"}"#,
            Some("encoding_format"),
        ),
        (r#"{"input":"a","user":7}"#, Some("user")),
        (r#"{"input":"a","dimensions":0}"#, Some("dimensions")),
        (r#"{"input":"a","dimensions":"8"}"#, Some("dimensions")),
    ] {
        assert_eq!(EmbeddingsRequest::parse(body).unwrap_err().param, param, "{body}");
    }
}

#[test]
fn vectors_come_in_the_clients_encoding_whatever_the_provider_sent() {
    let numbers = json!([0.5, -2.0]);
    let base64 = json!(STANDARD.encode([0.5f32.to_le_bytes(), (-2.0f32).to_le_bytes()].concat()));
    for given in [&numbers, &base64] {
        let given = vec![json!({"data": [{"index": 0, "embedding": given}]})];
        assert_eq!(
            vectors(r#"{"input":"a"}"#, given.clone()),
            Some(vec![numbers.clone()])
        );
        let body = r#"{"input":"a","encoding_format":"base64"}"#;
        assert_eq!(vectors(body, given), Some(vec![base64.clone()]));
    }
}

#[test]
fn vectors_stand_in_the_order_of_their_inputs() {
    let two = r#"{"input":["a","b"]}"#;
    let swapped = json!({"data": [{"index": 1, "embedding": [2]}, {"index": 0, "embedding": [1]}]});
    assert_eq!(vectors(two, vec![swapped]), Some(vec![json!([1]), json!([2])]));
    let bound = vec![json!({"data": [[1], [2]]})];
    assert_eq!(vectors(two, bound), Some(vec![json!([1]), json!([2])]));
    for unusable in [
        json!({}),
        json!({"data": [[1]]}),
        json!({"data": [["x"], [2]]}),
        json!({"data": [[], []]}),
        json!({"data": [[1], [2, 3]]}),
        json!({"data": ["AAAA", "AAAA"]}),
        json!({"data": [1, 2]}),
    ] {
        assert_eq!(vectors(two, vec![unusable.clone()]), None, "{unusable}");
    }
}

#[test]
fn workers_ai_is_asked_in_parts_and_takes_texts_alone() {
    let config = Config::from_lookup(&|_| None).unwrap();
    let target = config.embed.targets.first().unwrap();
    assert_eq!(target.provider, Provider::WorkersAi);
    let texts = vec!["a"; WORKERS_AI_TEXTS_MAX + 1];
    let request = parse(&json!({"input": texts}).to_string());
    assert_eq!(request.asks(&config, target).len(), 2);
    let part = |count: usize| json!({"data": vec![[1.0]; count]});
    let answer = request
        .answer("m", vec![part(WORKERS_AI_TEXTS_MAX), part(1)])
        .unwrap();
    assert!(
        answer.body.contains(r#""prompt_tokens":101"#),
        "estimated: one for each text"
    );
    let fits = |body: &str| parse(body).fits(Provider::WorkersAi).map_err(|bad| bad.param);
    assert_eq!(fits(r#"{"input":"a"}"#), Ok(()));
    assert_eq!(fits(r#"{"input":[1]}"#), Err(Some("input")));
    assert_eq!(fits(r#"{"input":"a","dimensions":8}"#), Err(Some("dimensions")));
}

#[test]
fn a_length_that_was_not_asked_for_is_refused() {
    let request = parse(r#"{"input":"a","dimensions":8}"#);
    assert_eq!(request.check_length(8), Ok(()));
    assert_eq!(request.check_length(9).unwrap_err().param, Some("dimensions"));
}
