//! How many tokens a reply was, as its provider says, or else as its size makes likely. Pure.

/// Characters of a token, on average, in most languages' writing.
const TOKEN_CHARS: u64 = 4;

/// Tokens that a model read and wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Read.
    pub tokens_in: u64,
    /// Written, thinking included.
    pub tokens_out: u64,
}

impl Usage {
    /// The last that JSON text says of it, wherever it stands (`usage`, or Groq's `x_groq`). Its end is enough.
    pub fn read(text: &str) -> Option<Usage> {
        Some(Usage {
            tokens_in: number(text, "\"prompt_tokens\"")?,
            tokens_out: number(text, "\"completion_tokens\"")?,
        })
    }

    /// What so many characters of a request and of a reply make likely.
    pub fn estimated(chars_in: u64, chars_out: u64) -> Usage {
        Usage {
            tokens_in: chars_in / TOKEN_CHARS,
            tokens_out: chars_out.div_ceil(TOKEN_CHARS),
        }
    }

    /// What a reply of so many bytes of events makes likely, whose last events are these: an event for each token.
    pub fn of_events(bytes_in: u64, bytes: u64, last: &str) -> Usage {
        let lengths = last.split("\n\n").map(str::len).filter(|length| *length > 20);
        let event_bytes = lengths.min().unwrap_or(200) as u64 + 2;
        Usage {
            tokens_in: bytes_in / TOKEN_CHARS,
            tokens_out: bytes / event_bytes,
        }
    }

    /// What a whole completion says of it, or its size makes likely.
    pub fn of_completion(bytes_in: u64, completion: &str) -> Usage {
        Usage::read(completion).unwrap_or_else(|| Usage::estimated(bytes_in, completion.len() as u64))
    }

    /// As numbers for a price.
    pub fn numbers(self) -> [f64; 2] {
        [self.tokens_in as f64, self.tokens_out as f64]
    }
}

fn number(text: &str, name: &str) -> Option<u64> {
    let (_, after) = text.rsplit_once(name)?;
    let after = after.trim_start().strip_prefix(':')?.trim_start();
    let digits = after.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_read_wherever_it_stands() {
        let expected = Some(Usage {
            tokens_in: 12,
            tokens_out: 34,
        });
        for text in [
            r#"{"usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46}}"#,
            r#"ces":[],"usage": {"prompt_tokens" : 12, "completion_tokens" : 34, "completion_tokens_details":{"reasoning_tokens":9}}}"#,
            r#""x_groq":{"usage":{"prompt_tokens":12,"completion_tokens":34}}}"#,
            r#"{"usage":{"prompt_tokens":1,"completion_tokens":1}} {"usage":{"prompt_tokens":12,"completion_tokens":34}}"#,
        ] {
            assert_eq!(Usage::read(text), expected, "{text}");
        }
        for text in [
            "",
            "{\"usage\":null}",
            "{\"prompt_tokens\":5}",
            "\"prompt_tokens\":x,\"completion_tokens\":1",
        ] {
            assert_eq!(Usage::read(text), None, "{text}");
        }
    }

    #[test]
    fn without_it_size_makes_a_number_likely() {
        assert_eq!(
            Usage::estimated(400, 9),
            Usage {
                tokens_in: 100,
                tokens_out: 3
            }
        );
        let event = format!("data: {}", "x".repeat(92));
        let last = format!("{event}\n\n{event}\n\ndata: [DONE]\n\n");
        assert_eq!(
            Usage::of_events(400, 10_000, &last),
            Usage {
                tokens_in: 100,
                tokens_out: 100
            }
        );
        assert_eq!(Usage::of_events(0, 0, "").tokens_out, 0);
    }
}
