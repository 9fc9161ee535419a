//! The configuration of this isolate: read once, for the doors and the objects alike, and never read again.
//!
//! The environment cannot change while an isolate lives. What is set and means nothing is the commands' to tell: they know the documentation.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::config::{Config, ConfigError};

#[wasm_bindgen(module = "/src/platform/env.js")]
extern "C" {
    /// `[name, value, name, value, ...]`.
    fn variables() -> Array;
    /// What the deployment binds to a name; undefined where it binds nothing.
    pub fn binding(name: &str) -> JsValue;
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
    let flat: Vec<String> = variables().iter().filter_map(|one| one.as_string()).collect();
    let lookup = |name: &str| {
        let mut pairs = flat.chunks_exact(2);
        pairs.find_map(|pair| match pair {
            [known, value] if known == name => Some(value.clone()),
            _ => None,
        })
    };
    Config::from_lookup(&lookup).map(Rc::new)
}
