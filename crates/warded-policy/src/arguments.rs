//! What do the rules need of the arguments? Only that is kept, and only as it was written.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use serde_json::value::RawValue;
use warded_core::{PROTOTYPE, folded};

use crate::{MOST_SEGMENTS, Segment, Undecided, json, steps::Steps};

/// The paths that rules name, with a slot for what stands at each.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    root: Node,
    /// How many slots there are.
    pub(crate) slots: usize,
    /// How many steps the longest has.
    pub(crate) depth: usize,
}

#[derive(Debug, Default)]
struct Node {
    slot: Option<usize>,
    keys: HashMap<Box<str>, Node>,
    /// What the keys are to a reader that takes no notice of case.
    folded: HashSet<Box<str>>,
    indexes: BTreeMap<i64, Node>,
}

impl Paths {
    /// The slot of a path; none where it goes too deep.
    pub(crate) fn slot(&mut self, path: &[Segment]) -> Option<usize> {
        if path.len() > MOST_SEGMENTS {
            return None;
        }
        self.depth = self.depth.max(path.len());
        let mut node = &mut self.root;
        for segment in path {
            node = match segment {
                Segment::Key(key) => {
                    node.folded.insert(folded(key).into());
                    node.keys.entry(key.clone()).or_default()
                }
                Segment::Index(index) => node.indexes.entry(*index).or_default(),
            };
        }
        let next = self.slots;
        let slot = *node.slot.get_or_insert(next);
        self.slots = self.slots.max(slot + 1);
        Some(slot)
    }
}

/// Who reads it next?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A server, and it may take a name for one that differs from it in case only.
    Server,
    /// Nobody.
    Nobody,
}

/// What stands at each path, as it was written: the slots of the first paths, then those of the next.
pub(crate) fn read<'a>(
    json: Option<&'a str>,
    next: Next,
    paths: &[&Paths],
    steps: &mut Steps,
) -> Result<Vec<Option<&'a str>>, Undecided> {
    let mut reading = Reading { found: vec![None; paths.iter().map(|paths| paths.slots).sum()], next, steps };
    let Some(json) = json.filter(|_| !reading.found.is_empty()) else { return Ok(reading.found) };
    let mut first = 0;
    let mut active = Vec::with_capacity(paths.len());
    for paths in paths {
        active.push(Active { node: &paths.root, first });
        first += paths.slots;
    }
    reading.steps.read(json.len())?;
    let whole: &RawValue = serde_json::from_str(json).map_err(|_| Undecided::NotJson)?;
    reading.value(whole.get(), &active)?;
    Ok(reading.found)
}

/// A place that some paths lead through.
#[derive(Clone, Copy)]
struct Active<'t> {
    node: &'t Node,
    /// The first slot of its paths.
    first: usize,
}

struct Reading<'s, 'a> {
    found: Vec<Option<&'a str>>,
    next: Next,
    steps: &'s mut Steps,
}

impl<'a> Reading<'_, 'a> {
    fn value(&mut self, raw: &'a str, active: &[Active<'_>]) -> Result<(), Undecided> {
        for Active { node, first } in active {
            let slot = node.slot.and_then(|slot| self.found.get_mut(first + slot));
            if let Some(found) = slot {
                *found = Some(raw);
            }
        }
        match raw.as_bytes().first() {
            Some(b'{') if active.iter().any(|active| !active.node.keys.is_empty()) => {
                self.object(raw, active)
            }
            Some(b'[') if active.iter().any(|active| !active.node.indexes.is_empty()) => {
                self.list(raw, active)
            }
            _ => Ok(()),
        }
    }

    fn object(&mut self, raw: &'a str, active: &[Active<'_>]) -> Result<(), Undecided> {
        self.steps.read(raw.len())?;
        let mut seen = HashSet::new();
        json::members(raw, &mut |name, value| {
            self.steps.take(active.len())?;
            self.steps.read(name.len())?;
            let mut inner = Vec::new();
            let mut alike = None;
            for Active { node, first } in active {
                if let Some(node) = node.keys.get(&*name) {
                    inner.push(Active { node, first: *first });
                } else if self.next == Next::Server && !node.keys.is_empty() {
                    // Whoever decodes without regard to case acts on this one, and no rule has seen it.
                    let alike = alike.get_or_insert_with(|| folded(&name));
                    if node.folded.contains(alike.as_str()) || *name == *PROTOTYPE {
                        return Err(Undecided::NotJson);
                    }
                }
            }
            if inner.is_empty() {
                return Ok(true);
            }
            // Whoever reads the call next might take the other one.
            if !seen.insert(name) {
                return Err(Undecided::NotJson);
            }
            self.value(value, &inner)?;
            Ok(true)
        })
    }

    fn list(&mut self, raw: &'a str, active: &[Active<'_>]) -> Result<(), Undecided> {
        self.steps.read(raw.len())?;
        let from_end =
            active.iter().filter_map(|active| active.node.indexes.keys().next()).filter(|least| **least < 0);
        let kept = from_end
            .map(|least| usize::try_from(least.unsigned_abs()).unwrap_or(usize::MAX))
            .max()
            .unwrap_or(0);
        let mut last = VecDeque::new();
        let mut at = 0;
        json::items(raw, &mut |item| {
            self.steps.take(active.len())?;
            self.at(at, item, active)?;
            at += 1;
            if kept > 0 {
                last.push_back(item);
                if last.len() > kept {
                    last.pop_front();
                }
            }
            Ok(true)
        })?;
        for (item, index) in last.into_iter().rev().zip(1..) {
            self.steps.take(active.len())?;
            self.at(-index, item, active)?;
        }
        Ok(())
    }

    fn at(&mut self, index: i64, item: &'a str, active: &[Active<'_>]) -> Result<(), Undecided> {
        let inner: Vec<_> = active
            .iter()
            .filter_map(|Active { node, first }| {
                Some(Active { node: node.indexes.get(&index)?, first: *first })
            })
            .collect();
        if inner.is_empty() { Ok(()) } else { self.value(item, &inner) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<Segment> {
        let segment = |part: &str| match part.parse() {
            Ok(index) => Segment::Index(index),
            Err(_) => Segment::Key(part.trim_matches('"').into()),
        };
        text.split('/').filter(|part| !part.is_empty()).map(segment).collect()
    }

    fn found<'a>(json: &'a str, names: &[&str]) -> Result<Vec<Option<&'a str>>, Undecided> {
        let mut paths = Paths::default();
        for (slot, name) in names.iter().enumerate() {
            assert_eq!(paths.slot(&path(name)), Some(slot));
        }
        read(Some(json), Next::Nobody, &[&paths], &mut Steps::new())
    }

    #[test]
    fn what_is_named_is_kept_as_it_was_written() {
        let json = r#" {"a": {"b.c": 1.50, "d": [10, {"e": "x"}, 30]}, "\u0062": null, "z": [[]]} "#;
        for (name, value) in [
            ("a/b.c", Some("1.50")),
            ("a/d/0", Some("10")),
            ("a/d/1/e", Some(r#""x""#)),
            ("a/d/-1", Some("30")),
            ("a/d/-3", Some("10")),
            ("a/d/-2/e", Some(r#""x""#)),
            ("a/d/-4", None),
            ("a/d/3", None),
            ("a/d/\"0\"", None),
            ("a/d", Some(r#"[10, {"e": "x"}, 30]"#)),
            ("b", Some("null")),
            ("b/c", None),
            ("a/b.c/d", None),
            ("a/0", None),
            ("c", None),
            ("z/0/0", None),
            ("", Some(json.trim())),
        ] {
            assert_eq!(found(json, &[name]), Ok(vec![value]), "{name}");
        }
        let all = ["a", "a/d/-1", "a/d/2", "a/d/1/e", "b"];
        let values = found(json, &all).unwrap();
        for (name, value) in all.into_iter().zip(values) {
            assert_eq!(found(json, &[name]), Ok(vec![value]), "{name}");
        }
    }

    #[test]
    fn the_least_index_is_an_index_that_nothing_stands_at() {
        let mut paths = Paths::default();
        paths.slot(&[Segment::Index(i64::MIN)]);
        assert_eq!(read(Some("[1, 2]"), Next::Server, &[&paths], &mut Steps::new()), Ok(vec![None]));
    }

    #[test]
    fn every_set_of_paths_has_slots_of_its_own() {
        let (mut one, mut other, empty) = (Paths::default(), Paths::default(), Paths::default());
        one.slot(&path("a/b"));
        other.slot(&path("a"));
        other.slot(&path("a/b"));
        assert_eq!(other.slot(&path("a")), Some(0));
        let found = read(Some(r#"{"a":{"b":1}}"#), Next::Server, &[&one, &empty, &other], &mut Steps::new());
        assert_eq!(found, Ok(vec![Some("1"), Some(r#"{"b":1}"#), Some("1")]));
    }

    #[test]
    fn nothing_that_stands_twice_is_read() {
        assert_eq!(found(r#"{"a":1,"\u0061":2}"#, &["a"]), Err(Undecided::NotJson));
        assert_eq!(found(r#"{"a":{"b":1},"a":{"c":1}}"#, &["a/b", "a/c"]), Err(Undecided::NotJson));
        assert_eq!(
            found(r#"{"b":1,"b":2,"a":3}"#, &["a"]),
            Ok(vec![Some("3")]),
            "what no rule names is the guard's"
        );
    }

    #[test]
    fn what_is_no_json_is_no_argument() {
        for json in ["", "{", r#"{"a":1}}"#, r#"{"a":}"#, "{'a':1}"] {
            assert_eq!(found(json, &["a"]), Err(Undecided::NotJson), "{json}");
        }
        assert_eq!(read(None, Next::Server, &[&Paths::default()], &mut Steps::new()), Ok(vec![]));
    }

    #[test]
    fn a_large_call_is_read_within_the_steps_and_a_hostile_one_is_not_read_on() {
        let large = format!(r#"{{"x":[{}0],"a":1}}"#, "0,".repeat(2_000_000));
        assert_eq!(found(&large, &["a"]), Ok(vec![Some("1")]));
        let deep = format!(r#"{{"x":{}0{},"a":1}}"#, "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(found(&deep, &["a"]), Ok(vec![Some("1")]));
        let mut paths = Paths::default();
        let zeros = vec![Segment::Index(0); MOST_SEGMENTS];
        assert!(paths.slot(&zeros).is_some());
        assert_eq!(paths.slot(&vec![Segment::Index(0); MOST_SEGMENTS + 1]), None);
        let deep = format!("{}0{}", "[".repeat(3_000_000), "]".repeat(3_000_000));
        let read = read(Some(&deep), Next::Server, &[&paths], &mut Steps::new());
        assert!(matches!(read, Err(Undecided::TooManySteps)), "{:?}", read.map(|_| ()));
    }
}
