//! `replay breaker`: a line without `event` configures a fresh breaker, any other is an event for it. The exact
//! meaning is in `docs/breaker.md`.

use hearken::config::breaker::BreakerConfig;
use hearken::upstream::breaker::{Acquired, BreakerEvent, BreakerMachine, Outcome, step};
use serde_json::{Map, Value, json};

use super::Answer;

/// One handler for a run.
pub fn handler() -> Box<dyn FnMut(&Value) -> Answer> {
    let mut replay = Replay {
        running: None,
        seed: 0,
    };
    Box::new(move |line| {
        let line = line.as_object().ok_or("a line must be one JSON object")?;
        if line.contains_key("event") {
            replay.event(line)
        } else {
            replay.configure(line)
        }
    })
}

struct Replay {
    /// `None` before the first good configuration and after a refused one.
    running: Option<(BreakerConfig, BreakerMachine)>,
    /// State of the jitter's random numbers; the same lines always give the same answers.
    seed: u64,
}

impl Replay {
    fn configure(&mut self, line: &Map<String, Value>) -> Answer {
        self.running = None;
        let config = BreakerConfig::from_json(line).map_err(|error| {
            format!(
                "the configuration is refused at {}: {error}",
                error.variable.to_ascii_lowercase()
            )
        })?;
        let breaker = BreakerMachine::new(&config);
        let answer = shown(&breaker, &config);
        self.running = Some((config, breaker));
        Ok(Value::Object(answer))
    }

    fn event(&mut self, line: &Map<String, Value>) -> Answer {
        let Some((config, breaker)) = &mut self.running else {
            return Err("there is no breaker: a good configuration line must come first".into());
        };
        let at_ms = whole(line, "at_ms")?.ok_or("at_ms is missing: it must be a whole number, at least 0")?;
        let event = read_event(line)?;
        let effects = step(breaker, config, event, at_ms, random(&mut self.seed));
        let mut answer = shown(breaker, config);
        match effects.acquired {
            Some(Acquired::Granted { lease }) => {
                answer.insert("granted".into(), true.into());
                answer.extend(lease.map(|lease| ("lease".into(), lease.into())));
            }
            Some(Acquired::Denied { retry_after_ms }) => {
                answer.insert("granted".into(), false.into());
                answer.extend(retry_after_ms.map(|ms| ("retry_after_ms".into(), ms.into())));
            }
            None => {}
        }
        if let Some(moved) = effects.adjusted {
            let adjusted = json!({ "from": moved.from, "to": moved.to, "reason": moved.reason.name() });
            answer.insert("adjusted".into(), adjusted);
        }
        Ok(Value::Object(answer))
    }
}

/// The fields that every answer has.
fn shown(breaker: &BreakerMachine, config: &BreakerConfig) -> Map<String, Value> {
    let mut answer = Map::new();
    answer.insert("state".into(), breaker.state().name().into());
    answer.insert("threshold".into(), breaker.threshold(config).into());
    answer.extend(
        breaker
            .success_rate()
            .map(|rate| ("success_rate".into(), rate.into())),
    );
    answer
}

fn read_event(line: &Map<String, Value>) -> Result<BreakerEvent, String> {
    let lease = whole(line, "lease")?;
    let retry_after_ms = whole(line, "retry_after_ms")?;
    let name = line.get("event").and_then(Value::as_str).unwrap_or_default();
    let outcome = |outcome| BreakerEvent::Outcome { outcome, lease };
    Ok(match name {
        "ok" => outcome(Outcome::Ok),
        "fail" => outcome(Outcome::Fail),
        "slow" => outcome(Outcome::Slow),
        "excluded" => outcome(Outcome::Excluded),
        "throttled" => outcome(Outcome::Throttled { retry_after_ms }),
        "acquire" => BreakerEvent::Acquire,
        "release" => BreakerEvent::Release { lease },
        "force_open" => BreakerEvent::ForceOpen,
        "disable" => BreakerEvent::Disable,
        "auto" => BreakerEvent::Auto,
        _ => {
            return Err(
                "event must be one of ok, fail, slow, excluded, throttled, acquire, release, force_open, \
                        disable, auto"
                    .into(),
            );
        }
    })
}

/// A whole number of a line; `None` if it is absent or null.
fn whole(line: &Map<String, Value>, name: &str) -> Result<Option<u64>, String> {
    match line.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => whole_json(value)
            .map(Some)
            .ok_or_else(|| format!("{name} must be a whole number, at least 0")),
    }
}

/// A JSON number without a fraction (`1000`, `1e3`, `1000.0`), at least 0; `None` for anything else.
fn whole_json(value: &Value) -> Option<u64> {
    let number = value.as_f64()?;
    let is_whole = number.fract() == 0.0 && (0.0..18_446_744_073_709_551_616.0).contains(&number);
    value.as_u64().or_else(|| is_whole.then_some(number as u64))
}

/// The next number in 0..1 (splitmix64).
fn random(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}
