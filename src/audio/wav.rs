//! WAV (RIFF WAVE) around 16-bit PCM: taking the header off a stream, putting one before it.
//!
//! Owns the chunk walk up to the samples and the header of a stream whose length nobody knows yet. Sizes in headers
//! are never trusted to allocate. 0 and anything from [`OPEN_ENDED_BYTES_MIN`] up mean "until the input ends".

use super::bytes;

/// Sizes from here up are placeholders: 0x7FFFFFFF less a header and 0xFFFFFFFF are both common.
pub const OPEN_ENDED_BYTES_MIN: u32 = 0x7FFF_0000;
/// Chunks before the samples (lists, pictures) are passed over up to here.
const PREAMBLE_BYTES_MAX: usize = 1 << 20;
/// The part of a format chunk that is looked at, and all that an extensible one has.
const FORMAT_BYTES_MAX: usize = 40;
const RIFF_HEADER_BYTES: usize = 12;
const CHUNK_HEADER_BYTES: usize = 8;
/// The header that [`streaming_header`] writes.
pub const HEADER_BYTES: usize = 44;
/// Where the chunk of samples begins in it, before which others may stand.
pub(super) const SAMPLES_AT: usize = HEADER_BYTES - CHUNK_HEADER_BYTES;

/// Signed 16-bit little-endian samples, channels interleaved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PcmFormat {
    /// Samples in a second for each channel.
    pub sample_rate: u32,
    /// 1 or 2 as a rule.
    pub channels: u16,
}

impl PcmFormat {
    /// What speech is sent as: 24 kHz, mono.
    pub const SPEECH: Self = Self {
        sample_rate: 24_000,
        channels: 1,
    };

    /// Bytes of one sample of every channel.
    #[must_use]
    pub fn frame_bytes(self) -> usize {
        2 * usize::from(self.channels)
    }

    /// Milliseconds of so many bytes.
    #[must_use]
    pub fn duration_ms(self, pcm_bytes: u64) -> u64 {
        let bytes_per_second = u64::from(self.sample_rate) * self.frame_bytes() as u64;
        pcm_bytes
            .saturating_mul(1_000)
            .checked_div(bytes_per_second)
            .unwrap_or_default()
    }
}

/// The header of a WAV stream of unknown length: both sizes are 0xFFFFFFFF.
#[must_use]
pub fn streaming_header(format: PcmFormat) -> Vec<u8> {
    let PcmFormat {
        sample_rate,
        channels,
    } = format;
    let frame_bytes = channels.saturating_mul(2);
    let mut out = Vec::with_capacity(HEADER_BYTES);
    out.extend_from_slice(b"RIFF\xFF\xFF\xFF\xFFWAVEfmt \x10\0\0\0\x01\0");
    out.extend_from_slice(&channels.to_le_bytes());
    out.extend_from_slice(&sample_rate.to_le_bytes());
    out.extend_from_slice(&sample_rate.saturating_mul(u32::from(frame_bytes)).to_le_bytes());
    out.extend_from_slice(&frame_bytes.to_le_bytes());
    out.extend_from_slice(b"\x10\0data\xFF\xFF\xFF\xFF");
    out
}

/// Puts the true lengths into the header of a stream that is whole; a stream itself cannot know them.
pub fn set_lengths(wav: &mut [u8]) {
    /// The header with all that may stand in it.
    const HEADER_BYTES_MAX: usize = 256;
    let mut starts = wav.windows(4).take(HEADER_BYTES_MAX);
    let Some(samples_at) = starts
        .position(|chunk| chunk == b"data")
        .filter(|_| wav.starts_with(b"RIFF"))
    else {
        return;
    };
    let length = |before: usize| u32::try_from(wav.len().saturating_sub(before)).unwrap_or(u32::MAX);
    for (at, bytes) in [
        (4, length(8)),
        (samples_at + 4, length(samples_at + CHUNK_HEADER_BYTES)),
    ] {
        if let Some(field) = wav.get_mut(at..at + 4) {
            field.copy_from_slice(&bytes.to_le_bytes());
        }
    }
}

/// Why a WAV stream gives no 16-bit PCM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WavError {
    /// No RIFF WAVE header.
    #[error("not a WAV stream")]
    NotWav,
    /// The format chunk is missing, too short or contradicts itself; or no samples within 1 MiB.
    #[error("the WAV header is malformed")]
    Malformed,
    /// A fine WAV of another kind.
    #[error("WAV format {tag:#06x} with {bits} bits is not 16-bit PCM")]
    Unsupported {
        /// The format tag; the one inside for extensible formats.
        tag: u16,
        /// Bits of one sample.
        bits: u16,
    },
}

/// What a format chunk says, PCM or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FormatChunk {
    pub tag: u16,
    pub channels: u16,
    pub sample_rate: u32,
    pub frame_bytes: u16,
    pub bits: u16,
}

impl FormatChunk {
    /// Reads the body of a `fmt ` chunk; `None` if it is too short or makes no sense.
    pub fn parse(body: &[u8]) -> Option<Self> {
        const EXTENSIBLE: u16 = 0xFFFE;
        let mut tag = bytes::u16_le(body, 0)?;
        if tag == EXTENSIBLE {
            tag = bytes::u16_le(body, 24)?; // The first field of the sub-format.
        }
        let chunk = Self {
            tag,
            channels: bytes::u16_le(body, 2)?,
            sample_rate: bytes::u32_le(body, 4)?,
            frame_bytes: bytes::u16_le(body, 12)?,
            bits: bytes::u16_le(body, 14)?,
        };
        let sensible = (1..=64).contains(&chunk.channels)
            && (1_000..=768_000).contains(&chunk.sample_rate)
            && chunk.frame_bytes > 0;
        sensible.then_some(chunk)
    }

    fn pcm16(self) -> Result<PcmFormat, WavError> {
        if self.tag != 1 || self.bits != 16 {
            return Err(WavError::Unsupported {
                tag: self.tag,
                bits: self.bits,
            });
        }
        if u32::from(self.frame_bytes) != u32::from(self.channels) * 2 {
            return Err(WavError::Malformed);
        }
        Ok(PcmFormat {
            sample_rate: self.sample_rate,
            channels: self.channels,
        })
    }
}

/// The push parser: WAV in, whole sample frames of PCM out.
#[derive(Debug, Default)]
pub struct WavReader {
    buffer: Vec<u8>,
    stage: Stage,
    format: Option<PcmFormat>,
    preamble_bytes: usize,
    pcm_bytes: u64,
    failed: Option<WavError>,
}

#[derive(Debug, Clone, Copy, Default)]
enum Stage {
    #[default]
    Riff,
    ChunkHeader,
    Format {
        bytes: usize,
    },
    Skip {
        bytes: usize,
    },
    Samples {
        left: Option<usize>,
    },
    Over,
}

impl WavReader {
    /// Waits for the first byte.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes and appends the PCM they complete. An error is final.
    pub fn feed(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), WavError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.buffer.extend_from_slice(input);
        let buffer = std::mem::take(&mut self.buffer);
        let mut rest = buffer.as_slice();
        let result = self.walk(&mut rest, out);
        self.failed = result.err();
        self.buffer = rest.to_vec();
        result
    }

    /// The format, once the header was read.
    #[must_use]
    pub fn format(&self) -> Option<PcmFormat> {
        self.format
    }

    /// Bytes of PCM so far; 0 at the end means there was no audio at all.
    #[must_use]
    pub fn pcm_bytes(&self) -> u64 {
        self.pcm_bytes
    }

    /// Whether the input stopped before the size its header told.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        !matches!(self.stage, Stage::Over | Stage::Samples { left: None | Some(0) })
    }

    fn walk(&mut self, rest: &mut &[u8], out: &mut Vec<u8>) -> Result<(), WavError> {
        loop {
            let is_waiting = match self.stage {
                Stage::Riff => self.riff(rest)?,
                Stage::ChunkHeader => self.chunk_header(rest)?,
                Stage::Format { bytes } => self.format_chunk(bytes, rest)?,
                Stage::Skip { bytes } => self.skip(bytes, rest)?,
                Stage::Samples { left } => self.samples(left, rest, out),
                Stage::Over => {
                    *rest = &[];
                    true
                }
            };
            if is_waiting {
                return Ok(());
            }
        }
    }

    fn riff(&mut self, rest: &mut &[u8]) -> Result<bool, WavError> {
        let Some((header, after)) = rest.split_at_checked(RIFF_HEADER_BYTES) else {
            return Ok(true);
        };
        if !(header.starts_with(b"RIFF") || header.starts_with(b"RF64")) || !header.ends_with(b"WAVE") {
            return Err(WavError::NotWav);
        }
        *rest = after;
        self.stage = Stage::ChunkHeader;
        Ok(false)
    }

    fn chunk_header(&mut self, rest: &mut &[u8]) -> Result<bool, WavError> {
        let Some((header, after)) = rest.split_at_checked(CHUNK_HEADER_BYTES) else {
            return Ok(true);
        };
        let told_bytes = bytes::u32_le(header, 4).unwrap_or_default();
        let chunk_bytes = usize::try_from(told_bytes).unwrap_or(usize::MAX);
        *rest = after;
        self.stage = if header.starts_with(b"data") {
            self.format.ok_or(WavError::Malformed)?;
            let is_open = told_bytes == 0 || told_bytes >= OPEN_ENDED_BYTES_MIN;
            Stage::Samples {
                left: (!is_open).then_some(chunk_bytes),
            }
        } else if header.starts_with(b"fmt ") {
            Stage::Format { bytes: chunk_bytes }
        } else {
            Stage::Skip {
                bytes: chunk_bytes.saturating_add(chunk_bytes & 1),
            }
        };
        Ok(false)
    }

    fn format_chunk(&mut self, chunk_bytes: usize, rest: &mut &[u8]) -> Result<bool, WavError> {
        let Some((body, after)) = rest.split_at_checked(chunk_bytes.min(FORMAT_BYTES_MAX)) else {
            return Ok(true);
        };
        let chunk = FormatChunk::parse(body).ok_or(WavError::Malformed)?;
        self.format = Some(chunk.pcm16()?);
        *rest = after;
        self.stage = Stage::Skip {
            bytes: chunk_bytes - body.len() + (chunk_bytes & 1),
        };
        Ok(false)
    }

    fn skip(&mut self, left: usize, rest: &mut &[u8]) -> Result<bool, WavError> {
        let now = left.min(rest.len());
        self.preamble_bytes += now;
        // What is still to come counts as well: there is no point in waiting for it.
        if self.preamble_bytes.saturating_add(left - now) > PREAMBLE_BYTES_MAX {
            return Err(WavError::Malformed);
        }
        *rest = bytes::tail(rest, now);
        self.stage = if now == left {
            Stage::ChunkHeader
        } else {
            Stage::Skip { bytes: left - now }
        };
        Ok(now < left)
    }

    fn samples(&mut self, left: Option<usize>, rest: &mut &[u8], out: &mut Vec<u8>) -> bool {
        let frame_bytes = self.format.map_or(2, PcmFormat::frame_bytes);
        let available = left.unwrap_or(usize::MAX).min(rest.len());
        let whole = available - available % frame_bytes;
        let (now, after) = rest.split_at_checked(whole).unwrap_or((rest, &[]));
        out.extend_from_slice(now);
        *rest = after;
        self.pcm_bytes += whole as u64;
        let left = left.map(|left| left - whole);
        // Less than one frame will never be one.
        self.stage = if left.is_some_and(|left| left < frame_bytes) {
            Stage::Over
        } else {
            Stage::Samples { left }
        };
        !matches!(self.stage, Stage::Over)
    }
}

/// Samples as they lie in a file: two bytes each, the low one first.
pub fn pcm16_encode(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// The samples of such bytes; half a sample at their end is none.
pub fn pcm16_decode(bytes: &[u8]) -> Vec<i16> {
    let pairs = bytes.chunks_exact(2);
    pairs
        .map(|pair| i16::from_le_bytes(pair.try_into().unwrap_or_default()))
        .collect()
}

#[cfg(test)]
mod tests;
