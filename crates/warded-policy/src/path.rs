//! Where does a value stand? `args.a.b`, `args.list[0]`, `args["a.b"]`, `state.TOOL.COUNTER`, `auth.claims.team` and the like.

use crate::{Name, Path, Scope, Segment};

mod leaf;
mod segments;

pub(crate) use leaf::LEAVES;

/// The most steps that a path has. JSON that is read is not as deep.
pub const MOST_SEGMENTS: usize = 64;

/// Why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "whoever explains it must know each")]
pub enum InvalidPath {
    /// It begins as no path does.
    #[error("nothing is known by this path")]
    Unknown {
        /// What was probably meant.
        meant: Option<&'static str>,
    },
    /// It ends where the way only begins.
    #[error("`{0}` is only the beginning of a path")]
    Unfinished(&'static str),
    /// Two dots follow each other, or a dot is the last.
    #[error("a part of the path is empty")]
    EmptyPart,
    /// A bracket is not closed, or holds neither a number nor a quoted key.
    #[error("a bracket holds a number, or a key in quotes")]
    Bracket,
    /// Something stands behind a closing bracket that begins no part.
    #[error("a `.` or a `[` is missing behind a bracket")]
    AfterBracket,
    /// The arguments of a call are no list.
    #[error("what is named so is no list")]
    NoList,
    /// It has too many parts.
    #[error("the path has more than {MOST_SEGMENTS} parts")]
    TooLong,
    /// A counter is named without the tool that counts.
    #[error("a counter is named by its tool and its name")]
    Counter,
    /// The state of all tools is `state._global`, never `state.*`.
    #[error("the counters of `*` are those of `_global`")]
    Star,
}

impl InvalidPath {
    /// What to write instead.
    pub fn advice(&self) -> String {
        match self {
            Self::Unknown { meant: Some(meant) } => format!("Did you mean `{meant}`?"),
            Self::Unknown { meant: None } => {
                "Paths begin with `args.`, `state.`, `auth.`, `server.`, `client.`, `request.` or `time.`."
                    .to_owned()
            }
            Self::Unfinished(beginning) => format!("Go on: `{beginning}.NAME`."),
            Self::EmptyPart => "A key that is empty is written `[\"\"]`.".to_owned(),
            Self::Bracket => "Write `list[0]`, `list[-1]` for the last, or `object[\"a.key\"]`.".to_owned(),
            Self::AfterBracket => "Write `list[0].key` or `list[0][1]`.".to_owned(),
            Self::NoList => "Name what stands in it: `args.NAME`.".to_owned(),
            Self::TooLong => "Name something that is nearer.".to_owned(),
            Self::Counter => "Write `state.TOOL.COUNTER`, or `state[\"a.tool\"].COUNTER`.".to_owned(),
            Self::Star => "Write `state._global.COUNTER`.".to_owned(),
        }
    }
}

impl Path {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        let found = |scope, segments| Self { text: text.into(), scope, segments };
        if let Some(rest) = beginning(text, "state") {
            return Ok(found(state(rest)?, Box::default()));
        }
        for (name, scope) in [("args", Scope::Args), ("auth.claims", Scope::AuthClaims)] {
            if let Some(rest) = beginning(text, name) {
                if rest.is_empty() || rest == "." {
                    return Err(InvalidPath::Unfinished(name));
                }
                let segments = segments::parse(rest)?;
                if !matches!(segments.first(), Some(Segment::Key(_))) {
                    return Err(InvalidPath::NoList);
                }
                return Ok(found(scope, segments.into()));
            }
        }
        leaf::parse(text).map(|scope| found(scope, Box::default()))
    }
}

/// What stands behind a name, where the name ends there.
fn beginning<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The first dot ends the tool's name, and all others belong to the counter's; a tool with a dot stands in brackets.
fn state(rest: &str) -> Result<Scope, InvalidPath> {
    let (of, counter) = match rest.strip_prefix('.') {
        Some(rest) => {
            let (of, counter) = rest.split_once('.').ok_or(InvalidPath::Counter)?;
            (of.into(), counter)
        }
        None if rest.starts_with('[') => {
            let (segment, rest) = segments::bracket(rest)?;
            let Segment::Key(of) = segment else { return Err(InvalidPath::Counter) };
            let counter = rest.strip_prefix('.').ok_or(InvalidPath::Counter)?;
            if &*of == "_global" && !counter.is_empty() {
                // In quotes it is a tool of this name.
                return Ok(Scope::State { of: Name::Exactly(of), counter: counter.into() });
            }
            (of, counter)
        }
        None => return Err(InvalidPath::Counter),
    };
    match &*of {
        _ if counter.is_empty() => Err(InvalidPath::Counter),
        "" => Err(InvalidPath::Counter),
        "*" => Err(InvalidPath::Star),
        "_global" => Ok(Scope::State { of: Name::Every, counter: counter.into() }),
        of => Ok(Scope::State { of: Name::parse(of), counter: counter.into() }),
    }
}

#[cfg(test)]
mod tests;
