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
///
/// ```
/// assert_eq!(warded_guard::Caller::of(&http::Extensions::new()).unwrap_err(), warded_guard::NotGuarded);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request did not come through a guard, so nobody knows who calls")]
#[expect(clippy::exhaustive_structs, reason = "there is nothing more to say")]
pub struct NotGuarded;

impl Caller {
    pub(crate) fn with(token: Arc<VerifiedToken>) -> Self {
        Self(token)
    }

    /// The caller of a request, which must have come through the guard.
    ///
    /// ```
    /// use warded_guard::{Caller, NotGuarded};
    ///
    /// fn subject(parts: &http::request::Parts) -> Result<Option<String>, NotGuarded> {
    ///     Ok(Caller::of(&parts.extensions)?.subject().map(str::to_owned))
    /// }
    /// # let _ = subject;
    /// ```
    pub fn of(extensions: &Extensions) -> Result<Self, NotGuarded> {
        extensions.get::<Self>().cloned().ok_or(NotGuarded)
    }

    /// The person or service in whose name the call is made (`sub`). It means something together with its issuer only.
    ///
    /// ```
    /// fn told(caller: &warded_guard::Caller) -> Option<&str> {
    ///     caller.subject()
    /// }
    /// # let _ = told;
    /// ```
    pub fn subject(&self) -> Option<&str> {
        self.0.claims().subject()
    }

    /// The program that makes the call (`client_id` or `azp`).
    ///
    /// ```
    /// fn told(caller: &warded_guard::Caller) -> Option<&str> {
    ///     caller.client()
    /// }
    /// # let _ = told;
    /// ```
    pub fn client(&self) -> Option<&str> {
        self.0.claims().client()
    }

    /// Who says so.
    ///
    /// ```
    /// fn told(caller: &warded_guard::Caller) -> &str {
    ///     caller.issuer().as_str()
    /// }
    /// # let _ = told;
    /// ```
    pub fn issuer(&self) -> &Issuer {
        self.0.issuer()
    }

    /// What the caller may do.
    ///
    /// ```
    /// fn told(caller: &warded_guard::Caller) -> String {
    ///     caller.scopes().to_string()
    /// }
    /// # let _ = told;
    /// ```
    pub fn scopes(&self) -> &Scopes {
        self.0.claims().scopes()
    }

    /// Whether the caller has this scope.
    ///
    /// ```
    /// fn told(caller: &warded_guard::Caller) -> bool {
    ///     caller.has("notes:write")
    /// }
    /// # let _ = told;
    /// ```
    pub fn has(&self, scope: &str) -> bool {
        self.scopes().iter().any(|held| held == scope)
    }

    /// Until when the caller may be believed to be the caller.
    ///
    /// ```
    /// fn told(caller: &warded_guard::Caller) -> i64 {
    ///     caller.expires().seconds()
    /// }
    /// # let _ = told;
    /// ```
    pub fn expires(&self) -> UnixTime {
        self.0.claims().expires()
    }

    /// Anything else that the issuer says of the caller, by the name of the claim.
    ///
    /// ```
    /// fn told(caller: &warded_guard::Caller) -> Option<&str> {
    ///     caller.claim("email")?.as_str()
    /// }
    /// # let _ = told;
    /// ```
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.0.claims().all().get(name)
    }
}
