//! What a class has from the classes that it extends.

use super::{
    class::CONSTRUCTORS,
    machine::Machine,
    value::{Closure, Shape, Value},
};
use crate::{
    ir::{Expression, Kind},
    project::{ClassRef, FunctionRef},
};

/// How many classes are followed that extend each other.
const MOST_BASES: usize = 8;

impl Machine<'_> {
    /// The class and those of the project that it extends, itself first.
    pub(super) fn lineage(&mut self, class: ClassRef) -> Vec<ClassRef> {
        let mut all = vec![class];
        let mut this = class;
        while let Some(base) = self.base_of(this).filter(|base| all.len() < MOST_BASES && !all.contains(base))
        {
            all.push(base);
            this = base;
        }
        all
    }

    fn base_of(&mut self, class: ClassRef) -> Option<ClassRef> {
        for base in &self.project.class(class).bases {
            if !matches!(base.kind, Kind::Name(_) | Kind::Member(..)) {
                continue;
            }
            let base = self.in_file(class.file, |machine| machine.evaluate(base));
            if let Shape::Class(base) = base.shape {
                return Some(base);
            }
        }
        None
    }

    /// The method of that name, of the class or of one that it extends.
    pub(super) fn inherited(&mut self, class: ClassRef, names: &[&str]) -> Option<FunctionRef> {
        match self.method(class, names) {
            Some(own) => Some(own),
            None => self.lineage(class).into_iter().skip(1).find_map(|base| self.method(base, names)),
        }
    }

    /// What `super(..)` and `super.a(..)` call, and `super().a(..)`.
    pub(super) fn of_base(&mut self, callee: &Expression) -> Option<Closure> {
        let names = match &callee.kind {
            Kind::Name(name) if &**name == "super" => CONSTRUCTORS,
            Kind::Member(of, name) if is_super(of) => &[&**name],
            _ => return None,
        };
        let here = self.calls.last()?.function;
        let of = self.project.function(here);
        let class = ClassRef { file: here.file, id: of.class? };
        let receiver = of.receiver.as_ref()?;
        let receiver = self.name(receiver, &callee.span).object();
        let bases = self.lineage(class);
        let function = bases.into_iter().skip(1).find_map(|base| self.method(base, names))?;
        Some(Closure { function, scope: None, receiver })
    }

    /// The class of a library whose constructor `super(..)` calls, or `super().__init__(..)`. A function that is given
    /// one may make the class that is extended of it: `extends PassportStrategy(Strategy)`.
    pub(super) fn foreign_base(&mut self, callee: &Expression) -> Option<Value> {
        let constructs = match &callee.kind {
            Kind::Name(name) => &**name == "super",
            Kind::Member(of, name) => CONSTRUCTORS.contains(&&**name) && is_super(of),
            _ => false,
        };
        let here = self.calls.last().filter(|_| constructs)?.function;
        let class = ClassRef { file: here.file, id: self.project.function(here).class? };
        self.project.class(class).bases.iter().find_map(|base| {
            let named = match &base.kind {
                Kind::Call { arguments, .. } => &arguments.first()?.value,
                _ => base,
            };
            if !matches!(named.kind, Kind::Name(_) | Kind::Member(..)) {
                return None;
            }
            let base = self.in_file(class.file, |machine| machine.evaluate(named));
            matches!(base.shape, Shape::Foreign(_)).then_some(base)
        })
    }
}

fn is_super(of: &Expression) -> bool {
    match &of.kind {
        Kind::Name(name) => &**name == "super",
        Kind::Call { callee, .. } => matches!(&callee.kind, Kind::Name(name) if &**name == "super"),
        _ => false,
    }
}
