//! Which scopes do the calls of one server need? As its operator describes it.

use std::collections::BTreeMap;

use warded_core::{Hierarchy, Scopes};

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
    /// Everything that a client may ever need here.
    pub fn supported(&self) -> Scopes {
        let tables = [&self.methods, &self.tools, &self.resources, &self.prompts];
        let mut all = self.required.clone();
        tables.into_iter().flat_map(BTreeMap::values).for_each(|scopes| all.add(scopes));
        all
    }

    /// Everything that a client may ask for and that means something here: also what only stands for others.
    pub fn known(&self) -> Scopes {
        self.supported().union(&self.implies.scopes())
    }
}
