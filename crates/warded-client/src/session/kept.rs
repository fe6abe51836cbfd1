//! What can be done with one token that is kept, because somebody says so? It is renewed, or taken back, at the issuer that
//! it came from: nothing is discovered in between, and no person is asked.

mod failed;

pub use failed::KeptFailed;

use std::sync::Arc;

use warded_core::metadata::AuthorizationServer;

use super::{Inner, Session, SessionFailed, detached};
use crate::{
    discover::{issuer_metadata, undescribed},
    obtain::{Client, Hint, revoke},
    tokens::{Listed, Locked, Record},
};

/// What was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revoked {
    /// Everything that there was.
    All,
    /// The refresh token; the issuer does not take back access tokens (RFC 7009 §2.2.1).
    RefreshTokenOnly,
}

/// A token of the issuer that the user has named, where one is named. Nobody speaks as a client to another.
pub(super) struct Meant<'a>(&'a Record);

impl Session {
    /// Renews a token that is kept, whatever its age.
    pub async fn renew_listed(&self, listed: &Listed) -> Result<Listed, KeptFailed> {
        let (inner, listed) = (Arc::clone(&self.0), listed.clone());
        let renewed = detached(async move { inner.renew_listed(&listed).await });
        renewed.await.ok_or(SessionFailed::Interrupted)?
    }

    /// Takes a token back at its issuer, and forgets it. Where that fails, it is kept.
    pub async fn revoke_listed(&self, listed: &Listed) -> Result<Revoked, KeptFailed> {
        let (inner, listed) = (Arc::clone(&self.0), listed.clone());
        let revoked = detached(async move { inner.revoke_listed(&listed).await });
        revoked.await.ok_or(SessionFailed::Interrupted)?
    }
}

impl Inner {
    async fn renew_listed(&self, listed: &Listed) -> Result<Listed, KeptFailed> {
        let lock = self.store.lock(&listed.place).await?;
        let record = self.held(listed)?;
        if record.refresh_token().is_none() {
            return Err(KeptFailed::NotRenewable);
        }
        let (client, server) = self.known(&record).await?;
        if let Some(fresh) = self.refresh(&record, &client, &server, &lock).await? {
            return Ok(self.store.seen(&fresh));
        }
        let issuer = record.place().source.issuer().clone();
        match self.store.read(listed)? {
            // Another program with the same login was faster: the answer was about a token that it has used up.
            Some(theirs) if !theirs.is_same_token(&record) => Ok(self.store.seen(&theirs)),
            Some(_) => Err(KeptFailed::ClientRefused { issuer, client: client.id().to_owned() }),
            // A login that its issuer has ended is not there any more.
            None => Err(KeptFailed::Over { issuer }),
        }
    }

    async fn revoke_listed(&self, listed: &Listed) -> Result<Revoked, KeptFailed> {
        // Whoever renews it now finishes first: what comes of that is what has to be taken back.
        let lock = self.store.lock(&listed.place).await?;
        let record = self.held(listed)?;
        let revoked = self.take_back(&record, &lock).await?;
        self.store.remove(listed, &lock)?;
        Ok(revoked)
    }

    async fn take_back(&self, record: &Record, lock: &Locked) -> Result<Revoked, KeptFailed> {
        let issuer = record.place().source.issuer();
        let (client, server) = self.known(record).await?;
        let none = || KeptFailed::NoRevocation { issuer: issuer.clone() };
        let endpoint = server.revocation_endpoint.ok_or_else(none)?;
        let mut revoked = Revoked::All;
        for (hint, token) in record.revocable() {
            match revoke(&self.fetch, &endpoint, (&client, issuer), token, hint).await {
                // What was taken back is of no more use, also where what comes next fails.
                Ok(()) if hint == Hint::RefreshToken => {
                    self.store.keep(&record.without_refresh_token(), lock).ok();
                }
                Ok(()) => {}
                // The refresh token came first, so nothing new comes out of this login.
                Err(error)
                    if error.is_refusal("unsupported_token_type")
                        && hint == Hint::AccessToken
                        && record.refresh_token().is_some() =>
                {
                    revoked = Revoked::RefreshTokenOnly;
                }
                Err(error) if hint == Hint::AccessToken && record.refresh_token().is_some() => {
                    return Err(KeptFailed::HalfRevoked { error });
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(revoked)
    }

    /// What is kept now of what was listed then.
    fn held(&self, listed: &Listed) -> Result<Record, KeptFailed> {
        let record = self.store.read(listed)?.ok_or(KeptFailed::Gone)?;
        if record.place().server == *self.server() {
            return Ok(record);
        }
        Err(KeptFailed::AnotherServer { server: record.place().server.clone() })
    }

    async fn known(&self, record: &Record) -> Result<(Client, AuthorizationServer), KeptFailed> {
        let issuer = || record.place().source.issuer().clone();
        let meant = self.meant(record).ok_or_else(|| {
            let named = self.asked.issuer.clone().unwrap_or_else(issuer);
            KeptFailed::AnotherIssuer { issuer: issuer(), named }
        })?;
        let server =
            self.described(record).await?.ok_or_else(|| KeptFailed::Undescribed { issuer: issuer() })?;
        if !is_from(record, &server) {
            return Err(KeptFailed::Moved { issuer: issuer() });
        }
        let client = self.client_of(&meant, &server)?;
        let another = || KeptFailed::AnotherClient { client: record.terms().client.clone() };
        Ok((client.ok_or_else(another)?, server))
    }

    /// How the issuer of a token introduces itself, as long as that is where the token came from. Whether the client has a
    /// secret, and how it shows it, stands there, too.
    pub(super) async fn server_of(
        &self,
        record: &Record,
    ) -> Result<Option<AuthorizationServer>, SessionFailed> {
        Ok(self.described(record).await?.filter(|server| is_from(record, server)))
    }

    /// How the issuer of a token introduces itself. One of 2025-03-26 need not: it is the server's own origin.
    async fn described(&self, record: &Record) -> Result<Option<AuthorizationServer>, SessionFailed> {
        let issuer = record.place().source.issuer();
        let found = issuer_metadata(&self.fetch, issuer, Some(self.server())).await?;
        Ok(found.or_else(|| undescribed(issuer, self.server())))
    }

    /// Whether a token is of the issuer that the user has named, where one is named. No discovery stands before what is done
    /// with a token that is kept, so `place` does not ask this here. Ids are public, and an issuer may give the id of
    /// another's client to whoever registers: the user's secret would be bound to whomever the record is of, and be shown
    /// there.
    pub(super) fn meant<'a>(&self, record: &'a Record) -> Option<Meant<'a>> {
        let issuer = record.place().source.issuer();
        self.asked.issuer.as_ref().is_none_or(|named| named == issuer).then_some(Meant(record))
    }

    /// The client that a token was given to, where we can speak as that one.
    pub(super) fn client_of(
        &self,
        meant: &Meant<'_>,
        server: &AuthorizationServer,
    ) -> Result<Option<Client>, SessionFailed> {
        let Meant(record) = meant;
        let (place, id) = (record.place(), &record.terms().client);
        if self.asked.given.id() == Some(id) {
            self.has_owner()?;
            return Ok(self.asked.given.client_at(place.source.issuer(), server, &self.prover)?);
        }
        let registration = self.store.registration_of(record, self.prover.clock().now())?;
        Ok(registration.map(|registration| registration.client_at(server)).transpose()?)
    }
}

/// Whether a token came from where its issuer says that tokens come from.
fn is_from(record: &Record, server: &AuthorizationServer) -> bool {
    server.token_endpoint.as_deref() == Some(record.place().source.token_endpoint())
}
