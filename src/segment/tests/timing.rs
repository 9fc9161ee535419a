//! What time does: a slow model never leaves long silence, and a pause never breaks what belongs together.

use super::*;

struct Run {
    segmenter: Segmenter,
    now_ms: u64,
    /// (when, what)
    said: Vec<(u64, String)>,
}

impl Run {
    fn new() -> Self {
        Self {
            segmenter: Segmenter::new(Options::default()),
            now_ms: 0,
            said: Vec::new(),
        }
    }

    fn keep(&mut self, phrases: Vec<Phrase>) {
        let now_ms = self.now_ms;
        self.said
            .extend(phrases.into_iter().map(|phrase| (now_ms, phrase.spoken)));
    }

    fn wait(&mut self, gap_ms: u64) -> &mut Self {
        let until_ms = self.now_ms + gap_ms;
        while let Some(at_ms) = self
            .segmenter
            .next_deadline_ms()
            .filter(|at_ms| *at_ms <= until_ms)
        {
            self.now_ms = at_ms.max(self.now_ms);
            let phrases = self.segmenter.tick(self.now_ms);
            self.keep(phrases);
        }
        self.now_ms = until_ms;
        self
    }

    fn push(&mut self, chunk: &str) -> &mut Self {
        let phrases = self.segmenter.push(chunk, self.now_ms);
        self.keep(phrases);
        self
    }

    #[track_caller]
    fn said(&self, expected: &[(u64, &str)]) {
        let said: Vec<(u64, &str)> = self
            .said
            .iter()
            .map(|(at_ms, text)| (*at_ms, text.as_str()))
            .collect();
        assert_eq!(said, expected);
    }
}

#[test]
fn a_sentence_is_said_as_soon_as_the_next_word_shows_that_it_ended() {
    Run::new()
        .push("I hear you.")
        .push(" That")
        .said(&[(0, "I hear you.")]);
}

#[test]
fn a_sentence_at_the_end_of_the_text_so_far_waits_150_ms() {
    Run::new().push("I hear you.").wait(149).said(&[]);
    Run::new()
        .push("I hear you.")
        .wait(2_000)
        .said(&[(150, "I hear you.")]);
    Run::new()
        .push("I hear you.\n\n")
        .wait(2_000)
        .said(&[(150, "I hear you.")]);
}

#[test]
fn a_pause_after_an_abbreviation_says_nothing() {
    for text in [
        "Dr.",
        "I met Dr.",
        "It costs 3.",
        "See e.g.",
        "It is No.",
        "John F.",
        "in the U.S.",
        "in the U.S. Se",
        "See vol. I",
        "See https://a.",
        "Mail jo@x.",
        "Go to www.",
        "Is it https://a.b/c?",
    ] {
        let mut run = Run::new();
        run.push(text).wait(500);
        assert!(run.said.is_empty(), "{text}: {:?}", run.said);
    }
}

#[test]
fn a_clause_waits_600_ms_and_words_wait_1500_ms() {
    Run::new()
        .push("Well, you know")
        .wait(5_000)
        .said(&[(600, "Well,")]);
    let mut run = Run::new();
    run.push("I was thinking about how").wait(5_000);
    run.said(&[(1_500, "I was thinking about")]);
}

#[test]
fn a_slow_model_is_never_silent_for_long_when_a_clause_is_at_hand() {
    let mut run = Run::new();
    for word in "Hmm, let me think about that, because there are many ways, and some are slow. Yes, I see."
        .split_inclusive(' ')
    {
        run.push(word).wait(300);
    }
    let mut before_ms = 0;
    for (at_ms, phrase) in &run.said {
        assert!(
            at_ms - before_ms <= 2_400,
            "{phrase} after {} ms",
            at_ms - before_ms
        );
        before_ms = *at_ms;
    }
    assert!(run.said.len() >= 3, "{:?}", run.said);
}

#[test]
fn with_sound_ahead_a_clause_waits_until_it_is_needed() {
    let mut run = Run::new();
    run.push("Yes. ").push("Well, you know").said(&[(0, "Yes.")]);
    run.segmenter.set_buffered(4_000, 0);
    run.wait(10_000).said(&[(0, "Yes."), (3_200, "Well,")]);
}

#[test]
fn hunger_makes_phrases_shorter_and_plenty_no_longer() {
    let text = "Sure. This is a sentence of fifty characters, give or take. ".to_owned()
        + &"Here is one more of them for you. ".repeat(20);
    let count = |buffered_ms: Option<u64>| {
        let mut segmenter = Segmenter::new(Options::default());
        if let Some(buffered_ms) = buffered_ms {
            segmenter.set_buffered(buffered_ms, 0);
        }
        segmenter.push(&text, 0).len()
    };
    let (hungry, unknown, fed) = (count(Some(0)), count(None), count(Some(20_000)));
    assert!(hungry > unknown && unknown == fed, "{hungry} {unknown} {fed}");
}
