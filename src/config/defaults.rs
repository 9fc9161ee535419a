//! What serves when nothing is set, and when each was last found among the models that its provider serves.
//!
//! Models are shut down by their providers within months. A test fails when a date here is older than 120 days: then look
//! the model up at its provider (the page stands beside it), put a successor where one is named, and write the day down.
//! Every chain ends at Workers AI, which needs no key of its own.

/// `LLM`.
pub const LLM: &str = "groq:openai/gpt-oss-120b, workers-ai:@cf/meta/llama-3.3-70b-instruct-fp8-fast";
/// `TTS`.
pub const TTS: &str = "elevenlabs:eleven_flash_v2_5, workers-ai:@cf/deepgram/aura-2-en";
/// `STT`.
pub const STT: &str = "groq:whisper-large-v3-turbo, workers-ai:@cf/openai/whisper-large-v3-turbo";
/// `EMBED`.
pub const EMBED: &str = "workers-ai:@cf/baai/bge-small-en-v1.5";
/// `VOICE`: a stock voice of ElevenLabs. Providers that cannot know it use their own.
pub const VOICE: &str = "JBFqnCBsd6RMkjVDRZzb";

/// A model, the day on which it was last found at its provider, and the page that says so.
///
/// What the pages said: Groq lists both among its production models and names neither among its deprecations; ElevenLabs
/// lists Flash v2.5 first for low latency (its Turbo models are what it retires); Cloudflare's pages of the four models
/// carry no date of deprecation, and none is among the eighteen that it took down in May 2026.
#[cfg(test)]
const CHECKED: [(&str, &str, &str); 7] = [
    (
        "groq:openai/gpt-oss-120b",
        "2026-11-28",
        "https://console.groq.com/docs/models",
    ),
    (
        "workers-ai:@cf/meta/llama-3.3-70b-instruct-fp8-fast",
        "2026-11-28",
        "https://developers.cloudflare.com/workers-ai/models/llama-3.3-70b-instruct-fp8-fast/",
    ),
    (
        "elevenlabs:eleven_flash_v2_5",
        "2026-11-28",
        "https://elevenlabs.io/docs/overview/models",
    ),
    (
        "workers-ai:@cf/deepgram/aura-2-en",
        "2026-11-28",
        "https://developers.cloudflare.com/workers-ai/models/aura-2-en/",
    ),
    (
        "groq:whisper-large-v3-turbo",
        "2026-11-28",
        "https://console.groq.com/docs/models",
    ),
    (
        "workers-ai:@cf/openai/whisper-large-v3-turbo",
        "2026-11-28",
        "https://developers.cloudflare.com/workers-ai/models/whisper-large-v3-turbo/",
    ),
    (
        "workers-ai:@cf/baai/bge-small-en-v1.5",
        "2026-11-28",
        "https://developers.cloudflare.com/workers-ai/models/bge-small-en-v1.5/",
    ),
];

/// Where law asks that a companion says what it is: EU AI Act, art. 50 (1); California SB 243; New York GBL 1702;
/// Washington HB 2225, from 2027-01-01.
pub(super) const DISCLOSURE: &str = "EU, US-CA, US-NY, US-WA";

#[cfg(test)]
mod tests {
    use super::*;

    /// Days after which a model has to be looked up again.
    const DAYS_MAX: i64 = 120;

    /// Days since 1970-01-01 of a date of the Gregorian calendar.
    fn day(date: &str) -> i64 {
        let parts: Vec<i64> = date.split('-').map(|part| part.parse().unwrap()).collect();
        let [year, month, day] = parts[..] else {
            panic!("{date} is no date")
        };
        // Years that begin in March, so that the day of a leap year is the last one.
        let (year, month) = if month > 2 {
            (year, month - 3)
        } else {
            (year - 1, month + 9)
        };
        365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469
    }

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        assert_eq!(day("1970-01-01"), 0);
        assert_eq!(day("2000-03-01") - day("2000-02-28"), 2);
        assert_eq!(day("2026-11-28"), 20_785);
    }

    #[test]
    #[allow(clippy::disallowed_methods)] // The machine's day is what is tested against; this never runs in a Worker.
    fn every_default_was_found_at_its_provider_within_120_days() {
        let chains = [LLM, TTS, STT, EMBED].join(", ");
        let used: Vec<&str> = chains.split(", ").collect();
        assert_eq!(used, CHECKED.map(|(target, _, _)| target));
        // The day of the machine: a default rots by the calendar, and only by it.
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        let today = i64::try_from(now.as_secs() / 86_400).unwrap();
        for (target, date, page) in CHECKED {
            let age = today - day(date);
            assert!(
                age <= DAYS_MAX,
                "{target} was last found {age} days ago: look it up at {page}"
            );
        }
    }

    #[test]
    fn every_chain_has_an_end_that_needs_no_key() {
        for chain in [LLM, TTS, STT, EMBED] {
            assert!(
                chain.rsplit(", ").next().unwrap().starts_with("workers-ai:"),
                "{chain}"
            );
        }
    }
}
