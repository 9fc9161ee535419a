//! One turn of a conversation, whatever form its answer takes: [`open`] brings what is known before the model is asked,
//! [`close`] keeps what was said. In between its steps, each with a name, a deadline, a policy and a timing.

pub mod ambient;
#[cfg(target_arch = "wasm32")]
pub mod budget;
pub mod care;
#[cfg(target_arch = "wasm32")]
pub mod close;
pub mod history;
#[cfg(target_arch = "wasm32")]
pub mod open;
pub mod prompt;
#[cfg(target_arch = "wasm32")]
pub mod recalled;
#[cfg(target_arch = "wasm32")]
pub mod setting;
#[cfg(any(test, target_arch = "wasm32"))]
pub mod speech;
pub mod spending;
#[cfg(target_arch = "wasm32")]
pub mod spoken;
#[cfg(any(test, target_arch = "wasm32"))]
pub mod step;
pub mod timing;
