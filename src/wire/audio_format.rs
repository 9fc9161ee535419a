//! The formats of sound that a client can ask for, by OpenAI's words.

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
    /// AAC in ADTS frames (`aac`), `audio/aac`; only as a provider makes it.
    Aac,
    /// FLAC (`flac`), `audio/flac`; only as a provider makes it.
    Flac,
}

impl AudioFormat {
    /// All formats of `/v1/audio/speech`, by the word that asks for them.
    pub const WORDS: [(&'static str, AudioFormat); 8] = [
        ("opus", AudioFormat::Ogg),
        ("webm", AudioFormat::Webm),
        ("mp4", AudioFormat::Mp4),
        ("mp3", AudioFormat::Mp3),
        ("pcm", AudioFormat::Pcm),
        ("wav", AudioFormat::Wav),
        ("aac", AudioFormat::Aac),
        ("flac", AudioFormat::Flac),
    ];

    /// The format a word of `response_format` asks for.
    pub fn from_word(word: &str) -> Option<AudioFormat> {
        AudioFormat::WORDS
            .iter()
            .find(|(known, _)| *known == word)
            .map(|(_, format)| *format)
    }

    /// Whether the sound is Opus packets in some container.
    pub fn is_opus(self) -> bool {
        matches!(self, AudioFormat::Ogg | AudioFormat::Webm | AudioFormat::Mp4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_openais() {
        assert_eq!(AudioFormat::from_word("opus"), Some(AudioFormat::Ogg));
        assert_eq!(AudioFormat::from_word("vorbis"), None);
    }
}
