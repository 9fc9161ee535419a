//! Which strategy should be the default: needless openings at a steady success rate, and calls until it opens after a
//! drop. `SIM_CALLS=2000000 cargo test --release --test sim compare -- --nocapture` prints the published tables.
//!
//! Poisson arrivals, independent outcomes. Real failures come in bursts: the order of magnitude counts, not the digits.

use hearken::config::breaker::BreakerConfig;
use hearken::config::breaker::Strategy;
use hearken::upstream::breaker::{BreakerEvent, BreakerMachine, Outcome, State, step};

use super::rng::Rng;

/// One column.
struct Rule {
    name: &'static str,
    config: BreakerConfig,
    /// After an opening it goes on with what it has learnt (p0, threshold), as in operation; else it is made anew.
    learns: bool,
}

fn rules() -> Vec<Rule> {
    let adaptive = |name, every, window| Rule {
        name,
        config: BreakerConfig {
            strategy: Strategy::ConsecutiveAdaptive,
            adapt_every: every,
            adapt_window: window,
            ..BreakerConfig::default()
        },
        learns: false,
    };
    let windowed = |name, min_calls| Rule {
        name,
        config: BreakerConfig {
            strategy: Strategy::Window,
            window_min_calls: min_calls,
            ..BreakerConfig::default()
        },
        learns: false,
    };
    let evidence = |name, learns| Rule {
        name,
        config: BreakerConfig::default(),
        learns,
    };
    vec![
        adaptive("adaptive E=1 W=20", 1, 20),
        adaptive("adaptive E=10 W=100", 10, 100),
        adaptive("adaptive E=50 W=100", 50, 100),
        adaptive("fixed 5 in a row", 0, 100),
        windowed("window 30 s, min 10", 10),
        windowed("window 30 s, min 5", 5),
        evidence("evidence, made anew", false),
        evidence("evidence", true),
    ]
}

struct Traffic<'a> {
    rule: &'a Rule,
    breaker: BreakerMachine,
    now_ms: u64,
    rng: Rng,
}

impl<'a> Traffic<'a> {
    fn new(rule: &'a Rule, seed: u64) -> Self {
        Self {
            rule,
            breaker: BreakerMachine::new(&rule.config),
            now_ms: 0,
            rng: Rng::new(seed),
        }
    }

    /// One call; whether it opened the breaker, which is then closed again at once.
    fn call(&mut self, success: f64, per_second: f64) -> bool {
        self.now_ms += self.rng.gap_ms(per_second);
        let outcome = if self.rng.chance(success) {
            Outcome::Ok
        } else {
            Outcome::Fail
        };
        self.event(BreakerEvent::Outcome { outcome, lease: None });
        if self.breaker.state() != State::Open {
            return false;
        }
        if self.rule.learns {
            self.event(BreakerEvent::Disable);
            self.event(BreakerEvent::Auto);
        } else {
            self.breaker = BreakerMachine::new(&self.rule.config);
        }
        true
    }

    fn event(&mut self, event: BreakerEvent) {
        step(&mut self.breaker, &self.rule.config, event, self.now_ms, 0.0);
    }
}

fn false_opens_per_10_000(rule: &Rule, success: f64, per_second: f64, calls: u64) -> f64 {
    let mut traffic = Traffic::new(rule, 7);
    // What it was before it knew the provider is not its steady state.
    let warm_up = if rule.learns { 2_000 } else { 0 };
    (0..warm_up).for_each(|_| {
        traffic.call(success, per_second);
    });
    let opens = (0..calls).filter(|_| traffic.call(success, per_second)).count();
    opens as f64 * 10_000.0 / calls as f64
}

const GIVE_UP_CALLS: usize = 600;

/// Median calls to the opening, and the share of runs in which there was none.
fn calls_to_open(rule: &Rule, success: f64, per_second: f64, runs: u64) -> (usize, f64) {
    let mut counts: Vec<_> = (0..runs)
        .map(|run| {
            let mut traffic = Traffic::new(rule, 1_000 + run);
            for _ in 0..1_000 {
                traffic.call(0.98, per_second);
            }
            (1..=GIVE_UP_CALLS)
                .find(|_| traffic.call(success, per_second))
                .unwrap_or(usize::MAX)
        })
        .collect();
    counts.sort_unstable();
    let never = counts.iter().filter(|count| **count == usize::MAX).count();
    (counts[counts.len() / 2], never as f64 / runs as f64)
}

fn row(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
}

fn head(first: &str, rules: &[Rule]) -> String {
    let names = std::iter::once(first).chain(rules.iter().map(|rule| rule.name));
    let line = row(names.map(str::to_owned));
    let rule_line = row((0..=rules.len()).map(|_| "---".to_owned()));
    format!("{line}\n{rule_line}")
}

#[test]
fn compare_the_strategies() {
    let calls: u64 = std::env::var("SIM_CALLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(20_000);
    let runs = (calls / 200).clamp(40, 2_000);
    let rules = rules();
    let (literal, evidence) = (1, 7);

    println!("False opens per 10,000 calls, 1 call/s, {calls} calls per cell\n");
    println!("{}", head("Success", &rules));
    for success in [0.99, 0.95, 0.90, 0.85, 0.80] {
        let opens: Vec<_> = rules
            .iter()
            .map(|rule| false_opens_per_10_000(rule, success, 1.0, calls))
            .collect();
        let cells = opens.iter().map(|opens| format!("{opens:.2}"));
        println!("{}", row(std::iter::once(format!("{success:.2}")).chain(cells)));
        if success < 0.90 {
            assert!(
                opens[evidence] < opens[literal],
                "needless openings at {success}: {opens:?}"
            );
        }
    }

    println!(
        "\nMedian calls to open after a drop from 0.98, {runs} runs per cell (share that never opened)\n"
    );
    println!("{}", head("Drop to", &rules));
    for (success, per_second) in [
        (0.0, 1.0),
        (0.3, 1.0),
        (0.5, 1.0),
        (0.0, 0.1),
        (0.5, 0.1),
        (0.3, 10.0),
    ] {
        let found: Vec<_> = rules
            .iter()
            .map(|rule| calls_to_open(rule, success, per_second, runs))
            .collect();
        let cells = found
            .iter()
            .map(|(median, never)| match (*median, (never * 100.0).round()) {
                (usize::MAX, never) => format!("never ({never} %)"),
                (median, 0.0) => median.to_string(),
                (median, never) => format!("{median} ({never} %)"),
            });
        let first = format!("{:.0} %, {per_second} call/s", success * 100.0);
        println!("{}", row(std::iter::once(first).chain(cells)));
        assert!(
            found[evidence].0 < found[literal].0,
            "after a drop to {success}: {found:?}"
        );
        assert!(found[evidence].1 == 0.0, "evidence must open: {found:?}");
    }
}
