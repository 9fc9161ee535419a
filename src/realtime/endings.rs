//! What the last words say about whether their speaker has finished. Pure.
//!
//! Owns closed lists of words in eleven languages that leave a sentence open, of whole answers, and of the sounds a
//! listener makes. Words that end nothing (`the`, `because`, `um`) weigh more than a full stop, because recognisers put
//! one at every pause; words that may end something (`to`, `is`) weigh less. A question mark always ends. Words that German and Dutch put at
//! the end with their verb (`an`, `mit`, `op`) are not in the lists.
//! Leaves out grammar: a clause that could stand alone is taken for whole.

use crate::wire::lower_case::{lower, lowered};
use crate::wire::spacing::is_ideograph;

/// How finished somebody sounds, by words; from the soonest answer to the longest wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// A whole answer, or a sentence with its mark.
    Finished,
    /// Nothing speaks for or against it.
    Open,
    /// More of the same may come: a number, letters, a list.
    Hesitant,
    /// The sentence cannot end here.
    Unfinished,
}

/// Words are lower case. A language is told by how many of its words are in what was said.
struct Language {
    /// Nothing ends with these.
    never: &'static str,
    /// These end a sentence seldom; with a full stop it is less unlikely.
    seldom: &'static str,
    /// Common words that tell the language and nothing of an end.
    common: &'static str,
}

/// English comes first: it wins where two languages have as many words.
const LANGUAGES: [Language; 11] = [
    Language {
        never: "and but or because the a an my your our their um uh er erm hmm if although whether unless",
        seldom: "to of for with from at into about in on by as than when while since until is are was were am will would can could should must going i'm i'd i'll you're he's she's we're they're it's let's so like mean his her very really just also plus maybe i we they he she",
        common: "you it what how who where this not me do have yes that please want need think",
    },
    Language {
        never: "und aber oder weil dass wenn ob der das ein eine einen einem einer mein meine meinen dein deine äh ähm öhm hm beziehungsweise",
        seldom: "von für bei über in im am zum zur die den dem des als denn also ist bin habe hat wird würde würd kann muss möchte will sehr ganz so noch wie ich wir",
        common: "du er sie es nicht was wo wer mir mich bitte ja nein war haben gut dann da hier",
    },
    Language {
        never: "et mais ou parce que le la les un une des du mon ma mes ton ta euh ben donc si quand au aux",
        seldom: "à de pour avec chez dans sur par en suis est j'ai ai a vais va très c'est sont je tu nous alors qui",
        common: "il elle vous ne pas oui non ce ça moi quoi comment merci était bien plus fait",
    },
    Language {
        never: "y e pero o u porque que el la los las un una mi tu su eh este si cuando del al aunque",
        seldom: "a de para con por en sin sobre es está estoy he ha voy va muy son pues yo como",
        common: "no me lo se sí qué gracias quiero tengo hola favor usted eso bien más fue",
    },
    Language {
        never: "e ma o perché che il lo la i gli le un una uno mio mia tuo ehm del della al alla nel se cioè allora",
        seldom: "a di da per con in su tra è sono ho ha vado molto quando come io",
        common: "non mi ti si sì cosa chi grazie vorrei ciao questo bene più stato",
    },
    Language {
        never: "e mas ou porque que o a os as um uma meu minha seu sua do da ao hã é se quando né",
        seldom: "de para com por em sem no na está estou vou vai muito são tenho tem eu como então",
        common: "não você ele ela isso obrigado obrigada sim quero olá bem mais foi aqui",
    },
    Language {
        never: "en maar of omdat dat als de het een mijn jouw eh ehm uhm want terwijl",
        seldom: "van voor met bij naar is ben heb heeft wil kan moet zou heel dus om te ik we",
        common: "je hij zij niet wat waar wie mij ja nee graag dank goed dan daar hier was",
    },
    Language {
        never: "i a ale albo lub bo że jeśli gdy kiedy oraz ponieważ yyy eee no",
        seldom: "z do na w o od dla po przy przez za jest są mam ma będzie bardzo jak więc mój moja chcę mogę",
        common: "nie tak się to ja ty on ona co gdzie kto mnie proszę dziękuję było już tu",
    },
    Language {
        never: "и а но или что чтобы потому если когда э эм ну мой моя мои",
        seldom: "в на с к по от до для у о об из за при очень как есть был буду хочу могу я мы",
        common: "не да нет это ты он она где кто меня мне пожалуйста спасибо было уже тут",
    },
    Language {
        never: "ve ama veya çünkü eğer ya ki ile için şey ııı bir",
        seldom: "gibi kadar daha çok en benim senin o bu şu",
        common: "ben sen biz ne nasıl nerede kim evet hayır değil var yok mi mı lütfen teşekkürler",
    },
    Language {
        never: "और लेकिन या क्योंकि अगर कि मेरा मेरी मेरे तो मतलब",
        seldom: "का की के को से में पर ने बहुत एक यह वह",
        common: "मैं हम आप है हूँ हैं नहीं क्या कहाँ कौन हाँ जी था थी धन्यवाद चाहिए",
    },
];

/// Endings of words that leave a sentence open where these come last and stand in a word's end.
const OPEN_TAILS: &str = "て けど ので から が は を に と も の し えっと あの 和 但是 因为 所以 如果 然后 跟 把 嗯 的话 는데 지만 니까 면서 하고";
/// Whole answers: nobody goes on after them as a rule, and nobody wants to wait for an answer to them.
const ANSWERS: &str = "yes yeah yep yup no nope nah okay ok sure right exactly correct thanks hello hi hey bye goodbye stop wait help never always definitely absolutely \
    ja nein nee doch genau klar danke tschüss hallo stimmt oui non merci bonjour salut d'accord sí si vale claro gracias hola adiós sì va bene grazie ciao certo \
    sim não obrigado obrigada claro olá tak nie dobrze dziękuję cześć да нет хорошо спасибо привет evet hayır tamam merhaba हाँ नहीं ठीक है जी \
    はい いいえ うん 对 好 是 不 好的 不是 네 아니요 응 please you it that so of course i do am did don't not know really \
    thank much very good great fine perfect bitte gut";
/// What a listener says without wanting the turn.
const BACKCHANNELS: &str = "mm mhm mm-hm mmhm mmm hm hmm uh-huh uh huh aha ah oh yeah yes yep yup okay ok right alright sure wow really cool nice great \
    good exactly true totally absolutely indeed interesting perfect lovely ja genau richtig stimmt klar aha ach so echt super toll oui d'accord ouais bon \
    exact voilà super sí claro vale ya exacto bueno sì certo esatto bene giusto sim tá pois exato certo klopt precies juist inderdaad да угу ага точно \
    ясно понятно tak dokładnie jasne evet hı tamam aynen हाँ अच्छा ठीक सही はい うん ええ そう へえ なるほど うんうん はいはい そうですね そうなんだ \
    嗯 对 嗯嗯 对对 对对对 是的 好的 是吗 네 응 네네 맞아요 그렇군요";
/// The same in more than one word; other ones may come before it.
const LISTENING: &str = "i see|i know|i understand|i got it|got it|gotcha|that's right|that's true|that's nice|that's great|all right|of course|fair enough|makes sense|sounds good|\
    ich verstehe|ich weiß|na klar|alles klar|das stimmt|ist klar|je vois|je comprends|bien sûr|c'est vrai|ya veo|lo entiendo|por supuesto|eso es|ho capito|lo so|va bene|è vero|\
    entendo|eu sei|está bem|ik snap het|ik weet het|dat klopt|w porządku|я понимаю|я знаю|всё ясно|tabii ki|doğru|ठीक है";
/// So many words are more than a listener says.
const BACKCHANNEL_WORDS_MAX: usize = 5;
/// Digits as words, so that a number that is being dictated is known.
const DIGITS: &str = "zero oh one two three four five six seven eight nine double triple null eins zwei zwo drei vier fünf sechs sieben acht neun \
    zéro un deux trois quatre cinq sept huit neuf cero uno dos tres cuatro cinco seis siete ocho nueve due tre quattro cinque sei sette otto nove um dois três quatro oito";
/// Marks of an address that is being spelled.
const SPELLED: &str = "dot at dash hyphen underscore slash hashtag punkt minus point arobase tiret punto arroba guion chiocciola ponto";
/// After these `on` and `in` belong to the verb; after the others `so` and `that` stand for a sentence.
const PARTICLE_AFTER: &str =
    "it that them me this go come log turn hold carry move keep count hang put get going";
const SO_AFTER: &str = "think hope guess suppose say said do did afraid even or believe";
const QUESTION_WORDS: &str = "who what where which how when why whose";
/// Words that are looked at: more tell no more of the language.
const WORDS_MAX: usize = 40;
/// So many digits may be a whole telephone number; fewer are not.
const NUMBER_DIGITS_MIN: usize = 7;

fn has(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|listed| listed == word)
}

/// The last words in lower case, without the marks around them.
fn words_of(said: &str) -> Vec<String> {
    let bare = |word: &str| {
        let is_mark = |letter: char| !letter.is_alphanumeric() && !is_joining(letter);
        lowered(word.trim_matches(is_mark)).replace('’', "'")
    };
    let mut words: Vec<String> = said
        .split_whitespace()
        .rev()
        .take(WORDS_MAX)
        .map(bare)
        .filter(|word| !word.is_empty())
        .collect();
    words.reverse();
    words
}

/// Vowel signs of Indic scripts are no letters to `char::is_alphanumeric` in every case.
fn is_joining(letter: char) -> bool {
    matches!(letter, '\u{0900}'..='\u{097F}')
}

/// How finished `said` sounds.
#[must_use]
pub fn ending(said: &str) -> Ending {
    let said = said.trim_end_matches(|letter: char| {
        letter.is_whitespace() || matches!(letter, '"' | '”' | '’' | '»' | ')' | ']')
    });
    let words = words_of(said);
    let (Some(word), Some(mark)) = (words.last(), said.chars().last()) else {
        return Ending::Unfinished;
    };
    if said.ends_with("...") || matches!(mark, '…' | '-' | '–' | '—' | ':') {
        return Ending::Unfinished;
    }
    if matches!(mark, '?' | '？' | '؟' | '!' | '！') {
        return Ending::Finished;
    }
    let is_marked = matches!(mark, '.' | '。' | '।');
    if words.len() <= 3 && words.iter().all(|word| has(ANSWERS, word)) {
        return Ending::Finished;
    }
    // Before the words: "a" is a letter, too.
    if is_dictated(&words) {
        return Ending::Hesitant;
    }
    match left_open(&words, word) {
        Some(true) => return Ending::Unfinished,
        Some(false) if is_marked => return Ending::Hesitant,
        Some(false) => return Ending::Unfinished,
        None => {}
    }
    if matches!(mark, ',' | '，' | '、' | ';') {
        return Ending::Hesitant;
    }
    if is_marked { Ending::Finished } else { Ending::Open }
}

/// Whether the last word leaves its sentence open: `Some(true)` whatever mark follows, `Some(false)` without a mark.
fn left_open(words: &[String], word: &str) -> Option<bool> {
    if OPEN_TAILS.split(' ').any(|tail| word.ends_with(tail)) {
        return Some(false);
    }
    let count = |list: &str| words.iter().filter(|word| has(list, word)).count();
    let (mut most, mut found) = (0, None);
    for language in &LANGUAGES {
        let score = count(language.never) + count(language.seldom) + count(language.common);
        if score > most {
            let seldom = || has(language.seldom, word).then_some(false);
            (most, found) = (score, has(language.never, word).then_some(true).or_else(seldom));
        }
    }
    if found == Some(false) && is_whole_after_all(words, word) {
        None
    } else {
        found
    }
}

/// "Turn it on", "I think so", "Who is it for", "I don't know what it is".
fn is_whole_after_all(words: &[String], word: &str) -> bool {
    let before = words.iter().rev().nth(1).map_or("", String::as_str);
    match word {
        "on" | "in" => has(PARTICLE_AFTER, before),
        "so" => has(SO_AFTER, before),
        "like" | "is" | "are" | "was" | "for" | "from" | "with" | "about" | "to" | "of" | "at" => words
            .iter()
            .rev()
            .skip(1)
            .take(5)
            .any(|word| has(QUESTION_WORDS, word)),
        "her" | "just" | "really" => words.len() <= 3,
        _ => false,
    }
}

/// Whether a number or a name is being spelled and may go on.
fn is_dictated(words: &[String]) -> bool {
    let (mut digits, mut letters, mut tokens) = (0, 0, 0);
    for word in words.iter().rev() {
        let figures = word.chars().filter(char::is_ascii_digit).count();
        if figures > 0 && figures * 2 >= word.chars().count() {
            digits += figures;
        } else if has(DIGITS, word) {
            digits += 1;
        } else if word.chars().count() == 1 && word.chars().all(char::is_alphabetic) {
            letters += 1;
        } else {
            break;
        }
        tokens += 1;
    }
    let is_spelled = words.last().is_some_and(|word| has(SPELLED, word)) && words.len() > 1;
    is_spelled || letters >= 2 || (tokens >= 2 && (digits + letters) < NUMBER_DIGITS_MIN && digits > 0)
}

/// Whether words are those of somebody who listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backchannel {
    /// They are, and nothing else.
    Whole,
    /// They may become so: "I" begins "I see", and nothing begins everything.
    Begun,
    /// Somebody has something to say.
    No,
}

/// Whether these are the sounds of somebody who listens, and nothing else.
#[must_use]
pub fn backchannel(said: &str) -> Backchannel {
    let words = words_of(said);
    let rest: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .skip_while(|word| has(BACKCHANNELS, word))
        .collect();
    let rest = rest.join(" ");
    let begins = |phrase: &str| {
        phrase
            .strip_prefix(&rest)
            .is_some_and(|more| more.starts_with(' '))
    };
    let mut phrases = LISTENING.split('|');
    match words.len() {
        0 => Backchannel::Begun,
        BACKCHANNEL_WORDS_MAX.. => Backchannel::No,
        _ if rest.is_empty() || phrases.clone().any(|phrase| phrase == rest) => Backchannel::Whole,
        _ if phrases.any(begins) => Backchannel::Begun,
        _ => Backchannel::No,
    }
}

/// How many words of `said` there are if all of it stands in `reply` in the same order: the loudspeaker was heard and nobody
/// else. Else none.
#[must_use]
pub fn repeated(said: &str, reply: &str) -> usize {
    let words = |text: &str| {
        let mut words = String::new();
        for letter in text.chars().map(lower) {
            match letter.is_alphanumeric() || is_joining(letter) {
                true if is_ideograph(letter) => words.extend([' ', letter, ' ']),
                true => words.push(letter),
                false => words.push(' '),
            }
        }
        words
            .split_whitespace()
            .fold(String::from(" "), |all, word| all + word + " ")
    };
    let said = words(said);
    match words(reply).contains(&said) {
        true => said.split_whitespace().count(),
        false => 0,
    }
}

#[cfg(test)]
mod tests;
