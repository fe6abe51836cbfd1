//! One file for each command.

pub(crate) mod admin;
pub(crate) mod approvals;
pub(crate) mod audit;
pub(crate) mod call;
pub(crate) mod check;
pub(crate) mod client;
pub(crate) mod completions;
pub(crate) mod connect;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod health;
pub(crate) mod inspect;
mod kept;
pub(crate) mod login;
pub(crate) mod man;
pub(crate) mod policy;
pub(crate) mod probe;
pub(crate) mod scan;
pub(crate) mod schema;
pub(crate) mod token;
pub(crate) mod up;
pub(crate) mod user;
