//! `warded doctor` at servers and issuers that are broken, each in one way; at hostile ones; and at Warded's own.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

mod after_login;
mod before_login;
mod hostile;
mod own;
mod page;
mod run;
mod way;
mod whole;
mod whose;
mod world;

#[path = "../connect/person.rs"]
mod person;
#[path = "../port/mod.rs"]
mod port;
#[path = "../../../warded-client/tests/stage/mod.rs"]
mod stage;
