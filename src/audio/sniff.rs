//! What a body is, from its first bytes. Content types lie; magic numbers rarely do.
//!
//! The answer never changes once given: whatever is said of a prefix holds for the whole body, and at most
//! [`SNIFF_BYTES_MAX`] bytes are ever asked for. Text (JSON, HTML, an error sentence) is its own answer, because a
//! provider that answers 200 with an error body is a failure of its own kind.

use super::bytes;

/// After so many bytes the answer is never [`Sniff::NeedMore`]. An Ogg page header with a full lacing table and the
/// codec's magic takes 27 + 255 + 8 bytes, the header of a WebM file about 40.
pub const SNIFF_BYTES_MAX: usize = 512;

/// So many bytes of clean text are text.
const TEXT_BYTES: usize = 24;

/// A container of encoded audio that can be told from its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Container {
    /// Ogg whose first stream is Opus.
    OggOpus,
    /// Ogg whose first stream is something else (Vorbis, FLAC, Speex, ...).
    OggOther,
    /// WebM.
    Webm,
    /// Matroska that does not call itself WebM.
    Matroska,
    /// MP4 and its relatives (M4A, fragmented MP4).
    Mp4,
    /// MPEG audio layer III, with or without an ID3v2 tag.
    Mp3,
    /// RIFF WAVE.
    Wav,
    /// Native FLAC.
    Flac,
    /// AAC in ADTS frames.
    Adts,
}

impl Container {
    /// The media type to declare.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OggOpus | Self::OggOther => "audio/ogg",
            Self::Webm => "audio/webm",
            Self::Matroska => "audio/x-matroska",
            Self::Mp4 => "audio/mp4",
            Self::Mp3 => "audio/mpeg",
            Self::Wav => "audio/wav",
            Self::Flac => "audio/flac",
            Self::Adts => "audio/aac",
        }
    }

    /// The file extension, without a dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::OggOpus | Self::OggOther => "ogg",
            Self::Webm => "webm",
            Self::Matroska => "mka",
            Self::Mp4 => "m4a",
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Adts => "aac",
        }
    }
}

/// What the first bytes of a body say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniff {
    /// It cannot be told yet.
    NeedMore,
    /// Audio in a known container.
    Audio(Container),
    /// Text: JSON, HTML, XML or a plain sentence.
    Text,
    /// Neither text nor a container known here.
    Unknown,
}

/// Looks at the beginning of a body that may go on.
#[must_use]
pub fn sniff(start: &[u8]) -> Sniff {
    if start.is_empty() {
        return Sniff::NeedMore;
    }
    let probes = [ogg, ebml, mp4, id3, mpeg_frame, wav, flac];
    let mut undecided = false;
    for probe in probes {
        match probe(start) {
            Probe::Is(container) => return Sniff::Audio(container),
            Probe::Undecided => undecided = true,
            Probe::No => {}
        }
    }
    match (undecided, is_text(start)) {
        (true, _) => Sniff::NeedMore,
        (false, true) if start.len() < TEXT_BYTES => Sniff::NeedMore,
        (false, true) => Sniff::Text,
        (false, false) => Sniff::Unknown,
    }
}

/// Looks at a body that is complete: never [`Sniff::NeedMore`] unless it is empty.
#[must_use]
pub fn sniff_whole(body: &[u8]) -> Sniff {
    match sniff(body) {
        Sniff::NeedMore if body.is_empty() => Sniff::NeedMore,
        Sniff::NeedMore if is_text(body) => Sniff::Text,
        Sniff::NeedMore => Sniff::Unknown,
        told => told,
    }
}

enum Probe {
    Is(Container),
    Undecided,
    No,
}

/// Compares with a magic number that may not be here completely yet.
fn magic(start: &[u8], at: usize, magic: &[u8]) -> Option<bool> {
    let here = bytes::tail(start, at);
    let length = here.len().min(magic.len());
    match here.get(..length) == magic.get(..length) {
        false => Some(false),
        true if length == magic.len() => Some(true),
        true => None,
    }
}

fn ogg(start: &[u8]) -> Probe {
    match magic(start, 0, b"OggS\0") {
        Some(false) => Probe::No,
        None => Probe::Undecided,
        Some(true) => {
            let Some(&segments) = start.get(26) else {
                return Probe::Undecided;
            };
            match magic(start, 27 + usize::from(segments), b"OpusHead") {
                Some(true) => Probe::Is(Container::OggOpus),
                Some(false) => Probe::Is(Container::OggOther),
                None => Probe::Undecided,
            }
        }
    }
}

/// EBML: the document type stands somewhere in the first header (RFC 8794 §11.2).
fn ebml(start: &[u8]) -> Probe {
    const DOC_TYPE: [u8; 2] = [0x42, 0x82];
    match magic(start, 0, &[0x1A, 0x45, 0xDF, 0xA3]) {
        Some(false) => return Probe::No,
        None => return Probe::Undecided,
        Some(true) => {}
    }
    // Room is left for the name, so that the last place looked at is decided in time too.
    let searched = SNIFF_BYTES_MAX - 16;
    let head = start.get(..start.len().min(searched)).unwrap_or(start);
    let Some(at) = head.windows(2).position(|pair| pair == DOC_TYPE) else {
        return if start.len() < searched {
            Probe::Undecided
        } else {
            Probe::No
        };
    };
    // After the two-byte id a one-byte size (strings this short need no more), then the name.
    match (magic(start, at + 3, b"webm"), magic(start, at + 3, b"matroska")) {
        (Some(true), _) => Probe::Is(Container::Webm),
        (_, Some(true)) => Probe::Is(Container::Matroska),
        (Some(false), Some(false)) => Probe::No,
        _ => Probe::Undecided,
    }
}

fn mp4(start: &[u8]) -> Probe {
    // A first box below 16 MiB: two zero bytes would exclude nothing real, one keeps text out.
    if start.first() != Some(&0) {
        return Probe::No;
    }
    match magic(start, 4, b"ftyp") {
        Some(true) => Probe::Is(Container::Mp4),
        Some(false) => Probe::No,
        None => Probe::Undecided,
    }
}

fn id3(start: &[u8]) -> Probe {
    match magic(start, 0, b"ID3") {
        Some(false) => return Probe::No,
        None => return Probe::Undecided,
        Some(true) => {}
    }
    match (start.get(3), start.get(5), start.get(6..10)) {
        (Some(2..=4), Some(flags), Some(_)) if flags & 0x0F == 0 && bytes::synchsafe(start, 6).is_some() => {
            Probe::Is(Container::Mp3)
        }
        (Some(2..=4), _, None) => Probe::Undecided,
        (None, ..) => Probe::Undecided,
        _ => Probe::No,
    }
}

/// MPEG audio and ADTS share their eleven sync bits; the layer bits tell them apart.
fn mpeg_frame(start: &[u8]) -> Probe {
    if start.first() != Some(&0xFF) {
        return Probe::No;
    }
    let (Some(&second), third) = (start.get(1), start.get(2)) else {
        return Probe::Undecided;
    };
    if second & 0xF6 == 0xF0 {
        return match third {
            None => Probe::Undecided,
            Some(third) if (third >> 2) & 0x0F < 13 => Probe::Is(Container::Adts),
            Some(_) => Probe::No,
        };
    }
    if second & 0xE6 != 0xE2 {
        return Probe::No; // Not layer III. This also keeps out both UTF-16 byte order marks.
    }
    match bytes::array(start, 0) {
        None => Probe::Undecided,
        Some(header) if super::mp3::FrameHeader::parse(header).is_some() => Probe::Is(Container::Mp3),
        Some(_) => Probe::No,
    }
}

fn wav(start: &[u8]) -> Probe {
    // RF64 is the same for more than 4 GiB, which recorders write for less, too.
    let outer = match start.first_chunk() {
        Some(b"RF64") => Some(true),
        _ => magic(start, 0, b"RIFF"),
    };
    match (outer, magic(start, 8, b"WAVE")) {
        (Some(false), _) | (_, Some(false)) => Probe::No,
        (Some(true), Some(true)) => Probe::Is(Container::Wav),
        _ => Probe::Undecided,
    }
}

fn flac(start: &[u8]) -> Probe {
    match magic(start, 0, b"fLaC") {
        Some(true) => Probe::Is(Container::Flac),
        Some(false) => Probe::No,
        None => Probe::Undecided,
    }
}

/// Valid UTF-8 (possibly cut inside its last character) without control characters, as far as it is looked at.
fn is_text(start: &[u8]) -> bool {
    let head = start.get(..start.len().min(TEXT_BYTES)).unwrap_or(start);
    let readable = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    readable
        && head
            .iter()
            .all(|&byte| byte >= 0x20 && byte != 0x7F || matches!(byte, b'\t' | b'\n' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ogg_page(payload: &[u8]) -> Vec<u8> {
        let mut page = b"OggS\0\x02".to_vec();
        page.extend([0; 20]);
        page.extend([1, payload.len() as u8]);
        page.extend(payload);
        page
    }

    fn samples() -> Vec<(Vec<u8>, Sniff)> {
        let audio = |bytes: &[u8], container| (bytes.to_vec(), Sniff::Audio(container));
        let ebml = |name: &str| {
            [
                b"\x1A\x45\xDF\xA3\x93\x42\x86\x81\x01\x42\x82\x88".as_slice(),
                name.as_bytes(),
            ]
            .concat()
        };
        vec![
            audio(&ogg_page(b"OpusHead\x01"), Container::OggOpus),
            audio(&ogg_page(b"\x01vorbis..."), Container::OggOther),
            audio(&ebml("webm"), Container::Webm),
            audio(&ebml("matroska"), Container::Matroska),
            audio(b"\0\0\0\x20ftypM4A ", Container::Mp4),
            audio(b"ID3\x04\0\0\0\0\x02\x01", Container::Mp3),
            audio(b"\xFF\xFB\x90\xC4\0", Container::Mp3),
            audio(b"\xFF\xF3\x48\xC4\0", Container::Mp3),
            audio(b"\xFF\xE3\x18\xC4\0", Container::Mp3),
            audio(b"\xFF\xF1\x50\x80", Container::Adts),
            audio(b"RIFF\xFF\xFF\xFF\xFFWAVEfmt ", Container::Wav),
            audio(b"fLaC\0\0\0\x22", Container::Flac),
            (
                b"{\"error\":{\"message\":\"quota exceeded\"}}".to_vec(),
                Sniff::Text,
            ),
            (b"<!doctype html><html><body>oops".to_vec(), Sniff::Text),
            (
                b"\xEF\xBB\xBF{\"error\": \"une cl\xC3\xA9 n'est pas valide\"}".to_vec(),
                Sniff::Text,
            ),
            (b"ID3 tags are a fine thing to write about".to_vec(), Sniff::Text),
            (b"RIFF is what guitarists play all day".to_vec(), Sniff::Text),
            (b"\0\0\0\0\0\0\0\0\0\0\0\0".to_vec(), Sniff::Unknown),
            (b"\xFF\xFE{\0\"\0".to_vec(), Sniff::Unknown),
            (b"\x89PNG\r\n\x1a\n".to_vec(), Sniff::Unknown),
            (b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec(), Sniff::Unknown),
        ]
    }

    #[test]
    fn every_container_and_every_disguise_is_told() {
        for (bytes, want) in samples() {
            assert_eq!(sniff(&bytes), want, "{:?}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn a_prefix_never_says_otherwise_than_the_whole() {
        for (bytes, want) in samples() {
            for end in 0..bytes.len() {
                let told = sniff(&bytes[..end]);
                assert!(
                    told == Sniff::NeedMore || told == want,
                    "{end} bytes of {bytes:?}: {told:?}"
                );
            }
        }
    }

    #[test]
    fn a_short_whole_body_is_told_as_well() {
        assert_eq!(sniff(b"{}"), Sniff::NeedMore);
        assert_eq!(sniff_whole(b"{}"), Sniff::Text);
        assert_eq!(sniff_whole(b"OggS\0"), Sniff::Unknown);
        assert_eq!(sniff_whole(b""), Sniff::NeedMore);
    }

    proptest! {
        #[test]
        fn the_answer_never_changes_and_comes_in_time(
            start in prop::sample::select(samples()).prop_map(|(bytes, _)| bytes),
            keep in 0usize..16,
            noise in prop::collection::vec(any::<u8>(), 0..600),
        ) {
            let body: Vec<u8> = start.into_iter().take(keep).chain(noise).collect();
            let whole = sniff(&body);
            for end in 0..body.len() {
                let told = sniff(&body[..end]);
                prop_assert!(told == Sniff::NeedMore || told == whole, "{} bytes: {:?}, all: {:?}", end, told, whole);
            }
            prop_assert!(body.len() < SNIFF_BYTES_MAX || whole != Sniff::NeedMore);
        }
    }
}
