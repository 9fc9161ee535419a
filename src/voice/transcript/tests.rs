use super::*;

fn read(provider: Provider, answer: &str) -> Transcript {
    Transcript::read(provider, answer, Some(1.5)).unwrap()
}

const WHISPER: &str = r#"{"task":"transcribe","language":"english","duration":3700.0,"text":"Hi. <b> & so","segments":[
        {"id":0,"start":0.0,"end":1.25,"text":" Hi."},{"id":1,"start":1.25,"end":1.25,"text":"  "},
        {"id":2,"start":3661.5,"end":3662.0004,"text":" <b> &\n so"}],"x_groq":{"id":"r"}}"#;

const DEEPGRAM: &str = r#"{"metadata":{"duration":4.0},"results":{"channels":[{"alternatives":[{"transcript":"Hi there. So it is",
        "words":[{"word":"hi","punctuated_word":"Hi","start":0.1,"end":0.3},{"word":"there","punctuated_word":"there.","start":0.3,"end":0.6},
        {"word":"so","punctuated_word":"So","start":0.7,"end":0.9},{"word":"it","start":2.0,"end":2.1},{"word":"is","start":2.1,"end":2.3}]}]}]}}"#;

#[test]
fn every_providers_answer_is_understood() {
    for (provider, answer) in [
        (Provider::OpenAi, r#"{"text":" hello "}"#),
        (
            Provider::Deepgram,
            r#"{"results":{"channels":[{"alternatives":[{"transcript":"hello"}]}]}}"#,
        ),
        (
            Provider::ElevenLabs,
            r#"{"language_code":"en","text":"hello","words":[]}"#,
        ),
        (Provider::Cartesia, r#"{"type":"transcript","text":"hello"}"#),
        (Provider::WorkersAi, r#"{"result":{"text":"hello"}}"#),
        (Provider::WorkersAi, r#"{"text":"hello"}"#),
        (
            Provider::WorkersAi,
            r#"{"results":{"channels":[{"alternatives":[{"transcript":"hello"}]}]}}"#,
        ),
    ] {
        assert_eq!(read(provider, answer).text, "hello", "{provider}");
    }
    for answer in ["", "{}", "<html>", r#"{"text":7}"#] {
        assert_eq!(Transcript::read(Provider::OpenAi, answer, None), None);
    }
}

#[test]
fn verbose_keeps_the_providers_own_and_fills_in_what_is_missing() {
    let verbose = |transcript: &Transcript, granularities: &[&str]| -> Value {
        let granularities: Vec<String> = granularities.iter().map(|name| (*name).to_owned()).collect();
        let (_, body) = transcript.render(TranscriptFormat::VerboseJson, &granularities);
        serde_json::from_str(&body).unwrap()
    };
    let own = verbose(&read(Provider::Groq, WHISPER), &[]);
    assert_eq!(
        own["segments"][0],
        json!({"id": 0, "start": 0.0, "end": 1.25, "text": " Hi."})
    );
    assert_eq!((own.get("x_groq"), own.get("words")), (None, None));

    let made = verbose(&read(Provider::Deepgram, DEEPGRAM), &["word"]);
    assert_eq!(
        made["segments"],
        json!([
            {"id": 0, "start": 0.1, "end": 0.6, "text": "Hi there."},
            {"id": 1, "start": 0.7, "end": 0.9, "text": "So"},
            {"id": 2, "start": 2.0, "end": 2.3, "text": "it is"},
        ])
    );
    assert_eq!(
        made["words"][1],
        json!({"word": "there.", "start": 0.3, "end": 0.6})
    );
    assert_eq!(
        (made["duration"].as_f64(), made["task"].as_str()),
        (Some(4.0), Some("transcribe"))
    );

    let eleven = r#"{"text":"a b","language_code":"en","words":[{"text":"a","start":0,"end":1,"type":"word"},
            {"text":" ","start":1,"end":1.1,"type":"spacing"},{"text":"b","start":1.1,"end":2,"type":"word"}]}"#;
    let made = verbose(&read(Provider::ElevenLabs, eleven), &["word", "segment"]);
    assert_eq!(made["words"].as_array().unwrap().len(), 2);
    assert_eq!(
        (made["duration"].as_f64(), made["language"].as_str()),
        (Some(1.5), Some("en"))
    );

    let whisper = r#"{"result":{"text":"a","transcription_info":{"language":"de","duration":2.5},"segments":[
            {"start":0,"end":2,"text":"a","words":[{"word":"a","start":0.5,"end":1}]}]}}"#;
    let made = verbose(&read(Provider::WorkersAi, whisper), &["word"]);
    assert_eq!(made["words"], json!([{"word": "a", "start": 0.5, "end": 1.0}]));
    assert_eq!(
        (made["duration"].as_f64(), made["language"].as_str()),
        (Some(2.5), Some("de"))
    );
}

#[test]
fn characters_with_times_are_a_sentence_without_spaces() {
    let eleven = r#"{"text":"我们走。","words":[{"text":"我","start":0,"end":0.2,"type":"word"},
            {"text":"们","start":0.2,"end":0.4,"type":"word"},{"text":"走。","start":0.4,"end":0.6,"type":"word"}]}"#;
    let (_, srt) = read(Provider::ElevenLabs, eleven).render(TranscriptFormat::Srt, &[]);
    assert_eq!(srt, "1\n00:00:00,000 --> 00:00:00,600\n我们走。\n\n");
}

#[test]
fn subtitles_follow_their_formats() {
    let transcript = read(Provider::Groq, WHISPER);
    assert_eq!(
        transcript.render(TranscriptFormat::Srt, &[]).1,
        "1\n00:00:00,000 --> 00:00:01,250\nHi.\n\n2\n01:01:01,500 --> 01:01:02,000\n<b> & so\n\n"
    );
    assert_eq!(
        transcript.render(TranscriptFormat::Vtt, &[]).1,
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.250\nHi.\n\n01:01:01.500 --> 01:01:02.000\n&lt;b&gt; &amp; so\n\n"
    );
    // Without times there is one cue, as long as the recording.
    let bare = read(Provider::OpenAi, r#"{"text":"Hi. --> So."}"#);
    assert_eq!(
        bare.render(TranscriptFormat::Srt, &[]).1,
        "1\n00:00:00,000 --> 00:00:01,500\nHi. -> So.\n\n"
    );
    let nothing = read(Provider::OpenAi, r#"{"text":""}"#);
    assert_eq!(nothing.render(TranscriptFormat::Vtt, &[]).1, "WEBVTT\n\n");
    assert_eq!(nothing.render(TranscriptFormat::Srt, &[]).1, "");
}

#[test]
fn a_cue_never_ends_before_it_begins_and_hours_may_be_many() {
    let odd = r#"{"text":"a","segments":[{"start":360000.0,"end":1.0,"text":"a"}]}"#;
    let (_, srt) = read(Provider::Groq, odd).render(TranscriptFormat::Srt, &[]);
    assert_eq!(srt, "1\n100:00:00,000 --> 100:00:00,001\na\n\n");
}

#[test]
fn noise_is_silence_and_doubtful_words_are_not() {
    let silence = |segments: &str| {
        let answer = format!(r#"{{"text":"Thank you.","segments":[{segments}]}}"#);
        read(Provider::Groq, &answer).is_silence()
    };
    let noise = r#"{"no_speech_prob":0.93,"avg_logprob":-1.4}"#;
    let words = r#"{"no_speech_prob":0.02,"avg_logprob":-0.2}"#;
    assert!(silence(noise) && silence(&format!("{noise},{noise}")));
    assert!(!silence(words) && !silence(&format!("{noise},{words}")) && !silence(""));
    assert!(!silence(r#"{"no_speech_prob":0.93,"avg_logprob":-0.3}"#));
    assert!(!silence(r#"{"no_speech_prob":0.1,"avg_logprob":-1.4}"#));
    assert!(read(Provider::Deepgram, r#"{"text":" "}"#).is_silence());
}

#[test]
fn a_stream_has_the_words_and_then_the_whole() {
    let events = read(Provider::OpenAi, r#"{"text":"Hi \"there\" Bo"}"#).events();
    let mut deltas = String::new();
    let mut done = None;
    for event in events.split_terminator("\n\n") {
        let event: Value = serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(done, None);
        match event["type"].as_str() {
            Some("transcript.text.delta") => deltas += event["delta"].as_str().unwrap(),
            Some("transcript.text.done") => done = Some(event["text"].as_str().unwrap().to_owned()),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        (deltas.as_str(), done.as_deref()),
        ("Hi \"there\" Bo", Some("Hi \"there\" Bo"))
    );
}
