//! `POST /v1/audio/transcriptions` and `POST /v1/audio/translations`: a recording in, its words out, as they were said or
//! in English.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, FormData, Response};

use super::error::ApiError;
use super::exchange::{self, Exchange};
use super::provider_error;
use super::relay::{self, RelayEnd, Relayed};
use super::reply::Reply;
use super::usage;
use crate::audio::upload::{UPLOAD_BYTES_MAX, UploadError};
use crate::config::ChainKind;
use crate::memory::person::protocol::ReserveAsk;
use crate::model::request::ModelChoice;
use crate::model::spoken::INPUT_PARAM;
use crate::platform::background;
use crate::upstream::chain::AttemptRecord;
use crate::upstream::fetch::{self, Origin};
use crate::upstream::outcome::Failure;
use crate::voice::hearing::{self, GRANULARITIES, PASSED_FIELDS, Wanted};
use crate::voice::transcript::TranscriptFormat;
use crate::voice::transcript_stream::{Progress, TranscriptStream};
use crate::voice::transcription_client::{self, Begun, Transcribed, Unheard};

/// The file and some text around it.
const BODY_BYTES_MAX: u32 = UPLOAD_BYTES_MAX as u32 + 64 * 1024;

/// Answers a request for a transcript, or with `translated` for one in English.
///
/// # Errors
/// The contract's: 415 unless it is a form, 400 for a broken recording, 413 for a large one, 404 for an unknown model, 501
/// where nobody translates.
pub async fn transcribe(exchange: Exchange, translated: bool) -> Result<Reply, ApiError> {
    let form = Form::read(&exchange).await?;
    let (format, is_stream) = form.answer_form(translated)?;
    let wanted = Wanted {
        times: format.has_times(),
        translated,
        streamed: is_stream,
    };
    let config = exchange.config.clone();
    let choice = ModelChoice::parse(form.text("model").as_deref()).resolved(&config, ChainKind::Stt);
    let mut targets = choice.targets(&config.stt);
    if targets.is_empty() {
        return Err(ApiError::model_not_found(
            "the model does not exist: transcription takes companion or a provider:model of the STT chain",
        ));
    }
    if translated {
        targets.retain(|target| hearing::can_translate(target));
        if targets.is_empty() {
            let sentence = "no provider of the STT chain translates: whisper-1 of openai and whisper-large-v3 of groq do";
            return Err(ApiError::not_implemented(sentence));
        }
    }
    if form.all("language").iter().any(|code| !is_language(code)) {
        return Err(ApiError::invalid(
            "language",
            "language must be a language code such as en or pt-BR",
        ));
    }
    let (file, bytes) = form.file().await?;
    let recording =
        transcription_client::recording(&bytes, &targets, form.fields()).map_err(|error| bad_file(&error))?;
    let amounts = usage::hearing(&config, &bytes);
    let person = exchange.person(form.text("user").as_deref())?;
    let ask = ReserveAsk::exactly(exchange.request_id.clone(), amounts);
    let budget = usage::reserve(&config, person.as_deref(), ask).await?;
    drop(bytes);
    let blob = relabel(&file, recording.content_type).unwrap_or(file);
    let around = exchange.surroundings(None);
    let origin = Origin {
        config: &config,
        around: &around,
        request_id: &exchange.request_id,
    };
    let heard = transcription_client::first(origin, targets, &recording, wanted, &blob).await;
    if let Some(budget) = &budget {
        usage::unless_unpaid(budget, amounts, heard.as_ref().err().map_or(&[], Vec::as_slice));
    }
    let (heard, served_by, record) =
        heard.map_err(|failures| provider_error::exhausted("transcription", &failures))?;
    let timing = format!("transcription;dur={}", exchange.elapsed_ms());
    let reply = match heard {
        Transcribed::Begun(begun) => hand_on(&exchange, begun, record),
        Transcribed::Whole(transcript) => {
            record.succeed();
            let (content_type, body) = match is_stream {
                true => ("text/event-stream; charset=utf-8", transcript.events()),
                false => transcript.render(format, &form.granularities()),
            };
            Reply::text(content_type, body)
        }
    };
    Ok(usage::on(reply, &config, budget.as_deref())
        .header("x-served-by", served_by)
        .header("server-timing", timing))
}

/// Hands the words on as they come; from here on no other provider takes over.
fn hand_on(exchange: &Exchange, begun: Begun, record: AttemptRecord) -> Reply {
    let is_whole = begun.stream.is_over();
    let tap = TranscriptTap {
        stream: begun.stream,
        record: Some(record),
    };
    let Relayed { readable, settled } = relay::transform(
        &begun.body,
        begun.events.as_bytes(),
        is_whole,
        tap.into(),
        &exchange.config.stt.clocks,
        &exchange.client(),
    );
    background::spawn(async move {
        let _ = JsFuture::from(settled).await;
    });
    Reply::events(readable)
}

/// Makes hearken's events of the provider's on their way through `relay.js`.
#[wasm_bindgen]
pub struct TranscriptTap {
    stream: TranscriptStream,
    record: Option<AttemptRecord>,
}

#[wasm_bindgen]
impl TranscriptTap {
    /// Takes the provider's bytes, gives the client's.
    pub fn transform(&mut self, bytes: &[u8]) -> Uint8Array {
        Uint8Array::from(self.stream.push(bytes).as_bytes())
    }

    /// Whether all of it has come.
    pub fn is_complete(&self) -> bool {
        self.stream.is_over()
    }

    /// Called once, when no more bytes will come: the last events, or what went wrong.
    pub fn finish(&mut self, reason: &str) -> Option<Uint8Array> {
        let reason = RelayEnd::parse(reason);
        let mut last = self.stream.finish();
        let result = match self.stream.progress {
            Progress::Done => Ok(()),
            Progress::Failed => Err(Failure::InBand),
            _ => Err(reason.failure()),
        };
        if result.is_err() {
            last.push_str(&provider_error::interrupted(reason.clock()).event());
        }
        if let Some(record) = self.record.take() {
            record.end(result);
        }
        (!last.is_empty()).then(|| Uint8Array::from(last.as_bytes()))
    }

    /// A stream of events always ends cleanly: what went wrong has been said in it.
    pub fn is_whole(&self) -> bool {
        true
    }
}

/// A recording that came inside another request and gave no words, as the client sees it.
pub fn unheard(reason: &Unheard) -> ApiError {
    match reason {
        Unheard::Broken(error) => bad_file(error).with_param(INPUT_PARAM),
        Unheard::Silent => {
            ApiError::invalid(INPUT_PARAM, "nothing was said in the recording").with_code("nothing_heard")
        }
        Unheard::Failed(failures) => provider_error::exhausted_beside("transcription", failures),
    }
}

/// Whether a word can be a language tag (RFC 5646 §2.1). It becomes part of a provider's address, so nothing else may
/// stand in it.
fn is_language(code: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    code.len() <= 35 && code.bytes().all(allowed)
}

fn bad_file(error: &UploadError) -> ApiError {
    let message = error.to_string();
    let error = match error {
        UploadError::TooLarge { .. } => ApiError::too_large(message),
        _ => ApiError::bad_request(message),
    };
    error.with_param("file").with_code("invalid_file")
}

/// The same bytes under their true type; a browser's guess may be wrong.
fn relabel(file: &Blob, content_type: &str) -> Option<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(content_type);
    Blob::new_with_blob_sequence_and_options(&Array::of1(file), &options).ok()
}

/// A multipart form as the platform parsed it.
struct Form(FormData);

impl Form {
    async fn read(exchange: &Exchange) -> Result<Form, ApiError> {
        if !exchange
            .header("content-type")
            .to_ascii_lowercase()
            .starts_with("multipart/form-data")
        {
            return Err(ApiError::unsupported_media_type(
                "the body must be a form: content-type: multipart/form-data",
            ));
        }
        if let Err(error) = exchange::refuse_unread(exchange, BODY_BYTES_MAX) {
            exchange.drain_body().await;
            return Err(if error.status() == 413 {
                error.with_param("file")
            } else {
                error
            });
        }
        let broken =
            |_: JsValue| ApiError::bad_request("the form could not be read: its multipart body is broken");
        let promise = if exchange.header("content-length").is_empty() {
            Form::measured(exchange).await?.form_data()
        } else {
            exchange.request.form_data()
        }
        .map_err(broken)?;
        let form = JsFuture::from(promise).await.map_err(broken)?;
        form.dyn_into().map(Form).map_err(broken)
    }

    /// A body that does not say how long it is, read no further than it may be.
    async fn measured(exchange: &Exchange) -> Result<Response, ApiError> {
        let broken = |_: JsValue| ApiError::bad_request("the body could not be read");
        let chunks = Array::new();
        let mut length_bytes = 0;
        if let Some(stream) = exchange.request.body() {
            let reader = fetch::reader(&stream);
            while let Some(chunk) = fetch::read_chunk(&reader).await.map_err(broken)? {
                length_bytes += chunk.length();
                if length_bytes > BODY_BYTES_MAX {
                    // Its reader is let go, so that the rest can be thrown away.
                    fetch::release(&reader);
                    return Err(exchange::too_large(BODY_BYTES_MAX).with_param("file"));
                }
                chunks.push(&chunk);
            }
        }
        let options = BlobPropertyBag::new();
        // The type carries the boundary.
        options.set_type(&exchange.header("content-type"));
        let blob = Blob::new_with_u8_array_sequence_and_options(&chunks, &options).map_err(broken)?;
        Response::new_with_opt_blob(Some(&blob)).map_err(broken)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).as_string().filter(|value| !value.is_empty())
    }

    fn all(&self, name: &str) -> Vec<String> {
        // A form on a page sends its empty fields, too.
        let values = self.0.get_all(name);
        let texts = values.iter().filter_map(|value| value.as_string());
        texts.filter(|value| !value.is_empty()).collect()
    }

    /// The form of the answer, and whether it is a stream of events.
    fn answer_form(&self, translated: bool) -> Result<(TranscriptFormat, bool), ApiError> {
        let word = self.text("response_format").unwrap_or_else(|| "json".to_owned());
        let format = TranscriptFormat::from_word(&word).ok_or_else(|| {
            let sentence = "response_format must be json, text, verbose_json, srt or vtt";
            ApiError::invalid("response_format", sentence)
        })?;
        // OpenAI's translations have no streams, and its clients leave out the field or say false.
        let is_stream = match self.text("stream").as_deref() {
            None | Some("false" | "False" | "0") => false,
            Some("true" | "True" | "1") => !translated,
            Some(_) => return Err(ApiError::invalid("stream", "stream must be true or false")),
        };
        if is_stream && format.has_times() {
            let sentence = "a stream has the words alone: response_format must be json or text";
            return Err(ApiError::invalid("stream", sentence));
        }
        let is_known = |name: &String| matches!(name.as_str(), "word" | "segment");
        if !self.granularities().iter().all(is_known) {
            let sentence = "timestamp_granularities must be word or segment";
            return Err(ApiError::invalid("timestamp_granularities", sentence));
        }
        Ok((format, is_stream))
    }

    /// However the client writes the name, with brackets or without.
    fn granularities(&self) -> Vec<String> {
        let mut names = self.all(GRANULARITIES);
        names.extend(self.all("timestamp_granularities"));
        names
    }

    fn fields(&self) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        for name in PASSED_FIELDS {
            let values = match name {
                GRANULARITIES => self.granularities(),
                name => self.all(name),
            };
            fields.extend(values.into_iter().map(|value| (name.to_owned(), value)));
        }
        fields
    }

    /// The recording and its bytes.
    async fn file(&self) -> Result<(Blob, Vec<u8>), ApiError> {
        let file: Blob = self
            .0
            .get("file")
            .dyn_into()
            .map_err(|_| ApiError::invalid("file", "file is required: a recording"))?;
        if file.size() > UPLOAD_BYTES_MAX as f64 {
            return Err(bad_file(&UploadError::TooLarge {
                bytes: file.size() as usize,
            }));
        }
        // A copy of it goes on, under its true type.
        self.0.delete("file");
        let broken = |_| ApiError::invalid("file", "the file could not be read");
        let buffer = JsFuture::from(file.array_buffer()).await.map_err(broken)?;
        Ok((file, Uint8Array::new(&buffer).to_vec()))
    }
}
