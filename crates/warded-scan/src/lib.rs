//! Does this source check audiences?

mod ir;
mod language;
mod lower;
mod parse;
