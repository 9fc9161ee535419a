//! How long to wait before the next try: exponential with jitter, or what the provider asked for.
//!
//! Invariant: a wait never passes [`WAIT_MAX_MS`] nor the caller's remaining time. Sources: RFC 9110 §10.2.3
//! (`retry-after`) and §5.6.7 (HTTP dates); `retry-after-ms` and `x-ms-retry-after-ms` are vendors' own. The random
//! number and the present time are arguments.

use crate::wire::fields::number;

/// No wait is longer, whatever a provider asks: 60 s.
pub const WAIT_MAX_MS: u64 = 60_000;
/// Longest header value that is read, in bytes.
const VALUE_BYTES_MAX: usize = 64;

/// Base and cap of the exponential wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The first wait, milliseconds.
    pub base_ms: u64,
    /// The longest, milliseconds.
    pub max_ms: u64,
}

impl Backoff {
    /// The wait before retry `retry` (0 is the first): min(max, base x 2^retry) x 0.8..1.2 by `random` in 0..1.
    pub fn wait_ms(&self, retry: u32, random: f64) -> u64 {
        let grown_ms = self.base_ms.saturating_mul(2u64.saturating_pow(retry.min(63)));
        let random = if random.is_finite() {
            random.clamp(0.0, 1.0)
        } else {
            0.5
        };
        let longest_ms = self.max_ms.min(WAIT_MAX_MS);
        ((grown_ms.min(longest_ms) as f64 * (0.8 + 0.4 * random)) as u64).min(WAIT_MAX_MS)
    }
}

/// The wait before the next try, or `None` if it would use up the caller's `remaining_ms`. A provider's own wish counts
/// if it is longer than ours.
pub fn next_wait_ms(own_ms: u64, asked_ms: Option<u64>, remaining_ms: u64) -> Option<u64> {
    let wait_ms = own_ms.max(asked_ms.unwrap_or(0)).min(WAIT_MAX_MS);
    (wait_ms < remaining_ms).then_some(wait_ms)
}

/// What a reply's headers ask to wait, in milliseconds, without a cap; `header` looks a lower-case name up and
/// `now_unix_ms` is the present. The first readable of `retry-after-ms`, `x-ms-retry-after-ms`, `retry-after` counts. A
/// date in the past is 0.
pub fn cooldown_wish_ms(header: impl Fn(&str) -> Option<String>, now_unix_ms: u64) -> Option<u64> {
    let millis = |name| header(name).and_then(|value| scaled(&value, 1.0));
    millis("retry-after-ms")
        .or_else(|| millis("x-ms-retry-after-ms"))
        .or_else(|| {
            let value = header("retry-after")?;
            scaled(&value, 1_000.0)
                .or_else(|| http_date_ms(&value).map(|date_ms| date_ms.saturating_sub(now_unix_ms)))
        })
}

/// A decimal number of at least 0, times `factor`, rounded up to whole milliseconds. No sign, exponent or word.
fn scaled(value: &str, factor: f64) -> Option<u64> {
    let value = value.trim();
    let digits = value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if value.len() > VALUE_BYTES_MAX || !digits {
        return None;
    }
    let number = number(value)?;
    // Saturates far beyond every cap.
    Some((number * factor).ceil() as u64)
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Reads a date in any of the three forms that a recipient must take (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`,
/// `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`. Unix milliseconds.
pub fn http_date_ms(text: &str) -> Option<u64> {
    if text.len() > VALUE_BYTES_MAX {
        return None;
    }
    let text = text.trim();
    let Some((_, rest)) = text.split_once(", ") else {
        let mut parts = text.split_ascii_whitespace().skip(1);
        let (month, day, clock, year) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let day = digits(day, day.len().min(2))?;
        return moment_ms(day, month, digits(year, 4)?, clock).filter(|_| parts.next().is_none());
    };
    let rest = rest.strip_suffix(" GMT")?;
    let (date, clock) = rest.rsplit_once(' ')?;
    let (separator, year_digits) = if date.contains('-') { ('-', 2) } else { (' ', 4) };
    let mut parts = date.split(separator);
    let (day, month, year) = (parts.next()?, parts.next()?, digits(parts.next()?, year_digits)?);
    // Two digits stand for a year near the present; nobody asks us to come back before 1970.
    let year = match (year_digits, year) {
        (2, 0..70) => 2_000 + year,
        (2, _) => 1_900 + year,
        _ => year,
    };
    moment_ms(digits(day, 2)?, month, year, clock).filter(|_| parts.next().is_none())
}

/// Unix milliseconds of a day and a time of day such as `08:49:37`.
fn moment_ms(day: u64, month_name: &str, year: u64, clock: &str) -> Option<u64> {
    let month = MONTHS.iter().position(|name| *name == month_name)? as u64 + 1;
    let mut parts = clock.split(':').map(|part| digits(part, 2));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let legal = parts.next().is_none() && (1..=31).contains(&day);
    if !legal || year < 1970 || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(seconds * 1_000)
}

fn digits(text: &str, count: usize) -> Option<u64> {
    let plain = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Days of the proleptic Gregorian calendar; the year begins in March, so that the leap day comes last.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let before_year = year * 365 + year / 4 - year / 100 + year / 400;
    let before_month = (153 * month + 2) / 5;
    // 719,468 days lie between 1 March of year 0 and 1 January 1970.
    (before_year + before_month + day - 1).saturating_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(list: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
        move |name| {
            list.iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn wait_doubles_within_its_cap_and_jitter() {
        let backoff = Backoff {
            base_ms: 100,
            max_ms: 1_000,
        };
        let waits: Vec<_> = (0..5).map(|retry| backoff.wait_ms(retry, 0.5)).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_000]);
        assert_eq!(backoff.wait_ms(0, 0.0), 80);
        assert_eq!(backoff.wait_ms(0, 1.0), 120);
        let endless = Backoff {
            base_ms: u64::MAX,
            max_ms: u64::MAX,
        };
        assert_eq!(endless.wait_ms(u32::MAX, 1.0), WAIT_MAX_MS);
    }

    #[test]
    fn a_wait_that_uses_up_the_remaining_time_is_no_wait() {
        assert_eq!(next_wait_ms(100, None, 101), Some(100));
        assert_eq!(next_wait_ms(100, None, 100), None);
        assert_eq!(next_wait_ms(100, Some(500), 501), Some(500));
        assert_eq!(next_wait_ms(100, Some(90_000_000), 70_000), Some(WAIT_MAX_MS));
    }

    #[test]
    fn headers_are_read_in_order_of_precision() {
        let all = headers(&[
            ("retry-after", "9"),
            ("x-ms-retry-after-ms", "800"),
            ("retry-after-ms", "70.5"),
        ]);
        assert_eq!(cooldown_wish_ms(all, 0), Some(71));
        assert_eq!(
            cooldown_wish_ms(
                headers(&[("retry-after", "9"), ("x-ms-retry-after-ms", "800")]),
                0
            ),
            Some(800)
        );
        assert_eq!(
            cooldown_wish_ms(headers(&[("retry-after", " 1.5 ")]), 0),
            Some(1_500)
        );
        assert_eq!(
            cooldown_wish_ms(headers(&[("retry-after-ms", "soon"), ("retry-after", "2")]), 0),
            Some(2_000)
        );
        assert_eq!(
            cooldown_wish_ms(headers(&[("retry-after", "86400")]), 0),
            Some(86_400_000)
        );
    }

    #[test]
    fn what_is_no_number_and_no_date_asks_for_nothing() {
        for value in [
            "",
            "-1",
            "+1",
            "1e3",
            "inf",
            "NaN",
            ".",
            "1.2.3",
            "soon",
            "12345678901234567890123456789012345678901234567890123456789012345",
        ] {
            let found = cooldown_wish_ms(|name| (name == "retry-after").then(|| value.to_owned()), 0);
            assert_eq!(found, None, "{value:?}");
        }
        assert_eq!(cooldown_wish_ms(|_| None, 0), None);
    }

    #[test]
    fn dates_are_relative_to_now_and_the_past_is_zero() {
        // The example of RFC 9110 §5.6.7.
        assert_eq!(
            http_date_ms("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(784_111_777_000)
        );
        for old in ["Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(http_date_ms(old), Some(784_111_777_000), "{old}");
        }
        assert_eq!(
            http_date_ms("Monday, 23-Nov-26 00:00:00 GMT"),
            http_date_ms("Mon Nov 23 00:00:00 2026")
        );
        assert_eq!(http_date_ms("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(
            http_date_ms("Thu, 29 Feb 2024 23:59:59 GMT"),
            Some(1_709_251_199_000)
        );
        let date = headers(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")]);
        assert_eq!(cooldown_wish_ms(&date, 784_111_770_000), Some(7_000));
        assert_eq!(cooldown_wish_ms(&date, 900_000_000_000), Some(0));
    }

    #[test]
    fn broken_dates_are_refused() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1969 08:49:37 GMT",
            "Sun, 06 Now 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37:01 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT x",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sunday, 06-Nov-1994 08:49:37 GMT",
            "Sunday, 06-Nov-94-1 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994 GMT",
            "Sun Nov 061 08:49:37 1994",
            "Nov 6 08:49:37 1994",
            "06 Nov 1994",
        ] {
            assert_eq!(http_date_ms(text), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn no_header_breaks_it_or_passes_the_cap(value in ".{0,80}", now in any::<u64>()) {
            let found = cooldown_wish_ms(|_| Some(value.clone()), now);
            prop_assert!(found.is_none_or(|ms| ms <= WAIT_MAX_MS));
        }
    }
}
