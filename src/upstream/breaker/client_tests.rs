use super::*;
use crate::config::breaker::Enforce;
use crate::upstream::breaker::messages::Grant;

fn snapshot(state: State) -> Snapshot {
    Snapshot {
        epoch: 5,
        epoch_age_ms: 1_000,
        stamp: 100,
        state,
        open_left_ms: if state == State::Open { 400 } else { 0 },
        cooldown_left_ms: 0,
        lease_wait_ms: 0,
        threshold: 3,
        ttl_ms: if state == State::Open { 400 } else { 1_000 },
    }
}

fn knowing(snapshot: Snapshot, at_ms: u64) -> BreakerClient {
    let mut isolate = BreakerClient::new(BreakerConfig::default(), 1);
    isolate.absorb(
        &BreakerReply {
            snapshot,
            seq: None,
            acquired: None,
        },
        at_ms,
        at_ms,
    );
    isolate
}

fn go(decision: CallDecision) -> Permit {
    match decision.verdict {
        CallVerdict::Go(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

fn denied(decision: CallDecision) -> (Option<u64>, DeniedBy) {
    match decision.verdict {
        CallVerdict::Deny { retry_after_ms, by } => (retry_after_ms, by),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cold_isolate_lets_the_call_race_its_first_snapshot() {
    let mut isolate = BreakerClient::new(BreakerConfig::default(), 1);
    let decision = isolate.decide(10);
    assert_eq!((decision.refresh, decision.degraded), (Refresh::Race, false));
    assert_eq!(go(decision).epoch, None);
    assert_eq!(isolate.decide(10).refresh, Refresh::Join);
    assert!(isolate.still_allowed(11));
    isolate.absorb(
        &BreakerReply {
            snapshot: snapshot(State::Open),
            seq: None,
            acquired: None,
        },
        10,
        20,
    );
    assert!(!isolate.still_allowed(20));
}

#[test]
fn fresh_is_used_stale_is_renewed_behind_and_older_is_unknown() {
    let mut isolate = knowing(snapshot(State::Closed), 0);
    assert_eq!(isolate.decide(1_000).refresh, Refresh::No);
    assert_eq!(isolate.decide(1_001).refresh, Refresh::Behind);
    assert_eq!(isolate.decide(1_001).refresh, Refresh::No); // one is under way
    assert_eq!(isolate.decide(1_151).refresh, Refresh::Behind); // it was not answered in time
    assert_eq!(isolate.decide(3_000).refresh, Refresh::Behind);
    let decision = isolate.decide(3_001);
    assert_eq!((decision.refresh, decision.degraded), (Refresh::Join, true)); // nobody answered until now
    isolate.absorb(
        &BreakerReply {
            snapshot: snapshot(State::Closed),
            seq: None,
            acquired: None,
        },
        3_001,
        3_005,
    );
    let decision = isolate.decide(9_000);
    assert_eq!((decision.refresh, decision.degraded), (Refresh::Race, false));
    isolate.refresh_failed();
    let decision = isolate.decide(9_001);
    assert_eq!((decision.refresh, decision.degraded), (Refresh::Race, true));
}

#[test]
fn open_denies_until_its_time_is_over_and_then_asks_for_a_lease() {
    let mut isolate = knowing(snapshot(State::Open), 0);
    assert_eq!(denied(isolate.decide(399)), (Some(1), DeniedBy::Breaker));
    assert_eq!(isolate.decide(400).verdict, CallVerdict::Ask);
    assert_eq!(isolate.decide(60_000).verdict, CallVerdict::Ask);
}

#[test]
fn half_open_asks_while_a_slot_is_free_and_denies_while_full() {
    let mut isolate = knowing(snapshot(State::HalfOpen), 0);
    assert_eq!(isolate.decide(1).verdict, CallVerdict::Ask);
    let mut isolate = knowing(
        Snapshot {
            lease_wait_ms: 9_000,
            ..snapshot(State::HalfOpen)
        },
        0,
    );
    assert_eq!(denied(isolate.decide(1)), (Some(8_999), DeniedBy::Breaker));
    assert_eq!(isolate.decide(1_001).verdict, CallVerdict::Ask);
}

#[test]
fn a_lease_ends_counted_from_before_it_was_asked_for() {
    let mut isolate = knowing(snapshot(State::HalfOpen), 0);
    let lease = Some(Grant {
        id: 7,
        life_ms: 30_000,
    });
    let acquired = Some(AcquireAnswer::Granted { lease });
    let reply = BreakerReply {
        snapshot: snapshot(State::HalfOpen),
        seq: None,
        acquired,
    };
    let ticket = go(isolate.answered(Some(&reply), 50, 90));
    assert_eq!((ticket.lease, ticket.deadline_at_ms), (Some(7), Some(30_050)));
    isolate.finish(ticket, Outcome::Ok, 200);
    assert_eq!(isolate.report(200).unwrap().runs[0].lease, Some(7));
}

#[test]
fn an_unreachable_object_and_a_broken_upstream_let_one_call_through_at_a_time() {
    let mut isolate = knowing(snapshot(State::Open), 0);
    assert_eq!(isolate.decide(500).verdict, CallVerdict::Ask);
    let first = isolate.answered(None, 500, 650);
    assert!(first.degraded);
    let ticket = go(first);
    assert_eq!(denied(isolate.answered(None, 500, 660)).1, DeniedBy::Local);
    isolate.finish(ticket, Outcome::Fail, 700);
    go(isolate.answered(None, 700, 850));
}

#[test]
fn an_unreachable_object_never_loosens_an_open_time_that_is_known() {
    let mut isolate = knowing(
        Snapshot {
            open_left_ms: 90_000,
            ttl_ms: 1_000,
            ..snapshot(State::Open)
        },
        0,
    );
    assert_eq!(denied(isolate.decide(50_000)), (Some(40_000), DeniedBy::Breaker));
    assert_eq!(
        denied(isolate.answered(None, 50_000, 50_150)),
        (Some(39_850), DeniedBy::Breaker)
    );
}

#[test]
fn failures_in_a_row_here_fail_fast_for_one_ttl() {
    let mut isolate = knowing(snapshot(State::Closed), 0);
    for _ in 0..3 {
        let ticket = go(isolate.decide(10));
        isolate.finish(ticket, Outcome::Fail, 10);
    }
    assert_eq!(denied(isolate.decide(10)), (Some(1_000), DeniedBy::Local));
    go(isolate.decide(1_010));
}

#[test]
fn disabled_and_shadow_deny_nothing_locally() {
    let shadow = BreakerConfig {
        enforce: Enforce::Shadow,
        ..BreakerConfig::default()
    };
    for (config, state) in [(BreakerConfig::default(), State::Disabled), (shadow, State::Open)] {
        let mut isolate = BreakerClient::new(config, 1);
        isolate.absorb(
            &BreakerReply {
                snapshot: snapshot(state),
                seq: None,
                acquired: None,
            },
            0,
            0,
        );
        for _ in 0..9 {
            let ticket = go(isolate.decide(10));
            isolate.finish(ticket, Outcome::Fail, 10);
        }
    }
}

#[test]
fn a_cool_down_denies_also_in_shadow() {
    let paused = Snapshot {
        cooldown_left_ms: 500,
        ..snapshot(State::Closed)
    };
    let mut isolate = BreakerClient::new(
        BreakerConfig {
            enforce: Enforce::Shadow,
            ..BreakerConfig::default()
        },
        1,
    );
    isolate.absorb(
        &BreakerReply {
            snapshot: paused,
            seq: None,
            acquired: None,
        },
        0,
        0,
    );
    assert_eq!(denied(isolate.decide(100)), (Some(400), DeniedBy::Cooldown));
    go(isolate.decide(500));
}

#[test]
fn a_reply_that_was_overtaken_changes_nothing() {
    let mut isolate = knowing(snapshot(State::Open), 0);
    let older = Snapshot {
        epoch: 4,
        ..snapshot(State::Closed)
    };
    isolate.absorb(
        &BreakerReply {
            snapshot: older,
            seq: None,
            acquired: None,
        },
        1,
        1,
    );
    denied(isolate.decide(2));
}

#[test]
fn a_cold_calls_outcome_counts_if_its_epoch_had_begun_before_it() {
    for (epoch_age_ms, reported) in [(30, true), (29, false)] {
        let mut isolate = BreakerClient::new(BreakerConfig::default(), 1);
        let ticket = go(isolate.decide(100));
        isolate.finish(ticket, Outcome::Fail, 110);
        assert_eq!(isolate.report(110), None); // no snapshot yet
        assert!(isolate.is_report_due(110));
        let snapshot = Snapshot {
            epoch_age_ms,
            ..snapshot(State::Closed)
        };
        isolate.absorb(
            &BreakerReply {
                snapshot,
                seq: None,
                acquired: None,
            },
            100,
            130,
        );
        assert_eq!(isolate.report(130).is_some(), reported);
    }
}

#[test]
fn a_pause_that_is_known_holds_beyond_the_snapshots_life() {
    let mut isolate = knowing(
        Snapshot {
            cooldown_left_ms: 60_000,
            ..snapshot(State::Closed)
        },
        0,
    );
    let decision = isolate.decide(50_000);
    assert_eq!(decision.refresh, Refresh::Race);
    assert_eq!(denied(decision), (Some(10_000), DeniedBy::Cooldown));
    go(isolate.decide(60_000));
}

#[test]
fn sparse_calls_count_although_the_object_was_put_away_between_them() {
    let mut isolate = knowing(snapshot(State::Closed), 0);
    let ticket = go(isolate.decide(40_000));
    assert_eq!(ticket.epoch, Some(5));
    let restarted = Snapshot {
        epoch: 6,
        epoch_age_ms: 41_000,
        ..snapshot(State::Closed)
    };
    isolate.absorb(
        &BreakerReply {
            snapshot: restarted,
            seq: None,
            acquired: None,
        },
        40_000,
        40_050,
    );
    isolate.finish(ticket, Outcome::Fail, 40_100);
    assert_eq!(isolate.report(40_100).unwrap().runs[0].epoch, 6);
}

#[test]
fn open_with_a_longer_pause_tells_the_pause() {
    let mut isolate = knowing(
        Snapshot {
            cooldown_left_ms: 9_000,
            ..snapshot(State::Open)
        },
        0,
    );
    assert_eq!(denied(isolate.decide(100)), (Some(8_900), DeniedBy::Breaker));
    assert_eq!(denied(isolate.decide(400)), (Some(8_600), DeniedBy::Cooldown));
}

#[test]
fn asking_for_a_lease_needs_no_fetch_besides() {
    let mut isolate = knowing(snapshot(State::Open), 0);
    let decision = isolate.decide(60_000);
    assert_eq!(
        (decision.verdict, decision.refresh),
        (CallVerdict::Ask, Refresh::No)
    );
}

#[test]
fn an_answer_that_was_long_under_way_does_not_age_what_is_known() {
    let mut isolate = knowing(snapshot(State::Closed), 10_000);
    let late = Snapshot {
        stamp: 200,
        ..snapshot(State::Closed)
    };
    isolate.absorb(
        &BreakerReply {
            snapshot: late.clone(),
            seq: None,
            acquired: None,
        },
        1_000,
        10_100,
    );
    assert_eq!(isolate.snapshot(10_100).map(|(_, age_ms)| age_ms), Some(100));
    // A new epoch is worth more than a young age.
    let next = Snapshot { epoch: 6, ..late };
    isolate.absorb(
        &BreakerReply {
            snapshot: next,
            seq: None,
            acquired: None,
        },
        1_000,
        10_100,
    );
    assert_eq!(isolate.snapshot(10_100).map(|(_, age_ms)| age_ms), Some(9_100));
}

#[test]
fn a_later_epoch_overrules_a_grant_that_was_overtaken() {
    let mut isolate = knowing(
        Snapshot {
            epoch: 8,
            ..snapshot(State::Open)
        },
        100,
    );
    let acquired = Some(AcquireAnswer::Granted { lease: None });
    let reply = BreakerReply {
        snapshot: Snapshot {
            epoch: 7,
            ..snapshot(State::Closed)
        },
        seq: None,
        acquired,
    };
    assert_eq!(
        denied(isolate.answered(Some(&reply), 90, 110)),
        (Some(390), DeniedBy::Breaker)
    );
}

#[test]
fn what_an_operator_hands_back_begins_with_nothing_remembered_here_too() {
    let mut isolate = knowing(snapshot(State::ForcedOpen), 0);
    for at_ms in 0..3 {
        let ticket = isolate.last_resort(at_ms);
        isolate.finish(ticket, Outcome::Fail, at_ms);
    }
    let closed = |epoch| BreakerReply {
        snapshot: Snapshot {
            epoch,
            ..snapshot(State::Closed)
        },
        seq: None,
        acquired: None,
    };
    isolate.absorb(&closed(6), 10, 10);
    go(isolate.decide(11));

    for at_ms in 11..14 {
        let ticket = isolate.last_resort(at_ms);
        isolate.finish(ticket, Outcome::Fail, at_ms);
    }
    isolate.absorb(&closed(7), 14, 14);
    assert_eq!(
        denied(isolate.decide(15)).1,
        DeniedBy::Local,
        "any other change leaves its own judgement alone"
    );
}
