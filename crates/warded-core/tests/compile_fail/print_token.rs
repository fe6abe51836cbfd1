//! A token in a log line.

use warded_core::InboundToken;

fn main() {
    let token = InboundToken::new("secret".into());
    println!("{token}");
}
