//! Where does the status of a token stand, so that guards elsewhere can look it up (draft-ietf-oauth-status-list §6)?

use async_trait::async_trait;
use warded_core::{Issuer, UnixTime};

use crate::{GrantMark, StoreFailed};

/// How many tokens one list has room for: 128 KiB before it is compressed.
pub const STATUS_LIST_LENGTH: u32 = 1 << 20;

/// One place in the lists of an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "it is a list and a place in it")]
pub struct StatusIndex {
    /// Which of its lists.
    pub list: u32,
    /// Where in it.
    pub index: u32,
}

/// Places one after another in one list that are given to nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "stores make them")]
pub struct Block {
    /// In which list.
    pub list: u32,
    /// The first one.
    pub first: u32,
    /// How many.
    pub count: u32,
}

/// The status lists of issuers.
#[async_trait]
pub trait Statuses {
    /// Sets places aside, ahead of use, so that a token costs no write. Whoever asks for more than one list holds gets a
    /// list; whoever asks for none gets one place. What was set aside and not used when a process ends is lost.
    async fn reserve(&self, issuer: &Issuer, count: u32) -> Result<Block, StoreFailed>;
    /// The last list in which places were set aside; none where none ever were.
    async fn newest_list(&self, issuer: &Issuer) -> Result<Option<u32>, StoreFailed>;
    /// The places in a list whose tokens were taken back, in their order. A sweep forgets those whose tokens are over.
    async fn revoked_statuses(&self, issuer: &Issuer, list: u32) -> Result<Vec<u32>, StoreFailed>;
    /// Takes back one token that comes of no grant in the store, until it opens nothing any more. A second time changes
    /// nothing.
    async fn revoke_mark(
        &self,
        issuer: &Issuer,
        mark: GrantMark,
        status: Option<StatusIndex>,
        until: UnixTime,
    ) -> Result<(), StoreFailed>;
}

/// The block that is set aside where the next free place is this one, and which is the next free place then.
pub(crate) fn set_aside(free: StatusIndex, count: u32) -> (Block, StatusIndex) {
    let count = count.clamp(1, STATUS_LIST_LENGTH);
    let StatusIndex { list, index: first } = if free.index > STATUS_LIST_LENGTH - count {
        StatusIndex { list: free.list + 1, index: 0 }
    } else {
        free
    };
    (Block { list, first, count }, StatusIndex { list, index: first + count })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_lies_in_one_list_and_no_place_is_set_aside_twice() {
        let mut free = StatusIndex { list: 0, index: STATUS_LIST_LENGTH - 5 };
        let mut next = |count| {
            let block;
            (block, free) = set_aside(free, count);
            (block.list, block.first, block.count)
        };
        assert_eq!(next(3), (0, STATUS_LIST_LENGTH - 5, 3));
        assert_eq!(next(2), (0, STATUS_LIST_LENGTH - 2, 2));
        assert_eq!(next(0), (1, 0, 1));
        assert_eq!(next(STATUS_LIST_LENGTH), (2, 0, STATUS_LIST_LENGTH));
        assert_eq!(next(u32::MAX), (3, 0, STATUS_LIST_LENGTH));
    }
}
