use std::rc::Rc;

use super::*;
use crate::platform::sql::sqlite::Sqlite;

const NOW_MS: u64 = 20_000 * DAY_MS + 1_000;
const LIMITS: Amounts = Amounts {
    tokens: 100,
    characters: 50,
    heard_ms: 0,
};

fn ledger() -> Db {
    Db::open(Rc::new(Sqlite::new())).unwrap()
}

fn tokens(turn: &str, needed: u64, wanted: u64) -> ReserveAsk {
    ReserveAsk {
        turn: turn.into(),
        needed: Amounts::of_tokens(needed),
        wanted: Amounts::of_tokens(wanted),
    }
}

fn reserve(db: &Db, ask: &ReserveAsk, now_ms: u64) -> Result<u64, &'static str> {
    let reserved = db.reserve(LIMITS, ask, now_ms, now_ms + 1_000).unwrap();
    reserved.map(|reserved| reserved.granted.tokens)
}

#[test]
fn what_is_left_is_granted_and_too_little_is_refused_by_name() {
    let db = ledger();
    assert_eq!(reserve(&db, &tokens("a", 10, 70), NOW_MS), Ok(70));
    assert_eq!(reserve(&db, &tokens("b", 10, 70), NOW_MS), Ok(30));
    assert_eq!(reserve(&db, &tokens("c", 1, 1), NOW_MS), Err("tokens"));
    db.settle("a", Amounts::of_tokens(20), NOW_MS).unwrap();
    assert_eq!(reserve(&db, &tokens("c", 50, 70), NOW_MS), Ok(50));
    let usage = db.usage(LIMITS, NOW_MS).unwrap();
    assert_eq!(
        usage,
        json!({
            "day": "2024-10-04",
            "tokens": {"used": 20, "reserved": 80, "limit": 100},
            "characters": {"used": 0, "reserved": 0, "limit": 50},
            "heard_seconds": {"used": 0.0, "reserved": 0.0, "limit": 0.0},
        })
    );
}

#[test]
fn a_turn_that_reserves_again_replaces_what_it_had_or_loses_it() {
    let db = ledger();
    assert_eq!(reserve(&db, &tokens("a", 10, 70), NOW_MS), Ok(70));
    assert_eq!(reserve(&db, &tokens("a", 40, 90), NOW_MS), Ok(90));
    assert_eq!(reserve(&db, &tokens("a", 101, 101), NOW_MS), Err("tokens"));
    assert_eq!(reserve(&db, &tokens("b", 100, 100), NOW_MS), Ok(100));
}

#[test]
fn a_turn_is_settled_once_even_when_its_reservation_has_expired() {
    let db = ledger();
    let used = || db.usage(LIMITS, NOW_MS + 2_000).unwrap()["tokens"]["used"].clone();
    assert_eq!(reserve(&db, &tokens("a", 10, 70), NOW_MS), Ok(70));
    // Its reservation has expired, so another may have it.
    assert_eq!(reserve(&db, &tokens("b", 100, 100), NOW_MS + 1_000), Ok(100));
    for amount in [30, 30, 99] {
        db.settle("a", Amounts::of_tokens(amount), NOW_MS + 2_000)
            .unwrap();
        assert_eq!(used(), 30);
    }
    // One that was never reserved here has been paid for all the same.
    for _ in 0..2 {
        db.settle("lost", Amounts::of_tokens(5), NOW_MS + 2_000).unwrap();
        assert_eq!(used(), 35);
    }
}

#[test]
fn a_day_begins_with_all_of_its_budget_and_a_turn_belongs_to_the_day_it_began_on() {
    let db = ledger();
    let tomorrow_ms = NOW_MS + DAY_MS;
    assert_eq!(reserve(&db, &tokens("a", 100, 100), NOW_MS), Ok(100));
    assert_eq!(reserve(&db, &tokens("b", 100, 100), tomorrow_ms), Ok(100));
    db.settle("a", Amounts::of_tokens(100), tomorrow_ms).unwrap();
    assert_eq!(db.usage(LIMITS, tomorrow_ms).unwrap()["tokens"]["used"], 0);
    // Two days later nothing of the first is left.
    assert_eq!(reserve(&db, &tokens("c", 1, 1), tomorrow_ms + DAY_MS), Ok(1));
    let rows = db
        .rows("SELECT turn FROM reservations ORDER BY turn", vec![])
        .unwrap();
    assert_eq!(rows.iter().map(|row| row.text(0)).collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(until_midnight_s(NOW_MS), 86_399);
    assert_eq!(until_midnight_s(NOW_MS - 1_000), 86_400);
}

#[test]
fn what_is_carried_over_is_the_same_in_new_tables() {
    let db = ledger();
    reserve(&db, &tokens("a", 1, 40), NOW_MS).unwrap();
    db.settle("b", Amounts::of_tokens(7), NOW_MS).unwrap();
    let after = ledger();
    CarriedOver::of(&db, NOW_MS).unwrap().put(&after).unwrap();
    let usage = |db: &Db| db.usage(LIMITS, NOW_MS).unwrap();
    assert_eq!(usage(&after), usage(&db));
    after.settle("b", Amounts::of_tokens(7), NOW_MS).unwrap();
    assert_eq!(usage(&after), usage(&db));
}

/// A small generator, so that a failure names its seed and can be run again.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// Many turns at once, in any order, with repetitions, turns that never settle and days that pass: while each spends no
/// more than it was granted, no limit is passed, and what is said to be spent is what was spent.
#[test]
fn no_limit_is_passed_whatever_happens_at_once() {
    for seed in 1..=200u64 {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let db = ledger();
        let mut now_ms = NOW_MS;
        // Turns under way: id, grant, day, when the reservation expires.
        let mut open: Vec<(String, u64, u64, u64)> = Vec::new();
        let mut spent = std::collections::BTreeMap::<u64, u64>::new();
        for step in 0..120 {
            match random.below(8) {
                0..=3 => {
                    let needed = random.below(30);
                    let ask = tokens(&format!("t{step}"), needed, needed + random.below(60));
                    if let Ok(granted) = reserve(&db, &ask, now_ms) {
                        assert!((needed..=ask.wanted.tokens).contains(&granted), "seed {seed}");
                        open.push((ask.turn, granted, day_of(now_ms), now_ms + 1_000));
                    }
                }
                4 | 5 if !open.is_empty() => {
                    let at = random.below(open.len() as u64) as usize;
                    let (turn, granted, day, _) = open.swap_remove(at);
                    let used = random.below(granted + 1);
                    for _ in 0..=random.below(2) {
                        db.settle(&turn, Amounts::of_tokens(used), now_ms).unwrap();
                    }
                    *spent.entry(day).or_default() += used;
                }
                6 => {
                    // Whoever has not settled by then never will.
                    now_ms += random.below(3) * 600;
                    open.retain(|(_, _, _, until_ms)| *until_ms > now_ms);
                }
                7 if random.below(10) == 0 => {
                    now_ms += DAY_MS;
                    open.clear();
                }
                _ => {}
            }
            let usage = db.usage(LIMITS, now_ms).unwrap();
            let amount = |name: &str| usage["tokens"][name].as_u64().unwrap();
            assert!(
                amount("used") + amount("reserved") <= LIMITS.tokens,
                "seed {seed}: {usage}"
            );
            assert_eq!(
                amount("used"),
                spent.get(&day_of(now_ms)).copied().unwrap_or(0),
                "seed {seed}"
            );
            let held: u64 = open
                .iter()
                .filter(|one| one.2 == day_of(now_ms))
                .map(|one| one.1)
                .sum();
            assert_eq!(amount("reserved"), held, "seed {seed}");
        }
    }
}
