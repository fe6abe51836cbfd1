//! What does a policy know of a request? Who asks, by what token, at which server, from where, and when.

use std::{borrow::Cow, net::SocketAddr};

use warded_core::{Scopes, UnixTime};
use warded_policy::{Auth, Call, Caller, Fact, Server, Target, Value};

use super::{Policing, audience, fingerprint::By, is_waived, reached::Reached};
use crate::{
    authorize::Proven,
    call::{self, Revision},
    guard::Rules,
    record::Witness,
};

/// Everything but what is reached for; of what it takes work to know, only what a rule asks for.
pub(super) struct Facts<'a> {
    aud: Option<Cow<'a, Value>>,
    claims: Option<String>,
    issuer: &'a str,
    subject: Option<&'a str>,
    client: Option<&'a str>,
    token: Box<str>,
    /// With everything that is implied.
    pub(super) scopes: Option<Scopes>,
    bound: bool,
    passthrough: bool,
    server: Server<'a>,
    address: Option<String>,
    revision: Revision,
}

impl<'a> Facts<'a> {
    pub(super) fn of(
        policing: &'a Policing,
        proven: &'a Proven,
        rules: &'a Rules,
        witness: &mut Witness,
        call: &call::Call,
    ) -> Self {
        let (token, reads) = (&*proven.token, |fact| policing.reads(fact));
        let claims = token.claims();
        let server = &rules.server;
        let aud = || {
            if is_waived(token) {
                audience(token).map(Cow::Owned)
            } else {
                Some(Cow::Borrowed(&policing.home))
            }
        };
        let mut name = || {
            let named = witness.named(token);
            named.unwrap_or_else(|| proven.residue.fingerprint(&policing.ledger.names).to_string().into())
        };
        let is_nameless = claims.subject().is_none() && claims.client().is_none();
        let from = || proven.parts.extensions.get::<SocketAddr>();
        Self {
            aud: if reads(Fact::Aud) { aud() } else { None },
            // A map of JSON is always JSON.
            claims: reads(Fact::Claims).then(|| serde_json::to_string(claims.all()).unwrap_or_default()),
            issuer: token.issuer().as_str(),
            subject: claims.subject(),
            client: claims.client(),
            // An approval for somebody without a name is one for the token.
            token: if reads(Fact::Token) || is_nameless { name() } else { Box::default() },
            scopes: reads(Fact::Scopes).then(|| rules.needs.implies().reach(claims.scopes())),
            bound: claims.binding().is_some(),
            passthrough: reads(Fact::Passthrough) && (call.mentions_token() || is_beside(proven)),
            server: Server {
                identity: server.resource().as_str(),
                name: server.name(),
                tier: &server.spec().tier,
            },
            address: if reads(Fact::Address) {
                from().map(|from| from.ip().to_canonical().to_string())
            } else {
                None
            },
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
fn is_beside(proven: &Proven) -> bool {
    let (parts, residue) = (&proven.parts, &proven.residue);
    let holds = |bytes: &[u8]| residue.fits_into(bytes.len()) && residue.occurs_in(bytes);
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    holds(target.as_bytes())
        || parts
            .headers
            .iter()
            .any(|(name, value)| holds(name.as_str().as_bytes()) || holds(value.as_bytes()))
}
