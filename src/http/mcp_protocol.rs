//! The Model Context Protocol over Streamable HTTP: what a message asks for, and how an answer is wrapped. Pure.
//!
//! Two eras share the address. A message of 2026-07-28 says in its `_meta` (and in headers that must agree) who speaks
//! which version; one of 2025-11-25 begins with `initialize` and is otherwise plain. No session is kept in either.
//! Sources: modelcontextprotocol.io, specification 2026-07-28 ("Streamable HTTP", "Versioning", "Discovery", "Tools") and
//! 2025-11-25 ("Transports", "Lifecycle"). Leaves out what a tool does.

use crate::wire::json::{json, put, put_some};
use serde_json::{Map, Value};

/// Today's version, and the one before it.
const VERSIONS: [&str; 2] = ["2026-07-28", "2025-11-25"];
const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const META_SERVER: &str = "io.modelcontextprotocol/serverInfo";
/// How long a list of tools may be reused: they change with the deployment alone.
const TTL_MS: u32 = 3_600_000;

const INSTRUCTIONS: &str = "What a companion remembers about this person, and their conversations with it.";

/// The headers that mirror a message; empty where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mirror<'a> {
    /// `MCP-Protocol-Version`.
    pub version: &'a str,
    /// `Mcp-Method`.
    pub method: &'a str,
    /// `Mcp-Name`.
    pub name: &'a str,
}

/// What a message asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum McpMessage {
    /// A notification: 202 without a body.
    Notification,
    /// A request whose answer is known: its status and body.
    Answered(u16, String),
    /// A tool is to be called.
    Call(ToolCall),
}

/// A call of a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall {
    envelope: Envelope,
    /// Which one.
    pub tool: Tool,
    /// With what.
    pub arguments: Map<String, Value>,
}

/// A tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Memories that fit a question.
    SearchMemories,
    /// One more memory.
    AddMemory,
    /// One memory forgotten.
    ForgetMemory,
    /// A page of conversations.
    ListConversations,
    /// One conversation with its messages.
    ReadConversation,
}

/// All tools with their names, in the order in which they are listed.
const TOOLS: [(Tool, &str); 5] = [
    (Tool::SearchMemories, "search_memories"),
    (Tool::AddMemory, "add_memory"),
    (Tool::ForgetMemory, "forget_memory"),
    (Tool::ListConversations, "list_conversations"),
    (Tool::ReadConversation, "read_conversation"),
];

#[derive(Clone, Debug, PartialEq)]
struct Envelope {
    id: Value,
    is_modern: bool,
}

/// An error of the protocol: HTTP status, code, sentence, and data where there are some.
struct Refusal(u16, i32, &'static str, Option<Value>);

const INVALID_REQUEST: i32 = -32_600;
const METHOD_NOT_FOUND: i32 = -32_601;
const INVALID_PARAMS: i32 = -32_602;
const HEADER_MISMATCH: i32 = -32_020;
const UNSUPPORTED_VERSION: i32 = -32_022;

/// Reads a message.
pub fn read(body: &str, mirror: Mirror) -> McpMessage {
    let nobody = Envelope {
        id: Value::Null,
        is_modern: false,
    };
    let Ok(message) = serde_json::from_str::<Value>(body) else {
        return nobody.refuse(Refusal(400, -32_700, "the message is not valid JSON", None));
    };
    let method = message.get("method").and_then(Value::as_str);
    let id = message.get("id");
    let is_scalar = |params: &Value| params.is_string() || params.is_number() || params.is_boolean();
    let is_rpc = message.get("jsonrpc").and_then(Value::as_str) == Some("2.0")
        && !message.get("params").is_some_and(is_scalar);
    let (method, id) = match (method, id) {
        (Some(method), Some(id @ (Value::String(_) | Value::Number(_)))) if is_rpc => (method, id),
        (Some(_), None) if is_rpc => return McpMessage::Notification,
        _ => {
            let what = "the message must be one JSON-RPC 2.0 request or notification";
            return nobody.refuse(Refusal(400, INVALID_REQUEST, what, None));
        }
    };
    let params = message.get("params").cloned().unwrap_or_default();
    let meta = params.get("_meta");
    let version = meta
        .and_then(|meta| meta.get(META_VERSION))
        .and_then(Value::as_str);
    let is_legacy = method == "initialize" || ["", "2025-11-25"].contains(&mirror.version);
    let envelope = Envelope {
        id: id.clone(),
        is_modern: version.is_some() || !is_legacy,
    };
    let answer = if envelope.is_modern {
        check_modern(method, &params, version, mirror).and_then(|()| modern(&envelope, method, &params))
    } else {
        legacy(&envelope, method, &params)
    };
    answer.unwrap_or_else(|refusal| envelope.refuse(refusal))
}

fn check_modern(method: &str, params: &Value, version: Option<&str>, mirror: Mirror) -> Result<(), Refusal> {
    let Some(version) = version else {
        let what = "params._meta must name the protocol version and the client's capabilities";
        return Err(Refusal(400, INVALID_PARAMS, what, None));
    };
    let name = params.get("name").and_then(Value::as_str).unwrap_or_default();
    let is_mirrored = mirror.version == version
        && mirror.method == method
        && (method != "tools/call" || mirror.name == name);
    if !is_mirrored {
        let what = "MCP-Protocol-Version, Mcp-Method and Mcp-Name must say what the message says";
        return Err(Refusal(400, HEADER_MISMATCH, what, None));
    }
    if version != VERSIONS[0] {
        let data = json!({"supported": VERSIONS, "requested": version});
        return Err(Refusal(
            400,
            UNSUPPORTED_VERSION,
            "unsupported protocol version",
            Some(data),
        ));
    }
    let has_capabilities = params
        .pointer("/_meta")
        .and_then(|meta| meta.get(META_CAPABILITIES)?.as_object());
    if has_capabilities.is_none() {
        let what = "params._meta must name the client's capabilities";
        return Err(Refusal(400, INVALID_PARAMS, what, None));
    }
    Ok(())
}

fn modern(envelope: &Envelope, method: &str, params: &Value) -> Result<McpMessage, Refusal> {
    match method {
        "server/discover" => Ok(envelope.answer(cached(json!({
            "supportedVersions": VERSIONS, "capabilities": {"tools": {}}, "instructions": INSTRUCTIONS,
            "_meta": {META_SERVER: server()},
        })))),
        "tools/list" => Ok(envelope.answer(cached(json!({"tools": tools()})))),
        "tools/call" => call(envelope, params),
        _ => Err(Refusal(404, METHOD_NOT_FOUND, "there is no such method", None)),
    }
}

fn legacy(envelope: &Envelope, method: &str, params: &Value) -> Result<McpMessage, Refusal> {
    match method {
        "initialize" => Ok(envelope.answer(json!({
            "protocolVersion": VERSIONS[1], "capabilities": {"tools": {}}, "serverInfo": server(),
            "instructions": INSTRUCTIONS,
        }))),
        "ping" => Ok(envelope.answer(json!({}))),
        "tools/list" => Ok(envelope.answer(json!({"tools": tools()}))),
        "tools/call" => call(envelope, params),
        _ => Err(Refusal(200, METHOD_NOT_FOUND, "there is no such method", None)),
    }
}

fn call(envelope: &Envelope, params: &Value) -> Result<McpMessage, Refusal> {
    let name = params.get("name").and_then(Value::as_str);
    let tool = TOOLS.iter().find(|(_, tool)| Some(*tool) == name);
    let (tool, _) = tool.ok_or(Refusal(200, INVALID_PARAMS, "there is no such tool", None))?;
    let arguments = match params.get("arguments") {
        None => Map::new(),
        Some(Value::Object(arguments)) => arguments.clone(),
        Some(_) => return Err(Refusal(200, INVALID_PARAMS, "arguments must be an object", None)),
    };
    Ok(McpMessage::Call(ToolCall {
        envelope: envelope.clone(),
        tool: *tool,
        arguments,
    }))
}

impl ToolCall {
    /// The answer's body: what the tool gave, or why it failed, which is for the model to read.
    pub fn answer(&self, outcome: Result<Value, String>) -> String {
        let result = match outcome {
            Ok(value) => json!({
                "content": [{"type": "text", "text": value.to_string()}], "structuredContent": value, "isError": false,
            }),
            Err(problem) => json!({"content": [{"type": "text", "text": problem}], "isError": true}),
        };
        self.envelope.result(result)
    }
}

impl Envelope {
    fn result(&self, mut result: Value) -> String {
        put_some(
            &mut result,
            "resultType",
            self.is_modern.then(|| "complete".into()),
        );
        json!({"jsonrpc": "2.0", "id": self.id, "result": result}).to_string()
    }

    fn answer(&self, result: Value) -> McpMessage {
        McpMessage::Answered(200, self.result(result))
    }

    fn refuse(&self, Refusal(status, code, message, data): Refusal) -> McpMessage {
        let mut error = json!({"code": code, "message": message});
        put_some(&mut error, "data", data);
        let body = json!({"jsonrpc": "2.0", "id": self.id, "error": error});
        McpMessage::Answered(status, body.to_string())
    }
}

fn cached(mut result: Value) -> Value {
    put(&mut result, "ttlMs", TTL_MS.into());
    put(&mut result, "cacheScope", "public".into());
    result
}

fn server() -> Value {
    json!({"name": "hearken", "version": env!("CARGO_PKG_VERSION")})
}

fn tools() -> Vec<Value> {
    let listed = TOOLS.iter().map(|(tool, name)| {
        let (description, properties, needed) = match tool {
            Tool::SearchMemories => (
                "Finds what is remembered about the person that fits a question.",
                json!({"query": text("What to look for."), "limit": count(50)}),
                json!(["query"]),
            ),
            Tool::AddMemory => (
                "Remembers a fact about the person, as it is given.",
                json!({"text": text("The fact, in one sentence, in the third person.")}),
                json!(["text"]),
            ),
            Tool::ForgetMemory => (
                "Forgets one memory for good.",
                json!({"id": text("The memory's id.")}),
                json!(["id"]),
            ),
            Tool::ListConversations => (
                "Lists the person's conversations, newest first.",
                json!({
                    "query": text("Words that were said in them."), "limit": count(100),
                    "after": text("The id of the last one of the page before."),
                }),
                json!([]),
            ),
            Tool::ReadConversation => (
                "Gives one conversation with its newest messages, 100 unless limit says otherwise, and its summary.",
                json!({"id": text("The conversation's id."), "limit": count(2_000)}),
                json!(["id"]),
            ),
        };
        let is_read = !matches!(tool, Tool::AddMemory | Tool::ForgetMemory);
        let schema = json!({"type": "object", "properties": properties, "required": needed});
        json!({
            "name": name, "description": description, "inputSchema": schema,
            "annotations": {
                "readOnlyHint": is_read, "destructiveHint": *tool == Tool::ForgetMemory, "openWorldHint": false,
            },
        })
    });
    listed.collect()
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn count(most: u32) -> Value {
    json!({"type": "integer", "minimum": 1, "maximum": most})
}

#[cfg(test)]
mod tests;
