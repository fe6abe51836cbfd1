//! Where does discovery lead, may we go there, as whom, and what do we ask for?

use warded_core::Scopes;

use super::{Inner, SessionFailed, Want};
use crate::{
    discover::Discovered,
    login::Notice,
    obtain::{self, Client, Source},
    register::Given,
    tokens::{Place, Record},
};

impl Inner {
    /// Where discovery leads, if the user wants to go there.
    pub(super) fn place(&self, discovered: &Discovered) -> Result<Place, SessionFailed> {
        let server = self.server().clone();
        if discovered.is_wide {
            let resource = discovered.resource_text.clone();
            if self.asked.strict_resource {
                return Err(SessionFailed::WideResource { resource, server });
            }
            (self.tell)(Notice::WideResource { resource });
        }
        if let Some(expected) = self.asked.issuer.clone().filter(|issuer| *issuer != discovered.issuer) {
            return Err(SessionFailed::IssuerChanged { expected, named: discovered.issuer.clone() });
        }
        if discovered.is_legacy {
            (self.tell)(Notice::Legacy);
        }
        Ok(Place::new(server, Source::of(discovered)?, self.asked.account.clone()))
    }

    /// What to ask for. A step-up keeps what was there: a token that can write and no longer read would be refused at
    /// the next request. So does whoever renews a token that is no longer good: with less, the next step-up would find the
    /// very token that has just been refused, and the two would take turns.
    pub(super) fn scopes(
        &self,
        discovered: &Discovered,
        refused: Option<&Record>,
        want: &Want,
    ) -> Result<Scopes, SessionFailed> {
        let listed = discovered.resource.as_ref().and_then(|resource| resource.scopes_supported.as_deref());
        let wanted = want.challenge.as_ref().and_then(|challenge| challenge.scope.clone());
        let held = refused.map(|record| record.terms().scopes.clone()).unwrap_or_default();
        if !want.is_for_scopes {
            let told = obtain::to_ask(wanted.as_ref(), listed, &discovered.server);
            return Ok(told.union(&held).union(&self.asked.scopes));
        }
        let wanted = wanted.unwrap_or_default();
        if refused.is_some() && wanted.missing_from(&held).is_empty() {
            return Err(SessionFailed::ScopesRefused { scopes: wanted.to_string() });
        }
        let told = obtain::to_ask(Some(&wanted), listed, &discovered.server);
        Ok(told.union(&held).union(&self.asked.scopes))
    }

    /// As whom tokens of this place were asked for; none where nobody has asked yet.
    pub(super) fn known_client(
        &self,
        discovered: &Discovered,
        place: &Place,
    ) -> Result<Option<Client>, SessionFailed> {
        if let Some(client) = self.given(discovered)? {
            return Ok(Some(client));
        }
        let registration = self.store.registration(place, self.prover.clock().now())?;
        Ok(registration.map(|registration| registration.client(discovered)).transpose()?)
    }

    pub(super) fn given(&self, discovered: &Discovered) -> Result<Option<Client>, SessionFailed> {
        self.has_owner()?;
        Ok(self.asked.given.client(discovered, &self.prover)?)
    }

    /// Whether the user has said whose client a secret is for. A server names its own issuer, and the first that is
    /// asked would otherwise be told the secret. That no other issuer than the user's is dealt with, `place` sees to, and
    /// `meant` for what is kept.
    pub(super) fn has_owner(&self) -> Result<(), SessionFailed> {
        match &self.asked.given {
            Given::Registered { secret: Some(_), .. } if self.asked.issuer.is_none() => {
                Err(SessionFailed::SecretOfNobody)
            }
            _ => Ok(()),
        }
    }
}
