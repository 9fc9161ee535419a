//! Responses as a person's object keeps them: as they were answered, followed, and gone with what was said in them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use hearken::memory::person::protocol::{Call, CloseAsk, KeptResponse, OpenAsk, PageAsk, Said};
use hearken::turn::prompt::replied;
use serde_json::json;

#[allow(dead_code)]
#[path = "support/person.rs"]
mod person;

use person::House;

/// How the object refuses what is not there.
const NOT_FOUND: &str = "\"NotFound\"";

fn user(content: &str) -> Said {
    Said {
        role: "user".into(),
        content: content.into(),
    }
}

/// The id of a response.
fn resp(unique: char) -> String {
    format!("resp_{}", String::from(unique).repeat(24))
}

/// A response to `said` in a conversation, which follows another or none; where it was kept.
fn respond(
    house: &House,
    unique: char,
    follows: Option<char>,
    place: &str,
    said: &str,
) -> Result<String, String> {
    let digits = String::from(unique).repeat(24);
    let ask = OpenAsk {
        conversation: Some(place.into()),
        response: Some(resp(unique)),
        follows: follows.map(resp),
        said: vec![user(said)],
        remember: true,
        ..OpenAsk::default()
    };
    let opened = house.call(&Call::Open(ask))?;
    let conversation = opened["conversation"]["id"].as_str().unwrap().to_owned();
    let reply = format!("You said: {said}");
    let message = json!({"id": format!("msg_{digits}0"), "content": [{"text": reply}]});
    let ask = CloseAsk {
        conversation: conversation.clone(),
        epoch: opened["stamp"]["epoch"].as_str().unwrap().into(),
        turn: opened["turn"].as_str().map(str::to_owned),
        reply: replied(&reply, None),
        response: Some(KeptResponse {
            id: resp(unique),
            body: json!({"id": resp(unique), "output": [message]}).to_string(),
            input:
                json!([{"id": format!("msg_{digits}i0"), "content": said}, {"id": format!("msg_{digits}i1")}])
                    .to_string(),
        }),
    };
    house.call(&Call::Close(ask))?;
    Ok(conversation)
}

/// Makes a conversation in which this was said.
fn create(house: &House, id: &str, said: Vec<Said>) {
    let (id, metadata) = (id.to_owned(), "{}".to_owned());
    house.call(&Call::Create { id, said, metadata }).unwrap();
}

fn said_in(house: &House, id: &str) -> Vec<String> {
    let conversation = house.call(&Call::conversation(id.into()));
    let conversation = conversation.unwrap_or_default();
    let messages = conversation["messages"].as_array().cloned().unwrap_or_default();
    messages
        .iter()
        .map(|one| one["content"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_response_is_stored_as_it_was_answered_and_its_items_are_found_by_their_ids() {
    let house = House::new(&[]);
    respond(&house, 'a', None, "c", "I live in Lima").unwrap();
    let get = |id: &str| house.call(&Call::Response(id.into()));
    let digits = "a".repeat(24);
    let [first, second, output] = ["i0", "i1", "0"].map(|place| format!("msg_{digits}{place}"));
    assert_eq!(get(&resp('a')).unwrap()["output"][0]["id"], output.as_str());
    for id in [&resp('b'), &digits, "", "resp_"] {
        assert_eq!(get(id), Err(NOT_FOUND.into()), "{id}");
    }
    let page = |after: Option<&String>, limit: usize, is_ascending: bool| {
        let page = PageAsk {
            limit,
            after: after.cloned(),
            ..PageAsk::default()
        };
        house.call(&Call::ResponseInput {
            id: resp('a'),
            page,
            is_ascending,
        })
    };
    let list = page(None, 1, false).unwrap();
    assert_eq!(
        list,
        json!({"object": "list", "data": [{"id": second}], "first_id": second, "last_id": second, "has_more": true})
    );
    let list = page(Some(&second), 1, false).unwrap();
    assert_eq!(
        (&list["first_id"], &list["has_more"]),
        (&json!(first), &json!(false))
    );
    assert_eq!(page(Some(&first), 5, true).unwrap()["first_id"], json!(second));
    assert_eq!(page(Some(&output), 5, true), Err("\"BadCursor\"".into()));
    let items = |ids: &[&String]| house.call(&Call::Items(ids.iter().map(|id| (*id).clone()).collect()));
    let found = items(&[&output, &first]).unwrap();
    assert!(found[0].as_str().unwrap().contains("You said") && found[1].as_str().unwrap().contains("Lima"));
    for id in [
        format!("msg_{digits}9"),
        format!("fc_{}0", "b".repeat(24)),
        "msg_é".into(),
        String::new(),
    ] {
        assert_eq!(
            items(&[&output, &id]),
            Err(json!({ "NoItem": id }).to_string()),
            "{id}"
        );
    }
    let exported = house
        .call(&Call::Export {
            user: "u".into(),
            part: 6,
            after: 0,
        })
        .unwrap();
    assert!(exported[0][0].as_str().unwrap().contains(&resp('a')));
}

#[test]
fn a_response_is_followed_where_it_was_said_unless_more_has_been_said_there_since() {
    let house = House::new(&[]);
    let follow = |unique, previous, fresh, said| respond(&house, unique, previous, fresh, said).unwrap();
    assert_eq!(follow('a', None, "c1", "one"), "c1");
    assert_eq!(follow('b', Some('a'), "c2", "two"), "c1");
    assert_eq!(follow('c', Some('b'), "c3", "three"), "c1");
    // Again from the second on: what came after it is not known there, and the first conversation stays as it was.
    assert_eq!(follow('d', Some('b'), "c4", "four"), "c4");
    assert_eq!(follow('e', Some('d'), "c5", "five"), "c4");
    let replies = |said: &[&str]| -> Vec<String> {
        said.iter()
            .flat_map(|said| [said.to_string(), format!("You said: {said}")])
            .collect()
    };
    assert_eq!(said_in(&house, "c1"), replies(&["one", "two", "three"]));
    assert_eq!(said_in(&house, "c4"), replies(&["one", "two", "four", "five"]));
    assert_eq!(
        respond(&house, 'f', Some('x'), "c6", "six"),
        Err(NOT_FOUND.into())
    );
    assert!(said_in(&house, "c6").is_empty());
}

#[test]
fn a_turn_that_never_got_its_answer_is_tried_again_in_the_same_conversation() {
    let house = House::new(&[]);
    respond(&house, 'a', None, "c1", "one").unwrap();
    let ask = OpenAsk {
        conversation: Some("c2".into()),
        response: Some(resp('b')),
        follows: Some(resp('a')),
        said: vec![user("two")],
        ..OpenAsk::default()
    };
    house.call(&Call::Open(ask)).unwrap();
    assert_eq!(respond(&house, 'c', Some('a'), "c3", "two").unwrap(), "c1");
    assert_eq!(
        said_in(&house, "c1"),
        ["one", "You said: one", "two", "You said: two"]
    );
}

#[test]
fn a_turn_that_only_reads_knows_what_was_said_until_then_and_leaves_nothing() {
    let house = House::new(&[]);
    respond(&house, 'a', None, "c1", "one").unwrap();
    respond(&house, 'b', Some('a'), "c2", "two").unwrap();
    let read = |follows: Option<char>, place: &str| {
        let ask = OpenAsk {
            conversation: Some(place.into()),
            follows: follows.map(resp),
            reads_through: Some(i64::MAX),
            said: vec![user("I live in Lima")],
            remember: true,
            ..OpenAsk::default()
        };
        let opened = house.call(&Call::Open(ask))?["conversation"].clone();
        let history = opened["history"].as_array().cloned().unwrap();
        Ok::<_, String>(
            history
                .iter()
                .map(|said| said["content"].clone())
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(read(Some('a'), "c3").unwrap(), ["one", "You said: one"]);
    let whole = ["one", "You said: one", "two", "You said: two"];
    assert_eq!(read(Some('b'), "c3").unwrap(), whole);
    assert_eq!(read(None, "c1").unwrap(), whole);
    assert!(read(None, "c3").unwrap().is_empty());
    assert_eq!(read(Some('x'), "c3"), Err(NOT_FOUND.into()));
    assert_eq!(said_in(&house, "c1"), whole);
    assert_eq!(house.column("SELECT id FROM conversations"), ["c1"]);
    assert!(!is_known(&house, "Lima"));
}

#[test]
fn what_was_said_is_shown_as_items_with_calls_and_their_results() {
    let house = House::new(&[]);
    let calls = json!([{"id": "c1", "type": "function", "function": {"name": "tide", "arguments": "{}"}}]);
    let result = Said {
        role: "tool".into(),
        content: json!({"role": "tool", "tool_call_id": "c1", "content": "high"}).to_string(),
    };
    let said = vec![
        user("When?"),
        replied("Let me see.", Some(&calls)),
        result,
        replied("Now.", None),
    ];
    let (id, metadata) = ("c".to_owned(), json!({"title": "Tides"}).to_string());
    let extend = Call::Extend {
        id: id.clone(),
        said: said.clone(),
    };
    assert_eq!(house.call(&extend), Err(NOT_FOUND.into()));
    let made = house.call(&Call::Create { id, said, metadata }).unwrap();
    assert_eq!(
        (&made["title"], &made["message_count"]),
        (&json!("Tides"), &json!(4))
    );
    let page = |limit, after: Option<&str>, is_ascending| {
        let ask = PageAsk {
            limit,
            after: after.map(str::to_owned),
            ..PageAsk::default()
        };
        house.call(&Call::ConversationItems {
            id: "c".into(),
            page: ask,
            is_ascending,
        })
    };
    let list = page(9, None, true).unwrap();
    let kinds: Vec<_> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "message",
            "message",
            "function_call",
            "function_call_output",
            "message"
        ]
    );
    assert_eq!(list["data"][1]["content"][0]["text"], "Let me see.");
    assert_eq!(
        (&list["data"][2]["name"], &list["data"][3]["output"]),
        (&json!("tide"), &json!("high"))
    );
    let last = page(1, None, false).unwrap();
    assert_eq!(
        (&last["data"][0], &last["has_more"]),
        (&list["data"][4], &json!(true))
    );
    let rest = page(9, last["last_id"].as_str(), false).unwrap();
    assert_eq!(rest["data"].as_array().unwrap().len(), 4);
    assert_eq!(page(9, Some("x"), false), Err("\"BadCursor\"".into()));
}

#[test]
fn every_item_of_a_long_conversation_is_on_a_page() {
    let house = House::new(&[]);
    let call =
        |id: &str| json!({"id": id, "type": "function", "function": {"name": "tide", "arguments": "{}"}});
    let calls = json!([call("a"), call("b")]);
    let said = (0..2_100).map(|at| match at % 3 {
        0 => replied("Let me see.", Some(&calls)),
        _ => user(&at.to_string()),
    });
    create(&house, "c", said.collect());
    let walk = |is_ascending, limit| {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = PageAsk {
                limit,
                after,
                ..PageAsk::default()
            };
            let id = "c".to_owned();
            let page = house.call(&Call::ConversationItems {
                id,
                page,
                is_ascending,
            });
            let page = page.unwrap();
            let items = page["data"].as_array().unwrap();
            seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            if page["has_more"] == false {
                return seen;
            }
            after = seen.last().cloned();
        }
    };
    let all = walk(true, 100);
    assert_eq!(all.len(), 1_400 + 700 * 3);
    assert_eq!(
        all.iter().collect::<std::collections::BTreeSet<_>>().len(),
        all.len()
    );
    let mut last_first = walk(false, 7);
    last_first.reverse();
    assert!(last_first == all && walk(true, 1) == all);
    for item in [&all[0], &all[2], &all[4_000 - 1 - 501]] {
        let (id, item) = ("c".to_owned(), item.clone());
        let found = house.call(&Call::ConversationItem {
            id,
            item: item.clone(),
        });
        assert_eq!(found.unwrap()["id"], item);
    }
}

#[test]
fn of_a_conversation_of_long_messages_no_more_is_read_at_once_than_fits() {
    let house = House::new(&[]);
    let long = |at: usize| user(&format!("{at} {}", "x".repeat(256 * 1024 - 8)));
    create(&house, "c", (0..150).map(long).collect());
    let shown = house.call(&Call::conversation("c".into())).unwrap();
    let messages = shown["messages"].as_array().unwrap();
    assert_eq!((messages.len(), &shown["message_count"]), (104, &json!(150)));
    assert!(messages[103]["content"].as_str().unwrap().starts_with("149 "));
    // Who has said so much, and short things elsewhere, has all of those.
    create(&house, "d", (0..150).map(|at| user(&at.to_string())).collect());
    let shown = house.call(&Call::conversation("d".into())).unwrap();
    assert_eq!(shown["messages"].as_array().unwrap().len(), 150);
    let page = PageAsk {
        limit: 100,
        ..PageAsk::default()
    };
    let list = house.call(&Call::ConversationItems {
        id: "c".into(),
        page,
        is_ascending: false,
    });
    let list = list.unwrap();
    assert_eq!(
        (list["data"].as_array().unwrap().len(), &list["has_more"]),
        (100, &json!(true))
    );
}

/// Whether anything of a text is still in the tables.
fn is_known(house: &House, text: &str) -> bool {
    [
        "SELECT content FROM messages",
        "SELECT input FROM responses",
        "SELECT body FROM responses",
        "SELECT text FROM pending",
    ]
    .iter()
    .any(|query| house.column(query).iter().any(|row| row.contains(text)))
}

#[test]
fn an_erased_response_is_gone_everywhere_and_so_are_those_of_an_erased_conversation() {
    let house = House::new(&[]);
    respond(&house, 'a', None, "c1", "I live in Lima").unwrap();
    respond(&house, 'b', Some('a'), "c2", "I have a parrot").unwrap();
    respond(&house, 'c', Some('b'), "c3", "I play chess").unwrap();
    respond(&house, 'd', Some('b'), "c4", "I sail a boat").unwrap();
    let delete = |unique| house.call(&Call::DeleteResponse(resp(unique)));
    delete('b').unwrap();
    assert_eq!(delete('b'), Err(NOT_FOUND.into()));
    assert!(!is_known(&house, "parrot") && is_known(&house, "Lima"));
    assert_eq!(said_in(&house, "c4")[2], "I sail a boat");
    assert_eq!(
        respond(&house, 'e', Some('b'), "c5", "And?"),
        Err(NOT_FOUND.into())
    );
    house.call(&Call::DeleteConversation("c4".into())).unwrap();
    assert!(!is_known(&house, "boat") && is_known(&house, "chess"));
    assert_eq!(house.call(&Call::Response(resp('d'))), Err(NOT_FOUND.into()));
    // With its last response a conversation is over.
    delete('c').unwrap();
    delete('a').unwrap();
    assert!(said_in(&house, "c1").is_empty() && !is_known(&house, "Lima"));
    assert_eq!(
        house.call(&Call::conversation("c1".into())),
        Err(NOT_FOUND.into())
    );
}

#[test]
fn what_a_memory_was_made_of_goes_with_its_copies_and_with_the_responses_that_repeat_it() {
    let house = House::new(&[]);
    let operations =
        json!({"operations": [{"op": "add", "text": "Lives in Lima by the sea", "kind": "fact"}]});
    house.model(move |_| Some(Ok(operations.to_string())));
    respond(&house, 'a', None, "c1", "I live in Lima, in a house by the sea").unwrap();
    house.call(&Call::Flush).unwrap();
    respond(&house, 'b', Some('a'), "c2", "Tell me about boats").unwrap();
    respond(&house, 'c', Some('a'), "c3", "Tell me about fish").unwrap();
    // A client that sends the history again.
    respond(
        &house,
        'd',
        None,
        "c4",
        "Then I said: I live in Lima, in a house by the sea",
    )
    .unwrap();
    respond(&house, 'e', None, "c5", "I live in Lima, in a house by the sea").unwrap();
    let page = PageAsk {
        limit: 5,
        after: None,
        ..PageAsk::default()
    };
    let memories = house.call(&Call::List(page)).unwrap();
    let id = memories["data"][0]["id"].as_str().unwrap().to_owned();
    house.call(&Call::Delete { id, everywhere: true }).unwrap();
    for unique in ['a', 'd', 'e'] {
        assert_eq!(
            house.call(&Call::Response(resp(unique))),
            Err(NOT_FOUND.into()),
            "{unique}"
        );
    }
    for place in ["c1", "c3", "c5"] {
        assert!(
            !said_in(&house, place).contains(&"I live in Lima, in a house by the sea".into()),
            "{place}"
        );
    }
    assert_eq!(
        said_in(&house, "c3").last().unwrap(),
        "You said: Tell me about fish"
    );
}

#[test]
fn a_client_that_repeats_a_conversation_goes_on_in_it_and_is_sent_no_history() {
    let house = House::new(&[]);
    respond(&house, 'a', None, "c1", "I live in Lima").unwrap();
    let open = |unique, repeats: &str, fresh: &str, said: &[Said]| {
        let ask = OpenAsk {
            conversation: Some(fresh.into()),
            response: Some(resp(unique)),
            repeats: Some(repeats.into()),
            said: said.to_vec(),
            remember: true,
            ..OpenAsk::default()
        };
        house.call(&Call::Open(ask)).unwrap()["conversation"].clone()
    };
    let (one, two) = (user("I live in Lima"), user("I have a parrot"));
    let reply = replied("You said: I live in Lima", None);
    // Other words before it, or no more after it: that is another conversation.
    let other = [user("I live in Rome"), reply.clone(), two.clone()];
    assert_eq!(open('b', &resp('a'), "c2", &other)["id"], "c2");
    assert_eq!(
        open('c', &resp('a'), "c3", &[one.clone(), reply.clone()])["id"],
        "c3"
    );
    let opened = open('d', "", "c4", &[one.clone(), reply.clone(), two.clone()]);
    assert_eq!((&opened["id"], &opened["history"]), (&json!("c1"), &json!([])));
    assert_eq!(
        said_in(&house, "c1"),
        ["I live in Lima", "You said: I live in Lima", "I have a parrot"]
    );
    // It has gone on: what is repeated up to the first response is not all of it.
    assert_eq!(
        open('e', &resp('a'), "c5", &[one, reply, user("And now?")])["id"],
        "c5"
    );
    let waiting = house.column("SELECT text FROM pending ORDER BY seq");
    assert_eq!(
        waiting,
        ["I live in Lima", "I have a parrot", "I have a parrot", "And now?"]
    );
}
