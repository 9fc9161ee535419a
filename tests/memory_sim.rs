//! The recall cache in a world where everything it stands on misbehaves: a KV store that shows writes late, in each
//! place at another time, and remembers misses; searches that end after the memories have changed; fills that come
//! late; isolates that restart; a person who is erased and comes back.
//!
//! The claim: every served result is what an exact search would give at a moment no earlier than the turn's
//! beginning. To show that the simulation could see it fail, each safeguard is taken out once, and then it must.
//!
//! `MEMORY_SIM_RUNS` sets the number of seeded runs (default 100,000 optimised, fewer in a debug build).

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use hearken::memory::MemoryKind;
use hearken::memory::recall::key::{CacheEntry, RecalledMemory, Scope, SearchOutcome, key, may_fill};
use hearken::memory::recall::rank::{SCORING_VERSION, Weights};
use hearken::memory::tokens::{Query, query_of};
use hearken::platform::lru::{Bounds, Lru};

/// What is taken out of the design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Without {
    Nothing,
    Generation,
    Epoch,
    /// Results of a search that failed or was cut short are cached like others.
    DegradedRule,
    /// Results go under the generation at the time of the fill, not of the search.
    FillRule,
}

/// xorshift64*: the same seed, the same run, everywhere.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }
    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
}

const PLACES: usize = 2;
/// How long a place trusts what it has read, a miss included. Workers KV: at least 30 s, by default 60 s.
const PLACE_CACHE_MS: u64 = 60_000;
const KV_TTL_MS: u64 = 300_000;

/// A value, when it was written, and from when each place can see it.
type Written = (Vec<u8>, u64, [u64; PLACES]);

/// What a read found, and until when the place trusts it.
type Read = (Option<Vec<u8>>, u64);

/// Epoch, generation, hour, query, wording.
type KeyInput = (u8, u64, u64, usize, usize);

/// A KV store seen from several places.
#[derive(Default)]
struct Kv {
    written: HashMap<String, Written>,
    /// Per place, what a read has cached and until when.
    cached: [HashMap<String, Read>; PLACES],
}

impl Kv {
    fn get(&mut self, place: usize, key: &str, now_ms: u64) -> Option<Vec<u8>> {
        if let Some((value, until_ms)) = self.cached[place].get(key)
            && *until_ms > now_ms
        {
            return value.clone();
        }
        let seen = self
            .written
            .get(key)
            .filter(|(_, at_ms, visible_ms)| visible_ms[place] <= now_ms && now_ms < at_ms + KV_TTL_MS);
        let value = seen.map(|(value, ..)| value.clone());
        self.cached[place].insert(key.to_owned(), (value.clone(), now_ms + PLACE_CACHE_MS));
        value
    }

    /// Writes are seen at once where they are made, unless that place remembers a miss; elsewhere later.
    fn put(&mut self, place: usize, key: String, value: Vec<u8>, now_ms: u64, dice: &mut Dice) {
        let mut visible_ms = [now_ms; PLACES];
        for (other, visible) in visible_ms.iter_mut().enumerate() {
            if other != place {
                *visible += dice.below(120_000);
            }
        }
        if dice.percent(80) {
            self.cached[place].remove(&key);
        }
        self.written.insert(key, (value, now_ms, visible_ms));
    }
}

const WORDS: [&str; 4] = ["cat", "sister", "berlin", "tea"];
/// Two ways to say each query; both have one canonical form.
const QUERIES: [[&str; 2]; 3] = [
    ["my cat", "My cat?"],
    ["sister in berlin", "Sister, in Berlin!"],
    ["tea or cat", " tea  or cat."],
];

/// The person's object: memory ids with one word each, and what the turns read.
#[derive(Clone, Default)]
struct Object {
    memories: BTreeMap<u32, usize>,
    generation: u64,
    epoch: u8,
    next: u32,
}

impl Object {
    /// Exact search: memories whose word is in the query.
    fn search(&self, query: usize) -> Vec<u32> {
        let wanted = |word: usize| QUERIES[query][0].contains(WORDS[word]);
        self.memories
            .iter()
            .filter(|(_, word)| wanted(**word))
            .map(|(id, _)| *id)
            .collect()
    }
}

thread_local! {
    /// Keys are pure: computed once for each input.
    static KEYS: RefCell<HashMap<KeyInput, String>> = RefCell::new(HashMap::new());
}

fn key_of(
    object: &Object,
    generation: u64,
    hour: u64,
    query: usize,
    wording: usize,
    without: Without,
) -> String {
    let epoch = if without == Without::Epoch {
        0
    } else {
        object.epoch
    };
    let generation = if without == Without::Generation {
        0
    } else {
        generation
    };
    KEYS.with_borrow_mut(|keys| {
        let made = keys
            .entry((epoch, generation, hour, query, wording))
            .or_insert_with(|| {
                let scope = Scope {
                    person: "p",
                    epoch: &[epoch],
                    generation,
                    embed_model: "m",
                    scoring_version: SCORING_VERSION,
                    now_ms: hour * 3_600_000,
                    weights: &Weights::default(),
                };
                key(b"secret", &scope, &Query::new(QUERIES[query][wording]))
            });
        made.clone()
    })
}

fn entry(generation: u64, ids: &[u32]) -> Vec<u8> {
    let item = |id: &u32| RecalledMemory {
        id: id.to_string(),
        text: String::new(),
        kind: MemoryKind::Fact,
        score: 1.0,
        valid_from_ms: 0,
    };
    CacheEntry {
        generation,
        items: ids.iter().map(item).collect(),
    }
    .to_bytes()
    .unwrap()
}

/// A turn between its opening and the end of its search, or its fill.
struct Flight {
    at_ms: u64,
    isolate: usize,
    query: usize,
    wording: usize,
    opened: usize,
    generation: u64,
    /// Set once the search has run: its generation, degraded or not, its result.
    searched: Option<(SearchOutcome, Vec<u32>, Object)>,
}

#[derive(Default)]
struct Tally {
    served: u64,
    hits: u64,
    stale: u64,
}

/// One seeded run of `steps` events.
fn run(seed: u64, steps: u32, without: Without) -> Tally {
    let mut dice = Dice::new(seed);
    let mut tally = Tally::default();
    let mut kv = Kv::default();
    let bounds = Bounds {
        entries_max: 4,
        bytes_max: 4_096,
        ttl_ms: KV_TTL_MS,
    };
    // Two isolates in each place.
    let mut isolates: Vec<Lru<Vec<u8>>> = (0..2 * PLACES).map(|_| Lru::new(bounds)).collect();
    let mut object = Object::default();
    let mut states = vec![object.clone()];
    let mut flights: Vec<Flight> = Vec::new();
    let mut now_ms = 0u64;
    for _ in 0..steps {
        now_ms += [1, 20, 400, 15_000, 70_000][dice.below(5) as usize];
        land(
            &mut flights,
            now_ms,
            without,
            &mut dice,
            &mut kv,
            &mut isolates,
            &object,
            &states,
            &mut tally,
        );
        match dice.below(20) {
            0..=11 => {
                let (isolate, query, wording) = (
                    dice.below(4) as usize,
                    dice.below(3) as usize,
                    dice.below(2) as usize,
                );
                let hit = look_up(
                    &mut kv,
                    &mut isolates,
                    isolate,
                    &object,
                    query,
                    wording,
                    now_ms,
                    without,
                );
                let opened = states.len() - 1;
                if let Some(ids) = hit {
                    tally.hits += 1;
                    serve(&mut tally, &states, opened, query, &ids);
                } else {
                    let at_ms = now_ms + dice.below(500);
                    let generation = object.generation;
                    flights.push(Flight {
                        at_ms,
                        isolate,
                        query,
                        wording,
                        opened,
                        generation,
                        searched: None,
                    });
                }
            }
            12..=14 => {
                object.memories.insert(object.next, dice.below(4) as usize);
                object.next += 1;
                object.generation += 1;
                states.push(object.clone());
            }
            15 | 16 => {
                if let Some(id) = object.memories.keys().nth(dice.below(3) as usize).copied() {
                    object.memories.remove(&id);
                    object.generation += 1;
                    states.push(object.clone());
                }
            }
            17 => isolates[dice.below(4) as usize] = Lru::new(bounds),
            18 if dice.percent(50) => {
                // Erased; whoever comes back is new, and counts from 0 again.
                object = Object {
                    epoch: object.epoch + 1,
                    next: object.next,
                    ..Object::default()
                };
                states.push(object.clone());
            }
            _ => now_ms += 30_000,
        }
    }
    tally
}

/// What the two caches say for a turn that opens now.
#[allow(clippy::too_many_arguments)]
fn look_up(
    kv: &mut Kv,
    isolates: &mut [Lru<Vec<u8>>],
    isolate: usize,
    object: &Object,
    query: usize,
    wording: usize,
    now_ms: u64,
    without: Without,
) -> Option<Vec<u32>> {
    let name = key_of(
        object,
        object.generation,
        now_ms / 3_600_000,
        query,
        wording,
        without,
    );
    let bytes = match isolates[isolate].get(&name, now_ms) {
        Some(bytes) => Some(bytes.to_vec()),
        None => kv.get(isolate / 2, &name, now_ms),
    }?;
    // The entry's own generation is a second lock; a design without the first has none.
    let entry = match without {
        Without::Generation => hearken::wire::json::read_bytes(&bytes),
        _ => CacheEntry::from_bytes(&bytes, object.generation),
    }?;
    Some(entry.items.iter().map(|item| item.id.parse().unwrap()).collect())
}

/// Flights whose time has come: searches end, then fills are written.
#[allow(clippy::too_many_arguments)]
fn land(
    flights: &mut Vec<Flight>,
    now_ms: u64,
    without: Without,
    dice: &mut Dice,
    kv: &mut Kv,
    isolates: &mut [Lru<Vec<u8>>],
    object: &Object,
    states: &[Object],
    tally: &mut Tally,
) {
    let mut still = Vec::new();
    for mut flight in flights.drain(..) {
        if flight.at_ms > now_ms {
            still.push(flight);
            continue;
        }
        let Some((outcome, ids, searched_on)) = flight.searched.take() else {
            let degraded = dice.percent(10);
            let ids = if degraded {
                Vec::new()
            } else {
                object.search(flight.query)
            };
            if !degraded {
                serve(tally, states, flight.opened, flight.query, &ids);
            }
            let outcome = SearchOutcome {
                search_generation: object.generation,
                degraded,
                failed: false,
            };
            flight.searched = Some((outcome, ids, object.clone()));
            flight.at_ms = now_ms + dice.below(20_000);
            still.push(flight);
            continue;
        };
        let allowed = match without {
            Without::DegradedRule => outcome.search_generation == flight.generation,
            Without::FillRule => !outcome.degraded,
            _ => may_fill(outcome, flight.generation),
        };
        if allowed {
            let late = without == Without::FillRule;
            let (scope, generation) = if late {
                (object, object.generation)
            } else {
                (&searched_on, flight.generation)
            };
            let name = key_of(
                scope,
                generation,
                now_ms / 3_600_000,
                flight.query,
                flight.wording,
                without,
            );
            let bytes = entry(generation, &ids);
            isolates[flight.isolate].put(&name, bytes.clone(), now_ms);
            kv.put(flight.isolate / 2, name, bytes, now_ms, dice);
        }
    }
    *flights = still;
}

/// Counts a served result, and whether any state since the turn's opening explains it.
fn serve(tally: &mut Tally, states: &[Object], opened: usize, query: usize, ids: &[u32]) {
    tally.served += 1;
    if !states[opened..].iter().any(|state| state.search(query) == ids) {
        tally.stale += 1;
    }
}

fn runs() -> u64 {
    let default = if cfg!(debug_assertions) { 5_000 } else { 100_000 };
    std::env::var("MEMORY_SIM_RUNS")
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(default)
}

#[test]
fn no_result_is_ever_stale() {
    let mut total = Tally::default();
    for seed in 0..runs() {
        let tally = run(seed, 40, Without::Nothing);
        assert_eq!(tally.stale, 0, "seed {seed}");
        total.served += tally.served;
        total.hits += tally.hits;
    }
    assert!(
        total.hits * 20 > total.served,
        "a cache that never hits proves nothing: {} of {}",
        total.hits,
        total.served
    );
    println!(
        "{} runs: {} results served, {} from the cache, 0 stale",
        runs(),
        total.served,
        total.hits
    );
}

#[test]
fn the_simulation_sees_each_safeguard_missing() {
    for without in [
        Without::Generation,
        Without::Epoch,
        Without::DegradedRule,
        Without::FillRule,
    ] {
        let shows = (0..3_000).any(|seed| run(seed, 40, without).stale > 0);
        assert!(
            shows,
            "{without:?} was taken out and nothing went wrong in 3,000 runs"
        );
    }
}

/// A person's requests against one place with two isolates.
struct Desk {
    kv: Kv,
    isolates: Vec<Lru<Vec<u8>>>,
    dice: Dice,
    isolate: usize,
}

impl Desk {
    fn new(seed: u64) -> Desk {
        let isolates = (0..2 * PLACES).map(|_| Lru::new(Bounds::default())).collect();
        Desk {
            kv: Kv::default(),
            isolates,
            dice: Dice::new(seed),
            isolate: 0,
        }
    }

    /// One recall; true for a hit. The next request comes to the same isolate seven times in ten.
    fn recall(&mut self, query: &Query, generation: u64, now_ms: u64) -> bool {
        if self.dice.percent(30) {
            self.isolate ^= 1;
        }
        let weights = Weights::default();
        let scope = Scope {
            person: "p",
            epoch: b"e",
            generation,
            embed_model: "m",
            scoring_version: 1,
            now_ms,
            weights: &weights,
        };
        let name = key(b"s", &scope, query);
        if self.isolates[self.isolate].get(&name, now_ms).is_some() {
            return true;
        }
        if let Some(value) = self.kv.get(self.isolate / 2, &name, now_ms) {
            self.isolates[self.isolate].put(&name, value, now_ms);
            return true;
        }
        let value = entry(generation, &[1, 2]);
        self.isolates[self.isolate].put(&name, value.clone(), now_ms);
        self.kv.put(self.isolate / 2, name, value, now_ms, &mut self.dice);
        false
    }
}

/// Share of hits among the recalls that could have been one: all after the first of each session.
fn ratio(name: &str, session: impl Fn(&mut Desk, u64) -> (u32, u32)) -> f64 {
    let (mut hits, mut asked) = (0, 0);
    for seed in 0..300 {
        let (hit, of) = session(&mut Desk::new(seed), seed);
        hits += hit;
        asked += of;
    }
    let ratio = f64::from(hits) / f64::from(asked);
    println!("hit ratio, {name}: {:.1} % of {asked}", 100.0 * ratio);
    ratio
}

#[test]
fn repeated_contexts_hit_more_than_half_of_the_time() {
    let retries = ratio("retries (the same request again within 10 s)", |desk, seed| {
        let query = Query::new(&format!("question number {seed}"));
        desk.recall(&query, 1, 0);
        (u32::from(desk.recall(&query, 1, 3_000)), 1)
    });
    let regenerations = ratio("regenerations (3 more answers to one message)", |desk, seed| {
        let query = Query::new(&format!("question number {seed}"));
        let hits = (0u32..4)
            .filter(|time| desk.recall(&query, 1, u64::from(*time) * 20_000))
            .count();
        (hits as u32, 3)
    });
    let reopened = ratio(
        "reopened conversations (the last message again, 1 to 8 minutes later)",
        |desk, seed| {
            let query = Query::new(&format!("question number {seed}"));
            desk.recall(&query, 1, 0);
            let later_ms = 60_000 + desk.dice.below(420_000);
            if desk.dice.percent(10) {
                desk.isolate = 2;
            }
            (u32::from(desk.recall(&query, 1, later_ms)), 1)
        },
    );
    let sliding = |follow_ups: u64| {
        move |desk: &mut Desk, _: u64| {
            let mut said: Vec<String> = Vec::new();
            let mut hits = 0;
            for turn in 0..20u64 {
                let follow_up = turn > 0 && desk.dice.percent(follow_ups);
                let word = ["why?", "tell me more", "and then?", "go on please"][desk.dice.below(4) as usize];
                said.push(if follow_up {
                    word.to_owned()
                } else {
                    format!("something new about topic {turn}")
                });
                let query = query_of(said.iter().rev().map(String::as_str));
                // Every sixth message is extracted, and that changes the memories.
                hits += u32::from(desk.recall(&query, turn / 6, turn * 20_000));
            }
            (hits, 19)
        }
    };
    ratio("sliding multi-turn, each message new", sliding(0));
    ratio(
        "sliding multi-turn, every fourth message a bare follow-up",
        sliding(25),
    );
    assert!(retries > 0.5 && regenerations > 0.5 && reopened > 0.5);
}

#[test]
fn the_isolates_layer_keeps_its_bounds_under_any_traffic() {
    let mut dice = Dice::new(9);
    let bounds = Bounds {
        entries_max: 16,
        bytes_max: 2_000,
        ttl_ms: 1_000,
    };
    let mut lru = Lru::new(bounds);
    let mut live = BTreeSet::new();
    for now_ms in 0..20_000 {
        let name = format!("k{}", dice.below(50));
        if dice.percent(50) {
            lru.put(&name, vec![0; dice.below(2_500) as usize], now_ms);
            live.insert(name);
        } else {
            lru.get(&name, now_ms);
        }
        assert!(lru.len() <= bounds.entries_max && lru.bytes() <= bounds.bytes_max);
    }
    assert!(lru.evictions() > 0 && live.len() > bounds.entries_max);
}
