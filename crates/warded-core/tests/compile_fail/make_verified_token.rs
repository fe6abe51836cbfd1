//! A verified token without a judgement: by hand, by default, from the outside.

use serde::Deserialize as _;
use serde_json::Value;
use warded_core::{Issuer, ResourceUri, VerifiedToken};

fn by_hand(issuer: Issuer, resource: ResourceUri) -> VerifiedToken {
    VerifiedToken { issuer, resource }
}

fn by_default() -> VerifiedToken {
    VerifiedToken::default()
}

fn from_outside(value: Value) -> VerifiedToken {
    VerifiedToken::deserialize(value).unwrap()
}

fn main() {}
