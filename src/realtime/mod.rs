//! Speaking and being heard at once: OpenAI's Realtime protocol over a socket.

pub mod detection;
mod echo;
pub mod endings;
