//! A caller that nobody has judged.

use std::sync::Arc;

use warded_core::VerifiedToken;
use warded_guard::Caller;

fn pretend(token: Arc<VerifiedToken>) -> Caller {
    Caller(token)
}

fn main() {
    let _pretend = pretend;
}
