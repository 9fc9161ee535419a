//! One turn of a conversation: its steps, each with a name, a deadline, a policy and a timing.

pub mod step;
pub mod timing;
