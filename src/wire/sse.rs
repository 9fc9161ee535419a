//! Server-sent events: an incremental parser.
