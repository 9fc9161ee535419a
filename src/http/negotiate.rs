//! What sound the client wants: from `response_format`, else from `Accept`, else what OpenAI documents. Pure.

use crate::wire::audio_format::AudioFormat;
use crate::wire::fields::number;

/// The format that an `Accept` header asks for where it wants sound rather than the reply's text (RFC 9110 §12.5.1): a
/// kind of sound is named, with more weight than JSON or events. `audio/*` alone takes any sound, so it gets Opus.
pub fn sound_alone(accept: &str) -> Option<AudioFormat> {
    let weight_of = |names: &[&str]| {
        let weights = parts(accept).filter(|(name, _)| names.contains(&name.as_str()));
        weights.map(|(_, quality)| quality).fold(0.0, f64::max)
    };
    let format =
        from_accept(accept).or_else(|| (weight_of(&["audio/*"]) > 0.0).then_some(AudioFormat::Webm))?;
    let sound = parts(accept).filter(|(name, _)| name.starts_with("audio/"));
    let sound = sound.map(|(_, quality)| quality).fold(0.0, f64::max);
    (sound > weight_of(&["application/json", "text/event-stream"])).then_some(format)
}

/// The media types of an `Accept` header, lower case, each with its weight.
fn parts(accept: &str) -> impl Iterator<Item = (String, f64)> + '_ {
    accept.split(',').map(|part| {
        let mut pieces = part.split(';').map(str::trim);
        let name = pieces.next().unwrap_or_default().to_ascii_lowercase();
        let quality = pieces
            .find_map(|piece| piece.strip_prefix("q=").or(piece.strip_prefix("Q=")))
            .map_or(1.0, |value| number(value.trim()).unwrap_or(0.0));
        (name, quality)
    })
}

/// The format that an `Accept` header prefers (RFC 9110 §12.5.1: by quality, then by order), or `None` where it names
/// no sound of ours. `*/*` and `audio/*` express no preference.
pub fn from_accept(accept: &str) -> Option<AudioFormat> {
    let mut best: Option<(AudioFormat, f64)> = None;
    for (name, quality) in parts(accept) {
        let format = match name.as_str() {
            "audio/webm" => AudioFormat::Webm,
            "audio/ogg" | "audio/opus" => AudioFormat::Ogg,
            "audio/mp4" => AudioFormat::Mp4,
            "audio/mpeg" | "audio/mp3" => AudioFormat::Mp3,
            "audio/wav" | "audio/x-wav" | "audio/wave" => AudioFormat::Wav,
            "audio/pcm" => AudioFormat::Pcm,
            _ => continue,
        };
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
    fn sound_alone_is_what_is_wanted_more_than_text() {
        for (accept, expected) in [
            ("audio/webm", Some(AudioFormat::Webm)),
            ("audio/*", Some(AudioFormat::Webm)),
            ("audio/*;q=0.9, audio/ogg;q=0.8", Some(AudioFormat::Ogg)),
            ("audio/webm, */*;q=0.1", Some(AudioFormat::Webm)),
            ("audio/mpeg, application/json;q=0.1", Some(AudioFormat::Mp3)),
            ("Audio/MPEG;Q=0.3", Some(AudioFormat::Mp3)),
            ("application/json, audio/webm", None),
            ("text/event-stream, audio/webm;q=0.9", None),
            ("audio/webm;q=0", None),
            ("audio/*;q=0", None),
            ("*/*", None),
            ("application/json", None),
            ("audio/flac", None),
            ("", None),
        ] {
            assert_eq!(sound_alone(accept), expected, "{accept}");
        }
    }
}
