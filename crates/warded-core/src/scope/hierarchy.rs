//! Which scopes stand for others? Who may write may read, where the operator says so.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{InvalidScope, Scopes};

/// What single scopes imply, directly and through each other. It never leads back to where it began.
///
/// ```
/// use warded_core::{Hierarchy, Scopes};
///
/// let implies = [("notes:admin", Scopes::parse("notes:write")?), ("notes:write", Scopes::parse("notes:read")?)];
/// let hierarchy = Hierarchy::new(implies)?;
/// let held = hierarchy.reach(&Scopes::parse("notes:admin")?);
/// assert_eq!(held.to_string(), "notes:admin notes:read notes:write");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hierarchy(BTreeMap<Arc<str>, Scopes>);

/// Scopes that are none, or no hierarchy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidHierarchy {
    /// What implies something is no scope.
    #[error(transparent)]
    Scope(#[from] InvalidScope),
    /// Two scopes that imply each other would be one scope under two names.
    #[error("the scope `{scope}` implies itself")]
    Cycle {
        /// One of those that lie on the way round.
        scope: Box<str>,
    },
}

impl Hierarchy {
    /// A hierarchy of what each scope implies directly. What is said of a scope twice adds up.
    pub fn new<'a>(implies: impl IntoIterator<Item = (&'a str, Scopes)>) -> Result<Self, InvalidHierarchy> {
        let mut direct: BTreeMap<Arc<str>, Scopes> = BTreeMap::new();
        for (scope, implied) in implies {
            direct.entry(super::word(scope)?).or_default().add(&implied);
        }
        let hierarchy = Self(direct);
        match hierarchy.cycle() {
            Some(scope) => Err(InvalidHierarchy::Cycle { scope: scope.into() }),
            None => Ok(hierarchy),
        }
    }

    /// What somebody who was granted `held` has.
    #[must_use]
    pub fn reach(&self, held: &Scopes) -> Scopes {
        if self.is_empty() {
            return held.clone();
        }
        let mut reached: BTreeSet<&Arc<str>> = held.0.iter().collect();
        let mut open: Vec<_> = held.0.iter().collect();
        while let Some(scope) = open.pop() {
            for implied in self.0.get(scope).into_iter().flat_map(|implied| implied.0.iter()) {
                if reached.insert(implied) {
                    open.push(implied);
                }
            }
        }
        Scopes::sorted(reached.into_iter().cloned().collect())
    }

    /// The scopes of `needed` that somebody with `held` has neither directly nor through others.
    #[must_use]
    pub fn missing(&self, needed: &Scopes, held: &Scopes) -> Scopes {
        let missing = needed.missing_from(held);
        if missing.is_empty() || self.is_empty() { missing } else { missing.missing_from(&self.reach(held)) }
    }

    /// Whether nothing is missing.
    pub fn covers(&self, needed: &Scopes, held: &Scopes) -> bool {
        needed.is_within(held) || (!self.is_empty() && self.missing(needed, held).is_empty())
    }

    /// Every scope that stands in it.
    pub fn scopes(&self) -> Scopes {
        let named = self.0.iter().flat_map(|(scope, implied)| implied.0.iter().chain([scope]));
        Scopes::sorted(named.cloned().collect())
    }

    /// Whether no scope implies another.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A scope from which a way leads back to it. Every scope is left once, however many ways lead there.
    fn cycle(&self) -> Option<&str> {
        let mut left = BTreeSet::new();
        for start in self.0.keys() {
            let mut way = vec![(&**start, self.implied_by(start))];
            let mut on_way = BTreeSet::from([&**start]);
            while let Some((scope, rest)) = way.last_mut() {
                match rest.pop() {
                    Some(next) if on_way.contains(next) => return Some(next),
                    Some(next) if left.contains(next) => {}
                    Some(next) => {
                        on_way.insert(next);
                        way.push((next, self.implied_by(next)));
                    }
                    None => {
                        on_way.remove(*scope);
                        left.insert(*scope);
                        way.pop();
                    }
                }
            }
        }
        None
    }

    fn implied_by(&self, scope: &str) -> Vec<&str> {
        self.0.get(scope).into_iter().flat_map(Scopes::iter).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rules: &[(&str, &str)]) -> Result<Hierarchy, InvalidHierarchy> {
        Hierarchy::new(rules.iter().map(|(scope, implied)| (*scope, Scopes::parse(implied).unwrap())))
    }

    fn reach(rules: &[(&str, &str)], held: &str) -> String {
        of(rules).unwrap().reach(&Scopes::parse(held).unwrap()).to_string()
    }

    #[test]
    fn what_is_implied_is_held_however_far_away_it_is() {
        let rules = [("admin", "write"), ("write", "read list"), ("list", "count")];
        assert_eq!(reach(&rules, "admin"), "admin count list read write");
        assert_eq!(reach(&rules, "write other"), "count list other read write");
        assert_eq!(reach(&rules, "read"), "read");
        assert_eq!(reach(&rules, ""), "");
        assert_eq!(of(&rules).unwrap().scopes().to_string(), "admin count list read write");
    }

    #[test]
    fn nothing_is_implied_backwards_or_by_a_name_that_looks_alike() {
        let rules = [("admin", "write"), ("write", "read")];
        for held in ["read", "writes", "Admin", "admin:", "adm"] {
            assert_eq!(reach(&rules, held), held);
        }
    }

    #[test]
    fn what_is_implied_is_not_missing() {
        let hierarchy = of(&[("admin", "write"), ("write", "read")]).unwrap();
        for (needed, held, missing) in [
            ("read write", "admin", ""),
            ("read write other", "write", "other"),
            ("write", "read", "write"),
            ("read", "", "read"),
            ("", "", ""),
        ] {
            let scopes = |list| Scopes::parse(list).unwrap();
            assert_eq!(hierarchy.missing(&scopes(needed), &scopes(held)), scopes(missing), "{needed} {held}");
            assert_eq!(
                hierarchy.covers(&scopes(needed), &scopes(held)),
                missing.is_empty(),
                "{needed} {held}"
            );
            let flat = Hierarchy::default();
            let is_covered = flat.missing(&scopes(needed), &scopes(held)).is_empty();
            assert_eq!(flat.covers(&scopes(needed), &scopes(held)), is_covered, "{needed} {held}");
        }
    }

    #[test]
    fn two_ways_to_one_scope_are_no_cycle_and_a_way_back_is_one() {
        assert!(of(&[("a", "b c"), ("b", "d"), ("c", "d"), ("d", "e")]).is_ok());
        assert!(of(&[]).unwrap().is_empty());
        for (rules, on_it) in [
            (&[("a", "a")][..], "a"),
            (&[("a", "b"), ("b", "a")], "ab"),
            (&[("x", "a"), ("a", "b"), ("b", "c d"), ("c", "e"), ("d", "b")], "bd"),
        ] {
            let Err(InvalidHierarchy::Cycle { scope }) = of(rules) else { panic!("{rules:?}") };
            assert!(on_it.contains(&*scope), "{scope} of {rules:?}");
        }
    }

    #[test]
    fn a_long_chain_is_followed_without_a_stack() {
        let names: Vec<_> = (0..20_000).map(|number| format!("s{number}")).collect();
        let links = || names.iter().map(String::as_str).zip(names.iter().skip(1));
        let chain = links().map(|(scope, next)| (scope, Scopes::parse(next).unwrap()));
        let hierarchy = Hierarchy::new(chain).unwrap();
        assert_eq!(hierarchy.reach(&Scopes::parse("s0").unwrap()).iter().count(), 20_000);
        let back = ("s19999", Scopes::parse("s0").unwrap());
        let ring = links().map(|(scope, next)| (scope, Scopes::parse(next).unwrap())).chain([back]);
        assert!(matches!(Hierarchy::new(ring), Err(InvalidHierarchy::Cycle { .. })));
    }

    #[test]
    fn what_implies_is_a_scope() {
        assert_eq!(of(&[("a b", "c")]), Err(InvalidHierarchy::Scope(InvalidScope)));
        assert_eq!(of(&[("a", "b"), ("a", "c")]).unwrap().scopes().to_string(), "a b c");
    }
}
