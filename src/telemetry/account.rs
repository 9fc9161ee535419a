//! What each turn under way has used, by its request's id, until the turn is logged. Pure but for where it is kept.

use std::cell::RefCell;

/// Turns under way in one isolate; of more, the oldest are not logged whole.
const TURNS_MAX: usize = 256;
/// Uses of one turn.
const USES_MAX: usize = 64;

/// What one turn used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// `operation:provider:model` and how often it was asked with success, in order.
    pub targets: Vec<(String, u32)>,
    /// What that cost, as far as prices are known, US dollars.
    pub usd: f64,
    /// Whether some of it has no price.
    pub is_unpriced: bool,
    /// Tokens read and written.
    pub tokens: [f64; 2],
}

thread_local! {
    static TURNS: RefCell<Vec<(String, Account)>> = const { RefCell::new(Vec::new()) };
}

/// Begins a turn's account.
pub fn open(request_id: &str) {
    TURNS.with_borrow_mut(|turns| {
        if turns.len() >= TURNS_MAX {
            turns.remove(0);
        }
        turns.push((request_id.to_owned(), Account::default()));
    });
}

/// Adds a use to the account of a turn, if there is one.
pub fn add(request_id: &str, key: &str, usd: Option<f64>, tokens: [f64; 2]) {
    TURNS.with_borrow_mut(|turns| {
        let Some((_, account)) = turns.iter_mut().find(|(known, _)| known == request_id) else {
            return;
        };
        account.usd += usd.unwrap_or(0.0);
        account.is_unpriced |= usd.is_none();
        for (total, more) in account.tokens.iter_mut().zip(tokens) {
            *total += more;
        }
        let known = account.targets.iter_mut().find(|(known, _)| known == key);
        if let Some((_, times)) = known {
            *times += 1;
        } else if account.targets.len() < USES_MAX {
            account.targets.push((key.to_owned(), 1));
        }
    });
}

/// Closes a turn's account.
pub fn close(request_id: &str) -> Account {
    TURNS.with_borrow_mut(|turns| {
        let place = turns.iter().position(|(known, _)| known == request_id);
        place.map(|place| turns.swap_remove(place).1).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_told_what_was_used_for_it_and_no_other() {
        open("a");
        open("b");
        add("a", "chat:groq:m", Some(0.5), [10.0, 5.0]);
        add("a", "speech:x:y", Some(0.25), [0.0, 0.0]);
        add("a", "speech:x:y", None, [0.0, 0.0]);
        add("nobody", "chat:groq:m", Some(9.0), [1.0, 1.0]);
        let expected = Account {
            targets: vec![("chat:groq:m".into(), 1), ("speech:x:y".into(), 2)],
            usd: 0.75,
            is_unpriced: true,
            tokens: [10.0, 5.0],
        };
        assert_eq!(close("a"), expected);
        assert_eq!(close("a"), Account::default(), "once");
        assert_eq!(close("b"), Account::default());
    }

    #[test]
    fn accounts_that_nobody_closes_are_bounded() {
        for n in 0..2 * TURNS_MAX {
            open(&n.to_string());
        }
        TURNS.with_borrow(|turns| assert_eq!(turns.len(), TURNS_MAX));
    }
}
