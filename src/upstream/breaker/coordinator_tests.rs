use super::*;
use crate::config::breaker::Strategy;
use crate::upstream::breaker::event::Outcome;
use crate::wire::json;

fn object() -> Coordinator {
    Coordinator::new(BreakerConfig {
        strategy: Strategy::ConsecutiveAdaptive,
        threshold: 3,
        open_jitter: false,
        ..BreakerConfig::default()
    })
}

fn report(isolate: u64, seq: u64, epoch: u64, outcomes: &[(Outcome, u32)]) -> Request {
    let run = |(outcome, count): &(Outcome, u32)| OutcomeRun {
        outcome: *outcome,
        count: *count,
        epoch,
        lease: None,
    };
    Request::Report(OutcomeReport {
        isolate,
        seq,
        runs: outcomes.iter().map(run).collect(),
    })
}

fn probed(isolate: u64, seq: u64, outcome: Outcome, lease: u64) -> Request {
    let run = OutcomeRun {
        outcome,
        count: 1,
        epoch: 0,
        lease: Some(lease),
    };
    Request::Report(OutcomeReport {
        isolate,
        seq,
        runs: vec![run],
    })
}

fn handle(object: &mut Coordinator, request: &Request, now_ms: u64) -> Handled {
    object.handle(request, now_ms, || 0.0)
}

fn leased(handled: &Handled) -> Option<Grant> {
    match handled.reply.acquired {
        Some(AcquireAnswer::Granted { lease }) => lease,
        _ => None,
    }
}

const FAIL: Outcome = Outcome::Fail;
const OK: Outcome = Outcome::Ok;

#[test]
fn a_repeat_is_acknowledged_and_not_counted() {
    let mut object = object();
    let sent = report(1, 1, 1, &[(FAIL, 1)]);
    assert_eq!(handle(&mut object, &sent, 0).counted, 1);
    let again = handle(&mut object, &sent, 1);
    assert!(again.repeated);
    assert_eq!((again.counted, again.reply.seq), (0, Some(1)));
    assert_eq!(object.breaker().samples(), 1);
}

#[test]
fn successes_listed_first_are_judged_first() {
    let mut object = object();
    handle(&mut object, &report(1, 1, 1, &[(FAIL, 2)]), 0);
    let handled = handle(&mut object, &report(1, 2, 1, &[(OK, 1), (FAIL, 1)]), 0);
    assert_eq!(handled.reply.snapshot.state, State::Closed);
}

#[test]
fn outcomes_behind_the_one_that_opened_do_not_count() {
    let mut object = object();
    let handled = handle(&mut object, &report(1, 1, 1, &[(FAIL, 5)]), 0);
    assert_eq!((handled.counted, handled.uncounted), (3, 2));
    assert!(handled.store);
    assert_eq!(handled.reply.snapshot.open_left_ms, 5_000);
}

#[test]
fn an_older_epoch_never_moves_the_state() {
    let mut object = object();
    handle(&mut object, &report(1, 1, 1, &[(FAIL, 3)]), 0);
    for seq in 0..3 {
        let grant = leased(&handle(
            &mut object,
            &Request::Acquire {
                isolate: 2,
                nonce: seq,
            },
            5_000,
        ))
        .unwrap();
        handle(&mut object, &probed(2, seq + 1, OK, grant.id), 5_000);
    }
    assert_eq!(object.breaker().state(), State::Closed);
    let late = handle(&mut object, &report(3, 1, 1, &[(FAIL, 9)]), 5_001);
    assert_eq!((late.counted, late.reply.snapshot.state), (0, State::Closed));
}

#[test]
fn asking_again_with_the_same_nonce_gets_the_same_lease_with_less_life() {
    let mut object = object();
    handle(&mut object, &report(1, 1, 1, &[(FAIL, 3)]), 0);
    let ask = |isolate, nonce| Request::Acquire { isolate, nonce };
    let first = handle(&mut object, &ask(2, 1), 5_000);
    assert!(first.store);
    let again = leased(&handle(&mut object, &ask(2, 1), 5_100)).unwrap();
    assert_eq!(
        again,
        Grant {
            id: leased(&first).unwrap().id,
            life_ms: 29_900
        }
    );
    let other = handle(&mut object, &ask(2, 2), 5_100);
    assert_eq!(
        other.reply.acquired,
        Some(AcquireAnswer::Denied {
            retry_after_ms: Some(29_900)
        })
    );
}

#[test]
fn a_restart_keeps_the_lease_and_refuses_what_was_sent_before_it() {
    let mut object = object();
    handle(&mut object, &report(1, 1, 1, &[(FAIL, 2)]), 0);
    let (mut back, _) = Coordinator::restore(object.durable(), object.config().clone(), 1).unwrap();
    let repeat = handle(&mut back, &report(1, 1, 1, &[(FAIL, 2)]), 1);
    assert_eq!((repeat.repeated, repeat.counted), (false, 0));
    let epoch = back.breaker().epoch();
    handle(&mut back, &report(1, 2, epoch, &[(FAIL, 3)]), 2);
    let grant = leased(&handle(
        &mut back,
        &Request::Acquire { isolate: 2, nonce: 1 },
        5_002,
    ))
    .unwrap();
    let (mut back, _) = Coordinator::restore(back.durable(), object.config().clone(), 5_003).unwrap();
    let denied = handle(&mut back, &Request::Acquire { isolate: 3, nonce: 1 }, 5_003);
    assert!(matches!(
        denied.reply.acquired,
        Some(AcquireAnswer::Denied { .. })
    ));
    assert_eq!(handle(&mut back, &probed(2, 1, OK, grant.id), 5_004).counted, 1);
}

#[test]
fn remembered_isolates_and_hostile_reports_are_bounded() {
    let mut object = object();
    for isolate in 0..(ISOLATES_MAX as u64 + 500) {
        handle(&mut object, &report(isolate, 1, 1, &[(OK, 1)]), 0);
    }
    assert_eq!(object.seen.len(), ISOLATES_MAX);
    let huge = report(9_999_999, 1, 1, &[(OK, u32::MAX); 3]);
    assert_eq!(
        handle(&mut object, &huge, 0).counted,
        3 * u64::from(RUN_COUNT_MAX)
    );
}

#[test]
fn messages_survive_json() {
    let mut object = object();
    let requests = [
        Request::Snapshot,
        report(
            u64::MAX,
            1,
            1,
            &[
                (
                    Outcome::Throttled {
                        retry_after_ms: Some(5),
                    },
                    1,
                ),
                (OK, 2),
            ],
        ),
        Request::Acquire { isolate: 1, nonce: 2 },
        Request::Mode {
            mode: OperatorMode::ForcedOpen,
        },
        probed(1, 2, OK, 3),
    ];
    for request in requests {
        let text = json::text(&request);
        assert_eq!(json::read::<Request>(&text).unwrap(), request, "{text}");
        let reply = handle(&mut object, &request, 0).reply;
        let text = json::text(&reply);
        assert_eq!(json::read::<BreakerReply>(&text).unwrap(), reply, "{text}");
    }
}

#[test]
fn a_snapshot_of_an_opening_lives_no_longer_than_the_opening() {
    let mut object = object();
    assert_eq!(
        handle(&mut object, &Request::Snapshot, 0).reply.snapshot.ttl_ms,
        1_000
    );
    handle(&mut object, &report(1, 1, 1, &[(FAIL, 3)]), 0);
    assert_eq!(
        handle(&mut object, &Request::Snapshot, 1_000)
            .reply
            .snapshot
            .ttl_ms,
        1_000
    );
    assert_eq!(
        handle(&mut object, &Request::Snapshot, 4_900)
            .reply
            .snapshot
            .ttl_ms,
        100
    );
}
