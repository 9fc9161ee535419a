//! What is changed in a seed, from a fixed start.

/// Longest input.
const INPUT_BYTES_MAX: usize = 96 * 1024;

/// A small generator, so that a failure can be run again.
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `most`.
    pub fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }
}

/// Numbers and words at which parsers break.
const ODD: [&[u8]; 22] = [
    b"\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\0\0\0",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x01\0\0\0\0\0\0\0",
    b"\r\n\r\n",
    b"\n\n",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x98\x80",
    b"\"",
    b"\\u",
    b"\\ud83d",
    b"[[[[[[[[[[[[[[[[",
    b"{\"a\":{\"a\":{\"a\":",
    b"1e999",
    b"-0",
    b"null",
    b"OggS",
    b"data:",
    b"</think>",
];

/// One to six changes.
pub fn changed(seed: &[u8], others: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = seed.to_vec();
    for _ in 0..=random.below(6) {
        let at = random.below(input.len() + 1);
        let rest = input.len() - at;
        match random.below(8) {
            0 if rest > 0 => input[at] ^= 1 << random.below(8),
            1 if rest > 0 => input[at] = random.next() as u8,
            2 => input.truncate(at),
            3 => {
                let end = at + random.below(rest.min(64) + 1);
                input.drain(at..end);
            }
            4 => {
                let end = at + random.below(rest.min(4_096) + 1);
                let again = input[at..end].to_vec();
                for _ in 0..=random.below(3) {
                    input.splice(at..at, again.iter().copied());
                }
            }
            5 => {
                let other = &others[random.below(others.len())];
                let from = random.below(other.len() + 1);
                let end = from + random.below((other.len() - from).min(512) + 1);
                input.splice(at..at, other[from..end].iter().copied());
            }
            6 => {
                let odd = ODD[random.below(ODD.len())];
                let end = at + odd.len().min(rest);
                input.splice(at..end, odd.iter().copied());
            }
            _ => {
                let odd = ODD[random.below(ODD.len())];
                input.splice(at..at, odd.iter().copied());
            }
        }
        input.truncate(INPUT_BYTES_MAX);
    }
    input
}
