use super::*;

#[derive(Debug, PartialEq)]
struct Dog {
    name: String,
    legs: u32,
    tail_cm: Option<f64>,
    tags: Vec<(String, bool)>,
}
object!(Dog: name, legs, tail_cm; tags);

#[derive(Debug, PartialEq)]
enum Deed {
    Sit,
    Fetch(String),
    Meet { dog: Dog, again: bool },
}
choice!(Deed or Deed::Sit => Sit, Fetch(what), Meet { dog, again });

fn dog(name: &str) -> Dog {
    Dog {
        name: name.into(),
        legs: 4,
        tail_cm: Some(2.0),
        tags: vec![("good".into(), true)],
    }
}

#[test]
fn what_was_written_is_what_is_read_and_serde_reads_the_same() {
    let name = "\"Rex\"\\\n\t\u{1}é\u{1f600}";
    let text = text(&dog(name));
    assert_eq!(read::<Dog>(&text), Some(dog(name)));
    let value = serde_json::json!({"name": name, "legs": 4, "tail_cm": 2.0, "tags": [["good", true]]});
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    assert_eq!(
        read(r#"{"name":"a","legs":0}"#).map(|dog: Dog| dog.tags),
        Some(vec![])
    );
}

#[test]
fn a_choice_is_its_name_alone_or_with_what_it_holds() {
    let meet = Deed::Meet {
        dog: dog("Ann"),
        again: false,
    };
    for (deed, begins) in [
        (Deed::Sit, "\"Sit\""),
        (Deed::Fetch("it".into()), r#"{"Fetch":"it"}"#),
        (meet, r#"{"Meet":{"dog":{"name":"Ann""#),
    ] {
        let text = text(&deed);
        assert!(text.starts_with(begins), "{text}");
        assert_eq!(read(&text), Some(deed));
    }
}

#[test]
fn what_lacks_a_field_or_has_another_type_or_name_is_not_read() {
    for text in [
        "",
        "{",
        "null",
        "[]",
        "{}",
        r#"{"name":"a"}"#,
        r#"{"name":1,"legs":4}"#,
    ] {
        assert_eq!(read::<Dog>(text), None, "{text}");
    }
    for text in [
        r#"{"name":"a","legs":-4}"#,
        r#"{"name":"a","legs":4294967296}"#,
        r#"{"name":"a","legs":4,"tags":[["a"]]}"#,
    ] {
        assert_eq!(read::<Dog>(text), None, "{text}");
    }
    for text in [
        "\"Stand\"",
        r#"{"Fetch":1}"#,
        r#"{"Meet":{"again":true}}"#,
        "{}",
        "7",
    ] {
        assert_eq!(read::<Deed>(text), None, "{text}");
    }
}
