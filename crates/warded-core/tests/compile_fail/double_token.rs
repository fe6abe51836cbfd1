//! One token judged, the other kept.

use warded_core::InboundToken;

fn main() {
    let token = InboundToken::new("secret".into());
    let kept = token.clone();
    drop((token, kept));
}
