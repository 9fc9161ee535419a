//! `limit` and `after` of list pages, and JSON bodies with named fields. Pure.

use serde_json::{Map, Value};

use super::error::ApiError;
use crate::memory::person_calls::PageAsk;

/// Rows of a page, and the most that can be asked for.
pub const LIMIT_DEFAULT: usize = 20;
/// The most that can be asked for.
pub const LIMIT_MAX: usize = 100;

/// Reads `?limit&after`; `get` gives a parameter's value, decoded.
///
/// # Errors
/// 400 with the parameter that is wrong.
pub fn page(get: &dyn Fn(&str) -> Result<Option<String>, ApiError>) -> Result<PageAsk, ApiError> {
    let asked = get("limit")?.filter(|limit| !limit.is_empty());
    Ok(PageAsk {
        limit: limit(asked.as_deref(), LIMIT_DEFAULT, LIMIT_MAX)?,
        after: get("after")?.filter(|after| !after.is_empty()),
    })
}

/// Reads a number of rows from 1 to `max`; `default` where none is asked for.
///
/// # Errors
/// 400 that names `limit`.
pub fn limit(asked: Option<&str>, default: usize, max: usize) -> Result<usize, ApiError> {
    let Some(asked) = asked else { return Ok(default) };
    let read = asked.parse().ok().filter(|limit| (1..=max).contains(limit));
    read.ok_or_else(|| ApiError::invalid("limit", format!("limit must be a whole number from 1 to {max}")))
}

/// A parameter of `?name=value&...` as it is written, still encoded.
pub fn raw_parameter<'a>(search: &'a str, name: &str) -> Option<&'a str> {
    let pairs = search.trim_start_matches('?').split('&');
    pairs
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Percent-encoded text as it was meant (RFC 3986 §2.1); `None` where it is no UTF-8 or a `%` stands alone.
pub fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
        bytes.push(u8::try_from(digit(0)? * 16 + digit(1)?).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// JSON in which halves of characters are U+FFFD: clients that cut a text in the middle of an emoji send half of a
/// surrogate pair (`"\ud83d"`, RFC 8259 §8.2), which no string here can hold, and what stands around it must not be lost.
pub fn whole_characters(json: String) -> String {
    let has_surrogate = |json: &str| {
        let mut at = json.match_indices("\\u").map(|(at, _)| json.get(at + 2..at + 3));
        at.any(|digit| matches!(digit, Some("d" | "D")))
    };
    if !has_surrogate(&json) {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    let mut rest = json.as_str();
    while let Some((before, escape)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        let length = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                out.push_str("\\ufffd");
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            _ => escape.char_indices().nth(2).map_or(escape.len(), |(at, _)| at),
        };
        let (whole, after) = escape.split_at_checked(length).unwrap_or((escape, ""));
        out.push_str(whole);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The UTF-16 unit of a `\uXXXX` at the beginning of `text`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

/// Reads a JSON object.
///
/// # Errors
/// 400.
pub fn object(body: &str) -> Result<Map<String, Value>, ApiError> {
    serde_json::from_str(body)
        .map_err(|error| ApiError::new(400, format!("the body must be one JSON object: {error}")))
}

/// A string field; `None` when it is absent or null.
///
/// # Errors
/// 400 when it is something else or longer than `bytes_max`.
pub fn string(fields: &Map<String, Value>, name: &str, bytes_max: usize) -> Result<Option<String>, ApiError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() <= bytes_max => Ok(Some(text.clone())),
        Some(Value::String(_)) => Err(ApiError::invalid(
            name,
            format!("{name} must be at most {bytes_max} bytes long"),
        )),
        Some(_) => Err(ApiError::invalid(name, format!("{name} must be a string"))),
    }
}

/// A string field that must be there and say something.
///
/// # Errors
/// 400.
pub fn needed(fields: &Map<String, Value>, name: &str, bytes_max: usize) -> Result<String, ApiError> {
    string(fields, name, bytes_max)?
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| ApiError::invalid(name, format!("{name} must be a string that is not empty")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_bounds_and_names_what_is_wrong() {
        let ask = |limit: &'static str| page(&move |name| Ok((name == "limit").then(|| limit.to_owned())));
        assert_eq!(ask("").unwrap().limit, LIMIT_DEFAULT);
        assert_eq!(ask("100").unwrap().limit, 100);
        for wrong in ["0", "101", "-1", "ten", "1.5"] {
            assert_eq!(ask(wrong).unwrap_err().param.as_deref(), Some("limit"), "{wrong}");
        }
    }

    #[test]
    fn percent_encoded_text_is_read_and_what_is_none_is_refused() {
        assert_eq!(decoded("a%3Ab%40c%25").as_deref(), Some("a:b@c%"));
        assert_eq!(decoded("%E2%9C%93 +").as_deref(), Some("✓ +"));
        for wrong in ["%", "%2", "%ZZ", "%+1", "%e9", "%ff"] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn half_a_character_becomes_a_replacement_and_nothing_else_changes() {
        for (json, whole) in [
            (r#"{"a":"x\ud83d"}"#, r#"{"a":"x\ufffd"}"#),
            (
                r#"["\uDE00\ud83d\ud83d\ude00\ud83dé"]"#,
                r#"["\ufffd\ufffd\ud83d\ude00\ufffdé"]"#,
            ),
            (
                r#"["\\ud83d","\\\ud83d","\n\u00e9\ud83d\"]"#,
                r#"["\\ud83d","\\\ufffd","\n\u00e9\ufffd\"]"#,
            ),
            (r#"["\ud83"#, r#"["\ud83"#),
            (r#"["\ud83d\"#, r#"["\ufffd\"#),
            ("é\\é\\ud800", "é\\é\\ufffd"),
        ] {
            assert_eq!(whole_characters(json.into()), whole, "{json}");
        }
    }

    #[test]
    fn a_parameter_is_found_by_its_whole_name() {
        assert_eq!(raw_parameter("?limit=2&after=m%2F1", "after"), Some("m%2F1"));
        assert_eq!(raw_parameter("?xlimit=2&limit", "limit"), None);
    }

    #[test]
    fn fields_are_named_when_they_are_missing_or_of_another_type() {
        let fields = object(r#"{"a":" ","b":7,"c":"long","d":null}"#).unwrap();
        for name in ["a", "b", "d", "e"] {
            assert_eq!(
                needed(&fields, name, 10).unwrap_err().param.as_deref(),
                Some(name)
            );
        }
        assert_eq!(needed(&fields, "c", 3).unwrap_err().param.as_deref(), Some("c"));
        assert_eq!(needed(&fields, "c", 4).unwrap(), "long");
        assert!(object("[]").is_err());
    }
}
