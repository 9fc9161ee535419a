//! Wire formats shared by several rooms. Pure.

pub mod audio_format;
pub mod base64;
pub mod boundaries;
pub mod escapes;
pub mod fields;
pub mod flat;
pub mod hex;
pub mod json;
pub mod lower_case;
pub mod order;
pub mod raw;
pub mod spacing;
pub mod sse;
pub mod trace;
