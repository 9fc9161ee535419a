//! What accepted operations do to the memories.
//!
//! [`plan`] turns operations into row changes; the person's object writes those rows, the new generation and the
//! buffer's acknowledgement in one transaction. Invariants: the generation grows by one with every transaction that changes a memory and
//! never otherwise; an operation is applied at most once (its id is a hash of its sources and content); an update
//! or a delete by extraction leaves the old text in the history; only the person's own deletion erases.

use sha2::{Digest, Sha256};

use crate::memory::MemoryKind;
use crate::memory::extraction::dedupe::{Sameness, canonical, compare};
use crate::memory::extraction::operations::Operation;
use crate::wire::hex::hex_of_first;
use crate::wire::json::{words, written};
use crate::wire::order::distinct;

/// Importance of a memory, 0 to 1, where nothing else is known.
pub const IMPORTANCE_DEFAULT: f32 = 0.5;

/// Where a memory comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryOrigin {
    /// Extracted from what the person said.
    Extracted,
    /// Given as it stands (`POST /v1/memories` with `text`).
    Given,
    /// Written by the person over what was there.
    Edited,
}

words!(MemoryOrigin: Extracted "extracted", Given "given", Edited "edited");

/// One memory: a row of `memories`, and a line of an export.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    /// `mem_` and 32 hexadecimal digits; stays through updates.
    pub id: String,
    /// Third person, one line.
    pub text: String,
    /// What it is about.
    pub kind: MemoryKind,
    /// 0 to 1.
    pub importance: f32,
    /// Messages it was taken from.
    pub sources: Vec<String>,
    /// Where it comes from.
    pub origin: MemoryOrigin,
    /// 1, and one more with each change.
    pub version: u32,
    /// Unix milliseconds.
    pub created_at_ms: u64,
    /// Unix milliseconds.
    pub updated_at_ms: u64,
    /// Since when the text holds, Unix milliseconds.
    pub valid_from_ms: u64,
    /// Until when it held; `None` while it does. Only such memories are searched.
    pub valid_until_ms: Option<u64>,
}

written!(Memory:
    id, text, kind, importance, sources, origin, version, created_at_ms, updated_at_ms, valid_from_ms, valid_until_ms
);

/// What a memory said before: a row of `memory_history`.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// Which memory.
    pub memory: String,
    /// The version that ended.
    pub version: u32,
    /// What it said.
    pub text: String,
    /// Its kind then.
    pub kind: MemoryKind,
    /// Since when it held.
    pub valid_from_ms: u64,
    /// Until when.
    pub valid_until_ms: u64,
    /// Why it ended.
    pub because: Because,
    /// The messages that ended it.
    pub sources: Vec<String>,
}

written!(Past: memory, version, text, kind, valid_from_ms, valid_until_ms, because, sources);

/// Why a version of a memory ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The person said something newer.
    Updated,
    /// The person said that it no longer holds.
    Retracted,
    /// The person wrote something else in its place.
    Edited,
}

words!(Because: Updated "updated", Retracted "retracted", Edited "edited");

/// One row to write. The index (FTS5 and vector) follows `Put` and `Erase`: a current memory is in it, others are not.
#[derive(Clone, Debug, PartialEq)]
pub enum RowChange {
    /// Insert or replace a memory.
    Put(Memory),
    /// Insert into the history.
    Keep(Past),
    /// Insert into `applied_operations`.
    Applied {
        /// The operation's id.
        id: String,
    },
    /// Delete a memory, its history, index and vector.
    Erase {
        /// Which.
        id: String,
    },
}

/// Who asks for a change, and when.
#[derive(Clone, Copy, Debug)]
pub struct Cause<'a> {
    /// Messages the operations were extracted from; for a given fact, the request's idempotency key.
    pub sources: &'a [String],
    /// Extracted, given or edited.
    pub origin: MemoryOrigin,
    /// When it was said, Unix milliseconds: the new text holds since then.
    pub said_at_ms: u64,
    /// Now, Unix milliseconds.
    pub now_ms: u64,
}

/// What a plan needs to see of the store.
pub trait Lookup {
    /// A memory, current or not.
    fn memory(&self, id: &str) -> Option<Memory>;
    /// Current memories that may say the same as `text`; more than needed is fine, all exact ones must be there.
    fn alike(&self, text: &str) -> Vec<Memory>;
    /// The current memory of a kind of which there is one (name, language, tone).
    fn single(&self, kind: MemoryKind) -> Option<Memory>;
    /// True if an operation was applied before.
    fn applied(&self, operation_id: &str) -> bool;
}

/// The row changes of a list of operations. Empty when nothing changes: then the generation stays.
pub fn plan(operations: &[Operation], cause: &Cause, store: &impl Lookup) -> Vec<RowChange> {
    let mut changes = Vec::new();
    let mut planned: Vec<Memory> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for operation in operations {
        let id = operation_id(operation, cause.sources);
        if store.applied(&id) || seen.contains(&id) {
            continue;
        }
        seen.push(id.clone());
        let rows = plan_one(operation, &id, cause, store, &planned);
        if rows.is_empty() {
            continue;
        }
        for row in &rows {
            if let RowChange::Put(memory) = row {
                planned.retain(|known| known.id != memory.id);
                planned.push(memory.clone());
            }
        }
        changes.extend(rows);
        changes.push(RowChange::Applied { id });
    }
    changes
}

fn plan_one(
    operation: &Operation,
    id: &str,
    cause: &Cause,
    store: &impl Lookup,
    planned: &[Memory],
) -> Vec<RowChange> {
    let current = |id: &str| {
        let planned = planned.iter().find(|memory| memory.id == id);
        planned
            .cloned()
            .or_else(|| store.memory(id))
            .filter(|memory| memory.valid_until_ms.is_none())
    };
    let is_planned = |memory: &Memory| planned.iter().any(|known| known.id == memory.id);
    let single = |kind: MemoryKind| {
        let mut planned_ones = planned.iter();
        let planned_one = planned_ones.find(|memory| memory.kind == kind && memory.valid_until_ms.is_none());
        let stored = || store.single(kind).filter(|memory| !is_planned(memory));
        let one = planned_one.cloned().or_else(stored);
        one.filter(|_| kind.is_profile())
    };
    match operation {
        // "The person's daughter is called Mia" under the kind of the person's own name.
        Operation::Add {
            text,
            kind: MemoryKind::Name,
        } if names_another(text) => {
            let other = Operation::Add {
                text: text.clone(),
                kind: MemoryKind::Relationship,
            };
            plan_one(&other, id, cause, store, planned)
        }
        Operation::Update {
            id: target,
            text,
            kind,
        } if names_another(text)
            && kind.or_else(|| current(target).map(|memory| memory.kind)) == Some(MemoryKind::Name)
            && cause.origin != MemoryOrigin::Edited =>
        {
            let other = Operation::Add {
                text: text.clone(),
                kind: MemoryKind::Relationship,
            };
            plan_one(&other, id, cause, store, planned)
        }
        Operation::Add { text, kind } => {
            let known = store.alike(text).into_iter().filter(|memory| !is_planned(memory));
            let mut known = known
                .chain(planned.iter().cloned())
                .filter(|memory| memory.valid_until_ms.is_none());
            if known.any(|memory| {
                memory.kind.is_profile() == kind.is_profile()
                    && compare(&memory.text, text) != Sameness::Different
            }) {
                return Vec::new();
            }
            // A second name supersedes the first: the profile has one of each.
            match single(*kind) {
                Some(before) => supersede(before, text, *kind, cause),
                None => vec![RowChange::Put(added(id, text, *kind, cause))],
            }
        }
        Operation::Update { id, text, kind } => match current(id) {
            Some(before) => {
                let kind = kind.unwrap_or(before.kind);
                let mut rows = supersede(before, text, kind, cause);
                // What becomes the name ends the name there was: the profile has one of each.
                let other = single(kind).filter(|other| other.id != *id && !rows.is_empty());
                rows.extend(
                    other
                        .into_iter()
                        .flat_map(|other| ended(other, Because::Updated, cause)),
                );
                rows
            }
            // It was deleted while the model was thinking: what the person erased stays erased.
            None => Vec::new(),
        },
        Operation::Delete { id } => match current(id) {
            Some(before) => ended(before, Because::Retracted, cause),
            None => Vec::new(),
        },
    }
}

/// Who is not the person; in German with a capital letter, as it stands there.
const OTHERS: &str = "daughter, daughters, son, sons, child, children, kid, kids, baby, wife, husband, partner, girlfriend, boyfriend, spouse, \
    fiance, fiancee, mother, mom, mum, father, dad, parents, sister, sisters, brother, brothers, twin, grandmother, grandma, grandfather, grandpa, \
    granddaughter, grandson, aunt, uncle, cousin, niece, nephew, friend, friends, colleague, boss, neighbor, neighbour, roommate, teacher, doctor, therapist, \
    dog, dogs, cat, cats, pet, pets, horse, bird, parrot, hamster, rabbit, puppy, kitten, Tochter, Sohn, Kind, Frau, Mann, Ehefrau, Ehemann, Partner, \
    Partnerin, Mutter, Vater, Schwester, Bruder, Freund, Freundin, Oma, Opa, Hund, Katze, Chef, Chefin, hija, hijo, esposa, esposo, marido, mujer, madre, padre, \
    hermana, hermano, amiga, amigo, novia, novio, perro, perra, gato, gata, fille, fils, femme, mari, mère, père, sœur, soeur, frère, amie, ami, chien, chat, \
    figlia, figlio, moglie, marito, sorella, fratello, amica, amico, cane, gatto, filha, filho, mãe, pai, irmã, irmão, cachorro, cão, dochter, zoon, vrouw, \
    moeder, vader, zus, broer, vriend, vriendin, hond, kat, дочь, дочка, сын, жена, муж, мать, мама, отец, папа, сестра, брат, друг, подруга, собака, \
    кошка, кот, córka, syn, żona, mąż, matka, ojciec, siostra, brat, dotter, fru, mor, far, syster, bror, hund, katt, 女儿, 女兒, 儿子, 兒子, 妻子, 丈夫, 妈妈, 爸爸, 娘, 息子, 妻, 夫, 母, 父, 딸, 아들, 아내, 남편";
/// Where they stand: before the name, near the beginning.
const OTHERS_WORDS: usize = 5;

/// Whether a text that should be the person's own name tells how somebody else is called.
fn names_another(text: &str) -> bool {
    let mut words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let last = text.split_whitespace().count();
    words
        .by_ref()
        .take(OTHERS_WORDS.min(last.saturating_sub(1)))
        .any(|word| {
            let mut others = OTHERS.split(", ");
            others.any(|other| other == word)
        })
}

/// The memory no longer holds; what it said stays in the history.
fn ended(before: Memory, because: Because, cause: &Cause) -> Vec<RowChange> {
    let past = past(&before, because, cause);
    let ended = Memory {
        valid_until_ms: Some(past.valid_until_ms),
        updated_at_ms: cause.now_ms,
        version: before.version + 1,
        ..before
    };
    vec![RowChange::Keep(past), RowChange::Put(ended)]
}

fn added(operation_id: &str, text: &str, kind: MemoryKind, cause: &Cause) -> Memory {
    Memory {
        id: format!("mem_{operation_id}"),
        text: text.to_owned(),
        kind,
        importance: importance(kind),
        sources: cause.sources.to_vec(),
        origin: cause.origin,
        version: 1,
        created_at_ms: cause.now_ms,
        updated_at_ms: cause.now_ms,
        valid_from_ms: cause.said_at_ms,
        valid_until_ms: None,
    }
}

/// The new text in place of the old, the old one in the history. Nothing if both are the same.
fn supersede(before: Memory, text: &str, kind: MemoryKind, cause: &Cause) -> Vec<RowChange> {
    if before.kind == kind && before.text == text {
        return Vec::new();
    }
    let because = if cause.origin == MemoryOrigin::Edited {
        Because::Edited
    } else {
        Because::Updated
    };
    let past = past(&before, because, cause);
    let after = Memory {
        text: text.to_owned(),
        kind,
        importance: importance(kind).max(before.importance),
        sources: cause.sources.to_vec(),
        origin: cause.origin,
        version: before.version + 1,
        updated_at_ms: cause.now_ms,
        valid_from_ms: cause.said_at_ms,
        ..before
    };
    vec![RowChange::Keep(past), RowChange::Put(after)]
}

fn past(before: &Memory, because: Because, cause: &Cause) -> Past {
    Past {
        memory: before.id.clone(),
        version: before.version,
        text: before.text.clone(),
        kind: before.kind,
        valid_from_ms: before.valid_from_ms,
        valid_until_ms: cause.said_at_ms.max(before.valid_from_ms),
        because,
        sources: cause.sources.to_vec(),
    }
}

/// What weighs more when memories compete: health first, passing events last.
pub fn importance(kind: MemoryKind) -> f32 {
    match kind {
        MemoryKind::Health => 0.9,
        MemoryKind::Name | MemoryKind::Language | MemoryKind::Tone | MemoryKind::Relationship => 0.7,
        MemoryKind::Event | MemoryKind::Feeling => 0.4,
        MemoryKind::Fact | MemoryKind::Preference | MemoryKind::Plan => IMPORTANCE_DEFAULT,
    }
}

/// 32 hexadecimal digits that are equal for the same operation from the same messages, in whatever order they come.
pub fn operation_id(operation: &Operation, sources: &[String]) -> String {
    let (op, target, text) = match operation {
        Operation::Add { text, .. } => ("add", "", text.as_str()),
        Operation::Update { id, text, .. } => ("update", id.as_str(), text.as_str()),
        Operation::Delete { id } => ("delete", id.as_str(), ""),
    };
    let mut hash = Sha256::new();
    let mut field = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    field(b"op1");
    field(op.as_bytes());
    field(target.as_bytes());
    field(canonical(text).join(" ").as_bytes());
    for source in distinct(sources) {
        field(source.as_bytes());
    }
    hex_of_first(&hash.finalize(), 16)
}
