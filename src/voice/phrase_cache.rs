//! What an isolate remembers of the phrase cache: finished clips, which clips there are at all, which phrases may be
//! shared, and what was heard and is still to be counted. Pure; time is an argument.
//!
//! Invariant: a phrase that is known to have no clip costs no look-up in the store. What is known comes from the
//! phrasebook, and counts for [`KNOWN_MS`].

use std::rc::Rc;

use super::clip_key::{self, Codec};
use super::normalize::normalize;
use super::phrasebook::{SAID_MAX, SaidPhrase};
use crate::audio::wav::{PcmFormat, streaming_header};
use crate::audio::{Clip, Likeness, RemuxError, Remuxer, adpcm, mp3};
use crate::platform::lru::{Bounds, Lru};

/// Clips at hand. `DELETE /admin/phrases` reaches every isolate within their lifetime.
const CLIPS: Bounds = Bounds {
    entries_max: 2_000,
    bytes_max: 8 << 20,
    ttl_ms: 60_000,
};
/// Of samples that are kept: 24 kHz.
const SAMPLES_PER_MS: u64 = 24;
/// Clips that wait for the phrasebook's word, bytes.
const WAITING_BYTES_MAX: usize = 8 << 20;
/// Phrases that wait to be counted; what is beyond is not counted.
const WAITING_MAX: usize = 4 * SAID_MAX;
/// Phrases known to be shared that are remembered.
const SHARED_MAX: usize = 2_000;
/// How long an isolate goes by what it was sent of the clips that there are, and after which time it requests that again.
/// A phrase is shared within 20 s of reaching `PHRASE_MIN_PEOPLE`, everywhere: after 15 s an isolate looks for itself.
const KNOWN_MS: u64 = 15_000;
const KNOWN_REFRESH_MS: u64 = 8_000;
/// A flush that was due so long ago has died with its request.
const FLUSH_LOST_MS: u64 = 5_000;

/// The sound of a phrase.
#[derive(Clone, Debug)]
pub enum CachedClip {
    /// Packets.
    Opus(Rc<Clip>),
    /// Frames.
    Mp3(Rc<Vec<u8>>),
    /// ADPCM of 24 kHz.
    Samples(Rc<Vec<u8>>),
}

impl AsRef<[u8]> for CachedClip {
    fn as_ref(&self) -> &[u8] {
        match self {
            CachedClip::Opus(clip) => clip.as_bytes(),
            CachedClip::Mp3(bytes) | CachedClip::Samples(bytes) => bytes,
        }
    }
}

impl CachedClip {
    /// In what form it is.
    pub fn codec(&self) -> Codec {
        match self {
            CachedClip::Opus(_) => Codec::Opus,
            CachedClip::Mp3(_) => Codec::Mp3,
            CachedClip::Samples(_) => Codec::Samples,
        }
    }

    /// How long it plays, where that is known.
    pub fn duration_ms(&self) -> Option<u64> {
        match self {
            CachedClip::Opus(clip) => Some(clip.duration_ms()),
            CachedClip::Mp3(_) => None,
            CachedClip::Samples(kept) => adpcm::sample_count(kept).map(|count| count as u64 / SAMPLES_PER_MS),
        }
    }

    /// What it has in common with the stream it can be part of.
    pub fn likeness(&self) -> Option<Likeness> {
        match self {
            CachedClip::Opus(clip) => Some(Likeness::of(clip.head())),
            CachedClip::Mp3(frames) => mp3::format(frames).map(Likeness::Mp3),
            CachedClip::Samples(_) => None,
        }
    }

    /// A clip from the store; `None` if it is none.
    pub fn parse(codec: Codec, bytes: Vec<u8>) -> Option<CachedClip> {
        match codec {
            Codec::Opus => Clip::parse(bytes)
                .ok()
                .map(|clip| CachedClip::Opus(Rc::new(clip))),
            Codec::Mp3 => Some(CachedClip::Mp3(Rc::new(bytes))),
            Codec::Samples => adpcm::sample_count(&bytes).map(|_| CachedClip::Samples(Rc::new(bytes))),
        }
    }

    /// Of bare samples that passed by.
    pub fn of_pcm(pcm: &[u8]) -> CachedClip {
        let samples: Vec<i16> = pcm
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| i16::from_le_bytes(*pair))
            .collect();
        CachedClip::Samples(Rc::new(adpcm::encode(&samples)))
    }

    /// Adds it to a stream of its kind, between two other clips.
    ///
    /// # Errors
    /// It does not fit the stream.
    pub fn push_to(&self, remuxer: &mut Remuxer) -> Result<Vec<u8>, RemuxError> {
        let mut bytes = match self {
            CachedClip::Opus(clip) => return remuxer.push_clip(clip),
            CachedClip::Mp3(frames) => remuxer.feed(frames)?,
            CachedClip::Samples(kept) => {
                // Bare samples could look like something else: a header says what they are.
                let mut wav = streaming_header(PcmFormat::SPEECH);
                wav.extend(adpcm::decode(kept).into_iter().flat_map(i16::to_le_bytes));
                remuxer.feed(&wav)?
            }
        };
        bytes.extend(remuxer.end_clip()?.bytes);
        Ok(bytes)
    }
}

/// A clip that was just made.
#[derive(Clone, Debug)]
pub struct NewClip {
    /// Where it belongs.
    pub key: String,
    /// The sound.
    pub kept: CachedClip,
    /// The voice, for the listing.
    pub voice: String,
    /// Synthesis time that a use saves.
    pub saving_ms: u32,
}

/// A phrase that was heard.
#[derive(Clone, Debug)]
pub struct HeardPhrase {
    /// The words.
    pub text: String,
    /// Its clip, if it was made now and fits every conversation.
    pub fresh: Option<NewClip>,
    /// The key of its clip, if that was cached.
    pub used: Option<String>,
}

/// What was heard and is still to be counted.
#[derive(Default)]
pub struct HeardBatch {
    /// In the order in which it was said.
    pub said: Vec<SaidPhrase>,
    /// New clips with their phrases in normal form.
    fresh: Vec<(String, NewClip)>,
    fresh_bytes: usize,
    flush_at_ms: Option<u64>,
}

impl HeardBatch {
    /// Takes out a new clip of a phrase in its normal form.
    pub fn take_fresh(&mut self, normal: &str) -> Option<NewClip> {
        let index = self.fresh.iter().position(|(text, _)| text == normal)?;
        Some(self.fresh.swap_remove(index).1)
    }
}

/// Marks of the clips that there are, as of a time.
struct Known {
    marks: Vec<u64>,
    at_ms: u64,
}

/// The isolate's part of the phrase cache.
pub struct PhraseCache {
    clips: Lru<CachedClip>,
    known: Option<Known>,
    /// Marks of phrases that may be shared.
    shared: Vec<u64>,
    batch: HeardBatch,
}

impl Default for PhraseCache {
    fn default() -> Self {
        Self {
            clips: Lru::new(CLIPS),
            known: None,
            shared: Vec::new(),
            batch: HeardBatch::default(),
        }
    }
}

impl PhraseCache {
    /// The clip under `key`, if it is at hand.
    pub fn clip(&mut self, key: &str, now_ms: u64) -> Option<CachedClip> {
        self.clips.get(key, now_ms).cloned()
    }

    /// Has a clip from the store at hand.
    pub fn put_clip(&mut self, key: &str, kept: CachedClip, now_ms: u64) {
        self.clips.put(key, kept, now_ms);
    }

    /// Has a clip at hand that was just put into the store.
    pub fn put_stored(&mut self, key: &str, kept: CachedClip, now_ms: u64) {
        self.put_clip(key, kept, now_ms);
        if let Some(known) = &mut self.known {
            known.marks.push(clip_key::mark(key));
        }
    }

    /// Forgets a clip that is no longer in the store.
    pub fn remove_clip(&mut self, key: &str) {
        self.clips.remove(key);
    }

    /// These are all the clips that there are.
    pub fn set_known(&mut self, marks: Vec<u64>, now_ms: u64) {
        self.known = Some(Known { marks, at_ms: now_ms });
    }

    /// Whether the phrasebook is to say again which clips there are.
    pub fn wants_known(&self, now_ms: u64) -> bool {
        let is_young = |known: &Known| now_ms.saturating_sub(known.at_ms) <= KNOWN_REFRESH_MS;
        !self.known.as_ref().is_some_and(is_young)
    }

    /// Whether it is certain that there is no such clip.
    pub fn is_known_missing(&self, key: &str, now_ms: u64) -> bool {
        self.known.as_ref().is_some_and(|known| {
            now_ms.saturating_sub(known.at_ms) < KNOWN_MS && !known.marks.contains(&clip_key::mark(key))
        })
    }

    /// Whether a phrase in its normal form is known to be shared.
    pub fn is_shared(&self, normal: &str) -> bool {
        self.shared.contains(&clip_key::mark(normal))
    }

    /// Remembers that a phrase in its normal form is shared.
    pub fn add_shared(&mut self, normal: &str) {
        if !self.is_shared(normal) {
            if self.shared.len() >= SHARED_MAX {
                self.shared.clear();
            }
            self.shared.push(clip_key::mark(normal));
        }
    }

    /// Adds what `person` heard to the batch; true if whoever adds it is to flush the batch after `flush_ms`.
    pub fn enqueue(&mut self, person: &str, heard: Vec<HeardPhrase>, flush_ms: u32, now_ms: u64) -> bool {
        let batch = &mut self.batch;
        for one in heard {
            if batch.said.len() >= WAITING_MAX {
                break;
            }
            if let Some(fresh) = one.fresh {
                let bytes = fresh.kept.as_ref().len();
                if batch.fresh_bytes + bytes <= WAITING_BYTES_MAX {
                    batch.fresh_bytes += bytes;
                    batch.fresh.push((normalize(&one.text), fresh));
                }
            }
            batch.said.push(SaidPhrase {
                text: one.text,
                person: person.to_owned(),
                clip_key: one.used,
            });
        }
        let is_under_way = |at_ms: u64| now_ms <= at_ms + FLUSH_LOST_MS;
        if batch.flush_at_ms.is_some_and(is_under_way) {
            return false;
        }
        batch.flush_at_ms = Some(now_ms + u64::from(flush_ms));
        true
    }

    /// Takes the batch.
    pub fn take_batch(&mut self) -> HeardBatch {
        std::mem::take(&mut self.batch)
    }

    /// Forgets all but what is still to be counted.
    pub fn clear(&mut self) {
        *self = Self {
            batch: self.take_batch(),
            ..Self::default()
        };
    }
}

#[cfg(test)]
mod tests;
