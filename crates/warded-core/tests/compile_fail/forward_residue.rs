//! What is left of an admitted token, sent on to an upstream.

use warded_core::Residue;

fn header(residue: &Residue) -> String {
    format!("Bearer {residue}")
}

fn text(residue: &Residue) -> &str {
    residue.as_ref()
}

fn main() {}
