//! How much of what a grant leaves behind may come into being? Whoever may do a thing once must not fill a disk, or the
//! memory of guards, by doing it all the time.

use warded_core::UnixTime;
use warded_store::{Grant, Room};

use super::{Strangers, Throttle, Tries, WINDOW_SECONDS};

/// Refreshes of one grant in a window, where its tokens do not live so shortly that it needs more. Each leaves a row for as long as
/// its refresh token would have been good.
const REFRESHES_PER_GRANT: u32 = 60;
/// How often a grant is refreshed while one of its tokens lives. Many clients do so where less than a minute is left, and
/// most take an answer that tells them to wait for one that says that the grant is over.
const REFRESHES_PER_LIFE: u32 = 4;
/// Refreshes of one grant in a window that no other grant takes anything from: what a client needs whose tokens live for minutes.
/// A thousand grants stand at most, so all of them together add little to what one person may have written.
const REFRESHES_OF_ITS_OWN: u32 = 4;
/// Refreshes on top of these of everything that one person has granted in a window: whoever may agree has as many grants as they like.
const REFRESHES_PER_PERSON: u32 = 1000;
/// Of these, refreshes by one client: it must not be able to use up what the person's other clients need.
const REFRESHES_PER_CLIENT: u32 = REFRESHES_PER_PERSON / 2;
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
    /// By the grant.
    refreshes: Throttle<String>,
    /// By the person, and by person and client.
    refreshes_of_person: Throttle<String>,
    refreshes_of_client: Throttle<(String, String)>,
    room: Option<Room>,
    agreed: Throttle<String>,
    given_back: Throttle<String>,
    told: Throttle<String>,
}

impl Default for OfGrants {
    fn default() -> Self {
        Self {
            refreshes: Throttle::new(REFRESHES_PER_GRANT),
            refreshes_of_person: Throttle::new(REFRESHES_PER_PERSON),
            refreshes_of_client: Throttle::new(REFRESHES_PER_CLIENT),
            room: Some(Room::default()),
            agreed: Throttle::new(GRANTS_PER_PERSON),
            given_back: Throttle::new(GIVEN_BACK),
            told: Throttle::new(TOLD_AT_ONCE),
        }
    }
}

impl Strangers {
    /// Neither the agreements of one person nor their refreshes are bounded: for whoever measures with one person.
    #[must_use]
    pub fn with_grants_unbounded() -> Self {
        let grants = OfGrants {
            refreshes: Throttle::new(u32::MAX),
            refreshes_of_person: Throttle::new(u32::MAX),
            refreshes_of_client: Throttle::new(u32::MAX),
            room: None,
            agreed: Throttle::new(u32::MAX),
            ..OfGrants::default()
        };
        Self(Tries { grants, ..Tries::default() }.into())
    }

    /// How many grants of one person may stand.
    pub(crate) fn room(&self) -> Option<Room> {
        self.0.grants.room
    }

    /// Counts a refresh of a grant whose tokens live for so many seconds; none where there were too many.
    pub(crate) fn may_refresh(&self, grant: &Grant, lifetime: u32, now: UnixTime) -> Option<Counted> {
        let counted = &self.0.grants;
        let needed = (REFRESHES_PER_LIFE * WINDOW_SECONDS).checked_div(lifetime).unwrap_or_default();
        let so_many = counted.refreshes.count(grant.id.clone(), now);
        if so_many > counted.refreshes.limit().max(needed) {
            return None;
        }
        if so_many <= REFRESHES_OF_ITS_OWN {
            return Some(Counted::ByGrant);
        }
        let client = (grant.user.clone(), grant.client.clone());
        // What is refused to one of a person's clients costs the others nothing.
        let of_client = widened(counted.refreshes_of_client.limit(), needed);
        if !counted.refreshes_of_client.admit_up_to(of_client, client.clone(), now) {
            counted.refreshes.forgive(&grant.id);
            return None;
        }
        let of_person = widened(counted.refreshes_of_person.limit(), needed);
        if !counted.refreshes_of_person.admit_up_to(of_person, grant.user.clone(), now) {
            counted.refreshes.forgive(&grant.id);
            counted.refreshes_of_client.forgive(&client);
            return None;
        }
        Some(Counted::ByAll)
    }

    /// Takes a refresh back of which nothing came: its client asked several times at once, say, and has its answer.
    pub(crate) fn has_not_refreshed(&self, grant: &Grant, by: Counted) {
        let counted = &self.0.grants;
        counted.refreshes.forgive(&grant.id);
        if by == Counted::ByAll {
            counted.refreshes_of_client.forgive(&(grant.user.clone(), grant.client.clone()));
            counted.refreshes_of_person.forgive(&grant.user);
        }
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

/// By which counters a refresh was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Counted {
    /// By its grant's alone.
    ByGrant,
    /// By its client's and its person's as well.
    ByAll,
}

/// What a client or a person may do in all, where one grant needs more than it has otherwise: as much more.
fn widened(limit: u32, needed: u32) -> u32 {
    let most = u64::from(limit) * u64::from(needed.max(REFRESHES_PER_GRANT)) / u64::from(REFRESHES_PER_GRANT);
    u32::try_from(most).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use warded_core::{Issuer, ResourceUri, Scopes};
    use warded_store::StatusIndex;

    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

    fn grant(id: &str, client: &str, user: &str) -> Grant {
        Grant {
            id: id.to_owned(),
            issuer: Issuer::parse("https://mcp.example.com").unwrap(),
            client: client.to_owned(),
            user: user.to_owned(),
            server: "notes".to_owned(),
            resource: ResourceUri::parse("https://mcp.example.com/notes/mcp").unwrap(),
            scopes: Scopes::default(),
            auth_time: None,
            ends: NOW,
            key: None,
            status: StatusIndex { list: 0, index: 0 },
            redirect_origin: None,
        }
    }

    fn refreshed(strangers: &Strangers, grant: &Grant, lifetime: u32) -> usize {
        (0..5000).filter(|_| strangers.may_refresh(grant, lifetime, NOW).is_some()).count()
    }

    #[test]
    fn a_grant_is_refreshed_as_often_as_its_tokens_need() {
        for (lifetime, often) in [(86_400, 60), (600, 60), (60, 60), (59, 61), (30, 120), (0, 60)] {
            let strangers = Strangers::default();
            assert_eq!(refreshed(&strangers, &grant("g", "c", "ada"), lifetime), often, "{lifetime}");
        }
    }

    /// Two hundred new ones in each window, and every one of them is refreshed in all that follow.
    #[test]
    fn whoever_has_many_grants_does_not_refresh_without_end() {
        let strangers = Strangers::default();
        let all = (0..1000).map(|n| grant(&format!("g{n}"), &format!("c{}", n % 10), "ada"));
        assert_eq!(all.map(|grant| refreshed(&strangers, &grant, 600)).sum::<usize>(), 1000 + 4 * 1000);
        assert_eq!(refreshed(&strangers, &grant("g", "c0", "bob"), 600), 60, "somebody else's");
    }

    #[test]
    fn what_nothing_came_of_is_not_counted() {
        let (strangers, often) = (Strangers::default(), grant("g", "c", "ada"));
        for _ in 0..5000 {
            let counted = strangers.may_refresh(&often, 600, NOW).unwrap();
            strangers.has_not_refreshed(&often, counted);
        }
        assert_eq!(refreshed(&strangers, &often, 600), 60);
        for _ in 0..5000 {
            assert_eq!(strangers.may_refresh(&often, 600, NOW), None);
        }
        // Nor does it give back what others have used up.
        for n in 0..1000 {
            let never = grant(&format!("n{n}"), "c", "ada");
            let counted = strangers.may_refresh(&never, 600, NOW).unwrap();
            strangers.has_not_refreshed(&never, counted);
        }
        let others = (0..100).map(|n| grant(&format!("o{n}"), "c", "ada"));
        let others = others.map(|grant| refreshed(&strangers, &grant, 600)).sum::<usize>();
        assert_eq!(others, 500 - 56 + 4 * 100, "and the first four of each");
    }

    #[test]
    fn one_client_does_not_use_up_what_the_others_of_its_person_need() {
        let strangers = Strangers::default();
        let greedy = (0..100).map(|n| grant(&format!("g{n}"), "greedy", "ada"));
        assert_eq!(greedy.map(|grant| refreshed(&strangers, &grant, 600)).sum::<usize>(), 500 + 4 * 100);
        assert_eq!(refreshed(&strangers, &grant("mine", "honest", "ada"), 600), 60);
    }

    /// Two client ids of one maker.
    #[test]
    fn nobody_else_uses_up_what_a_grant_needs() {
        let strangers = Strangers::default();
        for client in ["m1", "m2", "m3"] {
            for n in 0..100 {
                refreshed(&strangers, &grant(&format!("{client}-{n}"), client, "ada"), 600);
            }
        }
        assert_eq!(refreshed(&strangers, &grant("mine", "honest", "ada"), 600), 4);
    }

    /// An assistant that refreshes before each call, where tokens live for seconds, at nine servers.
    #[test]
    fn where_tokens_live_shortly_one_client_has_as_much_more() {
        for (lifetime, of_client) in [(600, 500), (60, 500), (59, 508), (30, 1000), (1, 30_000)] {
            let strangers = Strangers::default();
            let grants = (0..9).map(|n| grant(&format!("g{n}"), "assistant", "ada"));
            let all = grants.map(|grant| refreshed(&strangers, &grant, lifetime)).sum::<usize>();
            let needed = usize::try_from(3600 / lifetime).unwrap().max(60);
            assert_eq!(all, (9 * needed).min(of_client + 9 * 4), "{lifetime}");
        }
    }
}
