//! What do the columns mean? Every value is parsed again: a file that somebody edited is not trusted to be ours.

use sqlx::{Row as _, sqlite::SqliteRow};
use warded_core::{
    Issuer, ResourceUri, Scopes, UnixTime,
    jose::{Algorithm, Thumbprint},
};
use zeroize::Zeroizing;

use super::access;
use crate::{
    ApplicationType, Client, Code, Consent, Digest, Grant, GrantType, HeldKey, Kept, Method, Origin,
    PasswordHash, Pending, Refresh, Session, Spent, StandingGrant, StatusIndex, StoreFailed, User,
};

pub(super) fn text(row: &SqliteRow, column: &str) -> Result<String, StoreFailed> {
    row.try_get(column).map_err(access)
}

pub(super) fn optional(row: &SqliteRow, column: &str) -> Result<Option<String>, StoreFailed> {
    row.try_get(column).map_err(access)
}

pub(super) fn scopes(row: &SqliteRow) -> Result<Scopes, StoreFailed> {
    Scopes::parse(&text(row, "scopes")?).map_err(|_| StoreFailed::Content("list of scopes"))
}

pub(super) fn time(row: &SqliteRow, column: &str) -> Result<UnixTime, StoreFailed> {
    row.try_get(column).map(UnixTime::from_seconds).map_err(access)
}

fn maybe_time(row: &SqliteRow, column: &str) -> Result<Option<UnixTime>, StoreFailed> {
    row.try_get::<Option<i64>, _>(column).map(|at| at.map(UnixTime::from_seconds)).map_err(access)
}

pub(super) fn number(row: &SqliteRow, column: &str) -> Result<u32, StoreFailed> {
    let number: i64 = row.try_get(column).map_err(access)?;
    u32::try_from(number).map_err(|_| StoreFailed::Content("number"))
}

fn bytes(row: &SqliteRow, column: &str) -> Result<Vec<u8>, StoreFailed> {
    row.try_get(column).map_err(access)
}

fn hash(row: &SqliteRow, column: &str) -> Result<Digest, StoreFailed> {
    digest(row.try_get(column).map_err(access)?)
}

fn maybe_hash(row: &SqliteRow, column: &str) -> Result<Option<Digest>, StoreFailed> {
    let bytes: Option<&[u8]> = row.try_get(column).map_err(access)?;
    bytes.map(digest).transpose()
}

fn thumbprint(row: &SqliteRow, column: &str) -> Result<Option<Thumbprint>, StoreFailed> {
    let text = optional(row, column)?;
    text.map(|text| Thumbprint::parse(&text).ok_or(StoreFailed::Content("thumbprint"))).transpose()
}

fn flag(row: &SqliteRow, column: &str) -> Result<bool, StoreFailed> {
    row.try_get(column).map_err(access)
}

fn digest(bytes: &[u8]) -> Result<Digest, StoreFailed> {
    Digest::from_bytes(bytes).ok_or(StoreFailed::Content("hash"))
}

fn issuer(row: &SqliteRow) -> Result<Issuer, StoreFailed> {
    Issuer::parse(&text(row, "issuer")?).map_err(|_| StoreFailed::Content("issuer"))
}

fn resource(text: &str) -> Result<ResourceUri, StoreFailed> {
    ResourceUri::parse(text).map_err(|_| StoreFailed::Content("resource"))
}

pub(super) fn user(row: &SqliteRow) -> Result<User, StoreFailed> {
    Ok(User {
        id: text(row, "id")?,
        name: text(row, "name")?,
        password: optional(row, "password")?.map(PasswordHash::new),
        created: time(row, "created")?,
    })
}

pub(super) fn session(row: &SqliteRow) -> Result<Session, StoreFailed> {
    Ok(Session {
        digest: hash(row, "digest")?,
        issuer: issuer(row)?,
        user: text(row, "user")?,
        since: time(row, "since")?,
        auth_time: maybe_time(row, "auth_time")?,
        expires: time(row, "expires")?,
    })
}

pub(super) fn client(row: &SqliteRow) -> Result<Client, StoreFailed> {
    let redirect_uris = serde_json::from_str(&text(row, "redirect_uris")?)
        .map_err(|_| StoreFailed::Content("list of redirect URIs"))?;
    let grants = text(row, "grants")?
        .split_ascii_whitespace()
        .map(|name| GrantType::named(name).ok_or(StoreFailed::Content("grant type")))
        .collect::<Result<_, _>>()?;
    Ok(Client {
        issuer: issuer(row)?,
        id: text(row, "id")?,
        name: optional(row, "name")?,
        method: Method::named(&text(row, "method")?).ok_or(StoreFailed::Content("client's method"))?,
        secret: maybe_hash(row, "secret")?,
        jwks: optional(row, "jwks")?,
        jwks_uri: optional(row, "jwks_uri")?,
        application_type: optional(row, "application_type")?
            .map(|name| ApplicationType::named(&name).ok_or(StoreFailed::Content("application type")))
            .transpose()?,
        redirect_uris,
        grants,
        pinned: optional(row, "pinned")?.as_deref().map(resource).transpose()?,
        dpop_bound: flag(row, "dpop_bound")?,
        origin: if flag(row, "by_operator")? { Origin::Operator } else { Origin::Itself },
        management: maybe_hash(row, "management")?,
        created: time(row, "created")?,
        used: maybe_time(row, "used_at")?,
    })
}

pub(super) fn grant(row: &SqliteRow) -> Result<Grant, StoreFailed> {
    Ok(Grant {
        id: text(row, "id")?,
        issuer: issuer(row)?,
        client: text(row, "client")?,
        user: text(row, "user")?,
        server: text(row, "server")?,
        resource: resource(&text(row, "resource")?)?,
        scopes: scopes(row)?,
        auth_time: maybe_time(row, "auth_time")?,
        ends: time(row, "ends")?,
        key: thumbprint(row, "sender_key")?,
        status: status(row)?,
        redirect_origin: optional(row, "redirect_origin")?,
    })
}

pub(super) fn status(row: &SqliteRow) -> Result<StatusIndex, StoreFailed> {
    Ok(StatusIndex { list: number(row, "status_list")?, index: number(row, "status_index")? })
}

pub(super) fn standing(row: &SqliteRow) -> Result<StandingGrant, StoreFailed> {
    Ok(StandingGrant { grant: grant(row)?, used: maybe_time(row, "used_at")?, until: time(row, "keep")? })
}

pub(super) fn consent(row: &SqliteRow) -> Result<(Consent, Scopes), StoreFailed> {
    let consent = Consent {
        issuer: issuer(row)?,
        user: text(row, "user")?,
        client: text(row, "client")?,
        redirect_origin: text(row, "redirect_origin")?,
        server: text(row, "server")?,
        resource: resource(&text(row, "resource")?)?,
        document: maybe_hash(row, "document")?,
    };
    Ok((consent, scopes(row)?))
}

pub(super) fn pending(row: &SqliteRow) -> Result<Pending, StoreFailed> {
    Ok(Pending {
        digest: hash(row, "digest")?,
        issuer: issuer(row)?,
        provider: text(row, "provider")?,
        request: text(row, "request")?,
        browser: hash(row, "browser")?,
        nonce: hash(row, "nonce")?,
        verifier: bytes(row, "verifier")?,
        expires: time(row, "expires")?,
        network: hash(row, "network")?,
    })
}

pub(super) fn signing_key(row: &SqliteRow) -> Result<HeldKey, StoreFailed> {
    let algorithm = Algorithm::named(&text(row, "algorithm")?);
    Ok(HeldKey {
        kid: text(row, "kid")?,
        algorithm: algorithm.ok_or(StoreFailed::Content("signature algorithm"))?,
        pkcs8: Zeroizing::new(bytes(row, "pkcs8")?),
        created: time(row, "created")?,
        signs_from: time(row, "signs_from")?,
        signs_until: time(row, "signs_until")?,
        published_until: time(row, "published_until")?,
    })
}

pub(super) fn code(row: &SqliteRow) -> Result<Code, StoreFailed> {
    Ok(Code {
        grant: grant(row)?,
        redirect_uri: text(row, "redirect_uri")?,
        challenge: text(row, "challenge")?,
        key: thumbprint(row, "announced_key")?,
        expires: time(row, "expires")?,
        spent: flag(row, "spent")?,
    })
}

pub(super) fn refresh(row: &SqliteRow) -> Result<Refresh, StoreFailed> {
    let spent = flag(row, "spent")?.then(|| spent(row)).transpose()?;
    Ok(Refresh { grant: grant(row)?, expires: time(row, "expires")?, spent })
}

fn spent(row: &SqliteRow) -> Result<Spent, StoreFailed> {
    let successor_spent: Option<bool> = row.try_get("successor_spent").map_err(access)?;
    let sealed: Option<Vec<u8>> = row.try_get("sealed").map_err(access)?;
    let answer = match sealed {
        Some(sealed) => {
            Some(Kept { sealed, until: time(row, "sealed_until")?, successor: hash(row, "successor")? })
        }
        None => None,
    };
    // One that is gone was good for nothing more.
    Ok(Spent { at: time(row, "spent_at")?, successor_spent: successor_spent.unwrap_or(true), answer })
}
