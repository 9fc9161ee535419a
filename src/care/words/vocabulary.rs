//! What a language says it with: lists of patterns and sets of words.

/// Sets of words, each named by a capital letter.
pub(in crate::care) type Sets = &'static [(&'static str, &'static str)];

/// The lists of patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::care) enum List {
    Crisis,
    Act,
    Emergency,
    Hints,
    Distress,
    Friend,
    Calm,
    Fiction,
    Past,
    Recovery,
    Now,
    QuotingOneself,
}

/// All of them.
pub(in crate::care) const LISTS: [List; 12] = [
    List::Crisis,
    List::Act,
    List::Emergency,
    List::Hints,
    List::Distress,
    List::Friend,
    List::Calm,
    List::Fiction,
    List::Past,
    List::Recovery,
    List::Now,
    List::QuotingOneself,
];

impl Vocabulary {
    /// One of its lists of patterns.
    pub fn list(&self, list: List) -> &'static str {
        match list {
            List::Crisis => self.crisis,
            List::Act => self.act,
            List::Emergency => self.emergency,
            List::Hints => self.hints,
            List::Distress => self.distress,
            List::Friend => self.friend,
            List::Calm => self.calm,
            List::Fiction => self.fiction,
            List::Past => self.past,
            List::Recovery => self.recovery,
            List::Now => self.now,
            List::QuotingOneself => self.quoting_oneself,
        }
    }
}

/// What one language says it with.
pub(in crate::care) struct Vocabulary {
    /// ISO 639-1.
    pub language: &'static str,
    /// Written without spaces, or loosely with them.
    pub is_unspaced: bool,
    /// Sets of words, each named by a capital letter.
    pub sets: Sets,
    /// Words that may stand anywhere inside a pattern.
    pub fillers: &'static str,
    /// Patterns: the person wants to die, or to hurt themselves.
    pub crisis: &'static str,
    /// Patterns: it is being done.
    pub act: &'static str,
    /// Patterns: a body in danger, violence.
    pub emergency: &'static str,
    /// Patterns that need distress beside them.
    pub hints: &'static str,
    /// Patterns: distress.
    pub distress: &'static str,
    /// Patterns: somebody close is in danger.
    pub friend: &'static str,
    /// Patterns: idioms, and what else takes back a match that they touch.
    pub calm: &'static str,
    /// Words: a negation before a match.
    pub negation: &'static str,
    /// Words between a negation and what it negates.
    pub links: &'static str,
    /// Words for the person.
    pub own: &'static str,
    /// Words for somebody close, as a subject.
    pub friends: &'static str,
    /// Words for anybody else, as a subject.
    pub others: &'static str,
    /// Patterns: a story, a song, a text about it.
    pub fiction: &'static str,
    /// Patterns: it is long past.
    pub past: &'static str,
    /// Patterns: it is overcome.
    pub recovery: &'static str,
    /// Patterns: it is back.
    pub now: &'static str,
    /// Patterns: what is quoted is the person's own.
    pub quoting_oneself: &'static str,
}

/// Nothing in any list.
pub(super) const NONE: Vocabulary = Vocabulary {
    language: "",
    is_unspaced: false,
    sets: &[],
    fillers: "",
    crisis: "",
    act: "",
    emergency: "",
    hints: "",
    distress: "",
    friend: "",
    calm: "",
    negation: "",
    links: "",
    own: "",
    friends: "",
    others: "",
    fiction: "",
    past: "",
    recovery: "",
    now: "",
    quoting_oneself: "",
};
