//! What the two indexes of memories are asked and what they answer: Qdrant's HTTP API, and the methods of a Vectorize
//! binding. Pure.
//!
//! A point is a vector under a UUID, in the part of the index that belongs to one person. It holds no text. Sources:
//! Qdrant's API reference ("Upsert points", "Query points", "Delete points"); Cloudflare's "Vectorize API" (V2: changes
//! are asynchronous, `describe` tells how far they have come). Left out: who is asked, and when.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::config::{Config, Provider, Target};
use crate::upstream::provider::{self, Ask, AskBody};

/// Most points in one change: both take 1,000 at least, and 384 dimensions make 1 MiB of JSON.
pub const POINTS_MAX: usize = 200;
/// Most points that a query may ask of Vectorize when it wants neither values nor metadata.
pub const NEAREST_MAX: usize = 100;

/// Between a change's arrival and the end of the batch it is seen with.
const MARGIN_MS: u64 = 30_000;
/// Changes are seen after seconds; what is this old is not waited for.
const SETTLED_MS: u64 = 600_000;

/// A point to store: its id and its vector.
pub type Point = (String, Vec<f32>);

/// One request.
#[derive(Clone, Copy, Debug)]
pub enum IndexCall<'a> {
    /// The ids that are nearest to a vector among one person's.
    Nearest {
        /// Whose: the person's epoch, which says nothing of who it is.
        person: &'a str,
        /// Of unit length.
        vector: &'a [f32],
        /// Most ids wanted.
        limit: usize,
    },
    /// Stores points, over those of the same id.
    Put {
        /// Whose.
        person: &'a str,
        /// At most [`POINTS_MAX`].
        points: &'a [Point],
    },
    /// Removes points.
    Delete {
        /// At most [`POINTS_MAX`].
        ids: &'a [String],
    },
    /// How far changes have come; Vectorize alone.
    Progress,
}

/// How far changes have come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The last change that queries see.
    pub mutation: Option<String>,
    /// When that was, Unix milliseconds.
    pub at_ms: u64,
}

/// The id of a memory's point: the same for the same memory in the same life of a person, and telling nothing.
pub fn point_id(person: &str, memory: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(person.as_bytes());
    hash.update([0]);
    hash.update(memory.as_bytes());
    let hex = super::store::hex(hash.finalize().iter().take(16));
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

/// The time through which everything that was sent is seen, if anything is: `sent` lists changes by their name with
/// the time of each, oldest first. Changes are seen in order, so the last one that is seen decides; where others' changes
/// have come later, their time does, with a margin for what waits in between; and after [`SETTLED_MS`] no doubt is left.
pub fn seen_through(progress: &Progress, sent: &[(String, u64)], now_ms: u64) -> Option<u64> {
    let is_seen = |(name, at_ms): &&(String, u64)| {
        progress.mutation.as_deref() == Some(name)
            || at_ms.saturating_add(MARGIN_MS) <= progress.at_ms
            || at_ms.saturating_add(SETTLED_MS) <= now_ms
    };
    sent.iter().filter(is_seen).map(|(_, at_ms)| *at_ms).max()
}

/// The request at a provider; `None` for what it does not have.
pub fn ask(config: &Config, target: &Target, call: IndexCall<'_>) -> Option<Ask> {
    match target.provider {
        Provider::Qdrant => qdrant(config, &target.model, call),
        Provider::Vectorize => Some(vectorize(call)),
        _ => None,
    }
}

fn qdrant(config: &Config, collection: &str, call: IndexCall<'_>) -> Option<Ask> {
    let (path, body) = match call {
        IndexCall::Nearest {
            person,
            vector,
            limit,
        } => (
            "query",
            format!(
                r#"{{"query":{},"filter":{{"must":[{{"key":"person","match":{{"value":{}}}}}]}},"limit":{limit},"with_payload":false,"with_vector":false}}"#,
                numbers(vector),
                quoted(person)
            ),
        ),
        IndexCall::Put { person, points } => {
            let points = points.iter().map(|(id, vector)| {
                format!(
                    r#"{{"id":{},"vector":{},"payload":{{"person":{}}}}}"#,
                    quoted(id),
                    numbers(vector),
                    quoted(person)
                )
            });
            ("?wait=true", format!(r#"{{"points":[{}]}}"#, joined(points, ",")))
        }
        IndexCall::Delete { ids } => (
            "delete?wait=true",
            format!(
                r#"{{"points":[{}]}}"#,
                joined(ids.iter().map(|id| quoted(id)), ",")
            ),
        ),
        IndexCall::Progress => return None,
    };
    let slash = if path.starts_with('?') { "" } else { "/" };
    let path = format!("/collections/{collection}/points{slash}{path}");
    let mut ask = provider::json_ask(config, Provider::Qdrant, &path, body);
    if let (IndexCall::Put { .. }, AskBody::Json(body)) = (call, &mut ask.body) {
        ask.body = AskBody::Put(std::mem::take(body));
    }
    Some(ask)
}

/// The method and its arguments as a JSON list.
fn vectorize(call: IndexCall<'_>) -> Ask {
    let (method, inputs) = match call {
        IndexCall::Nearest {
            person,
            vector,
            limit,
        } => (
            "query",
            format!(
                r#"[{},{{"topK":{},"namespace":{},"returnValues":false,"returnMetadata":"none"}}]"#,
                numbers(vector),
                limit.min(NEAREST_MAX),
                quoted(person)
            ),
        ),
        IndexCall::Put { person, points } => {
            let points = points.iter().map(|(id, vector)| {
                format!(
                    r#"{{"id":{},"values":{},"namespace":{}}}"#,
                    quoted(id),
                    numbers(vector),
                    quoted(person)
                )
            });
            ("upsert", format!("[[{}]]", joined(points, ",")))
        }
        IndexCall::Delete { ids } => (
            "deleteByIds",
            format!("[[{}]]", joined(ids.iter().map(|id| quoted(id)), ",")),
        ),
        IndexCall::Progress => ("describe", "[]".to_owned()),
    };
    Ask {
        url: String::new(),
        headers: Vec::new(),
        body: AskBody::Binding {
            model: method.to_owned(),
            inputs,
        },
    }
}

fn joined(parts: impl Iterator<Item = String>, between: &str) -> String {
    parts.collect::<Vec<_>>().join(between)
}

/// The shortest decimals that are the same numbers; what is no number is zero.
fn numbers(vector: &[f32]) -> String {
    let number = |x: &f32| {
        if x.is_finite() {
            x.to_string()
        } else {
            "0".to_owned()
        }
    };
    format!("[{}]", joined(vector.iter().map(number), ","))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The ids of an answer to [`IndexCall::Nearest`], nearest first. Qdrant: `{"result":{"points":[{"id"}]}}`, Vectorize:
/// `{"matches":[{"id"}]}`.
pub fn nearest(answer: &Value) -> Option<Vec<String>> {
    let found = answer
        .pointer("/result/points")
        .or_else(|| answer.get("matches"))?
        .as_array()?;
    let id = |one: &Value| one.get("id")?.as_str().map(str::to_owned);
    found.iter().map(id).collect()
}

/// Whether a change was taken, and its name if it is seen later. Qdrant: `{"status":"ok","result":{"status":"completed"}}`,
/// Vectorize: `{"mutationId"}`.
pub fn changed(answer: &Value) -> Option<Option<String>> {
    if let Some(mutation) = answer.get("mutationId").and_then(Value::as_str) {
        return Some(Some(mutation.to_owned()));
    }
    // `acknowledged` is for requests that do not wait.
    (answer.pointer("/result/status")?.as_str()? == "completed").then_some(None)
}

/// An answer to [`IndexCall::Progress`]: `{"processedUpToMutation","processedUpToDatetime"}`; the time is ISO 8601, or a
/// number of milliseconds as some versions of the binding's types say.
pub fn progress(answer: &Value) -> Option<Progress> {
    let at = answer.get("processedUpToDatetime");
    let at_ms = at.and_then(|at| at.as_u64().or_else(|| super::dates::moment_ms(at.as_str()?)));
    Some(Progress {
        mutation: answer
            .get("processedUpToMutation")
            .and_then(Value::as_str)
            .map(str::to_owned),
        at_ms: at_ms.unwrap_or(0),
    })
    .filter(|_| answer.is_object())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn asked(index: &str, call: IndexCall<'_>) -> Option<Ask> {
        let index = index.to_owned();
        let config = Config::from_lookup(&move |name| match name {
            "INDEX" => Some(index.clone()),
            "QDRANT_BASE_URL" => Some("https://q.example:6333/".to_owned()),
            "QDRANT_API_KEY" => Some("k".to_owned()),
            _ => None,
        })
        .unwrap();
        ask(&config, &config.index.targets[0], call)
    }

    const NEAREST: IndexCall<'static> = IndexCall::Nearest {
        person: "e1",
        vector: &[0.6, -0.8],
        limit: 200,
    };

    #[test]
    fn qdrant_is_asked_in_the_form_of_its_http_api() {
        let points = [("p1".to_owned(), vec![1.0, 0.5])];
        let ids = ["p1".to_owned(), "p2".to_owned()];
        for (call, path, put, body) in [
            (
                NEAREST,
                "/query",
                false,
                json!({"query": [0.6, -0.8], "filter": {"must": [{"key": "person", "match": {"value": "e1"}}]}, "limit": 200, "with_payload": false, "with_vector": false}),
            ),
            (
                IndexCall::Put {
                    person: "e1",
                    points: &points,
                },
                "?wait=true",
                true,
                json!({"points": [{"id": "p1", "vector": [1, 0.5], "payload": {"person": "e1"}}]}),
            ),
            (
                IndexCall::Delete { ids: &ids },
                "/delete?wait=true",
                false,
                json!({"points": ["p1", "p2"]}),
            ),
        ] {
            let ask = asked("qdrant:mem", call).unwrap();
            assert_eq!(
                ask.url,
                format!("https://q.example:6333/collections/mem/points{path}")
            );
            assert!(ask.headers.contains(&("api-key", "k".to_owned())));
            let (was_put, text) = match &ask.body {
                AskBody::Put(text) => (true, text),
                AskBody::Json(text) => (false, text),
                other => panic!("{other:?}"),
            };
            assert_eq!(was_put, put);
            assert_eq!(serde_json::from_str::<Value>(text).unwrap(), body);
        }
        assert_eq!(asked("qdrant:mem", IndexCall::Progress), None);
    }

    #[test]
    fn vectorize_is_called_by_its_methods_with_the_person_as_namespace() {
        let points = [("p1".to_owned(), vec![1.0, 0.5])];
        let ids = ["p1".to_owned()];
        for (call, method, arguments) in [
            (
                NEAREST,
                "query",
                json!([[0.6, -0.8], {"topK": 100, "namespace": "e1", "returnValues": false, "returnMetadata": "none"}]),
            ),
            (
                IndexCall::Put {
                    person: "e1",
                    points: &points,
                },
                "upsert",
                json!([[{"id": "p1", "values": [1, 0.5], "namespace": "e1"}]]),
            ),
            (IndexCall::Delete { ids: &ids }, "deleteByIds", json!([["p1"]])),
            (IndexCall::Progress, "describe", json!([])),
        ] {
            let AskBody::Binding { model, inputs } = asked("vectorize:mem", call).unwrap().body else {
                panic!("not a binding");
            };
            assert_eq!(model, method);
            let inputs: Value = serde_json::from_str(&inputs).unwrap();
            assert_eq!(inputs, arguments);
        }
    }

    #[test]
    fn a_point_is_a_uuid_of_one_life() {
        let id = point_id("e1", "mem_1");
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(id, point_id("e1", "mem_1"));
        assert_ne!(id, point_id("e2", "mem_1"));
        assert_ne!(point_id("a", "bc"), point_id("ab", "c"));
    }

    #[test]
    fn changes_are_seen_in_order_or_after_a_while() {
        let sent = [
            ("a".to_owned(), 1_000),
            ("b".to_owned(), 2_000),
            ("c".to_owned(), 3_000),
        ];
        let seen = |mutation: Option<&str>, at_ms, now_ms| {
            let progress = Progress {
                mutation: mutation.map(str::to_owned),
                at_ms,
            };
            seen_through(&progress, &sent, now_ms)
        };
        assert_eq!(seen(None, 0, 4_000), None);
        assert_eq!(seen(Some("b"), 0, 4_000), Some(2_000));
        assert_eq!(seen(Some("other"), 2_999, 4_000), None);
        assert_eq!(seen(Some("other"), 2_000 + MARGIN_MS, 4_000), Some(2_000));
        assert_eq!(seen(None, 0, 3_000 + SETTLED_MS), Some(3_000));
    }

    #[test]
    fn answers_are_read_and_others_refused() {
        let found = json!({"result": {"points": [{"id": "b", "score": 0.9}, {"id": "a", "score": 0.1}]}, "status": "ok"});
        assert_eq!(nearest(&found), Some(vec!["b".to_owned(), "a".to_owned()]));
        assert_eq!(
            nearest(&json!({"count": 1, "matches": [{"id": "c", "score": 1}]})),
            Some(vec!["c".to_owned()])
        );
        for wrong in [
            json!({}),
            json!({"result": {"points": [{"id": 7}]}}),
            json!({"matches": "none"}),
        ] {
            assert_eq!(nearest(&wrong), None, "{wrong}");
        }
        assert_eq!(
            changed(&json!({"result": {"operation_id": 1, "status": "completed"}})),
            Some(None)
        );
        assert_eq!(changed(&json!({"result": {"status": "acknowledged"}})), None);
        assert_eq!(changed(&json!({"mutationId": "m"})), Some(Some("m".to_owned())));
        let read = progress(
            &json!({"dimensions": 384, "processedUpToMutation": "m", "processedUpToDatetime": "2024-07-22T18:25:44.442097Z"}),
        );
        assert_eq!(
            read,
            Some(Progress {
                mutation: Some("m".to_owned()),
                at_ms: 1_721_672_744_442
            })
        );
        assert_eq!(progress(&json!({})), Some(Progress::default()));
        assert_eq!(progress(&json!("no")), None);
    }
}
