//! MP3 frames out of files that arrive in pieces, so that several of them make one stream.
//!
//! Owns the frame header of MPEG-1, MPEG-2 and MPEG-2.5 audio layer III (ISO/IEC 11172-3 §2.4.1.3, 13818-3) and what
//! players expect around frames: ID3v2, ID3v1 and APE tags are dropped, and so is the first frame when it is a
//! Xing, Info or VBRI index, because it lies once clips are joined. What comes out is frames and nothing else. The
//! first frame counts only once a second one that fits follows it (or the input ends there). Free-format streams and
//! layers I and II are not spoken. Memory: one frame.

use super::bytes;

/// Bytes that are neither frames nor tags are forgiven up to here, over a whole clip.
pub const JUNK_BYTES_MAX: usize = 64 * 1024;
/// The largest frame: 320 kb/s at 32 kHz is 1,441 bytes; MPEG-2 at 160 kb/s and 8 kHz reaches 1,441 too.
const FRAME_BYTES_MAX: usize = 1_441;
const ID3V1_BYTES: usize = 128;
const APE_HEADER_BYTES: usize = 32;

/// Why there are no frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mp3Error {
    /// More than [`JUNK_BYTES_MAX`] bytes that belong to nothing.
    #[error("not an MP3 stream")]
    Lost,
}

/// A frame header that can be spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// Samples in a second, 8,000 to 48,000.
    pub sample_rate: u32,
    /// 1 or 2.
    pub channels: u8,
    /// Samples in this frame for each channel: 1,152, or 576 below 32 kHz.
    pub samples: u32,
    /// The whole frame, header included.
    pub frame_bytes: usize,
}

impl FrameHeader {
    /// Reads the first four bytes of a frame; `None` if they are none.
    #[must_use]
    pub fn parse(header: [u8; 4]) -> Option<Self> {
        const MPEG1_KBPS: [u16; 14] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
        const MPEG2_KBPS: [u16; 14] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
        let [sync, version, rates, modes] = header;
        let is_layer_3 = sync == 0xFF && version & 0xE6 == 0xE2;
        let rate_shift = match (version >> 3) & 3 {
            3 => 0,
            2 => 1,
            0 => 2,
            _ => return None,
        };
        if !is_layer_3 || modes & 3 == 2 {
            return None; // The second: a reserved emphasis.
        }
        let is_mpeg1 = rate_shift == 0;
        let bitrates = if is_mpeg1 { MPEG1_KBPS } else { MPEG2_KBPS };
        let bitrate_index = usize::from(rates >> 4).checked_sub(1)?;
        let bits_per_second = u32::from(*bitrates.get(bitrate_index)?) * 1_000;
        let sample_rate = [44_100u32, 48_000, 32_000].get(usize::from(rates >> 2) & 3)? >> rate_shift;
        let samples = if is_mpeg1 { 1_152 } else { 576 };
        let padding = u32::from((rates >> 1) & 1);
        let frame_bytes = (samples / 8 * bits_per_second / sample_rate + padding) as usize;
        let channels = if modes >> 6 == 3 { 1 } else { 2 };
        Some(Self {
            sample_rate,
            channels,
            samples,
            frame_bytes,
        })
    }

    /// Whether frames of both kinds can stand in one stream.
    #[must_use]
    pub fn fits(&self, other: &Self) -> bool {
        self.sample_rate == other.sample_rate && self.channels == other.channels
    }
}

/// How the frames of a clip are made; `None` if its beginning has none.
#[must_use]
pub fn format(clip: &[u8]) -> Option<FrameHeader> {
    /// Tags, and frames enough to be sure of the first.
    const LOOKED_AT_BYTES_MAX: usize = 64 * 1024;
    let mut reader = Mp3Reader::new();
    let start = clip.get(..LOOKED_AT_BYTES_MAX).unwrap_or(clip);
    reader.feed(start, &mut Vec::new()).ok()?;
    reader.finish(&mut Vec::new()).ok()?;
    reader.format()
}

/// The push parser of one clip.
#[derive(Debug, Default)]
pub struct Mp3Reader {
    buffer: Vec<u8>,
    /// Bytes of a tag that are still to be dropped.
    skip_bytes: usize,
    junk_bytes: usize,
    format: Option<FrameHeader>,
    first_frame_seen: bool,
    frames: u64,
    samples: u64,
    is_truncated: bool,
    failed: Option<Mp3Error>,
}

/// What stands at the beginning of the buffer.
enum Step {
    NeedMore,
    Frame(FrameHeader),
    Tag { bytes: usize },
    Junk,
}

impl Mp3Reader {
    /// Waits for the first byte.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes and appends the frames they complete. An error is final.
    pub fn feed(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), Mp3Error> {
        self.run(input, false, out)
    }

    /// The input is over: a last frame that nothing follows is taken, half a frame is dropped.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Mp3Error> {
        self.run(&[], true, out)
    }

    /// How the frames are made, once there is one.
    #[must_use]
    pub fn format(&self) -> Option<FrameHeader> {
        self.format
    }

    /// Frames of sound so far; 0 at the end means there was no audio at all.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Duration of these frames.
    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        self.format
            .map_or(0, |format| self.samples * 1_000 / u64::from(format.sample_rate))
    }

    /// After [`Self::finish`]: whether the input stopped inside a frame or a tag.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.is_truncated
    }

    fn run(&mut self, mut input: &[u8], at_end: bool, out: &mut Vec<u8>) -> Result<(), Mp3Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.buffer.is_empty() {
            input = self.skip(input);
        }
        self.buffer.extend_from_slice(input);
        let buffer = std::mem::take(&mut self.buffer);
        let mut used = 0;
        let result = self.walk(&buffer, &mut used, at_end, out);
        self.failed = result.err();
        self.buffer = buffer;
        self.buffer.drain(..used.min(self.buffer.len()));
        if at_end {
            self.is_truncated = self.skip_bytes > 0 || !self.buffer.is_empty();
        }
        result
    }

    fn walk(
        &mut self,
        buffer: &[u8],
        used: &mut usize,
        at_end: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Mp3Error> {
        loop {
            let rest = self.skip(bytes::tail(buffer, *used));
            *used = buffer.len() - rest.len();
            match self.step(rest, at_end) {
                Step::NeedMore => return Ok(()),
                Step::Tag { bytes } => self.skip_bytes = bytes,
                Step::Frame(header) => {
                    let Some(frame) = rest.get(..header.frame_bytes) else {
                        return Ok(());
                    };
                    self.frame(header, frame, out);
                    *used += header.frame_bytes;
                }
                Step::Junk => {
                    let distance = (1..rest.len()).find(|&at| may_begin(bytes::tail(rest, at)));
                    let distance = distance.unwrap_or(rest.len());
                    *used += distance;
                    self.junk_bytes += distance;
                    if self.junk_bytes > JUNK_BYTES_MAX {
                        return Err(Mp3Error::Lost);
                    }
                }
            }
        }
    }

    fn skip<'a>(&mut self, input: &'a [u8]) -> &'a [u8] {
        let now = self.skip_bytes.min(input.len());
        self.skip_bytes -= now;
        bytes::tail(input, now)
    }

    fn frame(&mut self, header: FrameHeader, frame: &[u8], out: &mut Vec<u8>) {
        self.format.get_or_insert(header);
        if !std::mem::replace(&mut self.first_frame_seen, true) && is_index(frame) {
            return;
        }
        self.frames += 1;
        self.samples += u64::from(header.samples);
        out.extend_from_slice(frame);
    }

    fn step(&self, rest: &[u8], at_end: bool) -> Step {
        let undecided = if at_end { Step::Junk } else { Step::NeedMore };
        if rest.is_empty() {
            return Step::NeedMore;
        }
        if let Some(tag) = tag_bytes(rest) {
            return match tag {
                Some(bytes) => Step::Tag { bytes },
                None => undecided,
            };
        }
        let Some(start) = bytes::array(rest, 0) else {
            return if rest.first() == Some(&0xFF) {
                undecided
            } else {
                Step::Junk
            };
        };
        let Some(header) = FrameHeader::parse(start) else {
            return Step::Junk;
        };
        match self.format {
            Some(format) if !format.fits(&header) => Step::Junk,
            Some(_) => Step::Frame(header),
            None => self.first_frame(header, rest, at_end),
        }
    }

    /// Four bytes look like a frame easily; two frames in a row hardly ever do.
    fn first_frame(&self, header: FrameHeader, rest: &[u8], at_end: bool) -> Step {
        let next = bytes::tail(rest, header.frame_bytes);
        let confirmed = match bytes::array(next, 0) {
            Some(start) => {
                FrameHeader::parse(start).is_some_and(|second| header.fits(&second))
                    || tag_bytes(next).is_some()
            }
            None if !at_end => return Step::NeedMore,
            None => rest.len() >= header.frame_bytes,
        };
        if confirmed {
            Step::Frame(header)
        } else {
            Step::Junk
        }
    }
}

const _: () = assert!(FRAME_BYTES_MAX < JUNK_BYTES_MAX);

/// Whether something may begin here that [`Mp3Reader::step`] has to look at.
fn may_begin(rest: &[u8]) -> bool {
    matches!(rest.first(), Some(0xFF | b'I' | b'T' | b'A'))
}

/// The size of the tag that begins here: `Some(None)` if that cannot be told yet, `None` if there is none.
fn tag_bytes(rest: &[u8]) -> Option<Option<usize>> {
    let begins = |magic: &[u8]| {
        let length = rest.len().min(magic.len());
        rest.get(..length) == magic.get(..length)
    };
    if begins(b"TAG") {
        return Some((rest.len() >= 3).then_some(ID3V1_BYTES));
    }
    if begins(b"ID3") {
        let Some(&flags) = rest.get(5) else {
            return Some(None);
        };
        if rest.len() < 10 {
            return Some(None);
        }
        let footer_bytes = if flags & 0x10 != 0 { 10 } else { 0 };
        return bytes::synchsafe(rest, 6).map(|size| Some(10 + size + footer_bytes));
    }
    if begins(b"APETAGEX") {
        let (Some(size), Some(flags)) = (bytes::u32_le(rest, 12), bytes::u32_le(rest, 20)) else {
            return Some(None);
        };
        // The size leaves out the header; a footer met on its own is 32 bytes of its own.
        let is_header = flags & 0x2000_0000 != 0;
        let items_bytes = if is_header {
            usize::try_from(size).unwrap_or(usize::MAX)
        } else {
            0
        };
        return Some(Some(items_bytes.saturating_add(APE_HEADER_BYTES)));
    }
    None
}

/// Whether a first frame carries an index for seeking instead of sound. Xing and Info stand after the side
/// information, whose size depends on version and channels; VBRI always 32 bytes after the header.
fn is_index(frame: &[u8]) -> bool {
    let named = |at: usize, name: &[u8; 4]| bytes::array(frame, at) == Some(*name);
    [13, 21, 36]
        .iter()
        .any(|&at| named(at, b"Xing") || named(at, b"Info"))
        || named(36, b"VBRI")
}

#[cfg(test)]
mod tests;
