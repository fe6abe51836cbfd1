//! One file, ready to be asked.

use std::{collections::HashMap, sync::Arc};

use super::{
    Bound, Part,
    counter::{self, Spec},
    reads::Fact,
    refer::Refer,
    rule::Rule,
    section::{Kind, Section, Sees, Table},
    shared::Shared,
    veil::Veil,
};
use crate::{Finding, Place, Target, Undecided, Unlisted, finding::table, steps::Steps};

/// A file that is ready to be asked.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: Arc<str>,
    pub(crate) default: Unlisted,
    pub(crate) is_shadow: bool,
    hidden: Veil,
    pub(crate) tools: Table,
    pub(crate) resources: Table,
    pub(crate) prompts: Table,
    /// All that its rules keep.
    pub(crate) counters: Vec<Spec>,
}

impl File {
    pub(crate) fn of(part: &Part<'_>, shared: &mut Shared) -> Result<Self, Finding> {
        let document = part.document;
        let name: Arc<str> = part.file.into();
        let place: Arc<str> = match &part.place {
            Place::Shared => "shared".into(),
            Place::Server(name) => format!("server/{name}").into(),
        };
        let sections = [
            (Kind::Tool, &document.tools),
            (Kind::Resource, &document.resources),
            (Kind::Prompt, &document.prompts),
        ];
        let mut counters = Vec::new();
        let mut by_name = HashMap::new();
        for (kind, sections) in &sections {
            for section in *sections {
                for rule in &section.rules {
                    let Some(state) = &rule.state else { continue };
                    let spec = Spec {
                        place: place.clone(),
                        scope: counter::scope(*kind, &section.name),
                        counter: (*state.counter).into(),
                        window: state.window,
                        per: state.per.clone(),
                    };
                    shared.keep(rule, &spec)?;
                    let called = counter::called(*kind, &section.name);
                    if by_name.insert((called, spec.counter.clone()), counters.len()).is_some() {
                        return Err(mistakable(rule, &spec));
                    }
                    counters.push(spec);
                }
            }
        }
        let mut file = Self {
            name: name.clone(),
            default: document.default,
            is_shadow: document.shadow,
            hidden: Veil::of(&document.hide),
            tools: Table::default(),
            resources: Table::default(),
            prompts: Table::default(),
            counters: Vec::new(),
        };
        let mut next = 0;
        for (kind, sections) in &sections {
            for section in *sections {
                let refer = || Refer {
                    sees: Sees::default(),
                    called: counter::called(*kind, &section.name),
                    counters: &by_name,
                };
                let (mut judged, mut looked) = (refer(), refer());
                let mut rules = Vec::with_capacity(section.rules.len());
                for rule in &section.rules {
                    let own = rule.state.as_ref().and_then(|_| {
                        let own = counters.get(next).map(|spec| (next, spec));
                        next += 1;
                        own
                    });
                    let text = section.name.text();
                    let refer = if rule.shadow { &mut looked } else { &mut judged };
                    let ready = Rule::of(rule, &name, own, refer, shared)?;
                    rules.push(ready.in_section(*kind, text, rule, &place));
                }
                let ready = Section {
                    name: section.name.text().into(),
                    rules,
                    scopes: section.scopes.clone(),
                    judged: judged.sees,
                    looked: looked.sees,
                };
                file.table_mut(*kind).insert(&section.name, ready);
            }
        }
        file.counters = counters;
        Ok(file)
    }

    /// Whether nobody sees a tool of this name.
    pub(crate) fn hides(&self, tool: &str) -> bool {
        self.hidden.has(tool)
    }

    pub(crate) fn hides_some(&self) -> bool {
        !self.hidden.is_empty()
    }

    /// Takes the steps for asking what is hidden and which rules hold.
    pub(crate) fn look(&self, target: Target<'_>, steps: &mut Steps) -> Result<(), Undecided> {
        let (kind, spellings) = Kind::of(&target);
        steps.take(1)?;
        if let Target::Tool(name) = target {
            self.hidden.look(name, steps)?;
        }
        self.table(kind).look(spellings.unwrap_or_default(), steps)
    }

    pub(crate) fn table(&self, kind: Kind) -> &Table {
        match kind {
            Kind::Tool => &self.tools,
            Kind::Resource => &self.resources,
            Kind::Prompt => &self.prompts,
        }
    }

    fn table_mut(&mut self, kind: Kind) -> &mut Table {
        match kind {
            Kind::Tool => &mut self.tools,
            Kind::Resource => &mut self.resources,
            Kind::Prompt => &mut self.prompts,
        }
    }

    /// The sections that hold for a call: that of its name, patterns as they stand, and the one for all.
    pub(crate) fn sections(&self, target: Target<'_>) -> impl Iterator<Item = &Section> {
        let (kind, spellings) = Kind::of(&target);
        let table = self.table(kind);
        match spellings {
            Some(spellings) => table.of(spellings),
            None => table.all().collect(),
        }
        .into_iter()
    }

    /// Whether it is denied for not being listed. A file that says nothing of resources or prompts is about tools.
    pub(crate) fn denies_unlisted(&self, target: Target<'_>) -> bool {
        let (kind, spellings) = Kind::of(&target);
        let table = self.table(kind);
        let is_governed = kind == Kind::Tool || !table.is_empty();
        // How it was sent is what somebody listed; what else a server may take it for lets nothing pass.
        let is_listed = spellings.and_then(<[_]>::first).is_some_and(|name| match kind {
            Kind::Resource => table.lists_resource(name),
            Kind::Tool | Kind::Prompt => table.lists(name),
        });
        self.default == Unlisted::Deny && is_governed && !is_listed
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.default == Unlisted::Allow
            && self.hidden.is_empty()
            && [&self.tools, &self.resources, &self.prompts].into_iter().all(Table::is_empty)
    }

    pub(crate) fn reads(&self, fact: Fact) -> bool {
        let mut sections = [&self.tools, &self.resources, &self.prompts].into_iter().flat_map(Table::all);
        sections.any(|section| section.reads(fact)) || self.counters.iter().any(|spec| fact.parts(spec))
    }

    /// Whether it refuses nothing, although it is not only looked at itself.
    pub(crate) fn only_looks(&self) -> bool {
        let mut sections = [&self.tools, &self.resources, &self.prompts].into_iter().flat_map(Table::all);
        self.default == Unlisted::Allow
            && self.hidden.is_empty()
            && sections.all(|section| section.rules.iter().all(|rule| rule.is_shadow))
    }

    pub(crate) fn bound(&self) -> Bound {
        let mut bound = self.hidden.bound();
        bound += self.tools.bound().or(self.resources.bound_of_all()).or(self.prompts.bound());
        bound
    }
}

/// A tool that is called like `resource:` with a resource, each with such a counter: a path names both.
fn mistakable(rule: &crate::Rule, spec: &Spec) -> Finding {
    let message = format!(
        "a path to the counter `{}` of `{}` would name the counter of another section, too",
        spec.counter, spec.scope
    );
    let finding = Finding::new(&table::COUNTER_TWICE, rule.span.clone(), message, "named twice");
    finding.help("Give the counter another name.")
}
