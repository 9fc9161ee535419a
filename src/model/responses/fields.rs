//! Fields of a request's JSON, read and written without being taken apart.

use serde_json::Value;

use crate::model::bad_field::BadField;
use crate::wire::fields::{self, Fields};
use crate::wire::raw;

/// An object that is being written.
#[derive(Default)]
pub(super) struct Json(String);

impl Json {
    pub(super) fn put(&mut self, name: &str, value: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        // No more than it needs: a text that grows doubles, and this one may be large.
        self.0.reserve_exact(name.len() + value.len() + 4);
        for text in ["\"", name, "\":", value] {
            self.0.push_str(text);
        }
    }

    pub(super) fn copy(&mut self, from: &Fields, names: &[&str]) {
        for name in names {
            if let Some(value) = from.get(name) {
                self.put(name, value.get());
            }
        }
    }

    pub(super) fn end(self) -> String {
        if self.0.is_empty() {
            return "{}".to_owned();
        }
        self.0 + "}"
    }
}

pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A field that must be a string.
pub(super) fn word(fields: &Fields, name: &'static str) -> Result<Option<String>, BadField> {
    let bad = || BadField::of(name, format!("{name} must be a string"));
    fields
        .get(name)
        .map(|value| fields::text(value).ok_or_else(bad))
        .transpose()
}

/// A list of objects; nothing where the field is absent.
pub(super) fn objects<'a>(fields: &Fields<'a>, name: &'static str) -> Result<Vec<Fields<'a>>, BadField> {
    let bad = || BadField::of(name, format!("{name} must be a list of objects"));
    let Some(value) = fields.get(name) else {
        return Ok(Vec::new());
    };
    let list = raw::list(value.get()).ok_or_else(bad)?;
    list.into_iter()
        .map(|one| Fields::read(one.get()).ok_or_else(bad))
        .collect()
}
