//! May this call be made? Asked of policies as they are written.

mod bounds;
mod counting;
mod looking;
mod operators;
mod order;
mod paths;
mod support;
