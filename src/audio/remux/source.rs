//! What a clip's bytes are, told from the first of them, and what reads them.

use super::sink::{OggSource, Sink, add_frames};
use super::{RemuxError, Remuxer};
use crate::audio::mp3::Mp3Reader;
use crate::audio::sniff::{Container, Sniff, sniff};
use crate::audio::wav::{PcmFormat, WavReader};

#[derive(Debug)]
pub(super) enum Source {
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

impl Source {
    pub fn start() -> Self {
        Self::Start(Vec::new())
    }
}

impl Remuxer {
    pub(super) fn take_in(&mut self, input: &[u8]) -> Result<(), RemuxError> {
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
    pub(super) fn begin(&mut self, told: Sniff, prefix: Vec<u8>) -> Result<(), RemuxError> {
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
