//! The server behind: its URL, and with what Warded shows itself there.

use std::path::PathBuf;

use http::{HeaderName, header};
use warded_gateway::{InvalidUpstream, UpstreamHost, UpstreamUrl};

use super::super::{Located, Server, Span, UpstreamAuth, UpstreamAuthKind};
use crate::finding::{Finding, table};

/// With what Warded shows itself to a server behind.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpstreamCredential {
    /// The header.
    pub header: HeaderName,
    /// What stands before the secret in its value.
    pub prefix: &'static str,
    /// Where the secret is.
    pub secret: SecretPlace,
    /// Where that is written.
    pub at: Span,
}

/// Where a secret is. The configuration never holds the secret itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretPlace {
    /// A variable of the environment.
    Environment(String),
    /// A file.
    File(PathBuf),
}

pub(super) fn url(written: &Located<String>, findings: &mut Vec<Finding>) -> Option<Located<UpstreamUrl>> {
    let text = &written.value;
    let error = match UpstreamUrl::parse(text) {
        Ok(value) => return Some(Located { value, span: written.span }),
        Err(error) => error,
    };
    // Not repeated where it may hold a password.
    let shown = match error {
        InvalidUpstream::UserInfo => "the URL".to_owned(),
        _ => format!("`{}`", text.escape_debug()),
    };
    let message = format!("{shown} is not the URL of a server behind: {error}");
    let finding = Finding::new(&table::UPSTREAM_INVALID, message).at(written.span, "this URL");
    let with_scheme = format!("http://{text}");
    findings.push(match error {
        InvalidUpstream::Scheme if !text.contains("://") && UpstreamUrl::parse(&with_scheme).is_ok() => {
            finding.help(format!("Did you mean `{with_scheme}`?"))
        }
        InvalidUpstream::UserInfo => finding.help(
            "Take user and password out, and write `upstream_auth: { kind: header, name: Authorization, value: env:NAME }`.",
        ),
        _ => finding,
    });
    None
}

pub(super) fn host(server: &Server, findings: &mut Vec<Finding>) -> UpstreamHost {
    let Some(written) = &server.upstream_host else { return UpstreamHost::default() };
    UpstreamHost::parse(&written.value).unwrap_or_else(|error| {
        let message = format!("`{}` cannot stand in `Host`: {error}", written.value.escape_debug());
        findings.push(Finding::new(&table::UPSTREAM_HOST_INVALID, message).at(written.span, "this host"));
        UpstreamHost::default()
    })
}

/// Headers that say how a message is framed, where it goes or what it is: a credential in one of them would be
/// taken for something else.
const NOT_FOR_CREDENTIALS: [HeaderName; 14] = [
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    header::EXPECT,
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::ORIGIN,
    header::FORWARDED,
];

/// The secret that is shown, where it is the operator's own.
pub(super) fn credential(auth: &UpstreamAuth, findings: &mut Vec<Finding>) -> Option<UpstreamCredential> {
    if auth.kind.value == UpstreamAuthKind::Passthrough {
        let message = "the caller's token goes to no server behind: whoever gets it can use it again here";
        findings.push(Finding::new(&table::UPSTREAM_PASSTHROUGH, message).at(auth.kind.span, "this kind"));
        return None;
    }
    let mut report = |message: String, span: Span, label: &str, help: &str| {
        findings.push(Finding::new(&table::UPSTREAM_AUTH_INVALID, message).at(span, label).help(help));
    };
    let kind = &auth.kind;
    let header = match (kind.value, &auth.name) {
        (UpstreamAuthKind::None, None) => None,
        (UpstreamAuthKind::Bearer, None) => Some(header::AUTHORIZATION),
        (UpstreamAuthKind::Header, Some(name)) => match name.value.parse::<HeaderName>() {
            Ok(header) if !NOT_FOR_CREDENTIALS.contains(&header) && !header.as_str().starts_with("mcp-") => {
                Some(header)
            }
            _ => {
                let message = format!("`{}` cannot carry a credential", name.value.escape_debug());
                report(
                    message,
                    name.span,
                    "this name",
                    "Write the header that the server behind asks for, such as `X-Api-Key`.",
                );
                return None;
            }
        },
        (UpstreamAuthKind::Header, None) => {
            report(
                "`kind: header` needs a `name`".to_owned(),
                kind.span,
                "which header?",
                "Add `name: X-Api-Key`, or whatever the server behind asks for.",
            );
            return None;
        }
        // What belongs to tokens is read where they are.
        (
            UpstreamAuthKind::ClientCredentials
            | UpstreamAuthKind::TokenExchange
            | UpstreamAuthKind::Passthrough,
            _,
        ) => return None,
        (UpstreamAuthKind::None | UpstreamAuthKind::Bearer, Some(name)) => {
            report(
                "`name` belongs to `kind: header`".to_owned(),
                name.span,
                "has no effect",
                "Remove `name`, or write `kind: header`.",
            );
            return None;
        }
    };
    match (header, &auth.value) {
        (None, None) => None,
        (None, Some(value)) => {
            report(
                "`value` has no effect with `kind: none`".to_owned(),
                value.span,
                "has no effect",
                "Remove `value`, or write `kind: bearer`.",
            );
            None
        }
        (Some(_), None) => {
            report(
                "the secret is missing".to_owned(),
                kind.span,
                "shows what?",
                "Add `value: env:NAME` or `value: file:PATH`.",
            );
            None
        }
        (Some(header), Some(value)) => {
            // The value is not repeated: it may be the secret itself.
            let Some(secret) = place(&value.value) else {
                let message = "a secret is given as a reference".to_owned();
                report(message, value.span, "not a reference", "Write `env:NAME` or `file:PATH`.");
                return None;
            };
            let is_bearer = kind.value == UpstreamAuthKind::Bearer;
            Some(UpstreamCredential {
                header,
                prefix: if is_bearer { "Bearer " } else { "" },
                secret,
                at: value.span,
            })
        }
    }
}

/// Reads where a secret is.
pub(in crate::config) fn place(text: &str) -> Option<SecretPlace> {
    let is_name = |name: &str| {
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
    };
    match text.split_once(':')? {
        ("env", name) if is_name(name) => Some(SecretPlace::Environment(name.to_owned())),
        ("file", path) if !path.is_empty() => Some(SecretPlace::File(path.into())),
        _ => None,
    }
}
