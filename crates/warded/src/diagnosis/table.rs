//! The table of diagnoses: one row per code. `warded explain` and the reference page are made from it.

mod client;
mod issuer;
mod refused;
mod server;
mod token;
mod way;

pub(crate) use client::*;
pub(crate) use issuer::*;
pub(crate) use refused::*;
pub(crate) use server::*;
pub(crate) use token::*;
pub(crate) use way::*;

use super::{Diagnosis, Party, Whose};
use crate::finding::Severity;

const SERVER: Whose = Whose::Of(Party::Server);
const ISSUER: Whose = Whose::Of(Party::Issuer);
const YOU: Whose = Whose::Of(Party::You);

impl Diagnosis {
    /// Every row, in the order of the way.
    pub const ALL: &'static [&'static Self] = &[
        &NAME_UNKNOWN,
        &NOBODY_THERE,
        &CERTIFICATE_UNTRUSTED,
        &ANSWER_LATE,
        &ANSWER_UNUSABLE,
        &PROXY_REFUSES,
        &PLACE_VETOED,
        &REDIRECTED,
        &FAILING,
        &DOCUMENT_WITHHELD,
        &DOCUMENT_INVALID,
        &CLOCK_DIFFERS,
        &NOT_MCP,
        &OPEN_TO_ALL,
        &OPEN_AT_FIRST,
        &CHALLENGE_ABSENT,
        &CHALLENGE_MALFORMED,
        &CHALLENGE_FOREIGN,
        &CHALLENGE_WITHOUT_METADATA,
        &METADATA_ABSENT,
        &METADATA_ELSEWHERE,
        &METADATA_UNSTEADY,
        &RESOURCE_ELSEWHERE,
        &RESOURCE_WIDE,
        &ISSUER_UNNAMED,
        &ISSUER_SILENT,
        &ISSUER_DIFFERENT,
        &ISSUER_UNEXPECTED,
        &PKCE_UNPROMISED,
        &ISS_UNPROMISED,
        &ENDPOINT_MISSING,
        &REGISTRATION_CLOSED,
        &REGISTRATION_REFUSED,
        &AUTHENTICATION_UNKNOWN,
        &POSSESSION_IMPOSSIBLE,
        &HEADER_REFUSED,
        &LOGIN_DENIED,
        &LOGIN_UNANSWERED,
        &LOGIN_MIXED_UP,
        &LOGIN_FAILED,
        &TOKEN_REFUSED,
        &RESOURCE_REFUSED,
        &RESOURCE_IGNORED,
        &STORE_UNUSABLE,
        &TOKEN_OPAQUE,
        &TOKEN_AUDIENCE,
        &TOKEN_ISSUER,
        &TOKEN_TYPE,
        &TOKEN_LIFETIME,
        &TOKEN_KEY,
        &TOKEN_REVOKED,
        &TOKEN_MALFORMED,
        &SCOPES_WITHHELD,
        &TOKEN_RENEWED,
        &REFUSED_AUDIENCE,
        &REFUSED_ISSUER,
        &REFUSED_SCOPE,
        &REFUSED_CLOCK,
        &REFUSED_TYPE,
        &REFUSED_KEY,
        &REFUSED_OPAQUE,
        &REFUSED_REVOKED,
        &REFUSED_POSSESSION,
        &REFUSED_UNEXPLAINED,
        &FORBIDDEN,
        &REVISION_UNSHARED,
    ];
}
