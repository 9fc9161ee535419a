//! A JSON object as its fields in order, values as they were written: what a chat request or one event of a reply is
//! read with. What somebody adds, a number beyond any range or half of a surrogate pair, must not make the whole
//! unreadable, and what is not understood must be handed on byte for byte.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::escapes::whole_characters;
use super::json;
use super::raw::{self, Raw};

/// The fields of one object.
#[derive(Debug)]
pub struct Fields<'a>(pub Vec<(Cow<'a, str>, Raw<'a>)>);

impl<'a> Fields<'a> {
    /// Reads one object.
    ///
    /// # Errors
    /// What a client is told: the text is no JSON, or no object, or goes on after it.
    pub fn parse(text: &'a str) -> Result<Fields<'a>, String> {
        Fields::read(text).ok_or_else(|| object(text).err().unwrap_or_default())
    }

    /// The same where it does not matter what is wrong.
    pub fn read(text: &'a str) -> Option<Fields<'a>> {
        let fields = raw::fields(text)?.into_iter();
        let named = fields.map(|(name, value)| Some((name_of(name)?, value)));
        named.collect::<Option<_>>().map(Fields)
    }

    /// The last field of that name wins, as in JavaScript; `null` counts as absent.
    pub fn get(&self, name: &str) -> Option<Raw<'a>> {
        let found = self.0.iter().rev().find(|(field, _)| field == name);
        found
            .map(|(_, value)| *value)
            .filter(|value| value.get() != "null")
    }

    /// Whether there is such a field that is not `null`.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A field that is an object.
    pub fn object(&self, name: &str) -> Option<Fields<'a>> {
        Fields::read(self.get(name)?.get())
    }

    /// The objects of a field that is a list; what else stands in it is left out.
    pub fn objects(&self, name: &str) -> Vec<Fields<'a>> {
        let list = self.get(name).and_then(|value| raw::list(value.get()));
        list.into_iter()
            .flatten()
            .filter_map(|one| Fields::read(one.get()))
            .collect()
    }

    /// A field that is a string; halves of surrogate pairs become U+FFFD.
    pub fn string(&self, name: &str) -> Option<String> {
        text(self.get(name)?)
    }
}

/// Reads a body that is one object.
///
/// # Errors
/// What a client is told.
pub fn object(body: &str) -> Result<Map<String, Value>, String> {
    const RULE: &str = "the body must be one JSON object";
    match serde_json::from_str(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(RULE.to_owned()),
        Err(error) => Err(format!("{RULE}: {error}")),
    }
}

/// A name without its quotes.
fn name_of(name: Raw<'_>) -> Option<Cow<'_, str>> {
    match name.get().contains('\\') {
        true => text(name).map(Cow::from),
        false => name.get().strip_prefix('"')?.strip_suffix('"').map(Cow::from),
    }
}

/// A number as JSON writes it. Beside what reads JSON, `str::parse` would bring 13 KB of tables and arithmetic of its own.
pub fn number(text: &str) -> Option<f64> {
    serde_json::from_str::<Value>(text).ok()?.as_f64()
}

/// The text of a number, without a fraction where it has none. Printing it with `{}` would bring 6 KB of arithmetic of its own.
pub fn number_text(number: f64) -> String {
    let mut text = json::text(&number);
    if text.ends_with(".0") {
        text.truncate(text.len() - 2);
    }
    text
}

/// JSON in bytes. All is read as text: a second kind of input would be a second copy of every reader in the wasm.
pub fn json(bytes: &[u8]) -> Option<Value> {
    serde_json::from_str(std::str::from_utf8(bytes).ok()?).ok()
}

/// A value that is a string.
pub fn text(value: Raw) -> Option<String> {
    let text = value.get();
    if !text.starts_with('"') {
        return None;
    }
    let read = |text: &str| json::read(text);
    read(text).or_else(|| read(&whole_characters(text.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_a_fraction_where_it_has_one() {
        let written = [0.0, 5.0, 0.25, -3.0, 1e15, 0.005].map(number_text);
        assert_eq!(written, ["0", "5", "0.25", "-3", "1000000000000000", "0.005"]);
    }

    #[test]
    fn fields_are_read_as_javascript_reads_them_and_odd_values_are_no_trouble() {
        let json = r#"{"a":1e999,"b":null,"c":"x\ud83d","d":{"e":"1"},"d":{"e":"2"},"l":[{"a":1},7,{}]}"#;
        let fields = Fields::read(json).unwrap();
        assert!(fields.has("a") && !fields.has("b") && !fields.has("z"));
        assert_eq!(fields.string("c").as_deref(), Some("x\u{fffd}"));
        assert_eq!(fields.string("a"), None);
        assert_eq!(fields.object("d").unwrap().string("e").as_deref(), Some("2"));
        assert_eq!(fields.objects("l").len(), 2);
        for text in ["", "[]", "7", "{", "{} x"] {
            assert!(Fields::read(text).is_none(), "{text}");
        }
    }
}
