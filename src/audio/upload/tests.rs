use proptest::prelude::*;

use super::*;
use crate::audio::mux::{OpusContainer, OpusMuxer};
use crate::audio::testing::{MONO, ogg_file, packet};
use crate::audio::wav::{PcmFormat, streaming_header};

const FILES: [(&[u8], Container, u64); 8] = [
    (
        include_bytes!("../../../tests/fixtures/audio/two.wav"),
        Container::Wav,
        500,
    ),
    (
        include_bytes!("../../../tests/fixtures/audio/two.mp3"),
        Container::Mp3,
        1_993,
    ),
    (
        include_bytes!("../../../tests/fixtures/audio/two.ogg"),
        Container::OggOpus,
        1_993,
    ),
    (
        include_bytes!("../../../tests/fixtures/audio/two-vorbis.ogg"),
        Container::OggOther,
        1_993,
    ),
    (
        include_bytes!("../../../tests/fixtures/audio/two.webm"),
        Container::Webm,
        1_993,
    ),
    (
        include_bytes!("../../../tests/fixtures/audio/two.m4a"),
        Container::Mp4,
        1_993,
    ),
    (
        include_bytes!("../../../tests/fixtures/audio/two.flac"),
        Container::Flac,
        1_993,
    ),
    (
        include_bytes!("../../../tests/fixtures/audio/one.ogg"),
        Container::OggOpus,
        2_857,
    ),
];

fn muxed(container: OpusContainer) -> Vec<u8> {
    let (mut muxer, mut out) = (OpusMuxer::new(container, MONO, true), Vec::new());
    for index in 0..10 {
        muxer.push(&packet(3, 50 + index));
        muxer.flush(&mut out);
    }
    muxer.finish(0, &mut out);
    out
}

fn fault(file: &[u8]) -> Option<Fault> {
    match inspect(file) {
        Err(UploadError::Broken { fault, .. }) => Some(fault),
        _ => None,
    }
}

#[test]
fn recordings_of_every_kind_are_known_with_their_duration() {
    for (file, container, want_ms) in FILES {
        let upload = inspect(file).unwrap();
        assert_eq!(upload.container, container);
        let duration_ms = upload.duration_ms.unwrap();
        // MP3 and AAC encoders add up to three frames; the others are exact to the packet.
        assert!(
            duration_ms.abs_diff(want_ms) <= 100,
            "{container:?}: {duration_ms} ms, not {want_ms}"
        );
    }
}

#[test]
fn live_streams_without_sizes_are_whole() {
    for (container, want_ms) in [
        (OpusContainer::Webm, 200),
        (OpusContainer::Mp4, 200),
        (OpusContainer::Ogg, 193),
    ] {
        assert_eq!(
            inspect(&muxed(container)).unwrap().duration_ms,
            Some(want_ms),
            "{container:?}"
        );
    }
    let open_wav = [streaming_header(PcmFormat::SPEECH), vec![0; 4_800]].concat();
    assert_eq!(inspect(&open_wav).unwrap().duration_ms, Some(100));
}

#[test]
fn a_wav_whose_header_counts_itself_is_heard() {
    let told = |data_bytes: u32| {
        let mut file = [streaming_header(PcmFormat::SPEECH), vec![0; 4_800]].concat();
        file[40..44].copy_from_slice(&data_bytes.to_le_bytes());
        file
    };
    for data_bytes in [4_800, 4_800 + 44, 4_800 + 512, 0, u32::MAX] {
        assert_eq!(
            inspect(&told(data_bytes)).unwrap().duration_ms,
            Some(100),
            "{data_bytes}"
        );
    }
    assert_eq!(fault(&told(4_800 + 513)), Some(Fault::Truncated));
    assert_eq!(fault(&told(4_844)[..44]), Some(Fault::NoSound));
}

#[test]
fn a_wav_with_an_odd_header_is_heard() {
    let file = |before: &[u8], data_bytes: u32| {
        let whole = [streaming_header(PcmFormat::SPEECH), vec![0; 4_800]].concat();
        let mut file = [&whole[..12], before, &whole[12..]].concat();
        let at = 40 + before.len();
        file[at..at + 4].copy_from_slice(&data_bytes.to_le_bytes());
        file
    };
    for (what, file) in [
        ("a list, padded", file(b"LIST\x05\0\0\0INFO!\0", 4_800)),
        ("a list, not padded", file(b"LIST\x05\0\0\0INFO!", 4_800)),
        ("filler", file(b"JUNK\x04\0\0\0\0\0\0\0", 4_800)),
        ("an odd count", file(b"", 4_801)),
        ("a chunk of nothing", file(b"bext\0\0\0\0", 4_800)),
        (
            "more behind it",
            [file(b"", 4_800), b"LIST\x04\0\0\0INFO".to_vec()].concat(),
        ),
    ] {
        assert_eq!(
            inspect(&file).map(|looked| looked.duration_ms),
            Ok(Some(100)),
            "{what}"
        );
    }
    let mut large = file(b"ds64\x1c\0\0\0aaaaaaaaaaaaaaaaaaaaaaaaaaaa", u32::MAX);
    large[..4].copy_from_slice(b"RF64");
    assert_eq!(inspect(&large).map(|looked| looked.duration_ms), Ok(Some(100)));
}

#[test]
fn files_cut_in_half_are_called_broken() {
    for (file, container, _) in FILES {
        let half = &file[..file.len() / 2];
        // MP3 and FLAC are only frames after their header: half of one is a shorter recording.
        let is_frames_only = matches!(container, Container::Mp3 | Container::Flac);
        assert_eq!(
            fault(half).is_some(),
            !is_frames_only,
            "{container:?}: {:?}",
            inspect(half)
        );
    }
    assert_eq!(fault(FILES[0].0.get(..40).unwrap()), Some(Fault::Truncated));
    assert_eq!(fault(&muxed(OpusContainer::Webm)[..400]), Some(Fault::Truncated));
    assert_eq!(fault(&FILES[6].0[..30]), Some(Fault::Truncated));
}

#[test]
fn containers_without_sound_are_called_so() {
    let (mut muxer, mut header) = (OpusMuxer::new(OpusContainer::Webm, MONO, true), Vec::new());
    muxer.flush(&mut header);
    assert_eq!(fault(&header), Some(Fault::NoSound));
    assert_eq!(fault(&streaming_header(PcmFormat::SPEECH)), Some(Fault::NoSound));
    assert_eq!(fault(&ogg_file(MONO, &[], 1, 0)), Some(Fault::NoSound));
    assert_eq!(fault(b"ID3\x04\0\0\0\0\0\x02xx"), Some(Fault::NoSound));
    assert_eq!(
        fault(b"\0\0\0\x10ftypM4A \0\0\0\0"),
        Some(Fault::Truncated),
        "the movie box never came"
    );
    assert_eq!(
        fault(b"\0\0\0\x10ftypM4A \0\0\0\0\0\0\0\x08moov"),
        Some(Fault::NoTrack)
    );
}

#[test]
fn what_is_not_a_recording_is_refused_in_a_sentence() {
    let sentence = |file: &[u8]| inspect(file).unwrap_err().to_string();
    assert_eq!(sentence(b""), "the file is empty");
    assert_eq!(
        sentence(b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"),
        "the file is not audio: send wav, mp3, ogg, webm, m4a or flac"
    );
    assert_eq!(inspect(b"{\"file\": 1}"), Err(UploadError::NotAudio));
    assert_eq!(
        inspect(b"\xFF\xF1\x50\x80\0\0\0"),
        Err(UploadError::Unsupported {
            container: Container::Adts
        })
    );
    assert_eq!(
        sentence(&FILES[4].0[..FILES[4].0.len() / 2]),
        "the webm file is broken: it is cut off"
    );
}

#[test]
fn the_largest_upload_passes_and_one_byte_more_does_not() {
    let mut file = [
        streaming_header(PcmFormat::SPEECH),
        vec![0; UPLOAD_BYTES_MAX - 44],
    ]
    .concat();
    assert!(inspect(&file).is_ok());
    file.push(0);
    assert_eq!(
        inspect(&file),
        Err(UploadError::TooLarge {
            bytes: UPLOAD_BYTES_MAX + 1
        })
    );
}

#[test]
fn a_recording_that_claims_to_last_longer_than_time_is_read() {
    let mut file = muxed(OpusContainer::Webm);
    // The scale of time takes the bytes behind it for its own.
    *file.get_mut(56).unwrap() = 151;
    let _ = inspect(&file);
    let scale = file.windows(3).position(|id| id == [0x2a, 0xd7, 0xb1]);
    assert!(scale.is_some_and(|at| at < 56), "{scale:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn damaged_recordings_never_panic(
        which in 0..FILES.len(),
        keep in any::<prop::sample::Index>(),
        changes in prop::collection::vec((0usize..1_200, any::<u8>()), 0..6),
    ) {
        let file = FILES[which].0;
        let mut file = file[..keep.index(file.len())].to_vec();
        for (at, byte) in changes {
            if let Some(place) = file.get_mut(at) { *place = byte; }
        }
        let _ = inspect(&file);
    }

    #[test]
    fn damaged_live_streams_never_panic(
        container in prop::sample::select(vec![OpusContainer::Ogg, OpusContainer::Webm, OpusContainer::Mp4]),
        changes in prop::collection::vec((0usize..1_600, any::<u8>()), 0..6),
    ) {
        let mut file = muxed(container);
        for (at, byte) in changes {
            if let Some(place) = file.get_mut(at) { *place = byte; }
        }
        let _ = inspect(&file);
    }
}
