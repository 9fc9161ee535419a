//! The closed vocabularies. Everything is written as [`super::text`] reads it: lower case, without marks and
//! apostrophes. How a pattern is written, [`super::pattern`] says; sets of words are divided by "/".

mod eastern;
mod en;
mod germanic;
mod romance;
mod slavic;
mod unspaced;
mod vocabulary;

pub(super) use vocabulary::{LISTS, List, Sets, Vocabulary};

/// All of them.
pub(super) static ALL: [&Vocabulary; 16] = [
    &en::WORDS,
    &germanic::GERMAN,
    &germanic::DUTCH,
    &romance::FRENCH,
    &romance::SPANISH,
    &romance::ITALIAN,
    &romance::PORTUGUESE,
    &slavic::POLISH,
    &slavic::RUSSIAN,
    &slavic::UKRAINIAN,
    &eastern::TURKISH,
    &eastern::ARABIC,
    &eastern::HINDI,
    &unspaced::CHINESE,
    &unspaced::JAPANESE,
    &unspaced::KOREAN,
];
