//! What the head of a request says: method, path and the headers that hearken looks at. Pure.

use crate::wire::flat::{flat, parts};

/// The headers that are looked at, in the order in which they come out of [`Head::parse`].
const NAMES: [&str; 8] = [
    "authorization",
    "origin",
    "content-type",
    "content-length",
    "accept",
    "x-user",
    "traceparent",
    "content-encoding",
];

/// A request's method, path and the headers of [`NAMES`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    parts: Vec<String>,
}

impl Head {
    /// [`NAMES`] as the platform's side takes them.
    pub fn names() -> String {
        flat(NAMES)
    }

    /// Reads method, path and the values of [`NAMES`].
    pub fn parse(text: &str) -> Head {
        Head { parts: parts(text) }
    }

    /// The method, upper case.
    pub fn method(&self) -> &str {
        self.part(0)
    }

    /// The path as it was sent, without query.
    pub fn path(&self) -> &str {
        self.part(1)
    }

    /// A header of [`NAMES`], empty where there is none; `None` for any other name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let place = NAMES.iter().position(|known| *known == name)?;
        Some(self.part(place + 2))
    }

    fn part(&self, place: usize) -> &str {
        self.parts.get(place).map(String::as_str).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_its_parts_in_order() {
        let head = Head::parse("\0POST\0/v1/x\0Bearer k\0\0application/json\x0012\0*/*\0ann");
        assert_eq!((head.method(), head.path()), ("POST", "/v1/x"));
        assert_eq!(head.header("authorization"), Some("Bearer k"));
        assert_eq!(head.header("origin"), Some(""));
        assert_eq!(head.header("x-user"), Some("ann"));
        assert_eq!(head.header("traceparent"), Some(""));
        assert_eq!(head.header("cookie"), None);
        assert_eq!(Head::parse("").header("accept"), Some(""));
    }
}
