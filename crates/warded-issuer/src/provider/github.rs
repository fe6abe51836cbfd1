//! Who is it, at GitHub? It signs nothing about people: its API says whose the token is that the code was for.
//!
//! That is sound because the token comes straight from GitHub for a code that was redeemed with our secret and our
//! verifier, so it is of nobody else's application.

use std::fmt;

use http::{HeaderValue, Method, header};
use serde_json::{Map, Value};
use warded_client::fetch::{Fetch, Fetched, Outgoing, Target};
use warded_core::{Issuer, json};
use zeroize::Zeroizing;

use super::{Client, ProviderFailed, Question, Reply, Said, answer, challenge, with_query};
use crate::Admitted;

/// GitHub, or a server of its kind.
pub(crate) struct GitHub {
    site: Issuer,
    authorization: String,
    token: Target,
    user: Target,
    /// Where to ask whether somebody is in an organisation, by its login.
    memberships: Vec<(String, Target)>,
    client: Client,
    fetch: Fetch,
}

impl GitHub {
    pub(super) fn new(
        site: &Issuer,
        api: &Issuer,
        client: Client,
        fetch: Fetch,
        organizations: Vec<String>,
    ) -> Option<Self> {
        let at = |path: &str| Target::configured(&format!("{}{path}", site.as_str())).ok();
        let ask = |path: &str| Target::configured(&format!("{}{path}", api.as_str())).ok();
        let memberships = organizations.into_iter().map(|name| {
            let is_login = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            let path = name.bytes().all(is_login).then(|| format!("/user/memberships/orgs/{name}"))?;
            Some((name, ask(&path)?))
        });
        Some(Self {
            site: site.clone(),
            authorization: at("/login/oauth/authorize")?.as_str().to_owned(),
            token: at("/login/oauth/access_token")?,
            user: ask("/user")?,
            memberships: memberships.collect::<Option<_>>()?,
            client,
            fetch,
        })
    }

    pub(super) fn ask(&self, question: &Question<'_>) -> String {
        let once = question.once;
        let challenge = challenge(once.verifier.reveal());
        let mut pairs = vec![
            ("client_id", self.client.id.as_str()),
            ("redirect_uri", question.redirect_uri),
            ("state", once.state.reveal()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        // Without a scope the token reads what everybody can read. Who is in an organisation may be a secret.
        if !self.memberships.is_empty() {
            pairs.push(("scope", "read:org"));
        }
        if question.prompt.asks_who() {
            pairs.push(("prompt", "select_account"));
        }
        with_query(&self.authorization, &pairs)
    }

    /// GitHub names itself nowhere so far; if it does one day, it is its own name.
    pub(super) fn is_whose(&self, iss: Option<&str>) -> Result<(), ProviderFailed> {
        let site = self.site.as_str();
        let is_ours =
            iss.is_none_or(|iss| iss.strip_prefix(site).is_some_and(|r| matches!(r, "" | "/login/oauth")));
        if is_ours { Ok(()) } else { Err(ProviderFailed::SomebodyElse) }
    }

    pub(super) async fn identify(&self, reply: &Reply<'_>) -> Result<Said, ProviderFailed> {
        let form = Outgoing::form([
            ("client_id", self.client.id.as_str()),
            ("client_secret", &self.client.secret),
            ("code", reply.code),
            ("redirect_uri", reply.redirect_uri),
            ("code_verifier", reply.verifier),
        ]);
        let granted = self.fetch.post(&self.token, form).await?;
        let token = answer::token(&mut answer::granted(&granted)?, "access_token")?;
        let user = read(&self.look(&self.user, &token).await?)?;
        // The number: a login can be given up, and taken by somebody else (RFC 9700 says nothing of it, GitHub does).
        let id = user.get("id").and_then(Value::as_u64).filter(|id| *id > 0);
        let subject = id.ok_or(ProviderFailed::Malformed("id"))?.to_string();
        let label = user.get("login").and_then(Value::as_str).unwrap_or(&subject).to_owned();
        let mut admitted = vec![Admitted::Subject(subject.clone())];
        for (name, target) in &self.memberships {
            if self.is_member(name, target, &token).await? {
                admitted.push(Admitted::Organization(name.clone()));
            }
        }
        Ok(Said { subject, label, auth_time: None, admitted })
    }

    /// An invitation that is still open is no membership: anybody may be invited.
    async fn is_member(&self, name: &str, target: &Target, token: &str) -> Result<bool, ProviderFailed> {
        let answer = self.look(target, token).await?;
        // Not a member; or an organisation that does not let our application ask, and so lets nobody in.
        if matches!(answer.status.as_u16(), 403 | 404) {
            return Ok(false);
        }
        let membership = read(&answer)?;
        let organization = membership.get("organization").and_then(|organization| organization.get("login"));
        let is_it =
            organization.and_then(Value::as_str).is_some_and(|login| login.eq_ignore_ascii_case(name));
        Ok(is_it && membership.get("state").and_then(Value::as_str) == Some("active"))
    }

    async fn look(&self, target: &Target, token: &str) -> Result<Fetched, ProviderFailed> {
        let bearer = Zeroizing::new(format!("Bearer {token}"));
        let mut bearer =
            HeaderValue::from_str(&bearer).map_err(|_| ProviderFailed::Malformed("access_token"))?;
        bearer.set_sensitive(true);
        let outgoing = Outgoing::nothing()
            .header(header::AUTHORIZATION, bearer)
            .header(header::ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
        Ok(self.fetch.send(Method::GET, target, outgoing).await?)
    }
}

fn read(answer: &Fetched) -> Result<Map<String, Value>, ProviderFailed> {
    json::object(answer.json()?).map_err(|_| ProviderFailed::Malformed("JSON object"))
}

/// Says which it is; our secret there is in none of it.
impl fmt::Debug for GitHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHub").field("site", &self.site).finish_non_exhaustive()
    }
}
