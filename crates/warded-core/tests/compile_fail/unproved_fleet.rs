//! A fleet that nobody proved disjoint.

use warded_core::Fleet;

fn fleet() -> Fleet {
    Fleet::default()
}

fn main() {}
