//! What is written down in a file, by words: what others can come to by a name, and what can be run.

use super::{
    goals::{Found, Goals},
    words::{Word, Words, plain_words, words as words_in, words_of},
};
use crate::{
    flow::class::CONSTRUCTORS,
    ir::{Class, Function, Span, Statement, Step, Target},
    language::Language,
    project::{File, FileId, FunctionRef, Project},
};

/// Something that is written down, and the names by which others come to it.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) file: FileId,
    pub(super) names: Vec<Word>,
    /// The words that stand in it.
    pub(super) uses: Vec<Word>,
    /// The function, where it is one: to come into it costs a call.
    pub(super) function: Option<FunctionRef>,
    /// Whether it is a part of a class, which others come to by an object of that.
    pub(super) is_part: bool,
}

/// Which of the words that have to stand where something is met stand in that itself.
pub(super) fn own_words(one: &Definition, goals: &Goals) -> Found {
    let mut found = Found::default();
    one.uses.iter().filter_map(|word| goals.word_here(*word)).for_each(|number| found.note(number));
    found
}

/// Everything in a file that has a name, and everything in it that can be run.
pub(super) fn definitions(project: &Project<'_>, id: FileId, file: &File<'_>) -> Vec<Definition> {
    let words = Words::of(words_of(file));
    let module = file.module();
    let mut all = Vec::new();
    let add_to = |all: &mut Vec<Definition>, names, mut uses: Vec<Word>, function, is_part| {
        uses.sort_unstable();
        uses.dedup();
        all.push(Definition { file: id, names, uses, function, is_part });
    };
    let mut add = |names: Vec<Word>, uses: Vec<Word>| add_to(&mut all, names, uses, None, false);
    for import in &module.imports {
        let item = import.item.as_deref().unwrap_or_default();
        // A name with a `-` in it is one.
        let module = words_in(&import.module).map(|(_, word)| word);
        let taken = module.chain(plain_words(item));
        // A module that is used as a value is what it gives by default.
        let default = (file.language.family() == Language::JavaScript).then(|| Word::new("default"));
        add(vec![Word::new(&import.local)], taken.chain(default).collect());
    }
    for export in &module.exports {
        add(vec![Word::new(&export.name)], words.within(&export.value.span).collect());
    }
    for class in &module.classes {
        let uses = spans_of(class).flat_map(|span| words.within(span));
        let made = class.methods.iter().filter_map(|id| module.functions.get(id.0 as usize));
        let made = made.filter(|method| CONSTRUCTORS.contains(&&*method.name));
        let made = made.flat_map(|method| words.within(&method.span));
        // How a field is sent may stand at the method that gives it.
        let methods = class.methods.iter().filter_map(|id| module.functions.get(id.0 as usize));
        let said = methods.flat_map(|method| &method.decorators).flat_map(|said| words.within(&said.span));
        let uses = uses.chain(made).chain(said);
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
        let uses = match index {
            0 => words.all().collect(),
            _ => used_by(project, reference, function, file, &words),
        };
        let names = if function.name.is_empty() { Vec::new() } else { vec![Word::new(&function.name)] };
        add_to(&mut all, names, uses, Some(reference), function.class.is_some());
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
    project: &Project<'_>,
    this: FunctionRef,
    function: &Function,
    file: &File,
    words: &Words,
) -> Vec<Word> {
    let mut uses: Vec<_> = words.within(&function.span).collect();
    let mut around = Some(function);
    let mut inner = &function.span;
    while let Some(of) = around {
        if let Some(class) = of.class.and_then(|class| file.module().classes.get(class.0 as usize)) {
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
