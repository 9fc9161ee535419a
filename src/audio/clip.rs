//! One utterance as Opus packets, the form in which speech is kept: no container, muxed when it is sent.
//!
//! Layout, version 1, little endian: `version u8, channels u8, pre_skip u16, gain_q8 i16, end_trim u16,
//! total_samples u32`, then each packet as its length (LEB128, at most three bytes) and its bytes. A [`Clip`] that
//! exists is complete: every packet is well formed, their durations add up to the total, nothing follows them.

use super::bytes;
use super::opus::{
    OpusHead, OpusPacket, PACKET_BYTES_MAX, PACKET_SAMPLES_MAX, SAMPLES_PER_SECOND, packet_samples,
};

/// The first byte of the layout.
pub const CLIP_VERSION: u8 = 1;
/// The largest clip, above ten minutes at 32 kb/s.
pub const CLIP_BYTES_MAX: usize = 4 << 20;
const HEADER_BYTES: usize = 12;

/// Why there is no clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClipError {
    /// Not the layout of [`CLIP_VERSION`].
    #[error("clip version {version} is not {CLIP_VERSION}")]
    Version {
        /// The first byte, 0 if there is none.
        version: u8,
    },
    /// Cut, changed or never a clip.
    #[error("the clip is malformed")]
    Malformed,
    /// More than [`CLIP_BYTES_MAX`].
    #[error("a clip of {bytes} bytes is too large")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// There are no packets.
    #[error("the clip is empty")]
    Empty,
}

/// A complete utterance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clip {
    head: OpusHead,
    end_trim_samples: u32,
    total_samples: u32,
    /// The whole layout, header included.
    stored: Vec<u8>,
}

impl Clip {
    /// Reads the stored form; checks every packet.
    pub fn parse(stored: Vec<u8>) -> Result<Self, ClipError> {
        let version = stored.first().copied().unwrap_or_default();
        if version != CLIP_VERSION {
            return Err(ClipError::Version { version });
        }
        if stored.len() > CLIP_BYTES_MAX {
            return Err(ClipError::TooLarge { bytes: stored.len() });
        }
        let (head, end_trim_samples, total_samples) = header(&stored).ok_or(ClipError::Malformed)?;
        let mut sum_samples = 0u32;
        let mut last_samples = 0;
        let mut rest = bytes::tail(&stored, HEADER_BYTES);
        while !rest.is_empty() {
            let (packet, after) = split_packet(rest).ok_or(ClipError::Malformed)?;
            last_samples = packet_samples(packet).map_err(|_| ClipError::Malformed)?;
            sum_samples = sum_samples.saturating_add(last_samples);
            rest = after;
        }
        if last_samples == 0 {
            return Err(ClipError::Empty);
        }
        let adds_up = sum_samples == total_samples && end_trim_samples < last_samples;
        adds_up.then_some(()).ok_or(ClipError::Malformed)?;
        Ok(Self {
            head,
            end_trim_samples,
            total_samples,
            stored,
        })
    }

    /// The stored form.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.stored
    }

    /// Channels, pre-skip and gain.
    #[must_use]
    pub fn head(&self) -> OpusHead {
        self.head
    }

    /// Samples at 48 kHz at the end of the last packet that are not to be played.
    #[must_use]
    pub fn end_trim_samples(&self) -> u32 {
        self.end_trim_samples
    }

    /// Samples at 48 kHz of all packets, before pre-skip and end trim.
    #[must_use]
    pub fn total_samples(&self) -> u32 {
        self.total_samples
    }

    /// What is heard of it.
    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        let unheard = u32::from(self.head.pre_skip).saturating_add(self.end_trim_samples);
        u64::from(self.total_samples.saturating_sub(unheard)) * 1_000 / u64::from(SAMPLES_PER_SECOND)
    }

    /// The packets with their durations in samples, in order.
    pub fn packets(&self) -> impl Iterator<Item = (&[u8], u32)> {
        let mut rest = bytes::tail(&self.stored, HEADER_BYTES);
        std::iter::from_fn(move || {
            let (packet, after) = split_packet(rest)?;
            rest = after;
            Some((packet, packet_samples(packet).ok()?))
        })
    }
}

/// Gathers a clip while its packets pass by.
#[derive(Debug)]
pub struct ClipBuilder {
    head: OpusHead,
    total_samples: u32,
    last_samples: u32,
    stored: Vec<u8>,
}

impl ClipBuilder {
    /// A clip with this head.
    #[must_use]
    pub fn new(head: OpusHead) -> Self {
        Self {
            head,
            total_samples: 0,
            last_samples: 0,
            stored: vec![0; HEADER_BYTES],
        }
    }

    /// Adds a packet. Past [`CLIP_BYTES_MAX`] nothing more is kept, and [`Self::finish`] says so.
    pub fn push(&mut self, packet: &OpusPacket) {
        self.push_checked(packet.bytes(), packet.samples());
    }

    pub(super) fn push_checked(&mut self, packet: &[u8], samples: u32) {
        self.total_samples = self.total_samples.saturating_add(samples);
        self.last_samples = samples;
        if self.stored.len() > CLIP_BYTES_MAX {
            return;
        }
        let mut length = packet.len();
        while length >= 0x80 {
            self.stored.push((length & 0x7F) as u8 | 0x80);
            length >>= 7;
        }
        self.stored.push(length as u8);
        self.stored.extend_from_slice(packet);
    }

    /// The clip, unless it is empty or too large. The trim is held below the last packet's duration.
    pub fn finish(mut self, end_trim_samples: u32) -> Result<Clip, ClipError> {
        if self.last_samples == 0 {
            return Err(ClipError::Empty);
        }
        if self.stored.len() > CLIP_BYTES_MAX {
            return Err(ClipError::TooLarge {
                bytes: self.stored.len(),
            });
        }
        let end_trim_samples = end_trim_samples.min(self.last_samples - 1);
        let trim = u16::try_from(end_trim_samples).unwrap_or_default();
        let header = [CLIP_VERSION, self.head.channels]
            .into_iter()
            .chain(self.head.pre_skip.to_le_bytes())
            .chain(self.head.gain_q8.to_le_bytes())
            .chain(trim.to_le_bytes())
            .chain(self.total_samples.to_le_bytes());
        for (place, byte) in self.stored.iter_mut().zip(header) {
            *place = byte;
        }
        let (head, total_samples, stored) = (self.head, self.total_samples, self.stored);
        Ok(Clip {
            head,
            end_trim_samples,
            total_samples,
            stored,
        })
    }
}

// The trim fits its two bytes, and a packet its three.
const _: () = assert!(PACKET_SAMPLES_MAX <= u16::MAX as u32 && PACKET_BYTES_MAX < 1 << 21);

fn header(stored: &[u8]) -> Option<(OpusHead, u32, u32)> {
    let channels = *stored.get(1)?;
    let head = OpusHead {
        channels,
        pre_skip: bytes::u16_le(stored, 2)?,
        gain_q8: bytes::array(stored, 4).map(i16::from_le_bytes)?,
    };
    let end_trim = u32::from(bytes::u16_le(stored, 6)?);
    let total = bytes::u32_le(stored, 8)?;
    (1..=2).contains(&channels).then_some((head, end_trim, total))
}

/// One packet off the front.
fn split_packet(stored: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0usize;
    for (index, &byte) in stored.iter().take(3).enumerate() {
        length |= usize::from(byte & 0x7F) << (7 * index);
        if byte < 0x80 {
            return bytes::tail(stored, index + 1).split_at_checked(length);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: OpusHead = OpusHead {
        channels: 1,
        pre_skip: 312,
        gain_q8: 0,
    };

    fn packet(length: usize) -> OpusPacket {
        OpusPacket::new([vec![19 << 3], vec![7; length]].concat()).unwrap()
    }

    fn clip(lengths: &[usize], trim: u32) -> Result<Clip, ClipError> {
        let mut builder = ClipBuilder::new(HEAD);
        lengths.iter().for_each(|&length| builder.push(&packet(length)));
        builder.finish(trim)
    }

    #[test]
    fn the_layout_is_as_written_down() {
        let clip = clip(&[2, 200], 100).unwrap();
        let want = [
            &[
                1,
                1,
                56,
                1,
                0,
                0,
                100,
                0,
                0x80,
                0x07,
                0,
                0,
                3,
                19 << 3,
                7,
                7,
                201,
                1,
                19 << 3,
            ][..],
            &[7; 200],
        ]
        .concat();
        assert_eq!(clip.as_bytes(), want);
        assert_eq!(clip.duration_ms(), (1_920 - 312 - 100) / 48);
        assert_eq!(Clip::parse(want), Ok(clip));
    }

    #[test]
    fn nothing_that_is_cut_or_changed_is_a_clip() {
        let stored = clip(&[2, 300, 0], 959).unwrap().as_bytes().to_vec();
        for end in 0..stored.len() {
            assert!(Clip::parse(stored[..end].to_vec()).is_err(), "cut to {end} bytes");
        }
        assert_eq!(
            Clip::parse([stored.clone(), vec![0]].concat()),
            Err(ClipError::Malformed)
        );
        let mut other = stored.clone();
        other[0] = 2;
        assert_eq!(Clip::parse(other), Err(ClipError::Version { version: 2 }));
        assert_eq!(Clip::parse(stored[..12].to_vec()), Err(ClipError::Empty));
        assert_eq!(clip(&[], 0), Err(ClipError::Empty));
    }

    #[test]
    fn a_clip_has_a_size_limit() {
        let most = CLIP_BYTES_MAX / 1_277;
        assert!(clip(&vec![1_274; most], 0).is_ok());
        assert!(matches!(
            clip(&vec![1_274; most + 1], 0),
            Err(ClipError::TooLarge { .. })
        ));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn clips_round_trip(lengths in prop::collection::vec(0usize..1_275, 1..40), trim in 0u32..2_000) {
            let clip = clip(&lengths, trim).unwrap();
            let parsed = Clip::parse(clip.as_bytes().to_vec()).unwrap();
            prop_assert_eq!(&parsed, &clip);
            let sizes: Vec<_> = parsed.packets().map(|(packet, samples)| (packet.len() - 1, samples)).collect();
            prop_assert_eq!(sizes, lengths.into_iter().map(|length| (length, 960)).collect::<Vec<_>>());
        }

        #[test]
        fn random_bytes_never_panic(mut stored in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Clip::parse(stored.clone());
            if let Some(first) = stored.first_mut() { *first = CLIP_VERSION; }
            let _ = Clip::parse(stored);
        }
    }
}
