//! A remembered verdict without one: by hand, by default, or its token taken out without the text that it is for.

use std::sync::Arc;

use warded_core::{Remembered, VerifiedToken};

fn by_hand(token: Arc<VerifiedToken>) -> Remembered {
    Remembered(token)
}

fn by_default() -> Remembered {
    Remembered::default()
}

fn taken_out(remembered: Remembered) -> Arc<VerifiedToken> {
    remembered.0
}

fn main() {}
