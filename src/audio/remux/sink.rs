//! Where the parts of a clip go: packets into the muxer, samples and frames as they are.
//!
//! Owns when bytes leave (a clip's first page at once, then in steps of [`FLUSH_MS`]) and the packet that is held
//! back between clips, because only the last clip's end is trimmed.

use super::target::RemuxError;
use crate::audio::clip::ClipBuilder;
use crate::audio::mark;
use crate::audio::mp3::{FrameHeader, Mp3Reader};
use crate::audio::mux::{OpusContainer, OpusMuxer};
use crate::audio::ogg::{OggEvent, OggReader};
use crate::audio::opus::{OpusHead, OpusPacket};
use crate::audio::sniff::Container;
use crate::audio::wav::{PcmFormat, SAMPLES_AT, streaming_header};

/// After a clip's first sound, packets gather to so much before they are sent: smaller pages cost bytes.
const FLUSH_MS: u64 = 60;
/// A flush never holds more: a very long page goes out in several pieces.
const FLUSH_MS_MAX: u64 = 1_000;

#[derive(Debug)]
pub(super) enum Sink {
    Opus(Box<OpusSink>),
    Mp3(Option<FrameHeader>),
    Pcm {
        has_header: bool,
        format: Option<PcmFormat>,
        has_samples: bool,
    },
    Whole {
        container: Container,
        has_sound: bool,
    },
}

#[derive(Debug)]
pub(super) struct OpusSink {
    pub container: OpusContainer,
    pub is_marked: bool,
    pub muxer: Option<OpusMuxer>,
    /// The last packet of the clip before, kept back because only the last clip's trim counts.
    pub held: Option<(OpusPacket, u32)>,
}

/// The clip that is arriving.
#[derive(Debug)]
pub(super) struct OggSource {
    pub reader: OggReader,
    pub events: Vec<OggEvent>,
    pub builder: Option<ClipBuilder>,
    pub pre_skip: u16,
    pub samples: u64,
    pub end_trim: u32,
    pub has_flushed: bool,
    pub is_over: bool,
}

impl OpusSink {
    /// A clip begins: the first one gives the stream its head, the others must fit it.
    pub fn begin(&mut self, head: OpusHead) -> Result<(), RemuxError> {
        let Some(muxer) = &mut self.muxer else {
            self.muxer = Some(OpusMuxer::new(self.container, head, self.is_marked));
            return Ok(());
        };
        let first = muxer.head();
        if first.channels != head.channels || first.gain_q8 != head.gain_q8 {
            return Err(RemuxError::Differs);
        }
        if let Some((packet, _)) = self.held.take() {
            muxer.push(&packet);
        }
        Ok(())
    }

    pub fn push(&mut self, packet: &[u8], samples: u32, out: &mut Vec<u8>) {
        if let Some(muxer) = &mut self.muxer {
            muxer.push_checked(packet, samples);
            if muxer.queued_ms() >= FLUSH_MS_MAX {
                muxer.flush(out);
            }
        }
    }

    pub fn flush_from(&mut self, least_ms: u64, out: &mut Vec<u8>) {
        if let Some(muxer) = &mut self.muxer
            && muxer.queued_ms() >= least_ms.max(1)
        {
            muxer.flush(out);
        }
    }

    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let Some(muxer) = &mut self.muxer else { return };
        let mut end_trim = 0;
        if let Some((packet, trim)) = self.held.take() {
            muxer.push(&packet);
            end_trim = trim;
        }
        muxer.finish(end_trim, out);
    }
}

impl OggSource {
    pub fn new() -> Self {
        let reader = OggReader::new();
        Self {
            reader,
            events: Vec::new(),
            builder: None,
            pre_skip: 0,
            samples: 0,
            end_trim: 0,
            has_flushed: false,
            is_over: false,
        }
    }

    pub fn event(
        &mut self,
        event: OggEvent,
        is_collecting: bool,
        sink: &mut OpusSink,
        out: &mut Vec<u8>,
    ) -> Result<(), RemuxError> {
        match event {
            OggEvent::Head(head) => {
                sink.begin(head)?;
                self.is_over = false;
                if self.samples == 0 {
                    self.pre_skip = head.pre_skip;
                    self.builder = is_collecting.then(|| ClipBuilder::new(head));
                }
            }
            OggEvent::Packet(packet) => {
                self.samples += u64::from(packet.samples());
                if let Some(builder) = &mut self.builder {
                    builder.push(&packet);
                }
                // Each packet waits for the next event, which may say that it was the last.
                if let Some((before, _)) = sink.held.replace((packet, 0)) {
                    sink.push(before.bytes(), before.samples(), out);
                }
            }
            OggEvent::End { trim_samples } => {
                self.end_trim = trim_samples;
                self.is_over = true;
                if let Some((_, trim)) = &mut sink.held {
                    *trim = trim_samples;
                }
            }
            OggEvent::PageEnd => self.page_end(sink, out),
        }
        Ok(())
    }

    fn page_end(&mut self, sink: &mut OpusSink, out: &mut Vec<u8>) {
        if !self.is_over
            && let Some((packet, _)) = sink.held.take()
        {
            sink.push(packet.bytes(), packet.samples(), out);
        }
        let least_ms = if self.has_flushed { FLUSH_MS } else { 0 };
        self.has_flushed = true;
        sink.flush_from(least_ms, out);
    }
}

impl Sink {
    /// The format of a stream of samples that others can be brought to.
    pub fn mono(&self) -> Option<PcmFormat> {
        match self {
            Self::Pcm { format, .. } => format.filter(|format| format.channels == 1),
            _ => None,
        }
    }

    pub fn add_pcm(
        &mut self,
        got: PcmFormat,
        pcm: &[u8],
        is_marked: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), RemuxError> {
        let Self::Pcm {
            has_header,
            format,
            has_samples,
        } = self
        else {
            return Err(RemuxError::NotAudio);
        };
        match format {
            Some(format) if *format == got => {}
            Some(_) if *has_header => return Err(RemuxError::Differs),
            Some(_) => return Err(RemuxError::PcmFormat { got }),
            None if pcm.is_empty() => {} // A header alone must not commit the stream to a format.
            None => {
                *format = Some(got);
                let mut header = streaming_header(got);
                if is_marked {
                    header.splice(SAMPLES_AT..SAMPLES_AT, mark::LIST.bytes());
                }
                out.extend(header);
            }
        }
        *has_samples |= !pcm.is_empty();
        out.extend_from_slice(pcm);
        Ok(())
    }
}

pub(super) fn add_frames(
    reader: &Mp3Reader,
    stream: &mut Option<FrameHeader>,
    frames: &[u8],
    is_marked: bool,
    out: &mut Vec<u8>,
) -> Result<(), RemuxError> {
    if let Some(format) = reader.format().filter(|_| !frames.is_empty()) {
        if is_marked && stream.is_none() {
            out.extend_from_slice(mark::ID3.as_bytes());
        }
        if !stream.get_or_insert(format).fits(&format) {
            return Err(RemuxError::Differs);
        }
        out.extend_from_slice(frames);
    }
    Ok(())
}
