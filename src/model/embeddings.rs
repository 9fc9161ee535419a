//! `POST /v1/embeddings`: the request, what a provider is asked for it, and the answer in OpenAI's form. Pure.
//!
//! Sources: OpenAI "Create embeddings"; Workers AI text embeddings (`{"text"}`, `{"data"}`).

use serde_json::Value;

use super::request::{BadField, ModelChoice};
use crate::config::{Config, Provider, Target};
use crate::upstream::provider::{ProviderRequest, json_ask};
use crate::wire::base64::STANDARD;
use crate::wire::fields;
use crate::wire::json::{json, put_some};
use crate::wire::order::sorted;

/// Most inputs of one request (OpenAI API reference, "Create embeddings").
const INPUTS_MAX: usize = 2_048;
/// Most texts of one call of Workers AI.
const WORKERS_AI_TEXTS_MAX: usize = 100;
/// Bytes of one number in base64: a 32-bit float, little-endian.
const NUMBER_BYTES: usize = 4;
/// Where a provider does not count tokens: about four bytes of text are one.
const TOKEN_BYTES: usize = 4;

/// A request that can be answered.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbeddingsRequest {
    /// Which model.
    pub model: ModelChoice,
    /// Each a text or a list of token ids.
    inputs: Vec<Value>,
    /// Whether the inputs are token ids.
    pub is_tokens: bool,
    /// Whether vectors are sent in base64.
    is_base64: bool,
    /// How long the vectors are to be, where the model can choose.
    dimensions: Option<u64>,
    /// The person as a trusted server names them.
    pub user: Option<String>,
}

impl EmbeddingsRequest {
    /// Reads a body; fields that it does not know are nobody's fault.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn parse(body: &str) -> Result<EmbeddingsRequest, BadField> {
        let mut value = fields::object(body).map_err(|message| BadField { param: None, message })?;
        let (inputs, is_tokens) = inputs(value.get_mut("input").map(Value::take).unwrap_or_default())?;
        let word = |name: &'static str| match value.get(name) {
            None | Some(Value::Null) => Ok(""),
            Some(Value::String(word)) => Ok(word.as_str()),
            Some(_) => Err(BadField::of(name, format!("{name} must be a string"))),
        };
        let is_base64 = match word("encoding_format")? {
            "" | "float" => false,
            "base64" => true,
            _ => {
                return Err(BadField::of(
                    "encoding_format",
                    "encoding_format must be float or base64",
                ));
            }
        };
        let dimensions =
            match value.get("dimensions") {
                None | Some(Value::Null) => None,
                Some(number) => Some(number.as_u64().filter(|number| *number > 0).ok_or_else(|| {
                    BadField::of("dimensions", "dimensions must be a whole number above 0")
                })?),
            };
        Ok(EmbeddingsRequest {
            model: ModelChoice::parse(Some(word("model")?)),
            inputs,
            is_tokens,
            is_base64,
            dimensions,
            user: Some(word("user")?.to_owned()),
        })
    }

    /// The vectors of these texts, for hearken itself.
    pub fn of_texts(texts: &[String]) -> EmbeddingsRequest {
        EmbeddingsRequest {
            model: ModelChoice::parse(None),
            inputs: texts.iter().map(|text| text.as_str().into()).collect(),
            is_tokens: false,
            is_base64: false,
            dimensions: None,
            user: None,
        }
    }

    /// What keeps a provider from serving this request, as the client should hear it.
    ///
    /// # Errors
    /// Token ids and `dimensions` for Workers AI, which takes neither.
    pub fn fits(&self, provider: Provider) -> Result<(), BadField> {
        match provider {
            Provider::WorkersAi if self.is_tokens => Err(no_tokens()),
            Provider::WorkersAi if self.dimensions.is_some() => Err(BadField::of(
                "dimensions",
                "dimensions cannot be chosen with this model: leave the field out",
            )),
            _ => Ok(()),
        }
    }

    /// The calls that give all vectors, in order.
    pub fn asks(&self, config: &Config, target: &Target) -> Vec<ProviderRequest> {
        if target.provider == Provider::WorkersAi {
            let calls = self
                .inputs
                .chunks(WORKERS_AI_TEXTS_MAX)
                .map(|texts| ProviderRequest::binding(&target.model, json!({"text": texts}).to_string()));
            return calls.collect();
        }
        let format = if self.is_base64 { "base64" } else { "float" };
        let mut body = json!({"model": target.model, "input": self.inputs, "encoding_format": format});
        put_some(&mut body, "dimensions", self.dimensions.map(Value::from));
        vec![json_ask(config, target.provider, "/embeddings", body.to_string())]
    }

    /// The answer's body, from what the calls of [`Self::asks`] gave: `None` where they do not hold a vector for each
    /// input, all of one length.
    pub fn answer(&self, model: &str, given: Vec<Value>) -> Option<Embeddings> {
        let mut data: Vec<Value> = Vec::with_capacity(self.inputs.len());
        let mut tokens = None;
        for value in given {
            let value = unwrapped(value);
            let count = value.pointer("/usage/prompt_tokens").and_then(Value::as_u64);
            tokens = count.map(|count| tokens.unwrap_or(0) + count).or(tokens);
            data.extend(self.vectors(value)?);
        }
        let length = data.first().and_then(length).filter(|length| *length > 0)?;
        let is_whole = |vector: &Value| self::length(vector) == Some(length);
        if data.len() != self.inputs.len() || !data.iter().all(is_whole) {
            return None;
        }
        let tokens = tokens.unwrap_or_else(|| self.inputs.iter().map(estimate).sum());
        let data: Vec<Value> = (0u64..)
            .zip(data)
            .map(|(index, vector)| json!({"object": "embedding", "index": index, "embedding": vector}))
            .collect();
        let usage = json!({"prompt_tokens": tokens, "total_tokens": tokens});
        Some(Embeddings {
            body: json!({"object": "list", "data": data, "model": model, "usage": usage}).to_string(),
            length,
            tokens,
        })
    }

    /// What is wrong with the length of the vectors that came: some servers pass over `dimensions`.
    ///
    /// # Errors
    /// A length that is not the one that was asked for.
    pub fn check_length(&self, length: usize) -> Result<(), BadField> {
        match self.dimensions {
            Some(dimensions) if dimensions != length as u64 => Err(BadField::of(
                "dimensions",
                format!("dimensions must be {length} for this model, or left out"),
            )),
            _ => Ok(()),
        }
    }

    /// One call's vectors in the order of their inputs, in the client's encoding.
    pub fn vectors(&self, value: Value) -> Option<Vec<Value>> {
        let mut value = unwrapped(value);
        let Value::Array(items) = value.get_mut("data")?.take() else {
            return None;
        };
        let mut placed = Vec::with_capacity(items.len());
        for (place, mut item) in (0u64..).zip(items) {
            let index = item.get("index").and_then(Value::as_u64).unwrap_or(place);
            let vector = match item.get_mut("embedding") {
                Some(vector) => vector.take(),
                None => item,
            };
            placed.push((index, encoded(vector, self.is_base64)?));
        }
        let placed = sorted(placed, |one: &(u64, Value), other| one.0.cmp(&other.0));
        Some(placed.into_iter().map(|(_, vector)| vector).collect())
    }
}

/// An answer of Workers AI's REST API stands within `result`.
fn unwrapped(mut value: Value) -> Value {
    match value.get_mut("result") {
        Some(result) => result.take(),
        None => value,
    }
}

/// An answer.
#[derive(Debug, PartialEq)]
pub struct Embeddings {
    /// OpenAI's list.
    pub body: String,
    /// How many numbers a vector has.
    pub length: usize,
    /// What it cost.
    pub tokens: u64,
}

/// What a client hears whose token ids nobody takes. LangChain sends ids of OpenAI's tokenizer unless it is told not to.
pub fn no_tokens() -> BadField {
    BadField::of(
        "input",
        "input must be text: this model takes no token ids (in LangChain: check_embedding_ctx_length=False)",
    )
}

/// One input for each vector, and whether they are token ids.
fn inputs(input: Value) -> Result<(Vec<Value>, bool), BadField> {
    let wrong = || {
        BadField::of(
            "input",
            format!(
                "input must be a string that is not empty, a list of 1 to {INPUTS_MAX} of them, or token ids"
            ),
        )
    };
    let is_text = |one: &Value| one.as_str().is_some_and(|text| !text.is_empty());
    let is_token = |one: &Value| one.is_u64();
    let is_tokens = |one: &Value| {
        one.as_array()
            .is_some_and(|ids| !ids.is_empty() && ids.iter().all(is_token))
    };
    if is_text(&input) {
        return Ok((vec![input], false));
    }
    if is_tokens(&input) {
        return Ok((vec![input], true));
    }
    let Value::Array(inputs) = input else {
        return Err(wrong());
    };
    if inputs.is_empty() || inputs.len() > INPUTS_MAX {
        return Err(wrong());
    }
    match (inputs.iter().all(is_text), inputs.iter().all(is_tokens)) {
        (true, _) => Ok((inputs, false)),
        (_, true) => Ok((inputs, true)),
        _ => Err(wrong()),
    }
}

fn estimate(input: &Value) -> u64 {
    match input {
        Value::String(text) => text.len().div_ceil(TOKEN_BYTES) as u64,
        Value::Array(ids) => ids.len() as u64,
        _ => 0,
    }
}

/// How many numbers a vector has, in either encoding.
fn length(vector: &Value) -> Option<usize> {
    match vector {
        Value::Array(numbers) => Some(numbers.len()),
        Value::String(text) => {
            let bytes = STANDARD.decode(text)?.len();
            bytes.is_multiple_of(NUMBER_BYTES).then_some(bytes / NUMBER_BYTES)
        }
        _ => None,
    }
}

/// A vector in the client's encoding; servers that know no base64 send numbers whatever they were asked for.
fn encoded(vector: Value, is_base64: bool) -> Option<Value> {
    match vector {
        Value::Array(numbers) if is_base64 => {
            let mut bytes = Vec::with_capacity(numbers.len() * NUMBER_BYTES);
            for number in numbers {
                bytes.extend((number.as_f64()? as f32).to_le_bytes());
            }
            Some(STANDARD.encode(bytes).into())
        }
        Value::Array(numbers) => numbers
            .iter()
            .all(Value::is_number)
            .then_some(Value::Array(numbers)),
        Value::String(text) if !is_base64 => {
            let bytes = STANDARD.decode(text)?;
            let (numbers, rest) = bytes.as_chunks::<NUMBER_BYTES>();
            let numbers = numbers.iter().map(|number| f32::from_le_bytes(*number).into());
            rest.is_empty().then(|| Value::Array(numbers.collect()))
        }
        Value::String(text) => Some(Value::String(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
