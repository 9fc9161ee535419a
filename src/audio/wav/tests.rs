use super::*;
use proptest::prelude::*;

fn wav(extra: &[u8], data_size: u32, pcm: &[u8]) -> Vec<u8> {
    let header = streaming_header(PcmFormat::SPEECH);
    [&header[..36], extra, b"data", &data_size.to_le_bytes(), pcm].concat()
}

fn read(pieces: &[&[u8]]) -> (Result<(), WavError>, Vec<u8>, WavReader) {
    let (mut reader, mut out) = (WavReader::new(), Vec::new());
    let result = pieces.iter().try_for_each(|piece| reader.feed(piece, &mut out));
    (result, out, reader)
}

#[test]
fn the_header_we_write_is_the_header_we_read() {
    let header = streaming_header(PcmFormat {
        sample_rate: 16_000,
        channels: 2,
    });
    assert_eq!(header.len(), HEADER_BYTES);
    let (result, out, reader) = read(&[&header, b"abcdefg"]);
    assert_eq!(
        (result, out.as_slice()),
        (Ok(()), b"abcd".as_slice()),
        "whole frames of four bytes only"
    );
    assert_eq!(
        reader.format(),
        Some(PcmFormat {
            sample_rate: 16_000,
            channels: 2
        })
    );
    assert!(!reader.is_truncated());
}

#[test]
fn a_whole_wav_says_how_long_it_is() {
    let mut wav = streaming_header(PcmFormat::SPEECH);
    wav.extend_from_slice(&[0; 6]);
    set_lengths(&mut wav);
    assert_eq!(wav[4..8], 42u32.to_le_bytes());
    assert_eq!(wav[40..44], 6u32.to_le_bytes());
    let mut tagged = [&wav[..36], b"LIST\x04\0\0\0INFO", &wav[36..]].concat();
    set_lengths(&mut tagged);
    assert_eq!(
        (&tagged[4..8], &tagged[52..56]),
        (&54u32.to_le_bytes()[..], &6u32.to_le_bytes()[..])
    );
    let mut other = b"OggS\0".to_vec();
    set_lengths(&mut other);
    assert_eq!(other, b"OggS\0");
}

#[test]
fn a_known_size_ends_the_samples_and_an_open_one_does_not() {
    let (_, out, reader) = read(&[&wav(b"", 4, b"abcdLIST\x04\0\0\0xxxx")]);
    assert_eq!(
        (out.as_slice(), reader.is_truncated()),
        (b"abcd".as_slice(), false)
    );
    for open in [0, 0x7FFF_FFDB, 0xFFFF_FFFF] {
        let (_, out, reader) = read(&[&wav(b"", open, b"abcdef")]);
        assert_eq!(
            (out.as_slice(), reader.is_truncated()),
            (b"abcdef".as_slice(), false),
            "{open:#x}"
        );
    }
    let (_, out, reader) = read(&[&wav(b"", 8, b"abcd")]);
    assert_eq!(
        (out.as_slice(), reader.is_truncated()),
        (b"abcd".as_slice(), true)
    );
}

#[test]
fn chunks_before_the_samples_are_passed_over_with_their_padding() {
    let (result, out, _) = read(&[&wav(b"LIST\x03\0\0\0abc\0junk\x02\0\0\0zz", 4, b"abcd")]);
    assert_eq!((result, out.as_slice()), (Ok(()), b"abcd".as_slice()));
    let (result, ..) = read(&[&wav(b"LIST\x00\0\x20\0", 4, b"abcd")]);
    assert_eq!(result, Err(WavError::Malformed), "2 MiB before the samples");
}

#[test]
fn extensible_pcm_is_pcm_and_float_is_refused() {
    let fmt = |tag: u8, inner: u8| {
        let mut chunk = b"RIFF\0\0\0\0WAVEfmt \x28\0\0\0".to_vec();
        chunk.extend([
            tag,
            if tag == 0xFE { 0xFF } else { 0 },
            1,
            0,
            0xC0,
            0x5D,
            0,
            0,
            0x80,
            0xBB,
            0,
            0,
            2,
            0,
            16,
            0,
        ]);
        chunk.extend([
            22, 0, 16, 0, 4, 0, 0, 0, inner, 0, 0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113,
        ]);
        chunk.extend(b"data\0\0\0\0ab");
        chunk
    };
    assert_eq!(read(&[&fmt(0xFE, 1)]).1, b"ab");
    assert_eq!(
        read(&[&fmt(0xFE, 3)]).0,
        Err(WavError::Unsupported { tag: 3, bits: 16 })
    );
    assert_eq!(
        read(&[&fmt(7, 1)]).0,
        Err(WavError::Unsupported { tag: 7, bits: 16 })
    );
}

#[test]
fn nonsense_is_refused() {
    assert_eq!(read(&[b"RIFF\0\0\0\0AVI LIST"]).0, Err(WavError::NotWav));
    assert_eq!(
        read(&[b"RIFF\0\0\0\0WAVEdata\0\0\0\0"]).0,
        Err(WavError::Malformed),
        "samples before the format"
    );
    assert_eq!(
        read(&[b"RIFF\0\0\0\0WAVEfmt \x02\0\0\0\x01\0"]).0,
        Err(WavError::Malformed)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_split_gives_the_same_samples(pcm in prop::collection::vec(any::<u8>(), 0..300), at in 0usize..350, step in 1usize..50) {
        let whole = wav(b"LIST\x03\0\0\0abc\0", 0, &pcm);
        let want = read(&[&whole]).1;
        let at = at.min(whole.len());
        let mut pieces = vec![&whole[..at]];
        pieces.extend(whole[at..].chunks(step));
        prop_assert_eq!(read(&pieces).1, want);
    }
}
