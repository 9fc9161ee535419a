//! Markdown and HTML shapes that need text ahead before they can be told from ordinary writing: line prefixes,
//! links, entities. Each function looks at the unread characters and says what stands there.
//!
//! Invariant: an answer other than `Wait` never changes when more text comes; each look is bounded. `at_end` says
//! that no more will come.
//!
//! Source: CommonMark 0.31 and the tables of GitHub's dialect, reduced to what decides whether a mark is spoken.

/// Farthest look for the end of a link's text or address.
const LINK_CHARS_MAX: usize = 300;
/// Farthest look for the end of a rule or of a table's second line.
const RULE_CHARS_MAX: usize = 200;
/// Longest entity: `&thetasym;` and the like.
const ENTITY_CHARS_MAX: usize = 10;
/// Longest list number; four digits are a year.
const LIST_DIGITS_MAX: usize = 3;

/// What a line begins with. Numbers are counts of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    Wait,
    /// Nothing of the kind: the line's own text begins.
    Text,
    BlankLine,
    /// Indentation or a quote mark: skip it, the line still begins.
    Skip(usize),
    /// A bullet or a task box: as `Skip`, and a new block.
    Bullet(usize),
    /// A list number, spoken with its dot.
    Number(usize),
    Heading(usize),
    /// A rule, an underline or a table's second line: skip to the end of the line.
    Rule,
    TableRow,
    /// The fence of a code block and its length.
    Fence(char, usize),
}

pub(super) fn prefix(rest: &[char], at_end: bool) -> Prefix {
    let Some(&first) = rest.first() else {
        return Prefix::Wait;
    };
    let run = rest
        .iter()
        .take_while(|ch| **ch == first)
        .take(RULE_CHARS_MAX)
        .count();
    let after = rest.get(run).copied();
    let wait_or = |prefix| {
        if after.is_none() && !at_end {
            Prefix::Wait
        } else {
            prefix
        }
    };
    let before_gap = after.is_some_and(|ch| ch == ' ' || ch == '\t');
    match first {
        '\n' => Prefix::BlankLine,
        ' ' | '\t' | '\r' | '>' | '\u{3000}' => Prefix::Skip(1),
        '#' if run > 6 => Prefix::Text,
        '#' if before_gap || after.is_none_or(|ch| ch == '\n') => wait_or(Prefix::Heading(run)),
        '`' | '~' if run >= 3 => fence(rest, first, run, at_end),
        '`' | '~' => wait_or(Prefix::Text),
        '•' | '‣' | '◦' | '▪' | '●' | '○' | '∙' | '⁃' => Prefix::Bullet(1),
        '-' | '+' | '*' | '–' if run == 1 && before_gap => Prefix::Bullet(1),
        '-' | '+' | '*' | '–' if run == 1 => wait_or(Prefix::Text),
        '*' | '_' | '=' if run == 1 => wait_or(Prefix::Text),
        '-' | '*' | '_' | '=' | ':' => rule(rest, first, at_end, Prefix::Text),
        '|' => rule(rest, first, at_end, Prefix::TableRow),
        '[' => task_box(rest, at_end),
        '0'..='9' => number(rest, at_end),
        _ => Prefix::Text,
    }
}

fn rule(rest: &[char], first: char, at_end: bool, otherwise: Prefix) -> Prefix {
    let belongs = |ch: &char| match first {
        '|' | ':' | '-' => matches!(ch, '-' | '|' | ':' | ' ' | '\t' | '\r'),
        first => *ch == first || matches!(ch, ' ' | '\t' | '\r'),
    };
    let length = rest
        .iter()
        .take(RULE_CHARS_MAX)
        .take_while(|ch| belongs(ch))
        .count();
    let has_line = |mark: char| rest.iter().take(length).any(|ch| *ch == mark);
    match rest.get(length) {
        Some('\n') if has_line('-') || !matches!(first, '|' | ':') => Prefix::Rule,
        None if !at_end && length < RULE_CHARS_MAX => Prefix::Wait,
        None if has_line('-') || !matches!(first, '|' | ':') => Prefix::Rule,
        _ => otherwise,
    }
}

/// A fence opens a block unless its line holds another backtick (then it is inline code), or the text ends in its line
/// behind more than a language's name.
pub(super) fn fence(rest: &[char], mark: char, run: usize, at_end: bool) -> Prefix {
    let info = rest.iter().skip(run).take(RULE_CHARS_MAX);
    match info
        .copied()
        .find(|ch| *ch == '\n' || (mark == '`' && *ch == '`'))
    {
        Some('`') => Prefix::Text,
        None if !at_end && rest.len() < run + RULE_CHARS_MAX => Prefix::Wait,
        None if mark == '`' && rest.iter().skip(run).any(|ch| *ch == ' ') => Prefix::Text,
        _ => Prefix::Fence(mark, run),
    }
}

/// Whether a run of backticks inside a fenced block, with `after` behind it, ends the block; `None` to wait. At the
/// start of a line it does unless it opens a block of its own, as it may in a block of Markdown (`` ```rust ``).
/// Elsewhere it does where the line ends or a sentence begins, but not in code such as `` replace("```json", "") ``.
pub(super) fn closes_fence(after: &[char], is_line_start: bool, at_end: bool) -> Option<bool> {
    const INFO_CHARS_MAX: usize = 24;
    let Some(first) = after.first() else {
        return at_end.then_some(true);
    };
    if !is_line_start {
        return Some(first.is_whitespace() || first.is_uppercase());
    }
    let info = after
        .iter()
        .take(INFO_CHARS_MAX)
        .take_while(|ch| ch.is_ascii_lowercase() || ch.is_ascii_digit() || matches!(ch, '+' | '-' | '#'))
        .count();
    match after.get(info) {
        None if at_end => Some(info == 0),
        None => None,
        Some(next) => Some(info == 0 || !matches!(next, '\n' | '\r')),
    }
}

fn number(rest: &[char], at_end: bool) -> Prefix {
    let digits = rest
        .iter()
        .take(LIST_DIGITS_MAX + 1)
        .take_while(|ch| ch.is_ascii_digit())
        .count();
    if digits > LIST_DIGITS_MAX {
        return Prefix::Text;
    }
    match (rest.get(digits), rest.get(digits + 1)) {
        (Some('.' | ')'), Some(' ' | '\t')) => Prefix::Number(digits + 1),
        (None, _) | (Some('.' | ')'), None) if !at_end => Prefix::Wait,
        _ => Prefix::Text,
    }
}

fn task_box(rest: &[char], at_end: bool) -> Prefix {
    match (rest.get(1), rest.get(2), rest.get(3)) {
        (Some(' ' | 'x' | 'X'), Some(']'), Some(' ')) => Prefix::Skip(4),
        (None, ..) | (Some(' ' | 'x' | 'X'), None, _) | (Some(' ' | 'x' | 'X'), Some(']'), None)
            if !at_end =>
        {
            Prefix::Wait
        }
        _ => Prefix::Text,
    }
}

/// What stands at a `[`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Wait,
    /// A bracket like any other.
    No,
    /// Text of `text` characters follows the bracket and is spoken; `tail` characters after it are not.
    Text {
        text: usize,
        tail: usize,
    },
    /// A footnote mark of this many characters.
    Footnote(usize),
    /// A definition: the rest of the line is not spoken.
    Definition,
}

pub(super) fn link(rest: &[char], is_line_start: bool, at_end: bool) -> Link {
    let Some(close) = closing(rest, '[', ']', at_end) else {
        return Link::Wait;
    };
    let Some(close) = close else {
        return Link::No;
    };
    let is_footnote = rest.get(1) == Some(&'^') && close > 2;
    let tail = rest.get(close + 1..).unwrap_or_default();
    match tail.first() {
        None if !at_end => Link::Wait,
        Some(':') if is_line_start && close > 1 => Link::Definition,
        _ if is_footnote => Link::Footnote(close + 1),
        Some('(') => match closing(tail, '(', ')', at_end) {
            None => Link::Wait,
            Some(Some(end)) if is_address(tail.get(1..end).unwrap_or_default()) => Link::Text {
                text: close - 1,
                tail: end + 2,
            },
            Some(_) => Link::No,
        },
        Some('[') => match closing(tail, '[', ']', at_end) {
            None => Link::Wait,
            Some(Some(end)) => Link::Text {
                text: close - 1,
                tail: end + 2,
            },
            Some(None) => Link::No,
        },
        _ => Link::No,
    }
}

/// Index of the mark that closes the one `rest` begins with; `Some(None)` if none does, `None` to wait.
fn closing(rest: &[char], open: char, close: char, at_end: bool) -> Option<Option<usize>> {
    let mut depth = 0usize;
    let mut is_escaped = false;
    for (index, &ch) in rest.iter().enumerate().take(LINK_CHARS_MAX) {
        if is_escaped {
            is_escaped = false;
        } else if ch == '\\' {
            is_escaped = true;
        } else if ch == '\n' {
            return Some(None);
        } else if ch == open {
            depth += 1;
        } else if ch == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(Some(index));
            }
        }
    }
    (at_end || rest.len() >= LINK_CHARS_MAX).then_some(None)
}

/// Length of an address in parentheses at `start`; 0 if there is none, `None` to wait.
pub(super) fn address_in_parentheses(rest: &[char], start: usize, at_end: bool) -> Option<usize> {
    let tail = rest.get(start..).unwrap_or_default();
    closing(tail, '(', ')', at_end).map(|end| match end {
        Some(end) if is_address(tail.get(1..end).unwrap_or_default()) => end + 1,
        _ => 0,
    })
}

/// `address` or `address "title"`.
fn is_address(inside: &[char]) -> bool {
    let text: String = inside.iter().collect();
    let text = text.trim();
    match text.split_once(char::is_whitespace) {
        None => true,
        Some((_, title)) => {
            text.starts_with('<')
                || title.trim_start().starts_with(['"', '\'', '(']) && title.ends_with(['"', '\'', ')'])
        }
    }
}

/// Where something that is looked for stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ahead {
    Wait,
    No,
    /// At this index.
    At(usize),
}

/// Looks for `close` from `start` on, in the same line unless `over_lines`.
pub(super) fn until(
    rest: &[char],
    start: usize,
    close: &[char],
    chars_max: usize,
    over_lines: bool,
    at_end: bool,
) -> Ahead {
    for index in start..rest.len().min(chars_max) {
        let here = rest.get(index..).unwrap_or_default();
        if here.starts_with(close) {
            return Ahead::At(index);
        }
        if here.first() == Some(&'\n') && !over_lines {
            return Ahead::No;
        }
    }
    if at_end || rest.len() >= chars_max + close.len() {
        Ahead::No
    } else {
        Ahead::Wait
    }
}

/// The character an entity at `&` stands for and its length; `Some(None)` if it is none, `None` to wait.
pub(super) fn entity(rest: &[char], at_end: bool) -> Option<Option<(char, usize)>> {
    let name_chars = |ch: &&char| ch.is_ascii_alphanumeric() || **ch == '#';
    let name: String = rest
        .iter()
        .skip(1)
        .take(ENTITY_CHARS_MAX)
        .take_while(name_chars)
        .collect();
    match rest.get(1 + name.len()) {
        None if !at_end && name.len() < ENTITY_CHARS_MAX => return None,
        Some(';') => {}
        _ => return Some(None),
    }
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    let ch = match name.as_str() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        "hellip" => Some('…'),
        "mdash" => Some('—'),
        "ndash" => Some('–'),
        "lsquo" => Some('‘'),
        "rsquo" => Some('’'),
        "ldquo" => Some('“'),
        "rdquo" => Some('”'),
        "laquo" => Some('«'),
        "raquo" => Some('»'),
        "euro" => Some('€'),
        "pound" => Some('£'),
        "deg" => Some('°'),
        "times" => Some('×'),
        "copy" => Some('©'),
        "reg" => Some('®'),
        "trade" => Some('™'),
        name => match name.strip_prefix('#') {
            Some(digits) => match digits.strip_prefix(['x', 'X']) {
                Some(digits) => number(digits, 16),
                None => number(digits, 10),
            },
            None => None,
        },
    };
    Some(ch.map(|ch| (ch, name.len() + 2)))
}

/// Length of an emoticon (`:-)`, `;D`, `<3`) that stands alone; `Some(0)` if there is none, `None` to wait.
pub(super) fn emoticon(rest: &[char], at_end: bool) -> Option<usize> {
    let has_nose = matches!(rest, [':' | ';' | '=', '-', ..]);
    let mouth = 1 + usize::from(has_nose);
    let is_face = match (rest.first(), rest.get(mouth)) {
        (_, None) if !at_end => return None,
        (Some(':' | ';' | '='), Some(mouth)) => {
            matches!(mouth, ')' | '(' | 'D' | 'P' | 'p' | 'O' | '/' | '|' | '*')
        }
        (Some('<'), Some('3')) => true,
        _ => false,
    };
    match rest.get(mouth + 1) {
        _ if !is_face => Some(0),
        None if !at_end => None,
        Some(after) if !after.is_whitespace() && !matches!(after, '.' | '!' | '?' | ',') => Some(0),
        _ => Some(mouth + 1),
    }
}
