//! What a person is told of the companion: that it is no human being, where they ask or where the law of their place
//! wants it said when a talk begins; and after hours, that a pause would do good.

use super::answer::{CareAnswer, CarePhrase, language_of_country};
use super::text::{Sentence, sentences};
use crate::wire::spacing::append;

/// Member states of the European Union.
const UNION: &str = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE";
/// States that their people name in full, with their codes.
const STATES: [(&str, &str); 4] = [
    ("CA", "california"),
    ("NY", "new york"),
    ("OR", "oregon"),
    ("WA", "washington"),
];

/// Whether one of these places is the person's: `*`, `EU`, a country ("DE"), or a region of one ("US-CA").
pub fn applies(places: &[String], country: Option<&str>, region: Option<&str>) -> bool {
    let country = country.and_then(super::answer::code).unwrap_or_default();
    let region = region.unwrap_or_default().trim().to_ascii_lowercase();
    let state = STATES.iter().find(|(_, name)| *name == region);
    let region = state.map_or(region.as_str(), |(code, _)| *code);
    places.iter().any(|place| match place.split_once('-') {
        _ if place == "*" => true,
        None if place == "EU" => UNION.split(' ').any(|one| one == country),
        None => !country.is_empty() && *place == country,
        Some((of, part)) => {
            let short = region.rsplit('-').next().unwrap_or_default();
            of == country && part.eq_ignore_ascii_case(short)
        }
    })
}

/// What is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It is no human being.
    Program,
    /// The same, because the person asks.
    Asked,
    /// The same, and that a pause would do good.
    Pause,
}

impl CareAnswer {
    /// A notice to somebody who said this.
    pub fn notice(notice: Notice, said: &str, country: Option<&str>) -> CareAnswer {
        let language = language(said).or_else(|| language_of_country(country));
        let order: &[CarePhrase] = match notice {
            Notice::Program | Notice::Asked => &[CarePhrase::Program],
            Notice::Pause => &[CarePhrase::Pause, CarePhrase::Program],
        };
        CareAnswer {
            is_asked: notice == Notice::Asked,
            ..CareAnswer::made(None, language.unwrap_or("en"), country, order, 0)
        }
    }

    /// The same behind what is told already.
    pub fn with(mut self, notice: CareAnswer) -> CareAnswer {
        append(&mut self.text, &notice.text);
        self.phrases.extend(notice.phrases);
        self.is_pause |= notice.is_pause;
        self
    }

    /// Whether a pause is named in a reply that begins with this, or with what was heard of it.
    pub fn names_pause_in(&self, reply: &str) -> bool {
        self.is_pause && reply.contains(&self.text)
    }
}

/// Words that few sentences of a language do without, as [`super::text`] reads them.
const COMMON: [(&str, &str); 9] = [
    (
        "en",
        "the/you/is/are/what/how/hello/hi/hey/and/of/can/do/i/im/my/this/it/good/was/please/thanks",
    ),
    (
        "de",
        "ich/du/ist/das/und/wie/was/hallo/der/die/nicht/bist/guten/mir/ein/kannst/bitte/danke/geht",
    ),
    (
        "fr",
        "je/tu/est/le/les/et/bonjour/salut/quoi/pas/une/vous/comment/suis/ca/va/merci/quel",
    ),
    (
        "es",
        "hola/el/eres/estas/y/los/una/estoy/por/buenos/buenas/soy/puedes/gracias/que/como/mi",
    ),
    (
        "it",
        "ciao/sono/il/che/come/stai/sei/buongiorno/gli/della/mi/puoi/questo/grazie/di/perche",
    ),
    (
        "pt",
        "ola/oi/voce/nao/eu/bom/boa/uma/um/obrigado/obrigada/estou/tudo/os/meu/que/como/bem",
    ),
    (
        "nl",
        "hallo/ik/je/het/een/van/hoe/bent/niet/dag/wat/kun/mijn/gaat/de/hoi/ben",
    ),
    (
        "pl",
        "czesc/jestem/jest/nie/jak/co/ty/dzien/dobry/sie/czy/moj/to/jestes/hej/prosze",
    ),
    (
        "tr",
        "merhaba/ben/bir/ne/nasil/sen/bu/selam/misin/nasilsin/var/icin/musun/cok",
    ),
];

/// The language of these words, by their letters or their commonest words; `None` where that does not tell.
fn language(text: &str) -> Option<&'static str> {
    let said = sentences(text);
    let has = |from: char, to: char| {
        said.iter()
            .any(|one| one.joined.contains(|c| (from..=to).contains(&c)))
    };
    let scripts = [
        ("ja", has('ぁ', 'ヺ')),
        ("zh", has('一', '龥')),
        ("ko", has('가', '힣')),
        (
            "uk",
            ['і', 'ї', 'є', 'ґ'].into_iter().any(|letter| has(letter, letter)),
        ),
        ("ru", has('а', 'я')),
        ("ar", has('\u{621}', '\u{6d3}')),
        ("hi", has('\u{900}', '\u{97f}')),
    ];
    if let Some((language, _)) = scripts.into_iter().find(|(_, is_it)| *is_it) {
        return Some(language);
    }
    let count = |common: &str| {
        let words = said.iter().flat_map(|one| &one.words);
        words
            .filter(|word| common.split('/').any(|one| one == word.text))
            .count()
    };
    let mut best = (None, 0);
    for (language, common) in COMMON {
        let count = count(common);
        if count > best.1 {
            best = (Some(language), count);
        }
    }
    best.0
}

/// Who asks whether the companion is a human being: what the question begins with, and what stands at most
/// [`BETWEEN_MAX`] words behind it.
const QUESTIONS: [(&str, &str); 12] = [
    (
        "are you/you are not/am i talking to/am i speaking to/am i talking with/am i speaking with/am i chatting with/is this/youre not/you a",
        "human/person/robot/bot/ai/machine/program/computer/chatbot/real",
    ),
    (
        "bist du/sind sie/du bist/rede ich mit/spreche ich mit/schreibe ich mit",
        "mensch/menschen/roboter/bot/chatbot/ki/maschine/programm/computer/echt/menschlich",
    ),
    (
        "es tu/etes vous/tu es/vous etes/je parle a/je parle avec/parle je a",
        "humain/humaine/robot/ia/machine/programme/bot/reel/reelle/personne",
    ),
    (
        "eres/es usted/estoy hablando con/hablo con",
        "humano/humana/persona/robot/bot/ia/maquina/programa/real",
    ),
    (
        "sei/sto parlando con/parlo con",
        "umano/umana/persona/robot/bot/ia/macchina/programma/reale",
    ),
    (
        "voce e/tu es/estou falando com/estou a falar com/falo com",
        "humano/humana/pessoa/robo/bot/ia/maquina/programa/real",
    ),
    (
        "ben je/ben jij/bent u/je bent/praat ik met/spreek ik met",
        "mens/robot/bot/ai/machine/programma/computer/echt",
    ),
    (
        "jestes/czy pan jest/czy pani jest/rozmawiam z",
        "czlowiekiem/robotem/botem/ai/maszyna/programem/prawdziwa/sztuczna",
    ),
    (
        "insan/gercek/robot/bot/zeka/makine",
        "misin/musun/misiniz/musunuz",
    ),
    (
        "ты/вы/ти/ви/я говорю с/я разговариваю с/я розмовляю з",
        "человек/робот/бот/ии/машина/программа/живой/людина/людиною/человеком/роботом/ботом/ші",
    ),
    ("هل انت/انت", "انسان/بشر/روبوت/الي/حقيقي/ذكاء/برنامج"),
    (
        "क्या आप/क्या तुम/kya aap/kya tum",
        "इंसान/मनुष्य/रोबोट/एआई/मशीन/insaan/insan/robot/ai/machine/human",
    ),
];
/// The same in scripts without spaces: none is ASCII.
const QUESTIONS_UNSPACED: &str = "你是人吗/你是人嗎/是真人吗/是真人嗎/你是真人/您是真人/是不是真人/你是机器人/你是機器人/是不是机器人/是不是機器人/你是人类/你是人類/你是ai/你是人工智能/あなたは人間/人間ですか/人間なの/ロボットですか/ロボットなの/aiですか/aiなの/너는사람/넌사람/당신은사람/진짜사람/로봇이에요/로봇이야/로봇인가/인공지능이야/인공지능이에요/인공지능인가/ai야/ai예요/ai인가";
/// Words between the beginning of a question and what it asks about.
const BETWEEN_MAX: usize = 3;
/// A longer sentence asks about something else.
const QUESTION_WORDS_MAX: usize = 14;

/// Whether these words ask if the companion is a human being.
pub fn asks_who(text: &str) -> bool {
    sentences(text).iter().any(asks)
}

fn asks(sentence: &Sentence) -> bool {
    let mut unspaced = QUESTIONS_UNSPACED.split('/');
    if !sentence.joined.is_ascii() && unspaced.any(|one| sentence.joined.contains(one)) {
        return true;
    }
    let words: Vec<&str> = sentence.words.iter().map(|word| word.text.as_str()).collect();
    if words.len() > QUESTION_WORDS_MAX || sentence.words.iter().any(|word| word.is_quoted) {
        return false;
    }
    let asked = |begins: &str, about: &str| {
        begins.split('/').any(|begin| {
            // Of seventy beginnings most are out with their first letter.
            let first = begin.bytes().next();
            if !words.iter().any(|word| word.bytes().next() == first) {
                return false;
            }
            let begin: Vec<&str> = begin.split(' ').collect();
            let places = words.windows(begin.len()).enumerate();
            places.filter(|(_, window)| *window == begin).any(|(at, _)| {
                let behind = words.iter().skip(at + begin.len()).take(BETWEEN_MAX + 1);
                behind
                    .into_iter()
                    .any(|word| about.split('/').any(|one| one == *word))
            })
        })
    };
    QUESTIONS.iter().any(|(begins, about)| asked(begins, about))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_of_a_place_is_found_by_code_and_by_name() {
        let places: Vec<String> = ["EU", "US-CA", "US-NY"].map(str::to_owned).to_vec();
        for (country, region, expected) in [
            ("DE", "", true),
            ("germany", "", true),
            ("GB", "", false),
            ("US", "CA", true),
            ("US", "California", true),
            ("us", "us-ny", true),
            ("United States", "New York", true),
            ("US", "Texas", false),
            ("US", "", false),
            ("CO", "CA", false),
            ("", "", false),
        ] {
            assert_eq!(
                applies(&places, Some(country), Some(region)),
                expected,
                "{country} {region}"
            );
        }
        assert!(applies(&["*".to_owned()], None, None));
        assert!(!applies(&[], Some("DE"), None));
    }

    #[test]
    fn who_asks_whether_it_is_human_is_understood_in_sixteen_languages() {
        for text in [
            "Are you human?",
            "wait, are you a real person or a bot",
            "Am I talking to a machine?",
            "You're not a real human, are you?",
            "Bist du ein Mensch?",
            "Rede ich mit einem Roboter?",
            "Es-tu une vraie personne ?",
            "¿Eres una persona real?",
            "Sei un essere umano?",
            "Você é um robô?",
            "Ben je een mens?",
            "Czy jesteś człowiekiem?",
            "Sen insan mısın?",
            "Ты живой человек?",
            "Ти людина чи бот?",
            "هل أنت إنسان؟",
            "क्या आप इंसान हैं?",
            "你是真人吗？",
            "あなたは人間ですか？",
            "당신은 사람인가요?",
        ] {
            assert!(asks_who(text), "{text}");
        }
        for text in [
            "Are you free tomorrow?",
            "My neighbour is a real person of habit",
            "He asked: \"are you human?\"",
            "Ich bin auch nur ein Mensch",
            "Tell me about robots",
            "你是老师吗",
        ] {
            assert!(!asks_who(text), "{text}");
        }
    }

    #[test]
    fn a_notice_is_in_the_language_that_is_spoken() {
        for (text, country, says) in [
            ("Hello, how are you?", Some("DE"), "not a human being"),
            ("Hallo, wie geht es dir?", None, "kein Mensch"),
            ("Bonjour, tu vas bien ?", None, "pas un être humain"),
            ("hola, ¿qué tal estás?", None, "no un ser humano"),
            ("Ciao, come stai?", None, "non un essere umano"),
            ("Olá, tudo bem?", None, "não um ser humano"),
            ("Hoi, hoe gaat het?", None, "geen mens"),
            ("Cześć, co słychać?", None, "nie człowiekiem"),
            ("Merhaba, nasılsın?", None, "insan değil"),
            ("Привет, как дела?", None, "не человек"),
            ("Привіт, як справи?", None, "не людина"),
            ("你好", None, "不是真人"),
            ("こんにちは", None, "人間ではなく"),
            ("안녕하세요", None, "사람이 아니라"),
            ("مرحبا", None, "لست إنسانا"),
            ("नमस्ते", None, "इंसान नहीं"),
            ("7 + 5", Some("DE"), "kein Mensch"),
            ("7 + 5", None, "not a human being"),
        ] {
            let told = CareAnswer::notice(Notice::Program, text, country);
            assert!(told.text.contains(says), "{text}: {}", told.text);
            assert_eq!((told.phrases.len(), told.header()), (1, None));
        }
        let pause = CareAnswer::notice(Notice::Pause, "and then what?", None);
        assert!(
            pause.text.starts_with("We have been talking for hours"),
            "{}",
            pause.text
        );
        assert!(pause.text.contains("not a human being") && pause.phrases.len() == 2);
        let told = format!("{}\n\nThen what?", pause.text);
        let program = CareAnswer::notice(Notice::Program, "and then what?", None);
        assert!(pause.names_pause_in(&told) && program.clone().with(pause.clone()).is_pause);
        assert!(
            !pause.names_pause_in("")
                && !pause.names_pause_in("We have been talking")
                && !program.names_pause_in(&told)
        );
    }
}
