//! The proof of a check, without the check.

use warded_core::audience::AudienceSettled;

fn main() {
    drop(AudienceSettled(()));
}
