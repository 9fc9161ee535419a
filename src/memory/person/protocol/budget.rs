//! A budget's part of the protocol.

use crate::config::Amounts;
use crate::wire::json::object;

/// Asks for what a turn may spend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReserveAsk {
    /// Whose it is: an id that no other turn has.
    pub turn: String,
    /// Less than this is of no use.
    pub needed: Amounts,
    /// More than this is not spent.
    pub wanted: Amounts,
}

object!(ReserveAsk: turn, needed, wanted);

impl ReserveAsk {
    /// For a turn whose cost is known beforehand.
    pub fn exactly(turn: String, amounts: Amounts) -> ReserveAsk {
        ReserveAsk {
            turn,
            needed: amounts,
            wanted: amounts,
        }
    }
}

/// What was reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// The most that the turn may spend.
    pub granted: Amounts,
    /// What is left of the day beside it; of no meaning where there is no limit.
    pub left: Amounts,
}

object!(Reserved: granted, left);
