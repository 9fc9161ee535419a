//! The rules that make a message urgent: requests to remember or forget, safety, health, names, corrections.
//!
//! Plain phrases between word boundaries, so that a reader can see what fires. A rule that fires too often costs a
//! model call, one that does not fire costs a delay of minutes; neither loses anything. Invariant: looking back
//! ("do you remember when ...") is no request.

use crate::care::find::{DangerKind, find};
use crate::memory::salience::plain::{any, plain, within};
use crate::memory::salience::rules::{Rule, Rules};
use crate::memory::salience::words::items;
use crate::memory::tokens::clip;

/// How far into a message the `now` rules look, in bytes. What lies beyond is extracted all the same, with its batch.
const NOW_BYTES_MAX: usize = 16_384;

/// The `now` rule that a message meets, most urgent first.
pub(super) fn rule(text: &str, asked: bool, rules: &Rules) -> Option<Rule> {
    let text = clip(text, NOW_BYTES_MAX);
    let plain = plain(text);
    let met = |rule: Rule| match rule {
        Rule::Safety => {
            any(&plain, SAFETY)
                || within(text, &plain, SAFETY_UNSPACED)
                || find(text, &[]).is_some_and(|found| found.kind >= DangerKind::Crisis)
        }
        Rule::Health => {
            any(&plain, HEALTH)
                || within(text, &plain, HEALTH_UNSPACED)
                || plain
                    .split(' ')
                    .any(|w| items(HEALTH_STEMS).any(|s| w.starts_with(s)))
        }
        Rule::ForgetRequest => clauses(text).any(|clause| asks_to_forget(&clause)),
        Rule::RememberRequest => {
            any(&plain, RECORD)
                || any(&plain, RECORD_ABROAD)
                || within(text, &plain, RECORD_UNSPACED)
                || clauses(text).any(|clause| asks_to_remember(&clause))
        }
        Rule::Name => any(&plain, NAME),
        Rule::Correction => {
            any(&plain, CORRECTION)
                || any(&plain, CORRECTION_ABROAD)
                || within(text, &plain, CORRECTION_UNSPACED)
                || opens_with_correction(&plain, asked)
        }
        _ => false,
    };
    [
        Rule::Safety,
        Rule::Health,
        Rule::ForgetRequest,
        Rule::RememberRequest,
        Rule::Name,
        Rule::Correction,
    ]
    .into_iter()
    .find(|rule| rules.has(*rule) && met(*rule))
}

const SAFETY: &str = "kill myself, killing myself, suicide, suicidal, end my life, ending my life, end it all, take my own \
    life, taking my own life, want to die, wanna die, wish i was dead, wish i were dead, better off \
    dead, hurt myself, hurting myself, harm myself, harming myself, self harm, selfharm, cut myself, \
    cutting myself, overdose, overdosed, dont want to live, do not want to live, dont want to be alive, \
    no reason to live, not worth living, cant go on, hits me, beats me, abuses me, abused me, hit me \
    again, raped, molested, in danger, threatened to kill, going to hurt me, afraid for my life, call \
    911, took all of my pills, took all my pills, took all the pills, took all of the pills, took all of them pills, swallowed all my pills, swallowed all the \
    pills, swallowed all of my pills, taken all my pills, taken all of my pills, whole bottle of pills, bottle of pills, took a whole pack of, drank bleach, swallowed bleach, throat is swelling, throat is closing, \
    throat swelling, throat closing, throat feels tight, tongue is swelling, tongue is swollen, face is swelling, lips are swelling, cant swallow, chest hurts, chest is tight, \
    having a stroke, having a seizure, having a heart attack, is not breathing, isnt breathing, stopped breathing, hard to breathe, trouble breathing, struggling to \
    breathe, wont stop bleeding, bleeding a lot, bleeding badly, is unconscious, isnt waking up, wont wake up, lost consciousness, passed out, been poisoned, \
    is choking, im choking, suffocating, gas leak, call an ambulance, cant breathe, chest pain, selbstmord, suizid, umbringen, quiero morir, \
    suicidarme, suicidio, me suicider, veux mourir, voglio morire, too many pills, ich will sterben, möchte sterben, \
    nicht mehr leben, quiero matarme, no quiero vivir, me tuer, plus envie de vivre, non voglio più vivere, uccidermi, \
    quero morrer, me matar, ik wil dood, wil niet meer leven, хочу умереть, покончить с собой, убить себя, ölmek \
    istiyorum, intihar, chcę umrzeć, zabić się, samobójstwo, självmord, vill dö, vil dø, haluan kuolla";

/// Of scripts that write no spaces: these stand anywhere.
const SAFETY_UNSPACED: &str = "自杀, 自殺, 想死, 不想活, 死にたい, 죽고 싶, 자살, อยากตาย";
const HEALTH_UNSPACED: &str = "过敏, 過敏, 糖尿病, 怀孕, 懷孕, アレルギー, 妊娠, 알레르기, 당뇨, แพ้";
const RECORD_UNSPACED: &str = "记住, 記住, 记下, 記下, 别忘了, 別忘了, 不要忘记, 不要忘記, 覚えておいて, 覚えといて, 忘れないで, \
    기억해, 잊지 마, 잊지마, จำไว้";
const CORRECTION_UNSPACED: &str =
    "不对, 不對, 说错了, 說錯了, 我的意思是, 違います, 間違えました, 그게 아니라, 사실은";

const HEALTH: &str = "blood type, blood thinner, blood thinners, heart condition, heart attack, heart disease, im \
    pregnant, i am pregnant, pacemaker, insulin, epipen, epi pen, my medication, my meds, medication, \
    prescribed, cant eat, cannot eat, intolerant, intolerance, celiac, coeliac, diagnosed";

/// Beginnings of words, so that "allergy", "allergies", "alérgica" and "Allergie" all count.
const HEALTH_STEMS: &str = "allerg, alerg, alérg, аллерг, alergi, anaphyla, diabet, epilep, asthma, asthmatic, hemophil, \
    haemophil";

const NAME: &str = "my name is, my names, call me, i go by, my nickname is, my real name, my full name, change my name, \
    changed my name";

/// Set phrases that ask for a record wherever they stand.
const RECORD: &str = "for the record, for future reference, for your records, just so you know, note to self, please note, \
    take note, make a note, make note of, take a note, jot down, jot this down, jot that down, write \
    this down, write that down, write it down, save this, save that, store this, store that, note this, \
    note that, note down, commit to memory, commit this to memory, to your memory, in your memory, add \
    to memory, you should know that, you need to know that, fyi, remember this, please remember, pls \
    remember, plz remember, want you to remember, need you to remember, like you to remember, can you \
    remember, could you remember, will you remember, would you remember, you must remember, you should \
    remember, you need to remember, you have to remember, make sure to remember, make sure you remember, \
    be sure to remember, try to remember that, remember for me, remember it for, want you to know that, \
    please dont forget, please do not forget, so dont forget, dont you forget, make sure you dont \
    forget, remember for next time, remember for later, remember it please, remember that please, \
    memorize, memorise";

/// The same in other languages. An imperative that is also a statement fires for both.
const RECORD_ABROAD: &str = "merk dir, merke dir, merken sie sich, vergiss nicht, vergessen sie nicht, denk daran dass, recuerda que, \
    recuerde que, no olvides, no te olvides, no se olvide, ten en cuenta que, anota que, souviens toi que, souvenez vous que, \
    rappelle toi que, noublie pas, noubliez pas, retiens que, note que, ricordati che, ricordati di, ricorda che, non \
    dimenticare, tieni a mente, lembre se, lembra te, lembra se, não esqueça, não esqueças, não te esqueças, não se esqueça, \
    onthoud dat, vergeet niet, запомни, запомните, не забудь, не забудьте, запамятай, не забувай, unutma, unutmayın, \
    aklında tut, pamiętaj, zapamiętaj, nie zapomnij, kom ihåg att, glöm inte, husk at, glem ikke, muista että, älä unohda, \
    zapamatuj si, nezapomeň, jegyezd meg, ne felejtsd el, ține minte, nu uita, θυμήσου ότι, μην ξεχάσεις, μην ξεχνάς, تذكر أن, \
    لا تنس, זכור ש, אל תשכח, याद रखो, याद रखना, याद रखिए, yaad rakhna, ingat bahwa, jangan lupa, nhớ rằng, đừng quên, \
    tandaan mo, huwag mong kalimutan, kumbuka kwamba, usisahau";

const CORRECTION_ABROAD: &str = "non en fait, en fait non, je me suis trompé, je me suis trompée, je voulais dire, nein eigentlich, \
    ich meinte, das stimmt nicht, ich habe mich geirrt, no en realidad, en realidad no, me equivoqué, quise decir, no è vero, \
    volevo dire, mi sono sbagliato, mi sono sbagliata, não na verdade, na verdade não, eu quis dizer, me enganei, ik bedoelde, \
    dat klopt niet, nee eigenlijk, я имел в виду, я имела в виду, я ошибся, я ошиблась, это не так, demek istediğim, yanlış \
    söyledim, miałem na myśli, miałam na myśli, to nieprawda, jag menade, det stämmer inte, jeg mente";

const CORRECTION: &str = "no actually, actually no, correction, i meant, i mean not, thats wrong, that is wrong, thats not \
    right, that is not right, thats not true, that is not true, thats incorrect, that is incorrect, \
    thats not correct, youre wrong, you are wrong, you got it wrong, you got that wrong, you have it \
    wrong, you misunderstood, you misheard, i misspoke, i mistyped, i made a mistake, i was wrong, i \
    changed my mind, ive changed my mind, i take that back, i take it back, scratch that, not anymore, \
    not any more, no longer, any longer, thats outdated, not my name, wait no, sorry i meant, wrong its, \
    let me correct, to correct, i should correct, thats not what i said, i never said, i didnt say, i \
    used to but, anymore";

/// "No, my ..." and "Actually, I ..." at the start. After a question "no, I ..." is an answer, not a correction.
fn opens_with_correction(plain: &str, asked: bool) -> bool {
    let words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).take(4).collect();
    let subject = |word: &&str| {
        [
            "i", "im", "ive", "my", "its", "it", "he", "hes", "she", "shes", "they", "theyre", "we", "were",
            "that", "thats", "the",
        ]
        .contains(word)
    };
    match words.as_slice() {
        ["actually", next, ..] => subject(next),
        ["no" | "nope" | "nah", next, ..] => !asked && subject(next),
        ["wrong", ..] => true,
        _ => false,
    }
}

/// Words that may stand before an imperative.
const LEAD: &str = "please, pls, plz, hey, hi, hello, ok, okay, so, and, also, but, just, oh, now, then, well, always, \
    kindly, companion, hearken, lets, to, do, yes, no, first, alright, right, again";

/// An imperative "remember ..." or "don't forget ..." at the start of a clause, or "remember that" at its end.
fn asks_to_remember(clause: &Clause) -> bool {
    let words = clause.after_lead();
    match words.as_slice() {
        // "Remember when we met?" looks back; "remember my sister?" asks.
        [
            "remember",
            "when" | "how" | "me" | "us" | "him" | "her" | "them",
            ..,
        ] => false,
        ["remember", "the", "time" | "day" | "night", ..] => false,
        ["remember", ..] => !clause.asks,
        ["dont" | "never", "forget", "it"] => false,
        ["dont" | "never", "forget", "about", "it"] => false,
        ["dont" | "never", "forget", ..]
        | ["do", "not", "forget", ..]
        | ["not", "forget", ..]
        | ["dont", "you", "forget", ..] => true,
        ["keep" | "bear" | "have", "in", "mind" | "memory", ..] => true,
        ["keep" | "bear", _, "in", "mind" | "memory", ..] => true,
        ["keep" | "bear", _, _, "in", "mind" | "memory", ..] => true,
        ["note" | "reminder" | "memo", ..] if !clause.asks => words.len() > 2,
        _ => remembers_that(&words),
    }
}

/// "Luna remember that my ..." and "could you perhaps remember that": a request with words we do not know before it.
fn remembers_that(words: &[&str]) -> bool {
    const NOT_BEFORE: &str = "i, you, we, they, he, she, to, cant, cannot, dont, didnt, doesnt, not, never, hardly, barely, still, \
    even, always, ill, ive, youll, wont, couldnt, who, people, id, suddenly, vaguely, also, just";
    words
        .windows(3)
        .any(|three| matches!(three, [before, "remember", "that" | "this"] if items(NOT_BEFORE).all(|word| word != *before)))
}

/// "forget what I said", "delete that", "stop remembering".
fn asks_to_forget(clause: &Clause) -> bool {
    match clause.after_lead().as_slice() {
        ["forget", "it"] => false,
        ["forget", "i", "said" | "told" | "mentioned" | "ever", ..] => true,
        [
            "forget",
            "what" | "that" | "about" | "everything" | "my" | "this" | "all" | "anything" | "the",
            ..,
        ] => true,
        [
            "delete" | "erase" | "remove" | "clear",
            "that" | "this" | "what" | "everything" | "my" | "all" | "any" | "the" | "it",
            ..,
        ] => true,
        [
            "dont" | "stop" | "never",
            "remember" | "remembering" | "store" | "storing" | "save" | "saving",
            ..,
        ] => true,
        ["do", "not", "remember" | "store" | "save", ..] => true,
        [
            "can" | "could" | "would" | "will",
            "you",
            "forget" | "delete" | "erase" | "remove",
            ..,
        ] => true,
        [
            "can" | "could" | "would" | "will",
            "you",
            "please",
            "forget" | "delete" | "erase" | "remove",
            ..,
        ] => true,
        [
            "i",
            "want" | "need",
            "you",
            "to",
            "forget" | "delete" | "erase" | "remove",
            ..,
        ] => true,
        _ => false,
    }
}

/// One clause in plain words.
struct Clause {
    words: Vec<String>,
    /// It ends with a question mark.
    asks: bool,
}

impl Clause {
    /// Its words after polite and joining ones.
    fn after_lead(&self) -> Vec<&str> {
        self.words
            .iter()
            .map(String::as_str)
            .skip_while(|word| items(LEAD).any(|lead| lead == *word))
            .collect()
    }
}

/// The clauses of a text, between marks that end or divide a sentence.
fn clauses(text: &str) -> impl Iterator<Item = Clause> + '_ {
    text.split_inclusive(['.', '!', '?', '\n', '…', ';', ',', ':', '—', '–', '(', ')'])
        .map(|piece| Clause {
            words: plain(piece)
                .split(' ')
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect(),
            asks: piece.ends_with('?'),
        })
        .filter(|clause| !clause.words.is_empty())
}
