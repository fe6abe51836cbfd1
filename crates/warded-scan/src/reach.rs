//! Which functions can come to anything of interest? The others need not be followed.
//!
//! Nothing is told of a function unless it calls something that a library is known to do. What that is called stands
//! somewhere in the source, word by word: in the function itself, in what it calls, or in what gives a name to something
//! that either of them uses. So it is asked by words alone: every definition with a name leads to whatever definitions use
//! that word, whether they can see it or not. That is far too much, and never too little, but for names that are written
//! with escapes.

mod apart;
mod glance;
mod goals;
mod inbound;
mod words;

use std::collections::{BTreeMap, HashMap, HashSet};

pub(crate) use apart::worth_reading;

use goals::{Found, Goals};
use words::{Word, Words};

use crate::{
    flow::{MAX_CALLS, class::CONSTRUCTORS},
    ir::{Class, Function, Span, Statement, Step, Target},
    language::Language,
    library::Library,
    project::{File, FileId, FunctionRef, Project},
    rules::Heeds,
};

/// Something that is written down, and the names by which others come to it.
struct Definition {
    names: Vec<Word>,
    /// The words that stand in it.
    uses: Vec<Word>,
    /// Which of the words that matter stand in it, and in whatever it uses.
    found: Found,
    /// The function, where it is one: to come into it costs a call.
    function: Option<FunctionRef>,
}

/// The functions that can come to anything of interest, in the order of the project.
pub(crate) fn reaching(project: &Project, library: &Library, heeds: &[Heeds]) -> Vec<FunctionRef> {
    let goals: BTreeMap<Language, Goals> =
        FAMILIES.iter().map(|family| (*family, Goals::of(library, *family, heeds))).collect();
    let sights: Vec<_> = project.files().map(|(id, _)| project.seen_from(id)).collect();
    let mut reaching = HashSet::new();
    for island in project.islands(&sights) {
        let family = island.first().map(|first| project.file(*first).language.family());
        if let Some(goals) = family.and_then(|family| goals.get(&family)) {
            reaching.extend(reaching_within(project, goals, &island));
        }
    }
    project.functions().filter(|function| reaching.contains(function)).collect()
}

/// Those of files that see nothing but each other.
fn reaching_within(project: &Project, goals: &Goals, island: &[FileId]) -> Vec<FunctionRef> {
    let mut all: Vec<_> = Vec::new();
    for id in island {
        all.extend(definitions(project, *id, project.file(*id)));
    }
    let named: HashSet<Word> = all.iter().flat_map(|definition| definition.names.iter().copied()).collect();
    for definition in &mut all {
        definition.uses.sort_unstable();
        definition.uses.dedup();
        for word in &definition.uses {
            definition.found = definition.found.and(goals.word(*word));
        }
        definition.uses.retain(|word| named.contains(word));
        definition.uses.shrink_to_fit();
    }
    follow(&mut all);
    // What one function keeps, another one has that does not use it.
    let comes_in = all.iter().any(|definition| goals.come_in(definition.found));
    let met = all.into_iter().filter(|definition| goals.are_met(definition.found, comes_in));
    met.filter_map(|definition| definition.function).collect()
}

/// Languages whose files see each other.
const FAMILIES: [Language; 6] =
    [Language::Python, Language::JavaScript, Language::Go, Language::Rust, Language::Java, Language::CSharp];

/// Brings what is found in each definition to those that use it, over as many calls as are followed.
fn follow(all: &mut [Definition]) {
    let mut by_name: HashMap<Word, Found> = HashMap::new();
    for call in 0..=MAX_CALLS {
        // What only gives a name to something costs no call.
        loop {
            let mut changed = false;
            for definition in all.iter_mut().filter(|definition| definition.function.is_none()) {
                changed |= definition.learn(&by_name);
                changed |= definition.tell(&mut by_name);
            }
            if !changed {
                break;
            }
        }
        for definition in all.iter_mut().filter(|definition| definition.function.is_some()) {
            definition.learn(&by_name);
        }
        if call < MAX_CALLS {
            for definition in all.iter().filter(|definition| definition.function.is_some()) {
                definition.tell(&mut by_name);
            }
        }
    }
}

impl Definition {
    fn learn(&mut self, by_name: &HashMap<Word, Found>) -> bool {
        let before = self.found;
        for word in &self.uses {
            if let Some(found) = by_name.get(word) {
                self.found = self.found.and(*found);
            }
        }
        self.found != before
    }

    fn tell(&self, by_name: &mut HashMap<Word, Found>) -> bool {
        let mut changed = false;
        for name in &self.names {
            let known = by_name.entry(*name).or_default();
            let before = *known;
            *known = known.and(self.found);
            changed |= *known != before;
        }
        changed
    }
}

/// Everything in a file that has a name, and everything in it that can be run.
fn definitions(project: &Project, id: FileId, file: &File) -> Vec<Definition> {
    let words = Words::of(&file.text);
    let module = &file.module;
    let mut all = Vec::new();
    let mut add = |names: Vec<Word>, uses: Vec<Word>| {
        all.push(Definition { names, uses, found: Found::default(), function: None });
    };
    // What all names come from unqualified may give a name to anything in the file.
    let everywhere: Vec<_> = module
        .imports
        .iter()
        .filter(|import| &*import.local == "*")
        .flat_map(|import| self::words::words(&import.module).map(|(_, word)| word))
        .collect();
    for import in &module.imports {
        let item = import.item.as_deref().unwrap_or_default();
        let taken = self::words::words(&import.module).chain(self::words::words(item));
        // A module that is used as a value is what it gives by default.
        let uses = taken.map(|(_, word)| word).chain([Word::new("default")]);
        add(vec![Word::new(&import.local)], uses.collect());
    }
    for export in &module.exports {
        add(vec![Word::new(&export.name)], words.within(&export.value.span).collect());
    }
    for class in &module.classes {
        let uses = spans_of(class).flat_map(|span| words.within(span));
        let made = class.methods.iter().filter_map(|id| module.functions.get(id.0 as usize));
        let made = made.filter(|method| CONSTRUCTORS.contains(&&*method.name));
        let made = made.flat_map(|method| words.within(&method.span));
        let uses = uses.chain(made).chain(everywhere.iter().copied());
        add(vec![Word::new(&class.name)], uses.collect());
    }
    if let Some(itself) = module.functions.first() {
        let mut top = Vec::new();
        tops(&itself.body, &mut top);
        for (name, span) in top {
            add(vec![Word::new(name)], words.within(span).collect());
        }
    }
    for (index, function) in (0..).zip(&module.functions) {
        let reference = FunctionRef { file: id, id: crate::ir::FunctionId(index) };
        let mut uses = match index {
            0 => words.all().collect(),
            _ => used_by(project, reference, function, file, &words),
        };
        uses.extend(&everywhere);
        let names = if function.name.is_empty() { Vec::new() } else { vec![Word::new(&function.name)] };
        all.push(Definition { names, uses, found: Found::default(), function: Some(reference) });
    }
    all
}

/// What a class is made with, but for its methods.
fn spans_of(class: &Class) -> impl Iterator<Item = &Span> {
    let fields = class.fields.iter().map(|field| &field.span);
    let values = class.fields.iter().filter_map(|field| Some(&field.value.as_ref()?.span));
    let around = class.bases.iter().chain(&class.decorators).map(|of| &of.span);
    fields.chain(values).chain(around)
}

/// The words of a function, of what its class is made with, and of what stands around it.
fn used_by(
    project: &Project,
    this: FunctionRef,
    function: &Function,
    file: &File,
    words: &Words,
) -> Vec<Word> {
    let mut uses: Vec<_> = words.within(&function.span).collect();
    let mut around = Some(function);
    let mut inner = &function.span;
    while let Some(of) = around {
        if let Some(class) = of.class.and_then(|class| file.module.classes.get(class.0 as usize)) {
            uses.push(Word::new(&class.name));
        }
        let decorators = of.decorators.iter().map(|decorator| &decorator.span);
        uses.extend(decorators.flat_map(|span| words.within(span)));
        let outer = of.outer.filter(|outer| outer.0 != 0);
        around = outer.map(|id| project.function(FunctionRef { file: this.file, id }));
        if let Some(outer) = around {
            // All of it, but for other functions in it that have a name: they are used by that.
            uses.extend(words.within(&(outer.span.start..inner.start)));
            uses.extend(words.within(&(inner.end..outer.span.end)));
            inner = &outer.span;
        }
    }
    uses
}

/// The names that steps at the top of a file give, and where.
fn tops<'m>(body: &'m [Statement], all: &mut Vec<(&'m str, &'m Span)>) {
    for statement in body {
        match &statement.step {
            Step::Assign { target: Target::Name(name), .. } => all.push((name, &statement.span)),
            Step::If { then, otherwise, .. } => {
                tops(then, all);
                tops(otherwise, all);
            }
            Step::Try { body, catches, .. } => {
                tops(body, all);
                for catch in catches {
                    tops(&catch.body, all);
                }
            }
            Step::Block(body) => tops(body, all),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
