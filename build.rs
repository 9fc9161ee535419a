//! Builds the personas in: every `personas/NAME.md` is checked, and stands in a generated list. Of the help lines the
//! Worker gets what it says; where they come from stays in the file.

#![allow(dead_code)]

#[path = "src/config/persona.rs"]
mod persona;

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=personas");
    println!("cargo::rerun-if-changed=src/config/persona.rs");
    println!("cargo::rerun-if-changed=care/lines.json");
    if let Err(problem) = list().and_then(|()| lines()) {
        println!("cargo::error={problem}");
    }
}

/// `care/lines.json`, one entry a line, without what is there for who checks it.
fn lines() -> Result<(), String> {
    let folder = |name: &str| env::var(name).map_err(|error| error.to_string());
    let file = Path::new(&folder("CARGO_MANIFEST_DIR")?).join("care/lines.json");
    let mut text = fs::read_to_string(file).map_err(|error| format!("care/lines.json: {error}"))?;
    for field in ["channel", "hours", "audience", "source", "checked"] {
        let begin = format!(", \"{field}\": \"");
        while let Some(from) = text.find(&begin) {
            let value = from + begin.len();
            let rest = text.get(value..).unwrap_or_default();
            let length = rest.find('"').ok_or("care/lines.json: an open string")?;
            text.replace_range(from..=value + length, "");
        }
    }
    let text = text.replace("\": ", "\":").replace("\", \"", "\",\"");
    fs::write(Path::new(&folder("OUT_DIR")?).join("lines.json"), text).map_err(|error| error.to_string())
}

fn list() -> Result<(), String> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(|error| error.to_string())?;
    let out = env::var("OUT_DIR").map_err(|error| error.to_string())?;
    let folder = Path::new(&root).join("personas");
    let entries = fs::read_dir(&folder).map_err(|error| format!("personas/: {error}"))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".md")?.to_owned()))
        .collect();
    names.sort();
    let mut list = String::from("[\n");
    for name in names {
        let path = folder.join(format!("{name}.md"));
        let text = fs::read_to_string(&path).map_err(|error| format!("personas/{name}.md: {error}"))?;
        persona::Persona::parse(&text)
            .map_err(|(line, problem)| format!("personas/{name}.md, line {line}: {problem}"))?;
        list.push_str(&format!("({name:?}, include_str!({path:?})),\n"));
    }
    list.push(']');
    fs::write(Path::new(&out).join("personas.rs"), list).map_err(|error| error.to_string())
}
