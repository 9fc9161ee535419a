//! Invariants of the machine under any events.

use proptest::prelude::*;
use proptest::strategy::Strategy as _;

use super::*;
use crate::config::breaker::{Strategy, WindowType};
use crate::upstream::breaker::durable::Durable;

const OK: Outcome = Outcome::Ok;
const FAIL: Outcome = Outcome::Fail;
const SLOW: Outcome = Outcome::Slow;

fn any_event() -> impl proptest::strategy::Strategy<Value = BreakerEvent> {
    let lease = || prop::option::weighted(0.5, 1u64..12);
    let outcome = prop_oneof![
        6 => Just(OK),
        6 => Just(FAIL),
        1 => Just(SLOW),
        1 => Just(Outcome::Excluded),
        1 => prop::option::of(0u64..20_000).prop_map(|retry_after_ms| Outcome::Throttled { retry_after_ms }),
    ];
    prop_oneof![
        12 => (outcome, lease()).prop_map(|(outcome, lease)| BreakerEvent::Outcome { outcome, lease }),
        6 => Just(BreakerEvent::Acquire),
        1 => lease().prop_map(|lease| BreakerEvent::Release { lease }),
        1 => prop_oneof![Just(BreakerEvent::ForceOpen), Just(BreakerEvent::Disable), Just(BreakerEvent::Auto), Just(BreakerEvent::Auto)],
    ]
}

fn any_config() -> impl proptest::strategy::Strategy<Value = BreakerConfig> {
    let which = prop::sample::select(vec![
        (Strategy::ConsecutiveAdaptive, WindowType::Time),
        (Strategy::Window, WindowType::Time),
        (Strategy::Window, WindowType::Count),
        (Strategy::Evidence, WindowType::Time),
    ]);
    (which, any::<[bool; 3]>(), 1u64..4, 1u64..4, 1u64..5).prop_map(
        |((strategy, window_type), [shadow, slow_fails, jitter], probes, successes, every)| BreakerConfig {
            strategy,
            window_type,
            enforce: if shadow { Enforce::Shadow } else { Enforce::On },
            slow_as: if slow_fails { SlowAs::Fail } else { SlowAs::Ok },
            open_jitter: jitter,
            probes,
            probe_successes: successes,
            adapt_every: every,
            adapt_min_samples: 2,
            window_min_calls: 3,
            window_calls: 6,
            ..BreakerConfig::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn invariants_hold_for_any_events_and_a_restart_changes_no_answer(
        config in any_config(),
        events in prop::collection::vec((any_event(), 0u64..9_000, 0.0f64..1.0, 0u8..20), 1..150),
    ) {
        let mut breaker = BreakerMachine::new(&config);
        let mut at_ms = 0;
        for (event, gap_ms, random, restart) in events {
            at_ms += gap_ms;
            let before = breaker.clone();
            if restart == 0 {
                // Only what may be lost is lost: the next acquire is answered as if nothing had happened.
                let mut back = BreakerMachine::restore(breaker.durable(), &config, at_ms).unwrap().breaker;
                let mut same = breaker.clone();
                prop_assert_eq!(
                    step(&mut back, &config, BreakerEvent::Acquire, at_ms, random).acquired,
                    step(&mut same, &config, BreakerEvent::Acquire, at_ms, random).acquired
                );
            }
            let effects = step(&mut breaker, &config, event, at_ms, random);

            prop_assert!(breaker.leases.len() as u64 <= config.probes);
            prop_assert!(breaker.leases.is_empty() || breaker.state == State::HalfOpen);
            prop_assert!(breaker.leases.iter().all(|lease| lease.dies_at_ms > breaker.latest_ms));
            prop_assert!((config.threshold_min..=config.threshold_max).contains(&breaker.threshold));
            prop_assert!(breaker.threshold.abs_diff(before.threshold) <= 1);
            prop_assert_eq!(breaker.threshold != before.threshold, effects.adjusted.is_some());
            prop_assert_eq!(breaker.epoch, before.epoch + effects.changes.len() as u64);
            prop_assert!(breaker.next_lease >= before.next_lease);
            prop_assert_eq!(effects.acquired.is_some(), event == BreakerEvent::Acquire);
            prop_assert!(effects.changes.len() <= 2);
            let mut at = before.state;
            for change in &effects.changes {
                prop_assert_eq!(change.from, at);
                at = change.to;
                let legal = match (change.from, change.to) {
                    (State::Closed, State::Open) => {
                        let failed = matches!(event, BreakerEvent::Outcome { outcome: FAIL, .. });
                        failed || matches!(event, BreakerEvent::Outcome { outcome: SLOW, .. })
                    }
                    (State::HalfOpen, State::Open | State::Closed) => {
                        matches!(event, BreakerEvent::Outcome { lease: Some(_), .. })
                    }
                    (State::Open, State::HalfOpen) => at_ms >= before.open_until_ms,
                    (_, State::ForcedOpen) => event == BreakerEvent::ForceOpen,
                    (_, State::Disabled) => event == BreakerEvent::Disable,
                    (State::ForcedOpen | State::Disabled, State::Closed) => event == BreakerEvent::Auto,
                    _ => false,
                };
                prop_assert!(legal, "{:?} by {:?}", change, event);
            }
            prop_assert_eq!(at, breaker.state);
            if breaker.state == State::Open && before.state == State::Open {
                prop_assert_eq!(breaker.open_until_ms, before.open_until_ms);
            }
            // What the shell must store is told, apart from time and p0, which may lag.
            if !effects.store {
                let lag = Durable { latest_ms: breaker.latest_ms, p0: breaker.evidence.p0(), ..before.durable() };
                prop_assert_eq!(breaker.durable(), lag);
            }
        }
    }
}
