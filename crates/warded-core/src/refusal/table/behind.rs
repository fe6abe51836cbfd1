//! Rows about the way to the server behind, and about how much is served at once: whose fault it was.

use super::Entry;

pub(super) const ALL: &[&Entry] = &[
    &BUSY,
    &SERVER_BUSY,
    &UPSTREAM_UNREACHABLE,
    &UPSTREAM_UNPROVEN,
    &UPSTREAM_BROKE,
    &UPSTREAM_TIMEOUT,
    &UPSTREAM_UNUSABLE,
    &ANSWERS_UNREAD,
    &UPSTREAM_REFUSED,
];

pub(in crate::refusal) static BUSY: Entry = Entry {
    code: "busy",
    status: 503,
    error: None,
    clause: "RFC 9110 §15.6.4",
    public: "The server has too much to do at the moment.",
    meaning: "As many requests are at work as `limits.requests` allows. One more would take memory that the others need.",
    advice: "Find out who sends so many, or which server behind keeps them waiting; raise `limits.requests` where there is memory for it.",
    example: "a client that retries without a pause",
};

pub(in crate::refusal) static SERVER_BUSY: Entry = Entry {
    code: "server-busy",
    status: 503,
    error: None,
    clause: "RFC 9110 §15.6.4",
    public: "The server has too much to do at the moment.",
    meaning: "As many calls wait for this one server behind as `limits.requests_per_server` allows. The others are not kept from theirs.",
    advice: "Look at the server behind: it answers more slowly than it is called.",
    example: "a server behind that hangs",
};

pub(in crate::refusal) static UPSTREAM_UNREACHABLE: Entry = Entry {
    code: "upstream-unreachable",
    status: 502,
    error: None,
    clause: "RFC 9110 §15.6.3",
    public: "The server behind cannot be reached.",
    meaning: "No connection to the server behind could be made, or what was there did not speak HTTP. Nothing of the call was sent.",
    advice: "Check that the server runs where `upstream` says. The log names what the system said.",
    example: "nothing listens on 127.0.0.1:3001",
};

pub(in crate::refusal) static UPSTREAM_UNPROVEN: Entry = Entry {
    code: "upstream-unproven",
    status: 502,
    error: None,
    clause: "RFC 9110 §4.3.4",
    public: "The server behind cannot be reached.",
    meaning: "The server behind did not show a certificate that Warded believes, or TLS failed in another way. Nothing of the call was sent.",
    advice: "Check the server's certificate and its name; name its authority in `network.roots` where it is one of your own. The log names the reason.",
    example: "a certificate that expired yesterday",
};

pub(in crate::refusal) static UPSTREAM_BROKE: Entry = Entry {
    code: "upstream-broke",
    status: 502,
    error: None,
    clause: "RFC 9110 §15.6.3",
    public: "The server behind broke off. It may have done what it was asked.",
    meaning: "The connection to the server behind ended before its answer began, or within a list. The call was sent, so it may have been carried out; Warded does not send it again.",
    advice: "Look at the log of the server behind: it may have crashed over this call.",
    example: "a server that is killed while it works",
};

pub(in crate::refusal) static UPSTREAM_TIMEOUT: Entry = Entry {
    code: "upstream-timeout",
    status: 504,
    error: None,
    clause: "RFC 9110 §15.6.5",
    public: "The server behind does not answer.",
    meaning: "The server behind did not begin its answer in time.",
    advice: "Look at the server behind; raise its `timeout` where it needs longer.",
    example: "a server that hangs",
};

pub(in crate::refusal) static UPSTREAM_UNUSABLE: Entry = Entry {
    code: "upstream-unusable",
    status: 502,
    error: None,
    clause: "RFC 9110 §15.6.3",
    public: "The answer of the server behind cannot be used.",
    meaning: "The server behind gave an answer that must not be passed on: a redirect, one that is compressed although none was asked for, one with two session ids or with a head that is too large, or a list that cannot be read.",
    advice: "The log names which. For a redirect, write into `upstream` where it leads.",
    example: "`upstream: http://notes/mcp`, which redirects to `/mcp/`",
};

pub(in crate::refusal) static ANSWERS_UNREAD: Entry = Entry {
    code: "answers-unread",
    status: 502,
    error: None,
    clause: "RFC 9110 §15.6.3",
    public: "There is no room for the answer. The server may have done what it was asked.",
    meaning: "The caller may not see every tool, prompt or resource, so the answer must be held whole to be looked at, and as many such answers as there is room for are not read by their callers: by this person, or by all. The call was made.",
    advice: "Find out who asks for so much and does not read what comes.",
    example: "a client that asks for long lists and reads none of them",
};

pub(in crate::refusal) static UPSTREAM_REFUSED: Entry = Entry {
    code: "upstream-refused",
    status: 502,
    error: None,
    clause: "RFC 9110 §15.6.3",
    public: "The server behind cannot be used at the moment.",
    meaning: "The server behind refused Warded's own credential with 401. The caller's token is good; a 401 would send it away to get another.",
    advice: "Check `upstream_auth`.",
    example: "a rotated API key",
};
