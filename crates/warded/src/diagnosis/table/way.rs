//! What can be in the way of any request, to a server or to an issuer.

use super::{Diagnosis, Severity, Whose, YOU};

const THERE: Whose = Whose::There;

pub(crate) static NAME_UNKNOWN: Diagnosis = Diagnosis {
    code: "name-unknown",
    severity: Severity::High,
    clause: "RFC 1034 §3.6",
    meaning: "The host has no address, as far as this machine's name server knows.",
    advice: &[
        (YOU, "Check the spelling of the URL, and whether a VPN must be up for this name."),
        (THERE, "Publish the name where your clients look it up."),
    ],
};

pub(crate) static NOBODY_THERE: Diagnosis = Diagnosis {
    code: "nobody-there",
    severity: Severity::High,
    clause: "RFC 9293 §3.5",
    meaning: "The host has an address, and nobody accepts a connection at it.",
    advice: &[
        (
            THERE,
            "Start it, and let it listen at an address that clients reach; many listen on loopback only.",
        ),
        (YOU, "Check the port, and what stands between: a firewall, a VPN, a proxy that must be used."),
    ],
};

pub(crate) static CERTIFICATE_UNTRUSTED: Diagnosis = Diagnosis {
    code: "certificate-untrusted",
    severity: Severity::High,
    clause: "RFC 9110 §4.3.4",
    meaning: "The other end cannot show that it is who the URL says. Everything that it would say could be said by somebody in between, so it is asked nothing.",
    advice: &[
        (
            THERE,
            "Serve a certificate that is valid now, for this name, with the certificates between it and its root.",
        ),
        (
            YOU,
            "Where your organisation has roots of its own, add them to this machine's; check this machine's clock.",
        ),
    ],
};

pub(crate) static ANSWER_LATE: Diagnosis = Diagnosis {
    code: "answer-late",
    severity: Severity::High,
    clause: "RFC 9110 §15.6.5",
    meaning: "A connection or an answer took too long. Clients give up after a while, too.",
    advice: &[
        (THERE, "See what it waits for: an upstream, a name server, a pool that is empty."),
        (YOU, "Pass a longer `--timeout` to see whether an answer ever comes."),
    ],
};

pub(crate) static ANSWER_UNUSABLE: Diagnosis = Diagnosis {
    code: "answer-unusable",
    severity: Severity::High,
    clause: "RFC 9112 §2",
    meaning: "What came is not HTTP, breaks off, is compressed though nobody asked for it, or is larger than anything that is read.",
    advice: &[
        (
            THERE,
            "Look at what sits in front: a proxy that compresses or cuts off, a port that speaks something else, TLS that wants a client certificate.",
        ),
        (YOU, "Check the scheme and the port of the URL."),
    ],
};

pub(crate) static PROXY_REFUSES: Diagnosis = Diagnosis {
    code: "proxy-refuses",
    severity: Severity::High,
    clause: "RFC 9110 §9.3.6",
    meaning: "The proxy of the environment does not let the request through, or a URL that another party named would go through it, where nobody here can see to which address it leads.",
    advice: &[(
        YOU,
        "Check `HTTPS_PROXY` and `NO_PROXY`; list an issuer that may be reached through the proxy with `--proxied-host`; ask whoever runs the proxy.",
    )],
};

pub(crate) static PLACE_VETOED: Diagnosis = Diagnosis {
    code: "place-vetoed",
    severity: Severity::High,
    clause: "RFC 9728 §7.7",
    meaning: "A URL that another party named leads into a private network, or from the Internet to this machine. A client that follows such URLs can be made to knock at doors behind the firewall, so it does not go there.",
    advice: &[
        (
            THERE,
            "Name only what every client may reach: an issuer, its endpoints, and metadata; or be in the same network as what you name.",
        ),
        (YOU, "Where both are yours and on one machine, use the server's loopback URL."),
    ],
};

pub(crate) static REDIRECTED: Diagnosis = Diagnosis {
    code: "redirected",
    severity: Severity::High,
    clause: "RFC 9728 §7.7",
    meaning: "A redirect came where an answer should be. It is not followed: where it leads nobody has vetted, and a token or a code would go with it.",
    advice: &[
        (YOU, "Use the URL that it leads to, if you know whose it is."),
        (
            THERE,
            "Answer at this URL itself: redirects from http to https, to a login page, or to a trailing slash break clients.",
        ),
    ],
};

pub(crate) static FAILING: Diagnosis = Diagnosis {
    code: "failing",
    severity: Severity::High,
    clause: "RFC 9110 §15.6",
    meaning: "It says that it has failed (5xx). That is no answer to the question, so a client stops here and does not go on with less: an outage must not lead to a weaker protocol.",
    advice: &[(THERE, "See its log; behind a proxy, see whether what is behind runs.")],
};

pub(crate) static DOCUMENT_WITHHELD: Diagnosis = Diagnosis {
    code: "document-withheld",
    severity: Severity::High,
    clause: "RFC 9728 §3.1, RFC 8414 §3",
    meaning: "A document that everybody must be able to read is refused (400, 401, 403, 429). Only 404, 405 and 410 say that there is none.",
    advice: &[(
        THERE,
        "Let everybody read what is below `/.well-known/`, without a token and past bot walls and rate limits.",
    )],
};

pub(crate) static DOCUMENT_INVALID: Diagnosis = Diagnosis {
    code: "document-invalid",
    severity: Severity::High,
    clause: "RFC 9728 §3.2, RFC 8414 §3.2",
    meaning: "A document is not what it should be: not JSON, a web page with status 200, a member missing or of the wrong type, a member twice, a URL that nothing may be sent to.",
    advice: &[(
        THERE,
        "Serve one JSON object as `application/json`, with every URL in it absolute and https.",
    )],
};

pub(crate) static CLOCK_DIFFERS: Diagnosis = Diagnosis {
    code: "clock-differs",
    severity: Severity::Medium,
    clause: "RFC 7519 §4.1.4",
    meaning: "The clock there and the clock here differ by more than a minute. A server whose clock is behind takes fresh tokens for tokens of the future; one whose clock is ahead takes good ones for expired.",
    advice: &[(THERE, "Keep the clock by NTP."), (YOU, "Check this machine's clock first.")],
};
