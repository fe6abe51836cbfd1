//! With what is a call made? One text for all spellings of its parameters, which is what an approval is for and what its approver
//! is shown. Each message is read once.

use std::borrow::Cow;

use aws_lc_rs::digest::{SHA256, digest};
use warded_store::Parameters;

use super::reached::Reached;
use value::Value;

mod value;

type Members<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// Nobody looks through more, and every byte of it takes room while it is put in order.
const MOST_READ: usize = 1024 * 1024;
/// No more is kept: nobody reads more, and many of them would fill the store.
const MOST_SHOWN: usize = 16 * 1024;

/// The parameters of one message.
#[derive(Debug)]
pub(super) struct Outline {
    /// What whoever approves the call is shown of them.
    pub(super) kept: Parameters,
    /// The hash of all of them.
    pub(super) sha256: [u8; 32],
}

/// Why there is no outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoOutline {
    TooLarge,
    /// What stands there cannot be told apart from something else.
    Unread,
}

/// The outlines of messages, each made once: a message may reach for a thousand things.
#[derive(Debug, Default)]
pub(super) struct Outlines {
    last: Option<(usize, Outline)>,
}

impl Outlines {
    /// Whether the message is another one than the last that was asked for.
    pub(super) fn is_next(&self, one: &Reached<'_>) -> bool {
        self.last.as_ref().is_none_or(|(at, _)| *at != one.at)
    }

    /// That of the message that reaches for this.
    pub(super) fn of(&mut self, one: &Reached<'_>) -> Result<&Outline, NoOutline> {
        let last = match self.last.take() {
            Some(last) if last.0 == one.at => last,
            _ => (one.at, Outline::of(one.params.unwrap_or("{}"))?),
        };
        Ok(&self.last.insert(last).1)
    }
}

impl Outline {
    /// All of them, since what a server asks for in the middle of a call (`inputResponses`) is as much of it as its arguments are;
    /// without what is said about the request (`_meta`, such as a token of progress).
    pub(super) fn of(params: &str) -> Result<Self, NoOutline> {
        let text = text(members(params)?, params.len())?;
        let sha256 = hash(&text);
        Ok(Self { kept: Parameters::kept(&text, sha256, MOST_SHOWN), sha256 })
    }
}

/// What is the same in all rounds of one call, and what its caller says of the round before (2026-07-28, Multi Round-Trip Requests).
pub(super) struct Lasting {
    pub(super) sha256: [u8; 32],
    pub(super) state: Option<String>,
    /// Whether it is to be a later round.
    pub(super) is_later: bool,
}

impl Lasting {
    pub(super) fn of(params: &str) -> Result<Self, NoOutline> {
        let mut members = members(params)?;
        let mut state = None;
        let of_a_round =
            |(name, _): &mut (Cow<'_, str>, Value<'_>)| name == "requestState" || name == "inputResponses";
        let said: Vec<_> = members.extract_if(.., of_a_round).collect();
        for (_, value) in said.iter().filter(|(name, _)| name == "requestState") {
            let Value::Plain(written) = value else { return Err(NoOutline::Unread) };
            state = Some(serde_json::from_str(written).map_err(|_| NoOutline::Unread)?);
        }
        let is_later = !said.is_empty();
        Ok(Self { sha256: hash(&text(members, params.len())?), state, is_later })
    }
}

/// The members of parameters, but for what is said about the request and not of the call.
fn members(params: &str) -> Result<Members<'_>, NoOutline> {
    if params.len() > MOST_READ {
        return Err(NoOutline::TooLarge);
    }
    let Some(Value::Object(mut members)) = Value::read(params) else { return Err(NoOutline::Unread) };
    members.retain(|(name, _)| name != "_meta");
    Ok(members)
}

/// The one text of parameters.
fn text(members: Members<'_>, length: usize) -> Result<String, NoOutline> {
    let mut text = String::with_capacity(length);
    Value::Object(members).write(&mut text).ok_or(NoOutline::Unread)?;
    Ok(text)
}

fn hash(text: &str) -> [u8; 32] {
    let mut sha256 = [0; 32];
    sha256.iter_mut().zip(digest(&SHA256, text.as_bytes()).as_ref()).for_each(|(to, from)| *to = *from);
    sha256
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Parameters {
        Parameters::Whole(text.into())
    }

    #[test]
    fn a_message_is_outlined_once_however_much_it_reaches_for() {
        use super::super::reached::tests::tool;
        let mut outlines = Outlines::default();
        let first = tool("a", Some(r#"{"a":1}"#));
        assert!(outlines.is_next(&first));
        assert_eq!(outlines.of(&first).unwrap().kept, whole(r#"{"a":1}"#));
        // A message has one text; this one would tell if it were read again.
        let again = tool("b", Some(r#"{"b":1}"#));
        assert!(!outlines.is_next(&again));
        assert_eq!(outlines.of(&again).unwrap().kept, whole(r#"{"a":1}"#));
        let mut next = again;
        next.at = 1;
        assert!(outlines.is_next(&next));
        assert_eq!(outlines.of(&next).unwrap().kept, whole(r#"{"b":1}"#));
    }

    #[test]
    fn what_lasts_for_all_rounds_is_told_apart_from_what_is_said_in_one() {
        let first = Lasting::of(r#"{"a":1,"b":{"requestState":"x"}}"#).unwrap();
        assert_eq!((first.state, first.is_later), (None, false));
        for (said, state) in [
            (r#""inputResponses":{}"#, None),
            (r#""requestState":"""#, Some("")),
            (r#""requestState" : "\u00e9\"" , "inputResponses":{"a":[]}"#, Some("\u{e9}\"")),
            (r#""\u0072equestState":"x","_meta":{"requestState":"y"}"#, Some("x")),
        ] {
            let later = Lasting::of(&format!(r#"{{{said},"b":{{"requestState":"x"}},"a":1}}"#)).unwrap();
            assert_eq!((later.state.as_deref(), later.is_later), (state, true), "{said}");
            assert_eq!(later.sha256, first.sha256, "{said}");
        }
        assert_ne!(Lasting::of(r#"{"a":1,"b":{}}"#).unwrap().sha256, first.sha256);
        for unread in ["null", "1", "[\"x\"]", "{}"] {
            let said = format!(r#"{{"requestState":{unread}}}"#);
            assert_eq!(Lasting::of(&said).err(), Some(NoOutline::Unread), "{unread}");
        }
    }

    #[test]
    fn what_is_said_about_the_request_is_not_in_it_and_too_much_is_not_read() {
        let meta = Outline::of(r#"{"_meta":{"progressToken":7},"a":{"_meta":1}}"#).unwrap();
        assert_eq!(meta.kept, whole(r#"{"a":{"_meta":1}}"#));
        assert_eq!(Outline::of("[]").unwrap_err(), NoOutline::Unread);
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MOST_READ));
        assert_eq!(Outline::of(&long).unwrap_err(), NoOutline::TooLarge);
        assert!(Outline::of(&format!("{{\"a\":\"{}\"}}", "x".repeat(MOST_READ - 8))).is_ok());
    }
}
