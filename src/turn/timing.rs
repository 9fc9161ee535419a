//! What each step of a turn took and how it ended: one list per turn, shown to the client and to the logs. Pure.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::telemetry::collector::{count, observe};
use crate::telemetry::metrics::{SKIPS, STEP_DURATION};

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepEnding {
    /// It gave its value.
    Done,
    /// It was not needed; the rule's name says why.
    Skipped(&'static str),
    /// It failed or was late; the turn went on without it. A short word says why.
    Degraded(&'static str),
    /// It failed, and the turn with it. A short word says why.
    Failed(&'static str),
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct StepEntry {
    /// Its name.
    pub name: &'static str,
    /// From its beginning to its end, milliseconds.
    pub duration_ms: f64,
    /// How it ended.
    pub ending: StepEnding,
}

/// The steps of one turn, in the order in which they ended. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Timings(Rc<Turn>);

#[derive(Debug, Default)]
struct Turn {
    entries: RefCell<Vec<StepEntry>>,
    /// Dropped when the reply has ended.
    held: RefCell<Option<Rc<dyn Any>>>,
    is_spoken: Cell<bool>,
}

impl Timings {
    /// Of a turn that begins, and holds something until its reply has ended.
    pub fn holding(held: Rc<dyn Any>) -> Timings {
        let timings = Timings::default();
        *timings.0.held.borrow_mut() = Some(held);
        timings
    }

    /// The turn is one with sound.
    pub fn speak(&self) {
        self.0.is_spoken.set(true);
    }

    /// The reply has ended. What kind of turn it was, for metrics.
    pub fn over(&self) -> &'static str {
        *self.0.held.borrow_mut() = None;
        if self.0.is_spoken.get() { "voice" } else { "text" }
    }

    /// Adds a step that has ended.
    pub fn add(&self, entry: StepEntry) {
        match entry.ending {
            StepEnding::Skipped(rule) => count(&SKIPS, &[entry.name, rule], 1.0),
            _ => observe(&STEP_DURATION, &[entry.name], entry.duration_ms),
        }
        self.0.entries.borrow_mut().push(entry);
    }

    /// The steps so far.
    pub fn entries(&self) -> Vec<StepEntry> {
        self.0.entries.borrow().clone()
    }

    /// The value of `server-timing` (W3C Server Timing §3): what is known now. `None` before any step has ended.
    pub fn header(&self) -> Option<String> {
        let entries = self.0.entries.borrow();
        let metrics: Vec<String> = entries.iter().map(metric).collect();
        (!metrics.is_empty()).then(|| metrics.join(", "))
    }
}

fn metric(entry: &StepEntry) -> String {
    let StepEntry {
        name,
        duration_ms,
        ending,
    } = entry;
    // Whole milliseconds, as the clock gives them: to write a fraction costs more than all the rest.
    let duration_ms = duration_ms.round() as u64;
    let (duration_ms, word, why) = match ending {
        StepEnding::Done => return format!("{name};dur={duration_ms}"),
        StepEnding::Skipped(rule) => (0, "skipped", rule),
        StepEnding::Degraded(why) => (duration_ms, "without", why),
        StepEnding::Failed(why) => (duration_ms, "failed", why),
    };
    format!("{name};dur={duration_ms};desc=\"{word}: {why}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_every_step_and_how_it_ended() {
        let timings = Timings::default();
        assert_eq!(timings.header(), None);
        for (name, duration_ms, ending) in [
            ("hearing", 120.4, StepEnding::Done),
            ("recall", 0.0, StepEnding::Skipped("greeting")),
            ("history", 80.0, StepEnding::Degraded("late")),
            ("model", -1.0, StepEnding::Failed("cut")),
        ] {
            timings.clone().add(StepEntry {
                name,
                duration_ms,
                ending,
            });
        }
        assert_eq!(
            timings.header().unwrap(),
            "hearing;dur=120, recall;dur=0;desc=\"skipped: greeting\", history;dur=80;desc=\"without: late\", \
             model;dur=0;desc=\"failed: cut\""
        );
        assert_eq!(timings.entries().len(), 4);
    }
}
