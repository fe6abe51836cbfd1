//! What is sent to a token endpoint: a code, a refresh token, the client's own credentials, or what somebody else has said
//! of whoever asks; and always `resource`.

use warded_core::Scopes;

use super::{Authorization, Code, ObtainFailed, Obtained, RefreshToken, TokenEndpoint};

/// RFC 7523 §2.1
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

impl TokenEndpoint<'_> {
    /// Redeems the code of an authorization (RFC 6749 §4.1.3). The code is spent: it is good for one attempt.
    pub async fn redeem(&self, authorization: &Authorization, code: Code) -> Result<Obtained, ObtainFailed> {
        self.ask(&authorization.form(&code), None).await
    }

    /// Trades a refresh token at the source that it came from (RFC 6749 §6). The scopes stay as they were.
    pub async fn refresh(&self, token: &RefreshToken) -> Result<Obtained, ObtainFailed> {
        self.ask(&[("grant_type", "refresh_token"), ("refresh_token", token.text())], None).await
    }

    /// Asks for a token on behalf of nobody but the client itself (RFC 6749 §4.4).
    pub async fn client_credentials(&self, scopes: &Scopes) -> Result<Obtained, ObtainFailed> {
        self.ask(&[("grant_type", "client_credentials")], Some(scopes)).await
    }

    /// Asks for a token for whom an assertion speaks of (RFC 7523 §2.1).
    pub async fn assertion(&self, assertion: &str, scopes: &Scopes) -> Result<Obtained, ObtainFailed> {
        self.ask(&[("grant_type", JWT_BEARER), ("assertion", assertion)], Some(scopes)).await
    }
}
