use super::*;

fn request(body: &str) -> ChatRequest {
    ChatRequest::parse(body).unwrap()
}

/// A request whose recordings are taken out of it, and how they begin.
fn taken(body: &str) -> (ChatRequest, Vec<Vec<u8>>) {
    let (recordings, body) = unheard(body).unwrap();
    (request(&body), recordings)
}

fn with(fields: &str) -> ChatRequest {
    request(&format!(
        r#"{{"messages":[{{"role":"user","content":"hi"}}]{fields}}}"#
    ))
}

#[test]
fn a_voice_is_taken_out_of_what_the_provider_gets() {
    let mut request =
        with(r#","modalities":["text","audio"],"audio":{"voice":"v1","format":"webm"},"top_p":0.5"#);
    let ask = take_voice(&mut request).unwrap().unwrap();
    assert_eq!(
        (ask.voice.as_deref(), ask.format),
        (Some("v1"), AudioFormat::Webm)
    );
    assert_eq!(
        request.provider_body("m"),
        r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"top_p":0.5}"#
    );
}

#[test]
fn where_the_header_asks_for_sound_it_names_the_format_and_the_body_the_voice() {
    for fields in [
        r#","audio":{"voice":"v1","format":"wav"}"#,
        r#","modalities":["text","audio"],"audio":{"voice":"v1"}"#,
    ] {
        let mut request = with(fields);
        let ask = voice_of(&mut request, AudioFormat::Webm).unwrap();
        assert_eq!(
            (ask.voice.as_deref(), ask.format),
            (Some("v1"), AudioFormat::Webm)
        );
        assert!(request.raw("audio").is_none() && request.raw("modalities").is_none());
    }
    let bad = voice_of(&mut with(r#","modalities":"audio""#), AudioFormat::Webm);
    assert_eq!(bad.unwrap_err().param, Some("modalities"));
}

#[test]
fn without_the_modality_nothing_is_spoken_and_nothing_is_changed() {
    for fields in [
        "",
        r#","modalities":["text"]"#,
        r#","modalities":null"#,
        r#","audio":{"format":"webm"}"#,
    ] {
        let mut request = with(fields);
        let before = request.provider_body("m");
        assert_eq!(take_voice(&mut request).unwrap(), None, "{fields}");
        assert_eq!(request.provider_body("m"), before);
    }
}

#[test]
fn err_names_the_field_of_a_wrong_voice() {
    for (fields, param) in [
        (r#","modalities":"audio""#, "modalities"),
        (r#","modalities":["audio","video"]"#, "modalities"),
        (r#","modalities":["audio"],"audio":[]"#, "audio"),
        (
            r#","modalities":["audio"],"audio":{"format":"vorbis"}"#,
            "audio.format",
        ),
        (
            r#","modalities":["audio"],"audio":{"voice":"../x"}"#,
            "audio.voice",
        ),
        (r#","modalities":["audio"],"audio":{"voice":7}"#, "audio.voice"),
        (r#","modalities":["audio"],"audio":{"voice":".."}"#, "audio.voice"),
    ] {
        assert_eq!(
            take_voice(&mut with(fields)).unwrap_err().param,
            Some(param),
            "{fields}"
        );
    }
}

#[test]
fn a_recording_becomes_the_message_it_was() {
    let (mut alone, recordings) = taken(
        r#"{"messages":[{"role":"system","content":"s","n":1e400},{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAEC","format":"wav"}}]}]}"#,
    );
    assert_eq!(recordings, [[0, 1, 2]]);
    put_transcripts(&mut alone, &["Hello \"you\".".into()]);
    assert_eq!(
        alone.provider_body("m"),
        r#"{"model":"m","messages":[{"role":"system","content":"s","n":1e400},{"role":"user","content":"Hello \"you\"."}]}"#
    );
    let (mut among, _) = taken(
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Listen:"},{"type":"input_audio","input_audio":{"data":"AAEC","format":"mp3"}}]}]}"#,
    );
    put_transcripts(&mut among, &["Hello.".into()]);
    assert!(
        among
            .provider_body("m")
            .contains(r#"{"text":"Hello.","type":"text"}"#)
    );
}

#[test]
fn base64_may_be_broken_into_lines_and_lack_its_padding() {
    for data in [
        "AAECAw==",
        "AAECAw",
        "AAEC\\nAw==\\r\\n",
        "data:audio/wav;base64,AAECAw",
        "data:audio\\/wav;base64,AA\\u0045CAw",
    ] {
        let (_, recordings) = taken(&format!(
            r#"{{"messages":[{{"role":"user","content":[{{"type":"input_audio","input_audio":{{"data":"{data}","format":"wav"}}}}]}}]}}"#
        ));
        assert_eq!(recordings, [[0, 1, 2, 3]], "{data}");
    }
}

#[test]
fn the_sound_of_earlier_replies_stays_here() {
    let mut request = request(
        r#"{"messages":[{"role":"user","content":"the word \"audio\""},{"role":"assistant","content":"Hi.","audio":{"id":"audio_1","data":"AAEC"}},{"role":"assistant","content":null,"audio":{"transcript":"Yes."}},{"role":"user","audio":1,"content":"x"}]}"#,
    );
    take_earlier_sound(&mut request);
    assert_eq!(
        request.provider_body("m"),
        r#"{"model":"m","messages":[{"role":"user","content":"the word \"audio\""},{"content":"Hi.","role":"assistant"},{"content":"Yes.","role":"assistant"},{"role":"user","audio":1,"content":"x"}]}"#
    );
}

#[test]
fn recordings_that_were_answered_are_marked_and_the_others_are_heard() {
    let part = r#"{"type":"input_audio","input_audio":{"data":"AAEC","format":"wav"}}"#;
    let odd = r#"{"type":"input_audio","input_audio":{"data":"!","format":"aiff"}}"#;
    let text = r#"{"text":"input_audio, 1e400","type":"text"}"#;
    let calls = r#"{"role":"assistant","content":null,"tool_calls":[{"id":"c"}]}"#;
    let tool = r#"{"role":"tool","tool_call_id":"c","content":"x"}"#;
    let marked = r#"{"role":"user","content":"[a voice message from earlier]"}"#;
    let answered = format!(
        r#"{{"role":"user","content":[{odd}]}},{{"role":"assistant","content":"Hi.","tool_calls":[]}}"#
    );
    let kept = r#"{"role":"assistant","content":"Hi.","tool_calls":[]}"#;
    for (new, expected) in [
        (
            format!(r#"{{"role":"user","content":[{part}]}}"#),
            r#"{"role":"user","content":"one"}"#.to_owned(),
        ),
        (
            // What OpenAI's clients send of a reply that was spoken.
            format!(
                r#"{{"role":"user","content":[{part}]}},{{"role":"assistant","audio":{{"id":"audio_1"}}}},{{"role":"user","content":[{part}]}}"#
            ),
            r#"{"role":"user","content":"[a voice message from earlier]"},{"role":"assistant","audio":{"id":"audio_1"}},{"role":"user","content":"one"}"#.to_owned(),
        ),
        (
            format!(r#"{{"role":"user","content":[{part}]}},{calls},{tool}"#),
            format!(r#"{{"role":"user","content":"one"}},{calls},{tool}"#),
        ),
        (
            format!(r#"{{"role":"user","content":[{part},{text}]}},{{"role":"developer","content":"input_audio"}},{{"role":"user","content":[{part}]}}"#),
            format!(r#"{{"role":"user","content":[{{"text":"one","type":"text"}},{text}]}},{{"role":"developer","content":"input_audio"}},{{"role":"user","content":"two"}}"#),
        ),
        (
            format!(r#"{{"role":"user","content":[{part},{part}]}},{{"role":"tool","content":[{odd}]}}"#),
            r#"{"role":"user","content":[{"text":"one","type":"text"},{"text":"two","type":"text"}]},{"role":"tool","content":"[a voice message from earlier]"}"#.to_owned(),
        ),
    ] {
        let (mut request, recordings) = taken(&format!(r#"{{"messages":[{answered},{new}],"x":1e400}}"#));
        let words = ["one", "two"].map(str::to_owned);
        let body = request.provider_body("m");
        assert!(!body.contains("AAEC"), "what is decoded is not held twice");
        assert!(body.ends_with(r#","x":1e400}"#));
        put_transcripts(&mut request, words.get(..recordings.len()).unwrap());
        let messages = request.raw("messages").unwrap().get();
        assert_eq!(messages, format!("[{marked},{kept},{expected}]"));
    }
}

#[test]
fn a_reply_that_is_the_id_of_a_sound_alone_is_no_message() {
    let mut request = request(
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","audio":{"id":"audio_1"}},{"role":"assistant","content":"","audio":{"id":"audio_2"},"tool_calls":[{"id":"c"}]}]}"#,
    );
    take_earlier_sound(&mut request);
    assert_eq!(
        request.provider_body("m"),
        r#"{"model":"m","messages":[{"role":"user","content":"a"},{"content":"","role":"assistant","tool_calls":[{"id":"c"}]}]}"#
    );
}

#[test]
fn what_was_said_around_such_a_reply_is_one_message() {
    let sound = r#"{"role":"assistant","audio":{"id":"audio_1"}}"#;
    for (messages, expected) in [
        (
            format!(r#"{{"role":"user","content":"a"}},{sound},{{"role":"user","content":"b"}},{sound}"#),
            r#"[{"content":"a\n\nb","role":"user"}]"#,
        ),
        (
            format!(
                r#"{{"role":"user","content":"a"}},{sound},{{"role":"user","content":[{{"type":"text","text":"b"}}]}}"#
            ),
            r#"[{"content":[{"text":"a","type":"text"},{"text":"b","type":"text"}],"role":"user"}]"#,
        ),
        (
            format!(r#"{{"role":"system","content":"s"}},{sound},{{"role":"user","content":"b"}}"#),
            r#"[{"role":"system","content":"s"},{"role":"user","content":"b"}]"#,
        ),
    ] {
        let mut request = request(&format!(r#"{{"messages":[{messages}]}}"#));
        take_earlier_sound(&mut request);
        assert_eq!(request.raw("messages").unwrap().get(), expected);
    }
}

#[test]
fn wav_aac_and_flac_are_for_whole_answers() {
    for (word, format) in [
        ("wav", AudioFormat::Wav),
        ("aac", AudioFormat::Aac),
        ("flac", AudioFormat::Flac),
    ] {
        let fields =
            format!(r#","modalities":["text","audio"],"audio":{{"voice":"alloy","format":"{word}"}}"#);
        let ask = take_voice(&mut with(&fields)).unwrap().unwrap();
        assert_eq!(ask.format, format);
        let streamed = take_voice(&mut with(&format!("{fields},\"stream\":true")));
        assert_eq!(streamed.unwrap_err().param, Some("audio.format"), "{word}");
    }
}

#[test]
fn err_for_recordings_that_cannot_be_heard() {
    let part = |data: &str, format: &str| {
        format!(r#"{{"type":"input_audio","input_audio":{{"data":"{data}","format":"{format}"}}}}"#)
    };
    let good = part("AAEC", "wav");
    for messages in [
        format!(r#"[{{"role":"user","content":[{}]}}]"#, part("A", "wav")),
        format!(r#"[{{"role":"user","content":[{}]}}]"#, part("", "wav")),
        format!(r#"[{{"role":"user","content":[{}]}}]"#, part("AAEC", "aiff")),
        format!(
            r#"[{{"role":"user","content":[{}]}}]"#,
            vec![good; RECORDINGS_MAX + 1].join(",")
        ),
    ] {
        let body = format!(r#"{{"messages":{messages}}}"#);
        assert_eq!(unheard(&body).unwrap_err().param, Some("messages"), "{messages}");
    }
    for other in [
        r#"{"messages":[{"role":"user","content":"input_audio"}]}"#,
        r#"{"messages":"input_audio"}"#,
        "input_audio",
    ] {
        assert_eq!(unheard(other).unwrap(), (Vec::new(), other.into()));
    }
}
