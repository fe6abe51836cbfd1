//! Which numbers would Intercept take for another one?

use super::whole_digits;
use crate::Value;

/// A number that no float64 is, and the one that it would be taken for. Looked for in lists too.
pub(super) fn lost(value: &Value) -> Option<(String, String)> {
    let number = match value {
        Value::Number(number) => number,
        Value::List(items) => return items.iter().find_map(lost),
        _ => return None,
    };
    // Up to here each spelling is the shortest one of a float64.
    if number.digits.len() <= 15 {
        return None;
    }
    let digits = whole_digits(number)?;
    let exact: u128 = digits.parse().ok()?;
    let near: f64 = digits.parse().ok()?;
    let taken = format!("{near:.0}");
    let is_same = taken.parse::<u128>().is_ok_and(|taken| taken == exact);
    let sign = if number.is_negative { "-" } else { "" };
    (!is_same).then(|| (format!("{sign}{digits}"), format!("{sign}{taken}")))
}
