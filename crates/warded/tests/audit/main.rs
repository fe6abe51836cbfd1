//! What the journal answers: real journals, written as `warded up` writes them, asked by the real program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod asked;
mod scene;
mod verified;
