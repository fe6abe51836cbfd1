//! What is served where? One issuer, put together once and served under its own path.

use std::{collections::BTreeSet, fmt, sync::Arc, time::Duration};

use aws_lc_rs::rand::SecureRandom;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use warded_client::fetch::{Fetch, InvalidHostPattern};
use warded_core::{
    Clock, Issuer, IssuerRules, ResourceUri, UnixTime, jose::Algorithm, jose::KeySet, metadata,
};
use warded_store::{
    Added, Grant, GrantMark, REVOKED_LASTS, Revocations, Store, StoreFailed, User, journal::Journal,
};

use crate::{
    Exchange, IssuerSetup, Policy, Registration,
    authorize::authorize,
    browser::{self, Cookie, device::Devices},
    client::{ClientKeys, Documents},
    cors,
    metadata::document,
    mint::Mint,
    password::Passwords,
    people::People,
    random,
    register::register,
    registry::Registry,
    throttle::{Logins, Strangers},
    token::token,
};

/// How often what has expired is forgotten.
const SWEEP: Duration = Duration::from_hours(1);

/// An OAuth 2.1 authorization server whose tokens each open one server.
pub struct AuthorizationServer {
    pub(crate) issuer: Issuer,
    /// The issuer in canonical form: what browsers see.
    pub(crate) home: ResourceUri,
    pub(crate) policy: Policy,
    pub(crate) registry: Registry,
    pub(crate) one_click: Option<String>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn SecureRandom + Send + Sync>,
    pub(crate) mint: Mint,
    pub(crate) passwords: Passwords,
    pub(crate) documents: Option<Documents>,
    pub(crate) client_keys: ClientKeys,
    pub(crate) cookie: Cookie,
    pub(crate) devices: Devices,
    pub(crate) logins: Logins,
    pub(crate) revocations: Revocations,
    pub(crate) journal: Option<Arc<dyn Journal>>,
    pub(crate) strangers: Strangers,
    pub(crate) people: People,
    #[expect(dead_code, reason = "the exchange of tokens reads it")]
    pub(crate) exchanges: Vec<Exchange>,
    metadata: String,
    jwks: String,
}

/// Why an issuer cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenFailed {
    /// The store failed.
    #[error(transparent)]
    Store(StoreFailed),
    /// The source of randomness failed.
    #[error("the system's source of randomness failed")]
    Randomness,
    /// Tokens are not signed with that.
    #[error("our own tokens are signed with EdDSA or ES256, not with {0}")]
    Algorithm(Algorithm),
    /// What the store has under that name is not a key.
    #[error("the store's `{name}` is not a signing key")]
    Key {
        /// Its name.
        name: String,
    },
    /// Two servers have one identifier, or a server has none.
    #[error("`{0}` does not name exactly one server of this issuer")]
    Identifier(String),
    /// A scope that is given by default and does not exist.
    #[error("the default scopes of `{0}` are not all among its scopes")]
    DefaultScopes(String),
    /// A host in the trust policy for clients that is none.
    #[error("`{host}` in the policy for client documents names no host: {reason}")]
    Host {
        /// What it says.
        host: String,
        /// What is wrong with it.
        reason: InvalidHostPattern,
    },
    /// A login elsewhere that cannot be asked, or two of one name.
    #[error("the login `{0}` cannot be used, or there are two of that name")]
    Login(String),
    /// A login without a password, reachable by others.
    #[error("an issuer that lets people in without a password must be on loopback")]
    OneClickOffLoopback,
}

impl AuthorizationServer {
    /// Puts an issuer together. Its signing key comes out of the store, or is made there.
    pub async fn open(
        setup: IssuerSetup,
        store: Arc<dyn Store>,
        fetch: Fetch,
        clock: Arc<dyn Clock>,
        random: Arc<dyn SecureRandom + Send + Sync>,
    ) -> Result<Arc<Self>, OpenFailed> {
        let IssuerSetup {
            tier,
            url: issuer,
            resources,
            policy,
            one_click,
            logins,
            strangers,
            revocations,
            journal,
            readers,
            providers,
            has_local_login,
            exchanges,
        } = setup;
        revocations.follow(&issuer);
        let home = ResourceUri::parse(issuer.as_str())
            .map_err(|_| OpenFailed::Identifier(issuer.as_str().to_owned()))?;
        let is_on_loopback = home.is_plain_http();
        if one_click.is_some() && !is_on_loopback {
            return Err(OpenFailed::OneClickOffLoopback);
        }
        if let Some(server) =
            resources.iter().find(|server| !server.default_scopes.missing_from(&server.scopes).is_empty())
        {
            return Err(OpenFailed::DefaultScopes(server.name.clone()));
        }
        let registry = Registry::new(resources).map_err(|ambiguous| OpenFailed::Identifier(ambiguous.0))?;
        let mint =
            Mint::open(&tier, issuer.clone(), policy.algorithm, policy.access_token, &*store, &*random)
                .await?;
        if let Some(name) = &one_click {
            let id = random::id(&*random).map_err(|_| OpenFailed::Randomness)?;
            let user = User { id, name: name.clone(), password: None, created: clock.now() };
            // Where the name is taken, it is that person who continues.
            let (Added::Yes | Added::Taken) = store.add_user(user).await.map_err(OpenFailed::Store)?;
        }
        let cookie = Cookie::of(&issuer, &home);
        let people = People::open(&issuer, &providers, has_local_login, &fetch, &clock)?;
        let opened = Arc::new(Self {
            metadata: document(&issuer, &policy, &registry),
            jwks: mint.jwks(),
            passwords: Passwords::new(&*random).map_err(|_| OpenFailed::Randomness)?,
            documents: Documents::open(&fetch, is_on_loopback, &policy, strangers.clone())?,
            client_keys: ClientKeys::new(&fetch, is_on_loopback, strangers.clone()),
            devices: Devices::open(&cookie, &*store, &*random).await?,
            cookie,
            logins,
            revocations,
            journal,
            strangers,
            people,
            exchanges,
            issuer,
            home,
            policy,
            registry,
            one_click,
            store,
            clock,
            random,
            mint,
        });
        if let Some(readers) = readers {
            readers.hold(&opened.issuer, opened.key_set()?);
        }
        opened.sweep_from_time_to_time();
        Ok(opened)
    }

    /// Its identifier.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The keys that its tokens are verified with: a gateway in the same process need not ask itself for them.
    pub fn key_set(&self) -> Result<KeySet, OpenFailed> {
        self.mint.key_set()
    }

    /// Serves the issuer: its endpoints below its own path, and its metadata at all three well-known URLs.
    /// Paths are absolute. Nothing is decided by the `Host` of a request: the issuer's URL is the operator's
    /// word.
    pub fn router(self: &Arc<Self>) -> Router {
        let base = self.home.path_and_query().trim_end_matches('/').to_owned();
        let at = |name: &str| format!("{base}/{name}");
        let mut router = Router::new()
            // A path is the operator's text, not a pattern: one that begins with `:` must not end the process.
            .without_v07_checks()
            .route(&at("authorize"), get(authorize))
            .merge(browser::routes(&base))
            .merge(browser::login::elsewhere::routes(&base, &self.people))
            .route(&at("token"), post(token).options(cors::preflight))
            .route(&at("jwks"), get(jwks).options(cors::preflight));
        if self.policy.registration == Registration::Open {
            router = router.route(&at("register"), post(register).options(cors::preflight));
        }
        let wells: BTreeSet<_> = metadata::AuthorizationServer::urls(&self.issuer)
            .iter()
            .filter_map(|url| ResourceUri::parse(url).ok())
            .map(|url| url.path_and_query().to_owned())
            .collect();
        for well in wells {
            router = router.route(&well, get(introduce).options(cors::preflight));
        }
        router.with_state(Arc::clone(self))
    }

    /// From when on an access token that is issued now opens nothing, whatever leeway its reader grants.
    pub(crate) fn token_ends(&self, now: UnixTime) -> UnixTime {
        now.plus(self.mint.lifetime()).plus(IssuerRules::MAX_LEEWAY)
    }

    /// A grant was taken back: guards in this process learn it now, and not when they look next.
    pub(crate) fn tell_guards(&self, grant: &Grant) {
        let until = self.token_ends(self.clock.now()).plus(REVOKED_LASTS);
        self.revocations.enter(GrantMark::of(&grant.id), until);
    }

    /// Takes a grant back. Whoever showed that it must be may be a thief, who hangs up so that it is not.
    pub(crate) async fn take_back(&self, grant: &Grant) -> Result<(), StoreFailed> {
        self.tell_guards(grant);
        let (store, grant) = (Arc::clone(&self.store), grant.id.clone());
        let revoking = tokio::spawn(async move { store.revoke(&grant).await });
        revoking.await.unwrap_or_else(|cut_off| Err(StoreFailed::Access(cut_off.to_string())))
    }

    /// Forgets what has expired, for as long as the issuer is served.
    fn sweep_from_time_to_time(self: &Arc<Self>) {
        let server = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut timer = tokio::time::interval(SWEEP);
            loop {
                timer.tick().await;
                let Some(server) = server.upgrade() else { return };
                if let Err(failed) = server.store.sweep(server.clock.now()).await {
                    tracing::error!(error = %failed, "what has expired could not be swept");
                }
            }
        });
    }
}

/// Says which issuer it is; its keys and its store's are nobody's business.
impl fmt::Debug for AuthorizationServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationServer").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

async fn introduce(State(server): State<Arc<AuthorizationServer>>) -> Response {
    public_document(server.metadata.clone())
}

async fn jwks(State(server): State<Arc<AuthorizationServer>>) -> Response {
    public_document(server.jwks.clone())
}

fn public_document(text: String) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    cors::open(response)
}
