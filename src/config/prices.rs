//! What providers take, as far as it is known: a dated table, and the operator's own prices over it (`PRICES`).

use super::chain::Target;
use super::chain_kind::ChainKind;
use super::vars::{Vars, parts};
use crate::wire::fields;

/// When the table below was true.
const AS_OF: &str = "2026-11-28";

/// US dollars, list prices without volume discounts: for models each million tokens in and out, for voices each million
/// characters, for recognisers each minute, for embeddings each million tokens. A name that ends in `*` stands for all
/// that begin so.
const TABLE: [(&str, f64, f64); 24] = [
    ("groq:openai/gpt-oss-120b", 0.15, 0.60),
    ("groq:openai/gpt-oss-20b", 0.075, 0.30),
    ("groq:whisper-large-v3-turbo", 0.04 / 60.0, 0.0),
    ("groq:whisper-large-v3", 0.111 / 60.0, 0.0),
    ("groq:canopylabs/orpheus-*", 22.0, 0.0),
    ("elevenlabs:eleven_flash_v2_5", 40.0, 0.0),
    ("elevenlabs:eleven_v3*", 80.0, 0.0),
    ("elevenlabs:scribe_*", 0.22 / 60.0, 0.0),
    ("deepgram:nova-3*", 0.0043, 0.0),
    ("deepgram:aura-2*", 30.0, 0.0),
    ("deepgram:aura-*", 15.0, 0.0),
    ("openai:gpt-transcribe*", 0.0045, 0.0),
    ("openai:text-embedding-3-small", 0.02, 0.0),
    ("workers-ai:@cf/openai/gpt-oss-120b", 0.35, 0.75),
    ("workers-ai:@cf/openai/gpt-oss-20b", 0.20, 0.30),
    (
        "workers-ai:@cf/meta/llama-3.3-70b-instruct-fp8-fast",
        0.293,
        2.253,
    ),
    ("workers-ai:@cf/meta/llama-3.1-8b-instruct-fp8*", 0.152, 0.287),
    ("workers-ai:@cf/qwen/qwen3-30b-a3b-fp8", 0.051, 0.335),
    ("workers-ai:@cf/openai/whisper-large-v3-turbo", 0.0005, 0.0),
    ("workers-ai:@cf/deepgram/nova-3", 0.0052, 0.0),
    ("workers-ai:@cf/pipecat-ai/smart-turn-v2", 0.000_338, 0.0),
    ("workers-ai:@cf/deepgram/aura-1", 15.0, 0.0),
    ("workers-ai:@cf/deepgram/aura-2-*", 30.0, 0.0),
    ("workers-ai:@cf/baai/bge-small-en-v1.5", 0.02, 0.0),
];

/// Prices by target.
#[derive(Clone, Debug, PartialEq)]
pub struct Prices {
    /// The date of the table, or the operator's.
    pub as_of: String,
    own: Vec<(String, f64, f64)>,
}

impl Prices {
    pub(super) fn read(vars: Vars) -> Prices {
        let mut prices = Prices {
            as_of: AS_OF.to_owned(),
            own: Vec::new(),
        };
        for part in vars.list("PRICES") {
            match price(&part) {
                Some(price) => prices.own.push(price),
                None if is_date(&part) => prices.as_of = part,
                None => vars.refuse(
                    "PRICES",
                    format!("must be a date and provider:model=dollars[/dollars for what a model writes]; it has \"{part}\""),
                ),
            }
        }
        prices
    }

    /// What a use of a target costs, US dollars: tokens in and out, characters, seconds. `None` where no price is known.
    pub fn cost_usd(&self, kind: ChainKind, target: &Target, used: [f64; 2]) -> Option<f64> {
        let name = target.to_string();
        let fits = |known: &str| match known.strip_suffix('*') {
            Some(begin) => name.starts_with(begin),
            None => name == known,
        };
        let own = self.own.iter().find(|(known, ..)| fits(known));
        let own = own.map(|(_, first, second)| (*first, *second));
        let listed = || TABLE.iter().find(|(known, ..)| fits(known));
        let (first, second) = own.or_else(|| listed().map(|(_, first, second)| (*first, *second)))?;
        let unit = match kind {
            ChainKind::Stt | ChainKind::Listen | ChainKind::EndOfTurn => 60.0,
            ChainKind::Llm | ChainKind::Tts | ChainKind::Embed => 1e6,
        };
        let [first_used, second_used] = used;
        Some((first * first_used + second * second_used) / unit)
    }
}

fn price(part: &str) -> Option<(String, f64, f64)> {
    let (target, dollars) = part.rsplit_once('=')?;
    let dollars = parts(dollars, '/');
    let number = |text: &String| fields::number(text).filter(|dollars| (0.0..=1e6).contains(dollars));
    let (first, second) = match dollars.as_slice() {
        [first] => (number(first)?, 0.0),
        [first, second] => (number(first)?, number(second)?),
        _ => return None,
    };
    target
        .contains(':')
        .then(|| (target.trim().to_owned(), first, second))
}

fn is_date(part: &str) -> bool {
    let digits = |from: usize, to: usize| {
        let digits = part.as_bytes().get(from..to);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
    };
    let dashes = (part.as_bytes().get(4), part.as_bytes().get(7));
    part.len() == 10 && dashes == (Some(&b'-'), Some(&b'-')) && digits(0, 4) && digits(5, 7) && digits(8, 10)
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Provider};
    use super::*;

    fn read(prices: &str) -> Result<Prices, String> {
        Config::from_lookup(&|asked| (asked == "PRICES").then(|| prices.to_owned()))
            .map(|config| config.prices)
            .map_err(|error| error.to_string())
    }

    fn target(provider: Provider, model: &str) -> Target {
        Target {
            provider,
            model: model.to_owned(),
        }
    }

    #[test]
    fn a_minute_of_talk_costs_what_the_table_says() {
        let prices = read("").unwrap();
        let cost = |kind, provider, model, used| prices.cost_usd(kind, &target(provider, model), used);
        let near =
            |told: Option<f64>, expected: f64| assert!((told.unwrap() - expected).abs() < 1e-9, "{told:?}");
        near(
            cost(
                ChainKind::Llm,
                Provider::Groq,
                "openai/gpt-oss-120b",
                [6_000.0, 240.0],
            ),
            0.001_044,
        );
        near(
            cost(
                ChainKind::Tts,
                Provider::ElevenLabs,
                "eleven_flash_v2_5",
                [400.0, 0.0],
            ),
            0.016,
        );
        near(
            cost(
                ChainKind::Tts,
                Provider::Deepgram,
                "aura-2-thalia-en",
                [400.0, 0.0],
            ),
            0.012,
        );
        near(
            cost(
                ChainKind::Stt,
                Provider::Groq,
                "whisper-large-v3-turbo",
                [30.0, 0.0],
            ),
            0.04 / 120.0,
        );
        near(
            cost(
                ChainKind::Embed,
                Provider::OpenAi,
                "text-embedding-3-small",
                [1e6, 0.0],
            ),
            0.02,
        );
        assert_eq!(
            cost(ChainKind::Llm, Provider::OpenAi, "of-ones-own", [1.0, 1.0]),
            None,
            "unknown is not free"
        );
    }

    #[test]
    fn the_operators_prices_come_first_and_bring_their_date() {
        let prices = read("2027-01-02, openai:own=1/2, groq:openai/gpt-oss-120b = 0").unwrap();
        let cost = |provider, model| prices.cost_usd(ChainKind::Llm, &target(provider, model), [1e6, 1e6]);
        assert_eq!(cost(Provider::OpenAi, "own"), Some(3.0));
        assert_eq!(cost(Provider::Groq, "openai/gpt-oss-120b"), Some(0.0));
        assert_eq!(prices.as_of, "2027-01-02");
        assert_eq!(read("").unwrap().as_of, AS_OF);
    }

    #[test]
    fn err_names_the_variable_and_what_it_has() {
        for odd in [
            "x",
            "groq:x",
            "groq:x=",
            "groq:x=a",
            "groq:x=-1",
            "groq:x=1/2/3",
            "x=1",
            "2027-1-2",
            "2027/01/02",
        ] {
            let error = read(odd).unwrap_err();
            assert!(
                error.starts_with("PRICES must be") && error.contains(odd),
                "{error}"
            );
        }
    }
}
