//! Policies in the running gateway: the real `warded up`, servers behind over HTTP and stdio, callers on real sockets.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

#[path = "../answer/mod.rs"]
mod answer;
mod approved;
mod behind;
#[expect(dead_code, reason = "shared with the tests of the running gateway")]
#[path = "../up/caller.rs"]
mod caller;
mod counted;
mod files;
mod held;
mod hidden;
#[path = "../up/issuer.rs"]
mod issuer;
mod killed;
#[path = "../port/mod.rs"]
mod port;
mod published;
mod reloaded;
mod rounds;
#[expect(dead_code, reason = "shared with the tests of the running gateway")]
#[path = "../running/mod.rs"]
mod running;
mod scene;
mod scopes;
mod shared;
mod tricks;
#[path = "../up/wait.rs"]
mod wait;
mod watched;
