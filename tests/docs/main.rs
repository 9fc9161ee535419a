//! `docs/operating.md` against the configuration itself: which variables are read, their defaults and what they accept.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::cell::RefCell;
use std::collections::BTreeSet;

use hearken::config::{Chain, ChainKind, Config, ConfigError, Provider};

const OPERATING: &str = include_str!("../../docs/operating.md");
/// Parts of the house whose variables have a page of their own.
const PAGES: [&str; 2] = [
    include_str!("../../docs/breaker.md"),
    include_str!("../../docs/memory.md"),
];

/// One variable as a table describes it.
#[derive(Debug)]
struct Row {
    name: String,
    /// `None` where it is told in words.
    default: Option<String>,
    accepts: String,
}

fn bare(cell: &str) -> String {
    cell.trim().trim_matches('`').to_owned()
}

/// The table lines under the heading that describe variables.
fn lines<'a>(page: &'a str, heading: &str) -> impl Iterator<Item = &'a str> {
    let section = page.split(&format!("\n## {heading}\n")).nth(1).expect(heading);
    let section = section.split("\n## ").next().unwrap_or_default();
    section.lines().filter(|line| line.starts_with("| `"))
}

/// The names in the first cell of a line.
fn names(line: &str) -> Vec<String> {
    let first = line.trim_matches('|').split('|').next().unwrap_or_default();
    first.split(", ").map(bare).collect()
}

/// The rows of the tables under the heading, one for each name in a first cell.
fn rows(page: &str, heading: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    // Other tables name events and fields, in small letters.
    for line in lines(page, heading).filter(|line| {
        line.get(3..)
            .unwrap_or_default()
            .starts_with(|first: char| first.is_ascii_uppercase())
    }) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let names = names(line);
        let defaults: Vec<String> = cells[2].split(", ").map(bare).collect();
        for (index, name) in names.iter().enumerate() {
            let default = if defaults.len() == names.len() {
                defaults[index].clone()
            } else {
                bare(cells[2])
            };
            let is_value = cells[2].starts_with(|first: char| first == '`' || first.is_ascii_digit());
            let is_prose = default.contains(' ') || !is_value;
            let default = (!is_prose).then_some(default);
            rows.push(Row {
                name: name.clone(),
                default,
                accepts: cells[3].to_owned(),
            });
        }
    }
    rows
}

fn documented() -> Vec<Row> {
    let mut all = rows(OPERATING, "Variables");
    all.extend(rows(OPERATING, "Secrets"));
    all.extend(rows(OPERATING, "Breakers"));
    all
}

fn with(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_lookup(&|name| {
        pairs
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    })
}

/// Every name that is asked for while the configuration is read.
fn read() -> BTreeSet<String> {
    let names = RefCell::new(BTreeSet::new());
    let config = Config::from_lookup(&|name| {
        names.borrow_mut().insert(name.to_owned());
        None
    });
    assert!(config.is_ok());
    names.into_inner()
}

/// What a configuration says, without `whole_ms`: that clock knows whether a variable was set.
fn told(config: &Config) -> String {
    let chain = |chain: &Chain| {
        let mut clocks = chain.clocks;
        clocks.whole_ms = 0;
        format!("{:?} {clocks:?}", chain.targets)
    };
    let chains = ChainKind::ALL.map(|kind| chain(config.chain(kind)));
    let endpoints = Provider::ALL.map(|provider| format!("{:?}", config.endpoint(provider)));
    format!(
        "{chains:?} {endpoints:?} {} {:?} {} {} {:?} {:?} {:?} {:?} {} {} {} {:?} {:?} {:?} {:?} {:?} {}",
        config.telemetry_flush_ms,
        config.prices,
        config.voice,
        config.opus_bitrate,
        config.auth,
        config.api_keys,
        config.session_secret,
        config.allowed_origins,
        config.turn_total_ms,
        config.realtime_session_ms,
        config.transcription,
        config.limits,
        config.phrases,
        config.memory,
        ChainKind::ALL.map(|kind| format!("{:?}", config.resilience(kind))),
        config.disclosure,
        config.pause_after_ms,
    )
}

#[test]
fn every_metric_is_documented_as_it_is_declared() {
    let section = OPERATING.split("\n## Metrics\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut documented: Vec<&str> = section.lines().filter(|line| line.starts_with("| `")).collect();
    let mut declared: Vec<String> = hearken::telemetry::metrics::all()
        .into_iter()
        .map(|family| {
            let labels: Vec<String> = family.labels.iter().map(|label| format!("`{label}`")).collect();
            format!(
                "| `{}{}` | {} | {} | {} |",
                family.name,
                family.kind.suffix(),
                format!("{:?}", family.kind).to_lowercase(),
                labels.join(", "),
                family.help,
            )
        })
        .collect();
    documented.sort_unstable();
    declared.sort_unstable();
    for (line, row) in documented.iter().zip(&declared) {
        assert_eq!(line, row);
    }
    assert_eq!(documented.len(), declared.len());
}

#[test]
fn every_variable_that_is_read_is_documented() {
    let here: BTreeSet<String> = documented().into_iter().map(|row| row.name).collect();
    let elsewhere: BTreeSet<String> = PAGES
        .iter()
        .flat_map(|page| lines(page, "Configuration"))
        .flat_map(names)
        .collect();
    // `LLM_BREAKER_OPEN_MS` is `BREAKER_OPEN_MS` for one chain.
    let general = |name: &str| match name.split_once("_BREAKER_") {
        Some((_, rest)) => format!("BREAKER_{rest}"),
        None => name.to_owned(),
    };
    let missing: Vec<String> = read()
        .into_iter()
        .filter(|name| !here.contains(name) && !elsewhere.contains(&general(name)))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/operating.md does not describe {missing:?}"
    );
}

#[test]
fn every_documented_variable_is_read_and_described_once() {
    let read = read();
    for name in PAGES
        .iter()
        .flat_map(|page| lines(page, "Configuration"))
        .flat_map(names)
    {
        assert!(read.contains(&name), "nothing reads {name}");
    }
    let mut seen = BTreeSet::new();
    for row in documented() {
        assert!(read.contains(&row.name), "nothing reads {}", row.name);
        assert!(seen.insert(row.name.clone()), "{} has two rows", row.name);
    }
}

#[test]
fn documented_defaults_are_the_real_ones() {
    let plain = told(&with(&[]).unwrap());
    let mut checked = 0;
    for row in documented() {
        let Some(default) = &row.default else { continue };
        checked += 1;
        let set = with(&[(&row.name, default)]).unwrap_or_else(|error| panic!("{row:?}: {error}"));
        assert_eq!(told(&set), plain, "{row:?}");
    }
    assert!(checked >= 30, "only {checked} rows give a default");
}

#[test]
fn documented_ranges_and_words_are_taken_and_nothing_beyond_them() {
    let refused = |name: &str, value: &str| {
        let error = with(&[(name, value)]).expect_err(&format!("{name}={value} is taken"));
        assert_eq!(error.variable, name, "{value}");
    };
    let mut checked = 0;
    for Row { name, accepts, .. } in documented() {
        let words: Vec<String> = accepts.split(", ").map(bare).collect();
        if let Some((low, high)) = accepts.split_once("..") {
            for value in [low, high] {
                with(&[(&name, value)]).unwrap_or_else(|error| panic!("{name}: {error}"));
            }
            let (low, high): (f64, f64) = (low.parse().unwrap(), high.parse().unwrap());
            refused(&name, &(high + 1.0).to_string());
            refused(&name, &(low - 1.0).to_string());
        } else if accepts.starts_with('`') && words.len() > 1 {
            for word in &words {
                with(&[(&name, word)]).unwrap_or_else(|error| panic!("{name}: {error}"));
            }
            refused(&name, "something-else");
        } else {
            continue;
        }
        checked += 1;
    }
    assert!(checked >= 18, "only {checked} rows say what they accept");
}

/// The build's own program refuses a persona by its file and line.
#[test]
fn the_build_names_file_and_line_of_a_wrong_persona() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let scratch = std::env::temp_dir().join(format!("hearken-persona-{}", std::process::id()));
    std::fs::create_dir_all(scratch.join("personas")).unwrap();
    std::fs::create_dir_all(scratch.join("care")).unwrap();
    std::fs::copy(root.join("care/lines.json"), scratch.join("care/lines.json")).unwrap();
    let program = scratch.join("build");
    let compiled = std::process::Command::new(std::path::Path::new(env!("CARGO")).with_file_name("rustc"))
        .current_dir(root)
        .args(["--edition=2024", "-o"])
        .arg(&program)
        .arg("build.rs")
        .output()
        .unwrap();
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    let said = |text: &str| {
        std::fs::write(scratch.join("personas/skipper.md"), text).unwrap();
        let mut program = std::process::Command::new(&program);
        let output = program
            .env("CARGO_MANIFEST_DIR", &scratch)
            .env("OUT_DIR", &scratch)
            .output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let wrong = said("---\nname: Skipper\nmood: calm\n---\nBe kind.\n");
    assert!(
        wrong.contains("cargo::error=personas/skipper.md, line 3: mood is unknown"),
        "{wrong}"
    );
    let long = said(&format!("---\nname: Skipper\n---\n{}", "x".repeat(16_385)));
    assert!(long.contains("personas/skipper.md, line 4: the prompt"), "{long}");
    assert!(!said("---\nname: Skipper\n---\nBe kind.\n").contains("error"));
    let list = std::fs::read_to_string(scratch.join("personas.rs")).unwrap();
    assert!(list.contains("(\"skipper\", include_str!("), "{list}");
    std::fs::remove_dir_all(scratch).unwrap();
}
