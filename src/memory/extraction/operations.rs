//! Reading what a model answers to an extraction prompt.
//!
//! Shape (docs/memory.md, "What the model is asked"): `{"operations":[{"op","id"?,"text"?,"kind"?}]}`. Owns the
//! tolerance (code fences, prose around the JSON, a bare array, ids as strings) and its end: an operation that is
//! not sound is refused by itself with a reason, and no answer makes hearken touch a memory that was not shown.

use serde_json::Value;

use crate::memory::MemoryKind;

/// Longest answer that is read, in bytes.
pub const ANSWER_BYTES_MAX: usize = 262_144;
/// Most operations taken from one answer.
pub const OPERATIONS_MAX: usize = 200;
/// Longest text of a memory, in bytes.
pub const TEXT_BYTES_MAX: usize = 1_000;
/// How many opening brackets are tried as the beginning of the JSON.
const STARTS_MAX: usize = 32;

/// What a model wants changed. Ids are those of the store, already translated from the small ones it was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A new memory.
    Add {
        /// Third person, dates resolved.
        text: String,
        /// What it is about.
        kind: MemoryKind,
    },
    /// A shown memory now says this; what it said before becomes history.
    Update {
        /// Which.
        id: String,
        /// What it says now.
        text: String,
        /// `None` keeps its kind.
        kind: Option<MemoryKind>,
    },
    /// A shown memory no longer holds.
    Delete {
        /// Which.
        id: String,
    },
}

/// An operation that was refused, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedOperation {
    /// Position in the answer, from 0.
    pub index: usize,
    /// One clause that can be shown to the model.
    pub reason: String,
}

/// A readable answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtractionAnswer {
    /// Sound operations in order. Empty means there was nothing to remember.
    pub operations: Vec<Operation>,
    /// What was refused.
    pub refusals: Vec<RefusedOperation>,
}

/// An answer of which nothing can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Longer than [`ANSWER_BYTES_MAX`].
    #[error("the answer is longer than {ANSWER_BYTES_MAX} bytes")]
    TooLong,
    /// No JSON with operations in it.
    #[error("the answer holds no JSON object of the form {{\"operations\":[...]}}")]
    NoOperations,
    /// There were operations, and each was refused.
    #[error("no operation could be used: {0}")]
    AllRefused(String),
}

/// Reads an answer. `shown` are the store ids of the memories in the prompt: the model knows the first as 1.
pub fn read(answer: &str, shown: &[String]) -> Result<ExtractionAnswer, Malformed> {
    if answer.len() > ANSWER_BYTES_MAX {
        return Err(Malformed::TooLong);
    }
    // Models that think aloud write drafts of the answer there.
    let answer = answer.rsplit_once("</think>").map_or(answer, |(_, said)| said);
    let items = find(answer).ok_or(Malformed::NoOperations)?;
    let mut out = ExtractionAnswer::default();
    for (index, item) in items.iter().enumerate() {
        if index >= OPERATIONS_MAX {
            out.refusals.push(RefusedOperation {
                index,
                reason: format!("more than {OPERATIONS_MAX} operations"),
            });
            break;
        }
        match operation(item, shown) {
            Ok(Some(operation)) if touched(&out.operations, &operation) => {
                out.refusals.push(RefusedOperation {
                    index,
                    reason: "a second operation on one id".into(),
                });
            }
            Ok(Some(operation)) => out.operations.push(operation),
            Ok(None) => {}
            Err(reason) => out.refusals.push(RefusedOperation { index, reason }),
        }
    }
    let all_refused =
        out.operations.is_empty() && !out.refusals.is_empty() && out.refusals.len() == items.len();
    match out.refusals.first() {
        Some(first) if all_refused => Err(Malformed::AllRefused(first.reason.clone())),
        _ => Ok(out),
    }
}

/// What is to be said to the model about its answer, if anything.
pub fn complaint(read: &Result<ExtractionAnswer, Malformed>) -> Option<String> {
    match read {
        Ok(answer) => answer
            .refusals
            .first()
            .map(|refusal| format!("operation {} of it: {}", refusal.index + 1, refusal.reason)),
        Err(error) => Some(error.to_string()),
    }
}

/// Of an answer and the one to the complaint about it: the one of which less was refused.
///
/// # Errors
/// Neither can be used.
pub fn better(
    first: Result<ExtractionAnswer, Malformed>,
    second: Result<ExtractionAnswer, Malformed>,
) -> Result<ExtractionAnswer, Malformed> {
    match (first, second) {
        (Ok(first), Ok(second)) if first.refusals.len() < second.refusals.len() => Ok(first),
        (_, Ok(second)) => Ok(second),
        (first, Err(_)) => first,
    }
}

/// True if an earlier operation already names the same memory.
fn touched(earlier: &[Operation], operation: &Operation) -> bool {
    let target = |operation: &Operation| match operation {
        Operation::Add { .. } => None,
        Operation::Update { id, .. } | Operation::Delete { id } => Some(id.clone()),
    };
    let wanted = target(operation);
    wanted.is_some() && earlier.iter().any(|operation| target(operation) == wanted)
}

/// The list of operations, wherever in the answer it stands.
fn find(answer: &str) -> Option<Vec<Value>> {
    let starts = answer
        .match_indices(['{', '['])
        .map(|(at, _)| at)
        .take(STARTS_MAX);
    starts.filter_map(|at| answer.get(at..)).find_map(|rest| {
        let value = serde_json::Deserializer::from_str(rest)
            .into_iter::<Value>()
            .next()?
            .ok()?;
        match value {
            Value::Object(mut object) => match object.remove("operations")? {
                Value::Array(items) => Some(items),
                _ => None,
            },
            Value::Array(items) if !items.is_empty() && items.iter().all(|item| item.get("op").is_some()) => {
                Some(items)
            }
            _ => None,
        }
    })
}

/// One operation; `None` for "none".
fn operation(item: &Value, shown: &[String]) -> Result<Option<Operation>, String> {
    let op = item
        .get("op")
        .and_then(Value::as_str)
        .ok_or("\"op\" is missing or no string")?;
    let kind = item
        .get("kind")
        .and_then(Value::as_str)
        .and_then(MemoryKind::parse);
    match op.trim().to_ascii_lowercase().as_str() {
        "add" => Ok(Some(Operation::Add {
            text: text(item)?,
            kind: kind.unwrap_or(MemoryKind::Fact),
        })),
        "update" => Ok(Some(Operation::Update {
            id: target(item, shown)?,
            text: text(item)?,
            kind,
        })),
        "delete" => Ok(Some(Operation::Delete {
            id: target(item, shown)?,
        })),
        "none" => Ok(None),
        _ => Err("\"op\" is none of add, update, delete, none".into()),
    }
}

fn text(item: &Value) -> Result<String, String> {
    let text = item
        .get("text")
        .and_then(Value::as_str)
        .ok_or("\"text\" is missing or no string")?;
    let text = tidy(text);
    match text.len() {
        0 => Err("\"text\" is empty".into()),
        length if length > TEXT_BYTES_MAX => Err(format!("\"text\" is longer than {TEXT_BYTES_MAX} bytes")),
        _ => Ok(text),
    }
}

/// One line without control characters.
pub fn tidy(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The store id behind a small id, which models write as a number or a string.
fn target(item: &Value, shown: &[String]) -> Result<String, String> {
    let number = match item.get("id") {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let index = number.and_then(|number| usize::try_from(number).ok()?.checked_sub(1));
    index
        .and_then(|index| shown.get(index))
        .cloned()
        .ok_or_else(|| "\"id\" is not the id of a memory that was shown".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown() -> Vec<String> {
        vec!["m-a".into(), "m-b".into()]
    }

    #[test]
    fn fences_prose_bare_arrays_and_string_ids_are_read() {
        let expected = vec![
            Operation::Add {
                text: "Has a cat".into(),
                kind: MemoryKind::Relationship,
            },
            Operation::Update {
                id: "m-b".into(),
                text: "Lives in Rome".into(),
                kind: None,
            },
        ];
        let list = r#"[{"op":"add","text":"Has a\n cat","kind":"Relationship"},{"op":"UPDATE","id":"2","text":"Lives in Rome"},{"op":"none"}]"#;
        for answer in [
            format!("{{\"operations\":{list}}}"),
            format!("```json\n{{\"operations\": {list}}}\n```"),
            format!("Sure {{here}} it is [1]: {{\"operations\":{list}}} Anything else?"),
            format!("<think>Perhaps {{\"operations\":[]}}? No.</think>\n{{\"operations\":{list}}}"),
            list.to_owned(),
        ] {
            assert_eq!(read(&answer, &shown()).unwrap().operations, expected, "{answer}");
        }
        assert_eq!(
            read(r#"{"operations":[]}"#, &[]).unwrap(),
            ExtractionAnswer::default()
        );
    }

    #[test]
    fn a_bad_operation_is_refused_alone_and_says_why() {
        let long = "x".repeat(TEXT_BYTES_MAX + 1);
        let answer = format!(
            r#"{{"operations":[{{"op":"delete","id":3}},{{"op":"add"}},{{"op":"merge","id":1}},{{"op":"add","text":"{long}"}},7,
            {{"op":"update","id":1,"text":" "}},{{"op":"delete","id":1}},{{"op":"update","id":1,"text":"again"}},{{"op":"delete","id":-1}}]}}"#
        );
        let read = read(&answer, &shown()).unwrap();
        assert_eq!(read.operations, [Operation::Delete { id: "m-a".into() }]);
        let refused: Vec<usize> = read.refusals.iter().map(|refusal| refusal.index).collect();
        assert_eq!(refused, [0, 1, 2, 3, 4, 5, 7, 8]);
    }

    #[test]
    fn what_cannot_be_used_at_all_is_an_error_for_the_retry() {
        assert_eq!(
            read("I could not find anything.", &[]),
            Err(Malformed::NoOperations)
        );
        assert_eq!(
            read("{\"operations\": [{\"op\":\"add\",", &[]),
            Err(Malformed::NoOperations)
        );
        assert!(matches!(
            read(r#"{"operations":[{"op":"delete","id":1}]}"#, &[]),
            Err(Malformed::AllRefused(_))
        ));
        assert_eq!(
            read(&" ".repeat(ANSWER_BYTES_MAX + 1), &[]),
            Err(Malformed::TooLong)
        );
        let deep = format!("{{\"operations\":{}", "[".repeat(10_000));
        assert_eq!(read(&deep, &[]), Err(Malformed::NoOperations));
    }

    #[test]
    fn a_part_that_is_refused_is_complained_about_and_the_better_answer_counts() {
        let read = |list: &str| read(&format!("{{\"operations\":[{list}]}}"), &shown());
        let add = r#"{"op":"add","text":"Has a boat"}"#;
        let part = read(&format!(
            r#"{add},{{"op":"update","id":9,"text":"Lives in Rome"}}"#
        ));
        assert_eq!(
            complaint(&part).unwrap(),
            "operation 2 of it: \"id\" is not the id of a memory that was shown"
        );
        assert_eq!(complaint(&read(add)), None);
        assert!(complaint(&read("7")).is_some());
        let whole = read(&format!(r#"{add},{{"op":"add","text":"Lives in Rome"}}"#));
        assert_eq!(better(part.clone(), whole.clone()), whole);
        assert_eq!(better(part.clone(), read("7")), part, "what was sound stays");
        assert_eq!(better(part.clone(), read("")), read(""), "the model took it back");
        assert!(better(read("7"), read("8")).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn no_answer_panics_or_reaches_a_memory_that_was_not_shown(answer in "[\\[\\]{}\":,a-z0-9 ]{0,200}", id in any::<i64>()) {
            let _ = read(&answer, &shown());
            let text = format!(r#"{{"operations":[{{"op":"delete","id":{id}}}]}}"#);
            prop_assert_eq!(read(&text, &shown()).is_ok(), id == 1 || id == 2);
        }
    }
}
