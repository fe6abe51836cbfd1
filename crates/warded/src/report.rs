//! How what was found is shown.

mod excerpt;
mod json;
mod plain;
pub(crate) mod policy;
pub(crate) mod scan;
mod tame;
mod words;

pub(crate) use json::findings as json;
pub(crate) use plain::{finding as plain, heading, table};
pub(crate) use tame::{document, escaped, is_invisible, line};
pub(crate) use words::{date, moment, span_of_time};
