//! What each step of a turn took and how it ended: one list per turn, shown to the client and to the logs. Pure.

use std::cell::RefCell;
use std::rc::Rc;

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
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
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// From its beginning to its end, milliseconds.
    pub duration_ms: f64,
    /// How it ended.
    pub ending: Ending,
}

/// The steps of one turn, in the order in which they ended. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Timings(Rc<RefCell<Vec<Entry>>>);

impl Timings {
    /// Adds a step that has ended.
    pub fn add(&self, entry: Entry) {
        self.0.borrow_mut().push(entry);
    }

    /// The steps so far.
    pub fn entries(&self) -> Vec<Entry> {
        self.0.borrow().clone()
    }

    /// Whether any step but the reply itself did anything.
    pub fn has_worked(&self) -> bool {
        let entries = self.0.borrow();
        entries.iter().any(|entry| {
            !matches!(entry.ending, Ending::Skipped(_)) && !matches!(entry.name, "reply" | "context")
        })
    }

    /// The value of `server-timing` (W3C Server Timing §3): what is known now. `None` before any step has ended.
    pub fn header(&self) -> Option<String> {
        let entries = self.0.borrow();
        let metrics: Vec<String> = entries.iter().map(metric).collect();
        (!metrics.is_empty()).then(|| metrics.join(", "))
    }
}

fn metric(entry: &Entry) -> String {
    let Entry {
        name,
        duration_ms,
        ending,
    } = entry;
    let duration_ms = duration_ms.max(0.0);
    match ending {
        Ending::Done => format!("{name};dur={duration_ms:.0}"),
        Ending::Skipped(rule) => format!("{name};dur=0;desc=\"skipped: {rule}\""),
        Ending::Degraded(why) => format!("{name};dur={duration_ms:.0};desc=\"without: {why}\""),
        Ending::Failed(why) => format!("{name};dur={duration_ms:.0};desc=\"failed: {why}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_every_step_and_how_it_ended() {
        let timings = Timings::default();
        assert_eq!(timings.header(), None);
        for (name, duration_ms, ending) in [
            ("hearing", 120.4, Ending::Done),
            ("recall", 0.0, Ending::Skipped("greeting")),
            ("history", 80.0, Ending::Degraded("late")),
            ("model", -1.0, Ending::Failed("cut")),
        ] {
            timings.clone().add(Entry {
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
