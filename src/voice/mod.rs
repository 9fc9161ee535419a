//! Speech: cutting text into phrases, synthesis, hearing, and the containers sound travels in.

pub mod container;
pub mod cut;
<<<<<<< HEAD
pub mod hearing;
pub mod speech_request;
pub mod synthesis;
=======
pub mod normalize;
pub mod phrasebook;
>>>>>>> cut
