//! The issuers that are built in: those that the configuration describes, and one for each other tier that needs it. Each has
//! its own URL, keys, clients and grants.

mod kept;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use aws_lc_rs::rand::SecureRandom;
use warded_client::{fetch::Fetch, keys::Keys};
use warded_core::{Clock, Fleet, Server};
use warded_issuer::{AuthorizationServer, IssuerSetup, Logins, Registered, Registration, Strangers};
use warded_store::{Revocations, Store, journal::Journal};

pub(super) use self::kept::Kept;
use super::{ground::Ground, policies::Policies};
use crate::config::fleet::{Assessment, BuiltIn};

/// What strangers had each issuer do, by its name: an issuer that is opened again counts on.
#[derive(Default)]
pub(super) struct ByName(Mutex<BTreeMap<String, Strangers>>);

impl ByName {
    fn at(&self, name: &str) -> Strangers {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_default().clone()
    }
}

/// What an issuer needs of the world.
pub(super) struct World {
    pub(super) store: Arc<dyn Store>,
    pub(super) fetch: Fetch,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn SecureRandom + Send + Sync>,
    /// Wrong passwords, at whichever issuer: they let the same people in.
    pub(super) logins: Logins,
    /// What strangers had issuers do.
    pub(super) strangers: Arc<ByName>,
    /// What the guards know of grants that were taken back.
    pub(super) revocations: Revocations,
    /// Where it is recorded who asks without saying for which server.
    pub(super) journal: Option<Arc<dyn Journal>>,
    /// For a demonstration on loopback: the person as whom anybody may continue.
    pub(super) one_click: Option<String>,
}

impl World {
    /// What the process has, and the way out of this configuration.
    pub(super) fn on(ground: &Ground, fetch: &Fetch) -> Self {
        Self {
            store: Arc::clone(&ground.store),
            fetch: fetch.clone(),
            clock: Arc::clone(&ground.clock),
            random: Arc::clone(&ground.random),
            logins: ground.logins.clone(),
            strangers: Arc::clone(&ground.strangers),
            revocations: ground.revocations.clone(),
            journal: ground.journal.clone(),
            one_click: ground.one_click.clone(),
        }
    }
}

/// What one configuration says of its issuers.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) assessment: &'a Assessment,
    pub(super) fleet: &'a Fleet,
    pub(super) kept: &'a Kept,
    pub(super) policies: &'a Policies,
}

/// Opens one issuer, which gives its keys to those who judge its tokens.
pub(super) async fn open(
    built_in: &BuiltIn,
    wanted: Wanted<'_>,
    world: &World,
    keys: &Arc<Keys>,
) -> anyhow::Result<Arc<AuthorizationServer>> {
    let mut setup = setup(built_in, wanted);
    setup.logins = world.logins.clone();
    setup.strangers = world.strangers.at(&built_in.name);
    setup.revocations = world.revocations.clone();
    setup.one_click = world.one_click.clone();
    setup.journal = world.journal.clone();
    setup.readers = Some(Arc::clone(keys));
    let server = AuthorizationServer::open(
        setup,
        Arc::clone(&world.store),
        world.fetch.clone(),
        Arc::clone(&world.clock),
        Arc::clone(&world.random),
    )
    .await
    .with_context(|| format!("the built-in issuer `{}` cannot be opened", built_in.name))?;
    Ok(server)
}

/// What the operator decided about it.
fn setup(built_in: &BuiltIn, wanted: Wanted<'_>) -> IssuerSetup {
    let mut setup = IssuerSetup::new(&built_in.name, built_in.url.clone(), resources(built_in, wanted));
    setup.policy = built_in.policy.clone();
    if let Some(token) = wanted.kept.registration(&built_in.url) {
        setup.policy.registration = Registration::WithToken(token);
    }
    setup.providers = wanted.kept.providers(&built_in.logins);
    setup.has_local_login = built_in.has_local_login;
    setup.exchanges = built_in.exchanges.iter().map(|exchanged| exchanged.allowed.clone()).collect();
    setup
}

/// The servers that trust it, ours and those of others.
fn resources(built_in: &BuiltIn, wanted: Wanted<'_>) -> Vec<Registered> {
    let Wanted { assessment, fleet, kept, policies } = wanted;
    let trusts = |server: &Server| server.issuers().any(|issuer| issuer.url == built_in.url);
    let registered = |server: &Server, title: &str| {
        let mut registered = Registered::new(server.name(), server.resource().clone());
        title.clone_into(&mut registered.title);
        registered.identifiers.extend(server.spec().aliases.iter().cloned());
        registered
    };
    let served = assessment.served(fleet).filter(|(server, _)| trusts(server)).map(|(server, served)| {
        let mut registered = registered(&server, &served.title);
        registered.scopes = policies.scopes(served).known();
        registered.default_scopes = served.scopes.required.clone();
        registered.scope_words.clone_from(&served.words);
        (registered.lifetime, registered.algorithm) = (served.tokens.lifetime, served.tokens.algorithm);
        registered
    });
    let elsewhere =
        assessment.elsewhere(fleet).filter(|(server, _)| trusts(server)).map(|(server, described)| {
            let mut registered = registered(&server, &described.title);
            registered.scopes = described.known.clone();
            registered.default_scopes = described.required.clone();
            registered.scope_words.clone_from(&described.words);
            (registered.lifetime, registered.algorithm) =
                (described.tokens.lifetime, described.tokens.algorithm);
            registered.secret = kept.resource(server.name());
            registered
        });
    served.chain(elsewhere).collect()
}

#[cfg(test)]
mod tests {
    use warded_core::UnixTime;
    use warded_issuer::{ClientDocuments, Domains, Dpop};
    use warded_store::Digest;

    use super::*;
    use crate::config::{fleet::assess, load};

    const FLEET: &str = "
public_url: https://mcp.example.com
servers:
  notes:
    tier: internal
    upstream: http://127.0.0.1:3001/mcp
    tokens: { lifetime: 5m, algorithm: ES256 }
    scopes: { required: [notes:read], words: { \"notes:read\": Read your notes } }
  search: { upstream: \"http://127.0.0.1:3002/mcp\" }
resources:
  billing:
    resource: https://billing.example.com/mcp
    aliases: [https://billing.example.com/mcp/]
    title: Billing
    issuers: [staff]
    scopes: { required: [billing:read], known: [billing:pay] }
    secret: file:billing
    tier: internal
logins:
  corp: { url: https://login.example.com/realms/corp, client_id: warded, client_secret: file:corp, title: Corp, admit: { domains: [example.com] } }
  github: { provider: github, client_id: x, client_secret: file:corp }
  forge: { provider: github, url: https://git.example.com, client_id: x, client_secret: file:absent }
issuers:
  staff:
    built_in:
      tiers: [internal]
      algorithm: RS256
      access_token: 20m
      retry: 30s
      registration: token
      registration_token: file:registration
      client_documents: { allow: [example.com], deny: [evil.example.com] }
      app_schemes: []
      logins: [github, corp]
      dpop: required
      exchange: [{ client: agent, from: notes, to: billing, scopes: [billing:read] }]
  public: { built_in: { tiers: [default], logins: [local] } }
";

    fn read(
        source: &str,
        folder: &std::path::Path,
    ) -> (Assessment, Result<Kept, Vec<crate::finding::Finding>>) {
        let assessment = assess(&load(source).unwrap(), UnixTime::from_seconds(0));
        assert!(assessment.fleet.is_some(), "{:#?}", assessment.findings);
        let kept = Kept::read(&assessment, folder);
        (assessment, kept)
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["billing", "corp", "registration"] {
            std::fs::write(folder.path().join(name), format!("a long secret that is the one of {name}\n"))
                .unwrap();
        }
        folder
    }

    #[test]
    fn an_issuer_is_what_the_operator_said() {
        let folder = folder();
        let (assessment, kept) = read(FLEET, folder.path());
        let (kept, fleet) = (kept.unwrap(), assessment.fleet.clone().unwrap());
        let policies = Policies::default();
        let wanted = Wanted { assessment: &assessment, fleet: &fleet, kept: &kept, policies: &policies };
        let setups: Vec<_> = assessment.built_in.iter().map(|built_in| setup(built_in, wanted)).collect();
        let [staff, public] = setups.as_slice() else { panic!("{setups:?}") };
        assert_eq!(
            (staff.tier.as_str(), staff.url.as_str()),
            ("staff", "https://mcp.example.com/issuers/staff")
        );
        let policy = &staff.policy;
        assert_eq!((policy.access_token, policy.retry, policy.code), (1200, 30, 60));
        assert_eq!(
            policy.registration,
            Registration::WithToken(Digest::of(b"a long secret that is the one of registration"))
        );
        let hosts = Domains { allow: vec!["example.com".into()], deny: vec!["evil.example.com".into()] };
        assert_eq!(policy.client_documents, ClientDocuments::At(hosts));
        assert_eq!((policy.dpop, policy.app_schemes.len()), (Dpop::Required, 0));
        assert!(!staff.has_local_login);
        let logins: Vec<_> =
            staff.providers.iter().map(|provider| (provider.name(), provider.authority())).collect();
        assert_eq!(
            logins,
            [("github", "https://github.com"), ("corp", "https://login.example.com/realms/corp")]
        );
        let of_corp = assessment.logins[0]
            .provider(zeroize::Zeroizing::new("a long secret that is the one of corp".into()));
        assert_eq!(Ok(&staff.providers[1]), of_corp.as_ref(), "with the secret, and with whom it admits");
        assert_eq!(staff.exchanges[0].to, "billing");
        assert!(staff.exchanges[0].act);
        let [notes, billing] = staff.resources.as_slice() else { panic!("{:?}", staff.resources) };
        assert_eq!(
            (notes.lifetime, notes.scope_words["notes:read"].as_str()),
            (Some(300), "Read your notes")
        );
        assert_eq!(notes.algorithm, Some(warded_core::jose::Algorithm::Es256));
        assert_eq!((&*billing.title, billing.identifiers.len()), ("Billing", 2));
        assert_eq!(billing.scopes.to_string(), "billing:pay billing:read");
        assert_eq!(billing.secret, Some(Digest::of(b"a long secret that is the one of billing")));
        // The one of the other tier knows nothing of these.
        assert_eq!((public.tier.as_str(), public.resources.len()), ("public", 1));
        assert!(public.has_local_login && public.providers.is_empty() && public.exchanges.is_empty());
    }

    /// Or nobody could ever make a call that takes one.
    #[test]
    fn scopes_of_a_policy_can_be_asked_for() {
        let folder = folder();
        std::fs::write(folder.path().join("all.yaml"), "version: \"1\"\ntools: { pay: { scopes: [pay] } }\n")
            .unwrap();
        let (assessment, kept) = read(&format!("policy: all.yaml\n{FLEET}"), folder.path());
        let (kept, fleet) = (kept.unwrap(), assessment.fleet.clone().unwrap());
        let policies = Policies::read(&assessment, folder.path()).unwrap();
        let wanted = Wanted { assessment: &assessment, fleet: &fleet, kept: &kept, policies: &policies };
        let staff = setup(&assessment.built_in[0], wanted);
        let known: Vec<_> = staff.resources.iter().map(|server| server.scopes.to_string()).collect();
        assert_eq!(known, ["notes:read pay", "billing:pay billing:read"], "what others serve is theirs");
    }

    /// Everybody who reaches the port may try; what a provider chose is its affair.
    #[test]
    fn a_secret_that_could_be_guessed_is_refused() {
        let folder = folder();
        for name in ["billing", "corp", "registration"] {
            std::fs::write(folder.path().join(name), "seven-7\n").unwrap();
        }
        let findings = read(FLEET, folder.path()).1.unwrap_err();
        assert_eq!(findings.len(), 2, "{findings:?}");
        for (finding, name) in findings.iter().zip(["registration", "billing"]) {
            assert!(finding.message.contains(name) && finding.message.contains("guessed"), "{finding:?}");
            assert!(!finding.message.contains("seven-7"), "{finding:?}");
        }
    }

    #[test]
    fn a_secret_that_is_not_there_is_said_and_registration_stays_closed() {
        let folder = folder();
        std::fs::remove_file(folder.path().join("registration")).unwrap();
        let (assessment, kept) = read(FLEET, folder.path());
        let findings = kept.unwrap_err();
        assert_eq!(findings.len(), 1, "what nobody offers needs no secret: {findings:?}");
        assert!(findings[0].message.contains("registration"), "{findings:?}");
        let staff = assessment.built_in.iter().find(|built_in| built_in.name == "staff").unwrap();
        assert_eq!(staff.policy.registration, Registration::Off);
    }
}
