//! Builds the personas in: every `personas/NAME.md` is checked, and stands in a generated list.

#![allow(dead_code)]

#[path = "src/config/persona.rs"]
mod persona;

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=personas");
    println!("cargo::rerun-if-changed=src/config/persona.rs");
    if let Err(problem) = list() {
        println!("cargo::error={problem}");
    }
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
