//! Characters behind escapes: those of addresses (`%e2`) and of JSON (`\ud83d`).

/// Percent-encoded text as it was meant (RFC 3986 §2.1); `None` where it is no UTF-8 or a `%` stands alone.
pub fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
        bytes.push(u8::try_from(digit(0)? * 16 + digit(1)?).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// JSON in which halves of characters are U+FFFD: clients and servers that cut a text in the middle of an emoji send half
/// of a surrogate pair (`"\ud83d"`, RFC 8259 §8.2), which no string here can hold, and what stands around it must not be
/// lost.
pub fn whole_characters(json: String) -> String {
    let has_surrogate = |json: &str| {
        let mut at = json.match_indices("\\u").map(|(at, _)| json.get(at + 2..at + 3));
        at.any(|digit| matches!(digit, Some("d" | "D")))
    };
    if !has_surrogate(&json) {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    let mut rest = json.as_str();
    while let Some((before, escape)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        let length = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                out.push_str("\\ufffd");
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            _ => escape.char_indices().nth(2).map_or(escape.len(), |(at, _)| at),
        };
        let (whole, after) = escape.split_at_checked(length).unwrap_or((escape, ""));
        out.push_str(whole);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The UTF-16 unit of a `\uXXXX` at the beginning of `text`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoded_text_is_read_and_what_is_none_is_refused() {
        assert_eq!(decoded("a%3Ab%40c%25").as_deref(), Some("a:b@c%"));
        assert_eq!(decoded("%E2%9C%93 +").as_deref(), Some("✓ +"));
        for wrong in ["%", "%2", "%ZZ", "%+1", "%e9", "%ff"] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn half_a_character_becomes_a_replacement_and_nothing_else_changes() {
        for (json, whole) in [
            (r#"{"a":"x\ud83d"}"#, r#"{"a":"x\ufffd"}"#),
            (
                r#"["\uDE00\ud83d\ud83d\ude00\ud83dé"]"#,
                r#"["\ufffd\ufffd\ud83d\ude00\ufffdé"]"#,
            ),
            (
                r#"["\\ud83d","\\\ud83d","\n\u00e9\ud83d\"]"#,
                r#"["\\ud83d","\\\ufffd","\n\u00e9\ufffd\"]"#,
            ),
            (r#"["\ud83"#, r#"["\ud83"#),
            (r#"["\ud83d\"#, r#"["\ufffd\"#),
            ("é\\é\\ud800", "é\\é\\ufffd"),
            (r#""a\ud83d""#, r#""a\ufffd""#),
            (r#""\ude00b\ud83d\ude00""#, r#""\ufffdb\ud83d\ude00""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\ud83d \n\u00e9""#, r#""\\ud83d \n\u00e9""#),
            (r#""\ud8"#, r#""\ud8"#),
            ("é\\", "é\\"),
        ] {
            assert_eq!(whole_characters(json.into()), whole, "{json}");
        }
    }
}
