//! How long a person has been talking without a pause. Pure.

/// A silence that is a pause.
pub const PAUSE_MS: u64 = 30 * 60_000;
/// The time of the last turn is stored no more often: it needs no exactness.
const STORED_EVERY_MS: u64 = 5 * 60_000;

/// When a talk began, or a pause was named in it, and when it was last heard of; Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    since_ms: u64,
    last_ms: u64,
}

impl Hours {
    /// As it was stored.
    pub fn of(stored: &str) -> Option<Hours> {
        let (since, last) = stored.split_once(' ')?;
        Some(Hours {
            since_ms: since.parse().ok()?,
            last_ms: last.parse().ok()?,
        })
    }

    /// As it is stored.
    pub fn stored(self) -> String {
        format!("{} {}", self.since_ms, self.last_ms)
    }

    /// A talk that begins now, or a pause that was named now.
    pub fn begun(now_ms: u64) -> Hours {
        Hours {
            since_ms: now_ms,
            last_ms: now_ms,
        }
    }

    /// One more turn: whether a pause is to be named with it, and what to store, if anything. It is to be named until it
    /// was: a turn may fail.
    pub fn turn(before: Option<Hours>, now_ms: u64, after_ms: u64) -> (bool, Option<Hours>) {
        let Some(before) = before.filter(|one| now_ms.saturating_sub(one.last_ms) < PAUSE_MS) else {
            return (false, Some(Hours::begun(now_ms)));
        };
        let is_stored = now_ms.saturating_sub(before.last_ms) >= STORED_EVERY_MS;
        let next = Hours {
            last_ms: now_ms,
            ..before
        };
        let is_long = now_ms.saturating_sub(before.since_ms) >= after_ms;
        (is_long, is_stored.then_some(next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: u64 = 60_000;

    /// The minutes at which a pause is named, of turns at these minutes.
    fn named(turns: impl Iterator<Item = u64>) -> (Vec<u64>, usize) {
        let (mut hours, mut named, mut stored) = (None, Vec::new(), 0);
        for minute in turns {
            let (is_due, next) = Hours::turn(hours, minute * MINUTE_MS, 180 * MINUTE_MS);
            let next = match is_due {
                true => {
                    named.push(minute);
                    Some(Hours::begun(minute * MINUTE_MS))
                }
                false => next,
            };
            if let Some(next) = next {
                hours = Hours::of(&next.stored());
                stored += 1;
            }
        }
        (named, stored)
    }

    #[test]
    fn a_pause_is_named_each_three_hours_of_a_talk_and_stored_each_five_minutes() {
        let (named, stored) = named((1_000..1_000 + 8 * 60).step_by(2));
        assert_eq!(named, [1_180, 1_360]);
        assert!(stored <= 8 * 60 / 5, "{stored}");
    }

    #[test]
    fn who_has_paused_is_not_reminded() {
        let morning = 1_000..1_170;
        let later = 1_205..1_300;
        assert_eq!(named(morning.chain(later)).0, [0; 0]);
        assert_eq!(named((0..40).map(|turn| 1_000 + turn * 36)).0, [0; 0]);
    }
}
