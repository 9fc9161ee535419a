//! Claims on the items of a conversation, and what a model is told of them.

use super::*;

fn item(value: Value) -> Item {
    Item::of_client(&value, "item_new".to_owned()).unwrap().0
}

fn said(role: &str, id: &str, words: &str) -> Item {
    item(
        json!({"type": "message", "id": id, "role": role, "content": [{"type": "input_text", "text": words}]}),
    )
}

#[test]
fn items_stand_where_they_are_put() {
    let mut all = ItemList::default();
    assert_eq!(all.insert(said("user", "a", "x"), None), Ok(None));
    assert_eq!(all.insert(said("user", "c", "x"), None), Ok(Some("a".to_owned())));
    assert_eq!(
        all.insert(said("user", "b", "x"), Some("a")),
        Ok(Some("a".to_owned()))
    );
    assert_eq!(all.insert(said("user", "r", "x"), Some("root")), Ok(None));
    let ids: Vec<&str> = all.items.iter().map(Item::id).collect();
    assert_eq!(ids, ["r", "a", "b", "c"]);
    let unknown = all.insert(said("user", "n", "x"), Some("nobody")).unwrap_err();
    assert_eq!(unknown.param.as_deref(), Some("previous_item_id"));
    let twice = all.insert(said("user", "b", "x"), None).unwrap_err();
    assert_eq!(twice.code, Some("item_create_duplicate_item_id"));
    assert_eq!(all.items.len(), 4);
}

#[test]
fn calls_and_answers_go_to_the_model_in_pairs() {
    let call = |id: &str| {
        item(json!({"type": "function_call", "id": id, "call_id": id, "name": "f", "arguments": "{}"}))
    };
    let answer = |id: &str| {
        item(json!({"type": "function_call_output", "id": format!("o{id}"), "call_id": id, "output": "7"}))
    };
    let items = [
        said("user", "u", "hi"),
        said("assistant", "s", "Wait."),
        call("1"),
        call("2"),
        call("3"),
        answer("1"),
        answer("2"),
        answer("9"),
    ];
    let messages: Vec<Value> = messages_of(&items.iter().collect::<Vec<_>>())
        .into_iter()
        .map(|(message, _)| message)
        .collect();
    assert_eq!(
        Value::from(messages),
        json!([
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "Wait.", "tool_calls": [
                {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                {"id": "2", "type": "function", "function": {"name": "f", "arguments": "{}"}},
            ]},
            {"role": "tool", "tool_call_id": "1", "content": "7"},
            {"role": "tool", "tool_call_id": "2", "content": "7"},
        ])
    );
}

#[test]
fn an_answer_stands_behind_its_call_whatever_was_said_meanwhile_and_once() {
    let call = |id: &str, name: &str| {
        item(json!({"type": "function_call", "id": id, "call_id": "c", "name": name, "arguments": "{}"}))
    };
    let answer = |id: &str, output: &str| {
        item(json!({"type": "function_call_output", "id": id, "call_id": "c", "output": output}))
    };
    let items = [
        answer("o1", "7"),
        call("1", "f"),
        said("user", "u", "Are you there?"),
        answer("o2", "8"),
        call("2", "g"),
    ];
    let messages = messages_of(&items.iter().collect::<Vec<_>>());
    let messages: Vec<Value> = messages.into_iter().map(|(message, _)| message).collect();
    assert_eq!(
        Value::from(messages),
        json!([
            {"role": "assistant", "content": null, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c", "content": "7"},
            {"role": "user", "content": "Are you there?"},
        ])
    );
}

#[test]
fn what_was_said_before_the_session_and_is_put_back_is_said_once() {
    let before = [
        ("user", "one"),
        ("assistant", "eins"),
        ("user", "two"),
        ("assistant", "zwei"),
    ];
    let before = before.map(|(role, words)| json!({"role": role, "content": words}));
    for from in [0, 1, 2] {
        let mut all = ItemList {
            before: before.to_vec(),
            ..ItemList::default()
        };
        for (at, message) in before.iter().enumerate().skip(from) {
            let put_back = said(text(message, "role"), &at.to_string(), text(message, "content"));
            all.insert(put_back, None).unwrap();
            all.know_again();
        }
        all.insert(said("user", "new", "three"), None).unwrap();
        all.know_again();
        let messages = all.messages(None);
        assert_eq!(messages.len(), 5, "from {from}");
        assert_eq!(messages.iter().filter(|(_, is_new)| *is_new).count(), 1);
    }
    // Other words, or a person's alone, are new.
    for words in [["assistant", "drei"], ["user", "two"]] {
        let mut all = ItemList {
            before: before.to_vec(),
            ..ItemList::default()
        };
        all.insert(said(words[0], "a", words[1]), None).unwrap();
        all.know_again();
        assert_eq!((all.before.len(), all.items[0].is_kept), (4, false));
    }
}

#[test]
fn what_was_not_heard_is_not_told() {
    let mut reply = said("assistant", "s", "One two three.");
    reply.heard = Some("One two".to_owned());
    let mut silent = said("assistant", "t", "Never heard.");
    silent.heard = Some(String::new());
    let messages = messages_of(&[&reply, &silent]);
    assert_eq!(
        messages,
        [(json!({"role": "assistant", "content": "One two"}), true)]
    );
}

#[test]
fn images_go_along_with_their_words() {
    let item = item(json!({"type": "message", "role": "user", "content": [
        {"type": "input_text", "text": "What is this?"}, {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "low"},
    ]}));
    assert_eq!(
        messages_of(&[&item])[0].0["content"],
        json!([{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"}}])
    );
}

#[test]
fn the_newest_that_fit_are_told_and_no_answer_stands_alone() {
    let message = |role: &str, words: &str| (json!({"role": role, "content": words}), false);
    let all = vec![
        message("user", "a"),
        message("assistant", "b"),
        message("tool", "c"),
        message("user", "d"),
    ];
    let one = |_: &str| 1;
    assert_eq!(newest(all.clone(), 9, one).len(), 4);
    assert_eq!(newest(all.clone(), 2, one), [message("user", "d")]);
    assert_eq!(newest(all.clone(), 0, one), [message("user", "d")]);
    assert_eq!(newest(Vec::new(), 0, one), []);
}
