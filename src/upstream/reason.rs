//! Why a provider refused a request, in a closed set of words that clients of OpenAI know: the provider's own code where
//! it is one of them, else what its well-known wordings mean. Pure.
//!
//! Nothing of a provider's body goes further than this file: codes and names of parameters are constants, and the
//! sentences are ours. Sources: the error pages of OpenAI, Groq, Anthropic, Gemini and Mistral; the sources of vLLM,
//! llama.cpp, Ollama, LM Studio and Text Generation Inference.

use serde_json::Value;

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// OpenAI's code for it.
    pub code: &'static str,
    /// What is wrong, for the person who sent the request.
    pub sentence: &'static str,
    /// The field that it is about where the provider names none.
    param: Option<&'static str>,
}

/// A refusal, as far as it was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// 4xx.
    pub status: u16,
    /// Why; `None` for reasons that are not in the set.
    pub reason: Option<&'static Reason>,
    /// The field of the request that it is about.
    pub param: Option<&'static str>,
}

impl Refusal {
    /// A refusal without words.
    pub const fn of(status: u16) -> Refusal {
        Refusal {
            status,
            reason: None,
            param: None,
        }
    }

    /// Whether a parameter that the model does not take may be its cause: it says so, or says nothing.
    pub fn may_blame_a_parameter(&self) -> bool {
        let code = self.reason.map(|reason| reason.code);
        matches!(self.status, 400 | 422)
            && matches!(code, Some(UNSUPPORTED_PARAMETER | UNSUPPORTED_VALUE) | None)
    }

    /// Whether it is about the model's name: our configuration, not the request.
    pub fn is_about_the_model(&self) -> bool {
        self.reason
            .map_or(self.status == 404, |reason| reason.code == MODEL_NOT_FOUND)
    }
}

/// The code of a model that is not there, or no longer.
pub const MODEL_NOT_FOUND: &str = "model_not_found";
/// A parameter that the model does not take at all.
pub const UNSUPPORTED_PARAMETER: &str = "unsupported_parameter";
/// A parameter that the model takes, with another value.
pub const UNSUPPORTED_VALUE: &str = "unsupported_value";

/// A reason with the codes (and error types) that providers send for it and the wordings, in lower case, of those that
/// send none.
struct Known {
    reason: Reason,
    codes: &'static [&'static str],
    wordings: &'static [&'static str],
}

const fn known(
    code: &'static str,
    sentence: &'static str,
    param: Option<&'static str>,
    codes: &'static [&'static str],
    wordings: &'static [&'static str],
) -> Known {
    Known {
        reason: Reason {
            code,
            sentence,
            param,
        },
        codes,
        wordings,
    }
}

/// The closed set. The first entry that fits counts; codes are looked for before wordings.
static KNOWN: [Known; 21] = [
    known(
        "context_length_exceeded",
        "the messages are longer than the model's context: shorten the conversation, or ask for fewer tokens",
        Some("messages"),
        &["context_length_exceeded", "exceed_context_size_error"],
        &[
            "maximum context length",
            "model's context length",
            "exceeds the context length",
            "exceeded max context length",
            "with context length of",
            "exceeds the context window",
            "context window limit",
            "exceeds the available context size",
            "exceed context limit",
            "context the overflows",
            "prompt is too long",
            "prompt too long",
            "maximum prompt length",
            "longer than the maximum model length",
            "exceeds the maximum number of tokens",
            "too many tokens",
            "reduce the length of the messages",
            "`inputs` tokens + `max_new_tokens`",
            "`inputs` must have less than",
        ],
    ),
    known(
        MODEL_NOT_FOUND,
        "the provider does not have this model",
        Some("model"),
        &[
            MODEL_NOT_FOUND,
            "model_decommissioned",
            "model_deprecated",
            "model_sunsetted",
            "model_not_available",
            "deploymentnotfound",
            "invalid_model",
            "unknown_model",
        ],
        &[
            "has been decommissioned",
            "has been deprecated",
            "model does not exist",
            "model not found",
            "no such model",
            "unknown model",
            "no such deployment",
            "invalid model",
        ],
    ),
    known(
        "content_filter",
        "the provider's filter refused this content",
        None,
        &[
            "content_filter",
            "content_policy_violation",
            "moderation_blocked",
            "data_inspection_failed",
            "responsibleaipolicyviolation",
            "invalid_prompt",
        ],
        &["content management policy", "input was flagged", "safety system"],
    ),
    known(
        "tool_use_failed",
        "the model could not form a valid call of a tool: try again, or describe the tools more simply",
        Some("tools"),
        &["tool_use_failed"],
        &[],
    ),
    known(
        "json_validate_failed",
        "the model could not form JSON as response_format asks: try again, or simplify the schema",
        Some("response_format"),
        &["json_validate_failed"],
        &[],
    ),
    known(
        UNSUPPORTED_PARAMETER,
        "the model does not take a parameter of this request",
        None,
        &[UNSUPPORTED_PARAMETER, "unknown_parameter", "extra_forbidden"],
        &[
            "unsupported parameter",
            "unknown parameter",
            "unrecognized request argument",
            "extra inputs are not permitted",
            "extra fields not permitted",
            "does not support tools",
            "does not support response format",
            "does not support parameter",
            "is unsupported",
            "is not supported with this model",
            "is not supported by this model",
            "is not supported for this model",
        ],
    ),
    known(
        UNSUPPORTED_VALUE,
        "the model does not take a parameter of this request with this value",
        None,
        &[UNSUPPORTED_VALUE],
        &["unsupported value", "only the default (1) value"],
    ),
    known(
        "invalid_value",
        "the model does not take a value of this request",
        None,
        &["invalid_value"],
        &[],
    ),
    known(
        "invalid_image_format",
        "the provider cannot read an image of this request: PNG, JPEG, GIF and WebP are what most take",
        Some("messages"),
        &[
            "invalid_image_format",
            "invalid_image",
            "image_parse_error",
            "unsupported_image_media_type",
            "invalid_base64_image",
            "empty_image_file",
        ],
        &[
            "failed to decode image",
            "could not process image",
            "unsupported image",
        ],
    ),
    known(
        "invalid_image_url",
        "the provider cannot fetch an image of this request: its address must be public",
        Some("messages"),
        &[
            "invalid_image_url",
            "failed_to_download_image",
            "image_file_not_found",
        ],
        &["failed to download image", "error while downloading"],
    ),
    known(
        "image_too_large",
        "an image of this request is too large for the provider",
        Some("messages"),
        &["image_too_large", "image_file_too_large"],
        &["image exceeds"],
    ),
    known(
        "string_above_max_length",
        "a text of this request is longer than the provider takes",
        None,
        &[
            "string_above_max_length",
            "string_too_long",
            "max_character_limit_exceeded",
        ],
        &["string too long"],
    ),
    known(
        "array_above_max_length",
        "a list of this request is longer than the provider takes",
        None,
        &["array_above_max_length", "too_long"],
        &["array too long"],
    ),
    known(
        "integer_above_max_value",
        "a number of this request is larger than the provider takes",
        None,
        &[
            "integer_above_max_value",
            "decimal_above_max_value",
            "less_than_equal",
        ],
        &[],
    ),
    known(
        "integer_below_min_value",
        "a number of this request is smaller than the provider takes",
        None,
        &[
            "integer_below_min_value",
            "decimal_below_min_value",
            "greater_than_equal",
        ],
        &[],
    ),
    known(
        "missing_required_parameter",
        "a parameter that the provider needs is missing",
        None,
        &["missing_required_parameter", "missing"],
        &[],
    ),
    known(
        "invalid_type",
        "a parameter of this request has the wrong type",
        None,
        &["invalid_type"],
        &[],
    ),
    known(
        "invalid_function_parameters",
        "the schema of a tool is not valid",
        Some("tools"),
        &["invalid_function_parameters"],
        &["invalid schema for function"],
    ),
    known(
        "request_too_large",
        "the request is larger than the provider takes at once",
        None,
        &["request_too_large", "payload_too_large"],
        &["request too large"],
    ),
    known(
        "voice_not_found",
        "the provider does not have this voice: see GET /v1/audio/voices",
        Some("voice"),
        &["voice_not_found"],
        &[],
    ),
    known(
        "unsupported_audio_format",
        "the provider does not take audio of this format",
        None,
        &["unsupported_audio_format"],
        &[],
    ),
];

/// The parameters that may be named to a client: those of OpenAI's requests.
static PARAMS: [&str; 44] = [
    "messages",
    "model",
    "temperature",
    "response_format",
    "max_tokens",
    "max_completion_tokens",
    "top_p",
    "tools",
    "tool_choice",
    "stream",
    "stream_options",
    "n",
    "stop",
    "seed",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "presence_penalty",
    "frequency_penalty",
    "reasoning_effort",
    "reasoning",
    "parallel_tool_calls",
    "verbosity",
    "service_tier",
    "store",
    "metadata",
    "modalities",
    "audio",
    "prediction",
    "user",
    "functions",
    "function_call",
    "web_search_options",
    "safety_identifier",
    "prompt_cache_key",
    "input",
    "voice",
    "speed",
    "instructions",
    "language",
    "prompt",
    "file",
    "dimensions",
    "encoding_format",
];

/// What a body of a refusal with this status says.
pub fn refusal(status: u16, body: &str) -> Refusal {
    // Some servers, and what stands before others, answer in plain text.
    let value = serde_json::from_str::<Value>(body).unwrap_or_else(|_| body.into());
    let words = Words::of(&value);
    let fits_code = |known: &&Known| {
        words
            .codes
            .iter()
            .any(|code| known.codes.contains(&code.as_str()))
    };
    let fits_wording = |known: &&Known| {
        known
            .wordings
            .iter()
            .any(|wording| words.message.contains(wording))
    };
    let found = KNOWN.iter().find(fits_code);
    let found = found.or_else(|| KNOWN.iter().find(fits_wording));
    let found = match (status, found) {
        // Groq says `rate_limit_exceeded` of a request that is larger than its limit for a minute.
        (413, None) => KNOWN
            .iter()
            .find(|known| known.reason.code == "request_too_large"),
        (400 | 404 | 410 | 422, None) if words.tell_of_a_lost_model() => {
            KNOWN.iter().find(|known| known.reason.code == MODEL_NOT_FOUND)
        }
        (_, found) => found,
    };
    let reason = found.map(|known| &known.reason);
    Refusal {
        status,
        reason,
        param: words.param().or_else(|| reason.and_then(|reason| reason.param)),
    }
}

/// The words that an error body uses for its kind, in lower case: `error.code`, `error.type`, `detail.status`,
/// `detail.code`, `error_code`, `err_code`, `type` of a validation error.
pub fn codes(body: &str) -> Vec<String> {
    Words::of(&serde_json::from_str::<Value>(body).unwrap_or_default()).codes
}

/// What a refusal can say that is nobody's input: codes, and wordings of those that send none.
struct Notice(&'static [&'static str], &'static [&'static str]);

/// The place from which it was asked is not served: OpenAI's code, and the words of others.
const PLACE: Notice = Notice(
    &["unsupported_country_region_territory"],
    &[
        "country, region, or territory",
        "user location is not supported",
        "not available in your country",
        "not available in your region",
    ],
);

/// Nothing is left to be used up: no pause of a minute helps, somebody has to pay.
const QUOTA: Notice = Notice(
    &[
        "insufficient_quota",
        "quota_exceeded",
        "billing_not_active",
        "billing_hard_limit_reached",
        "insufficient_credits",
        "insufficient_balance",
    ],
    &[
        "exceeded your current quota, please check your plan",
        "credit balance is too low",
        "insufficient balance",
        "insufficient credits",
    ],
);

/// The key is wrong, though the status says otherwise (Gemini's 400).
const KEY: Notice = Notice(&["invalid_api_key"], &["api key not valid"]);

impl Notice {
    fn stands_in(&self, body: &str) -> bool {
        let value = serde_json::from_str::<Value>(body).unwrap_or_default();
        let words = Words::of(&value);
        let is_code = |code: &String| self.0.contains(&code.as_str());
        words.codes.iter().any(is_code) || self.1.iter().any(|wording| words.message.contains(wording))
    }
}

/// Whether a refusal says that the place from which it was asked is not served.
pub fn is_about_the_place(body: &str) -> bool {
    PLACE.stands_in(body)
}

/// Whether a refusal says that what was paid for is used up.
pub fn is_about_the_quota(body: &str) -> bool {
    QUOTA.stands_in(body)
}

/// Whether a refusal says that the key is wrong.
pub fn is_about_the_key(body: &str) -> bool {
    KEY.stands_in(body)
}

/// What an error body says.
struct Words {
    codes: Vec<String>,
    message: String,
    named: Option<&'static str>,
}

impl Words {
    /// Gemini puts the object in a list; ElevenLabs' and FastAPI's `detail` may be an object, a list or a string, and
    /// vLLM's and Mistral's errors have no `error` around them.
    fn of(value: &Value) -> Words {
        let value = value.get(0).unwrap_or(value);
        let at = |path: &str| value.pointer(path).and_then(Value::as_str);
        let codes = [
            "/error/code",
            "/error/type",
            "/detail/status",
            "/detail/code",
            "/error_code",
            "/err_code",
            "/detail",
            "/detail/0/type",
            "/code",
            "/type",
            "/error/metadata/error_type",
            "/error/innererror/code",
        ];
        let messages = [
            "",
            "/error/message",
            "/error",
            "/message",
            "/detail/message",
            "/detail",
            "/detail/0/msg",
            "/err_msg",
            "/title",
            "/description",
            "/errors/0/message",
            "/error/metadata/raw",
        ];
        let message: Vec<String> = messages
            .iter()
            .filter_map(|path| at(path))
            .map(str::to_lowercase)
            .collect();
        let param = at("/error/param").or_else(|| at("/param"));
        let location = value.pointer("/detail/0/loc").and_then(Value::as_array);
        let location = location.into_iter().flatten().filter_map(Value::as_str);
        Words {
            codes: codes
                .iter()
                .filter_map(|path| at(path))
                .map(str::to_lowercase)
                .collect(),
            named: param.into_iter().chain(location).find_map(parameter),
            message: message.join(" "),
        }
    }

    /// Whether it says of a model, by its name, that there is none: ElevenLabs' "a model with model ID ... does not exist",
    /// Ollama's "model ... not found". A voice that a model lacks is another matter.
    fn tell_of_a_lost_model(&self) -> bool {
        let says = |word: &str| self.message.contains(word);
        says("model") && !says("voice") && (says("does not exist") || says("not found") || says("no longer"))
    }

    /// The parameter that it is about: as the body names it, else the first one that its sentence quotes.
    fn param(&self) -> Option<&'static str> {
        let quoted = self.message.split(['\'', '"', '`']).skip(1).step_by(2);
        self.named
            .or_else(|| quoted.into_iter().find_map(parameter))
            .or_else(|| {
                let tools = self.message.contains("does not support tools");
                tools.then_some("tools")
            })
    }
}

/// A name of the set: `messages[1].content` is `messages`.
fn parameter(name: &str) -> Option<&'static str> {
    let root = name.split(['.', '[']).next().unwrap_or_default();
    PARAMS.iter().copied().find(|known| *known == root)
}

#[cfg(test)]
mod tests {
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
                format!(
                    r#"{{"error":{{"message":{quoted},"type":"BadRequestError","param":null,"code":400}}}}"#
                ),
                format!(r#"{{"object":"error","message":{quoted},"type":"BadRequestError","code":400}}"#),
                format!(r#"[{{"error":{{"code":400,"message":{quoted},"status":"INVALID_ARGUMENT"}}}}]"#),
                format!(
                    r#"{{"type":"error","error":{{"type":"invalid_request_error","message":{quoted}}}}}"#
                ),
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
        let voice = r#"{"detail":{"status":"voice_not_found","message":"A voice with the voice_id x was not found."}}"#;
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
            assert!(
                known
                    .wordings
                    .iter()
                    .chain(known.codes)
                    .all(|word| *word == word.to_lowercase())
            );
            assert!(known.reason.param.is_none_or(|param| PARAMS.contains(&param)));
        }
    }
}
