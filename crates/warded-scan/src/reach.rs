//! Which functions can come to anything of interest? The others need not be followed, and files in which there are none
//! need not even be parsed.
//!
//! Nothing is told of a function unless it calls something that a library is known to do. What that is called stands
//! somewhere in the source, word by word: in the function itself, in what it calls, or in what gives a name to something
//! that either of them uses. So it is asked by words alone. First come the files in which what is rare of that stands;
//! then those that use what gives it a name there, and so on, over as many calls as are followed. That is too much, and
//! hardly ever too little.

pub(crate) mod alive;
mod goals;
mod inbound;
mod kept;
mod sights;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use goals::{Found, Goals, Sight};
pub(crate) use sights::Near;
use sights::Sights;
use words::{Word, Words, plain_words, words_of};

use crate::{
    flow::{MAX_CALLS, class::CONSTRUCTORS, keep::Kept},
    ir::{Class, Function, Span, Statement, Step, Target},
    language::Language,
    library::Library,
    project::{File, FileId, FunctionRef, Project},
    rules::Heeds,
};

/// Something that is written down, and the names by which others come to it.
#[derive(Debug)]
struct Definition {
    file: FileId,
    names: Vec<Word>,
    /// The words that stand in it.
    uses: Vec<Word>,
    /// The function, where it is one: to come into it costs a call.
    function: Option<FunctionRef>,
    /// Whether it is a part of a class, which others come to by an object of that.
    is_part: bool,
}

/// Parses these files, perhaps several at a time.
pub(crate) type ReadAll<'r> = &'r dyn Fn(&[FileId]);

/// What can be reached in a project.
pub(crate) struct Reach<'p> {
    project: &'p Project<'p>,
    islands: Vec<Island>,
    /// What each file sees of the words that matter.
    visible: Vec<Sight>,
    all_goals: BTreeMap<Language, Goals>,
    near: Near,
    reached: HashSet<FunctionRef>,
    /// What was followed and came to nothing.
    dead: HashSet<FunctionRef>,
}

/// Files that see nothing but each other.
struct Island {
    files: Vec<FileId>,
    /// Which of the words that matter stand in each of them.
    found: Vec<Sight>,
    family: Language,
    /// What has to stand in each of them so that something is met there, once somebody has begun.
    wanted: Vec<Vec<Found>>,
    /// What was parsed of it.
    read: BTreeSet<FileId>,
    definitions: Vec<Definition>,
    /// Whether what to begin with was read.
    is_begun: bool,
    /// Whether nothing further can be come to.
    is_done: bool,
    /// The words of files that are not read yet, once somebody has asked for them.
    unread: HashMap<FileId, HashSet<Word>>,
}

/// Languages whose files see each other.
#[cfg(test)]
const FAMILIES: [Language; 6] =
    [Language::Python, Language::JavaScript, Language::Go, Language::Rust, Language::Java, Language::CSharp];

impl<'p> Reach<'p> {
    /// Where nothing was looked for yet.
    pub(crate) fn new(project: &'p Project<'p>, library: &Library, heeds: &[Heeds]) -> Self {
        let families: BTreeSet<_> = project.files().map(|(_, file)| file.language.family()).collect();
        let all_goals: BTreeMap<Language, Goals> =
            families.into_iter().map(|family| (family, Goals::of(library, family, heeds))).collect();
        let (sights, found) = Sights::of(project, &all_goals);
        let back = sights.back();
        let visible = sights.visible(&found, &back);
        let islands = sights.islands(found.len(), &back).into_iter().filter_map(|files| {
            let family = project.file(*files.first()?).language.family();
            let found = files.iter().filter_map(|id| found.get(id.0 as usize).copied()).collect();
            let (wanted, read, definitions, unread) = Default::default();
            let (is_begun, is_done) = (false, false);
            Some(Island { files, found, family, wanted, read, definitions, is_begun, is_done, unread })
        });
        let (islands, near) = (islands.collect(), sights.near(project));
        Self { project, islands, visible, all_goals, near, reached: HashSet::new(), dead: HashSet::new() }
    }

    /// The next functions that can come to anything of interest, in the order of the project: first those in which what is
    /// rare stands, then those that call what came to anything, and so on. `dead` are those that came to nothing by themselves.
    pub(crate) fn functions(
        &mut self,
        dead: impl IntoIterator<Item = FunctionRef>,
        read: ReadAll<'_>,
    ) -> Vec<FunctionRef> {
        let dead: HashSet<_> = dead.into_iter().collect();
        let mut new = BTreeSet::new();
        for island in self.islands.iter_mut().filter(|island| !island.is_done) {
            let Some(goals) = self.all_goals.get(&island.family) else { continue };
            let program = island.found.iter().fold(Sight::default(), Sight::and);
            let open = goals.open(&program);
            let visible = |file: FileId| self.visible.get(file.0 as usize).copied().unwrap_or_default();
            // What fills something that it is handed, or hands something on, comes to nothing by itself.
            let mut certain = HashMap::new();
            for one in &island.definitions {
                let Some(function) = one.function.filter(|function| dead.contains(function)) else {
                    continue;
                };
                let own = own_words(one, goals);
                let certain =
                    certain.entry(one.file).or_insert_with(|| open.certain_within(&visible(one.file)));
                if !certain.iter().any(|words| own.has(words)) {
                    self.dead.insert(function);
                }
            }
            let here = |file| open.within(&visible(file));
            let certain = |file| open.certain_within(&visible(file));
            let (project, near) = (self.project, &self.near);
            let by = By { project, goals, here: &here, certain: &certain, near, dead: &self.dead };
            let functions = island.reaching(&by, Some(&self.reached), read);
            island.is_done = functions.iter().all(|function| self.reached.contains(function));
            new.extend(functions);
        }
        self.note(&new)
    }

    /// Those that can come to what is kept there, and were not told before.
    pub(crate) fn functions_asking(&mut self, keeps: &BTreeSet<Kept>, read: ReadAll<'_>) -> Vec<FunctionRef> {
        let mut new = BTreeSet::new();
        for island in &mut self.islands {
            if island.read.is_empty() {
                continue;
            }
            let words = kept::words(self.project, keeps, &island.files);
            if words.is_empty() {
                continue;
            }
            let goals = Goals::of_words(words.iter().map(String::as_str));
            let found_in = |id: &FileId| goals.found_in(self.project.file(*id));
            island.found = island.files.iter().map(found_in).collect();
            let program = island.found.iter().fold(Sight::default(), Sight::and);
            let here = goals.open(&program).within(&program);
            let here = |_| here.clone();
            let (dead, project) = (HashSet::new(), self.project);
            let certain = |_| Vec::new();
            let by =
                By { project, goals: &goals, here: &here, certain: &certain, near: &self.near, dead: &dead };
            island.is_begun = false;
            // All of them at once: what is kept is rare.
            new.extend(island.reaching(&by, None, read));
        }
        self.note(&new)
    }

    /// What each file sees at once.
    pub(crate) fn near(&self) -> &Near {
        &self.near
    }

    fn note(&mut self, new: &BTreeSet<FunctionRef>) -> Vec<FunctionRef> {
        let new: Vec<_> = new.iter().filter(|function| !self.reached.contains(function)).copied().collect();
        self.reached.extend(&new);
        new
    }
}

impl Island {
    /// The functions that come to what is of interest: all of them, or, where it is said which ones are known, no further
    /// ones once there are some that are not.
    fn reaching(
        &mut self,
        by: &By<'_>,
        known: Option<&HashSet<FunctionRef>>,
        read: ReadAll<'_>,
    ) -> Vec<FunctionRef> {
        let mut next = if std::mem::replace(&mut self.is_begun, true) {
            Vec::new()
        } else {
            self.wanted = self.files.iter().map(|id| (by.here)(*id)).collect();
            let begin = self.begin(by);
            if begin.is_empty() {
                return Vec::new();
            }
            begin.into_iter().collect()
        };
        let places: HashMap<FileId, usize> = self.files.iter().copied().zip(0..).collect();
        loop {
            next.retain(|id| !self.read.contains(id));
            read(&next);
            for id in &next {
                self.read.insert(*id);
                self.unread.remove(id);
                self.definitions.extend(definitions(by.project, *id, by.project.file(*id)));
            }
            let found = follow(&self.definitions, by);
            let is_met = |(one, found): &(&Definition, &Found)| {
                let wanted = places.get(&one.file).and_then(|place| self.wanted.get(*place));
                wanted.is_some_and(|wanted| wanted.iter().any(|words| found.has(words)))
            };
            let met: Vec<_> =
                self.definitions.iter().zip(&found).filter(is_met).map(|(one, _)| one).collect();
            let functions: Vec<_> = met.iter().filter_map(|one| one.function).collect();
            if known.is_some_and(|known| functions.iter().any(|function| !known.contains(function))) {
                return functions;
            }
            let mut named: HashMap<Word, Vec<&Definition>> = HashMap::new();
            for one in &met {
                one.names.iter().for_each(|name| named.entry(*name).or_default().push(one));
            }
            next.clear();
            for id in self.files.iter().filter(|id| !self.read.contains(id)) {
                let of_file = self
                    .unread
                    .entry(*id)
                    .or_insert_with(|| words_of(by.project.file(*id)).map(|(_, word)| word).collect());
                let is_seen = |one: &&Definition| by.near.sees(*id, one);
                if of_file.iter().filter_map(|word| named.get(word)).any(|all| all.iter().any(is_seen)) {
                    next.push(*id);
                }
            }
            if next.is_empty() {
                self.unread.clear();
                return functions;
            }
        }
    }

    /// The files in which all of that stands; or a part of it, and the rest in another one that is seen from there.
    fn begin(&self, by: &By<'_>) -> BTreeSet<FileId> {
        let own: Vec<_> = self.found.iter().map(|found| by.goals.here_of(found)).collect();
        let is_known = |id: &FileId| self.read.contains(id) || !by.project.file(*id).is_declared();
        let all = || self.files.iter().zip(&own).filter(|(id, _)| is_known(id));
        // Where each of these stands.
        let mut places: HashMap<Found, Vec<FileId>> = HashMap::new();
        let mut begin = BTreeSet::new();
        for ((id, found), wanted) in self.files.iter().zip(&own).zip(&self.wanted) {
            if !is_known(id) {
                continue;
            }
            if wanted.iter().any(|words| found.has(words)) {
                begin.insert(*id);
            }
            for words in (by.certain)(*id) {
                let rest = words.without(found);
                if rest == words || rest.is_empty() {
                    continue;
                }
                let others = places.entry(rest).or_insert_with(|| {
                    all().filter(|(_, found)| found.has(&rest)).map(|(id, _)| *id).collect()
                });
                let seen: Vec<_> = others.iter().filter(|other| by.near.is_seen(*id, **other)).collect();
                begin.extend((!seen.is_empty()).then_some(*id));
                begin.extend(seen);
            }
        }
        begin
    }
}

/// By what it is known what can be come to.
struct By<'r> {
    project: &'r Project<'r>,
    goals: &'r Goals,
    /// What has to stand in a file for that.
    here: &'r dyn Fn(FileId) -> Vec<Found>,
    /// The same, of what seldom stands somewhere by chance.
    certain: &'r dyn Fn(FileId) -> Vec<Found>,
    near: &'r Near,
    /// Functions that came to nothing.
    dead: &'r HashSet<FunctionRef>,
}

/// What is found in each definition, with what is in those that it uses, over as many calls as are followed.
fn follow(definitions: &[Definition], by: &By<'_>) -> Vec<Found> {
    let is_dead = |one: &Definition| one.function.is_some_and(|function| by.dead.contains(&function));
    let mut named: HashMap<Word, Vec<usize>> = HashMap::new();
    for (index, one) in definitions.iter().enumerate() {
        one.names.iter().for_each(|name| named.entry(*name).or_default().push(index));
    }
    let links: Vec<Vec<usize>> = definitions
        .iter()
        .map(|one| {
            if is_dead(one) {
                return Vec::new();
            }
            let all = one.uses.iter().filter_map(|word| named.get(word)).flatten().copied();
            let sees =
                |index: &usize| definitions.get(*index).is_some_and(|other| by.near.sees(one.file, other));
            let mut all: Vec<_> = all.filter(sees).collect();
            all.sort_unstable();
            all.dedup();
            all
        })
        .collect();
    let begin = |one: &Definition| {
        if is_dead(one) { Found::default() } else { own_words(one, by.goals) }
    };
    let mut found: Vec<_> = definitions.iter().map(begin).collect();
    // What others learn of each: of a function only what it had before the last call.
    let mut told = vec![Found::default(); found.len()];
    for _ in 0..=MAX_CALLS {
        let (plain, functions): (Vec<_>, Vec<_>) = (0..found.len())
            .partition(|index| definitions.get(*index).is_some_and(|one| one.function.is_none()));
        let learn = |index: usize, found: &mut [Found], told: &[Found]| {
            let Some(known) = found.get(index).copied() else { return false };
            let more = links.get(index).into_iter().flatten();
            let more = more.filter_map(|other| told.get(*other)).fold(known, Found::and);
            let is_new = more != known;
            if let Some(known) = found.get_mut(index).filter(|_| is_new) {
                *known = more;
            }
            is_new
        };
        // What only gives a name to something costs no call.
        loop {
            let mut changed = false;
            for index in &plain {
                changed |= learn(*index, &mut found, &told);
                if let (Some(told), Some(found)) = (told.get_mut(*index), found.get(*index)) {
                    changed |= told != found;
                    *told = *found;
                }
            }
            if !changed {
                break;
            }
        }
        for index in &functions {
            learn(*index, &mut found, &told);
        }
        for index in functions {
            if let (Some(told), Some(found)) = (told.get_mut(index), found.get(index)) {
                *told = *found;
            }
        }
    }
    found
}

/// Which of the words that have to stand where something is met stand in that itself.
fn own_words(one: &Definition, goals: &Goals) -> Found {
    let mut found = Found::default();
    one.uses.iter().filter_map(|word| goals.word_here(*word)).for_each(|number| found.note(number));
    found
}

/// Everything in a file that has a name, and everything in it that can be run.
fn definitions(project: &Project<'_>, id: FileId, file: &File<'_>) -> Vec<Definition> {
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
        let taken = plain_words(&import.module).chain(plain_words(item));
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

#[cfg(test)]
mod tests;
