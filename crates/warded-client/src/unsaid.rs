//! What of a request must nobody repeat? Whoever says no may quote what it was sent, and its words end in a log or before
//! a person: they are shown without our secrets, codes and tokens in them (invariant *Quiet*).

mod quoted;

use form_urlencoded::byte_serialize;
use warded_core::{Sent, Shown};
use zeroize::Zeroizing;

pub(crate) use self::quoted::{of_field, of_query};

/// The members of a form that open something.
const SECRETS: [&str; 9] = [
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "device_code",
    "refresh_token",
    "subject_token",
    "token",
];
/// The codes of errors that RFCs name (RFC 6749 §4.1.2.1 and §5.2, RFC 7009 §2.2.1, RFC 8628 §3.5, RFC 8707 §2, RFC 9449 §8,
/// OpenID Connect Core §3.1.2.6). They repeat nobody, though a secret may be one of their words.
const CODES: [&str; 19] = [
    "access_denied",
    "authorization_pending",
    "consent_required",
    "expired_token",
    "interaction_required",
    "invalid_client",
    "invalid_dpop_proof",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "invalid_target",
    "login_required",
    "server_error",
    "slow_down",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_token_type",
    "use_dpop_nonce",
];
/// How much of a longer one is recognised alone: some cut short what they quote.
const BEGINNING: usize = 12;
/// What is shown in the place of such words.
const WITHHELD: &str = "(words that repeat what was sent)";

/// What one request had in it that must not be seen.
#[derive(Debug, Default)]
pub(crate) struct Unsaid {
    whole: Vec<Sent>,
    beginnings: Vec<Sent>,
}

impl Unsaid {
    /// What opens something in a form, and what the client showed beside it.
    pub(crate) fn of(form: &[(&str, &str)], shown: Option<&str>) -> Self {
        let of_form = form.iter().filter(|(name, _)| SECRETS.contains(name)).map(|(_, value)| *value);
        Self::all(of_form.chain(shown))
    }

    /// All of these.
    pub(crate) fn all<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let (mut whole, mut beginnings) = (Vec::new(), Vec::new());
        for secret in secrets {
            // Basic encodes the secret so before it is encoded once more (RFC 6749 §2.3.1), and a form so alone.
            let in_form: Zeroizing<String> = Zeroizing::new(byte_serialize(secret.as_bytes()).collect());
            if in_form.as_str() != secret {
                whole.push(Sent::new(in_form));
            }
            if secret.chars().nth(BEGINNING).is_some() {
                beginnings.push(Sent::new(Zeroizing::new(secret.chars().take(BEGINNING).collect())));
            }
            whole.push(Sent::new(Zeroizing::new(secret.to_owned())));
        }
        Self { whole, beginnings }
    }

    /// Whether something of it stands in these words, in one of the encodings that [`Sent`] names.
    pub(crate) fn stands_in(&self, words: &str) -> bool {
        self.whole.iter().chain(&self.beginnings).any(|sent| sent.occurs_in(words.as_bytes()))
    }

    /// Somebody's words, fit to be shown. They are looked through before they are cut short: half a secret is found by
    /// nobody.
    pub(crate) fn shown(&self, words: &str) -> Shown {
        Shown::new(self.cleared(words))
    }

    /// The code of an error, by which others go.
    pub(crate) fn code(&self, code: &str) -> Shown {
        if CODES.contains(&code) { Shown::new(code) } else { self.shown(code) }
    }

    /// The same, as long as they are.
    pub(crate) fn cleared<'w>(&self, words: &'w str) -> &'w str {
        if self.stands_in(words) { WITHHELD } else { words }
    }
}

#[cfg(test)]
mod tests {
    use base64::{
        Engine as _,
        engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
    };

    use super::*;

    const SECRET: &str = "s3:cret %&+=/ with-everything";
    const TOKEN: &str = "2YotnFZFEjr1zCsicMWpAA";

    fn unsaid() -> Unsaid {
        Unsaid::of(&[("grant_type", "client_credentials"), ("subject_token", TOKEN)], Some(SECRET))
    }

    #[test]
    fn words_that_repeat_what_was_sent_are_not_shown_in_whatever_encoding() {
        let form: String = byte_serialize(SECRET.as_bytes()).collect();
        let percent =
            |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
        let mut spellings = vec![form.clone(), STANDARD.encode(format!("warded:{form}"))];
        for secret in [SECRET, TOKEN] {
            spellings.extend([secret.to_owned(), percent(secret), percent(secret).to_uppercase()]);
            spellings.push(secret.replace('/', r"\/"));
            spellings.push(secret.split_at(14).0.to_owned());
            for before in ["", "x", "xy"] {
                let text = format!("{before}{secret} and more");
                spellings.extend([STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)]);
            }
        }
        for spelling in spellings {
            for words in [spelling.clone(), format!("{}the client said {spelling}", "very ".repeat(15))] {
                let shown = unsaid().shown(&words);
                assert_eq!(shown.as_str(), WITHHELD, "{words}");
            }
        }
    }

    #[test]
    fn a_code_is_known_though_a_secret_is_one_of_its_words() {
        let unsaid = Unsaid::all(["client", "grant", "denied"]);
        for code in ["invalid_client", "invalid_grant", "access_denied"] {
            assert_eq!(unsaid.code(code).as_str(), code);
            assert_eq!(unsaid.shown(code).as_str(), WITHHELD);
        }
        assert_eq!(unsaid.code("invalid_client_s3cret").as_str(), WITHHELD);
    }

    #[test]
    fn other_words_are_shown_and_not_too_many_of_them() {
        let unsaid = unsaid();
        for words in ["invalid_client", "the grant_type client_credentials is not allowed", ""] {
            assert_eq!(unsaid.shown(words), Shown::new(words));
        }
        assert!(unsaid.shown(&"no ".repeat(10_000)).as_str().chars().count() < 100);
        assert!(!format!("{unsaid:?}").contains("s3"));
    }
}
