//! Why a provider refused a request, in a closed set of words that clients of OpenAI know: the provider's own code where
//! it is one of them, else what its well-known wordings mean. Pure.
//!
//! Nothing of a provider's body goes further than this file: codes and names of parameters are constants, and the
//! sentences are ours. Sources: the error pages of OpenAI, Groq, Anthropic, Gemini and Mistral; the sources of vLLM,
//! llama.cpp, Ollama, LM Studio and Text Generation Inference.

use crate::wire::lower_case::lowered;
use serde_json::Value;

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalReason {
    /// OpenAI's code for it.
    pub code: &'static str,
    /// What is wrong, for the person who sent the request.
    pub sentence: &'static str,
    /// The field that it is about where the provider names none.
    param: Option<&'static str>,
}

/// A refusal, as far as it was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderRefusal {
    /// 4xx.
    pub status: u16,
    /// Why; `None` for reasons that are not in the set.
    pub reason: Option<&'static RefusalReason>,
    /// The field of the request that it is about.
    pub param: Option<&'static str>,
}

impl ProviderRefusal {
    /// A refusal without words.
    pub const fn of(status: u16) -> ProviderRefusal {
        ProviderRefusal {
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

/// A reason and what providers say of it.
struct Known {
    reason: RefusalReason,
    notice: RefusalPattern,
}

/// The codes (and error types) that providers send, with spaces between, and the wordings, in lower case and with strokes
/// between, of those that send none.
pub struct RefusalPattern(&'static str, &'static str);

impl RefusalPattern {
    fn has_code_of(&self, words: &Words) -> bool {
        self.0
            .split(' ')
            .any(|code| words.codes.iter().any(|said| said == code))
    }

    fn has_wording_of(&self, words: &Words) -> bool {
        let wordings = self.1.split(" | ").filter(|wording| !wording.is_empty());
        wordings
            .into_iter()
            .any(|wording| words.message.contains(wording))
    }

    /// Whether a refusal says so.
    pub fn stands_in(&self, body: &str) -> bool {
        let words = Words::of(&serde_json::from_str::<Value>(body).unwrap_or_default());
        self.has_code_of(&words) || self.has_wording_of(&words)
    }
}

const fn known(
    code: &'static str,
    sentence: &'static str,
    param: Option<&'static str>,
    codes: &'static str,
    wordings: &'static str,
) -> Known {
    Known {
        reason: RefusalReason {
            code,
            sentence,
            param,
        },
        notice: RefusalPattern(codes, wordings),
    }
}

/// The closed set. The first entry that fits counts; codes are looked for before wordings.
static KNOWN: [Known; 21] = [
    known(
        "context_length_exceeded",
        "what was sent is longer than the model's context: shorten it, or ask for fewer tokens",
        Some("messages"),
        "context_length_exceeded exceed_context_size_error",
        "maximum context length | model's context length | exceeds the context length | \
         exceeded max context length | with context length of | exceeds the context window | \
         context window limit | exceeds the available context size | exceed context limit | \
         context the overflows | prompt is too long | prompt too long | maximum prompt length | \
         longer than the maximum model length | exceeds the maximum number of tokens | too many tokens | \
         reduce the length of the messages | `inputs` tokens + `max_new_tokens` | \
         `inputs` must have less than",
    ),
    known(
        MODEL_NOT_FOUND,
        "the provider does not have this model",
        Some("model"),
        "model_not_found model_decommissioned model_deprecated model_sunsetted model_not_available \
         deploymentnotfound invalid_model unknown_model",
        "has been decommissioned | has been deprecated | model does not exist | model not found | \
         no such model | unknown model | no such deployment | invalid model",
    ),
    known(
        "content_filter",
        "the provider's filter refused this content",
        None,
        "content_filter content_policy_violation moderation_blocked data_inspection_failed \
         responsibleaipolicyviolation invalid_prompt",
        "content management policy | input was flagged | safety system",
    ),
    known(
        "tool_use_failed",
        "the model could not form a valid call of a tool: try again, or describe the tools more simply",
        Some("tools"),
        "tool_use_failed",
        "",
    ),
    known(
        "json_validate_failed",
        "the model could not form JSON as response_format asks: try again, or simplify the schema",
        Some("response_format"),
        "json_validate_failed",
        "",
    ),
    known(
        UNSUPPORTED_PARAMETER,
        "the model does not take a parameter of this request",
        None,
        "unsupported_parameter unknown_parameter extra_forbidden",
        "unsupported parameter | unknown parameter | unrecognized request argument | \
         extra inputs are not permitted | extra fields not permitted | does not support tools | \
         does not support response format | does not support parameter | is unsupported | \
         is not supported with this model | is not supported by this model | \
         is not supported for this model",
    ),
    known(
        UNSUPPORTED_VALUE,
        "the model does not take a parameter of this request with this value",
        None,
        "unsupported_value",
        "unsupported value | only the default (1) value",
    ),
    known(
        "invalid_value",
        "the model does not take a value of this request",
        None,
        "invalid_value",
        "",
    ),
    known(
        "invalid_image_format",
        "the provider cannot read an image of this request: PNG, JPEG, GIF and WebP are what most take",
        Some("messages"),
        "invalid_image_format invalid_image image_parse_error unsupported_image_media_type \
         invalid_base64_image empty_image_file",
        "failed to decode image | could not process image | unsupported image",
    ),
    known(
        "invalid_image_url",
        "the provider cannot fetch an image of this request: its address must be public",
        Some("messages"),
        "invalid_image_url failed_to_download_image image_file_not_found",
        "failed to download image | error while downloading",
    ),
    known(
        "image_too_large",
        "an image of this request is too large for the provider",
        Some("messages"),
        "image_too_large image_file_too_large",
        "image exceeds",
    ),
    known(
        "string_above_max_length",
        "a text of this request is longer than the provider takes",
        None,
        "string_above_max_length string_too_long max_character_limit_exceeded",
        "string too long",
    ),
    known(
        "array_above_max_length",
        "a list of this request is longer than the provider takes",
        None,
        "array_above_max_length too_long",
        "array too long",
    ),
    known(
        "integer_above_max_value",
        "a number of this request is larger than the provider takes",
        None,
        "integer_above_max_value decimal_above_max_value less_than_equal",
        "",
    ),
    known(
        "integer_below_min_value",
        "a number of this request is smaller than the provider takes",
        None,
        "integer_below_min_value decimal_below_min_value greater_than_equal",
        "",
    ),
    known(
        "missing_required_parameter",
        "a parameter that the provider needs is missing",
        None,
        "missing_required_parameter missing",
        "",
    ),
    known(
        "invalid_type",
        "a parameter of this request has the wrong type",
        None,
        "invalid_type",
        "",
    ),
    known(
        "invalid_function_parameters",
        "the schema of a tool is not valid",
        Some("tools"),
        "invalid_function_parameters",
        "invalid schema for function",
    ),
    known(
        "request_too_large",
        "the request is larger than the provider takes at once",
        None,
        "request_too_large payload_too_large",
        "request too large",
    ),
    known(
        "voice_not_found",
        "the provider does not have this voice: see GET /v1/audio/voices",
        Some("voice"),
        "voice_not_found",
        "",
    ),
    known(
        "unsupported_audio_format",
        "the provider does not take audio of this format",
        None,
        "unsupported_audio_format",
        "",
    ),
];

/// The parameters that may be named to a client: those of OpenAI's requests.
const PARAMS: &str = "messages model temperature response_format max_tokens max_completion_tokens top_p tools tool_choice \
     stream stream_options n stop seed logprobs top_logprobs logit_bias presence_penalty \
     frequency_penalty reasoning_effort reasoning parallel_tool_calls verbosity service_tier store \
     metadata modalities audio prediction user functions function_call web_search_options \
     safety_identifier prompt_cache_key input voice speed instructions language prompt file dimensions \
     encoding_format";

/// What a body of a refusal with this status says.
pub fn refusal(status: u16, body: &str) -> ProviderRefusal {
    // Some servers, and what stands before others, answer in plain text.
    let value = serde_json::from_str::<Value>(body).unwrap_or_else(|_| body.into());
    let words = Words::of(&value);
    let found = KNOWN.iter().find(|known| known.notice.has_code_of(&words));
    let found = found.or_else(|| KNOWN.iter().find(|known| known.notice.has_wording_of(&words)));
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
    ProviderRefusal {
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

/// The place from which it was asked is not served: OpenAI's code, and the words of others.
pub const PLACE: RefusalPattern = RefusalPattern(
    "unsupported_country_region_territory",
    "country, region, or territory | user location is not supported | not available in your country | \
     not available in your region",
);

/// Nothing is left to be used up: no pause of a minute helps, somebody has to pay.
pub const QUOTA: RefusalPattern = RefusalPattern(
    "insufficient_quota quota_exceeded billing_not_active billing_hard_limit_reached \
     insufficient_credits insufficient_balance",
    "exceeded your current quota, please check your plan | credit balance is too low | \
     insufficient balance | insufficient credits",
);

/// The key is wrong, though the status says otherwise (Gemini's 400).
pub const KEY: RefusalPattern = RefusalPattern("invalid_api_key", "api key not valid");

/// Where bodies have codes, and where they have sentences, the body itself among them.
const CODES: &str = "/error/code /error/type /detail/status /detail/code /error_code /err_code /detail \
     /detail/0/type /code /type /error/metadata/error_type /error/innererror/code";
const MESSAGES: &str = " /error/message /error /message /detail/message /detail /detail/0/msg /err_msg /title \
     /description /errors/0/message /error/metadata/raw";

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
        let said = |paths: &str| -> Vec<String> {
            let texts = paths.split(' ').filter_map(at);
            texts.map(lowered).collect()
        };
        let param = at("/error/param").or_else(|| at("/param"));
        let location = value.pointer("/detail/0/loc").and_then(Value::as_array);
        let location = location.into_iter().flatten().filter_map(Value::as_str);
        Words {
            codes: said(CODES),
            named: param.into_iter().chain(location).find_map(parameter),
            message: said(MESSAGES).join(" "),
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
    PARAMS.split(' ').find(|known| *known == root)
}

#[cfg(test)]
mod tests;
