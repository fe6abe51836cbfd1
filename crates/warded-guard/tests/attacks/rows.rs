//! The table, one part for each question that a guard asks.

use crate::row::Row;

mod audience;
mod carriage;
mod claims;
mod credential;
mod keys;
mod message;
mod place;
mod signature;
mod syntax;

/// Every row.
pub(crate) fn all() -> Vec<Row> {
    [
        audience::rows(),
        signature::rows(),
        keys::rows(),
        syntax::rows(),
        claims::rows(),
        carriage::rows(),
        credential::rows(),
        place::rows(),
        message::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
