use super::*;
use proptest::prelude::*;

#[test]
fn stop_words_are_sorted_so_that_binary_search_finds_them() {
    assert!(STOP_WORDS.windows(2).all(|pair| pair[0] < pair[1]), "unsorted");
    assert!(is_stop_word("your") && is_stop_word("a") && !is_stop_word("not") && !is_stop_word("never"));
}

#[test]
fn case_space_and_punctuation_fold_to_one_key() {
    let key = |text: &str| Query::new(text).key(true);
    for same in [
        "what is my dog's name?",
        "  What is my dog’s  name ",
        "WHAT IS MY DOG'S NAME!?",
        "what is my dog's name…",
    ] {
        assert_eq!(key(same), "t:what is my dog's name", "{same}");
    }
    assert_eq!(key("ＡＢＣ　１２"), key("abc 12"));
}

#[test]
fn digits_signs_negations_and_symbols_keep_queries_apart() {
    let texts = [
        "do i like tea",
        "don't i like tea",
        "do i not like tea",
        "do i like tea 2",
        "3.5 mg",
        "35 mg",
        "3 5 mg",
        "-5 degrees",
        "5 degrees",
        "c++ work",
        "c work",
        "$5",
        "5%",
        "5",
        "meet at 10:30",
        "meet at 10 30",
        "is it 1/2",
        "is it 12",
        "re-sign",
        "resign",
    ];
    for (index, one) in texts.iter().enumerate() {
        for other in &texts[index + 1..] {
            assert_ne!(
                Query::new(one).key(true),
                Query::new(other).key(true),
                "{one} / {other}"
            );
        }
    }
}

#[test]
fn without_embeddings_the_set_of_content_terms_is_the_key() {
    let key = |text: &str| Query::new(text).key(false);
    assert_eq!(key("What is the name of my dog?"), key("my dog: name"));
    assert_ne!(key("my dog is named"), key("my dog is not named"));
    assert_ne!(key("my 2 dogs"), key("my 3 dogs"));
}

#[test]
fn match_expressions_are_quoted_terms_only() {
    let query = Query::new("NEAR(\"a\" b) OR col:x* AND -y ^z");
    let text = query.fts_match().unwrap();
    for part in text.split(" OR ") {
        assert!(
            part.starts_with('"') && part.ends_with('"') && !part.trim_matches('"').contains('"'),
            "{part}"
        );
    }
    assert_eq!(Query::new("?!").fts_match(), None);
    assert_eq!(
        Query::new("is it").fts_match().as_deref(),
        Some("\"is\" OR \"it\""),
        "only stop words: all kept"
    );
}

#[test]
fn scripts_without_spaces_are_indexed_in_pairs() {
    assert_eq!(index_text("我住在北京。"), "我住 住在 在北 北京");
    assert_eq!(Query::new("北京").terms, ["北京"]);
    assert_eq!(index_text("猫 2匹"), "猫 2 匹");
    assert_eq!(index_text("Ich wohne in Köln"), "ich wohne in köln");
    assert_eq!(index_text("강아지를 키운다"), "강아 아지 지를 키운 운다");
    assert_eq!(Query::new("猫").fts_match().as_deref(), Some("\"猫\" *"));
}

#[test]
fn possessives_articles_and_pictures_do_not_hide_a_word() {
    assert_eq!(Query::new("What's my dog's name?").terms, ["dog", "name"]);
    assert_eq!(Query::new("القهوة").terms, Query::new("قهوة").terms);
    assert_eq!(index_text("Owns 🐶🐱 ❤️"), "owns 🐶 🐱 ❤");
}

#[test]
fn a_message_without_content_words_searches_with_the_one_before() {
    assert_eq!(
        query_of(["Why?", "tell me about my sister Ana", "hi"]).terms,
        ["ana", "sister"]
    );
    assert_eq!(query_of(["my dog", "tell me about my sister"]).terms, ["dog"]);
    assert_eq!(query_of(["why?"]).terms, ["why"]);
    assert!(query_of([]).text.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_text_makes_a_bounded_and_idempotent_query(text in any::<String>()) {
        let query = Query::new(&text);
        prop_assert!(query.terms.len() <= QUERY_TERMS_MAX);
        prop_assert_eq!(&Query::new(&query.text).terms, &query.terms, "equal canonical text, equal search");
        if let Some(expression) = query.fts_match() {
            prop_assert_eq!(expression.matches('"').count() % 2, 0);
        }
    }

    #[test]
    fn clipping_never_splits_a_character(text in any::<String>(), at in 0usize..40) {
        let clipped = clip(&text, at);
        prop_assert!(clipped.len() <= at && text.starts_with(clipped));
        let end = clip_start(&text, at);
        prop_assert!(end.len() <= at && text.ends_with(end));
    }
}
