//! Addresses of the web, said as their host (`https://www.a.org/b?c` and `www.a.org/b` are "a.org"): nobody can follow the
//! rest by ear.

use super::marks;
use super::reader::{Address, Reader, Style};

/// Longest run of marks at the end of an address.
const RUN_CHARS_MAX: usize = 64;

/// Length of `https://www.` or `www.` before a host; `Some(0)` if there is none, `None` to wait.
fn scheme(rest: &[char], at_end: bool) -> Option<usize> {
    for scheme in ["https://", "http://", "www."] {
        let mut matched = rest.iter().zip(scheme.chars());
        if !matched.all(|(ch, expected)| ch.eq_ignore_ascii_case(&expected)) {
            continue;
        }
        let Some(host) = rest.get(scheme.len()..).filter(|host| !host.is_empty()) else {
            return at_end.then_some(0);
        };
        if scheme == "www." {
            return Some(if host.first().is_some_and(|ch| ch.is_alphanumeric()) {
                4
            } else {
                0
            });
        }
        let www: Vec<char> = host.iter().copied().take(4).collect();
        let is_www = "www."
            .chars()
            .zip(&www)
            .all(|(expected, ch)| ch.eq_ignore_ascii_case(&expected));
        return match host {
            _ if is_www && www.len() < 4 && !at_end => None,
            _ if is_www && host.get(4).is_some_and(|ch| ch.is_alphanumeric()) => Some(scheme.len() + 4),
            _ if is_www && www.len() == 4 && host.len() == 4 && !at_end => None,
            [first, ..] if first.is_alphanumeric() => Some(scheme.len()),
            _ => Some(0),
        };
    }
    Some(0)
}

impl Reader {
    /// Reads an address from its scheme on; true if it stands here, or may stand here and waits for more.
    pub(super) fn begins_address(&mut self, at_end: bool) -> bool {
        if self
            .previous
            .is_some_and(|ch| ch.is_alphanumeric() && !marks::is_cjk(ch))
        {
            return false;
        }
        match scheme(self.rest(), at_end) {
            None => true,
            Some(0) => false,
            Some(length) => {
                self.advance(length);
                self.address = Address::Host;
                true
            }
        }
    }

    /// Reads one character inside an address; false if the address has ended before it.
    pub(super) fn read_address(&mut self, ch: char, at_end: bool) -> bool {
        let next = self.rest().get(1).copied();
        match self.address {
            Address::Outside => return false,
            Address::Other if self.is_in_address(ch) => self.speak(ch, 1, Style::Plain),
            // Emphasis may end here, and waits for what follows itself.
            Address::Other => return false,
            Address::Host if matches!(ch, '.' | ':') => match next {
                None if !at_end => {}
                Some(next) if next.is_alphanumeric() && !marks::is_cjk(next) => {
                    self.speak(ch, 1, Style::Plain)
                }
                _ => return self.read_path(ch, 0, at_end),
            },
            Address::Host if (ch.is_alphanumeric() || ch == '-') && !marks::is_cjk(ch) => {
                self.speak(ch, 1, Style::Plain);
            }
            Address::Host => return self.read_path(ch, 0, at_end),
            Address::Path(depth) => return self.read_path(ch, depth, at_end),
        }
        true
    }

    fn read_path(&mut self, ch: char, depth: usize, at_end: bool) -> bool {
        let rest = self.rest();
        let run = rest
            .iter()
            .take(RUN_CHARS_MAX)
            .take_while(|ch| is_trailing(**ch))
            .count();
        let after = rest.get(run).copied();
        if run > 0 && after.is_none() && !at_end {
            return true;
        }
        let goes_on = match after {
            // Marks at its end belong to the sentence.
            _ if run > 0 => after.is_some_and(|after| self.is_in_address(after) && !after.is_whitespace()),
            _ => ch == ')' && depth > 0 || self.is_in_address(ch),
        };
        if !goes_on || matches!(ch, '*' | '~' | '_') && !self.is_in_address(ch) {
            self.address = Address::Outside;
            return false;
        }
        self.address = Address::Path(match ch {
            '(' => depth + 1,
            ')' => depth.saturating_sub(1),
            _ => depth,
        });
        self.advance(1);
        true
    }

    fn is_in_address(&self, ch: char) -> bool {
        // Emphasis around the address; where its next character is not known yet, `emphasis` waits for it.
        let ends_emphasis = matches!(ch, '*' | '~' | '_')
            && self
                .rest()
                .get(1)
                .is_none_or(|next| (*next == ch && ch != '_') || next.is_whitespace());
        !matches!(ch, '<' | '>' | '"' | ')' | ']' | '|') && !marks::is_cjk(ch) && !ends_emphasis
    }
}

fn is_trailing(ch: char) -> bool {
    matches!(
        ch,
        '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '’' | '…' | '*' | '_' | '~'
    )
}
