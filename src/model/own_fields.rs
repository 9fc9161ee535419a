//! The fields of hearken's own requests, extractions and summaries, that not every model takes. One that is refused is left
//! out, so that a model with which people can talk can remember, too. Pure.

use serde_json::{Map, Value};

use crate::upstream::reason::ProviderRefusal;
use crate::wire::json::json;

/// How an answer in JSON is asked for besides the prompt, in the order in which it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum JsonForm {
    /// `json_object`.
    Object,
    /// `json_schema`: some servers take nothing else.
    Schema,
    /// By the prompt alone.
    Prompt,
}

/// What a model takes, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnFields {
    temperature: bool,
    json: JsonForm,
    effort: bool,
}

impl Default for OwnFields {
    fn default() -> Self {
        Self {
            temperature: true,
            json: JsonForm::Object,
            effort: true,
        }
    }
}

impl OwnFields {
    /// Puts the fields into a request. `schema` is a `response_format`, given where the answer is to be JSON; `effort` is
    /// what keeps a model from thinking long.
    pub fn put(self, body: &mut Map<String, Value>, schema: Option<Value>, effort: Vec<(&str, Value)>) {
        if self.temperature {
            body.insert("temperature".to_owned(), 0.into());
        }
        let format = match (schema, self.json) {
            (Some(_), JsonForm::Object) => Some(json!({"type": "json_object"})),
            (Some(schema), JsonForm::Schema) => Some(schema),
            _ => None,
        };
        body.extend(format.map(|format| ("response_format".to_owned(), format)));
        let kept = effort
            .into_iter()
            .filter(|(name, _)| self.effort || *name != "reasoning_effort");
        body.extend(kept.map(|(name, value)| (name.to_owned(), value)));
    }

    /// What to send after a refusal; `None` where no field of ours can be the cause.
    pub fn after(self, refusal: &ProviderRefusal) -> Option<OwnFields> {
        let next_json = match self.json {
            JsonForm::Object => JsonForm::Schema,
            JsonForm::Schema | JsonForm::Prompt => JsonForm::Prompt,
        };
        let next = match refusal.param {
            Some("temperature") => OwnFields {
                temperature: false,
                ..self
            },
            Some("response_format") => OwnFields {
                json: next_json,
                ..self
            },
            Some("reasoning_effort" | "reasoning") => OwnFields {
                effort: false,
                ..self
            },
            // It does not say which one.
            _ if refusal.may_blame_a_parameter() => OwnFields {
                temperature: false,
                json: JsonForm::Prompt,
                effort: false,
            },
            _ => return None,
        };
        (next != self).then_some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::reason::refusal;

    fn sent(fields: OwnFields) -> Value {
        let mut body = Map::new();
        fields.put(
            &mut body,
            Some(json!("schema")),
            vec![("reasoning_effort", "low".into()), ("max_tokens", 7.into())],
        );
        body.into()
    }

    const TEMPERATURE: &str = r#"{"error":{"code":"unsupported_value","param":"temperature"}}"#;
    const FORMAT: &str = r#"{"error":"'response_format.type' must be 'json_schema' or 'text'"}"#;

    #[test]
    fn what_is_refused_is_left_out_one_by_one() {
        let all = OwnFields::default();
        assert_eq!(
            sent(all),
            json!({"temperature":0,"response_format":{"type":"json_object"},"reasoning_effort":"low","max_tokens":7})
        );
        let cold = all.after(&refusal(400, TEMPERATURE)).unwrap();
        assert_eq!(sent(cold).get("temperature"), None);
        assert!(sent(cold).get("response_format").is_some());
        let schema = cold.after(&refusal(400, FORMAT)).unwrap();
        assert_eq!(sent(schema)["response_format"], "schema");
        let prompt = schema.after(&refusal(400, FORMAT)).unwrap();
        assert_eq!(sent(prompt), json!({"reasoning_effort":"low","max_tokens":7}));
        assert_eq!(prompt.after(&refusal(400, FORMAT)), None);
        assert_eq!(cold.after(&refusal(400, TEMPERATURE)), None);
    }

    #[test]
    fn a_refusal_that_names_nothing_costs_all_of_them_and_another_reason_none() {
        let bare = OwnFields::default().after(&refusal(422, "")).unwrap();
        assert_eq!(sent(bare), json!({"max_tokens":7}));
        for (status, body) in [
            (400, r#"{"error":{"code":"context_length_exceeded"}}"#),
            (404, r#"{"error":{"code":"model_not_found"}}"#),
            (413, ""),
        ] {
            assert_eq!(OwnFields::default().after(&refusal(status, body)), None, "{body}");
        }
    }
}
