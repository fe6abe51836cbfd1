//! What does a guard demand, if not the usual? The rules of one door, one after the other.

use std::{fmt, sync::Arc, time::Duration};

use warded_client::{clock::SystemClock, introspect::Introspections, keys::Keys};
use warded_core::{Clock, FingerprintKey, ResourceUri, Server, dpop::Nonces};
use warded_policy::Policy;
use warded_store::{Replays, journal::Journal};

use super::{Guard, Rules, identifiers};
use crate::{
    Ledger,
    arrivals::Arrivals,
    attest::Attestation,
    authorize::{Needs, Policing, ScopeRules},
    call::Bounds,
    intake::Origins,
    log::Log,
    memory::{Memory, Seat},
    metadata::{Documents, Said},
    page::PageOrigin,
    record::Books,
    sender::{Dpop, SenderRules},
    standing::Standings,
};

/// A guard that is being described.
///
/// ```
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
///     .issuer("https://login.example.com")
///     .in_long()?;
/// let guard = builder.title("Notes").alone_at_origin().build();
/// # let _ = guard;
/// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct GuardBuilder {
    server: Server,
    keys: Arc<Keys>,
    sender: SenderRules,
    introspections: Arc<Introspections>,
    standings: Arc<Standings>,
    clock: Arc<dyn Clock>,
    scopes: ScopeRules,
    policy: Option<(Arc<Policy>, Ledger)>,
    origins: Origins,
    bounds: Bounds,
    arrivals: Arc<Arrivals>,
    books: Option<Books>,
    memory: Option<Arc<Memory>>,
    title: Option<Box<str>>,
    is_alone: bool,
    attestation: Option<Attestation>,
}

impl GuardBuilder {
    pub(super) fn new(server: Server, keys: Arc<Keys>) -> Self {
        let mut origins = Origins::default();
        identifiers(&server).for_each(|uri| origins.admit(uri));
        Self {
            server,
            keys,
            sender: SenderRules::default(),
            introspections: Arc::default(),
            standings: Arc::default(),
            clock: Arc::new(SystemClock),
            scopes: ScopeRules::default(),
            policy: None,
            origins,
            bounds: Bounds { bytes: 4 * 1024 * 1024, patience: Duration::from_secs(30) },
            arrivals: Arc::default(),
            books: None,
            memory: None,
            title: None,
            is_alone: false,
            attestation: None,
        }
    }

    /// Where the time comes from, if not from the machine.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let guard = builder.clock(std::sync::Arc::new(warded_client::clock::SystemClock)).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How the issuers are asked whose tokens are not signed. Without it their tokens are answered with 503.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use warded_client::introspect::Introspections;
    /// use warded_guard::{Guard, GuardBuilder};
    ///
    /// fn asks(builder: GuardBuilder, introspections: Arc<Introspections>) -> Guard {
    ///     builder.introspection(introspections).build()
    /// }
    /// # let _ = asks;
    /// ```
    pub fn introspection(mut self, introspections: Arc<Introspections>) -> Self {
        self.introspections = introspections;
        self
    }

    /// Where it is looked up whether tokens were taken back. Without it tokens that name a status list are answered with
    /// 503.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use warded_client::status::Statuses;
    /// use warded_guard::{Guard, GuardBuilder, Standings};
    ///
    /// fn looked_up(builder: GuardBuilder, statuses: Arc<Statuses>) -> Guard {
    ///     builder.standings(Arc::new(Standings::none().statuses(statuses))).build()
    /// }
    /// # let _ = looked_up;
    /// ```
    pub fn standings(mut self, standings: Arc<Standings>) -> Self {
        self.standings = standings;
        self
    }

    /// Which scopes calls need.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let required = warded_core::Scopes::parse("notes:read")?;
    /// let rules = warded_guard::ScopeRules { required, ..Default::default() };
    /// let guard = builder.scopes(rules).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn scopes(mut self, scopes: ScopeRules) -> Self {
        self.scopes = scopes;
        self
    }

    /// What may be done at the server, by a policy of Intercept's format; and where is counted what it limits, and where calls
    /// wait that it holds. A policy refuses calls that the guard would let through, and lets none through that the guard
    /// refuses. The scopes that it names add up with those of [`Self::scopes`].
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// use std::sync::Arc;
    /// use aws_lc_rs::rand::SystemRandom;
    /// use warded_guard::{Guard, Ledger};
    /// use warded_policy::{Part, Place, Policy, Reading, read};
    ///
    /// let file = "version: \"1\"\ntools:\n  delete_note:\n    rules:\n      - name: never\n        action: deny\n";
    /// let document = read(file, Reading::Strict).document.ok_or("it has an error")?;
    /// let part = Part { document: &document, place: Place::Server("notes".into()), file: "notes.yaml" };
    /// let policy = Arc::new(Policy::of(&[part])?);
    /// let guard = Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?
    ///     .policy(policy, Ledger::in_memory(Arc::new(SystemRandom::new()))?)
    ///     .build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn policy(mut self, policy: Arc<Policy>, ledger: Ledger) -> Self {
        self.policy = Some((policy, ledger)).filter(|(policy, _)| !policy.is_empty());
        self
    }

    /// Whether tokens come with proofs of possession (RFC 9449), if not both ways are open.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let guard = builder.dpop(warded_guard::Dpop::Required).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn dpop(mut self, dpop: Dpop) -> Self {
        self.sender.dpop = dpop;
        self
    }

    /// Demands of every proof a nonce that was given out lately (RFC 9449 §9). All nodes of a server have the same
    /// key, and nothing else is made with it.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// # let key_of_all_nodes = [7; 32];
    /// let guard = builder.dpop_nonces(&key_of_all_nodes).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn dpop_nonces(mut self, key: &[u8; 32]) -> Self {
        self.sender.nonces = Some(Nonces::new(key, self.server.resource()));
        self
    }

    /// Where used proofs are remembered: a store that all nodes of the server share. Without it each guard that is built
    /// remembers its own in memory: a proof that is still young is good once more after a restart, at a second guard
    /// for the same server, and at a second node.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use warded_guard::{Guard, GuardBuilder};
    /// use warded_store::Replays;
    ///
    /// fn on_many_nodes(builder: GuardBuilder, shared: Arc<dyn Replays>) -> Guard {
    ///     builder.replays(shared).build()
    /// }
    /// # let _ = on_many_nodes;
    /// ```
    pub fn replays(mut self, replays: Arc<dyn Replays>) -> Self {
        self.sender.replays = replays;
        self
    }

    /// Says in the metadata that tokens may be bound to the client's certificate (RFC 8705 §3). They are checked
    /// anyway; this is true where TLS ends at somebody who asks for certificates and passes them on as
    /// [`ClientCertificate`](crate::ClientCertificate).
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let guard = builder.client_certificates().build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn client_certificates(mut self) -> Self {
        self.sender.certificates = true;
        self
    }

    /// Where calls are recorded, and the key under which tokens are named there. From then on a call that cannot be
    /// recorded is not let through.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use warded_core::FingerprintKey;
    /// use warded_guard::{Guard, GuardBuilder};
    /// use warded_store::journal::Journal;
    ///
    /// fn recorded(builder: GuardBuilder, journal: Arc<dyn Journal>, names: [u8; 32]) -> Guard {
    ///     builder.journal(journal, Arc::new(FingerprintKey::new(names))).build()
    /// }
    /// # let _ = recorded;
    /// ```
    pub fn journal(mut self, journal: Arc<dyn Journal>, names: Arc<FingerprintKey>) -> Self {
        self.books = Some(Books { journal, names });
        self
    }

    /// Lets web pages of one more origin call the server.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let inspector = warded_core::ResourceUri::parse("https://inspector.example.com")?;
    /// let guard = builder.origin(&inspector).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn origin(mut self, origin: &ResourceUri) -> Self {
        self.origins.admit(origin);
        self
    }

    /// Lets pages of an origin in that is no `https` URL: an application with a browser inside, an extension, a page of
    /// the local network.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// use warded_guard::{Guard, PageOrigin};
    ///
    /// let builder = Guard::before("https://notes.example.com/mcp").issuer("https://login.example.com").in_long()?;
    /// let guard = builder.page_origin(&PageOrigin::parse("tauri://localhost")?).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn page_origin(mut self, origin: &PageOrigin) -> Self {
        self.origins.admit_exactly(origin);
        self
    }

    /// Where verdicts are remembered. Guards of one process share one memory; a guard that is given none has one of
    /// its own, of [`Memory::TOKENS`].
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let shared = warded_guard::Memory::of(100_000);
    /// let guard = builder.memory(std::sync::Arc::clone(&shared)).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn memory(mut self, memory: Arc<Memory>) -> Self {
        self.memory = Some(memory);
        self
    }

    /// The longest message that is read, in bytes.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let guard = builder.body_limit(64 * 1024).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.bounds.bytes = bytes;
        self
    }

    /// How long a message may take to arrive.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let guard = builder.body_patience(std::time::Duration::from_secs(5)).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn body_patience(mut self, patience: Duration) -> Self {
        self.bounds.patience = patience;
        self
    }

    /// Where messages are counted that are still on their way in. Guards of one process share one; a guard that is given
    /// none has one of its own, of [`Arrivals::MOST`].
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let shared = std::sync::Arc::new(warded_guard::Arrivals::of(100));
    /// let guard = builder.arrivals(std::sync::Arc::clone(&shared)).build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn arrivals(mut self, arrivals: Arc<Arrivals>) -> Self {
        self.arrivals = arrivals;
        self
    }

    /// The server's name for people.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let guard = builder.title("Ada's notes").build();
    /// # let _ = guard;
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn title(mut self, title: &str) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Nothing but this server lives at its origins: each of them introduces it at its root too, where some clients
    /// look.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let guard = builder.alone_at_origin().build();
    /// assert!(guard.metadata_paths().any(|(_, path)| path == "/.well-known/oauth-protected-resource"));
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn alone_at_origin(mut self) -> Self {
        self.is_alone = true;
        self
    }

    /// Who vouches for what the server says of itself.
    ///
    /// ```
    /// use warded_guard::{Attestation, Guard, GuardBuilder};
    ///
    /// fn vouched_for(builder: GuardBuilder, attestation: Attestation) -> Guard {
    ///     builder.signed_metadata(attestation).build()
    /// }
    /// # let _ = vouched_for;
    /// ```
    pub fn signed_metadata(mut self, attestation: Attestation) -> Self {
        self.attestation = Some(attestation);
        self
    }

    /// The guard.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let builder = warded_guard::Guard::before("https://notes.example.com/mcp")
    ///     .issuer("https://login.example.com")
    ///     .in_long()?;
    /// let guard = builder.build();
    /// assert_eq!(guard.server().resource().as_str(), "https://notes.example.com/mcp");
    /// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn build(self) -> Guard {
        let Self {
            server,
            keys,
            introspections,
            standings,
            sender,
            clock,
            mut scopes,
            policy,
            origins,
            bounds,
            arrivals,
            books,
            memory,
            title,
            is_alone,
            attestation,
        } = self;
        for name in scopes.without_scope() {
            tracing::error!(server = server.name(), name, "a rule names no scope, so it protects nothing");
        }
        if let Some((policy, _)) = &policy {
            scopes.adds(&policy.scopes());
        }
        let said = Said {
            scopes: &scopes.supported(),
            sender: &sender,
            title: title.as_deref(),
            is_alone,
            attestation: attestation.as_ref(),
        };
        let documents = Documents::of(&server, &said, clock.now());
        let name = server.name().into();
        let identifier = server.resource().as_str();
        let policing = policy.map(|(policy, ledger)| Policing::by(policy, ledger, identifier));
        Guard(Arc::new(Rules {
            server,
            keys,
            introspections,
            standings,
            sender,
            memory: Seat::in_memory(memory.unwrap_or_else(|| Memory::of(Memory::TOKENS))),
            clock,
            needs: Arc::new(Needs::of(&scopes)),
            policing,
            origins,
            bounds,
            arrivals,
            name,
            books,
            documents,
            log: Log::default(),
        }))
    }
}

impl fmt::Debug for GuardBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardBuilder").field("server", &self.server.name()).finish_non_exhaustive()
    }
}
