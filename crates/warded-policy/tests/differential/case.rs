//! What both are asked, and what they answer.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A policy and the calls that are made under it, one after the other.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Case {
    pub(crate) policy: String,
    pub(crate) calls: Vec<Made>,
}

/// A call.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Made {
    /// In seconds.
    pub(crate) at: u64,
    pub(crate) tool: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) arguments: Option<Box<RawValue>>,
    pub(crate) outcome: Outcome,
    /// How many of the calls after it are decided before it ends.
    pub(crate) hold: usize,
}

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Ok,
    Error,
    IsError,
    Timeout,
}

/// What somebody made of a case.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// The policy is none: what is wrong with it.
    Errors(Vec<String>),
    /// What became of each call.
    Calls(Vec<Decided>),
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Decided {
    /// Which rule denied it.
    pub(crate) rule: Option<String>,
    pub(crate) message: Option<String>,
    /// What the counters of the policy are at then, in millionths.
    pub(crate) counters: Vec<(String, i64)>,
}
