//! What do the columns mean? Every value is parsed again: a file that somebody edited is not trusted to be ours.

use sqlx::{Row as _, sqlite::SqliteRow};
use warded_core::{Issuer, ResourceUri, Scopes, UnixTime};

use super::access;
use crate::{
    Client, Code, Digest, Grant, GrantType, Origin, PasswordHash, Refresh, Session, StoreFailed, User,
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

fn time(row: &SqliteRow, column: &str) -> Result<UnixTime, StoreFailed> {
    row.try_get(column).map(UnixTime::from_seconds).map_err(access)
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
        digest: digest(row.try_get("digest").map_err(access)?)?,
        issuer: issuer(row)?,
        user: text(row, "user")?,
        auth_time: time(row, "auth_time")?,
        expires: time(row, "expires")?,
    })
}

pub(super) fn client(row: &SqliteRow) -> Result<Client, StoreFailed> {
    let secret: Option<&[u8]> = row.try_get("secret").map_err(access)?;
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
        secret: secret.map(digest).transpose()?,
        redirect_uris,
        grants,
        pinned: optional(row, "pinned")?.as_deref().map(resource).transpose()?,
        origin: if flag(row, "by_operator")? { Origin::Operator } else { Origin::Itself },
        created: time(row, "created")?,
    })
}

fn grant(row: &SqliteRow) -> Result<Grant, StoreFailed> {
    Ok(Grant {
        id: text(row, "id")?,
        issuer: issuer(row)?,
        client: text(row, "client")?,
        user: text(row, "user")?,
        server: text(row, "server")?,
        resource: resource(&text(row, "resource")?)?,
        scopes: scopes(row)?,
        auth_time: time(row, "auth_time")?,
        ends: time(row, "ends")?,
    })
}

pub(super) fn code(row: &SqliteRow) -> Result<Code, StoreFailed> {
    Ok(Code {
        grant: grant(row)?,
        redirect_uri: text(row, "redirect_uri")?,
        challenge: text(row, "challenge")?,
        expires: time(row, "expires")?,
        spent: flag(row, "spent")?,
    })
}

pub(super) fn refresh(row: &SqliteRow) -> Result<Refresh, StoreFailed> {
    Ok(Refresh { grant: grant(row)?, expires: time(row, "expires")?, spent: flag(row, "spent")? })
}
