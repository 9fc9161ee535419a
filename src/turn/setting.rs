//! What a turn is made with.

use std::rc::Rc;

use super::timing::{StepEnding, StepEntry, Timings};
use crate::care::answer::CareAnswer;
use crate::config::Config;
use crate::upstream::fetch::{Origin, Surroundings};

/// What a turn is made with; its door knows all of it before anything is asked.
#[derive(Clone)]
pub struct Setting {
    /// The configuration.
    pub config: Rc<Config>,
    /// The client's signal and the bindings.
    pub around: Surroundings,
    /// The person; `None` where nobody is named: then there is nothing to remember and nothing to recall.
    pub person: Option<String>,
    /// For logs.
    pub request_id: String,
    /// When the turn began, milliseconds since 1970.
    pub began_at_ms: f64,
    /// The turn's steps.
    pub timings: Timings,
    /// What the person is told before the model's reply.
    pub told: Option<Rc<CareAnswer>>,
    /// Characters that must be left of the person's budget for the turn's sound; `None` for a turn that is not spoken.
    pub speaks: Option<u64>,
    /// Whether what was said may not be all: then nothing of it is kept, and [`keep_said`] keeps it later.
    pub is_ahead: bool,
}

impl Setting {
    /// Whether somebody may be in danger. Such a turn begins before any model is asked, and is exempt from budgets.
    pub fn is_care(&self) -> bool {
        self.told.as_ref().is_some_and(|told| told.finding.is_some())
    }

    /// What the model's text begins with, where the person is told something and is not in danger.
    pub fn begins_with(&self) -> Option<String> {
        let told = self.told.as_ref().filter(|told| told.finding.is_none())?;
        Some(format!("{}\n\n", told.text))
    }

    /// On whose behalf the turn asks providers.
    pub fn origin(&self) -> Origin<'_> {
        Origin {
            config: &self.config,
            around: &self.around,
            request_id: &self.request_id,
        }
    }

    /// When the turn must be over.
    pub fn until_ms(&self) -> f64 {
        self.began_at_ms + f64::from(self.config.turn_total_ms)
    }

    pub(super) fn step(&self, name: &'static str, duration_ms: f64, ending: StepEnding) {
        self.timings.add(StepEntry {
            name,
            duration_ms,
            ending,
        });
    }
}
