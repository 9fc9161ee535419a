//! What the person asks not to keep: "do not store this: ...", "you don't need to remember this".
//!
//! Invariant: such a request is never taken for its opposite, and wins over every other rule but "forget": a bare
//! "don't remember this" speaks of what was said before, which is for the model to find and delete.

use super::plain::{any, plain, within};
use super::words::items;
use crate::memory::tokens::clip;

/// How far into a message is looked, in bytes: as far as for requests to remember.
const BYTES_MAX: usize = 16_384;

/// Set phrases that stand anywhere.
const PHRASES: &str = "off the record, not for the record, no need to remember, no need to store, no need to save, no need to note, \
    never mind remembering, not for your memory, just for this chat, just for this conversation, make no note, make no record, \
    take no note, keep no record, no need to record, no need to keep this, no need to write this, no need to write it, without storing, without saving this, dont put this in your memory, dont put \
    that in your memory, keep this out of your memory, keep that out of your memory, this stays between us and is not stored, \
    speicher das nicht, speichere das nicht, speichere dies nicht, speicher dies nicht, bitte nicht speichern, nicht \
    speichern, nicht merken, merk dir das nicht, merke dir das nicht, merk dir dies nicht, merken sie sich das nicht, \
    merk dir das bitte nicht, merke dir das bitte nicht, speichere das bitte nicht, speicher das bitte nicht, nicht abspeichern, \
    notier das nicht, notiere das nicht, vergiss das gleich wieder, vergiss das bitte gleich wieder, vergiss das wieder, \
    schreib das nicht auf, schreibe das nicht auf, nicht aufschreiben, musst du dir nicht merken, brauchst du dir nicht zu merken, du musst dir das nicht merken, \
    no guardes esto, no lo guardes, no guardes, no guarde esto, no recuerdes esto, no lo recuerdes, no te acuerdes, no registres, no hace falta que te acuerdes, no anotes esto, \
    no lo anotes, no apuntes esto, no lo apuntes, no hace falta que recuerdes, no hace falta que lo recuerdes, no tienes que \
    recordar, no memorices, ne note pas ça, ne note pas cela, ne le note pas, ne notez pas, nenregistre pas, nenregistrez pas, \
    ne retiens pas, ne retenez pas, ne mémorise pas, ne garde pas ça, pas besoin de retenir, pas besoin de te souvenir, tu nas pas \
    besoin de te souvenir, pas la peine de retenir, pas la peine de te souvenir, ne sauvegarde pas, ne le retiens pas, non \
    ricordare, non ricordarlo, non ricordarti, non serve che ti ricordi, non serve ricordare, non serve che lo ricordi, non salvare questo, non salvarlo, non salvare, non memorizzare, non annotare, non scriverlo, non registrare questo, \
    non cè bisogno di ricordare, non devi ricordare, não guarde isto, não guarde isso, não guardes isto, não guardes isso, \
    não salve isso, não anote isso, não anotes isso, não memorize, não precisa lembrar, não precisas de te lembrar, não registre isso, \
    não precisas de lembrar, não precisa de lembrar, não se lembre, não te lembres, não grave isso, não memorizes, \
    niet opslaan, sla dit niet op, sla dat niet op, onthoud dit niet, onthoud dat niet, niet onthouden, schrijf dit niet op, hoef je niet te \
    onthouden, hoeft dit niet te onthouden, hoeft dat niet te onthouden, niet te onthouden, bewaar dit niet, niet bewaren, noteer dit niet, не запоминай, не запоминайте, не сохраняй, не сохраняйте, не записывай, не записывайте, не надо запоминать, \
    не нужно запоминать, не нужно это запоминать, не надо это запоминать, не нужно этого запоминать, запоминать не нужно, \
    запоминать не надо, можешь не запоминать, не нужно сохранять, не надо сохранять, не запомняй, не записвай, не запазвай, не треба запамятовувати, не запамятовуй, не записуй, не зберігай, bunu kaydetme, bunu saklama, bunu \
    hatırlama, bunu yazma, bunu not etme, aklında tutma, nie zapisuj, nie zapamiętuj, nie zachowuj, nie musisz tego \
    pamiętać, nie notuj, spara inte, kom inte ihåg, skriv inte ner, behöver inte komma ihåg, gem ikke, lagre ikke, ikke lagre, \
    husk ikke, skriv ikke ned, du trenger ikke huske, du behøver ikke huske, älä tallenna, älä muista, älä kirjoita, neukládej, \
    nezapisuj, nepamatuj si, nemusíš si pamatovat, ne mentsd, ne jegyezd, ne írd fel, nu salva, nu salvați, nu reține, nu nota, \
    nu trebuie să ții minte, μην το αποθηκεύσεις, μην αποθηκεύσεις, μην το θυμάσαι, μην το γράψεις, μη το σημειώσεις, لا تحفظ, \
    لا تسجل, لا تتذكر, אל תשמור, אל תשמרי, אל תזכור, אל תזכרי, אל תרשום, याद मत रखना, याद मत रखो, सेव मत, yaad mat rakhna, \
    nepamätaj si, neukladaj, nezapisuj si, nemoj pamtiti, nemoj zapamtiti, nemoj spremiti, ne pamti, ne spremaj, no ho guardis, \
    no ho recordis, ذخیره نکن, یادداشت نکن, یاد مت رکھنا, ära jäta meelde, ära salvesta, jangan ingat, jangan diingat ya, jangan simpan, jangan disimpan, jangan diingat, jangan catat, tidak perlu diingat, đừng lưu, đừng ghi, đừng nhớ, không cần nhớ, \
    huwag mong i save, huwag mong tandaan, usihifadhi, usikumbuke";
/// Of scripts that write no spaces: these stand anywhere.
const UNSPACED: &str = "不要记住, 不要記住, 别记住, 別記住, 不用记, 不用記, 别记, 別記, 不要保存, 别保存, 別保存, 不要存, 不要储存, 不要儲存, 别储存, 別儲存, 不要记录, 不要記錄, 别记录, 別記錄, 不必记, 不必記, 不要记得, 不要記得, 覚えなくていい, 覚えないで, 記録しないで, 保存しないで, \
    メモしないで, 기억하지 마, 기억하지마, 저장하지 마, 저장하지마, 기록하지 마, 기억할 필요 없, 기억 안 해도, อย่าจำ, ไม่ต้องจำ, อย่าบันทึก, ไม่ต้องบันทึก";

const NEGATIONS: &str = "dont, not, never, neednt, shouldnt, mustnt, cant, wont, didnt, without";
/// What "be" stands before: "this should not be stored".
const DONE: &str = "stored, saved, remembered, recorded, memorized, memorised, noted, logged, written, retained, kept, learned";
/// What may follow in "do not keep this in your memory".
const ABOUT: &str = "in, to, for, on, of, about, anywhere, please, i, im, my, but, and, because, ok, now, said, say, tell, told";
/// Words of one who tells of themselves: what they stand in is no mere object.
const ONESELF: &str = "my, our, im, i, ive";
const VERBS: &str = "store, storing, save, saving, remember, remembering, record, recording, memorize, memorise, note, log, write, jot, \
    retain, keep, commit, add, learn, extract";
/// What an order not to keep is about; a bare "that" looks back.
const OBJECTS: &str = "this, these, it, following, any, anything, what, that, my, our";
/// Between negation and verb.
const BETWEEN: &str = "you, ever, need, have, to, please, go, even, want, ask, actually, do, be, get";
/// Who tells of themselves with the same words: "I don't remember this".
const TELLERS: &str = "i, we, he, she, they, it, who, people, nobody, ill, id, didnt, doesnt, does, did";

/// Whether a message asks that it is not kept.
pub(super) fn asks(text: &str) -> bool {
    let text = clip(text, BYTES_MAX);
    let all = plain(text);
    if any(&all, PHRASES) || within(text, &all, UNSPACED) {
        return true;
    }
    if !any(&all, NEGATIONS) {
        return false;
    }
    let length = all.split(' ').count();
    text.split_inclusive(['.', '!', '?', '\n', '…', ';', ',', ':', '—', '–', '(', ')'])
        .any(|clause| {
            let is_head = clause.ends_with(':');
            is_order(&plain(clause).split(' ').collect::<Vec<_>>(), length, is_head)
        })
}

/// "... do not (ever) store this ...", in words of one clause of a message that has so many words. Behind a head
/// ("do not remember:") comes what it is about.
fn is_order(words: &[&str], message_words: usize, is_head: bool) -> bool {
    let is = |list: &'static str, word: &str| items(list).any(|one| one == word);
    for (at, _) in words.iter().enumerate().filter(|(_, word)| is(NEGATIONS, word)) {
        let (before, after) = words.split_at(at);
        let after = after.get(1..).unwrap_or_default();
        let skipped = after.iter().take_while(|word| is(BETWEEN, word)).count();
        let Some((verb, object)) = after.get(skipped..).and_then(|rest| rest.split_first()) else {
            continue;
        };
        let between = after.get(..skipped).unwrap_or_default();
        if between.contains(&"be") || between.contains(&"get") {
            let of_that = before
                .iter()
                .any(|word| is("this, these, it, following, that, what, my, message", word));
            if is(DONE, verb) && of_that {
                return true;
            }
            continue;
        }
        // "Don't you remember my name?", "why do you not remember it?"
        let asks_you =
            between.first() == Some(&"you") || before.last() == Some(&"you") && words.get(at) == Some(&"not");
        if asks_you && verb.starts_with("remember") {
            continue;
        }
        let is_for_you = between.contains(&"you");
        // "I do not want you to store this" is an order, "I do not remember this" is not.
        let is_told = before.iter().rev().take(2).any(|word| is(TELLERS, word)) && !is_for_you;
        if !is(VERBS, verb) || is_told {
            continue;
        }
        let named_at = object.iter().take(3).position(|word| is(OBJECTS, word));
        let behind = named_at.and_then(|at| object.get(at + 1));
        // "Do not add any sugar", "never keep this door open", "do not write it off": a thing, and no words.
        let is_thing = match (*verb, named_at.and_then(|at| object.get(at))) {
            (_, Some(&"any")) => behind.is_some_and(|word| *word != "of"),
            ("keep" | "add" | "learn" | "commit", _) => behind.is_some_and(|word| !is(ABOUT, word)),
            _ => behind == Some(&"off"),
        };
        let named = named_at.and_then(|at| object.get(at)).filter(|_| !is_thing);
        let looks_back = match (*verb, named.copied()) {
            // "Don't remember this" alone, and "don't store that": about what was said before.
            ("remember" | "remembering", Some("this" | "it")) => {
                message_words <= words.len() && skipped == 0 && !object.iter().any(|word| is(ONESELF, word))
            }
            (_, Some("that" | "what" | "any" | "anything")) => object.len() <= 1 || *verb == "remember",
            _ => false,
        };
        let is_whole = object.is_empty()
            && (is_head || !matches!(*verb, "remember" | "keep" | "add" | "commit" | "write" | "learn"));
        if !looks_back && (named.is_some() || is_whole) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::asks;

    #[test]
    fn what_is_not_to_be_kept_is_heard_in_every_language_of_the_rules() {
        for text in [
            "Do not store this: my PIN is 0000",
            "Don't write this down, but I was fired",
            "You don't need to remember this, my code is 1234",
            "Please don't save this: I voted for them",
            "I do not want you to store this, my salary is 3000",
            "never record any of this conversation please",
            "Off the record: I am leaving her",
            "You needn't note this, the alarm code is 77",
            "no need to remember this, I had toast",
            "Could you not save this? My IBAN is DE00",
            "Don't store: my password is swordfish",
            "don't write it down, my address is Main St 1",
            "Merk dir das nicht: meine PIN ist 0000",
            "No guardes esto: mi PIN es 0000",
            "Ne note pas ça, mon code est 0000",
            "N'enregistre pas : mon code est 0000",
            "Non memorizzare: il mio PIN è 0000",
            "Não guarde isso: minha senha é 0000",
            "Onthoud dit niet: mijn pin is 0000",
            "Не запоминай: мой пин 0000",
            "Bunu kaydetme: şifrem 0000",
            "Nie zapisuj tego: mój PIN to 0000",
            "Spara inte det här: min pin är 0000",
            "不要记住：我的密码是0000",
            "これは保存しないで。暗証番号は0000",
            "이건 기억하지 마. 내 비밀번호는 0000",
            "อย่าจำ รหัสของฉันคือ 0000",
            "لا تحفظ هذا: رقمي 0000",
            "This should not be stored: I have diabetes",
            "Do NOT remember: my bank is Chase",
            "dont remember this my pin is 4412",
            "Dont store my birthday, it is May 5",
            "I don't want you to remember my name is Al",
            "Please make no note of this: I voted for them",
            "Just for this chat: my password is swordfish",
            "Vergiss das bitte gleich wieder: ich habe Krebs",
            "Speichere das bitte nicht ab",
            "No te acuerdes de esto: me llamo Ana",
            "Non ricordare questo, vivo a Roma",
            "Non serve che ti ricordi questo: ho 40 anni",
            "Je hoeft dit niet te onthouden",
            "Не нужно это запоминать",
            "請不要儲存這個：我住台北",
            "Jangan ingat ini: PIN saya 0000",
            "Не запомняй това: ПИН-ът ми е 0000",
        ] {
            assert!(asks(text), "{text}");
        }
    }

    #[test]
    fn telling_and_asking_to_remember_or_to_forget_is_something_else() {
        for text in [
            "I don't remember this song",
            "I can't remember what she said",
            "She never saves this much money",
            "don't forget that I have an exam on Friday",
            "never forget that I love the sea",
            "don't remember this",
            "Don't remember that",
            "stop remembering things about Paul",
            "remember this: the code word is apple",
            "My dog does not keep still",
            "We do not store apples in the cellar",
            "Merk dir, dass ich Nüsse nicht vertrage",
            "No olvides que soy vegano",
            "Why do you not remember my name? It is Bob",
            "Don't you remember my name? It is Bob",
            "It cannot be saved, my phone is broken",
            "I could not be kept awake, this film is dull",
            "She will not be remembered",
            "Non ricordo dove vivo",
            "Do not add any sugar, I am diabetic",
            "Never keep this door open, my cat runs away",
            "Do not write it off, I am a poet",
            "My doctor does not store my data, I live in Lyon",
        ] {
            assert!(!asks(text), "{text}");
        }
    }
}
