//! One continuous stream to a listener, out of whatever a provider sends.
//!
//! Bytes of a clip go in as they arrive; what they are is told from the bytes; bytes to send come out at once. Any
//! number of clips, fetched or kept, become one stream: the first head counts, time runs on, and only the last
//! clip's end is trimmed. Sound is never decoded; samples in a WAV that are not the stream's are brought to its rate. What cannot become the target is a typed error that comes before
//! any byte of that clip was used, so that the caller can fall back. Where the input was cut never shows in the
//! output. Which provider to ask and when to give up is not decided here.

mod sink;
mod source;
mod target;

use super::clip::Clip;
use super::mp3::Mp3Reader;
use super::opus::{OpusPacket, SAMPLES_PER_SECOND};
use super::sniff::{Container, Sniff, sniff, sniff_whole};
use super::wav::{PcmFormat, pcm16_encode};
use sink::{OggSource, OpusSink, Sink, add_frames};
use source::{Source, is_mp3};
pub use target::{ClipReport, Likeness, RemuxError, StreamTarget};

/// Makes one stream.
#[derive(Debug)]
pub struct Remuxer {
    sink: Sink,
    source: Source,
    raw_pcm: Option<PcmFormat>,
    is_collecting: bool,
    is_marked: bool,
    out: Vec<u8>,
    /// What could not be used, see [`Remuxer::take_unused`].
    unused: Vec<u8>,
    /// Sound of the clips that have ended.
    ended_ms: u64,
    is_finished: bool,
}

impl Remuxer {
    /// A stream for this target, nothing in it yet.
    #[must_use]
    pub fn new(target: StreamTarget) -> Self {
        let sink = match target {
            StreamTarget::Opus(container) => Sink::Opus(Box::new(OpusSink {
                container,
                is_marked: true,
                muxer: None,
                held: None,
            })),
            StreamTarget::Mp3 => Sink::Mp3(None),
            StreamTarget::Wav => Sink::Pcm {
                has_header: true,
                format: None,
                has_samples: false,
            },
            StreamTarget::Pcm => Sink::Pcm {
                has_header: false,
                format: Some(PcmFormat::SPEECH),
                has_samples: false,
            },
            StreamTarget::Whole(container) => Sink::Whole {
                container,
                has_sound: false,
            },
        };
        Self {
            sink,
            source: Source::start(),
            raw_pcm: None,
            is_collecting: false,
            is_marked: true,
            out: Vec::new(),
            unused: Vec::new(),
            ended_ms: 0,
            is_finished: false,
        }
    }

    /// Raw samples have no first bytes to know them by: bodies that are nothing else are taken for these. For
    /// providers that were asked for raw PCM.
    #[must_use]
    pub fn expect_raw_pcm(mut self, format: PcmFormat) -> Self {
        self.raw_pcm = Some(format);
        self
    }

    /// Every [`ClipReport`] shall carry the clip's packets.
    #[must_use]
    pub fn collect_clips(mut self) -> Self {
        self.is_collecting = true;
        self
    }

    /// Whether the stream says that it is made, as it does by itself where its container has a place for it.
    #[must_use]
    pub fn marked(mut self, is_marked: bool) -> Self {
        self.is_marked = is_marked;
        if let Sink::Opus(sink) = &mut self.sink {
            sink.is_marked = is_marked;
        }
        self
    }

    /// Whether it does.
    #[must_use]
    pub fn is_marked(&self) -> bool {
        self.is_marked
    }

    /// Takes the next bytes of the current clip and gives what can be sent now. After an error the clip is over:
    /// more bytes repeat the error, [`Self::end_clip`] or [`Self::abandon_clip`] goes on to the next.
    pub fn feed(&mut self, input: &[u8]) -> Result<Vec<u8>, RemuxError> {
        match self.take_in(input) {
            Ok(()) => Ok(std::mem::take(&mut self.out)),
            Err(error) => {
                self.source = Source::Failed(error);
                Err(error)
            }
        }
    }

    /// Sends what gathers for a fuller page. For callers that see the provider pause.
    pub fn flush(&mut self) -> Vec<u8> {
        if let Sink::Opus(sink) = &mut self.sink
            && let Some(muxer) = &mut sink.muxer
            && muxer.queued_ms() > 0
        {
            muxer.flush(&mut self.out);
        }
        std::mem::take(&mut self.out)
    }

    /// The current clip is complete; the next bytes begin another one. Whether it fails or not, the stream can go on.
    pub fn end_clip(&mut self) -> Result<ClipReport, RemuxError> {
        if let Source::Start(prefix) = &mut self.source {
            let prefix = std::mem::take(prefix);
            let told = sniff_whole(&prefix);
            if let Err(error) = self.begin(told, prefix) {
                self.source = Source::start();
                return Err(error);
            }
        }
        self.ended_ms += self.clip_ms();
        match std::mem::replace(&mut self.source, Source::start()) {
            Source::Start(_) => Err(RemuxError::NoAudio),
            Source::Failed(error) => Err(error),
            Source::Ogg(source) => self.end_ogg(*source),
            Source::Mp3(reader) => self.end_mp3(reader),
            Source::Wav { reader, resampler } => {
                let format = reader.format().unwrap_or(PcmFormat::SPEECH);
                if let Some((mut resampler, mono)) = resampler.zip(self.sink.mono()) {
                    let rest = pcm16_encode(&resampler.finish());
                    self.sink.add_pcm(mono, &rest, self.is_marked, &mut self.out)?;
                }
                self.end_pcm(format, reader.pcm_bytes(), reader.is_truncated())
            }
            Source::Raw {
                format,
                partial,
                bytes,
            } => self.end_pcm(format, bytes, !partial.is_empty()),
            Source::Whole => Ok(ClipReport {
                bytes: self.flush(),
                is_truncated: false,
                duration_ms: 0,
                clip: None,
            }),
        }
    }

    /// Gives the current clip up. What of it was sent stays sent; the next bytes begin another clip.
    pub fn abandon_clip(&mut self) {
        self.source = Source::start();
        self.unused = Vec::new();
    }

    /// Adds a kept clip to an Opus stream, between two others: call [`Self::end_clip`] first.
    pub fn push_clip(&mut self, clip: &Clip) -> Result<Vec<u8>, RemuxError> {
        let Sink::Opus(sink) = &mut self.sink else {
            return Err(RemuxError::Unexpected {
                got: Container::OggOpus,
            });
        };
        sink.begin(clip.head())?;
        self.ended_ms += clip.duration_ms();
        let mut packets = clip.packets().peekable();
        while let Some((packet, samples)) = packets.next() {
            if packets.peek().is_some() {
                sink.push(packet, samples, &mut self.out);
            } else if let Ok(last) = OpusPacket::new(packet.to_vec()) {
                sink.held = Some((last, clip.end_trim_samples()));
            }
        }
        Ok(self.flush())
    }

    /// Ends the current clip, unless it was ended, and the stream. `NoAudio` if there was never any sound. After
    /// another error of the last clip a second call still ends the stream.
    pub fn finish(&mut self) -> Result<Vec<u8>, RemuxError> {
        let is_between_clips = matches!(&self.source, Source::Start(prefix) if prefix.is_empty());
        if !is_between_clips {
            let report = self.end_clip()?;
            self.out.extend(report.bytes);
        }
        if !self.has_sound() {
            return Err(RemuxError::NoAudio);
        }
        if let Sink::Opus(sink) = &mut self.sink
            && !std::mem::replace(&mut self.is_finished, true)
        {
            sink.finish(&mut self.out);
        }
        Ok(std::mem::take(&mut self.out))
    }

    /// Milliseconds of sound of all clips so far.
    #[must_use]
    pub fn sound_ms(&self) -> u64 {
        self.ended_ms + self.clip_ms()
    }

    /// Milliseconds of sound of the current clip so far, as its container counts them.
    #[must_use]
    pub fn clip_ms(&self) -> u64 {
        match &self.source {
            Source::Start(_) | Source::Failed(_) | Source::Whole => 0,
            Source::Ogg(source) => source.samples * 1_000 / u64::from(SAMPLES_PER_SECOND),
            Source::Mp3(reader) => reader.duration_ms(),
            Source::Wav { reader, .. } => reader
                .format()
                .map_or(0, |format| format.duration_ms(reader.pcm_bytes())),
            Source::Raw { format, bytes, .. } => format.duration_ms(*bytes),
        }
    }

    /// What clips must have in common with this stream to go on with it; `None` before there is any sound.
    #[must_use]
    pub fn likeness(&self) -> Option<Likeness> {
        match &self.sink {
            Sink::Opus(sink) => sink.muxer.as_ref().map(|muxer| Likeness::of(muxer.head())),
            Sink::Mp3(format) => format.map(Likeness::Mp3),
            Sink::Pcm { .. } | Sink::Whole { .. } => None,
        }
    }

    /// Whether anything that can be heard was put into the stream.
    #[must_use]
    pub fn has_sound(&self) -> bool {
        match &self.sink {
            Sink::Opus(sink) => {
                sink.held.is_some() || sink.muxer.as_ref().is_some_and(|muxer| muxer.total_samples() > 0)
            }
            Sink::Mp3(format) => format.is_some(),
            Sink::Pcm { has_samples, .. } => *has_samples,
            Sink::Whole { has_sound, .. } => *has_sound,
        }
    }

    /// After [`RemuxError::Unexpected`], [`RemuxError::Text`] or [`RemuxError::NotAudio`] from the first bytes: all
    /// that was fed of the clip, to feed it to a stream for another target.
    pub fn take_unused(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.unused)
    }

    fn take_in(&mut self, input: &[u8]) -> Result<(), RemuxError> {
        let prefix = match &mut self.source {
            Source::Start(prefix) => prefix,
            Source::Failed(error) => return Err(*error),
            _ => return self.go_on(input),
        };
        prefix.extend_from_slice(input);
        let told = sniff(prefix);
        let is_told = told != Sniff::NeedMore && (self.raw_pcm.is_none() || is_mp3(prefix).is_some());
        if !is_told {
            return Ok(());
        }
        let prefix = std::mem::take(prefix);
        self.begin(told, prefix)
    }

    /// The first bytes are told: chooses the reader and gives them to it.
    fn begin(&mut self, told: Sniff, prefix: Vec<u8>) -> Result<(), RemuxError> {
        let source = Source::choose(told, &prefix, &self.sink, self.raw_pcm);
        match source {
            Ok(source) => {
                self.source = source;
                self.go_on(&prefix)
            }
            Err(error) => {
                self.unused = prefix;
                Err(error)
            }
        }
    }

    fn go_on(&mut self, input: &[u8]) -> Result<(), RemuxError> {
        let (is_collecting, is_marked) = (self.is_collecting, self.is_marked);
        self.source
            .go_on(input, &mut self.sink, is_collecting, is_marked, &mut self.out)
    }

    fn end_ogg(&mut self, source: OggSource) -> Result<ClipReport, RemuxError> {
        let summary = source.reader.finish();
        if source.samples == 0 {
            return Err(RemuxError::NoAudio);
        }
        let is_truncated = summary.is_truncated || summary.is_damaged;
        let unheard = u64::from(source.pre_skip) + u64::from(source.end_trim);
        let clip = source.builder.filter(|_| !is_truncated);
        Ok(ClipReport {
            bytes: self.flush(),
            is_truncated,
            duration_ms: source.samples.saturating_sub(unheard) * 1_000 / u64::from(SAMPLES_PER_SECOND),
            clip: clip.and_then(|builder| builder.finish(source.end_trim).ok()),
        })
    }

    fn end_mp3(&mut self, mut reader: Mp3Reader) -> Result<ClipReport, RemuxError> {
        let mut frames = Vec::new();
        let result = reader.finish(&mut frames);
        if let Sink::Mp3(stream) = &mut self.sink {
            add_frames(&reader, stream, &frames, self.is_marked, &mut self.out)?;
        }
        result?;
        if reader.frames() == 0 {
            return Err(RemuxError::NoAudio);
        }
        let (is_truncated, duration_ms) = (reader.is_truncated(), reader.duration_ms());
        Ok(ClipReport {
            bytes: self.flush(),
            is_truncated,
            duration_ms,
            clip: None,
        })
    }

    fn end_pcm(
        &mut self,
        format: PcmFormat,
        bytes: u64,
        is_truncated: bool,
    ) -> Result<ClipReport, RemuxError> {
        if bytes == 0 {
            return Err(RemuxError::NoAudio);
        }
        let duration_ms = format.duration_ms(bytes);
        Ok(ClipReport {
            bytes: self.flush(),
            is_truncated,
            duration_ms,
            clip: None,
        })
    }
}

#[cfg(test)]
mod tests;
