//! A provider that behaves as told.

use hearken::upstream::breaker::Outcome;

use super::rng::Rng;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    Good,
    BrownOut,
    Down,
    Slow,
    Throttling,
}

pub const ALL: [Behaviour; 5] = [
    Behaviour::Good,
    Behaviour::BrownOut,
    Behaviour::Down,
    Behaviour::Slow,
    Behaviour::Throttling,
];

/// How a call that begins now will end, and after how many milliseconds, if nobody ends it before.
pub fn call(behaviour: Behaviour, slow_ms: u64, rng: &mut Rng) -> (Outcome, u64) {
    let quick_ms = rng.between(30, 400);
    if rng.chance(0.01) {
        return (Outcome::Excluded, quick_ms);
    }
    let good_after = |ms: u64| {
        if slow_ms > 0 && ms > slow_ms {
            Outcome::Slow
        } else {
            Outcome::Ok
        }
    };
    match behaviour {
        Behaviour::Good if rng.chance(0.003) => (Outcome::Fail, quick_ms),
        Behaviour::Good => (good_after(quick_ms), quick_ms),
        Behaviour::BrownOut if rng.chance(0.5) => (Outcome::Fail, rng.between(50, 5_000)),
        Behaviour::BrownOut => (good_after(quick_ms), quick_ms),
        Behaviour::Down if rng.chance(0.3) => (Outcome::Fail, 60_000), // hangs: the caller's deadline ends it
        Behaviour::Down => (Outcome::Fail, rng.between(2, 50)),
        Behaviour::Slow => {
            let ms = rng.between(1_000, 30_000);
            (good_after(ms), ms)
        }
        Behaviour::Throttling if rng.chance(0.7) => {
            let retry_after_ms = rng.chance(0.7).then(|| rng.between(0, 30_000));
            (Outcome::Throttled { retry_after_ms }, quick_ms)
        }
        Behaviour::Throttling => (good_after(quick_ms), quick_ms),
    }
}
