use proptest::prelude::*;

use super::*;

fn events_of(pushes: &[&[u8]]) -> (Vec<SseEvent>, Option<SseError>) {
    events_with_limit(pushes, HELD_BYTES_MAX)
}

fn events_with_limit(pushes: &[&[u8]], held_bytes_max: usize) -> (Vec<SseEvent>, Option<SseError>) {
    let mut parser = SseParser::with_limit(held_bytes_max);
    let mut events = Vec::new();
    for bytes in pushes {
        parser.push(bytes);
        loop {
            match parser.next_event() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(error) => return (events, Some(error)),
            }
        }
    }
    (events, None)
}

/// (event, data, id) of a whole stream in one push.
fn shown(stream: &[u8]) -> Vec<(String, String, String)> {
    let (events, error) = events_of(&[stream]);
    assert_eq!(error, None);
    events
        .into_iter()
        .map(|event| (event.event, event.data, event.id))
        .collect()
}

#[track_caller]
fn ok_shows(stream: impl AsRef<[u8]>, expected: &[(&str, &str, &str)]) {
    let stream = stream.as_ref();
    let expected: Vec<_> = expected
        .iter()
        .map(|(event, data, id)| (event.to_string(), data.to_string(), id.to_string()))
        .collect();
    assert_eq!(shown(stream), expected);
    let bytewise: Vec<&[u8]> = stream.chunks(1).collect();
    assert_eq!(events_of(&bytewise), events_of(&[stream]), "byte by byte");
}

#[test]
fn ok_fields_and_line_ends() {
    ok_shows("data: a\n\n", &[("message", "a", "")]);
    ok_shows("data: a\r\r", &[("message", "a", "")]);
    ok_shows("data: a\r\n\r\n", &[("message", "a", "")]);
    ok_shows(
        "data: a\r\n\rdata: b\n\r\n",
        &[("message", "a", ""), ("message", "b", "")],
    );
    ok_shows(
        "data: a\ndata: b\ndata\ndata:\ndata:  c\n\n",
        &[("message", "a\nb\n\n\n c", "")],
    );
    ok_shows(
        "event: x\ndata:y:z\nid: 7\n\ndata: n\n\n",
        &[("x", "y:z", "7"), ("message", "n", "7")],
    );
    ok_shows(
        "data: a\n\n\n\n\ndata: b\n\n",
        &[("message", "a", ""), ("message", "b", "")],
    );
    ok_shows(
        "data\n\ndata\ndata\n\ndata:",
        &[("message", "", ""), ("message", "\n", "")],
    );
}

#[test]
fn ok_comments_and_unknown_fields_are_ignored() {
    ok_shows(
        ": hello\nDATA: no\ndatax: no\n data: no\ndata: a\nfoo\n\n",
        &[("message", "a", "")],
    );
    ok_shows(":\n\n:\n\n", &[]);
}

#[test]
fn ok_an_event_without_data_is_not_dispatched_and_loses_its_type_but_not_its_id() {
    ok_shows("event: x\nid: 1\n\ndata: a\n\n", &[("message", "a", "1")]);
}

#[test]
fn ok_an_unfinished_event_is_not_dispatched() {
    ok_shows("data: a\n\ndata: b\n", &[("message", "a", "")]);
    ok_shows("data: a\n\ndata: b", &[("message", "a", "")]);
    let mut parser = SseParser::new();
    parser.push(b"data: a\n\n");
    assert_eq!(parser.next_event().unwrap().unwrap().data, "a");
    assert!(!parser.is_mid_event());
    parser.push(b"data: b\n");
    assert_eq!(parser.next_event(), Ok(None));
    assert!(parser.is_mid_event());
}

#[test]
fn ok_ids_with_nul_are_ignored_and_an_empty_id_resets() {
    ok_shows(
        "id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n",
        &[("message", "a", "1"), ("message", "b", "1")],
    );
    ok_shows(
        "id: 1\ndata: a\n\nid\ndata: b\n\n",
        &[("message", "a", "1"), ("message", "b", "")],
    );
}

#[test]
fn ok_only_one_leading_byte_order_mark_is_dropped() {
    ok_shows("\u{feff}data: a\n\n", &[("message", "a", "")]);
    ok_shows("\u{feff}\u{feff}data: a\n\ndata: b\n\n", &[("message", "b", "")]);
    ok_shows(
        "data: \u{feff}a\n\n\u{feff}data: b\n\n",
        &[("message", "\u{feff}a", "")],
    );
    ok_shows(b"\xEF\xBBdata: a\n\ndata: b\n\n", &[("message", "b", "")]);
    ok_shows(b"\xEF\xBB", &[]);
}

#[test]
fn ok_bad_utf8_is_replaced_and_never_eats_the_line_end() {
    ok_shows(
        b"data: \xF0\x9F\ndata: \xC3\xA9\xFF!\n\n",
        &[("message", "\u{fffd}\né\u{fffd}!", "")],
    );
}

#[test]
fn ok_retry_takes_digits_only() {
    let retry_of = |stream: &[u8]| {
        let mut parser = SseParser::new();
        parser.push(stream);
        assert_eq!(parser.next_event(), Ok(None));
        parser.retry_ms()
    };
    assert_eq!(retry_of(b"retry: 1500\n"), Some(1500));
    assert_eq!(
        retry_of(b"retry: 1500\nretry: 1s\nretry:\nretry: -2\n"),
        Some(1500)
    );
    assert_eq!(retry_of(b"retry: 99999999999999999999999\n"), None);
}

#[test]
fn ok_an_event_is_dispatched_at_the_cr_before_its_lf_arrives() {
    let (events, _) = events_of(&[b"data: a\r\n\r"]);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].end_offset, 10);
}

#[test]
fn ok_end_offset_counts_the_whole_stream() {
    let (events, _) = events_of(&[b"\xEF\xBB\xBFdata: a\n", b"\ndata: b\n\n"]);
    assert_eq!(
        events.iter().map(|event| event.end_offset).collect::<Vec<_>>(),
        [12, 21]
    );
}

#[test]
fn err_an_event_beyond_the_limit_fails_for_good_after_the_events_before_it() {
    // 13 bytes: "data: a" makes 2 held bytes ("a" and LF), then a line of 11.
    let fits = b"data: 0\n\ndata: a\ndata: 12345\n\n".as_slice();
    let too_long = b"data: 0\n\ndata: a\ndata: 123456\n\ndata: z\n\n".as_slice();
    assert_eq!(events_with_limit(&[fits], 13).1, None);
    let (events, error) = events_with_limit(&[too_long], 13);
    assert_eq!(events.len(), 1);
    assert_eq!(error, Some(SseError::EventTooLong { held_bytes_max: 13 }));
    let mut parser = SseParser::with_limit(4);
    parser.push(b"data: no end in sight");
    assert!(parser.next_event().is_err());
    parser.push(b"\n\ndata: a\n\n");
    assert!(parser.next_event().is_err());
}

#[test]
fn ok_one_push_may_be_longer_than_the_limit() {
    let stream = "data: ok\n\n".repeat(100);
    assert_eq!(events_with_limit(&[stream.as_bytes()], 16).0.len(), 100);
}

#[test]
fn ok_a_line_end_is_found_at_every_position() {
    for length in 0..100 {
        for index in 0..length {
            let mut bytes = vec![b'x'; length];
            assert_eq!(find_cr_or_lf(&bytes), None);
            bytes[index] = b'\r';
            bytes[length - 1] = b'\n';
            assert_eq!(find_cr_or_lf(&bytes), Some(index.min(length - 1)));
        }
    }
}

/// Pieces that make line ends, fields, marks and broken UTF-8 likely.
fn stream_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"data: ".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\n\n".to_vec()),
        Just(b"id: 1\n".to_vec()),
        Just(b"event:e\n".to_vec()),
        Just(b": c\n".to_vec()),
        Just(b"\xEF\xBB\xBF".to_vec()),
        Just("é🎉".as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn events_do_not_depend_on_the_split(
        stream in stream_bytes(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        held_bytes_max in prop_oneof![Just(HELD_BYTES_MAX), 0usize..40],
    ) {
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        at.extend([0, stream.len()]);
        at.sort_unstable();
        let pushes: Vec<&[u8]> = at.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
        let bytewise: Vec<&[u8]> = stream.chunks(1).collect();
        let whole = events_with_limit(&[&stream], held_bytes_max);
        prop_assert_eq!(events_with_limit(&pushes, held_bytes_max), whole.clone());
        prop_assert_eq!(events_with_limit(&bytewise, held_bytes_max), whole);
    }
}
