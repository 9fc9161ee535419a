use super::*;
use crate::model::observer::*;
use crate::upstream::outcome::Failure;
use crate::wire::sse::SseParser;
use proptest::prelude::*;

fn chunk(delta: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":null}}]}}\n\n")
}

fn finish(reason: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"{reason}\"}}]}}\n\n")
}

fn observe(stream: &str) -> Observer {
    let mut observer = Observer::new(1).keeping_reply();
    observer.feed(stream.as_bytes());
    observer
}

const ROLE: &str = r#"{"role":"assistant","content":""}"#;

#[test]
fn what_no_reader_of_numbers_or_surrogates_takes_is_content_all_the_same() {
    for delta in [r#"{"content":"x","score":1e999}"#, r#"{"content":"\ud83c"}"#] {
        assert_eq!(observe(&chunk(delta)).opening(), Opening::Content, "{delta}");
    }
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let stream = chunk(&format!(r#"{{"content":"x","deep":{deep}}}"#));
    assert_eq!(observe(&stream).opening(), Opening::Content);
}

#[test]
fn halves_of_pairs_cost_their_chunk_nothing_of_its_text() {
    let stream = chunk(r#"{"content":"Hello \ud83d"}"#) + &chunk(r#"{"content":"\ude00 you"}"#);
    assert_eq!(observe(&stream).text().unwrap(), "Hello \u{fffd}\u{fffd} you");
}

#[test]
fn a_last_event_without_its_empty_line_still_ends_the_reply() {
    let text = chunk(r#"{"content":"x"}"#);
    for end in ["data: [DONE]", "data: [DONE]\n", "data:[DONE]\r\n"] {
        assert_eq!(observe(&format!("{text}{end}")).end(), ReplyEnd::Done, "{end:?}");
    }
    for end in ["data: [DONE", "data: x\ndata: [DONE]", "[DONE]\n"] {
        assert_eq!(observe(&format!("{text}{end}")).end(), ReplyEnd::Cut, "{end:?}");
    }
}

#[test]
fn what_is_appended_joins_no_unfinished_event() {
    let text = chunk(r#"{"content":"x"}"#);
    for (end, separator) in [
        ("", ""),
        ("data: half", "\n\n"),
        ("data: a line\n", "\n\n"),
        ("event: ping\n", "\n\n"),
        (": comment\n\n", ""),
        ("data: x\r\n\r\n", ""),
        ("data: x\r\r", ""),
        ("data: x\r\n", "\n\n"),
    ] {
        assert_eq!(observe(&format!("{text}{end}")).separator(), separator, "{end:?}");
    }
}

#[test]
fn after_an_event_too_long_to_read_only_a_whole_line_is_the_end() {
    let long = chunk(&format!(r#"{{"content":"{}"}}"#, "x".repeat(300_000)));
    let mut observer = observe(&(chunk(r#"{"content":"x"}"#) + &long));
    assert!(!observer.feed(b"data: {\"choices\":[{\"delta\":{\"content\":\"data: [DONE]"));
    assert!(!observer.feed(b"\"}}]}\n\n"));
    assert_eq!(observer.end(), ReplyEnd::Cut);
    assert!(observer.feed(b"data: [DONE]\n\n"));
    assert_eq!(observer.end(), ReplyEnd::Done);
}

#[test]
fn a_whole_reply_means_what_a_stream_of_it_would() {
    let with = |message: &str, reason: &str| {
        whole_meaning(&format!(
            r#"{{"choices":[{{"message":{message},"finish_reason":"{reason}"}}],"n":1e999}}"#
        ))
    };
    assert_eq!(
        with(r#"{"role":"assistant","content":"x"}"#, "stop"),
        Meaning::Content
    );
    assert_eq!(
        with(r#"{"content":null,"tool_calls":[{}]}"#, "tool_calls"),
        Meaning::Content
    );
    for reason in ["stop", "length", "content_filter"] {
        let silent = with(r#"{"role":"assistant","content":""}"#, reason);
        assert_eq!(silent, Meaning::Finished, "{reason}");
    }
    assert_eq!(with(r#"{"content":""}"#, ""), Meaning::Done);
    for said in ["", "What it had sa"] {
        let message = format!(r#"{{"content":"{said}"}}"#);
        assert_eq!(with(&message, "error"), Meaning::Error, "{said}");
    }
    assert_eq!(whole_meaning(r#"{"choices":[]}"#), Meaning::Done);
    assert_eq!(
        whole_meaning(r#"{"choices":[],"error":{"message":"x"}}"#),
        Meaning::Error
    );
    for text in ["", "[]", "{}", "{\"choices\":[", "<html>"] {
        assert_eq!(whole_meaning(text), Meaning::Other, "{text}");
    }
}

#[test]
fn a_role_alone_is_not_content_and_anything_said_is() {
    assert_eq!(observe(&chunk(ROLE)).opening(), Opening::Waiting);
    for delta in [
        r#"{"content":"Hi"}"#,
        r#"{"role":"assistant","content":"Hi"}"#,
        r#"{"refusal":"no"}"#,
        r#"{"tool_calls":[{"index":0}]}"#,
    ] {
        assert_eq!(observe(&chunk(delta)).opening(), Opening::Content, "{delta}");
    }
}

#[test]
fn all_four_ways_a_stream_dies_are_seen() {
    let begun = chunk(r#"{"content":"Hi"}"#);
    for (name, rest) in [
        (
            "error object",
            "data: {\"error\":{\"message\":\"x\"}}\n\n".to_owned(),
        ),
        (
            "error event",
            "event: error\ndata: {\"message\":\"x\"}\n\n".to_owned(),
        ),
        (
            "groq",
            "data: {\"choices\":[],\"x_groq\":{\"error\":\"over capacity\"}}\n\n".to_owned(),
        ),
    ] {
        assert_eq!(
            observe(&format!("{begun}{rest}")).end(),
            ReplyEnd::ErrorSeen,
            "{name}"
        );
        assert_eq!(observe(&rest).opening(), Opening::Failed, "{name} first");
        assert_eq!(
            observe(&format!("{}{rest}", chunk(ROLE))).opening(),
            Opening::Failed,
            "{name} after a role"
        );
    }
    assert_eq!(observe(&begun).end(), ReplyEnd::Cut);
    assert_eq!(observe(&format!("{begun}data: [DONE]\n\n")).end(), ReplyEnd::Done);
}

#[test]
fn an_end_in_crlf_is_complete_with_its_lf() {
    let mut observer = observe(&chunk(r#"{"content":"x"}"#));
    assert!(!observer.feed(b"data: [DONE]\r\n\r"));
    assert_eq!(observer.end(), ReplyEnd::Done);
    assert!(observer.feed(b"\n"));
}

#[test]
fn a_reply_that_says_nothing_is_whole_when_it_has_finished_and_empty_otherwise() {
    for reason in ["stop", "length", "content_filter", "tool_calls"] {
        let silent = format!("{}{}data: [DONE]\n\n", chunk(ROLE), finish(reason));
        let silent = observe(&silent);
        assert_eq!(
            (silent.opening(), silent.end(), silent.verdict()),
            (Opening::Whole, ReplyEnd::Done, ReplyVerdict::SaidNothing),
            "{reason}"
        );
    }
    for reason in ["", "null"] {
        let empty = format!("{}{}data: [DONE]\n\n", chunk(ROLE), finish(reason));
        assert_eq!(observe(&empty).opening(), Opening::Empty, "{reason:?}");
    }
    assert_eq!(observe("data: [DONE]\n\n").opening(), Opening::Empty);
    let silent = observe(&(chunk(ROLE) + &finish("stop")));
    assert_eq!(
        (silent.opening(), silent.end()),
        (Opening::Waiting, ReplyEnd::Finished)
    );
}

#[test]
fn a_stream_is_whole_once_every_choice_has_finished_and_it_ends_cleanly() {
    let words = chunk(r#"{"content":"Hi"}"#);
    let other = finish("stop").replace("\"index\":0", "\"index\":1");
    let usage = "data: {\"choices\":[],\"usage\":{}}\n\n";
    for (rest, choices, end) in [
        (finish("stop"), 1, ReplyEnd::Finished),
        (finish("stop") + usage, 1, ReplyEnd::Finished),
        (finish("stop") + ": bye\n\n", 1, ReplyEnd::Finished),
        (finish("stop").trim_end().to_owned(), 1, ReplyEnd::Finished),
        (finish("stop") + usage.trim_end(), 1, ReplyEnd::Finished),
        (finish("") + &finish("null"), 1, ReplyEnd::Cut),
        (finish("error"), 1, ReplyEnd::Cut),
        (finish("stop") + "data: {\"choi", 1, ReplyEnd::Cut),
        (String::new(), 1, ReplyEnd::Cut),
        (finish("stop"), 2, ReplyEnd::Cut),
        (finish("stop") + &finish("stop"), 2, ReplyEnd::Cut),
        (finish("stop") + &other, 2, ReplyEnd::Finished),
        (other.clone(), 2, ReplyEnd::Cut),
    ] {
        let stream = format!("{words}{rest}");
        for size in [1, 7, 4096] {
            let mut observer = Observer::new(choices);
            for bytes in stream.as_bytes().chunks(size) {
                assert!(!observer.feed(bytes));
            }
            assert_eq!(observer.end(), end, "{choices} {rest}");
            let verdict = if end == ReplyEnd::Finished {
                ReplyVerdict::Answered
            } else {
                ReplyVerdict::Cut
            };
            assert_eq!(observer.verdict(), verdict, "{rest}");
        }
    }
}

#[test]
fn error_as_a_reason_to_finish_is_a_failure() {
    let failed = observe(&(chunk(ROLE) + &finish("error")));
    assert_eq!(
        (failed.opening(), failed.failure()),
        (Opening::Failed, Failure::InBand)
    );
    let said = observe(&(chunk(r#"{"content":"Hi"}"#) + &finish("error") + "data: [DONE]\n\n"));
    assert_eq!(
        (said.opening(), said.end(), said.verdict()),
        (
            Opening::Content,
            ReplyEnd::Done,
            ReplyVerdict::Failed(Failure::InBand)
        )
    );
}

#[test]
fn comments_are_signs_of_life_and_a_preamble_is_none() {
    let mut observer = Observer::new(1);
    observer.feed(b": OPENROUTER PROCESSING\n\n:\n\n");
    observer.feed(chunk(ROLE).as_bytes());
    assert_eq!(
        (observer.signs_of_life(), observer.opening()),
        (2, Opening::Waiting)
    );
}

#[test]
fn of_several_choices_the_first_alone_is_kept() {
    let other = chunk(r#"{"content":"no"}"#).replace("\"index\":0", "\"index\":1");
    let both = other.clone() + &chunk(r#"{"content":"yes"}"#) + &other;
    assert_eq!(observe(&both).text().unwrap(), "yes");
    let calls =
        chunk(r#"{"tool_calls":[{"index":0,"id":"call_1","function":{"name":"f","arguments":"{"}}]}"#)
            + &chunk(r#"{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]}"#);
    let kept = observe(&calls).reply().unwrap().tool_calls.unwrap();
    assert_eq!(kept.pointer("/0/function/arguments").unwrap(), "{}");
}

#[test]
fn thoughts_are_no_part_of_what_is_kept() {
    for (reply, kept) in [
        ("<think>hm</think>\n\nHi.", "Hi."),
        ("Hi <think>a</think>there<think>b", "Hi there"),
        ("so they ask</think>Hi.", "Hi."),
        ("[THINK]x[/THINK]Hi.", "Hi."),
        ("<think>only", ""),
        ("  Hi. ", "  Hi. "),
        ("I think so.", "I think so."),
    ] {
        assert_eq!(without_thoughts(reply), kept, "{reply}");
    }
}

#[test]
fn the_word_error_in_a_reply_is_not_an_error() {
    let talk = format!(
        "{}{}data: [DONE]\n\n",
        chunk(r#"{"content":"an error"}"#),
        chunk(r#"{"content":"error: {\"error\":1}"}"#)
    );
    assert_eq!(observe(&talk).end(), ReplyEnd::Done);
    assert_eq!(observe(&talk).text().unwrap(), "an errorerror: {\"error\":1}");
}

#[test]
fn a_malformed_event_does_not_end_a_good_stream() {
    let stream = format!(
        "{}data: {{broken\n\n{}data: [DONE]\n\n",
        chunk(r#"{"content":"a"}"#),
        chunk(r#"{"content":"b"}"#)
    );
    let observer = observe(&stream);
    assert_eq!(
        (observer.end(), observer.text().unwrap().as_str()),
        (ReplyEnd::Done, "ab")
    );
}

#[test]
fn an_appended_event_is_kept_apart_from_an_unfinished_one() {
    assert_eq!(observe(&chunk(r#"{"content":"a"}"#)).separator(), "");
    assert_eq!(observe("data: {\"choi").separator(), "\n\n");
    assert_eq!(observe("data: {}\n").separator(), "\n\n");
    assert_eq!(observe("").separator(), "");
}

#[test]
fn an_endless_event_blinds_the_observer_but_not_to_the_end() {
    let mut observer = Observer::new(1);
    observer.feed(chunk(r#"{"content":"a"}"#).as_bytes());
    observer.feed(&vec![b'x'; 300 * 1024]);
    assert!(!observer.is_complete());
    assert!(observer.feed(b"\n\ndata: [DONE]\n\n"));
    assert_eq!(observer.end(), ReplyEnd::Done);
}

/// What the end of a stream is when every event of it is parsed.
fn end_by_parsing_all(stream: &str) -> ReplyEnd {
    let mut parser = SseParser::new();
    parser.push(format!("{stream}\n\n").as_bytes());
    let events: Vec<_> = std::iter::from_fn(|| parser.next_event().unwrap()).collect();
    let meanings: Vec<_> = events.iter().map(|event| read(event).meaning).collect();
    let done = meanings.iter().position(|one| *one == Meaning::Done);
    let seen = &meanings[..done.unwrap_or(meanings.len())];
    match (seen.contains(&Meaning::Error), done) {
        (true, _) => ReplyEnd::ErrorSeen,
        (false, Some(_)) => ReplyEnd::Done,
        (false, None) => ReplyEnd::Cut,
    }
}

const PIECES: [&str; 12] = [
    "data: {\"choices\":[{\"delta\":{\"content\":\"mirror [D\"}}]}",
    "data: {\"choices\":[{\"delta\":{\"content\":\"error [DONE] \"}}]}",
    "data: {\"error\":{\"message\":\"x\"}}",
    "data: {\"x_groq\":{\"error\":\"full\"}}",
    "event: error\ndata: {\"message\":\"x\"}",
    "event: error",
    "event: delta\ndata: {}",
    ": error",
    "data: [DONE]",
    "data:[DONE]",
    "data: {\"id\":1}\ndata: [DONE]",
    "",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn skimming_overlooks_nothing(
        pieces in prop::collection::vec((0usize..12, 0usize..3), 0..6),
        cuts in prop::collection::vec(0usize..400, 0..8),
    ) {
        let mut stream = chunk(r#"{"content":"x"}"#);
        for (piece, line_end) in pieces {
            let line_end = ["\n", "\r\n", "\r"][line_end];
            stream.push_str(&format!("{}{line_end}{line_end}", PIECES[piece].replace('\n', line_end)));
        }
        let bytes = stream.as_bytes();
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let mut observer = Observer::new(1);
        for pair in cuts.windows(2) {
            if observer.feed(&bytes[pair[0]..pair[1]]) {
                break;
            }
        }
        prop_assert_eq!(observer.end(), end_by_parsing_all(&stream), "{}", stream);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn how_the_bytes_were_split_makes_no_difference(cuts in prop::collection::vec(0usize..400, 0..8)) {
        let stream = format!("\u{feff}{}: c\r\n{}{}data: [DONE]\r\n\r\n", chunk(ROLE), chunk(r#"{"content":"hé 😀"}"#), chunk(r#"{"content":"llo"}"#));
        let bytes = stream.as_bytes();
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let mut observer = Observer::new(1).keeping_reply();
        for pair in cuts.windows(2) {
            observer.feed(&bytes[pair[0]..pair[1]]);
        }
        prop_assert_eq!(observer.end(), ReplyEnd::Done);
        prop_assert_eq!(observer.text().unwrap(), "h\u{e9} \u{1f600}llo");
    }
}

#[test]
fn a_thought_commits_and_the_first_word_is_content() {
    let parts = |kind: &str| format!(r#"{{"content":[{{"type":"{kind}","{kind}":"x"}}]}}"#);
    for thought in [
        r#"{"reasoning":"x"}"#,
        r#"{"role":"assistant","content":"","reasoning_content":"x"}"#,
        r#"{"reasoning_details":[{"text":"x"}]}"#,
        &parts("thinking"),
        r#"{"content":"<think>x"}"#,
    ] {
        let mut observer = observe(&(chunk(ROLE) + &chunk(thought)));
        assert_eq!(observer.opening(), Opening::Thought, "{thought}");
        assert!(observer.is_thinking());
        let end = if thought.contains("<think>") {
            "</think>"
        } else {
            ""
        };
        observer.feed(chunk(&format!(r#"{{"content":"{end}Hi"}}"#)).as_bytes());
        assert_eq!(observer.opening(), Opening::Content, "{thought}");
        observer.feed(chunk(thought).as_bytes());
        observer.feed((finish("stop") + "data: [DONE]\n\n").as_bytes());
        assert_eq!(observer.verdict(), ReplyVerdict::Answered);
    }
    for content in [
        r#"{"reasoning":"x","tool_calls":[{"index":0}]}"#,
        r#"{"reasoning":"","content":"x"}"#,
        &parts("text"),
        r#"{"refusal":"no"}"#,
    ] {
        assert_eq!(observe(&chunk(content)).opening(), Opening::Content, "{content}");
    }
}

#[test]
fn a_reply_that_is_only_thought_is_nobodys_failure_and_a_broken_one_is_cut() {
    let thought = chunk(r#"{"reasoning":"x"}"#);
    let whole = observe(&(thought.clone() + &finish("length")));
    assert_eq!(
        (whole.end(), whole.verdict()),
        (ReplyEnd::Finished, ReplyVerdict::SaidNothing)
    );
    assert_eq!(observe(&thought).verdict(), ReplyVerdict::Cut);
    let error = observe(&(thought + "data: {\"error\":{}}\n\n"));
    assert_eq!(
        error.opening(),
        Opening::Thought,
        "it was shown: nobody takes over"
    );
    assert_eq!(error.end(), ReplyEnd::ErrorSeen);
}

#[test]
fn a_completion_says_whether_there_was_room_for_all_of_it() {
    let completion =
        |reason: &str| format!(r#"{{"choices":[{{"message":{{}},"finish_reason":"{reason}"}}]}}"#);
    assert!(is_cut_off(&completion("length")));
    for whole in [&completion("stop"), "", r#"{"choices":[]}"#] {
        assert!(!is_cut_off(whole), "{whole}");
    }
}

#[test]
fn a_bare_error_is_one_and_says_why() {
    let bare =
        r#"{"object":"error","message":"This model's maximum context length is 8 tokens.","code":400}"#;
    let observer = observe(&format!("data: {bare}\n\ndata: [DONE]\n\n"));
    assert_eq!(observer.opening(), Opening::Failed);
    assert!(matches!(observer.failure(), Failure::Refused(refusal) if refusal.reason.is_some()));
    assert_eq!(whole_meaning(bare), Meaning::Error);
}
