//! `warded admin`, as an operator uses it: what it shows, what it changes, and that each change is on record before.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    reason = "a test that cannot go on says so"
)]

mod approvals;
mod changes;
mod desk;
mod grants;
mod shows;
