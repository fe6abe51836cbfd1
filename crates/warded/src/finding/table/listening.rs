//! What is wrong with where Warded listens, and with TLS there.

use crate::finding::{Rule, Severity};

pub(crate) static TLS_MISSING: Rule = Rule {
    code: "tls-missing",
    severity: Severity::High,
    fatal: false,
    meaning: "A place to listen at wants TLS, and there is no `tls` with a certificate and a key.",
    advice: "Add `tls: { certificate: FILE, key: \"file:FILE\" }`, or write `tls: false` at the place.",
    example: "`listen: [{ address: \"0.0.0.0:443\", tls: true }]` without `tls`",
};

pub(crate) static TLS_UNUSED: Rule = Rule {
    code: "tls-unused",
    severity: Severity::High,
    fatal: false,
    meaning: "There is `tls`, and every place to listen at says `tls: false`. Somebody expected TLS.",
    advice: "Remove `tls`, or `tls: false` at one of the places.",
    example: "`listen: [{ address: \"0.0.0.0:8700\", tls: false }]` beside `tls`",
};

pub(crate) static TLS_FILE_INVALID: Rule = Rule {
    code: "tls-file-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "A certificate, its key or a file of `client_roots` cannot be read, or holds something else. While Warded runs, it goes on with those that it has.",
    advice: "Write certificates and keys in PEM form, and paths as they are seen from the folder of the configuration.",
    example: "`tls: { certificate: server.der, key: \"file:server.key\" }`",
};

pub(crate) static TLS_PLAIN_URL: Rule = Rule {
    code: "tls-plain-url",
    severity: Severity::Medium,
    fatal: false,
    meaning: "`public_url` begins with `http://`, and Warded speaks nothing but TLS. Clients that are given the URL get no answer, and every identifier that is made of it names another server than the one they reach.",
    advice: "Write `https://` in `public_url`.",
    example: "`public_url: http://127.0.0.1:8700` beside `tls`",
};

pub(crate) static UPSTREAM_HOST_INVALID: Rule = Rule {
    code: "upstream-host-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "`upstream_host` is neither `upstream`, `preserve` nor a host with or without a port.",
    advice: "Write the host that the server behind expects in `Host`, such as `notes.internal:3001`.",
    example: "`upstream_host: https://notes.internal`",
};
