//! Statements: which ways there are.

use std::sync::Arc;

use super::{
    event::Event,
    heap::{Heap, Is, Object},
    machine::{Condition, Machine},
    split::is_question,
    value::{Marks, Presence, Shape, Value},
    witness::witnesses,
};
use crate::ir::{Arm, Catch, Expression, Kind, Span, Statement, Step};

/// How often a loop is gone through: once to see what it writes, once more with that.
const ROUNDS: usize = 2;

/// What only writes down that something went wrong, or a part of what that is called.
const LOGS: &[&str] = &[
    "log",
    "_log",
    "logger",
    "_logger",
    "logging",
    "slog",
    "console",
    "print",
    "println",
    "printf",
    "println!",
    "eprintln!",
    "warn",
    "warning",
    "warn!",
    "debug",
    "debug!",
    "trace",
    "tracing",
];

impl Machine<'_> {
    /// What these steps do, one after the other, as long as any way leads on.
    pub(super) fn perform(&mut self, body: &[Statement]) {
        let depth = self.under.len();
        for statement in body {
            if !self.step() {
                break;
            }
            self.one(statement);
        }
        // What was asked in here and ended one of its ways holds up to here.
        self.under.truncate(depth);
    }

    /// Whether no more is known of it than the type of a library that somebody handed it in as.
    fn is_any_of_its_type(&self, value: &Value) -> bool {
        let object = value.object().and_then(|id| self.heap.as_ref()?.get(id));
        let is_bare =
            |of: &Object| matches!(of.is, Is::Foreign(_)) && of.open.is_some() && of.slots.is_empty();
        matches!(value.shape, Shape::Unknown(_)) || object.is_some_and(is_bare)
    }

    fn one(&mut self, statement: &Statement) {
        let span = &statement.span;
        match &statement.step {
            Step::Do(expression) => {
                self.evaluate(expression);
            }
            Step::Assign { target, hint, value } => {
                let mut value = self.evaluate(value);
                if let Some(hint) = hint.as_ref().filter(|_| self.is_any_of_its_type(&value)) {
                    let at = self.place(span);
                    if let Some(made) = self.made_of(self.file(), hint, &at) {
                        value = made.with(&value.marks);
                    }
                }
                if matches!(value.shape, Shape::Bool(true)) {
                    value = self.witnessed(value);
                }
                self.assign(target, value, span);
            }
            Step::If { condition, then, otherwise } => self.branch(condition, then, otherwise),
            Step::Match { subject, arms } => self.choose(subject, arms, span),
            Step::Loop { each, condition, body } => {
                let at = self.place(span);
                self.looping(&at, |machine| machine.repeat(each.as_ref(), condition.as_ref(), body, span));
            }
            Step::Try { body, catches, finally } => self.attempt(body, catches, finally, span),
            Step::Return(Some(value)) if is_question(value) => {
                // Whoever asks goes on with what is known where it holds, or where it does not.
                let (yes, no, about) = self.split(value);
                let about = witnesses(yes.as_ref(), no.as_ref(), &about);
                if let Some(called) = self.calls.last_mut() {
                    for (way, holds) in [(yes, true), (no, false)] {
                        let value = Value::from(Shape::Bool(holds)).with(&about);
                        called.returned.extend(way.map(|heap| (value, heap)));
                    }
                }
                self.heap = None;
            }
            // Whoever hands on what another function says refuses where that one does.
            Step::Return(Some(value)) if matches!(value.kind, Kind::Call { .. }) => {
                let answers = self.refusing_apart(value);
                if let Some(called) = self.calls.last_mut() {
                    called.returned.extend(answers);
                }
            }
            Step::Return(value) => {
                let value = self.optional(value.as_ref());
                if let (Some(heap), Some(called)) = (self.heap.take(), self.calls.last_mut()) {
                    called.returned.push((value, heap));
                }
            }
            Step::Throw(value) => {
                self.optional(value.as_ref());
                self.thrown();
            }
            Step::Leave => {
                if let (Some(heap), Some(called)) = (self.heap.take(), self.calls.last_mut()) {
                    called.left.push(heap);
                }
            }
            Step::Function(id) => {
                let name = self.project.file(self.file()).module().functions[id.0 as usize].name.clone();
                let value = self.closure(*id);
                let at = self.place(span);
                self.write_name(&name, value, at);
            }
            Step::Class(id) => {
                let class = crate::project::ClassRef { file: self.file(), id: *id };
                let name = self.project.class(class).name.clone();
                let at = self.place(span);
                self.write_name(&name, Shape::Class(class).into(), at);
            }
            Step::Block(body) => self.perform(body),
        }
    }

    /// This way ends: whoever catches goes on with what is known here.
    pub(super) fn thrown(&mut self) {
        if let Some(heap) = self.heap.clone().filter(|_| self.swallowed == 0) {
            self.tell(Event::Thrown { heap: Arc::new(heap) });
        }
        if let (Some(heap), Some(caught)) = (self.heap.take(), self.tries.last_mut()) {
            caught.push(heap);
        }
    }

    /// One of two ways, or both.
    fn branch(&mut self, condition: &Expression, then: &[Statement], otherwise: &[Statement]) {
        let (yes, no, about) = self.split(condition);
        let at = self.place(&condition.span);
        let after_yes = self.on(yes, &at, &about, true, then);
        let after_no = self.on(no, &at, &about, false, otherwise);
        let one_ended = after_yes.is_none() != after_no.is_none();
        let holds = after_yes.is_some();
        self.heap = after_yes;
        self.join(after_no);
        if one_ended {
            // From here on it is answered.
            self.under.push(Condition { at, about, holds });
        }
    }

    /// What is known after these steps, on the way on which that holds.
    fn on(
        &mut self,
        way: Option<Heap>,
        at: &crate::project::Place,
        about: &Marks,
        holds: bool,
        body: &[Statement],
    ) -> Option<Heap> {
        self.heap = way;
        self.heap.as_ref()?;
        self.under.push(Condition { at: at.clone(), about: about.clone(), holds });
        self.perform(body);
        self.under.pop();
        self.heap.take()
    }

    fn choose(&mut self, subject: &Expression, arms: &[Arm], span: &Span) {
        let of = self.evaluate(subject);
        let at = self.place(&subject.span);
        let mut rest = self.heap.take();
        let mut after: Option<Heap> = None;
        for arm in arms {
            let Some(before) = rest.clone() else { break };
            self.heap = Some(before);
            let (mut taken, left) = self.pick(&of, subject, arm, span);
            rest = left;
            if let Some(guard) = &arm.guard {
                self.heap = taken;
                let (holds, fails, _) = self.split(guard);
                taken = holds;
                self.heap = rest.take();
                self.join(fails);
                rest = self.heap.take();
            }
            let done = self.on(taken, &at, &of.marks, true, &arm.body);
            self.heap = after.take();
            self.join(done);
            after = self.heap.take();
        }
        self.heap = after;
        self.join(rest);
    }

    /// The ways on which the arm is taken and is not.
    fn pick(
        &mut self,
        of: &Value,
        subject: &Expression,
        arm: &Arm,
        _span: &Span,
    ) -> (Option<Heap>, Option<Heap>) {
        if arm.always || arm.patterns.is_empty() {
            return (self.heap.take(), None);
        }
        // `switch (true)` asks each of them by itself.
        if matches!(of.shape, Shape::Bool(true)) {
            let mut taken: Option<Heap> = None;
            for pattern in &arm.patterns {
                let (yes, no, _) = self.split(pattern);
                self.heap = taken.take();
                self.join(yes);
                taken = self.heap.take();
                self.heap = no;
            }
            return (taken, self.heap.take());
        }
        // `match claims.aud { None => … }` asks whether there is any.
        if let [asked] = arm.patterns.as_slice() {
            let is_null = |asked: &Expression| matches!(asked.kind, Kind::Null);
            let is_there = matches!(&asked.kind, Kind::Not(of) if is_null(of));
            if is_null(asked) || is_there {
                let (some, none, _) = self.truth(subject, of);
                return if is_there { (some, none) } else { (none, some) };
            }
        }
        let mut possible = false;
        let mut certain = false;
        for asked in &arm.patterns {
            let pattern = self.evaluate(asked);
            match (of.text(), pattern.text()) {
                (Some(one), Some(other)) if one == other => (possible, certain) = (true, true),
                (Some(_), Some(_)) => {}
                _ => possible = true,
            }
            // Which type it has, or whether there is any, says nothing of what it is.
            if !matches!(asked.kind, Kind::Opaque(_) | Kind::Null | Kind::Not(_)) {
                self.compared(of, &pattern, subject, true);
            }
        }
        let here = self.heap.take();
        match (possible, certain) {
            (_, true) => (here, None),
            (true, false) => (here.clone(), here),
            (false, false) => (None, here),
        }
    }

    fn repeat(
        &mut self,
        each: Option<&(crate::ir::Target, Expression)>,
        condition: Option<&Expression>,
        body: &[Statement],
        span: &Span,
    ) {
        let outer = self.calls.last_mut().map(|called| std::mem::take(&mut called.left)).unwrap_or_default();
        if let Some((target, of)) = each
            && let Some(entries) = self.entries_asked(of, span)
        {
            for (entry, presence) in entries.each {
                let before = self.heap.clone().filter(|_| presence != Presence::Always);
                self.assign(target, entry, span);
                self.perform(body);
                self.join_left();
                self.join(before);
            }
            let at = self.place(span);
            self.taken_over(&at, &entries.born);
            if !entries.are_more {
                if let Some(called) = self.calls.last_mut() {
                    called.left = outer;
                }
                return;
            }
        }
        let through = each.map(|(target, of)| (target, self.evaluate(of)));
        for _ in 0..ROUNDS {
            let (go, end, about) = match condition {
                Some(condition) => self.split(condition),
                None => (self.heap.clone(), self.heap.take(), Marks::default()),
            };
            let at = self.place(span);
            self.heap = go;
            if let Some((target, of)) = &through {
                let element = self.element(of);
                self.assign(target, element, span);
            }
            // Whoever goes through the audiences of a token asks about these.
            let mut about = about;
            if let Some((_, of)) = &through {
                about.join(&of.marks);
            }
            let go = self.heap.take();
            let after = self.on(go, &at, &about, true, body);
            self.heap = end;
            self.join(after);
            self.join_left();
            if self.heap.is_none() {
                break;
            }
        }
        if let Some(called) = self.calls.last_mut() {
            called.left = outer;
        }
    }

    /// What left a round of a loop early goes on after it.
    fn join_left(&mut self) {
        for left in self.calls.last_mut().map(|called| std::mem::take(&mut called.left)).unwrap_or_default() {
            self.join(Some(left));
        }
    }

    /// Whether nothing comes of what is caught there, but that somebody may read of it.
    fn swallows(&self, body: &[Statement]) -> bool {
        let text = &self.project.file(self.file()).text;
        body.iter().all(|statement| {
            let written = text.get(statement.span.clone()).unwrap_or_default();
            let called = written.split('(').next().unwrap_or_default().to_ascii_lowercase();
            matches!(statement.step, Step::Do(_))
                && called.split(['.', ':', ' ']).any(|part| LOGS.contains(&part.trim()))
        })
    }

    fn attempt(&mut self, body: &[Statement], catches: &[Catch], finally: &[Statement], span: &Span) {
        let before = self.heap.clone();
        self.tries.push(Vec::new());
        // Of several steps, one that fails keeps the others from being done.
        let is_sole = matches!(body, [_]) && !catches.is_empty();
        let is_swallowed = is_sole && catches.iter().all(|catch| self.swallows(&catch.body));
        self.swallowed += usize::from(is_swallowed);
        self.perform(body);
        self.swallowed -= usize::from(is_swallowed);
        let thrown = self.tries.pop().unwrap_or_default();
        let after = self.heap.take();
        // Anything in there may have failed: before it did something, after it, or where it says so.
        self.heap = before;
        self.join(after.clone());
        for way in thrown {
            self.join(Some(way));
        }
        let failed = self.heap.take();
        let mut ends = after;
        for catch in catches {
            self.heap.clone_from(&failed);
            if let Some(name) = &catch.name {
                let at = self.place(span);
                self.write_name(name, Value::unknown(), at);
            }
            self.perform(&catch.body);
            let done = self.heap.take();
            self.heap = ends;
            self.join(done);
            ends = self.heap.take();
        }
        self.heap = ends;
        if catches.is_empty() {
            // Nobody catches: it goes on outside.
            if let (Some(failed), Some(caught)) = (failed, self.tries.last_mut()) {
                caught.push(failed);
            }
        }
        self.perform(finally);
    }
}
