//! A verified token without a judgement: by hand, by default, from the outside.

use serde::Deserialize as _;
use serde_json::Value;
use warded_core::{Server, VerifiedToken};

fn by_hand(server: Server) -> VerifiedToken {
    VerifiedToken { server }
}

fn by_default() -> VerifiedToken {
    VerifiedToken::default()
}

fn from_outside(value: Value) -> VerifiedToken {
    VerifiedToken::deserialize(value).unwrap()
}

fn main() {}
