//! Which sealed ids were opened lately? Most calls bring the one that the call before them brought.
//!
//! What a sealed id opens to depends on the key, on itself and on its owner, and on nothing else. Found here is what opening
//! it would give: only under the same key, in the same letters, for the same owner; whose session it was once is asked
//! anew of each call.

use std::sync::{Mutex, PoisonError};

use http::HeaderValue;
use zeroize::Zeroizing;

use super::Owner;

/// How many are known at most. Who comes to a place that is taken, takes it.
const PLACES: usize = 8192;
/// No longer ones are kept, so that all of them together have a bound.
const MOST_BYTES: usize = 1024;

/// Sealed ids of one key that were opened.
pub(super) struct Opened(Box<[Mutex<Option<Box<Known>>>]>);

struct Known {
    owner: Zeroizing<Vec<u8>>,
    sealed: HeaderValue,
    id: HeaderValue,
}

impl Opened {
    pub(super) fn new() -> Self {
        Self((0..PLACES).map(|_| Mutex::default()).collect())
    }

    /// What it opened to for this owner.
    pub(super) fn find(&self, sealed: &HeaderValue, owner: &Owner<'_>) -> Option<HeaderValue> {
        let place = self.place(sealed)?.lock().unwrap_or_else(PoisonError::into_inner);
        // The owner first: how long the rest takes is then seen by nobody but its owner.
        let known =
            place.as_ref().filter(|known| owner.is_written(&known.owner) && known.sealed == *sealed)?;
        Some(known.id.clone())
    }

    /// It was opened for this owner.
    pub(super) fn keep(&self, sealed: &HeaderValue, owner: Zeroizing<Vec<u8>>, id: &HeaderValue) {
        let bytes = sealed.len() + owner.len() + id.len();
        let Some(place) = self.place(sealed).filter(|_| bytes <= MOST_BYTES) else { return };
        // A copy: what a head is taken apart into keeps all of it in memory.
        let Ok(sealed) = HeaderValue::from_bytes(sealed.as_bytes()) else { return };
        let known = Known { owner, sealed, id: id.clone() };
        *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(known));
    }

    /// Sealed ids begin with what is drawn by lot.
    fn place(&self, sealed: &HeaderValue) -> Option<&Mutex<Option<Box<Known>>>> {
        let lot = u64::from_le_bytes(*sealed.as_bytes().first_chunk()?);
        // Each letter holds six bits of it; this gathers them in the upper ones (Fibonacci hashing).
        let gathered = lot.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - PLACES.ilog2());
        self.0.get(usize::try_from(gathered).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> HeaderValue {
        HeaderValue::from_str(text).unwrap()
    }

    #[test]
    fn places_are_spread_and_all_of_them_are_there() {
        let opened = Opened::new();
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut found = std::collections::HashSet::new();
        for number in 0..100_000_usize {
            // As base64url has them.
            let text: Vec<u8> = (0..8)
                .map(|at| alphabet[number.wrapping_mul(2_654_435_761).wrapping_shr(at * 4) % 64])
                .collect();
            let place = opened.place(&HeaderValue::from_bytes(&text).unwrap()).unwrap();
            found.insert(std::ptr::from_ref(place) as usize);
        }
        assert!(found.len() > PLACES / 2, "{}", found.len());
        assert!(opened.place(&value("short")).is_none());
    }

    #[test]
    fn what_is_kept_of_a_head_is_no_part_of_it() {
        let head = bytes::Bytes::from(format!("Mcp-Session-Id: AAAAAAAAsealed\r\nx: {}", "x".repeat(60_000)));
        let sealed = HeaderValue::from_maybe_shared(head.slice(16..30)).unwrap();
        let opened = Opened::new();
        let owner = Owner::new(Some("alice"), Some("app"), "notes", "https://login.example.com");
        opened.keep(&sealed, owner.written(), &value("upstream-1"));
        let place = opened.place(&sealed).unwrap().lock().unwrap();
        let kept = &place.as_ref().unwrap().sealed;
        assert_eq!(kept, sealed);
        assert!(!head.as_ptr_range().contains(&kept.as_bytes().as_ptr()));
    }

    #[test]
    fn what_was_opened_is_found_in_the_same_letters_by_the_same_owner_only() {
        let opened = Opened::new();
        let owner = |subject| Owner::new(Some(subject), Some("app"), "notes", "https://login.example.com");
        let (sealed, id) = (value("AAAAAAAAsealed"), value("upstream-1"));
        opened.keep(&sealed, owner("alice").written(), &id);
        assert_eq!(opened.find(&sealed, &owner("alice")), Some(id.clone()));
        assert_eq!(opened.find(&sealed, &owner("bob")), None);
        assert_eq!(opened.find(&value("AAAAAAAAsealeD"), &owner("alice")), None);
        // Another one that comes to its place.
        opened.keep(&value("AAAAAAAAother"), owner("bob").written(), &id);
        assert_eq!(opened.find(&sealed, &owner("alice")), None);
        let long = value(&"A".repeat(MOST_BYTES));
        opened.keep(&long, owner("alice").written(), &id);
        assert_eq!(opened.find(&long, &owner("alice")), None);
    }
}
