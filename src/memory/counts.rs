//! How often each rule decided, in this isolate: for metrics. Bounded by the number of rules.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::memory::salience::decide::When;
use crate::memory::salience::rules::Rule;

thread_local! {
    static DECISIONS: RefCell<BTreeMap<(&'static str, &'static str), u64>> = const { RefCell::new(BTreeMap::new()) };
}

fn word(when: When) -> &'static str {
    match when {
        When::Now => "now",
        When::Defer => "defer",
        When::Skip => "skip",
    }
}

/// Counts one decision.
pub fn count(decision: When, rule: Rule) {
    DECISIONS.with_borrow_mut(|counts| *counts.entry((word(decision), rule.as_str())).or_default() += 1);
}

/// `(decision, rule, how often)`, in a fixed order.
pub fn snapshot() -> Vec<(&'static str, &'static str, u64)> {
    DECISIONS.with_borrow(|counts| {
        counts
            .iter()
            .map(|((when, rule), count)| (*when, *rule, *count))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_decision_is_counted_under_its_rule() {
        count(When::Skip, Rule::Greeting);
        count(When::Skip, Rule::Greeting);
        count(When::Now, Rule::Name);
        assert_eq!(snapshot(), [("now", "name", 1), ("skip", "greeting", 2)]);
    }
}
