//! A new token from the issuer: a person agrees, or the client speaks for itself or for somebody else.

mod alone;
mod user;

use tokio::sync::SemaphorePermit;
use warded_core::Scopes;

use super::{Grant, Inner, SessionFailed, behalf::Whose, possession::Proofs};
use crate::{
    discover::Discovered,
    login::Notice,
    obtain::{Bound, Client, ObtainFailed, Obtained, TokenEndpoint},
    possession::SenderKey,
    tokens::{Locked, Place, Record, Terms},
};

/// What is asked for.
struct Question<'a> {
    discovered: &'a Discovered,
    place: &'a Place,
    scopes: &'a Scopes,
    lock: &'a Locked,
    whose: &'a Whose,
    key: Option<SenderKey>,
    bound: Bound,
}

/// What came of it. Nobody ends the process between the moment at which something was used up for it, and that at which it
/// is kept.
struct Answer<'a> {
    client: String,
    obtained: Obtained,
    trading: Option<SemaphorePermit<'a>>,
}

impl Inner {
    /// Asks the issuer; where it gives no tokens for a resource that is named, and the user has said that this will do, once
    /// more without a name (Entra ID and others, RFC 8707 §2). One that passes the name over (RFC 6749 §3.2) has answered.
    pub(super) async fn ask(
        &self,
        discovered: &Discovered,
        place: &Place,
        scopes: &Scopes,
        proofs: Proofs,
        (lock, whose): (&Locked, &Whose),
    ) -> Result<Record, SessionFailed> {
        let is_bearer = self.asked.bearer && proofs == Proofs::Taken;
        let key = match proofs {
            Proofs::Taken | Proofs::Demanded if !is_bearer => {
                Some(SenderKey::generate(&**self.prover.random()).map_err(ObtainFailed::from)?)
            }
            _ => None,
        };
        let bound = self.asked.bounds().into_iter().next().unwrap_or_default();
        let mut question = Question { discovered, place, scopes, lock, whose, key, bound };
        let Answer { client, obtained, trading } = match self.put(&question).await {
            Err(error) if error.is_invalid_target() && self.asked.unbound => {
                question.bound = Bound::Unbound;
                self.put(&question).await?
            }
            outcome => outcome?,
        };
        if matches!(obtained.bound, Bound::Ignored | Bound::Unbound) {
            (self.tell)(Notice::Unbound { issuer: discovered.issuer.as_str().to_owned() });
        }
        let terms = Terms::new(client, scopes.clone()).bound(obtained.bound.clone()).bearer(is_bearer);
        let terms = terms.on_behalf(whose.behalf.clone());
        let record = Record::new(place.clone(), terms, obtained, question.key, self.prover.clock().now());
        self.keep(&record, lock);
        drop(trading);
        (self.tell)(Notice::LoggedIn { issuer: discovered.issuer.as_str().to_owned() });
        Ok(record)
    }

    async fn put(&self, question: &Question<'_>) -> Result<Answer<'_>, SessionFailed> {
        match self.asked.grant {
            Grant::User(way) => self.ask_user(question, way).await,
            _ => self.ask_alone(question).await,
        }
    }

    /// The issuer's token endpoint, for one client and one question.
    fn endpoint<'a>(&'a self, question: &'a Question<'a>, client: &'a Client) -> TokenEndpoint<'a> {
        TokenEndpoint::new(&self.fetch, &question.place.source, client, &question.bound)
            .described(&question.discovered.server)
            .or_ignored(self.asked.unbound)
            .proving(question.key.as_ref().map(|key| (key, &self.prover)))
    }
}
