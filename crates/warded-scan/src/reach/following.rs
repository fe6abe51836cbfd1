//! What is found in each definition, with what is in those that it uses, over as many calls as are followed. It grows with
//! the files that are read: what was found once is not looked for again.

use std::collections::HashMap;

use super::{
    definition::{Definition, own_words},
    goals::{Found, Goals},
    sights::Near,
    words::Word,
};
use crate::{flow::MAX_CALLS, project::FunctionRef};

/// What is found with no call, with one, and so on.
type Levels = [Found; MAX_CALLS + 1];

/// What is known of one definition.
#[derive(Debug, Default)]
struct Known {
    /// What is found in it, where anything is.
    found: Option<Box<Levels>>,
    /// Those that it uses, and those that use it.
    uses: Vec<usize>,
    used_by: Vec<usize>,
    /// Whether it was followed and came to nothing.
    is_dead: bool,
    is_waiting: bool,
}

/// All definitions that were read, and what is found in them.
#[derive(Debug, Default)]
pub(super) struct Following {
    definitions: Vec<Definition>,
    known: Vec<Known>,
    functions: HashMap<FunctionRef, usize>,
    /// By the names of each.
    named: HashMap<Word, Vec<usize>>,
    /// By the words in each, of so many of them.
    users: HashMap<Word, Vec<usize>>,
    indexed: usize,
    /// Those whose users have to hear of them.
    waiting: Vec<usize>,
    /// Those in which something new was found since somebody asked.
    changed: Vec<usize>,
    /// How often anybody was told what another one has.
    #[cfg(test)]
    pub(super) told: usize,
}

impl Following {
    /// That definition.
    pub(super) fn definition(&self, index: usize) -> Option<&Definition> {
        self.definitions.get(index)
    }

    /// The place of a function.
    pub(super) fn place(&self, function: FunctionRef) -> Option<usize> {
        self.functions.get(&function).copied()
    }

    /// What is found in that definition, over as many calls as are followed.
    pub(super) fn found(&self, index: usize) -> Option<&Found> {
        self.known.get(index)?.found.as_ref()?.last()
    }

    /// Those in which something new was found since somebody asked.
    pub(super) fn take_changed(&mut self) -> Vec<usize> {
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    /// The same definitions, where something else is looked for.
    pub(super) fn again(self, goals: &Goals, near: &Near) -> Self {
        let mut following = Self::default();
        following.add(self.definitions, goals, near);
        following
    }

    /// Some definitions more.
    pub(super) fn add(&mut self, definitions: Vec<Definition>, goals: &Goals, near: &Near) {
        let first = self.definitions.len();
        if first > 0 {
            // Only now may somebody use what comes later.
            for (index, one) in self.definitions.iter().enumerate().skip(self.indexed) {
                one.uses.iter().for_each(|word| self.users.entry(*word).or_default().push(index));
            }
            self.indexed = first;
        }
        self.definitions.extend(definitions);
        for (index, one) in self.definitions.iter().enumerate().skip(first) {
            one.names.iter().for_each(|name| self.named.entry(*name).or_default().push(index));
            self.functions.extend(one.function.map(|function| (function, index)));
            let own = own_words(one, goals);
            let found = (!own.is_empty()).then(|| Box::new([own; MAX_CALLS + 1]));
            if found.is_some() {
                self.changed.push(index);
                self.waiting.push(index);
            }
            self.known.push(Known { is_waiting: found.is_some(), found, ..Known::default() });
        }
        for index in first..self.definitions.len() {
            for (user, what) in self.links_of(index, first, near) {
                self.link(user, what);
            }
        }
        self.tell();
    }

    /// Which ones that one uses, and which of those before the first new one use it.
    fn links_of(&self, index: usize, first: usize, near: &Near) -> Vec<(usize, usize)> {
        let Some(one) = self.definitions.get(index) else { return Vec::new() };
        let what = one.uses.iter().filter_map(|word| self.named.get(word)).flatten();
        let sees = |user: usize, what: usize| match (self.definitions.get(user), self.definitions.get(what)) {
            (Some(user), Some(what)) => near.sees(user.file, what),
            _ => false,
        };
        let mut links: Vec<_> = what.filter(|what| sees(index, **what)).map(|what| (index, *what)).collect();
        let users = one.names.iter().filter_map(|name| self.users.get(name)).flatten();
        links.extend(users.filter(|user| **user < first && sees(**user, index)).map(|user| (*user, index)));
        links
    }

    fn link(&mut self, user: usize, what: usize) {
        if self.is_dead(user) {
            return;
        }
        if let Some(known) = self.known.get_mut(user) {
            known.uses.push(what);
        }
        if let Some(known) = self.known.get_mut(what) {
            known.used_by.push(user);
        }
        self.hand(what, user);
    }

    fn is_dead(&self, index: usize) -> bool {
        self.known.get(index).is_some_and(|known| known.is_dead)
    }

    /// What one has, another one that uses it has as well: behind a call, where it is a function.
    fn hand(&mut self, what: usize, user: usize) {
        #[cfg(test)]
        {
            self.told += 1;
        }
        let is_call = self.definitions.get(what).is_some_and(|one| one.function.is_some());
        let Some(given) = self.known.get(what).and_then(|known| known.found.as_deref().copied()) else {
            return;
        };
        let Some(known) = self.known.get_mut(user).filter(|known| !known.is_dead) else { return };
        let levels = known.found.get_or_insert_default();
        let given = given.iter().map(Some);
        let given = std::iter::once(None).filter(|_| is_call).chain(given);
        let mut is_new = false;
        for (mine, given) in levels.iter_mut().zip(given) {
            let more = given.map_or(*mine, |given| mine.and(given));
            is_new |= more != *mine;
            *mine = more;
        }
        if is_new {
            self.changed.push(user);
            if !std::mem::replace(&mut known.is_waiting, true) {
                self.waiting.push(user);
            }
        }
    }

    /// Tells all who use something in which something was found.
    fn tell(&mut self) {
        while let Some(index) = self.waiting.pop() {
            let Some(known) = self.known.get_mut(index) else { continue };
            known.is_waiting = false;
            for place in 0..known.used_by.len() {
                let user = self.known.get(index).and_then(|known| known.used_by.get(place)).copied();
                if let Some(user) = user {
                    self.hand(index, user);
                }
            }
        }
    }

    /// These came to nothing: nothing is found in them, nor by them in whoever uses them.
    pub(super) fn kill(&mut self, dead: &[usize], goals: &Goals) {
        let (mut touched, mut next) = (Vec::new(), dead.to_vec());
        for index in dead {
            let Some(known) = self.known.get_mut(*index) else { continue };
            known.is_dead = true;
            known.uses.clear();
        }
        while let Some(index) = next.pop() {
            // Where nothing is found, nobody has anything from there.
            let Some(known) = self.known.get_mut(index) else { continue };
            if known.found.take().is_some() {
                next.extend(&known.used_by);
                touched.push(index);
            }
        }
        for index in &touched {
            let own = self.definitions.get(*index).map(|one| own_words(one, goals)).unwrap_or_default();
            let Some(known) = self.known.get_mut(*index) else { continue };
            if !known.is_dead && !own.is_empty() {
                known.found = Some(Box::new([own; MAX_CALLS + 1]));
                self.changed.push(*index);
                known.is_waiting = true;
                self.waiting.push(*index);
            }
        }
        for index in touched {
            let uses = self.known.get(index).map(|known| known.uses.clone()).unwrap_or_default();
            for what in uses {
                self.hand(what, index);
            }
        }
        self.tell();
    }
}
