//! Which handlers are behind the guard? Those of a router whose state only the guard can give.

use std::{collections::BTreeSet, ops::Deref};

use axum::{
    Router,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
    routing::any,
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
    /// with a token for this server only. The server's metadata is answered here too, at routes of its own: they must
    /// be none of the router's.
    ///
    /// Routers of two guards may be merged: each answers for its own routes and its own metadata, and the last one for
    /// what is no route. Below a prefix (`nest`) nobody looks for metadata, and the outer router answers for what is no
    /// route: there [`Self::introductions`] belongs beside it.
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
        self.with_documents(router.with_state(Guarded(state))).layer(self.clone())
    }

    /// A router with nothing but the documents by which the server introduces itself (RFC 9728), for the root of an
    /// application that has the server below a prefix.
    ///
    /// ```
    /// use axum::{Router, routing::post};
    /// use warded_guard::{Caller, Guard};
    ///
    /// async fn whoami(caller: Caller) -> String {
    ///     caller.subject().unwrap_or("nobody").to_owned()
    /// }
    ///
    /// /// For the server `https://example.com/notes/mcp`.
    /// fn application(notes: &Guard) -> Router {
    ///     let below = notes.protects(Router::new().route("/mcp", post(whoami)), ());
    ///     notes.introductions().nest("/notes", below)
    /// }
    /// # let _ = application;
    /// ```
    pub fn introductions(&self) -> Router {
        self.with_documents(Router::new()).route_layer(self.clone())
    }

    /// The guard answers there before anything else does; what it does not answer is not found.
    fn with_documents(&self, router: Router) -> Router {
        let paths = self.metadata_paths().map(|(_, path)| path.split('?').next().unwrap_or(path));
        let paths: BTreeSet<_> = paths.collect();
        // An identifier may have a part that begins with `:` or `*`, and means those letters.
        let router = router.without_v07_checks();
        paths.into_iter().fold(router, |router, path| router.route(path, any(StatusCode::NOT_FOUND)))
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
