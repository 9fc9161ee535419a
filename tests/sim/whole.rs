//! Seeds through the whole system, and every mutation caught.

use super::world::{Mutation, Summary, World};

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn run(seed: u64) -> Summary {
    match World::new(seed, Mutation::None).run() {
        Ok(summary) => summary,
        Err(what) => {
            panic!(
                "seed {seed}: {what}\nreplay it with: SIM_SEED={seed} cargo test --release --test sim whole"
            )
        }
    }
}

/// Seeds that once failed, kept as regression tests.
const REGRESSIONS: [u64; 7] = [4, 16, 46, 431, 718, 1617, 1832];

#[test]
fn whole_system_keeps_its_promises() {
    if let Some(seed) = number("SIM_SEED") {
        println!("{:?}", run(seed));
        return;
    }
    let wanted = number("SIM_REQUESTS").unwrap_or(if cfg!(debug_assertions) {
        250_000
    } else {
        1_000_000
    });
    let mut all = Summary::default();
    let mut seeds = 0;
    for seed in REGRESSIONS.into_iter().chain(1..) {
        if all.requests >= wanted {
            break;
        }
        let one = run(seed);
        seeds += 1;
        all.requests += one.requests;
        all.denied += one.denied;
        all.openings += one.openings;
        all.closings += one.closings;
        all.adjustments += one.adjustments;
        all.repeats += one.repeats;
        all.restarts += one.restarts;
        all.probes += one.probes;
    }
    println!("{seeds} seeds: {all:?}");
    // A run in which nothing happened would prove nothing.
    assert!(all.openings > 0 && all.closings > 0 && all.repeats > 0 && all.restarts > 0 && all.probes > 0);
    assert!(all.denied > 0 && all.adjustments > 0);
}

#[test]
fn the_same_seed_is_the_same_run() {
    let show = |seed| format!("{:?}", World::new(seed, Mutation::None).run());
    assert_eq!(show(3), show(3));
    assert_ne!(show(3), show(4));
}

/// Seeds within which a mutation must be caught.
const CAUGHT_WITHIN: u64 = 60;

fn caught(mutation: Mutation) -> String {
    (1..=CAUGHT_WITHIN)
        .find_map(|seed| World::new(seed, mutation).run().err())
        .unwrap_or_else(|| panic!("{mutation:?} was not caught within {CAUGHT_WITHIN} seeds"))
}

macro_rules! caught {
    ($($name:ident: $mutation:ident => $says:literal;)*) => {
        $(#[test]
        fn $name() {
            let what = caught(Mutation::$mutation);
            println!("{}: {what}", stringify!($mutation));
            assert!(what.contains($says), "caught, but by another rule: {what}");
        })*
    };
}

caught! {
    counting_repeats_is_caught: CountRepeats => "counted twice";
    forgetting_epochs_is_caught: ForgetEpochs => "counted in epoch";
    storing_nothing_is_caught: StoreNothing => "a restart";
    replying_before_storing_is_caught: ReplyBeforeStore => "a restart";
    one_lease_too_many_is_caught: OneLeaseTooMany => "live leases";
    holding_beyond_the_deadline_is_caught: HoldBeyondDeadline => "probes in flight";
    a_probe_without_lease_is_caught: ProbeWithoutLease => "unleased call";
    an_open_time_too_short_is_caught: OpenTooShort => "ms only";
    a_threshold_that_jumps_is_caught: ThresholdJumps => "threshold";
    successes_that_open_are_caught: SuccessesOpen => "has no failure";
    failures_without_their_successes_are_caught: FailuresAlone => "a report tells";
    a_missing_timer_is_caught: NoAskTimeout => "ended";
    ending_twice_is_caught: EndTwice => "ended twice";
    silent_probes_are_caught: SilentProbes => "after the provider healed";
    snapshots_that_are_never_renewed_are_caught: NoRefresh => "not renewed";
}
