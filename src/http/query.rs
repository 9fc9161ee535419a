//! `limit` and `after` of list pages, and JSON bodies with named fields. Pure.

use serde_json::{Map, Value};

use super::error::ApiError;
use crate::memory::person::protocol::PageAsk;
use crate::wire::fields;

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
        query: get("query")?,
    })
}

/// Reads `?order`: whether a list is to begin with what is oldest.
///
/// # Errors
/// 400 that names it.
pub fn is_ascending(order: Option<&str>) -> Result<bool, ApiError> {
    match order {
        None | Some("" | "desc") => Ok(false),
        Some("asc") => Ok(true),
        Some(_) => Err(ApiError::invalid("order", "order must be asc or desc")),
    }
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

/// A whole number in JSON, however it is written: some models write 5.0.
pub fn whole(number: &Value) -> Option<u64> {
    let whole = number
        .as_f64()
        .filter(|number| *number >= 0.0 && *number == (*number as u64) as f64);
    number.as_u64().or(whole.map(|number| number as u64))
}

/// A parameter of `?name=value&...` as it is written, still encoded.
pub fn raw_parameter<'a>(search: &'a str, name: &str) -> Option<&'a str> {
    let pairs = search.trim_start_matches('?').split('&');
    pairs
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Reads a JSON object.
///
/// # Errors
/// 400.
pub fn object(body: &str) -> Result<Map<String, Value>, ApiError> {
    fields::object(body).map_err(ApiError::bad_request)
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
    fn a_whole_number_is_one_however_it_is_written() {
        let read = |json: &str| whole(&serde_json::from_str(json).unwrap());
        for (json, number) in [
            ("5", Some(5)),
            ("5.0", Some(5)),
            ("5e1", Some(50)),
            ("0", Some(0)),
        ] {
            assert_eq!(read(json), number, "{json}");
        }
        for json in ["5.5", "-1", "-1.0", "1e300", "\"5\"", "null", "true"] {
            assert_eq!(read(json), None, "{json}");
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
