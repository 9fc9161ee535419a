//! One Ogg page (RFC 3533 §6): its layout and its checksum.

use crate::audio::bytes;

/// Header bytes before the lacing table.
pub(in crate::audio) const PAGE_HEADER_BYTES: usize = 27;
/// The most lacing values a page has.
pub(in crate::audio) const PAGE_SEGMENTS_MAX: usize = 255;
/// The largest page: 27 + 255 + 255 * 255.
pub(in crate::audio) const PAGE_BYTES_MAX: usize = 65_307;
/// The first bytes of every page, with the only version there is.
pub(super) const CAPTURE: [u8; 5] = *b"OggS\0";

pub(super) const CONTINUED: u8 = 1;
pub(super) const BEGINS: u8 = 2;
pub(super) const ENDS: u8 = 4;
/// The granule position of a page on which no packet ends.
pub(super) const NO_GRANULE: u64 = u64::MAX;

/// A page whose checksum is right.
#[derive(Debug, Clone, Copy)]
pub(in crate::audio) struct OggPage<'a> {
    flags: u8,
    /// The codec's clock at the last packet that ends here; `None` if none ends.
    pub granule: Option<u64>,
    /// The logical stream.
    pub serial: u32,
    /// Running number inside the logical stream.
    pub sequence: u32,
    /// The lacing table: packet lengths in steps of up to 255.
    pub lacing: &'a [u8],
    /// The packet bytes.
    pub body: &'a [u8],
}

impl OggPage<'_> {
    pub fn is_continued(&self) -> bool {
        self.flags & CONTINUED != 0
    }

    pub fn begins_stream(&self) -> bool {
        self.flags & BEGINS != 0
    }

    pub fn ends_stream(&self) -> bool {
        self.flags & ENDS != 0
    }
}

/// What stands at the beginning of some bytes.
pub(super) enum Parsed<'a> {
    /// A page, and how many bytes it takes.
    Page(OggPage<'a>, usize),
    /// Perhaps a page: so many bytes are needed to say more.
    NeedBytes(usize),
    /// Not the beginning of a page.
    Nothing,
    /// It looks like a page but its checksum is wrong.
    Corrupt,
}

/// Reads the page at the beginning of `input`.
pub(super) fn parse(input: &[u8]) -> Parsed<'_> {
    let seen = input.len().min(CAPTURE.len());
    if input.get(..seen) != CAPTURE.get(..seen) {
        return Parsed::Nothing;
    }
    let Some(&segments) = input.get(PAGE_HEADER_BYTES - 1) else {
        return Parsed::NeedBytes(PAGE_HEADER_BYTES);
    };
    let body_at = PAGE_HEADER_BYTES + usize::from(segments);
    let Some(lacing) = input.get(PAGE_HEADER_BYTES..body_at) else {
        return Parsed::NeedBytes(body_at);
    };
    let page_bytes = body_at + lacing.iter().map(|&length| usize::from(length)).sum::<usize>();
    let Some(whole) = input.get(..page_bytes) else {
        return Parsed::NeedBytes(page_bytes);
    };
    read_fields(whole, lacing, body_at).map_or(Parsed::Corrupt, |page| Parsed::Page(page, page_bytes))
}

fn read_fields<'a>(whole: &'a [u8], lacing: &'a [u8], body_at: usize) -> Option<OggPage<'a>> {
    let (before, rest) = whole.split_at_checked(22)?;
    let (told, after) = rest.split_at_checked(4)?;
    let checksum = crc(crc(crc(0, before), &[0; 4]), after);
    let granule = bytes::u64_le(whole, 6)?;
    (told == checksum.to_le_bytes()).then_some(OggPage {
        flags: *whole.get(5)?,
        granule: (granule != NO_GRANULE).then_some(granule),
        serial: bytes::u32_le(whole, 14)?,
        sequence: bytes::u32_le(whole, 18)?,
        lacing,
        body: bytes::tail(whole, body_at),
    })
}

/// Continues Ogg's checksum: polynomial 0x04C11DB7, most significant bit first, no inversion (RFC 3533 §6).
pub(super) fn crc(start: u32, input: &[u8]) -> u32 {
    input.iter().fold(start, |crc, &byte| {
        let [top, ..] = crc.to_be_bytes();
        let mixed = TABLE.get(usize::from(top ^ byte)).copied().unwrap_or_default();
        (crc << 8) ^ mixed
    })
}

static TABLE: [u32; 256] = table();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, where a wrong index cannot go unseen"
)]
const fn table() -> [u32; 256] {
    let mut table = [0u32; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = (index as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            value = (value << 1) ^ (0x04C1_1DB7 * (value >> 31));
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}
