//! The segmenter's promises, on a corpus and on random text. Tables of tricky texts are in `cases`.

#![allow(clippy::string_slice)]

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

use super::*;

mod cases;
mod timing;

fn cut_chunks<'a>(chunks: impl IntoIterator<Item = &'a str>, language: Option<&str>) -> Vec<Phrase> {
    let options = Options {
        language: language.map(str::to_owned),
        ..Options::default()
    };
    let mut segmenter = Segmenter::new(options);
    let mut phrases: Vec<Phrase> = chunks
        .into_iter()
        .flat_map(|chunk| segmenter.push(chunk, 0))
        .collect();
    phrases.extend(segmenter.finish(0));
    phrases
}

fn spoken(text: &str) -> Vec<String> {
    cut_chunks([text], None)
        .into_iter()
        .map(|phrase| phrase.spoken)
        .collect()
}

/// Everything the reader speaks, without cutting.
fn read(text: &str) -> String {
    let mut reader = Reader::default();
    reader.push(text);
    reader.settle();
    let ch_of = |piece: &Piece| match piece {
        Piece::Char { ch, .. } => *ch,
        _ => ' ',
    };
    reader.out.iter().map(ch_of).collect()
}

fn alphanumerics(text: &str) -> String {
    text.chars().filter(|ch| ch.is_alphanumeric()).collect()
}

const CORPUS: &str = include_str!("tests/corpus.txt");

fn replies() -> impl Iterator<Item = &'static str> {
    CORPUS.split("\n=====\n").filter(|reply| !reply.trim().is_empty())
}

fn assert_well_formed(text: &str, phrases: &[Phrase]) {
    let mut source_end = 0;
    for (index, phrase) in phrases.iter().enumerate() {
        assert_eq!(phrase.index, index);
        assert!(
            phrase.spoken.chars().any(char::is_alphanumeric),
            "says nothing: {phrase:?}"
        );
        assert_eq!(phrase.spoken.trim(), phrase.spoken);
        assert!(phrase.spoken.chars().count() <= PHRASE_CHARS_MAX, "{phrase:?}");
        assert!(!phrase.spoken.contains("  "), "{phrase:?}");
        assert!(!phrase.spoken.contains(['\n', '\r', '\t']), "{phrase:?}");
        assert!(
            phrase.source.start >= source_end && phrase.source.end <= text.len(),
            "{phrase:?}"
        );
        assert!(
            text.get(phrase.source.clone()).is_some(),
            "splits a character: {phrase:?}"
        );
        source_end = phrase.source.end;
    }
    let said: String = phrases
        .iter()
        .map(|phrase| alphanumerics(&phrase.spoken))
        .collect();
    assert_eq!(said, alphanumerics(&read(text)), "words lost or doubled");
}

#[test]
fn the_corpus_is_cut_alike_whole_and_by_character() {
    for reply in replies() {
        let whole = cut_chunks([reply], None);
        let by_char = cut_chunks(reply.split("").filter(|chunk| !chunk.is_empty()), None);
        assert_eq!(whole, by_char);
        let by_word = cut_chunks(reply.split_inclusive(' '), None);
        assert_eq!(whole, by_word);
        assert_well_formed(reply, &whole);
    }
}

#[test]
fn the_first_phrase_comes_early_in_the_corpus() {
    for reply in replies() {
        let first = &cut_chunks([reply], None)[0];
        assert!(first.spoken.chars().count() <= pace::FIRST_MAX + 1, "{first:?}");
    }
}

#[test]
fn memory_is_bounded_whatever_the_text() {
    for unit in [
        "a",
        "(",
        "[",
        "[x",
        "<a ",
        "`",
        "```\n",
        "*",
        "a.",
        "“",
        ".\u{301}",
        "\n",
        "| ",
        "- ",
        "1. ",
        "क्",
        "e\u{301}",
        "🎉",
        "&a",
        "$a",
        "\\(",
        "\\[x=",
        "【1",
        "\u{e200}",
        "*a",
        "*smiles ",
        "https://a",
        "http",
        "[1]",
        "[1",
        "[[1",
        "<|",
        "<|a",
        "<think>",
        "([a.b](c",
        "```a",
        "K. De ",
        "a,\"",
    ] {
        let mut segmenter = Segmenter::new(Options::default());
        for _ in 0..3_000 {
            segmenter.push(unit, 0);
            assert!(
                segmenter.items.len() <= PHRASE_CHARS_MAX + 4,
                "{unit:?}: {} items",
                segmenter.items.len()
            );
            assert!(
                segmenter.reader.held() <= 1_000,
                "{unit:?}: {} held",
                segmenter.reader.held()
            );
        }
        let phrases = segmenter.finish(0);
        assert!(
            phrases
                .iter()
                .all(|phrase| phrase.spoken.chars().count() <= PHRASE_CHARS_MAX),
            "{unit:?}"
        );
    }
}

#[test]
fn a_phrase_limit_of_the_caller_holds() {
    let mut segmenter = Segmenter::new(Options {
        phrase_chars_max: 40,
        ..Options::default()
    });
    let text = replies().collect::<Vec<_>>().join("\n\n");
    let mut phrases = segmenter.push(&text, 0);
    phrases.extend(segmenter.finish(0));
    assert!(phrases.len() > 20);
    assert!(phrases.iter().all(|phrase| phrase.spoken.chars().count() <= 40));
}

#[test]
fn finish_in_the_middle_lets_the_reply_go_on() {
    let mut segmenter = Segmenter::new(Options::default());
    assert!(segmenter.push("Let me look that", 0).is_empty());
    let first = segmenter.finish(0);
    assert_eq!(first[0].spoken, "Let me look that");
    let mut rest = segmenter.push(" up for you. It rains.", 0);
    rest.extend(segmenter.finish(0));
    assert_eq!(rest[0].index, 1);
    assert_eq!(rest[0].spoken, "up for you. It rains.");
}

/// What is not said, whole and in halves.
const MARKS: &[&str] = &[
    "```js\n",
    "\n```",
    "```\n",
    "\n```Now ",
    "[1]",
    " [2]",
    "[1][2]",
    "[[3]](",
    "【4:0†source】",
    "【",
    "\u{e200}",
    "\u{e201}",
    "([a.org](http://a.org))",
    "<user>@<host>",
    "<think>",
    "<thought>",
    "[THINK]",
    "[/THINK",
    "<tool_call>",
    "</tool_call>",
    "<|im_end|>",
    "<|im_start|>",
    "<|channel|>analysis",
    "user",
    "<｜a▁b｜>",
    "https://www.a.org/b_(c)?d.",
    "http",
    "://",
    "www.",
    "*smiles softly* ",
    "*go* I ",
    "*",
    "$x^2$",
    "$",
    "$$",
    "\\(",
    "\\)",
    "\\frac{a}{b}",
    "K. Le Guin ",
    "A. De la ",
    ",” ",
];

/// Text in which marks, scripts and Markdown are likely.
fn rough_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z]{1,8}".prop_map(|word| word + " "),
        2 => "[a-z]{1,5}[.!?,;:] ?",
        1 => "[0-9]{1,4}[.,:]?[0-9]{0,2} ?",
        1 => Just("Dr. ".to_owned()),
        1 => Just("U.S. ".to_owned()),
        1 => Just("\n".to_owned()),
        1 => Just("\n\n- ".to_owned()),
        1 => Just("\n1. ".to_owned()),
        1 => Just("**".to_owned()),
        1 => Just("[link](http://a.b/c_d_e)".to_owned()),
        1 => Just("![".to_owned()),
        1 => Just("```".to_owned()),
        1 => Just("`".to_owned()),
        2 => prop::sample::select(MARKS).prop_map(str::to_owned),
        1 => Just("| ".to_owned()),
        1 => Just("<b>".to_owned()),
        1 => Just("&amp;".to_owned()),
        1 => Just("👩‍👩‍👧".to_owned()),
        1 => Just("你好。".to_owned()),
        1 => Just("नमस्ते। ".to_owned()),
        1 => Just("สวัสดี ครับ".to_owned()),
        1 => Just("e\u{301}".to_owned()),
        1 => Just("”".to_owned()),
        1 => Just("...".to_owned()),
        1 => Just("\u{a0}".to_owned()),
        1 => Just("—\u{301}".to_owned()),
        1 => "[0-9 ]{1,40}",
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn chunks_at<'a>(text: &'a str, cuts: &[prop::sample::Index]) -> Vec<&'a str> {
    let mut at: Vec<usize> = cuts
        .iter()
        .map(|cut| text.floor_char_boundary(cut.index(text.len() + 1)))
        .collect();
    at.extend([0, text.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn phrases_do_not_depend_on_the_chunks(
        text in prop_oneof![rough_text(), ".{0,200}"],
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
    ) {
        let whole = cut_chunks([text.as_str()], None);
        prop_assert_eq!(&cut_chunks(chunks_at(&text, &cuts), None), &whole);
        let by_char = cut_chunks(text.split("").filter(|chunk| !chunk.is_empty()), None);
        prop_assert_eq!(&by_char, &whole);
        assert_well_formed(&text, &whole);
    }

    #[test]
    fn random_chunks_of_the_corpus_are_cut_alike(
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        language in prop_oneof![Just(None), Just(Some("de")), Just(Some("en"))],
    ) {
        for reply in replies().take(4) {
            prop_assert_eq!(cut_chunks(chunks_at(reply, &cuts), language), cut_chunks([reply], language));
        }
    }

    #[test]
    fn no_grapheme_is_split(text in "(\\PC|[a-z]|e\u{301}|क्षि|กำ|각){0,400}") {
        // Between phrases the reader's own text has a grapheme boundary.
        let phrases = cut_chunks([text.as_str()], None);
        for pair in phrases.windows(2) {
            if pair[0].source.end == pair[1].source.start {
                let around = &text[pair[0].source.start..pair[1].source.end];
                let at = pair[0].source.end - pair[0].source.start;
                let ends: Vec<usize> = around.grapheme_indices(true).map(|(index, _)| index).collect();
                prop_assert!(ends.contains(&at), "{:?} | {:?}", pair[0].spoken, pair[1].spoken);
            }
        }
    }

    #[test]
    fn plain_words_are_all_spoken(words in prop::collection::vec("[a-zA-Z0-9äöüéß]{1,12}[.,!?]?", 1..80)) {
        let text = format!("So {}", words.join(" "));
        let said: Vec<String> = spoken(&text);
        prop_assert_eq!(said.join(" "), text);
    }

    #[test]
    fn time_never_loses_words_and_a_deadline_always_gives_a_phrase(
        chunks in prop::collection::vec((rough_text(), 0u64..900), 0..12),
        buffered_ms in prop::option::of(0u64..8_000),
    ) {
        let mut segmenter = Segmenter::new(Options::default());
        let mut now_ms = 0;
        let mut phrases = Vec::new();
        let mut text = String::new();
        for (chunk, gap_ms) in &chunks {
            let arrival_ms = now_ms + gap_ms;
            while let Some(deadline_ms) = segmenter.next_deadline_ms().filter(|at_ms| *at_ms <= arrival_ms) {
                let due = segmenter.tick(deadline_ms.max(now_ms));
                prop_assert!(!due.is_empty(), "a deadline without a phrase");
                phrases.extend(due);
            }
            now_ms = arrival_ms;
            if let Some(buffered_ms) = buffered_ms {
                segmenter.set_buffered(buffered_ms, now_ms);
            }
            phrases.extend(segmenter.push(chunk, now_ms));
            text.push_str(chunk);
        }
        phrases.extend(segmenter.finish(now_ms));
        assert_well_formed(&text, &phrases);
    }
}
