//! Which resource a method and a path mean. Pure; the table below is the whole public surface.

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
}

/// Why there is no resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoRoute {
    /// 404.
    Unknown,
    /// 405 with the methods that exist.
    Method(&'static str),
}

/// Finds the resource. `HEAD` is served where `GET` is.
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
        "/admin/breakers" => ("GET, HEAD", Route::Breakers),
        _ => below(path).ok_or(NoRoute::Unknown)?,
    };
    if allow.split(", ").any(|one| one == method) {
        Ok(found)
    } else {
        Err(NoRoute::Method(allow))
    }
}

/// Resources whose path ends in a name, which may hold slashes.
fn below(path: &str) -> Option<(&'static str, Route)> {
    let name = |prefix| path.strip_prefix(prefix).filter(|name: &&str| !name.is_empty());
    if let Some(id) = name("/v1/models/") {
        return Some(("GET, HEAD", Route::Model(id.to_owned())));
    }
    name("/admin/breakers/").map(|key| ("GET, HEAD, PUT", Route::Breaker(key.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_known_paths() {
        assert_eq!(route("POST", "/v1/chat/completions"), Ok(Route::Chat));
        assert_eq!(route("POST", "/v1/chat/completions/"), Ok(Route::Chat));
        assert_eq!(route("HEAD", "/health"), Ok(Route::Health));
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
    }
}
