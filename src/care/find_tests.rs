//! The labelled set of `tests/fixtures/care/`, and its figures.

use super::find::{DangerKind, find};

const SET: &str = include_str!("../../tests/fixtures/care/set.txt");
const LATER: &str = include_str!("../../tests/fixtures/care/later.txt");
const FRESH: &str = include_str!("../../tests/fixtures/care/fresh.txt");
const FRESH_2: &str = include_str!("../../tests/fixtures/care/fresh2.txt");
const HELD_OUT: &str = include_str!("../../tests/fixtures/care/held_out.txt");

fn lines(set: &'static str) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let lines = set.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut fields = line.splitn(3, '|');
        Some((fields.next()?, fields.next()?, fields.next()?))
    })
}

/// What a line's label asks for.
fn is_right(label: &str, kind: Option<DangerKind>) -> bool {
    match label {
        "direct" | "indirect" => {
            kind.is_some_and(|kind| kind >= DangerKind::Crisis && kind != DangerKind::Emergency)
        }
        "act" => kind == Some(DangerKind::Act),
        "emergency" => kind == Some(DangerKind::Emergency),
        "friend" => kind == Some(DangerKind::Supporter),
        _ => kind.is_none_or(|kind| kind < DangerKind::Crisis),
    }
}

/// Of each label: how many lines are right, how many there are. Prints what is wrong.
fn figures(name: &str, set: &'static str) -> Vec<(&'static str, usize, usize)> {
    let mut figures: Vec<(&str, usize, usize)> = Vec::new();
    for (language, label, text) in lines(set) {
        let found = find(text, &[]);
        let is_right = is_right(label, found.map(|found| found.kind));
        if !is_right {
            println!("{name} {language} {label} {text:?} {found:?}");
        }
        match figures.iter_mut().find(|one| one.0 == label) {
            Some(one) => *one = (label, one.1 + usize::from(is_right), one.2 + 1),
            None => figures.push((label, usize::from(is_right), 1)),
        }
    }
    println!("{name}: {figures:?}");
    figures
}

#[test]
fn of_the_labelled_sets_nothing_direct_is_missed_and_at_most_one_trap_in_twenty_is_flagged() {
    let mut count = 0;
    for (name, set) in [
        ("set", SET),
        ("held out", HELD_OUT),
        ("later", LATER),
        ("fresh", FRESH),
        ("fresh 2", FRESH_2),
    ] {
        for (label, right, all) in figures(name, set) {
            count += all;
            let right_min = if label == "calm" { all - all / 20 } else { all };
            assert!(right >= right_min, "{name}: {label} {right} of {all}");
        }
    }
    let mut languages: Vec<&str> = lines(SET).chain(lines(HELD_OUT)).map(|line| line.0).collect();
    languages.sort_unstable();
    languages.dedup();
    assert!(
        count >= 300 && languages.len() >= 15,
        "{count} lines, {languages:?}"
    );
}

#[test]
fn what_was_said_before_makes_a_story_or_a_hint_count() {
    let story = "In my story the hero says: I want to die.";
    let hint = "It will all be over soon.";
    for text in [story, hint, "Thank you for everything, goodbye."] {
        assert_eq!(find(text, &["How are you?"]), None, "{text}");
        assert_eq!(
            find(text, &["I feel so hopeless.", "ok"]).map(|found| found.kind),
            Some(DangerKind::Crisis),
            "{text}"
        );
    }
}

#[test]
fn the_vocabularies_are_written_as_texts_are_read() {
    use super::pattern::patterns;
    use super::text::sentences;
    use super::words::ALL;
    let mut wrong = Vec::new();
    for vocabulary in ALL {
        let lists = [
            vocabulary.crisis,
            vocabulary.act,
            vocabulary.emergency,
            vocabulary.hints,
            vocabulary.distress,
            vocabulary.friend,
            vocabulary.calm,
            vocabulary.fiction,
            vocabulary.past,
            vocabulary.now,
            vocabulary.quoting_oneself,
            vocabulary.fillers,
            vocabulary.negation,
            vocabulary.links,
            vocabulary.own,
            vocabulary.friends,
            vocabulary.others,
        ];
        let sets = vocabulary.sets.iter().map(|(_, set)| *set);
        for list in lists.into_iter().chain(sets) {
            for pattern in patterns(list) {
                for word in pattern.split([' ', '/', '~']) {
                    let word = word
                        .trim_end_matches('?')
                        .trim_end_matches('*')
                        .trim_start_matches('!');
                    if word.len() < 2 || word.chars().all(|c| c.is_ascii_uppercase() || "_$^".contains(c)) {
                        continue;
                    }
                    let read = sentences(word);
                    let is_same = read.len() == 1 && read[0].joined == word && read[0].words.len() == 1;
                    if !is_same {
                        wrong.push(format!(
                            "{} {word:?} {:?}",
                            vocabulary.language,
                            read.first().map(|one| &one.joined)
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
