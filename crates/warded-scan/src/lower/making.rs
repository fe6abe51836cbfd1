//! What all languages need while a file is lowered: its functions and classes so far, where we are in it, and a bound on
//! how deep.

use std::collections::HashMap;

use tree_sitter::Node;

use super::scopes::Scopes;
use crate::ir::{
    Argument, Class, ClassId, Expression, Field, Function, FunctionId, Kind, Module, Parameter, Span,
    Statement, Step, Takes, Text,
};

/// How deep expressions and statements may stand in each other. What is deeper is a gap.
const MAX_DEPTH: u32 = 250;

/// How often all of the file may be read again, in pieces.
const MAX_AGAIN: usize = 3;

/// What reading again costs at least, however short it is.
const AGAIN_COSTS: usize = 16;

/// A file while it is lowered.
#[derive(Debug)]
pub(crate) struct Making<'s> {
    text: &'s str,
    module: Module,
    /// The functions that we are in, the file itself first.
    within: Vec<FunctionId>,
    /// What each of them gives back by its name, where its language has that.
    results: Vec<Vec<Text>>,
    /// The class that we are in, where it has a name for itself: `Self`.
    this: Vec<Text>,
    /// The functions whose steps a compiler has wound up, and that are unwound.
    unwound: Vec<FunctionId>,
    /// Classes whose methods stand apart from them.
    gathered: HashMap<Text, ClassId>,
    /// How many bytes may be read again: what macros stand for.
    again: usize,
    depth: u32,
    names: u32,
    scopes: Scopes,
}

impl<'s> Making<'s> {
    /// Nothing of it yet.
    pub(crate) fn new(text: &'s str) -> Self {
        let mut making = Self {
            text,
            module: Module::default(),
            within: Vec::new(),
            results: Vec::new(),
            this: Vec::new(),
            unwound: Vec::new(),
            gathered: HashMap::new(),
            again: text.len().saturating_mul(MAX_AGAIN).saturating_add(1 << 16),
            depth: 0,
            names: 0,
            scopes: Scopes::default(),
        };
        let file = making.begin(0..text.len(), "", None);
        making.within.push(file);
        making
    }

    /// All of it, with everything in the tree that the parser could not read.
    pub(crate) fn done(mut self, root: Node<'_>) -> Module {
        let mut cursor = root.walk();
        let mut inside = true;
        while inside {
            let node = cursor.node();
            if node.is_error() || node.is_missing() {
                self.module.gaps.push(node.byte_range());
            }
            let goes_in = node.has_error() && !node.is_error() && cursor.goto_first_child();
            if goes_in {
                continue;
            }
            while !cursor.goto_next_sibling() {
                inside = cursor.goto_parent();
                if !inside {
                    break;
                }
            }
        }
        self.module.gaps.sort_by_key(|gap| (gap.start, gap.end));
        self.module.gaps.dedup();
        self.module
    }

    /// The module so far, for imports, exports, classes.
    pub(crate) fn module(&mut self) -> &mut Module {
        &mut self.module
    }

    /// What bare names are here, in languages where that has to be found out.
    pub(crate) fn scopes(&mut self) -> &mut Scopes {
        &mut self.scopes
    }

    /// What the file itself does.
    pub(crate) fn file_does(&mut self, body: Vec<Statement>) {
        self.function(FunctionId(0)).body = body;
    }

    /// What stands there.
    pub(crate) fn text(&self, node: Node<'_>) -> &'s str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// What stands in that span.
    pub(crate) fn source(&self, span: &Span) -> &'s str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    /// What stands there, as a name.
    pub(crate) fn name(&self, node: Node<'_>) -> Text {
        self.text(node).into()
    }

    /// Whether we are in the file itself, and in none of its functions.
    pub(crate) fn at_top(&self) -> bool {
        self.within.len() == 1
    }

    /// A name that no source can have.
    pub(crate) fn fresh(&mut self) -> Text {
        self.names += 1;
        format!("<{}>", self.names).into()
    }

    /// Whether that many bytes may be read again.
    pub(crate) fn reads_again(&mut self, bytes: usize) -> bool {
        let left = self.again.checked_sub(bytes.saturating_add(AGAIN_COSTS));
        self.again = left.unwrap_or(self.again);
        left.is_some()
    }

    /// An entry for a function whose parts come later.
    fn begin(&mut self, span: Span, name: &str, class: Option<ClassId>) -> FunctionId {
        let id = FunctionId(u32::try_from(self.module.functions.len()).unwrap_or(u32::MAX));
        self.module.functions.push(Function {
            name: name.into(),
            span,
            parameters: Vec::new(),
            receiver: None,
            class,
            outer: self.within.last().copied(),
            decorators: Vec::new(),
            returns: None,
            body: Vec::new(),
        });
        id
    }

    /// A function of this name: `parts` gives its parameters and its body, and stands inside of it.
    pub(crate) fn make_function(
        &mut self,
        node: Node<'_>,
        name: &str,
        class: Option<ClassId>,
        parts: impl FnOnce(&mut Self, FunctionId) -> (Vec<Parameter>, Vec<Statement>),
    ) -> FunctionId {
        let id = self.begin(node.byte_range(), name, class);
        self.within.push(id);
        let (parameters, body) = parts(self, id);
        self.within.pop();
        let function = self.function(id);
        function.parameters = parameters;
        function.body = body;
        if let Some(class) = class {
            self.class(class).methods.push(id);
        }
        id
    }

    /// A function that was made.
    pub(crate) fn function(&mut self, id: FunctionId) -> &mut Function {
        &mut self.module.functions[id.0 as usize]
    }

    /// A class of this name, without its parts.
    pub(crate) fn make_class(&mut self, node: Node<'_>, name: &str) -> ClassId {
        let id = ClassId(u32::try_from(self.module.classes.len()).unwrap_or(u32::MAX));
        self.module.classes.push(Class {
            name: name.into(),
            span: node.byte_range(),
            bases: Vec::new(),
            decorators: Vec::new(),
            methods: Vec::new(),
            fields: Vec::<Field>::new(),
            elsewhere: false,
        });
        id
    }

    /// The class of that name, for its methods. Unless it is declared in this file too, it stands in another one.
    pub(crate) fn gather_class(&mut self, node: Node<'_>, name: &str) -> ClassId {
        if let Some(id) = self.gathered.get(name) {
            return *id;
        }
        let id = self.make_class(node, name);
        self.class(id).elsewhere = true;
        self.gathered.insert(name.into(), id);
        id
    }

    /// Whether methods of a class of that name stand apart from it.
    pub(crate) fn is_gathered(&self, name: &str) -> bool {
        self.gathered.contains_key(name)
    }

    /// A class that is declared here, whose methods stand apart from it.
    pub(crate) fn declare_class(&mut self, node: Node<'_>, name: &str) -> ClassId {
        let id = self.gather_class(node, name);
        let class = self.class(id);
        class.elsewhere = false;
        class.span = node.byte_range();
        id
    }

    /// Reads a body whose results have these names.
    pub(crate) fn with_results<T>(&mut self, names: Vec<Text>, read: impl FnOnce(&mut Self) -> T) -> T {
        self.results.push(names);
        let read = read(self);
        self.results.pop();
        read
    }

    /// Reads what stands in a class that calls itself `Self`.
    pub(crate) fn with_this<T>(&mut self, name: Text, read: impl FnOnce(&mut Self) -> T) -> T {
        self.this.push(name);
        let read = read(self);
        self.this.pop();
        read
    }

    /// Reads the steps of the function that we are in, which a compiler has wound up.
    pub(crate) fn unwinding<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        self.unwound.extend(self.within.last());
        let read = read(self);
        self.unwound.pop();
        read
    }

    /// Whether the steps of the function that we are in are unwound.
    pub(crate) fn unwinds(&self) -> bool {
        self.unwound.last().is_some_and(|function| self.within.last() == Some(function))
    }

    /// What `Self` is.
    pub(crate) fn this(&self) -> Option<&Text> {
        self.this.last()
    }

    /// The names of what the function gives back that we are in.
    pub(crate) fn results(&self) -> &[Text] {
        self.results.last().map(Vec::as_slice).unwrap_or_default()
    }

    /// A class that was made.
    pub(crate) fn class(&mut self, id: ClassId) -> &mut Class {
        &mut self.module.classes[id.0 as usize]
    }

    /// What could not be read. Its parts are what could.
    pub(crate) fn gap(&mut self, node: Node<'_>, parts: Vec<Expression>) -> Expression {
        self.module.gaps.push(node.byte_range());
        Expression { span: node.byte_range(), kind: Kind::Gap(parts) }
    }

    fn too_deep(&mut self, node: Node<'_>) {
        self.module.gaps.push(node.byte_range());
        self.module.deep.push(node.byte_range());
    }

    /// One level deeper; nothing, and a gap, where that is too deep.
    pub(crate) fn bounded<T>(&mut self, node: Node<'_>, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth == MAX_DEPTH {
            self.too_deep(node);
            return None;
        }
        self.depth += 1;
        let made = read(self);
        self.depth -= 1;
        Some(made)
    }

    /// One level deeper, or a gap where that is too deep.
    pub(crate) fn deeper(
        &mut self,
        node: Node<'_>,
        read: impl FnOnce(&mut Self) -> Expression,
    ) -> Expression {
        if self.depth == MAX_DEPTH {
            self.too_deep(node);
            return Expression { span: node.byte_range(), kind: Kind::Gap(Vec::new()) };
        }
        self.depth += 1;
        let expression = read(self);
        self.depth -= 1;
        expression
    }

    /// One level deeper, or a gap where that is too deep.
    pub(crate) fn steps(
        &mut self,
        node: Node<'_>,
        read: impl FnOnce(&mut Self, &mut Vec<Statement>),
        into: &mut Vec<Statement>,
    ) {
        if self.depth == MAX_DEPTH {
            self.too_deep(node);
            into.push(does(Expression { span: node.byte_range(), kind: Kind::Gap(Vec::new()) }));
            return;
        }
        self.depth += 1;
        read(self, into);
        self.depth -= 1;
    }
}

/// The named children, without comments.
pub(crate) fn children(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    std::iter::from_fn(move || {
        while more {
            let node = cursor.node();
            more = cursor.goto_next_sibling();
            if node.is_named() && !node.is_extra() {
                return Some(node);
            }
        }
        None
    })
}

/// The named children, without comments but with what the parser could not read.
pub(crate) fn children_and_errors(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    std::iter::from_fn(move || {
        while more {
            let node = cursor.node();
            more = cursor.goto_next_sibling();
            if node.is_error() || (node.is_named() && !node.is_extra()) {
                return Some(node);
            }
        }
        None
    })
}

/// The named children under that name.
pub(crate) fn fields<'t>(node: Node<'t>, name: &str) -> Vec<Node<'t>> {
    node.children_by_field_name(name, &mut node.walk()).filter(|node| !node.is_extra()).collect()
}

/// An expression at this node.
pub(crate) fn at(node: Node<'_>, kind: Kind) -> Expression {
    Expression { span: node.byte_range(), kind }
}

/// A step at this node.
pub(crate) fn step(node: Node<'_>, step: Step) -> Statement {
    Statement { span: node.byte_range(), step }
}

/// An expression for what it does.
pub(crate) fn does(expression: Expression) -> Statement {
    Statement { span: expression.span.clone(), step: Step::Do(expression) }
}

/// A plain argument.
pub(crate) fn plain(value: Expression) -> Argument {
    Argument { name: None, gives: Takes::One, value }
}
