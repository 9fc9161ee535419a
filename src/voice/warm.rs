//! Warming: the phrases that are said most are synthesised before anybody asks. Run by the cron, by the operator, and
//! for single phrases as soon as they come to be shared.
//!
//! What to make is the phrasebook's plan, computed anew each time from what is kept: a run that was cut off is simply
//! gone on with by the next one.

use std::rc::Rc;

use futures::StreamExt as _;
use futures::channel::mpsc;

use super::clip_key::{Codec, Profile};
use super::phrase::{PhraseOutcome, PhraseVoice as _, Say};
use super::phrase_cache::{CachedClip, NewClip};
use super::phrasebook::warm::{WarmLimits, WarmTally, make_all};
use super::phrases::{Phrases, PhrasesError};
use super::speaker::Speaker;
use super::speech_output::remuxer;
use crate::audio::CLIP_BYTES_MAX;
use crate::care::answer::all_phrases;
use crate::config::{Config, Target};
use crate::platform::clock::now_ms;
use crate::upstream::fetch::Surroundings;
use crate::wire::audio_format::AudioFormat;

/// How long a run may begin new syntheses; a cron has 15 minutes, a person waits for less.
const RUN_MS: u64 = 120_000;

/// A speaker for nobody's reply, in the configured voice.
pub fn speaker(config: &Rc<Config>, around: Surroundings, voice: Option<String>) -> Speaker {
    Speaker {
        config: config.clone(),
        around,
        request_id: "warming".into(),
        voice,
        format: AudioFormat::Ogg,
        speed: None,
        instructions: None,
        phrases: None,
        likeness: Rc::default(),
        served_by: Rc::default(),
        allowance: None,
        is_mute: false,
    }
}

/// What clips for the store are made with.
fn profile(speaker: &Speaker, target: &Target) -> Profile {
    Profile::of(
        &speaker.config,
        target,
        speaker.voice.as_deref(),
        None,
        speaker.codec().unwrap_or(Codec::Opus),
    )
}

/// Has one phrase made for the store, by the preferred provider.
pub async fn make(speaker: &Speaker, text: &str) -> Option<NewClip> {
    let target = speaker.preferred()?;
    let profile = profile(speaker, target);
    let key = profile.key(text)?;
    let say = Say {
        text: text.to_owned(),
        previous_text: None,
    };
    let (sender, mut pieces) = mpsc::unbounded();
    // Each clip is a stream of its own.
    let speaker = Speaker {
        likeness: Rc::default(),
        ..speaker.clone()
    };
    speaker.say_by(0, &say, vec![target], &sender).await;
    drop(sender);
    let keeps_samples = profile.codec == Codec::Samples;
    let mut reader = remuxer(speaker.stream(), false).collect_clips();
    let mut samples = Vec::new();
    while let Some((_, piece)) = pieces.next().await {
        match piece {
            PhraseOutcome::Bytes(bytes) => {
                let out = reader.feed(&bytes).ok()?;
                if keeps_samples {
                    samples.extend(out);
                }
                if samples.len() > CLIP_BYTES_MAX {
                    return None;
                }
            }
            PhraseOutcome::Whole(made) => {
                let report = reader.end_clip().ok();
                let report = report.filter(|report| !report.is_truncated)?;
                samples.extend(report.bytes);
                let kept = match keeps_samples {
                    true => CachedClip::of_pcm(&samples),
                    false => CachedClip::Opus(Rc::new(report.clip?)),
                };
                made.record.succeed();
                return Some(NewClip {
                    key,
                    kept,
                    voice: profile.voice,
                    saving_ms: made.first_ms,
                });
            }
            PhraseOutcome::Kept { .. } | PhraseOutcome::Broken(_) | PhraseOutcome::Unspoken(_) => {
                return None;
            }
        }
    }
    None
}

/// Makes and stores the clips that are missing or about to expire.
///
/// # Errors
/// Nothing could be planned.
pub async fn run(config: &Rc<Config>, around: Surroundings) -> Result<WarmTally, PhrasesError> {
    let phrases = Phrases::new(config).ok_or(PhrasesError::Off)?;
    let speaker = speaker(config, around, None);
    let profile = profile(&speaker, speaker.preferred().ok_or(PhrasesError::NoOpus)?);
    let began_at_ms = now_ms() as u64;
    let ttl_ms = u64::from(config.phrases.ttl_days) * 86_400_000;
    let plan = phrases.plan(&profile, began_at_ms + ttl_ms / 4).await?;
    let limits = WarmLimits {
        concurrency_max: config.phrases.warm_concurrency as usize,
        deadline_at_ms: began_at_ms + RUN_MS,
    };
    let (speaker, phrases) = (&speaker, &phrases);
    let unmade = make_all(
        &plan.items,
        limits,
        || now_ms() as u64,
        |item| async move {
            match make(speaker, &item.text).await {
                Some(fresh) => phrases.store(&item.text, fresh).await.is_ok(),
                None => false,
            }
        },
    )
    .await;
    let tally = WarmTally {
        warmed: plan.items.len() - unmade.len(),
        skipped: plan.skipped as usize,
        failed: unmade.len(),
    };
    if !unmade.is_empty() {
        // The next run is to try again, however soon it comes; if this is lost, it waits a minute.
        let _ = phrases.release(unmade).await;
    }
    Ok(tally)
}

/// Makes what somebody in danger is told, before it is needed: first of all that is warmed. What a run has no time for,
/// the next one makes.
pub async fn care(config: &Rc<Config>, around: Surroundings) {
    let phrases = Phrases::new(config).filter(|_| config.care);
    let Some(phrases) = phrases else { return };
    let in_opus = speaker(config, around, None);
    // For who gets samples: a realtime session does.
    let in_samples = Speaker {
        format: AudioFormat::Pcm,
        ..in_opus.clone()
    };
    let until_ms = now_ms() + RUN_MS as f64;
    for phrase in all_phrases() {
        for maker in [&in_opus, &in_samples] {
            if now_ms() > until_ms {
                return;
            }
            fill(&phrases, maker, vec![phrase.clone()]).await;
        }
    }
}

/// Makes single phrases that have just come to be shared, in the voice in which they were said.
pub async fn fill(phrases: &Phrases, speaker: &Speaker, texts: Vec<String>) {
    let Some(target) = speaker.preferred() else { return };
    let profile = profile(speaker, target);
    for text in texts {
        if phrases.is_missing(&profile, &text).await
            && let Some(fresh) = make(speaker, &text).await
        {
            let _ = phrases.store(&text, fresh).await;
        }
    }
}
