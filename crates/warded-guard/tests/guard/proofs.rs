//! Does the caller hold the token? Over real sockets: every check of RFC 9449 §4.3 with a proof that fails it and
//! nothing else.

mod certificates;
pub(crate) mod holder;
mod journal;
mod nonces;
mod replays;
mod settings;
mod table;
mod urls;
mod wire;
