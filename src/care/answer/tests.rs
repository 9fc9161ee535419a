use super::super::find::find;
use super::*;

fn said(text: &str, country: Option<&str>) -> CareAnswer {
    CareAnswer::of(find(text, &[]).unwrap(), country, false)
}

#[test]
fn the_lines_are_the_countrys_and_the_words_are_the_persons() {
    let german = said("Ich will nicht mehr leben", Some("DE"));
    assert!(
        german.text.contains("TelefonSeelsorge sprechen: 0800 111 0 111."),
        "{}",
        german.text
    );
    assert!(german.text.contains("ruf 112 an"));
    assert!(german.phrases.contains(&"0 8 0 0, 1 1 1, 0, 1 1 1.".to_owned()));
    assert_eq!(german.header(), Some("crisis"));
    let abroad = said("I want to kill myself", Some("germany"));
    assert!(
        abroad.text.contains("TelefonSeelsorge at 0800 111 0 111"),
        "{}",
        abroad.text
    );
    assert!(abroad.note().contains(&abroad.text));
}

#[test]
fn a_country_that_is_not_known_gets_the_directory_and_no_other_countrys_number() {
    for country in [None, Some(""), Some("XX"), Some("T1")] {
        let text = said("I want to kill myself", country).text;
        assert!(
            text.contains("findahelpline.com") && text.contains("your local emergency number"),
            "{text}"
        );
        assert!(!text.contains("988") && !text.contains("911"));
    }
    let portugal = said("quero morrer", Some("PT")).text;
    assert!(
        portugal.contains("findahelpline.com") && portugal.contains("112"),
        "{portugal}"
    );
}

#[test]
fn what_is_under_way_begins_with_the_emergency_number() {
    let act = said("I took all of my pills", Some("US"));
    assert!(act.text.starts_with("Please call 911 now."), "{}", act.text);
    assert!(!act.is_not_to_be_remembered());
    let friend = said("My sister says she wants to die", Some("US"));
    assert_eq!(
        (friend.finding.map(|found| found.kind), friend.header()),
        (Some(DangerKind::Supporter), None)
    );
    assert!(friend.text.contains("988"));
}

#[test]
fn who_has_the_whole_answer_gets_a_short_one_with_the_number_and_never_none() {
    for (text, kept) in [
        ("I want to kill myself", "988"),
        ("I took all of my pills", "911"),
        ("my throat is swelling", "911"),
        ("My sister says she wants to die", "988"),
    ] {
        let finding = find(text, &[]).unwrap();
        let whole = CareAnswer::of(finding, Some("US"), false);
        let short = CareAnswer::of(finding, Some("US"), true);
        assert!(
            short.text.len() < whole.text.len() * 3 / 4 && short.text.contains(kept),
            "{}",
            short.text
        );
        assert_eq!(short.header(), whole.header());
        assert!(
            short.phrases.iter().all(|phrase| whole.phrases.contains(phrase)),
            "{:?}",
            short.phrases
        );
        assert!(
            CareAnswer::is_in(&finding, &whole.text) && CareAnswer::is_in(&finding, &whole.phrases.join(" "))
        );
        assert!(!CareAnswer::is_in(&finding, &short.text));
    }
}

#[test]
fn every_language_has_every_phrase_and_its_places_for_what_goes_in() {
    let phrases: Value = serde_json::from_str(PHRASES).unwrap();
    for language in super::super::words::ALL.map(|vocabulary| vocabulary.language) {
        let own = phrases[language].as_array().unwrap();
        assert_eq!(own.len(), CarePhrase::Pause as usize + 1, "{language}");
        for (phrase, marks) in [
            (CarePhrase::IfSo, "{emergency}"),
            (CarePhrase::CallNow, "{emergency}"),
            (CarePhrase::IfThey, "{emergency}"),
            (CarePhrase::Line, "{number}"),
            (CarePhrase::Line, "{name}"),
            (CarePhrase::Directory, "{url}"),
        ] {
            assert!(
                own[phrase as usize].as_str().unwrap().contains(marks),
                "{language} {marks}"
            );
        }
    }
    let all = all_phrases();
    assert!(
        all.iter()
            .all(|phrase| !phrase.contains(['{', '}']) && phrase.chars().count() <= 200)
    );
    assert!((150..400).contains(&all.len()), "{}", all.len());
}

#[test]
fn every_line_has_its_source_and_was_checked_within_a_year() {
    let file: Value = serde_json::from_str(include_str!("../../../care/lines.json")).unwrap();
    let now_s = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let days = |date: &str| {
        let parts: Vec<i64> = date.split('-').map(|part| part.parse().unwrap()).collect();
        // Days since 1970 of a civil date (H. Hinnant).
        let (y, m, d) = (parts[0] - i64::from(parts[1] <= 2), parts[1], parts[2]);
        let (era, yoe) = (y.div_euclid(400), y.rem_euclid(400));
        let doy = (153 * (m + if m > 2 { -3 } else { 9 }) + 2) / 5 + d - 1;
        era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
    };
    assert_eq!(days("1970-01-01"), 0);
    for line in file["lines"].as_array().unwrap() {
        let age_days = (now_s / 86_400) as i64 - days(line["checked"].as_str().unwrap());
        assert!(
            age_days <= 365,
            "{line} was checked {age_days} days ago: check it again"
        );
        assert!(line["source"].as_str().unwrap().starts_with("https://"), "{line}");
        assert!(line["number"].is_string() || line["url"].is_string(), "{line}");
        for field in ["country", "name", "channel", "hours", "audience"] {
            assert!(line[field].is_string(), "{line}: {field}");
        }
        let country = line["country"].as_str().unwrap();
        assert!(
            country.is_empty() || file["emergency"][country].is_array(),
            "{country}"
        );
    }
}
