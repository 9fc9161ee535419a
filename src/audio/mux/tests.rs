use proptest::prelude::*;

use super::*;
use crate::audio::ogg::{OggEvent, OggReader};
use crate::audio::testing::{MONO, Played, packet, packets, play_mp4, play_webm};

fn mux(container: OpusContainer, sent: &[OpusPacket], per_flush: usize, trim: u32) -> Vec<u8> {
    let (mut muxer, mut out) = (OpusMuxer::new(container, MONO, true), Vec::new());
    let mut flushes = sent.chunks(per_flush).peekable();
    while let Some(flush) = flushes.next() {
        flush.iter().for_each(|packet| muxer.push(packet));
        if flushes.peek().is_some() {
            muxer.flush(&mut out);
        }
    }
    muxer.finish(trim, &mut out);
    out
}

fn ogg_events(stream: &[u8]) -> Vec<OggEvent> {
    let (mut reader, mut events) = (OggReader::new(), Vec::new());
    reader.feed(stream, &mut events).unwrap();
    assert!(!reader.finish().is_truncated && !reader.finish().is_damaged);
    events
}

fn starts(sent: &[OpusPacket]) -> Vec<u64> {
    let start = |index: usize| {
        sent[..index]
            .iter()
            .map(|packet| u64::from(packet.samples()))
            .sum()
    };
    (0..sent.len()).map(start).collect()
}

#[test]
fn bytes_leave_with_their_flush() {
    for container in [OpusContainer::Ogg, OpusContainer::Webm, OpusContainer::Mp4] {
        let (mut muxer, mut first, mut second) =
            (OpusMuxer::new(container, MONO, true), Vec::new(), Vec::new());
        let (a, b) = (packet(3, 50), packet(3, 51));
        muxer.push(&a);
        assert_eq!(muxer.queued_ms(), 20);
        muxer.flush(&mut first);
        assert!(first.ends_with(a.bytes()), "{container:?}: nothing is held back");
        muxer.push(&b);
        muxer.flush(&mut second);
        assert!(
            second.ends_with(b.bytes()) && second.len() < b.bytes().len() + 130,
            "{container:?}: no second header"
        );
        let mut nothing = Vec::new();
        muxer.flush(&mut nothing);
        assert_eq!(nothing, b"", "{container:?}: an empty flush is empty");
    }
}

#[test]
fn nothing_follows_the_end() {
    for container in [OpusContainer::Ogg, OpusContainer::Webm, OpusContainer::Mp4] {
        let (mut muxer, mut out) = (OpusMuxer::new(container, MONO, true), Vec::new());
        muxer.push(&packet(3, 5));
        muxer.finish(0, &mut out);
        let bytes = out.len();
        muxer.push(&packet(3, 5));
        muxer.flush(&mut out);
        muxer.finish(0, &mut out);
        assert_eq!(out.len(), bytes, "{container:?}");
    }
}

#[test]
fn an_ogg_stream_ends_even_when_all_was_flushed() {
    let (mut muxer, mut out) = (OpusMuxer::new(OpusContainer::Ogg, MONO, true), Vec::new());
    muxer.push(&packet(3, 5));
    muxer.flush(&mut out);
    muxer.finish(500, &mut out);
    assert_eq!(ogg_events(&out).last(), Some(&OggEvent::End { trim_samples: 0 }));
}

#[test]
fn webm_times_stay_right_for_hours() {
    let long = packet(3, 0);
    let hours = 5 * 3_600 * 50;
    let mut muxer = OpusMuxer::new(OpusContainer::Webm, MONO, true);
    let mut out = Vec::new();
    for index in 0..hours {
        muxer.push(&long);
        if index % 1_000 == 999 {
            muxer.flush(&mut out);
        }
    }
    muxer.finish(0, &mut out);
    let played = play_webm(&out);
    assert_eq!(played.clusters, hours / 250, "clusters of five seconds");
    assert!(
        played
            .packets
            .iter()
            .zip(0u64..)
            .all(|((time_ms, _), index)| *time_ms == index * 20)
    );
}

#[test]
fn the_headers_carry_the_delay() {
    let head = OpusHead {
        channels: 2,
        pre_skip: 3_840,
        gain_q8: -5,
    };
    let header = |container| {
        let (mut muxer, mut out) = (OpusMuxer::new(container, head, true), Vec::new());
        muxer.push(&packet(3, 1));
        muxer.finish(0, &mut out);
        out
    };
    let webm = play_webm(&header(OpusContainer::Webm));
    assert_eq!(
        (webm.codec_private.as_slice(), webm.delay),
        (head.to_bytes().as_slice(), 80_000_000)
    );
    let mp4 = play_mp4(&header(OpusContainer::Mp4));
    assert_eq!(
        mp4.codec_private,
        [0, 2, 0x0F, 0, 0, 0, 0xBB, 0x80, 0xFF, 0xFB, 0]
    );
    assert_eq!(mp4.delay, 3_840);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn ogg_gives_back_what_went_in(sent in packets(), per_flush in 1usize..40, trim in 0u32..120) {
        let events = ogg_events(&mux(OpusContainer::Ogg, &sent, per_flush, trim));
        let heard: Vec<_> = events.iter().filter_map(|event| match event {
            OggEvent::Packet(packet) => Some(packet.clone()),
            _ => None,
        }).collect();
        prop_assert_eq!(heard, sent);
        let has_end = events.contains(&OggEvent::End { trim_samples: trim });
        prop_assert!(has_end);
    }

    #[test]
    fn webm_gives_back_what_went_in(sent in packets(), per_flush in 1usize..40, trim in 0u32..120) {
        let played = play_webm(&mux(OpusContainer::Webm, &sent, per_flush, trim));
        let want: Vec<_> = starts(&sent).into_iter().zip(&sent)
            .map(|(start, packet)| ((start * 1_000 + 24_000) / 48_000, packet.bytes().to_vec())).collect();
        prop_assert_eq!(&played.packets, &want);
        prop_assert_eq!(played.end_trim, (u64::from(trim) * 1_000_000_000 + 24_000) / 48_000);
        prop_assert_eq!(played.codec_private, MONO.to_bytes());
        prop_assert_eq!(played.delay, 6_500_000);
        prop_assert_eq!(played.clusters, sent.len().div_ceil(per_flush));
    }

    #[test]
    fn mp4_gives_back_what_went_in(sent in packets(), per_flush in 1usize..40, trim in 0u32..120) {
        let played = play_mp4(&mux(OpusContainer::Mp4, &sent, per_flush, trim));
        let packets: Vec<_> = starts(&sent).into_iter().zip(&sent)
            .map(|(start, packet)| (start, packet.bytes().to_vec())).collect();
        let codec_private = vec![0, 1, 1, 0x38, 0, 0, 0xBB, 0x80, 0, 0, 0];
        let clusters = sent.len().div_ceil(per_flush);
        let want = Played { codec_private, delay: 312, packets, end_trim: trim.into(), clusters };
        prop_assert_eq!(played, want);
    }
}
