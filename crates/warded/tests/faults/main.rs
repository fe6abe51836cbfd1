//! What breaks, and what is lost: nothing that was promised, and nobody is let in who should not be. Each test prints
//! what it measured.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

#[path = "../answer/mod.rs"]
mod answer;
mod away;
#[expect(dead_code, reason = "shared with the tests of the running gateway")]
#[path = "../up/caller.rs"]
mod caller;
mod died;
mod idle;
#[path = "../up/issuer.rs"]
mod issuer;
mod killed;
mod large;
mod locked;
mod memory;
#[path = "../port/mod.rs"]
mod port;
#[path = "../running/mod.rs"]
mod running;
mod slow;
#[expect(dead_code, reason = "shared with the tests of the running gateway")]
#[path = "../up/stage.rs"]
mod stage;
#[expect(dead_code, reason = "shared with the tests of the running gateway")]
#[path = "../up/upstream.rs"]
mod upstream;
