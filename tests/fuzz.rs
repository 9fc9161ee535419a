//! Hostile input for everything that parses what others send: seeds are changed at random, from a fixed start, and nothing may
//! panic, nor take memory out of proportion to what came. A failure names its input, which then becomes a test where it belongs.
//!
//! `FUZZ_ROUNDS` makes it longer: `FUZZ_ROUNDS=100000 cargo test --release --test fuzz`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

#[path = "support/fuzz.rs"]
mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use hearken::audio::ogg::OggReader;
use hearken::audio::{Clip, OpusContainer, Remuxer, StreamTarget, sniff_whole, upload};
use hearken::config::{Config, Persona, Provider};
use hearken::http::client_secret::ClientSecret;
use hearken::http::identity;
use hearken::http::mcp_protocol::{self, Mirror};
use hearken::http::router;
use hearken::http::speech_request::SpeechRequest;
use hearken::http::visitor;
use hearken::memory::extraction::operations;
use hearken::model::embeddings::EmbeddingsRequest;
use hearken::model::forms::{self, Whole};
use hearken::model::observer::Observer;
use hearken::model::reply::{whole_meaning, without_thoughts};
use hearken::model::request::ChatRequest;
use hearken::model::responses::ResponsesRequest;
use hearken::model::spoken;
use hearken::model::voiced::{ChunkEnvelope, Voiced};
use hearken::model::workers_ai::Translator;
use hearken::segment::{Options, Segmenter};
use hearken::turn::spending::written_tokens;
use hearken::upstream::outcome;
use hearken::voice::transcript::Transcript;
use hearken::wire::sse::SseParser;
use peak_alloc::PeakAlloc;
use support::{Random, changed};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The allocator counts for the process: one target at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Changed inputs of each seed.
const ROUNDS: u64 = 400;
/// What may be held for each byte that came, and besides: JSON as values takes most, 32 bytes for a digit and its comma.
const BYTES_A_BYTE: usize = 120;
const BYTES_BESIDES: usize = 512 * 1024;

/// Runs `target` on every seed and on what is made of it.
fn fuzz(name: &str, seeds: &[Vec<u8>], target: impl Fn(&[u8], &mut Random)) {
    let _alone = ALONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let rounds = std::env::var("FUZZ_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok());
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for seed in seeds {
        for round in 0..=rounds.unwrap_or(ROUNDS) {
            let input = match round {
                0 => seed.clone(),
                _ => changed(seed, seeds, &mut random),
            };
            let mut splits = Random(random.next() | 1);
            let before = ALLOCATOR.current_usage();
            ALLOCATOR.reset_peak_usage();
            let outcome = catch_unwind(AssertUnwindSafe(|| target(&input, &mut splits)));
            let held = ALLOCATOR.peak_usage().saturating_sub(before);
            let shown = String::from_utf8_lossy(&input[..input.len().min(4_096)]).into_owned();
            assert!(
                outcome.is_ok(),
                "{name} panicked, round {round}, {} bytes: {shown:?} {input:02x?}",
                input.len()
            );
            let most = BYTES_BESIDES + BYTES_A_BYTE * input.len();
            assert!(
                held <= most,
                "{name} held {held} bytes of {}, round {round}: {shown:?}",
                input.len()
            );
        }
    }
}

/// Gives the input in pieces of random lengths.
fn pieces<'a>(mut input: &'a [u8], random: &mut Random, mut take: impl FnMut(&'a [u8])) {
    while !input.is_empty() {
        let most = if random.below(2) == 0 { 8 } else { 4_096 };
        let (piece, rest) = input.split_at(1 + random.below(input.len().min(most)));
        take(piece);
        input = rest;
    }
}

fn file(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/audio")
        .join(name);
    std::fs::read(path).unwrap()
}

fn texts(seeds: &[&str]) -> Vec<Vec<u8>> {
    seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect()
}

fn text(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}

const STREAMS: [&str; 5] = [
    "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Good evening. How was it?\"},\"finish_reason\":null}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"total_tokens\":7}}\n\ndata: [DONE]\n\n",
    ": comment\r\nevent: error\r\nid: 7\r\nretry: 100\r\ndata: {\"error\":{\"message\":\"x\",\"code\":\"rate_limit_exceeded\"}}\r\n\r\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":\"}}]}}]}\rdata: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]},\"finish_reason\":\"tool_calls\"}]}\r\rdata:[DONE]\r\r",
    "data: {\"response\":\"Hello\",\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\ndata: {\"response\":\" there\"}\n\ndata: [DONE]\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"<think>no\"}],\"reasoning\":\"hm\"}}],\"x_groq\":{\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}}\n\n",
];

#[test]
fn a_stream_of_events() {
    fuzz("a stream", &texts(&STREAMS), |input, random| {
        let (mut parser, mut observer, mut whole) = (
            SseParser::new(),
            Observer::new(2).keeping_reply(),
            Whole::default(),
        );
        let mut voiced = Voiced::new(ChunkEnvelope::new("c", "m", 1));
        let mut translator = Translator::new("c".into(), "m".into(), 1);
        pieces(input, random, |piece| {
            parser.push(piece);
            while let Ok(Some(event)) = parser.next_event() {
                outcome::of_event(&event.data);
            }
            observer.feed(piece);
            whole.push(piece);
            voiced.push(piece);
            translator.push(piece);
        });
        voiced.finish();
        voiced.closing();
        let _ = (
            observer.end(),
            observer.verdict(),
            observer.reply(),
            whole.tokens(),
            whole.said(),
        );
        let _ = forms::completion_of(&text(input));
        forms::form(input, false);
    });
}

#[test]
fn a_whole_answer_of_a_model() {
    let seeds = texts(&[
        r#"{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Good evening.","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#,
        r#"{"error":{"message":"maximum context length","type":"invalid_request_error","param":"messages","code":"context_length_exceeded","status_code":400}}"#,
        r#"{"operations":[{"op":"add","text":"Lives in Leeds since 2024-07-22.","kind":"place"},{"op":"update","id":"mem_1","text":"x"},{"op":"delete","id":"mem_1"},{"op":"none"}]}"#,
        r#"{"text":"Good evening.","language":"en","duration":1.5,"segments":[{"start":0,"end":1.5,"text":"Good","no_speech_prob":0.1}],"words":[{"word":"Good","start":0,"end":0.4}],"results":{"channels":[{"alternatives":[{"transcript":"Good","words":[]}]}]}}"#,
        "<think>hm</think>```json\n{\"operations\":[]}\n```",
    ]);
    let shown = ["mem_1".to_owned()];
    fuzz("an answer", &seeds, |input, _| {
        let text = text(input);
        whole_meaning(&text);
        forms::events_of(&text, true);
        forms::ReplyMessage::of_completion(&text);
        without_thoughts(&text);
        for status in [400, 401, 403, 429, 500] {
            outcome::of_status(status, &text, None);
        }
        let read = operations::read(&text, &shown);
        operations::complaint(&read);
        for provider in Provider::ALL {
            if let Some(transcript) = Transcript::read(provider, &text, Some(1.0)) {
                let _ = (transcript.is_silence(), transcript.events());
            }
        }
    });
}

#[test]
fn the_body_of_a_request() {
    let seeds = texts(&[
        r#"{"model":"companion","stream":true,"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":[{"type":"text","text":"hi"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}}]}],"modalities":["text","audio"],"audio":{"voice":"a","format":"webm"},"n":2,"max_tokens":7,"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"conversation":"c","heard":{"text":"Go"},"memory":"off","user":"ann"}"#,
        r#"{"model":"m","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]},{"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"a","output":"1"}],"instructions":"x","previous_response_id":"resp_1","text":{"format":{"type":"json_schema","name":"s","schema":{"type":"object"}}},"reasoning":{"effort":"low"},"metadata":{"a":"b"},"store":false,"max_output_tokens":9}"#,
        r#"{"input":"Good evening.","voice":"a","model":"tts-1","speed":1.5,"instructions":"slowly","response_format":"opus","stream_format":"sse","user":"ann"}"#,
        r#"{"input":["a","b"],"model":"m","encoding_format":"base64","dimensions":8}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search_memories","arguments":{"query":"boat","limit":3},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#,
        r#"{"user":"ann","ttl_seconds":60}"#,
    ]);
    fuzz("a body", &seeds, |input, _| {
        let text = text(input);
        let (recordings, body) = spoken::unheard(&text).unwrap_or((Vec::new(), text.as_str().into()));
        if let Ok(mut request) = ChatRequest::parse(&body) {
            spoken::put_transcripts(&mut request, &vec!["words".to_owned(); recordings.len()]);
            spoken::take_earlier_sound(&mut request);
            let _ = spoken::take_voice(&mut request);
            request.reply_tokens_max = Some(7);
            let body = request.provider_body("@cf/m");
            assert!(
                hearken::wire::raw::fields(&body).is_some(),
                "what a provider gets is JSON: {body}"
            );
        }
        let _ = ResponsesRequest::parse(&text, &[], "u");
        let _ = SpeechRequest::parse(&text, "audio/webm;q=0.5, */*");
        let _ = EmbeddingsRequest::parse(&text);
        let _ = identity::session_ask(&text);
        let mirror = Mirror {
            version: "",
            method: "",
            name: "",
        };
        let _ = mcp_protocol::read(&text, mirror);
        written_tokens(&text);
    });
}

#[test]
fn a_recording_or_the_sound_of_a_provider() {
    let names = [
        "one.ogg",
        "two.ogg",
        "two-vorbis.ogg",
        "two.webm",
        "two.m4a",
        "two.mp3",
        "two.wav",
        "two.flac",
    ];
    let mut seeds: Vec<Vec<u8>> = names.iter().map(|name| file(name)).collect();
    // hearken's own containers, short.
    for container in [OpusContainer::Ogg, OpusContainer::Webm, OpusContainer::Mp4] {
        let mut remuxer = Remuxer::new(StreamTarget::Opus(container));
        let mut made = remuxer.feed(&file("one.ogg")).unwrap();
        made.extend(remuxer.end_clip().unwrap().bytes);
        made.extend(remuxer.finish().unwrap());
        seeds.push(made);
    }
    for seed in &mut seeds {
        // The structure is in front; the rest only takes time.
        seed.truncate(12 * 1024);
    }
    let targets = [
        StreamTarget::Opus(OpusContainer::Ogg),
        StreamTarget::Opus(OpusContainer::Webm),
        StreamTarget::Opus(OpusContainer::Mp4),
        StreamTarget::Mp3,
        StreamTarget::Wav,
        StreamTarget::Pcm,
    ];
    fuzz("sound", &seeds, |input, random| {
        let _ = (
            sniff_whole(input),
            upload::inspect(input),
            Clip::parse(input.to_vec()),
        );
        let mut reader = OggReader::new();
        let mut events = Vec::new();
        let _ = reader.feed(input, &mut events);
        let _ = reader.finish();
        let mut remuxer = Remuxer::new(targets[random.below(targets.len())]).collect_clips();
        pieces(input, random, |piece| {
            let _ = remuxer.feed(piece);
        });
        let _ = (remuxer.end_clip(), remuxer.finish(), remuxer.take_unused());
    });
}

#[test]
fn a_reply_that_is_cut_into_phrases() {
    let seeds = texts(&[
        "Good evening, Dr. Smith! At 3.14 p.m. on 22 July, Ursula K. Le Guin said: \"Well... hm?\" (Really.)\n\n# A heading\n\n* one\n* two\n\n```rust\nfn main() {}\n```\nSee https://a.example/x?y=z and [this](http://b.example) [1][2].",
        "今日はいい天気ですね。散歩に行きましょうか？はい、そうします！\u{200d}\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467} สวัสดีครับ วันนี้เป็นอย่างไรบ้าง مرحبا، كيف حالك؟ नमस्ते। कैसे हो?",
        "<think>no</think> $$\\frac{a}{b}$$ *sighs* | a | b |\n|---|---|\n| 1 | 2 |\n---\nLong wordswithoutanyspace",
    ]);
    fuzz("a reply", &seeds, |input, random| {
        let text = text(input);
        let options = Options {
            phrase_chars_max: 16 + random.below(300),
            ..Options::default()
        };
        let most = options.phrase_chars_max;
        let mut segmenter = Segmenter::new(options);
        let (mut now_ms, mut rest, mut phrases) = (0, text.as_str(), Vec::new());
        while let Some(next) = rest.chars().next() {
            let mut end = random.below(rest.len().min(40)).max(next.len_utf8());
            while !rest.is_char_boundary(end) {
                end += 1;
            }
            let (piece, after) = rest.split_at(end);
            phrases.extend(segmenter.push(piece, now_ms));
            now_ms += random.below(400) as u64;
            segmenter.set_buffered(random.below(3_000) as u64, now_ms);
            phrases.extend(segmenter.tick(now_ms));
            rest = after;
        }
        phrases.extend(segmenter.finish(now_ms));
        for phrase in phrases {
            assert!(
                phrase.spoken.chars().count() <= most,
                "{most}: {:?}",
                phrase.spoken
            );
            assert!(
                text.get(phrase.source.clone()).is_some(),
                "{:?} of {text:?}",
                phrase.source
            );
        }
    });
}

#[test]
fn a_token_and_an_address() {
    let lookup = |name: &str| match name {
        "API_KEYS" => {
            Some("sha256:0000000000000000000000000000000000000000000000000000000000000000, a-key".to_owned())
        }
        "SESSION_SECRET" => Some("secret".to_owned()),
        _ => None,
    };
    let config = Config::from_lookup(&lookup).unwrap();
    let token = identity::sign("secret", "ann", 7, 100).unwrap();
    let good = format!("Bearer {token}");
    let seeds = texts(&[
        &good,
        "Bearer a-key",
        "/v1/memories/mem_1/history",
        "/admin/breakers/chat%3Agroq:a%2fb",
        "Bearer hk1..",
        "hk1.e30.AAAA",
    ]);
    fuzz("a token", &seeds, |input, _| {
        let text = text(input);
        let caller = identity::caller(&config, Some(&text), 50);
        let is_known = |credential: &str| credential == "a-key" || credential == token;
        let credential = text
            .trim()
            .split_once(' ')
            .map_or("", |(_, credential)| credential.trim());
        assert_eq!(
            caller.is_ok(),
            is_known(credential)
                && text
                    .trim()
                    .get(..7)
                    .is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer ")),
            "{text:?}"
        );
        identity::issued_at_ms(Some(&text));
        assert!(ClientSecret::verify("secret", &text, 50).is_err());
        for method in ["GET", "POST", "DELETE"] {
            let _ = router::route(method, &text);
        }
    });
}

#[test]
fn a_visitor_a_verifier_and_a_persona() {
    let seeds = texts(&[
        "{\"user\":\"visitor_0123456789abcdef0123456789abcdef\",\"turnstile\":\"XXXX\",\"ttl_seconds\":60}",
        "{\"success\":true,\"hostname\":\"h\",\"error-codes\":[]}",
        "{\"success\":false,\"error-codes\":[\"timeout-or-duplicate\"]}",
        "---\nname: Skipper\nopenings: Ahoy! | Aye.\nskip: greeting\n---\nBe kind.\n",
    ]);
    fuzz("a visitor", &seeds, |input, _| {
        let text = text(input);
        if let Ok((ask, _)) = visitor::ask(&text) {
            assert!(ask.user.len() == 40 && ask.ttl_s <= 3_600, "{text}");
        }
        let is_success = |text: &str| {
            let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
            value.is_some_and(|value| value["success"] == true)
        };
        assert!(visitor::passed(&text).is_err() || is_success(&text), "{text}");
        let _ = Persona::parse(&text);
    });
}
