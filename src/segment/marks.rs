//! What single characters mean for cutting: ends of sentences and clauses in the world's scripts, closing marks,
//! pictures that are not spoken. Tables only; the rules that use them are in `boundary`.
//!
//! Sources: Unicode 16 `Sentence_Terminal`, `Terminal_Punctuation` and `Emoji` properties, reduced to scripts that
//! living languages are written in.

/// What a mark says about the text before it, as far as the mark alone can say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// `.`: an end only if its surroundings agree.
    Stop,
    /// `!`, `?` and their kin in scripts with spaces: an end before a gap.
    Call,
    /// An end wherever it stands (`。`, `।`, `؟`): such scripts need no space after it.
    Wide,
    /// `…`: an end or a pause, by what follows.
    Ellipsis,
    /// `,` `;` `:`: a pause before a gap.
    Comma,
    /// `、` `，` and other pauses that need no space after them.
    WideComma,
    /// `—`: a pause wherever it stands.
    Dash,
    /// `-` `–`: a pause between spaces.
    Hyphen,
    /// Anything else.
    None,
}

pub(super) fn mark_of(ch: char) -> Mark {
    match ch {
        '.' => Mark::Stop,
        '!' | '?' | '‼' | '⁇' | '⁈' | '⁉' | '‽' => Mark::Call,
        '…' | '⋯' => Mark::Ellipsis,
        ',' | ';' | ':' | '\u{37e}' | '·' | '\u{387}' => Mark::Comma,
        '—' | '―' | '⸺' => Mark::Dash,
        '-' | '–' => Mark::Hyphen,
        // CJK, full and half width.
        '。' | '！' | '？' | '｡' | '．' | '﹒' | '﹖' | '﹗' | '︒' | '︕' | '︖' => Mark::Wide,
        '、' | '，' | '；' | '：' | '､' | '﹐' | '﹑' | '﹔' | '﹕' => Mark::WideComma,
        // Arabic, Urdu, Syriac, N'Ko.
        '؟' | '۔' | '؞' | '܀' | '܁' | '܂' | '߹' => Mark::Wide,
        '،' | '؛' | '߸' => Mark::WideComma,
        // Indic: danda and double danda, Sinhala, Meetei, Ol Chiki.
        '।' | '॥' | '෴' | '꯫' | '꫰' | '꫱' | '᱾' | '᱿' => Mark::Wide,
        // Armenian, Ethiopic, Tibetan, Burmese, Khmer, Mongolian, Vai, Bamum, Javanese, Balinese, Cham.
        '։' | '።' | '፧' | '፨' | '།' | '༎' | '༏' | '༐' | '။' | '។' | '៕' | '᠃' | '᠉' => {
            Mark::Wide
        }
        '꘎' | '꘏' | '꛳' | '꛷' | '꧈' | '꧉' | '᭚' | '᭛' | '᭞' | '᭟' | '꩝' | '꩞' | '꩟' => {
            Mark::Wide
        }
        '፣' | '፤' | '፥' | '፦' | '၊' | '៖' | '᠂' | '᠈' | '՝' => Mark::WideComma,
        _ => Mark::None,
    }
}

/// Marks that may stand together at the end of a sentence: `?!`, `...`, `！！`.
pub(super) fn is_terminator(ch: char) -> bool {
    matches!(mark_of(ch), Mark::Stop | Mark::Call | Mark::Wide | Mark::Ellipsis)
}

/// Marks that close what an earlier one opened and stay with their sentence.
pub(super) fn is_closer(ch: char) -> bool {
    matches!(
        ch,
        ')' | ']'
            | '}'
            | '"'
            | '\''
            | '”'
            | '’'
            | '»'
            | '›'
            | '」'
            | '』'
            | '】'
            | '〉'
            | '》'
            | '〕'
            | '〗'
            | '）'
            | '］'
            | '｝'
            | '｣'
            | '＂'
            | '＇'
            | '〞'
            | '〟'
    )
}

/// Marks that close in some languages and open in others („so“, »so«).
pub(super) fn is_either_quote(ch: char) -> bool {
    matches!(ch, '“' | '«' | '‹' | '‘')
}

/// Marks that may stand before the first word of a sentence.
pub(super) fn is_opener(ch: char) -> bool {
    is_either_quote(ch)
        || matches!(
            ch,
            '(' | '['
                | '{'
                | '"'
                | '\''
                | '„'
                | '‚'
                | '»'
                | '›'
                | '¿'
                | '¡'
                | '「'
                | '『'
                | '【'
                | '《'
                | '（'
                | '〈'
        )
}

/// Scripts written without spaces whose sentences follow one another directly.
pub(super) fn is_cjk(ch: char) -> bool {
    is_han(ch) || is_kana(ch) || matches!(ch, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ff60}')
}

pub(super) fn is_hiragana(ch: char) -> bool {
    matches!(ch, '\u{3041}'..='\u{309f}')
}

fn is_kana(ch: char) -> bool {
    matches!(ch, '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9d}')
}

fn is_han(ch: char) -> bool {
    matches!(ch, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

fn is_hangul(ch: char) -> bool {
    matches!(ch, '\u{ac00}'..='\u{d7a3}')
}

/// Thai, Lao, Khmer and Burmese: a space stands between clauses and sentences, not between words.
pub(super) fn spaces_part_clauses(ch: char) -> bool {
    matches!(ch, '\u{e01}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

pub(super) fn is_greek(ch: char) -> bool {
    matches!(ch, '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}')
}

pub(super) fn is_armenian(ch: char) -> bool {
    matches!(ch, '\u{531}'..='\u{587}')
}

/// Letters of scripts without case in which one letter alone before a stop is short for a word (`د. أحمد`).
pub(super) fn is_arabic_or_hebrew(ch: char) -> bool {
    matches!(ch, '\u{5d0}'..='\u{5ea}' | '\u{620}'..='\u{64a}' | '\u{671}'..='\u{6d3}')
}

/// How long a character takes to say, where a Latin letter is 1 (about 65 ms at 15 letters a second): a syllable
/// of Chinese or Korean takes three, one of kana two.
pub(super) fn weight(ch: char) -> usize {
    if ch.is_ascii() {
        1
    } else if is_han(ch) || is_hangul(ch) {
        3
    } else if is_kana(ch) {
        2
    } else {
        1
    }
}

/// The full stop of the script `ch` is written in; `None` where a space alone parts sentences.
pub(super) fn full_stop_after(ch: char) -> Option<char> {
    match ch {
        _ if is_cjk(ch) => Some('。'),
        '\u{900}'..='\u{9ff}' | '\u{a00}'..='\u{a7f}' | '\u{b00}'..='\u{b7f}' => Some('।'),
        '\u{531}'..='\u{587}' => Some('։'),
        '\u{f00}'..='\u{fff}' => Some('།'),
        '\u{1000}'..='\u{109f}' => Some('။'),
        '\u{1200}'..='\u{137f}' => Some('።'),
        '\u{1780}'..='\u{17ff}' => Some('។'),
        '\u{e01}'..='\u{eff}' => None,
        _ => Some('.'),
    }
}

/// Pictures: emoji, dingbats, arrows, box drawing and blocks. `©`, `™`, digits and `#` are text.
pub(super) fn is_picture(ch: char) -> bool {
    matches!(
        ch,
        '\u{1f000}'..='\u{1f0ff}'
            | '\u{1f18e}'
            | '\u{1f191}'..='\u{1f19a}'
            | '\u{1f1e6}'..='\u{1faff}'
            | '\u{2190}'..='\u{21ff}'
            | '\u{2300}'..='\u{23ff}'
            | '\u{2500}'..='\u{27bf}'
            | '\u{27f0}'..='\u{27ff}'
            | '\u{2900}'..='\u{297f}'
            | '\u{2b00}'..='\u{2bff}'
            | '\u{3030}'
            | '\u{303d}'
            | '\u{1fb00}'..='\u{1fbef}'
    )
}

/// Characters without sound or shape of their own: variation selectors, keycaps, bidirectional controls, tags,
/// soft hyphens, byte order marks, private use.
pub(super) fn is_invisible(ch: char) -> bool {
    matches!(
        ch,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{20e3}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}' | '\u{e000}'..='\u{f8ff}'
    )
}
