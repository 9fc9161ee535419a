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
    output.emit(&out_dir)?;
    if args.next().is_some_and(|word| word == "ordered") {
        let module = PathBuf::from(out_dir).join("index_bg.wasm");
        std::fs::write(&module, order::ordered(&std::fs::read(&module)?)?)?;
    }
    Ok(())
}
