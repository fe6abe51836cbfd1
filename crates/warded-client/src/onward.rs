//! How does Warded get a token for a server behind? From an issuer, for itself (RFC 6749 §4.4) or in exchange for the
//! caller's (RFC 8693), and it is for that server alone or it is not used.
//!
//! One request and one answer at a time; who remembers tokens and how often is asked, others decide. The caller's token
//! goes into the form of that one request, at an issuer that may see it, and nowhere else.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use warded_core::{
    Clock, Issuer, Onward, OnwardToken, Refusal, Residue, Scopes, Sent, SubjectToken, Unfit, UnixTime,
    VerifiedToken,
};
use zeroize::Zeroizing;

use crate::{
    endpoint::{Endpoint, Which},
    fetch::{Fetch, Fetched},
    keys::Keys,
    obtain::{Client, ObtainFailed, answer},
    outage::Outage,
    unsaid::Unsaid,
};

mod failed;

pub use failed::{Blame, GrantFailed};

/// Largest answer that is read, in bytes.
const MAX_ANSWER: usize = 64 * 1024;
/// For how many seconds at least no other reason is told.
const BETWEEN_REASONS: i64 = 5;
/// For how many seconds a token is good of which nobody says when it ends.
const UNSAID: u32 = 60;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// How tokens for one server behind are got.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: every field is the operator's to give")]
pub struct OnwardSetup {
    /// What the tokens must be.
    pub onward: Onward,
    /// As whom their issuer is asked.
    pub client: Client,
    /// What is sent as `resource` (RFC 8707, RFC 8693 §2.1).
    pub resource: Option<Box<str>>,
    /// What is sent as `audience` (RFC 8693 §2.1).
    pub audience: Option<Box<str>>,
    /// What is sent as `scope`.
    pub scopes: Scopes,
    /// The issuers of callers' tokens that the issuer may see. A token of another one stays here.
    pub subjects: Vec<Issuer>,
}

/// Asks one issuer for tokens for one server behind.
pub struct Grantor {
    fetch: Fetch,
    clock: Arc<dyn Clock>,
    keys: Arc<Keys>,
    endpoint: Endpoint,
    setup: OnwardSetup,
    outage: Outage,
    /// Why there was no token when that was told last.
    reason: Mutex<Option<(GrantFailed, UnixTime)>>,
}

/// A token that was given.
#[derive(Debug)]
#[non_exhaustive]
pub struct Granted {
    /// The token.
    pub token: OnwardToken,
    /// When it ends.
    pub ends: UnixTime,
}

/// A caller's token that may be shown to the issuer. Only [`Grantor::subject`] makes one.
#[derive(Debug)]
pub struct Subject(SubjectToken);

impl Grantor {
    /// Will ask an issuer. Nothing is asked yet; `keys` must know the issuer, and what they know of others is let go: this
    /// may outlive the configuration that trusts them.
    pub fn new(fetch: Fetch, clock: Arc<dyn Clock>, keys: &Keys, setup: OnwardSetup) -> Self {
        let issuer = setup.onward.spec().issuer.clone();
        let keys = keys.alone(&issuer);
        Self {
            endpoint: Endpoint::new(fetch.clone(), Arc::clone(&clock), issuer, Which::Token),
            fetch: fetch.with_body_limit(MAX_ANSWER),
            clock,
            keys,
            setup,
            outage: Outage::default(),
            reason: Mutex::default(),
        }
    }

    /// Whether it asks for the same tokens as another one: the same issuer, as the same client with the same secret, for
    /// the same resource, audience and scopes; over the same way out; and checks them by the same rules and keys.
    pub fn asks_like(&self, other: &Self) -> bool {
        self.setup == other.setup
            && self.fetch.is_same(&other.fetch)
            && self.keys.know_the_same_of(self.issuer(), &other.keys)
    }

    /// Who is asked.
    pub fn issuer(&self) -> &Issuer {
        &self.setup.onward.spec().issuer
    }

    /// The server in front of the one that the tokens are for.
    pub fn server(&self) -> &str {
        &self.setup.onward.spec().server
    }

    /// The time by which it goes.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The caller's token, where the issuer may see it: one of another issuer would be in the wrong hands.
    pub fn subject(&self, caller: &VerifiedToken, residue: &Residue) -> Result<Subject, GrantFailed> {
        if !self.setup.subjects.contains(caller.issuer()) {
            let failure = GrantFailed::ForeignSubject { issuer: caller.issuer().clone() };
            if self.is_other(&failure, self.clock.now()) {
                self.tell(&failure);
            }
            return Err(failure);
        }
        Ok(Subject(residue.subject_token()))
    }

    /// Asks for a token on behalf of nobody but Warded itself.
    pub async fn client_credentials(&self) -> Result<Granted, GrantFailed> {
        let asked = async {
            let (answer, unsaid) = self.post(&[("grant_type", "client_credentials")]).await?;
            self.taken(&answer, &unsaid, None).await
        };
        self.told(asked.await)
    }

    /// Asks for a token on behalf of a caller, for its own (RFC 8693 §2.1).
    pub async fn exchange(&self, subject: Subject) -> Result<Granted, GrantFailed> {
        let subject = subject.0.into_form_value();
        let sent = Sent::new(subject.clone());
        let asked = async {
            let form = [
                ("grant_type", EXCHANGE),
                ("subject_token", subject.as_str()),
                ("subject_token_type", ACCESS_TOKEN),
                ("requested_token_type", ACCESS_TOKEN),
            ];
            let (answer, unsaid) = self.post(&form).await?;
            self.taken(&answer, &unsaid, Some(&sent)).await
        };
        self.told(asked.await)
    }

    /// The answer, and what it must not repeat.
    async fn post(&self, grant: &[(&str, &str)]) -> Result<(Fetched, Unsaid), GrantFailed> {
        let target = self.endpoint.target().await?;
        let scope = self.setup.scopes.to_string();
        let mut form = grant.to_vec();
        form.extend(self.setup.resource.as_deref().map(|resource| ("resource", resource)));
        form.extend(self.setup.audience.as_deref().map(|audience| ("audience", audience)));
        form.extend((!scope.is_empty()).then_some(("scope", scope.as_str())));
        let (request, unsaid) = self.setup.client.sign(&form, self.issuer())?;
        let answer = self.fetch.post(&target, request).await.map_err(ObtainFailed::from)?;
        // RFC 9110 §15.5: nobody answers there any more. Whatever else it is, it would be the same elsewhere.
        if matches!(answer.status.as_u16(), 404 | 405 | 410) {
            self.endpoint.forget().await;
        }
        Ok((answer, unsaid))
    }

    /// Whatever is asked for, what comes is looked at before anybody uses it.
    async fn taken(
        &self,
        answer: &Fetched,
        unsaid: &Unsaid,
        subject: Option<&Sent>,
    ) -> Result<Granted, GrantFailed> {
        let document = answer::document(answer, unsaid)?;
        // RFC 8693 §2.2.1: an ID token or a refresh token is no access token, whatever it is asked as.
        let issued = document.get("issued_token_type");
        let is_access_token = issued.is_some_and(|issued| issued == ACCESS_TOKEN);
        if subject.is_some() && !is_access_token {
            return Err(ObtainFailed::Malformed { member: "issued_token_type" }.into());
        }
        let obtained = answer::parse(document, "Bearer")?;
        let text = Zeroizing::new(obtained.access_token.expose().to_owned());
        // Also in the claims of another one, which are in base64: the server behind would have both.
        if subject.is_some_and(|subject| subject.occurs_in(text.as_bytes())) {
            return Err(Unfit::CallersOwn.into());
        }
        let token = self.checked(text).await.map_err(|failed| failed.without(unsaid))?;
        let now = self.clock.now();
        let said = obtained.expires_in.map(|seconds| now.plus(seconds));
        let ends = token.ends().into_iter().chain(said).min().unwrap_or_else(|| now.plus(UNSAID));
        Ok(Granted { token, ends })
    }

    async fn checked(&self, text: Zeroizing<String>) -> Result<OnwardToken, GrantFailed> {
        let onward = &self.setup.onward;
        let Some(wanted) = onward.wants(&text) else {
            return Ok(onward.take(text, &self.keys.ring(), self.clock.now())?);
        };
        let ring = self.keys.ring_for(&wanted).await;
        let unfit = match onward.take(text, &ring.keyring, self.clock.now()) {
            Ok(token) => return Ok(token),
            Err(unfit) => unfit,
        };
        // The issuer's keys may be younger than those at hand; then nothing is known against the token.
        let is_doubtful = match &unfit {
            Unfit::Untrusted(Refusal::KeyUnknown { .. }) => ring.doubt.is_some(),
            Unfit::Untrusted(Refusal::SignatureInvalid) => {
                self.keys.doubt(&wanted, ring.edition.as_ref()).await.is_some()
            }
            _ => false,
        };
        Err(if is_doubtful { GrantFailed::Unfit(Unfit::KeysMissing) } else { unfit.into() })
    }

    /// Whether it is another reason than the one that was told a while ago: whoever mends one thing wants to hear of the
    /// next. What is the matter with one caller, and then with another, is told in turns.
    fn is_other(&self, failure: &GrantFailed, now: UnixTime) -> bool {
        let mut reason = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        let is_told = reason
            .as_ref()
            .is_some_and(|(told, at)| told == failure || (0..BETWEEN_REASONS).contains(&now.since(*at)));
        if !is_told {
            *reason = Some((failure.clone(), now));
        }
        !is_told
    }

    /// Tells the operator, whose configuration it is, what came of it.
    fn told(&self, outcome: Result<Granted, GrantFailed>) -> Result<Granted, GrantFailed> {
        let (now, failure) = (self.clock.now(), outcome.as_ref().err());
        let is_other = failure.is_some_and(|failure| self.is_other(failure, now));
        if self.outage.is_news(outcome.is_err(), now) || is_other {
            let spec = self.setup.onward.spec();
            let (server, issuer) = (&spec.server, &spec.issuer);
            match &outcome {
                Ok(_) => {
                    tracing::info!(server, %issuer, "the issuer gives tokens for the server behind again");
                }
                Err(failure) => self.tell(failure),
            }
        }
        outcome
    }

    fn tell(&self, failure: &GrantFailed) {
        let spec = self.setup.onward.spec();
        let (server, issuer, advice) = (&spec.server, &spec.issuer, failure.advice());
        tracing::warn!(server, %issuer, %failure, advice, "there is no token for the server behind");
    }
}

impl fmt::Debug for Grantor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grantor").field("issuer", self.issuer()).finish_non_exhaustive()
    }
}
