//! How a session finds the ends of turns, how long it waits for one, and what its ears tell. Pure.

use super::endings::Ending;

/// A model that is so sure of an end, or of its opposite, is believed where words say neither.
const MODEL_SURE: f32 = 0.9;
const MODEL_UNSURE: f32 = 0.3;

/// How a session finds the ends of turns: OpenAI's `turn_detection`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Detection {
    /// By silence alone.
    ServerVad {
        /// 0 to 1: how much louder than the room a voice must be.
        threshold: f32,
        /// Sound before the voice that belongs to the turn, too.
        prefix_padding_ms: u32,
        /// Silence that ends a turn.
        silence_duration_ms: u32,
    },
    /// By silence and words.
    SemanticVad {
        /// How soon to answer.
        eagerness: Eagerness,
    },
    /// Not at all: the client says when.
    None,
}

/// How soon a `semantic_vad` takes a turn for ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eagerness {
    /// Lets people think for up to 8 s.
    Low,
    /// Up to 4 s.
    Medium,
    /// Up to 2 s.
    High,
    /// As medium.
    Auto,
}

/// What was heard. `at_ms` counts sound since the first sample of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A turn begins; `at_ms` is where its sound begins, padding included. While a reply is played it comes with `BargeIn`.
    SpeechStarted {
        /// The first sound that belongs to the turn.
        at_ms: u64,
    },
    /// The turn has ended.
    SpeechStopped {
        /// The end of the sound that belongs to the turn: the silence that ended it is in it.
        at_ms: u64,
    },
    /// A short silence: a provisional turn may begin.
    Pause {
        /// Now.
        at_ms: u64,
    },
    /// The pause was none.
    Resumed {
        /// Now.
        at_ms: u64,
    },
    /// What is said over a reply is meant to stop it.
    BargeIn {
        /// Now.
        at_ms: u64,
    },
}

/// The silence after which a turn has ended, by what its words say and by a model's probability of an end.
pub(super) fn wait_ms(eagerness: Eagerness, words: Option<Ending>, model: Option<f32>) -> u64 {
    // Finished, open, hesitant, unfinished; no words.
    let [finished, open, hesitant, unfinished, unknown] = match eagerness {
        Eagerness::Low => [600, 900, 3_200, 8_000, 1_500],
        Eagerness::Medium | Eagerness::Auto => [280, 320, 1_600, 4_000, 700],
        Eagerness::High => [240, 280, 800, 2_000, 500],
    };
    let by_words = match words {
        None => unknown,
        Some(Ending::Finished) => finished,
        Some(Ending::Open) => open,
        Some(Ending::Hesitant) => hesitant,
        Some(Ending::Unfinished) => unfinished,
    };
    match (words, model) {
        // Words that say something are surer than melody is.
        (Some(Ending::Finished | Ending::Hesitant | Ending::Unfinished), _) => by_words,
        (_, Some(probability)) if probability >= MODEL_SURE => finished,
        (_, Some(probability)) if probability < MODEL_UNSURE => unknown,
        _ => by_words,
    }
}
