//! Which resource a method and a path mean. Pure; the table below is the whole public surface.

use crate::wire::escapes::decoded;

/// A resource of the contract. Path parameters are percent-decoded by the caller where they may carry any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `POST /v1/chat/completions`
    Chat,
    /// `POST /v1/audio/speech`
    Speech,
    /// `POST /v1/audio/transcriptions`
    Transcription,
    /// `GET /v1/models`
    Models,
    /// `GET /v1/models/{id}`
    Model(String),
    /// `POST /v1/sessions`
    Sessions,
    /// `GET /health`
    Health,
    /// `GET /metrics`
    Metrics,
    /// `GET /admin/breakers`
    Breakers,
    /// `GET` and `PUT /admin/breakers/{key}`; the key as it stands in the path.
    Breaker(String),
    /// `GET /admin/phrases`
    Phrases,
    /// `DELETE /admin/phrases`
    ClearPhrases,
    /// `POST /admin/phrases/warm`
    WarmPhrases,
    /// `/v1/memories` and below
    Memory(MemoryRoute),
    /// `/v1/conversations` and below
    Conversation(ConversationRoute),
    /// `GET /v1/export`
    Export,
    /// `DELETE /v1/person`
    Erase,
}

/// A resource below `/v1/memories`. Ids are percent-decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemoryRoute {
    /// `GET /v1/memories`
    List,
    /// `POST /v1/memories`
    Create,
    /// `DELETE /v1/memories`
    DeleteAll,
    /// `POST /v1/memories/search`
    Search,
    /// `POST /v1/memories/flush`
    Flush,
    /// `GET /v1/memories/{id}`
    Get(String),
    /// `PUT /v1/memories/{id}`
    Put(String),
    /// `DELETE /v1/memories/{id}`
    Delete(String),
    /// `GET /v1/memories/{id}/history`
    History(String),
}

/// A resource below `/v1/conversations`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConversationRoute {
    /// `GET /v1/conversations`
    List,
    /// `GET /v1/conversations/{id}`
    Get(String),
    /// `DELETE /v1/conversations/{id}`
    Delete(String),
}

/// Why there is no resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoRoute {
    /// 404.
    Unknown,
    /// 405 with the methods that exist.
    Method(&'static str),
}

/// Finds the resource. `HEAD` is served where the table says so.
///
/// # Errors
/// [`NoRoute::Unknown`] for a path that means nothing, [`NoRoute::Method`] for one that means something else.
pub fn route(method: &str, path: &str) -> Result<Route, NoRoute> {
    let path = if path.len() > 1 {
        path.trim_end_matches('/')
    } else {
        path
    };
    let (allow, found) = match path {
        "/v1/chat/completions" => ("POST", Route::Chat),
        "/v1/audio/speech" => ("POST", Route::Speech),
        "/v1/audio/transcriptions" => ("POST", Route::Transcription),
        "/v1/models" => ("GET, HEAD", Route::Models),
        "/v1/sessions" => ("POST", Route::Sessions),
        "/health" => ("GET, HEAD", Route::Health),
        "/admin/phrases" if method == "DELETE" => ("GET, HEAD, DELETE", Route::ClearPhrases),
        "/admin/phrases" => ("GET, HEAD, DELETE", Route::Phrases),
        "/admin/phrases/warm" => ("POST", Route::WarmPhrases),
        "/metrics" => ("GET, HEAD", Route::Metrics),
        "/admin/breakers" => ("GET, HEAD", Route::Breakers),
        "/v1/export" => ("GET", Route::Export),
        "/v1/person" => ("DELETE", Route::Erase),
        "/v1/memories/search" => ("POST", Route::Memory(MemoryRoute::Search)),
        "/v1/memories/flush" => ("POST", Route::Memory(MemoryRoute::Flush)),
        _ => below(method, path).ok_or(NoRoute::Unknown)?,
    };
    if allow.split(", ").any(|one| one == method) {
        Ok(found)
    } else {
        Err(NoRoute::Method(allow))
    }
}

/// Paths with an id in them, and those whose method decides.
fn below(method: &str, path: &str) -> Option<(&'static str, Route)> {
    use ConversationRoute as Talk;
    use MemoryRoute as Memory;
    if let Some(id) = path.strip_prefix("/v1/models/").filter(|id| !id.is_empty()) {
        return Some(("GET, HEAD", Route::Model(id.to_owned())));
    }
    if let Some(key) = path
        .strip_prefix("/admin/breakers/")
        .filter(|key| !key.is_empty())
    {
        return Some(("GET, HEAD, PUT", Route::Breaker(key.to_owned())));
    }
    if let Some(id) = path.strip_prefix("/v1/conversations") {
        let (allow, talk) = match (id.strip_prefix('/'), method) {
            (None, _) if id.is_empty() => ("GET", Talk::List),
            (Some(id), "DELETE") => ("GET, DELETE", Talk::Delete(id_of(id)?)),
            (Some(id), _) => ("GET, DELETE", Talk::Get(id_of(id)?)),
            _ => return None,
        };
        return Some((allow, Route::Conversation(talk)));
    }
    let rest = path.strip_prefix("/v1/memories")?;
    let (allow, memory) = match (rest.strip_prefix('/'), method) {
        (None, "POST") if rest.is_empty() => ("GET, POST, DELETE", Memory::Create),
        (None, "DELETE") if rest.is_empty() => ("GET, POST, DELETE", Memory::DeleteAll),
        (None, _) if rest.is_empty() => ("GET, POST, DELETE", Memory::List),
        (Some(id), _) if id.ends_with("/history") => {
            ("GET", Memory::History(id_of(id.strip_suffix("/history")?)?))
        }
        (Some(id), "PUT") => ("GET, PUT, DELETE", Memory::Put(id_of(id)?)),
        (Some(id), "DELETE") => ("GET, PUT, DELETE", Memory::Delete(id_of(id)?)),
        (Some(id), _) => ("GET, PUT, DELETE", Memory::Get(id_of(id)?)),
        _ => return None,
    };
    Some((allow, Route::Memory(memory)))
}

/// Longest segment that is read as an id: 128 bytes (`CONVERSATION_BYTES_MAX`), each percent-encoded.
const ID_BYTES_MAX: usize = 3 * 128;

/// The id in one segment, as it was meant: clients encode what they put into a path.
fn id_of(segment: &str) -> Option<String> {
    let may_be_one = !segment.is_empty() && segment.len() <= ID_BYTES_MAX && !segment.contains('/');
    may_be_one.then(|| decoded(segment)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_known_paths() {
        assert_eq!(route("POST", "/v1/chat/completions"), Ok(Route::Chat));
        assert_eq!(route("POST", "/v1/chat/completions/"), Ok(Route::Chat));
        assert_eq!(route("HEAD", "/health"), Ok(Route::Health));
        assert_eq!(route("GET", "/metrics"), Ok(Route::Metrics));
        assert_eq!(
            route("GET", "/v1/models/groq:a/b"),
            Ok(Route::Model("groq:a/b".into()))
        );
        let key = "embeddings%3Aworkers-ai:@cf/baai/bge";
        for method in ["GET", "PUT"] {
            let found = route(method, &format!("/admin/breakers/{key}"));
            assert_eq!(found, Ok(Route::Breaker(key.into())));
        }
    }

    #[test]
    fn one_path_may_mean_two_things() {
        assert_eq!(route("GET", "/admin/phrases"), Ok(Route::Phrases));
        assert_eq!(route("DELETE", "/admin/phrases"), Ok(Route::ClearPhrases));
        assert_eq!(
            route("PUT", "/admin/phrases"),
            Err(NoRoute::Method("GET, HEAD, DELETE"))
        );
        assert_eq!(route("POST", "/admin/phrases/warm"), Ok(Route::WarmPhrases));
    }

    #[test]
    fn err_unknown_paths_and_wrong_methods_differ() {
        assert_eq!(route("GET", "/v1/nothing"), Err(NoRoute::Unknown));
        assert_eq!(route("GET", "/v1/audio/speech"), Err(NoRoute::Method("POST")));
        assert_eq!(route("DELETE", "/v1/models"), Err(NoRoute::Method("GET, HEAD")));
        assert_eq!(
            route("PATCH", "/v1/memories/mem_1"),
            Err(NoRoute::Method("GET, PUT, DELETE"))
        );
        assert_eq!(route("GET", "/v1/memories/search"), Err(NoRoute::Method("POST")));
        assert_eq!(route("GET", "/v1/memories/a/b"), Err(NoRoute::Unknown));
        assert_eq!(route("GET", "/v1/memoriesx"), Err(NoRoute::Unknown));
        assert_eq!(route("GET", "/v1/person"), Err(NoRoute::Method("DELETE")));
    }

    #[test]
    fn memories_and_conversations_have_ids() {
        let memory = |route| Ok(Route::Memory(route));
        assert_eq!(route("GET", "/v1/memories"), memory(MemoryRoute::List));
        assert_eq!(route("DELETE", "/v1/memories"), memory(MemoryRoute::DeleteAll));
        assert_eq!(
            route("PUT", "/v1/memories/m"),
            memory(MemoryRoute::Put("m".into()))
        );
        assert_eq!(
            route("GET", "/v1/memories/m/history"),
            memory(MemoryRoute::History("m".into()))
        );
        assert_eq!(
            route("GET", "/v1/conversations/user%40host%3A1"),
            Ok(Route::Conversation(ConversationRoute::Get("user@host:1".into())))
        );
        assert_eq!(route("GET", "/v1/conversations/%ZZ"), Err(NoRoute::Unknown));
        let talk = |route| Ok(Route::Conversation(route));
        assert_eq!(route("GET", "/v1/conversations"), talk(ConversationRoute::List));
        assert_eq!(
            route("DELETE", "/v1/conversations/c"),
            talk(ConversationRoute::Delete("c".into()))
        );
    }
}
