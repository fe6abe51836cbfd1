//! What a bare name is in languages where `this.` may be left out: something local, a part of the object, or of a class
//! around it.

use std::collections::{HashMap, HashSet};

use crate::ir::Text;

/// The classes and functions that we are in, the outermost first.
#[derive(Debug, Default)]
pub(crate) struct Scopes {
    within: Vec<Scope>,
    /// What the values are called of the `switch`es that we are in.
    results: Vec<Text>,
}

#[derive(Debug)]
enum Scope {
    Class(Members),
    Function { names: HashSet<Text>, of_object: bool },
    Closure { names: HashSet<Text> },
}

/// What a class has, by name, and whether each needs an object.
#[derive(Debug, Default)]
pub(crate) struct Members {
    /// What the class is called.
    pub(crate) name: Text,
    /// Fields and properties.
    pub(crate) fields: HashMap<Text, bool>,
    /// Methods.
    pub(crate) methods: HashMap<Text, bool>,
    /// Whether it may have more of them from what it extends.
    pub(crate) extends: bool,
}

/// What a bare name is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A local name, or one that the file takes from elsewhere.
    Name,
    /// A part of the object.
    OfThis,
    /// A part of the class of that name.
    OfClass(Text),
}

impl Scopes {
    /// Goes into a class.
    pub(crate) fn enter_class(&mut self, members: Members) {
        self.within.push(Scope::Class(members));
    }

    /// Goes into a method or function.
    pub(crate) fn enter_function(&mut self, of_object: bool) {
        self.within.push(Scope::Function { names: HashSet::new(), of_object });
    }

    /// Goes into a closure, which has no object of its own.
    pub(crate) fn enter_closure(&mut self) {
        self.within.push(Scope::Closure { names: HashSet::new() });
    }

    /// Goes out again.
    pub(crate) fn leave(&mut self) {
        self.within.pop();
    }

    /// A name that is local from here on.
    pub(crate) fn declare(&mut self, name: &Text) {
        if let Some(Scope::Function { names, .. } | Scope::Closure { names }) = self.within.last_mut() {
            names.insert(name.clone());
        }
    }

    /// Goes into a `switch` that has a value of that name, or none.
    pub(crate) fn enter_choice(&mut self, result: &Text) {
        self.results.push(result.clone());
    }

    /// Goes out of it.
    pub(crate) fn leave_choice(&mut self) {
        self.results.pop();
    }

    /// What the value of the innermost `switch` is called.
    pub(crate) fn result(&self) -> Option<Text> {
        self.results.last().cloned()
    }

    /// What a name is where a value is meant.
    pub(crate) fn value(&self, name: &str) -> Meaning {
        self.look(name, |members| &members.fields).unwrap_or(Meaning::Name)
    }

    /// What a name is where it is called: nobody but a class that extends another one has methods that cannot be seen.
    pub(crate) fn called(&self, name: &str) -> Meaning {
        self.look(name, |members| &members.methods).unwrap_or_else(|| self.inherited())
    }

    fn look(&self, name: &str, of: impl Fn(&Members) -> &HashMap<Text, bool>) -> Option<Meaning> {
        let (mut has_object, mut own) = (true, true);
        for scope in self.within.iter().rev() {
            match scope {
                Scope::Closure { names } if names.contains(name) => return Some(Meaning::Name),
                Scope::Closure { .. } => {}
                Scope::Function { names, .. } if names.contains(name) => return Some(Meaning::Name),
                Scope::Function { of_object, .. } => has_object &= of_object,
                Scope::Class(members) => {
                    if let Some(needs_object) = of(members).get(name) {
                        let this = own && has_object && *needs_object;
                        return Some(match this {
                            true => Meaning::OfThis,
                            false if members.name.is_empty() => Meaning::Name,
                            false => Meaning::OfClass(members.name.clone()),
                        });
                    }
                    own = false;
                }
            }
        }
        None
    }

    fn inherited(&self) -> Meaning {
        for scope in self.within.iter().rev() {
            match scope {
                Scope::Class(members) if members.extends => return Meaning::OfThis,
                Scope::Class(_) | Scope::Function { of_object: false, .. } => return Meaning::Name,
                _ => {}
            }
        }
        Meaning::Name
    }
}
