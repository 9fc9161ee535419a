//! What a model thinks aloud in the text of its reply. Pure.

/// The names of the marks that models put around what they think.
const THOUGHTS: [(&str, &str); 6] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("[THINK]", "[/THINK]"),
    ("<|channel|>analysis<|message|>", "<|end|>"),
];

/// A reply without what the model thought aloud in it: neither a history nor a memory holds that. What stands before an
/// end whose beginning is missing (some templates put it into the prompt) was thought, too.
pub fn without_thoughts(reply: &str) -> String {
    let mut text = reply.to_owned();
    for (begin, end) in THOUGHTS {
        while let Some((before, rest)) = text.split_once(begin) {
            let after = rest.split_once(end).map_or("", |(_, after)| after);
            text = format!("{before}{after}");
        }
        if let Some((_, after)) = text.rsplit_once(end) {
            text = after.to_owned();
        }
    }
    if text.len() == reply.len() {
        return text;
    }
    text.trim().to_owned()
}

/// Most bytes of the end of a thought that may yet begin its closing mark.
const TAIL_BYTES: usize = 32;

/// Tells, chunk by chunk, whether a reply is still thought and no word of it has been said.
#[derive(Debug, Default)]
pub struct Aloud {
    held: String,
    /// What closes the thought that has begun.
    end: Option<&'static str>,
}

impl Aloud {
    /// Takes more of the text. What may yet turn out to be a mark, and white space, are no words; what has no text is none of
    /// a thought.
    pub fn is_thought(&mut self, text: &str) -> bool {
        if text.is_empty() {
            return false;
        }
        self.held.push_str(text);
        loop {
            let Some(end) = self.end else {
                let said = self.held.trim_start();
                let begins = |(begin, _): &&(&str, &str)| begin.starts_with(said) || said.starts_with(begin);
                let Some((begin, end)) = THOUGHTS.iter().find(begins) else {
                    return false;
                };
                let Some(inside) = said.strip_prefix(begin) else {
                    return true;
                };
                self.held = inside.to_owned();
                self.end = Some(end);
                continue;
            };
            let Some((_, after)) = self.held.split_once(end) else {
                let tail = self.held.len().saturating_sub(TAIL_BYTES);
                self.held.drain(..self.held.floor_char_boundary(tail));
                return true;
            };
            self.held = after.to_owned();
            self.end = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thought_lasts_to_its_closing_mark_however_it_is_cut() {
        for (thought, word) in [
            ("<think>hm, é</think>\n\n", "Hi"),
            (" <thinking>a</thinking><think>b</think>", "Hi"),
            ("[THINK]1 < 2[/THINK]", "["),
            ("<|channel|>analysis<|message|>hm<|end|>", "Hi"),
        ] {
            for chars in 1..8 {
                let mut aloud = Aloud::default();
                let letters: Vec<char> = thought.chars().collect();
                for chunk in letters.chunks(chars) {
                    assert!(aloud.is_thought(&chunk.iter().collect::<String>()), "{thought}");
                }
                let is_mark = word == "[";
                assert_eq!(aloud.is_thought(word), is_mark, "{thought}");
                assert!(!aloud.is_thought("x"), "{thought}");
            }
        }
    }

    #[test]
    fn words_are_none_and_a_long_thought_costs_no_memory() {
        for text in ["Hi", " x", "<b>", "[1]"] {
            assert!(!Aloud::default().is_thought(text), "{text}");
        }
        assert!(!Aloud::default().is_thought(""), "a call of a tool has no text");
        let mut aloud = Aloud::default();
        for _ in 0..1_000 {
            assert!(aloud.is_thought("<think>\u{1f914}"));
        }
        assert!(aloud.held.len() <= 2 * TAIL_BYTES);
    }
}
