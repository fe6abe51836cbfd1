//! People who log in elsewhere: at providers of ours that do as we say, and at others that nobody of us wrote; attacked.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod admitted;
mod answers;
mod attacks;
mod corp;
mod git;
mod passwords;
mod scene;
#[path = "../issuer/stage.rs"]
mod stage;
