//! Tricky texts. In each case `|` stands where the first phrase must end; the texts are short enough for the first
//! phrase to be exactly the first sentence.

use super::*;

#[track_caller]
fn ok(language: Option<&str>, cases: &[&str]) {
    for case in cases {
        let (first, rest) = case.split_once('|').unwrap_or((case, ""));
        let text = format!("{first}{rest}");
        let phrases = cut_chunks([text.as_str()], language);
        assert_eq!(phrases[0].spoken, first.trim(), "{case}");
        assert_eq!(phrases.len() > 1, !rest.is_empty(), "{case}: {phrases:?}");
        assert_well_formed(&text, &phrases);
    }
}

#[track_caller]
fn ok_speaks(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(spoken(text).join(" "), *expected, "{text:?}");
    }
}

#[test]
fn ok_short_sentences_come_at_once() {
    ok(
        None,
        &[
            "I hear you.| That sounds hard.",
            "Oh!| Really?",
            "Hi there!| How are you?",
            "Hmm?| Say that again.",
            "Yes.| I think so too.",
            "No.| I don't.",
            "Great!!!| Let's go.",
            "What?!| No way.",
            "Sure.\n|Here it is.",
            "I see.\n\n|Tell me more.",
            "Hello.",
            "Hello",
        ],
    );
}

#[test]
fn ok_titles_and_names_stay_together() {
    ok(
        None,
        &[
            "Dr. Smith is here.| Come in.",
            "I met Mr. and Mrs. Jones.| They are nice.",
            "Ms. Lee called.| Call back.",
            "Prof. Dr. Weber spoke.| He was late.",
            "St. Mark's is old.| See it.",
            "Mt. Everest is high.| Very.",
            "J. R. R. Tolkien wrote it.| I love it.",
            "John F. Kennedy spoke.| We listened.",
            "George W. Bush won.| It was close.",
            "C. S. Lewis knew J. R. R. Tolkien.| Both wrote.",
            "Martin Luther King Jr. had a dream.| We know it.",
            "Gov. Brown signed it.| Good.",
            "Lt. Col. Hays left.| He was done.",
            "Ursula K. Le Guin wrote it.| I love it.",
            "K. Le Guin wrote it.| I love it.",
            "W. E. B. Du Bois spoke.| We listened.",
            "Oscar J. De La Hoya won.| Again.",
            "Juan C. de los Santos sang.| We danced.",
            "Gov. La Follette spoke.| They cheered.",
            "Take vitamin C.| La Niña comes.",
            "Choose plan B.| The rest is easy.",
            "Rev. Green prays.| Amen.",
            "I don't mind.| Peter does.",
            "What a gem.| Peter agrees.",
            "I bought a CD.| Nice.",
            "Do one more rep.| Then rest.",
            "Wait a sec.| Peter comes.",
            "It is on Main St.| She lives there.",
            "Mr. No is here.| Hide.",
            "Sen. Warren met Rep. Smith.| They talked.",
            "I like Google LLC.| Both of us do.",
        ],
    );
}

#[test]
fn ok_abbreviations_stay_inside() {
    ok(
        None,
        &[
            "Eat fruit, e.g. apples.| They help.",
            "Eat fruit (e.g., apples).| They help.",
            "That is, i.e. now.| Go.",
            "Cats vs. dogs is old.| Stop.",
            "It is approx. five.| Or six.",
            "Smith et al. wrote it.| Read it.",
            "Bring milk, eggs, etc. and bread.| Thanks.",
            "Bring milk, etc.| Then come home.",
            "See no. 5 there.| It is blue.",
            "See No. 5 there.| It is blue.",
            "Look at fig. 3 now.| It shows it.",
            "See vol. 2, pp. 10-12.| Then rest.",
            "It is on Jan. 5 at home.| Come.",
            "He works at Acme Inc. in Ohio.| He likes it.",
            "He works at Acme Inc.| He likes it.",
            "Acme Corp. Europe grew.| Good.",
            "It is 5 ft. tall.| Wow.",
            "Meet on Main St. at noon.| Bye.",
        ],
    );
    ok(
        Some("en"),
        &[
            "I am on.| Let's go.",
            "That is ok.| Fine.",
            "This is max.| We tried.",
        ],
    );
}

#[test]
fn ok_dotted_forms_stay_inside() {
    ok(
        None,
        &[
            "The U.S. Senate met.| It voted.",
            "He lives in the U.S.| He likes it.",
            "The U.S.A. is big.| So is Canada.",
            "Washington D.C. is hot.| Bring water.",
            "She has a Ph.D. in math.| She is smart.",
            "Meet at 10:30 p.m. on Monday.| Bye.",
            "Meet at 10:30 p.m.| Bring snacks.",
            "Meet at 5 a.m. Monday.| Yes.",
            "It is 9 a.m. EST now.| Go.",
            "It is 3 p.m. here.| And there?",
            "In 300 B.C. they built it.| It stands.",
        ],
    );
}

#[test]
fn ok_numbers_stay_whole() {
    ok(
        None,
        &[
            "It costs $3.50 today.| Cheap.",
            "It costs 3,50 € today.| Cheap.",
            "Pi is 3.14159.| Remember it.",
            "That is 1,234,567.89 in all.| Much.",
            "That is 1.234.567,89 in all.| Much.",
            "Use v1.2.3 now.| It works.",
            "Version 2.0 is out.| Get it.",
            "The IP is 192.168.0.1 here.| Ping it.",
            "At 10:30 we eat.| Come.",
            "It was in 1990.| Then he left.",
            "It rose by .5 percent.| Good.",
            "It is 98.6 °F.| Fine.",
            "The score is 3:2.| We won.",
            "On 24.12.2025 we met.| It snowed.",
            "Add 1.5 cups.| Stir.",
            "It is 5.| I counted.",
            "２．５ is full width.| Yes.",
        ],
    );
}

#[test]
fn ok_addresses_and_names_of_files_stay_whole() {
    ok(
        None,
        &[
            "See my.example.com for it.| Good.",
            "Go to example.com.| Good.",
            "Is it example.com?| Yes.",
            "Mail me at jo.doe@mail.example.org.| Thanks.",
            "Open main.rs now.| Edit it.",
            "Node.js is fine.| Use it.",
            "Run ./x.sh --a=b.| Wait.",
            "Read src/segment.rs first.| Then ask.",
            "ASP.NET is old.| So what.",
            "Call foo.bar() twice.| Done.",
        ],
    );
}

#[test]
fn ok_ellipses_pause_or_end() {
    ok(
        None,
        &[
            "Well... i see.| Go on.",
            "Wait… what is it?| Tell me.",
            "Hmm...| Let me think.",
            "So…| That is it.",
        ],
    );
}

#[test]
fn ok_quotes_and_brackets_close_with_their_sentence() {
    ok(
        None,
        &[
            "\"I am done.\"| She left.",
            "“I am done.”| She left.",
            "He said “Really?” and left.| Then rain.",
            "\"Go!\" she cried.| They went.",
            "(It is fine.)| Go on.",
            "It works (I think).| Try it.",
            "‘Yes.’| He knew.",
            "«Oui.»| Il part.",
            "« Oui. »| Il part.",
            "« Oui ? » dit-il.| Il part.",
            "Er rief »Ja!« und ging.| Gut.",
            "„Ja.“| Er ging.",
            "»Ja.«| Er ging.",
            "He said it (twice!).| Then left.",
            "[It is so.]| Yes.",
            "She said, \"Ask Dr. Who.\"| I did.",
        ],
    );
}

#[test]
fn ok_european_languages() {
    ok(
        None,
        &[
            "Das ist z.B. gut.| Ja.",
            "Das ist z. B. gut.| Ja.",
            "Nimm Nr. 5 mit.| Danke.",
            "Wir kommen ca. um drei.| Gut.",
            "Brot, Milch usw.| Dann los.",
            "Am 3. Oktober ist frei.| Schön.",
            "Mme. Dupont arrive.| Bonjour.",
            "Bonjour !| Ça va ?",
            "Tu viens ?| Oui.",
            "El Sr. García llega.| Hola.",
            "¿Cómo estás?| Bien.",
            "¡Hola!| ¿Qué tal?",
            "La Dra. López habla.| Sí.",
            "Il Sig. Rossi parla.| Ciao.",
            "O Sr. Silva fala.| Sim.",
            "Dhr. Jansen is er.| Goed.",
            "В 2020 г. было тепло.| Да.",
            "Это т.е. так.| Да.",
            "А. С. Пушкин писал.| Да.",
            "Он жил на ул. Мира.| Да.",
            "Он дал это им.| Потом ушёл.",
            "Да и т. д. А. П. Чехов писал.| Да.",
            "En EE. UU. viven.| Sí.",
            "In der Goethestr. 5 wohnt er.| Gut.",
            "Das kostet 5 Mio. Euro.| Viel.",
            "Das sind 2 Mrd. Menschen.| Viele.",
            "Il libro è mio.| Maria lo legge.",
            "Es war im 19. Jahrhundert.| Lange her.",
            "Er kam zum 3. Mal.| Endlich.",
            "Siehe Abs. 3 dort.| Gut.",
            "Das sagt Dr. med. Müller.| Gut.",
            "Am 3. Okt. kommt er.| Gut.",
            "J.-P. Martin arrive.| Bien.",
            "Dña. Ana llega.| Hola.",
            "Mora na Av. Brasil.| Sim.",
            "Il sec. XX finisce.| Ciao.",
            "See vol. II for it.| Yes.",
            "Wait a sec.| I think so.",
            "Он родился 5 янв. 1990 года.| Да.",
            "There were 3.| Peter left.",
            "Ông TS. Nguyễn đến.| Chào.",
            "Хлеб, молоко и т.д.| Потом пошли.",
            "Τι κάνεις;| Είμαι καλά.",
            "Γεια σου.| Τι κάνεις;",
            "Det är t.ex. bra.| Ja.",
            "To jest np. dobre.| Tak.",
            "Je to např. dobré.| Ano.",
            "Ez pl. jó.| Igen.",
            "Örn. bu iyi.| Evet.",
        ],
    );
    ok(
        Some("de"),
        &[
            "Am 2. Weltkrieg lag es.| Ja.",
            "Der 1. Platz ist frei.| Gut.",
            "Das sind max. drei.| Ja.",
            "Es waren 5.| Die gingen.",
        ],
    );
    ok(Some("pt-BR"), &["A V. Exa. pág. 5 diz.| Sim."]);
}

#[test]
fn ok_other_scripts_end_their_own_way() {
    ok(
        None,
        &[
            "你好。|今天怎么样？",
            "真的吗？|我不知道。",
            "太好了！|走吧。",
            "“慢慢来。”|他说。",
            "价格是3.50元。|不贵。",
            "什么？！|不会吧。",
            "我用OK.|好的。",
            "こんにちは。|元気ですか？",
            "「おはよう。」と彼は言った。|元気？",
            "すごい！|やった！",
            "안녕하세요.| 잘 지내요?",
            "네!| 좋아요.",
            "كيف حالك؟| أنا بخير.",
            "مرحبا!| أهلا.",
            "یہ اچھا ہے۔| شکریہ۔",
            "नमस्ते।| आप कैसे हैं?",
            "राम ने कहा॥| ठीक है।",
            "আমি ভালো।| তুমি?",
            "வணக்கம்.| எப்படி இருக்கிறீர்கள்?",
            "Բարեւ։| Ինչպես ես։",
            "Բարեւ:| Ինչպես ես:",
            "ሰላም።| እንዴት ነህ፧",
            "မင်္ဂလာပါ။| နေကောင်းလား။",
            "សួស្តី។| អ្នកសុខសប្បាយទេ?",
            "བཀྲ་ཤིས།| བདེ་ལེགས།",
            "שלום.| מה שלומך?",
            "डॉ. शर्मा आए।| ठीक है।",
            "د. أحمد هنا.| أهلا.",
            "네.| 좋아요.",
            "გამარჯობა.| როგორ ხარ?",
            "สวัสดีครับ วันนี้อากาศดีมากจริงๆ| เราไปเที่ยวกันไหม",
        ],
    );
}

#[test]
fn ok_markdown_is_spoken_without_its_marks() {
    ok_speaks(&[
        (
            "**Hello** *there* _you_ ~~old~~ friend.",
            "Hello there you old friend.",
        ),
        ("***Both***, __strong__.", "Both, strong."),
        ("un**believ**able", "unbelievable"),
        ("这是*重点*内容。", "这是重点内容。"),
        ("2 * 3 = 6 and 4*5 = 20", "2 * 3 = 6 and 4*5 = 20"),
        ("snake_case stays", "snake_case stays"),
        ("# Title\n\nText here.", "Title. Text here."),
        ("### Title ###\nText", "Title. Text"),
        ("#hashtag and C# stay", "#hashtag and C# stay"),
        ("- one\n- two\n- three", "one. two. three"),
        ("* one\n  * two\n+ three", "one. two. three"),
        ("1. Mix\n2. Bake", "1. Mix. 2. Bake"),
        ("1) Mix\n2) Bake", "1) Mix. 2) Bake"),
        ("- [ ] todo\n- [x] done", "todo. done"),
        ("> quoted\n> words", "quoted words"),
        ("before\n\n---\n\nafter", "before. after"),
        ("before\n***\nafter", "before. after"),
        ("Title\n=====\ntext", "Title. text"),
        ("Use `let x = 1;` here.", "Use let x = 1; here."),
        ("Use ``a ` b`` here.", "Use a b here."),
        ("Code:\n```rust\nfn main() {}\n```\nDone.", "Code: Done."),
        ("Code:\n~~~\nx\n~~~\nDone.", "Code: Done."),
        ("Code:\n```\nnever closed", "Code:"),
        ("```inline``` word", "inline word"),
        ("[text](https://a.b/c) ok", "text ok"),
        ("[text](https://a.b/c \"title\") ok", "text ok"),
        ("[**bold** text](a) ok", "bold text ok"),
        ("[a_b](https://x.y/(z)) ok", "a_b ok"),
        ("![a cat](cat.png) ok", "a cat ok"),
        ("[![alt](i.png)](https://a.b) ok", "alt ok"),
        ("[text][1] ok\n\n[1]: https://a.b/c", "text ok"),
        ("a note[^1] here\n\n[^1]: the note", "a note here"),
        (
            "It grew.[1] Then[2] it fell,[13] see [4].",
            "It grew. Then it fell, see [4].",
        ),
        ("[sic] stays, arr[0] too", "[sic] stays, arr[0] too"),
        ("[note](see the next page)", "[note](see the next page)"),
        ("| a | b |\n|---|---|\n| c | d |", "a, b. c, d"),
        ("a | b\n--- | ---\nc | d", "a, b. c, d"),
        ("<b>bold</b> and <i class=\"x\">more</i>", "bold and more"),
        ("one<br>two", "one. two"),
        ("<p>one</p><p>two</p>", "one. two"),
        ("a <!-- hidden --> b", "a b"),
        ("<script>alert(1)</script>said", "said"),
        ("if a < b and c > d", "if a < b and c > d"),
        ("see <https://a.b/c_d_e>", "see a.b"),
        ("Tom &amp; Jerry &lt;5 AT&T", "Tom & Jerry <5 AT&T"),
        ("\\*not\\* emphasis", "*not* emphasis"),
        ("**https://a.b/c_d_e**", "a.b"),
        ("https://a.b/*x*/y_z now", "a.b now"),
        ("ftp://a.b/*x*/y_z", "ftp://a.b/*x*/y_z"),
        ("see *https://a.b/c_d* and _http://a.b_ ok", "see a.b and a.b ok"),
        ("fill ____ in", "fill in"),
    ]);
}

#[test]
fn ok_pictures_and_controls_are_not_spoken() {
    ok_speaks(&[
        ("Hi 👋 there", "Hi there"),
        ("Great!🎉🎉 Next", "Great! Next"),
        (
            "A test 👍. Another 🎉! No ❌, and 5 🍎 apples.",
            "A test. Another! No, and 5 apples.",
        ),
        ("family 👨‍👩‍👧‍👦 time", "family time"),
        ("flag 🇩🇪 and 👍🏽", "flag and"),
        ("I ❤️ you", "I you"),
        ("1️⃣ first", "1 first"),
        ("a → b ✅", "a b"),
        ("Nice :) ok ;-) <3 :D", "Nice ok"),
        ("time 10:30 a:b = c", "time 10:30 a:b = c"),
        ("© 2025 Acme™", "© 2025 Acme™"),
        ("a\u{200b}b\u{feff}c\u{202e}d", "a\u{200b}bcd"),
        ("क्‍ष stays", "क्‍ष stays"),
        ("می‌خواهم", "می‌خواهم"),
        ("tab\there\r\nthere", "tab here there"),
        ("nul\0byte", "nul byte"),
        ("wow!!!!!!!!! ======== ok", "wow!!! === ok"),
    ]);
    assert!(spoken("🎉🎉").is_empty());
    assert!(spoken("").is_empty());
    assert!(spoken("...\n\n---\n").is_empty());
    assert!(spoken("```\ncode\n```").is_empty());
}

#[test]
fn ok_a_long_first_sentence_ends_at_a_clause_or_a_word() {
    let text = "When you come home tonight and everything is dark, turn on the small lamp first and sit down for a while.";
    assert_eq!(
        spoken(text)[0],
        "When you come home tonight and everything is dark,"
    );
    let text = "word ".repeat(60);
    assert!((60..=120).contains(&spoken(&text)[0].len()));
    let wide = "我们可以先从小事开始比如每天散步十分钟，睡前不看手机早上喝一杯温水然后慢慢来不着急。";
    assert_eq!(spoken(wide)[0], "我们可以先从小事开始比如每天散步十分钟，");
}

#[test]
fn ok_a_number_and_its_unit_are_not_parted_by_length() {
    for lead in 60..125 {
        let text = format!(
            "{} at 10:30 p.m. for 3,50 € with Dr. Smith and J. R. R. Tolkien there",
            "x".repeat(lead - 5) + " yyy"
        );
        for phrase in spoken(&text) {
            assert!(
                !phrase.ends_with("10:30") && !phrase.ends_with("3,50") && !phrase.ends_with('.'),
                "{phrase}"
            );
        }
    }
}

#[test]
fn ok_a_first_phrase_is_short_whenever_a_clause_ends_before() {
    for lead in [
        "Well, ",
        "Well then, my friend, ",
        "When you come home, ",
        "It is \u{201c}late,\u{201d} as ",
    ] {
        let text = format!("{lead}{} and so on.", "some words ".repeat(9));
        let first = spoken(&text)[0].clone();
        assert!(first.len() <= 90 && !first.ends_with("words"), "{first}");
    }
    // Without one, more is read before words are parted.
    let text =
        "It helps to go outside for ten minutes every morning and look at the sky before the day begins.";
    assert_eq!(spoken(text), [text]);
}

#[test]
fn ok_code_is_not_spoken_and_all_around_it_is() {
    ok_speaks(&[
        (
            "Try this:\n```python\nprint(1)\n```Now run it. It works.",
            "Try this: Now run it. It works.",
        ),
        (
            "Here: ```js\nlet x;\n```\nThat is all. Bye.",
            "Here: That is all. Bye.",
        ),
        ("Here: ```js\nlet x;```\nThat is all.", "Here: That is all."),
        ("Here:\n```js\nlet x;``` That is all.", "Here: That is all."),
        ("Here:\n```js\nlet x;```Now it is.", "Here: Now it is."),
        ("- Run\n  ```sh\n  ls\n  ```\n- Look", "Run. Look"),
        (
            "Py:\n```python\ns = t.replace(\"```json\", '')\n```\nDone.",
            "Py: Done.",
        ),
        ("Md:\n````\n```js\nlet x;\n```\n````\nDone.", "Md: Done."),
        ("Run ```npm start now``` and wait.", "Run npm start now and wait."),
        ("Run ```npm start and wait.", "Run npm start and wait."),
        ("Run this ```js", "Run this"),
        ("Here:\n~~~\nlet x;\n~~~\nDone.", "Here: Done."),
        ("Here:\r\n```js\r\nlet x;\r\n```\r\nDone.", "Here: Done."),
        ("Here:\r```js\rlet x;\r```\rDone.\r\rBye.", "Here: Done. Bye."),
        ("> Here:\n> ```js\n> let x;\n> ```\nDone.", "Here: Done."),
        ("Open ```\ncode\n", "Open"),
    ]);
}

#[test]
fn ok_citations_are_not_spoken() {
    ok_speaks(&[
        ("It rained[1][2][3] a lot.", "It rained a lot."),
        ("It rained [1][2] a lot.", "It rained a lot."),
        ("It rained [1] [2].", "It rained."),
        ("It rained a lot [2].", "It rained a lot."),
        ("It rained a lot [2]", "It rained a lot"),
        ("It rained [2], then it snowed.", "It rained, then it snowed."),
        (
            "It rained a lot. [2] Then it snowed.",
            "It rained a lot. Then it snowed.",
        ),
        (
            "It rained a lot.[2]Then it snowed.",
            "It rained a lot. Then it snowed.",
        ),
        ("It rained[1, 2] and snowed[3-5].", "It rained and snowed."),
        ("It rained [1](https://a.b/c) a lot.", "It rained a lot."),
        ("It rained [[1]](https://a.b/c).", "It rained."),
        ("It rained ([a.org](https://a.org/b?utm=c)).", "It rained."),
        ("It rained【4:0†source】 a lot【12】.", "It rained a lot."),
        ("It rained [1†L3-L7].", "It rained."),
        (
            "It rained\u{e200}cite\u{e202}turn0search0\u{e202}turn0news1\u{e201} a lot \u{e200}cite\u{e202}turn1view0\u{e201}.",
            "It rained a lot.",
        ),
        ("It \u{e203}rained\u{e204} a lot.", "It rained a lot."),
        ("It rained[citation:3][citation:4] a lot.", "It rained a lot."),
        ("It rained [web:1].", "It rained."),
        ("[cite_start]It rained a lot [cite: 12, 3].", "It rained a lot."),
        (
            "It rained.¹² It covered 3 m², too.³",
            "It rained. It covered 3 m², too.",
        ),
        // What is said in brackets.
        ("In [3] they say so, see [4].", "In [3] they say so, see [4]."),
        (
            "arr[0] and x[1] = 5 and arr[2].name",
            "arr[0] and x[1] = 5 and arr[2].name",
        ),
        ("The list is [1, 2, 3].", "The list is [1, 2, 3]."),
        ("In May [2024] it rained", "In May [2024] it rained"),
        ("【重点】慢慢来。", "【重点】慢慢来。"),
        ("[sic] and ([see here](https://a.b))", "[sic] and (see here)"),
        (
            "[web] and [cite me] and [ref: x]",
            "[web] and [cite me] and [ref: x]",
        ),
    ]);
}

#[test]
fn ok_unknown_tags_are_words() {
    ok_speaks(&[
        ("ssh <user>@<host> now", "ssh <user>@<host> now"),
        ("git commit -m <title>", "git commit -m <title>"),
        ("a Vec<String> and <T>", "a Vec<String> and <T>"),
        (
            "<title>Hi</title> <u>you</u> <input type=\"x\">there",
            "<title>Hi you there",
        ),
        ("<speak>Hi <break time=\"1s\"/>you</speak>", "Hi you"),
        ("<answer>It is five.</answer>", "It is five."),
    ]);
}

#[test]
fn ok_what_a_model_thinks_aloud_is_not_spoken() {
    for text in [
        "<think>The person is sad. I should ask.</think>\n\nI hear you.",
        "<thinking>\nHm. 2 < 3.\n</thinking>I hear you.",
        "<thought>Hm. So.</thought>I hear you.",
        "<reasoning>Hm. So.</reasoning>I hear you.",
        "[THINK]Hm. So.[/THINK]I hear you.",
        "◁think▷Hm. So.◁/think▷I hear you.",
        "<seed:think>Hm. So.</seed:think>I hear you.",
        "<Reflection>Hm. So.</reflection>I hear you.",
        "<|channel|>analysis<|message|>Hm. So.<|end|><|start|>assistant<|channel|>final<|message|>I hear you.",
        "<|channel>thought\nHm. So.<channel|>I hear you.",
        "The person greets me</think>I hear you.",
        "Hm. So. The person greets me.\n</think>\n\nI hear you.",
        "Hm. So.[/THINK]I hear you.",
    ] {
        assert_eq!(spoken(text), ["I hear you."], "{text}");
    }
    assert!(spoken("<think>It never ends.").is_empty());
}

#[test]
fn a_thought_that_ends_unopened_takes_back_only_what_was_not_given_yet() {
    let chunks = ["The person is sad. I should", " ask.</think>", "I hear you."];
    let said: Vec<String> = cut_chunks(chunks, None)
        .into_iter()
        .map(|phrase| phrase.spoken)
        .collect();
    assert_eq!(said, ["The person is sad.", "I hear you."]);
    let phrases = cut_chunks(["Hm. So. It is.</think>I hear you. Go", " on."], None);
    assert_eq!(phrases[0].index, 0);
    assert_eq!(phrases[0].spoken, "I hear you.");
}

#[test]
fn ok_what_leaks_of_the_machinery_is_not_spoken() {
    ok_speaks(&[
        (
            "One moment. <tool_call>{\"name\": \"x\"}</tool_call> It rains.",
            "One moment. It rains.",
        ),
        ("<function=weather>{\"a\": 1}</function>It rains.", "It rains."),
        (
            "<invoke name=\"weather\"><parameter>a</parameter></invoke>It rains.",
            "It rains.",
        ),
        ("It rains.<|im_end|>", "It rains."),
        (
            "It rains.<|im_end|>\n<|im_start|>assistant\nYes.",
            "It rains. Yes.",
        ),
        (
            "It rains.<|im_end|>\n<|im_start|>user\nReally?<|im_end|>",
            "It rains.",
        ),
        ("It rains.</s>", "It rains."),
        (
            "It rains.<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nYes.",
            "It rains. Yes.",
        ),
        ("It rains.<｜end▁of▁sentence｜>", "It rains."),
        (
            "<｜tool▁calls▁begin｜>x {\"a\": 1}<｜tool▁calls▁end｜>It rains.",
            "It rains.",
        ),
        ("<start_of_turn>model\nIt rains.<end_of_turn>", "It rains."),
        (
            "Hm. [TOOL_CALLS][{\"name\": \"x\"}]\nIt rains. [INST]",
            "Hm. It rains.",
        ),
        ("a <| b and a |> b", "a <| b and a |> b"),
    ]);
}

#[test]
fn ok_addresses_are_said_as_their_host() {
    ok_speaks(&[
        ("See https://www.example.com/a.b?c=d&e=f.", "See example.com."),
        (
            "See https://example.com, then (http://a.org/x) or HTTPS://B.org/?q=1!",
            "See example.com, then (a.org) or B.org!",
        ),
        (
            "Try http://localhost:8787/v1?a=1!b. Done.",
            "Try localhost:8787. Done.",
        ),
        (
            "Read https://en.wikipedia.org/wiki/Rain_(water)_x. Done.",
            "Read en.wikipedia.org. Done.",
        ),
        ("见https://a.cn/b。好", "见a.cn。 好"),
        ("[https://a.b/c](https://a.b/c) is it", "a.b is it"),
        (
            "https:// is a scheme, httpd a server",
            "https:// is a scheme, httpd a server",
        ),
        (
            "See https://www. or www.a.org/b?c=d, not www.",
            "See www. or a.org, not www.",
        ),
        ("`https://a.b/c` stays", "https://a.b/c stays"),
    ]);
}

#[test]
fn ok_stage_directions_are_not_spoken() {
    ok_speaks(&[
        ("*smiles softly* I'm glad.", "I'm glad."),
        ("I'm glad. *takes a deep breath* Go on.", "I'm glad. Go on."),
        ("I'm glad *smiles*.", "I'm glad."),
        ("*Nods slowly*\nGo on.", "Go on."),
        ("Well, *sighs* it is late.", "Well, it is late."),
        ("*lächelt sanft* Ich bin da.", "Ich bin da."),
        // Emphasis.
        (
            "*Never* do that. *This is so.* Yes.",
            "Never do that. This is so. Yes.",
        ),
        ("It is *really good* Anna.", "It is really good Anna."),
        ("*really* good stuff", "really good stuff"),
        ("* *apples*\n* *pears*", "apples. pears"),
        ("**smiles** is a word", "smiles is a word"),
        (
            "My motto:\n*never give up*\nTry it.",
            "My motto: never give up. Try it.",
        ),
    ]);
}

#[test]
fn ok_formulas_are_said_in_a_sentence_and_left_out_alone() {
    ok_speaks(&[
        ("So $E = mc^2$ holds.", "So E = mc² holds."),
        ("So \\(x_1 \\times y\\) holds.", "So x1 × y holds."),
        ("H$_2$O boils at 100$^\\circ$C.", "H2O boils at 100°C."),
        ("It is \\(\\frac{a}{b} \\le \\alpha\\).", "It is a / b ≤ alpha."),
        ("Let $x$ be five.", "Let x be five."),
        ("Then:\n$$\n\\int x dx = 1\n$$\nDone.", "Then: Done."),
        ("Then \\[ a = b \\] holds.", "Then holds."),
        // Money and other writing.
        ("It costs $5 and $10, or US$3.", "It costs $5 and $10, or US$3."),
        ("echo $HOME and $PATH", "echo $HOME and $PATH"),
        ("\\[not a link\\] and $$ here", "[not a link] and $$ here"),
    ]);
}

#[test]
fn ok_source_ranges_point_at_the_words() {
    let text = "**Hello there.** See [the page](https://a.b).";
    let phrases = cut_chunks([text], None);
    assert_eq!(&text[phrases[0].source.clone()], "Hello there.");
    assert_eq!(&text[phrases[1].source.clone()], "See [the page](https://a.b).");
}

#[test]
fn ok_later_phrases_group_sentences() {
    let phrases = spoken(&"This is one more short sentence. ".repeat(40));
    assert_eq!(phrases[0], "This is one more short sentence.");
    assert!(
        phrases
            .iter()
            .skip(3)
            .rev()
            .skip(1)
            .all(|phrase| (100..=300).contains(&phrase.len())),
        "{phrases:?}"
    );
}

#[test]
fn ok_a_quote_that_closes_after_a_space_begins_no_phrase() {
    let phrases =
        spoken("« Oui. Non ! » Il part. « Bien. Je viens. » Elle reste là, et il s'en va loin d'ici.");
    assert!(
        phrases.iter().all(|phrase| !phrase.starts_with('»')),
        "{phrases:?}"
    );
    assert_eq!(
        spoken("«\u{a0}Oui\u{a0}!\u{a0}» Il part."),
        ["« Oui ! »", "Il part."]
    );
}

#[test]
fn ok_a_list_ends_its_items_in_their_own_script() {
    assert_eq!(spoken("- བཀྲ་ཤིས\n- བདེ་ལེགས"), ["བཀྲ་ཤིས།", "བདེ་ལེགས"]);
}
