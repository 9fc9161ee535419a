//! The configuration of this isolate: read once, for the doors and the objects alike, and never read again.
//!
//! The environment cannot change while an isolate lives. What is set and means nothing is logged when it is read.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::config::environment::Environment;
use crate::config::{Config, ConfigError};

#[wasm_bindgen(module = "/src/platform/env.js")]
extern "C" {
    /// `[name, value, name, value, ...]`.
    fn variables() -> Array;
}

thread_local! {
    static CONFIG: RefCell<Option<Result<Rc<Config>, ConfigError>>> = const { RefCell::new(None) };
}

/// The configuration.
///
/// # Errors
/// The first variable that cannot be used.
pub fn config() -> Result<Rc<Config>, ConfigError> {
    CONFIG.with_borrow_mut(|known| known.get_or_insert_with(read).clone())
}

fn read() -> Result<Rc<Config>, ConfigError> {
    let flat = variables();
    let text = |at: u32| flat.get(at).as_string();
    let pairs = (0..flat.length() / 2).filter_map(|pair| Some((text(2 * pair)?, text(2 * pair + 1)?)));
    let config = Environment::new(pairs).config()?;
    for stranger in &config.strangers {
        let line = serde_json::json!({
            "event": "unknown_variable", "variable": stranger.variable, "nearest": stranger.nearest,
        });
        worker::console_warn!("{line}");
    }
    Ok(Rc::new(config))
}
