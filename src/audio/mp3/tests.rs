use proptest::prelude::*;

use super::*;
use crate::audio::testing::cut;

/// MPEG-2, 24 kHz, 32 kb/s, mono: 96 bytes, 24 ms.
const HEADER: [u8; 4] = [0xFF, 0xF3, 0x44, 0xC0];

fn frame(fill: u8) -> Vec<u8> {
    [&HEADER[..], &[fill; 92]].concat()
}

fn read(pieces: &[&[u8]]) -> (Result<(), Mp3Error>, Vec<u8>, Mp3Reader) {
    let (mut reader, mut out) = (Mp3Reader::new(), Vec::new());
    let mut result = pieces.iter().try_for_each(|piece| reader.feed(piece, &mut out));
    if result.is_ok() {
        result = reader.finish(&mut out);
    }
    (result, out, reader)
}

fn index_frame(at: usize, name: &[u8; 4]) -> Vec<u8> {
    let mut frame = frame(0);
    frame[at..at + 4].copy_from_slice(name);
    frame
}

#[test]
fn frame_headers_are_read_as_the_standard_says() {
    let parsed =
        |header| FrameHeader::parse(header).map(|h| (h.sample_rate, h.channels, h.samples, h.frame_bytes));
    assert_eq!(parsed([0xFF, 0xFB, 0x90, 0x64]), Some((44_100, 2, 1_152, 417)));
    assert_eq!(
        parsed([0xFF, 0xFB, 0x92, 0x64]),
        Some((44_100, 2, 1_152, 418)),
        "padding"
    );
    assert_eq!(
        parsed([0xFF, 0xFA, 0xE8, 0xC4]),
        Some((32_000, 1, 1_152, FRAME_BYTES_MAX - 1))
    );
    assert_eq!(parsed([0xFF, 0xF3, 0x48, 0xC4]), Some((16_000, 1, 576, 144)));
    assert_eq!(
        parsed([0xFF, 0xE3, 0x18, 0xC4]),
        Some((8_000, 1, 576, 72)),
        "MPEG-2.5"
    );
    for (header, why) in [
        ([0xFE, 0xFB, 0x90, 0x64], "sync"),
        ([0xFF, 0xEB, 0x90, 0x64], "reserved version"),
        ([0xFF, 0xFD, 0x90, 0x64], "layer II"),
        ([0xFF, 0xF9, 0x50, 0x80], "ADTS"),
        ([0xFF, 0xFB, 0x00, 0x64], "free format"),
        ([0xFF, 0xFB, 0xF0, 0x64], "no bitrate"),
        ([0xFF, 0xFB, 0x9C, 0x64], "no sample rate"),
        ([0xFF, 0xFB, 0x90, 0x66], "reserved emphasis"),
    ] {
        assert_eq!(FrameHeader::parse(header), None, "{why}");
    }
}

#[test]
fn a_clip_tells_how_it_is_made_whole_or_begun_with_a_tag() {
    let tag = b"ID3\x04\0\0\0\0\0\x02xx";
    for clip in [frame(1), [&tag[..], &frame(1), &frame(2)].concat()] {
        assert_eq!(format(&clip), FrameHeader::parse(HEADER));
    }
    assert_eq!(format(b"no sound in here"), None);
}

#[test]
fn only_frames_come_out() {
    let id3 = [b"ID3\x04\0\0\0\0\x01\x02".as_slice(), &[b'x'; 130]].concat();
    let id3_with_footer = [
        b"ID3\x04\0\x10\0\0\0\x02xx".as_slice(),
        b"3DI\x04\0\x10\0\0\0\x02",
    ]
    .concat();
    let ape_tag = [
        b"APETAGEX".as_slice(),
        &2_000u32.to_le_bytes(),
        &33u32.to_le_bytes(),
        &1u32.to_le_bytes(),
        &0xA000_0000u32.to_le_bytes(),
        &[0; 8],
        &[0xFF; 33],
    ]
    .concat();
    let id3v1 = [b"TAG".as_slice(), &[b'y'; 125]].concat();
    for name in [b"Xing", b"Info"] {
        let file = [
            id3.clone(),
            id3_with_footer.clone(),
            index_frame(13, name),
            frame(1),
            frame(2),
            ape_tag.clone(),
            id3v1.clone(),
        ];
        let (result, out, reader) = read(&[&file.concat()]);
        assert_eq!(
            (result, reader.frames(), reader.is_truncated()),
            (Ok(()), 2, false)
        );
        assert_eq!(out, [frame(1), frame(2)].concat());
        assert_eq!(reader.duration_ms(), 48);
    }
    let (_, out, _) = read(&[&[index_frame(36, b"VBRI"), frame(1)].concat()]);
    assert_eq!(out, frame(1));
    let (_, out, _) = read(&[&[frame(1), index_frame(13, b"Info")].concat()]);
    assert_eq!(out.len(), 192, "only the first frame can be an index");
}

#[test]
fn no_audio_at_all_can_be_told() {
    for nothing in [
        b"".to_vec(),
        index_frame(13, b"Info"),
        b"ID3\x04\0\0\0\0\0\x02xx".to_vec(),
        vec![0; 1_000],
    ] {
        let (result, out, reader) = read(&[&nothing]);
        assert_eq!((result, out.len(), reader.frames()), (Ok(()), 0, 0));
    }
    assert_eq!(read(&[&vec![0; JUNK_BYTES_MAX]]).0, Ok(()));
    assert_eq!(read(&[&vec![0; JUNK_BYTES_MAX + 1]]).0, Err(Mp3Error::Lost));
}

#[test]
fn half_a_last_frame_is_dropped_and_told() {
    let (_, out, reader) = read(&[&[&frame(1)[..], &frame(2), &frame(3)[..50]].concat()]);
    assert_eq!(
        (out, reader.is_truncated()),
        ([frame(1), frame(2)].concat(), true)
    );
    let (_, out, reader) = read(&[b"ID3\x04\0\0\0\0\x01\x02short"]);
    assert_eq!((out.len(), reader.is_truncated()), (0, true));
}

#[test]
fn a_false_start_is_passed_over() {
    let (result, out, reader) = read(&[&[&HEADER[..], b"not a frame", &frame(1), &frame(2)].concat()]);
    assert_eq!((result, reader.frames()), (Ok(()), 2));
    assert_eq!(out, [frame(1), frame(2)].concat());
    let (_, out, _) = read(&[&frame(9)]);
    assert_eq!(out, frame(9), "a single frame that fills the file is a frame");
}

#[test]
fn frames_leave_as_soon_as_they_are_whole() {
    let (mut reader, mut out) = (Mp3Reader::new(), Vec::new());
    reader.feed(&frame(1), &mut out).unwrap();
    reader.feed(&HEADER, &mut out).unwrap();
    assert_eq!(out, frame(1));
    reader.feed(&frame(2)[4..], &mut out).unwrap();
    assert_eq!(out, [frame(1), frame(2)].concat());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_split_gives_the_same_frames(
        parts in prop::collection::vec(prop_oneof![
            (0u8..0xFE).prop_map(frame),
            Just(b"ID3\x04\0\0\0\0\0\x05hello".to_vec()),
            Just(index_frame(13, b"Info")),
            Just([b"TAG".as_slice(), &[0; 125]].concat()),
            prop::collection::vec(any::<u8>(), 0..20),
        ], 0..12),
        sizes in prop::collection::vec(1usize..150, 1..6),
    ) {
        let stream = parts.concat();
        let (result, out, reader) = read(&[&stream]);
        let (cut_result, cut_out, cut_reader) = read(&cut(&stream, &sizes));
        prop_assert_eq!((cut_result, cut_out), (result, out));
        prop_assert_eq!(cut_reader.is_truncated(), reader.is_truncated());
        prop_assert_eq!(cut_reader.frames(), reader.frames());
    }

    #[test]
    fn hostile_bytes_never_panic(start in prop::sample::select(vec!["", "ID3", "TAG", "APETAGEX"]), noise in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&[start.as_bytes(), &noise]);
    }
}
