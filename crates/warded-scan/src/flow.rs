//! What happens to parameters, tokens and claims on each way through a function?
//!
//! An abstract interpreter over the small form. Every function that can reach something of interest is run once, with
//! parameters of which nothing is known; what it calls is run in its place, down to [`MAX_CALLS`] calls deep. What a
//! library does is known as data. What is met on the way is told as [`event::Event`]s, and the rules read these.

pub(crate) mod bag;
pub(crate) mod bound;
pub(crate) mod call;
pub(crate) mod callback;
pub(crate) mod carry;
pub(crate) mod class;
pub(crate) mod compare;
pub(crate) mod container;
pub(crate) mod deferred;
pub(crate) mod entries;
pub(crate) mod evaluate;
pub(crate) mod event;
pub(crate) mod heap;
pub(crate) mod inbound;
pub(crate) mod inherit;
pub(crate) mod keep;
pub(crate) mod known;
pub(crate) mod machine;
pub(crate) mod maker;
pub(crate) mod metadata;
pub(crate) mod name;
pub(crate) mod naming;
pub(crate) mod outbound;
pub(crate) mod outside;
pub(crate) mod perform;
mod presence;
pub(crate) mod record;
pub(crate) mod request;
pub(crate) mod returns;
pub(crate) mod serialized;
pub(crate) mod split;
pub(crate) mod taken;
pub(crate) mod text;
pub(crate) mod token;
pub(crate) mod value;
pub(crate) mod witness;

/// How many calls deep functions of the project are followed.
pub(crate) const MAX_CALLS: usize = 3;

#[cfg(test)]
mod tests;
