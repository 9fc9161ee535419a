//! Under which key the clip of a phrase is kept. Pure.
//!
//! Everything that changes the sound is in the key: the layout's version, provider, model, voice, settings, codec and
//! its rate, and the normalised phrase. Keys are hashes, so they are short whatever the names are, and a phrase cannot
//! be read from its key.

use sha2::{Digest as _, Sha256};

use super::normalize::normalize;
use super::phrasebook::PHRASE_BYTES_MAX;
use super::synthesis;
use crate::audio::CLIP_VERSION;
use crate::config::{Config, Target};
use crate::wire::hex::{hex, hex_of_first};

/// In what form a clip is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Opus packets, whatever the listener's container.
    Opus,
    /// MP3 frames, for listeners that asked for them.
    Mp3,
}

impl Codec {
    /// The name in listings.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Opus => "opus",
            Codec::Mp3 => "mp3",
        }
    }
}

/// How clips sound: all of the key but the phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// In what form they are kept.
    pub codec: Codec,
    /// The voice as the provider knows it.
    pub voice: String,
    prefix: String,
}

impl Profile {
    /// The profile of speech by `target` in the voice that was asked for. `speed` as it was asked.
    pub fn of(
        config: &Config,
        target: &Target,
        voice: Option<&str>,
        speed: Option<f64>,
        codec: Codec,
    ) -> Self {
        let voice = synthesis::voice(config, target.provider, voice).unwrap_or("default");
        let codec_and_rate = match codec {
            Codec::Opus => format!("opus-48000-{}", config.opus_bitrate),
            Codec::Mp3 => "mp3-64000".to_owned(),
        };
        let version = CLIP_VERSION.to_string();
        let speed = speed
            .filter(|speed| *speed != 1.0)
            .map(|speed| format!("{speed}"));
        let settings = speed.unwrap_or_default();
        let parts = [
            version.as_str(),
            target.provider.name(),
            &target.model,
            voice,
            &settings,
            &codec_and_rate,
        ];
        let mut hash = Sha256::new();
        for part in parts {
            // Lengths keep the parts apart.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self {
            codec,
            voice: voice.to_owned(),
            prefix: format!("p{CLIP_VERSION}:{}:", hex_of_first(&hash.finalize(), 12)),
        }
    }

    /// What all keys of this profile begin with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The key of a phrase; `None` for one that is too long to be said twice.
    pub fn key(&self, phrase: &str) -> Option<String> {
        key(&self.prefix, &normalize(phrase))
    }
}

/// The key of a phrase in its normal form.
pub fn key(prefix: &str, normal: &str) -> Option<String> {
    let is_keepable = !normal.is_empty() && normal.len() <= PHRASE_BYTES_MAX;
    is_keepable.then(|| format!("{prefix}{}", hex(&Sha256::digest(normal))))
}

/// A short mark of a key or a phrase, to remember many of them by (FNV-1a, 64 bits). Two that have one by chance cost a
/// look-up in vain.
pub fn mark(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Provider;

    fn profile(provider: Provider, model: &str, voice: &str, speed: Option<f64>, codec: Codec) -> Profile {
        let config = Config::from_lookup(&|_| None).unwrap();
        let target = Target {
            provider,
            model: model.into(),
        };
        Profile::of(&config, &target, Some(voice), speed, codec)
    }

    #[test]
    fn everything_that_changes_the_sound_changes_the_key() {
        let of = |model: &str, voice: &str, speed, codec| {
            profile(Provider::OpenAi, model, voice, speed, codec)
                .key("Hello.")
                .unwrap()
        };
        let keys = [
            of("m", "nova", None, Codec::Opus),
            of("n", "nova", None, Codec::Opus),
            of("m", "echo", None, Codec::Opus),
            of("m", "nova", Some(1.5), Codec::Opus),
            of("m", "nova", None, Codec::Mp3),
            profile(Provider::Groq, "m", "nova", None, Codec::Opus)
                .key("Hello.")
                .unwrap(),
            profile(Provider::OpenAi, "m", "nova", None, Codec::Opus)
                .key("Hello!")
                .unwrap(),
            // The same letters, divided otherwise.
            of("mnova", "", None, Codec::Opus),
        ];
        let different: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(different.len(), keys.len());
        assert!(keys.iter().all(|key| key.len() <= 512 && key.is_ascii()));
    }

    #[test]
    fn what_sounds_the_same_has_one_key() {
        let profile = profile(Provider::OpenAi, "m", "nova", Some(1.0), Codec::Opus);
        assert_eq!(profile.key("I’m  here."), profile.key("I'm here."));
        assert_eq!(profile.key(" "), None);
        assert_eq!(profile.key(&"x".repeat(PHRASE_BYTES_MAX + 1)), None);
    }
}
