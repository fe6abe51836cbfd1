//! Secrets that are written out in code. Nothing is found wrong with them here: they are kept from sight where code is shown.

use std::ops::Range;

use super::{
    hide::{blank, joined},
    kind::{is_random, known},
    name::{Secrecy, secrecy},
    refer::{is_placeholder, references},
    secret::bearers,
};

/// A longer line is what a tool put out. It is looked through for secrets that are known by how they begin.
const LONGEST: usize = 16 * 1024;

/// How long a text is at least that is a secret under a name for one.
const SHORTEST: usize = 6;

/// Code without the literal secrets in it: each byte of them is a `*`.
pub fn blanked_code(text: &str) -> String {
    blank(text, joined(secrets(text)).into_iter())
}

fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut all = keys(text);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let mut here: Vec<_> = known(line).into_iter().map(|(span, _)| span).collect();
        if line.len() <= LONGEST {
            here.extend(bearers(line));
            here.extend(literals(line).filter(|literal| is_secret(line, literal)));
        }
        all.extend(here.into_iter().map(|span| start + span.start..start + span.end));
        start += line.len();
    }
    all
}

/// Private keys of several lines.
fn keys(text: &str) -> Vec<Range<usize>> {
    let begins = text.match_indices("PRIVATE KEY-----").filter(|(at, _)| {
        let line = text.get(..*at).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
        line.contains("-----BEGIN ")
    });
    let whole = begins.map(|(at, mark)| {
        let start = at + mark.len();
        let rest = text.get(start..).unwrap_or_default();
        start..start + rest.find("-----END ").unwrap_or(rest.len())
    });
    whole.collect()
}

/// What stands between quotes in a line. An apostrophe in a comment leads astray only until the next one.
fn literals(line: &str) -> impl Iterator<Item = Range<usize>> {
    let (bytes, mut at) = (line.as_bytes(), 0);
    std::iter::from_fn(move || {
        let open = at + bytes.get(at..)?.iter().position(|byte| matches!(byte, b'"' | b'\'' | b'`'))?;
        let quote = bytes.get(open)?;
        let mut end = open + 1;
        while let Some(byte) = bytes.get(end).filter(|byte| *byte != quote) {
            end += if *byte == b'\\' { 2 } else { 1 };
        }
        let end = end.min(bytes.len());
        at = end + 1;
        Some(open + 1..end)
    })
}

/// Whether a text in a line is a secret, by what it is called, or by its looks where it is called nothing.
fn is_secret(line: &str, literal: &Range<usize>) -> bool {
    let (Some(value), Some(before)) = (line.get(literal.clone()), line.get(..literal.start)) else {
        return false;
    };
    // What has holes is put together of other things.
    if value.len() < SHORTEST
        || value.contains('{')
        || !references(value).is_empty()
        || is_placeholder(value)
        || is_variable(value)
    {
        return false;
    }
    let before = before.trim_end_matches(['"', '\'', '`', 'f', 'F', 'r', 'b', '@', '$']).trim_end();
    let is_named = before.ends_with(['=', ':', '>']);
    let names = before.split(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '-')));
    let mut names = names.filter(|name| !name.is_empty()).rev().take(2).map(secrecy);
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let is_word = |byte: u8| byte.is_ascii_graphic() && byte != b'/';
    match names.find(|of| *of != Secrecy::None) {
        Some(Secrecy::Password) => value.bytes().all(is_word),
        Some(_) => is_random(value) || (is_named && has_digit && value.bytes().all(is_word)),
        None => !is_named && is_random(value),
    }
}

/// The name of an environment variable.
fn is_variable(value: &str) -> bool {
    value.contains('_')
        && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_secrets_are_blanked_and_every_byte_keeps_its_place() {
        for (line, secret) in [
            (
                "data = {\"client_secret\": \"hunter2hunter2\", \"grant_type\": \"authorization_code\"}",
                "hunter2hunter2",
            ),
            (
                "body.set('client_secret', 'a8f5f167f44f4964e6c998dee827110c');",
                "a8f5f167f44f4964e6c998dee827110c",
            ),
            ("const SIGNING_KEY: &str = \"s3cr3t-of-mine\";", "s3cr3t-of-mine"),
            ("session = Session(id, password='correct-horse')", "correct-horse"),
            ("var c = new Client { ClientSecret = \"Zm9vYmFyMTIz\" };", "Zm9vYmFyMTIz"),
            ("jwt.verify(token, 'b7c1f0d2e4a69385c0ffee11')", "b7c1f0d2e4a69385c0ffee11"),
            (
                "headers = {\"Authorization\": \"Bearer 4f9d2c7be01a83f65520ab\"}  # ä",
                "4f9d2c7be01a83f65520ab",
            ),
            (
                "x = call(\"ghp_0123456789abcdefABCDEF0123456789abcd\")",
                "ghp_0123456789abcdefABCDEF0123456789abcd",
            ),
            ("key = '''\n-----BEGIN PRIVATE KEY-----\nMIIabc\n-----END PRIVATE KEY-----'''", "MIIabc"),
        ] {
            let shown = blanked_code(line);
            assert!(!shown.contains(secret), "{shown}");
            assert_eq!((shown.len(), shown.lines().count()), (line.len(), line.lines().count()));
            let kept = |text: &str| text.split(['"', '\'', '\n']).next().unwrap().to_owned();
            assert!(shown.starts_with(&kept(line)) && shown.contains('*'), "{shown}");
        }
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        for line in [
            "data = {\"grant_type\": \"urn:ietf:params:oauth:grant-type:token-exchange\", \"token_type\": \"Bearer\"}",
            "secret = os.environ[\"CLIENT_SECRET_2\"]",
            "client_id = \"0f8fad5b-d9cb-469f-a165-70867728950e\"",
            "password = \"\"; token = f\"{prefix}1234\"; secret = \"${SECRET1}\"",
            "jwt.decode(token, key, algorithms=[\"RS256\"], audience=\"https://mcp1.example.com/mcp\")",
            "api_key = \"your-api-key-1\"",
            "requests.post(\"https://issuer.example/oauth2/v2.0/token\", data=data)",
            "what's this \\",
            "",
        ] {
            assert_eq!(blanked_code(line), line);
        }
    }
}
