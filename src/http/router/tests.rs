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
        serde_json::from_str(include_str!("../../../static/openapi.json")).unwrap();
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
