//! The text of a token, past the type.

use warded_core::InboundToken;

fn main() {
    let token = InboundToken::new("secret".into());
    let text: &str = &token.0;
    println!("{text}");
}
