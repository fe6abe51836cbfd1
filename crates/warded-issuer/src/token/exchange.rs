//! `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): a server that received a token gets one for another
//! server, for the same person.
//!
//! The token that it presents must be one that the server itself could have received: ours, good now, and for its own
//! resource. What it gets is for no longer, and says who acts.

use warded_core::{Claims, UnixTime};
use warded_store::GrantType;
use zeroize::Zeroizing;

use super::{Asking, Granted};
use crate::{
    AuthorizationServer,
    dpop::Sender,
    exchange::{actor, scopes},
    form::Form,
    mint::{Grantee, Subject},
    refused::Refused,
    registry::Resource,
};

/// RFC 8693 §3
pub(super) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Exchanges a token.
pub(super) async fn exchange(server: &AuthorizationServer, asking: &Asking<'_>) -> Result<Granted, Refused> {
    let (client, form, now) = (asking.client(), asking.form, asking.now);
    client.may(GrantType::TokenExchange)?;
    let subject = Zeroizing::new(presented(form)?.to_owned());
    let target = target(server, form)?;
    let mut rows = server.token.exchanges.rows(&client.id, target.name()).peekable();
    if rows.peek().is_none() {
        return Err(Refused::ExchangeForeign);
    }
    let sender = server.token.proofs.sender(asking.headers, client.bound(), now)?;
    let mut found = None;
    for row in rows {
        if let Some(issued) = server.issued(&subject, Some(&row.from))? {
            found = Some((row, issued));
            break;
        }
    }
    let (row, issued) = found.ok_or(Refused::SubjectUnfit)?;
    let claims = issued.claims();
    is_holders(claims, &sender)?;
    actor::permits(claims, &client.id, &server.issuer)?;
    let act = actor::chain(claims, &client.id, row.act)?;
    let from = server.registry.server(&row.from).ok_or(Refused::Unable)?;
    let scopes = scopes(row, from, &target, claims, form.get("scope"))?;
    if claims.expires() <= now {
        return Err(Refused::SubjectUnfit);
    }
    let subject = claims.subject().ok_or(Refused::SubjectUnfit)?;
    // Guards hear within seconds that somebody was removed; what is signed meanwhile would say that they are there.
    if !is_client(subject) && server.store.user(subject).await?.is_none() {
        return Err(Refused::PersonGone);
    }
    let status = claims.status().and_then(|status| server.place_at(status.uri(), status.index()));
    let auth_time = claims.all().get("auth_time").and_then(serde_json::Value::as_i64);
    let grantee = Grantee {
        subject: Subject::As { sub: subject, auth_time: auth_time.map(UnixTime::from_seconds) },
        client: &client.id,
        resource: &target,
        scopes: &scopes,
        // Its own, so that whoever takes it back does not take back what the person allowed to somebody else.
        grant: None,
        // What ends the grant that everything began with ends this, too: here by its mark, elsewhere by its place.
        root: Some(issued.root()),
        status: status.ok_or(Refused::SubjectUnfit)?,
        key: sender.key(),
        act,
        ends: Some(claims.expires()),
    };
    let minted = server.issue(&grantee, now).await?;
    asking.known.use_up(server, sender.proof()).await?;
    tracing::info!(
        issuer = %server.issuer, client = client.id, from = row.from, to = row.to, "a token was exchanged"
    );
    Ok(Granted { is_exchanged: true, ..Granted::of(minted, scopes, None, &sender) })
}

/// Whether a `sub` is a client's own, which no person's is.
fn is_client(subject: &str) -> bool {
    subject.starts_with("client:")
}

/// The token that is presented, if it is the kind that is exchanged here.
fn presented(form: &Form) -> Result<&str, Refused> {
    if form.get("actor_token").is_some() || form.get("actor_token_type").is_some() {
        return Err(Refused::ExchangeActor);
    }
    let subject = form.need("subject_token")?;
    let is_access_token = |kind: &str| kind == ACCESS_TOKEN;
    if !is_access_token(form.need("subject_token_type")?)
        || !form.get("requested_token_type").is_none_or(is_access_token)
    {
        return Err(Refused::ExchangeKind);
    }
    Ok(subject)
}

/// The one server that a token is asked for. `resource` and `audience` may both name it, and must then name the same
/// (RFC 8693 §2.1). Which one a client is pinned to does not count: it is the one that it holds tokens for, and the table
/// says which others it may have.
fn target(server: &AuthorizationServer, form: &Form) -> Result<Resource, Refused> {
    let resources = form.resources();
    let is_named = resources.iter().any(|resource| !resource.is_empty());
    let resolve = |values: &[&str]| server.registry.resolve(values, None);
    match (is_named, form.get("audience")) {
        // Not even where there is one server only: that would be the one that the token is for already.
        (false, None) => Err(Refused::TargetMissing),
        (false, Some(audience)) => resolve(&[audience]),
        (true, None) => resolve(&resources),
        (true, Some(audience)) => {
            let (target, other) = (resolve(&resources)?, resolve(&[audience])?);
            if target.name() == other.name() { Ok(target) } else { Err(Refused::TargetSeveral) }
        }
    }
}

/// RFC 9449 §6: a token that is bound is worth nothing without its key, here as at a server.
fn is_holders(claims: &Claims, sender: &Sender) -> Result<(), Refused> {
    let Some(binding) = claims.binding() else {
        return Ok(());
    };
    match (binding.key, sender.key()) {
        // Bound to something that nobody can prove here.
        (None, _) => Err(Refused::SubjectUnfit),
        (Some(_), None) => Err(Refused::ProofRequired),
        (Some(wanted), Some(proved)) if wanted != proved => Err(Refused::KeyDiffers),
        (Some(_), Some(_)) if binding.certificate.is_some() => Err(Refused::SubjectUnfit),
        (Some(_), Some(_)) => Ok(()),
    }
}
