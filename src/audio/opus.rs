//! Opus packets and their stream header, as every container carries them.
//!
//! Owns the packet rules of RFC 6716 §3 (table of contents byte, frame packing, requirements R1 to R7) and the
//! identification header of RFC 7845 §5.1. An [`OpusPacket`] that exists is well formed and its duration is known.
//! Only mapping family 0 (mono and stereo) is spoken. Nothing here decodes sound.

use super::bytes;

/// Opus time runs at 48 kHz whatever the encoder was fed (RFC 7845 §4).
pub const SAMPLES_PER_SECOND: u32 = 48_000;
/// The longest packet, 120 ms (RFC 6716 §3.2, requirement R5).
pub const PACKET_SAMPLES_MAX: u32 = 5_760;
/// The largest packet that is accepted: 48 frames of 1,275 bytes with their lengths stay below it (RFC 7845 §6).
pub const PACKET_BYTES_MAX: usize = 61_440;
/// The largest frame inside a packet (RFC 6716 §3.2, requirement R2).
const FRAME_BYTES_MAX: usize = 1_275;
/// The length of an identification header of mapping family 0.
pub const HEAD_BYTES: usize = 19;

/// Why some bytes are not an Opus packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// No bytes at all (R1).
    #[error("an Opus packet is empty")]
    Empty,
    /// More than [`PACKET_BYTES_MAX`].
    #[error("an Opus packet of {bytes} bytes is larger than {PACKET_BYTES_MAX}")]
    TooLarge {
        /// How many bytes it has, or had when it was given up.
        bytes: usize,
    },
    /// More than 120 ms (R5).
    #[error("an Opus packet of {samples} samples is longer than 120 ms")]
    TooLong {
        /// Its duration at 48 kHz.
        samples: u32,
    },
    /// The frames do not fill the packet (R2 to R7).
    #[error("an Opus packet is malformed")]
    Malformed,
}

/// One well-formed Opus packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpusPacket {
    bytes: Vec<u8>,
    samples: u32,
}

impl OpusPacket {
    /// Takes the bytes of one packet; an error says which rule of RFC 6716 §3.2 they break.
    pub fn new(bytes: Vec<u8>) -> Result<Self, PacketError> {
        let samples = packet_samples(&bytes)?;
        Ok(Self { bytes, samples })
    }

    /// The packet as it travels.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its duration in samples at 48 kHz, 120 to 5,760.
    #[must_use]
    pub fn samples(&self) -> u32 {
        self.samples
    }
}

/// The duration of a packet in samples at 48 kHz, after a check of its whole framing (RFC 6716 §3.1, §3.2).
pub fn packet_samples(packet: &[u8]) -> Result<u32, PacketError> {
    let (&toc, payload) = packet.split_first().ok_or(PacketError::Empty)?;
    if packet.len() > PACKET_BYTES_MAX {
        return Err(PacketError::TooLarge { bytes: packet.len() });
    }
    let frame_count = match toc & 3 {
        0 => single_frame(payload),
        1 => two_equal_frames(payload),
        2 => two_frames(payload),
        _ => counted_frames(payload),
    }
    .ok_or(PacketError::Malformed)?;
    let samples = frame_samples(toc) * u32::from(frame_count);
    if samples > PACKET_SAMPLES_MAX {
        return Err(PacketError::TooLong { samples });
    }
    Ok(samples)
}

/// Samples of one frame, from the configuration in the upper five bits (RFC 6716 table 2).
fn frame_samples(toc: u8) -> u32 {
    let configuration = toc >> 3;
    match (configuration, configuration & 3) {
        (0..=11, 0) => 480,
        (0..=11, 1) => 960,
        (0..=11, 2) => 1_920,
        (0..=11, _) => 2_880,
        (12..=15, step) => 480 << (step & 1),
        (_, step) => 120 << step,
    }
}

fn single_frame(payload: &[u8]) -> Option<u8> {
    (payload.len() <= FRAME_BYTES_MAX).then_some(1)
}

fn two_equal_frames(payload: &[u8]) -> Option<u8> {
    (payload.len().is_multiple_of(2) && payload.len() / 2 <= FRAME_BYTES_MAX).then_some(2)
}

fn two_frames(payload: &[u8]) -> Option<u8> {
    let (first_bytes, rest) = frame_length(payload)?;
    let second_bytes = rest.len().checked_sub(first_bytes)?;
    (second_bytes <= FRAME_BYTES_MAX).then_some(2)
}

/// Code 3: a byte with the padding flag, the variable-size flag and a six-bit frame count (RFC 6716 §3.2.5).
fn counted_frames(payload: &[u8]) -> Option<u8> {
    let (&header, mut rest) = payload.split_first()?;
    let frame_count = header & 0x3F;
    if frame_count == 0 {
        return None;
    }
    if header & 0x40 != 0 {
        rest = without_padding(rest)?;
    }
    if header & 0x80 == 0 {
        let even = rest.len().is_multiple_of(usize::from(frame_count));
        let fits = rest.len() / usize::from(frame_count) <= FRAME_BYTES_MAX;
        return (even && fits).then_some(frame_count);
    }
    let mut told_bytes = 0;
    for _ in 1..frame_count {
        let (frame_bytes, after) = frame_length(rest)?;
        told_bytes += frame_bytes;
        rest = after;
    }
    let last_bytes = rest.len().checked_sub(told_bytes)?;
    (last_bytes <= FRAME_BYTES_MAX).then_some(frame_count)
}

/// Takes the padding lengths off the front and the padding itself off the end.
fn without_padding(mut rest: &[u8]) -> Option<&[u8]> {
    let mut padding_bytes = 0usize;
    loop {
        let (&length, after) = rest.split_first()?;
        rest = after;
        if length < 255 {
            padding_bytes += usize::from(length);
            break;
        }
        padding_bytes += 254; // 255 means 254 bytes and another length to come.
    }
    rest.get(..rest.len().checked_sub(padding_bytes)?)
}

/// A frame length of one or two bytes (RFC 6716 §3.2.1), and what follows it.
fn frame_length(payload: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = payload.split_first()?;
    if first < 252 {
        return Some((usize::from(first), rest));
    }
    let (&second, rest) = rest.split_first()?;
    Some((usize::from(second) * 4 + usize::from(first), rest))
}

/// Why some bytes are not an identification header that can be spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// Too short, without its magic, or of an unknown major version.
    #[error("the Opus header is malformed")]
    Malformed,
    /// A mapping family other than 0, or more than two channels in family 0.
    #[error("Opus with {channels} channels in mapping family {family} is not supported")]
    Unsupported {
        /// The channel mapping family.
        family: u8,
        /// The number of channels.
        channels: u8,
    },
}

/// What an identification header says (RFC 7845 §5.1), mapping family 0. The input rate is not kept: it never
/// matters for playing, and players of MP4 refuse anything but 48,000 there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpusHead {
    /// 1 or 2.
    pub channels: u8,
    /// Samples at 48 kHz that a player drops at the start.
    pub pre_skip: u16,
    /// Output gain in 1/256 dB.
    pub gain_q8: i16,
}

impl OpusHead {
    /// Reads `OpusHead` and what follows it.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeadError> {
        let fields = || {
            let rest = bytes.strip_prefix(b"OpusHead")?;
            let version = *rest.first()?;
            let head = Self {
                channels: *rest.get(1)?,
                pre_skip: bytes::u16_le(rest, 2)?,
                gain_q8: bytes::array(rest, 8).map(i16::from_le_bytes)?,
            };
            let family = *rest.get(10)?;
            // Versions below 16 are compatible with version 1.
            (version < 16 && head.channels > 0).then_some((head, family))
        };
        let (head, family) = fields().ok_or(HeadError::Malformed)?;
        if family != 0 || head.channels > 2 {
            return Err(HeadError::Unsupported {
                family,
                channels: head.channels,
            });
        }
        Ok(head)
    }

    /// Version 1, mapping family 0, input rate 48,000 always.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEAD_BYTES] {
        let mut out = *b"OpusHead\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";
        let fields = [self.channels]
            .into_iter()
            .chain(self.pre_skip.to_le_bytes())
            .chain(SAMPLES_PER_SECOND.to_le_bytes())
            .chain(self.gain_q8.to_le_bytes());
        for (place, byte) in out.iter_mut().skip(9).zip(fields) {
            *place = byte;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toc(configuration: u8, code: u8) -> u8 {
        configuration << 3 | code
    }

    #[test]
    fn every_configuration_has_the_duration_of_rfc_6716_table_2() {
        let tenths_of_ms = [
            100, 200, 400, 600, 100, 200, 400, 600, 100, 200, 400, 600, 100, 200, 100, 200, 25, 50, 100, 200,
            25, 50, 100, 200, 25, 50, 100, 200, 25, 50, 100, 200,
        ];
        for (configuration, tenths) in (0u8..).zip(tenths_of_ms) {
            let samples = tenths * 48 / 10;
            assert_eq!(
                packet_samples(&[toc(configuration, 0), 1]),
                Ok(samples),
                "configuration {configuration}"
            );
        }
    }

    #[test]
    fn the_code_multiplies_the_frame() {
        assert_eq!(packet_samples(&[toc(19, 1), 1, 2]), Ok(1_920));
        assert_eq!(packet_samples(&[toc(19, 2), 1, 2, 3]), Ok(1_920));
        assert_eq!(packet_samples(&[toc(19, 3), 6, 1, 2, 3, 4, 5, 6]), Ok(5_760));
        assert_eq!(
            packet_samples(&[toc(16, 3), 48]),
            Ok(5_760),
            "48 frames of 2.5 ms, each empty"
        );
    }

    #[test]
    fn more_than_120_ms_is_refused() {
        assert_eq!(
            packet_samples(&[toc(19, 3), 7]),
            Err(PacketError::TooLong { samples: 6_720 })
        );
        assert_eq!(
            packet_samples(&[toc(16, 3), 49]),
            Err(PacketError::TooLong { samples: 5_880 })
        );
        assert_eq!(
            packet_samples(&[toc(3, 3), 3]),
            Err(PacketError::TooLong { samples: 8_640 })
        );
    }

    #[test]
    fn malformed_frames_are_refused() {
        assert_eq!(packet_samples(&[]), Err(PacketError::Empty));
        for (packet, why) in [
            (vec![toc(19, 1), 1], "code 1, odd"),
            (vec![toc(19, 2)], "code 2 without a length"),
            (vec![toc(19, 2), 3, 1], "code 2, first frame past the end"),
            (vec![toc(19, 2), 252], "code 2, half a length"),
            (vec![toc(19, 3)], "code 3 without a count"),
            (vec![toc(19, 3), 0], "code 3, no frames"),
            (vec![toc(19, 3), 2, 1], "code 3, not divisible"),
            (vec![toc(19, 3), 0x41, 9, 1], "code 3, padding past the end"),
            (vec![toc(19, 3), 0x82, 9, 1], "code 3, variable, past the end"),
        ] {
            assert_eq!(packet_samples(&packet), Err(PacketError::Malformed), "{why}");
        }
        let frame = |bytes: usize| [vec![toc(19, 0)], vec![0; bytes]].concat();
        assert_eq!(packet_samples(&frame(1_275)), Ok(960));
        assert_eq!(packet_samples(&frame(1_276)), Err(PacketError::Malformed));
        assert_eq!(
            packet_samples(&frame(61_440)),
            Err(PacketError::TooLarge { bytes: 61_441 })
        );
    }

    #[test]
    fn padding_and_variable_sizes_are_understood() {
        assert_eq!(packet_samples(&[toc(19, 3), 0x41, 2, 7, 0, 0]), Ok(960));
        assert_eq!(packet_samples(&[toc(19, 3), 0xC2, 1, 1, 7, 8, 0]), Ok(1_920));
        let long = [vec![toc(19, 3), 0x41, 255, 0], vec![0; 254]].concat();
        assert_eq!(packet_samples(&long), Ok(960));
    }

    #[test]
    fn a_head_round_trips_and_always_says_48000() {
        let head = OpusHead {
            channels: 2,
            pre_skip: 312,
            gain_q8: -256,
        };
        let bytes = head.to_bytes();
        assert_eq!(bytes, *b"OpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\xff\x00");
        assert_eq!(OpusHead::parse(&bytes), Ok(head));
        let other_rate = *b"OpusHead\x01\x02\x38\x01\xc0\x5d\x00\x00\x00\xff\x00";
        assert_eq!(OpusHead::parse(&other_rate), Ok(head));
    }

    #[test]
    fn heads_that_cannot_be_spoken_are_refused() {
        let good = OpusHead {
            channels: 1,
            pre_skip: 0,
            gain_q8: 0,
        }
        .to_bytes();
        let changed = |at: usize, byte: u8| {
            let mut bytes = good;
            bytes[at] = byte;
            OpusHead::parse(&bytes)
        };
        assert_eq!(OpusHead::parse(&good[..18]), Err(HeadError::Malformed));
        assert_eq!(changed(0, b'o'), Err(HeadError::Malformed));
        assert_eq!(changed(8, 16), Err(HeadError::Malformed));
        assert!(changed(8, 15).is_ok());
        assert_eq!(changed(9, 0), Err(HeadError::Malformed));
        assert_eq!(
            changed(9, 3),
            Err(HeadError::Unsupported {
                family: 0,
                channels: 3
            })
        );
        assert_eq!(
            changed(18, 1),
            Err(HeadError::Unsupported {
                family: 1,
                channels: 1
            })
        );
    }
}
