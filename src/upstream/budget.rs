//! The retry budget: a token bucket that keeps retries to a fifth of the first tries.
//!
//! Invariant: over any stretch of calls, retries <= reserve + 0.2 x first tries, so a broken provider never sees more
//! than 1.2 times its traffic plus a small constant. A first try is always sent. Source of the shape: gRFC A6 and
//! Finagle's retry budget. Leaves out: whether a retry is sensible at all.

/// What one first try earns: 20 %, in hundredths of a retry.
const EARNED: u32 = 20;
/// What one retry costs.
const COST: u32 = 100;
/// Retries that may be saved up: sparse traffic gets its retry, a burst gets no more than this at once.
pub const RESERVE_MAX: u32 = 10;

/// Retries that one isolate may still make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryBudget {
    hundredths: u32,
}

impl RetryBudget {
    /// Starts with `reserve` retries, at most [`RESERVE_MAX`].
    pub const fn new(reserve: u32) -> Self {
        let reserve = if reserve > RESERVE_MAX {
            RESERVE_MAX
        } else {
            reserve
        };
        Self {
            hundredths: reserve * COST,
        }
    }

    /// A first try goes out.
    pub fn deposit(&mut self) {
        self.hundredths = (self.hundredths + EARNED).min(RESERVE_MAX * COST);
    }

    /// Whether a retry may go out; if so it is paid.
    pub fn withdraw(&mut self) -> bool {
        let left = self.hundredths.checked_sub(COST);
        self.hundredths = left.unwrap_or(self.hundredths);
        left.is_some()
    }

    /// Retries that could go out now.
    pub const fn available(&self) -> u32 {
        self.hundredths / COST
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn five_first_tries_pay_one_retry() {
        let mut budget = RetryBudget::new(0);
        for _ in 0..4 {
            budget.deposit();
            assert!(!budget.withdraw());
        }
        budget.deposit();
        assert!(budget.withdraw());
        assert!(!budget.withdraw());
    }

    #[test]
    fn the_reserve_is_bounded() {
        let mut budget = RetryBudget::new(u32::MAX);
        for _ in 0..1_000 {
            budget.deposit();
        }
        assert_eq!(budget.available(), RESERVE_MAX);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn retries_never_exceed_the_reserve_and_a_fifth(
            calls in prop::collection::vec(any::<bool>(), 0..500), reserve in 0u32..20,
        ) {
            let mut budget = RetryBudget::new(reserve);
            let (mut tries, mut retries) = (0u32, 0u32);
            for first in calls {
                if first { budget.deposit(); tries += 1; } else { retries += u32::from(budget.withdraw()); }
                prop_assert!(retries * 5 <= reserve.min(RESERVE_MAX) * 5 + tries);
            }
        }
    }
}
