//! Which handlers are behind the guard? Those of a router whose state only the guard can give.

use std::ops::Deref;

use axum::{
    Router,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{StatusCode, request};

use crate::{Caller, Guard, NotGuarded};

/// The state of a router behind a guard, around the application's own. Only [`Guard::protects`] makes one, and a
/// router without its state cannot be served: so a handler that asks for the [`Caller`] is behind the guard, or the
/// program does not compile.
///
/// Handlers get at the application's state through it. Where one of them asks for a part of it, the application says
/// how:
///
/// ```
/// use std::sync::Arc;
/// use axum::{Router, extract::{FromRef, State}, routing::post};
/// use warded_guard::{Caller, Guard, Guarded};
///
/// #[derive(Clone)]
/// struct App { notes: Notes }
/// #[derive(Clone)]
/// struct Notes(Arc<str>);
///
/// impl FromRef<Guarded<App>> for Notes {
///     fn from_ref(app: &Guarded<App>) -> Self {
///         app.notes.clone()
///     }
/// }
///
/// async fn read(caller: Caller, State(notes): State<Notes>) -> String {
///     format!("{:?} reads {}", caller.subject(), notes.0)
/// }
/// async fn all(State(app): State<Guarded<App>>) -> String {
///     app.notes.0.to_string()
/// }
///
/// fn router(guard: &Guard, app: App) -> Router {
///     guard.protects(Router::new().route("/mcp", post(read)).route("/all", post(all)), app)
/// }
/// # let _ = router;
/// ```
///
/// Without the guard there is no such router:
///
/// ```compile_fail,E0308
/// use axum::{Router, routing::post};
/// use warded_guard::Caller;
///
/// async fn whoami(caller: Caller) -> String {
///     caller.subject().unwrap_or_default().to_owned()
/// }
///
/// fn router() -> Router {
///     Router::new().route("/mcp", post(whoami))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Guarded<S = ()>(S);

impl<S> Deref for Guarded<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

impl Guard {
    /// Puts the guard before a router, and gives it its state: every route of it, and whatever is none, is reached
    /// with a token for this server only. The server's metadata is answered here too.
    ///
    /// ```
    /// use axum::{Router, routing::post};
    /// use warded_guard::{Caller, Guard};
    ///
    /// async fn whoami(caller: Caller) -> String {
    ///     caller.subject().unwrap_or("nobody").to_owned()
    /// }
    ///
    /// fn router(guard: &Guard) -> Router {
    ///     guard.protects(Router::new().route("/mcp", post(whoami)), ())
    /// }
    /// # let _ = router;
    /// ```
    pub fn protects<S>(&self, router: Router<Guarded<S>>, state: S) -> Router
    where
        S: Clone + Send + Sync + 'static,
    {
        router.with_state(Guarded(state)).layer(self.clone())
    }
}

impl<S: Sync> FromRequestParts<Guarded<S>> for Caller {
    type Rejection = NotGuarded;

    async fn from_request_parts(parts: &mut request::Parts, _: &Guarded<S>) -> Result<Self, NotGuarded> {
        Self::of(&parts.extensions)
    }
}

/// Our own mistake, never the caller's: it is answered like one, and nothing is let through.
impl IntoResponse for NotGuarded {
    fn into_response(self) -> Response {
        tracing::error!("{self}");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}
