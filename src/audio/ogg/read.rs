//! Opus packets out of an Ogg stream that arrives in pieces (RFC 7845).
//!
//! Gives the identification header, then every packet in order, then how much to trim at the end; a second link of
//! a chained stream begins with another header. Streams of other codecs that are multiplexed with it are passed
//! over, and so is a second Opus stream beside the first. Where the input was cut never shows in the events. Memory:
//! one page, and one packet of at most [`PACKET_BYTES_MAX`]. Comments are skipped, not kept.

use super::page::OggPage;
use super::sync::{PageFinder, SyncError};
use crate::audio::opus::{HeadError, OpusHead, OpusPacket, PACKET_BYTES_MAX, PacketError};

/// The most bytes of comments that are passed over; pictures travel there.
const TAGS_BYTES_MAX: usize = 1 << 20;

/// Why an Ogg stream gives no Opus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OggError {
    /// The pages.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The pages are fine but none begins an Opus stream.
    #[error("the Ogg stream has no Opus in it")]
    NoOpus,
    /// The identification header.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The second packet is not `OpusTags`, or is larger than 1 MiB.
    #[error("the Ogg stream has no usable OpusTags")]
    Tags,
    /// A packet.
    #[error(transparent)]
    Packet(#[from] PacketError),
}

/// What a reader found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OggEvent {
    /// A link begins.
    Head(OpusHead),
    /// The next packet.
    Packet(OpusPacket),
    /// The link ends; so many samples at 48 kHz of its last packet are not to be played. Comes after that packet
    /// and before the end of its page. Packets that would not be heard at all are not reported.
    End {
        /// Always less than the last packet has.
        trim_samples: u32,
    },
    /// A page with packets is over: a natural moment to send what has gathered.
    PageEnd,
}

/// What is known once the input is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OggSummary {
    /// The last link never said it ends, or stops in the middle.
    pub is_truncated: bool,
    /// Bytes were skipped or pages are missing.
    pub is_damaged: bool,
    /// How many links there were: 1 for an ordinary file.
    pub links: u32,
}

/// The push parser.
#[derive(Debug, Default)]
pub struct OggReader {
    finder: PageFinder,
    streams: Streams,
    failed: Option<OggError>,
}

/// What the pages mean, apart from where they were found.
#[derive(Debug, Default)]
struct Streams {
    link: Option<Link>,
    links: u32,
    was_cut: bool,
    lost_pages: bool,
}

#[derive(Debug)]
struct Link {
    serial: u32,
    next_sequence: u32,
    stage: Stage,
    /// The beginning of a packet that goes on on the next page, if any.
    partial: Option<Vec<u8>>,
    /// Granule before the first sample; not 0 when a recording begins in the middle of a broadcast.
    base_granule: Option<u64>,
    samples: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Fresh,
    Tags { skipped_bytes: usize },
    Audio,
    Over,
}

impl OggReader {
    /// Waits for the first byte.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes and appends what they complete to `events`, also when it then fails. An error is final:
    /// every later call repeats it.
    pub fn feed(&mut self, input: &[u8], events: &mut Vec<OggEvent>) -> Result<(), OggError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let Self {
            finder,
            streams,
            failed,
        } = self;
        finder
            .feed(input, &mut |page| streams.page(page, events))
            .inspect_err(|&error| *failed = Some(error))
    }

    /// Whether the input so far stops inside a page.
    #[must_use]
    pub fn is_mid_page(&self) -> bool {
        self.finder.is_mid_page()
    }

    /// What is known now that the input is over.
    #[must_use]
    pub fn finish(&self) -> OggSummary {
        let ended = self
            .streams
            .link
            .as_ref()
            .is_some_and(|link| link.stage == Stage::Over);
        OggSummary {
            is_truncated: !ended || self.streams.was_cut,
            is_damaged: self.finder.was_damaged() || self.streams.lost_pages,
            links: self.streams.links,
        }
    }
}

impl Streams {
    fn page(&mut self, page: &OggPage<'_>, events: &mut Vec<OggEvent>) -> Result<(), OggError> {
        if page.begins_stream() {
            return self.begin(page, events);
        }
        let link = self.link.as_mut().ok_or(OggError::NoOpus)?;
        if page.serial != link.serial || link.stage == Stage::Over {
            return Ok(()); // Another codec's stream, or leftovers after the end.
        }
        if page.sequence != link.next_sequence {
            self.lost_pages = true;
            link.partial = None;
        }
        link.next_sequence = page.sequence.wrapping_add(1);
        link.page(page, events)
    }

    fn begin(&mut self, page: &OggPage<'_>, events: &mut Vec<OggEvent>) -> Result<(), OggError> {
        if !page.body.starts_with(b"OpusHead") {
            return Ok(());
        }
        match self.link.as_ref().map(|link| link.stage) {
            // All streams that are multiplexed begin before any goes on: this is a second one beside ours.
            Some(Stage::Fresh) => return Ok(()),
            Some(Stage::Over) | None => {}
            Some(Stage::Tags { .. } | Stage::Audio) => self.was_cut = true,
        }
        events.push(OggEvent::Head(OpusHead::parse(page.body)?));
        self.links += 1;
        self.link = Some(Link {
            serial: page.serial,
            next_sequence: page.sequence.wrapping_add(1),
            stage: Stage::Fresh,
            partial: None,
            base_granule: None,
            samples: 0,
        });
        Ok(())
    }
}

impl Link {
    fn page(&mut self, page: &OggPage<'_>, events: &mut Vec<OggEvent>) -> Result<(), OggError> {
        if self.stage == Stage::Fresh {
            self.stage = Stage::Tags { skipped_bytes: 0 };
        }
        let first_event = events.len();
        let samples_before = self.samples;
        self.packets(page, events)?;
        let page_samples = self.samples - samples_before;
        if page_samples > 0 && self.base_granule.is_none() {
            let granule = page.granule.unwrap_or_default();
            self.base_granule = Some(granule.saturating_sub(page_samples));
        }
        if page.ends_stream() {
            self.stage = Stage::Over;
            let trim_samples = self.trim(page.granule, first_event, events);
            events.push(OggEvent::End { trim_samples });
        }
        if page_samples > 0 {
            events.push(OggEvent::PageEnd);
        }
        Ok(())
    }

    fn packets(&mut self, page: &OggPage<'_>, events: &mut Vec<OggEvent>) -> Result<(), OggError> {
        // A packet whose beginning was lost is passed over.
        let mut is_headless = page.is_continued() && self.partial.is_none();
        if !page.is_continued() {
            self.partial = None;
        }
        let mut body = page.body;
        let mut run_bytes = 0;
        for &lace in page.lacing {
            run_bytes += usize::from(lace);
            if lace < 255 {
                let (run, rest) = body.split_at_checked(run_bytes).unwrap_or((body, &[]));
                (body, run_bytes) = (rest, 0);
                if !std::mem::take(&mut is_headless) {
                    self.extend_partial(run)?;
                    let packet = self.partial.take().unwrap_or_default();
                    self.packet(packet, events)?;
                }
            }
        }
        if run_bytes > 0 && !is_headless {
            self.extend_partial(body)?;
        }
        Ok(())
    }

    fn extend_partial(&mut self, run: &[u8]) -> Result<(), OggError> {
        let partial = self.partial.get_or_insert_default();
        if let Stage::Tags { skipped_bytes } = &mut self.stage {
            *skipped_bytes += run.len();
            if *skipped_bytes > TAGS_BYTES_MAX {
                return Err(OggError::Tags);
            }
            // Only the magic is looked at.
            partial.extend(run.iter().take(8usize.saturating_sub(partial.len())));
            return Ok(());
        }
        let bytes = partial.len() + run.len();
        if bytes > PACKET_BYTES_MAX {
            return Err(PacketError::TooLarge { bytes }.into());
        }
        partial.extend_from_slice(run);
        Ok(())
    }

    fn packet(&mut self, bytes: Vec<u8>, events: &mut Vec<OggEvent>) -> Result<(), OggError> {
        if matches!(self.stage, Stage::Tags { .. }) {
            self.stage = Stage::Audio;
            return if bytes == b"OpusTags" {
                Ok(())
            } else {
                Err(OggError::Tags)
            };
        }
        let packet = OpusPacket::new(bytes)?;
        self.samples += u64::from(packet.samples());
        events.push(OggEvent::Packet(packet));
        Ok(())
    }

    /// How far the granule of the last page stays behind the packets (RFC 7845 §4.4). Takes back packets of this
    /// page that end up trimmed whole.
    fn trim(&self, granule: Option<u64>, first_event: usize, events: &mut Vec<OggEvent>) -> u32 {
        let total = self.base_granule.unwrap_or_default().saturating_add(self.samples);
        let mut trim = total.saturating_sub(granule.unwrap_or(total));
        while events.len() > first_event {
            let Some(OggEvent::Packet(last)) = events.last() else {
                break;
            };
            if trim < u64::from(last.samples()) {
                return u32::try_from(trim).unwrap_or_default();
            }
            trim -= u64::from(last.samples());
            events.pop();
        }
        0
    }
}
