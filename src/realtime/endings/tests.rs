//! Claims on what words say.

use super::*;

fn all(ending_wanted: Ending, cases: &[&str]) {
    for said in cases {
        assert_eq!(ending(said), ending_wanted, "{said}");
    }
}

#[test]
fn a_sentence_that_cannot_end_here_is_unfinished() {
    all(
        Ending::Unfinished,
        &[
            "I would like to",
            "I went to the store and",
            "Can you tell me about the",
            "because",
            "It's, um",
            "So I was thinking um.",
            "I want to go to the.",
            "My name is",
            "My favourite colour is",
            "I'm going",
            "Turn the lights on in",
            "um",
            "Ich möchte gerne einen",
            "Ich war gestern bei der",
            "Ich glaube, dass",
            "Das ist weil.",
            "Ich will",
            "Je voudrais aller à",
            "J'ai parlé avec le",
            "Je pense que.",
            "Quiero ir a la",
            "No sé si",
            "Tengo que hablar con",
            "Vorrei andare a",
            "Non so se",
            "Penso che",
            "Eu quero ir para",
            "Não sei se o",
            "Ik wil graag naar de",
            "Chcę pojechać do",
            "Nie wiem, czy to jest i",
            "Я хочу поехать в",
            "Я думаю, что",
            "मैं सोच रहा था कि",
            "Eve gittim ve",
            "昨日はとても忙しかったので",
            "我想去但是",
            "I was going to…",
            "Well -",
            "Let me see...",
            "The options are:",
            "",
        ],
    );
}

#[test]
fn a_whole_answer_is_finished() {
    all(
        Ending::Finished,
        &[
            "Yes.",
            "yes",
            "no",
            "No, thanks",
            "Okay",
            "Yeah, sure.",
            "ja",
            "Nein, danke.",
            "Genau",
            "oui",
            "Non merci",
            "sí",
            "claro",
            "sì",
            "Va bene",
            "não",
            "tak",
            "да",
            "Нет, спасибо",
            "हाँ",
            "ठीक है",
            "evet",
            "はい",
            "好的",
            "네",
            "Stop!",
            "Thank you very much.",
            "I don't know",
        ],
    );
}

#[test]
fn a_marked_sentence_is_finished() {
    all(
        Ending::Finished,
        &[
            "I went home.",
            "What is the weather like tomorrow?",
            "Who is it for?",
            "That is what I want to.",
            "Turn it on.",
            "I think so.",
            "Wie spät ist es?",
            "Es regnet.",
            "明日は晴れです。",
            "वह घर गया।",
            "He said \"come in.\"",
        ],
    );
}

#[test]
fn what_might_be_whole_is_open() {
    all(
        Ending::Open,
        &[
            "I went home",
            "What is the weather like tomorrow",
            "turn it on",
            "who is it for",
            "I don't know what it is",
            "I think so",
            "come in",
            "What is it like",
            "Where are you from",
            "Es regnet heute",
            "Il fait beau aujourd'hui",
            "I am forty two",
            "at 5",
            "I want to die",
            "call me at 0176 4455 99128",
            "mach bitte das Licht an",
            "kommst du mit",
            "It was nice to meet you",
        ],
    );
}

#[test]
fn a_number_or_a_name_that_is_being_spelled_may_go_on() {
    all(
        Ending::Hesitant,
        &[
            "my number is zero one seven six",
            "My number is 0 1 7.",
            "It's 4 4 5 9",
            "A N N A",
            "It is spelled B E R G.",
            "anna dot",
            "apples, pears,",
            "Meine Nummer ist null eins sieben",
            "we need eggs, milk,",
            "Mon numéro est zéro six",
            "anna at",
        ],
    );
}

#[test]
fn a_listener_s_sounds_are_not_a_turn() {
    for said in [
        "mm-hm",
        "Mhm.",
        "Uh-huh",
        "yeah",
        "Okay.",
        "I see",
        "Oh, wow",
        "ja genau",
        "うん",
        "Oh I see.",
        "Yeah, that's right",
        "Alles klar.",
        "嗯嗯",
    ] {
        assert_eq!(backchannel(said), Backchannel::Whole, "{said}");
    }
    for said in [
        "No",
        "Stop.",
        "Wait, no",
        "yeah but what about tomorrow",
        "what",
        "nein",
        "I see you there now please",
        "Okay, I want",
    ] {
        assert_eq!(backchannel(said), Backchannel::No, "{said}");
    }
    for said in ["I", "That's", "oh, got", "Alles", "of", "", "..."] {
        assert_eq!(backchannel(said), Backchannel::Begun, "{said}");
    }
}

#[test]
fn the_reply_s_own_words_are_known_again() {
    let reply = "It rains in Berlin today, and tomorrow the sun shines.";
    for said in ["rains in Berlin", "Today and tomorrow.", "the sun shines"] {
        assert!(repeated(said, reply) > 1, "{said}");
    }
    for said in ["stop", "Berlin rains", "in Ber", "", "…", "it rains not"] {
        assert_eq!(repeated(said, reply), 0, "{said}");
    }
    assert_eq!(repeated("静かです", "海は静かです。行きましょう。"), 4);
    assert_eq!(repeated("GPT海", "GPT 海は"), 2);
    assert_eq!(repeated("静かな", "海は静かです。行きましょう。"), 0);
}

#[test]
fn no_text_is_too_odd() {
    for said in [
        "\u{0}",
        "   ",
        "。",
        "?",
        "🙂",
        "a\u{301}",
        "’’’",
        &"x ".repeat(100_000),
    ] {
        let _ = (ending(said), backchannel(said), repeated(said, said));
    }
}
