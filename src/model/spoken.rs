//! What a chat request says about sound: the spoken reply it asks for, and the recording it brings. Pure.
//!
//! Sources: OpenAI API reference, "Create chat completion" (`modalities`, `audio`, content parts of type
//! `input_audio`). Both are hearken's own work, so no provider sees these fields.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::request::{BadField, ChatRequest, VOICE_CHARS_MAX, is_voice_id};
use crate::wire::audio_format::AudioFormat;

/// How a reply is to be spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceAsk {
    /// The voice's id; `None` for the configured one.
    pub voice: Option<String>,
    /// The stream to make.
    pub format: AudioFormat,
}

/// The words of `audio.format`. A stream has none of the first three: the length of a WAV stands at its beginning, AAC and
/// FLAC are made in one piece, when all the words are there.
const FORMATS: [(&str, AudioFormat); 8] = [
    ("wav", AudioFormat::Wav),
    ("aac", AudioFormat::Aac),
    ("flac", AudioFormat::Flac),
    ("webm", AudioFormat::Webm),
    ("opus", AudioFormat::Ogg),
    ("mp4", AudioFormat::Mp4),
    ("mp3", AudioFormat::Mp3),
    ("pcm16", AudioFormat::Pcm),
];

/// Base64 with or without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The words of `input_audio.format`. What a recording really is, its bytes tell.
const INPUT_FORMATS: [&str; 7] = ["wav", "mp3", "ogg", "webm", "m4a", "mp4", "flac"];

/// Takes the voice out of a request: what is asked, or `None` where text alone is. The provider then gets a request
/// for text.
///
/// # Errors
/// The field that cannot be used.
pub fn take_voice(request: &mut ChatRequest) -> Result<Option<VoiceAsk>, BadField> {
    let wants_sound = modalities(request)?;
    let ask = wants_sound.then(|| voice_ask(request)).transpose()?;
    if ask.is_some() {
        request.remove("modalities");
        request.remove("audio");
    }
    Ok(ask)
}

/// Makes a request for a spoken reply out of one that asked for it by its `Accept` header.
///
/// # Errors
/// The field that cannot be used.
pub fn voice_of(request: &mut ChatRequest, format: AudioFormat) -> Result<VoiceAsk, BadField> {
    modalities(request)?;
    let voice = match request.raw("audio") {
        Some(raw) => voice_id(&parsed(raw, "audio")?)?,
        None => None,
    };
    request.remove("modalities");
    request.remove("audio");
    Ok(VoiceAsk { voice, format })
}

fn modalities(request: &ChatRequest) -> Result<bool, BadField> {
    let Some(raw) = request.raw("modalities") else {
        return Ok(false);
    };
    let bad = || {
        BadField::of(
            "modalities",
            "modalities must be a list of \"text\" and \"audio\"",
        )
    };
    let words: Vec<String> = serde_json::from_str(raw.get()).map_err(|_| bad())?;
    if words.iter().any(|word| word != "text" && word != "audio") {
        return Err(bad());
    }
    Ok(words.iter().any(|word| word == "audio"))
}

fn parsed(raw: &RawValue, name: &'static str) -> Result<Value, BadField> {
    let value: Value = serde_json::from_str(raw.get()).unwrap_or(Value::Null);
    if value.is_object() {
        Ok(value)
    } else {
        Err(BadField::of(name, format!("{name} must be an object")))
    }
}

fn voice_ask(request: &ChatRequest) -> Result<VoiceAsk, BadField> {
    let audio = match request.raw("audio") {
        Some(raw) => parsed(raw, "audio")?,
        None => json!({}),
    };
    let format = match audio.get("format") {
        None | Some(Value::Null) => AudioFormat::Mp3,
        Some(word) => FORMATS
            .iter()
            .find(|(known, _)| word.as_str() == Some(known))
            .map(|(_, format)| *format)
            .ok_or_else(|| {
                BadField::of(
                    "audio.format",
                    "audio.format must be webm, opus, mp4, mp3, pcm16 or, not streamed, wav, aac, flac",
                )
            })?,
    };
    let is_whole = matches!(format, AudioFormat::Wav | AudioFormat::Aac | AudioFormat::Flac);
    if is_whole && request.stream {
        return Err(BadField::of(
            "audio.format",
            "audio.format wav, aac and flac cannot be streamed: ask for webm, opus, mp4, mp3 or pcm16, or without stream",
        ));
    }
    Ok(VoiceAsk {
        voice: voice_id(&audio)?,
        format,
    })
}

/// `"voice": "id"` or `"voice": {"id": "id"}`.
fn voice_id(audio: &Value) -> Result<Option<String>, BadField> {
    let voice = match audio.get("voice") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(fields)) => fields.get("id").unwrap_or(&Value::Null),
        Some(voice) => voice,
    };
    let id = voice.as_str().filter(|id| is_voice_id(id));
    id.map(|id| Some(id.to_owned())).ok_or_else(|| {
        let message = format!(
            "audio.voice must be a voice's id: at most {VOICE_CHARS_MAX} letters, digits, -, _, . and :"
        );
        BadField::of("audio.voice", message)
    })
}

/// A recording inside the last message of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpokenInput {
    /// The file's bytes.
    pub bytes: Vec<u8>,
    message: usize,
}

/// The name of the part, for errors about it.
pub const INPUT_PARAM: &str = "messages";

fn bad_input(message: impl Into<String>) -> BadField {
    BadField::of(INPUT_PARAM, message)
}

/// The recording of the last message, if it is the person's and has one. Recordings elsewhere, which clients send again
/// with the conversation, are marked: they were answered when they were heard.
///
/// # Errors
/// More than one recording in the last message, or one that cannot be read.
pub fn spoken_input(request: &mut ChatRequest) -> Result<Option<SpokenInput>, BadField> {
    // Looking for the word first keeps the text path free of a second reading of the messages.
    let Some(raw) = request
        .raw("messages")
        .filter(|raw| raw.get().contains("input_audio"))
    else {
        return Ok(None);
    };
    let unreadable = |_| bad_input("messages must be a list of objects");
    let mut messages: Vec<Box<RawValue>> = serde_json::from_str(raw.get()).map_err(unreadable)?;
    let last = messages.len().saturating_sub(1);
    let mut found = None;
    let mut has_marks = false;
    for (index, raw) in messages.iter_mut().enumerate() {
        if !raw.get().contains("input_audio") {
            continue;
        }
        let mut message: Value = serde_json::from_str(raw.get()).map_err(unreadable)?;
        let is_heard = index == last && message.get("role").and_then(Value::as_str) == Some("user");
        let parts = message.get_mut("content").and_then(Value::as_array_mut);
        for part in parts.into_iter().flatten().filter(|part| is_recording(part)) {
            if !is_heard {
                *part = json!({"type": "text", "text": EARLIER_RECORDING});
                has_marks = true;
            } else if found.is_some() {
                return Err(bad_input("a message may hold one input_audio"));
            } else {
                found = Some(SpokenInput {
                    bytes: recording(part)?,
                    message: index,
                });
            }
        }
        if !is_heard && let Ok(marked) = to_raw_value(&message) {
            *raw = marked;
        }
    }
    if has_marks && let Ok(marked) = to_raw_value(&messages) {
        request.set("messages", marked);
    }
    Ok(found)
}

/// What stands for a recording that was sent before.
const EARLIER_RECORDING: &str = "[a voice message from earlier]";

fn is_recording(part: &Value) -> bool {
    part.get("type").and_then(Value::as_str) == Some("input_audio")
}

fn recording(part: &Value) -> Result<Vec<u8>, BadField> {
    let text = |name: &str| {
        part.pointer(&format!("/input_audio/{name}"))
            .and_then(Value::as_str)
    };
    if !text("format").is_some_and(|word| INPUT_FORMATS.contains(&word)) {
        return Err(bad_input(
            "input_audio.format must be wav, mp3, ogg, webm, m4a or flac",
        ));
    }
    let data = text("data").ok_or_else(|| bad_input("input_audio.data must be a recording in base64"))?;
    let data = match data.split_once(";base64,") {
        Some((scheme, data)) if scheme.starts_with("data:") => data,
        _ => data,
    };
    // Encoders on a command line break their lines.
    let data: Vec<u8> = data.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let bytes = BASE64
        .decode(data)
        .map_err(|_| bad_input("input_audio.data is not valid base64"))?;
    if bytes.is_empty() {
        return Err(bad_input("input_audio.data is empty"));
    }
    Ok(bytes)
}

/// Takes out of earlier replies the sound that hearken added to them: clients send back what they got, and providers of
/// text refuse the field. Where a reply has no text, what was spoken stands for it; one of which nothing is left but the
/// id of a sound, which is not stored, is left out, and what the person said before and after it becomes one message,
/// because models refuse roles that do not alternate.
pub fn take_earlier_sound(request: &mut ChatRequest) {
    // Looking for the word first keeps the text path free of a second reading of the messages.
    let raw = request.raw("messages").map(RawValue::get).unwrap_or_default();
    if !raw.contains("\"audio\"") {
        return;
    }
    let Ok(messages) = serde_json::from_str::<Vec<Box<RawValue>>>(raw) else {
        return;
    };
    let keep = |slot: &mut Box<RawValue>| {
        if !slot.get().contains("\"audio\"") {
            return true;
        }
        let Ok(Value::Object(mut message)) = serde_json::from_str(slot.get()) else {
            return true;
        };
        let is_reply = message.get("role").and_then(Value::as_str) == Some("assistant");
        let Some(audio) = message.remove("audio").filter(|_| is_reply) else {
            return true;
        };
        let is_filled = |value: &Value| !value.is_null() && *value != "" && *value != json!([]);
        if !message.get("content").is_some_and(is_filled) {
            let words = audio.get("transcript").filter(|words| words.is_string());
            match words.filter(|words| is_filled(words)) {
                Some(words) => {
                    message.insert("content".into(), words.clone());
                }
                None if !message.get("tool_calls").is_some_and(is_filled) => return false,
                None => {}
            }
        }
        if let Ok(raw) = to_raw_value(&message) {
            *slot = raw;
        }
        true
    };
    let mut kept: Vec<Box<RawValue>> = Vec::new();
    let mut has_gap = false;
    for mut message in messages {
        if !keep(&mut message) {
            has_gap = true;
            continue;
        }
        let both = kept.last().filter(|_| std::mem::take(&mut has_gap));
        if let Some(both) = both.and_then(|last| one_message(last, &message)) {
            kept.pop();
            message = both;
        }
        kept.push(message);
    }
    if let Ok(raw) = to_raw_value(&kept) {
        request.set("messages", raw);
    }
}

/// Two messages of the person as one: the first with the content of both.
fn one_message(first: &RawValue, second: &RawValue) -> Option<Box<RawValue>> {
    let read = |raw: &RawValue| {
        let message: Value = serde_json::from_str(raw.get()).ok()?;
        (message.get("role")? == "user").then_some(message)
    };
    let (mut message, second) = (read(first)?, read(second)?);
    let content = message.get_mut("content")?;
    *content = match (content.take(), second.get("content")?) {
        (Value::String(first), Value::String(second)) => format!("{first}\n\n{second}").into(),
        (first, second) => {
            let mut parts = Vec::new();
            for content in [&first, second] {
                match content {
                    Value::Array(own) => parts.extend(own.iter().cloned()),
                    text => parts.push(json!({"type": "text", "text": text})),
                }
            }
            parts.into()
        }
    };
    to_raw_value(&message).ok()
}

/// Puts the transcript in the recording's place: as the message's text where it was alone, else as a text part.
pub fn put_transcript(request: &mut ChatRequest, input: &SpokenInput, transcript: &str) {
    let messages = request.raw("messages").map(RawValue::get).unwrap_or_default();
    let Ok(mut messages) = serde_json::from_str::<Vec<Box<RawValue>>>(messages) else {
        return;
    };
    let Some(slot) = messages.get_mut(input.message) else {
        return;
    };
    let Ok(mut message) = serde_json::from_str::<Value>(slot.get()) else {
        return;
    };
    if let Some(parts) = message.get_mut("content").and_then(Value::as_array_mut) {
        for part in parts.iter_mut().filter(|part| is_recording(part)) {
            *part = json!({"type": "text", "text": transcript});
        }
        if let [_] = parts.as_slice()
            && let Some(fields) = message.as_object_mut()
        {
            fields.insert("content".into(), transcript.into());
        }
    }
    if let Ok(raw) = to_raw_value(&message) {
        *slot = raw;
    }
    if let Ok(raw) = to_raw_value(&messages) {
        request.set("messages", raw);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &str) -> ChatRequest {
        ChatRequest::parse(body).unwrap()
    }

    fn with(fields: &str) -> ChatRequest {
        request(&format!(
            r#"{{"messages":[{{"role":"user","content":"hi"}}]{fields}}}"#
        ))
    }

    #[test]
    fn a_voice_is_taken_out_of_what_the_provider_gets() {
        let mut request =
            with(r#","modalities":["text","audio"],"audio":{"voice":"v1","format":"webm"},"top_p":0.5"#);
        let ask = take_voice(&mut request).unwrap().unwrap();
        assert_eq!(
            (ask.voice.as_deref(), ask.format),
            (Some("v1"), AudioFormat::Webm)
        );
        assert_eq!(
            request.provider_body("m"),
            r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"top_p":0.5}"#
        );
    }

    #[test]
    fn where_the_header_asks_for_sound_it_names_the_format_and_the_body_the_voice() {
        for fields in [
            r#","audio":{"voice":"v1","format":"wav"}"#,
            r#","modalities":["text","audio"],"audio":{"voice":"v1"}"#,
        ] {
            let mut request = with(fields);
            let ask = voice_of(&mut request, AudioFormat::Webm).unwrap();
            assert_eq!(
                (ask.voice.as_deref(), ask.format),
                (Some("v1"), AudioFormat::Webm)
            );
            assert!(request.raw("audio").is_none() && request.raw("modalities").is_none());
        }
        let bad = voice_of(&mut with(r#","modalities":"audio""#), AudioFormat::Webm);
        assert_eq!(bad.unwrap_err().param, Some("modalities"));
    }

    #[test]
    fn without_the_modality_nothing_is_spoken_and_nothing_is_changed() {
        for fields in [
            "",
            r#","modalities":["text"]"#,
            r#","modalities":null"#,
            r#","audio":{"format":"webm"}"#,
        ] {
            let mut request = with(fields);
            let before = request.provider_body("m");
            assert_eq!(take_voice(&mut request).unwrap(), None, "{fields}");
            assert_eq!(request.provider_body("m"), before);
        }
    }

    #[test]
    fn err_names_the_field_of_a_wrong_voice() {
        for (fields, param) in [
            (r#","modalities":"audio""#, "modalities"),
            (r#","modalities":["audio","video"]"#, "modalities"),
            (r#","modalities":["audio"],"audio":[]"#, "audio"),
            (
                r#","modalities":["audio"],"audio":{"format":"vorbis"}"#,
                "audio.format",
            ),
            (
                r#","modalities":["audio"],"audio":{"voice":"../x"}"#,
                "audio.voice",
            ),
            (r#","modalities":["audio"],"audio":{"voice":7}"#, "audio.voice"),
            (r#","modalities":["audio"],"audio":{"voice":".."}"#, "audio.voice"),
        ] {
            assert_eq!(
                take_voice(&mut with(fields)).unwrap_err().param,
                Some(param),
                "{fields}"
            );
        }
    }

    #[test]
    fn a_recording_becomes_the_message_it_was() {
        let mut alone = request(
            r#"{"messages":[{"role":"system","content":"s","n":1e400},{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAEC","format":"wav"}}]}]}"#,
        );
        let input = spoken_input(&mut alone).unwrap().unwrap();
        assert_eq!(input.bytes, [0, 1, 2]);
        put_transcript(&mut alone, &input, "Hello \"you\".");
        assert_eq!(
            alone.provider_body("m"),
            r#"{"model":"m","messages":[{"role":"system","content":"s","n":1e400},{"content":"Hello \"you\".","role":"user"}]}"#
        );
        let mut among = request(
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Listen:"},{"type":"input_audio","input_audio":{"data":"AAEC","format":"mp3"}}]}]}"#,
        );
        let input = spoken_input(&mut among).unwrap().unwrap();
        put_transcript(&mut among, &input, "Hello.");
        assert!(
            among
                .provider_body("m")
                .contains(r#"{"text":"Hello.","type":"text"}"#)
        );
    }

    #[test]
    fn base64_may_be_broken_into_lines_and_lack_its_padding() {
        for data in [
            "AAECAw==",
            "AAECAw",
            "AAEC\\nAw==\\r\\n",
            "data:audio/wav;base64,AAECAw",
        ] {
            let mut request = request(&format!(
                r#"{{"messages":[{{"role":"user","content":[{{"type":"input_audio","input_audio":{{"data":"{data}","format":"wav"}}}}]}}]}}"#
            ));
            assert_eq!(
                spoken_input(&mut request).unwrap().unwrap().bytes,
                [0, 1, 2, 3],
                "{data}"
            );
        }
    }

    #[test]
    fn the_sound_of_earlier_replies_stays_here() {
        let mut request = request(
            r#"{"messages":[{"role":"user","content":"the word \"audio\""},{"role":"assistant","content":"Hi.","audio":{"id":"audio_1","data":"AAEC"}},{"role":"assistant","content":null,"audio":{"transcript":"Yes."}},{"role":"user","audio":1,"content":"x"}]}"#,
        );
        take_earlier_sound(&mut request);
        assert_eq!(
            request.provider_body("m"),
            r#"{"model":"m","messages":[{"role":"user","content":"the word \"audio\""},{"content":"Hi.","role":"assistant"},{"content":"Yes.","role":"assistant"},{"role":"user","audio":1,"content":"x"}]}"#
        );
    }

    #[test]
    fn recordings_of_earlier_turns_are_marked_and_the_last_is_heard() {
        let part = r#"{"type":"input_audio","input_audio":{"data":"AAEC","format":"wav"}}"#;
        let odd = r#"{"type":"input_audio","input_audio":{"data":"!","format":"aiff"}}"#;
        let mut request = request(&format!(
            r#"{{"messages":[{{"role":"user","content":[{odd}]}},{{"role":"assistant","content":"Hi."}},{{"role":"user","content":[{part}]}}]}}"#
        ));
        let input = spoken_input(&mut request).unwrap().unwrap();
        put_transcript(&mut request, &input, "And now?");
        assert_eq!(
            request.provider_body("m"),
            r#"{"model":"m","messages":[{"content":[{"text":"[a voice message from earlier]","type":"text"}],"role":"user"},{"role":"assistant","content":"Hi."},{"content":"And now?","role":"user"}]}"#
        );
        let mut tool = self::request(&format!(
            r#"{{"messages":[{{"role":"user","content":[{part}]}},{{"role":"tool","tool_call_id":"c","content":"x"}}]}}"#
        ));
        assert_eq!(spoken_input(&mut tool).unwrap(), None);
        assert!(!tool.provider_body("m").contains("input_audio"));
    }

    #[test]
    fn a_reply_that_is_the_id_of_a_sound_alone_is_no_message() {
        let mut request = request(
            r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","audio":{"id":"audio_1"}},{"role":"assistant","content":"","audio":{"id":"audio_2"},"tool_calls":[{"id":"c"}]}]}"#,
        );
        take_earlier_sound(&mut request);
        assert_eq!(
            request.provider_body("m"),
            r#"{"model":"m","messages":[{"role":"user","content":"a"},{"content":"","role":"assistant","tool_calls":[{"id":"c"}]}]}"#
        );
    }

    #[test]
    fn what_was_said_around_such_a_reply_is_one_message() {
        let sound = r#"{"role":"assistant","audio":{"id":"audio_1"}}"#;
        for (messages, expected) in [
            (
                format!(r#"{{"role":"user","content":"a"}},{sound},{{"role":"user","content":"b"}},{sound}"#),
                r#"[{"content":"a\n\nb","role":"user"}]"#,
            ),
            (
                format!(
                    r#"{{"role":"user","content":"a"}},{sound},{{"role":"user","content":[{{"type":"text","text":"b"}}]}}"#
                ),
                r#"[{"content":[{"text":"a","type":"text"},{"text":"b","type":"text"}],"role":"user"}]"#,
            ),
            (
                format!(r#"{{"role":"system","content":"s"}},{sound},{{"role":"user","content":"b"}}"#),
                r#"[{"role":"system","content":"s"},{"role":"user","content":"b"}]"#,
            ),
        ] {
            let mut request = request(&format!(r#"{{"messages":[{messages}]}}"#));
            take_earlier_sound(&mut request);
            assert_eq!(request.raw("messages").unwrap().get(), expected);
        }
    }

    #[test]
    fn wav_aac_and_flac_are_for_whole_answers() {
        for (word, format) in [
            ("wav", AudioFormat::Wav),
            ("aac", AudioFormat::Aac),
            ("flac", AudioFormat::Flac),
        ] {
            let fields =
                format!(r#","modalities":["text","audio"],"audio":{{"voice":"alloy","format":"{word}"}}"#);
            let ask = take_voice(&mut with(&fields)).unwrap().unwrap();
            assert_eq!(ask.format, format);
            let streamed = take_voice(&mut with(&format!("{fields},\"stream\":true")));
            assert_eq!(streamed.unwrap_err().param, Some("audio.format"), "{word}");
        }
    }

    #[test]
    fn err_for_recordings_that_cannot_be_heard() {
        let part = |data: &str, format: &str| {
            format!(r#"{{"type":"input_audio","input_audio":{{"data":"{data}","format":"{format}"}}}}"#)
        };
        let good = part("AAEC", "wav");
        for messages in [
            format!(r#"[{{"role":"user","content":[{}]}}]"#, part("A", "wav")),
            format!(r#"[{{"role":"user","content":[{}]}}]"#, part("", "wav")),
            format!(r#"[{{"role":"user","content":[{}]}}]"#, part("AAEC", "aiff")),
            format!(r#"[{{"role":"user","content":[{good},{good}]}}]"#),
        ] {
            let mut request = request(&format!(r#"{{"messages":{messages}}}"#));
            assert_eq!(
                spoken_input(&mut request).unwrap_err().param,
                Some("messages"),
                "{messages}"
            );
        }
        assert_eq!(spoken_input(&mut with(",\"x\":\"input_audio\"")).unwrap(), None);
    }
}
