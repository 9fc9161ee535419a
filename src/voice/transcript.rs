//! What a transcription provider answered, and the forms a client may have it in: OpenAI's JSON and verbose JSON, text,
//! SubRip and WebVTT, and the events of a stream. Pure.
//!
//! Sources: as in `hearing`; OpenAI "Create transcription" for the client's side; W3C "WebVTT" §4 and the SubRip
//! format for cues; Whisper's own thresholds for "nothing was said".

use std::fmt::Write as _;

use serde_json::Value;

use crate::config::Provider;
use crate::wire::json::json;
use crate::wire::spacing::append;

/// A pause that ends a segment made of words, seconds.
const SEGMENT_PAUSE_S: f64 = 0.8;
/// A segment made of words is closed at this length, in characters: two lines of a subtitle.
const SEGMENT_CHARS_MAX: usize = 84;

/// Whisper's thresholds: a segment this likely to be no speech, and this unsure of its words, is noise.
const NO_SPEECH_PROB_MIN: f64 = 0.6;
const AVG_LOGPROB_MAX: f64 = -1.0;

/// How the client wants its transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TranscriptFormat {
    /// `{"text"}`
    Json,
    /// The bare text.
    Text,
    /// With language, duration, segments and words.
    VerboseJson,
    /// SubRip.
    Srt,
    /// WebVTT.
    Vtt,
}

impl TranscriptFormat {
    /// The format a word of `response_format` asks for.
    pub fn from_word(word: &str) -> Option<TranscriptFormat> {
        match word {
            "json" => Some(TranscriptFormat::Json),
            "text" => Some(TranscriptFormat::Text),
            "verbose_json" => Some(TranscriptFormat::VerboseJson),
            "srt" => Some(TranscriptFormat::Srt),
            "vtt" => Some(TranscriptFormat::Vtt),
            _ => None,
        }
    }

    /// Whether it says when something was said.
    pub fn has_times(self) -> bool {
        !matches!(self, TranscriptFormat::Json | TranscriptFormat::Text)
    }
}

/// Something that was said, and when.
#[derive(Clone, Debug, PartialEq)]
struct Span {
    start_s: f64,
    end_s: f64,
    text: String,
}

/// What was heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    /// The text; empty when nothing was said.
    pub text: String,
    /// The provider's answer, unwrapped.
    answer: Value,
    duration_s: Option<f64>,
    segments: Vec<Span>,
    words: Vec<Span>,
}

impl Transcript {
    /// Reads a provider's answer; `None` when there is no transcript in it. `duration_s` is the recording's, where its
    /// container tells.
    pub fn read(provider: Provider, answer: &str, duration_s: Option<f64>) -> Option<Transcript> {
        let mut answer: Value = serde_json::from_str(answer).ok()?;
        // A raw response of the binding is wrapped.
        if provider == Provider::WorkersAi
            && let Some(result) = answer.get_mut("result")
        {
            answer = result.take();
        }
        let heard = answer.pointer("/results/channels/0/alternatives/0");
        let text = heard.map_or(answer.get("text"), |heard| heard.get("transcript"))?;
        let text = text.as_str()?.trim().to_owned();
        let duration_s = ["/duration", "/metadata/duration", "/transcription_info/duration"]
            .iter()
            .find_map(|path| answer.pointer(path)?.as_f64())
            .or(duration_s);
        let mut words = spans(heard.unwrap_or(&answer).get("words"));
        let mut segments = spans(answer.get("segments"));
        for segment in list(answer.get("segments")) {
            // Workers AI has the words in their segments.
            words.extend(spans(segment.get("words")));
        }
        if segments.is_empty() {
            segments = sentences(&words);
        }
        if segments.is_empty() && !text.is_empty() {
            segments.push(Span {
                start_s: 0.0,
                end_s: duration_s.unwrap_or(0.0),
                text: text.clone(),
            });
        }
        Some(Transcript {
            text,
            answer,
            duration_s,
            segments,
            words,
        })
    }

    /// Whether nothing was said: no text, or every segment is one that Whisper makes up out of noise.
    pub fn is_silence(&self) -> bool {
        let is_noise = |segment: &Value| {
            let number = |name: &str| segment.get(name).and_then(Value::as_f64);
            number("no_speech_prob").is_some_and(|probability| probability > NO_SPEECH_PROB_MIN)
                && number("avg_logprob").is_some_and(|logprob| logprob < AVG_LOGPROB_MAX)
        };
        let segments = list(self.answer.get("segments"));
        self.text.is_empty() || !segments.is_empty() && segments.iter().all(is_noise)
    }

    /// The client's answer: content type and body. `granularities` are those of `timestamp_granularities[]`.
    pub fn render(&self, format: TranscriptFormat, granularities: &[String]) -> (&'static str, String) {
        match format {
            TranscriptFormat::Json => ("application/json", json!({"text": self.text}).to_string()),
            TranscriptFormat::Text => ("text/plain; charset=utf-8", format!("{}\n", self.text)),
            TranscriptFormat::VerboseJson => ("application/json", self.verbose(granularities).to_string()),
            TranscriptFormat::Srt => ("application/x-subrip; charset=utf-8", self.cues(',')),
            TranscriptFormat::Vtt => ("text/vtt; charset=utf-8", format!("WEBVTT\n\n{}", self.cues('.'))),
        }
    }

    /// The events of `stream=true`: what was heard word by word, then the whole.
    pub fn events(&self) -> String {
        let mut events = String::new();
        for delta in self.text.split_inclusive(' ') {
            let event = json!({"type": "transcript.text.delta", "delta": delta});
            let _ = write!(events, "data: {event}\n\n");
        }
        let event = json!({"type": "transcript.text.done", "text": self.text});
        let _ = write!(events, "data: {event}\n\n");
        events
    }

    /// OpenAI's verbose shape: the provider's own where it speaks it, else what is known.
    fn verbose(&self, granularities: &[String]) -> Value {
        let wants = |name: &str| granularities.iter().any(|granularity| granularity == name);
        let is_own = self.answer.get("task").is_some() && self.answer.get("segments").is_some();
        let mut fields = match &self.answer {
            Value::Object(own) if is_own => own.clone(),
            _ => serde_json::Map::new(),
        };
        fields.remove("x_groq");
        if !is_own {
            let languages = [
                "/language",
                "/language_code",
                "/transcription_info/language",
                "/results/channels/0/detected_language",
            ];
            let language = languages
                .iter()
                .find_map(|path| self.answer.pointer(path)?.as_str());
            fields.insert("task".into(), "transcribe".into());
            fields.insert("language".into(), language.unwrap_or("unknown").into());
            fields.insert("duration".into(), self.duration_s.unwrap_or(0.0).into());
            fields.insert("text".into(), self.text.as_str().into());
            let mut segments: Vec<Value> = Vec::new();
            for (id, span) in self.segments.iter().enumerate() {
                segments.push(json!({"id": id, "start": span.start_s, "end": span.end_s, "text": span.text}));
            }
            fields.insert("segments".into(), segments.into());
        }
        if wants("word") && !fields.contains_key("words") {
            let word = |span: &Span| json!({"word": span.text, "start": span.start_s, "end": span.end_s});
            fields.insert("words".into(), self.words.iter().map(word).collect());
        }
        Value::Object(fields)
    }

    /// One cue for each segment; none for an empty one.
    fn cues(&self, decimal_mark: char) -> String {
        let is_vtt = decimal_mark == '.';
        let mut cues = String::new();
        let mut number = 0;
        for span in &self.segments {
            let mut text = String::new();
            for line in span.text.split_whitespace() {
                text.push_str(if text.is_empty() { "" } else { " " });
                text.push_str(line);
            }
            if is_vtt {
                text = text
                    .replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;");
            } else {
                text = text.replace("-->", "->");
            }
            if text.is_empty() {
                continue;
            }
            number += 1;
            if !is_vtt {
                let _ = writeln!(cues, "{number}");
            }
            let start_ms = whole_ms(span.start_s);
            let times = [start_ms, whole_ms(span.end_s).max(start_ms + 1)].map(|ms| clock(ms, decimal_mark));
            let _ = write!(cues, "{} --> {}\n{text}\n\n", times[0], times[1]);
        }
        cues
    }
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// What has a text and a time: segments and words of every provider. ElevenLabs lists spaces and noises, too.
fn spans(values: Option<&Value>) -> Vec<Span> {
    let mut spans = Vec::new();
    for value in list(values) {
        let text = ["punctuated_word", "word", "text"]
            .iter()
            .find_map(|name| value.get(name)?.as_str());
        let seconds = |name: &str| value.get(name).and_then(Value::as_f64);
        let is_word = value
            .get("type")
            .and_then(Value::as_str)
            .is_none_or(|kind| kind == "word");
        if let (Some(text), Some(start_s), Some(end_s), true) =
            (text, seconds("start"), seconds("end"), is_word)
        {
            spans.push(Span {
                start_s,
                end_s,
                text: text.trim().to_owned(),
            });
        }
    }
    spans
}

/// Words put together: a segment ends with a sentence, before a pause, and where it would be too long to read.
fn sentences(words: &[Span]) -> Vec<Span> {
    let mut segments: Vec<Span> = Vec::new();
    for word in words {
        let joined = segments.last_mut().filter(|last| {
            let has_ended = last
                .text
                .ends_with(['.', '!', '?', '…', '。', '！', '？', '؟', '।']);
            let chars = last.text.chars().count() + 1 + word.text.chars().count();
            !has_ended && word.start_s - last.end_s < SEGMENT_PAUSE_S && chars <= SEGMENT_CHARS_MAX
        });
        match joined {
            Some(last) => {
                append(&mut last.text, &word.text);
                last.end_s = last.end_s.max(word.end_s);
            }
            None => segments.push(word.clone()),
        }
    }
    segments
}

fn whole_ms(seconds: f64) -> u64 {
    (seconds.max(0.0) * 1_000.0).round() as u64
}

/// `HH:MM:SS,mmm`; hours take more digits where they need them.
fn clock(ms: u64, decimal_mark: char) -> String {
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!(
        "{hours:02}:{minutes:02}:{seconds:02}{decimal_mark}{:03}",
        ms % 1_000
    )
}

#[cfg(test)]
mod tests;
