//! Who calls? What a handler may know of the caller: everything but the token.

use std::sync::Arc;

use http::Extensions;
use serde_json::Value;
use warded_core::{Issuer, Scopes, UnixTime, VerifiedToken};

/// Whoever makes a request that the guard let through. A handler cannot make one.
///
/// Where requests come through axum, it is an argument of the handler, which then cannot be mounted anywhere but behind
/// the guard (see `Guard::protects`). Elsewhere [`Caller::of`] finds it among the extensions of the request; rmcp puts
/// the parts of the request into the context of every call.
///
/// ```
/// use warded_guard::{Caller, NotGuarded};
///
/// fn handle(request: &http::Request<()>) -> Result<String, NotGuarded> {
///     let caller = Caller::of(request.extensions())?;
///     Ok(format!("{} by {}", caller.subject().unwrap_or("nobody"), caller.client().unwrap_or("nothing")))
/// }
///
/// assert_eq!(handle(&http::Request::new(())), Err(NotGuarded));
/// ```
#[derive(Clone, Debug)]
pub struct Caller(Arc<VerifiedToken>);

/// The request did not come through a guard, so nobody knows who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request did not come through a guard, so nobody knows who calls")]
#[expect(clippy::exhaustive_structs, reason = "there is nothing more to say")]
pub struct NotGuarded;

impl Caller {
    pub(crate) fn with(token: Arc<VerifiedToken>) -> Self {
        Self(token)
    }

    /// The caller of a request, which must have come through the guard.
    pub fn of(extensions: &Extensions) -> Result<Self, NotGuarded> {
        extensions.get::<Self>().cloned().ok_or(NotGuarded)
    }

    /// The person or service in whose name the call is made (`sub`). It means something together with its issuer only.
    pub fn subject(&self) -> Option<&str> {
        self.0.claims().subject()
    }

    /// The program that makes the call (`client_id` or `azp`).
    pub fn client(&self) -> Option<&str> {
        self.0.claims().client()
    }

    /// Who says so.
    pub fn issuer(&self) -> &Issuer {
        self.0.issuer()
    }

    /// What the caller may do.
    pub fn scopes(&self) -> &Scopes {
        self.0.claims().scopes()
    }

    /// Whether the caller has this scope.
    pub fn has(&self, scope: &str) -> bool {
        self.scopes().iter().any(|held| held == scope)
    }

    /// Until when the caller may be believed to be the caller.
    pub fn expires(&self) -> UnixTime {
        self.0.claims().expires()
    }

    /// Anything else that the issuer says of the caller, by the name of the claim.
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.0.claims().all().get(name)
    }
}
