//! Has phrases spoken: asks the providers of the chain one after another until the sound of a phrase has really begun,
//! and hands its bytes on as they come.
//!
//! Invariants: nothing of a phrase is handed on before it is clear that it is sound of the format that was asked for,
//! so that until then the next provider can speak it; once a future of this file is dropped, its sockets are closed.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use futures::channel::mpsc::UnboundedSender;
use futures::future::LocalBoxFuture;

use super::clip_key::{Codec, Profile};
use super::phrase::{KeepAs, Made, PhraseOutcome, PhraseVoice, Say};
use super::phrase_cache::CachedClip;
use super::phrases::Phrases;
use super::speech_client::{self, Use};
use super::synthesis::{self, Utterance, exact_encoding, stream_of};
use crate::audio::{Likeness, StreamTarget};
use crate::config::{Config, Target};
use crate::segment;
use crate::upstream::fetch::{Body, Origin, Surroundings};
use crate::upstream::outcome::Failure;
use crate::wire::audio_format::AudioFormat;

/// What of the reply so far a provider is told for an even voice.
const PREVIOUS_CHARS_MAX: usize = 400;

/// What the chain can make for somebody who wants sound of `format` and goes by its content type: MP3, where nobody has
/// Opus.
pub fn nearest(config: &Config, format: AudioFormat) -> AudioFormat {
    let is_made = |target: &Target| exact_encoding(target.provider, format).is_some();
    if format.is_opus() && !config.tts.targets.iter().any(is_made) {
        AudioFormat::Mp3
    } else {
        format
    }
}

/// Speaks the phrases of one reply.
#[derive(Clone)]
pub struct Speaker {
    /// The configuration.
    pub config: Rc<Config>,
    /// The client's signal and the bindings.
    pub around: Surroundings,
    /// For the account.
    pub request_id: String,
    /// The voice that was asked for.
    pub voice: Option<String>,
    /// The stream that is made.
    pub format: AudioFormat,
    /// 0.25 to 4; `None` is the voice's own pace.
    pub speed: Option<f64>,
    /// How to say it, for models that listen. Such sound is not kept.
    pub instructions: Option<String>,
    /// The phrase cache, where it may be used.
    pub phrases: Option<Phrases>,
    /// What the sound of the reply is like, from the first phrase that began on: a provider whose sound is otherwise
    /// cannot go on with the stream.
    pub likeness: Rc<Cell<Option<Likeness>>>,
    /// Who spoke first.
    pub served_by: Rc<OnceCell<String>>,
    /// Told how many characters a provider is about to be asked for; says why they may not be spoken.
    pub allowance: Option<Allowance>,
    /// Whether nothing is spoken at all.
    pub is_mute: bool,
}

/// What is told of characters before they are spoken, and may forbid it.
pub type Allowance = Rc<dyn Fn(u64) -> Result<(), Failure>>;

impl PhraseVoice for Speaker {
    fn stream(&self) -> StreamTarget {
        stream_of(self.format)
    }

    fn is_marked(&self) -> bool {
        self.config.marks
    }

    fn is_mute(&self) -> bool {
        self.is_mute
    }

    fn kept_codec(&self) -> Option<Codec> {
        self.codec().filter(|_| self.phrases.is_some())
    }

    /// What each provider of the chain can say at once.
    fn phrase_chars_max(&self) -> usize {
        let targets = self.targets().into_iter().map(synthesis::phrase_chars_max);
        targets.min().unwrap_or(segment::PHRASE_CHARS_MAX)
    }

    /// Nothing, where the phrase is one for everybody.
    fn previous_text(&self, said: &str, text: &str) -> Option<String> {
        let is_shared = |phrases: &Phrases| phrases.is_known_shared(text);
        match self.phrases.as_ref().is_some_and(is_shared) {
            true => None,
            false => previous_text(said),
        }
    }

    /// From the cache or by the chain.
    fn speak(
        &self,
        index: usize,
        say: Say,
        out: UnboundedSender<(usize, PhraseOutcome)>,
    ) -> LocalBoxFuture<'_, ()> {
        Box::pin(async move {
            match self.kept(&say.text).await {
                Some((kept, key)) => {
                    let _ = out.unbounded_send((index, PhraseOutcome::Kept { kept, key }));
                }
                None => self.say_by(index, &say, self.targets(), &out).await,
            }
        })
    }
}

impl Speaker {
    /// The providers that can make the stream, in order of preference.
    pub fn targets(&self) -> Vec<&Target> {
        let can = |target: &&Target| exact_encoding(target.provider, self.format).is_some();
        self.config.tts.targets.iter().filter(can).collect()
    }

    /// The provider whose clips are kept.
    pub fn preferred(&self) -> Option<&Target> {
        self.targets().first().copied()
    }

    /// In what form clips for this stream are kept. A WAV's rate is that of its first clip, so nothing of it is kept.
    pub fn codec(&self) -> Option<Codec> {
        match stream_of(self.format) {
            StreamTarget::Opus(_) => Some(Codec::Opus),
            StreamTarget::Mp3 => Some(Codec::Mp3),
            StreamTarget::Pcm => Some(Codec::Samples),
            StreamTarget::Wav | StreamTarget::Whole(_) => None,
        }
    }

    /// Where the clip of a phrase lies, or would lie.
    pub fn keep_as(&self, text: &str) -> Option<KeepAs> {
        self.phrases.as_ref()?;
        let profile = Profile::of(
            &self.config,
            self.preferred()?,
            self.voice.as_deref(),
            self.speed,
            self.codec()?,
        );
        Some(KeepAs {
            key: profile.key(text)?,
            voice: profile.voice,
        })
    }

    /// The kept sound of a phrase, and where it lies.
    pub async fn kept(&self, text: &str) -> Option<(CachedClip, String)> {
        let KeepAs { key, .. } = self.keep_as(text)?;
        let kept = self.phrases.as_ref()?.find(self.codec()?, &key).await?;
        self.fits(kept.likeness()).then_some((kept, key))
    }

    /// Whether sound like this can be part of the reply's stream. The first that can makes the measure.
    fn fits(&self, likeness: Option<Likeness>) -> bool {
        match (likeness, self.likeness.get()) {
            (Some(likeness), Some(first)) => first.fits(&likeness),
            (Some(likeness), None) => {
                self.likeness.set(Some(likeness));
                true
            }
            (None, _) => true,
        }
    }

    /// Has one phrase spoken by the first of `targets` that can; `out` gets everything that becomes of it, tagged with
    /// `index`, its end last.
    pub async fn say_by(
        &self,
        index: usize,
        say: &Say,
        targets: Vec<&Target>,
        out: &UnboundedSender<(usize, PhraseOutcome)>,
    ) {
        let tell = |voiced| {
            // Nobody listens any more: then this future is about to be dropped, too.
            let _ = out.unbounded_send((index, voiced));
        };
        if targets.is_empty() {
            return tell(PhraseOutcome::Unspoken(vec![Failure::NotConfigured]));
        }
        let characters = say.text.chars().count() as u64;
        let allowed = self.allowance.as_ref().map_or(Ok(()), |may| may(characters));
        if let Err(failure) = allowed {
            return tell(PhraseOutcome::Unspoken(vec![failure]));
        }
        let utterance = Utterance {
            text: &say.text,
            previous_text: say.previous_text.as_deref(),
            voice: self.voice.as_deref(),
            speed: self.speed,
            instructions: self.instructions.as_deref(),
        };
        let fits = |likeness| self.fits(likeness);
        let part = Use::Part(&fits);
        match speech_client::first(self.origin(), targets, &utterance, self.format, &part).await {
            Err(failures) => {
                // Rather the configured voice's than nobody's.
                let plain = Speaker {
                    voice: None,
                    speed: None,
                    ..self.clone()
                };
                match plain.kept(&say.text).await {
                    Some((kept, key)) => tell(PhraseOutcome::Kept { kept, key }),
                    None => tell(PhraseOutcome::Unspoken(failures)),
                }
            }
            Ok((opened, target, record)) => {
                let _ = self.served_by.set(target.to_string());
                tell(PhraseOutcome::Bytes(opened.raw));
                let mut end = Ok(());
                if opened.is_whole {
                    opened.body.attempt.commit();
                } else {
                    end = self.read_on(&opened.body, &tell).await;
                }
                match end {
                    Ok(()) => {
                        let is_conditioned =
                            say.previous_text.is_some() && speech_client::takes_previous_text(target);
                        let may_keep = !is_conditioned && self.preferred() == Some(target);
                        tell(PhraseOutcome::Whole(Made {
                            record,
                            first_ms: opened.first_ms,
                            keep_as: self.keep_as(&say.text).filter(|_| may_keep),
                        }));
                    }
                    Err(failure) => {
                        record.fail(failure);
                        tell(PhraseOutcome::Broken(failure));
                    }
                }
            }
        }
    }

    async fn read_on(&self, body: &Body, tell: &impl Fn(PhraseOutcome)) -> Result<(), Failure> {
        while let Some(chunk) = speech_client::read_on(body, &self.config.tts.clocks).await? {
            tell(PhraseOutcome::Bytes(chunk));
        }
        Ok(())
    }

    fn origin(&self) -> Origin<'_> {
        Origin {
            config: &self.config,
            around: &self.around,
            request_id: &self.request_id,
        }
    }
}

/// The end of what was said so far, as a provider is told it.
fn previous_text(said: &str) -> Option<String> {
    let skipped = said.chars().count().saturating_sub(PREVIOUS_CHARS_MAX);
    let tail: String = said.chars().skip(skipped).collect();
    (!tail.trim().is_empty()).then_some(tail)
}
