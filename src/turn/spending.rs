//! What a turn costs: an upper bound before it, and a figure after it where the provider gives none. Pure.

use crate::config::Amounts;
use crate::memory::person::protocol::ReserveAsk;
use crate::memory::recall::context::tokens;
use crate::model::request::ChatRequest;

/// Tokens of a reply for which no limit was asked; a companion's are some hundred.
const REPLY_TOKENS: u64 = 4_096;
/// A reply with less room is of no use.
const REPLY_TOKENS_MIN: u64 = 16;
/// Characters of a spoken reply: as long as it can be written.
const SPOKEN_CHARACTERS: u64 = 4 * REPLY_TOKENS;
/// Tokens of a picture that comes as data; what models charge for one lies between 85 and this.
const PICTURE_TOKENS: usize = 1_536;
/// What a recording whose container does not tell its length lasts at most: 16 kbit/s.
const BYTES_PER_MS: u64 = 2;

/// Tokens of JSON as it was written, on the safe side.
pub fn written_tokens(json: &str) -> u64 {
    let mut parts = json.split("\"data:");
    let mut sum = tokens(parts.next().unwrap_or_default());
    for part in parts {
        let (_, after) = part.split_once('"').unwrap_or_default();
        sum += PICTURE_TOKENS + tokens(after);
    }
    sum as u64
}

/// Tokens of what a request says to the model.
pub fn input_tokens(request: &ChatRequest) -> u64 {
    let said = ["messages", "tools", "functions", "response_format"];
    let said = said.iter().filter_map(|name| request.raw(name));
    said.map(|raw| written_tokens(raw.get())).sum()
}

/// What a turn by itself may spend. `characters` are those without which it is of no use, `None` for one that is not
/// spoken.
pub fn ask(turn: &str, request: &ChatRequest, characters: Option<u64>) -> ReserveAsk {
    let (input, choices) = (input_tokens(request), request.choices().max(1) as u64);
    let each = request.reply_limit().map_or(REPLY_TOKENS, |(_, most)| most);
    ReserveAsk {
        turn: turn.to_owned(),
        needed: Amounts {
            characters: characters.unwrap_or(0),
            ..Amounts::of_tokens(input + choices * each.min(REPLY_TOKENS_MIN))
        },
        wanted: Amounts {
            characters: characters.map_or(0, |_| SPOKEN_CHARACTERS),
            ..Amounts::of_tokens(input.saturating_add(choices.saturating_mul(each)))
        },
    }
}

/// Most tokens of each choice, for a request as it will be sent.
pub fn reply_tokens(request: &ChatRequest, granted: u64) -> u64 {
    let each = granted.saturating_sub(input_tokens(request)) / request.choices().max(1) as u64;
    let asked = request.reply_limit().map_or(u64::MAX, |(_, most)| most);
    each.min(asked).max(1)
}

/// How long a recording lasts, milliseconds, never too short.
pub fn heard_ms(bytes: usize, duration_ms: Option<u64>) -> u64 {
    duration_ms.unwrap_or((bytes as u64).div_ceil(BYTES_PER_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fields: &str) -> ChatRequest {
        let body = format!(r#"{{"messages":[{{"role":"user","content":"hello there"}}]{fields}}}"#);
        ChatRequest::parse(&body).unwrap()
    }

    #[test]
    fn a_turn_needs_its_input_and_wants_its_longest_reply() {
        let input = input_tokens(&request(""));
        assert_eq!(input, 11);
        let amounts = |fields: &str| {
            let ask = ask("t", &request(fields), None);
            (ask.needed.tokens, ask.wanted.tokens)
        };
        assert_eq!(amounts(""), (input + 16, input + 4_096));
        assert_eq!(amounts(r#","max_tokens":5"#), (input + 5, input + 5));
        assert_eq!(
            amounts(r#","max_completion_tokens":500,"n":2"#),
            (input + 32, input + 1_000)
        );
        assert_eq!(amounts(r#","max_tokens":18446744073709551615,"n":9"#).1, u64::MAX);
    }

    #[test]
    fn only_a_spoken_turn_reserves_characters() {
        let characters = |characters| {
            let ask = ask("t", &request(""), characters);
            (ask.needed.characters, ask.wanted.characters)
        };
        assert_eq!(characters(None), (0, 0));
        assert_eq!(characters(Some(0)), (0, SPOKEN_CHARACTERS));
        assert_eq!(characters(Some(1)), (1, SPOKEN_CHARACTERS));
    }

    #[test]
    fn a_reply_gets_what_its_input_leaves() {
        assert_eq!(reply_tokens(&request(""), 111), 100);
        assert_eq!(reply_tokens(&request(r#","n":4"#), 111), 25);
        assert_eq!(reply_tokens(&request(r#","max_tokens":5"#), 111), 5);
        assert_eq!(reply_tokens(&request(""), 3), 1);
    }

    #[test]
    fn a_picture_costs_what_pictures_cost_and_not_its_bytes() {
        let url = format!(
            r#""url":"data:image/png;base64,{}","detail":"low""#,
            "A".repeat(1 << 20)
        );
        let text = written_tokens(r#""url":,"detail":"low""#);
        assert!(written_tokens(&url).abs_diff(PICTURE_TOKENS as u64 + text) <= 1);
        assert_eq!(written_tokens("\"data:never ends"), PICTURE_TOKENS as u64);
    }

    #[test]
    fn a_recording_of_unknown_length_is_taken_for_a_long_one() {
        assert_eq!(heard_ms(9, Some(2_000)), 2_000);
        assert_eq!(heard_ms(4_001, None), 2_001);
    }
}
