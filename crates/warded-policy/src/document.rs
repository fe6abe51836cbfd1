//! What does a policy file say? Read, and understood; not yet made ready to be asked.

use std::{ops::Range, time::Duration};

use crate::{Decimal, Value};

/// A policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description of the format")]
pub struct Document {
    /// What the author says that it is for.
    pub description: Option<Box<str>>,
    /// What becomes of tools that it does not list.
    pub default: Unlisted,
    /// Which tools nobody sees or calls.
    pub hide: Hidden,
    /// Whether it refuses nothing, and only says what it would refuse.
    pub shadow: bool,
    /// Rules of tools.
    pub tools: Vec<Section>,
    /// Rules of resources, by URI.
    pub resources: Vec<Section>,
    /// Rules of prompts.
    pub prompts: Vec<Section>,
}

/// What becomes of what is not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the format has these two")]
pub enum Unlisted {
    /// It may be called.
    Allow,
    /// It may not.
    Deny,
}

/// Which tools are hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the format has these two")]
pub enum Hidden {
    /// These.
    Named(Vec<Name>),
    /// All.
    All,
}

/// The rules of one name or pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description of the format")]
pub struct Section {
    /// For which ones the rules are.
    pub name: Name,
    /// Where the name stands.
    pub span: Range<usize>,
    /// In the order in which they stand.
    pub rules: Vec<Rule>,
    /// Which OAuth scopes it takes in addition (a name that RFC 6749 permits, each).
    pub scopes: Vec<Box<str>>,
}

/// A name: byte for byte, or a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the format has these three")]
pub enum Name {
    /// `*`: every one. Its state has the scope `_global`.
    Every,
    /// This one.
    Exactly(Box<str>),
    /// Those that are the text, where each `*` in it is any text.
    Like(Box<str>),
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description of the format")]
pub struct Rule {
    /// Its name, or one that was made up.
    pub name: Box<str>,
    /// Where it stands.
    pub span: Range<usize>,
    /// On which line it begins, counted from one.
    pub line: u32,
    /// What it does.
    pub action: Action,
    /// All of them must hold.
    pub conditions: Vec<Condition>,
    /// What whoever is denied is told.
    pub on_deny: Option<Box<str>>,
    /// What it counts.
    pub state: Option<State>,
    /// Whether it refuses nothing, and only says what it would refuse.
    pub shadow: bool,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the format has these three")]
pub enum Action {
    /// Denies where a condition does not hold.
    Evaluate,
    /// Denies.
    Deny,
    /// Holds the call until somebody approves it, where all conditions hold.
    RequireApproval {
        /// For how long it waits, and for how long the approval is good.
        timeout: Duration,
    },
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description of the format")]
pub struct Condition {
    /// What is compared.
    pub path: Path,
    /// How.
    pub op: Op,
    /// With what.
    pub value: Operand,
    /// Where it stands.
    pub span: Range<usize>,
    /// On which line it begins, counted from one.
    pub line: u32,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the format has these")]
#[expect(missing_docs, reason = "they are named as the format names them")]
pub enum Op {
    Eq,
    Neq,
    In,
    NotIn,
    Lt,
    Lte,
    Gt,
    Gte,
    Regex,
    Contains,
    Exists,
}

/// With what a value is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a value either stands there, or is read")]
pub enum Operand {
    /// This.
    Literal(Value),
    /// A text with `${...}` in it, or a list with such texts in it.
    Template(Vec<Template>),
}

/// One text with `${...}` in it, or one item without.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description of the format")]
pub struct Template {
    /// One piece after the other. A template of a single [`Piece::Read`] is the value itself, not its text.
    pub pieces: Vec<Piece>,
    /// Whether it stands alone, and not in a list.
    pub is_alone: bool,
}

/// A piece of a text with `${...}` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a value either stands there, or is read")]
pub enum Piece {
    /// As it stands.
    Literal(Value),
    /// What stands there.
    Read(Path),
}

/// A path to a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a plain description of the format")]
pub struct Path {
    /// As it was written.
    pub text: Box<str>,
    /// Where it begins.
    pub scope: Scope,
    /// The way from there.
    pub segments: Box<[Segment]>,
}

/// Where a path begins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "whoever reads paths must know each")]
#[expect(missing_docs, reason = "they are named as the format names them")]
pub enum Scope {
    Args,
    /// `state.SCOPE.COUNTER`: the first two of its parts; there are no segments.
    State {
        of: Name,
        counter: Box<str>,
    },
    AuthTokenAud,
    /// `auth.claims.*`
    AuthClaims,
    AuthSub,
    AuthClient,
    AuthScopes,
    AuthBound,
    AuthPassthrough,
    ServerIdentity,
    ServerName,
    ServerTier,
    ClientAddress,
    RequestMethod,
    RequestRevision,
    /// `time.hour`, `time.weekday` and so on, in UTC.
    Time(Box<str>),
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a path goes into objects and lists")]
pub enum Segment {
    /// Into an object.
    Key(Box<str>),
    /// Into a list: `[0]`, and `[-1]` for the last.
    Index(i64),
}

/// What a rule counts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description of the format")]
pub struct State {
    /// The name of the counter.
    pub counter: Box<str>,
    /// For how long it counts.
    pub window: Window,
    /// How much each call counts for.
    pub increment: Decimal,
    /// Where in the arguments it stands instead.
    pub increment_from: Option<Path>,
    /// Who has a counter of one's own.
    pub per: Vec<Per>,
}

/// For how long a counter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a plain description of the format")]
pub struct Window {
    /// A minute, an hour or a day.
    pub unit: Unit,
    /// Whether it is the last such time, and not the one on the clock and calendar (UTC).
    pub sliding: bool,
}

/// How long a window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the format has these three")]
#[expect(missing_docs, reason = "they are named as the format names them")]
pub enum Unit {
    Minute,
    Hour,
    Day,
}

/// Who has a counter of one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "whoever keys counters must know each")]
pub enum Per {
    /// Each subject of each issuer.
    Subject,
    /// Each client of each issuer.
    Client,
    /// Each token.
    Token,
    /// Each server.
    Server,
}
