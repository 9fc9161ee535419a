//! The `evidence` strategy: a one-sided sequential test (CUSUM) of "the failure share is still p0" against "it rose to
//! p1", with p0 learnt slowly from what is usual.
//!
//! Invariant: `p0` within 0.005..0.4 and `score` >= 0, both finite. Few failures convince it about a reliable
//! provider, many are needed for a flaky one; calm seconds between calls do not matter, so sparse traffic suits it.
//! Source: E. S. Page, "Continuous Inspection Schemes", Biometrika 41 (1954).

use crate::config::breaker::BreakerConfig;

const P0_MIN: f64 = 0.005;
const P0_MAX: f64 = 0.4;

/// Evidence collected since the breaker closed, and the usual failure share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// S, in nats; 0 means nothing speaks for an outage.
    score: f64,
    /// The usual failure share.
    p0: f64,
}

impl Evidence {
    /// No evidence; the usual share as given, moved into its bounds.
    pub fn new(p0: f64) -> Self {
        let p0 = if p0.is_finite() {
            p0.clamp(P0_MIN, P0_MAX)
        } else {
            P0_MIN
        };
        Self { score: 0.0, p0 }
    }

    /// Continues with what was collected before a restart.
    pub fn with_score(self, score: f64) -> Self {
        let score = if score.is_finite() { score.max(0.0) } else { 0.0 };
        Self { score, ..self }
    }

    /// S: the evidence collected since it closed, in nats.
    pub fn score(&self) -> f64 {
        self.score
    }

    /// The usual failure share.
    pub fn p0(&self) -> f64 {
        self.p0
    }

    /// The failure share that would be an outage. Capped at 0.9, or a success would weigh ln 0 at p0 = 0.4.
    fn p1(&self) -> f64 {
        (2.0 * self.p0 + 0.2).clamp(0.5, 0.9)
    }

    /// Takes an outcome in; `true` if it is a failure with which the evidence suffices to open.
    pub fn record(&mut self, failed: bool, config: &BreakerConfig) -> bool {
        let limit = limit(config);
        let (p0, p1) = (self.p0, self.p1());
        let weight = if failed {
            (p1 / p0).ln()
        } else {
            ((1.0 - p1) / (1.0 - p0)).ln()
        };
        self.score = (self.score + weight).max(0.0);
        if failed && self.score >= limit {
            return true;
        }
        // While an outage is half proven its failures must not become "usual".
        if self.score < limit / 2.0 {
            let x = f64::from(u8::from(failed));
            self.p0 = (p0 + (x - p0) / config.evidence_memory as f64).clamp(P0_MIN, P0_MAX);
        }
        false
    }

    /// Failures in a row that would open it from a clean start, at the present p0.
    pub fn threshold(&self, config: &BreakerConfig) -> u64 {
        // 1 (alpha 0.1, p0 0.005) to 35 (alpha 1e-12, p0 0.4), so the cast is exact.
        (limit(config) / (self.p1() / self.p0).ln()).ceil() as u64
    }

    /// Forgets the evidence, keeps the usual share.
    pub fn clear(&mut self) {
        self.score = 0.0;
    }
}

/// h: how much evidence opens.
fn limit(config: &BreakerConfig) -> f64 {
    (1.0 / config.evidence_alpha).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn thresholds_match_the_published_effective_ones() {
        let config = BreakerConfig::default();
        for (success, threshold) in [(0.99, 3), (0.98, 4), (0.95, 6), (0.90, 8), (0.80, 11)] {
            assert_eq!(
                Evidence::new(1.0 - success).threshold(&config),
                threshold,
                "at {success}"
            );
        }
    }

    #[test]
    fn four_failures_in_a_row_open_at_the_default_baseline() {
        let config = BreakerConfig::default();
        let mut evidence = Evidence::new(config.evidence_baseline);
        let opened: Vec<_> = (0..4).map(|_| evidence.record(true, &config)).collect();
        assert_eq!(opened, [false, false, false, true]);
    }

    #[test]
    fn a_half_proven_outage_does_not_become_usual() {
        let config = BreakerConfig::default();
        let mut evidence = Evidence::new(0.02);
        evidence.record(true, &config); // S = 3.2 of 11.5
        let usual = evidence.p0;
        assert!(usual > 0.02);
        evidence.record(true, &config); // S = 6.4, beyond the half
        assert_eq!(evidence.p0, usual);
    }

    #[test]
    fn a_success_never_opens_whatever_was_stored() {
        let mut evidence = Evidence::new(0.02).with_score(1_000.0);
        assert!(!evidence.record(false, &BreakerConfig::default()));
        assert!(evidence.record(true, &BreakerConfig::default()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn bounds_hold_and_only_a_failure_opens(
            outcomes in prop::collection::vec(any::<bool>(), 0..400),
            alpha in 1e-12f64..0.1, p0 in 0.005f64..0.4, memory in 10u64..1000,
        ) {
            let config = BreakerConfig { evidence_alpha: alpha, evidence_memory: memory, ..BreakerConfig::default() };
            let mut evidence = Evidence::new(p0);
            for failed in outcomes {
                let opens = evidence.record(failed, &config);
                prop_assert!(!opens || failed);
                prop_assert!((P0_MIN..=P0_MAX).contains(&evidence.p0));
                prop_assert!(evidence.score >= 0.0 && evidence.score.is_finite());
                if opens { evidence.clear(); }
            }
        }
    }
}
