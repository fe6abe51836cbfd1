//! Who is it, by OpenID Connect (Core §3.1)? A code that only we can redeem, an ID token that answers only this login.

use std::{fmt, sync::Arc};

use warded_client::{
    fetch::{Fetch, Outgoing},
    keys::Keys,
};
use warded_core::{Clock, IdToken, IdTokenFlaw, Issuer, IssuerRules, Login, Refusal, UnixTime};

use super::{
    Client, ProviderFailed, Question, Reply, Said, answer, challenge,
    places::Directory,
    userinfo::{NAMES, Told},
    with_query,
};
use crate::{Admitted, authorize::Prompt, setup::Naming, setup::tenant};

/// What is asked for, whatever the client that started it wants: to know who it is, and what to call the person.
const SCOPE: &str = "openid email profile";
/// How old a login at the provider may be, as it is asked; only that it is asked counts. With `max_age`, `auth_time` must be
/// said (Core §2): without it nobody knows whether anybody logged in anew, and what is said is compared with when the person
/// was sent away. Never 0: providers that look at it once more when the password was right would ask for that for ever.
const MAX_AGE: &str = "900";
/// How far clocks may differ, in seconds.
const LEEWAY: u32 = IssuerRules::DEFAULT_LEEWAY;

/// An OpenID provider.
pub(crate) struct OpenId {
    issuer: Issuer,
    naming: Naming,
    client: Client,
    fetch: Fetch,
    keys: Arc<Keys>,
    directory: Directory,
}

impl OpenId {
    pub(super) fn new(
        issuer: &Issuer,
        naming: Naming,
        client: Client,
        fetch: Fetch,
        keys: Arc<Keys>,
        clock: Arc<dyn Clock>,
    ) -> Option<Self> {
        let directory = Directory::new(issuer, fetch.clone(), clock)?;
        Some(Self { issuer: issuer.clone(), naming, client, fetch, keys, directory })
    }

    pub(super) async fn ask(&self, question: &Question<'_>) -> Result<String, ProviderFailed> {
        let places = self.directory.places().await?;
        let once = question.once;
        let challenge = challenge(once.verifier.reveal());
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", self.client.id.as_str()),
            ("redirect_uri", question.redirect_uri),
            ("scope", SCOPE),
            ("state", once.state.reveal()),
            ("nonce", once.nonce.reveal()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        match question.prompt {
            Prompt::Login if self.asks_anew() => pairs.extend([("prompt", "login"), ("max_age", MAX_AGE)]),
            Prompt::Login | Prompt::Account => pairs.push(("prompt", self.asks_account())),
            Prompt::Needed | Prompt::None | Prompt::Consent => {}
        }
        Ok(with_query(&places.authorization, &pairs))
    }

    /// RFC 9207 §2.4: simple string comparison; where the provider names itself always, it must.
    pub(super) async fn is_whose(&self, iss: Option<&str>) -> Result<(), ProviderFailed> {
        let is_ours = match iss {
            Some(iss) => iss == self.issuer.as_str(),
            None => !self.directory.places().await?.names_itself,
        };
        if is_ours { Ok(()) } else { Err(ProviderFailed::SomebodyElse) }
    }

    pub(super) async fn identify(&self, reply: &Reply<'_>, now: UnixTime) -> Result<Said, ProviderFailed> {
        let places = self.directory.places().await?;
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", reply.code),
            ("redirect_uri", reply.redirect_uri),
            ("code_verifier", reply.verifier),
        ];
        let form = if places.secret_in_form {
            pairs.extend([("client_id", self.client.id.as_str()), ("client_secret", &self.client.secret)]);
            Outgoing::form(pairs)
        } else {
            Outgoing::form(pairs).basic(&self.client.id, &self.client.secret)
        };
        let answer = self.fetch.post(&places.token, form).await?;
        let mut granted = answer::granted(&answer)?;
        let text = answer::token(&mut granted, "id_token")?;
        let access_token = answer::token(&mut granted, "access_token");
        let token = self.judge(&text, reply.nonce, now).await?;
        // Core §3.1.2.1: `prompt` and `max_age` went by the browser, where whoever sits before it can take them away, and
        // with them what has to be said.
        let is_stale = |since: UnixTime| token.auth_time().is_none_or(|at| at.plus(LEEWAY) < since);
        if self.asks_anew() && reply.anew_since.is_some_and(is_stale) {
            return Err(ProviderFailed::NotAnew);
        }
        let names_nobody = NAMES.iter().all(|claim| token.text(claim).is_none());
        match places.userinfo.as_ref().filter(|_| names_nobody && self.naming == Naming::Subject) {
            Some(endpoint) => {
                let told = Told::also_by(&token, endpoint, &access_token?, &self.fetch).await?;
                self.said(&token, &told)
            }
            None => self.said(&token, &Told::by(&token)),
        }
    }

    /// Google knows no `prompt=login`, and lets people choose an account.
    fn asks_anew(&self) -> bool {
        self.naming != Naming::Google
    }

    /// How a provider is told to ask who it is. Not every one knows `select_account`, and some refuse what they do not
    /// know; those that people use with several accounts at once do.
    fn asks_account(&self) -> &'static str {
        match self.naming {
            Naming::Subject => "login",
            Naming::Google | Naming::Entra => "select_account",
        }
    }

    async fn judge(&self, text: &str, nonce: &str, now: UnixTime) -> Result<IdToken, ProviderFailed> {
        let ring = self.keys.ring_for(&IdToken::wants(text, &self.issuer)?).await;
        let keys = ring.keyring.of(&self.issuer).ok_or(ProviderFailed::Keys)?;
        let login = Login { issuer: &self.issuer, client: &self.client.id, nonce };
        IdToken::judge(text, &login, keys, now).map_err(|flaw| match flaw {
            // A key that is younger than what is at hand: in half a minute it will be known.
            IdTokenFlaw::Token(Refusal::KeyUnknown { .. }) if ring.doubt.is_some() => ProviderFailed::Keys,
            flaw => flaw.into(),
        })
    }

    /// What the token says that counts. Never that somebody has an address: whoever gets hold of one, or of a provider
    /// that does not check it, would be somebody else.
    fn said(&self, token: &IdToken, told: &Told<'_>) -> Result<Said, ProviderFailed> {
        let subject = match self.naming {
            Naming::Subject | Naming::Google => token.subject(),
            Naming::Entra => {
                if tenant(&self.issuer).is_none() || token.text("tid") != tenant(&self.issuer) {
                    return Err(ProviderFailed::Tenant);
                }
                token.text("oid").ok_or(ProviderFailed::Malformed("oid"))?
            }
        };
        let domain = match self.naming {
            // The organisation that the account belongs to; an address at Gmail can have any domain.
            Naming::Google => token.text("hd"),
            Naming::Subject => told.verified_email().and_then(|email| Some(email.rsplit_once('@')?.1)),
            Naming::Entra => None,
        };
        let mut admitted = vec![Admitted::Subject(subject.to_owned())];
        admitted.extend(domain.map(|domain| Admitted::Domain(domain.to_owned())));
        let label = NAMES.iter().find_map(|claim| told.text(claim)).unwrap_or(subject).to_owned();
        Ok(Said { subject: subject.to_owned(), label, auth_time: token.auth_time(), admitted })
    }
}

/// Says which it is; our secret there is in none of it.
impl fmt::Debug for OpenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenId").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
