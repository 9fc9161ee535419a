//! What is measured, as scrapers read it. Knows nobody: who has numbers brings them.

pub mod exposition;
