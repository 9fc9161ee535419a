use super::*;

fn kept(bytes: usize) -> CachedClip {
    CachedClip::Mp3(Rc::new(vec![0; bytes]))
}

fn heard(text: &str, clip_bytes: usize) -> HeardPhrase {
    HeardPhrase {
        text: text.into(),
        fresh: Some(NewClip {
            key: format!("key of {text}"),
            kept: kept(clip_bytes),
            voice: "v".into(),
            saving_ms: 300,
        }),
        used: None,
    }
}

#[test]
fn a_clip_is_missing_for_certain_only_while_the_phrasebooks_word_is_young() {
    let mut cache = PhraseCache::default();
    assert!(
        !cache.is_known_missing("a", 0) && cache.wants_known(0),
        "nothing was said yet"
    );
    cache.set_known(vec![clip_key::mark("there")], 1_000);
    assert!(cache.is_known_missing("a", 15_999) && !cache.is_known_missing("there", 1_000));
    assert!(!cache.is_known_missing("a", 16_000));
    assert!(!cache.wants_known(9_000) && cache.wants_known(9_001));
    cache.put_stored("a", kept(1), 1_000);
    assert!(!cache.is_known_missing("a", 1_000));
}

#[test]
fn samples_go_on_with_a_stream_of_samples_and_with_no_other() {
    let pcm: Vec<u8> = [0_i16, 5, -5, 0].into_iter().flat_map(i16::to_le_bytes).collect();
    let clip = CachedClip::of_pcm(&pcm);
    assert_eq!((clip.codec(), clip.as_ref().len()), (Codec::Samples, 6));
    let mut remuxer = Remuxer::new(crate::audio::StreamTarget::Pcm);
    for _ in 0..2 {
        assert_eq!(clip.push_to(&mut remuxer).unwrap().len(), pcm.len());
    }
    assert!(
        clip.push_to(&mut Remuxer::new(crate::audio::StreamTarget::Mp3))
            .is_err()
    );
    assert!(CachedClip::parse(Codec::Samples, clip.as_ref().to_vec()).is_some());
    assert!(CachedClip::parse(Codec::Samples, b"cut".to_vec()).is_none());
}

#[test]
fn clips_are_at_hand_for_a_minute_and_within_their_bytes() {
    let mut cache = PhraseCache::default();
    cache.put_clip("a", kept(5 << 20), 0);
    assert!(cache.clip("a", 59_999).is_some() && cache.clip("a", 60_000).is_none());
    cache.put_clip("a", kept(5 << 20), 0);
    cache.put_clip("b", kept(5 << 20), 1);
    assert!(cache.clip("a", 1).is_none() && cache.clip("b", 1).is_some());
    cache.remove_clip("b");
    assert!(cache.clip("b", 1).is_none());
}

#[test]
fn one_request_flushes_for_all_and_a_lost_flush_is_taken_over() {
    let mut cache = PhraseCache::default();
    assert!(cache.enqueue("a", vec![heard("x", 1)], 1_000, 0));
    assert!(!cache.enqueue("b", vec![heard("x", 1)], 1_000, 6_000));
    assert!(cache.enqueue("c", vec![], 1_000, 6_001), "its request died");
    let mut batch = cache.take_batch();
    let people: Vec<_> = batch.said.iter().map(|said| said.person.as_str()).collect();
    assert_eq!(people, ["a", "b"]);
    assert!(batch.take_fresh("x").is_some() && batch.take_fresh("x").is_some());
    assert!(batch.take_fresh("x").is_none());
    assert!(
        cache.enqueue("d", vec![heard("y", 1)], 1_000, 6_002),
        "a new batch"
    );
}

#[test]
fn a_batch_is_bounded_in_phrases_and_bytes() {
    let mut cache = PhraseCache::default();
    cache.enqueue("a", vec![heard("large", 8 << 20), heard("more", 1)], 0, 0);
    cache.enqueue("a", (0..WAITING_MAX).map(|_| heard("x", 0)).collect(), 0, 0);
    let mut batch = cache.take_batch();
    assert_eq!(batch.said.len(), WAITING_MAX);
    assert!(batch.take_fresh("large").is_some() && batch.take_fresh("more").is_none());
}

#[test]
fn shared_phrases_are_remembered_within_bounds_and_clearing_leaves_what_is_to_be_counted() {
    let mut cache = PhraseCache::default();
    cache.add_shared("I hear you.");
    assert!(cache.is_shared("I hear you.") && !cache.is_shared("I see."));
    for index in 0..SHARED_MAX {
        cache.add_shared(&index.to_string());
    }
    assert!(cache.shared.len() <= SHARED_MAX && cache.is_shared(&(SHARED_MAX - 1).to_string()));
    cache.put_clip("a", kept(1), 0);
    cache.set_known(vec![], 0);
    cache.enqueue("a", vec![heard("x", 1)], 0, 0);
    cache.clear();
    assert!(cache.clip("a", 0).is_none() && !cache.is_known_missing("a", 0) && !cache.is_shared("1"));
    assert_eq!(cache.take_batch().said.len(), 1);
}
