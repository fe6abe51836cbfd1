//! What is wrong with the way out.

use crate::finding::{Rule, Severity};

pub(crate) static NETWORK_PROXY_INVALID: Rule = Rule {
    code: "network-proxy-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "`network.proxy` is not a proxy that Warded can use, or is not where the configuration says. Without it every request would fail, or go past the proxy that was meant to see it.",
    advice: "Write `none`, `environment`, a URL such as `http://proxy.example.com:3128`, or `env:NAME` or `file:PATH` for a URL with a password.",
    example: "`network: { proxy: \"socks5://127.0.0.1:1080\" }`",
};

pub(crate) static NETWORK_HOST_INVALID: Rule = Rule {
    code: "network-host-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "An entry of `network.proxied_hosts` or `network.no_proxy` names no hosts, or those of everybody. Through a proxy nobody here sees which address a stranger's URL leads to, so the list is all that keeps such URLs out of the network that the proxy is in.",
    advice: "Write a host such as `login.example.com`, or `*.example.com` for all below a domain of yours.",
    example: "`proxied_hosts: [\"*\"]`",
};

pub(crate) static NETWORK_FILE_INVALID: Rule = Rule {
    code: "network-file-invalid",
    severity: Severity::High,
    fatal: false,
    meaning: "A file of root certificates, or the certificate or key that is shown to issuers, cannot be read, or holds something else.",
    advice: "Write certificates and keys in PEM form, and paths as they are seen from the folder of the configuration.",
    example: "`roots: [corp.der]`",
};

pub(crate) static NETWORK_UNUSED: Rule = Rule {
    code: "network-unused",
    severity: Severity::High,
    fatal: false,
    meaning: "`proxied_hosts` or `no_proxy` without a proxy. Somebody expected it to do something.",
    advice: "Add `proxy`, or remove the list.",
    example: "`network: { proxied_hosts: [login.example.com] }`",
};
