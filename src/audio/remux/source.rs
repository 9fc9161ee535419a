//! What a clip's bytes are, told from the first of them, and what reads them.

use super::sink::{OggSource, Sink, add_frames};
use super::target::RemuxError;
use crate::audio::mp3::Mp3Reader;
use crate::audio::resample::Resampler;
use crate::audio::sniff::{Container, Sniff, sniff};
use crate::audio::wav::{PcmFormat, WavReader, pcm16_decode, pcm16_encode};

#[derive(Debug)]
pub(super) enum Source {
    Start(Vec<u8>),
    Ogg(Box<OggSource>),
    Mp3(Mp3Reader),
    Wav {
        reader: WavReader,
        /// For samples at another rate than the stream's, or of more channels.
        resampler: Option<Resampler>,
    },
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

    /// What reads a clip that begins like this for this stream; `raw_pcm` is what is taken for samples.
    pub fn choose(
        told: Sniff,
        prefix: &[u8],
        sink: &Sink,
        raw_pcm: Option<PcmFormat>,
    ) -> Result<Source, RemuxError> {
        let is_pcm_target = matches!(sink, Sink::Pcm { .. });
        // Samples may look like the first bytes of a frame by chance, but not go on with a second one.
        let could_be_samples = match told {
            Sniff::Audio(Container::Mp3) => !prefix.starts_with(b"ID3") && is_mp3(prefix) != Some(true),
            Sniff::Audio(Container::Adts) | Sniff::Unknown => true,
            _ => false,
        };
        if let Some(format) = raw_pcm.filter(|_| could_be_samples) {
            return match is_pcm_target {
                true => Ok(Source::Raw {
                    format,
                    partial: Vec::new(),
                    bytes: 0,
                }),
                false => Err(RemuxError::PcmFormat { got: format }),
            };
        }
        match (told, sink) {
            (Sniff::NeedMore, _) => Err(RemuxError::NoAudio),
            (Sniff::Text, _) => Err(RemuxError::Text),
            (Sniff::Unknown, _) => Err(RemuxError::NotAudio),
            (Sniff::Audio(Container::OggOpus), Sink::Opus(_)) => Ok(Source::Ogg(Box::new(OggSource::new()))),
            (Sniff::Audio(Container::Mp3), Sink::Mp3(_)) => Ok(Source::Mp3(Mp3Reader::new())),
            (Sniff::Audio(Container::Wav), Sink::Pcm { .. }) => Ok(Source::Wav {
                reader: WavReader::new(),
                resampler: None,
            }),
            (Sniff::Audio(got), Sink::Whole { container, has_sound }) if got == *container => {
                match *has_sound && got != Container::Adts {
                    true => Err(RemuxError::Differs),
                    false => Ok(Source::Whole),
                }
            }
            (Sniff::Audio(got), _) => Err(RemuxError::Unexpected { got }),
        }
    }

    /// Reads more of the clip into the stream; what can be sent goes to `out`.
    pub fn go_on(
        &mut self,
        input: &[u8],
        sink: &mut Sink,
        is_collecting: bool,
        is_marked: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), RemuxError> {
        match (self, sink) {
            (Source::Ogg(source), Sink::Opus(sink)) => {
                let result = source.reader.feed(input, &mut source.events);
                let mut events = std::mem::take(&mut source.events);
                let taken = events
                    .drain(..)
                    .try_for_each(|event| source.event(event, is_collecting, sink, out));
                source.events = events;
                taken?;
                Ok(result?)
            }
            (Source::Mp3(reader), Sink::Mp3(stream)) => {
                let mut frames = Vec::new();
                let result = reader.feed(input, &mut frames);
                add_frames(reader, stream, &frames, is_marked, out)?;
                Ok(result?)
            }
            (Source::Wav { reader, resampler }, sink) => {
                let mut pcm = Vec::new();
                let result = reader.feed(input, &mut pcm);
                if let Some(mut format) = reader.format() {
                    if let Some(wanted) = sink.mono().filter(|wanted| *wanted != format) {
                        let resampler = resampler
                            .get_or_insert_with(|| Resampler::new(format.sample_rate, wanted.sample_rate));
                        pcm = pcm16_encode(&resampler.push(&mono(&pcm, format.channels)));
                        format = wanted;
                    }
                    sink.add_pcm(format, &pcm, is_marked, out)?;
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
                sink.add_pcm(*format, &pcm, is_marked, out)
            }
            (Source::Whole, Sink::Whole { has_sound, .. }) => {
                *has_sound = true;
                out.extend_from_slice(input);
                Ok(())
            }
            _ => Err(RemuxError::NotAudio), // A source is only ever chosen to fit the sink.
        }
    }
}

/// The mean of the channels.
fn mono(pcm: &[u8], channels: u16) -> Vec<i16> {
    let samples = pcm16_decode(pcm);
    let frames = samples.chunks_exact(usize::from(channels).max(1));
    let mean = |frame: &[i16]| {
        frame.iter().map(|sample| i32::from(*sample)).sum::<i32>() / i32::from(channels).max(1)
    };
    frames.map(|frame| mean(frame) as i16).collect()
}

/// Whether what should be bare samples is MP3, which would be played as noise; `None` while it cannot be told. Samples
/// may begin like a frame by chance, but not go on with a second one exactly where the first ends.
pub(super) fn is_mp3(start: &[u8]) -> Option<bool> {
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
