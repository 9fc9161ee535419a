//! What stands at a `<`: HTML and speech tags, what a model thinks aloud, tokens and calls of tools that a server
//! leaked, addresses. An unknown tag is words (`ssh <user>@<host>`).
//!
//! Invariant, as in `lookahead`: an answer other than `Wait` never changes when more text comes.
//!
//! Sources: the HTML living standard and SSML 1.1 for names; the chat templates of Llama, Qwen, Mistral, Gemma,
//! DeepSeek, Kimi and gpt-oss (Harmony) for thoughts and tokens.

/// Farthest look for the `>` of a tag.
const TAG_CHARS_MAX: usize = 300;
/// Longest token of a chat template.
const TOKEN_CHARS_MAX: usize = 64;
/// Longest name of a role or channel after a token.
const ROLE_CHARS_MAX: usize = 16;

/// What stands at a `<`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Wait,
    No,
    /// A tag of `length` characters; a block tag parts sentences.
    Inline {
        length: usize,
    },
    Block {
        length: usize,
    },
    /// `<script>`, `<think>`, `<tool_call>`: skip to and with this text.
    Hidden {
        length: usize,
        end: &'static str,
    },
    /// The end of a thought whose beginning was never written: what stands before it was thought, too.
    EndOfThought {
        length: usize,
    },
    /// `<!--`.
    Comment,
    /// `<https://…>` or `<a@b.c>`: spoken without the angles.
    Address {
        length: usize,
    },
}

const BLOCKS: &str = "p br div li ul ol tr table thead tbody td th hr h1 h2 h3 h4 h5 h6 blockquote pre section article \
    details summary dl dt dd header footer";

/// Tags that are no words. Names that are more often placeholders (`<title>`, `<source>`) count only with attributes
/// or as closing tags, see [`PLACEHOLDERS`].
const INLINE: &str = "a abbr acronym aside audio b bdi bdo big body canvas caption center cite code col colgroup del dfn \
    em figcaption figure font html i iframe img ins kbd legend mark nav noscript picture q rp rt ruby s samp small span \
    strike strong sub sup svg tbody tfoot tt u video wbr speak prosody break emphasis say-as phoneme answer bos eos pad \
    unk end_of_turn eot";

const PLACEHOLDERS: &str = "address data input label link source option select title time form main object head template \
    button output map param track var area base meta progress dialog menu textarea voice lang response";

/// Tags whose content is not spoken, and where it ends.
const HIDDEN: &[(&str, &str)] = &[
    ("script", "</script>"),
    ("style", "</style>"),
    ("tool_call", "</tool_call>"),
    ("tool_calls", "</tool_calls>"),
    ("tool_code", "</tool_code>"),
    ("tool_response", "</tool_response>"),
    ("tool_result", "</tool_result>"),
    ("tool_use", "</tool_use>"),
    ("function_call", "</function_call>"),
    ("function_calls", "</function_calls>"),
    ("function_results", "</function_results>"),
    ("grok:render", "</grok:render>"),
];

/// What models think aloud before they answer.
const THOUGHTS: &[(&str, &str)] = &[
    ("think", "</think>"),
    ("thinking", "</thinking>"),
    ("thought", "</thought>"),
    ("thoughts", "</thoughts>"),
    ("reasoning", "</reasoning>"),
    ("scratchpad", "</scratchpad>"),
    ("reflection", "</reflection>"),
    ("seed:think", "</seed:think>"),
];

/// Tokens of chat templates that open something that is not spoken.
const HIDDEN_TOKENS: &[(&str, &str)] = &[
    ("tool_call", "<|/tool_call|>"),
    ("tool_calls_section_begin", "<|tool_calls_section_end|>"),
    ("tool▁calls▁begin", "<｜tool▁calls▁end｜>"),
    ("python_tag", "<|eom_id|>"),
];

/// Tokens before the name of a role, and what ends a turn that is not the assistant's.
const ROLE_TOKENS: &[(&str, &str)] = &[
    ("im_start", "<|im_end|>"),
    ("start", "<|end|>"),
    ("start_header_id", "<|eot_id|>"),
    ("start_of_turn", "<end_of_turn>"),
];

fn has(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|entry| entry == word)
}

fn end_of(list: &[(&'static str, &'static str)], name: &str) -> Option<&'static str> {
    list.iter().find(|(entry, _)| *entry == name).map(|(_, end)| *end)
}

pub(super) fn tag(rest: &[char], at_end: bool) -> Tag {
    match rest.get(1) {
        None if !at_end => return Tag::Wait,
        Some('!') => return comment(rest, at_end),
        Some('|' | '｜') => return token(rest, at_end),
        Some(ch) if ch.is_ascii_alphabetic() || *ch == '/' => {}
        _ => return Tag::No,
    }
    let mut look = rest.iter().enumerate().skip(1).take(TAG_CHARS_MAX);
    let Some((length, end)) = look.find(|(_, ch)| matches!(ch, '>' | '<' | '\n')) else {
        let is_far = rest.len() > TAG_CHARS_MAX;
        return if at_end || is_far { Tag::No } else { Tag::Wait };
    };
    if *end != '>' {
        return Tag::No;
    }
    let inside: String = rest.get(1..length).unwrap_or_default().iter().collect();
    let length = length + 1;
    if inside.ends_with('|') {
        return token(rest, at_end);
    }
    let is_one_word = !inside.contains(char::is_whitespace);
    if is_one_word && (inside.contains("://") || inside.starts_with("mailto:") || inside.contains('@')) {
        return Tag::Address { length };
    }
    by_name(&inside, length, rest, at_end)
}

fn by_name(inside: &str, length: usize, rest: &[char], at_end: bool) -> Tag {
    let is_closing = inside.starts_with('/');
    let name = inside.trim_start_matches('/');
    let name_end = name
        .find(|ch: char| !ch.is_ascii_alphanumeric() && !matches!(ch, '-' | '_' | ':'))
        .unwrap_or(name.len());
    let (name, attributes) = name.split_at_checked(name_end).unwrap_or((name, ""));
    let name = name.to_ascii_lowercase();
    let name = name.as_str();
    let has_attributes = attributes.contains('=');
    if matches!(name, "function" | "invoke") && (has_attributes || is_closing) {
        // `<function=name>`, `<invoke name="…">`
        let end = if name == "function" {
            "</function>"
        } else {
            "</invoke>"
        };
        return if is_closing {
            Tag::Inline { length }
        } else {
            Tag::Hidden { length, end }
        };
    }
    let starts_well = attributes.is_empty() || attributes.starts_with([' ', '\t', '/']);
    let is_plain = attributes.trim_matches([' ', '/', '\t']).is_empty() || has_attributes;
    if !starts_well || !is_plain {
        return Tag::No;
    }
    if name == "start_of_turn" {
        return role(name, length, rest, at_end);
    }
    if let Some(end) = end_of(THOUGHTS, name) {
        return if is_closing {
            Tag::EndOfThought { length }
        } else {
            Tag::Hidden { length, end }
        };
    }
    match end_of(HIDDEN, name) {
        Some(_) if is_closing => Tag::Inline { length },
        Some(end) => Tag::Hidden { length, end },
        None if has(BLOCKS, name) => Tag::Block { length },
        None if has(INLINE, name) => Tag::Inline { length },
        None if has(PLACEHOLDERS, name) && (is_closing || has_attributes) => Tag::Inline { length },
        None => Tag::No,
    }
}

/// A token of a chat template: `<|im_end|>`, `<｜end▁of▁sentence｜>`, `<channel|>`.
fn token(rest: &[char], at_end: bool) -> Tag {
    let look = rest.iter().enumerate().skip(1).take(TOKEN_CHARS_MAX);
    let mut found = look.skip_while(|(_, ch)| !matches!(ch, '>' | '<') && !ch.is_whitespace());
    let length = match found.next() {
        Some((index, '>')) if index > 2 => index + 1,
        None if !at_end && rest.len() <= TOKEN_CHARS_MAX => return Tag::Wait,
        _ => return Tag::No,
    };
    let inside: String = rest.get(1..length - 1).unwrap_or_default().iter().collect();
    let name = inside.trim_matches(['|', '｜']);
    if name == "channel" && inside.starts_with('|') {
        let Some(channel) = word_after(rest, length, at_end) else {
            return Tag::Wait;
        };
        let length = length + channel.chars().count();
        return match channel.as_str() {
            "analysis" | "commentary" | "thought" if inside.ends_with('|') => Tag::Hidden {
                length,
                end: "<|channel|>final",
            },
            "analysis" | "commentary" | "thought" => Tag::Hidden {
                length,
                end: "<channel|>",
            },
            _ => Tag::Inline { length },
        };
    }
    if end_of(ROLE_TOKENS, name).is_some() {
        return role(name, length, rest, at_end);
    }
    match end_of(HIDDEN_TOKENS, name) {
        Some(end) => Tag::Hidden { length, end },
        None => Tag::Inline { length },
    }
}

/// The name of a role follows the token; what others than the assistant say is not spoken.
fn role(token: &str, length: usize, rest: &[char], at_end: bool) -> Tag {
    let Some(role) = word_after(rest, length, at_end) else {
        return Tag::Wait;
    };
    let end = end_of(ROLE_TOKENS, token).unwrap_or_default();
    let length = length + role.chars().count();
    match role.as_str() {
        "user" | "system" | "developer" | "tool" => Tag::Hidden { length, end },
        _ => Tag::Inline { length },
    }
}

/// The small letters at `start`; `None` to wait for more.
fn word_after(rest: &[char], start: usize, at_end: bool) -> Option<String> {
    let word: String = rest
        .iter()
        .skip(start)
        .take(ROLE_CHARS_MAX)
        .take_while(|ch| ch.is_ascii_lowercase())
        .collect();
    let is_known = word.len() == ROLE_CHARS_MAX || rest.len() > start + word.len() || at_end;
    is_known.then_some(word)
}

fn comment(rest: &[char], at_end: bool) -> Tag {
    match (rest.get(2), rest.get(3)) {
        (Some('-'), Some('-')) => Tag::Comment,
        (None, _) | (Some('-'), None) if !at_end => Tag::Wait,
        _ => Tag::No,
    }
}

/// Marks in square brackets that models of Mistral's kind write, and Kimi's in triangles. Lengths are counts of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket {
    Wait,
    No,
    Mark(usize),
    /// And what ends it.
    Thought(usize, &'static str),
    EndOfThought(usize),
    /// `[TOOL_CALLS]`: what is called follows in its line.
    Call(usize),
}

pub(super) fn bracket(rest: &[char], at_end: bool) -> Bracket {
    const MARKS: &[&str] = &[
        "[THINK]",
        "[/THINK]",
        "[TOOL_CALLS]",
        "[INST]",
        "[/INST]",
        "◁think▷",
        "◁/think▷",
    ];
    let mut answer = Bracket::No;
    for mark in MARKS {
        let is_begun = rest.iter().zip(mark.chars()).all(|(ch, mark)| *ch == mark);
        answer = match (*mark, mark.chars().count()) {
            _ if !is_begun => continue,
            (_, length) if rest.len() < length => {
                if at_end {
                    continue;
                }
                Bracket::Wait
            }
            ("[THINK]", length) => Bracket::Thought(length, "[/THINK]"),
            ("◁think▷", length) => Bracket::Thought(length, "◁/think▷"),
            ("[/THINK]" | "◁/think▷", length) => Bracket::EndOfThought(length),
            ("[TOOL_CALLS]", length) => Bracket::Call(length),
            (_, length) => Bracket::Mark(length),
        };
    }
    answer
}
