//! One continuous stream of Opus packets in Ogg, WebM or fragmented MP4, written while the packets are made.
//!
//! Packets go in one by one; bytes come out when the caller flushes, and never wait for a later flush. The first
//! bytes carry the header. Time runs on over joined clips: the muxer knows nothing of clips, it counts samples.
//! Nothing is decoded or encoded.

mod mp4;
mod webm;

use super::ogg::OggWriter;
use super::opus::{OpusHead, OpusPacket, SAMPLES_PER_SECOND};
use mp4::Mp4Writer;
use webm::WebmWriter;

/// A container that Opus can be put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OpusContainer {
    /// RFC 7845. Plays everywhere as a file; no browser takes it through MediaSource.
    Ogg,
    /// WebM with clusters of known size in a segment of unknown size. MediaSource in Chromium and Firefox.
    Webm,
    /// ISO BMFF with one fragment for each flush.
    Mp4,
}

impl OpusContainer {
    /// The media type with its codec, as MediaSource wants to hear it.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Ogg => "audio/ogg; codecs=opus",
            Self::Webm => "audio/webm; codecs=opus",
            Self::Mp4 => "audio/mp4; codecs=opus",
        }
    }
}

/// Turns packets into bytes of one container.
#[derive(Debug)]
pub struct OpusMuxer {
    head: OpusHead,
    is_marked: bool,
    writer: Writer,
    has_header: bool,
    is_finished: bool,
    queue: Queue,
    total_samples: u64,
}

#[derive(Debug)]
enum Writer {
    Ogg(OggWriter),
    Webm(WebmWriter),
    Mp4(Mp4Writer),
}

/// Packets that were pushed and not flushed: all bytes in one buffer, and where each ends.
#[derive(Debug, Default)]
struct Queue {
    bytes: Vec<u8>,
    packets: Vec<QueuedPacket>,
    samples: u64,
}

#[derive(Debug, Clone, Copy)]
struct QueuedPacket {
    end_byte: usize,
    samples: u32,
}

impl OpusMuxer {
    /// A stream with this head; its pre-skip holds for the whole stream. One that `is_marked` says that it is made.
    #[must_use]
    pub fn new(container: OpusContainer, head: OpusHead, is_marked: bool) -> Self {
        let writer = match container {
            OpusContainer::Ogg => Writer::Ogg(OggWriter::new()),
            OpusContainer::Webm => Writer::Webm(WebmWriter::new()),
            OpusContainer::Mp4 => Writer::Mp4(Mp4Writer::new()),
        };
        let queue = Queue::default();
        Self {
            head,
            is_marked,
            writer,
            has_header: false,
            is_finished: false,
            queue,
            total_samples: 0,
        }
    }

    /// Adds a packet to what the next flush will send.
    pub fn push(&mut self, packet: &OpusPacket) {
        self.push_checked(packet.bytes(), packet.samples());
    }

    /// The same for bytes whose framing and duration are already known.
    pub(super) fn push_checked(&mut self, bytes: &[u8], samples: u32) {
        self.queue.bytes.extend_from_slice(bytes);
        self.queue.packets.push(QueuedPacket {
            end_byte: self.queue.bytes.len(),
            samples,
        });
        self.queue.samples += u64::from(samples);
        self.total_samples += u64::from(samples);
    }

    /// What the stream began with.
    #[must_use]
    pub fn head(&self) -> OpusHead {
        self.head
    }

    /// Milliseconds that were pushed and not flushed.
    #[must_use]
    pub fn queued_ms(&self) -> u64 {
        self.queue.samples * 1_000 / u64::from(SAMPLES_PER_SECOND)
    }

    /// Samples at 48 kHz that were pushed since the start, the pre-skip among them.
    #[must_use]
    pub fn total_samples(&self) -> u64 {
        self.total_samples
    }

    /// The bytes of all that was pushed since the last flush, after the header the first time.
    pub fn flush(&mut self, out: &mut Vec<u8>) {
        self.write(None, out);
    }

    /// Flushes and ends the stream; `end_trim_samples` at the end of the last packet are not to be played. A second
    /// call, like any later flush, writes nothing.
    pub fn finish(&mut self, end_trim_samples: u32, out: &mut Vec<u8>) {
        self.write(Some(end_trim_samples), out);
        self.is_finished = true;
    }

    fn write(&mut self, end_trim: Option<u32>, out: &mut Vec<u8>) {
        if self.is_finished {
            return;
        }
        if !self.has_header {
            self.has_header = true;
            let is_marked = self.is_marked;
            match &mut self.writer {
                Writer::Ogg(writer) => writer.header(&self.head, is_marked, out),
                Writer::Webm(writer) => writer.header(&self.head, is_marked, out),
                Writer::Mp4(writer) => writer.header(&self.head, is_marked, out),
            }
        }
        let packets = self.queue.slices();
        // No more than the last packet can be trimmed here: what was flushed is gone.
        let longest_trim = packets
            .last()
            .map_or(0, |&(_, samples)| samples.saturating_sub(1));
        let end_trim = end_trim.map(|samples| samples.min(longest_trim));
        match &mut self.writer {
            Writer::Ogg(writer) => writer.packets(&packets, end_trim, out),
            Writer::Webm(writer) => writer.packets(&packets, end_trim, out),
            Writer::Mp4(writer) => writer.packets(&packets, end_trim, out),
        }
        self.queue.clear();
    }
}

impl Queue {
    /// Each packet with its duration.
    fn slices(&self) -> Vec<(&[u8], u32)> {
        let mut start = 0;
        let slice = |packet: &QueuedPacket| {
            let bytes = self.bytes.get(start..packet.end_byte).unwrap_or_default();
            start = packet.end_byte;
            (bytes, packet.samples)
        };
        self.packets.iter().map(slice).collect()
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.packets.clear();
        self.samples = 0;
    }
}

#[cfg(test)]
mod tests;
