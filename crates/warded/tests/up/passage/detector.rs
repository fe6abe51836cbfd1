//! Does a token stand in what a server behind has got? Written apart from what the gateway looks with: it undoes every
//! encoding that is named, one inside the other, and then looks for any part of the token.

use base64::{Engine as _, alphabet, engine};
use memchr::memmem;

/// So many letters of a token in one place are no accident.
const PART: usize = 24;

pub(crate) struct Detector(Vec<Vec<u8>>);

impl Detector {
    /// Of a token's claims and signature; what its header says, others say, too.
    pub(crate) fn of(token: &str) -> Self {
        let (_, rest) = token.split_once('.').unwrap();
        Self::of_text(rest)
    }

    /// Of a token's signature, where another token says the same.
    pub(crate) fn of_signature(token: &str) -> Self {
        let (_, signature) = token.rsplit_once('.').unwrap();
        Self::of_text(signature)
    }

    fn of_text(text: &str) -> Self {
        let parts = text.as_bytes().windows(PART).step_by(PART / 2);
        Self(parts.map(<[u8]>::to_vec).collect())
    }

    /// Where it found something, that.
    pub(crate) fn finds(&self, bytes: &[u8]) -> Option<String> {
        let plain = json(bytes);
        [bytes, &percent(bytes), &plain, &percent(&plain)].into_iter().find_map(|text| {
            let runs = runs(text).flat_map(|run| (0..4).map(move |from| decoded(run, from)));
            self.stands_in(text).or_else(|| runs.into_iter().find_map(|bytes| self.stands_in(&bytes)))
        })
    }

    fn stands_in(&self, bytes: &[u8]) -> Option<String> {
        let found = self.0.iter().find(|part| memmem::find(bytes, part).is_some())?;
        Some(String::from_utf8_lossy(found).into_owned())
    }
}

fn json(bytes: &[u8]) -> Vec<u8> {
    undone(bytes, |rest| {
        let (hex, rest) = rest.strip_prefix(b"\\u00")?.split_at_checked(2)?;
        Some((hex, rest))
    })
}

fn percent(bytes: &[u8]) -> Vec<u8> {
    undone(bytes, |rest| rest.strip_prefix(b"%")?.split_at_checked(2))
}

fn undone(bytes: &[u8], hex: impl Fn(&[u8]) -> Option<(&[u8], &[u8])>) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), bytes);
    while let Some((first, tail)) = rest.split_first() {
        let byte = hex(rest).and_then(|(hex, tail)| {
            Some((u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?, tail))
        });
        let (byte, tail) = byte.unwrap_or((*first, tail));
        out.push(byte);
        rest = tail;
    }
    out
}

/// Every run of letters of base64 that is long enough to hold something.
fn runs(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    bytes.split(move |byte| !is_letter(byte)).filter(|run| run.len() >= PART * 4 / 3)
}

/// Base64 that begins somewhere in a run, in either alphabet.
fn decoded(run: &[u8], from: usize) -> Vec<u8> {
    let same = |byte: &u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => *other,
    };
    let letters: Vec<u8> = run.iter().skip(from).map(same).collect();
    let config = engine::GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let config = config.with_decode_padding_mode(engine::DecodePaddingMode::Indifferent);
    let whole = letters.len() / 4 * 4;
    engine::GeneralPurpose::new(&alphabet::STANDARD, config).decode(&letters[..whole]).unwrap_or_default()
}

#[test]
fn it_finds_what_an_agent_writes_down_and_nothing_else() {
    use super::{dice::Dice, spelling};

    let token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSIsImF1ZCI6Imh0dHBzOi8vbWNwIn0.c2lnbmF0dXJlLXdpdGgtbWFueS1sZXR0ZXJz";
    let (detector, mut dice) = (Detector::of(token), Dice(7));
    for _ in 0..500 {
        let text = spelling::spelt(token, &mut dice);
        assert!(detector.finds(text.as_bytes()).is_some(), "{text}");
        let text = spelling::escaped(&text, &mut dice);
        assert!(detector.finds(format!("{{\"x\":\"{text}\"}}").as_bytes()).is_some(), "{text}");
    }
    let other = token.replace("c2lnb", "d3lnb").replace("YWxpY2U", "Ym9i").to_lowercase();
    assert_eq!(detector.finds(other.as_bytes()), None);
}
