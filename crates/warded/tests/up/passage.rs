//! No passage: whatever an agent does with its token, no byte of it reaches a server behind. Ten thousand requests of
//! every kind, and every spelling in every place under every revision.

mod detector;
mod dice;
mod every;
mod places;
mod smuggled;
mod spelling;

pub(crate) use self::{detector::Detector, dice::Dice, places::request};
