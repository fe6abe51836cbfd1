//! Grants, codes and refresh tokens in memory.

use std::collections::HashMap;

use async_trait::async_trait;
use warded_core::{Issuer, UnixTime};

use super::{Family, HeldCode, HeldRefresh, Memory, Rotated, State, key};
use crate::{
    Code, Digest, Evidence, Grant, GrantMark, Grants, Kept, NewCode, NewRefresh, Refresh, Room, Spending,
    Spent, StandingGrant, StoreFailed, client::USED_WITHIN, grant::UNDER_WAY,
};

impl Family {
    fn standing(&self) -> StandingGrant {
        StandingGrant { grant: self.grant.clone(), used: self.used, until: self.keep }
    }

    /// How soon it goes where there is no room, the lowest first. Counts those whose code waits, by client.
    fn rank(&self, under_way: &mut HashMap<(String, String), u32>, now: UnixTime) -> u8 {
        let is_over = self.keep <= now;
        if self.used.is_some() {
            return if is_over { 2 } else { 3 };
        }
        if is_over {
            return 0;
        }
        let newer = under_way.entry(key(&self.grant.issuer, &self.grant.client)).or_default();
        *newer += 1;
        if *newer > UNDER_WAY { 1 } else { 3 }
    }
}

impl State {
    /// Writes down that a token was given for a family.
    fn use_family(&mut self, family: &str, now: UnixTime, token_ends: UnixTime, next: Option<NewRefresh>) {
        let Some(held) = self.families.get_mut(family) else { return };
        // The code's own end counts no more once it is redeemed.
        let before = held.used.map_or(token_ends, |_| held.keep);
        held.keep = before.max(token_ends).max(next.map_or(token_ends, |next| next.expires));
        held.tokens_end = held.tokens_end.max(Some(token_ends));
        held.used = Some(now);
        if let Some(client) = self.clients.get_mut(&key(&held.grant.issuer, &held.grant.client)) {
            let long_ago = client.used.is_none_or(|used| now.since(used) >= i64::from(USED_WITHIN));
            client.used = if long_ago { Some(now) } else { client.used };
        }
        if let Some(next) = next {
            held.refreshes.push(next.digest);
            let fresh = HeldRefresh { family: family.to_owned(), expires: next.expires, spent: None };
            self.refreshes.insert(next.digest, fresh);
        }
    }

    /// Ends what is too much where there is no room for another one, in the order that [`Grants::issue_code`] states. A code
    /// that nobody has redeemed yet counts as used when it ends. Returns how many have ended.
    fn make_room(&mut self, new: &Grant, (room, now): (Room, UnixTime)) -> u64 {
        let is_theirs = |held: &Grant| held.user == new.user;
        let is_of_client =
            |held: &Grant| is_theirs(held) && held.issuer == new.issuer && held.client == new.client;
        self.end_over(is_of_client, room.of_client, new, now)
            + self.end_over(is_theirs, room.of_person, new, now)
    }

    fn end_over(&mut self, is_meant: impl Fn(&Grant) -> bool, most: u32, new: &Grant, now: UnixTime) -> u64 {
        let mut meant: Vec<_> = self.families.values().filter(|held| is_meant(&held.grant)).collect();
        let stay = usize::try_from(most.saturating_sub(1)).unwrap_or(usize::MAX);
        let over = meant.len().saturating_sub(stay);
        if over == 0 {
            return 0;
        }
        // The newest first, so that it is the oldest that are too many.
        meant.sort_by(|one, other| (other.keep, &other.grant.id).cmp(&(one.keep, &one.grant.id)));
        let mut under_way = HashMap::from([(key(&new.issuer, &new.client), 1_u32)]);
        let mut ranked: Vec<_> =
            meant.into_iter().map(|held| (held.rank(&mut under_way, now), held)).collect();
        ranked.sort_by_key(|(rank, held)| (*rank, held.used.unwrap_or(held.keep), &held.grant.id));
        let ended: Vec<_> = ranked.into_iter().take(over).map(|(_, held)| held.grant.id.clone()).collect();
        let ended = ended.iter().filter_map(|id| self.revoke(id)).count();
        u64::try_from(ended).unwrap_or(u64::MAX)
    }

    /// What came of a refresh token, as far as that is known.
    fn spent(&self, refresh: &HeldRefresh) -> Option<Spent> {
        let Rotated { at, successor, answer } = refresh.spent.as_ref()?;
        let successor_spent = self.refreshes.get(successor).is_none_or(|next| next.spent.is_some());
        Some(Spent { at: *at, successor_spent, answer: answer.clone() })
    }
}

#[async_trait]
impl Grants for Memory {
    async fn issue_code(&self, grant: Grant, code: NewCode) -> Result<u64, StoreFailed> {
        let mut state = self.state();
        if !state.users.contains_key(&grant.user) {
            return Err(StoreFailed::Content("grant of nobody"));
        }
        let ended = code.room.map_or(0, |room| state.make_room(&grant, room));
        let client = key(&grant.issuer, &grant.client);
        if state.clients.contains_key(&client) {
            state.granted.insert(client);
        }
        let (family, expires) = (grant.id.clone(), code.expires);
        let held = Family {
            grant,
            keep: expires,
            tokens_end: None,
            used: None,
            code: code.digest,
            refreshes: vec![],
        };
        state.codes.insert(code.digest, HeldCode { family: family.clone(), code, spent: false });
        state.marks.insert(GrantMark::of(&family), family.clone());
        state.families.insert(family, held);
        Ok(ended)
    }

    async fn code(&self, digest: &Digest) -> Result<Option<Code>, StoreFailed> {
        let state = self.state();
        Ok(state.codes.get(digest).and_then(|HeldCode { family, code, spent }| {
            let grant = state.families.get(family)?.grant.clone();
            let NewCode { redirect_uri, challenge, key, expires, .. } = code.clone();
            Some(Code { grant, redirect_uri, challenge, key, expires, spent: *spent })
        }))
    }

    async fn redeem(
        &self,
        digest: &Digest,
        now: UnixTime,
        token_ends: UnixTime,
        first: Option<NewRefresh>,
        shown: Evidence,
    ) -> Result<Spending, StoreFailed> {
        let mut state = self.state();
        let Some(held) = state.codes.get_mut(digest) else { return Ok(Spending::Gone) };
        let family = held.family.clone();
        if held.spent {
            state.revoke(&family);
            return Ok(Spending::Again);
        }
        if held.code.expires <= now {
            return Ok(Spending::Gone);
        }
        if let Some(place) = self.1.use_up(&shown.marks, now)? {
            return Ok(Spending::Replayed(place));
        }
        held.spent = true;
        if let Some(held) = state.families.get_mut(&family) {
            held.grant.key = shown.key.or(held.grant.key);
        }
        state.use_family(&family, now, token_ends, first);
        Ok(Spending::Spent)
    }

    async fn refresh(&self, digest: &Digest) -> Result<Option<Refresh>, StoreFailed> {
        let state = self.state();
        Ok(state.refreshes.get(digest).and_then(|refresh| {
            let grant = state.families.get(&refresh.family)?.grant.clone();
            Some(Refresh { grant, expires: refresh.expires, spent: state.spent(refresh) })
        }))
    }

    async fn rotate(
        &self,
        digest: &Digest,
        now: UnixTime,
        token_ends: UnixTime,
        next: NewRefresh,
        keep: Option<Kept>,
        shown: Evidence,
    ) -> Result<Spending, StoreFailed> {
        let mut state = self.state();
        let Some(held) = state.refreshes.get(digest) else { return Ok(Spending::Gone) };
        let family = held.family.clone();
        if let Some(spent) = state.spent(held) {
            if spent.repeatable(now).is_some() {
                return Ok(Spending::Kept);
            }
            state.revoke(&family);
            return Ok(Spending::Again);
        }
        if held.expires <= now {
            return Ok(Spending::Gone);
        }
        if let Some(place) = self.1.use_up(&shown.marks, now)? {
            return Ok(Spending::Replayed(place));
        }
        if let Some(held) = state.refreshes.get_mut(digest) {
            held.spent = Some(Rotated { at: now, successor: next.digest, answer: keep });
        }
        if let Some(held) = state.families.get_mut(&family) {
            held.grant.key = held.grant.key.or(shown.key);
        }
        state.use_family(&family, now, token_ends, Some(next));
        Ok(Spending::Spent)
    }

    async fn revoke(&self, grant: &str) -> Result<(), StoreFailed> {
        self.state().revoke(grant);
        Ok(())
    }

    async fn grant(&self, id: &str) -> Result<Option<StandingGrant>, StoreFailed> {
        Ok(self.state().families.get(id).map(Family::standing))
    }

    async fn grant_of_mark(&self, mark: &GrantMark) -> Result<Option<StandingGrant>, StoreFailed> {
        let state = self.state();
        let family = state.marks.get(mark).and_then(|id| state.families.get(id));
        Ok(family.map(Family::standing))
    }

    async fn grants_of_user(&self, user: &str, now: UnixTime) -> Result<Vec<StandingGrant>, StoreFailed> {
        let state = self.state();
        let is_good = |held: &&Family| held.grant.user == user && now < held.keep && now < held.grant.ends;
        let mut theirs: Vec<_> = state.families.values().filter(is_good).map(Family::standing).collect();
        let order = |standing: &StandingGrant| {
            let Grant { server, client, id, .. } = &standing.grant;
            (server.clone(), client.clone(), id.clone())
        };
        theirs.sort_by_cached_key(order);
        Ok(theirs)
    }

    async fn grants(
        &self,
        issuer: &Issuer,
        after: &str,
        most: u32,
    ) -> Result<Vec<StandingGrant>, StoreFailed> {
        let state = self.state();
        let is_meant = |held: &&Family| held.grant.issuer == *issuer && held.grant.id.as_str() > after;
        let mut behind: Vec<_> = state.families.values().filter(is_meant).collect();
        behind.sort_by(|one, other| one.grant.id.cmp(&other.grant.id));
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(behind.into_iter().take(most).map(Family::standing).collect())
    }

    async fn count_grants(&self) -> Result<u64, StoreFailed> {
        Ok(u64::try_from(self.state().families.len()).unwrap_or(u64::MAX))
    }
}
