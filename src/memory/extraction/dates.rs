//! Calendar dates for prompts, from Unix milliseconds. UTC, proleptic Gregorian.
//!
//! Source: the days-from-civil construction over 400-year eras (Howard Hinnant, "chrono-Compatible Low-Level Date
//! Algorithms"). Left out: time zones; a date in a prompt is a day, and the model is told that it is UTC.

const DAY_MS: u64 = 86_400_000;
const WEEKDAYS: [&str; 7] = [
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
];

/// The day as "2026-11-23".
pub fn day(at_ms: u64) -> String {
    // Days since 0000-03-01: years begin in March, so that the leap day is the last of its year.
    let days = at_ms / DAY_MS + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The day with its weekday: "Monday 2026-11-23".
pub fn weekday_and_day(at_ms: u64) -> String {
    let index = usize::try_from(at_ms / DAY_MS % 7).unwrap_or(0);
    format!(
        "{} {}",
        WEEKDAYS.get(index).copied().unwrap_or_default(),
        day(at_ms)
    )
}

/// The moment of an ISO 8601 text ("2024-07-22T18:25:44.442097Z", "2024-07-22T20:25:44+02:00"), Unix milliseconds; `None` for
/// another form, and for one that does not say its offset.
pub fn moment_ms(text: &str) -> Option<u64> {
    let (date, time) = text.split_once('T')?;
    let (time, offset_ms) = match time.strip_suffix('Z') {
        Some(time) => (time, 0),
        None => {
            let (time, offset) = time.split_at(time.rfind(['+', '-'])?);
            (time, offset_ms(offset)?)
        }
    };
    let field = |field: Option<&str>| field?.parse::<u64>().ok();
    let mut parts = date.split('-');
    let (year, month, day_of_month) = (field(parts.next())?, field(parts.next())?, field(parts.next())?);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut time = time.split(':');
    let (hour, minute, second) = (field(time.next())?, field(time.next())?, field(time.next())?);
    let is_sane =
        (1970..=9_999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day_of_month);
    if !is_sane || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // As above: years begin in March.
    let year = year - u64::from(month <= 2);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day_of_month - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468;
    // A day that no month has is none.
    if day(days * DAY_MS) != date {
        return None;
    }
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    let local_ms =
        days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1_000 + fraction.parse::<u64>().ok()?;
    local_ms.checked_add_signed(-offset_ms)
}

/// The offset of a local time from UTC: "+02:00".
fn offset_ms(text: &str) -> Option<i64> {
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let is_sane = (0..24).contains(&hours) && (0..60).contains(&minutes);
    let offset_ms = (hours * 60 + minutes) * 60_000;
    is_sane.then_some(if text.starts_with('-') {
        -offset_ms
    } else {
        offset_ms
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_and_other_forms_refused() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T23:59:59.9Z", Some(951_868_799_900)),
            ("2024-07-22T18:25:44.442097Z", Some(1_721_672_744_442)),
            ("2024-07-22T18:25:44+02:00", Some(1_721_665_544_000)),
            ("2024-07-22T18:25:44.442097-05:30", Some(1_721_692_544_442)),
            ("2024-07-22T18:25:44+00:00", Some(1_721_672_744_000)),
            ("1970-01-01T00:00:00+01:00", None),
            ("2024-07-22T18:25:44+24:00", None),
            ("2024-07-22T18:25:44+0200", None),
            ("2024-07-22T18:25:44é-02:00", None),
            ("2024-07-22T18:25:44", None),
            ("2024-13-22T18:25:44Z", None),
            ("2023-02-29T18:25:44Z", None),
            ("1969-12-31T23:59:59Z", None),
            ("2024-07-22T18:25:44.xZ", None),
            ("yesterday", None),
        ] {
            assert_eq!(moment_ms(text), expected, "{text}");
        }
    }

    #[test]
    fn known_days_have_their_dates() {
        for (days, expected) in [
            (0, "Thursday 1970-01-01"),
            (11_016, "Tuesday 2000-02-29"),
            (11_017, "Wednesday 2000-03-01"),
            (19_782, "Thursday 2024-02-29"),
            (20_780, "Monday 2026-11-23"),
            (47_540, "Sunday 2100-02-28"),
            (47_541, "Monday 2100-03-01"),
        ] {
            assert_eq!(weekday_and_day(days * DAY_MS + DAY_MS - 1), expected);
        }
        assert!(!day(u64::MAX).is_empty());
    }
}
