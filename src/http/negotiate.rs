//! What sound the client wants: from `response_format`, else from `Accept`, else what OpenAI documents. Pure.

/// A format of sound that a client can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AudioFormat {
    /// Opus in Ogg (`opus`), `audio/ogg`.
    Ogg,
    /// Opus in WebM (`webm`), `audio/webm`.
    Webm,
    /// Opus in fragmented MP4 (`mp4`), `audio/mp4`.
    Mp4,
    /// MP3 (`mp3`), `audio/mpeg`.
    Mp3,
    /// 24 kHz mono signed 16-bit little-endian (`pcm`), `audio/pcm`.
    Pcm,
    /// The same in a WAV container (`wav`), `audio/wav`.
    Wav,
}

impl AudioFormat {
    /// All formats of `/v1/audio/speech`, by the word that asks for them.
    pub const WORDS: [(&'static str, AudioFormat); 6] = [
        ("opus", AudioFormat::Ogg),
        ("webm", AudioFormat::Webm),
        ("mp4", AudioFormat::Mp4),
        ("mp3", AudioFormat::Mp3),
        ("pcm", AudioFormat::Pcm),
        ("wav", AudioFormat::Wav),
    ];

    /// The format a word of `response_format` asks for.
    pub fn from_word(word: &str) -> Option<AudioFormat> {
        AudioFormat::WORDS
            .iter()
            .find(|(known, _)| *known == word)
            .map(|(_, format)| *format)
    }

    /// What the bytes are called on the wire.
    pub fn content_type(self) -> &'static str {
        match self {
            AudioFormat::Ogg => "audio/ogg",
            AudioFormat::Webm => "audio/webm",
            AudioFormat::Mp4 => "audio/mp4",
            AudioFormat::Mp3 => "audio/mpeg",
            AudioFormat::Pcm => "audio/pcm",
            AudioFormat::Wav => "audio/wav",
        }
    }

    /// Whether the sound is Opus packets in some container.
    pub fn is_opus(self) -> bool {
        matches!(self, AudioFormat::Ogg | AudioFormat::Webm | AudioFormat::Mp4)
    }
}

/// The format that an `Accept` header prefers (RFC 9110 §12.5.1: by quality, then by order), or `None` where it names
/// no sound of ours. `*/*` and `audio/*` express no preference.
pub fn from_accept(accept: &str) -> Option<AudioFormat> {
    let mut best: Option<(AudioFormat, f32)> = None;
    for part in accept.split(',') {
        let mut pieces = part.split(';').map(str::trim);
        let format = match pieces.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "audio/webm" => AudioFormat::Webm,
            "audio/ogg" | "audio/opus" => AudioFormat::Ogg,
            "audio/mp4" => AudioFormat::Mp4,
            "audio/mpeg" | "audio/mp3" => AudioFormat::Mp3,
            "audio/wav" | "audio/x-wav" | "audio/wave" => AudioFormat::Wav,
            "audio/pcm" => AudioFormat::Pcm,
            _ => continue,
        };
        let quality = pieces
            .find_map(|piece| piece.strip_prefix("q="))
            .map_or(1.0, |value| value.trim().parse().unwrap_or(0.0));
        if quality > 0.0 && best.is_none_or(|(_, most)| quality > most) {
            best = Some((format, quality));
        }
    }
    best.map(|(format, _)| format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_is_ordered_by_quality_then_position() {
        for (accept, expected) in [
            ("audio/webm", Some(AudioFormat::Webm)),
            ("audio/webm;codecs=opus", Some(AudioFormat::Webm)),
            ("audio/mpeg;q=0.5, audio/ogg", Some(AudioFormat::Ogg)),
            ("audio/mp4, audio/mpeg", Some(AudioFormat::Mp4)),
            ("audio/mp4;q=0, audio/mpeg;q=0.1", Some(AudioFormat::Mp3)),
            ("AUDIO/MPEG", Some(AudioFormat::Mp3)),
            ("application/octet-stream", None),
            ("*/*", None),
            ("audio/*", None),
            ("", None),
        ] {
            assert_eq!(from_accept(accept), expected, "{accept}");
        }
    }

    #[test]
    fn words_are_openais() {
        assert_eq!(AudioFormat::from_word("opus"), Some(AudioFormat::Ogg));
        assert_eq!(AudioFormat::from_word("flac"), None);
    }
}
