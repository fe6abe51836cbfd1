//! "401 after login": what do the server and its issuer disagree about?
//!
//! Four witnesses, the best first: a code of Warded's, the status and the scopes of the challenge, the server's own
//! words, and what the token shows. Where all are silent, that is said: a guess would send the operator the wrong way.

use warded_core::Entry;

use super::Point;

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
    fn a_code_of_wardeds_goes_before_what_the_token_shows() {
        let code = Entry::find("issuer-unknown");
        let refused = Refused { status: 401, code, ..words("Invalid audience") };
        assert_eq!(
            point(&refused, &fresh(vec![flaw(Point::Type, "its type is `JWT`")])),
            Some(Point::Issuer)
        );
        let other = Refused { code: Entry::find("body-too-large"), ..refused };
        assert_eq!(point(&other, &fresh(Vec::new())), Some(Point::Audience));
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
