//! How is a token taken back? RFC 7009: it is shown once more to the issuer that it came from, and to nobody else.

use warded_core::Issuer;

use super::{Client, ObtainFailed, answer, endpoint::post};
use crate::fetch::{Fetch, Target};

/// What kind of token is taken back (RFC 7009 §2.1, `token_type_hint`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    RefreshToken,
    AccessToken,
}

impl Hint {
    const fn text(self) -> &'static str {
        match self {
            Self::RefreshToken => "refresh_token",
            Self::AccessToken => "access_token",
        }
    }
}

/// Takes back a token at the revocation endpoint of its issuer, as the client that it was given to. One that the issuer
/// does not know any more is as good as taken back, and that is how it answers (RFC 7009 §2.2).
pub(crate) async fn revoke(
    fetch: &Fetch,
    endpoint: &str,
    (client, issuer): (&Client, &Issuer),
    token: &str,
    hint: Hint,
) -> Result<(), ObtainFailed> {
    let endpoint = Target::learned(endpoint)
        .map_err(|_| ObtainFailed::EndpointMissing { endpoint: "revocation_endpoint" })?;
    let form = [("token", token), ("token_type_hint", hint.text())];
    let (answer, unsaid) = post(fetch, &endpoint, (client, issuer), &form, None).await?;
    // Nothing needs to stand in a yes, but some issuers send a no with status 200, too.
    if answer.status.is_success() && answer::error(&answer).is_none() {
        return Ok(());
    }
    answer::document(&answer, &unsaid).map(drop)
}
