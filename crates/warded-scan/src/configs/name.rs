//! What the name of a value says about it: is `GITHUB_TOKEN` a secret, and `MAX_TOKENS` none?

/// How much a name speaks for a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secrecy {
    /// Not at all.
    None,
    /// It is called a key, and there are keys that are no secrets.
    Perhaps,
    /// It is called a token, a secret, an API key.
    Token,
    /// It is called a password, which may be any word.
    Password,
}

const TOKENS: &[&str] = &[
    "token",
    "secret",
    "pat",
    "jwt",
    "bearer",
    "credential",
    "credentials",
    "apikey",
    "apitoken",
    "authtoken",
    "accesstoken",
    "accesskey",
    "secretkey",
    "privatekey",
    "clientsecret",
    "cookie",
    "auth",
    "authorization",
];
const PASSWORDS: &[&str] = &["password", "passwd", "pwd", "passphrase", "pass"];
/// Before `key`: a key that opens something.
const OPENING: &[&str] = &[
    "api",
    "access",
    "secret",
    "private",
    "auth",
    "subscription",
    "signing",
    "encryption",
    "service",
    "master",
];
/// At the end: something about a secret, and not the secret.
const ABOUT: &[&str] = &[
    "url",
    "uri",
    "path",
    "file",
    "dir",
    "directory",
    "name",
    "id",
    "endpoint",
    "limit",
    "length",
    "count",
    "ttl",
    "type",
    "env",
    "var",
    "header",
    "expiry",
    "expires",
    "timeout",
    "region",
    "enabled",
    "mode",
    "prefix",
    "format",
    "algorithm",
    "size",
    "budget",
    "store",
    "storage",
    "cache",
    "provider",
    "host",
    "issuer",
    "audience",
    "scope",
    "scopes",
    "method",
    "command",
    "helper",
    "required",
    "location",
    "server",
    "ref",
];
/// Anywhere: what is not meant to be kept.
const OPEN: &[&str] = &["public", "publishable", "max", "min", "num"];

pub(super) fn secrecy(name: &str) -> Secrecy {
    let words = words(name);
    let Some(last) = words.last() else { return Secrecy::None };
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if ABOUT.contains(&last.as_str()) || has(OPEN) {
        return Secrecy::None;
    }
    if has(PASSWORDS) {
        return Secrecy::Password;
    }
    if has(TOKENS) {
        return Secrecy::Token;
    }
    let before = words.len().checked_sub(2).and_then(|at| words.get(at));
    match last.as_str() {
        "key" if before.is_none_or(|before| OPENING.contains(&before.as_str())) => Secrecy::Token,
        "key" | "keys" | "tokens" | "secrets" | "session" => Secrecy::Perhaps,
        _ => Secrecy::None,
    }
}

/// `X-API-Key`, `exaApiKey` and `API_KEY` are the same words.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    let mut letters = name.chars().take(256).peekable();
    while let Some(letter) = letters.next() {
        let lower_follows = letters.peek().is_some_and(|next| next.is_lowercase());
        let begins = letter.is_uppercase()
            && (before.is_lowercase() || before.is_numeric() || (before.is_uppercase() && lower_follows));
        if begins || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}
