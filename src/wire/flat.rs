//! Names and values as one string: a crossing into JavaScript for each of them costs more than all of them together.

/// What stands between the parts. No header's name or value can hold it (RFC 9110 §5.5).
pub const SEPARATOR: &str = "\0";

/// `name SEPARATOR value SEPARATOR name ...`; empty for no pairs.
pub fn flat<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for part in pairs.into_iter().flat_map(|(name, value)| [name, value]) {
        if !text.is_empty() {
            text.push_str(SEPARATOR);
        }
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_stand_in_turn_and_an_empty_value_has_its_place() {
        assert_eq!(flat([]), "");
        assert_eq!(flat([("a", "x"), ("b", ""), ("c", "y")]), "a\0x\0b\0\0c\0y");
    }
}
