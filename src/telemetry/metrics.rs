//! Every metric there is: its name, its kind, its labels, and a sentence on what it is. Nothing else declares one.
//!
//! Label values come from closed sets: routes, steps, rules, configured targets. None is a person, an id or a text.

use super::exposition::{Family, MetricKind};

const fn histogram(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Family {
    family(name, MetricKind::Histogram, "seconds", labels, help)
}

const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Family {
    family(name, MetricKind::Counter, "", labels, help)
}

const fn gauge(
    name: &'static str,
    unit: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Family {
    family(name, MetricKind::Gauge, unit, labels, help)
}

const fn family(
    name: &'static str,
    kind: MetricKind,
    unit: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Family {
    Family {
        name,
        kind,
        unit,
        labels,
        help,
    }
}

const TARGET: &[&str] = &["operation", "provider", "model"];

/// `hearken_build_info`.
pub static BUILD: Family = family(
    "hearken_build",
    MetricKind::Info,
    "",
    &["version"],
    "What runs here.",
);

/// Declares families, and lists them in their order.
macro_rules! measured {
    ($($name:ident = $kind:ident($($what:expr),*), $help:literal;)*) => {
        $(#[doc = $help] pub static $name: Family = $kind($($what),*, $help);)*
        /// What telemetry's objects are asked for, in the order in which it is written.
        pub static MEASURED: &[&Family] = &[$(&$name),*];
    };
}

measured! {
    REQUEST_DURATION = histogram("hearken_request_duration_seconds", &["route"]),
        "From a request to the last byte of its answer.";
    FIRST_BYTE = histogram("hearken_first_byte_seconds", &["route"]),
        "From a request to the beginning of its answer.";
    TURN_DURATION = histogram("hearken_turn_duration_seconds", &["kind"]),
        "From a request for a turn to the end of its reply, as text or as voice.";
    FIRST_AUDIO = histogram("hearken_first_audio_seconds", &[]),
        "From a request for a spoken turn to its first sound on the way to the listener.";
    HEARD = histogram("hearken_heard_seconds", &[]),
        "From the end of what a person said or sent to the first audible sample at their loudspeaker, measured by the page.";
    STEP_DURATION = histogram("hearken_step_duration_seconds", &["step"]),
        "How long a step of a turn took; steps that were skipped are not in it.";
    PROVIDER_FIRST = histogram("hearken_provider_first_seconds", TARGET),
        "From an attempt at a provider to its first useful byte: a word, a sound, a whole answer.";
    PROVIDER_DURATION = histogram("hearken_provider_duration_seconds", TARGET),
        "From an attempt at a provider to the end of its answer.";
    TOKEN_GAP = histogram("hearken_token_gap_seconds", &[]),
        "Between two arrivals of a streamed reply.";
    EXTRACTION = histogram("hearken_extraction_seconds", &[]),
        "How long memories take to be extracted from a batch of messages, calls of the model included.";
    RETRIEVAL = histogram("hearken_retrieval_seconds", &[]),
        "How long a turn takes to find the memories that fit it; turns that skip it are not in it.";
    TRANSCRIPTION = histogram("hearken_transcription_seconds", &[]),
        "From a recording to its words.";
    SYNTHESIS = histogram("hearken_synthesis_seconds", &[]),
        "From a text to its first sound, made or cached.";
    REQUESTS = counter("hearken_requests", &["route", "status"]),
        "Requests, by the status of their answer.";
    ERRORS = counter("hearken_errors", &["type"]),
        "Answers that are errors, by the type that their body gives.";
    TOKENS = counter("hearken_tokens", &["direction"]),
        "Tokens that models read (in) and wrote (out): as their providers say, else estimated as a quarter of the characters.";
    SPOKEN_CHARACTERS = counter("hearken_spoken_characters", &[]),
        "Characters that providers were asked to speak.";
    AUDIO_SECONDS = family("hearken_audio_seconds", MetricKind::Counter, "seconds", &["direction"]),
        "Seconds of sound that people sent (in) and that were sent to them (out).";
    AUDIO_BYTES_SAVED = counter("hearken_audio_bytes_saved", &[]),
        "Bytes of sound that were not sent because Opus is smaller than MP3 at 128 kbit/s would have been.";
    CACHE_LOOKUPS = counter("hearken_cache_lookups", &["cache", "layer", "result"]),
        "Look-ups in the caches phrase, recall and embedding, by the layer that answered (isolate, store, none) and by result (hit, miss).";
    CACHE_EVICTIONS = counter("hearken_cache_evictions", &["cache"]),
        "Entries that were pushed out of a cache by newer ones.";
    SKIPS = counter("hearken_skips", &["step", "rule"]),
        "Steps that a turn left out, by the rule that said so.";
    EXTRACTION_CALLS = counter("hearken_extraction_calls", &[]),
        "Calls of a model that extract memories.";
    EXTRACTION_CALLS_SAVED = counter("hearken_extraction_calls_saved", &[]),
        "Calls of a model that one for each message would have made, and batches and rules did not.";
    RETRIES = counter("hearken_retries", &["operation"]),
        "Further tries at a provider that nobody could stand in for.";
    HEDGES = counter("hearken_hedges", &["operation"]),
        "Second calls beside a late one.";
    FALLBACKS = counter("hearken_fallbacks", &["operation"]),
        "Answers that another provider than the preferred one gave.";
    CLIENT_ABORTS = counter("hearken_client_aborts", &[]),
        "Streamed answers whose client left before their end.";
    SPECULATIVE = counter("hearken_speculative", &["outcome"]),
        "Replies that were begun at a pause, by what became of them: used, resumed (the person went on), changed (other words), withdrawn, failed.";
    CARE = counter("hearken_care", &["kind"]),
        "Words of somebody in danger that were answered with help lines.";
    COST = counter("hearken_cost_usd", TARGET),
        "What providers were used for, in US dollars by the price table; targets without a price are in hearken_unpriced_calls_total.";
    UNPRICED = counter("hearken_unpriced_calls", TARGET),
        "Calls whose cost is not known because the price table has no price for the target.";
    REQUESTS_IN_FLIGHT = gauge("hearken_requests_in_flight", "", &[]),
        "Requests whose answer has not ended.";
    PEOPLE_ACTIVE = gauge("hearken_people_active", "", &[]),
        "Different people of the last five to ten minutes, estimated from a set of hashes in 16 bits.";
    CACHE_ENTRIES = gauge("hearken_cache_entries", "", &["cache"]),
        "Entries of a cache: of the phrase cache in the store, of recall and embedding in the isolates.";
    CACHE_BYTES = gauge("hearken_cache_bytes", "bytes", &["cache"]),
        "Bytes of a cache, counted where its entries are.";
    EXTRACTION_PENDING = gauge("hearken_extraction_pending", "", &[]),
        "Messages that wait to be extracted.";
    SPEECH_QUEUE = gauge("hearken_speech_queue", "", &[]),
        "Phrases of replies under way that are not spoken yet.";
    TELEMETRY_UP = gauge("hearken_telemetry_up_ratio", "ratio", &[]),
        "Share of the telemetry objects that answered this scrape; below 1 the figures are too small.";
}

/// Whether a breaker's object answered.
pub static BREAKER_UP: Family = gauge(
    "breaker_up",
    "",
    &["key"],
    "Whether the breaker's object answered this scrape.",
);
/// Where a breaker stands.
pub static BREAKER_STATE: Family = family(
    "breaker_state",
    MetricKind::StateSet,
    "",
    &["key", "breaker_state"],
    "Where the breaker stands.",
);

/// Declares what is told of each breaker, from its row of `GET /admin/breakers` and from what calls came to.
macro_rules! of_breakers {
    (
        $(gauge $gauge:literal in $unit:literal at $place:literal by $units:literal, $gauge_help:literal;)*
        $(counter $counter:literal for $labels:expr, $help:literal;)*
    ) => {
        /// A gauge of a breaker, where its number stands in the row, and what one of its units is there.
        pub static BREAKER_GAUGES: &[(Family, &str, f64)] =
            &[$((gauge($gauge, $unit, &["key"], $gauge_help), $place, $units)),*];
        /// Counters of one target. Those of the breaker itself come from its object, the others from isolates.
        pub static BREAKER_COUNTERS: &[Family] = &[$(counter($counter, $labels, $help)),*];
    };
}

of_breakers! {
    gauge "breaker_threshold" in "" at "/threshold" by 1.0,
        "Failures in a row that would open it from a clean start.";
    gauge "breaker_success_ratio" in "ratio" at "/success_rate" by 1.0,
        "Share of good answers in the window in use.";
    gauge "breaker_samples" in "" at "/samples" by 1.0,
        "Outcomes in the window in use.";
    gauge "breaker_leases_live" in "" at "/leases/live" by 1.0,
        "Probes that hold a lease.";
    gauge "breaker_leases_limit" in "" at "/leases/limit" by 1.0,
        "Leases that may live at once.";
    gauge "breaker_retry_after_seconds" in "seconds" at "/retry_after_ms" by 1_000.0,
        "What a denied call would be told; 0 if one would pass.";
    gauge "breaker_cooldown_seconds" in "seconds" at "/cooldown_ms" by 1_000.0,
        "What is left of the pause that the provider asked for.";
    counter "breaker_opens" for &["key"], "Times the breaker opened.";
    counter "breaker_adjustments" for &["key", "reason"], "Moves of the threshold by one.";
    counter "breaker_outcomes" for &["key", "outcome"], "Ended calls that the breaker has heard of, by class.";
    counter "breaker_degraded" for &["key"], "Decisions made alone because the object did not answer in time.";
    counter "upstream_attempts" for &["key", "outcome"], "Ended attempts, by what they came to.";
    counter "upstream_denied" for &["key", "by"], "Times the target was passed over, by who said so.";
    counter "upstream_retries" for &["key"], "Further tries at a target that nobody could stand in for.";
    counter "upstream_hedges" for &["key"], "Second calls beside a late one to the target.";
    counter "upstream_last_resorts" for &["key"], "Calls to a denied target because nobody else was left.";
    counter "upstream_lease_waits" for &["key"], "Requests that waited for a probe's lease.";
}

/// Every family, for whoever checks what is written about them.
pub fn all() -> Vec<&'static Family> {
    let mut all = vec![&BUILD, &BREAKER_UP, &BREAKER_STATE];
    all.extend(MEASURED);
    all.extend(BREAKER_GAUGES.iter().map(|(family, _, _)| family));
    all.extend(BREAKER_COUNTERS);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_fields_conventions() {
        let all = all();
        for (place, family) in all.iter().enumerate() {
            let Family {
                name,
                unit,
                help,
                labels,
                kind,
            } = family;
            assert!(
                all.iter().skip(place + 1).all(|other| other.name != *name),
                "{name} twice"
            );
            assert!(help.ends_with('.') && !help.contains(['\\', '"', '\n']), "{name}");
            let ends_in = ["seconds", "bytes", "ratio"]
                .into_iter()
                .find(|unit| name.ends_with(unit));
            let is_plain = unit.is_empty() && *kind == MetricKind::Counter;
            assert!(
                ends_in.unwrap_or_default() == *unit || is_plain,
                "{name} ends in its unit"
            );
            for reserved in ["_total", "_info", "_count", "_sum", "_bucket", "_created"] {
                assert!(!name.ends_with(reserved), "{name}");
            }
            for label in *labels {
                assert!(!["le", "person", "user", "id", "text"].contains(label), "{name}");
            }
        }
    }
}
