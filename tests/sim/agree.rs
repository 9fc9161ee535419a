//! Random cases through `replay breaker` and through the independent model: every answer must be the same, and with any
//! one rule broken some answer must differ.

use serde_json::{Map, Value, json};

use super::breaker::handler;
use super::model::{Break, Model};
use super::rng::Rng;

/// Events in one case.
const EVENTS: usize = 160;

fn config(rng: &mut Rng) -> Map<String, Value> {
    let mut line = Map::new();
    let mut set = |name: &str, value: Value| {
        line.insert(format!("breaker_{name}"), value);
    };
    set(
        "strategy",
        json!(rng.pick(&["consecutive_adaptive", "window", "evidence"])),
    );
    if rng.chance(0.2) {
        set("enforce", json!("shadow"));
    }
    let min = rng.between(1, 3);
    let start = rng.between(min, min + 3);
    set("threshold_min", json!(min));
    set("threshold", json!(start));
    set("threshold_max", json!(rng.between(start, start + 3)));
    set("adapt_every", json!(rng.pick(&[0, 1, 2, 3, 5])));
    let window = rng.pick(&[1, 4, 5, 10, 20]);
    set("adapt_window", json!(window));
    set("adapt_min_samples", json!(rng.between(1, window)));
    set("adapt_above", json!(rng.pick(&[0.5, 0.75, 0.95])));
    set("adapt_below", json!(rng.pick(&[0.0, 0.2, 0.4])));
    set("window_type", json!(rng.pick(&["time", "count"])));
    set("window_ms", json!(rng.pick(&[100, 1_000, 30_000])));
    set("window_buckets", json!(rng.pick(&[1, 4, 10])));
    set("window_calls", json!(rng.between(1, 8)));
    set("window_min_calls", json!(rng.between(1, 6)));
    set("failure_rate", json!(rng.pick(&[0.1, 0.5, 1.0])));
    set("slow_rate", json!(rng.pick(&[0.3, 0.5, 1.0])));
    set("slow_as", json!(rng.pick(&["ok", "fail"])));
    set("evidence_alpha", json!(rng.pick(&[0.1, 0.001, 0.00001])));
    set("evidence_baseline", json!(rng.pick(&[0.005, 0.02, 0.3, 0.4])));
    set("evidence_memory", json!(rng.pick(&[10, 20, 200])));
    let open_ms = rng.pick(&[1, 100, 333, 5_000]);
    set("open_ms", json!(open_ms));
    set("open_max_ms", json!(open_ms * rng.pick(&[1, 4, 5, 60])));
    set("open_factor", json!(rng.pick(&[1.0, 1.5, 2.0, 3.7])));
    set("open_decay_ms", json!(rng.pick(&[0, 50, 1_000, 60_000])));
    set("probes", json!(rng.between(1, 3)));
    set("probe_successes", json!(rng.between(1, 3)));
    set("lease_ms", json!(rng.pick(&[1, 50, 1_000, 30_000])));
    set("cooldown_ms", json!(rng.pick(&[0, 70, 2_000])));
    set("cooldown_max_ms", json!(rng.pick(&[2_000, 9_000])));
    // What is left out takes its default.
    let all: Vec<String> = line.keys().cloned().collect();
    let kept = line.clone();
    for name in all.iter().filter(|_| rng.chance(0.1)) {
        line.remove(name);
    }
    // A relation may be broken without its partner: then the full line is used.
    if handler()(&Value::Object(line.clone())).is_ok() {
        line
    } else {
        kept
    }
}

/// When the next event comes: at once, soon, at a border of the breaker's, or in the past.
fn moment(rng: &mut Rng, model: &Model) -> u64 {
    let now_ms = model.now_ms();
    match rng.between(0, 9) {
        0..=3 => now_ms,
        4 => now_ms + rng.between(1, 40),
        5 => now_ms + rng.between(1, 4_000),
        6 => now_ms.saturating_sub(rng.between(1, 500)),
        _ => {
            let ahead: Vec<u64> = model.borders_ms().into_iter().filter(|at| *at > now_ms).collect();
            let border = if ahead.is_empty() {
                now_ms + 25
            } else {
                rng.pick(&ahead)
            };
            (border + 1).saturating_sub(rng.between(0, 2))
        }
    }
}

fn event(rng: &mut Rng, model: &Model, mood: f64) -> Value {
    let at_ms = moment(rng, model);
    let name = match rng.between(0, 99) {
        0..=54 if rng.chance(mood) => "ok",
        0..=54 => rng.pick(&["fail", "fail", "fail", "slow"]),
        55..=78 => "acquire",
        79..=84 => "throttled",
        85..=89 => "excluded",
        90..=93 => "release",
        94 => "force_open",
        95 => "disable",
        96..=97 => "auto",
        _ => "slow",
    };
    let mut line = json!({"at_ms": at_ms, "event": name});
    let takes_lease = matches!(
        name,
        "ok" | "fail" | "slow" | "excluded" | "throttled" | "release"
    );
    if takes_lease && rng.chance(0.5) && model.leases_given() > 0 {
        // Mostly the last ones; sometimes one that was never given.
        let last = model.leases_given();
        let lease = if rng.chance(0.85) {
            rng.between(last.saturating_sub(2).max(1), last)
        } else {
            rng.between(1, last + 3)
        };
        line["lease"] = json!(lease);
    }
    if name == "throttled" && rng.chance(0.6) {
        line["retry_after_ms"] = json!(rng.pick(&[0, 1, 40, 1_500, 50_000]));
    }
    line
}

/// The first event at which the two differ, with both answers.
fn difference(seed: u64, broken: Break) -> Option<String> {
    let mut rng = Rng::new(seed);
    let line = config(&mut rng);
    let mut replay = handler();
    let mut model = Model::new(&line, broken);
    replay(&Value::Object(line.clone())).unwrap();
    let mut said = vec![Value::Object(line)];
    let mut mood = 0.5;
    for _ in 0..EVENTS {
        if rng.chance(0.08) {
            mood = rng.pick(&[0.05, 0.5, 0.8, 0.97]);
        }
        let line = event(&mut rng, &model, mood);
        let (theirs, ours) = (replay(&line).unwrap(), model.answer(&line));
        said.push(line);
        if !same(&theirs, &ours) {
            let said: Vec<_> = said.iter().map(Value::to_string).collect();
            return Some(format!(
                "seed {seed}: replay says {theirs}, the documents say {ours}, after\n{}",
                said.join("\n")
            ));
        }
    }
    None
}

/// Equal but for the last digits of a rate.
fn same(one: &Value, other: &Value) -> bool {
    let rate = |answer: &Value| answer["success_rate"].as_f64();
    let near = match (rate(one), rate(other)) {
        (Some(one), Some(other)) => (one - other).abs() < 1e-9,
        (one, other) => one == other,
    };
    let (one, other) = (one.as_object().unwrap(), other.as_object().unwrap());
    near && one.len() == other.len()
        && one
            .iter()
            .all(|(name, value)| name == "success_rate" || other.get(name) == Some(value))
}

#[test]
fn replay_means_what_the_documents_say() {
    let cases = std::env::var("SIM_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(if cfg!(debug_assertions) { 400 } else { 1_500 });
    for seed in 1..=cases {
        if let Some(what) = difference(seed, Break::Nothing) {
            panic!("{what}");
        }
    }
}

/// Cases within which a broken rule must show.
const SHOWN_WITHIN: u64 = 3_000;

macro_rules! shown {
    ($($rule:ident)*) => {
        #[test]
        fn every_broken_rule_shows() {
            for rule in [$(Break::$rule),*] {
                let shows = (1..=SHOWN_WITHIN).any(|seed| difference(seed, rule).is_some());
                assert!(shows, "{rule:?} was not noticed in {SHOWN_WITHIN} cases");
            }
        }
    };
}

shown! {
    TimeGoesBack OpenEndsLate LeaseLivesLonger DeadLeaseKeepsItsSlot UnleasedCountsInHalfOpen DeadLeaseCounts ExcludedIsASample
    ThrottledIsASample ThrottledKeepsItsLease CooldownGetsShorter CooldownHasNoCap ZeroMeansDefault RowSurvivesSuccess
    WindowForgetsLate CountWindowIsLonger MinimumIsIgnored SlowShareIsIgnored SlowShareAfterFailure AdaptsOneLater AdaptsWithTooFew AdaptsAtTheLimit
    AdaptsBeyondBounds AdaptsAfterOpening JudgesByTheNewThreshold EvidenceHasNoFloor BaselineLearnsAlways BaselineHasNoBounds
    OpenTimeDoesNotGrow LevelGrowsAtTheLongest LevelNeverFalls FractionsAreCutOff OneProbeCloses FailedProbeIsForgiven ClosingKeepsTheRow
    ClosingKeepsTheWindow ClosingKeepsTheEvidence ClosingForgetsTheThreshold ClosingKeepsTheCounter OpenTellsItsOwnWait CooldownIsNotAsked OneLeaseTooMany
    FullTellsTheLastLease ShadowDenies ShadowIgnoresThePause AutoKeepsTheLevel AutoKeepsThePause AutoForgetsTheThreshold AutoActsAnywhere
    OperatorsStateCounts
}
