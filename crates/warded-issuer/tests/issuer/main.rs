//! The issuer from outside: its real router over a real SQLite file, attacked.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod apps;
mod authorize;
mod browser;
mod clients;
mod consents;
mod discovery;
mod documents;
mod faults;
mod manage;
mod meets;
mod operator;
mod races;
mod register;
mod resource;
mod revoked;
mod slow;
pub(crate) mod stage;
mod token;
mod unbound;
