//! What must be written somewhere in the source for something of a library to be met.

use super::{Call, Does, Holds, Library, Tongue};
use crate::language::Language;

impl Library {
    /// Of every call that does that: its paths, without what the library puts before them by itself.
    pub(crate) fn written(&self, language: Language, does: Does) -> Vec<String> {
        self.calls_written(language, |call| call.does == does)
    }

    /// The same of every call that says by itself with which grant a token is asked for.
    pub(crate) fn grants(&self, language: Language) -> Vec<String> {
        self.calls_written(language, |call| call.grant.is_some())
    }

    /// The same of every call that is so.
    pub(crate) fn calls_written(&self, language: Language, which: impl Fn(&Call) -> bool) -> Vec<String> {
        self.each_written(language, |call| which(call).then(|| [String::new()]))
    }

    /// The same of every call that makes something for somebody else to use.
    pub(crate) fn made_written(&self, language: Language) -> Vec<String> {
        self.calls_written(language, |call| call.later.is_some())
    }

    /// The same of every call that is given something at some places, with the name of the place where it has one.
    pub(crate) fn given_written(
        &self,
        language: Language,
        places: impl Fn(&Call) -> &[String],
    ) -> Vec<String> {
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
    pub(crate) fn held_written(&self, language: Language, is: Holds) -> Vec<String> {
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
    ) -> Vec<String> {
        let tongue = Tongue::of(language);
        let mut all = Vec::new();
        for ((_, path), call) in self.by_path.iter().filter(|((of, _), _)| *of == tongue) {
            let Some(beside) = self.calls.get(*call).and_then(&beside) else { continue };
            let paths = self.without_implied(tongue, path);
            for beside in beside {
                all.extend(paths.iter().map(|path| format!("{path}{beside}")));
            }
        }
        all
    }

    /// What of a path must be written; several where there are several ways to come to it.
    fn without_implied(&self, tongue: Tongue, path: &str) -> Vec<String> {
        let ends = path.match_indices('.').map(|(at, _)| at);
        // In C# a type is known by its name alone.
        let mut implied = ends.filter(|end| {
            tongue == Tongue::CSharp || path.get(..*end).is_some_and(|prefix| self.makes(tongue, prefix))
        });
        let from = implied.next_back().unwrap_or_default();
        let handed = self.parameters.iter().filter(|((of, _), _)| *of == tongue);
        // What a parameter is called says what it is.
        let by_name = handed.filter_map(|((_, name), made)| {
            let rest = path.strip_prefix(&**made).filter(|rest| rest.starts_with('.'))?;
            Some(format!("{name}{rest}"))
        });
        let plain = path.get(from..).unwrap_or_default().to_owned();
        by_name.chain([plain]).collect()
    }

    /// Whether what some call gives back is named so.
    fn makes(&self, tongue: Tongue, path: &str) -> bool {
        self.made.contains(&(tongue, path.into()))
    }
}
