//! What a person's object does with what is said, over SQLite and a scripted model.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use hearken::memory::extraction::buffer::URGENT_GATHER_MS;
use hearken::memory::person::protocol::{CALL, Call, CloseAsk, Imported, OpenAsk, PageAsk, RESULT, Said};
use hearken::turn::prompt::replied;
use hearken::upstream::outcome::Failure;
use serde_json::{Value, json};

#[allow(dead_code)]
#[path = "support/person.rs"]
mod person;

use person::House;

fn user(content: &str) -> Said {
    Said::new("user", content)
}

/// A turn with what is new; in a conversation or none.
fn open(house: &House, conversation: Option<&str>, said: Vec<Said>) -> Value {
    let ask = OpenAsk {
        conversation: conversation.map(str::to_owned),
        said,
        remember: true,
        recall: true,
        limit: 5,
        ..OpenAsk::default()
    };
    house.call(&Call::Open(ask)).unwrap()
}

fn close(house: &House, opened: &Value, reply: &str, tool_calls: Option<&Value>) {
    let ask = CloseAsk {
        conversation: "c".into(),
        epoch: opened["stamp"]["epoch"].as_str().unwrap().into(),
        turn: opened["turn"].as_str().map(str::to_owned),
        reply: replied(reply, tool_calls),
        response: None,
    };
    house.call(&Call::Close(ask)).unwrap();
}

fn history(house: &House) -> Vec<(String, String)> {
    let conversation = house.call(&Call::conversation("c".into())).unwrap();
    let messages = conversation["messages"].as_array().unwrap();
    let text = |message: &Value, name: &str| message[name].as_str().unwrap().to_owned();
    messages
        .iter()
        .map(|one| (text(one, "role"), text(one, "content")))
        .collect()
}

fn waiting(house: &House) -> Vec<String> {
    house.column("SELECT text FROM pending ORDER BY seq")
}

fn memories(house: &House) -> Vec<Value> {
    let page = PageAsk {
        limit: 100,
        after: None,
        ..PageAsk::default()
    };
    let page = house.call(&Call::List(page)).unwrap();
    page["data"].as_array().unwrap().clone()
}

/// The model answers with these operations.
fn operations(house: &House, operations: Value) {
    house.model(move |_| Some(Ok(json!({"operations": operations}).to_string())));
}

fn prompt(house: &House) -> String {
    house
        .world
        .asked
        .borrow()
        .last()
        .unwrap()
        .last()
        .unwrap()
        .content
        .clone()
}

#[test]
fn of_a_conversation_the_newest_messages_come_as_many_as_are_wanted() {
    let house = House::new(&[]);
    for (said, reply) in [("one", "two"), ("three", "four")] {
        let opened = open(&house, Some("c"), vec![user(said)]);
        close(&house, &opened, reply, None);
    }
    let ask = Call::Conversation {
        id: "c".into(),
        messages_max: 3,
    };
    let conversation = house.call(&ask).unwrap();
    let messages = conversation["messages"].as_array().unwrap();
    let texts: Vec<&str> = messages
        .iter()
        .map(|one| one["content"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["two", "three", "four"]);
}

#[test]
fn a_turn_that_is_sent_again_is_one_message_though_the_one_before_it_failed_too() {
    let house = House::new(&[]);
    open(&house, Some("c"), vec![user("one")]);
    for _ in 0..3 {
        open(&house, Some("c"), vec![user("two")]);
    }
    let opened = open(&house, Some("c"), vec![user("two")]);
    close(&house, &opened, "three", None);
    // Answered, the same words are said anew.
    open(&house, Some("c"), vec![user("two")]);
    let texts: Vec<String> = history(&house).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["one", "two", "three", "two"]);
    // So is one whose request arrives between two tries of another.
    open(&house, Some("c"), vec![user("between")]);
    open(&house, Some("c"), vec![user("two")]);
    assert_eq!(history(&house).len(), 5);
    let opened = open(&house, Some("c"), vec![user("between")]);
    close(&house, &opened, "yes", None);
    // The reply to a turn that was left comes behind the next message, which is sent again all the same.
    let left = open(&house, Some("c"), vec![user("four")]);
    open(&house, Some("c"), vec![user("five")]);
    close(&house, &left, "late", None);
    let opened = open(&house, Some("c"), vec![user("five")]);
    close(&house, &opened, "six", None);
    let texts: Vec<String> = history(&house).into_iter().map(|(_, text)| text).collect();
    assert_eq!(
        texts.get(6..),
        Some(["four", "five", "late", "six"].map(String::from).as_slice())
    );
}

#[test]
fn a_reply_to_nothing_new_is_one_message_however_often_it_is_written_and_a_second_one_is_another() {
    let house = House::new(&[]);
    // In a conversation in which nobody has said anything, and behind a reply.
    for _ in 0..2 {
        let opened = open(&house, Some("c"), Vec::new());
        for reply in ["Good", "Good morning", "Good morning, Ann."] {
            close(&house, &opened, reply, None);
        }
    }
    let reply = ("assistant".to_owned(), "Good morning, Ann.".to_owned());
    assert_eq!(history(&house), [reply.clone(), reply]);
}

#[test]
fn nothing_of_what_is_not_to_be_kept_waits_for_extraction() {
    let house = House::new(&[]);
    open(&house, None, vec![user("Do not store this: my PIN is 0000")]);
    open(
        &house,
        Some("c"),
        vec![user("You don't need to remember this, my code is 1234")],
    );
    assert!(waiting(&house).is_empty());
    open(
        &house,
        Some("c"),
        vec![user("I have a sister"), user("My PIN is 0000")],
    );
    open(&house, Some("c"), vec![user("Don't write this down.")]);
    assert_eq!(
        waiting(&house),
        ["I have a sister"],
        "it speaks of what was said just before"
    );
}

#[test]
fn a_message_outside_a_conversation_is_written_after_its_answer_and_before_what_comes_next() {
    let house = House::new(&[]);
    let ask = |content: &str| {
        Call::Open(OpenAsk {
            said: vec![user(content)],
            remember: true,
            recall: true,
            limit: 5,
            ..OpenAsk::default()
        })
    };
    let kept = || house.column("SELECT content FROM messages ORDER BY at_ms, id");
    let opened = house
        .answered(&ask("My boat is called Marie and lies in Kiel."))
        .unwrap();
    assert_eq!(opened["remember"][0], "defer");
    assert_eq!(kept(), Vec::<String>::new());
    assert!(house.actor.has_put_off());
    house
        .answered(&ask("My sister Greta sails with me every summer."))
        .unwrap();
    assert_eq!(kept(), ["My boat is called Marie and lies in Kiel."]);
    house.actor.finish().unwrap();
    assert!(!house.actor.has_put_off());
    assert_eq!(waiting(&house).len(), 2);
}

#[test]
fn a_greeting_by_the_companions_name_is_small_talk() {
    for (vars, decision) in [(&[("COMPANION_NAMES", "Luna, Lu")][..], "Skip"), (&[], "Search")] {
        let house = House::new(vars);
        let opened = open(&house, Some("c"), vec![user("hi Luna")]);
        assert_eq!(opened["plan"]["decision"], decision.to_lowercase(), "{opened}");
        assert_eq!(waiting(&house).is_empty(), decision == "Skip");
    }
}

#[test]
fn tomorrow_is_the_persons_tomorrow() {
    let house = House::new(&[]);
    // Friday 2027-01-15 08:00 UTC: Friday evening in Auckland, Friday past midnight in Los Angeles.
    for (zone, hours, expected) in [
        (Some("Pacific/Auckland"), 5, r#""date":"Saturday 2027-01-16""#),
        (Some("America/Los_Angeles"), -3, r#""date":"Thursday 2027-01-14""#),
        (None, 5, r#""date":"Friday 2027-01-15""#),
        (Some("Nowhere/Else"), 5, r#""date":"Friday 2027-01-15""#),
    ] {
        let at_ms = 1_800_000_000_000_u64
            .checked_add_signed(hours * 3_600_000)
            .unwrap();
        house.world.now_ms.set(at_ms);
        let ask = OpenAsk {
            conversation: Some("c".into()),
            said: vec![user(&format!("My exam is tomorrow, {zone:?}"))],
            remember: true,
            timezone: zone.map(str::to_owned),
            ..OpenAsk::default()
        };
        house.call(&Call::Open(ask)).unwrap();
        house.call(&Call::Flush).unwrap();
        assert!(prompt(&house).contains(expected), "{zone:?}: {}", prompt(&house));
        assert_eq!(prompt(&house).contains("(UTC)"), zone.is_none());
    }
}

#[test]
fn imported_messages_keep_their_time() {
    let house = House::new(&[]);
    let said = Imported {
        said: user("I moved to Lima yesterday"),
        at_ms: Some(1_600_000_000_000),
    };
    let append = Call::Append(vec![said]);
    assert_eq!(house.call(&append).unwrap()["accepted"], 1);
    house.world.now_ms.set(house.world.now_ms.get() + 86_400_000);
    assert_eq!(
        house.call(&append).unwrap()["accepted"],
        0,
        "the same export on another day"
    );
    operations(
        &house,
        json!([{"op": "add", "text": "Lives in Lima since 2020-09-12", "kind": "fact"}]),
    );
    house.call(&Call::Flush).unwrap();
    assert!(
        prompt(&house).contains(r#""date":"Sunday 2020-09-13""#),
        "{}",
        prompt(&house)
    );
    assert_eq!(memories(&house)[0]["valid_from"], 1_600_000_000_u64);
}

#[test]
fn a_daughters_name_never_replaces_the_persons_own() {
    let house = House::new(&[]);
    for (text, operation, names) in [
        (
            "Call me Ada",
            json!({"op": "add", "text": "The person is called Ada", "kind": "name"}),
            1,
        ),
        (
            "My daughter's name is Mia",
            json!({"op": "add", "text": "The person's daughter is called Mia", "kind": "name"}),
            1,
        ),
        (
            "Meine Tochter heißt Lea",
            json!({"op": "update", "id": 2, "text": "Die Tochter der Person heißt Lea", "kind": null}),
            1,
        ),
        (
            "Call me Eve Sohn",
            json!({"op": "add", "text": "The person is called Eve Sohn", "kind": "name"}),
            1,
        ),
    ] {
        open(&house, None, vec![user(text)]);
        operations(&house, json!([operation]));
        house.call(&Call::Flush).unwrap();
        let all = memories(&house);
        let own: Vec<&Value> = all.iter().filter(|memory| memory["kind"] == "name").collect();
        assert_eq!(own.len(), names, "{text}: {all:?}");
    }
    let all = memories(&house);
    let of = |kind: &str| -> Vec<&str> {
        let of_kind = all.iter().filter(|memory| memory["kind"] == kind);
        of_kind.map(|memory| memory["text"].as_str().unwrap()).collect()
    };
    assert_eq!(of("name"), ["The person is called Eve Sohn"]);
    assert!(
        of("relationship").contains(&"The person's daughter is called Mia"),
        "{all:?}"
    );
}

#[test]
fn history_extraction_and_summaries_hold_no_thoughts() {
    let house = House::new(&[("SUMMARY_TRIGGER_MESSAGES", "2"), ("SUMMARY_KEEP_MESSAGES", "0")]);
    let opened = open(&house, Some("c"), vec![user("Do I have a dog?")]);
    close(
        &house,
        &opened,
        "<think>They have Rex.</think>\nIs Rex your dog?",
        None,
    );
    let opened = open(&house, Some("c"), vec![user("Yes, since May")]);
    assert_eq!(
        history(&house)[1],
        ("assistant".into(), "Is Rex your dog?".into())
    );
    house.call(&Call::Flush).unwrap();
    assert!(prompt(&house).contains("Is Rex your dog?") && !prompt(&house).contains("They have Rex"));
    close(&house, &opened, "Lovely.", None);
    house.model(|_| Some(Ok("<think>So, Rex.</think>They spoke of Rex.".into())));
    house.run();
    assert_eq!(
        house.column("SELECT summary FROM conversations"),
        ["They spoke of Rex."]
    );
}

#[test]
fn a_model_without_room_for_an_answer_gets_a_smaller_batch_and_an_outage_the_same_again() {
    for (failure, sizes) in [(Failure::SaidNothing, [4, 2, 1]), (Failure::Connect, [4, 4, 4])] {
        let house = House::new(&[("EXTRACT_BATCH_MESSAGES", "4")]);
        for said in ["I have a dog", "I have a cat", "I have a horse", "I have a goat"] {
            open(&house, None, vec![user(said)]);
        }
        house.model(move |_| Some(Err(vec![failure])));
        for size in sizes {
            assert!(house.call(&Call::Flush).is_err());
            assert_eq!(prompt(&house).matches("\"person\"").count(), size, "{failure:?}");
        }
    }
}

#[test]
fn calls_of_tools_and_their_results_come_back_as_they_were() {
    let house = House::new(&[]);
    let calls = json!([{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]);
    let result = r#"{"role":"tool","tool_call_id":"call_1","content":"42"}"#;
    let opened = open(&house, Some("c"), vec![user("What is the answer?")]);
    close(&house, &opened, "", Some(&calls));
    let tool = Said {
        role: RESULT.into(),
        content: result.into(),
    };
    let opened = open(&house, Some("c"), vec![tool]);
    let before = opened["conversation"]["history"].as_array().unwrap();
    assert_eq!(before.last().unwrap()["role"], CALL, "{opened}");
    close(&house, &opened, "It is 42.", None);
    let next = open(&house, Some("c"), vec![user("And twice that?")]);
    let history = next["conversation"]["history"].as_array().unwrap();
    let roles: Vec<&str> = history.iter().map(|one| one["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", CALL, RESULT, "assistant"]);
    assert_eq!(history[2]["content"], result);
    assert_eq!(
        waiting(&house),
        ["What is the answer?", "And twice that?"],
        "a tool is not the person"
    );
}

#[test]
fn a_memory_erased_everywhere_leaves_nothing_in_conversations_and_summaries() {
    let house = House::new(&[("SUMMARY_TRIGGER_MESSAGES", "2"), ("SUMMARY_KEEP_MESSAGES", "0")]);
    for (said, reply) in [
        ("I am allergic to peanuts", "Peanuts, noted."),
        ("My sister lives in Oslo", "Oslo is lovely."),
    ] {
        let opened = open(&house, Some("c"), vec![user(said)]);
        close(&house, &opened, reply, None);
    }
    house.model(|turns| {
        let is_summary = turns[0].content.starts_with("Summarise");
        Some(Ok(if is_summary {
            "They spoke of peanuts.".into()
        } else {
            json!({"operations": [
                {"op": "add", "text": "The person is allergic to peanuts", "kind": "health"},
                {"op": "add", "text": "The person's sister lives in Oslo", "kind": "relationship"},
            ]})
            .to_string()
        }))
    });
    house.call(&Call::Flush).unwrap();
    house.run();
    assert_eq!(
        house.column("SELECT summary FROM conversations"),
        ["They spoke of peanuts."]
    );
    let peanuts = memories(&house)
        .into_iter()
        .find(|memory| memory["kind"] == "health")
        .unwrap();
    let id = peanuts["id"].as_str().unwrap().to_owned();
    let delete = Call::Delete { id, everywhere: true };
    assert_eq!(house.call(&delete).unwrap(), 2, "what was said and its reply");
    assert!(house.call(&delete).unwrap_err().contains("NotFound"));
    assert_eq!(
        house.column("SELECT summary FROM conversations"),
        [""],
        "made anew of what is left"
    );
    assert_eq!(
        history(&house),
        [
            ("user".into(), "My sister lives in Oslo".into()),
            ("assistant".into(), "Oslo is lovely.".into()),
        ]
    );
    assert_eq!(memories(&house).len(), 1);
}

#[test]
fn what_nobody_heard_of_the_last_reply_is_taken_back() {
    let house = House::new(&[]);
    let tell = |conversation: &str, said: &str, heard: &str| {
        let ask = OpenAsk {
            conversation: Some(conversation.into()),
            said: vec![user(said)],
            heard: Some(heard.into()),
            remember: true,
            ..OpenAsk::default()
        };
        house.call(&Call::Open(ask)).unwrap()
    };
    let texts = || -> Vec<String> { history(&house).into_iter().map(|(_, text)| text).collect() };
    let opened = open(&house, Some("c"), vec![user("How is the sea?")]);
    close(&house, &opened, "The sea is calm. It was wild last week.", None);
    tell("other", "Hello", "The sea");
    assert_eq!(
        texts()[1],
        "The sea is calm. It was wild last week.",
        "another conversation"
    );
    let opened = tell("c", "And the wind?", "The sea is calm. It w");
    assert_eq!(
        texts(),
        ["How is the sea?", "The sea is calm. It", "And the wind?"]
    );
    let sent = opened["conversation"]["history"].as_array().unwrap();
    assert_eq!(sent[1]["content"], "The sea is calm. It");
    let last = house.column("SELECT previous_assistant FROM pending ORDER BY seq DESC LIMIT 1");
    assert_eq!(
        last,
        ["The sea is calm. It"],
        "nothing is concluded from what was not heard"
    );
    tell("c", "And the wind?", "");
    assert_eq!(texts().len(), 3, "only the last message, and only a reply");
    close(&house, &opened, "A breeze.", None);
    tell("c", "Good.", "A breeze. And much more.");
    assert_eq!(texts()[3..], ["A breeze.", "Good."], "never longer");
    let opened = tell("c", "Tell me more.", "");
    close(&house, &opened, "There are gulls.", None);
    tell("c", "Stop.", "");
    assert_eq!(texts()[3..], ["A breeze.", "Good.", "Tell me more.", "Stop."]);
}

#[test]
fn five_messages_at_once_cost_one_call() {
    let house = House::new(&[]);
    for number in 0..5 {
        // Each by a request of its own, and each urgent.
        open(
            &house,
            None,
            vec![user(&format!(
                "Remember that my code number {number} is {number}"
            ))],
        );
        assert!(house.run());
    }
    assert_eq!(house.world.asked.borrow().len(), 0);
    house
        .world
        .now_ms
        .set(house.world.now_ms.get() + URGENT_GATHER_MS);
    assert!(house.run());
    assert_eq!(house.world.asked.borrow().len(), 1);
    assert!(waiting(&house).is_empty());
}

#[test]
fn a_pause_is_named_until_it_was_told_however_many_turns_fail() {
    let house = House::new(&[("PAUSE_AFTER_MINUTES", "60")]);
    let is_long = |minutes: u64| {
        house
            .world
            .now_ms
            .set(house.world.now_ms.get() + minutes * 60_000);
        let ask = OpenAsk {
            said: vec![user("and then?")],
            talks: true,
            ..OpenAsk::default()
        };
        house.call(&Call::Open(ask)).unwrap()["is_long"] == true
    };
    assert_eq!([0, 20, 20].map(is_long), [false; 3]);
    // These fail: nobody was told.
    assert_eq!([20, 1, 20].map(is_long), [true; 3]);
    house.call(&Call::Reminded).unwrap();
    assert_eq!([1, 20, 20, 18].map(is_long), [false; 4]);
    assert!(is_long(1));
    // Half an hour of silence is a pause.
    assert!(!is_long(31));
}

/// What a client that is gone has said, and was heard last at this moment.
fn lose(house: &House, said: &[&str], lost_at_ms: u64) {
    let ask = OpenAsk {
        conversation: Some("c".into()),
        said: said.iter().map(|text| user(text)).collect(),
        remember: true,
        lost_at_ms: Some(lost_at_ms),
        ..OpenAsk::default()
    };
    house.call(&Call::Open(ask)).unwrap();
}

fn contents(house: &House) -> Vec<String> {
    history(house).into_iter().map(|(_, content)| content).collect()
}

#[test]
fn what_a_lost_session_heard_of_a_sentence_does_not_stand_beside_the_sentence() {
    let whole = "My sister Anna has moved to Porto.";
    for (lost, left) in [
        (vec!["My sister Anna"], vec![]),
        (vec!["My sister Anna has mo"], vec![]),
        (vec!["My sister.", "Anna has moved"], vec![]),
        (vec!["Good morning.", "My sister Anna"], vec!["Good morning."]),
        (vec!["My brother Anna"], vec!["My brother Anna"]),
    ] {
        // Whichever comes first.
        for is_first in [true, false] {
            let house = House::new(&[]);
            let opened = open(&house, Some("c"), vec![user("Hello.")]);
            close(&house, &opened, "Hello!", None);
            let lost_at_ms = house.world.now_ms.get();
            if is_first {
                lose(&house, &lost, lost_at_ms);
            }
            let opened = open(&house, Some("c"), vec![user(whole)]);
            close(&house, &opened, "How far!", None);
            if !is_first {
                lose(&house, &lost, lost_at_ms);
            }
            let mut expected = vec!["Hello.", "Hello!"];
            match is_first {
                true => expected.extend(left.iter().copied().chain([whole, "How far!"])),
                false => expected.extend([whole, "How far!"].into_iter().chain(left.iter().copied())),
            }
            assert_eq!(contents(&house), expected, "{lost:?}");
            let waits = waiting(&house);
            assert_eq!(
                waits.iter().filter(|text| text.contains("Anna has")).count(),
                1,
                "{waits:?}"
            );
        }
    }
}

#[test]
fn what_a_lost_session_heard_before_the_person_was_erased_is_not_written_down_after_it() {
    let house = House::new(&[]);
    lose(&house, &["My sister is called Anna."], house.world.now_ms.get());
    let said_at_ms = house.world.now_ms.get();
    house.call(&Call::Erase).unwrap();
    lose(&house, &["She has moved to Porto."], said_at_ms);
    assert!(house.call(&Call::conversation("c".into())).is_err());
    assert!(waiting(&house).is_empty());
    // What is said later is said.
    lose(&house, &["It rains."], said_at_ms + 1);
    assert_eq!(contents(&house), ["It rains."]);
}

#[test]
fn turns_that_were_answered_stay_however_they_begin() {
    let house = House::new(&[]);
    for (said, reply) in [
        ("Yes, and then we left.", "I see."),
        ("Yes", "Good."),
        ("Yes, and more.", "Ah."),
    ] {
        let opened = open(&house, Some("c"), vec![user(said)]);
        close(&house, &opened, reply, None);
    }
    // Of a session that was lost after all that.
    house.world.now_ms.set(house.world.now_ms.get() + 1);
    lose(&house, &["Yes"], house.world.now_ms.get());
    assert_eq!(contents(&house).len(), 7);
    // What was said later than a client would send it again is another sentence.
    house.world.now_ms.set(house.world.now_ms.get() + 600_001);
    open(&house, Some("c"), vec![user("Yes, I am back.")]);
    assert_eq!(contents(&house)[6..], ["Yes", "Yes, I am back."]);
}
