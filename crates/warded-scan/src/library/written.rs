//! What must be written somewhere in the source for something of a library to be met.

use std::collections::BTreeSet;

use super::{Call, Does, Holds, Library, Tongue};
use crate::language::Language;

/// What must be written for one thing to be met.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    /// What stands where it is met, or in what is called there.
    pub(crate) here: String,
    /// What stands in a file that is seen from there.
    pub(crate) seen: String,
    /// Any of these stands somewhere in the program; nothing need to where there are none.
    pub(crate) far: Vec<String>,
}

impl Written {
    /// All that stands near, in one.
    pub(crate) fn near(&self) -> String {
        format!("{}.{}", self.seen, self.here)
    }
}

/// Names of methods that say nothing by themselves.
const PLAIN: &[&str] = &[
    ".get", ".Get", ".set", ".Set", ".has", ".headers", ".Headers", ".options", ".encode", ".decode",
    ".request", ".token", ".add", ".Add", ".append", ".send", ".sign", ".verify", ".parse", ".build",
    ".post", ".put", ".create", ".update", ".query",
];

/// Where the name says nothing by itself, what it is of stands there as well, or what makes that; not where functions that
/// nobody calls make it.
fn told_apart(tongue: Tongue, written: Written) -> Vec<Written> {
    if !PLAIN.contains(&&*written.here) {
        return vec![written];
    }
    let here = written.near();
    if matches!(tongue, Tongue::Go | Tongue::Rust) || written.far.is_empty() {
        return vec![Written { here, ..written }];
    }
    let with =
        |maker: &String| Written { here: format!("{here} {maker}"), far: Vec::new(), ..written.clone() };
    written.far.iter().map(with).collect()
}

impl Library {
    /// Of every call that does that: its paths, without what the library puts before them by itself.
    pub(crate) fn written(&self, language: Language, does: Does) -> Vec<Written> {
        self.calls_written(language, |call| call.does == does)
    }

    /// The names of what bundles have of such calls, or else what their parameters are called.
    pub(crate) fn copies_written(&self, language: Language, does: Does) -> Vec<String> {
        let tongue = Tongue::of(language);
        let copied = self.copied.iter().filter(|((of, _), call)| {
            *of == tongue && self.calls.get(**call).is_some_and(|call| call.does == does)
        });
        let written = copied.map(|((_, begins), _)| match begins.split_once('(') {
            Some(("*", parameters)) => parameters.split(", ").take(2).collect::<Vec<_>>().join(" "),
            Some((name, _)) => name.to_owned(),
            None => begins.to_string(),
        });
        written.collect()
    }

    /// The same of every call that says by itself with which grant a token is asked for.
    pub(crate) fn grants(&self, language: Language) -> Vec<Written> {
        self.calls_written(language, |call| call.grant.is_some())
    }

    /// The same of every call that is so.
    pub(crate) fn calls_written(&self, language: Language, which: impl Fn(&Call) -> bool) -> Vec<Written> {
        self.each_written(language, |call| which(call).then(|| [String::new()]))
    }

    /// The same of every call that makes something for somebody else to use.
    pub(crate) fn made_written(&self, language: Language) -> Vec<Written> {
        self.calls_written(language, |call| call.later.is_some())
    }

    /// The same of every call that is given something at some places, with the name of the place where it has one.
    pub(crate) fn given_written(
        &self,
        language: Language,
        places: impl Fn(&Call) -> &[String],
    ) -> Vec<Written> {
        self.each_written(language, |call| {
            let names = places(call).iter().map(|place| {
                let name = place.rsplit('.').next().unwrap_or_default();
                let is_name = name != "self" && name.starts_with(|first: char| !first.is_ascii_digit());
                if is_name { format!(".{name}") } else { String::new() }
            });
            Some(names.collect::<Vec<_>>())
        })
    }

    /// The same of everything that a library holds and that is that.
    pub(crate) fn held_written(&self, language: Language, is: Holds) -> Vec<Written> {
        let tongue = Tongue::of(language);
        let held = self.values.iter().filter(|((of, _), what)| *of == tongue && **what == is);
        held.flat_map(|((_, path), _)| self.without_implied(tongue, path)).collect()
    }

    /// What constants are called that are one of these texts.
    pub(crate) fn constants_written(&self, language: Language, texts: &[&str]) -> Vec<String> {
        let tongue = Tongue::of(language);
        let those =
            self.constants.iter().filter(|((of, _), text)| *of == tongue && texts.contains(&&***text));
        those.map(|((_, path), _)| path.rsplit('.').next().unwrap_or_default().to_owned()).collect()
    }

    /// The paths of calls, each with all that is said to stand beside it.
    fn each_written<B: IntoIterator<Item = String>>(
        &self,
        language: Language,
        beside: impl Fn(&Call) -> Option<B>,
    ) -> Vec<Written> {
        let tongue = Tongue::of(language);
        let mut all = Vec::new();
        for ((_, path), call) in self.by_path.iter().filter(|((of, _), _)| *of == tongue) {
            let Some(beside) = self.calls.get(*call).and_then(&beside) else { continue };
            let paths = self.without_implied(tongue, path);
            for beside in beside {
                all.extend(paths.iter().cloned().map(|mut path| {
                    path.here.push_str(&beside);
                    path
                }));
            }
        }
        all
    }

    /// What of a path must be written; several where there are several ways to come to it.
    fn without_implied(&self, tongue: Tongue, path: &str) -> Vec<Written> {
        // What a module gives by default has any name.
        let path = path.strip_suffix(".default").filter(|_| tongue == Tongue::JavaScript).unwrap_or(path);
        let from = self.implied(tongue, path);
        let handed = self.parameters.iter().filter(|((of, _), _)| *of == tongue);
        // What a parameter is called says what it is.
        let by_name = handed.filter_map(|((_, name), made)| {
            let rest = path.strip_prefix(&**made).filter(|rest| rest.starts_with('.'))?;
            Some(Written { here: format!("{name}{rest}"), ..Written::default() })
        });
        let plain = path.get(from..).unwrap_or_default();
        let last = plain.rfind('.').unwrap_or_default();
        let plain = Written {
            here: plain.get(last..).unwrap_or_default().to_owned(),
            seen: plain.get(..last).unwrap_or_default().to_owned(),
            far: self.makers(tongue, path.get(..from).unwrap_or_default()),
        };
        if matches!(tongue, Tongue::Java | Tongue::CSharp) {
            // Types are known by their names there, wherever they are made.
            return by_name.chain([Written { far: Vec::new(), ..plain }]).collect();
        }
        by_name.chain(told_apart(tongue, plain)).collect()
    }

    /// Up to where a path need not be written where it is used, since somebody else may have made what it is of.
    fn implied(&self, tongue: Tongue, path: &str) -> usize {
        let ends = path.match_indices('.').map(|(at, _)| at);
        // In C# a type is known by its name alone.
        let mut implied = ends.filter(|end| {
            tongue == Tongue::CSharp || path.get(..*end).is_some_and(|prefix| self.makes(tongue, prefix))
        });
        implied.next_back().unwrap_or_default()
    }

    /// What is written where something of that name is made, or named as a type.
    fn makers(&self, tongue: Tongue, made: &str) -> Vec<String> {
        if tongue == Tongue::CSharp {
            return Vec::new();
        }
        let all = self.makers_of(tongue, made, &mut Vec::new());
        let words = |path: &str| path.split(['.', ' ']).map(str::to_owned).collect::<BTreeSet<_>>();
        let mut all: Vec<_> = all.iter().map(|path| (words(path), path)).collect();
        all.sort_by_key(|(words, _)| words.len());
        // Whatever has all words of another one is met where that is.
        let mut least: Vec<(BTreeSet<String>, &String)> = Vec::new();
        for (words, path) in all {
            if !least.iter().any(|(other, _)| other.is_subset(&words)) {
                least.push((words, path));
            }
        }
        least.into_iter().map(|(_, path)| path.clone()).collect()
    }

    /// The same, where these are being asked for already.
    fn makers_of<'m>(&'m self, tongue: Tongue, made: &'m str, asked: &mut Vec<&'m str>) -> Vec<String> {
        if made.is_empty() || asked.contains(&made) {
            return Vec::new();
        }
        asked.push(made);
        let mut all = vec![made.to_owned()];
        let calls = self.by_path.iter().filter(|((of, _), call)| {
            *of == tongue && self.calls.get(**call).is_some_and(|call| call.name() == made)
        });
        for ((_, path), _) in calls {
            let (from, rest) = path.split_at(self.implied(tongue, path));
            if from.is_empty() || from == made {
                all.push(path.to_string());
            } else {
                // What makes it is itself of something that is made.
                all.extend(self.makers_of(tongue, from, asked).iter().map(|maker| format!("{maker} {rest}")));
            }
        }
        asked.pop();
        all
    }

    /// Whether what some call gives back is named so.
    fn makes(&self, tongue: Tongue, path: &str) -> bool {
        self.made.contains(&(tongue, path.into()))
    }
}
