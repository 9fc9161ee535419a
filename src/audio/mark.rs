//! The mark of made sound: where it comes from, as containers say it to machines (EU AI Act, art. 50(2)). The term is
//! IPTC's, under one name in every container; a player passes over it.

macro_rules! name {
    () => {
        "DIGITAL_SOURCE_TYPE"
    };
}
macro_rules! term {
    () => {
        "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    };
}

/// The name of the tag.
pub(super) const NAME: &str = name!();
/// What it says.
pub(super) const TERM: &str = term!();
/// Both in one line, for containers whose tags are lines.
pub(super) const LINE: &str = concat!(name!(), "=", term!());
/// A tag that stands before MP3 frames: ID3v2.3 with one `TXXX` frame.
pub(super) const ID3: &str = concat!(
    "ID3\x03\0\0\0\0\0\x65TXXX\0\0\0\x5B\0\0\0",
    name!(),
    "\0",
    term!()
);
/// A chunk that stands before a WAV's samples: a list with one comment.
pub(super) const LIST: &str = concat!("LIST\x68\0\0\0INFOICMT\x5C\0\0\0", name!(), "=", term!(), "\0\0");

// The lengths that the literals name, and none that needs more than seven bits.
const _: () = assert!(ID3.len() == 10 + 0x65 && 1 + NAME.len() + 1 + TERM.len() == 0x5B);
const _: () = assert!(LIST.len() == 8 + 0x68 && LINE.len() + 2 == 0x5C);
