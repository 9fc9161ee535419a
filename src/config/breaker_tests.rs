use super::*;
use serde_json::json;

fn from_line(line: Value) -> Result<BreakerConfig, ConfigError> {
    BreakerConfig::from_json(line.as_object().unwrap())
}

/// Defaults exactly as documented, as text.
const DEFAULTS: [(&str, &str); 34] = [
    ("BREAKER_STRATEGY", "evidence"),
    ("BREAKER_ENFORCE", "on"),
    ("BREAKER_THRESHOLD", "5"),
    ("BREAKER_THRESHOLD_MIN", "3"),
    ("BREAKER_THRESHOLD_MAX", "10"),
    ("BREAKER_ADAPT_EVERY", "10"),
    ("BREAKER_ADAPT_WINDOW", "100"),
    ("BREAKER_ADAPT_MIN_SAMPLES", "20"),
    ("BREAKER_ADAPT_ABOVE", "0.95"),
    ("BREAKER_ADAPT_BELOW", "0.80"),
    ("BREAKER_WINDOW_TYPE", "time"),
    ("BREAKER_WINDOW_MS", "30000"),
    ("BREAKER_WINDOW_BUCKETS", "10"),
    ("BREAKER_WINDOW_CALLS", "100"),
    ("BREAKER_WINDOW_MIN_CALLS", "10"),
    ("BREAKER_FAILURE_RATE", "0.5"),
    ("BREAKER_SLOW_RATE", "1.0"),
    ("BREAKER_SLOW_MS", "0"),
    ("BREAKER_SLOW_AS", "ok"),
    ("BREAKER_EVIDENCE_ALPHA", "0.00001"),
    ("BREAKER_EVIDENCE_BASELINE", "0.02"),
    ("BREAKER_EVIDENCE_MEMORY", "200"),
    ("BREAKER_OPEN_MS", "5000"),
    ("BREAKER_OPEN_MAX_MS", "300000"),
    ("BREAKER_OPEN_FACTOR", "2"),
    ("BREAKER_OPEN_JITTER", "on"),
    ("BREAKER_OPEN_DECAY_MS", "60000"),
    ("BREAKER_PROBES", "1"),
    ("BREAKER_PROBE_SUCCESSES", "3"),
    ("BREAKER_LEASE_MS", "30000"),
    ("BREAKER_COOLDOWN_MS", "5000"),
    ("BREAKER_COOLDOWN_MAX_MS", "300000"),
    ("BREAKER_SNAPSHOT_TTL_MS", "1000"),
    ("BREAKER_OBJECT_TIMEOUT_MS", "150"),
];

/// The configuration of the variables that `lookup` gives.
fn from_vars(kind: ChainKind, lookup: &dyn Fn(&str) -> Option<String>) -> Result<BreakerConfig, ConfigError> {
    let refused = RefCell::default();
    let config = BreakerConfig::of_chain(Vars::new(lookup, &refused), kind, 0);
    refused.into_inner().map_or(Ok(config), Err)
}

#[test]
fn spelling_out_every_default_changes_nothing() {
    let spelt = |name: &str| {
        DEFAULTS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, text)| (*text).to_owned())
    };
    for kind in ChainKind::ALL {
        assert_eq!(from_vars(kind, &spelt), Ok(BreakerConfig::default()));
        assert_eq!(from_vars(kind, &|_| None), Ok(BreakerConfig::default()));
    }
}

#[test]
fn replay_takes_every_name_as_text_and_as_number_and_jitters_only_when_told() {
    for (name, text) in DEFAULTS {
        let mut lines = vec![json!({ name.to_ascii_lowercase(): text })];
        if let Ok(number) = text.parse::<f64>() {
            lines.push(json!({ name.to_ascii_lowercase(): number }));
        }
        for line in lines {
            let jitter = name == "BREAKER_OPEN_JITTER";
            assert_eq!(
                from_line(line),
                Ok(BreakerConfig {
                    open_jitter: jitter,
                    ..BreakerConfig::default()
                }),
                "{name}"
            );
        }
    }
}

/// Name, values that are taken, values that are refused.
fn borders() -> Vec<(&'static str, Vec<Value>, Vec<Value>)> {
    let whole = |name, low: u64, high: u64| {
        let below = if low == 0 { json!(-1) } else { json!(low - 1) };
        let bad = vec![
            below,
            json!(high + 1),
            json!(low as f64 + 0.5),
            json!("many"),
            json!(true),
            json!(null),
        ];
        (
            name,
            vec![
                json!(low),
                json!(high),
                json!(high.to_string()),
                json!(low as f64),
            ],
            bad,
        )
    };
    let real = |name, good: [f64; 2], bad: [f64; 2]| {
        let bad = vec![
            json!(bad[0]),
            json!(bad[1]),
            json!("NaN"),
            json!("inf"),
            json!([0.5]),
            json!(""),
        ];
        (
            name,
            vec![json!(good[0]), json!(good[1]), json!(good[0].to_string())],
            bad,
        )
    };
    let choice = |name, good: &[&str]| {
        let bad = vec![json!("ON"), json!(""), json!(1), json!(true), json!("other")];
        (name, good.iter().map(|text| json!(text)).collect(), bad)
    };
    vec![
        choice(
            "breaker_strategy",
            &["consecutive_adaptive", "window", "evidence"],
        ),
        choice("breaker_enforce", &["on", "shadow"]),
        whole("breaker_threshold", 1, 1000),
        whole("breaker_threshold_min", 1, 1000),
        whole("breaker_threshold_max", 1, 1000),
        whole("breaker_adapt_every", 0, 10_000),
        whole("breaker_adapt_window", 1, 10_000),
        whole("breaker_adapt_min_samples", 1, 10_000),
        real("breaker_adapt_above", [0.0, 1.0], [-0.01, 1.01]),
        real("breaker_adapt_below", [0.0, 1.0], [-0.01, 1.01]),
        choice("breaker_window_type", &["time", "count"]),
        whole("breaker_window_ms", 100, 3_600_000),
        whole("breaker_window_buckets", 1, 60),
        whole("breaker_window_calls", 1, 10_000),
        whole("breaker_window_min_calls", 1, 10_000),
        real("breaker_failure_rate", [1e-9, 1.0], [0.0, 1.01]),
        real("breaker_slow_rate", [1e-9, 1.0], [0.0, 1.01]),
        whole("breaker_slow_ms", 0, 600_000),
        choice("breaker_slow_as", &["ok", "fail"]),
        real("breaker_evidence_alpha", [1e-12, 0.1], [9e-13, 0.11]),
        real("breaker_evidence_baseline", [0.005, 0.4], [0.0049, 0.41]),
        whole("breaker_evidence_memory", 10, 100_000),
        whole("breaker_open_ms", 1, DAY_MS),
        whole("breaker_open_max_ms", 1, DAY_MS),
        real("breaker_open_factor", [1.0, 10.0], [0.99, 10.01]),
        choice("breaker_open_jitter", &["on", "off"]),
        whole("breaker_open_decay_ms", 0, DAY_MS),
        whole("breaker_probes", 1, 100),
        whole("breaker_probe_successes", 1, 100),
        whole("breaker_lease_ms", 1, 600_000),
        whole("breaker_cooldown_ms", 0, DAY_MS),
        whole("breaker_cooldown_max_ms", 0, DAY_MS),
        whole("breaker_snapshot_ttl_ms", 10, 60_000),
        whole("breaker_object_timeout_ms", 10, 5_000),
    ]
}

#[test]
fn borders_are_taken_and_what_lies_beyond_is_refused_by_name() {
    let borders = borders();
    assert_eq!(borders.len(), DEFAULTS.len());
    for (name, good, bad) in borders {
        for value in good {
            // A border may still break a relation with a default; its own range must take it.
            let read = from_line(json!({ name: value.clone() }));
            assert!(
                !read
                    .as_ref()
                    .is_err_and(|error| error.problem.starts_with("must be")),
                "{name} {value}: {read:?}"
            );
        }
        for value in bad {
            let error = from_line(json!({ name: value.clone() })).unwrap_err();
            assert!(error.problem.starts_with("must be"), "{name} {value}: {error}");
            assert!(
                error.to_string().starts_with(&name.to_ascii_uppercase()),
                "{error}"
            );
            assert!(!error.to_string().contains('\n'));
        }
    }
}

#[test]
fn relations_hold_at_their_border_and_name_all_their_variables_beyond() {
    let cases = [
        (
            json!({"breaker_threshold": 3}),
            json!({"breaker_threshold": 2}),
            "THRESHOLD_MIN THRESHOLD THRESHOLD_MAX",
        ),
        (
            json!({"breaker_threshold": 10}),
            json!({"breaker_threshold": 11}),
            "THRESHOLD_MAX",
        ),
        (
            json!({"breaker_adapt_window": 20}),
            json!({"breaker_adapt_window": 19}),
            "ADAPT_MIN_SAMPLES ADAPT_WINDOW",
        ),
        (
            json!({"breaker_adapt_below": 0.949}),
            json!({"breaker_adapt_below": 0.95}),
            "ADAPT_BELOW ADAPT_ABOVE",
        ),
        (
            json!({"breaker_window_buckets": 60}),
            json!({"breaker_window_buckets": 7}),
            "WINDOW_BUCKETS WINDOW_MS",
        ),
        (
            json!({"breaker_open_ms": 300_000}),
            json!({"breaker_open_ms": 300_001}),
            "OPEN_MS OPEN_MAX_MS",
        ),
        (
            json!({"breaker_cooldown_max_ms": 5_000}),
            json!({"breaker_cooldown_max_ms": 4_999}),
            "COOLDOWN_MS COOLDOWN_MAX_MS",
        ),
    ];
    for (good, bad, parts) in cases {
        assert!(from_line(good).is_ok());
        let error = from_line(bad).unwrap_err();
        assert!(error.problem.ends_with("must hold"));
        for part in parts.split(' ') {
            assert!(
                error.to_string().contains(&format!("BREAKER_{part} (")),
                "{error}"
            );
        }
    }
}

#[test]
fn unknown_names_are_refused() {
    for name in [
        "at_ms",
        "breaker_treshold",
        "BREAKER_THRESHOLD",
        "llm_breaker_threshold",
        "",
    ] {
        let error = from_line(json!({ name: 5 })).unwrap_err();
        assert_eq!(error.variable, name.to_ascii_uppercase());
    }
}

#[test]
fn a_chains_own_variable_wins_and_is_the_one_that_is_named() {
    let vars = |name: &str| match name {
        "BREAKER_THRESHOLD" => Some("7".to_owned()),
        "TTS_BREAKER_THRESHOLD" => Some("4".to_owned()),
        "STT_BREAKER_THRESHOLD" => Some("0".to_owned()),
        "EMBED_BREAKER_THRESHOLD_MIN" => Some("8".to_owned()),
        _ => None,
    };
    assert_eq!(from_vars(ChainKind::Llm, &vars).unwrap().threshold, 7);
    assert_eq!(from_vars(ChainKind::Tts, &vars).unwrap().threshold, 4);
    assert_eq!(
        from_vars(ChainKind::Stt, &vars).unwrap_err().to_string(),
        "STT_BREAKER_THRESHOLD must be a whole number from 1 to 1000; it is \"0\""
    );
    assert_eq!(
        from_vars(ChainKind::Embed, &vars).unwrap_err().to_string(),
        "EMBED_BREAKER_THRESHOLD_MIN (8) <= BREAKER_THRESHOLD (7) <= \
         BREAKER_THRESHOLD_MAX (10) must hold"
    );
}

#[test]
fn a_huge_value_is_shortened_in_its_refusal() {
    let error = from_line(json!({ "breaker_enforce": "x".repeat(100_000) })).unwrap_err();
    assert!(error.to_string().len() < 200);
}

#[test]
fn slow_is_strictly_beyond_its_limit_and_never_at_zero() {
    assert!(!BreakerConfig::default().is_slow(u64::MAX));
    let config = BreakerConfig {
        slow_ms: 800,
        ..BreakerConfig::default()
    };
    assert!(!config.is_slow(800));
    assert!(config.is_slow(801));
}
