use proptest::prelude::*;

use super::*;
use crate::audio::mark;
use crate::audio::mux::OpusContainer;
use crate::audio::ogg::{OggEvent, OggReader};
use crate::audio::opus::OpusHead;
use crate::audio::testing::{MONO, cut, ogg_file, packet, packets, play_mp4, play_webm};
use crate::audio::wav::{pcm16_decode, streaming_header};

const OGG: StreamTarget = StreamTarget::Opus(OpusContainer::Ogg);
const WEBM: StreamTarget = StreamTarget::Opus(OpusContainer::Webm);
const MP4: StreamTarget = StreamTarget::Opus(OpusContainer::Mp4);

fn mp3_file(frames: usize, channels: u8) -> Vec<u8> {
    let header = [0xFF, 0xF3, 0x44, if channels == 1 { 0xC0 } else { 0 }];
    [
        b"ID3\x04\0\0\0\0\0\x02xx".to_vec(),
        [&header[..], &[5; 92]].concat().repeat(frames),
    ]
    .concat()
}

fn wav_file(sample_rate: u32, pcm: &[u8]) -> Vec<u8> {
    [
        streaming_header(PcmFormat {
            sample_rate,
            channels: 1,
        }),
        pcm.to_vec(),
    ]
    .concat()
}

fn ogg(bodies: &[usize], trim: u32) -> Vec<u8> {
    let packets: Vec<_> = bodies.iter().map(|&bytes| packet(3, bytes)).collect();
    ogg_file(MONO, &packets, 2, trim)
}

/// One clip in pieces; what went out, and what became of it.
fn clip(remuxer: &mut Remuxer, pieces: &[&[u8]]) -> (Vec<u8>, Result<ClipReport, RemuxError>) {
    let mut out = Vec::new();
    for piece in pieces {
        match remuxer.feed(piece) {
            Ok(bytes) => out.extend(bytes),
            Err(_) => break,
        }
    }
    let report = remuxer.end_clip();
    out.extend(report.as_ref().map_or(&[][..], |report| &report.bytes));
    (out, report)
}

fn stream(target: StreamTarget, clips: &[Vec<u8>]) -> Vec<u8> {
    let mut remuxer = Remuxer::new(target);
    let mut out = Vec::new();
    for bytes in clips {
        let (bytes, report) = clip(&mut remuxer, &[bytes]);
        report.unwrap();
        out.extend(bytes);
    }
    out.extend(remuxer.finish().unwrap());
    out
}

fn lengths(packets: &[(u64, Vec<u8>)]) -> Vec<usize> {
    packets.iter().map(|(_, packet)| packet.len() - 1).collect()
}

#[test]
fn clips_join_with_one_clock_and_the_last_trim_only() {
    let clips = [ogg(&[10, 11, 12], 400), ogg(&[20], 300), ogg(&[30, 31], 200)];
    let webm = play_webm(&stream(WEBM, &clips));
    assert_eq!(lengths(&webm.packets), [10, 11, 12, 20, 30, 31]);
    let times: Vec<_> = webm.packets.iter().map(|&(time_ms, _)| time_ms).collect();
    assert_eq!(times, [0, 20, 40, 60, 80, 100]);
    assert_eq!(webm.end_trim, 4_166_667);
    let mp4 = play_mp4(&stream(MP4, &clips));
    assert_eq!(
        (lengths(&mp4.packets).len(), mp4.end_trim, mp4.packets[5].0),
        (6, 200, 5 * 960)
    );
    let (mut reader, mut events) = (OggReader::new(), Vec::new());
    reader.feed(&stream(OGG, &clips), &mut events).unwrap();
    assert_eq!(reader.finish().links, 1, "never a chain");
    assert!(events.contains(&OggEvent::End { trim_samples: 200 }));
}

#[test]
fn the_first_page_of_every_clip_leaves_at_once() {
    let mut remuxer = Remuxer::new(WEBM);
    let file = ogg_file(MONO, &[packet(3, 40), packet(3, 41), packet(3, 42)], 1, 0);
    for clip_index in 0..2 {
        let pages = page_starts(&file);
        let mut sent = vec![remuxer.feed(&file[..pages[2]]).unwrap()];
        for page in pages[2..].windows(2) {
            sent.push(remuxer.feed(&file[page[0]..page[1]]).unwrap());
        }
        assert!(
            sent[1].ends_with(packet(3, 40).bytes()),
            "clip {clip_index}: {sent:?}"
        );
        assert_eq!(sent[2], b"", "the second 20 ms wait for company");
        remuxer.end_clip().unwrap();
    }
}

fn page_starts(file: &[u8]) -> Vec<usize> {
    let starts = file
        .windows(4)
        .enumerate()
        .filter(|(_, window)| window == b"OggS")
        .map(|(at, _)| at);
    starts.chain([file.len()]).collect()
}

#[test]
fn a_caller_can_send_what_waits() {
    let mut remuxer = Remuxer::new(OGG);
    let file = ogg_file(MONO, &[packet(3, 40), packet(3, 41), packet(3, 42)], 1, 0);
    remuxer.feed(&file[..page_starts(&file)[4]]).unwrap();
    assert!(remuxer.flush().ends_with(packet(3, 41).bytes()));
    assert_eq!(remuxer.flush(), b"");
}

#[test]
fn what_does_not_fit_the_target_is_told_with_nothing_lost() {
    for (target, input, got) in [
        (OGG, mp3_file(3, 1), Container::Mp3),
        (WEBM, wav_file(24_000, b"abcd"), Container::Wav),
        (StreamTarget::Mp3, ogg(&[1, 2], 0), Container::OggOpus),
        (StreamTarget::Pcm, mp3_file(3, 1), Container::Mp3),
        (MP4, b"\0\0\0\x20ftypM4A more".to_vec(), Container::Mp4),
    ] {
        let mut remuxer = Remuxer::new(target);
        assert_eq!(remuxer.feed(&input), Err(RemuxError::Unexpected { got }));
        assert_eq!(remuxer.take_unused(), input);
        assert_eq!(
            remuxer.feed(b"more"),
            Err(RemuxError::Unexpected { got }),
            "the error repeats"
        );
        assert_eq!(remuxer.end_clip(), Err(RemuxError::Unexpected { got }));
        assert_eq!(remuxer.finish(), Err(RemuxError::NoAudio));
    }
}

#[test]
fn clips_of_other_containers_go_through_as_they_are_and_only_frames_of_adts_go_on() {
    for (container, body, goes_on) in [
        (Container::Flac, b"fLaC\0\0\0\x22 and frames".as_slice(), false),
        (Container::Adts, b"\xFF\xF1\x50\x80 and frames", true),
    ] {
        let mut remuxer = Remuxer::new(StreamTarget::Whole(container));
        let (mut out, report) = clip(&mut remuxer, &[&body[..2], &body[2..9], &body[9..]]);
        assert!(!report.unwrap().is_truncated && remuxer.has_sound());
        out.extend(remuxer.finish().unwrap());
        assert_eq!(out, body);
        let second = remuxer.feed(body);
        match goes_on {
            true => assert_eq!(second.unwrap(), body),
            false => assert_eq!(second, Err(RemuxError::Differs), "two of them are no stream"),
        }
        let mut other = Remuxer::new(StreamTarget::Whole(container));
        let got = Container::Mp3;
        assert_eq!(other.feed(&mp3_file(3, 1)), Err(RemuxError::Unexpected { got }));
    }
}

#[test]
fn a_200_without_audio_is_a_failure() {
    let json = b"{\"error\":{\"message\":\"the voice is out of order\"}}";
    let headers_only = &ogg(&[1], 0)[..page_starts(&ogg(&[1], 0))[2]];
    for (target, body, want) in [
        (OGG, json.as_slice(), RemuxError::Text),
        (OGG, b"{}", RemuxError::Text),
        (OGG, b"", RemuxError::NoAudio),
        (OGG, headers_only, RemuxError::NoAudio),
        (OGG, &[0; 64], RemuxError::NotAudio),
        (OGG, b"Ogg", RemuxError::Text),
        (OGG, b"OggS\0\x02", RemuxError::NotAudio),
        (StreamTarget::Mp3, b"ID3\x04\0\0\0\0\0\x02xx", RemuxError::NoAudio),
        (StreamTarget::Wav, &wav_file(24_000, b"")[..], RemuxError::NoAudio),
        (
            StreamTarget::Wav,
            &wav_file(24_000, b"")[..30],
            RemuxError::NoAudio,
        ),
        (StreamTarget::Pcm, json, RemuxError::Text),
    ] {
        let (out, report) = clip(&mut Remuxer::new(target).expect_raw_pcm_for(target), &[body]);
        assert_eq!(
            (out, report),
            (vec![], Err(want)),
            "{:?}",
            String::from_utf8_lossy(body)
        );
    }
}

impl Remuxer {
    fn expect_raw_pcm_for(self, target: StreamTarget) -> Self {
        if target == StreamTarget::Pcm {
            self.expect_raw_pcm(PcmFormat::SPEECH)
        } else {
            self
        }
    }
}

#[test]
fn a_failed_clip_does_not_end_the_stream() {
    let mut remuxer = Remuxer::new(WEBM);
    let mut out = clip(&mut remuxer, &[&ogg(&[1, 2], 0)]).0;
    assert_eq!(
        clip(&mut remuxer, &[b"<html>no more voices today</html>"]).1,
        Err(RemuxError::Text)
    );
    let mut cut_off = ogg(&[3, 4, 5], 0);
    cut_off.truncate(page_starts(&cut_off)[3]);
    let (bytes, report) = clip(&mut remuxer, &[&cut_off]);
    assert!(report.unwrap().is_truncated);
    out.extend(bytes);
    remuxer.feed(&ogg(&[6, 6], 0)[..60]).unwrap();
    remuxer.abandon_clip();
    out.extend(clip(&mut remuxer, &[&ogg(&[7], 9)]).0);
    out.extend(remuxer.finish().unwrap());
    let played = play_webm(&out);
    assert_eq!(lengths(&played.packets), [1, 2, 3, 4, 7]);
    assert_eq!(played.end_trim, 187_500);
    assert_eq!(remuxer.finish(), Ok(vec![]), "the end comes once");
}

#[test]
fn an_error_in_the_last_clip_still_lets_the_stream_end() {
    let mut remuxer = Remuxer::new(OGG);
    let mut out = clip(&mut remuxer, &[&ogg(&[1, 2], 5)]).0;
    remuxer.feed(b"{\"error\": \"out of characters\"}").unwrap_err();
    assert_eq!(remuxer.finish(), Err(RemuxError::Text));
    out.extend(remuxer.finish().unwrap());
    let (mut reader, mut events) = (OggReader::new(), Vec::new());
    reader.feed(&out, &mut events).unwrap();
    assert!(!reader.finish().is_truncated && events.contains(&OggEvent::End { trim_samples: 5 }));
}

#[test]
fn clips_of_another_shape_are_refused() {
    let mut remuxer = Remuxer::new(OGG);
    clip(&mut remuxer, &[&ogg(&[1], 0)]).1.unwrap();
    let stereo = ogg_file(OpusHead { channels: 2, ..MONO }, &[packet(3, 9)], 1, 0);
    assert_eq!(clip(&mut remuxer, &[&stereo]), (vec![], Err(RemuxError::Differs)));
    let other_delay = ogg_file(OpusHead { pre_skip: 0, ..MONO }, &[packet(3, 9)], 1, 0);
    assert!(clip(&mut remuxer, &[&other_delay]).1.is_ok());

    let mut remuxer = Remuxer::new(StreamTarget::Mp3);
    clip(&mut remuxer, &[&mp3_file(2, 1)]).1.unwrap();
    assert_eq!(
        clip(&mut remuxer, &[&mp3_file(2, 2)]),
        (vec![], Err(RemuxError::Differs))
    );

    let stereo = streaming_header(PcmFormat {
        channels: 2,
        ..PcmFormat::SPEECH
    });
    let mut remuxer = Remuxer::new(StreamTarget::Wav);
    clip(&mut remuxer, &[&stereo, b"abcd"]).1.unwrap();
    assert_eq!(
        clip(&mut remuxer, &[&wav_file(24_000, b"ab")]),
        (vec![], Err(RemuxError::Differs))
    );
}

#[test]
fn samples_of_a_wav_come_at_the_rate_of_the_stream() {
    let level: i16 = 9_000;
    let constant = |frames: usize| level.to_le_bytes().repeat(frames);
    let stereo = [(level + 100).to_le_bytes(), (level - 100).to_le_bytes()].concat();
    let stereo_header = streaming_header(PcmFormat {
        sample_rate: 48_000,
        channels: 2,
    });
    for (file, frames) in [
        (wav_file(22_050, &constant(22_050)), 24_000),
        (wav_file(44_100, &constant(4_410)), 2_400),
        ([stereo_header, stereo.repeat(4_800)].concat(), 2_400),
    ] {
        let mut remuxer = Remuxer::new(StreamTarget::Pcm);
        let (mut out, report) = clip(&mut remuxer, &[&file]);
        assert_eq!(report.unwrap().duration_ms, frames as u64 / 24);
        out.extend(clip(&mut remuxer, &[&wav_file(24_000, b"abcd")]).0);
        let cut = file.chunks(333).collect::<Vec<_>>();
        let (again, _) = clip(&mut Remuxer::new(StreamTarget::Pcm), &cut);
        assert_eq!(out.strip_suffix(b"abcd"), Some(again.as_slice()));
        let samples = pcm16_decode(&again);
        assert!(
            samples.len().abs_diff(frames) <= 2,
            "{} of {frames}",
            samples.len()
        );
        let inner = samples.get(100..samples.len() - 100).unwrap();
        assert!(inner.iter().all(|sample| sample.abs_diff(level) <= 2));
    }
    let mut remuxer = Remuxer::new(StreamTarget::Wav);
    let mut out = clip(&mut remuxer, &[&wav_file(22_050, &constant(2_205))]).0;
    out.extend(clip(&mut remuxer, &[&wav_file(24_000, &constant(2_400))]).0);
    assert!(
        out.len().abs_diff(2 * 2 * 2_205) <= 300,
        "two tenths of a second at the first one's rate"
    );
    remuxer.feed(&wav_file(48_000, b"ab")).unwrap();
    remuxer.abandon_clip();
    assert_eq!(clip(&mut remuxer, &[&wav_file(22_050, b"ab")]).0, b"ab");
}

#[test]
fn mp3_and_samples_join_too() {
    let frames = &mp3_file(2, 1)[12..];
    assert_eq!(
        stream(StreamTarget::Mp3, &[mp3_file(2, 1), mp3_file(2, 1)]),
        [mark::ID3.as_bytes(), &frames.repeat(2)].concat(),
        "one mark, before the first frame"
    );
    let wavs = [wav_file(22_050, b"abcd"), wav_file(22_050, b"ef")];
    let whole = wav_file(22_050, b"abcdef");
    assert_eq!(
        stream(StreamTarget::Wav, &wavs),
        [&whole[..36], mark::LIST.as_bytes(), &whole[36..]].concat()
    );
    assert_eq!(
        stream(
            StreamTarget::Pcm,
            &[wav_file(24_000, b"abc"), wav_file(24_000, b"ef")]
        ),
        b"abef"
    );
}

#[test]
fn raw_samples_are_taken_where_they_are_expected() {
    let mut remuxer = Remuxer::new(StreamTarget::Wav)
        .marked(false)
        .expect_raw_pcm(PcmFormat::SPEECH);
    let samples = [0xFFu8, 0xFB, 0x90, 0x64, 0, 0, 1, 0, 7];
    let (out, report) = clip(&mut remuxer, &[&samples]);
    assert_eq!(
        out,
        wav_file(24_000, &samples[..8]),
        "they look like MP3 by chance, and half a sample is dropped"
    );
    assert!(report.unwrap().is_truncated);
    let silence = [0; 480];
    let (out, report) = clip(&mut remuxer, &[&silence]);
    assert_eq!((out.as_slice(), report.unwrap().duration_ms), (&silence[..], 10));
    let got = PcmFormat::SPEECH;
    assert_eq!(
        Remuxer::new(OGG).expect_raw_pcm(got).feed(&silence),
        Err(RemuxError::PcmFormat { got })
    );
}

#[test]
fn a_clip_is_kept_only_when_it_is_whole() {
    let file = ogg(&[10, 11, 12], 400);
    let mut remuxer = Remuxer::new(WEBM).collect_clips();
    let report = clip(&mut remuxer, &[&file]).1.unwrap();
    let kept = report.clip.unwrap();
    assert_eq!(
        (report.duration_ms, kept.duration_ms()),
        ((3 * 960 - 312 - 400) / 48, (3 * 960 - 312 - 400) / 48)
    );
    assert_eq!((kept.head(), kept.end_trim_samples()), (MONO, 400));

    let mut cut_off = file.clone();
    cut_off.truncate(page_starts(&file)[3]);
    let report = clip(&mut remuxer, &[&cut_off]).1.unwrap();
    assert!(report.is_truncated && report.clip.is_none());
    let report = clip(&mut Remuxer::new(WEBM), &[&file]).1.unwrap();
    assert_eq!(report.clip, None, "only when asked for");
}

#[test]
fn a_kept_clip_sends_the_same_packets_as_the_file_it_came_from() {
    let file = ogg(&[10, 11, 12], 400);
    let mut remuxer = Remuxer::new(WEBM).collect_clips();
    let kept = clip(&mut remuxer, &[&file]).1.unwrap().clip.unwrap();
    let kept = Clip::parse(kept.as_bytes().to_vec()).unwrap();
    let mut remuxer = Remuxer::new(WEBM);
    let mut out = remuxer.push_clip(&kept).unwrap();
    out.extend(clip(&mut remuxer, &[&ogg(&[20], 0)]).0);
    out.extend(remuxer.push_clip(&kept).unwrap());
    out.extend(remuxer.finish().unwrap());
    let want = play_webm(&stream(WEBM, &[file.clone(), ogg(&[20], 0), file]));
    let got = play_webm(&out);
    assert_eq!(
        (got.packets, got.end_trim, got.delay),
        (want.packets, want.end_trim, want.delay)
    );
    assert!(Remuxer::new(StreamTarget::Mp3).push_clip(&kept).is_err());
}

fn inputs() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => (packets(), 1usize..9).prop_map(|(sent, per_page)| ogg_file(MONO, &sent, per_page, 50)),
        1 => (1usize..5).prop_map(|frames| mp3_file(frames, 1)),
        1 => prop::collection::vec(any::<u8>(), 0..50).prop_map(|pcm| wav_file(24_000, &pcm)),
        1 => prop::collection::vec(any::<u8>(), 0..100),
        1 => "[ -~]{0,60}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_split_gives_the_same_stream(
        clips in prop::collection::vec(inputs(), 1..4),
        sizes in prop::collection::vec(1usize..300, 1..6),
        flip in prop::option::of(any::<prop::sample::Index>()),
        target in prop::sample::select(vec![OGG, WEBM, MP4, StreamTarget::Mp3, StreamTarget::Wav, StreamTarget::Pcm]),
        raw in any::<bool>(),
    ) {
        let run = |pieces: &dyn for<'a> Fn(&'a [u8]) -> Vec<&'a [u8]>| {
            let mut remuxer = Remuxer::new(target).collect_clips();
            if raw { remuxer = remuxer.expect_raw_pcm(PcmFormat::SPEECH); }
            let (mut out, mut reports) = (Vec::new(), Vec::new());
            for (index, bytes) in clips.iter().enumerate() {
                let mut bytes = bytes.clone();
                if let Some(flip) = flip && index == 0 && !bytes.is_empty() {
                    let at = flip.index(bytes.len());
                    bytes[at] ^= 0x40;
                }
                let (sent, report) = clip(&mut remuxer, &pieces(&bytes));
                out.extend(sent);
                reports.push(report.map(|report| (report.is_truncated, report.duration_ms, report.clip)));
            }
            let end = remuxer.finish();
            out.extend(end.clone().unwrap_or_default());
            (out, reports, end.is_ok())
        };
        let whole = run(&|bytes| vec![bytes]);
        let split = run(&|bytes| cut(bytes, &sizes));
        prop_assert!(whole == split);
    }
}
