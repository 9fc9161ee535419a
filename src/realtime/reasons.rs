//! Why a turn could not begin: a code, and a sentence.

use crate::memory::person::client::Lost;
use crate::memory::person::protocol::CallRefusal;

/// Why the person's object did not let a turn begin: a code, and a sentence.
pub(super) fn why_lost(lost: &Lost) -> (String, String) {
    match lost {
        Lost::Refused(CallRefusal::Spent(name)) => (
            "budget_exhausted".to_owned(),
            format!("what is left of the day's budget of {name} is too little"),
        ),
        _ => (
            "memory_unavailable".to_owned(),
            "the memory is not available: try again".to_owned(),
        ),
    }
}

pub(super) fn internal(message: &str) -> (String, String) {
    ("server_error".to_owned(), message.to_owned())
}
