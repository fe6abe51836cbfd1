//! Which scopes do the calls of one server need? As its operator describes it.

use std::collections::BTreeMap;

use warded_core::{Hierarchy, Scopes};
use warded_policy::{AddedScopes, Glob};

use super::{Needs, readings};
use crate::call::Target;

/// Which scopes the calls of one server need.
///
/// The keys are names, byte for byte, or patterns: `*` stands for any text, also for none and for one with slashes in
/// it, and nothing else is special. Everything that fits a call adds up, so that no rule makes another one weaker.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use warded_core::{Hierarchy, Scopes};
/// use warded_guard::ScopeRules;
///
/// let rules = ScopeRules {
///     required: Scopes::parse("notes:read")?,
///     tools: BTreeMap::from([("delete_*".into(), Scopes::parse("notes:write")?)]),
///     resources: BTreeMap::from([("note://private/*".into(), Scopes::parse("notes:private")?)]),
///     implies: Hierarchy::new([("notes:write", Scopes::parse("notes:read")?)])?,
///     ..ScopeRules::default()
/// };
/// assert_eq!(rules.supported().to_string(), "notes:private notes:read notes:write");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain description: every field is the operator's to give")]
pub struct ScopeRules {
    /// What every request needs.
    pub required: Scopes,
    /// What messages of single methods need in addition, such as `logging/setLevel` or `tasks/*`.
    pub methods: BTreeMap<Box<str>, Scopes>,
    /// What calls of single tools need in addition.
    pub tools: BTreeMap<Box<str>, Scopes>,
    /// What it takes in addition to read, watch or complete single resources, by their URIs.
    pub resources: BTreeMap<Box<str>, Scopes>,
    /// What it takes in addition to get or complete single prompts.
    pub prompts: BTreeMap<Box<str>, Scopes>,
    /// Which scopes stand for others.
    pub implies: Hierarchy,
}

impl ScopeRules {
    /// Adds what a policy demands: so it is asked for in the same challenge, and what it opens is in the same lists.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use warded_core::Scopes;
    /// use warded_guard::ScopeRules;
    /// use warded_policy::AddedScopes;
    ///
    /// let mut rules = ScopeRules { required: Scopes::parse("notes:read")?, ..ScopeRules::default() };
    /// let tools = BTreeMap::from([("wipe".into(), vec!["notes:admin".into()])]);
    /// rules.adds(&AddedScopes { tools, ..AddedScopes::default() });
    /// assert_eq!(rules.supported().to_string(), "notes:admin notes:read");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn adds(&mut self, added: &AddedScopes) {
        let tables = [
            (&mut self.tools, &added.tools),
            (&mut self.resources, &added.resources),
            (&mut self.prompts, &added.prompts),
        ];
        for (table, added) in tables {
            for (name, words) in added {
                match Scopes::of(words.iter().map(AsRef::as_ref)) {
                    Ok(scopes) => table.entry(name.clone()).or_default().add(&scopes),
                    // Whoever read the policy has refused such a word.
                    Err(why) => tracing::error!(name = &**name, "a policy names what is no scope: {why}"),
                }
            }
        }
    }

    /// Everything that a client may ever need here.
    ///
    /// ```
    /// use warded_core::Scopes;
    /// use warded_guard::ScopeRules;
    ///
    /// let rules = ScopeRules { required: Scopes::parse("notes:read")?, ..ScopeRules::default() };
    /// assert_eq!(rules.supported(), rules.required);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn supported(&self) -> Scopes {
        let tables = [&self.methods, &self.tools, &self.resources, &self.prompts];
        Scopes::sum(tables.into_iter().flat_map(BTreeMap::values).chain([&self.required]))
    }

    /// Whether a name or pattern means this name.
    ///
    /// ```
    /// use warded_guard::ScopeRules;
    ///
    /// assert!(ScopeRules::fits("delete_*", "delete_note"));
    /// assert!(!ScopeRules::fits("delete_note", "delete_notes"));
    /// ```
    pub fn fits(rule: &str, name: &str) -> bool {
        Glob::of(rule).matches(name)
    }

    /// The rules for resources that no URI is spelled like, because libraries rewrite such a spelling:
    /// `FILE:///secret/*` means nothing that anybody reads. What they need, every resource needs.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use warded_core::Scopes;
    /// use warded_guard::ScopeRules;
    ///
    /// let resources = BTreeMap::from([("FILE:///secret/*".into(), Scopes::parse("secret")?)]);
    /// let rules = ScopeRules { resources, ..ScopeRules::default() };
    /// assert_eq!(rules.misspelt().collect::<Vec<_>>(), ["FILE:///secret/*"]);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn misspelt(&self) -> impl Iterator<Item = &str> {
        self.resources.keys().map(AsRef::as_ref).filter(|rule| !readings::could_be(rule))
    }

    /// The names that have a rule without a scope in it. Such a rule protects nothing, whatever was meant: `warded
    /// check` refuses it, and a guard says so in its log when it is built.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use warded_core::Scopes;
    /// use warded_guard::ScopeRules;
    ///
    /// let tools = BTreeMap::from([("wipe".into(), Scopes::default())]);
    /// let rules = ScopeRules { tools, ..ScopeRules::default() };
    /// assert_eq!(rules.without_scope().collect::<Vec<_>>(), ["wipe"]);
    /// ```
    pub fn without_scope(&self) -> impl Iterator<Item = &str> {
        let tables = [&self.methods, &self.tools, &self.resources, &self.prompts];
        let rules = tables.into_iter().flatten();
        rules.filter(|(_, scopes)| scopes.is_empty()).map(|(name, _)| name.as_ref())
    }

    /// Everything that a client may ask for and that means something here: also what only stands for others.
    ///
    /// ```
    /// use warded_core::{Hierarchy, Scopes};
    /// use warded_guard::ScopeRules;
    ///
    /// let implies = Hierarchy::new([("notes:admin", Scopes::parse("notes:read")?)])?;
    /// let rules = ScopeRules { required: Scopes::parse("notes:read")?, implies, ..ScopeRules::default() };
    /// assert_eq!(rules.known().to_string(), "notes:admin notes:read");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn known(&self) -> Scopes {
        self.supported().union(&self.implies.scopes())
    }

    /// What a token with these scopes lacks for a call of this method and target: the guard answers 403 where it is anything.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    ///
    /// use warded_core::Scopes;
    /// use warded_guard::{ScopeRules, Target};
    ///
    /// let tools = BTreeMap::from([("delete_*".into(), Scopes::parse("notes:write")?)]);
    /// let rules = ScopeRules { required: Scopes::parse("notes:read")?, tools, ..ScopeRules::default() };
    /// let held = Scopes::parse("notes:read")?;
    /// let lacks = |tool: &str| rules.missing("tools/call", &Target::Tool(tool.into()), &held).to_string();
    /// assert_eq!((&*lacks("read_note"), &*lacks("delete_note")), ("", "notes:write"));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn missing(&self, method: &str, target: &Target, held: &Scopes) -> Scopes {
        self.implies.missing(&Needs::of(self).of_one(method, target), held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_spelled_as_uris_are() {
        let misspelt = |rule: &str| {
            let resources = BTreeMap::from([(rule.into(), Scopes::default())]);
            ScopeRules { resources, ..ScopeRules::default() }.misspelt().count() == 1
        };
        for rule in [
            "*",
            "*secret*",
            "*.key",
            "*/secret/*",
            "file:*",
            "file:/*",
            "file://*",
            "file:///*",
            "file:///secret/*",
            "file:///secret/x.txt",
            "note://*/x",
            "note://private:*",
            "https://*",
            "https://api.example.com/*",
            "http://127.0.0.*",
            "note://x?*",
            "note://caf%C3%A9/*",
            "ui://app/*",
        ] {
            assert!(!misspelt(rule), "{rule}");
        }
        for rule in [
            "",
            "secret",
            "FILE:///secret/*",
            "file:///My Docs/*",
            "file:///my%20docs/../*",
            "file:///caf\u{e9}/*",
            "file:///caf%c3%a9/*",
            "file:///%73ecret/*",
            "https://API.example.com/*",
            "https://api.example.com",
            "https://api.example.com:443/*",
            "file://localhost/*",
            "note://x#*",
            "*\\secret",
        ] {
            assert!(misspelt(rule), "{rule}");
        }
    }
}
