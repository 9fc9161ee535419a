//! What is read of the environment, and what is refused.

use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_lookup(&|name| {
        pairs
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn nothing_set_gives_the_contracts_defaults() {
    let config = read(&[]).unwrap();
    assert_eq!(config.llm.targets[0].to_string(), "groq:openai/gpt-oss-120b");
    assert_eq!(
        config.tts.targets[1].to_string(),
        "workers-ai:@cf/deepgram/aura-2-en"
    );
    assert_eq!(config.embed.targets[0].model, "@cf/baai/bge-small-en-v1.5");
    assert_eq!(config.llm.clocks.idle_ms, 10_000);
    assert_eq!(config.llm.clocks.whole_ms, 30_000);
    assert_eq!(config.stt.clocks.first_ms, 15_000);
    assert_eq!(config.auth, Auth::Required);
    assert!(config.identity_gap().unwrap().contains("API_KEYS"));
}

#[test]
fn a_hosted_provider_needs_a_key_and_a_server_of_ones_own_does_not() {
    assert!(!read(&[]).unwrap().can_ask(Provider::Groq));
    assert!(read(&[]).unwrap().can_ask(Provider::WorkersAi));
    assert!(read(&[("GROQ_API_KEY", "k")]).unwrap().can_ask(Provider::Groq));
    let own = read(&[("OPENAI_BASE_URL", "http://127.0.0.1:11434/v1")]).unwrap();
    assert!(own.can_ask(Provider::OpenAi));
}

#[test]
fn a_chain_keeps_its_order_and_models_may_contain_colons() {
    let config = read(&[("LLM", "openai:qwen2.5:7b, groq:x ,workers-ai:@cf/meta/llama")]).unwrap();
    let names: Vec<_> = config.llm.targets.iter().map(ToString::to_string).collect();
    assert_eq!(
        names,
        ["openai:qwen2.5:7b", "groq:x", "workers-ai:@cf/meta/llama"]
    );
}

#[test]
fn a_wrong_value_is_one_sentence_that_names_the_variable() {
    for (name, value, expected) in [
        (
            "LLM",
            "acme:x",
            "LLM names the unknown provider \"acme\"; known are groq, openai, workers-ai",
        ),
        (
            "LLM",
            &format!("groq:{}", "x".repeat(201)),
            "LLM names a model of 201 bytes",
        ),
        (
            "LLM",
            "elevenlabs:x",
            "LLM names elevenlabs, which does not offer chat",
        ),
        ("TTS", "openai", "TTS must be a list of provider:model"),
        ("STT", " , ", "STT must name at least one"),
        (
            "LLM_IDLE_MS",
            "0",
            "LLM_IDLE_MS must be a whole number from 1 to 3600000; it is \"0\"",
        ),
        ("TTS_FIRST_MS", "soon", "TTS_FIRST_MS must be a whole number"),
        ("AUTH", "open", "AUTH must be required or local; it is \"open\""),
        (
            "GROQ_BASE_URL",
            "ftp://x",
            "GROQ_BASE_URL must begin with http:// or https://",
        ),
        ("GROQ_BASE_URL", "http:///v1", "GROQ_BASE_URL must name a host"),
        ("OPENAI_BASE_URL", "https://", "OPENAI_BASE_URL must name a host"),
        (
            "OPENAI_BASE_URL",
            "https://a b/v1",
            "OPENAI_BASE_URL must name a host",
        ),
        ("GROQ_API_KEY", "gsk\u{2013}1", "GROQ_API_KEY holds a character"),
        ("GROQ_API_KEY", "one\ntwo", "GROQ_API_KEY holds a character"),
        ("ALLOWED_ORIGINS", "*", "ALLOWED_ORIGINS must list exact origins"),
    ] {
        let error = read(&[(name, value)]).unwrap_err().to_string();
        assert!(error.contains(expected), "{name}={value}: {error}");
        assert!(!name.ends_with("_KEY") || !error.contains(value), "{error}");
    }
}

#[test]
fn breakers_are_read_for_each_chain_and_refused_by_name() {
    let config = read(&[("BREAKER_OPEN_MS", "700"), ("TTS_BREAKER_OPEN_MS", "900")]).unwrap();
    assert_eq!(config.resilience(ChainKind::Llm).breaker.open_ms, 700);
    assert_eq!(config.resilience(ChainKind::Tts).breaker.open_ms, 900);
    for (name, value) in [
        ("BREAKER_OPEN_MS", "0"),
        ("STT_BREAKER_STRATEGY", "guess"),
        ("LLM_BREAKER_THRESHOLD", "2"),
        ("EMBED_HEDGE", "yes"),
        ("LLM_RETRIES", "4"),
    ] {
        let error = read(&[(name, value)]).unwrap_err();
        assert!(error.to_string().contains(name), "{name}={value}: {error}");
        assert!(error.to_string().contains(value), "{name}={value}: {error}");
    }
}

#[test]
fn a_lease_outlives_its_call_unless_it_was_set() {
    let lease_ms = |pairs: &[(&'static str, &'static str)]| {
        read(pairs).unwrap().resilience(ChainKind::Llm).breaker.lease_ms
    };
    assert_eq!(lease_ms(&[]), 120_000);
    assert_eq!(lease_ms(&[("LLM_TOTAL_MS", "9000")]), 30_000);
    assert_eq!(lease_ms(&[("BREAKER_LEASE_MS", "2000")]), 2_000);
}

#[test]
fn embeddings_can_be_off_and_other_chains_cannot() {
    assert!(read(&[("EMBED", "off")]).unwrap().embed.targets.is_empty());
    assert!(read(&[("LLM", "off")]).is_err());
}

#[test]
fn a_clock_set_for_streams_also_bounds_whole_answers() {
    let config = read(&[("LLM_HEADERS_MS", "700"), ("LLM_FIRST_MS", "900")]).unwrap();
    assert_eq!(config.llm.clocks.whole_ms, 700);
    let config = read(&[("LLM_TOTAL_MS", "400")]).unwrap();
    assert_eq!(
        (config.llm.clocks.whole_ms, config.llm.clocks.headers_ms),
        (400, 400)
    );
}

#[test]
fn debug_output_never_shows_a_key() {
    let config = read(&[("GROQ_API_KEY", "gsk_secret")]).unwrap();
    assert!(!format!("{:?}", config.endpoint(Provider::Groq)).contains("gsk_secret"));
}

/// All names, as the reader asks for them when nothing is set.
fn known_names() -> Vec<String> {
    let asked = std::cell::RefCell::new(Vec::new());
    let config = Config::from_lookup(&|name| {
        asked.borrow_mut().push(name.to_owned());
        None
    });
    assert!(config.is_ok(), "nothing set cannot be wrong");
    asked.into_inner()
}

/// Rows of the tables that describe variables, cell by cell, with the names in the first.
fn documented() -> Vec<(Vec<&'static str>, Vec<&'static str>)> {
    let section = |page: &'static str, heading: &str| {
        let (_, rest) = page.split_once(&format!("\n## {heading}\n")).unwrap();
        rest.split("\n## ").next().unwrap()
    };
    let operating = include_str!("../../docs/operating.md");
    let breaker = include_str!("../../docs/breaker.md");
    [
        section(operating, "Variables"),
        section(operating, "Secrets"),
        section(operating, "Breakers"),
        section(breaker, "Configuration"),
    ]
    .into_iter()
    .flat_map(str::lines)
    .filter_map(|line| {
        let cells = line.strip_prefix('|')?.strip_suffix('|')?.split('|');
        let cells: Vec<&str> = cells.map(str::trim).collect();
        let names: Vec<&str> = cells.first()?.split('`').skip(1).step_by(2).collect();
        let is_variable = |name: &&str| name.chars().all(|one| one.is_ascii_uppercase() || one == '_');
        (!names.is_empty() && names.iter().all(is_variable)).then_some((names, cells))
    })
    .collect()
}

/// A cell's parts, one for each name: a single one stands for all.
fn each(cell: &str, names: usize) -> Vec<&str> {
    let parts: Vec<&str> = match names {
        1 => vec![cell],
        _ => cell.split(", ").collect(),
    };
    match parts.len() {
        1 => parts.repeat(names),
        _ => parts,
    }
}

#[test]
fn every_variable_is_documented_and_every_documented_one_is_read() {
    let known = known_names();
    let documented: Vec<_> = documented().into_iter().flat_map(|(names, _)| names).collect();
    for name in &documented {
        assert!(
            known.iter().any(|known| known == name),
            "{name} is documented and not read"
        );
    }
    for name in &known {
        let shared = name
            .split_once("_BREAKER_")
            .map(|(_, rest)| format!("BREAKER_{rest}"));
        let name = shared.as_ref().unwrap_or(name);
        assert!(
            documented.contains(&name.as_str()),
            "{name} is read and not documented"
        );
    }
}

#[test]
fn the_documented_defaults_are_what_is_read_when_nothing_is_set() {
    // A clock that is set for streams also bounds whole answers, and a lease that is set is not lengthened.
    let read = |pairs: &[(&str, &str)]| {
        let mut config = read(pairs).unwrap();
        for chain in [
            &mut config.llm,
            &mut config.tts,
            &mut config.stt,
            &mut config.embed,
            &mut config.listen,
        ] {
            chain.clocks.whole_ms = 0;
        }
        config
    };
    let nothing_set = read(&[]);
    let mut checked = 0;
    for (names, cells) in documented() {
        let [_, _, default, ..] = cells[..] else {
            panic!("{names:?} has no default")
        };
        let is_value = !["", "none", "20 short openings"].contains(&default) && names != ["BREAKER_LEASE_MS"];
        for (name, default) in names.iter().zip(each(default, names.len())).filter(|_| is_value) {
            let config = read(&[(name, default.trim_matches('`'))]);
            assert!(config == nothing_set, "{name} is documented as {default}");
            checked += 1;
        }
    }
    assert!(checked > 80, "{checked}");
}

#[test]
fn what_is_documented_as_accepted_is() {
    let mut checked = 0;
    for (names, cells) in documented() {
        let accepts = cells
            .last()
            .unwrap()
            .split(", ")
            .filter(|part| part.contains(".."));
        let ranges: Vec<&str> = accepts.collect();
        for (at, name) in names.iter().enumerate() {
            let Err(refused) = read(&[(name, "?")]) else {
                continue;
            };
            if let Some((_, range)) = refused.problem.split_once(" number from ") {
                let (min, max) = range.split_once(';').unwrap().0.split_once(" to ").unwrap();
                let range = ranges.get(at).or(ranges.last());
                let (low, high) = range
                    .and_then(|range| range.split_once(".."))
                    .unwrap_or_else(|| panic!("{name}"));
                let number = |text: &str| text.parse::<f64>().unwrap_or_else(|_| panic!("{name}: {text}"));
                assert_eq!((number(low), number(high)), (number(min), number(max)), "{name}");
                checked += 1;
            } else if let Some(words) = refused
                .problem
                .strip_prefix("must be ")
                .filter(|rest| rest.contains(" or "))
            {
                for word in words.split_once(';').unwrap().0.split(" or ") {
                    assert!(
                        cells.iter().any(|cell| cell.contains(&format!("`{word}`"))),
                        "{name}: {word}"
                    );
                }
                checked += 1;
            }
        }
    }
    assert!(checked > 70, "{checked}");
}
