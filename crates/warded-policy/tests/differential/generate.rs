//! Policies and calls that hold every construct of the format, with values that nobody would write.

mod calls;
mod policy;
mod values;

use crate::{case::Case, draw::Draw};

/// The case of a number, always the same one.
pub(crate) fn case(number: u64) -> Case {
    let mut draw = Draw::new(number.wrapping_mul(0x5851_f42d_4c95_7f2d));
    let theme = values::Theme::draw(&mut draw);
    let tools = policy::tools(&mut draw);
    let policy = policy::text(&mut draw, &theme, &tools);
    Case { policy, calls: calls::draw(&mut draw, &theme, &tools) }
}
