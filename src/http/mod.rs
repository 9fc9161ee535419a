//! A request in, a response out: routing, identity, errors, negotiation, one file per resource.

pub mod error;
pub mod negotiate;
pub mod router;
