//! Who does somebody say it is, to a provider that we trust with that question and with no other?
//!
//! A provider is asked for a login and for nothing else: `resource` and the scopes of servers stay here, and so does
//! its token, which is dropped before anybody could ask for it.

use std::sync::Arc;

use warded_client::{fetch::Fetch, keys::Keys};
use warded_core::{Clock, UnixTime};

use crate::{Admitted, OpenFailed, Provider, ProviderKind, authorize::Prompt, form::Form, random::Secret};

mod answer;
mod failed;
mod github;
mod openid;
mod places;
mod userinfo;

pub(crate) use failed::ProviderFailed;
use github::GitHub;
use openid::OpenId;

/// Largest answer of a provider that is read, in bytes.
const MAX_ANSWER: usize = 256 * 1024;

/// What is random about one login, made for it alone.
pub(crate) struct Once {
    /// Comes back with the browser (RFC 6749 §10.12).
    pub(crate) state: Secret,
    /// Comes back in the ID token (OpenID Connect Core §15.5.2).
    pub(crate) nonce: Secret,
    /// Shows at the token endpoint that it was we who asked (RFC 7636).
    pub(crate) verifier: Secret,
}

/// A question to a provider, on its way by the browser.
pub(crate) struct Question<'a> {
    pub(crate) once: &'a Once,
    /// Where the browser comes back to: of this provider at this issuer alone, so that an answer of another provider
    /// is none (RFC 9700 §4.4.2.1).
    pub(crate) redirect_uri: &'a str,
    /// Whether the person is to be asked, whoever is logged in there.
    pub(crate) prompt: Prompt,
}

/// What came back by the browser, known to answer a question of ours.
pub(crate) struct Reply<'a> {
    pub(crate) code: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) verifier: &'a str,
    /// Where the person was to show anew who they are: when they were sent there.
    pub(crate) anew_since: Option<UnixTime>,
}

/// What a provider says of a person.
#[derive(Debug)]
pub(crate) struct Said {
    /// Its own name for the person, for good.
    pub(crate) subject: String,
    /// What people call the person there. Anybody may be called anything: it is shown, and decides nothing.
    pub(crate) label: String,
    /// When the person logged in there, where that is said.
    pub(crate) auth_time: Option<UnixTime>,
    /// Everything that may let the person in.
    pub(crate) admitted: Vec<Admitted>,
}

/// One provider, ready to be asked.
#[derive(Debug)]
pub(crate) enum Upstream {
    OpenId(Box<OpenId>),
    GitHub(Box<GitHub>),
}

impl Upstream {
    /// Will ask a provider. Nothing is asked yet.
    pub(crate) fn new(
        provider: &Provider,
        fetch: &Fetch,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, OpenFailed> {
        let unusable = || OpenFailed::Login(provider.name().to_owned());
        let fetch = fetch.clone().with_body_limit(MAX_ANSWER);
        let client = Client { id: provider.client_id.clone(), secret: provider.secret.clone() };
        match &provider.kind {
            ProviderKind::OpenId { issuer, naming } => {
                let keys = Keys::of_providers(fetch.clone(), Arc::clone(clock), [issuer.clone()]);
                let opened = OpenId::new(issuer, *naming, client, fetch, keys, Arc::clone(clock));
                Ok(Self::OpenId(Box::new(opened.ok_or_else(unusable)?)))
            }
            ProviderKind::GitHub { site, api } => {
                let asked_about = provider.admit.listed().filter_map(|admitted| match admitted {
                    Admitted::Organization(name) => Some(name.clone()),
                    Admitted::Subject(_) | Admitted::Domain(_) => None,
                });
                let opened = GitHub::new(site, api, client, fetch, asked_about.collect());
                Ok(Self::GitHub(Box::new(opened.ok_or_else(unusable)?)))
            }
        }
    }

    /// Where the browser is sent.
    pub(crate) async fn ask(&self, question: &Question<'_>) -> Result<String, ProviderFailed> {
        match self {
            Self::OpenId(provider) => provider.ask(question).await,
            Self::GitHub(provider) => Ok(provider.ask(question)),
        }
    }

    /// Whether an answer names who gave it, if it must (RFC 9207 §2.4): one of another provider is not looked at.
    pub(crate) async fn is_whose(&self, answer: &Form) -> Result<(), ProviderFailed> {
        match self {
            Self::OpenId(provider) => provider.is_whose(answer.get("iss")).await,
            Self::GitHub(provider) => provider.is_whose(answer.get("iss")),
        }
    }

    /// Who it was.
    pub(crate) async fn identify(&self, reply: &Reply<'_>, now: UnixTime) -> Result<Said, ProviderFailed> {
        match self {
            Self::OpenId(provider) => provider.identify(reply, now).await,
            Self::GitHub(provider) => provider.identify(reply).await,
        }
    }
}

/// Who we are there.
struct Client {
    id: String,
    secret: zeroize::Zeroizing<String>,
}

/// The URL with what is asked. RFC 6749 §3.1: the endpoint may have a query of its own, which stays.
fn with_query(endpoint: &str, pairs: &[(&str, &str)]) -> String {
    let joint = if endpoint.contains('?') { '&' } else { '?' };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    format!("{endpoint}{joint}{}", query.finish())
}

/// The S256 challenge of a verifier (RFC 7636 §4.2).
fn challenge(verifier: &str) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    warded_core::jose::base64url::encode(hash)
}
