//! `authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 9449 §10)

use aws_lc_rs::{constant_time, digest};
use warded_core::{UnixTime, jose::base64url};
use warded_store::{Code, Digest, GrantType, Spending};

use super::{Asking, Granted};
use crate::{AuthorizationServer, client::Client, dpop::Bound, form::Form, refused::Refused};

/// Redeems a code.
pub(super) async fn redeem(server: &AuthorizationServer, asking: &Asking<'_>) -> Result<Granted, Refused> {
    let (client, form, now) = (asking.client(), asking.form, asking.now);
    let (digest, held) = held(server, &client.id, form).await?;
    // Its own client, a second time: somebody has stolen it, before or after (RFC 6749 §4.1.2). First of all
    // errors, or a thief who gets the rest wrong would go unnoticed.
    if held.spent {
        server.take_back(&held.grant).await?;
        tracing::warn!(issuer = %server.issuer, client = client.id, "a code was replayed; its grant is revoked");
        return Err(Refused::CodeReplayed);
    }
    asking.unseen.is_seen();
    if held.expires <= now || held.grant.ends <= now {
        return Err(Refused::CodeInvalid);
    }
    client.may(GrantType::AuthorizationCode)?;
    if form.need("redirect_uri")? != held.redirect_uri {
        return Err(Refused::RedirectDiffers);
    }
    verify(form.need("code_verifier")?, &held.challenge)?;
    let (resource, scopes) = server.granted_resource(client, &held.grant, form, Refused::CodeInvalid)?;
    // The key that was announced, or whichever: what comes of the grant is bound to it from here on.
    let sender = server.token.proofs.sender(
        asking.headers,
        held.key.map_or_else(|| client.bound(), Bound::To),
        now,
    )?;
    let minted = server.mint_for(asking, &held.grant, (&resource, &scopes), &sender).await?;
    let (refresh_token, first) = server.fresh_refresh(asking, &held.grant)?.unzip();

    let shown = asking.known.evidence(server, sender.proof())?;
    // Kept for as long as the token opens anything: so long a replay must be noticed.
    let token_ends = server.token_ends(now);
    match server.store.redeem(&digest, now, token_ends, first, shown).await? {
        Spending::Spent => {}
        Spending::Replayed(place) => return Err(asking.known.shown_before(place)),
        Spending::Again => return Err(server.was_taken(&held.grant, Refused::CodeReplayed)),
        // No answer is kept of a code.
        Spending::Gone | Spending::Kept => return Err(Refused::CodeInvalid),
    }
    Ok(Granted::of(minted, scopes, refresh_token, &sender))
}

/// Ends the grant of a code that was redeemed before that time, for nobody who waits for an answer.
pub(super) async fn notice(
    server: &AuthorizationServer,
    client: &Client,
    form: &Form,
    since: UnixTime,
) -> Result<(), Refused> {
    let (_, held) = held(server, &client.id, form).await?;
    let standing = server.store.grant(&held.grant.id).await?;
    let used = standing.and_then(|standing| standing.used);
    if !held.spent || used.is_none_or(|used| used >= since) {
        return Ok(());
    }
    server.take_back(&held.grant).await?;
    Err(Refused::CodeReplayed)
}

/// The code that is presented, if it is that client's.
pub(super) async fn held(
    server: &AuthorizationServer,
    client: &str,
    form: &Form,
) -> Result<(Digest, Code), Refused> {
    let digest = Digest::of(form.need("code")?.as_bytes());
    let held = server.store.code(&digest).await?.ok_or(Refused::CodeInvalid)?;
    // Codes travel through browsers and their histories: whoever is not its client learns and changes nothing.
    if held.grant.issuer != server.issuer || held.grant.client != client {
        return Err(Refused::CodeInvalid);
    }
    Ok((digest, held))
}

/// RFC 7636 §4.1, §4.6: 43 to 128 unreserved characters whose hash is the challenge.
fn verify(verifier: &str, challenge: &str) -> Result<(), Refused> {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(is_unreserved) {
        return Err(Refused::VerifierWrong);
    }
    let hash = base64url::encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
    constant_time::verify_slices_are_equal(hash.as_bytes(), challenge.as_bytes())
        .map_err(|_| Refused::VerifierWrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifier_of_rfc_7636_meets_its_challenge_and_no_other_does() {
        const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(verify(VERIFIER, CHALLENGE), Ok(()));
        for other in [
            CHALLENGE,
            "",
            VERIFIER.trim_start_matches('d'),
            &format!("{VERIFIER}="),
            &format!("{VERIFIER} "),
            &"a".repeat(42),
            &"a".repeat(43),
            &"a".repeat(129),
        ] {
            assert_eq!(verify(other, CHALLENGE), Err(Refused::VerifierWrong), "{other}");
        }
        let long = "~".repeat(128);
        let challenge = base64url::encode(digest::digest(&digest::SHA256, long.as_bytes()));
        assert_eq!(verify(&long, &challenge), Ok(()));
    }
}
