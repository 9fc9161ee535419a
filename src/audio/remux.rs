//! One continuous stream to a listener, out of whatever a provider sends.
//!
//! Bytes of a clip go in as they arrive; what they are is told from the bytes; bytes to send come out at once. Any
//! number of clips, fetched or kept, become one stream: the first head counts, time runs on, and only the last
//! clip's end is trimmed. Sound is never decoded. What cannot become the target is a typed error that comes before
//! any byte of that clip was used, so that the caller can fall back. Where the input was cut never shows in the
//! output. Which provider to ask and when to give up is not decided here.

mod sink;

use super::clip::Clip;
use super::mp3::{FrameHeader, Mp3Error, Mp3Reader};
use super::mux::OpusContainer;
use super::ogg::OggError;
use super::opus::{OpusHead, OpusPacket, SAMPLES_PER_SECOND};
use super::sniff::{Container, Sniff, sniff, sniff_whole};
use super::wav::{PcmFormat, WavError, WavReader};
use sink::{OggSource, OpusSink, Sink, add_frames};
/// What the listener gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// Opus in a container.
    Opus(OpusContainer),
    /// MP3 frames.
    Mp3,
    /// WAV of unknown length, in the format of the first clip.
    Wav,
    /// Raw samples, [`PcmFormat::SPEECH`].
    Pcm,
    /// Clips of this container as they come: several of ADTS, whose frames stand by themselves, one of any other.
    Whole(Container),
}

impl Target {
    /// The media type to declare.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Opus(container) => container.content_type(),
            Self::Mp3 => Container::Mp3.content_type(),
            Self::Wav => Container::Wav.content_type(),
            Self::Pcm => "audio/pcm;rate=24000;channels=1",
            Self::Whole(container) => container.content_type(),
        }
    }
}

/// Why a clip cannot go on. Nothing is lost: what was made before the error comes with the next flush.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RemuxError {
    /// The body is JSON, HTML or other text.
    #[error("the body is text, not audio")]
    Text,
    /// The body is no container known here.
    #[error("the body is not audio")]
    NotAudio,
    /// Audio, but of a kind that cannot become the target.
    #[error("the audio is {}, which cannot become what was asked for", got.content_type())]
    Unexpected {
        /// What it is.
        got: Container,
    },
    /// The clip ended without any sound.
    #[error("the body has no audio in it")]
    NoAudio,
    /// The clip does not fit the stream that was begun: another number of channels, rate or gain.
    #[error("the clip does not fit the stream it is to continue")]
    Differs,
    /// The samples are in another format than the target has.
    #[error("the samples are {} Hz with {} channels", got.sample_rate, got.channels)]
    PcmFormat {
        /// What they are.
        got: PcmFormat,
    },
    /// A broken Ogg stream.
    #[error(transparent)]
    Ogg(#[from] OggError),
    /// A broken MP3 stream.
    #[error(transparent)]
    Mp3(#[from] Mp3Error),
    /// A broken WAV stream.
    #[error(transparent)]
    Wav(#[from] WavError),
}

/// What all clips of a stream must have in common, because its head tells it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// Of Opus.
    Opus {
        /// 1 or 2.
        channels: u8,
        /// The head's output gain, as RFC 7845 §5.1 has it.
        gain_q8: i16,
    },
    /// Of MP3: rate and channels.
    Mp3(FrameHeader),
}

impl Likeness {
    /// Of a clip with this head.
    #[must_use]
    pub fn of(head: OpusHead) -> Self {
        Self::Opus {
            channels: head.channels,
            gain_q8: head.gain_q8,
        }
    }

    /// Whether both can be in one stream.
    #[must_use]
    pub fn fits(&self, other: &Likeness) -> bool {
        match (self, other) {
            (Self::Mp3(one), Self::Mp3(other)) => one.fits(other),
            _ => self == other,
        }
    }
}

/// What became of a clip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClipReport {
    /// Bytes to send now.
    pub bytes: Vec<u8>,
    /// The container stopped before its end (an Ogg stream without its last page, half an MP3 frame, ...) or
    /// parts of it were damaged. Never keep such a clip.
    pub is_truncated: bool,
    /// How long it plays.
    pub duration_ms: u64,
    /// Its packets, if [`Remuxer::collect_clips`] was asked for and the clip is Opus, complete and not too large.
    pub clip: Option<Clip>,
}

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

#[derive(Debug)]
enum Source {
    Start(Vec<u8>),
    Ogg(Box<OggSource>),
    Mp3(Mp3Reader),
    Wav(WavReader),
    Raw {
        format: PcmFormat,
        partial: Vec<u8>,
        bytes: u64,
    },
    Whole,
    Failed(RemuxError),
}

impl Remuxer {
    /// A stream for this target, nothing in it yet.
    #[must_use]
    pub fn new(target: Target) -> Self {
        let sink = match target {
            Target::Opus(container) => Sink::Opus(Box::new(OpusSink {
                container,
                is_marked: true,
                muxer: None,
                held: None,
            })),
            Target::Mp3 => Sink::Mp3(None),
            Target::Wav => Sink::Pcm {
                has_header: true,
                format: None,
                has_samples: false,
            },
            Target::Pcm => Sink::Pcm {
                has_header: false,
                format: Some(PcmFormat::SPEECH),
                has_samples: false,
            },
            Target::Whole(container) => Sink::Whole {
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
            Source::Wav(reader) => {
                let format = reader.format().unwrap_or(PcmFormat::SPEECH);
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
            Source::Wav(reader) => reader
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
        let source = self.choose(told, &prefix);
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

    fn choose(&self, told: Sniff, prefix: &[u8]) -> Result<Source, RemuxError> {
        let is_pcm_target = matches!(self.sink, Sink::Pcm { .. });
        // Samples may look like the first bytes of a frame by chance, but not go on with a second one.
        let could_be_samples = match told {
            Sniff::Audio(Container::Mp3) => !prefix.starts_with(b"ID3") && is_mp3(prefix) != Some(true),
            Sniff::Audio(Container::Adts) | Sniff::Unknown => true,
            _ => false,
        };
        if let Some(format) = self.raw_pcm.filter(|_| could_be_samples) {
            return match is_pcm_target {
                true => Ok(Source::Raw {
                    format,
                    partial: Vec::new(),
                    bytes: 0,
                }),
                false => Err(RemuxError::PcmFormat { got: format }),
            };
        }
        match (told, &self.sink) {
            (Sniff::NeedMore, _) => Err(RemuxError::NoAudio),
            (Sniff::Text, _) => Err(RemuxError::Text),
            (Sniff::Unknown, _) => Err(RemuxError::NotAudio),
            (Sniff::Audio(Container::OggOpus), Sink::Opus(_)) => Ok(Source::Ogg(Box::new(OggSource::new()))),
            (Sniff::Audio(Container::Mp3), Sink::Mp3(_)) => Ok(Source::Mp3(Mp3Reader::new())),
            (Sniff::Audio(Container::Wav), Sink::Pcm { .. }) => Ok(Source::Wav(WavReader::new())),
            (Sniff::Audio(got), Sink::Whole { container, has_sound }) if got == *container => {
                match *has_sound && got != Container::Adts {
                    true => Err(RemuxError::Differs),
                    false => Ok(Source::Whole),
                }
            }
            (Sniff::Audio(got), _) => Err(RemuxError::Unexpected { got }),
        }
    }

    fn go_on(&mut self, input: &[u8]) -> Result<(), RemuxError> {
        match (&mut self.source, &mut self.sink) {
            (Source::Ogg(source), Sink::Opus(sink)) => {
                let result = source.reader.feed(input, &mut source.events);
                let mut events = std::mem::take(&mut source.events);
                let taken = events
                    .drain(..)
                    .try_for_each(|event| source.event(event, self.is_collecting, sink, &mut self.out));
                source.events = events;
                taken?;
                Ok(result?)
            }
            (Source::Mp3(reader), Sink::Mp3(stream)) => {
                let mut frames = Vec::new();
                let result = reader.feed(input, &mut frames);
                add_frames(reader, stream, &frames, self.is_marked, &mut self.out)?;
                Ok(result?)
            }
            (Source::Wav(reader), sink) => {
                let mut pcm = Vec::new();
                let result = reader.feed(input, &mut pcm);
                if let Some(format) = reader.format() {
                    sink.add_pcm(format, &pcm, self.is_marked, &mut self.out)?;
                }
                Ok(result?)
            }
            (
                Source::Raw {
                    format,
                    partial,
                    bytes,
                },
                sink,
            ) => {
                partial.extend_from_slice(input);
                let whole = partial.len() - partial.len() % format.frame_bytes().max(1);
                *bytes += whole as u64;
                let rest = partial.split_off(whole);
                let pcm = std::mem::replace(partial, rest);
                sink.add_pcm(*format, &pcm, self.is_marked, &mut self.out)
            }
            (Source::Whole, Sink::Whole { has_sound, .. }) => {
                *has_sound = true;
                self.out.extend_from_slice(input);
                Ok(())
            }
            _ => Err(RemuxError::NotAudio), // A source is only ever chosen to fit the sink.
        }
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

/// Whether what should be bare samples is MP3, which would be played as noise; `None` while it cannot be told. Samples
/// may begin like a frame by chance, but not go on with a second one exactly where the first ends.
fn is_mp3(start: &[u8]) -> Option<bool> {
    /// Two of the largest frames.
    const TOLD_BYTES: usize = 2 * 1_441 + 4;
    let start = start.get(..TOLD_BYTES).unwrap_or(start);
    if sniff(start) != Sniff::Audio(Container::Mp3) {
        return Some(false);
    }
    let mut reader = Mp3Reader::new();
    if reader.feed(start, &mut Vec::new()).is_err() {
        return Some(false);
    }
    match reader.frames() {
        2.. => Some(true),
        _ => (start.len() == TOLD_BYTES).then_some(false),
    }
}

impl Source {
    fn start() -> Self {
        Self::Start(Vec::new())
    }
}

#[cfg(test)]
mod tests;
