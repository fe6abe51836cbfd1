//! `authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.6)

use aws_lc_rs::{constant_time, digest};
use warded_core::jose::base64url;
use warded_store::{Code, Digest, GrantType};

use super::{Granted, spent};
use crate::{AuthorizationServer, client::Client, form::Form, refused::Refused};

/// Redeems a code.
pub(super) async fn redeem(
    server: &AuthorizationServer,
    client: &Client,
    form: &Form,
) -> Result<Granted, Refused> {
    let (digest, held) = held(server, &client.id, form).await?;
    // Its own client, a second time: somebody has stolen it, before or after (RFC 6749 §4.1.2). First of all
    // errors, or a thief who gets the rest wrong would go unnoticed.
    if held.spent {
        server.take_back(&held.grant).await?;
        tracing::warn!(issuer = %server.issuer, client = client.id, "a code was replayed; its grant is revoked");
        return Err(Refused::CodeReplayed);
    }
    let now = server.clock.now();
    if held.expires <= now {
        return Err(Refused::CodeInvalid);
    }
    client.may(GrantType::AuthorizationCode)?;
    if form.need("redirect_uri")? != held.redirect_uri {
        return Err(Refused::RedirectDiffers);
    }
    verify(form.need("code_verifier")?, &held.challenge)?;
    let (resource, scopes) = server.granted_resource(client, &held.grant, form, Refused::CodeInvalid)?;
    let access_token = server.mint_for(client, &held.grant, &resource, &scopes).await?;
    let (refresh_token, first) = server.fresh_refresh(client, &held.grant)?.unzip();

    // Kept for as long as the token opens anything: so long a replay must be noticed.
    let spending = server.store.redeem(&digest, now, server.token_ends(now), first, None).await?;
    spent(server, &held.grant, spending, Refused::CodeReplayed, Refused::CodeInvalid).await?;
    Ok(Granted { access_token, expires_in: server.mint.lifetime(), scopes, refresh_token })
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
