//! Base64 (RFC 4648 §4 and §5). What is read is canonical: no other characters, no bits left over.

/// A byte that is no digit.
const NONE: u8 = 0x80;

/// Digits, and whether they are padded.
pub struct Base64 {
    digits: [u8; 64],
    values: [u8; 256],
    is_padded: bool,
}

/// With `+` and `/`; written with padding, read with it or without.
pub static STANDARD: Base64 = Base64::new(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    true,
);

/// With `-` and `_`, without padding.
pub static URL_SAFE_NO_PAD: Base64 = Base64::new(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    false,
);

impl Base64 {
    #[allow(clippy::indexing_slicing)] // Evaluated by the compiler.
    const fn new(digits: &[u8; 64], is_padded: bool) -> Base64 {
        let mut values = [NONE; 256];
        let mut value = 0;
        while value < 64 {
            values[digits[value] as usize] = value as u8;
            value += 1;
        }
        Base64 {
            digits: *digits,
            values,
            is_padded,
        }
    }

    /// The text of some bytes.
    pub fn encode(&self, bytes: impl AsRef<[u8]>) -> String {
        self.encoded(bytes.as_ref())
    }

    fn encoded(&self, bytes: &[u8]) -> String {
        let digit = |bits: u32| {
            let digit = self.digits.get((bits & 63) as usize);
            digit.copied().unwrap_or(b'A')
        };
        let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
        let (threes, rest) = bytes.as_chunks::<3>();
        for &[a, b, c] in threes {
            let bits = u32::from_be_bytes([0, a, b, c]);
            out.extend_from_slice(&[
                digit(bits >> 18),
                digit(bits >> 12),
                digit(bits >> 6),
                digit(bits),
            ]);
        }
        if let [a, more @ ..] = rest {
            let bits = u32::from_be_bytes([0, *a, more.first().copied().unwrap_or(0), 0]);
            let last = [digit(bits >> 18), digit(bits >> 12), digit(bits >> 6)];
            out.extend(last.iter().take(2 + more.len()));
        }
        while self.is_padded && out.len() % 4 != 0 {
            out.push(b'=');
        }
        String::from_utf8(out).unwrap_or_default()
    }

    /// The bytes of a text, unless it is not canonical.
    pub fn decode(&self, text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
        self.decoded(text.as_ref())
    }

    fn decoded(&self, text: &[u8]) -> Option<Vec<u8>> {
        let text = match text {
            [rest @ .., b'=', b'='] | [rest @ .., b'='] if self.is_padded && text.len().is_multiple_of(4) => {
                rest
            }
            whole => whole,
        };
        let value = |digit: u8| self.values.get(usize::from(digit)).copied().unwrap_or(NONE);
        let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
        let mut seen = 0;
        let (fours, rest) = text.as_chunks::<4>();
        for four in fours {
            let [a, b, c, d] = four.map(value);
            seen |= a | b | c | d;
            let bits = u32::from(a) << 18 | u32::from(b) << 12 | u32::from(c) << 6 | u32::from(d);
            let [_, bytes @ ..] = bits.to_be_bytes();
            out.extend_from_slice(&bytes);
        }
        let left = match *rest {
            [] => 0,
            [a, b] => {
                let [a, b] = [a, b].map(value);
                seen |= a | b;
                out.push(a << 2 | b >> 4);
                b & 15
            }
            [a, b, c] => {
                let [a, b, c] = [a, b, c].map(value);
                seen |= a | b | c;
                out.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2]);
                c & 3
            }
            _ => NONE,
        };
        (seen & NONE == 0 && left == 0).then_some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_rfc_are_read_and_written() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(STANDARD.encode(bytes), text);
            assert_eq!(STANDARD.decode(text).unwrap(), bytes.as_bytes());
            let bare = text.trim_end_matches('=');
            assert_eq!(STANDARD.decode(bare).unwrap(), bytes.as_bytes());
            assert_eq!(URL_SAFE_NO_PAD.encode(bytes), bare);
            assert_eq!(URL_SAFE_NO_PAD.decode(bare).unwrap(), bytes.as_bytes());
        }
        assert_eq!(STANDARD.encode([0xfb, 0xff, 0xfe]), "+//+");
        assert_eq!(URL_SAFE_NO_PAD.encode([0xfb, 0xff, 0xfe]), "-__-");
    }

    #[test]
    fn what_is_not_canonical_is_refused() {
        // Other characters, a lone digit, padding that is short, long or inside, bits that say nothing.
        for text in [
            "Zm9v\n", "Zm 9v", "Zm9-", "Z", "Zm9vY", "Zg=", "Zg===", "Zg==Zg==", "=", "====", "Zh==", "Zm9=",
            "é",
        ] {
            assert_eq!(STANDARD.decode(text), None, "{text}");
        }
        for text in ["Zg==", "Zm9+", "Zh"] {
            assert_eq!(URL_SAFE_NO_PAD.decode(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(STANDARD.decode(STANDARD.encode(&bytes)).unwrap(), bytes.clone());
            prop_assert_eq!(URL_SAFE_NO_PAD.decode(URL_SAFE_NO_PAD.encode(&bytes)).unwrap(), bytes);
        }
    }
}
