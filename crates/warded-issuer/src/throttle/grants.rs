//! How much of what a grant leaves behind may come into being? Whoever may do a thing once must not fill a disk, or the
//! memory of guards, by doing it all the time.

use warded_core::UnixTime;

use super::{Strangers, Throttle, Tries};

/// Refreshes of one grant in a window. Each leaves a row for as long as its refresh token would have been good.
const REFRESHES_PER_GRANT: u32 = 60;
/// Agreements of one person in a window. Each is a row and a place in a status list, and once it is taken back guards
/// remember it.
const GRANTS_PER_PERSON: u32 = 200;
/// Tokens of one person, or of a program's own, that are given back in a window, whoever gives them back: who may register
/// is as many clients as it likes. Each is remembered by every guard until nobody would admit it anyway, and whoever
/// cannot remember more admits nothing.
const GIVEN_BACK: u32 = 1000;
/// Grants of one person whose end guards hear of at once, in a window. Of others they hear from the store, which knows which of
/// them have tokens out.
const TOLD_AT_ONCE: u32 = 1000;

/// Counts what grants are made and used for.
#[derive(Debug)]
pub(super) struct OfGrants {
    refreshes: Throttle<String>,
    agreed: Throttle<String>,
    given_back: Throttle<String>,
    told: Throttle<String>,
}

impl OfGrants {
    fn bounded(refreshes: u32, agreed: u32) -> Self {
        Self {
            refreshes: Throttle::new(refreshes),
            agreed: Throttle::new(agreed),
            given_back: Throttle::new(GIVEN_BACK),
            told: Throttle::new(TOLD_AT_ONCE),
        }
    }
}

impl Default for OfGrants {
    fn default() -> Self {
        Self::bounded(REFRESHES_PER_GRANT, GRANTS_PER_PERSON)
    }
}

impl Strangers {
    /// Other bounds than ours for the refreshes of one grant and the agreements of one person, each in a quarter of an hour:
    /// for whoever measures with few of them.
    #[must_use]
    pub fn with_grants_bounded(refreshes: u32, agreed: u32) -> Self {
        Self(Tries { grants: OfGrants::bounded(refreshes, agreed), ..Tries::default() }.into())
    }

    /// Counts a refresh of a grant; false where there were too many.
    pub(crate) fn may_refresh(&self, grant: &str, now: UnixTime) -> bool {
        self.0.grants.refreshes.admit(grant.to_owned(), now)
    }

    /// Counts what a person agrees to; false where it was too much.
    pub(crate) fn may_agree(&self, person: &str, now: UnixTime) -> bool {
        self.0.grants.agreed.admit(person.to_owned(), now)
    }

    /// Counts a token that is given back; false where there were too many. Of one client that many people use, what one of
    /// them gives back takes nothing from the others.
    pub(crate) fn may_give_back(&self, subject: &str, now: UnixTime) -> bool {
        self.0.grants.given_back.admit(subject.to_owned(), now)
    }

    /// Counts a grant of a person that ends; false where guards hear of it from the store alone.
    pub(crate) fn may_be_told(&self, person: &str, now: UnixTime) -> bool {
        self.0.grants.told.admit(person.to_owned(), now)
    }
}
