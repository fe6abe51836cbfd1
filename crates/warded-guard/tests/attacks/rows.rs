//! The table, one part for each question that a guard asks.

use crate::row::Row;

mod audience;
mod carriage;
mod claims;
mod credential;
mod keys;
mod message;
pub(crate) mod opaque;
mod place;
mod signature;
pub(crate) mod standing;
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
        standing::rows(),
        opaque::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
