//! How what was found is shown.

mod json;
mod plain;
mod words;

pub(crate) use json::findings as json;
pub(crate) use plain::{finding as plain, heading, table};
pub(crate) use words::moment;
