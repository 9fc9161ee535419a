//! The documented meaning of a breaker once more, as plainly and as slowly as the text says it: the whole history is kept
//! and every number is counted anew. It shares nothing with the machine; [`super::agree`] compares the two.
//!
//! A [`Break`] breaks one rule here on purpose: a comparison that does not notice could not notice it there either.

use serde_json::{Map, Value, json};

/// One rule that is broken. The numbers are those of `docs/breaker.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    Nothing,
    // 1
    TimeGoesBack,
    OpenEndsLate,
    // 2
    LeaseLivesLonger,
    DeadLeaseKeepsItsSlot,
    // 3
    UnleasedCountsInHalfOpen,
    DeadLeaseCounts,
    ExcludedIsASample,
    ThrottledIsASample,
    ThrottledKeepsItsLease,
    CooldownGetsShorter,
    CooldownHasNoCap,
    ZeroMeansDefault,
    // 4
    RowSurvivesSuccess,
    WindowForgetsLate,
    CountWindowIsLonger,
    MinimumIsIgnored,
    SlowShareIsIgnored,
    SlowShareAfterFailure,
    // 5
    AdaptsOneLater,
    AdaptsWithTooFew,
    AdaptsAtTheLimit,
    AdaptsBeyondBounds,
    AdaptsAfterOpening,
    JudgesByTheNewThreshold,
    // 6
    EvidenceHasNoFloor,
    BaselineLearnsAlways,
    BaselineHasNoBounds,
    // 7
    OpenTimeDoesNotGrow,
    LevelGrowsAtTheLongest,
    LevelNeverFalls,
    FractionsAreCutOff,
    // 8
    OneProbeCloses,
    FailedProbeIsForgiven,
    ClosingKeepsTheRow,
    ClosingKeepsTheWindow,
    ClosingKeepsTheEvidence,
    ClosingForgetsTheThreshold,
    ClosingKeepsTheCounter,
    // 9
    OpenTellsItsOwnWait,
    CooldownIsNotAsked,
    OneLeaseTooMany,
    FullTellsTheLastLease,
    ShadowDenies,
    ShadowIgnoresThePause,
    // 10
    AutoKeepsTheLevel,
    AutoKeepsThePause,
    AutoForgetsTheThreshold,
    AutoActsAnywhere,
    OperatorsStateCounts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed,
    Open,
    HalfOpen,
    ForcedOpen,
    Disabled,
}

/// One outcome that counted while closed.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at_ms: u64,
    bad: bool,
    slow: bool,
}

/// A breaker after its configuration line.
pub struct Model {
    config: Map<String, Value>,
    broken: Break,
    now_ms: u64,
    state: State,
    closed_at_ms: u64,
    open_until_ms: u64,
    level: u32,
    cooldown_until_ms: u64,
    /// Of this half-open: number, when granted, whether it was used.
    leases: Vec<(u64, u64, bool)>,
    next_lease: u64,
    good_probes: u64,
    threshold: u64,
    samples: Vec<Sample>,
    row: u64,
    counted: u64,
    p0: f64,
    score: f64,
}

impl Model {
    pub fn new(config: &Map<String, Value>, broken: Break) -> Self {
        let mut model = Self {
            config: config.clone(),
            broken,
            now_ms: 0,
            state: State::Closed,
            closed_at_ms: 0,
            open_until_ms: 0,
            level: 0,
            cooldown_until_ms: 0,
            leases: Vec::new(),
            next_lease: 1,
            good_probes: 0,
            threshold: 0,
            samples: Vec::new(),
            row: 0,
            counted: 0,
            p0: 0.0,
            score: 0.0,
        };
        model.threshold = model.whole("threshold");
        model.p0 = model.real("evidence_baseline");
        model
    }

    /// The documented default where the line says nothing.
    fn value(&self, name: &str) -> Value {
        let default = match name {
            "strategy" => json!("evidence"),
            "enforce" => json!("on"),
            "threshold" => json!(5),
            "threshold_min" => json!(3),
            "threshold_max" => json!(10),
            "adapt_every" => json!(10),
            "adapt_window" => json!(100),
            "adapt_min_samples" => json!(20),
            "adapt_above" => json!(0.95),
            "adapt_below" => json!(0.80),
            "window_type" => json!("time"),
            "window_ms" | "lease_ms" => json!(30_000),
            "window_buckets" | "window_min_calls" => json!(10),
            "window_calls" => json!(100),
            "failure_rate" => json!(0.5),
            "slow_rate" => json!(1.0),
            "slow_as" => json!("ok"),
            "evidence_alpha" => json!(0.00001),
            "evidence_baseline" => json!(0.02),
            "evidence_memory" => json!(200),
            "open_ms" | "cooldown_ms" => json!(5_000),
            "open_max_ms" | "cooldown_max_ms" => json!(300_000),
            "open_factor" => json!(2),
            "open_decay_ms" => json!(60_000),
            "probes" => json!(1),
            "probe_successes" => json!(3),
            _ => panic!("no such variable: {name}"),
        };
        self.config
            .get(&format!("breaker_{name}"))
            .cloned()
            .unwrap_or(default)
    }

    fn whole(&self, name: &str) -> u64 {
        self.value(name).as_u64().unwrap()
    }

    fn real(&self, name: &str) -> f64 {
        self.value(name).as_f64().unwrap()
    }

    fn is(&self, name: &str, word: &str) -> bool {
        self.value(name) == word
    }

    fn breaks(&self, rule: Break) -> bool {
        self.broken == rule
    }

    /// The answer to an event line.
    pub fn answer(&mut self, line: &Value) -> Value {
        let at_ms = line["at_ms"].as_u64().unwrap();
        self.now_ms = if self.breaks(Break::TimeGoesBack) {
            at_ms
        } else {
            self.now_ms.max(at_ms)
        };
        let late = u64::from(self.breaks(Break::OpenEndsLate));
        if self.state == State::Open && self.now_ms >= self.open_until_ms + late {
            self.state = State::HalfOpen;
            self.leases.clear();
            self.good_probes = 0;
        }
        let before = self.threshold;
        let mut answer = Map::new();
        let mut reason = None;
        let lease = line["lease"].as_u64();
        match line["event"].as_str().unwrap() {
            "ok" => reason = self.outcome(lease, false, false),
            "fail" => reason = self.outcome(lease, true, false),
            "slow" => reason = self.outcome(lease, self.is("slow_as", "fail"), true),
            "excluded" if self.breaks(Break::ExcludedIsASample) => reason = self.outcome(lease, false, false),
            "excluded" | "release" => {
                self.take(lease);
            }
            "throttled" => self.throttled(lease, line["retry_after_ms"].as_u64()),
            "acquire" => self.acquire(&mut answer),
            "force_open" => self.operator(State::ForcedOpen),
            "disable" => self.operator(State::Disabled),
            "auto" => self.auto(),
            other => panic!("no such event: {other}"),
        }
        let state = match self.state {
            State::Closed => "closed",
            State::Open => "open",
            State::HalfOpen => "half_open",
            State::ForcedOpen => "forced_open",
            State::Disabled => "disabled",
        };
        answer.insert("state".into(), json!(state));
        answer.insert("threshold".into(), json!(self.shown_threshold()));
        let (total, bad, _) = self.window();
        if total > 0 {
            answer.insert("success_rate".into(), json!((total - bad) as f64 / total as f64));
        }
        if let Some(reason) = reason {
            answer.insert(
                "adjusted".into(),
                json!({"from": before, "to": self.threshold, "reason": reason}),
            );
        }
        Value::Object(answer)
    }

    fn lease_ms(&self) -> u64 {
        self.whole("lease_ms") + u64::from(self.breaks(Break::LeaseLivesLonger))
    }

    fn live(&self) -> Vec<(u64, u64)> {
        let dead = |granted: u64| self.now_ms >= granted + self.lease_ms();
        let keeps = self.breaks(Break::DeadLeaseKeepsItsSlot);
        let all = self
            .leases
            .iter()
            .filter(|(_, granted, used)| !used && (keeps || !dead(*granted)));
        all.map(|(id, granted, _)| (*id, *granted)).collect()
    }

    /// Uses a live lease of this half-open up.
    fn take(&mut self, lease: Option<u64>) -> bool {
        let live = self.live().iter().any(|(id, _)| Some(*id) == lease);
        let any =
            self.breaks(Break::DeadLeaseCounts) && self.leases.iter().any(|(id, _, _)| Some(*id) == lease);
        if self.state != State::HalfOpen || !(live || any) {
            return false;
        }
        for one in self.leases.iter_mut().filter(|(id, _, _)| Some(*id) == lease) {
            one.2 = true;
        }
        true
    }

    fn outcome(&mut self, lease: Option<u64>, bad: bool, slow: bool) -> Option<&'static str> {
        let unleased = self.breaks(Break::UnleasedCountsInHalfOpen) && self.state == State::HalfOpen;
        if lease.is_some() || unleased {
            if !unleased && !self.take(lease) {
                return None;
            }
            if bad {
                if !self.breaks(Break::FailedProbeIsForgiven) {
                    self.open();
                }
            } else {
                self.good_probes += 1;
                if self.good_probes >= self.whole("probe_successes") || self.breaks(Break::OneProbeCloses) {
                    self.close();
                }
            }
            return None;
        }
        let counts = self.state == State::Closed
            || self.breaks(Break::OperatorsStateCounts)
                && matches!(self.state, State::ForcedOpen | State::Disabled);
        if !counts {
            return None;
        }
        self.sample(bad, slow)
    }

    fn sample(&mut self, bad: bool, slow: bool) -> Option<&'static str> {
        let at_ms = self.now_ms;
        self.samples.push(Sample { at_ms, bad, slow });
        self.counted += 1;
        if bad {
            self.row += 1;
        } else if !self.breaks(Break::RowSurvivesSuccess) {
            self.row = 0;
        }
        let convinced = self.weigh(bad);
        let old = self.threshold;
        let mut reason = self
            .breaks(Break::JudgesByTheNewThreshold)
            .then(|| self.adapt())
            .flatten();
        let (total, failures, slows) = self.window();
        let enough = total >= self.window_min() || self.breaks(Break::MinimumIsIgnored);
        let share = |part: u64, name: &str| part as f64 / total as f64 >= self.real(name);
        let slow_counts = if self.breaks(Break::SlowShareAfterFailure) {
            slow || bad
        } else {
            slow
        };
        let opens = match self.value("strategy").as_str().unwrap() {
            "consecutive_adaptive" => bad && self.row >= self.threshold,
            "evidence" => bad && convinced,
            _ => {
                let by_slow =
                    slow_counts && share(slows, "slow_rate") && !self.breaks(Break::SlowShareIsIgnored);
                enough && (bad && share(failures, "failure_rate") || by_slow)
            }
        };
        if opens {
            self.open();
        }
        if self.state == State::Closed || self.breaks(Break::AdaptsAfterOpening) {
            reason = reason.or_else(|| self.adapt());
        }
        reason.filter(|_| self.threshold != old)
    }

    /// Rule 6; whether it is convinced.
    fn weigh(&mut self, bad: bool) -> bool {
        let p0 = self.p0;
        let p1 = (2.0 * p0 + 0.2).clamp(0.5, 0.9);
        self.score += if bad {
            (p1 / p0).ln()
        } else {
            ((1.0 - p1) / (1.0 - p0)).ln()
        };
        if !self.breaks(Break::EvidenceHasNoFloor) {
            self.score = self.score.max(0.0);
        }
        let enough = (1.0 / self.real("evidence_alpha")).ln();
        if self.score < enough / 2.0 || self.breaks(Break::BaselineLearnsAlways) {
            self.p0 += (f64::from(u8::from(bad)) - p0) / self.real("evidence_memory");
            if !self.breaks(Break::BaselineHasNoBounds) {
                self.p0 = self.p0.clamp(0.005, 0.4);
            }
        }
        self.score >= enough
    }

    fn adapt(&mut self) -> Option<&'static str> {
        let every = self.whole("adapt_every");
        let off = u64::from(self.breaks(Break::AdaptsOneLater));
        if !self.is("strategy", "consecutive_adaptive")
            || every == 0
            || !(self.counted + off).is_multiple_of(every)
        {
            return None;
        }
        let (total, bad, _) = self.window();
        if total < self.whole("adapt_min_samples") && !self.breaks(Break::AdaptsWithTooFew) {
            return None;
        }
        let rate = (total - bad) as f64 / total as f64;
        let at_the_limit = self.breaks(Break::AdaptsAtTheLimit);
        let (above, below) = (self.real("adapt_above"), self.real("adapt_below"));
        let free = self.breaks(Break::AdaptsBeyondBounds);
        if (rate > above || at_the_limit && rate == above)
            && (free || self.threshold < self.whole("threshold_max"))
        {
            self.threshold += 1;
            return Some("success_rate_above");
        }
        if (rate < below || at_the_limit && rate == below)
            && (free || self.threshold > self.whole("threshold_min"))
        {
            self.threshold = self.threshold.saturating_sub(1);
            return Some("success_rate_below");
        }
        None
    }

    /// Of the window in use: outcomes, failures, slow ones.
    fn window(&self) -> (u64, u64, u64) {
        let newest = |count: usize| self.samples.iter().rev().take(count).copied().collect::<Vec<_>>();
        let samples = match (self.is("strategy", "window"), self.is("window_type", "time")) {
            (true, true) => {
                let bucket = |at_ms: u64| at_ms / (self.whole("window_ms") / self.whole("window_buckets"));
                let back = self.whole("window_buckets") + u64::from(self.breaks(Break::WindowForgetsLate));
                let in_it =
                    |sample: &&Sample| bucket(self.now_ms).saturating_sub(bucket(sample.at_ms)) < back;
                self.samples.iter().filter(in_it).copied().collect()
            }
            (true, false) => newest(
                self.whole("window_calls") as usize + usize::from(self.breaks(Break::CountWindowIsLonger)),
            ),
            (false, _) => newest(
                self.whole("adapt_window") as usize + usize::from(self.breaks(Break::CountWindowIsLonger)),
            ),
        };
        let count = |of: fn(&&Sample) -> bool| samples.iter().filter(of).count() as u64;
        (samples.len() as u64, count(|one| one.bad), count(|one| one.slow))
    }

    fn window_min(&self) -> u64 {
        let min = self.whole("window_min_calls");
        if self.is("window_type", "count") {
            min.min(self.whole("window_calls"))
        } else {
            min
        }
    }

    fn shown_threshold(&self) -> u64 {
        match self.value("strategy").as_str().unwrap() {
            "consecutive_adaptive" => self.threshold,
            "window" => self.window_min(),
            _ => {
                let p1 = (2.0 * self.p0 + 0.2).clamp(0.5, 0.9);
                ((1.0 / self.real("evidence_alpha")).ln() / (p1 / self.p0).ln()).ceil() as u64
            }
        }
    }

    fn open(&mut self) {
        let decay_ms = self.whole("open_decay_ms");
        if self.state == State::Closed && decay_ms > 0 && !self.breaks(Break::LevelNeverFalls) {
            let fallen = (self.now_ms - self.closed_at_ms) / decay_ms;
            self.level = self
                .level
                .saturating_sub(u32::try_from(fallen).unwrap_or(u32::MAX));
        }
        let longest_ms = self.whole("open_max_ms") as f64;
        let level = if self.breaks(Break::OpenTimeDoesNotGrow) {
            0
        } else {
            self.level
        };
        let exact_ms = self.whole("open_ms") as f64 * self.real("open_factor").powi(level as i32);
        let open_ms = exact_ms.min(longest_ms);
        // 100 x 3.7 x 3.7 is 1369, whatever binary fractions make of it.
        let nearest_ms = open_ms.round();
        let whole_ms = if (open_ms - nearest_ms).abs() < 1e-6 {
            nearest_ms
        } else if self.breaks(Break::FractionsAreCutOff) {
            open_ms.floor()
        } else {
            open_ms.ceil()
        };
        self.open_until_ms = self.open_until_ms.max(self.now_ms + whole_ms as u64);
        if whole_ms < longest_ms || self.breaks(Break::LevelGrowsAtTheLongest) {
            self.level += 1;
        }
        self.state = State::Open;
        self.leases.clear();
    }

    fn close(&mut self) {
        self.state = State::Closed;
        self.closed_at_ms = self.now_ms;
        self.leases.clear();
        if self.whole("open_decay_ms") == 0 {
            self.level = 0;
        }
        if !self.breaks(Break::ClosingKeepsTheRow) {
            self.row = 0;
        }
        if !self.breaks(Break::ClosingKeepsTheWindow) {
            self.samples.clear();
        }
        if !self.breaks(Break::ClosingKeepsTheEvidence) {
            self.score = 0.0;
        }
        if !self.breaks(Break::ClosingKeepsTheCounter) {
            self.counted = 0;
        }
        if self.breaks(Break::ClosingForgetsTheThreshold) {
            self.threshold = self.whole("threshold");
        }
    }

    fn throttled(&mut self, lease: Option<u64>, asked_ms: Option<u64>) {
        let heard = match lease {
            None => self.state == State::Closed,
            Some(_) if self.breaks(Break::ThrottledKeepsItsLease) => {
                self.state == State::HalfOpen && self.live().iter().any(|(id, _)| Some(*id) == lease)
            }
            Some(_) => self.take(lease),
        };
        if !heard {
            return;
        }
        if self.breaks(Break::ThrottledIsASample) && lease.is_none() {
            self.sample(true, false);
        }
        let asked_ms = asked_ms.filter(|ms| *ms > 0 || !self.breaks(Break::ZeroMeansDefault));
        let wish_ms = asked_ms.unwrap_or(self.whole("cooldown_ms"));
        let cap_ms = if self.breaks(Break::CooldownHasNoCap) {
            u64::MAX / 4
        } else {
            self.whole("cooldown_max_ms")
        };
        let until_ms = self.now_ms + wish_ms.min(cap_ms);
        self.cooldown_until_ms = if self.breaks(Break::CooldownGetsShorter) {
            until_ms
        } else {
            self.cooldown_until_ms.max(until_ms)
        };
    }

    fn acquire(&mut self, answer: &mut Map<String, Value>) {
        let pause_ms = self.cooldown_until_ms.saturating_sub(self.now_ms);
        let enforced = self.is("enforce", "on") || self.breaks(Break::ShadowDenies);
        let pauses = pause_ms > 0
            && !self.breaks(Break::CooldownIsNotAsked)
            && (enforced || !self.breaks(Break::ShadowIgnoresThePause));
        let live = self.live();
        let limit = self.whole("probes") + u64::from(self.breaks(Break::OneLeaseTooMany));
        let denied = match self.state {
            State::ForcedOpen => Some(None),
            State::Disabled => None,
            State::Open if enforced => {
                let open_ms = self.open_until_ms - self.now_ms;
                Some(Some(if self.breaks(Break::OpenTellsItsOwnWait) {
                    open_ms
                } else {
                    open_ms.max(pause_ms)
                }))
            }
            _ if pauses => Some(Some(pause_ms)),
            State::HalfOpen if live.len() as u64 >= limit && enforced => {
                let ends = live.iter().map(|(_, granted)| granted + self.lease_ms());
                let end = if self.breaks(Break::FullTellsTheLastLease) {
                    ends.max()
                } else {
                    ends.min()
                };
                Some(end.map(|end| end.saturating_sub(self.now_ms)))
            }
            _ => None,
        };
        answer.insert("granted".into(), json!(denied.is_none()));
        if let Some(Some(wait_ms)) = denied {
            answer.insert("retry_after_ms".into(), json!(wait_ms));
        }
        if denied.is_none() && self.state == State::HalfOpen && (live.len() as u64) < limit {
            answer.insert("lease".into(), json!(self.next_lease));
            self.leases.push((self.next_lease, self.now_ms, false));
            self.next_lease += 1;
        }
    }

    fn operator(&mut self, state: State) {
        self.state = state;
        self.leases.clear();
    }

    fn auto(&mut self) {
        let by_operator = matches!(self.state, State::ForcedOpen | State::Disabled);
        if !by_operator && !self.breaks(Break::AutoActsAnywhere) {
            return;
        }
        self.close();
        self.open_until_ms = 0;
        if !self.breaks(Break::AutoKeepsTheLevel) {
            self.level = 0;
        }
        if !self.breaks(Break::AutoKeepsThePause) {
            self.cooldown_until_ms = 0;
        }
        if self.breaks(Break::AutoForgetsTheThreshold) {
            self.threshold = self.whole("threshold");
        }
    }

    /// Moments at which something changes, for a driver that looks for borders.
    pub fn borders_ms(&self) -> Vec<u64> {
        let mut borders = vec![self.open_until_ms, self.cooldown_until_ms];
        borders.extend(
            self.leases
                .iter()
                .map(|(_, granted, _)| granted + self.lease_ms()),
        );
        borders.push(self.closed_at_ms + self.whole("open_decay_ms"));
        borders
    }

    /// Numbers of leases that were ever given.
    pub fn leases_given(&self) -> u64 {
        self.next_lease - 1
    }

    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }
}
