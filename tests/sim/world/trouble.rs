//! What goes wrong: the provider, restarts, evictions, cuts, clocks, operators.

use hearken::upstream::breaker::coordinator::Coordinator;
use hearken::upstream::breaker::messages::{OperatorMode, Request};

use super::super::provider;
use super::{Event, ISOLATES, Mutation, STEP_MAX_MS, World, clock_ms, machine};

impl World {
    pub(super) fn trouble(&mut self) {
        if self.healed {
            return;
        }
        let next_ms = self.rng.between(200, 6_000);
        self.after(next_ms, Event::Trouble);
        match self.rng.between(0, 9) {
            0..=3 => self.behaviour = self.rng.pick(&provider::ALL),
            4 => self.restart_object(),
            5 => {
                let isolate = self.rng.between(0, ISOLATES as u64 - 1) as usize;
                self.evict(isolate);
            }
            6 if self.rng.chance(0.5) => {
                self.cut = true;
                let cut_ms = self.rng.between(500, 12_000);
                self.after(cut_ms, Event::Rejoin);
            }
            7 if self.clocks_step => {
                self.stepped_at_ms = self.now_ms;
                let half = STEP_MAX_MS / 2;
                let offset_ms = self.rng.between(0, STEP_MAX_MS) as i64 - half as i64;
                let which = self.rng.between(0, ISOLATES as u64) as usize;
                match self.machines.get_mut(which) {
                    Some(machine) => machine.offset_ms = offset_ms,
                    None => self.object_offset_ms = offset_ms,
                }
            }
            8 if self.rng.chance(0.2) => {
                let mode = self.rng.pick(&[
                    OperatorMode::Auto,
                    OperatorMode::ForcedOpen,
                    OperatorMode::Disabled,
                    OperatorMode::Auto,
                ]);
                self.send(0, Request::Mode { mode }, None);
            }
            _ => {}
        }
    }

    pub(super) fn restart_object(&mut self) {
        self.summary.restarts += 1;
        self.troubled_at_ms = self.troubled_at_ms.max(self.now_ms);
        let now = clock_ms(self.now_ms, self.object_offset_ms);
        let config = self.object.config().clone();
        let Some(mut stored) = self
            .stored
            .clone()
            .or_else(|| Some(Coordinator::new(config.clone()).durable()))
        else {
            return;
        };
        if self.mutation == Mutation::ThresholdJumps {
            stored.threshold = if stored.threshold + 2 > config.threshold_max {
                3
            } else {
                stored.threshold + 2
            };
        }
        let behind_ms = stored.latest_ms.saturating_sub(now);
        match Coordinator::restore(stored, config, now) {
            Ok((object, _)) => self.object = object,
            Err(error) => self.broken = Err(error.to_string()),
        }
        if self.mutation != Mutation::StoreNothing {
            self.stored = Some(self.object.durable());
        }
        if self.broken.is_ok() {
            self.broken = self.check.restarted(&self.object, behind_ms);
        }
    }

    /// The isolate and its calls are gone; the clients see a cut.
    pub(super) fn evict(&mut self, isolate: usize) {
        let mut gone: Vec<_> = self
            .calls
            .iter()
            .filter_map(|(id, call)| (call.isolate == isolate).then_some(*id))
            .collect();
        gone.sort_unstable();
        for id in gone {
            self.end(id);
        }
        let life = self.machines[isolate].life + 1;
        self.machines[isolate] = machine(&self.config, &mut self.rng, life);
    }
}
