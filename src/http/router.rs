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
mod tests {
    use super::*;

    fn found(method: &str, path: &str, route: Route, parameter: &str) {
        assert_eq!(
            super::route(method, path),
            Ok((route, [parameter.into(), String::new()])),
            "{method} {path}"
        );
    }

    #[test]
    fn ok_known_paths() {
        found("POST", "/v1/chat/completions", Route::Chat, "");
        found("POST", "/v1/chat/completions/", Route::Chat, "");
        found("HEAD", "/health", Route::Health, "");
        found("GET", "/metrics", Route::Metrics, "");
        found("GET", "/v1/models/groq:a/b", Route::Model, "groq:a/b");
        for method in ["GET", "PUT"] {
            for key in [
                "embeddings%3Aworkers-ai:@cf/baai/bge",
                "embeddings%3Aworkers-ai%3a%40cf%2Fbaai%2Fbge",
            ] {
                let path = format!("/admin/breakers/{key}");
                found(
                    method,
                    &path,
                    Route::Breaker,
                    "embeddings:workers-ai:@cf/baai/bge",
                );
            }
        }
    }

    #[test]
    fn metrics_call_an_address_by_its_pattern_and_nothing_else() {
        for (path, name) in [
            ("/v1/models/groq:a/b", "/v1/models/{+id}"),
            ("/v1/memories/somebodys/", "/v1/memories/{id}"),
            ("/health", "/health"),
            ("/somebodys/secret", "unknown"),
        ] {
            assert_eq!(label(path), name);
        }
    }

    #[test]
    fn one_path_may_mean_two_things() {
        found("GET", "/admin/phrases", Route::Phrases, "");
        found("DELETE", "/admin/phrases", Route::ClearPhrases, "");
        assert_eq!(
            route("PUT", "/admin/phrases"),
            Err(NoRoute::Method("GET, HEAD, DELETE".into()))
        );
        found("POST", "/admin/phrases/warm", Route::WarmPhrases, "");
    }

    #[test]
    fn err_unknown_paths_and_wrong_methods_differ() {
        let allowed = |method, path| match route(method, path) {
            Err(NoRoute::Method(allow)) => Some(allow),
            _ => None,
        };
        for (method, path, allow) in [
            ("GET", "/v1/audio/speech", "POST"),
            ("DELETE", "/v1/models", "GET, HEAD"),
            ("PATCH", "/v1/memories/mem_1", "GET, PUT, DELETE"),
            ("GET", "/v1/memories/search", "POST"),
            ("GET", "/v1/person", "DELETE"),
        ] {
            assert_eq!(allowed(method, path).as_deref(), Some(allow), "{method} {path}");
        }
        let long = format!("/v1/memories/{}", "x".repeat(PARAMETER_BYTES_MAX + 1));
        for path in [
            "/",
            "",
            "/v1/nothing",
            "/v1/memories/a/b",
            "/v1/memoriesx",
            "/v1/conversations/%ZZ",
            &long,
        ] {
            assert_eq!(route("GET", path), Err(NoRoute::Unknown), "{path}");
        }
    }

    #[test]
    fn memories_and_conversations_have_ids() {
        let memory = |method, path, route, id| found(method, path, Route::Memory(route), id);
        memory("GET", "/v1/memories", MemoryRoute::List, "");
        memory("DELETE", "/v1/memories", MemoryRoute::DeleteAll, "");
        memory("PUT", "/v1/memories/m", MemoryRoute::Put, "m");
        memory("GET", "/v1/memories/m/history", MemoryRoute::History, "m");
        let talk = |method, path, route, id| found(method, path, Route::Conversation(route), id);
        talk(
            "GET",
            "/v1/conversations/user%40host%3A1",
            ConversationRoute::Get,
            "user@host:1",
        );
        talk("GET", "/v1/conversations", ConversationRoute::List, "");
        talk("POST", "/v1/conversations/c", ConversationRoute::Label, "c");
        talk(
            "POST",
            "/v1/conversations/a%2Fb/items",
            ConversationRoute::Extend,
            "a/b",
        );
        talk("DELETE", "/v1/conversations/c", ConversationRoute::Delete, "c");
        for (method, wanted) in [
            ("GET", ConversationRoute::Item),
            ("DELETE", ConversationRoute::DeleteItem),
        ] {
            assert_eq!(
                route(method, "/v1/conversations/a%2Fitems%2Fb/items/m%201"),
                Ok((Route::Conversation(wanted), ["a/items/b".into(), "m 1".into()]))
            );
        }
        assert_eq!(
            route("GET", "/v1/conversations/c/items/a/b"),
            Err(NoRoute::Unknown)
        );
    }

    #[test]
    fn the_table_and_the_document_have_the_same_operations() {
        let document: serde_json::Value =
            serde_json::from_str(include_str!("../../static/openapi.json")).unwrap();
        let mut documented: Vec<String> = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                if item.get(method.to_lowercase()).is_some() {
                    documented.push(format!("{method} {path}"));
                }
            }
        }
        let mut routed: Vec<String> = ROUTES
            .iter()
            .flat_map(|(methods, pattern, _)| {
                let path = pattern.replace("{+", "{");
                methods
                    .split(", ")
                    .filter(|method| *method != "HEAD")
                    .map(move |method| format!("{method} {path}"))
            })
            .collect();
        documented.sort();
        routed.sort();
        assert_eq!(routed, documented);
    }
}
