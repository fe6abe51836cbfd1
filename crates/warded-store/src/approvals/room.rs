//! May one more call wait? One caller's do not hide everybody else's, and all of them together do not fill the store.

use super::HeldCall;

/// How many calls of one caller may wait at a time: more than anybody looks through. A caller is a person, by whatever program:
/// or whoever registers another one could have as many more. Where nobody says who it is, it is the program.
pub const MOST_HELD: usize = 50;

/// How many calls may wait at a time, of all callers together.
pub const MOST_HELD_BY_ALL: usize = 2000;

/// How many of one caller may wait where half of them wait that may: or as few callers as that took would keep everybody else from
/// having anything approved.
const FEW: usize = 5;

/// Whether there is no room for one more, where so many of one caller wait, and so many in all.
pub(crate) const fn is_crowded(own: usize, all: usize) -> bool {
    let most = if all < MOST_HELD_BY_ALL / 2 { MOST_HELD } else { FEW };
    own >= most || all >= MOST_HELD_BY_ALL
}

/// Who has made a call: issuer, subject, and the client where there is no subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Caller {
    pub(crate) issuer: Box<str>,
    pub(crate) subject: Box<str>,
    pub(crate) client: Box<str>,
}

impl Caller {
    pub(crate) fn of(call: &HeldCall) -> Self {
        let client = if call.subject.is_empty() { call.client.clone() } else { "".into() };
        Self { issuer: call.issuer.clone(), subject: call.subject.clone(), client }
    }
}
