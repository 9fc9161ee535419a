//! Speech: cutting text into phrases, synthesis, hearing, and the containers sound travels in.

pub mod container;
pub mod cut;
pub mod hearing;
pub mod normalize;
pub mod phrasebook;
pub mod speech_request;
pub mod synthesis;
