//! What must not be forgotten? Traits, and implementations in memory and in SQLite.

pub mod journal;
