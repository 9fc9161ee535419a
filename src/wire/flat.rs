//! Names and values as one string: a crossing into JavaScript for each of them costs more than all of them together.
//!
//! The first character of a list is what stands before each of its parts, so that the other side reads it from there.

/// What stands before each part. No method, path or header can hold it (RFC 9110 §5.5, RFC 3986 §2).
const SEPARATOR: &str = "\0";

/// The parts, each behind a separator; empty for none.
pub fn flat<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(SEPARATOR);
        text.push_str(part);
    }
    text
}

/// The parts of what [`flat`] has written.
pub fn parts(text: &str) -> Vec<String> {
    text.split(SEPARATOR).skip(1).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_in_turn_and_an_empty_one_has_its_place() {
        for (list, text) in [
            (vec![], ""),
            (vec![""], "\0"),
            (vec!["a", "x", "b", "", "c", "y"], "\0a\0x\0b\0\0c\0y"),
        ] {
            assert_eq!(flat(list.iter().copied()), text);
            assert_eq!(parts(text), list);
        }
    }
}
