//! Buffer and memories together on one disk, with a crash at every possible moment of an extraction.
//!
//! The disk changes only by whole transactions, as in a SQLite Durable Object; everything else is lost in a crash.
//! The model is a script that answers each message with one fact, in a new wording each time it is asked, as models do.

#![allow(clippy::unwrap_used)]

use hearken::memory::extraction::apply::{Cause, Origin, Store};
use hearken::memory::extraction::buffer::{Batch, Buffer, Failure, Limits, Pending};
use hearken::memory::extraction::operations;
use hearken::memory::extraction::prompt::{ask, calls};

/// Where the process stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crash {
    /// Before the lease is written.
    BeforeLease,
    /// After it, before the call.
    BeforeCall,
    /// The provider was called, and the answer never read.
    BeforeAnswer,
    /// The answer was read, and the transaction not committed.
    BeforeCommit,
    /// All is written, and nobody was told.
    AfterCommit,
}

const CRASHES: [Crash; 5] = [
    Crash::BeforeLease,
    Crash::BeforeCall,
    Crash::BeforeAnswer,
    Crash::BeforeCommit,
    Crash::AfterCommit,
];

/// What survives.
#[derive(Clone, Default)]
struct Disk {
    buffer: Buffer,
    store: Store,
}

const LIMITS: Limits = Limits {
    batch_messages: 3,
    batch_bytes: 4_000,
    idle_ms: 1_000,
    lease_ms: 30_000,
};

fn message(number: usize) -> Pending {
    Pending {
        seq: 0,
        message: format!("m{number}"),
        conversation: "c".into(),
        text: format!("My lucky number {number} is {number}"),
        previous_assistant: None,
        at_ms: 0,
        malformed: 0,
        parked: false,
    }
}

/// One fact for each message; `asked` varies the wording.
fn model(batch: &Batch, asked: usize) -> String {
    let excerpts = calls(&batch.messages, LIMITS.batch_bytes).concat();
    assert!(
        ask(&excerpts, &[], &[], 0)
            .iter()
            .any(|turn| turn.content.contains("lucky"))
    );
    let add = |excerpt: &hearken::memory::extraction::prompt::Excerpt| {
        format!(
            r#"{{"op":"add","text":"{} (told {asked})","kind":"fact"}}"#,
            excerpt.text
        )
    };
    let operations: Vec<String> = excerpts.iter().map(add).collect();
    format!("```json\n{{\"operations\":[{}]}}\n```", operations.join(","))
}

/// One extraction, up to a crash. False when nothing was due.
fn extract(disk: &mut Disk, now_ms: u64, crash: Option<Crash>, asked: &mut usize) -> bool {
    let mut working = disk.clone();
    let Some(batch) = working.buffer.take(now_ms, &LIMITS) else {
        return false;
    };
    if crash == Some(Crash::BeforeLease) {
        return true;
    }
    *disk = working.clone();
    if crash == Some(Crash::BeforeCall) {
        return true;
    }
    *asked += 1;
    let answer = model(&batch, *asked);
    if crash == Some(Crash::BeforeAnswer) {
        return true;
    }
    let read = operations::read(&answer, &[]).unwrap();
    let sources: Vec<String> = batch
        .messages
        .iter()
        .map(|message| message.message.clone())
        .collect();
    let cause = Cause {
        sources: &sources,
        origin: Origin::Extracted,
        said_at_ms: now_ms,
        now_ms,
    };
    working.buffer.ack(&batch.id, batch.attempt).unwrap();
    working.store.apply(&read.operations, &cause);
    if crash != Some(Crash::BeforeCommit) {
        *disk = working;
    }
    true
}

#[test]
fn a_crash_at_any_moment_loses_no_fact_and_stores_none_twice() {
    // Every sequence of up to three crashes, over seven messages in batches of three.
    let mut sequences: Vec<Vec<Crash>> = vec![Vec::new()];
    for _ in 0..3 {
        let longer = sequences
            .iter()
            .flat_map(|before| CRASHES.map(|crash| [before.as_slice(), &[crash]].concat()));
        sequences = longer.chain(sequences.iter().cloned()).collect();
    }
    for sequence in sequences {
        let mut disk = Disk::default();
        for number in 0..7 {
            disk.buffer.append(message(number), false, 0);
        }
        let (mut now_ms, mut asked) = (0, 0);
        let mut crashes = sequence.iter();
        for _ in 0..20 {
            now_ms += 40_000;
            let crash = crashes.next().copied();
            if !extract(&mut disk, now_ms, crash, &mut asked) {
                break;
            }
            if crash.is_some() {
                disk.buffer = disk.buffer.recover();
            }
        }
        let mut facts: Vec<&str> = disk.store.current().map(|memory| memory.text.as_str()).collect();
        facts.sort_unstable();
        assert_eq!(facts.len(), 7, "{sequence:?}: {facts:?}");
        for number in 0..7 {
            let fact = format!("My lucky number {number} is");
            assert_eq!(
                facts.iter().filter(|text| text.starts_with(&fact)).count(),
                1,
                "{sequence:?}"
            );
        }
        assert_eq!(disk.buffer.waiting().count(), 0);
    }
}

#[test]
fn an_answer_that_outlives_its_lease_changes_nothing() {
    let mut disk = Disk::default();
    for number in 0..3 {
        disk.buffer.append(message(number), false, 0);
    }
    let slow = disk.buffer.take(0, &LIMITS).unwrap();
    let mut asked = 0;
    assert!(extract(&mut disk, LIMITS.lease_ms, None, &mut asked));
    let before = disk.store.clone();
    assert!(disk.buffer.ack(&slow.id, slow.attempt).is_err());
    assert!(
        disk.buffer
            .fail(&slow.id, slow.attempt, Failure::Malformed, 0)
            .is_err()
    );
    assert_eq!((disk.store, before.generation), (before.clone(), 1));
}
