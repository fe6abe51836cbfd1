//! The issuer from outside: its real router over a real SQLite file, attacked.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod assertions;
mod authorize;
mod browser;
mod clients;
mod discovery;
mod documents;
mod dpop;
mod exchange;
mod faults;
mod given_back;
mod holder;
mod introspection;
mod meets;
mod operator;
mod register;
mod resource;
mod retry;
mod revoked;
mod slow;
mod stage;
mod token;
mod unbound;
