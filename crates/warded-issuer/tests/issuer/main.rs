//! The issuer from outside: its real router over a real SQLite file, attacked.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod apps;
mod assertions;
mod authorize;
mod bounds;
mod browser;
mod clients;
mod consents;
mod discovery;
mod documents;
mod dpop;
mod exchange;
mod faults;
mod given_back;
mod hangs_up;
mod holder;
mod introspection;
mod keys;
mod manage;
mod meets;
mod nastiest;
mod nodes;
mod operator;
mod people;
mod races;
mod register;
mod resource;
mod retry;
mod revoked;
mod slow;
pub(crate) mod stage;
mod statuses;
mod token;
mod tokens_of;
mod unbound;
