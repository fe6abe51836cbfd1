//! What does a policy know of a request? Who asks, by what token, at which server, from where, and when.

use std::net::SocketAddr;

use warded_core::{Scopes, UnixTime};
use warded_policy::{Auth, Call, Caller, Server, Target, Value};

use super::{Policing, audience, fingerprint::By, is_waived, reached::Reached};
use crate::{
    authorize::Allowed,
    call::{self, Revision},
    guard::Rules,
    record::Witness,
};

/// Everything but what is reached for.
pub(super) struct Facts<'a> {
    aud: Option<std::borrow::Cow<'a, Value>>,
    claims: Option<String>,
    issuer: &'a str,
    subject: Option<&'a str>,
    client: Option<&'a str>,
    token: Box<str>,
    /// With everything that is implied.
    pub(super) scopes: Scopes,
    bound: bool,
    passthrough: bool,
    server: Server<'a>,
    address: Option<String>,
    revision: Revision,
}

impl<'a> Facts<'a> {
    pub(super) fn of(
        policing: &'a Policing,
        allowed: &'a Allowed,
        rules: &'a Rules,
        witness: &mut Witness,
        call: &call::Call,
    ) -> Self {
        let token = &*allowed.token;
        let claims = token.claims();
        let from = allowed.parts.extensions.get::<SocketAddr>();
        let server = &rules.server;
        Self {
            aud: if is_waived(token) {
                audience(token).map(std::borrow::Cow::Owned)
            } else {
                Some(std::borrow::Cow::Borrowed(&policing.home))
            },
            // A map of JSON is always JSON.
            claims: policing.reads_claims.then(|| serde_json::to_string(claims.all()).unwrap_or_default()),
            issuer: token.issuer().as_str(),
            subject: claims.subject(),
            client: claims.client(),
            token: witness.named(token).unwrap_or_else(|| {
                allowed.residue.fingerprint(&policing.ledger.names).to_string().into_boxed_str()
            }),
            scopes: rules.needs.implies().reach(claims.scopes()),
            bound: claims.binding().is_some(),
            passthrough: call.mentions_token() || is_beside(allowed),
            server: Server {
                identity: server.resource().as_str(),
                name: server.name(),
                tier: &server.spec().tier,
            },
            address: from.map(|from| from.ip().to_canonical().to_string()),
            revision: call.revision(),
        }
    }

    /// Who asks, and where, as approvals know it.
    pub(super) fn by(&self) -> By<'_> {
        By {
            server: self.server.name,
            issuer: self.issuer,
            subject: self.subject,
            client: self.client,
            token: &self.token,
        }
    }

    /// All of it, for one thing that is reached for.
    pub(super) fn call<'c>(
        &'c self,
        one: &'c Reached<'c>,
        spellings: &'c [&'c str],
        scopes: &'c [&'c str],
        now: UnixTime,
    ) -> Call<'c> {
        Call {
            target: match one.what {
                reached::What::Tool(name) => Target::Tool(name),
                reached::What::Prompt(name) => Target::Prompt(name),
                reached::What::Resource(_) if spellings.is_empty() => Target::AnyResource,
                reached::What::Resource(_) => Target::Resource(spellings),
            },
            arguments: one.arguments,
            method: one.method,
            revision: self.revision.name(),
            auth: Auth {
                aud: self.aud.as_deref(),
                claims: self.claims.as_deref(),
                caller: Caller {
                    issuer: self.issuer,
                    subject: self.subject,
                    client: self.client,
                    token: &self.token,
                },
                scopes,
                bound: self.bound,
                passthrough: self.passthrough,
            },
            server: self.server,
            client_address: self.address.as_deref(),
            now,
        }
    }
}

use super::reached;

/// Whether the caller's token stands in the URL or the headers that are left of its request. In the message it was looked for
/// when that was read.
fn is_beside(allowed: &Allowed) -> bool {
    let (parts, residue) = (&allowed.parts, &allowed.residue);
    let holds = |bytes: &[u8]| residue.fits_into(bytes.len()) && residue.occurs_in(bytes);
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    holds(target.as_bytes())
        || parts
            .headers
            .iter()
            .any(|(name, value)| holds(name.as_str().as_bytes()) || holds(value.as_bytes()))
}
