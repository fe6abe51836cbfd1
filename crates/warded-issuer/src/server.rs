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
    Clock, Fleet, Issuer, IssuerRules, ResourceUri, UnixTime, jose::Algorithm, jose::KeySet, metadata,
};
use warded_store::{
    Added, Grant, GrantMark, REVOKED_LASTS, Revocations, Store, StoreFailed, User, journal::Journal,
};

use crate::{
    IssuerSetup, Policy, Registered,
    aside::Aside,
    authorize::authorize,
    browser::{self, Cookie, device::Devices},
    client::{ClientKeys, Documents},
    cors,
    introspect::introspect,
    issued,
    keys::{IssuerKeys, LONGEST_TOKEN, SHORTEST_ROTATION},
    metadata::document,
    mint::Mint,
    password::Passwords,
    people::{Networks, People},
    random, register,
    registry::Registry,
    revoke::revoke,
    served::Served,
    status::{StatusLists, status},
    throttle::{Logins, Strangers},
    token::{Rules, token},
};

/// How often what has expired is forgotten.
const SWEEP: Duration = Duration::from_hours(1);
/// How often the store is looked into for keys.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

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
    pub(crate) keys: Arc<IssuerKeys>,
    pub(crate) mint: Mint,
    pub(crate) fleet: Fleet,
    pub(crate) statuses: StatusLists,
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
    pub(crate) networks: Networks,
    pub(crate) token: Rules,
    pub(crate) aside: Aside,
    /// The longest that one of its tokens lives, in seconds.
    longest: u32,
    metadata: String,
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
    #[error("our own tokens are signed with EdDSA, ES256 or RS256, not with {0}")]
    Algorithm(Algorithm),
    /// Tokens that live too long, or not at all.
    #[error(
        "tokens live for a second at least and {LONGEST_TOKEN} seconds at most, and those of `{0}` do not"
    )]
    Lifetime(String),
    /// Keys that follow each other too fast.
    #[error(
        "a key signs for {SHORTEST_ROTATION} seconds at least, so that the next one can be published in time"
    )]
    Rotation,
    /// Others add keys all the time.
    #[error("other nodes changed the signing keys each time that they were looked at")]
    Contended,
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
    /// An exchange that no token could come of.
    #[error("the exchange of `{client}` from `{from}` to `{to}` names a server or a scope that is not there")]
    Exchange {
        /// Who may exchange.
        client: String,
        /// Which server's tokens.
        from: String,
        /// For which server's.
        to: String,
    },
}

impl AuthorizationServer {
    /// Puts an issuer together. Its signing keys come out of the store, or are made there.
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
        let longest = longest(&resources, &policy)?;
        let algorithms = resources.iter().filter_map(|server| server.algorithm).chain([policy.algorithm]);
        let algorithms = algorithms.collect();
        // Two servers of one identifier are told by the registry, which names it.
        let registry =
            Registry::new(resources.clone()).map_err(|ambiguous| OpenFailed::Identifier(ambiguous.0))?;
        let fleet = issued::fleet(&issuer, &resources)?;
        let named = (issuer.clone(), tier);
        let place = (&*store, &random);
        let keys =
            IssuerKeys::open(named, algorithms, policy.rotate_keys, readers, place, clock.now()).await?;
        let keys = Arc::new(keys);
        let mint = Mint::new(issuer.clone(), Arc::clone(&keys), policy.algorithm, policy.access_token);
        if let Some(name) = &one_click {
            let id = random::id(&*random).map_err(|_| OpenFailed::Randomness)?;
            let user = User { id, name: name.clone(), password: None, created: clock.now() };
            // Where the name is taken, it is that person who continues.
            let (Added::Yes | Added::Taken) = store.add_user(user).await.map_err(OpenFailed::Store)?;
        }
        let cookie = Cookie::of(&issuer, &home);
        let people = People::open(&issuer, &providers, has_local_login, &fetch, &clock)?;
        let opened = Arc::new(Self {
            metadata: document(&issuer, &policy, &registry, !exchanges.is_empty()),
            token: Rules::open(&issuer, &policy, &registry, exchanges, &*store, &*random).await?,
            passwords: Passwords::new(&*random).map_err(|_| OpenFailed::Randomness)?,
            documents: Documents::open(&fetch, is_on_loopback, &policy, strangers.clone())?,
            client_keys: ClientKeys::new(&fetch, is_on_loopback, strangers.clone()),
            devices: Devices::open(&cookie, &*store, &*random).await?,
            networks: Networks::open(&*store, &*random).await?,
            cookie,
            logins,
            revocations,
            journal,
            strangers,
            people,
            issuer,
            home,
            policy,
            registry,
            one_click,
            store,
            clock,
            random,
            keys,
            mint,
            fleet,
            statuses: StatusLists::default(),
            aside: Aside::default(),
            longest,
        });
        opened.look_for_keys();
        opened.sweep_from_time_to_time();
        Ok(opened)
    }

    /// Its identifier.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The keys that its tokens are verified with now. Whoever judges its tokens in this process for longer is told of
    /// each change ([`IssuerSetup::readers`]).
    pub fn key_set(&self) -> Result<KeySet, OpenFailed> {
        KeySet::parse(self.keys.published().as_bytes())
            .map_err(|_| OpenFailed::Key { name: "(the key set)".into() })
    }

    /// Serves the issuer, as [`router`](Self::router) says; those who ask for tokens need not pass the router.
    pub fn served(self: &Arc<Self>) -> Served {
        Served::new(self, &format!("{}/token", self.base()), self.router())
    }

    /// Its own path, without a slash at the end.
    fn base(&self) -> &str {
        self.home.path_and_query().trim_end_matches('/')
    }

    /// Serves the issuer: its endpoints below its own path, and its metadata at all three well-known URLs.
    /// Paths are absolute. Nothing is decided by the `Host` of a request: the issuer's URL is the operator's
    /// word.
    pub fn router(self: &Arc<Self>) -> Router {
        let base = self.base();
        let at = |name: &str| format!("{base}/{name}");
        let mut router = Router::new()
            // A path is the operator's text, not a pattern: one that begins with `:` must not end the process.
            .without_v07_checks()
            .route(&at("authorize"), get(authorize))
            .merge(browser::routes(base))
            .merge(browser::login::elsewhere::routes(base, &self.people))
            .route(&at("token"), post(token).options(cors::preflight))
            .route(&at("revoke"), post(revoke).options(cors::preflight))
            .route(&at("status/{list}"), get(status).options(cors::preflight))
            .route(&at("jwks"), get(jwks).options(cors::preflight));
        if self.registry.is_asked() {
            router = router.route(&at("introspect"), post(introspect));
        }
        router = router.merge(register::routes(base, &self.policy.registration));
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
        now.plus(self.longest).plus(IssuerRules::MAX_LEEWAY)
    }

    /// A grant was taken back: guards in this process learn it now, and not when they look next. Of somebody who has
    /// thousands taken back they learn it when they look, and only of those that have tokens out: nobody knows here which
    /// these are, and guards that cannot remember more admit nobody.
    pub(crate) fn tell_guards(&self, grant: &Grant) {
        let now = self.clock.now();
        if !self.strangers.may_be_told(&grant.user, now) {
            return;
        }
        let until = self.token_ends(now).plus(REVOKED_LASTS);
        self.revocations.enter(GrantMark::of(&grant.id), until);
    }

    /// Takes a grant back. Whoever showed that it must be may be a thief, who hangs up so that it is not.
    pub(crate) async fn take_back(&self, grant: &Grant) -> Result<(), StoreFailed> {
        self.tell_guards(grant);
        let (store, grant) = (Arc::clone(&self.store), grant.id.clone());
        let revoking = tokio::spawn(async move { store.revoke(&grant).await });
        revoking.await.unwrap_or_else(|cut_off| Err(StoreFailed::Access(cut_off.to_string())))
    }

    /// Looks for keys that other nodes have made, and makes those that are due, for as long as the issuer is served.
    fn look_for_keys(self: &Arc<Self>) {
        let server = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut timer = tokio::time::interval(BETWEEN_LOOKS);
            let mut works = true;
            // The first tick is at once, and it has just been looked.
            timer.tick().await;
            loop {
                timer.tick().await;
                let Some(server) = server.upgrade() else { return };
                let outcome = server.keys.look(&*server.store, &server.random, server.clock.now()).await;
                // An outage is told once when it begins and once when it ends.
                match (&outcome, works) {
                    (Err(failed), true) => {
                        tracing::error!(issuer = %server.issuer, error = %failed, "the signing keys cannot be looked after");
                    }
                    (Ok(()), false) => {
                        tracing::info!(issuer = %server.issuer, "the signing keys are looked after again");
                    }
                    _ => {}
                }
                works = outcome.is_ok();
            }
        });
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

/// The longest that a token lives: for so long what was taken back must be remembered.
fn longest(servers: &[Registered], policy: &Policy) -> Result<u32, OpenFailed> {
    let own = servers.iter().filter_map(|server| Some((server.name.as_str(), server.lifetime?)));
    let all: Vec<_> = own.chain([("the issuer", policy.access_token)]).collect();
    if let Some((name, _)) = all.iter().find(|(_, seconds)| !(1..=LONGEST_TOKEN).contains(seconds)) {
        return Err(OpenFailed::Lifetime((*name).to_owned()));
    }
    Ok(all.into_iter().map(|(_, seconds)| seconds).max().unwrap_or(LONGEST_TOKEN))
}

async fn introduce(State(server): State<Arc<AuthorizationServer>>) -> Response {
    public_document(server.metadata.clone())
}

async fn jwks(State(server): State<Arc<AuthorizationServer>>) -> Response {
    // What another node has made since may have signed what the reader wants to verify.
    if let Err(failed) = server.keys.learn(&*server.store, server.clock.now()).await {
        tracing::warn!(issuer = %server.issuer, error = %failed, "the signing keys at hand may not be all");
    }
    public_document(server.keys.published().to_string())
}

fn public_document(text: String) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    cors::open(response)
}
