//! Skims a stream of events for the two words that can matter once content has come: `[DONE]` and `error`.
//!
//! A reply has hundreds of events and one or two that mean something to a relay. Bytes without either word are
//! dropped at the end of their event; from an event that has one, all bytes are given to the parser. Invariant: what a
//! parser sees through [`Skim`] begins at the beginning of an event, and leaves out only whole events in which neither
//! word stands. Pure.

use crate::wire::sse::HELD_BYTES_MAX;

const DONE: &[u8] = b"[DONE]";
const ERROR: &[u8] = b"error";
/// The longer word may have come but for its last byte.
const OVERLAP_BYTES: usize = DONE.len() - 1;

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

/// Whether one of the words stands in the bytes. One pass: a pair of bytes that is rare in JSON is looked for first.
fn matters(bytes: &[u8]) -> bool {
    let mut before = 0;
    for (index, byte) in bytes.iter().enumerate() {
        let word = match (before, byte) {
            (b'[', b'D') => Some((DONE, 1)),
            (b'r', b'r') => Some((ERROR, 2)),
            _ => None,
        };
        if let Some((word, place)) = word
            && bytes
                .get(index.saturating_sub(place)..)
                .is_some_and(|rest| rest.starts_with(word))
        {
            return true;
        }
        before = *byte;
    }
    false
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
}
