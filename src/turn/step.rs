//! A step of a turn: work with a name, a deadline and a policy.
//!
//! A required step that fails ends the turn with its error; an optional one is replaced by its default, and the turn
//! says so. Either way it is timed. Steps take snapshots and give values: independent ones are joined with
//! `futures::join!`, and what is dropped before its end is cancelled with everything it holds.

use std::future::Future;

use super::timing::{StepEnding, StepEntry, Timings};
use crate::platform::clock::{now_ms, timeout_ms};

/// Why a step gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missed<E> {
    /// Its deadline came first.
    Late,
    /// It failed by itself.
    Failed(E),
}

/// A step's name and deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The name in `server-timing`, logs and metrics: one lower-case word.
    pub name: &'static str,
    /// How long it may take, milliseconds.
    pub deadline_ms: u32,
}

impl Step {
    /// A step.
    pub const fn new(name: &'static str, deadline_ms: u32) -> Step {
        Step { name, deadline_ms }
    }

    /// Runs work that the turn cannot do without.
    ///
    /// # Errors
    /// What the work's error was, or that it was late.
    pub async fn required<T, E>(
        &self,
        timings: &Timings,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Missed<E>> {
        let (result, duration_ms) = self.timed(work).await;
        let ending = match &result {
            Ok(_) => StepEnding::Done,
            Err(missed) => StepEnding::Failed(word(missed)),
        };
        self.note(timings, duration_ms, ending);
        result
    }

    /// Runs work that the turn can do without: `default` takes its place.
    pub async fn optional<T, E>(
        &self,
        timings: &Timings,
        default: T,
        work: impl Future<Output = Result<T, E>>,
    ) -> T {
        let (result, duration_ms) = self.timed(work).await;
        let ending = match &result {
            Ok(_) => StepEnding::Done,
            Err(missed) => StepEnding::Degraded(word(missed)),
        };
        self.note(timings, duration_ms, ending);
        result.unwrap_or(default)
    }

    async fn timed<T, E>(&self, work: impl Future<Output = Result<T, E>>) -> (Result<T, Missed<E>>, f64) {
        let began_at_ms = now_ms();
        let result = match timeout_ms(u64::from(self.deadline_ms), work).await {
            Some(result) => result.map_err(Missed::Failed),
            None => Err(Missed::Late),
        };
        (result, now_ms() - began_at_ms)
    }

    fn note(&self, timings: &Timings, duration_ms: f64, ending: StepEnding) {
        timings.add(StepEntry {
            name: self.name,
            duration_ms,
            ending,
        });
    }
}

fn word<E>(missed: &Missed<E>) -> &'static str {
    match missed {
        Missed::Late => "late",
        Missed::Failed(_) => "failed",
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, ready};

    use super::*;
    use crate::platform::simulated::run;

    const STEP: Step = Step::new("recall", 50);

    #[test]
    fn a_required_step_gives_its_value_or_its_error() {
        let timings = Timings::default();
        let at_once = |result: Result<u8, u8>| run(STEP.required(&timings, ready(result)));
        assert_eq!(at_once(Ok(7)), Ok(7));
        assert_eq!(at_once(Err(3)), Err(Missed::Failed(3)));
        let late = run(STEP.required(&timings, pending::<Result<u8, u8>>()));
        assert_eq!(late, Err(Missed::Late));
        let endings: Vec<_> = timings.entries().into_iter().map(|entry| entry.ending).collect();
        assert_eq!(
            endings,
            [
                StepEnding::Done,
                StepEnding::Failed("failed"),
                StepEnding::Failed("late")
            ]
        );
    }

    #[test]
    fn an_optional_step_that_fails_or_is_late_gives_its_default_and_says_so() {
        let timings = Timings::default();
        let failed = run(STEP.optional(&timings, 0, ready(Err::<u8, _>("no"))));
        let late = run(STEP.optional(&timings, 0, pending::<Result<u8, ()>>()));
        let done = run(STEP.optional(&timings, 0, ready(Ok::<_, ()>(9))));
        assert_eq!((failed, late, done), (0, 0, 9));
        assert_eq!(
            timings.header().unwrap(),
            "recall;dur=0;desc=\"without: failed\", recall;dur=50;desc=\"without: late\", recall;dur=0"
        );
    }

    #[test]
    fn late_work_is_dropped() {
        struct Held<'a>(&'a Cell<bool>);
        impl Drop for Held<'_> {
            fn drop(&mut self) {
                self.0.set(true);
            }
        }
        let is_dropped = Cell::new(false);
        let work = async {
            let _held = Held(&is_dropped);
            pending::<Result<(), ()>>().await
        };
        let late = run(STEP.required(&Timings::default(), work));
        assert_eq!((late, is_dropped.get()), (Err(Missed::Late), true));
    }
}
