use super::*;
use crate::config::breaker::{Strategy, WindowType};

const OK: Outcome = Outcome::Ok;
const FAIL: Outcome = Outcome::Fail;
const SLOW: Outcome = Outcome::Slow;

/// A breaker with its configuration, driven by short calls. Jitter is off unless the test turns it on.
struct Bench {
    breaker: BreakerMachine,
    config: BreakerConfig,
}

impl Bench {
    fn new(set: impl FnOnce(&mut BreakerConfig)) -> Self {
        let mut config = BreakerConfig {
            strategy: Strategy::ConsecutiveAdaptive,
            open_jitter: false,
            ..BreakerConfig::default()
        };
        config.threshold = 3;
        set(&mut config);
        Self {
            breaker: BreakerMachine::new(&config),
            config,
        }
    }

    fn event(&mut self, event: BreakerEvent, at_ms: u64) -> Effects {
        step(&mut self.breaker, &self.config, event, at_ms, 1.0)
    }

    fn call(&mut self, outcome: Outcome, at_ms: u64) -> State {
        self.event(BreakerEvent::Outcome { outcome, lease: None }, at_ms);
        self.breaker.state()
    }

    fn calls(&mut self, outcome: Outcome, times: usize, at_ms: u64) -> State {
        for _ in 0..times {
            self.call(outcome, at_ms);
        }
        self.breaker.state()
    }

    fn probe(&mut self, outcome: Outcome, lease: u64, at_ms: u64) -> State {
        self.event(
            BreakerEvent::Outcome {
                outcome,
                lease: Some(lease),
            },
            at_ms,
        );
        self.breaker.state()
    }

    fn acquire(&mut self, at_ms: u64) -> Acquired {
        self.event(BreakerEvent::Acquire, at_ms).acquired.unwrap()
    }

    fn lease(&mut self, at_ms: u64) -> u64 {
        match self.acquire(at_ms) {
            Acquired::Granted { lease: Some(lease) } => lease,
            other => panic!("no lease: {other:?}"),
        }
    }

    /// Three failures at `at_ms`; the open time that follows.
    fn open_ms(&mut self, at_ms: u64) -> u64 {
        assert_eq!(self.calls(FAIL, 3, at_ms), State::Open);
        self.breaker.open_left_ms()
    }

    fn close(&mut self, at_ms: u64) {
        for _ in 0..self.config.probe_successes {
            let lease = self.lease(at_ms);
            self.probe(OK, lease, at_ms);
        }
        assert_eq!(self.breaker.state(), State::Closed);
    }
}

fn denied(retry_after_ms: u64) -> Acquired {
    Acquired::Denied {
        retry_after_ms: Some(retry_after_ms),
    }
}

const FREE: Acquired = Acquired::Granted { lease: None };

#[test]
fn time_never_goes_back() {
    let mut bench = Bench::new(|_| ());
    bench.open_ms(10_000);
    assert_eq!(bench.acquire(20), denied(5_000));
    bench.acquire(15_000);
    assert_eq!(bench.breaker.state(), State::HalfOpen);
    assert_eq!(bench.acquire(0), denied(30_000));
}

#[test]
fn any_event_lets_the_open_time_end() {
    let mut bench = Bench::new(|_| ());
    bench.open_ms(0);
    assert_eq!(bench.call(OK, 4_999), State::Open);
    assert_eq!(bench.call(OK, 5_000), State::HalfOpen);
}

#[test]
fn a_lease_is_dead_at_its_last_millisecond_and_its_result_void() {
    let mut bench = Bench::new(|_| ());
    bench.open_ms(0);
    let lease = bench.lease(5_000);
    assert_eq!(bench.probe(FAIL, lease, 35_000), State::HalfOpen);
    let second = bench.lease(35_000);
    assert_eq!(second, 2);
    assert_eq!(bench.probe(FAIL, second, 64_999), State::Open);
}

#[test]
fn used_and_earlier_leases_are_void() {
    let mut bench = Bench::new(|config| config.probes = 2);
    bench.open_ms(0);
    let (first, second) = (bench.lease(5_000), bench.lease(5_000));
    bench.probe(OK, first, 5_001);
    bench.probe(FAIL, first, 5_002);
    assert_eq!(bench.breaker.state(), State::HalfOpen);
    let third = bench.lease(5_003);
    assert_eq!(bench.probe(FAIL, third, 5_004), State::Open);
    assert_eq!(bench.probe(FAIL, second, 15_004), State::HalfOpen);
}

#[test]
fn outcomes_count_without_lease_only_closed_and_with_one_only_half_open() {
    let mut bench = Bench::new(|config| config.probe_successes = 1);
    assert_eq!(bench.probe(FAIL, 1, 0), State::Closed);
    assert_eq!(bench.breaker.samples(), 0);
    bench.open_ms(0);
    let before = bench.breaker.clone();
    assert_eq!(bench.call(OK, 0), State::Open);
    assert_eq!(bench.breaker, before);
    let lease = bench.lease(5_000);
    assert_eq!(bench.calls(FAIL, 5, 5_000), State::HalfOpen);
    assert_eq!(bench.probe(OK, lease, 5_001), State::Closed);
    assert_eq!(bench.breaker.success_rate(), None);
}

#[test]
fn excluded_and_release_free_the_slot_and_count_as_nothing() {
    let mut bench = Bench::new(|_| ());
    bench.open_ms(0);
    let lease = bench.lease(5_000);
    bench.probe(Outcome::Excluded, lease, 5_001);
    let lease = bench.lease(5_002);
    bench.event(BreakerEvent::Release { lease: Some(lease) }, 5_003);
    bench.event(BreakerEvent::Release { lease: None }, 5_003);
    let lease = bench.lease(5_004);
    bench.event(BreakerEvent::Release { lease: Some(99) }, 5_004);
    assert_eq!(bench.acquire(5_005), denied(29_999));
    assert_eq!(bench.probe(OK, lease, 5_006), State::HalfOpen);
    assert_eq!(bench.breaker.probe_successes, 1);
}

#[test]
fn throttled_cools_down_within_its_cap_and_is_no_sample() {
    let throttled = |retry_after_ms| Outcome::Throttled { retry_after_ms };
    let mut bench = Bench::new(|_| ());
    bench.call(throttled(None), 0);
    assert_eq!(bench.breaker.samples(), 0);
    assert_eq!(bench.acquire(1), denied(4_999));
    assert_eq!(bench.acquire(5_000), FREE);
    bench.call(throttled(Some(900_000)), 5_000);
    assert_eq!(bench.acquire(5_000), denied(300_000));
    bench.call(throttled(Some(10)), 5_000);
    assert_eq!(bench.acquire(5_000), denied(300_000));
    let mut bench = Bench::new(|_| ());
    bench.call(throttled(Some(0)), 7);
    assert_eq!(bench.acquire(7), FREE);
}

#[test]
fn a_throttled_probe_frees_its_slot_and_cools_down_the_half_open_state() {
    let throttled = Outcome::Throttled {
        retry_after_ms: Some(1_000),
    };
    let mut bench = Bench::new(|_| ());
    bench.open_ms(0);
    let lease = bench.lease(5_000);
    bench.call(throttled, 5_000);
    assert_eq!(bench.breaker.cooldown_left_ms(), 0);
    assert_eq!(bench.probe(throttled, lease, 5_000), State::HalfOpen);
    assert_eq!(bench.acquire(5_999), denied(1));
    assert_eq!(bench.lease(6_000), 2);
}

#[test]
fn open_and_cool_down_together_tell_the_longer() {
    let mut bench = Bench::new(|_| ());
    bench.call(
        Outcome::Throttled {
            retry_after_ms: Some(8_000),
        },
        0,
    );
    bench.open_ms(0);
    assert_eq!(bench.acquire(0), denied(8_000));
    assert_eq!(bench.acquire(5_000), denied(3_000));
    assert_eq!(bench.breaker.state(), State::HalfOpen);
    assert_eq!(bench.lease(8_000), 1);
}

#[test]
fn a_success_starts_the_row_again() {
    let mut bench = Bench::new(|_| ());
    assert_eq!(bench.calls(FAIL, 2, 0), State::Closed);
    assert_eq!(bench.call(SLOW, 0), State::Closed);
    assert_eq!(bench.calls(FAIL, 2, 0), State::Closed);
    assert_eq!(bench.call(FAIL, 0), State::Open);
}

#[test]
fn slow_counts_as_failure_everywhere_when_told_so() {
    let mut bench = Bench::new(|config| config.slow_as = SlowAs::Fail);
    assert_eq!(bench.calls(SLOW, 3, 0), State::Open);
    assert_eq!(bench.breaker.success_rate(), Some(0.0));
    let lease = bench.lease(5_000);
    assert_eq!(bench.probe(SLOW, lease, 5_000), State::Open);
}

fn windowed(set: impl FnOnce(&mut BreakerConfig)) -> Bench {
    Bench::new(|config| {
        config.strategy = Strategy::Window;
        set(config);
    })
}

#[test]
fn window_waits_for_its_minimum_and_judges_after_a_failure_only() {
    let mut bench = windowed(|_| ());
    bench.calls(FAIL, 9, 0);
    assert_eq!(bench.call(OK, 0), State::Closed);
    assert_eq!(bench.call(FAIL, 0), State::Open);
}

#[test]
fn count_window_needs_at_most_its_size_and_says_so() {
    let mut bench = windowed(|config| {
        config.window_type = WindowType::Count;
        config.window_calls = 4;
    });
    assert_eq!(bench.breaker.threshold(&bench.config), 4);
    assert_eq!(bench.calls(FAIL, 3, 0), State::Closed);
    assert_eq!(bench.call(FAIL, 0), State::Open);
}

#[test]
fn slow_share_is_judged_after_a_slow_call_and_opens_although_it_was_a_good_answer() {
    let mut bench = windowed(|config| {
        config.window_min_calls = 4;
        config.slow_rate = 0.5;
    });
    bench.calls(SLOW, 2, 0);
    bench.calls(OK, 2, 0); // 2 of 4 slow, but the last one was not
    assert_eq!(bench.breaker.state(), State::Closed);
    assert_eq!(bench.call(SLOW, 0), State::Open);
    assert_eq!(bench.breaker.success_rate(), Some(1.0));
}

#[test]
fn time_window_forgets_also_while_open() {
    let mut bench = windowed(|config| config.window_min_calls = 3);
    assert_eq!(bench.calls(FAIL, 3, 2_999), State::Open);
    assert_eq!(bench.breaker.success_rate(), Some(0.0));
    bench.acquire(29_999);
    assert_eq!(bench.breaker.success_rate(), Some(0.0));
    bench.acquire(30_000);
    assert_eq!(bench.breaker.success_rate(), None);
}

#[test]
fn threshold_moves_by_one_on_every_nth_outcome_with_enough_samples() {
    let mut bench = Bench::new(|_| ());
    let mut moves = Vec::new();
    for call in 1..=45 {
        let effects = bench.event(
            BreakerEvent::Outcome {
                outcome: OK,
                lease: None,
            },
            call,
        );
        moves.extend(
            effects
                .adjusted
                .map(|moved| (call, moved.from, moved.to, moved.samples)),
        );
    }
    assert_eq!(moves, [(20, 3, 4, 20), (30, 4, 5, 30), (40, 5, 6, 40)]);
}

#[test]
fn threshold_stays_within_its_bounds_and_says_nothing_there() {
    let mut bench = Bench::new(|config| config.threshold = 10);
    for at in 0..100 {
        let effects = bench.event(
            BreakerEvent::Outcome {
                outcome: OK,
                lease: None,
            },
            at,
        );
        assert_eq!(effects.adjusted, None);
    }
    assert_eq!(bench.breaker.adjustments().len(), 0);
}

#[test]
fn the_rate_must_be_strictly_beyond_the_limit() {
    // 19 of 20 is 0.95 exactly: not above.
    let mut bench = Bench::new(|_| ());
    bench.call(FAIL, 0);
    bench.calls(OK, 19, 0);
    assert_eq!(bench.breaker.threshold, 3);
    // 16 of 20 is 0.80 exactly: not below.
    let mut bench = Bench::new(|config| config.threshold = 5);
    for _ in 0..4 {
        bench.call(FAIL, 0);
        bench.calls(OK, 4, 0);
    }
    assert_eq!(bench.breaker.threshold, 5);
    bench.calls(FAIL, 1, 0);
    bench.calls(OK, 8, 0);
    bench.calls(FAIL, 1, 0); // outcome 30: 24 of 30 again
    assert_eq!(bench.breaker.threshold, 5);
    bench.calls(FAIL, 3, 0);
    bench.calls(OK, 7, 0); // outcome 40: 31 of 40
    assert_eq!(bench.breaker.threshold, 4);
}

#[test]
fn the_threshold_in_force_judges_the_failure_that_then_lowers_it() {
    let mut bench = Bench::new(|config| {
        config.threshold = 4;
        config.adapt_every = 3;
        config.adapt_min_samples = 3;
    });
    assert_eq!(bench.calls(FAIL, 3, 0), State::Closed);
    assert_eq!(bench.breaker.threshold, 3);
    assert_eq!(bench.call(FAIL, 0), State::Open);
}

#[test]
fn the_outcome_counter_starts_again_when_it_closes_and_the_threshold_stays() {
    let mut bench = Bench::new(|config| config.adapt_min_samples = 1);
    bench.calls(OK, 10, 0);
    assert_eq!(bench.breaker.threshold, 4);
    bench.calls(FAIL, 4, 0);
    bench.close(5_000);
    bench.calls(OK, 9, 5_000);
    assert_eq!(bench.breaker.threshold, 4);
    bench.call(OK, 5_000);
    assert_eq!(bench.breaker.threshold, 5);
}

#[test]
fn open_time_grows_to_its_longest_and_no_further() {
    let mut bench = Bench::new(|config| config.open_max_ms = 18_000);
    let mut at = 0;
    let mut times = vec![bench.open_ms(at)];
    for _ in 0..4 {
        at += times.last().unwrap();
        let lease = bench.lease(at);
        bench.probe(FAIL, lease, at);
        times.push(bench.breaker.open_left_ms());
    }
    assert_eq!(times, [5_000, 10_000, 18_000, 18_000, 18_000]);
    assert_eq!(bench.breaker.level, 2);
}

#[test]
fn each_whole_decay_time_closed_forgets_one_level() {
    let reopened_after = |closed_ms: u64, decay_ms: u64| {
        let mut bench = Bench::new(|config| config.open_decay_ms = decay_ms);
        bench.open_ms(0);
        let lease = bench.lease(5_000);
        bench.probe(FAIL, lease, 5_000);
        bench.close(15_000);
        bench.open_ms(15_000 + closed_ms)
    };
    assert_eq!(reopened_after(59_999, 60_000), 20_000);
    assert_eq!(reopened_after(60_000, 60_000), 10_000);
    assert_eq!(reopened_after(119_999, 60_000), 10_000);
    assert_eq!(reopened_after(120_000, 60_000), 5_000);
    assert_eq!(reopened_after(999_000, 60_000), 5_000);
    assert_eq!(reopened_after(0, 0), 5_000);
}

#[test]
fn fractions_of_a_millisecond_end_with_the_next_whole_one() {
    let config = |open_ms, open_factor| BreakerConfig {
        open_ms,
        open_factor,
        ..BreakerConfig::default()
    };
    assert_eq!(open_base_ms(&config(1, 1.5), 1), 2);
    assert_eq!(open_base_ms(&config(10_000, 1.1), 1), 11_000);
    assert_eq!(open_base_ms(&config(1, 10.0), u32::MAX), 300_000);
}

#[test]
fn jitter_adds_up_to_a_fifth_and_never_passes_the_longest() {
    let config = BreakerConfig {
        open_max_ms: 10_500,
        ..BreakerConfig::default()
    };
    assert_eq!(jittered_ms(&config, 5_000, 0.0), 5_000);
    assert_eq!(jittered_ms(&config, 5_000, 1.0), 6_000);
    assert_eq!(jittered_ms(&config, 10_000, 1.0), 10_500);
    assert_eq!(jittered_ms(&config, 5_000, f64::NAN), 5_000);
}

#[test]
fn operators_modes_act_from_any_state_void_leases_and_count_nothing() {
    let mut bench = Bench::new(|_| ());
    bench.open_ms(0);
    let lease = bench.lease(5_000);
    bench.event(BreakerEvent::ForceOpen, 5_000);
    assert_eq!(bench.acquire(5_000), Acquired::Denied { retry_after_ms: None });
    assert_eq!(bench.probe(OK, lease, 5_000), State::ForcedOpen);
    bench.event(BreakerEvent::Disable, 5_000);
    assert_eq!(bench.acquire(5_000), FREE);
    assert_eq!(bench.calls(FAIL, 20, 5_000), State::Disabled);
    bench.event(BreakerEvent::Auto, 5_000);
    assert_eq!(bench.breaker.state(), State::Closed);
    assert_eq!(bench.breaker.success_rate(), None);
    assert_eq!(bench.open_ms(5_000), 5_000); // the level is forgotten
    bench.event(BreakerEvent::Auto, 5_000);
    assert_eq!(bench.breaker.state(), State::Open);
}

#[test]
fn auto_forgets_the_cool_down_and_a_longer_open_time() {
    let mut bench = Bench::new(|config| config.open_ms = 200_000);
    bench.call(Outcome::Throttled { retry_after_ms: None }, 0);
    bench.open_ms(0);
    bench.config.open_ms = 1_000;
    bench.event(BreakerEvent::ForceOpen, 1);
    bench.event(BreakerEvent::Auto, 2);
    assert_eq!(bench.acquire(3), FREE);
    assert_eq!(bench.open_ms(4), 1_000);
}

#[test]
fn shadow_grants_what_open_and_a_full_half_open_would_deny() {
    let mut bench = Bench::new(|config| config.enforce = Enforce::Shadow);
    bench.open_ms(0);
    assert_eq!(bench.acquire(4_999), FREE);
    assert_eq!(bench.lease(5_000), 1);
    assert_eq!(bench.acquire(5_000), FREE);
    bench.probe(
        Outcome::Throttled {
            retry_after_ms: Some(10),
        },
        1,
        5_000,
    );
    assert_eq!(bench.acquire(5_000), denied(10));
    bench.event(BreakerEvent::ForceOpen, 5_000);
    assert_eq!(bench.acquire(5_000), Acquired::Denied { retry_after_ms: None });
}

#[test]
fn evidence_ignores_single_failures_and_opens_on_an_outage() {
    let mut bench = Bench::new(|config| config.strategy = Strategy::Evidence);
    assert_eq!(bench.breaker.threshold(&bench.config), 4);
    for at in 0..1_000 {
        bench.call(if at % 50 == 0 { FAIL } else { OK }, at);
    }
    assert_eq!(bench.breaker.state(), State::Closed);
    assert_eq!(bench.calls(FAIL, 4, 2_000), State::Open);
}

#[test]
fn the_last_twenty_adjustments_are_kept() {
    let mut bench = Bench::new(|config| {
        config.adapt_every = 1;
        config.adapt_min_samples = 1;
        config.threshold_max = 1_000;
    });
    bench.calls(OK, 30, 0);
    let kept: Vec<_> = bench.breaker.adjustments().map(|moved| moved.to).collect();
    assert_eq!(kept, (14..=33).collect::<Vec<_>>());
}

#[test]
fn the_end_of_time_breaks_nothing() {
    let mut bench = Bench::new(|_| ());
    bench.open_ms(u64::MAX);
    bench.acquire(u64::MAX);
    bench.call(
        Outcome::Throttled {
            retry_after_ms: Some(u64::MAX),
        },
        u64::MAX,
    );
}

#[test]
fn probe_successes_of_an_earlier_half_open_do_not_help() {
    let mut bench = Bench::new(|config| config.probe_successes = 2);
    bench.open_ms(0);
    let lease = bench.lease(5_000);
    bench.probe(OK, lease, 5_000);
    let lease = bench.lease(5_000);
    bench.probe(FAIL, lease, 5_000);
    let lease = bench.lease(15_000);
    assert_eq!(bench.probe(OK, lease, 15_000), State::HalfOpen);
    let lease = bench.lease(15_000);
    assert_eq!(bench.probe(OK, lease, 15_000), State::Closed);
}

#[test]
fn closing_forgets_the_evidence_and_keeps_what_is_usual() {
    let mut bench = Bench::new(|config| config.strategy = Strategy::Evidence);
    for at in 0..400 {
        bench.call(if at % 10 == 0 { FAIL } else { OK }, at);
    }
    let usual = bench.breaker.evidence.p0();
    assert!(usual > 0.05);
    while bench.call(FAIL, 400) == State::Closed {}
    bench.close(10_000);
    assert_eq!(bench.breaker.evidence.score(), 0.0);
    assert!(bench.breaker.evidence.p0() >= usual);
    assert_eq!(bench.call(FAIL, 10_000), State::Closed);
}

#[test]
fn a_long_half_open_forgets_no_level() {
    let mut bench = Bench::new(|config| config.lease_ms = 600_000);
    bench.open_ms(0);
    let lease = bench.lease(5_000);
    bench.probe(FAIL, lease, 200_000);
    assert_eq!(bench.breaker.open_left_ms(), 10_000);
}
