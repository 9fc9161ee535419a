//! hearken: a voice companion at the edge. The doors are here and nothing else: `fetch`, `scheduled` and the
//! exported Durable Objects. Every room below them is described in `docs/architecture.md`.

pub mod config;
pub mod http;
pub mod memory;
pub mod model;
pub mod upstream;
pub mod voice;
pub mod wire;
