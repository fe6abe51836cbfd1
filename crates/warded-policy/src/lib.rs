//! May this caller make this call? Intercept's policy format as it is, with the verified token, the server and the
//! client in view.
//!
//! Nothing here reads a file, a clock or a counter. [`Policy::plan`] says which counters a call is judged by, and
//! [`Ask::decide`] takes their values and gives a decision, with what is to be taken from which counter.

mod amount;
mod arguments;
mod calendar;
mod call;
mod decimal;
mod decision;
mod document;
mod duration;
mod explain;
mod expression;
mod finding;
mod found;
mod glob;
mod json;
mod judge;
mod name;
mod nearest;
mod operators;
mod path;
mod pattern;
mod plan;
mod policy;
mod read;
mod reference;
mod steps;
mod template;
mod value;

use nearest::nearest;

pub use amount::Amount;
pub use calendar::rfc3339;
pub use call::{Auth, Call, Caller, Server, Target};
pub use decimal::Decimal;
pub use decision::{Counter, CounterKey, Decision, Denial, Hold, Limit, Place, Taking, Verdict};
pub use document::{
    Action, Condition, Document, Hidden, Name, Op, Operand, Path, Per, Piece, Rule, Scope, Section, Segment,
    State, Template, Unit, Unlisted, Window,
};
pub use explain::{Explanation, Looked, Outcome, Seen};
pub use finding::{Code, Finding, Severity};
pub use glob::Glob;
pub use operators::Answer;
pub use path::{InvalidPath, MOST_SEGMENTS};
pub use pattern::InvalidPattern;
pub use plan::{Ask, Plan};
pub use policy::{AddedScopes, Fact, Part, Policy, Unfit};
pub use read::{MAX_POLICY_BYTES, Read, Reading, read};
pub use reference::{Key, KnownPath, Level, Operator, Origin, Reference, reference};
pub use steps::{MAX_STEPS, Undecided, Work};
pub use value::Value;
