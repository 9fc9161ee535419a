//! How much sound a listener still has ahead, who plays from the first sound on without a pause. Pure; times are in
//! milliseconds on one clock.
//!
//! Phrases that were ordered and have not come yet count by their letters: they are certain to be made, and long before
//! the sound ahead of them is over.

use crate::segment::speech_ms;

/// What the listener of one reply has.
#[derive(Clone, Debug, Default)]
pub struct PlaybackBuffer {
    /// When the sound that was delivered is over; `None` before the first of it.
    until_ms: Option<u64>,
    /// Of the phrase that is being delivered.
    clip_ms: u64,
    /// What the phrases that are not over will probably have.
    ordered_ms: u64,
    /// All that was delivered.
    delivered_ms: u64,
}

impl PlaybackBuffer {
    /// A phrase is to be made.
    pub fn ordered(&mut self, spoken: &str) {
        self.ordered_ms += speech_ms(spoken);
    }

    /// The phrase that is being delivered has `clip_ms` of sound so far.
    pub fn delivered(&mut self, clip_ms: u64, now_ms: u64) {
        let more_ms = clip_ms.saturating_sub(self.clip_ms);
        if more_ms > 0 {
            // Whoever has run out of sound waits, and then goes on.
            self.until_ms = Some(self.until_ms.unwrap_or(now_ms).max(now_ms) + more_ms);
            self.clip_ms = clip_ms;
            self.delivered_ms += more_ms;
        }
    }

    /// A phrase is over, whole or not.
    pub fn over(&mut self, spoken: &str) {
        self.ordered_ms = self.ordered_ms.saturating_sub(speech_ms(spoken));
        self.clip_ms = 0;
    }

    /// Sound that the listener has ahead; `None` before the first.
    pub fn ahead_ms(&self, now_ms: u64) -> Option<u64> {
        let delivered_ms = self.until_ms?.saturating_sub(now_ms);
        Some(delivered_ms + self.ordered_ms.saturating_sub(self.clip_ms))
    }
}

impl PlaybackBuffer {
    /// Sound that the listener has heard by now.
    pub fn played_ms(&self, now_ms: u64) -> u64 {
        let left_ms = self
            .until_ms
            .map_or(0, |until_ms| until_ms.saturating_sub(now_ms));
        self.delivered_ms.saturating_sub(left_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::{Options, Segmenter};

    #[test]
    fn what_was_delivered_is_played_and_what_is_ordered_is_to_come() {
        let mut supply = PlaybackBuffer::default();
        supply.ordered("0123456789");
        assert_eq!(supply.ahead_ms(0), None);
        supply.delivered(400, 1_000);
        supply.delivered(600, 1_020);
        assert_eq!(supply.ahead_ms(1_020), Some(580 + 50));
        assert_eq!((supply.played_ms(1_020), supply.played_ms(9_000)), (20, 600));
        supply.over("0123456789");
        assert_eq!(supply.ahead_ms(1_500), Some(100));
        assert_eq!(supply.ahead_ms(9_000), Some(0));
        supply.ordered("0123");
        supply.delivered(200, 9_000);
        assert_eq!(
            supply.ahead_ms(9_000),
            Some(200 + 60),
            "a listener who ran out waited"
        );
    }

    const SYNTHESIS_MS: u64 = 300;

    /// A reply at `token_ms` a word, spoken as it is cut, each phrase made in one piece `SYNTHESIS_MS` after it is known:
    /// (phrases, the listener's silence between the first sound and the last, ms).
    fn spoken(reply: &str, token_ms: u64, is_told: bool) -> (usize, u64) {
        let mut segmenter = Segmenter::new(Options::default());
        let mut supply = PlaybackBuffer::default();
        let mut making: Vec<(u64, String)> = Vec::new();
        let (mut phrases, mut silence_ms, mut over_at_ms) = (0, 0, None);
        let mut tokens = reply.split_inclusive(' ');
        let (mut now_ms, mut is_over) = (0, false);
        while !is_over || !making.is_empty() {
            while let Some((at_ms, phrase)) = making.first().cloned().filter(|(at_ms, _)| *at_ms <= now_ms) {
                making.remove(0);
                silence_ms += over_at_ms.map_or(0, |over_at_ms| at_ms.saturating_sub(over_at_ms));
                let clip_ms = speech_ms(&phrase);
                over_at_ms = Some(over_at_ms.unwrap_or(at_ms).max(at_ms) + clip_ms);
                supply.delivered(clip_ms, now_ms);
                supply.over(&phrase);
            }
            if let Some(ahead_ms) = supply.ahead_ms(now_ms).filter(|_| is_told) {
                segmenter.set_buffered(ahead_ms, now_ms);
            }
            let mut cut = segmenter.tick(now_ms);
            if now_ms % token_ms == 0 && !is_over {
                match tokens.next() {
                    Some(token) => cut.extend(segmenter.push(token, now_ms)),
                    None => {
                        cut.extend(segmenter.finish(now_ms));
                        is_over = true;
                    }
                }
            }
            for phrase in cut {
                phrases += 1;
                supply.ordered(&phrase.spoken);
                making.push((now_ms + SYNTHESIS_MS, phrase.spoken));
            }
            now_ms += 10;
        }
        (phrases, silence_ms)
    }

    const SLOW: &str = "Oh, yes. I remember that evening by the river very well, because the lamps along the water were lit one \
        after another while we sat there and you told me about the house in the hills where your grandmother kept her bees";
    const LONG: &str = "Let us go through it. First we look at what is in the house and what is missing. Then we write down who \
        comes and who can bring something along. After that we think about the music. Somebody has to ask the neighbours. It \
        would be good to do that early. The garden needs some light as well. We could hang lamps into the trees. And in the \
        end we clear up together, as we always did. What do you think about it? Tell me what I forgot.";

    #[test]
    fn a_told_supply_makes_fewer_and_longer_phrases_and_no_more_silence() {
        for text in [SLOW, LONG] {
            for token_ms in [10, 20, 40, 60, 100, 150, 220, 300, 500] {
                let ((blind, blind_ms), (told, told_ms)) =
                    (spoken(text, token_ms, false), spoken(text, token_ms, true));
                assert!(
                    told <= blind && told_ms <= blind_ms,
                    "{token_ms}: {told}, {told_ms} ms; {blind}, {blind_ms} ms"
                );
            }
        }
        assert_eq!(
            (spoken(LONG, 100, false), spoken(LONG, 100, true)),
            ((12, 0), (6, 0))
        );
    }
}
