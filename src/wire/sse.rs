//! Server-sent events: an incremental parser. Bytes are pushed in as they arrive and events are pulled out.
//!
//! Follows the event stream interpretation of the HTML standard, §9.2.6 ("Interpreting an event stream"), as an
//! `EventSource` shows it: lines end in LF, CR or CRLF; UTF-8 is decoded with replacement; one leading byte order
//! mark is dropped; an event without data, and one that the stream's end cut off, are not dispatched.
//!
//! Invariant: the events (offsets included) and the error depend on the bytes alone, never on how they were split
//! into pushes. Every byte is looked at a bounded number of times, and an unfinished event is held to a limit.
//! Reconnecting is left to the caller; `retry` is only reported.

use std::borrow::Cow;

/// Most bytes an unfinished event may hold by default: far above any event of a model or a speech provider
/// (a second of 48 kHz 16-bit mono in base64 is 128,000 bytes), far below an isolate's memory.
pub const HELD_BYTES_MAX: usize = 256 * 1024;

const BYTE_ORDER_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// One dispatched event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SseEvent {
    /// The event's type; `message` when the stream names none.
    pub event: String,
    /// The `data` lines joined with LF, without the last LF.
    pub data: String,
    /// The last event id when the event was dispatched: its own, or an earlier event's; empty if there was none.
    pub id: String,
    /// Offset in the whole stream, in bytes, of the first byte after the line end that dispatched the event.
    /// (Of a CRLF that is the LF: the event is dispatched at the CR, since the LF may never come.)
    pub end_offset: u64,
}

/// Why a stream cannot be read any further. Once returned, it is returned for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// The data of one unfinished event and its current line are together longer than the parser's limit.
    #[error("an event holds more than {held_bytes_max} bytes")]
    EventTooLong {
        /// The limit that was passed, in bytes.
        held_bytes_max: usize,
    },
}

/// The parser. Push what arrives, then call [`SseParser::next_event`] until it gives `None`.
#[derive(Debug, Clone)]
pub struct SseParser {
    held_bytes_max: usize,
    /// Bytes not yet read as lines begin at `line_start`; no line end lies in `line_start..scanned`.
    buffer: Vec<u8>,
    line_start: usize,
    scanned: usize,
    /// Offset in the stream of `buffer[0]`.
    buffer_offset: u64,
    at_stream_start: bool,
    /// The last line ended in CR: an LF that comes next belongs to it.
    after_cr: bool,
    event: String,
    data: String,
    id: String,
    retry_ms: Option<u64>,
    comments: u64,
    failed: Option<SseError>,
}

impl Default for SseParser {
    fn default() -> Self {
        Self::with_limit(HELD_BYTES_MAX)
    }
}

impl SseParser {
    /// A parser at the start of a stream with the limit [`HELD_BYTES_MAX`].
    pub fn new() -> Self {
        Self::default()
    }

    /// A parser that holds at most `held_bytes_max` bytes of an unfinished event (its data so far and the line
    /// being read). What one push brings beyond that is held until it has been pulled.
    pub fn with_limit(held_bytes_max: usize) -> Self {
        Self {
            held_bytes_max,
            buffer: Vec::new(),
            line_start: 0,
            scanned: 0,
            buffer_offset: 0,
            at_stream_start: true,
            after_cr: false,
            event: String::new(),
            data: String::new(),
            id: String::new(),
            retry_ms: None,
            comments: 0,
            failed: None,
        }
    }

    /// Takes the next bytes of the stream, split anywhere. After an error they are dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        self.buffer.drain(..self.line_start);
        self.buffer_offset = self.buffer_offset.saturating_add(self.line_start as u64);
        self.scanned -= self.line_start;
        self.line_start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete event, or `None` until more bytes are pushed. [`SseError::EventTooLong`] if the limit is
    /// passed; the events before it were given first.
    pub fn next_event(&mut self) -> Result<Option<SseEvent>, SseError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if !self.skip_byte_order_mark() {
            return Ok(None);
        }
        loop {
            let line_end = self.find_line_end();
            let line_bytes = line_end.unwrap_or(self.buffer.len()) - self.line_start;
            if self.data.len() + line_bytes > self.held_bytes_max {
                let error = SseError::EventTooLong {
                    held_bytes_max: self.held_bytes_max,
                };
                self.failed = Some(error);
                self.buffer = Vec::new();
                return Err(error);
            }
            let Some(line_end) = line_end else {
                return Ok(None);
            };
            let next_line = line_end + 1;
            let line = self.buffer.get(self.line_start..line_end).unwrap_or_default();
            let dispatched = if line.is_empty() {
                self.dispatch(self.buffer_offset.saturating_add(next_line as u64))
            } else {
                let field = Field::of(line);
                self.after_field(field.name, field.value);
                None
            };
            self.after_cr = self.buffer.get(line_end) == Some(&b'\r');
            self.line_start = next_line;
            self.scanned = next_line;
            if dispatched.is_some() {
                return Ok(dispatched);
            }
        }
    }

    /// Whether bytes of an event that was not dispatched are held: at the end of a stream, what it cut off.
    pub fn is_mid_event(&self) -> bool {
        !self.data.is_empty() || self.line_start < self.buffer.len()
    }

    /// Whether nothing of a next event has been seen: bytes may be left out up to the next empty line.
    pub fn is_between_events(&self) -> bool {
        !self.is_mid_event() && self.event.is_empty() && !self.at_stream_start
    }

    /// How many comments have come: they say nothing, but that the sender is alive.
    pub fn comments(&self) -> u64 {
        self.comments
    }

    /// The reconnection time the stream last asked for (`retry`), in milliseconds.
    pub fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    /// The last event id so far: what a reconnecting client sends as `Last-Event-ID`.
    pub fn last_event_id(&self) -> &str {
        &self.id
    }

    /// False while it cannot be known yet whether the stream begins with a byte order mark.
    fn skip_byte_order_mark(&mut self) -> bool {
        if self.at_stream_start {
            if self.buffer.starts_with(&BYTE_ORDER_MARK) {
                self.line_start = BYTE_ORDER_MARK.len();
                self.scanned = self.line_start;
            } else if BYTE_ORDER_MARK.starts_with(&self.buffer) {
                return false;
            }
            self.at_stream_start = false;
        }
        true
    }

    /// Index of the LF or CR that ends the current line, past the LF of a CRLF that is already done.
    fn find_line_end(&mut self) -> Option<usize> {
        if self.after_cr
            && let Some(first) = self.buffer.get(self.line_start)
        {
            if *first == b'\n' {
                self.line_start += 1;
                self.scanned = self.line_start;
            }
            self.after_cr = false;
        }
        let unseen = self.buffer.get(self.scanned..).unwrap_or_default();
        match find_cr_or_lf(unseen) {
            Some(index) => Some(self.scanned + index),
            None => {
                self.scanned = self.buffer.len();
                None
            }
        }
    }

    fn after_field(&mut self, name: FieldName, value: String) {
        match name {
            FieldName::Data => {
                self.data.push_str(&value);
                self.data.push('\n');
            }
            FieldName::Event => self.event = value,
            FieldName::Id if !value.contains('\0') => self.id = value,
            FieldName::Retry if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.retry_ms = value.parse().ok().or(self.retry_ms);
            }
            FieldName::Comment => self.comments = self.comments.saturating_add(1),
            FieldName::Id | FieldName::Retry | FieldName::Unknown => {}
        }
    }

    fn dispatch(&mut self, end_offset: u64) -> Option<SseEvent> {
        let event = std::mem::take(&mut self.event);
        let mut data = std::mem::take(&mut self.data);
        data.pop()?; // The LF after the last data line; with no data there is no event.
        Some(SseEvent {
            event: if event.is_empty() {
                "message".to_owned()
            } else {
                event
            },
            data,
            id: self.id.clone(),
            end_offset,
        })
    }
}

#[derive(Clone, Copy)]
enum FieldName {
    Data,
    Event,
    Id,
    Retry,
    /// An empty name before the colon.
    Comment,
    /// A name the standard does not know.
    Unknown,
}

struct Field {
    name: FieldName,
    value: String,
}

impl Field {
    /// Splits a line at its first colon and drops one space after it; without a colon the value is empty.
    fn of(line: &[u8]) -> Self {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let name = match parts.next().unwrap_or_default() {
            b"data" => FieldName::Data,
            b"event" => FieldName::Event,
            b"id" => FieldName::Id,
            b"retry" => FieldName::Retry,
            name => {
                return Self {
                    name: if name.is_empty() {
                        FieldName::Comment
                    } else {
                        FieldName::Unknown
                    },
                    value: String::new(),
                };
            }
        };
        let value = parts.next().unwrap_or_default();
        // A line end is never part of a UTF-8 sequence, so decoding by line equals decoding the whole stream.
        let value = String::from_utf8_lossy(value.strip_prefix(b" ").unwrap_or(value));
        Self {
            name,
            value: Cow::into_owned(value),
        }
    }
}

/// Blocks without a branch inside let the compiler compare many bytes at once.
fn find_cr_or_lf(bytes: &[u8]) -> Option<usize> {
    const BLOCK_BYTES: usize = 32;
    let is_line_end = |byte: &u8| *byte == b'\n' || *byte == b'\r';
    let blocks = bytes.chunks_exact(BLOCK_BYTES);
    let clean = blocks.take_while(|block| !block.iter().fold(false, |found, byte| found | is_line_end(byte)));
    let start = clean.count() * BLOCK_BYTES;
    let rest = bytes.get(start..)?;
    rest.iter().position(is_line_end).map(|index| start + index)
}

#[cfg(test)]
mod tests;
