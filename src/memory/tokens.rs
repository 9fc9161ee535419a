//! Words out of text in any script: for the full-text index, for queries, and for cache keys.
//!
//! Owns three mappings that must agree with each other: [`index_text`] (what the index is fed), [`Query`] (what is
//! asked of it) and the query's key. Invariant: a search reads nothing but the [`Query`], so two texts with equal
//! [`Query::key`] have equal results at one generation. That is the only "similarity" the recall cache knows.
//!
//! Source: SQLite FTS5 §3 (query syntax: a string in double quotes is never an operator) and §4.3.1 (`unicode61`).
//! Left out: NFKC (only full-width ASCII is folded). English endings are the index's own matter ([`crate::memory::person::schema`]), but
//! for those that its tokenizer would make words of their own.

use crate::wire::boundaries;
use crate::wire::lower_case::lower;
use crate::wire::order::sorted;

/// Longest query text that is read, in bytes; the rest of a longer one is ignored by search and key alike.
pub const QUERY_BYTES_MAX: usize = 4_096;
/// Most distinct terms in one MATCH expression.
pub const QUERY_TERMS_MAX: usize = 48;

/// English words that say nothing about the subject of a query. Negations are not among them.
const STOP_WORDS: &[&str] = &[
    "a", "about", "again", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but",
    "by", "can", "could", "did", "do", "does", "doing", "for", "from", "get", "go", "going", "got", "had",
    "has", "have", "he", "her", "him", "his", "how", "i", "i'd", "i'll", "i'm", "i've", "if", "in", "is",
    "it", "it's", "its", "just", "know", "let", "like", "me", "more", "my", "now", "of", "oh", "ok", "okay",
    "on", "or", "our", "please", "remember", "said", "say", "she", "should", "so", "some", "tell", "than",
    "that", "that's", "the", "their", "them", "then", "there", "they", "thing", "this", "to", "up", "us",
    "want", "was", "we", "well", "were", "what", "what's", "when", "where", "which", "who", "why", "will",
    "with", "would", "yes", "you", "your",
];

/// Lower-cased words of a text in order, by Unicode word boundaries (UAX #29). "can't" and "3.5" are one word.
pub fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    boundaries::words(text).map(|word| {
        word.chars()
            .map(fold_width)
            .map(lower)
            .map(|c| if c == '’' || c == 'ʼ' { '\'' } else { c })
            .collect()
    })
}

/// True for a word that says nothing about a subject (English only; other languages have none).
pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// What to store in the FTS5 column for `text`: its words, separated by spaces, with scripts that write no spaces
/// (Han, kana, Thai and the like) cut into overlapping pairs, because `unicode61` would take a whole sentence of
/// them for one token. Hangul is cut in the same way, because its particles stand at the end of words.
pub fn index_text(text: &str) -> String {
    terms(text).join(" ")
}

/// One query as search and cache see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Canonical text: lower case, punctuation and white space folded to one space; digits, signs that belong to
    /// numbers, symbols and negations kept. This is the text to embed.
    pub text: String,
    /// Distinct content terms, sorted; never more than [`QUERY_TERMS_MAX`].
    pub terms: Vec<String>,
}

impl Query {
    /// Reads a query from what a person wrote.
    pub fn new(text: &str) -> Query {
        let text = canonical(clip(text, QUERY_BYTES_MAX));
        let all = terms(&text);
        let mut content: Vec<String> = all.iter().filter(|term| !is_stop_word(term)).cloned().collect();
        if content.is_empty() {
            content = all;
        }
        // The first ones are kept; sorting makes the expression independent of word order.
        let mut first: Vec<String> = Vec::new();
        for term in content {
            if first.len() < QUERY_TERMS_MAX && !first.contains(&term) {
                first.push(term);
            }
        }
        let terms = sorted(first, Ord::cmp);
        Query { text, terms }
    }

    /// Every content term of a text, however long it is.
    pub fn all_terms(text: &str) -> Vec<String> {
        let mut all = terms(&canonical(text));
        all.retain(|term| !is_stop_word(term));
        all
    }

    /// The query's part of a cache key. With embeddings every word counts, so it is the canonical text; without
    /// them the search reads only the set of terms, so that set is the key and re-worded questions share it.
    pub fn key(&self, embedded: bool) -> String {
        if embedded {
            format!("t:{}", self.text)
        } else {
            format!("s:{}", self.terms.join(" "))
        }
    }

    /// An FTS5 MATCH expression: every term as a quoted string, joined by OR. `None` when there is no term.
    /// Quoting leaves no operator, column filter or prefix star that a person could write into it.
    pub fn fts_match(&self) -> Option<String> {
        if self.terms.is_empty() {
            return None;
        }
        let quoted: Vec<String> = self.terms.iter().map(|term| asked(term)).collect();
        Some(quoted.join(" OR "))
    }
}

/// The text to search with in a conversation: the newest of the person's messages, or, when it has no word of its
/// own to search for ("why?", "tell me more"), the one before it that has. `newest_first` are the person's
/// messages; at most four are looked at.
pub fn query_of<'a>(newest_first: impl IntoIterator<Item = &'a str>) -> Query {
    let mut first = None;
    for text in newest_first.into_iter().take(4) {
        let query = Query::new(text);
        if query.terms.iter().any(|term| !is_stop_word(term)) {
            return query;
        }
        first.get_or_insert(query);
    }
    first.unwrap_or_else(|| Query::new(""))
}

/// The longest prefix of `text` that is at most `bytes_max` long and ends between characters.
pub fn clip(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let end = (0..=bytes_max)
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    text.get(..end).unwrap_or("")
}

/// The longest suffix of `text` that is at most `bytes_max` long and begins between characters.
pub fn clip_start(text: &str, bytes_max: usize) -> &str {
    let from = text.len().saturating_sub(bytes_max);
    (from..=text.len()).find_map(|at| text.get(at..)).unwrap_or("")
}

/// Lower case, one space between words, punctuation folded unless it belongs to a number or a word.
fn canonical(text: &str) -> String {
    let chars: Vec<char> = text.chars().map(fold_width).map(lower).collect();
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    let mut before: Option<char> = None;
    for (index, &c) in chars.iter().enumerate() {
        let after = chars.get(index + 1).copied();
        let digit_next = after.is_some_and(char::is_numeric);
        let inside_number = before.is_some_and(char::is_numeric) && digit_next;
        let inside_word =
            before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric);
        let kept = match c {
            '.' | ',' | ':' | '/' => inside_number.then_some(c),
            '\'' | '’' | 'ʼ' => inside_word.then_some('\''),
            '-' | '−' | '–' => {
                (inside_word || (!before.is_some_and(char::is_alphanumeric) && digit_next)).then_some('-')
            }
            _ if c.is_whitespace() || c.is_control() || is_folded_punctuation(c) => None,
            _ => Some(c),
        };
        before = Some(c);
        match kept {
            Some(c) => {
                if gap && !out.is_empty() {
                    out.push(' ');
                }
                gap = false;
                out.push(c);
            }
            None => gap = true,
        }
    }
    out
}

/// Punctuation that only shapes a sentence. Symbols (`+`, `#`, `%`, `$`, `@`, emoji) change what is meant and stay.
fn is_folded_punctuation(c: char) -> bool {
    matches!(
        c,
        '!' | '?'
            | ';'
            | '"'
            | '('
            | ')'
            | '['
            | ']'
            | '{'
            | '}'
            | '…'
            | '“'
            | '”'
            | '„'
            | '«'
            | '»'
            | '—'
            | '¿'
            | '¡'
            | '、'
            | '。'
            | '「'
            | '」'
            | '『'
            | '』'
            | '؟'
            | '،'
            | '।'
            | '\u{200b}'
            | '\u{feff}'
            | '‘'
            | '`'
    )
}

/// Full-width ASCII (U+FF01 to U+FF5E) and the ideographic space as their ASCII forms.
fn fold_width(c: char) -> char {
    match u32::from(c) {
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(c),
        0x3000 => ' ',
        _ => c,
    }
}

/// True for scripts that write words without spaces between them, and for Hangul.
fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3040..=0x30ff | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0x20000..=0x323af)
}

/// True for emoji and other pictures.
fn is_picture(c: char) -> bool {
    matches!(u32::from(c), 0x2600..=0x27bf | 0x1f000..=0x1faff)
}

/// A word without what only its place in a sentence has added: the English possessive, the Arabic article.
fn bare(word: String) -> String {
    if let Some(owner) = word.strip_suffix("'s") {
        return owner.to_owned();
    }
    let without = word.strip_prefix("ال").filter(|rest| rest.chars().count() > 2);
    without.map(str::to_owned).unwrap_or(word)
}

/// Index terms: words, with unspaced scripts as overlapping pairs (a lone character stays alone).
fn terms(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut run: Vec<char> = Vec::new();
    // UAX #29 breaks between ideographs, so a run is gathered across words that touch.
    for (_, piece) in boundaries::pieces(text) {
        if !piece.is_empty() && piece.chars().all(is_unspaced) {
            run.extend(piece.chars());
            continue;
        }
        pairs(&mut run, &mut out);
        out.extend(words(piece).map(bare));
        // A picture is a word that UAX #29 does not count among the words.
        let picture: String = piece.chars().filter(|c| is_picture(*c)).collect();
        out.extend((!picture.is_empty()).then_some(picture));
    }
    pairs(&mut run, &mut out);
    out
}

/// Empties `run` into `out` as overlapping pairs.
fn pairs(run: &mut Vec<char>, out: &mut Vec<String>) {
    if run.len() == 1 {
        out.extend(run.iter().map(char::to_string));
    }
    out.extend(run.windows(2).map(|pair| pair.iter().collect::<String>()));
    run.clear();
}

/// A term as it is asked for: a lone character of an unspaced script begins a pair wherever it does not end a sentence.
fn asked(term: &str) -> String {
    let mut chars = term.chars();
    let is_alone = chars.next().is_some_and(is_unspaced) && chars.next().is_none();
    format!("{}{}", quote(term), if is_alone { " *" } else { "" })
}

/// An FTS5 string: in double quotes, quotes doubled, and no NUL (which would end SQLite's text early).
fn quote(term: &str) -> String {
    format!("\"{}\"", term.replace('"', "\"\"").replace('\0', " "))
}

#[cfg(test)]
mod tests;
