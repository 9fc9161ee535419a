//! Skims a stream of events for what can matter once content has come: `[DONE]`, `error`, and a `finish_reason` that is
//! one (most chunks bring it as `null`).
//!
//! A reply has hundreds of events and one or two that mean something to a relay. Bytes without these words are
//! dropped at the end of their event; from an event that has one, all bytes are given to the parser. Invariant: what a
//! parser sees through [`Skim`] begins at the beginning of an event, and leaves out only whole events in which none of
//! them stands. Pure.

use crate::wire::sse::HELD_BYTES_MAX;

const DONE: &[u8] = b"[DONE]";
const ERROR: &[u8] = b"error";
const FINISH: &[u8] = b"finish_reason\"";
/// The longest word may have come but for its last byte.
const OVERLAP_BYTES: usize = FINISH.len() - 1;

/// What has come of an event that need not be parsed so far.
#[derive(Debug, Default)]
pub struct Skim {
    held: Vec<u8>,
}

impl Skim {
    /// Takes what has arrived; gives back what must be parsed, if anything must.
    ///
    /// An event longer than the parser's limit is given to it, too: what that means is for the parser to say.
    pub fn pass(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let from = self.held.len().saturating_sub(OVERLAP_BYTES);
        self.held.extend_from_slice(bytes);
        if matters(self.held.get(from..).unwrap_or_default()) {
            return Some(std::mem::take(&mut self.held));
        }
        if let Some(end) = last_event_end(&self.held) {
            self.held.drain(..end);
        }
        (self.held.len() > HELD_BYTES_MAX).then(|| std::mem::take(&mut self.held))
    }
}

impl Skim {
    /// The bytes of an event that has not ended.
    pub fn held(&self) -> &[u8] {
        &self.held
    }
}

/// Whether one of the words stands in the bytes. One pass: a pair of bytes that is rare in JSON is looked for first.
pub fn matters(bytes: &[u8]) -> bool {
    let mut before = 0;
    for (index, byte) in bytes.iter().enumerate() {
        let (word, place) = match (before, byte) {
            (b'[', b'D') => (DONE, 1),
            (b'r', b'r') => (ERROR, 2),
            (b'h', b'_') => (FINISH, 6),
            _ => {
                before = *byte;
                continue;
            }
        };
        let rest = bytes.get(index.saturating_sub(place)..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix(word)
            && (word != FINISH || may_be_reason(after))
        {
            return true;
        }
        before = *byte;
    }
    false
}

/// Whether a value that begins here may say why a reply is over: not `null` and not `""`. What has not come yet may.
fn may_be_reason(after_name: &[u8]) -> bool {
    let value = after_name.trim_ascii_start();
    let value = value.strip_prefix(b":").unwrap_or(value).trim_ascii_start();
    let is_none = value.first() == Some(&b'n') || value.starts_with(b"\"\"");
    !is_none
}

/// Where the last event ends that is whole: behind an empty line, whatever ends lines here.
fn last_event_end(bytes: &[u8]) -> Option<usize> {
    let ends = [b"\n\n".as_slice(), b"\n\r\n", b"\r\r"];
    (2..=bytes.len()).rev().find(|end| {
        let head = bytes.get(..*end).unwrap_or_default();
        ends.iter().any(|empty_line| head.ends_with(empty_line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_without_the_words_are_dropped_and_others_come_from_their_beginning() {
        let mut skim = Skim::default();
        assert_eq!(
            skim.pass(b"data: {\"content\":\"a mirror\"}\n\ndata: {\"cont"),
            None
        );
        assert!(!skim.held.is_empty());
        assert_eq!(skim.pass(b"ent\":\"b\"}\r\n\r\n"), None);
        assert!(skim.held.is_empty());
        assert_eq!(skim.pass(b"data: [DO"), None);
        assert_eq!(skim.pass(b"NE]\n\n").unwrap(), b"data: [DONE]\n\n");
        assert_eq!(skim.pass(b"event: er"), None);
        assert_eq!(skim.pass(b"ror\n").unwrap(), b"event: error\n");
    }

    #[test]
    fn an_event_beyond_the_limit_is_the_parsers_affair() {
        let mut skim = Skim::default();
        let long = vec![b'x'; HELD_BYTES_MAX];
        assert_eq!(skim.pass(&long), None);
        assert_eq!(skim.pass(b"x").unwrap().len(), HELD_BYTES_MAX + 1);
    }

    #[test]
    fn a_word_may_begin_like_another() {
        for text in ["errerror", "[D[DONE]", "rrerror", "errror error"] {
            assert!(matters(text.as_bytes()), "{text}");
        }
        for text in ["", "r", "errror", "[DONE", "[DONF]", "mirror", "DONE]"] {
            assert!(!matters(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_reason_to_finish_matters_and_its_absence_does_not() {
        for value in ["\"stop\"", " : \"length\"", ":\"null\"", "", ":", ": ", ":\""] {
            assert!(matters(format!("\"finish_reason\"{value}").as_bytes()), "{value}");
        }
        for value in [":null", " : null}", ":\"\"", ":n"] {
            assert!(
                !matters(format!("\"finish_reason\"{value}").as_bytes()),
                "{value}"
            );
        }
        let mut skim = Skim::default();
        assert_eq!(skim.pass(b"data: {\"finish_rea"), None);
        assert!(skim.pass(b"son\": \"stop\"}").is_some());
    }
}
