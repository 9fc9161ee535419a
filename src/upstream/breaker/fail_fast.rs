//! An isolate's own, stricter judgement: after as many failures in a row here as would open the breaker, calls fail
//! fast here for one snapshot's life. It covers the time until the object's verdict arrives, and an object that does
//! not answer.
//!
//! Invariant: it only ever denies; it never lets a call pass that the snapshot denies.

/// Failures in a row seen by this isolate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FailFast {
    row: u64,
    blocked_until_ms: u64,
}

impl FailFast {
    /// Takes an outcome in; `threshold` failures in a row block for `ttl_ms`. The row is kept, so that the first
    /// failure after the block blocks again; a success forgets it.
    pub fn record(&mut self, failed: bool, threshold: u64, ttl_ms: u64, now_ms: u64) {
        if !failed {
            self.row = 0;
            return;
        }
        self.row = self.row.saturating_add(1);
        if self.row >= threshold.max(1) {
            self.blocked_until_ms = self.blocked_until_ms.max(now_ms.saturating_add(ttl_ms));
        }
    }

    /// What is left of the block, milliseconds.
    pub fn blocked_left_ms(&self, now_ms: u64) -> u64 {
        self.blocked_until_ms.saturating_sub(now_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_for_one_ttl_and_again_on_the_next_failure() {
        let mut local = FailFast::default();
        local.record(true, 2, 100, 0);
        assert_eq!(local.blocked_left_ms(0), 0);
        local.record(true, 2, 100, 10);
        assert_eq!(local.blocked_left_ms(10), 100);
        assert_eq!(local.blocked_left_ms(110), 0);
        local.record(true, 2, 100, 200);
        assert_eq!(local.blocked_left_ms(200), 100);
        local.record(false, 2, 100, 300);
        local.record(true, 2, 100, 301);
        assert_eq!(local.blocked_left_ms(301), 0);
    }
}
