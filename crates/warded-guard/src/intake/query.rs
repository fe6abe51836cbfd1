//! Does a query carry a token? (RFC 6750 §2.3, which MCP forbids)

/// Looks for a parameter named `access_token` in every spelling that some reader takes for it.
pub(crate) fn has_token(query: &str) -> bool {
    // Some parsers also part at `;`, and some read `access_token[]` as a list.
    query.split(['&', ';']).any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        let name = decoded(name.as_bytes());
        let name = name.split(|byte| *byte == b'[').next().unwrap_or_default();
        name.trim_ascii().eq_ignore_ascii_case(b"access_token")
    })
}

/// Percent-decoded as forms are; what is no escape stands for itself.
pub(super) fn decoded(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        let escape = match rest {
            [b'%', high, low, tail @ ..] => octet(*high, *low).map(|byte| (byte, tail)),
            [b'+', tail @ ..] => Some((b' ', tail)),
            _ => None,
        };
        let (byte, tail) = escape.unwrap_or((*first, tail));
        plain.push(byte);
        rest = tail;
    }
    plain
}

fn octet(high: u8, low: u8) -> Option<u8> {
    let digit = |hex: u8| char::from(hex).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}
