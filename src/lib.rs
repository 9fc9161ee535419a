//! hearken: a voice companion at the edge. The doors are here and nothing else: `fetch`, `scheduled` and the
//! exported Durable Objects. Every room below them is described in `docs/architecture.md`.

pub mod audio;
pub mod care;
pub mod config;
pub mod http;
pub mod memory;
pub mod model;
pub mod platform;
pub mod realtime;
pub mod segment;
pub mod telemetry;
pub mod turn;
pub mod upstream;
pub mod voice;
pub mod wire;

/// Everything about one person.
#[cfg(target_arch = "wasm32")]
pub use memory::person::object::Person;

/// Says where the Worker panicked: the log would have a bare `unreachable`. The message stays out, because a string that
/// was cut wrongly would stand in it.
#[cfg(target_arch = "wasm32")]
#[worker::event(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(|at| format!("{}:{}", at.file(), at.line()));
        worker::console_error!("{}", serde_json::json!({"event": "panic", "at": at}));
    }));
}

/// The door for HTTP.
#[cfg(target_arch = "wasm32")]
#[worker::event(fetch)]
async fn fetch(
    request: web_sys::Request,
    _env: worker::Env,
    _context: worker::Context,
) -> worker::Result<web_sys::Response> {
    Ok(http::app::serve(request).await)
}

/// The door for the cron: keeps the phrases warm that are said most.
#[cfg(target_arch = "wasm32")]
#[worker::event(scheduled)]
async fn scheduled(_event: worker::ScheduledEvent, _env: worker::Env, _context: worker::ScheduleContext) {
    http::app::scheduled().await;
}

/// What was measured.
#[cfg(target_arch = "wasm32")]
pub use telemetry::object::Telemetry;
#[cfg(target_arch = "wasm32")]
pub use voice::phrasebook_do::Phrasebook;

/// A realtime session.
#[cfg(target_arch = "wasm32")]
pub use realtime::object::Session;
