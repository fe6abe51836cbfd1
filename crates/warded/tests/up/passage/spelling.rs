//! How an agent may write its token down: raw, escaped as JSON does it, percent-encoded, in base64, alone or in a text.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};

use super::dice::Dice;

const BEFORE: [&str; 8] =
    ["", "Bearer ", "x", "access_token=", "https://x.example/?t=", "(", "{'t':'", "\u{e9} "];
const AFTER: [&str; 6] = ["", " ", "x", "&a=b", "'}", "\u{e9}"];

/// The token in one of the ways that are looked for.
pub(super) fn spelt(token: &str, dice: &mut Dice) -> String {
    let (before, after) = (*dice.pick(&BEFORE), *dice.pick(&AFTER));
    match dice.roll(7) {
        0 => token.to_owned(),
        1 => format!("{before}{token}{after}"),
        2 => format!("{before}{}{after}", percent(token, 1, dice)),
        3 => format!("{before}{}{after}", percent(token, 5, dice)),
        4 => {
            // Any number of other bytes may stand before it.
            let inner = format!("{}{before}{token}{after}", "\u{7}".repeat(dice.roll(4)));
            base64(&inner, dice)
        }
        5 => {
            let inner = format!("{}{token}", "z".repeat(dice.roll(40)));
            format!("{before}{}{after}", base64(&inner, dice))
        }
        _ => format!("{before}{token}{after}{token}"),
    }
}

/// One byte in so many, and every dot: else it would be the token itself.
fn percent(token: &str, one_in: usize, dice: &mut Dice) -> String {
    let spell = |byte: u8| match dice.roll(2) {
        0 => format!("%{byte:02x}"),
        _ => format!("%{byte:02X}"),
    };
    every(token, one_in, spell)
}

fn every(token: &str, one_in: usize, mut spell: impl FnMut(u8) -> String) -> String {
    let is_spelt = |(at, byte): &(usize, u8)| *byte == b'.' || at.is_multiple_of(one_in);
    let letters = token.bytes().enumerate();
    letters.map(|each| if is_spelt(&each) { spell(each.1) } else { char::from(each.1).into() }).collect()
}

fn base64(text: &str, dice: &mut Dice) -> String {
    match dice.roll(4) {
        0 => STANDARD.encode(text),
        1 => STANDARD_NO_PAD.encode(text),
        2 => URL_SAFE.encode(text),
        _ => URL_SAFE_NO_PAD.encode(text),
    }
}

/// A text as JSON may write it between quotes: some of its letters escaped, or all of them.
pub(super) fn escaped(text: &str, dice: &mut Dice) -> String {
    let one_in = [1, 3, 50][dice.roll(3)];
    let spell = |(at, letter): (usize, char)| {
        let is_escaped = at % one_in == 0 || matches!(letter, '"' | '\\') || letter.is_control();
        match (is_escaped, dice.roll(2)) {
            (true, 0) => format!("\\u{:04x}", u32::from(letter)),
            (true, _) => format!("\\u{:04X}", u32::from(letter)),
            (false, _) => letter.to_string(),
        }
    };
    text.chars().enumerate().map(spell).collect()
}

/// What a header can hold of it.
pub(super) fn sendable(text: &str) -> String {
    text.chars()
        .filter(|letter| letter.is_ascii_graphic() || *letter == ' ')
        .collect::<String>()
        .trim()
        .to_owned()
}
