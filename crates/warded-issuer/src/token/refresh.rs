//! `refresh_token` (RFC 6749 §6, OAuth 2.1 §4.3.1): each is good once, and gives its successor.
//!
//! By default there is no time of grace in which a used one works again: a thief is as quick as a client that lost the
//! answer, and a client that loses it asks its person again. Where the operator allows one, the same client with the same
//! key gets the same answer once more (`retry`), and everybody else ends the grant.

use warded_core::{Scopes, UnixTime};
use warded_store::{Digest, GrantType, Kept, Refresh, Spending};

use super::{
    Asking, Granted,
    retry::{LONGEST, Occasion},
};
use crate::{
    AuthorizationServer,
    client::{Client, Proof},
    dpop::{Bound, Sender, wants_nonce},
    form::Form,
    refused::Refused,
};

/// Rotates a refresh token.
pub(super) async fn rotate(server: &AuthorizationServer, asking: &Asking<'_>) -> Result<Granted, Refused> {
    let (client, form, now) = (asking.client(), asking.form, asking.now);
    let (digest, held) = look(server, form).await?;
    // Before any other error, and whoever the client is: refresh tokens go from client to issuer only, so a
    // second presentation shows that two parties hold it. A thief who probes scopes, servers or keys is noticed too
    // (RFC 9700 §4.14.2).
    if held.spent.is_some() {
        return again(server, asking, &held).await;
    }
    asking.unseen.is_seen();
    if held.grant.client != client.id || held.expires <= now || held.grant.ends <= now {
        return Err(Refused::RefreshInvalid);
    }
    client.may(GrantType::RefreshToken)?;
    let (resource, _) = server.granted_resource(client, &held.grant, form, Refused::RefreshInvalid)?;
    let asked = narrowed(form.get("scope"), &held.grant.scopes)?;
    let scopes = resource.left_of(&asked).ok_or(Refused::ScopeUnknown)?;
    let sender = server.token.proofs.sender(asking.headers, bound(client, &held), now)?;
    // Last of what is judged: who could not refresh uses up nothing. And before anything is made: each refresh leaves a row
    // for weeks, so that its reuse is noticed, and whoever loops fills the disk.
    let lifetime = resource.lifetime().unwrap_or(server.policy.access_token);
    let counted = server.strangers.may_refresh(&held.grant, lifetime, now).ok_or(Refused::RefreshedOften)?;
    let spent = async {
        let minted = server.mint_for(asking, &held.grant, (&resource, &scopes), &sender).await?;
        let (refresh_token, next) =
            server.fresh_refresh(asking, &held.grant)?.ok_or(Refused::GrantForeign)?;
        let granted = Granted::of(minted, scopes, Some(refresh_token), &sender);
        let keep = keep(server, asking, &granted, next.digest)?;
        let shown = asking.known.evidence(server, sender.proof())?;
        let spending = server.store.rotate(&digest, now, server.token_ends(now), next, keep, shown).await?;
        Ok::<_, Refused>((spending, granted))
    }
    .await;
    // Here, and not where this future is dropped: the step goes on when its client hangs up, and whoever did so each time would
    // not be counted.
    if !matches!(spent, Ok((Spending::Spent, _))) {
        server.strangers.has_not_refreshed(&held.grant, counted);
    }
    let (spending, granted) = spent?;
    match spending {
        Spending::Spent => Ok(granted),
        Spending::Replayed(place) => Err(asking.known.shown_before(place)),
        Spending::Kept => {
            // Its client asked twice at once: there is one answer, and this is where it is.
            let (_, held) = look(server, form).await?;
            match once_more(asking, &held, &sender) {
                Some(granted) => {
                    asking.known.use_up(server, sender.proof()).await?;
                    Ok(granted)
                }
                None => Err(reused(server, asking, &held).await?),
            }
        }
        Spending::Again => Err(server.was_taken(&held.grant, Refused::RefreshReused)),
        Spending::Gone => Err(Refused::RefreshInvalid),
    }
}

/// Whether the refresh token that is presented is that client's. Whether it was used before is for whoever has seen
/// that the client is itself.
pub(super) async fn is_its_own(
    server: &AuthorizationServer,
    client: &str,
    form: &Form,
) -> Result<(), Refused> {
    let (_, held) = look(server, form).await?;
    if held.grant.client == client {
        return Ok(());
    }
    // The client will not be asked who it is, so this is the last to see that a thief has the token.
    if held.spent.is_some() {
        server.take_back(&held.grant).await?;
        return Err(Refused::RefreshReused);
    }
    Err(Refused::RefreshInvalid)
}

/// Ends the grant of a refresh token that was used before that time, for nobody who waits for an answer. What its client may have once
/// more it may ask for again.
pub(super) async fn notice(
    server: &AuthorizationServer,
    client: &Client,
    form: &Form,
    since: UnixTime,
) -> Result<(), Refused> {
    let (_, held) = look(server, form).await?;
    let Some(spent) = held.spent.as_ref().filter(|spent| spent.at < since) else { return Ok(()) };
    if held.grant.client == client.id && spent.repeatable(server.clock.now()).is_some() {
        return Ok(());
    }
    server.take_back(&held.grant).await?;
    Err(Refused::RefreshReused)
}

/// The refresh token that is presented, if it is one of ours.
async fn look(server: &AuthorizationServer, form: &Form) -> Result<(Digest, Refresh), Refused> {
    let digest = Digest::of(form.need("refresh_token")?.as_bytes());
    let held = server.store.refresh(&digest).await?.ok_or(Refused::RefreshInvalid)?;
    if held.grant.issuer == server.issuer { Ok((digest, held)) } else { Err(Refused::RefreshInvalid) }
}

/// A refresh token is presented that has been used before.
async fn again(
    server: &AuthorizationServer,
    asking: &Asking<'_>,
    held: &Refresh,
) -> Result<Granted, Refused> {
    let is_kept = held.spent.as_ref().is_some_and(|spent| spent.repeatable(asking.now).is_some());
    if is_kept && held.grant.client == asking.client().id {
        let sender = server.token.proofs.sender(asking.headers, bound(asking.client(), held), asking.now);
        match sender {
            // Says nothing about who it is, and the same request with another nonce will.
            Err(refused) if wants_nonce(refused) => return Err(refused),
            Err(_) => {}
            Ok(sender) => {
                if let Some(granted) = once_more(asking, held, &sender) {
                    asking.known.use_up(server, sender.proof()).await?;
                    return Ok(granted);
                }
            }
        }
    }
    Err(reused(server, asking, held).await?)
}

/// The answer that was given before, for the client that it was given to.
fn once_more(asking: &Asking<'_>, held: &Refresh, sender: &Sender) -> Option<Granted> {
    let kept = held.spent.as_ref()?.repeatable(asking.now)?;
    let occasion =
        Occasion::of(asking.form.get("refresh_token")?, asking.client(), sender.key(), asking.form);
    occasion.open(&kept.sealed, sender.key())
}

/// What is kept of an answer, where the operator wants that.
fn keep(
    server: &AuthorizationServer,
    asking: &Asking<'_>,
    granted: &Granted,
    successor: Digest,
) -> Result<Option<Kept>, Refused> {
    if server.policy.retry == 0 {
        return Ok(None);
    }
    let token = asking.form.need("refresh_token")?;
    let sealed =
        Occasion::of(token, asking.client(), granted.key, asking.form).seal(granted, &*server.random)?;
    Ok(Some(Kept { sealed, until: asking.now.plus(server.policy.retry.min(LONGEST)), successor }))
}

/// Ends the grant.
async fn reused(
    server: &AuthorizationServer,
    asking: &Asking<'_>,
    held: &Refresh,
) -> Result<Refused, Refused> {
    server.take_back(&held.grant).await?;
    tracing::warn!(
        issuer = %server.issuer, client = asking.client().id,
        "a refresh token was used a second time; its grant is revoked"
    );
    Ok(Refused::RefreshReused)
}

/// RFC 9449 §5: what a public client refreshes is bound to the key that it first proved, at whichever request. A client that proves who it is may change its key,
/// and not go back to having none.
fn bound(client: &Client, held: &Refresh) -> Bound {
    match (held.grant.key, client.proof()) {
        (None, _) => client.bound(),
        (Some(key), Proof::None) => Bound::To(key),
        (Some(_), Proof::Secret(_) | Proof::Keys(_)) => Bound::ToSome,
    }
}

/// Less than was granted, or all of it. The grant itself keeps its scopes (RFC 6749 §6).
fn narrowed(asked: Option<&str>, granted: &Scopes) -> Result<Scopes, Refused> {
    let asked = Scopes::parse(asked.unwrap_or_default()).map_err(|_| Refused::ScopeMalformed)?;
    let asked = Scopes::of(asked.iter().filter(|scope| *scope != "offline_access"))
        .map_err(|_| Refused::ScopeMalformed)?;
    if asked.is_empty() {
        return Ok(granted.clone());
    }
    if asked.missing_from(granted).is_empty() { Ok(asked) } else { Err(Refused::ScopeWider) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_narrows_and_never_widens() {
        let granted = Scopes::parse("read write").unwrap();
        let of = |asked| narrowed(asked, &granted).map(|scopes| scopes.to_string());
        assert_eq!(of(None), Ok("read write".into()));
        assert_eq!(of(Some("offline_access")), Ok("read write".into()));
        assert_eq!(of(Some("read offline_access")), Ok("read".into()));
        assert_eq!(of(Some("read admin")), Err(Refused::ScopeWider));
        assert_eq!(of(Some("a\"b")), Err(Refused::ScopeMalformed));
    }
}
