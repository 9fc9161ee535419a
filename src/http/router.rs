//! Which resource a method and a path mean. Pure; [`ROUTES`] is the whole public surface.

use crate::wire::escapes::decoded;

/// A resource of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// A chat completion.
    Chat,
    /// A response is made.
    Responses,
    /// One that is stored.
    Response(ResponseRoute),
    /// Text to speech.
    Speech,
    /// Speech to text.
    Transcription,
    /// Speech to English text.
    Translation,
    /// The voices that speech can have.
    Voices,
    /// The models of speech.
    SpeechModels,
    /// A realtime session.
    Realtime,
    /// A secret to open one with.
    RealtimeSecret,
    /// Vectors of texts.
    Embeddings,
    /// The models' names.
    Models,
    /// One of them.
    Model,
    /// What the person has spent today.
    Usage,
    /// A session token.
    Sessions,
    /// The end of a person's session tokens.
    EndSessions,
    /// Liveness.
    Health,
    /// OpenMetrics.
    Metrics,
    /// What a listener heard.
    Heard,
    /// What the status page shows.
    Stats,
    /// All breakers.
    Breakers,
    /// One of them, seen or switched.
    Breaker,
    /// What the phrase cache holds.
    Phrases,
    /// Empties it.
    ClearPhrases,
    /// Fills it.
    WarmPhrases,
    /// What is remembered.
    Memory(MemoryRoute),
    /// What was said.
    Conversation(ConversationRoute),
    /// Memories and conversations as tools.
    Mcp,
    /// Everything about a person.
    Export,
    /// Erases a person.
    Erase,
}

/// What is wanted of a person's memories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryRoute {
    /// A page of them.
    List,
    /// One more, or messages to extract from.
    Create,
    /// All of them forgotten.
    DeleteAll,
    /// Those that fit a question.
    Search,
    /// What is buffered extracted now.
    Flush,
    /// One of them.
    Get,
    /// One of them changed.
    Put,
    /// One of them forgotten.
    Delete,
    /// What one of them was before.
    History,
}

/// What is wanted of a person's conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationRoute {
    /// A page of them.
    List,
    /// One of them with its messages.
    Get,
    /// A new one.
    Create,
    /// What was said in one of them, as items.
    Items,
    /// More of that.
    Extend,
    /// One of those.
    Item,
    /// One of those taken out.
    DeleteItem,
    /// Something noted about one of them.
    Label,
    /// One of them forgotten.
    Delete,
}

/// What is wanted of a response that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseRoute {
    /// The response.
    Get,
    /// What it was asked.
    Input,
    /// The response forgotten.
    Delete,
}

/// Methods, address and resource. `{id}` is one segment, `{+id}` all that is left, slashes too (RFC 6570 §3.2.3). An
/// address without a parameter stands before those that would take it.
pub const ROUTES: &[(&str, &str, Route)] = &[
    ("POST", "/v1/chat/completions", Route::Chat),
    ("POST", "/v1/responses", Route::Responses),
    ("GET", "/v1/responses/{id}", Route::Response(ResponseRoute::Get)),
    (
        "DELETE",
        "/v1/responses/{id}",
        Route::Response(ResponseRoute::Delete),
    ),
    (
        "GET",
        "/v1/responses/{id}/input_items",
        Route::Response(ResponseRoute::Input),
    ),
    ("POST", "/v1/audio/speech", Route::Speech),
    ("POST", "/v1/audio/transcriptions", Route::Transcription),
    ("POST", "/v1/audio/translations", Route::Translation),
    ("GET, HEAD", "/v1/audio/voices", Route::Voices),
    ("GET, HEAD", "/v1/audio/models", Route::SpeechModels),
    ("GET", "/v1/realtime", Route::Realtime),
    ("POST", "/v1/realtime/client_secrets", Route::RealtimeSecret),
    ("POST", "/v1/embeddings", Route::Embeddings),
    ("GET, HEAD", "/v1/models", Route::Models),
    ("GET, HEAD", "/v1/models/{+id}", Route::Model),
    ("POST", "/v1/sessions", Route::Sessions),
    ("DELETE", "/v1/sessions", Route::EndSessions),
    ("GET", "/v1/usage", Route::Usage),
    ("POST", "/v1/heard", Route::Heard),
    ("GET, HEAD", "/health", Route::Health),
    ("GET, HEAD", "/metrics", Route::Metrics),
    ("GET, HEAD", "/admin/stats", Route::Stats),
    ("GET, HEAD", "/admin/breakers", Route::Breakers),
    ("GET, HEAD, PUT", "/admin/breakers/{+key}", Route::Breaker),
    ("GET, HEAD", "/admin/phrases", Route::Phrases),
    ("DELETE", "/admin/phrases", Route::ClearPhrases),
    ("POST", "/admin/phrases/warm", Route::WarmPhrases),
    ("GET", "/v1/memories", Route::Memory(MemoryRoute::List)),
    ("POST", "/v1/memories", Route::Memory(MemoryRoute::Create)),
    ("DELETE", "/v1/memories", Route::Memory(MemoryRoute::DeleteAll)),
    ("POST", "/v1/memories/search", Route::Memory(MemoryRoute::Search)),
    ("POST", "/v1/memories/flush", Route::Memory(MemoryRoute::Flush)),
    ("GET", "/v1/memories/{id}", Route::Memory(MemoryRoute::Get)),
    ("PUT", "/v1/memories/{id}", Route::Memory(MemoryRoute::Put)),
    ("DELETE", "/v1/memories/{id}", Route::Memory(MemoryRoute::Delete)),
    (
        "GET",
        "/v1/memories/{id}/history",
        Route::Memory(MemoryRoute::History),
    ),
    (
        "GET",
        "/v1/conversations",
        Route::Conversation(ConversationRoute::List),
    ),
    (
        "GET",
        "/v1/conversations/{id}",
        Route::Conversation(ConversationRoute::Get),
    ),
    (
        "POST",
        "/v1/conversations",
        Route::Conversation(ConversationRoute::Create),
    ),
    (
        "GET",
        "/v1/conversations/{id}/items",
        Route::Conversation(ConversationRoute::Items),
    ),
    (
        "POST",
        "/v1/conversations/{id}/items",
        Route::Conversation(ConversationRoute::Extend),
    ),
    (
        "GET",
        "/v1/conversations/{id}/items/{item_id}",
        Route::Conversation(ConversationRoute::Item),
    ),
    (
        "DELETE",
        "/v1/conversations/{id}/items/{item_id}",
        Route::Conversation(ConversationRoute::DeleteItem),
    ),
    (
        "POST",
        "/v1/conversations/{id}",
        Route::Conversation(ConversationRoute::Label),
    ),
    (
        "DELETE",
        "/v1/conversations/{id}",
        Route::Conversation(ConversationRoute::Delete),
    ),
    ("POST", "/mcp", Route::Mcp),
    ("GET", "/v1/export", Route::Export),
    ("DELETE", "/v1/person", Route::Erase),
];

/// Why there is no resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoRoute {
    /// 404.
    Unknown,
    /// 405 with the methods that exist.
    Method(String),
}

/// What an address has for the parameters of its pattern, percent-decoded; empty where there is none.
pub type Parameters = [String; 2];

/// Finds the resource and the parameters in its address.
///
/// # Errors
/// [`NoRoute::Unknown`] for a path that means nothing, [`NoRoute::Method`] for one that means something else.
pub fn route(method: &str, path: &str) -> Result<(Route, Parameters), NoRoute> {
    let (pattern, parameters) = place(path).ok_or(NoRoute::Unknown)?;
    let mut allow = Vec::new();
    for (methods, _, route) in ROUTES.iter().filter(|(_, other, _)| *other == pattern) {
        if methods.split(", ").any(|one| one == method) {
            return Ok((*route, parameters));
        }
        allow.push(*methods);
    }
    Err(NoRoute::Method(allow.join(", ")))
}

/// What metrics call an address: its pattern in the table.
pub fn label(path: &str) -> &'static str {
    place(path).map_or("unknown", |(pattern, _)| pattern)
}

/// The pattern of an address, and its parameters.
fn place(path: &str) -> Option<(&'static str, Parameters)> {
    let path = match path.trim_end_matches('/') {
        "" => path,
        trimmed => trimmed,
    };
    let mut patterns = ROUTES.iter();
    patterns.find_map(|(_, pattern, _)| Some((*pattern, parameters(pattern, path)?)))
}

/// Longest parameter as it stands in a path: 256 bytes, each percent-encoded.
const PARAMETER_BYTES_MAX: usize = 3 * 256;

/// What stands in the path where the pattern has its parameters, as it was meant.
fn parameters(pattern: &str, path: &str) -> Option<Parameters> {
    let Some((before, first, after)) = split(pattern) else {
        return (pattern == path).then(Parameters::default);
    };
    let rest = path.strip_prefix(before)?;
    match split(after) {
        None => Some([parameter(first, rest.strip_suffix(after)?)?, String::new()]),
        Some((between, second, _)) => {
            let (one, other) = rest.split_once(between)?;
            Some([parameter(first, one)?, parameter(second, other)?])
        }
    }
}

fn parameter(name: &str, text: &str) -> Option<String> {
    let takes_it = !text.is_empty() && text.len() <= PARAMETER_BYTES_MAX;
    if !takes_it {
        return None;
    }
    match name.starts_with('+') {
        // What is no encoding is taken as it stands: the resource says that it has nothing of that name.
        true => decoded(text).or_else(|| Some(text.to_owned())),
        false => decoded(text).filter(|_| !text.contains('/')),
    }
}

/// What stands before a pattern's parameter, its name, and what stands behind it.
fn split(pattern: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = pattern.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests;
