//! "401 after login": what do the server and its issuer disagree about?
//!
//! Four witnesses, the best first: a code of Warded's, the status and the scopes of the challenge, the server's own
//! words, and what the token shows. Where all are silent, that is said: a guess would send the operator the wrong way.

use warded_core::Entry;

use super::{Diagnosis, table};

/// What two parties can disagree about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    Audience,
    Issuer,
    Scope,
    Clock,
    Type,
    Key,
    Opaque,
    Revoked,
    Possession,
    /// What else a token can be made of that nobody reads.
    Form,
}

impl Point {
    /// The word in sentences.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Audience => "the audience",
            Self::Issuer => "the issuer",
            Self::Scope => "the scopes",
            Self::Clock => "the time",
            Self::Type => "the type of the token",
            Self::Key => "the key that signs",
            Self::Opaque => "whether the server can read an opaque token",
            Self::Revoked => "whether the token was revoked",
            Self::Possession => "the proof of possession",
            Self::Form => "what a token is made of",
        }
    }

    /// What a server that refuses over it is told.
    pub(crate) const fn refused(self) -> &'static Diagnosis {
        match self {
            Self::Audience => &table::REFUSED_AUDIENCE,
            Self::Issuer => &table::REFUSED_ISSUER,
            Self::Scope => &table::REFUSED_SCOPE,
            Self::Clock => &table::REFUSED_CLOCK,
            Self::Type | Self::Form => &table::REFUSED_TYPE,
            Self::Key => &table::REFUSED_KEY,
            Self::Opaque => &table::REFUSED_OPAQUE,
            Self::Revoked => &table::REFUSED_REVOKED,
            Self::Possession => &table::REFUSED_POSSESSION,
        }
    }

    /// What a refusal of Warded's is about; none where it is not about the token.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        Some(match code {
            "audience-missing" | "audience-malformed" | "audience-elsewhere" | "audience-unknown"
            | "audience-shared" => Self::Audience,
            "issuer-missing" | "issuer-unknown" | "issuer-differs" => Self::Issuer,
            "scope-missing" => Self::Scope,
            "expired" | "not-yet-valid" | "issued-in-future" | "expiry-missing" | "lifetime-too-long" => {
                Self::Clock
            }
            "type-wrong" | "not-access-token" => Self::Type,
            "key-unknown"
            | "key-unfit"
            | "signature-invalid"
            | "algorithm-unsupported"
            | "algorithm-not-allowed" => Self::Key,
            "token-parts" | "token-encrypted" => Self::Opaque,
            "token-revoked" | "token-suspended" | "token-inactive" | "status-unknown" => Self::Revoked,
            code if code.starts_with("sender-") || code.starts_with("proof-") => Self::Possession,
            _ => return None,
        })
    }

    /// What somebody's words are about; none where they do not say.
    fn of_words(words: &str) -> Option<Self> {
        let lower = words.to_ascii_lowercase();
        let spoken: Vec<_> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let has = |any: &[&str]| spoken.iter().any(|word| any.contains(word));
        // The rarer word first: "the issuer revoked the token" is about no issuer, and "no key for this audience" about
        // no key.
        let known = [
            (Self::Possession, &["dpop", "proof", "jkt", "cnf"][..]),
            (Self::Revoked, &["revoked", "inactive", "withdrawn"]),
            (Self::Audience, &["audience", "audiences", "aud", "recipient", "intended"]),
            (Self::Clock, &["expired", "expiry", "expires", "exp", "nbf", "iat", "clock", "future", "yet"]),
            (Self::Scope, &["scope", "scopes", "insufficient"]),
            (Self::Key, &["signature", "signing", "kid", "jwks", "key", "keys", "algorithm", "alg"]),
            (Self::Issuer, &["issuer", "iss"]),
            (Self::Opaque, &["opaque", "malformed", "segments", "decode", "parse", "jwt", "introspection"]),
            (Self::Type, &["typ", "type"]),
        ];
        let mut points = known.into_iter().filter(|(_, any)| has(any)).map(|(point, _)| point);
        let first = points.next();
        // RFC 6750 §3.1 describes `invalid_token` as "expired, revoked, malformed, or invalid for other reasons", and
        // many a server says that of every token.
        if points.count() < 2 { first } else { None }
    }
}

/// Something that the token shows and that a server may refuse it for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) point: Point,
    /// In a sentence without a full stop.
    pub(crate) said: String,
    /// Whether servers refuse tokens for it, and not only careful ones ask for something better.
    pub(crate) is_suspect: bool,
}

/// A flaw of the token that servers refuse it for.
pub(crate) fn flaw(point: Point, said: impl Into<String>) -> Flaw {
    Flaw { point, said: said.into(), is_suspect: true }
}

/// What the server said when it refused.
#[derive(Debug, Default)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    /// `error` of the challenge.
    pub(crate) error: Option<String>,
    /// Its words, fit to be shown.
    pub(crate) words: Option<String>,
    /// Warded's code, where Warded refused.
    pub(crate) code: Option<&'static Entry>,
    /// The scopes that it wants.
    pub(crate) wants: Option<String>,
}

/// What is known about the token that was refused.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// What it shows, the likeliest first.
    pub(crate) flaws: Vec<Flaw>,
    /// Whether nobody but its issuer can read it.
    pub(crate) is_opaque: bool,
    /// Whether its issuer gave it just now.
    pub(crate) is_fresh: bool,
    /// Whether its issuer has refused to renew it.
    pub(crate) is_given_up: bool,
    /// What the server's metadata calls it.
    pub(crate) resource: String,
}

/// What they disagree about, and how that is known; no point where nothing shows it.
pub(crate) fn reason(refused: &Refused, known: &Known) -> (Option<Point>, String) {
    let suspects = || known.flaws.iter().filter(|flaw| flaw.is_suspect);
    let shown = |point| suspects().find(|flaw| flaw.point == point).map(|flaw| flaw.said.as_str());
    if let Some(entry) = refused.code
        && let Some(point) = Point::of_code(entry.code)
    {
        let detail = shown(point).map(|said| format!(" ({said})")).unwrap_or_default();
        return (Some(point), format!("the server, which is Warded, says `{}`{detail}", entry.code));
    }
    if refused.error.as_deref() == Some("insufficient_scope") {
        let wants =
            refused.wants.as_deref().map_or("more than it has".to_owned(), |wants| format!("`{wants}`"));
        return (Some(Point::Scope), format!("the server wants {wants}"));
    }
    if refused.status == 403 {
        return (None, "the server answered 403 and asked for no scope".to_owned());
    }
    if refused.error.as_deref().is_some_and(|error| error.contains("dpop")) {
        return (Some(Point::Possession), "the server refused the proof of possession".to_owned());
    }
    let words = refused.words.as_deref();
    if let Some((words, point)) = words.and_then(|words| Some((words, Point::of_words(words)?))) {
        let detail = match (shown(point), point) {
            (Some(said), _) => format!("; {said}"),
            (None, Point::Audience) => {
                format!("; the token names `{}`, as the server's own metadata does, so the server checks for something else", known.resource)
            }
            (None, Point::Revoked | Point::Scope | Point::Opaque) => String::new(),
            (None, _) => "; nothing of that shows in the token, so the server checks against something that it does not publish".to_owned(),
        };
        return (Some(point), format!("the server says \"{words}\"{detail}"));
    }
    if let Some(Flaw { point, said, .. }) = suspects().next() {
        // Many servers do not look at the type, so it is the likeliest reason and no certain one.
        let said = match point {
            Point::Type => format!("the server does not say why, and a careful one refuses this: {said}"),
            _ => said.clone(),
        };
        return (Some(*point), said);
    }
    if known.is_given_up {
        return (Some(Point::Revoked), "the issuer does not renew the token either".to_owned());
    }
    if known.is_opaque && known.is_fresh {
        let said =
            "the token is opaque, so the server must ask the issuer about it, and refuses it all the same";
        return (Some(Point::Opaque), said.to_owned());
    }
    if !known.is_fresh {
        let said = "the token was kept from an earlier login, and nothing else is wrong with it";
        return (Some(Point::Revoked), said.to_owned());
    }
    (None, "the token agrees with everything that the two publish, so the server checks against something that it does not publish, most often another audience".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &str) -> Refused {
        Refused { status: 401, words: Some(words.to_owned()), ..Refused::default() }
    }

    fn fresh(flaws: Vec<Flaw>) -> Known {
        Known { flaws, is_fresh: true, resource: "https://a.example/mcp".to_owned(), ..Known::default() }
    }

    fn point(refused: &Refused, known: &Known) -> Option<Point> {
        reason(refused, known).0
    }

    #[test]
    fn every_refusal_of_a_token_is_about_something() {
        for (code, about) in [
            ("audience-unknown", Some(Point::Audience)),
            ("issuer-unknown", Some(Point::Issuer)),
            ("scope-missing", Some(Point::Scope)),
            ("issued-in-future", Some(Point::Clock)),
            ("type-wrong", Some(Point::Type)),
            ("key-unknown", Some(Point::Key)),
            ("token-parts", Some(Point::Opaque)),
            ("token-revoked", Some(Point::Revoked)),
            ("proof-stale", Some(Point::Possession)),
            ("token-absent", None),
            ("body-too-large", None),
        ] {
            let entry = Entry::find(code).unwrap();
            let refused = Refused { status: entry.status, code: Some(entry), ..Refused::default() };
            assert_eq!(Point::of_code(code), about);
            if about.is_some() {
                assert_eq!(point(&refused, &fresh(Vec::new())), about, "{code}");
            }
        }
        // What the core can refuse a token for is known here, also what it learns later.
        for entry in Entry::all() {
            let is_of_token = entry.error == Some(warded_core::OauthError::InvalidToken);
            let is_of_form = ["token-", "header-", "claim-", "client-", "status-"];
            let is_known = Point::of_code(entry.code).is_some()
                || is_of_form.iter().any(|form| entry.code.starts_with(form));
            assert!(!is_of_token || is_known, "{}", entry.code);
        }
    }

    #[test]
    fn the_words_of_common_servers_are_understood() {
        for (said, about) in [
            ("JWT audience mismatch", Point::Audience),
            ("Invalid audience: expected x", Point::Audience),
            ("unexpected \"aud\" claim value", Point::Audience),
            ("Token is not intended for this resource", Point::Audience),
            ("Token issuer mismatch", Point::Issuer),
            ("invalid iss", Point::Issuer),
            ("The access token expired", Point::Clock),
            ("The token is not yet valid (nbf)", Point::Clock),
            ("Signature verification failed", Point::Key),
            ("Unable to find a signing key that matches: 'k1'", Point::Key),
            ("Not enough segments", Point::Opaque),
            ("Insufficient scope", Point::Scope),
            ("The token was revoked", Point::Revoked),
            ("token inactive", Point::Revoked),
            ("DPoP proof is missing", Point::Possession),
            ("wrong typ", Point::Type),
        ] {
            assert_eq!(point(&words(said), &fresh(Vec::new())), Some(about), "{said}");
        }
        let of_the_rfc =
            "The access token provided is expired, revoked, malformed, or invalid for other reasons.";
        for silent in ["", of_the_rfc, "The access token is invalid", "Unauthorized", "no"] {
            assert_eq!(point(&words(silent), &fresh(Vec::new())), None, "{silent}");
        }
    }

    #[test]
    fn the_servers_word_goes_before_what_the_token_shows() {
        let known = fresh(vec![flaw(Point::Type, "its type is `JWT`"), flaw(Point::Audience, "it is for b")]);
        assert_eq!(point(&words("no"), &known), Some(Point::Type));
        let (about, why) = reason(&words("Invalid audience"), &known);
        assert_eq!(about, Some(Point::Audience));
        assert!(why.contains("it is for b"), "{why}");
        let elsewhere = reason(&words("Invalid audience"), &fresh(Vec::new())).1;
        assert!(elsewhere.contains("https://a.example/mcp"), "{elsewhere}");
    }

    #[test]
    fn what_shows_nothing_is_told_by_where_the_token_came_from() {
        let silent = words("no");
        let kept = Known { is_fresh: false, ..fresh(Vec::new()) };
        assert_eq!(point(&silent, &kept), Some(Point::Revoked));
        assert_eq!(point(&silent, &Known { is_given_up: true, ..fresh(Vec::new()) }), Some(Point::Revoked));
        assert_eq!(point(&silent, &Known { is_opaque: true, ..fresh(Vec::new()) }), Some(Point::Opaque));
        assert_eq!(point(&silent, &fresh(Vec::new())), None);
    }

    #[test]
    fn what_only_careful_servers_mind_explains_no_refusal() {
        let long = Flaw { is_suspect: false, ..flaw(Point::Clock, "it lives for a year") };
        assert_eq!(point(&words("no"), &fresh(vec![long.clone()])), None);
        let also = fresh(vec![long, flaw(Point::Issuer, "it is from somebody else")]);
        assert_eq!(point(&words("no"), &also), Some(Point::Issuer));
    }

    #[test]
    fn a_403_is_about_scopes_only_where_the_server_says_so() {
        let wants = Refused {
            status: 403,
            error: Some("insufficient_scope".to_owned()),
            wants: Some("notes:write".to_owned()),
            ..Refused::default()
        };
        assert_eq!(point(&wants, &fresh(Vec::new())), Some(Point::Scope));
        let forbidden = Refused { status: 403, ..Refused::default() };
        let known = fresh(vec![flaw(Point::Type, "its type is `JWT`")]);
        assert_eq!(point(&forbidden, &known), None);
    }
}
