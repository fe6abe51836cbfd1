//! A verified token without a judgement: by hand, by default, from the outside.

use serde::Deserialize as _;
use serde_json::Value;
use warded_core::{Server, UnixTime, VerifiedToken};

fn by_hand(server: Server, known_until: Option<UnixTime>) -> VerifiedToken {
    VerifiedToken { server, known_until }
}

fn by_default() -> VerifiedToken {
    VerifiedToken::default()
}

fn from_outside(value: Value) -> VerifiedToken {
    VerifiedToken::deserialize(value).unwrap()
}

fn main() {}
