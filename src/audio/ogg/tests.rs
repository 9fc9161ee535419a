use proptest::prelude::*;

use super::page::{BEGINS, CONTINUED, ENDS, NO_GRANULE, crc};
use super::sync::{CORRUPT_PAGES_MAX, SKIPPED_BYTES_MAX};
use super::*;
use crate::audio::opus::{HeadError, OpusPacket, PACKET_BYTES_MAX, PacketError};
use crate::audio::testing::{MONO, cut, ogg_file, packet, packets};

struct Raw<'a> {
    flags: u8,
    granule: u64,
    serial: u32,
    sequence: u32,
    lacing: &'a [u8],
    body: &'a [u8],
}

impl Raw<'_> {
    fn page(&self) -> Vec<u8> {
        let mut page = b"OggS\0".to_vec();
        page.push(self.flags);
        page.extend(self.granule.to_le_bytes());
        page.extend(self.serial.to_le_bytes());
        page.extend(self.sequence.to_le_bytes());
        page.extend([0; 4]);
        page.push(self.lacing.len() as u8);
        page.extend(self.lacing);
        page.extend(self.body);
        let checksum = crc(0, &page);
        page[22..26].copy_from_slice(&checksum.to_le_bytes());
        page
    }
}

fn raw(flags: u8, granule: u64, serial: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    Raw {
        flags,
        granule,
        serial,
        sequence,
        lacing: &[body.len() as u8],
        body,
    }
    .page()
}

fn headers(serial: u32) -> Vec<u8> {
    let tags = b"OpusTags\x02\0\0\0us\0\0\0\0";
    [
        raw(BEGINS, 0, serial, 0, &MONO.to_bytes()),
        raw(0, 0, serial, 1, tags),
    ]
    .concat()
}

fn read(stream: &[u8]) -> (Result<(), OggError>, Vec<OggEvent>, OggSummary) {
    read_pieces(&[stream])
}

fn read_pieces(pieces: &[&[u8]]) -> (Result<(), OggError>, Vec<OggEvent>, OggSummary) {
    let (mut reader, mut events) = (OggReader::new(), Vec::new());
    let result = pieces
        .iter()
        .try_for_each(|piece| reader.feed(piece, &mut events));
    (result, events, reader.finish())
}

fn packets_of(events: &[OggEvent]) -> Vec<OpusPacket> {
    let packet = |event: &OggEvent| match event {
        OggEvent::Packet(packet) => Some(packet.clone()),
        _ => None,
    };
    events.iter().filter_map(packet).collect()
}

#[test]
fn the_checksum_is_the_one_of_rfc_3533() {
    // The cksum of POSIX shares the polynomial; this is its check value before the last inversion.
    assert_eq!(crc(0, b"123456789"), 0x89A1_897F);
    assert_eq!(crc(crc(0, b"12345"), b"6789"), 0x89A1_897F);
}

#[test]
fn a_file_reads_back_with_its_trim() {
    let sent = vec![packet(3, 80), packet(3, 255), packet(2, 0), packet(3, 510)];
    let (result, events, summary) = read(&ogg_file(MONO, &sent, 3, 100));
    assert_eq!(result, Ok(()));
    assert_eq!(
        summary,
        OggSummary {
            is_truncated: false,
            is_damaged: false,
            links: 1
        }
    );
    let want = [
        OggEvent::Head(MONO),
        OggEvent::Packet(sent[0].clone()),
        OggEvent::Packet(sent[1].clone()),
        OggEvent::Packet(sent[2].clone()),
        OggEvent::PageEnd,
        OggEvent::Packet(sent[3].clone()),
        OggEvent::End { trim_samples: 100 },
        OggEvent::PageEnd,
    ];
    assert_eq!(events, want);
}

#[test]
fn packets_that_are_trimmed_whole_are_not_reported() {
    let sent: Vec<_> = (0..5).map(|_| packet(3, 9)).collect();
    let (_, events, _) = read(&ogg_file(MONO, &sent, 5, 960 * 2 + 7));
    assert_eq!(packets_of(&events).len(), 3);
    assert!(events.contains(&OggEvent::End { trim_samples: 7 }));
    // A trim that reaches into pages that are gone cannot be had any more.
    let (_, events, _) = read(&ogg_file(MONO, &sent, 4, 960 * 2));
    assert_eq!(packets_of(&events).len(), 4);
    assert!(events.contains(&OggEvent::End { trim_samples: 0 }));
}

#[test]
fn a_stream_captured_in_the_middle_has_no_false_trim() {
    let packet = packet(3, 9);
    let stream = [
        headers(5),
        raw(0, 1_000_000, 5, 2, packet.bytes()),
        raw(ENDS, 1_000_860, 5, 3, packet.bytes()),
    ]
    .concat();
    let (_, events, _) = read(&stream);
    assert!(
        events.contains(&OggEvent::End { trim_samples: 100 }),
        "{events:?}"
    );
}

#[test]
fn a_packet_may_span_pages() {
    let long = packet(3, 1_000);
    let bytes = long.bytes();
    let first = Raw {
        flags: 0,
        granule: NO_GRANULE,
        serial: 5,
        sequence: 2,
        lacing: &[255; 2],
        body: &bytes[..510],
    };
    let second = Raw {
        flags: CONTINUED | ENDS,
        granule: 960,
        serial: 5,
        sequence: 3,
        lacing: &[255, 236],
        body: &bytes[510..],
    };
    let (result, events, summary) = read(&[headers(5), first.page(), second.page()].concat());
    assert_eq!((result, packets_of(&events)), (Ok(()), vec![long.clone()]));
    assert!(!summary.is_damaged && !summary.is_truncated);
    // Without its first page the packet is passed over, and the damage is told.
    let (result, events, summary) = read(&[headers(5), second.page()].concat());
    assert_eq!(
        (result, packets_of(&events).len(), summary.is_damaged),
        (Ok(()), 0, true)
    );
}

#[test]
fn chained_links_follow_each_other() {
    let one = ogg_file(MONO, &[packet(3, 5)], 1, 10);
    let two = ogg_file(MONO, &[packet(3, 6)], 1, 20);
    let (result, events, summary) = read(&[one.clone(), two].concat());
    assert_eq!(result, Ok(()));
    assert_eq!(
        (packets_of(&events).len(), summary.links, summary.is_truncated),
        (2, 2, false)
    );
    let (_, _, summary) = read(&[&one[..], &headers(9)].concat());
    assert_eq!((summary.links, summary.is_truncated), (2, true));
}

#[test]
fn streams_beside_the_first_opus_stream_are_passed_over() {
    let heard = packet(3, 9);
    let other = packet(3, 10);
    let tags = b"OpusTags\x02\0\0\0us\0\0\0\0";
    let stream = [
        raw(BEGINS, 0, 1, 0, b"\x01vorbis and so on"),
        raw(BEGINS, 0, 2, 0, &MONO.to_bytes()),
        raw(BEGINS, 0, 3, 0, &MONO.to_bytes()),
        raw(0, 0, 3, 1, tags),
        raw(0, 0, 1, 1, b"vorbis"),
        raw(0, 0, 2, 1, tags),
        raw(0, 960, 3, 2, other.bytes()),
        raw(ENDS, 960, 2, 2, heard.bytes()),
    ];
    let (result, events, summary) = read(&stream.concat());
    assert_eq!((result, packets_of(&events)), (Ok(()), vec![heard]));
    assert_eq!((summary.links, summary.is_truncated), (1, false));
}

#[test]
fn a_missing_end_is_truncation() {
    let file = ogg_file(MONO, &[packet(3, 5), packet(3, 6)], 1, 0);
    for missing in 1..file.len() {
        let (_, _, summary) = read(&file[..file.len() - missing]);
        assert!(summary.is_truncated, "{missing} bytes missing");
    }
}

#[test]
fn a_flipped_bit_loses_its_page_only() {
    let sent: Vec<_> = (0..6).map(|index| packet(3, 40 + index)).collect();
    let clean = ogg_file(MONO, &sent, 2, 0);
    let at = clean.len() / 2;
    let mut flipped = clean.clone();
    flipped[at] ^= 1;
    let (result, events, summary) = read(&flipped);
    assert_eq!(result, Ok(()));
    assert!(summary.is_damaged);
    assert_eq!(packets_of(&events), [&sent[..2], &sent[4..]].concat());
}

#[test]
fn damage_has_an_end() {
    let start = ogg_file(MONO, &[packet(3, 5)], 1, 0);
    let noise = |bytes: usize| read(&[&start[..], &vec![7; bytes]].concat()).0;
    assert_eq!(noise(SKIPPED_BYTES_MAX), Ok(()));
    assert!(matches!(
        noise(SKIPPED_BYTES_MAX + 1),
        Err(OggError::Sync(SyncError::Lost { .. }))
    ));
    let mut corrupt = raw(0, 0, 5, 9, b"x");
    corrupt[22] ^= 1;
    let corrupted = |pages: u32| read(&[&start[..], &corrupt.repeat(pages as usize)].concat()).0;
    assert_eq!(corrupted(CORRUPT_PAGES_MAX), Ok(()));
    assert!(matches!(
        corrupted(CORRUPT_PAGES_MAX + 1),
        Err(OggError::Sync(SyncError::Lost { .. }))
    ));
}

#[test]
fn what_is_not_opus_is_refused() {
    assert_eq!(read(b"RIFFxxxxWAVE").0, Err(OggError::Sync(SyncError::NotOgg)));
    let vorbis = [raw(BEGINS, 0, 1, 0, b"\x01vorbis"), raw(0, 0, 1, 1, b"x")].concat();
    assert_eq!(read(&vorbis).0, Err(OggError::NoOpus));
    let mut surround = MONO.to_bytes();
    surround[18] = 1;
    let refused = OggError::Head(HeadError::Unsupported {
        family: 1,
        channels: 1,
    });
    assert_eq!(read(&raw(BEGINS, 0, 1, 0, &surround)).0, Err(refused));
    let no_tags = [
        raw(BEGINS, 0, 1, 0, &MONO.to_bytes()),
        raw(0, 960, 1, 1, packet(3, 20).bytes()),
    ]
    .concat();
    assert_eq!(read(&no_tags).0, Err(OggError::Tags));
    let bad_packet = [headers(1), raw(0, 960, 1, 2, &[19 << 3 | 1, 0])].concat();
    assert_eq!(read(&bad_packet).0, Err(OggError::Packet(PacketError::Malformed)));
}

#[test]
fn packets_and_comments_have_a_largest_size() {
    let long_pages = |count: u32, start: u32| {
        let page = |index| Raw {
            flags: if index == 0 { 0 } else { CONTINUED },
            granule: NO_GRANULE,
            serial: 1,
            sequence: start + index,
            lacing: &[255; 255],
            body: &[b'O'; 255 * 255],
        };
        (0..count)
            .flat_map(|index| page(index).page())
            .collect::<Vec<_>>()
    };
    const { assert!(255 * 255 > PACKET_BYTES_MAX) };
    let (result, ..) = read(&[headers(1), long_pages(1, 2)].concat());
    assert_eq!(
        result,
        Err(OggError::Packet(PacketError::TooLarge { bytes: 65_025 }))
    );
    let head = raw(BEGINS, 0, 1, 0, &MONO.to_bytes());
    assert_eq!(read(&[&head[..], &long_pages(16, 1)].concat()).0, Ok(()));
    assert_eq!(
        read(&[&head[..], &long_pages(17, 1)].concat()).0,
        Err(OggError::Tags)
    );
}

#[test]
fn a_first_page_that_is_damaged_is_passed_over_however_the_stream_is_cut() {
    let mut stream = [
        ogg_file(MONO, &[packet(3, 120)], 1, 0),
        ogg_file(MONO, &[packet(3, 5)], 1, 0),
    ]
    .concat();
    // Its length: the page looks shorter than it is, so that what follows it is none.
    stream[27] ^= 0x10;
    for size in [1, 7, 50, 90] {
        assert_eq!(read_pieces(&cut(&stream, &[size])), read(&stream), "{size}");
    }
}

#[test]
fn an_error_repeats() {
    let (mut reader, mut events) = (OggReader::new(), Vec::new());
    assert!(reader.feed(b"no", &mut events).is_err());
    let file = ogg_file(MONO, &[packet(3, 5)], 1, 0);
    assert_eq!(
        reader.feed(&file, &mut events),
        Err(OggError::Sync(SyncError::NotOgg))
    );
    assert!(events.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_split_gives_the_same_events(
        sent in packets(),
        per_page in 1usize..9,
        noise in prop::collection::vec(any::<u8>(), 0..40),
        flip in any::<prop::sample::Index>(),
        sizes in prop::collection::vec(1usize..200, 1..8),
    ) {
        let mut stream = [ogg_file(MONO, &sent, per_page, 3), noise, ogg_file(MONO, &sent, 1, 0)].concat();
        let at = flip.index(stream.len());
        stream[at] ^= 0x10;
        let whole = read(&stream);
        prop_assert_eq!(read_pieces(&cut(&stream, &sizes)), whole);
    }

    #[test]
    fn every_packet_comes_back(sent in packets(), per_page in 1usize..400) {
        let (result, events, _) = read(&ogg_file(MONO, &sent, per_page, 0));
        prop_assert_eq!(result, Ok(()));
        prop_assert_eq!(packets_of(&events), sent);
    }

    #[test]
    fn hostile_bytes_never_panic(
        body in prop::collection::vec(any::<u8>(), 0..300),
        flags in 0u8..8,
        granule in any::<u64>(),
        lacing in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let _ = read(&body);
        let length: usize = lacing.iter().map(|&lace| usize::from(lace)).sum();
        let filled: Vec<u8> = body.iter().copied().chain(std::iter::repeat(0)).take(length).collect();
        let page = Raw { flags, granule, serial: 1, sequence: 2, lacing: &lacing, body: &filled }.page();
        let _ = read(&[headers(1), page.clone(), page].concat());
    }
}
