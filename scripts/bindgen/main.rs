//! `bindgen IN.wasm OUT_DIR [ordered]`: writes `index.js` and `index_bg.wasm`, the Worker's bindings to JavaScript;
//! `ordered` puts functions that are alike side by side, which is less to send.

mod order;

use std::path::PathBuf;

use anyhow::Context;
use walrus::passes::gc;
use wasm_bindgen_cli_support::Bindgen;

/// Classes of the crates below that no object is ever made of, and what of ours no event reaches.
const UNUSED: [&str; 7] = [
    "containerstartupoptions",
    "intounderlyingbytesource",
    "intounderlyingsink",
    "intounderlyingsource",
    "minifyconfig",
    "r2range",
    "session_connect",
];

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args_os().skip(1);
    let input = args.next().context("the first argument is the wasm file")?;
    let out_dir = args
        .next()
        .context("the second argument is the directory to write to")?;
    let mut output = Bindgen::new()
        .input_path(input)
        .out_name("index")
        .module(true)?
        .typescript(false)
        // An eighth of the module on the wire, paid for at every cold start.
        .remove_name_section(true)
        .remove_producers_section(true)
        // A panic leaves the instance unusable: scripts/shim.js then asks for a new one.
        .reset_state_function(true)
        .force_enable_abort_handler(true)
        .generate_output()?;
    let module = output.wasm_mut();
    let exports: Vec<_> = module.exports.iter().collect();
    let unused: Vec<_> = exports
        .into_iter()
        .filter(|export| UNUSED.iter().any(|class| export.name.contains(class)))
        .map(|export| export.id())
        .collect();
    unused
        .into_iter()
        .for_each(|export| module.exports.delete(export));
    gc::run(module);
    let names = shorten(module);
    output.emit(&out_dir)?;
    let glue = PathBuf::from(&out_dir).join("index.js");
    let mut text = std::fs::read_to_string(&glue)?;
    for (at, name) in names.iter().enumerate() {
        text = text.replace(name, &short(at));
    }
    std::fs::write(glue, text)?;
    if args.next().is_some_and(|word| word == "ordered") {
        let module = PathBuf::from(out_dir).join("index_bg.wasm");
        std::fs::write(&module, order::ordered(&std::fs::read(&module)?)?)?;
    }
    Ok(())
}

/// Gives imports short names in place of those that end in a digest, which no compression makes smaller: 6 of 731 KiB. Answers
/// the names they had.
fn shorten(module: &mut walrus::Module) -> Vec<String> {
    const DIGEST_CHARS: usize = 16;
    let has_digest = |name: &str| {
        let digest = name.rsplit('_').next().unwrap_or_default();
        digest.len() == DIGEST_CHARS && digest.chars().all(|char| char.is_ascii_hexdigit())
    };
    let mut names = Vec::new();
    for import in module
        .imports
        .iter_mut()
        .filter(|import| has_digest(&import.name))
    {
        let short = short(names.len());
        names.push(std::mem::replace(&mut import.name, short));
    }
    names
}

fn short(at: usize) -> String {
    format!("i{at}")
}
