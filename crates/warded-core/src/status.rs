//! Has its issuer taken the token back? Where a token says that it can be looked up, and what a status list says
//! (IETF OAuth Token Status List, draft-ietf-oauth-status-list).

use serde_json::{Map, Value};

use crate::{refusal::Refusal, resource::ResourceUri};

mod inflate;
mod list;

pub use inflate::MAX_STATUS_BYTES;
pub use list::{InvalidStatusList, MAX_STATUS_LIST_BYTES, SignedList, StatusList};

/// Where a token's issuer says whether the token still holds: the claim `status.status_list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReference {
    uri: Box<str>,
    index: u64,
}

/// What a status list says of one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever asks must have an answer to each")]
pub enum Status {
    /// It holds.
    Valid,
    /// It has been revoked, for good.
    Invalid,
    /// It does not hold for now.
    Suspended,
    /// Something that its issuer and somebody else have agreed on.
    Other(u8),
}

/// Proof that the issuer stands by the token. Only [`Status::settle`] makes one.
#[derive(Clone, Copy, Debug)]
pub struct StatusValid(());

impl Status {
    /// The meaning of a value.
    pub const fn of(value: u8) -> Self {
        match value {
            0 => Self::Valid,
            1 => Self::Invalid,
            2 => Self::Suspended,
            other => Self::Other(other),
        }
    }

    /// Only what is valid is admitted; no server waives that.
    pub const fn settle(self) -> Result<StatusValid, Refusal> {
        match self {
            Self::Valid => Ok(StatusValid(())),
            Self::Invalid => Err(Refusal::TokenRevoked),
            Self::Suspended => Err(Refusal::TokenSuspended),
            Self::Other(value) => Err(Refusal::StatusUnknown { value }),
        }
    }
}

impl StatusReference {
    /// Reads the claim `status`. One that cannot be read, or that names no way that we know, is never taken as absent:
    /// the token may have been revoked.
    pub(crate) fn read(all: &Map<String, Value>) -> Result<Option<Self>, Refusal> {
        let malformed = || Refusal::ClaimMalformed { claim: "status" };
        let Some(status) = all.get("status") else {
            return Ok(None);
        };
        let ways = status.as_object().ok_or_else(malformed)?;
        let list = ways.get("status_list").ok_or(Refusal::StatusUnsupported)?;
        let list = list.as_object().ok_or_else(malformed)?;
        let index = list.get("idx").and_then(Value::as_u64).ok_or_else(malformed)?;
        let uri = list.get("uri").and_then(Value::as_str).ok_or_else(malformed)?;
        // What cannot be fetched is no place; the text itself is compared, byte for byte.
        ResourceUri::parse(uri).map_err(|_| malformed())?;
        Ok(Some(Self { uri: uri.into(), index }))
    }

    /// `uri`: which list, as the token spells it.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// `idx`: which place in it.
    pub const fn index(&self) -> u64 {
        self.index
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(status: &Value) -> Result<Option<StatusReference>, Refusal> {
        StatusReference::read(json!({ "status": status }).as_object().unwrap())
    }

    #[test]
    fn a_status_that_cannot_be_read_is_not_absent() {
        assert_eq!(StatusReference::read(&Map::new()), Ok(None));
        let uri = "https://login.example.com/lists/1";
        let found = read(&json!({ "status_list": { "idx": 7, "uri": uri } })).unwrap().unwrap();
        assert_eq!((found.uri(), found.index()), (uri, 7));
        // Another way beside ours says the same in other words.
        assert!(read(&json!({ "status_list": { "idx": 7, "uri": uri }, "x": {} })).is_ok());
        for unknown in [json!({}), json!({ "identifier_list": { "id": "a", "uri": uri } })] {
            assert_eq!(read(&unknown), Err(Refusal::StatusUnsupported), "{unknown}");
        }
        for status in [
            json!("valid"),
            json!(null),
            json!([]),
            json!({ "status_list": uri }),
            json!({ "status_list": { "uri": uri } }),
            json!({ "status_list": { "idx": 7 } }),
            json!({ "status_list": { "idx": -1, "uri": uri } }),
            json!({ "status_list": { "idx": 1.5, "uri": uri } }),
            json!({ "status_list": { "idx": "7", "uri": uri } }),
            json!({ "status_list": { "idx": 7, "uri": "http://login.example.com/lists/1" } }),
            json!({ "status_list": { "idx": 7, "uri": "file:///etc/passwd" } }),
            json!({ "status_list": { "idx": 7, "uri": "lists/1" } }),
        ] {
            assert_eq!(read(&status), Err(Refusal::ClaimMalformed { claim: "status" }), "{status}");
        }
    }

    #[test]
    fn only_what_is_valid_is_admitted() {
        let settled = |value| Status::of(value).settle().map(|_| ());
        assert_eq!(settled(0), Ok(()));
        assert_eq!(settled(1), Err(Refusal::TokenRevoked));
        assert_eq!(settled(2), Err(Refusal::TokenSuspended));
        for value in 3..=255 {
            assert_eq!(settled(value), Err(Refusal::StatusUnknown { value }));
        }
    }
}
