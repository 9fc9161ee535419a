//! Writes metrics as text: OpenMetrics 1.0, or the older Prometheus text format 0.0.4. Pure.
//!
//! Invariants: a family is written once and whole, labels are escaped, and an OpenMetrics text ends with `# EOF`. Sources:
//! OpenMetrics 1.0 ("Text format"; "Counter", "Gauge", "Histogram", "Info", "StateSet"); Prometheus, "Exposition formats". Leaves out what a number means: names, units and labels come from the caller.

use std::fmt::Write as _;

use super::histogram::Histogram;
use crate::wire::fields::number_text;
use crate::wire::json;

/// Bounds of the buckets that scrapers get, milliseconds: they hold every target and every alert's limit, and each lies
/// between two buckets of ours.
pub const BOUNDS_MS: [u32; 17] = [
    5, 10, 25, 50, 100, 200, 300, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000, 30_000, 120_000,
];

/// The form of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpositionFormat {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus text 0.0.4.
    Text,
}

impl ExpositionFormat {
    /// What a scraper's `accept` asks for: OpenMetrics, unless only the older text is named.
    pub fn of(accept: &str) -> ExpositionFormat {
        match accept.contains("text/plain") && !accept.contains("openmetrics") {
            true => ExpositionFormat::Text,
            false => ExpositionFormat::OpenMetrics,
        }
    }

    /// Its `content-type`.
    pub fn content_type(self) -> &'static str {
        match self {
            ExpositionFormat::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            ExpositionFormat::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// What a family's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Only grows; begins at 0 again when what counts it begins again.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Durations by how long they were.
    Histogram,
    /// Always 1; its labels say something that does not change.
    Info,
    /// 1 for the state that holds, 0 for all others; the label that tells them bears the family's name.
    StateSet,
}

impl MetricKind {
    const fn name(self, form: ExpositionFormat) -> &'static str {
        match (self, form) {
            (MetricKind::Counter, _) => "counter",
            (MetricKind::Histogram, _) => "histogram",
            (MetricKind::Info, ExpositionFormat::OpenMetrics) => "info",
            (MetricKind::StateSet, ExpositionFormat::OpenMetrics) => "stateset",
            (MetricKind::Gauge | MetricKind::Info | MetricKind::StateSet, _) => "gauge",
        }
    }

    /// What a sample's name has behind the family's.
    pub const fn suffix(self) -> &'static str {
        match self {
            MetricKind::Counter => "_total",
            MetricKind::Info => "_info",
            MetricKind::Gauge | MetricKind::Histogram | MetricKind::StateSet => "",
        }
    }
}

/// What all samples of a family share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// Without the suffix of its kind; ends in the unit, if it has one.
    pub name: &'static str,
    /// What its numbers are.
    pub kind: MetricKind,
    /// `seconds`, `bytes`, `ratio`; empty for plain counts.
    pub unit: &'static str,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// One sentence without a backslash, a quote or a line end.
    pub help: &'static str,
}

/// A text that is being written.
#[derive(Debug)]
pub struct Exposition {
    text: String,
    form: ExpositionFormat,
    /// The family whose samples were written last.
    family: &'static str,
}

impl Exposition {
    /// An empty one.
    pub fn new(form: ExpositionFormat) -> Exposition {
        Exposition {
            text: String::new(),
            form,
            family: "",
        }
    }

    /// Writes a sample. All samples of a family follow each other.
    pub fn sample(&mut self, family: &Family, labels: &[&str], value: f64) {
        self.head(family);
        self.line(family, family.kind.suffix(), labels, None, value);
    }

    /// Writes the samples of a histogram.
    pub fn histogram(&mut self, family: &Family, labels: &[&str], histogram: &Histogram, sum_s: f64) {
        self.head(family);
        for bound_ms in BOUNDS_MS {
            let bound_ms = f64::from(bound_ms);
            // As Prometheus writes numbers, so that all scrapers agree on the label: 1.0, not 1.
            let le = json::text(&(bound_ms / 1_000.0));
            let count = histogram.at_most(bound_ms) as f64;
            self.line(family, "_bucket", labels, Some(&le), count);
        }
        let count = histogram.count() as f64;
        self.line(family, "_bucket", labels, Some("+Inf"), count);
        self.line(family, "_count", labels, None, count);
        self.line(family, "_sum", labels, None, sum_s);
    }

    /// The whole text.
    pub fn finish(mut self) -> String {
        if self.form == ExpositionFormat::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }

    /// Writes what a family is, which its first sample does otherwise.
    pub fn head(&mut self, family: &Family) {
        if self.family == family.name {
            return;
        }
        self.family = family.name;
        let Family {
            name,
            kind,
            unit,
            help,
            ..
        } = family;
        let is_open = self.form == ExpositionFormat::OpenMetrics;
        let suffix = if is_open { "" } else { kind.suffix() };
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "# TYPE {name}{suffix} {}", kind.name(self.form));
        if is_open && !unit.is_empty() {
            let _ = writeln!(self.text, "# UNIT {name} {unit}");
        }
        let _ = writeln!(self.text, "# HELP {name}{suffix} {help}");
    }

    fn line(&mut self, family: &Family, suffix: &str, values: &[&str], le: Option<&str>, value: f64) {
        let text = &mut self.text;
        let _ = write!(text, "{}{suffix}", family.name);
        let mut opening = '{';
        let labels = family.labels.iter().zip(values);
        for (label, words) in labels
            .map(|(label, words)| (*label, *words))
            .chain(le.map(|le| ("le", le)))
        {
            if !words.is_empty() {
                let _ = write!(text, "{opening}{label}=\"{}\"", escaped(words));
                opening = ',';
            }
        }
        if opening == ',' {
            text.push('}');
        }
        let _ = writeln!(text, " {}", number(value));
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
        return number_text(value);
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
        kind: MetricKind::Gauge,
        unit: "seconds",
        labels: &["key"],
        help: "How long.",
    };
    const CALLS: Family = Family {
        name: "calls",
        kind: MetricKind::Counter,
        unit: "",
        labels: &["key", "by"],
        help: "How many.",
    };
    const BUILD: Family = Family {
        name: "hearken_build",
        kind: MetricKind::Info,
        labels: &["version"],
        ..CALLS
    };
    const TOOK: Family = Family {
        name: "took_seconds",
        kind: MetricKind::Histogram,
        ..WAIT
    };

    fn written(form: ExpositionFormat) -> String {
        let mut text = Exposition::new(form);
        text.sample(&WAIT, &["a"], 0.25);
        text.sample(&WAIT, &["b"], 3.0);
        text.sample(&CALLS, &["a", ""], 12.0);
        text.sample(&BUILD, &["1.2"], 1.0);
        text.finish()
    }

    #[test]
    fn families_are_whole_and_the_end_is_told() {
        let expected = "# TYPE breaker_wait_seconds gauge\n# UNIT breaker_wait_seconds seconds\n# HELP breaker_wait_seconds How long.\n\
            breaker_wait_seconds{key=\"a\"} 0.25\nbreaker_wait_seconds{key=\"b\"} 3\n\
            # TYPE calls counter\n# HELP calls How many.\ncalls_total{key=\"a\"} 12\n\
            # TYPE hearken_build info\n# HELP hearken_build How many.\nhearken_build_info{version=\"1.2\"} 1\n# EOF\n";
        assert_eq!(written(ExpositionFormat::OpenMetrics), expected);
    }

    #[test]
    fn the_older_text_names_families_as_their_samples_and_has_no_end() {
        let expected = "# TYPE breaker_wait_seconds gauge\n# HELP breaker_wait_seconds How long.\n\
            breaker_wait_seconds{key=\"a\"} 0.25\nbreaker_wait_seconds{key=\"b\"} 3\n\
            # TYPE calls_total counter\n# HELP calls_total How many.\ncalls_total{key=\"a\"} 12\n\
            # TYPE hearken_build_info gauge\n# HELP hearken_build_info How many.\nhearken_build_info{version=\"1.2\"} 1\n";
        assert_eq!(written(ExpositionFormat::Text), expected);
    }

    #[test]
    fn histograms_have_every_bound_and_their_buckets_add_up() {
        let mut histogram = Histogram::default();
        for ms in [3.0, 50.0, 51.0, 2e6] {
            histogram.add(super::super::histogram::bucket(ms), 1);
        }
        let mut text = Exposition::new(ExpositionFormat::OpenMetrics);
        text.histogram(&TOOK, &["a"], &histogram, 0.104);
        let text = text.finish();
        for line in [
            "{key=\"a\",le=\"0.005\"} 1\n",
            "{key=\"a\",le=\"0.05\"} 2\n",
            "{key=\"a\",le=\"0.1\"} 3\n",
            "{key=\"a\",le=\"1.0\"} 3\n",
            "{key=\"a\",le=\"120.0\"} 3\n",
            "{key=\"a\",le=\"+Inf\"} 4\n",
        ] {
            assert!(
                text.contains(&format!("took_seconds_bucket{line}")),
                "{line} in {text}"
            );
        }
        assert!(
            text.ends_with("took_seconds_count{key=\"a\"} 4\ntook_seconds_sum{key=\"a\"} 0.104\n# EOF\n")
        );
    }

    #[test]
    fn hostile_labels_stay_one_label_and_those_without_a_value_are_left_out() {
        let mut text = Exposition::new(ExpositionFormat::OpenMetrics);
        text.sample(&CALLS, &["a\"} 9\n# EOF\\"], 1.0);
        text.sample(&CALLS, &["", ""], 2.0);
        let text = text.finish();
        assert!(
            text.contains("calls_total{key=\"a\\\"} 9\\n# EOF\\\\\"} 1\n"),
            "{text}"
        );
        assert!(text.contains("\ncalls_total 2\n"), "{text}");
    }

    #[test]
    fn numbers_that_are_none_have_their_own_words() {
        let words = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.5, 1e15].map(number);
        assert_eq!(words, ["NaN", "+Inf", "-Inf", "-0.5", "1000000000000000"]);
    }

    #[test]
    fn the_older_text_is_for_who_names_it_alone() {
        let prometheus =
            "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
        for (accept, form) in [
            ("", ExpositionFormat::OpenMetrics),
            ("*/*", ExpositionFormat::OpenMetrics),
            (prometheus, ExpositionFormat::OpenMetrics),
            ("text/plain;version=0.0.4", ExpositionFormat::Text),
        ] {
            assert_eq!(ExpositionFormat::of(accept), form, "{accept}");
        }
    }
}
