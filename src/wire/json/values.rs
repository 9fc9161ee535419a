//! Texts, numbers, lists and the like as JSON.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::{Map, Number, Value};

use super::{FromJson, ToJson, string};

impl ToJson for str {
    fn put(&self, to: &mut String) {
        string(to, self);
    }
}

impl ToJson for String {
    fn put(&self, to: &mut String) {
        string(to, self);
    }
}

impl FromJson for String {
    fn take(from: Value, is_bad: &mut bool) -> String {
        match from {
            Value::String(text) => text,
            _ => {
                *is_bad = true;
                String::new()
            }
        }
    }
}

impl ToJson for Cow<'static, str> {
    fn put(&self, to: &mut String) {
        string(to, self);
    }
}

impl FromJson for Cow<'static, str> {
    fn take(from: Value, is_bad: &mut bool) -> Cow<'static, str> {
        String::take(from, is_bad).into()
    }
}

impl ToJson for bool {
    fn put(&self, to: &mut String) {
        to.push_str(if *self { "true" } else { "false" });
    }

    fn is_absent(&self) -> bool {
        !*self
    }
}

impl FromJson for bool {
    fn take(from: Value, is_bad: &mut bool) -> bool {
        *is_bad |= !from.is_boolean();
        from == Value::Bool(true)
    }
}

impl ToJson for u64 {
    fn put(&self, to: &mut String) {
        let _ = write!(to, "{self}");
    }

    fn is_absent(&self) -> bool {
        *self == 0
    }
}

impl FromJson for u64 {
    fn take(from: Value, is_bad: &mut bool) -> u64 {
        let number = from.as_u64();
        *is_bad |= number.is_none();
        number.unwrap_or(0)
    }
}

impl ToJson for i64 {
    fn put(&self, to: &mut String) {
        let _ = write!(to, "{self}");
    }
}

impl FromJson for i64 {
    fn take(from: Value, is_bad: &mut bool) -> i64 {
        let number = from.as_i64();
        *is_bad |= number.is_none();
        number.unwrap_or(0)
    }
}

macro_rules! narrower {
    ($($type:ty),*) => {$(
        impl ToJson for $type {
            fn put(&self, to: &mut String) {
                (*self as u64).put(to);
            }
        }
        impl FromJson for $type {
            fn take(from: Value, is_bad: &mut bool) -> $type {
                let number = <$type>::try_from(u64::take(from, is_bad));
                *is_bad |= number.is_err();
                number.unwrap_or(0)
            }
        }
    )*};
}
narrower!(u32, usize);

impl ToJson for f32 {
    fn put(&self, to: &mut String) {
        f64::from(*self).put(to);
    }
}

impl ToJson for f64 {
    fn put(&self, to: &mut String) {
        Number::from_f64(*self).map_or(Value::Null, Value::Number).put(to);
    }

    fn is_absent(&self) -> bool {
        *self == 0.0
    }
}

impl FromJson for f64 {
    fn take(from: Value, is_bad: &mut bool) -> f64 {
        let number = from.as_f64();
        *is_bad |= number.is_none();
        number.unwrap_or(0.0)
    }
}

impl ToJson for Value {
    fn put(&self, to: &mut String) {
        let _ = write!(to, "{self}");
    }
}

impl FromJson for Value {
    fn take(from: Value, _: &mut bool) -> Value {
        from
    }
}

impl ToJson for () {
    fn put(&self, to: &mut String) {
        to.push_str("null");
    }
}

impl FromJson for Map<String, Value> {
    fn take(from: Value, is_bad: &mut bool) -> Map<String, Value> {
        match from {
            Value::Object(fields) => fields,
            _ => {
                *is_bad = true;
                Map::new()
            }
        }
    }
}

impl FromJson for () {
    fn take(_: Value, _: &mut bool) {}
}

impl<T: ToJson + ?Sized> ToJson for &T {
    fn put(&self, to: &mut String) {
        (**self).put(to);
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn put(&self, to: &mut String) {
        match self {
            Some(value) => value.put(to),
            None => to.push_str("null"),
        }
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn take(from: Value, is_bad: &mut bool) -> Option<T> {
        match from {
            Value::Null => None,
            value => Some(T::take(value, is_bad)),
        }
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn put(&self, to: &mut String) {
        to.push('[');
        for value in self {
            if !to.ends_with('[') {
                to.push(',');
            }
            value.put(to);
        }
        to.push(']');
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// The values of a list.
fn list(from: Value, is_bad: &mut bool) -> Vec<Value> {
    match from {
        Value::Array(values) => values,
        _ => {
            *is_bad = true;
            Vec::new()
        }
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn take(from: Value, is_bad: &mut bool) -> Vec<T> {
        let mut all = Vec::new();
        for value in list(from, is_bad) {
            all.push(T::take(value, is_bad));
        }
        all
    }
}

macro_rules! tuple {
    ($($type:ident $value:ident),*) => {
        impl<$($type: ToJson),*> ToJson for ($($type,)*) {
            fn put(&self, to: &mut String) {
                let ($($value,)*) = self;
                let mut before = '[';
                $(
                    to.push(before);
                    $value.put(to);
                    before = ',';
                )*
                let _ = before;
                to.push(']');
            }
        }
        impl<$($type: FromJson),*> FromJson for ($($type,)*) {
            fn take(from: Value, is_bad: &mut bool) -> Self {
                let mut values = list(from, is_bad).into_iter();
                ($($type::take(values.next().unwrap_or_default(), is_bad),)*)
            }
        }
    };
}
tuple!(A a, B b);
tuple!(A a, B b, C c);
