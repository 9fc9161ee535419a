//! JSON in its parts as they were written (RFC 8259): where a value begins and ends, without reading what it is. Pure.
//!
//! All of it is checked but the halves of characters that escapes may be, and numbers may be beyond any range. Nothing calls itself,
//! however deep values are nested.

/// One value as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// Of a text that is one value and nothing else, which is not looked at.
    pub fn whole(text: &'a str) -> Raw<'a> {
        Raw(text)
    }

    /// The text.
    pub fn get(self) -> &'a str {
        self.0
    }
}

/// The fields of a text that is one object; names as they were written, in their quotes.
pub fn fields(text: &str) -> Option<Vec<(Raw<'_>, Raw<'_>)>> {
    let mut fields = Vec::new();
    let end = parts(text, [b'{', b'}'], &mut |at| {
        let (name, at) = value_at(text, at).filter(|(name, _)| name.0.starts_with('"'))?;
        let at = space_end(text.as_bytes(), at);
        let at = (text.as_bytes().get(at) == Some(&b':')).then_some(at + 1)?;
        let (value, end) = value_at(text, space_end(text.as_bytes(), at))?;
        fields.push((name, value));
        Some(end)
    })?;
    is_over(text, end).then_some(fields)
}

/// The values of a text that is one list.
pub fn list(text: &str) -> Option<Vec<Raw<'_>>> {
    let mut list = Vec::new();
    let end = parts(text, [b'[', b']'], &mut |at| {
        let (value, end) = value_at(text, at)?;
        list.push(value);
        Some(end)
    })?;
    is_over(text, end).then_some(list)
}

/// Reads parts between brackets, each with `read` from where it begins to its end; answers the end of all.
fn parts(text: &str, [open, close]: [u8; 2], read: &mut dyn FnMut(usize) -> Option<usize>) -> Option<usize> {
    let json = text.as_bytes();
    let at = space_end(json, 0);
    let mut at = (json.get(at) == Some(&open)).then(|| space_end(json, at + 1))?;
    if json.get(at) == Some(&close) {
        return Some(at + 1);
    }
    loop {
        at = space_end(json, read(at)?);
        match json.get(at)? {
            b',' => at = space_end(json, at + 1),
            byte => return (*byte == close).then_some(at + 1),
        }
    }
}

fn is_over(text: &str, at: usize) -> bool {
    space_end(text.as_bytes(), at) == text.len()
}

fn value_at(text: &str, from: usize) -> Option<(Raw<'_>, usize)> {
    let end = value_end(text.as_bytes(), from)?;
    Some((Raw(text.get(from..end)?), end))
}

fn value_end(json: &[u8], from: usize) -> Option<usize> {
    // What closes the lists and objects that are open here.
    let mut open: Vec<u8> = Vec::new();
    let mut at = from;
    loop {
        let first = *json.get(at)?;
        match first {
            b'{' | b'[' => {
                let close = if first == b'{' { b'}' } else { b']' };
                at = space_end(json, at + 1);
                if json.get(at) != Some(&close) {
                    open.push(close);
                    at = name_end(json, at, close)?;
                    continue;
                }
                at += 1;
            }
            b'"' => at = string_end(json, at)?,
            b't' => at = word_end(json, at, b"true")?,
            b'f' => at = word_end(json, at, b"false")?,
            b'n' => at = word_end(json, at, b"null")?,
            _ => at = number_end(json, at)?,
        }
        loop {
            let Some(close) = open.last().copied() else {
                return Some(at);
            };
            at = space_end(json, at);
            match json.get(at)? {
                b',' => {
                    at = name_end(json, space_end(json, at + 1), close)?;
                    break;
                }
                byte if *byte == close => open.pop(),
                _ => return None,
            };
            at += 1;
        }
    }
}

/// Behind the name and the colon of an object's field; in a list, where nothing has a name, `at`.
fn name_end(json: &[u8], at: usize, close: u8) -> Option<usize> {
    if close == b']' {
        return Some(at);
    }
    let at = space_end(json, string_end(json, at)?);
    (json.get(at) == Some(&b':')).then(|| space_end(json, at + 1))
}

fn string_end(json: &[u8], at: usize) -> Option<usize> {
    (json.get(at) == Some(&b'"')).then_some(())?;
    let mut at = at + 1;
    loop {
        let rest = json.get(at..)?;
        at += rest
            .iter()
            .position(|byte| matches!(byte, b'"' | b'\\' | ..=0x1f))?;
        match (json.get(at)?, json.get(at + 1)) {
            (b'"', _) => return Some(at + 1),
            (b'\\', Some(b'u')) => {
                let digits = json.get(at + 2..at + 6)?;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                at += 6;
            }
            (b'\\', Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')) => at += 2,
            _ => return None,
        }
    }
}

fn word_end(json: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    json.get(at..)?.starts_with(word).then_some(at + word.len())
}

fn number_end(json: &[u8], at: usize) -> Option<usize> {
    let is = |at: usize, bytes: &[u8]| json.get(at).is_some_and(|byte| bytes.contains(byte));
    let digits = |from: usize| {
        let mut at = from;
        while json.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        (at > from).then_some(at)
    };
    let whole = at + usize::from(is(at, b"-"));
    let mut at = if is(whole, b"0") {
        whole + 1
    } else {
        digits(whole)?
    };
    if is(at, b".") {
        at = digits(at + 1)?;
    }
    if is(at, b"eE") {
        at = digits(at + 1 + usize::from(is(at + 1, b"+-")))?;
    }
    Some(at)
}

fn space_end(json: &[u8], mut at: usize) -> usize {
    while matches!(json.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn is_json(text: &str) -> bool {
        list(&format!("[{text}]")).is_some_and(|list| list.len() == 1)
    }

    #[test]
    fn what_is_json_is_what_the_crate_takes_for_json() {
        for text in [
            "0",
            "-0",
            "01",
            "-",
            "1.",
            ".5",
            "1.5e+10",
            "1e",
            "1E-7",
            "tru",
            "true",
            "truex",
            "nul",
            "\"\"",
            "\"\\u12g4\"",
            "\"\\u00e9\"",
            "\"\\x\"",
            "\"\n\"",
            "\"a",
            "[]",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[[],{}]",
            "{}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\" : [1 , {\"b\":null}] }",
            " \t\r\n7 ",
            "7 7",
            "",
            " ",
            "{]",
            "[}",
            "[1",
            "{\"a\":1]",
        ] {
            assert_eq!(
                is_json(text),
                serde_json::from_str::<Value>(text).is_ok(),
                "{text}"
            );
        }
        for text in [r#""\ud83d""#, "1e999"] {
            assert!(is_json(text));
        }
        assert!(!is_json(&"[".repeat(100_000)));
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(is_json(&deep));
    }

    #[test]
    fn parts_are_as_they_were_written() {
        let text = " { \"a\\n\" : [ 1 , 2 ] , \"b\":{\"c\": 3} } ";
        let found: Vec<[&str; 2]> = fields(text)
            .unwrap()
            .iter()
            .map(|(name, value)| [name.get(), value.get()])
            .collect();
        assert_eq!(found, [["\"a\\n\"", "[ 1 , 2 ]"], ["\"b\"", "{\"c\": 3}"]]);
        let found: Vec<&str> = list("[1,  \"x\" ,[]]")
            .unwrap()
            .into_iter()
            .map(Raw::get)
            .collect();
        assert_eq!(found, ["1", "\"x\"", "[]"]);
        assert_eq!((fields("{}"), list("[ ]")), (Some(vec![]), Some(vec![])));
        for text in ["[]", "{} x", "{\"a\":1", "{1:1}", "7"] {
            assert_eq!(fields(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn texts_of_its_signs_are_json_where_the_crate_says_so(text in "[\\[\\]{}\",:0-9eE.\\\\ tnul-]{0,16}") {
            let read = serde_json::from_str::<Value>(&text);
            let is_range = read.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
            prop_assert_eq!(is_json(&text), read.is_ok() || is_range, "{}", text);
        }
    }
}
