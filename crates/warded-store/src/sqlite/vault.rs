//! Sealing what lies in the file.

use std::sync::Arc;

use aws_lc_rs::rand::SecureRandom;
use sqlx::{Executor, Sqlite as Backend, Transaction, query, query_as, query_scalar, raw_sql};
use zeroize::Zeroizing;

use super::{Sqlite, access};
use crate::{
    StoreFailed,
    vault::{KeyPlace, Place, Vault},
};

/// The key that a store is opened with.
pub(super) struct Keyed {
    pub(super) place: KeyPlace,
    pub(super) random: Arc<dyn SecureRandom + Send + Sync>,
}

/// The step that makes stores sealed.
const SEALS: usize = 9;

impl Keyed {
    /// Finds out whether it is the right key. Where nothing is sealed yet, everything is, in the transaction in which the
    /// file is opened; whether that was so comes along. Only where the file comes from before there were seals, or is
    /// empty: otherwise somebody may have taken its seal away, to have keys of their own sealed as ours.
    pub(super) async fn settle(
        self,
        tx: &mut Transaction<'static, Backend>,
        store: &str,
        steps_before: usize,
    ) -> Result<(Vault, bool), StoreFailed> {
        let Self { place, random } = self;
        let known: Option<Vec<u8>> = query_scalar("SELECT value FROM seals WHERE name = 'known'")
            .fetch_optional(&mut **tx)
            .await
            .map_err(access)?;
        let wrong = || StoreFailed::KeyWrong { store: store.to_owned() };
        if let Some(known) = known {
            let vault = Vault::new(&place.held(store)?, random).map_err(|_| wrong())?;
            return if vault.is_of(&known) { Ok((vault, false)) } else { Err(wrong()) };
        }
        let unsealed = |reason: &str| StoreFailed::Open { path: store.to_owned(), reason: reason.to_owned() };
        if steps_before >= SEALS && holds_any(tx).await? {
            return Err(unsealed(
                "it never had a seal, or that is gone, and secrets lie in it in plain that anybody who can write the file may \
                 have put there; restore it from a backup, or move it away and begin a new one",
            ));
        }
        let vault = Vault::new(&place.first(&*random)?, random).map_err(|_| wrong())?;
        if seal_all(tx, &vault).await? {
            return Ok((vault, true));
        }
        Err(unsealed(
            "its seal is gone, and what was sealed with this key is still there; restore it from a backup",
        ))
    }
}

/// Whether there is anything that is to be sealed.
async fn holds_any(tx: &mut Transaction<'static, Backend>) -> Result<bool, StoreFailed> {
    let any: Option<i64> = query_scalar("SELECT 1 FROM secrets UNION SELECT 1 FROM signing_keys LIMIT 1")
        .fetch_optional(&mut **tx)
        .await
        .map_err(access)?;
    Ok(any.is_some())
}

/// Seals everything. False where something is sealed already: twice, nobody could open it any more.
async fn seal_all(tx: &mut Transaction<'static, Backend>, vault: &Vault) -> Result<bool, StoreFailed> {
    let secrets: Vec<(String, Vec<u8>)> =
        query_as("SELECT name, value FROM secrets").fetch_all(&mut **tx).await.map_err(access)?;
    for (name, plain) in secrets {
        let (plain, place) = (Zeroizing::new(plain), Place::Secret(&name));
        if vault.open(place, &plain).is_some() {
            return Ok(false);
        }
        query("UPDATE secrets SET value = ? WHERE name = ?")
            .bind(vault.seal(place, &plain)?)
            .bind(&name)
            .execute(&mut **tx)
            .await
            .map_err(access)?;
    }
    let keys: Vec<(String, String, Vec<u8>)> =
        query_as("SELECT issuer, kid, pkcs8 FROM signing_keys").fetch_all(&mut **tx).await.map_err(access)?;
    for (issuer, kid, plain) in keys {
        let (plain, place) = (Zeroizing::new(plain), Place::SigningKey { issuer: &issuer, kid: &kid });
        if vault.open(place, &plain).is_some() {
            return Ok(false);
        }
        query("UPDATE signing_keys SET pkcs8 = ? WHERE issuer = ? AND kid = ?")
            .bind(vault.seal(place, &plain)?)
            .bind(&issuer)
            .bind(&kid)
            .execute(&mut **tx)
            .await
            .map_err(access)?;
    }
    query("INSERT INTO seals (name, value) VALUES ('known', ?)")
        .bind(vault.seal_known()?)
        .execute(&mut **tx)
        .await
        .map_err(access)?;
    Ok(true)
}

impl Sqlite {
    /// Brings everything into the file itself, and empties the log beside it: what was sealed just now stood there in plain.
    /// Somebody who reads the file at this moment keeps that for later.
    pub(super) async fn empty_log(&self) -> Result<(), StoreFailed> {
        raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await.map_err(access)?;
        Ok(())
    }

    /// What is written of a secret.
    pub(super) fn sealed(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, StoreFailed> {
        match &self.vault {
            Some(vault) => vault.seal(place, plain),
            None => Ok(plain.to_vec()),
        }
    }

    /// The secret of which that was written.
    pub(super) fn opened(
        &self,
        place: Place<'_>,
        written: Vec<u8>,
    ) -> Result<Zeroizing<Vec<u8>>, StoreFailed> {
        match &self.vault {
            Some(vault) => vault.open(place, &written).ok_or(StoreFailed::Content("sealed secret")),
            None => Ok(Zeroizing::new(written)),
        }
    }

    /// Keeps whoever came without a key from taking sealed bytes for plain ones, and from writing plain ones beside them.
    pub(super) async fn refuse_keyless<'e>(
        &self,
        from: impl Executor<'e, Database = Backend>,
    ) -> Result<(), StoreFailed> {
        if self.vault.is_some() {
            return Ok(());
        }
        let sealed: Option<i64> =
            query_scalar("SELECT 1 FROM seals LIMIT 1").fetch_optional(from).await.map_err(access)?;
        if sealed.is_some() { Err(StoreFailed::Sealed) } else { Ok(()) }
    }
}
