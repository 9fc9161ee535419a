//! Where an isolate gathers its figures: rooms say what happened, and go on. No lock, nobody waits, and for what has been
//! told before nothing is allocated.

use super::exposition::Family;
use super::metrics::{CACHE_BYTES, CACHE_ENTRIES, CACHE_EVICTIONS, PEOPLE_ACTIVE};
use super::outbox::with;
#[cfg(target_arch = "wasm32")]
use super::reporter::wake;

/// Outside of a Worker nobody is told.
#[cfg(not(target_arch = "wasm32"))]
fn wake() {}

/// A duration, milliseconds.
pub fn observe(family: &Family, labels: &[&str], ms: f64) {
    with(|outbox| outbox.figures.observe(family, labels, ms));
    wake();
}

/// So much more of something.
pub fn count(family: &Family, labels: &[&str], more: f64) {
    with(|outbox| outbox.figures.add(family, labels, more));
    wake();
}

/// How much there is of something in this isolate now. It is told with the next report.
pub fn set(family: &Family, labels: &[&str], now: f64) {
    with(|outbox| outbox.gauges.set(family, labels, now));
}

/// How large a cache of this isolate is now, and how many entries have just gone from it.
pub fn of_cache(cache: &str, entries: usize, bytes: usize, evicted: u64) {
    set(&CACHE_ENTRIES, &[cache], entries as f64);
    set(&CACHE_BYTES, &[cache], bytes as f64);
    if evicted > 0 {
        count(&CACHE_EVICTIONS, &[cache], evicted as f64);
    }
}

/// Somebody is there. What is kept of them is one of 65,536 numbers.
pub fn person(name: &str) {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let element = (hash ^ (hash >> 16) ^ (hash >> 32) ^ (hash >> 48)) as u16;
    with(|outbox| outbox.figures.mark(&PEOPLE_ACTIVE, element));
    wake();
}

/// How many different people a set of that many numbers stands for (linear counting).
pub fn people(numbers: usize) -> f64 {
    let (all, taken) = (65_536.0, numbers as f64);
    let free = (all - taken).max(1.0);
    (all * (all / free).ln()).round()
}

#[cfg(test)]
mod tests {
    use super::super::figures::Figures;
    use super::super::metrics::{TOKENS, TURN_DURATION};
    use super::super::outbox::Report;
    use super::*;

    #[test]
    fn what_rooms_say_is_in_the_next_report() {
        observe(&TURN_DURATION, &["text"], 120.0);
        count(&TOKENS, &["out"], 9.0);
        let text = with(|outbox| outbox.take(|| 5)).unwrap();
        let mut figures = Figures::new();
        figures.absorb(Report::parse(&text).unwrap().figures, |_| true);
        assert_eq!(figures.sum(&TOKENS, &["out"]), 9.0);
        assert_eq!(
            figures.durations(&TURN_DURATION, &["text"]).quantile_ms(0.5),
            Some(115.0)
        );
    }

    #[test]
    fn people_are_estimated_from_numbers() {
        for (people_really, share) in [(10, 0.0), (1_000, 0.03), (100_000, 0.02)] {
            let mut seen = vec![false; 65_536];
            for n in 0..people_really {
                // The same hash as `person`, read off its mark.
                person(&format!("person {n}"));
                let figures = with(|outbox| std::mem::take(&mut outbox.figures));
                for (element, _) in figures.durations(&PEOPLE_ACTIVE, &[]).0 {
                    seen[usize::from(element)] = true;
                }
            }
            let told = people(seen.iter().filter(|seen| **seen).count());
            let off = (told - f64::from(people_really)).abs();
            assert!(
                off <= share * f64::from(people_really) + 0.5,
                "{told} for {people_really}"
            );
        }
    }
}
