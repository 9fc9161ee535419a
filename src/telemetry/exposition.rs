//! Writes metrics as OpenMetrics 1.0 text. Pure.
//!
//! Invariants: a family is written once and whole, samples of different families never mix, labels are escaped, and the
//! last line is `# EOF`. Source: OpenMetrics 1.0 ("Text format"; "Counter", "Gauge", "Info", "StateSet").
//! Leaves out what a number means: names, units and labels come from the caller.

use std::fmt::Write as _;

/// The type of the text, for `content-type`.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What a family's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows; begins at 0 again when what counts it begins again.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Always 1; its labels say something that does not change.
    Info,
    /// 1 for the state that holds, 0 for all others; the label that tells them bears the family's name.
    StateSet,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Info => "info",
            Kind::StateSet => "stateset",
        }
    }

    const fn suffix(self) -> &'static str {
        match self {
            Kind::Counter => "_total",
            Kind::Info => "_info",
            Kind::Gauge | Kind::StateSet => "",
        }
    }
}

/// What all samples of a family share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// Without the suffix of its kind; ends in the unit, if it has one.
    pub name: &'static str,
    /// What its numbers are.
    pub kind: Kind,
    /// `seconds`, `bytes`, `ratio`; empty for plain counts.
    pub unit: &'static str,
    /// One sentence without a backslash, a quote or a line end.
    pub help: &'static str,
}

/// A label's name and value.
pub type Label<'a> = (&'a str, &'a str);

/// A text that is being written.
#[derive(Debug, Default)]
pub struct Exposition(String);

impl Exposition {
    /// Writes a whole family; one without samples is left out.
    pub fn family<'a, const N: usize>(
        &mut self,
        family: &Family,
        samples: impl IntoIterator<Item = ([Label<'a>; N], f64)>,
    ) {
        let Family {
            name,
            kind,
            unit,
            help,
        } = family;
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        let text = &mut self.0;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# TYPE {name} {}", kind.name());
        if !unit.is_empty() {
            let _ = writeln!(text, "# UNIT {name} {unit}");
        }
        let _ = writeln!(text, "# HELP {name} {help}");
        for (labels, value) in samples {
            let _ = write!(text, "{name}{}", kind.suffix());
            for (place, (label, words)) in labels.iter().filter(|(_, words)| !words.is_empty()).enumerate() {
                let opening = if place == 0 { '{' } else { ',' };
                let _ = write!(text, "{opening}{label}=\"{}\"", escaped(words));
            }
            if labels.iter().any(|(_, words)| !words.is_empty()) {
                text.push('}');
            }
            let _ = writeln!(text, " {}", number(value));
        }
    }

    /// The whole text.
    pub fn finish(mut self) -> String {
        self.0.push_str("# EOF\n");
        self.0
    }
}

fn escaped(words: &str) -> String {
    words
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

fn number(value: f64) -> String {
    if value.is_finite() {
        return value.to_string();
    }
    let word = match (value.is_nan(), value > 0.0) {
        (true, _) => "NaN",
        (false, true) => "+Inf",
        (false, false) => "-Inf",
    };
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: Family = Family {
        name: "breaker_wait_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "How long.",
    };
    const CALLS: Family = Family {
        name: "calls",
        kind: Kind::Counter,
        unit: "",
        help: "How many.",
    };

    #[test]
    fn families_are_whole_and_the_end_is_told() {
        let mut text = Exposition::default();
        text.family(&WAIT, [([("key", "a")], 0.25), ([("key", "b")], 3.0)]);
        text.family(&CALLS, [([("key", "a"), ("by", "")], 12.0)]);
        let info = Family {
            name: "hearken_build",
            kind: Kind::Info,
            ..CALLS
        };
        text.family(&info, [([("version", "1.2")], 1.0)]);
        let expected = "# TYPE breaker_wait_seconds gauge\n# UNIT breaker_wait_seconds seconds\n# HELP breaker_wait_seconds How long.\n\
            breaker_wait_seconds{key=\"a\"} 0.25\nbreaker_wait_seconds{key=\"b\"} 3\n\
            # TYPE calls counter\n# HELP calls How many.\ncalls_total{key=\"a\"} 12\n\
            # TYPE hearken_build info\n# HELP hearken_build How many.\nhearken_build_info{version=\"1.2\"} 1\n# EOF\n";
        assert_eq!(text.finish(), expected);
    }

    #[test]
    fn a_family_without_samples_and_labels_without_values_are_left_out() {
        let mut text = Exposition::default();
        text.family::<0>(&WAIT, []);
        text.family(&CALLS, [([], 1.0)]);
        text.family(&CALLS, [([("by", "")], 2.0)]);
        let all = text.finish();
        assert!(!all.contains("wait"), "{all}");
        assert!(
            all.contains("\ncalls_total 1\n") && all.contains("\ncalls_total 2\n"),
            "{all}"
        );
    }

    #[test]
    fn hostile_labels_stay_one_label() {
        let mut text = Exposition::default();
        text.family(&CALLS, [([("key", "a\"} 9\n# EOF\\")], 1.0)]);
        assert!(
            text.finish()
                .contains("calls_total{key=\"a\\\"} 9\\n# EOF\\\\\"} 1\n")
        );
    }

    #[test]
    fn numbers_that_are_none_have_their_own_words() {
        let words = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.5, 1e15].map(number);
        assert_eq!(words, ["NaN", "+Inf", "-Inf", "-0.5", "1000000000000000"]);
    }
}
