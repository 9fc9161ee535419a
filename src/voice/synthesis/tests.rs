use super::*;
use crate::upstream::provider::AskBody;

fn config() -> Config {
    Config::from_lookup(&|name| name.ends_with("_API_KEY").then(|| "k".to_owned())).unwrap()
}

fn ask(provider: Provider, encoding: Encoding, voice: Option<&str>) -> ProviderRequest {
    let target = Target {
        provider,
        model: "m".into(),
    };
    let say = Utterance {
        text: "Hi",
        previous_text: Some("Before."),
        voice,
        speed: Some(2.0),
        instructions: Some("softly"),
    };
    speech_ask(&config(), &target, encoding, &say)
}

fn body(ask: &ProviderRequest) -> Value {
    match &ask.body {
        AskBody::Json(text) => serde_json::from_str(text).unwrap(),
        AskBody::Binding { inputs, .. } => serde_json::from_str(inputs).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn elevenlabs_is_asked_for_opus_at_speech_bit_rate() {
    let ask = ask(Provider::ElevenLabs, Encoding::Opus, Some("abcdefghij0123456789"));
    assert_eq!(
        ask.url,
        "https://api.elevenlabs.io/v1/text-to-speech/abcdefghij0123456789/stream?output_format=opus_48000_32"
    );
    assert_eq!(
        body(&ask),
        json!({"text": "Hi", "model_id": "m", "voice_settings": {"speed": 1.2}, "previous_text": "Before."})
    );
}

#[test]
fn only_models_that_take_it_are_told_what_came_before() {
    let target = |provider, model: &str| Target {
        provider,
        model: model.into(),
    };
    for (model, takes) in [
        ("eleven_flash_v2_5", true),
        ("eleven_multilingual_v2", true),
        ("eleven_v3", false),
        ("eleven_v3_conversational", false),
    ] {
        let target = target(Provider::ElevenLabs, model);
        let say = Utterance {
            text: "Hi",
            previous_text: Some("Before."),
            voice: None,
            speed: None,
            instructions: None,
        };
        let config = Config::from_lookup(&|_| None).unwrap();
        let ask = speech_ask(&config, &target, Encoding::Opus, &say);
        assert_eq!(body(&ask).get("previous_text").is_some(), takes, "{model}");
    }
    assert_eq!(
        phrase_chars_max(&target(Provider::Groq, "canopylabs/orpheus-v1-english")),
        200
    );
    assert_eq!(phrase_chars_max(&target(Provider::ElevenLabs, "eleven_v3")), 300);
}

#[test]
fn openai_gets_its_own_fields_and_groq_wav_for_samples() {
    let asked = body(&ask(Provider::OpenAi, Encoding::Opus, Some("nova")));
    assert_eq!(
        asked,
        json!({"model": "m", "input": "Hi", "voice": "nova", "response_format": "opus", "speed": 2.0, "instructions": "softly"})
    );
    assert_eq!(
        body(&ask(Provider::Groq, Encoding::Pcm, None))["response_format"],
        "wav"
    );
    for (encoding, word) in [(Encoding::Aac, "aac"), (Encoding::Flac, "flac")] {
        assert_eq!(
            body(&ask(Provider::OpenAi, encoding, None))["response_format"],
            word
        );
    }
}

#[test]
fn deepgram_takes_a_voice_as_its_model() {
    let url = ask(Provider::Deepgram, Encoding::Opus, Some("aura-2-thalia-en")).url;
    assert_eq!(
        url,
        "https://api.deepgram.com/v1/speak?model=aura-2-thalia-en&encoding=opus&container=ogg&bit_rate=32000"
    );
    assert!(
        ask(Provider::Deepgram, Encoding::Mp3, Some("alloy"))
            .url
            .contains("model=m&encoding=mp3")
    );
}

#[test]
fn cartesia_names_its_version_and_has_no_opus() {
    let ask = ask(Provider::Cartesia, Encoding::Mp3, None);
    assert!(ask.headers.contains(&("cartesia-version", "2026-08-14".into())));
    assert_eq!(
        encoding(Provider::Cartesia, AudioFormat::Webm),
        Some(Encoding::Mp3)
    );
    assert_eq!(
        encoding(Provider::ElevenLabs, AudioFormat::Webm),
        Some(Encoding::Opus)
    );
}

#[test]
fn aac_and_flac_are_asked_of_those_that_make_them() {
    for format in [AudioFormat::Aac, AudioFormat::Flac] {
        for provider in Provider::ALL {
            let makes = !matches!(
                provider,
                Provider::Groq | Provider::ElevenLabs | Provider::Cartesia
            );
            assert_eq!(encoding(provider, format).is_some(), makes, "{provider}");
            assert_eq!(exact_encoding(provider, format).is_some(), makes, "{provider}");
        }
    }
}

#[test]
fn another_providers_voice_gives_way_to_the_configured_one() {
    let url = ask(Provider::ElevenLabs, Encoding::Mp3, Some("alloy")).url;
    assert!(url.contains("/text-to-speech/JBFqnCBsd6RMkjVDRZzb/"), "{url}");
    let asked = body(&ask(Provider::OpenAi, Encoding::Mp3, None));
    assert_eq!(asked["voice"], "alloy");
    assert_eq!(
        body(&ask(Provider::WorkersAi, Encoding::Opus, Some("luna")))["speaker"],
        "luna"
    );
}
