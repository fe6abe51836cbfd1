//! Does this source check audiences?

mod flow;
mod ir;
mod language;
mod library;
mod lower;
mod parse;
mod project;
