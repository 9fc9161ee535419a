//! What a chat request says about sound: the spoken reply it asks for, and the recording it brings. Pure.
//!
//! Sources: OpenAI API reference, "Create chat completion" (`modalities`, `audio`, content parts of type
//! `input_audio`). Both are hearken's own work, so no provider sees these fields.

use std::borrow::Cow;

use serde_json::Value;

use super::request::{BadField, ChatRequest, VOICE_ID, is_voice_id};
use crate::wire::audio_format::AudioFormat;
use crate::wire::base64::STANDARD;
use crate::wire::fields::{self, Fields};
use crate::wire::json::{self, json};
use crate::wire::raw::{self, Raw};

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
    let words: Vec<String> = json::read(raw.get()).ok_or_else(bad)?;
    if words.iter().any(|word| word != "text" && word != "audio") {
        return Err(bad());
    }
    Ok(words.iter().any(|word| word == "audio"))
}

fn parsed(raw: Raw, name: &'static str) -> Result<Value, BadField> {
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
    id.map(|id| Some(id.to_owned()))
        .ok_or_else(|| BadField::of("audio.voice", format!("audio.voice must be {VOICE_ID}")))
}

/// Most recordings that one request has written down.
const RECORDINGS_MAX: usize = 8;

/// The name of the part, for errors about it.
pub const INPUT_PARAM: &str = "messages";

fn bad_input(message: impl Into<String>) -> BadField {
    BadField::of(INPUT_PARAM, message)
}

/// Takes out of a request's body the recordings that nobody has answered yet, in order: the person's since the last reply,
/// which a message that calls functions is not. Their places stay, for [`put_transcripts`]. The others, which clients send
/// again with the conversation, are marked: they were answered when they were heard.
///
/// A body may be a good part of the memory that an isolate has: no recording is copied but to decode it.
///
/// # Errors
/// More than [`RECORDINGS_MAX`], or one that cannot be read.
pub fn unheard(body: &str) -> Result<(Vec<Vec<u8>>, Cow<'_, str>), BadField> {
    let mut found = Vec::new();
    // Looking for the word first keeps the text path free of a second reading.
    let read = body.contains("input_audio").then(|| Fields::read(body)).flatten();
    let messages = read.as_ref().and_then(|fields| list(fields, "messages"));
    let (Some(fields), Some(messages)) = (read, messages) else {
        return Ok((found, body.into()));
    };
    let new_at = messages
        .iter()
        .rposition(|raw| is_reply(*raw))
        .map_or(0, |at| at + 1);
    let replaced = with_words(&messages, &mut |index, role, part| {
        if index < new_at || role != "user" {
            return Ok(Some(EARLIER_RECORDING.to_owned()));
        }
        found.push(recording(part)?);
        Ok(None)
    })?;
    if found.len() > RECORDINGS_MAX {
        let message = format!("messages may bring at most {RECORDINGS_MAX} recordings that are not answered");
        return Err(bad_input(message));
    }
    let replaced = replaced.map(|messages| with_field(&fields, "messages", &messages));
    Ok((found, replaced.map_or(body.into(), Cow::from)))
}

fn list<'a>(fields: &Fields<'a>, name: &str) -> Option<Vec<Raw<'a>>> {
    raw::list(fields.get(name)?.get())
}

/// The object with another value of a field.
fn with_field(fields: &Fields, name: &str, value: &str) -> String {
    let field = |(own, old): &(Cow<str>, Raw)| {
        let value = if own == name { value } else { old.get() };
        format!("{}:{value}", Value::from(&**own))
    };
    let fields: Vec<String> = fields.0.iter().map(field).collect();
    format!("{{{}}}", fields.join(","))
}

/// What stands for a recording, by its message's index and role; without words its place stays and the sound does not.
type Words<'a> = dyn FnMut(usize, &str, &Fields) -> Result<Option<String>, BadField> + 'a;

/// The messages with words in the places of their recordings; `None` where there is no recording.
fn with_words(messages: &[Raw], words: &mut Words) -> Result<Option<String>, BadField> {
    let mut has_any = false;
    let mut all = Vec::with_capacity(messages.len());
    for (index, raw) in messages.iter().enumerate() {
        let message = message_with_words(index, *raw, words)?;
        has_any |= message.is_some();
        all.push(message.map_or(Cow::from(raw.get()), Cow::from));
    }
    Ok(has_any.then(|| json::list(&all)))
}

fn message_with_words(index: usize, raw: Raw, words: &mut Words) -> Result<Option<String>, BadField> {
    let read = raw.get().contains("input_audio").then(|| Fields::read(raw.get()));
    let Some(fields) = read.flatten() else {
        return Ok(None);
    };
    let parts = list(&fields, "content").unwrap_or_default();
    let role = fields.string("role").unwrap_or_default();
    let mut content = Vec::with_capacity(parts.len());
    let (mut has_any, mut alone) = (false, None);
    for raw in &parts {
        let recording =
            Fields::read(raw.get()).filter(|part| part.string("type").as_deref() == Some("input_audio"));
        let Some(recording) = recording else {
            content.push(Cow::from(raw.get()));
            continue;
        };
        has_any = true;
        alone = words(index, &role, &recording)?;
        content.push(Cow::from(match &alone {
            Some(words) => json!({"type": "text", "text": words}).to_string(),
            None => r#"{"type":"input_audio"}"#.to_owned(),
        }));
    }
    let content = match alone.filter(|_| parts.len() == 1) {
        Some(words) => Value::from(words).to_string(),
        None => json::list(&content),
    };
    Ok(has_any.then(|| with_field(&fields, "content", &content)))
}

fn is_reply(raw: Raw) -> bool {
    let field = |name: &str| Fields::read(raw.get()).and_then(|fields| fields.get(name).map(Raw::get));
    field("role") == Some("\"assistant\"") && matches!(field("tool_calls"), None | Some("null" | "[]"))
}

fn is_filled(value: &Value) -> bool {
    !value.is_null() && *value != "" && *value != json!([])
}

/// What stands for a recording that was sent before.
const EARLIER_RECORDING: &str = "[a voice message from earlier]";

fn recording(part: &Fields) -> Result<Vec<u8>, BadField> {
    let audio = part.object("input_audio");
    let format = audio.as_ref().and_then(|audio| audio.string("format"));
    if !format.is_some_and(|word| INPUT_FORMATS.contains(&word.as_str())) {
        return Err(bad_input(
            "input_audio.format must be wav, mp3, ogg, webm, m4a or flac",
        ));
    }
    let no_data = || bad_input("input_audio.data must be a recording in base64");
    let written = audio
        .as_ref()
        .and_then(|audio| audio.get("data"))
        .ok_or_else(no_data)?;
    // Encoders on a command line break their lines, and some of JSON escape more than they must.
    let data = match written.get().contains(['\\', ' ']) {
        true => {
            let mut text = fields::text(written).ok_or_else(no_data)?;
            text.retain(|digit| !digit.is_ascii_whitespace());
            Cow::from(text)
        }
        false => {
            let text = written
                .get()
                .strip_prefix('"')
                .and_then(|text| text.strip_suffix('"'));
            Cow::from(text.ok_or_else(no_data)?)
        }
    };
    let data = match data.split_once(";base64,") {
        Some((scheme, data)) if scheme.starts_with("data:") => data,
        _ => &data,
    };
    let bytes = STANDARD
        .decode(data)
        .ok_or_else(|| bad_input("input_audio.data is not valid base64"))?;
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
    let raw = request.raw("messages").map(Raw::get).unwrap_or_default();
    if !raw.contains("\"audio\"") {
        return;
    }
    let Some(messages) = raw::list(raw) else {
        return;
    };
    let keep = |slot: &mut Cow<str>| {
        if !slot.contains("\"audio\"") {
            return true;
        }
        let Ok(Value::Object(mut message)) = serde_json::from_str(slot) else {
            return true;
        };
        let is_reply = message.get("role").and_then(Value::as_str) == Some("assistant");
        let Some(audio) = message.remove("audio").filter(|_| is_reply) else {
            return true;
        };
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
        *slot = Value::from(message).to_string().into();
        true
    };
    let mut kept: Vec<Cow<str>> = Vec::new();
    let mut has_gap = false;
    for message in messages {
        let mut message = Cow::from(message.get());
        if !keep(&mut message) {
            has_gap = true;
            continue;
        }
        let both = kept.last().filter(|_| std::mem::take(&mut has_gap));
        if let Some(both) = both.and_then(|last| one_message(last, &message)) {
            kept.pop();
            message = both.into();
        }
        kept.push(message);
    }
    request.replace_messages(json::list(&kept));
}

/// Two messages of the person as one: the first with the content of both.
fn one_message(first: &str, second: &str) -> Option<String> {
    let read = |message: &str| {
        let message: Value = serde_json::from_str(message).ok()?;
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
    Some(message.to_string())
}

/// Puts the words in the places that [`unheard`] left: as a message's text where one was alone, else as text parts.
pub fn put_transcripts(request: &mut ChatRequest, words: &[String]) {
    let mut words = words.iter();
    let replaced = with_words(&request.messages(), &mut |_, _, _| Ok(words.next().cloned()));
    if let Ok(Some(replaced)) = replaced {
        request.replace_messages(replaced);
    }
}

#[cfg(test)]
mod tests;
