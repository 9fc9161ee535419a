//! One turn of a conversation, whatever form its answer takes: [`open`] brings what is known before the model is asked,
//! [`close`] keeps what was said. Neither knows whether the reply is text or sound.

#[cfg(target_arch = "wasm32")]
pub mod close;
#[cfg(target_arch = "wasm32")]
pub mod open;
pub mod prompt;
