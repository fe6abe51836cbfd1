//! Which values have a path of their own, and nothing below it?

use super::InvalidPath;
use crate::{Scope, nearest};

/// A path without parts that the author chooses.
pub(crate) struct Leaf {
    pub(crate) path: &'static str,
    pub(crate) meaning: &'static str,
    scope: Which,
}

/// Which scope it is; one with a text in it cannot stand in a constant.
#[derive(Clone, Copy)]
enum Which {
    Aud,
    Sub,
    Client,
    Scopes,
    Bound,
    Passthrough,
    Identity,
    Name,
    Tier,
    Address,
    Method,
    Revision,
    Time(&'static str),
}

const fn leaf(path: &'static str, scope: Which, meaning: &'static str) -> Leaf {
    Leaf { path, meaning, scope }
}

/// All of them, in the order in which the reference has them.
pub(crate) static LEAVES: [Leaf; 22] = [
    leaf(
        "auth.token.aud",
        Which::Aud,
        "The canonical identifier of the server that the token was admitted for; what the token says where the audience was waived.",
    ),
    leaf("auth.sub", Which::Sub, "The subject of the token."),
    leaf("auth.client", Which::Client, "The client that the token was issued to."),
    leaf("auth.scopes", Which::Scopes, "A list: the scopes of the token, with everything that they imply."),
    leaf("auth.bound", Which::Bound, "Whether the token is bound to a key of its sender."),
    leaf(
        "auth.passthrough",
        Which::Passthrough,
        "Whether the request carries the caller's own token towards the server.",
    ),
    leaf("server.identity", Which::Identity, "The canonical identifier of the server that is called."),
    leaf("server.name", Which::Name, "Its name in the configuration."),
    leaf("server.tier", Which::Tier, "Its tier."),
    leaf("client.address", Which::Address, "The address that the call came from."),
    leaf("request.method", Which::Method, "The method of the message, such as `tools/call`."),
    leaf("request.revision", Which::Revision, "The revision of MCP, such as `2025-11-25`."),
    leaf("time.unix", Which::Time("unix"), "Seconds since 1970."),
    leaf("time.date", Which::Time("date"), "The date, such as `2026-11-22`; like all of these, in UTC."),
    leaf("time.time", Which::Time("time"), "The time of day, such as `14:05:09`."),
    leaf("time.year", Which::Time("year"), "The year, a number."),
    leaf("time.month", Which::Time("month"), "The month, 1 to 12."),
    leaf("time.day", Which::Time("day"), "The day of the month, 1 to 31."),
    leaf("time.hour", Which::Time("hour"), "The hour, 0 to 23."),
    leaf("time.minute", Which::Time("minute"), "The minute, 0 to 59."),
    leaf("time.second", Which::Time("second"), "The second, 0 to 59."),
    leaf("time.weekday", Which::Time("weekday"), "The day of the week, `monday` to `sunday`."),
];

/// Reads a path that has nothing below it.
pub(super) fn parse(text: &str) -> Result<Scope, InvalidPath> {
    let found = LEAVES.iter().find(|leaf| leaf.path == text);
    let leaf = found.ok_or_else(|| InvalidPath::Unknown { meant: meant(text) })?;
    Ok(match leaf.scope {
        Which::Aud => Scope::AuthTokenAud,
        Which::Sub => Scope::AuthSub,
        Which::Client => Scope::AuthClient,
        Which::Scopes => Scope::AuthScopes,
        Which::Bound => Scope::AuthBound,
        Which::Passthrough => Scope::AuthPassthrough,
        Which::Identity => Scope::ServerIdentity,
        Which::Name => Scope::ServerName,
        Which::Tier => Scope::ServerTier,
        Which::Address => Scope::ClientAddress,
        Which::Method => Scope::RequestMethod,
        Which::Revision => Scope::RequestRevision,
        Which::Time(part) => Scope::Time(part.into()),
    })
}

/// What other systems call it, or the nearest path.
fn meant(text: &str) -> Option<&'static str> {
    match text {
        "auth.aud" | "auth.audience" | "auth.token.audience" | "token.aud" => return Some("auth.token.aud"),
        "auth.token.sub" | "auth.subject" | "auth.user" => return Some("auth.sub"),
        "auth.token.client_id" | "auth.client_id" | "auth.azp" => return Some("auth.client"),
        "auth.token.scope" | "auth.scope" => return Some("auth.scopes"),
        "server.resource" | "server.url" => return Some("server.identity"),
        "client.ip" => return Some("client.address"),
        _ => {}
    }
    // A single word is an argument that lost its `args.`.
    if !text.contains('.') {
        return nearest(text, ["args", "state"].into_iter()).map(|root| match root {
            "args" => "args.NAME",
            _ => "state.TOOL.COUNTER",
        });
    }
    for (root, meant) in [("arg.", "args.NAME"), ("arguments.", "args.NAME"), ("params.", "args.NAME")] {
        if text.starts_with(root) {
            return Some(meant);
        }
    }
    nearest(text, LEAVES.iter().map(|leaf| leaf.path))
}
