//! Streams made by the container room, played by decoders that know nothing of it: ffmpeg, ffprobe and opusinfo.
//! The fixtures are real speech, encoded by opusenc and lame. Where a decoder is not installed its test says
//! `skipped:` and passes.

// The helpers of a test file are tests as well.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::path::PathBuf;
use std::process::{Command, Output};

use hearken::audio::{OpusContainer, Remuxer, StreamTarget};

const CONTAINERS: [(OpusContainer, &str); 3] = [
    (OpusContainer::Ogg, "ogg"),
    (OpusContainer::Webm, "webm"),
    (OpusContainer::Mp4, "mp4"),
];
const CLIPS: [&str; 3] = ["one.ogg", "two.ogg", "three.ogg"];

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/audio")
        .join(name)
}

/// One stream out of files that arrive in pieces of 137 bytes.
fn stream(target: StreamTarget, files: &[&str]) -> Vec<u8> {
    let mut remuxer = Remuxer::new(target);
    let mut out = Vec::new();
    for file in files {
        for piece in std::fs::read(fixture(file)).unwrap().chunks(137) {
            out.extend(remuxer.feed(piece).unwrap());
        }
        let report = remuxer.end_clip().unwrap();
        assert!(!report.is_truncated);
        out.extend(report.bytes);
    }
    out.extend(remuxer.finish().unwrap());
    out
}

/// A file of its own for each call, removed when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("hearken-containers-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Runs a decoder; `None`, and a line that says so, where it is not installed.
fn run(program: &str, arguments: &[&str], file: &std::path::Path, after: &[&str]) -> Option<Output> {
    match Command::new(program)
        .args(arguments)
        .arg(file)
        .args(after)
        .output()
    {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("skipped: {program} is not installed");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

/// 48 kHz mono samples, after a check that the decoder had nothing to say. Of MP3 without an index ffmpeg always
/// says that its duration is a guess, which is no error.
fn decode(file: &std::path::Path) -> Option<Vec<i16>> {
    let level = if file.extension().is_some_and(|name| name == "mp3") {
        "error"
    } else {
        "warning"
    };
    let after = ["-f", "s16le", "-ac", "1", "-ar", "48000", "-"];
    let output = run("ffmpeg", &["-nostdin", "-v", level, "-i"], file, &after)?;
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", file.display());
    assert!(output.status.success());
    Some(
        output
            .stdout
            .chunks_exact(2)
            .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
            .collect(),
    )
}

fn rms(samples: &[i16]) -> f64 {
    let power: f64 = samples.iter().map(|&sample| f64::from(sample).powi(2)).sum();
    (power / samples.len().max(1) as f64).sqrt()
}

#[test]
fn one_clip_decodes_to_the_samples_of_its_source() {
    let Some(want) = decode(&fixture("one.ogg")) else {
        return;
    };
    assert!(
        want.len() > 100_000 && rms(&want) > 1_000.0,
        "the fixture is speech"
    );
    for (container, name) in CONTAINERS {
        let file = Scratch::new(
            &format!("single.{name}"),
            &stream(StreamTarget::Opus(container), &["one.ogg"]),
        );
        let got = decode(&file.0).unwrap();
        assert!(
            got.starts_with(&want),
            "{name}: the same samples from the first on"
        );
        // Some versions of ffmpeg play the trimmed end of an MP4: less than one packet.
        let surplus = got.len() - want.len();
        assert!(
            surplus == 0 || name == "mp4" && surplus < 960,
            "{name}: {surplus} samples too many"
        );
    }
}

/// What ffprobe reads of a stream's tags.
fn tags(name: &str, bytes: &[u8]) -> Option<String> {
    let file = Scratch::new(name, bytes);
    let asked = "format_tags:stream_tags";
    let output = run("ffprobe", &["-v", "error", "-show_entries", asked], &file.0, &[])?;
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{name}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn made_sound_says_so_in_every_container() {
    let mark = "DIGITAL_SOURCE_TYPE=http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
    let opus = CONTAINERS.map(|(container, name)| (StreamTarget::Opus(container), name, "one.ogg"));
    let others = [
        (StreamTarget::Mp3, "mp3", "one.mp3"),
        (StreamTarget::Wav, "wav", "two.wav"),
    ];
    for (target, name, file) in opus.into_iter().chain(others) {
        let bytes = stream(target, &[file]);
        let Some(tags) = tags(&format!("marked.{name}"), &bytes) else {
            return;
        };
        assert!(tags.contains(mark), "{name}: {tags}");
        let mut plain = Remuxer::new(target).marked(false);
        let mut unmarked = plain.feed(&std::fs::read(fixture(file)).unwrap()).unwrap();
        unmarked.extend(plain.finish().unwrap());
        let words = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes)
                .matches("trainedAlgorithmicMedia")
                .count()
        };
        assert_eq!((words(&bytes), words(&unmarked)), (1, 0), "{name}");
    }
}

#[test]
fn joined_clips_decode_as_one_stream() {
    let Some(first) = decode(&fixture("one.ogg")) else {
        return;
    };
    let clips: Vec<_> = CLIPS.iter().map(|name| decode(&fixture(name)).unwrap()).collect();
    // Every packet is kept, one pre-skip and the last end trim are dropped, so what the others lost comes back.
    let heard: usize = clips.iter().map(Vec::len).sum();
    for (container, name) in CONTAINERS {
        let file = Scratch::new(
            &format!("joined.{name}"),
            &stream(StreamTarget::Opus(container), &CLIPS),
        );
        let got = decode(&file.0).unwrap();
        let surplus = got.len() - heard;
        assert!(
            surplus < 3 * (960 + 312),
            "{name}: {surplus} samples more than the clips on their own"
        );
        let untouched = first.len() - 960;
        assert_eq!(
            got[..untouched],
            first[..untouched],
            "{name}: the first clip is untouched"
        );
        let last = &got[got.len() - clips[2].len()..];
        let loudness = rms(last) / rms(&clips[2]);
        assert!(
            (0.95..1.05).contains(&loudness),
            "{name}: the last clip is there, at {loudness}"
        );
    }
}

#[test]
fn all_containers_hold_the_same_sound() {
    let streams = CONTAINERS.map(|(container, name)| {
        let file = Scratch::new(
            &format!("same.{name}"),
            &stream(StreamTarget::Opus(container), &CLIPS),
        );
        decode(&file.0)
    });
    let [Some(ogg), Some(webm), Some(mp4)] = streams else {
        return;
    };
    assert_eq!(ogg, webm);
    assert!(mp4.starts_with(&ogg));
}

#[test]
fn probes_see_one_opus_track() {
    for (container, name) in CONTAINERS {
        let file = Scratch::new(
            &format!("probe.{name}"),
            &stream(StreamTarget::Opus(container), &CLIPS),
        );
        let arguments = [
            "-v",
            "warning",
            "-of",
            "csv=p=0",
            "-show_entries",
            "stream=codec_name,sample_rate,channels",
        ];
        let Some(output) = run("ffprobe", &arguments, &file.0, &[]) else {
            return;
        };
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{name}");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout).trim(),
            "opus,48000,1",
            "{name}"
        );
    }
}

#[test]
fn opusinfo_has_no_complaint() {
    for files in [&CLIPS[..1], &CLIPS[..]] {
        let file = Scratch::new(
            &format!("info{}.ogg", files.len()),
            &stream(StreamTarget::Opus(OpusContainer::Ogg), files),
        );
        let Some(output) = run("opusinfo", &[], &file.0, &[]) else {
            return;
        };
        let report = [output.stdout, output.stderr].concat();
        let report = String::from_utf8_lossy(&report);
        assert!(output.status.success(), "{report}");
        assert!(
            report.contains("Logical stream 1 ended") && !report.contains("#2"),
            "{report}"
        );
        assert!(
            !report.to_lowercase().contains("warning") && !report.to_lowercase().contains("error"),
            "{report}"
        );
    }
}

#[test]
fn a_stream_whose_source_was_cut_is_still_a_valid_stream() {
    for (container, name) in CONTAINERS {
        let source = std::fs::read(fixture("one.ogg")).unwrap();
        let mut remuxer = Remuxer::new(StreamTarget::Opus(container));
        let mut out = remuxer.feed(&source[..source.len() * 3 / 4]).unwrap();
        let report = remuxer.end_clip().unwrap();
        assert!(report.is_truncated);
        out.extend(report.bytes);
        out.extend(remuxer.finish().unwrap());
        let file = Scratch::new(&format!("cut.{name}"), &out);
        let Some(got) = decode(&file.0) else { return };
        assert!(got.len() > 48_000, "{name}");
        if container == OpusContainer::Ogg
            && let Some(output) = run("opusinfo", &[], &file.0, &[])
        {
            let report = String::from_utf8_lossy(&output.stdout).to_lowercase();
            assert!(output.status.success() && !report.contains("warning"), "{report}");
        }
    }
}

#[test]
fn joined_mp3_decodes_without_a_word() {
    let file = Scratch::new("joined.mp3", &stream(StreamTarget::Mp3, &["one.mp3", "two.mp3"]));
    let Some(got) = decode(&file.0) else { return };
    let expected_ms = 2_857 + 1_993;
    let got_ms = got.len() / 48;
    assert!(got_ms >= expected_ms && got_ms < expected_ms + 250, "{got_ms} ms");
    assert!(rms(&got) > 1_000.0);
}
