//! Rows about requests: what is wrong with the way in which a token or a call was sent.

use super::{Entry, OauthError, stdio};

pub(super) const ALL: &[&Entry] = &[
    &HOST_INVALID,
    &SERVER_UNKNOWN,
    &MISDIRECTED,
    &ORIGIN_FOREIGN,
    &TOKEN_ABSENT,
    &SCHEME_UNSUPPORTED,
    &CREDENTIAL_MALFORMED,
    &CREDENTIAL_TWICE,
    &TOKEN_IN_QUERY,
    &TOKEN_IN_COOKIE,
    &TOKEN_IN_BODY,
    &METHOD_REFUSED,
    &MEDIA_TYPE,
    &BODY_TOO_LARGE,
    &BODY_UNREADABLE,
    &CALL_MALFORMED,
    &CALL_DUPLICATE_MEMBER,
    &CALL_LOOKALIKE_MEMBER,
    &CALL_TOO_DEEP,
    &CALL_BATCH,
    &HEADER_DISAGREES,
    &REVISION_UNSUPPORTED,
    &SESSION_UNKNOWN,
    &stdio::SESSION_MISSING,
    &EVENT_UNKNOWN,
    &TOKEN_IN_MESSAGE,
];

pub(in crate::refusal) static HOST_INVALID: Entry = Entry {
    code: "host-invalid",
    status: 400,
    error: None,
    clause: "RFC 9110 §7.2",
    public: "The request's Host is missing or ambiguous.",
    meaning: "The request has no Host, two of them, or one that differs from its absolute target. Two readers would send it to two servers.",
    advice: "Look at the client or proxy that wrote the request.",
    example: "`Host: a` and `Host: b` in one request",
};

pub(in crate::refusal) static MISDIRECTED: Entry = Entry {
    code: "misdirected",
    status: 421,
    error: None,
    clause: "RFC 9110 §15.5.20",
    public: "The request came by a way that does not lead to this host.",
    meaning: "The connection was made for another host than the request names: another port of Warded, or a certificate of another name. Who may reach the one need not be able to reach the other.",
    advice: "Let the client connect to the host and port of the server's URL. A proxy in front that maps ports belongs into `trusted_proxies`.",
    example: "`Host: inside.example.com:8443` on a connection to port 443",
};

pub(in crate::refusal) static SERVER_UNKNOWN: Entry = Entry {
    code: "server-unknown",
    status: 404,
    error: None,
    clause: "RFC 9110 §15.5.5",
    public: "There is no such server here.",
    meaning: "No server is served at this host and path.",
    advice: "Compare the URL with the identifiers that `warded up` prints. A proxy in front must keep Host and path as the client sent them.",
    example: "`https://mcp.example.com/note/mcp` where the server is `/notes/mcp`",
};

pub(in crate::refusal) static ORIGIN_FOREIGN: Entry = Entry {
    code: "origin-foreign",
    status: 403,
    error: None,
    clause: "MCP, Streamable HTTP: Security Warning",
    public: "Requests from this web page are not accepted.",
    meaning: "The request comes from a web page of another origin. A page that a user happens to visit could drive a local server so (DNS rebinding).",
    advice: "If the page is yours, serve it from the server's own origin.",
    example: "`Origin: https://evil.example` at a server on loopback",
};

pub(in crate::refusal) static TOKEN_ABSENT: Entry = Entry {
    code: "token-absent",
    status: 401,
    error: None,
    clause: "RFC 6750 §3.1",
    public: "An access token is needed.",
    meaning: "The request carries no token. This is how every conversation begins: the challenge tells the client where to get one.",
    advice: "Nothing. If a client never comes back with a token, it does not follow RFC 9728.",
    example: "the first request of a client",
};

pub(in crate::refusal) static SCHEME_UNSUPPORTED: Entry = Entry {
    code: "scheme-unsupported",
    status: 401,
    error: None,
    clause: "RFC 9110 §11.6.1",
    public: "This authorization scheme is not used here.",
    meaning: "The `Authorization` header has another scheme than `Bearer` or, where the server takes proofs of possession, `DPoP`. The challenge lists what is used.",
    advice: "Let the client send `Authorization: Bearer TOKEN`. Where it sends `DPoP`, the server says `dpop: off`.",
    example: "`Authorization: Basic …`",
};

pub(in crate::refusal) static CREDENTIAL_MALFORMED: Entry = Entry {
    code: "credential-malformed",
    status: 400,
    error: Some(OauthError::InvalidRequest),
    clause: "RFC 6750 §2.1",
    public: "The Authorization header is malformed.",
    meaning: "The `Authorization` header is not the word `Bearer` or `DPoP`, one blank and one token: it is empty, has more in it, or bytes that no token has.",
    advice: "Look at the client: it may have left the token out, or quoted it.",
    example: "`Authorization: Bearer` with nothing behind it",
};

pub(in crate::refusal) static CREDENTIAL_TWICE: Entry = Entry {
    code: "credential-twice",
    status: 400,
    error: Some(OauthError::InvalidRequest),
    clause: "RFC 9110 §5.3",
    public: "The request carries more than one credential.",
    meaning: "There are two `Authorization` headers, or a list in one. Whoever checks the first and whoever uses the last see two callers.",
    advice: "Look for a proxy that adds a header where it should replace it.",
    example: "two `Authorization` headers",
};

pub(in crate::refusal) static TOKEN_IN_QUERY: Entry = Entry {
    code: "token-in-query",
    status: 400,
    error: Some(OauthError::InvalidRequest),
    clause: "MCP, Token Requirements",
    public: "Send the access token in the Authorization header only.",
    meaning: "The URL has `access_token`. URLs end up in logs, histories and `Referer`, so a token in one is already lost.",
    advice: "Revoke the token, and let the client use the header.",
    example: "`/notes/mcp?access_token=…`",
};

pub(in crate::refusal) static TOKEN_IN_COOKIE: Entry = Entry {
    code: "token-in-cookie",
    status: 400,
    error: Some(OauthError::InvalidRequest),
    clause: "RFC 6750 §2",
    public: "Send the access token in the Authorization header only.",
    meaning: "A cookie carries a token. Browsers send cookies unasked, so another page could use it.",
    advice: "Let the client use the header.",
    example: "`Cookie: access_token=…`",
};

pub(in crate::refusal) static TOKEN_IN_BODY: Entry = Entry {
    code: "token-in-body",
    status: 400,
    error: Some(OauthError::InvalidRequest),
    clause: "RFC 6750 §2.2",
    public: "Send the access token in the Authorization header only.",
    meaning: "The body is a form with `access_token`.",
    advice: "Let the client use the header.",
    example: "`access_token=…` in a form",
};

pub(in crate::refusal) static METHOD_REFUSED: Entry = Entry {
    code: "method-refused",
    status: 405,
    error: None,
    clause: "MCP, Streamable HTTP",
    public: "This method is not used here.",
    meaning: "MCP uses POST, GET and DELETE.",
    advice: "Nothing, unless a client of yours sends it.",
    example: "`PUT /notes/mcp`",
};

pub(in crate::refusal) static MEDIA_TYPE: Entry = Entry {
    code: "media-type",
    status: 415,
    error: None,
    clause: "MCP, Streamable HTTP",
    public: "Send the message as application/json.",
    meaning: "The body of a POST is not `application/json`, or it is encoded (`Content-Encoding`): what cannot be read cannot be judged.",
    advice: "Let the client send plain JSON.",
    example: "`Content-Type: text/plain`",
};

pub(in crate::refusal) static BODY_TOO_LARGE: Entry = Entry {
    code: "body-too-large",
    status: 413,
    error: None,
    clause: "a limit of Warded",
    public: "The message is too large.",
    meaning: "The message is larger than the limit.",
    advice: "Send less in one call, or raise the limit where the server needs it.",
    example: "a tool call with a file of 20 MB in it",
};

pub(in crate::refusal) static BODY_UNREADABLE: Entry = Entry {
    code: "body-unreadable",
    status: 400,
    error: None,
    clause: "RFC 9112 §6.1; RFC 9112 §8",
    public: "The message did not arrive whole.",
    meaning: "The body ended early, took longer than a message may take, or came in another transfer coding than `chunked`: a proxy in front could have seen another message.",
    advice: "Look at the network, and at what is between the client and here.",
    example: "a connection that breaks in the middle of a message",
};

pub(in crate::refusal) static CALL_MALFORMED: Entry = Entry {
    code: "call-malformed",
    status: 400,
    error: None,
    clause: "JSON-RPC 2.0 §4",
    public: "The message is not a JSON-RPC message.",
    meaning: "The body is not one JSON-RPC 2.0 request, notification or response.",
    advice: "Look at the client. What is not understood is not passed on: the server behind might understand it in another way.",
    example: "a body that is cut off",
};

pub(in crate::refusal) static CALL_DUPLICATE_MEMBER: Entry = Entry {
    code: "call-duplicate-member",
    status: 400,
    error: None,
    clause: "RFC 8259 §4",
    public: "The message has a member twice.",
    meaning: "A member stands twice in one object. Parsers disagree about which one counts, so what is judged might not be what is done.",
    advice: "Look at the client.",
    example: "`{\"method\": \"ping\", \"method\": \"tools/call\"}`",
};

pub(in crate::refusal) static CALL_LOOKALIKE_MEMBER: Entry = Entry {
    code: "call-lookalike-member",
    status: 400,
    error: None,
    clause: "MCP, Base Protocol",
    public: "The message has a member that differs from the protocol's only in case.",
    meaning: "Some parsers ignore case: to them `Method` is `method`. What is judged would not be what is done.",
    advice: "Look at the client.",
    example: "`{\"method\": \"ping\", \"Method\": \"tools/call\"}`",
};

pub(in crate::refusal) static CALL_TOO_DEEP: Entry = Entry {
    code: "call-too-deep",
    status: 400,
    error: None,
    clause: "a limit of Warded",
    public: "The message is nested too deep.",
    meaning: "The message is nested deeper than 64 levels.",
    advice: "Send flatter arguments.",
    example: "ten thousand brackets",
};

pub(in crate::refusal) static CALL_BATCH: Entry = Entry {
    code: "call-batch",
    status: 400,
    error: None,
    clause: "MCP 2025-06-18, Changelog",
    public: "This revision of MCP has no batches.",
    meaning: "The body is a list of messages. Only revision 2025-03-26 has them.",
    advice: "Let the client send one message at a time.",
    example: "`[{…}, {…}]`",
};

pub(in crate::refusal) static HEADER_DISAGREES: Entry = Entry {
    code: "header-disagrees",
    status: 400,
    error: None,
    clause: "MCP 2026-07-28, Streamable HTTP",
    public: "A header says something else than the message.",
    meaning: "`MCP-Protocol-Version`, `Mcp-Method` or `Mcp-Name` is missing where the revision asks for it, stands twice, or differs from the body. Whoever decides by the header and whoever acts by the body would see two calls.",
    advice: "Look at the client, or at the proxy that writes these headers.",
    example: "`Mcp-Method: tools/list` over a body that says `tools/call`",
};

pub(in crate::refusal) static REVISION_UNSUPPORTED: Entry = Entry {
    code: "revision-unsupported",
    status: 400,
    error: None,
    clause: "MCP, Protocol Version Header",
    public: "This revision of MCP is not supported.",
    meaning: "`MCP-Protocol-Version` names a revision whose rules Warded does not know, so it cannot judge by them.",
    advice: "Update Warded, or let the client use a revision from 2025-03-26 to 2026-07-28.",
    example: "`MCP-Protocol-Version: 1999-01-01`",
};

pub(in crate::refusal) static SESSION_UNKNOWN: Entry = Entry {
    code: "session-unknown",
    status: 404,
    error: None,
    clause: "MCP, Session Management",
    public: "There is no such session.",
    meaning: "The session id was not given out by this server to this caller: it is made up, of another user, client, server or issuer, or from before the key was changed.",
    advice: "Nothing: a client that gets 404 begins a new session.",
    example: "a session id of somebody else",
};

pub(in crate::refusal) static EVENT_UNKNOWN: Entry = Entry {
    code: "event-unknown",
    status: 400,
    error: None,
    clause: "MCP, Streamable HTTP, Resumability and Redelivery",
    public: "There is no such event to resume after.",
    meaning: "The `Last-Event-ID` was not given out by this server to this caller in this session: it is made up, of another user, client, server, issuer or session, or from before the key was changed.",
    advice: "Nothing: a client that cannot resume opens a new stream without `Last-Event-ID`.",
    example: "the id of an event of somebody else",
};

pub(in crate::refusal) static TOKEN_IN_MESSAGE: Entry = Entry {
    code: "token-in-message",
    status: 400,
    error: None,
    clause: "MCP, Token Passthrough",
    public: "The message contains the access token that it was sent with.",
    meaning: "The request to the server behind would carry the caller's own token, in its URL, a header or the body. An agent may have been talked into it.",
    advice: "Find out why the client put its token into a call. The token has not left Warded.",
    example: "a tool argument that holds the agent's own token",
};
