//! A token in a JSON body.

use serde::Serialize as _;
use warded_core::InboundToken;

fn main() {
    let token = InboundToken::new("secret".into());
    let body = token.serialize(serde_json::value::Serializer);
    drop(body);
}
