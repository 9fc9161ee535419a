//! `traceparent` (W3C Trace Context, Recommendation, §3.2): whose trace a request belongs to. Pure.

/// A trace that somebody began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Two hexadecimal digits.
    flags: String,
}

impl Trace {
    /// Reads the header; `None` for none, and for one that is wrong: then the trace does not go on.
    pub fn parse(header: &str) -> Option<Trace> {
        let mut parts = header.split('-');
        let [version, id, parent, flags] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        let is_hex = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_zero = |text: &str| text.bytes().all(|byte| byte == b'0');
        let is_whole = version != "00" || parts.next().is_none();
        let is_good = is_hex(version, 2)
            && version != "ff"
            && is_hex(id, 32)
            && is_hex(parent, 16)
            && is_hex(flags, 2)
            && !is_zero(id)
            && !is_zero(parent);
        (is_good && is_whole).then(|| Trace {
            id: id.to_owned(),
            flags: flags.to_owned(),
        })
    }

    /// The header for a call within it; `span` are 16 hexadecimal digits that name the call.
    pub fn header(&self, span: &str) -> String {
        format!("00-{}-{span}-{}", self.id, self.flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_trace_goes_on_under_a_span_of_its_own() {
        let trace = Trace::parse(GOOD).unwrap();
        assert_eq!(trace.id, "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(
            trace.header("b7ad6b7169203331"),
            "00-4bf92f3577b34da6a3ce929d0e0e4736-b7ad6b7169203331-01"
        );
        assert!(
            Trace::parse(&format!(
                "01{}-what-comes-later",
                GOOD.strip_prefix("00").unwrap()
            ))
            .is_some()
        );
    }

    #[test]
    fn what_is_wrong_is_none() {
        for (from, to) in [
            (GOOD, ""),
            ("00-4b", "ff-4b"),
            ("00-4b", "0-4b"),
            ("4bf9", "4BF9"),
            ("4bf9", "4bf"),
            (
                "4bf92f3577b34da6a3ce929d0e0e4736",
                "00000000000000000000000000000000",
            ),
            ("00f067aa0ba902b7", "0000000000000000"),
            ("-01", ""),
            ("-01", "-1"),
            ("-01", "-01-x"),
        ] {
            assert_eq!(Trace::parse(&GOOD.replacen(from, to, 1)), None, "{from} as {to}");
        }
    }
}
