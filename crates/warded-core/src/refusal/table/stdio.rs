//! Rows about servers that run as processes of ours.

use super::Entry;

pub(in crate::refusal) static SESSION_MISSING: Entry = Entry {
    code: "session-missing",
    status: 400,
    error: None,
    clause: "MCP, Session Management",
    public: "The request needs a session: begin with `initialize`, and send the session id that its answer gives.",
    meaning: "Until 2025-11-25 the server behind is a process of one session, and the request names none.",
    advice: "Look at the client: it must send the `Mcp-Session-Id` that the answer to `initialize` gave it.",
    example: "`tools/list` without `Mcp-Session-Id`",
};

pub(in crate::refusal) static UPSTREAM_FULL: Entry = Entry {
    code: "upstream-full",
    status: 503,
    error: None,
    clause: "RFC 9110 §15.6.4",
    public: "Too much is under way at the server behind. Try again later.",
    meaning: "The server behind is a command, and as many processes of it run as `max_children` allows, or as one caller may have; or one process has 1024 requests before it. Nobody's session was ended for it.",
    advice: "Raise `max_children`, or shorten `idle`.",
    example: "33 sessions where `max_children` is 32",
};
