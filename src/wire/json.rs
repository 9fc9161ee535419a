//! Our own types as JSON. serde's derive makes a parser of its own for each type, some 2 KB of wasm with what it calls; here
//! a text is parsed once, into a [`Value`], and a type only says which field goes where.
//!
//! A type is declared beside its definition: `object!(Type: a, b; c)`, where what stands after the `;` is left out while it
//! is empty; `written!` for what is never read; `words!` for an enum of names; `choice!` for one whose variants hold something.

pub mod literal;
mod values;

use std::fmt::Write as _;

use serde_json::Value;

/// What can be written.
pub trait ToJson {
    /// Writes it at the end of `to`.
    fn put(&self, to: &mut String);

    /// Whether a field that may be left out is.
    fn is_absent(&self) -> bool {
        false
    }
}

/// What can be read.
pub trait FromJson: Sized {
    /// Reads it out of `from`. Where that cannot be, `is_bad` is set, and what is returned means nothing.
    fn take(from: Value, is_bad: &mut bool) -> Self;
}

/// A value's JSON.
pub fn text(value: &dyn ToJson) -> String {
    let mut text = String::new();
    value.put(&mut text);
    text
}

/// A list of what is JSON already, in the one allocation that it needs: brackets put around a large text would double it.
pub fn list<T: AsRef<str>>(items: &[T]) -> String {
    let length: usize = items.iter().map(|item| item.as_ref().len() + 1).sum();
    let mut list = String::with_capacity(length + 2);
    for item in items {
        list.push(if list.is_empty() { '[' } else { ',' });
        list.push_str(item.as_ref());
    }
    if list.is_empty() {
        list.push('[');
    }
    list.push(']');
    list
}

/// Reads a whole text.
pub fn read<T: FromJson>(text: &str) -> Option<T> {
    of(serde_json::from_str(text).ok()?)
}

/// Reads a whole text in bytes.
pub fn read_bytes<T: FromJson>(bytes: &[u8]) -> Option<T> {
    read(std::str::from_utf8(bytes).ok()?)
}

/// Reads a value.
pub fn of<T: FromJson>(value: Value) -> Option<T> {
    let mut is_bad = false;
    let read = T::take(value, &mut is_bad);
    (!is_bad).then_some(read)
}

/// Puts a field into an object.
pub fn put(object: &mut Value, name: &str, field: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), field);
    }
}

/// The same where there is a value.
pub fn put_some(object: &mut Value, name: &str, field: Option<Value>) {
    if let Some(field) = field {
        put(object, name, field);
    }
}

/// A field's value, `null` where there is none.
pub fn field(object: &mut Value, name: &str) -> Value {
    object.get_mut(name).map(Value::take).unwrap_or_default()
}

/// A field that may be left out.
pub fn field_or_default<T: FromJson + Default>(object: &mut Value, name: &str, is_bad: &mut bool) -> T {
    match field(object, name) {
        Value::Null => T::default(),
        value => T::take(value, is_bad),
    }
}

/// Begins the next field of an object.
pub fn key(to: &mut String, name: &str) {
    if !to.ends_with('{') {
        to.push(',');
    }
    string(to, name);
    to.push(':');
}

/// A variant's name with what it holds, which `put` writes, or the name alone.
pub fn put_variant(to: &mut String, name: &str, put: &dyn Fn(&mut String)) {
    let at = to.len();
    to.push('{');
    key(to, name);
    let holds_at = to.len();
    put(to);
    if to.len() == holds_at {
        to.truncate(at);
        string(to, name);
    } else {
        to.push('}');
    }
}

/// The variant's name and what it holds.
pub fn variant(from: Value) -> (String, Value) {
    match from {
        Value::Object(object) => object.into_iter().next().unwrap_or_default(),
        Value::String(name) => (name, Value::Null),
        _ => Default::default(),
    }
}

fn string(to: &mut String, text: &str) {
    to.push('"');
    let mut rest = text;
    while let Some((at, special)) = rest
        .char_indices()
        .find(|(_, c)| matches!(c, '"' | '\\' | '\0'..='\x1f'))
    {
        let (plain, from) = rest.split_at_checked(at).unwrap_or_default();
        to.push_str(plain);
        let _ = match special {
            '"' | '\\' => write!(to, "\\{special}"),
            '\n' => write!(to, "\\n"),
            other => write!(to, "\\u{:04x}", u32::from(other)),
        };
        rest = from.get(1..).unwrap_or_default();
    }
    to.push_str(rest);
    to.push('"');
}

macro_rules! object {
    ($type:ident: $($field:ident),* $(; $($maybe:ident),*)?) => {
        $crate::wire::json::written!($type: $($field),* $(; $($maybe),*)?);
        impl $crate::wire::json::FromJson for $type {
            fn take(mut from: serde_json::Value, is_bad: &mut bool) -> Self {
                use $crate::wire::json::{self, FromJson};
                *is_bad |= !from.is_object();
                $type {
                    $($field: FromJson::take(json::field(&mut from, stringify!($field)), is_bad),)*
                    $($($maybe: json::field_or_default(&mut from, stringify!($maybe), is_bad),)*)?
                }
            }
        }
    };
}

macro_rules! written {
    ($type:ident $(<$life:lifetime>)?: $($field:ident),* $(; $($maybe:ident),*)?) => {
        impl $crate::wire::json::ToJson for $type $(<$life>)? {
            fn put(&self, to: &mut String) {
                use $crate::wire::json::{ToJson, key};
                to.push('{');
                $(key(to, stringify!($field).trim_start_matches("r#")); ToJson::put(&self.$field, to);)*
                $($(if !ToJson::is_absent(&self.$maybe) {
                    key(to, stringify!($maybe));
                    ToJson::put(&self.$maybe, to);
                })*)?
                to.push('}');
            }
        }
    };
}

macro_rules! words {
    ($type:ident.$name:ident: $first:ident $(, $word:ident)*) => {
        impl $crate::wire::json::ToJson for $type {
            fn put(&self, to: &mut String) {
                $crate::wire::json::ToJson::put(self.$name(), to);
            }
        }
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.$name())
            }
        }
        impl $crate::wire::json::FromJson for $type {
            fn take(from: serde_json::Value, is_bad: &mut bool) -> Self {
                let name = from.as_str().unwrap_or_default();
                for one in [$type::$first $(, $type::$word)*] {
                    if one.$name() == name {
                        return one;
                    }
                }
                *is_bad = true;
                $type::$first
            }
        }
    };
    ($type:ident: $($word:ident $name:literal),*) => {
        impl $type {
            /// The name in JSON and wherever else it is written.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($type::$word => $name,)*
                }
            }
        }
        $crate::wire::json::words!($type.as_str: $($word),*);
    };
}

macro_rules! choice {
    ($type:ident or $fallback:expr => $($variant:ident $(($one:ident))? $({ $($field:ident),* })?),*) => {
        impl $crate::wire::json::ToJson for $type {
            fn put(&self, to: &mut String) {
                match self {
                    $($type::$variant $(($one))? $({ $($field),* })? => {
                        $crate::wire::json::put_variant(to, stringify!($variant), &|_to| {
                            $($crate::wire::json::ToJson::put($one, _to);)?
                            $(
                                _to.push('{');
                                $($crate::wire::json::key(_to, stringify!($field)); $crate::wire::json::ToJson::put($field, _to);)*
                                _to.push('}');
                            )?
                        });
                    })*
                }
            }
        }
        impl $crate::wire::json::FromJson for $type {
            fn take(from: serde_json::Value, is_bad: &mut bool) -> Self {
                #[allow(unused_mut, unused_variables)]
                let (name, mut held) = $crate::wire::json::variant(from);
                match name.as_str() {
                    $(stringify!($variant) => $type::$variant
                        $(($crate::wire::json::FromJson::take({ let $one = held; $one }, is_bad)))?
                        $({ $($field: $crate::wire::json::FromJson::take($crate::wire::json::field(&mut held, stringify!($field)), is_bad)),* })?,)*
                    _ => {
                        *is_bad = true;
                        $fallback
                    }
                }
            }
        }
    };
}

pub(crate) use self::literal::json;
pub(crate) use {choice, object, words, written};

#[cfg(test)]
mod tests;
