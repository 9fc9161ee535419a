//! G.711, the sound of telephones: one byte for a sample at 8 kHz. Pure.
//!
//! Source: ITU-T G.711 tables 1 and 2, in the arithmetic of G.191's software tools: a sample's sign and the segment and
//! step of its magnitude. A magnitude becomes the value between whose decision values it
//! lies. No code fails to decode.

/// µ-law: magnitudes are shifted by this, so that each segment is twice as wide as the one below it.
const ULAW_BIAS: i32 = 132;
/// The last magnitude with a code of its own, bias included.
const ULAW_MAX: i32 = 0x7FFF;

/// The samples of µ-law bytes.
#[must_use]
pub fn ulaw_decode(bytes: &[u8]) -> Vec<i16> {
    bytes.iter().map(|byte| ulaw_sample(*byte)).collect()
}

/// The µ-law bytes of samples.
#[must_use]
pub fn ulaw_encode(samples: &[i16]) -> Vec<u8> {
    samples.iter().map(|sample| ulaw_byte(*sample)).collect()
}

/// The samples of A-law bytes.
#[must_use]
pub fn alaw_decode(bytes: &[u8]) -> Vec<i16> {
    bytes.iter().map(|byte| alaw_sample(*byte)).collect()
}

/// The A-law bytes of samples.
#[must_use]
pub fn alaw_encode(samples: &[i16]) -> Vec<u8> {
    samples.iter().map(|sample| alaw_byte(*sample)).collect()
}

fn ulaw_sample(byte: u8) -> i16 {
    // All bits are sent inverted.
    let byte = !byte;
    let magnitude = ((i32::from(byte & 0x0F) * 8 + ULAW_BIAS) << (byte >> 4 & 7)) - ULAW_BIAS;
    signed(magnitude, byte & 0x80 == 0)
}

fn ulaw_byte(sample: i16) -> u8 {
    // A magnitude of 4 is as near to 0 as to 8: G.191 takes one's complement, which sends it up for positive samples alone.
    let magnitude = i32::from(if sample < 0 { !sample } else { sample });
    let biased = (magnitude + ULAW_BIAS).min(ULAW_MAX);
    let segment = 24 - biased.leading_zeros();
    let code = segment << 4 | (biased >> (segment + 3)) as u32 & 0x0F;
    !(code as u8 | if sample < 0 { 0x80 } else { 0 })
}

fn alaw_sample(byte: u8) -> i16 {
    // Every other bit is sent inverted.
    let byte = byte ^ 0x55;
    let (segment, step) = (byte >> 4 & 7, i32::from(byte & 0x0F) * 16 + 8);
    let magnitude = match segment {
        0 => step,
        _ => (step + 256) << (segment - 1),
    };
    signed(magnitude, byte & 0x80 != 0)
}

fn alaw_byte(sample: i16) -> u8 {
    let magnitude = i32::from(if sample < 0 { !sample } else { sample });
    let segment = 24u32.saturating_sub((magnitude | 0xFF).leading_zeros());
    let code = segment << 4 | (magnitude >> (segment.max(1) + 3)) as u32 & 0x0F;
    (code as u8 | if sample < 0 { 0 } else { 0x80 }) ^ 0x55
}

/// No magnitude of a code is beyond 32,256.
fn signed(magnitude: i32, is_positive: bool) -> i16 {
    (if is_positive { magnitude } else { -magnitude }) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values at which G.711's segments begin (tables 1a and 2a, column 7), in steps of 16-bit samples.
    const ULAW_SEGMENTS: [i16; 8] = [0, 132, 396, 924, 1_980, 4_092, 8_316, 16_764];
    const ALAW_SEGMENTS: [i16; 8] = [8, 264, 528, 1_056, 2_112, 4_224, 8_448, 16_896];

    fn all_bytes() -> Vec<u8> {
        (0..=255).collect()
    }

    #[test]
    fn every_ulaw_code_is_the_value_of_table_2() {
        for (segment, first) in ULAW_SEGMENTS.into_iter().enumerate() {
            for step in 0..16 {
                let value = first + ((step as i16) << (segment + 3));
                let byte = !(segment << 4 | step) as u8;
                assert_eq!(ulaw_decode(&[byte, byte ^ 0x80]), [value, -value], "{byte:02x}");
            }
        }
    }

    #[test]
    fn every_alaw_code_is_the_value_of_table_1() {
        for (segment, first) in ALAW_SEGMENTS.into_iter().enumerate() {
            for step in 0..16 {
                let value = first + ((step as i16) << (segment.max(1) + 3));
                let byte = (segment << 4 | step) as u8 ^ 0x55;
                assert_eq!(
                    alaw_decode(&[byte | 0x80, byte & 0x7F]),
                    [value, -value],
                    "{byte:02x}"
                );
            }
        }
    }

    #[test]
    fn known_values() {
        let ulaw = [
            (0xFF, 0),
            (0x7F, 0),
            (0x80, 32_124),
            (0x00, -32_124),
            (0xFE, 8),
            (0xF0, 120),
            (0xEF, 132),
        ];
        for (byte, sample) in ulaw {
            assert_eq!(ulaw_decode(&[byte]), [sample]);
        }
        let alaw = [
            (0xD5, 8),
            (0x55, -8),
            (0xAA, 32_256),
            (0x2A, -32_256),
            (0xD4, 24),
            (0xC5, 264),
        ];
        for (byte, sample) in alaw {
            assert_eq!(alaw_decode(&[byte]), [sample]);
        }
        assert_eq!(
            (ulaw_encode(&[0]), alaw_encode(&[0])),
            (vec![0xFF], vec![0xD5]),
            "silence"
        );
    }

    #[test]
    fn decoding_and_encoding_gives_the_same_code() {
        assert_eq!(alaw_encode(&alaw_decode(&all_bytes())), all_bytes());
        let mut ulaw = all_bytes();
        ulaw[0x7F] = 0xFF; // Zero has two codes.
        assert_eq!(ulaw_encode(&ulaw_decode(&all_bytes())), ulaw);
    }

    /// The decision values of a code lie half a step to each side of its value (tables 1 and 2, column 5).
    #[test]
    fn every_sample_becomes_the_value_between_whose_decision_values_it_lies() {
        for sample in i16::MIN..=i16::MAX {
            let [ulaw] = ulaw_encode(&[sample])[..] else {
                panic!()
            };
            let [alaw] = alaw_encode(&[sample])[..] else {
                panic!()
            };
            for (name, value, half_step, largest) in [
                ("ulaw", ulaw_sample(ulaw), 4 << (!ulaw >> 4 & 7), 32_635),
                (
                    "alaw",
                    alaw_sample(alaw),
                    8 << ((alaw ^ 0x55) >> 4 & 7).saturating_sub(1),
                    32_767,
                ),
            ] {
                let magnitude = i32::from(sample).abs().min(largest);
                let off = (i32::from(value).abs() - magnitude).abs();
                assert!(off <= half_step, "{name} {sample} became {value}");
                assert!(
                    value == 0 || (value < 0) == (sample < 0),
                    "{name} {sample} became {value}"
                );
            }
        }
    }
}
