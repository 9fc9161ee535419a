//! Where each provider is and how it is asked: addresses, key headers, and the bodies of chat requests. Pure.

use crate::config::{Config, Provider};

/// A request to a provider, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderRequest {
    /// Absolute.
    pub url: String,
    /// The key's header and whatever the provider insists on; content type included where the body is not a form.
    pub headers: Vec<(&'static str, String)>,
    /// What is sent.
    pub body: AskBody,
}

impl ProviderRequest {
    /// A call of a model by the binding `AI`.
    pub fn binding(model: &str, inputs: String) -> ProviderRequest {
        ProviderRequest {
            url: String::new(),
            headers: Vec::new(),
            body: AskBody::Binding {
                model: model.to_owned(),
                inputs,
            },
        }
    }
}

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub enum AskBody {
    /// JSON text.
    Json(String),
    /// Nothing, by GET.
    Get,
    /// The uploaded file's bytes as they are, with its content type among the headers.
    File,
    /// A multipart form: the uploaded file under `file` with this name, and these fields.
    Form {
        /// Fields besides the file.
        fields: Vec<(&'static str, String)>,
        /// What the file is called; its extension tells the provider the container.
        file_name: String,
    },
    /// Inputs for `AI.run(model, inputs)`.
    Binding {
        /// The model.
        model: String,
        /// The inputs as JSON; the uploaded file, if any, is added by the shell.
        inputs: String,
    },
}

/// What goes out over a socket.
#[derive(Clone, Debug, PartialEq)]
pub enum SocketFrame {
    /// As text.
    Text(String),
    /// As bytes.
    Bytes(Vec<u8>),
}

/// The header that carries the provider's key, if one is configured. Keys go nowhere but here.
pub fn key_headers(config: &Config, provider: Provider) -> Vec<(&'static str, String)> {
    let Some(key) = config
        .endpoint(provider)
        .and_then(|endpoint| endpoint.api_key.as_deref())
    else {
        return Vec::new();
    };
    match provider {
        Provider::Groq | Provider::OpenAi => vec![("authorization", format!("Bearer {key}"))],
        Provider::ElevenLabs => vec![("xi-api-key", key.to_owned())],
        Provider::Deepgram => vec![("authorization", format!("Token {key}"))],
        Provider::Cartesia => vec![("authorization", format!("Bearer {key}"))],
        Provider::WorkersAi => Vec::new(),
    }
}

/// The provider's base address, without a trailing slash; empty for a binding.
pub fn base_url(config: &Config, provider: Provider) -> &str {
    config
        .endpoint(provider)
        .map_or("", |endpoint| &endpoint.base_url)
}

/// A JSON request to `path` below the provider's base address.
pub fn json_ask(config: &Config, provider: Provider, path: &str, body: String) -> ProviderRequest {
    let mut headers = key_headers(config, provider);
    headers.push(("content-type", "application/json".to_owned()));
    ProviderRequest {
        url: format!("{}{path}", base_url(config, provider)),
        headers,
        body: AskBody::Json(body),
    }
}

/// A chat completion: `body` is the client's with the model replaced. Workers AI takes the same fields as inputs.
pub fn chat_ask(config: &Config, provider: Provider, model: &str, body: String) -> ProviderRequest {
    if provider == Provider::WorkersAi {
        return ProviderRequest::binding(model, body);
    }
    json_ask(config, provider, "/chat/completions", body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::from_lookup(&|name| match name {
            "GROQ_API_KEY" | "ELEVENLABS_API_KEY" | "DEEPGRAM_API_KEY" => Some("k".to_owned()),
            "OPENAI_BASE_URL" => Some("http://127.0.0.1:11434/v1/".to_owned()),
            _ => None,
        })
        .unwrap()
    }

    #[test]
    fn each_provider_gets_its_own_kind_of_key_and_none_without_one() {
        let config = config();
        assert_eq!(
            key_headers(&config, Provider::Groq),
            [("authorization", "Bearer k".to_owned())]
        );
        assert_eq!(
            key_headers(&config, Provider::ElevenLabs),
            [("xi-api-key", "k".to_owned())]
        );
        assert_eq!(
            key_headers(&config, Provider::Deepgram),
            [("authorization", "Token k".to_owned())]
        );
        assert_eq!(key_headers(&config, Provider::OpenAi), []);
    }

    #[test]
    fn a_base_url_keeps_its_version_and_loses_its_slash() {
        let ask = chat_ask(&config(), Provider::OpenAi, "m", "{}".into());
        assert_eq!(ask.url, "http://127.0.0.1:11434/v1/chat/completions");
        let ask = chat_ask(&config(), Provider::Groq, "m", "{}".into());
        assert_eq!(ask.url, "https://api.groq.com/openai/v1/chat/completions");
    }
}
