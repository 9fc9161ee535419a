//! How each speech provider is asked for a phrase. Pure.
//!
//! Sources: ElevenLabs "StreamTarget speech", OpenAI "Create speech", Groq "Text to speech", Deepgram "Text to speech REST",
//! Cartesia "TTS bytes" (2026-08-14), Workers AI "aura-2-en".

use serde_json::Value;

use crate::audio::{Container, OpusContainer, StreamTarget};
use crate::config::{Config, Provider, Target};
use crate::segment::PHRASE_CHARS_MAX;
use crate::upstream::provider::{ProviderRequest, json_ask};
use crate::wire::audio_format::AudioFormat;
use crate::wire::json::{json, put_some};

/// What is asked of a provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Utterance<'a> {
    /// The text.
    pub text: &'a str,
    /// What was said just before in the same reply, for an even voice, where the provider takes it.
    pub previous_text: Option<&'a str>,
    /// The voice that was asked for; `None` for the configured one.
    pub voice: Option<&'a str>,
    /// 0.25 to 4.
    pub speed: Option<f64>,
    /// How to say it.
    pub instructions: Option<&'a str>,
}

/// What a provider is asked to encode. The client's container is made from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Opus in Ogg.
    Opus,
    /// MP3.
    Mp3,
    /// 24 kHz mono signed 16-bit little-endian, bare or in WAV.
    Pcm,
    /// AAC in ADTS frames.
    Aac,
    /// FLAC.
    Flac,
}

/// The encoding to ask of `provider` for a client that wants `format`: Opus for the containers of Opus, else MP3 where
/// the provider has no Opus; `None` when it has nothing that could become the format.
pub fn encoding(provider: Provider, format: AudioFormat) -> Option<Encoding> {
    let has_opus = !matches!(provider, Provider::Cartesia | Provider::Groq);
    let has_others = matches!(
        provider,
        Provider::OpenAi | Provider::Deepgram | Provider::WorkersAi
    );
    match format {
        AudioFormat::Ogg | AudioFormat::Webm | AudioFormat::Mp4 if has_opus => Some(Encoding::Opus),
        AudioFormat::Ogg | AudioFormat::Webm | AudioFormat::Mp4 | AudioFormat::Mp3 => Some(Encoding::Mp3),
        AudioFormat::Pcm | AudioFormat::Wav => Some(Encoding::Pcm),
        AudioFormat::Aac => has_others.then_some(Encoding::Aac),
        AudioFormat::Flac => has_others.then_some(Encoding::Flac),
    }
}

/// The stream to make for a format.
pub fn stream_of(format: AudioFormat) -> StreamTarget {
    match format {
        AudioFormat::Ogg => StreamTarget::Opus(OpusContainer::Ogg),
        AudioFormat::Webm => StreamTarget::Opus(OpusContainer::Webm),
        AudioFormat::Mp4 => StreamTarget::Opus(OpusContainer::Mp4),
        AudioFormat::Mp3 => StreamTarget::Mp3,
        AudioFormat::Pcm => StreamTarget::Pcm,
        AudioFormat::Wav => StreamTarget::Wav,
        AudioFormat::Aac => StreamTarget::Whole(Container::Adts),
        AudioFormat::Flac => StreamTarget::Whole(Container::Flac),
    }
}

/// The encoding that becomes the stream without decoding anything, if the provider has it.
pub fn exact_encoding(provider: Provider, format: AudioFormat) -> Option<Encoding> {
    let wanted = match stream_of(format) {
        StreamTarget::Opus(_) => Encoding::Opus,
        StreamTarget::Mp3 => Encoding::Mp3,
        StreamTarget::Wav | StreamTarget::Pcm => Encoding::Pcm,
        StreamTarget::Whole(_) => return encoding(provider, format),
    };
    encoding(provider, format).filter(|encoding| *encoding == wanted)
}

/// OpenAI's stock voices. Clients of OpenAI name one because they must; no other provider knows them.
pub(super) const OPENAI_VOICES: [&str; 13] = [
    "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer",
    "verse",
];

/// The version of Cartesia's interface, for its header.
pub(super) const CARTESIA_VERSION: &str = "2026-08-14";

/// The voice as this provider knows it: what was asked, else the configured one, unless it is plainly another
/// provider's; `None` leaves it to the provider or the model.
pub fn voice<'a>(config: &'a Config, provider: Provider, asked: Option<&'a str>) -> Option<&'a str> {
    let is_openai = |id: &str| OPENAI_VOICES.contains(&id);
    let is_elevenlabs = |id: &str| id.len() == 20 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_uuid =
        |id: &str| id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let fits = |id: &&str| match provider {
        Provider::ElevenLabs => !is_openai(id),
        Provider::OpenAi | Provider::Groq => !is_elevenlabs(id),
        Provider::Deepgram => id.starts_with("aura"),
        Provider::Cartesia => is_uuid(id),
        Provider::WorkersAi => !is_openai(id) && !is_elevenlabs(id) && !is_uuid(id),
    };
    asked
        .filter(fits)
        .or_else(|| Some(config.voice.as_str()).filter(fits))
}

/// Whether the model can be told what came before: the others would ignore it, and ElevenLabs' from `eleven_v3` on
/// refuse it.
pub fn takes_previous_text(target: &Target) -> bool {
    target.provider == Provider::ElevenLabs && !target.model.starts_with("eleven_v")
}

/// Most characters that the model takes at once, where that is less than a request may have. Orpheus, wherever it is
/// served, takes 200.
pub fn input_chars_max(target: &Target) -> Option<usize> {
    target.model.contains("orpheus").then_some(200)
}

/// Most characters of a phrase for the model.
pub fn phrase_chars_max(target: &Target) -> usize {
    input_chars_max(target).unwrap_or(PHRASE_CHARS_MAX)
}

/// The request for one utterance.
pub fn speech_ask(config: &Config, target: &Target, encoding: Encoding, say: &Utterance) -> ProviderRequest {
    let voice = voice(config, target.provider, say.voice);
    match target.provider {
        Provider::ElevenLabs => elevenlabs(config, target, encoding, say, voice),
        Provider::OpenAi | Provider::Groq => openai(config, target, encoding, say, voice),
        Provider::Deepgram => deepgram(config, target, encoding, say, voice),
        Provider::Cartesia => cartesia(config, target, encoding, say, voice),
        Provider::WorkersAi => workers_ai(config, target, encoding, say, voice),
    }
}

fn elevenlabs(
    config: &Config,
    target: &Target,
    encoding: Encoding,
    say: &Utterance,
    voice: Option<&str>,
) -> ProviderRequest {
    // The rates of the provider's list, kb/s; the next one up keeps the quality that was configured.
    let opus_kbps = [32, 64, 96, 128, 192]
        .into_iter()
        .find(|kbps| kbps * 1000 >= config.opus_bitrate)
        .unwrap_or(192);
    let output_format = match encoding {
        Encoding::Opus => format!("opus_48000_{opus_kbps}"),
        Encoding::Mp3 => "mp3_44100_64".to_owned(),
        // The provider has no other.
        Encoding::Pcm | Encoding::Aac | Encoding::Flac => "pcm_24000".to_owned(),
    };
    let mut body = json!({"text": say.text, "model_id": target.model});
    // The provider takes 0.7 to 1.2; beyond that its voices break.
    put_some(
        &mut body,
        "voice_settings",
        say.speed.map(|speed| json!({"speed": speed.clamp(0.7, 1.2)})),
    );
    let previous_text = say.previous_text.filter(|_| takes_previous_text(target));
    put_some(&mut body, "previous_text", previous_text.map(Value::from));
    let voice = voice.unwrap_or(&config.voice);
    let path = format!("/v1/text-to-speech/{voice}/stream?output_format={output_format}");
    json_ask(config, target.provider, &path, body.to_string())
}

fn openai(
    config: &Config,
    target: &Target,
    encoding: Encoding,
    say: &Utterance,
    voice: Option<&str>,
) -> ProviderRequest {
    let response_format = match (encoding, target.provider) {
        (Encoding::Opus, _) => "opus",
        (Encoding::Mp3, _) => "mp3",
        (Encoding::Pcm, Provider::Groq) => "wav",
        (Encoding::Pcm, _) => "pcm",
        (Encoding::Aac, _) => "aac",
        (Encoding::Flac, _) => "flac",
    };
    let mut body = json!({
        "model": target.model, "input": say.text, "voice": voice.unwrap_or("alloy"), "response_format": response_format,
    });
    put_some(&mut body, "speed", say.speed.map(Value::from));
    put_some(&mut body, "instructions", say.instructions.map(Value::from));
    json_ask(config, target.provider, "/audio/speech", body.to_string())
}

fn deepgram(
    config: &Config,
    target: &Target,
    encoding: Encoding,
    say: &Utterance,
    voice: Option<&str>,
) -> ProviderRequest {
    let query = match encoding {
        Encoding::Opus => format!("encoding=opus&container=ogg&bit_rate={}", config.opus_bitrate),
        Encoding::Mp3 => "encoding=mp3".to_owned(),
        Encoding::Pcm => "encoding=linear16&container=none&sample_rate=24000".to_owned(),
        Encoding::Aac => "encoding=aac".to_owned(),
        Encoding::Flac => "encoding=flac".to_owned(),
    };
    // A voice is a model here.
    let path = format!("/v1/speak?model={}&{query}", voice.unwrap_or(&target.model));
    json_ask(
        config,
        target.provider,
        &path,
        json!({"text": say.text}).to_string(),
    )
}

fn cartesia(
    config: &Config,
    target: &Target,
    encoding: Encoding,
    say: &Utterance,
    voice: Option<&str>,
) -> ProviderRequest {
    let output_format = match encoding {
        Encoding::Opus | Encoding::Mp3 => {
            json!({"container": "mp3", "sample_rate": 44_100, "bit_rate": 64_000})
        }
        // The provider has no other.
        Encoding::Pcm | Encoding::Aac | Encoding::Flac => {
            json!({"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24_000})
        }
    };
    let mut body = json!({"model_id": target.model, "transcript": say.text, "output_format": output_format});
    put_some(
        &mut body,
        "voice",
        voice.map(|id| json!({"mode": "id", "id": id})),
    );
    put_some(
        &mut body,
        "generation_config",
        say.speed.map(|speed| json!({"speed": speed.clamp(0.6, 1.5)})),
    );
    let mut ask = json_ask(config, target.provider, "/tts/bytes", body.to_string());
    ask.headers
        .push(("cartesia-version", CARTESIA_VERSION.to_owned()));
    ask
}

fn workers_ai(
    config: &Config,
    target: &Target,
    encoding: Encoding,
    say: &Utterance,
    voice: Option<&str>,
) -> ProviderRequest {
    let mut inputs = match encoding {
        Encoding::Opus => json!({"encoding": "opus", "container": "ogg", "bit_rate": config.opus_bitrate}),
        Encoding::Mp3 => json!({"encoding": "mp3"}),
        Encoding::Pcm => json!({"encoding": "linear16", "container": "none", "sample_rate": 24_000}),
        Encoding::Aac => json!({"encoding": "aac"}),
        Encoding::Flac => json!({"encoding": "flac"}),
    };
    put_some(&mut inputs, "text", Some(say.text.into()));
    put_some(&mut inputs, "speaker", voice.map(Value::from));
    ProviderRequest::binding(&target.model, inputs.to_string())
}

#[cfg(test)]
mod tests;
