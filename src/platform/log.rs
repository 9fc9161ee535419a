//! Log lines, one JSON object each. Native builds are tests and tools, which have nobody to tell.

use serde_json::Value;

/// Logs what happened.
#[cfg(target_arch = "wasm32")]
pub fn info(line: &Value) {
    worker::console_log!("{line}");
}

/// Logs what went wrong.
#[cfg(target_arch = "wasm32")]
pub fn error(line: &Value) {
    worker::console_error!("{line}");
}

/// Logs what happened.
#[cfg(not(target_arch = "wasm32"))]
pub fn info(_line: &Value) {}

/// Logs what went wrong.
#[cfg(not(target_arch = "wasm32"))]
pub fn error(_line: &Value) {}
