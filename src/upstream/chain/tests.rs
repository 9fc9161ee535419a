//! The chain as it is, on simulated time: what is asked, in which order, when, and who serves in the end.

use super::*;
use crate::config::Config;
use crate::platform::isolate;
use crate::platform::simulated::run;
use crate::upstream::reason::ProviderRefusal;

/// What a target does: after how many milliseconds it answers, or how it fails.
type Behaviour = fn(call: usize) -> (u64, Result<(), Failure>);

struct World {
    config: Rc<Config>,
    /// Targets in the order of the calls, with the moment since the beginning, milliseconds.
    calls: RefCell<Vec<(String, u64)>>,
    began_at_ms: f64,
}

const TWO: &str = "openai:one, groq:two";

fn world(variables: &'static [(&'static str, &'static str)]) -> World {
    let lookup = |name: &str| {
        let set = variables.iter().find(|(known, _)| *known == name);
        match (set, name) {
            (Some((_, value)), _) => Some((*value).to_owned()),
            (None, "LLM") => Some(TWO.to_owned()),
            (None, "OPENAI_API_KEY" | "GROQ_API_KEY") => Some("key".to_owned()),
            _ => None,
        }
    };
    registry::forget();
    World {
        config: isolate::set(Config::from_lookup(&lookup).unwrap()),
        calls: RefCell::default(),
        began_at_ms: now_ms(),
    }
}

impl World {
    /// Asks down the chain; each target behaves as `behaviour` says for its name. The server, or why nobody served.
    async fn ask(&self, behaviour: &dyn Fn(&str) -> Behaviour) -> Result<String, Vec<Failure>> {
        self.ask_of(ChainKind::Llm, behaviour).await
    }

    async fn ask_of(
        &self,
        kind: ChainKind,
        behaviour: &dyn Fn(&str) -> Behaviour,
    ) -> Result<String, Vec<Failure>> {
        let targets = self.config.chain(kind).targets.iter().collect();
        let begun = first(kind, targets, "test", |target| {
            let name = target.model.clone();
            let count = self.calls.borrow().iter().filter(|(of, _)| *of == name).count();
            let at_ms = (now_ms() - self.began_at_ms) as u64;
            self.calls.borrow_mut().push((name.clone(), at_ms));
            let (wait_ms, result) = behaviour(&name)(count);
            async move {
                sleep_ms(wait_ms).await;
                result
            }
        });
        let ((), target, record) = begun.await?;
        record.succeed();
        Ok(target.model.clone())
    }

    fn called(&self) -> Vec<(String, u64)> {
        self.calls.take()
    }
}

fn names(calls: &[(String, u64)]) -> Vec<&str> {
    calls.iter().map(|(name, _)| name.as_str()).collect()
}

const WELL: Behaviour = |_| (100, Ok(()));
const BROKEN: Behaviour = |_| (100, Err(Failure::Status(500)));

#[test]
fn the_preferred_target_serves_and_nobody_else_is_asked() {
    let world = world(&[]);
    assert_eq!(run(world.ask(&|_| WELL)), Ok("one".to_owned()));
    assert_eq!(names(&world.called()), ["one"]);
}

#[test]
fn the_next_one_takes_over_at_once_when_the_first_fails() {
    let world = world(&[]);
    let served = run(world.ask(&|name| if name == "one" { BROKEN } else { WELL }));
    assert_eq!(served, Ok("two".to_owned()));
    assert_eq!(world.called(), [("one".to_owned(), 0), ("two".to_owned(), 100)]);
}

#[test]
fn who_asks_hears_of_every_failure_in_order() {
    let world = world(&[]);
    let refused = ProviderRefusal::of(400);
    let behaviour = |name: &str| -> Behaviour {
        match name {
            "one" => |_| (10, Err(Failure::Status(503))),
            _ => |_| (10, Err(Failure::Refused(ProviderRefusal::of(400)))),
        }
    };
    let failures = run(world.ask(&behaviour)).unwrap_err();
    assert_eq!(failures, [Failure::Status(503), Failure::Refused(refused)]);
    assert_eq!(names(&world.called()), ["one", "two"]);
}

#[test]
fn nobody_is_asked_for_a_client_that_has_left() {
    let world = world(&[]);
    let failures = run(world.ask(&|_| |_| (10, Err(Failure::ClientLeft)))).unwrap_err();
    assert_eq!(failures, [Failure::ClientLeft]);
    assert_eq!(names(&world.called()), ["one"]);
}

#[test]
fn a_target_without_a_key_is_nobody_to_ask() {
    let world = world(&[("OPENAI_API_KEY", "")]);
    assert_eq!(run(world.ask(&|_| WELL)), Ok("two".to_owned()));
    assert_eq!(names(&world.called()), ["two"]);
}

#[test]
fn the_only_one_that_could_be_asked_is_tried_again_when_the_budget_pays() {
    let world = world(&[("LLM", "openai:one")]);
    let once_broken: Behaviour = |call| match call {
        5 => BROKEN(call),
        _ => WELL(call),
    };
    for _ in 0..5 {
        run(world.ask(&|_| once_broken)).unwrap();
    }
    assert_eq!(run(world.ask(&|_| once_broken)), Ok("one".to_owned()));
    assert_eq!(world.called().len(), 7, "six requests and one retry");
    let failures = run(world.ask(&|_| BROKEN)).unwrap_err();
    assert_eq!(
        (failures.len(), world.called().len()),
        (1, 1),
        "the budget is used up"
    );
}

#[test]
fn a_refused_key_is_left_alone_for_half_a_minute_and_then_asked_again() {
    let world = world(&[]);
    let behaviour = |name: &str| -> Behaviour {
        match name {
            "one" => |call| {
                (
                    10,
                    if call == 0 {
                        Err(Failure::Credential)
                    } else {
                        Ok(())
                    },
                )
            },
            _ => WELL,
        }
    };
    run(async {
        assert_eq!(world.ask(&behaviour).await, Ok("two".to_owned()));
        assert_eq!(world.ask(&behaviour).await, Ok("two".to_owned()));
        sleep_ms(registry::REFUSED_MS).await;
        assert_eq!(world.ask(&behaviour).await, Ok("one".to_owned()));
    });
    assert_eq!(names(&world.called()), ["one", "two", "two", "one"]);
}

#[test]
fn a_target_that_keeps_failing_is_no_longer_asked_even_where_its_object_is_lost() {
    let world = world(&[]);
    let behaviour = |name: &str| if name == "one" { BROKEN } else { WELL };
    for _ in 0..40 {
        assert_eq!(run(world.ask(&behaviour)), Ok("two".to_owned()));
    }
    let calls = world.called();
    let to_one = calls.iter().filter(|(name, _)| name == "one").count();
    assert!(to_one < 20, "{to_one} calls to a dead provider");
}

#[test]
fn nothing_is_asked_once_the_turn_is_over_and_no_call_outlives_it() {
    let world = world(&[]);
    let until_ms = now_ms() + 150.0;
    let failures = run(deadline::within(until_ms, Box::pin(world.ask(&|_| BROKEN)))).unwrap_err();
    assert_eq!(failures.first(), Some(&Failure::Status(500)));
    assert_eq!(names(&world.called()), ["one", "two"]);
    let late: Behaviour = |_| (200, Err(Failure::Status(500)));
    let until_ms = now_ms() + 150.0;
    let failures = run(deadline::within(until_ms, Box::pin(world.ask(&|_| late)))).unwrap_err();
    assert_eq!(
        failures,
        [Failure::Status(500), Failure::Timeout(Deadline::Total)]
    );
    assert_eq!(names(&world.called()), ["one"]);
}

#[test]
fn a_late_call_gets_one_beside_it_and_the_first_answer_counts() {
    let world = world(&[("TTS", TWO), ("TTS_HEDGE", "on")]);
    let behaviour = |name: &str| -> Behaviour {
        match name {
            "one" => |call| (if call < 20 { 100 } else { 5_000 }, Ok(())),
            _ => |_| (50, Ok(())),
        }
    };
    run(async {
        for _ in 0..20 {
            assert_eq!(
                world.ask_of(ChainKind::Tts, &behaviour).await,
                Ok("one".to_owned())
            );
        }
        let asked_at_ms = now_ms();
        assert_eq!(
            world.ask_of(ChainKind::Tts, &behaviour).await,
            Ok("two".to_owned())
        );
        assert_eq!(
            now_ms() - asked_at_ms,
            150.0,
            "late after 100 ms, answered 50 ms later"
        );
    });
    assert_eq!(names(&world.called())[20..], ["one", "two"]);
}
