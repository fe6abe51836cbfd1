//! What does a line say? For whoever reads a journal; what a later version adds is passed over.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A line of a journal. What an event does not have is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Record<'a> {
    /// When it was recorded, in seconds since 1970.
    pub time: i64,
    /// Its number in the chain of its node.
    pub seq: u64,
    /// The node that recorded it.
    #[serde(borrow)]
    pub node: Cow<'a, str>,
    /// What happened: `call`, `end`, `refused`, `stray`, `unproven`, `unbound`, `act`, `counted`, `lost`, `removed`, `found`, `begun`,
    /// `checkpoint`.
    #[serde(borrow)]
    pub event: Cow<'a, str>,
    /// The number of the call, which its two records share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<u64>,
    /// The server's name.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub server: Option<Cow<'a, str>>,
    /// The identifier that was addressed.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Cow<'a, str>>,
    /// How the request is called.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub request: Option<Cow<'a, str>>,
    /// From where.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub from: Option<Cow<'a, str>>,
    /// The method of the message.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub method: Option<Cow<'a, str>>,
    /// What it names.
    #[serde(borrow, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<Cow<'a, str>>,
    /// The revision of MCP.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Cow<'a, str>>,
    /// For whom the token was issued.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Cow<'a, str>>,
    /// To which client.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub client: Option<Cow<'a, str>>,
    /// Who issued it.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Cow<'a, str>>,
    /// The token's name.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub token: Option<Cow<'a, str>>,
    /// What a permissive server let pass.
    #[serde(borrow, skip_serializing_if = "Vec::is_empty")]
    pub waived: Vec<Cow<'a, str>>,
    /// For whom a stray token was meant.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub meant: Option<Cow<'a, str>>,
    /// Where an issuer was asked.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Cow<'a, str>>,
    /// How it ended.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Cow<'a, str>>,
    /// Why it was refused or failed.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub code: Option<Cow<'a, str>>,
    /// The HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The bytes of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// How long it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// How many were counted, or lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The minute in which they were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minute: Option<i64>,
}

impl<'a> Record<'a> {
    /// Reads a line; none where it is no record.
    pub fn read(line: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(line).ok().filter(|record: &Self| !record.event.is_empty())
    }
}
