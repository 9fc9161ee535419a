//! Under which key the clip of a phrase is kept. Pure.
//!
//! Everything that changes the sound is in the key, because the request that has it made is: provider and address, model,
//! voice, speed, format and rate. With it are the layout's version, the codec and the normalised phrase. Keys are hashes,
//! so they are short whatever the names are, and a phrase cannot be read from its key.

use sha2::{Digest as _, Sha256};

use super::normalize::normalize;
use super::phrasebook::protocol::PHRASE_BYTES_MAX;
use super::synthesis::{self, Encoding, Utterance};
use crate::audio::CLIP_VERSION;
use crate::config::{Config, Target};
use crate::upstream::provider::AskBody;
use crate::wire::hex::{hex, hex_of_first};

/// In what form a clip is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Opus packets, whatever the listener's container.
    Opus,
    /// MP3 frames, for listeners that asked for them.
    Mp3,
    /// ADPCM, for listeners of bare samples.
    Samples,
}

impl Codec {
    /// The name in listings.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Opus => "opus",
            Codec::Mp3 => "mp3",
            Codec::Samples => "pcm",
        }
    }
}

/// How clips sound: all of the key but the phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// In what form they are kept.
    pub codec: Codec,
    /// The voice as the provider knows it, for listings.
    pub voice: String,
    prefix: String,
}

impl Profile {
    /// The profile of speech by `target` in the voice and at the speed that were requested.
    pub fn of(
        config: &Config,
        target: &Target,
        voice: Option<&str>,
        speed: Option<f64>,
        codec: Codec,
    ) -> Self {
        let say = Utterance {
            text: "",
            previous_text: None,
            voice,
            speed: speed.filter(|speed| *speed != 1.0),
            instructions: None,
        };
        let encoding = match codec {
            Codec::Opus => Encoding::Opus,
            Codec::Mp3 => Encoding::Mp3,
            Codec::Samples => Encoding::Pcm,
        };
        let ask = synthesis::speech_ask(config, target, encoding, &say);
        let (model, body) = match &ask.body {
            AskBody::Binding { model, inputs } => (model.as_str(), inputs.as_str()),
            AskBody::Json(body) => ("", body.as_str()),
            // Speech is not requested by uploads.
            AskBody::Get | AskBody::File | AskBody::Form { .. } => ("", ""),
        };
        let mut hash = Sha256::new();
        for part in [codec.name(), target.provider.name(), &ask.url, model, body] {
            // Lengths keep the parts apart.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let voice = synthesis::voice(config, target.provider, voice).unwrap_or("default");
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
    use proptest::prelude::*;

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

    /// All that may be configured and requested of one clip.
    #[derive(Clone, Debug)]
    struct Wish {
        vars: [(&'static str, &'static str); 3],
        target: Target,
        voice: Option<&'static str>,
        speed: Option<f64>,
        codec: Codec,
    }

    fn wish() -> impl Strategy<Value = Wish> {
        let voices = [
            "nova",
            "alloy",
            "default",
            "aura-2-luna-en",
            "abcdefghij0123456789",
            "9876543210abcdefghij",
            "f786b574-daa5-4673-aa0c-cbe3e8534c02",
        ];
        let speeds = [None, Some(1.0), Some(0.25), Some(0.9), Some(1.5), Some(4.0)];
        let providers = [
            Provider::ElevenLabs,
            Provider::OpenAi,
            Provider::Groq,
            Provider::Deepgram,
            Provider::Cartesia,
            Provider::WorkersAi,
        ];
        (
            prop::sample::select(voices.to_vec()),
            prop::sample::select(vec!["32000", "48000"]),
            prop::sample::select(vec!["https://one.example/v1", "https://two.example/v1"]),
            (
                prop::sample::select(providers.to_vec()),
                prop::sample::select(vec!["m", "n"]),
            ),
            prop::option::of(prop::sample::select(voices.to_vec())),
            prop::sample::select(speeds.to_vec()),
            prop::sample::select(vec![Codec::Opus, Codec::Mp3, Codec::Samples]),
        )
            .prop_map(
                |(configured, bitrate, openai, (provider, model), voice, speed, codec)| Wish {
                    vars: [
                        ("VOICE", configured),
                        ("OPUS_BITRATE", bitrate),
                        ("OPENAI_BASE_URL", openai),
                    ],
                    target: Target {
                        provider,
                        model: model.into(),
                    },
                    voice,
                    speed,
                    codec,
                },
            )
    }

    /// The key of a phrase, and what is sent to have it made, as it is sent.
    fn key_and_request(wish: &Wish) -> (String, String) {
        let lookup = |name: &str| {
            let own = wish.vars.iter().find(|(variable, _)| *variable == name);
            own.map(|(_, value)| (*value).to_owned())
        };
        let config = Config::from_lookup(&lookup).unwrap();
        let profile = Profile::of(&config, &wish.target, wish.voice, wish.speed, wish.codec);
        let say = Utterance {
            text: "Hello.",
            previous_text: None,
            voice: wish.voice,
            // Saying nothing of the speed and asking for the usual one is the same.
            speed: wish.speed.filter(|speed| *speed != 1.0),
            instructions: None,
        };
        let encoding = match wish.codec {
            Codec::Opus => Encoding::Opus,
            Codec::Mp3 => Encoding::Mp3,
            Codec::Samples => Encoding::Pcm,
        };
        let ask = synthesis::speech_ask(&config, &wish.target, encoding, &say);
        let request = format!(
            "{:?} {:?} {} {:?}",
            wish.codec, wish.target.provider, ask.url, ask.body
        );
        (profile.key("Hello.").unwrap(), request)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn a_clip_is_found_by_whoever_would_have_the_same_made_and_by_nobody_else(one in wish(), mut other in wish(), same in 0u8..4) {
            // Neighbours, too: wishes that differ in little.
            if same > 0 {
                other.target.provider = one.target.provider;
                other.vars = one.vars;
            }
            if same > 1 {
                other.target = one.target.clone();
                other.codec = one.codec;
            }
            if same > 2 {
                other.voice = one.voice;
            }
            let ((one_key, one_request), (other_key, other_request)) = (key_and_request(&one), key_and_request(&other));
            prop_assert_eq!(one_key == other_key, one_request == other_request, "{} {}", one_request, other_request);
        }
    }
}
