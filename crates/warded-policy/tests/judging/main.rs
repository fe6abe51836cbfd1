//! May this call be made? Asked of policies as they are written.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set its stage has failed")]

mod attacks;
mod bounds;
mod counting;
mod looking;
mod operators;
mod order;
mod paths;
mod support;
mod worst;
