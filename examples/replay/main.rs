//! `cargo run -q --example replay -- KIND`: runs a pure part of hearken on JSON lines, one answer line for each.
//! A bad line is answered with `{"error": "..."}` and the run goes on. The kinds are listed in `KINDS`.

use std::io::{BufRead, Write};

use serde_json::{Value, json};

mod breaker;
mod cut;
mod mux;
mod recall;
mod remember;
mod said;
mod sse;
mod turns;

/// What one line does: a JSON object in, a JSON value out, or one sentence that says what is wrong with it.
pub type Answer = Result<Value, String>;

/// Makes the handler of one kind; a handler may keep state between lines.
type Maker = fn() -> Box<dyn FnMut(&Value) -> Answer>;

const KINDS: [(&str, Maker); 7] = [
    ("breaker", breaker::handler),
    ("cut", cut::handler),
    ("mux", mux::handler),
    ("recall", recall::handler),
    ("remember", remember::handler),
    ("sse", sse::handler),
    ("turns", turns::handler),
];

fn main() -> std::process::ExitCode {
    let kind = std::env::args().nth(1).unwrap_or_default();
    let Some((_, make)) = KINDS.iter().find(|(name, _)| *name == kind) else {
        let names: Vec<_> = KINDS.iter().map(|(name, _)| *name).collect();
        eprintln!(
            "usage: replay KIND < lines.jsonl, where KIND is one of {}",
            names.join(", ")
        );
        return std::process::ExitCode::from(2);
    };
    let mut handle = make();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().split(b'\n') {
        let Ok(line) = line else {
            return std::process::ExitCode::FAILURE;
        };
        let answer = match serde_json::from_slice::<Value>(&line) {
            Ok(value) if value.is_object() => handle(&value),
            Ok(_) => Err("a line must be one JSON object".into()),
            Err(error) => Err(format!("not JSON: {error}")),
        };
        let answer = answer.unwrap_or_else(|message| json!({ "error": message }));
        if writeln!(out, "{answer}").and_then(|()| out.flush()).is_err() {
            return std::process::ExitCode::SUCCESS; // The reader has left.
        }
    }
    std::process::ExitCode::SUCCESS
}
