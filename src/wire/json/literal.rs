//! JSON as it is written in the source, with values in it: `serde_json::json!`, whose fields each cost some 80 bytes of wasm
//! (a key that is made, a result that is looked at, a panic that says where), with two calls for each instead.

use serde::Serialize;
use serde_json::{Map, Value};

/// The value as JSON; what has none is `null`.
#[inline(never)]
pub fn value<T: Serialize + ?Sized>(of: &T) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}

/// Sets a field.
#[inline(never)]
pub fn put(fields: &mut Map<String, Value>, name: &str, value: Value) {
    fields.insert(name.to_owned(), value);
}

macro_rules! json {
    (@fields $fields:ident) => {};
    (@fields $fields:ident $name:tt: null $(, $($rest:tt)*)?) => {
        $crate::wire::json::literal::put(&mut $fields, $name, serde_json::Value::Null);
        $crate::wire::json::literal::json!(@fields $fields $($($rest)*)?);
    };
    (@fields $fields:ident $name:tt: [$($list:tt)*] $(, $($rest:tt)*)?) => {
        $crate::wire::json::literal::put(&mut $fields, $name, $crate::wire::json::literal::json!([$($list)*]));
        $crate::wire::json::literal::json!(@fields $fields $($($rest)*)?);
    };
    (@fields $fields:ident $name:tt: {$($object:tt)*} $(, $($rest:tt)*)?) => {
        $crate::wire::json::literal::put(&mut $fields, $name, $crate::wire::json::literal::json!({$($object)*}));
        $crate::wire::json::literal::json!(@fields $fields $($($rest)*)?);
    };
    (@fields $fields:ident $name:tt: $value:expr $(, $($rest:tt)*)?) => {
        $crate::wire::json::literal::put(&mut $fields, $name, $crate::wire::json::literal::value(&$value));
        $crate::wire::json::literal::json!(@fields $fields $($($rest)*)?);
    };
    (@items [$($item:expr),*]) => { serde_json::Value::Array(vec![$($item),*]) };
    (@items [$($item:expr),*] [$($list:tt)*] $(, $($rest:tt)*)?) => {
        $crate::wire::json::literal::json!(@items [$($item,)* $crate::wire::json::literal::json!([$($list)*])] $($($rest)*)?)
    };
    (@items [$($item:expr),*] {$($object:tt)*} $(, $($rest:tt)*)?) => {
        $crate::wire::json::literal::json!(@items [$($item,)* $crate::wire::json::literal::json!({$($object)*})] $($($rest)*)?)
    };
    (@items [$($item:expr),*] $value:expr $(, $($rest:tt)*)?) => {
        $crate::wire::json::literal::json!(@items [$($item,)* $crate::wire::json::literal::value(&$value)] $($($rest)*)?)
    };
    (null) => { serde_json::Value::Null };
    ([$($list:tt)*]) => { $crate::wire::json::literal::json!(@items [] $($list)*) };
    ({$($object:tt)*}) => {{
        #[allow(unused_mut)]
        let mut fields = serde_json::Map::new();
        $crate::wire::json::literal::json!(@fields fields $($object)*);
        serde_json::Value::Object(fields)
    }};
    ($value:expr) => { $crate::wire::json::literal::value(&$value) };
}

pub(crate) use json;

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_written_is_what_the_crates_own_macro_makes_of_it() {
        let (name, none, list) = ("key", None::<u8>, vec![1, 2]);
        let ours = json!({
            "null": null, "text": "a\u{e9}\"", "number": -1.5, "none": none, "list": list, name: [], "empty": {},
            "nested": [null_free(), [true, {"deep": [1, "two"]}], {}],
        });
        let theirs = serde_json::json!({
            "null": null, "text": "a\u{e9}\"", "number": -1.5, "none": none, "list": list, name: [], "empty": {},
            "nested": [null_free(), [true, {"deep": [1, "two"]}], {}],
        });
        assert_eq!(ours, theirs);
        assert_eq!(
            (json!(null), json!(7), json!([])),
            (serde_json::json!(null), 7.into(), serde_json::json!([]))
        );
        assert_eq!(json!(f64::NAN), serde_json::Value::Null);
    }

    fn null_free() -> &'static str {
        "called"
    }
}
