//! What people read: the six targets with their ratings, where time goes, what the caches and providers do, what it costs.
//! Pure: the figures of a window in, the JSON of `GET /admin/stats` out.

use serde_json::Value;

use super::collector::people;
use super::exposition::Family;
use super::figures::{Figures, Series};
use super::histogram::Histogram;
use super::metrics::*;
use super::store::{HOUR_MS, SLOT_MS};
use crate::wire::json::{json, put};
use crate::wire::order::sorted;

/// A window of time that ends now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatsWindow {
    /// In twelve slots of five minutes.
    Hour,
    /// In 24 slots of an hour.
    Day,
}

impl StatsWindow {
    /// `1h` or `24h`.
    pub fn parse(word: &str) -> Option<StatsWindow> {
        match word {
            "1h" => Some(StatsWindow::Hour),
            "24h" => Some(StatsWindow::Day),
            _ => None,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            StatsWindow::Hour => "1h",
            StatsWindow::Day => "24h",
        }
    }

    /// How long a slot of its trend is.
    pub fn slot_ms(self) -> u64 {
        match self {
            StatsWindow::Hour => SLOT_MS,
            StatsWindow::Day => HOUR_MS,
        }
    }

    fn slots(self) -> u64 {
        match self {
            StatsWindow::Hour => 12,
            StatsWindow::Day => 24,
        }
    }

    /// Where its first slot begins, for one that ends at `now_ms`: the slot under way is its last.
    pub fn since_ms(self, now_ms: u64) -> u64 {
        let slot_ms = self.slot_ms();
        (now_ms / slot_ms + 1).saturating_sub(self.slots()) * slot_ms
    }
}

/// A goal of the house: what P95 should be at most, and what it would be at its best.
struct Target {
    name: &'static str,
    family: &'static Family,
    target_ms: f64,
    stretch_ms: f64,
}

const TARGETS: [Target; 5] = [
    target("memory_extraction", &EXTRACTION, 200.0, 100.0),
    target("memory_retrieval", &RETRIEVAL, 50.0, 25.0),
    target("transcription", &TRANSCRIPTION, 1_000.0, 500.0),
    target("synthesis", &SYNTHESIS, 300.0, 150.0),
    target("turn", &TURN_DURATION, 2_000.0, 1_000.0),
];
/// Share of phrases that are served from the cache: the goal, the best, and what is still fair.
const HITS: [f64; 3] = [0.9, 0.95, 0.8];
/// The caches there are.
const CACHES: [&str; 3] = ["phrase", "recall", "embedding"];

const fn target(name: &'static str, family: &'static Family, target_ms: f64, stretch_ms: f64) -> Target {
    Target {
        name,
        family,
        target_ms,
        stretch_ms,
    }
}

/// The figures of a window.
#[derive(Default)]
pub struct Stats {
    /// Each slot's, by its beginning in milliseconds.
    slots: Vec<(u64, Figures)>,
    all: Figures,
    /// What is now, and how many people are there.
    now: Figures,
}

impl Stats {
    /// Adds what an object says of the window's slots.
    pub fn absorb_slots(&mut self, text: &str) {
        for part in text
            .split("\n@")
            .flat_map(|part| part.strip_prefix('@').or(Some(part)))
        {
            let Some((at_ms, figures)) = part.split_once('\n') else {
                continue;
            };
            let Ok(at_ms) = at_ms.parse() else { continue };
            self.all.absorb(figures, |_| true);
            match self.slots.iter_mut().find(|(known, _)| *known == at_ms) {
                Some((_, slot)) => slot.absorb(figures, |_| true),
                None => {
                    let mut slot = Figures::new();
                    slot.absorb(figures, |_| true);
                    self.slots.push((at_ms, slot));
                }
            }
        }
    }

    /// Adds what an object says of the present.
    pub fn absorb_now(&mut self, totals: &str) {
        let is_present = |name: &str| {
            let mut gauges = [
                &PEOPLE_ACTIVE,
                &REQUESTS_IN_FLIGHT,
                &CACHE_ENTRIES,
                &CACHE_BYTES,
                &EXTRACTION_PENDING,
                &SPEECH_QUEUE,
            ]
            .into_iter();
            gauges.any(|family| family.name == name)
        };
        self.now.absorb(totals, is_present);
    }

    /// Says how large the phrase cache is.
    pub fn set_cache(&mut self, cache: &str, entries: f64, bytes: f64) {
        self.now.set(&CACHE_ENTRIES, &[cache], entries);
        self.now.set(&CACHE_BYTES, &[cache], bytes);
    }

    /// The document. `prices_as_of` is the date of the price table; `breakers` are the rows of `GET /admin/breakers`.
    pub fn document(&self, window: StatsWindow, now_ms: u64, prices_as_of: &str, breakers: Value) -> Value {
        let mut targets: Vec<Value> = TARGETS
            .iter()
            .map(|target| self.target(target, window, now_ms))
            .collect();
        targets.push(self.hits(window, now_ms));
        json!({
            "window": window.word(),
            "since": window.since_ms(now_ms) / 1_000,
            "now": now_ms / 1_000,
            "targets": targets,
            "listening": {
                "first_audio": quantiles(&self.all.durations(&FIRST_AUDIO, &[])),
                "heard": quantiles(&self.all.durations(&HEARD, &[])),
            },
            "traffic": self.traffic(window, now_ms),
            "caches": CACHES.map(|cache| self.cache(cache)),
            "breakers": breakers,
            "steps": self.steps(),
            "skips": self.skips(),
            "providers": self.providers(),
            "cost": self.cost(prices_as_of),
            "trend": self.each_slot(window, now_ms, &|figures| self.point(figures)),
        })
    }

    /// One value for each slot, oldest first; slots without figures have theirs, too.
    fn each_slot(&self, window: StatsWindow, now_ms: u64, value: &dyn Fn(&Figures) -> Value) -> Vec<Value> {
        let none = Figures::new();
        let since_ms = window.since_ms(now_ms);
        let slot = |place: u64| {
            let at_ms = since_ms + place * window.slot_ms();
            let known = self.slots.iter().find(|(known, _)| *known == at_ms);
            let mut point = value(known.map_or(&none, |(_, figures)| figures));
            put(&mut point, "at", (at_ms / 1_000).into());
            point
        };
        (0..window.slots()).map(slot).collect()
    }

    fn target(&self, target: &Target, window: StatsWindow, now_ms: u64) -> Value {
        let durations = self.all.durations(target.family, &[]);
        let mut row = quantiles(&durations);
        let (p50, p95) = (durations.quantile_ms(0.5), durations.quantile_ms(0.95));
        let rating = match (p50, p95) {
            (_, Some(p95)) if p95 <= target.target_ms => "green",
            (Some(p50), _) if p50 <= target.target_ms => "amber",
            (Some(_), _) => "red",
            (None, _) => "none",
        };
        let p95_of = |figures: &Figures| of(figures.durations(target.family, &[]).quantile_ms(0.95));
        put(&mut row, "name", target.name.into());
        put(&mut row, "unit", "ms".into());
        put(&mut row, "target", target.target_ms.into());
        put(&mut row, "stretch", target.stretch_ms.into());
        put(&mut row, "rating", rating.into());
        let trend = self.each_slot(window, now_ms, &p95_of);
        put(&mut row, "trend", trend.into());
        row
    }

    fn hits(&self, window: StatsWindow, now_ms: u64) -> Value {
        let (ratio, count) = hit_ratio(&self.all, "phrase");
        let [target, stretch, fair] = HITS;
        let rating = match ratio {
            Some(ratio) if ratio >= target => "green",
            Some(ratio) if ratio >= fair => "amber",
            Some(_) => "red",
            None => "none",
        };
        let trend = self.each_slot(window, now_ms, &|figures| of(hit_ratio(figures, "phrase").0));
        json!({
            "name": "phrase_hit_ratio", "unit": "ratio", "p50": ratio, "p95": ratio, "p99": ratio, "count": count as u64,
            "target": target, "stretch": stretch, "rating": rating, "trend": trend,
        })
    }

    fn traffic(&self, window: StatsWindow, now_ms: u64) -> Value {
        let sum = |family: &Family| self.all.sum(family, &[]);
        let now = |family: &Family| self.now.sum(family, &[]).max(0.0);
        let seconds = (now_ms.saturating_sub(window.since_ms(now_ms)).max(1_000)) as f64 / 1_000.0;
        let turns = self.all.durations(&TURN_DURATION, &[]).count();
        json!({
            "requests": sum(&REQUESTS), "requests_per_second": sum(&REQUESTS) / seconds, "turns": turns,
            "errors": sum(&ERRORS), "client_aborts": sum(&CLIENT_ABORTS), "fallbacks": sum(&FALLBACKS),
            "retries": sum(&RETRIES), "hedges": sum(&HEDGES),
            "people_active": people(self.now.durations(&PEOPLE_ACTIVE, &[]).0.len()),
            "in_flight": now(&REQUESTS_IN_FLIGHT), "speech_queue": now(&SPEECH_QUEUE),
            "extraction_pending": now(&EXTRACTION_PENDING),
            "extraction_calls": sum(&EXTRACTION_CALLS), "extraction_calls_saved": sum(&EXTRACTION_CALLS_SAVED),
            "audio_seconds_in": self.all.sum(&AUDIO_SECONDS, &["in"]),
            "audio_seconds_out": self.all.sum(&AUDIO_SECONDS, &["out"]),
            "audio_bytes_saved": sum(&AUDIO_BYTES_SAVED),
        })
    }

    fn cache(&self, name: &str) -> Value {
        let (ratio, lookups) = hit_ratio(&self.all, name);
        json!({
            "name": name, "lookups": lookups as u64, "hit_ratio": ratio,
            "entries": self.now.sum(&CACHE_ENTRIES, &[name]), "bytes": self.now.sum(&CACHE_BYTES, &[name]),
            "evictions": self.all.sum(&CACHE_EVICTIONS, &[name]),
        })
    }

    /// The slowest first.
    fn steps(&self) -> Vec<Value> {
        let mut steps: Vec<(f64, Value)> = Vec::new();
        for series in self.all.of(&STEP_DURATION) {
            let mut row = quantiles(&series.histogram);
            put(&mut row, "name", label(series, 0).into());
            steps.push((series.histogram.quantile_ms(0.95).unwrap_or(0.0), row));
        }
        let steps = sorted(steps, |left, right| right.0.total_cmp(&left.0));
        steps.into_iter().map(|(_, row)| row).collect()
    }

    fn skips(&self) -> Vec<Value> {
        let row = |series: &Series| json!({"step": label(series, 0), "rule": label(series, 1), "count": series.sum});
        self.all.of(&SKIPS).map(row).collect()
    }

    fn providers(&self) -> Vec<Value> {
        let row = |series: &Series| {
            let labels = series.labels();
            json!({
                "operation": label(series, 0), "provider": label(series, 1), "model": label(series, 2),
                "first": quantiles(&series.histogram),
                "duration": quantiles(&self.all.durations(&PROVIDER_DURATION, &labels)),
                "cost_usd": self.all.sum(&COST, &labels),
                "unpriced_calls": self.all.sum(&UNPRICED, &labels),
            })
        };
        self.all.of(&PROVIDER_FIRST).map(row).collect()
    }

    fn cost(&self, as_of: &str) -> Value {
        let usd = self.all.sum(&COST, &[]);
        let turns = self.all.durations(&TURN_DURATION, &[]).count() as f64;
        let minutes = self.all.sum(&AUDIO_SECONDS, &[]) / 60.0;
        let per = |amount: f64| (amount > 0.0).then(|| usd / amount);
        let unpriced: Vec<String> = self
            .all
            .of(&UNPRICED)
            .map(|series| series.labels().join(":"))
            .collect();
        json!({
            "as_of": as_of, "usd": usd, "usd_per_turn": per(turns), "usd_per_minute": per(minutes), "unpriced": unpriced,
            "tokens_in": self.all.sum(&TOKENS, &["in"]), "tokens_out": self.all.sum(&TOKENS, &["out"]),
            "characters": self.all.sum(&SPOKEN_CHARACTERS, &[]),
        })
    }

    fn point(&self, figures: &Figures) -> Value {
        let p95 = |family: &Family| figures.durations(family, &[]).quantile_ms(0.95);
        json!({
            "requests": figures.sum(&REQUESTS, &[]), "errors": figures.sum(&ERRORS, &[]),
            "turns": figures.durations(&TURN_DURATION, &[]).count(), "turn_p95": p95(&TURN_DURATION),
            "first_byte_p95": p95(&FIRST_BYTE), "first_audio_p95": p95(&FIRST_AUDIO), "heard_p95": p95(&HEARD),
            "phrase_hit_ratio": hit_ratio(figures, "phrase").0, "cost_usd": figures.sum(&COST, &[]),
        })
    }
}

fn of(value: Option<f64>) -> Value {
    json!({ "value": value })
}

fn label(series: &Series, place: usize) -> String {
    series.labels().get(place).copied().unwrap_or_default().to_owned()
}

/// Hits among look-ups, and how many those were.
fn hit_ratio(figures: &Figures, cache: &str) -> (Option<f64>, f64) {
    let (mut hits, mut all) = (0.0, 0.0);
    for series in figures.of(&CACHE_LOOKUPS) {
        let labels = series.labels();
        if labels.first() == Some(&cache) {
            all += series.sum;
            hits += if labels.last() == Some(&"hit") {
                series.sum
            } else {
                0.0
            };
        }
    }
    ((all > 0.0).then(|| hits / all), all)
}

/// Quantiles in milliseconds, and how many durations they are of.
fn quantiles(durations: &Histogram) -> Value {
    json!({
        "p50": durations.quantile_ms(0.5), "p95": durations.quantile_ms(0.95), "p99": durations.quantile_ms(0.99),
        "count": durations.count(),
    })
}

#[cfg(test)]
mod tests;
