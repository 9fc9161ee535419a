use super::*;

fn read(status: u16, body: &str) -> (Option<&'static str>, Option<&'static str>) {
    let refusal = refusal(status, body);
    (refusal.reason.map(|reason| reason.code), refusal.param)
}

#[test]
fn a_code_of_the_set_keeps_its_name_and_its_parameter() {
    for (status, body, code, param) in [
        (
            400,
            r#"{"error":{"code":"context_length_exceeded","param":"messages"}}"#,
            "context_length_exceeded",
            Some("messages"),
        ),
        (
            400,
            r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","code":"unsupported_parameter","param":"max_tokens"}}"#,
            "unsupported_parameter",
            Some("max_tokens"),
        ),
        (
            400,
            r#"{"error":{"code":"unsupported_value","param":"temperature"}}"#,
            "unsupported_value",
            Some("temperature"),
        ),
        (
            400,
            r#"{"error":{"code":"content_filter","param":"prompt","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
            "content_filter",
            Some("prompt"),
        ),
        (
            400,
            r#"{"error":{"type":"invalid_request_error","code":"tool_use_failed","failed_generation":"<x>"}}"#,
            "tool_use_failed",
            Some("tools"),
        ),
        (
            400,
            r#"{"error":{"code":"invalid_image_format","param":null}}"#,
            "invalid_image_format",
            Some("messages"),
        ),
        (
            400,
            r#"{"error":{"code":"string_above_max_length","param":"messages[3].content"}}"#,
            "string_above_max_length",
            Some("messages"),
        ),
        (
            413,
            r#"{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}"#,
            "request_too_large",
            None,
        ),
        (
            413,
            r#"{"error":{"message":"Request too large for model `m` on tokens per minute (TPM)","type":"tokens","code":"rate_limit_exceeded"}}"#,
            "request_too_large",
            None,
        ),
        (
            400,
            r#"{"detail":{"status":"max_character_limit_exceeded"}}"#,
            "string_above_max_length",
            None,
        ),
        (
            400,
            r#"{"error":{"message":"max_tokens is too large: 100000.","param":"max_tokens","code":"invalid_value"}}"#,
            "invalid_value",
            Some("max_tokens"),
        ),
    ] {
        assert_eq!(read(status, body), (Some(code), param), "{body}");
    }
}

#[test]
fn a_context_that_is_too_long_is_known_in_the_words_of_every_server() {
    for message in [
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        "Please reduce the length of the messages or completion.",
        "You passed 8000 input tokens and requested 200 output tokens. However, the model's context length is only 4096 tokens",
        "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
        "the request exceeds the available context size (4096 tokens), try increasing it",
        "prompt too long; exceeded max context length by 12 tokens",
        "the input length exceeds the context length",
        "prompt is too long: 208310 tokens > 200000 maximum",
        "input length and `max_tokens` exceed context limit: 180000 + 21333 > 200000",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
        "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
        "This endpoint's maximum context length is 32768 tokens.",
        "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens",
        "The estimated number of input and maximum output tokens (8000) exceeded this model context window limit (7968).",
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193.",
    ] {
        let quoted = Value::from(message);
        for body in [
            format!(r#"{{"error":{{"message":{quoted},"type":"BadRequestError","param":null,"code":400}}}}"#),
            format!(r#"{{"object":"error","message":{quoted},"type":"BadRequestError","code":400}}"#),
            format!(r#"[{{"error":{{"code":400,"message":{quoted},"status":"INVALID_ARGUMENT"}}}}]"#),
            format!(r#"{{"type":"error","error":{{"type":"invalid_request_error","message":{quoted}}}}}"#),
            format!(r#"{{"error":{quoted}}}"#),
            format!(r#"{{"errors":[{{"code":5021,"message":{quoted}}}]}}"#),
            quoted.to_string(),
            message.to_owned(),
            format!("Bad request: {message}\n"),
            format!("\u{feff}{{\"error\":{{\"message\":{quoted}}}}}"),
        ] {
            let (code, _) = read(400, &body);
            assert_eq!(code, Some("context_length_exceeded"), "{body}");
        }
    }
    let llama = r#"{"error":{"code":400,"message":"x","type":"exceed_context_size_error","n_ctx":4096}}"#;
    assert_eq!(
        read(400, llama),
        (Some("context_length_exceeded"), Some("messages"))
    );
}

#[test]
fn a_parameter_is_known_by_the_words_of_those_that_send_no_code() {
    for (body, code, param) in [
        (
            r#"{"detail":[{"type":"extra_forbidden","loc":["body","temperature"],"msg":"Extra inputs are not permitted"}]}"#,
            "unsupported_parameter",
            Some("temperature"),
        ),
        (
            r#"{"error":{"message":"This model does not support response format `json_schema`.","type":"invalid_request_error","param":"response_format"}}"#,
            "unsupported_parameter",
            Some("response_format"),
        ),
        (
            r#"{"error":{"message":"property 'logprobs' is unsupported","type":"invalid_request_error"}}"#,
            "unsupported_parameter",
            Some("logprobs"),
        ),
        (
            r#"{"error":"registry.ollama.ai/library/gemma:latest does not support tools"}"#,
            "unsupported_parameter",
            Some("tools"),
        ),
        (
            r#"{"error":{"message":"Unrecognized request argument supplied: secret_host"}}"#,
            "unsupported_parameter",
            None,
        ),
        (
            r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.","code":null}}"#,
            "unsupported_value",
            Some("temperature"),
        ),
    ] {
        assert_eq!(read(400, body), (Some(code), param), "{body}");
    }
}

#[test]
fn a_model_that_is_gone_is_known_everywhere() {
    for (status, body) in [
        (
            404,
            r#"{"error":{"message":"The model `x` does not exist or you do not have access to it.","type":"invalid_request_error","code":"model_not_found"}}"#,
        ),
        (
            400,
            r#"{"error":{"message":"The model `x` has been decommissioned and is no longer supported.","code":"model_decommissioned"}}"#,
        ),
        (
            404,
            r#"{"error":{"message":"model \"x\" not found, try pulling it first"}}"#,
        ),
        (
            400,
            r#"{"errors":[{"code":5007,"message":"AiError: No such model @cf/x or task"}]}"#,
        ),
        (
            404,
            r#"{"error":{"message":"The requested model 'x' does not exist.","type":"invalid_request_error","param":"model","code":"model_not_found"}}"#,
        ),
        (
            400,
            r#"{"detail":{"status":"invalid_uid","message":"A model with model ID x does not exist."}}"#,
        ),
        (404, r#"{"detail":{"status":"model_not_found","message":"x"}}"#),
        (
            400,
            r#"{"err_code":"Bad Request","err_msg":"Bad Request: No such model/language/tier combination found.","request_id":"r"}"#,
        ),
        (
            400,
            r#"{"err_code":"INVALID_QUERY_PARAMETER","err_msg":"No such model/version combination found."}"#,
        ),
        (
            404,
            r#"{"error_code":"model_not_found","title":"Model not found","message":"x","request_id":"r"}"#,
        ),
        (
            400,
            r#"{"error_code":"model_sunsetted","message":"The requested model has been sunsetted and is no longer available.","title":"Model sunsetted","request_id":"r"}"#,
        ),
        (
            400,
            r#"{"detail":{"status":"model_not_found","message":"A model with model ID x does not exist or is not available to you."}}"#,
        ),
        (
            400,
            r#"{"detail":{"type":"validation_error","code":"model_not_found","message":"A model with model ID x does not exist","status":"model_not_found","request_id":"r"}}"#,
        ),
        (
            400,
            r#"{"error_code":null,"title":"Invalid model","message":"The model x is no longer available."}"#,
        ),
        (
            404,
            r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#,
        ),
        (404, r#"{"errors":[{"code":3042,"message":"Invalid model ID"}]}"#),
        (
            400,
            r#"{"name":"AiError","internalCode":5007,"description":"No such model @cf/x or task"}"#,
        ),
    ] {
        let refusal = refusal(status, body);
        assert!(refusal.is_about_the_model(), "{body}");
        assert_eq!(
            refusal.reason.map(|reason| reason.code),
            Some(MODEL_NOT_FOUND),
            "{body}"
        );
    }
    let voice =
        r#"{"detail":{"status":"voice_not_found","message":"A voice with the voice_id x was not found."}}"#;
    let refused = refusal(404, voice);
    assert!(!refused.is_about_the_model());
    assert_eq!(refused.param, Some("voice"));
    assert!(!refusal(400, r#"{"error":{"code":"context_length_exceeded"}}"#).is_about_the_model());
}

#[test]
fn what_is_not_in_the_set_has_no_word_and_takes_nothing_of_the_body_along() {
    for body in [
        "",
        "<html>",
        "[]",
        "7",
        r#"{"error":{"code":"secret_code","param":"secret"}}"#,
        r#"{"error":{"code":7}}"#,
    ] {
        assert_eq!(read(400, body), (None, None), "{body}");
    }
}

#[test]
fn the_set_is_closed_and_each_code_is_in_it_once() {
    for (at, known) in KNOWN.iter().enumerate() {
        let earlier = KNOWN.iter().take(at);
        assert!(
            !earlier
                .clone()
                .any(|other| other.reason.code == known.reason.code)
        );
        let RefusalPattern(codes, wordings) = known.notice;
        assert!(
            [codes, wordings]
                .iter()
                .all(|words| **words == words.to_lowercase())
        );
        assert!(
            known
                .reason
                .param
                .is_none_or(|param| PARAMS.split(' ').any(|known| known == param))
        );
    }
}
