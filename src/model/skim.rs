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
/// The words, and where in each its pair stands.
const WORDS: [(&[u8], usize); 3] = [(DONE, 0), (ERROR, 1), (FINISH, 5)];
const PAIRS: [[u8; 2]; 3] = [*b"[D", *b"rr", *b"h_"];
/// The longest word may have come but for its last byte.
const OVERLAP_BYTES: usize = FINISH.len() - 1;

/// What has come of an event that need not be parsed so far.
#[derive(Debug, Default)]
pub struct Skim {
    held: Vec<u8>,
}

impl Skim {
    /// Takes what has arrived; gives back what must be parsed, if anything must: whole events, or one that has not ended.
    ///
    /// An event longer than the parser's limit is given to it, too: what that means is for the parser to say.
    pub fn pass(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut from = self.held.len().saturating_sub(OVERLAP_BYTES);
        self.held.extend_from_slice(bytes);
        let (mut matter, mut over) = (Vec::new(), 0);
        while let Some(at) = word(self.held.get(from..).unwrap_or_default()) {
            let (before, after) = self.held.split_at_checked(from + at)?;
            let begin = last_event_end(before).unwrap_or(0).max(over);
            over = first_event_end(after).map_or(self.held.len(), |end| from + at + end);
            from = over;
            matter.extend_from_slice(self.held.get(begin..over)?);
        }
        let over = last_event_end(&self.held).unwrap_or(0).max(over);
        self.held.drain(..over);
        if self.held.len() > HELD_BYTES_MAX {
            matter.append(&mut self.held);
        }
        (!matter.is_empty()).then_some(matter)
    }
}

impl Skim {
    /// The bytes of an event that has not ended.
    pub fn held(&self) -> &[u8] {
        &self.held
    }
}

/// Whether one of the words stands in the bytes.
pub fn matters(bytes: &[u8]) -> bool {
    word(bytes).is_some()
}

/// Where the first of the words stands. Of each a pair of bytes that is rare in JSON is looked for, in eight places at once.
fn word(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    let eight = |at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    while let (Some(first), Some(second)) = (eight(at), eight(at + 1)) {
        let both = [first, second];
        let [one, two, three] = PAIRS;
        let found = places(both, one) | places(both, two) | places(both, three);
        if found == 0 {
            at += 8;
            continue;
        }
        at += found.trailing_zeros() as usize / 8;
        if let Some(begin) = word_at(bytes, at) {
            return Some(begin);
        }
        at += 1;
    }
    (at..bytes.len()).find_map(|at| word_at(bytes, at))
}

/// The highest bit of each place at which the first eight bytes have the pair's first and the second its second. Above a place
/// that is one another may be wrong, the lowest never is (Bit Twiddling Hacks, "Determine if a word has a zero byte").
#[inline(always)]
const fn places([first, second]: [u64; 2], [one, other]: [u8; 2]) -> u64 {
    const LOWEST: u64 = 0x0101_0101_0101_0101;
    let differ = (first ^ (one as u64 * LOWEST)) | (second ^ (other as u64 * LOWEST));
    differ.wrapping_sub(LOWEST) & !differ & (LOWEST << 7)
}

/// Where the word begins whose pair stands here.
fn word_at(bytes: &[u8], at: usize) -> Option<usize> {
    WORDS.iter().find_map(|(word, offset)| {
        let begin = at.checked_sub(*offset)?;
        let after = bytes.get(begin..)?.strip_prefix(*word)?;
        (word.len() != FINISH.len() || may_be_reason(after)).then_some(begin)
    })
}

/// Whether a value that begins here may say why a reply is over: not `null` and not `""`. What has not come yet may.
fn may_be_reason(after_name: &[u8]) -> bool {
    let value = after_name.trim_ascii_start();
    let value = value.strip_prefix(b":").unwrap_or(value).trim_ascii_start();
    let is_none = value.first() == Some(&b'n') || value.starts_with(b"\"\"");
    !is_none
}

/// Behind an empty line an event ends, whatever ends lines here.
const EMPTY_LINES: [&[u8]; 3] = [b"\n\n", b"\n\r\n", b"\r\r"];

/// Where the last event ends that is whole.
fn last_event_end(bytes: &[u8]) -> Option<usize> {
    (2..=bytes.len()).rev().find(|end| ends_event(bytes, *end))
}

/// Where the first one ends.
fn first_event_end(bytes: &[u8]) -> Option<usize> {
    (2..=bytes.len()).find(|end| ends_event(bytes, *end))
}

fn ends_event(bytes: &[u8], end: usize) -> bool {
    let head = bytes.get(..end).unwrap_or_default();
    EMPTY_LINES.iter().any(|empty_line| head.ends_with(empty_line))
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
    fn of_many_events_those_with_a_word_are_given_and_what_is_open_is_held() {
        let mut skim = Skim::default();
        let burst = b"data: a\n\ndata: error\n\ndata: b\r\n\r\ndata: c\n\ndata: [DONE]\r\r: d";
        assert_eq!(
            skim.pass(burst).unwrap(),
            b"data: error\n\ndata: [DONE]\r\r".as_slice()
        );
        assert_eq!(skim.held(), b": d");
        assert_eq!(skim.pass(b"\n\n"), None);
        assert_eq!(skim.pass(b"data: error in").unwrap(), b"data: error in");
        assert!(skim.held().is_empty());
    }

    #[test]
    fn a_word_is_found_wherever_it_stands() {
        for (word, at) in [DONE, ERROR, b"finish_reason\":1"]
            .into_iter()
            .flat_map(|word| (0..40).map(move |at| (word, at)))
        {
            let text = [b"_[rD".repeat(10).get(..at).unwrap(), word, b"....."].concat();
            assert_eq!(super::word(&text), Some(at), "{at}");
            assert!(!matters(text.get(..at + 4).unwrap()), "{at}");
        }
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
