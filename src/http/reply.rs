//! Builds what goes back to the client, with the headers that every answer carries.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{ReadableStream, Response};

use super::error::ApiError;
use crate::telemetry::collector::count;
use crate::telemetry::metrics::ERRORS;
use crate::wire::flat::flat;

#[wasm_bindgen(module = "/src/platform/headers.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn respond(status: u16, headers: &str, body: &JsValue) -> Result<Response, JsValue>;
}

/// An answer on its way: status, headers, body.
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Body,
}

enum Body {
    None,
    Text(String),
    Bytes(Vec<u8>),
    Stream(ReadableStream),
    /// Joins two sockets: handed on as it came.
    Upgraded(Response),
}

impl Reply {
    /// JSON text.
    pub fn json(status: u16, body: String) -> Reply {
        Reply {
            status,
            headers: vec![("content-type", "application/json".into())],
            body: Body::Text(body),
        }
    }

    /// Text of another type.
    pub fn text(content_type: &str, body: String) -> Reply {
        Reply {
            status: 200,
            headers: vec![("content-type", content_type.into())],
            body: Body::Text(body),
        }
    }

    /// A stream of another type.
    pub fn stream(content_type: &str, stream: ReadableStream) -> Reply {
        Reply {
            body: Body::Stream(stream),
            ..Reply::text(content_type, String::new())
        }
    }

    /// A stream of server-sent events. Nothing on the way may hold it back.
    pub fn events(stream: ReadableStream) -> Reply {
        let headers = vec![
            ("content-type", "text/event-stream; charset=utf-8".into()),
            ("cache-control", "no-cache, no-transform".into()),
            ("x-accel-buffering", "no".into()),
        ];
        Reply {
            status: 200,
            headers,
            body: Body::Stream(stream),
        }
    }

    /// A stream of sound.
    pub fn audio(content_type: &str, stream: ReadableStream) -> Reply {
        Reply::spoken(content_type, Body::Stream(stream))
    }

    /// Sound that is whole already.
    pub fn sound(content_type: &str, bytes: Vec<u8>) -> Reply {
        Reply::spoken(content_type, Body::Bytes(bytes))
    }

    fn spoken(content_type: &str, body: Body) -> Reply {
        let headers = vec![
            ("content-type", content_type.into()),
            ("cache-control", "private, no-store, no-transform".into()),
        ];
        Reply {
            status: 200,
            headers,
            body,
        }
    }

    /// 101, as the object that has the socket answered it.
    pub fn upgraded(response: Response) -> Reply {
        Reply {
            status: 101,
            headers: Vec::new(),
            body: Body::Upgraded(response),
        }
    }

    /// 204.
    pub fn empty() -> Reply {
        Reply {
            status: 204,
            headers: Vec::new(),
            body: Body::None,
        }
    }

    /// 202 without a body.
    pub fn accepted() -> Reply {
        Reply {
            status: 202,
            ..Reply::empty()
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Adds a header; a later one of the same name replaces an earlier one.
    pub fn header(self, name: &'static str, value: impl Into<String>) -> Reply {
        self.maybe(name, Some(value))
    }

    /// Adds a header where there is a value.
    pub fn maybe(mut self, name: &'static str, value: Option<impl Into<String>>) -> Reply {
        self.headers.extend(value.map(|value| (name, value.into())));
        self
    }

    /// The platform's response. `None` only if a header's value is not allowed, which ours always are.
    pub fn into_response(self) -> Option<Response> {
        let headers = flat(
            self.headers
                .iter()
                .flat_map(|(name, value)| [*name, value.as_str()]),
        );
        let body = match self.body {
            Body::None => JsValue::NULL,
            Body::Text(text) => text.into(),
            Body::Bytes(bytes) => Uint8Array::from(bytes.as_slice()).into(),
            Body::Stream(stream) => stream.into(),
            Body::Upgraded(response) => return Some(response),
        };
        respond(self.status, &headers, &body).ok()
    }
}

impl From<ApiError> for Reply {
    fn from(error: ApiError) -> Reply {
        count(&ERRORS, &[error.kind()], 1.0);
        let is_unknown = error.status() == 401;
        Reply::json(error.status(), error.body())
            .maybe(
                "retry-after",
                error.retry_after_s.map(|seconds| seconds.to_string()),
            )
            .maybe("x-should-retry", error.is_final().then_some("false"))
            .maybe("www-authenticate", is_unknown.then_some("Bearer"))
            .maybe("allow", error.allow)
    }
}
