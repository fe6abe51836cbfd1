//! How is one request called? By one name in the log, in the journal and toward its caller, so that what a caller
//! complains about is found. We make it: a name that callers choose (`X-Request-Id`) could be anybody else's, and goes to
//! the server behind as it came.

use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use http::{HeaderMap, HeaderName, HeaderValue};
pub use warded_store::journal::RequestId;

/// Under which a caller is told it.
const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Numbers in order would tell every caller how many requests there are. It is no secret beyond that.
static MIXED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
static COUNT: AtomicU64 = AtomicU64::new(0);

tokio::task_local! {
    static CURRENT: RequestId;
}

/// A name that no other request has, but for a chance in billions of billions.
///
/// ```
/// let (one, other) = (warded_guard::request::next(), warded_guard::request::next());
/// assert!(one != other && one.to_string().len() == 16);
/// ```
pub fn next() -> RequestId {
    RequestId::new(MIXED.hash_one(COUNT.fetch_add(1, Relaxed)))
}

/// Has a request be called like this while it is answered. A guard whose request has no name gives it one.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use warded_guard::request;
///
/// let id = request::next();
/// let told = request::within(id, async { request::current().to_string() }).await;
/// assert_eq!(told, id.to_string());
/// # });
/// # Ok::<_, std::io::Error>(())
/// ```
pub fn within<F: Future>(id: RequestId, answering: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(id, answering)
}

/// The same for what is said without any waiting.
///
/// ```
/// use warded_guard::request;
///
/// let id = request::next();
/// assert_eq!(request::at_once(id, || request::current().to_string()), id.to_string());
/// ```
pub fn at_once<T>(id: RequestId, answering: impl FnOnce() -> T) -> T {
    CURRENT.sync_scope(id, answering)
}

/// The request that is being answered here, for a line of a log.
///
/// ```
/// assert_eq!(warded_guard::request::current().to_string(), "-");
/// ```
pub fn current() -> Current {
    Current(CURRENT.try_with(|id| *id).ok())
}

/// A request's name, or a dash where no request is being answered.
///
/// ```
/// use warded_guard::request;
///
/// let here = || request::current();
/// assert_ne!(request::at_once(request::next(), here), here());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Current(Option<RequestId>);

impl Current {
    /// Tells a caller how its request is called, so that it can say which one it means.
    ///
    /// ```
    /// use warded_guard::request;
    ///
    /// let (mut headers, id) = (http::HeaderMap::new(), request::next());
    /// request::at_once(id, || request::current().tell(&mut headers));
    /// assert_eq!(headers["x-request-id"], id.to_string());
    /// ```
    pub fn tell(self, headers: &mut HeaderMap) {
        if let Some(id) = self.0 {
            tell(headers, id);
        }
    }

    pub(crate) fn or_next(self) -> RequestId {
        self.0.unwrap_or_else(next)
    }
}

impl fmt::Display for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(id) => id.fmt(f),
            None => f.write_str("-"),
        }
    }
}

/// So that a caller can say which request it means.
pub(crate) fn tell(headers: &mut HeaderMap, id: RequestId) {
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        headers.insert(HEADER, id);
    }
}
