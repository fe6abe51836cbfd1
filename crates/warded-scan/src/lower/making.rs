//! What all languages need while a file is lowered: its functions and classes so far, where we are in it, and a bound on
//! how deep.

use tree_sitter::Node;

use super::scopes::Scopes;
use crate::ir::{
    Argument, Class, ClassId, Expression, Field, Function, FunctionId, Kind, Module, Parameter, Span,
    Statement, Step, Takes, Text,
};

/// How deep expressions and statements may stand in each other. What is deeper is a gap.
const MAX_DEPTH: u32 = 250;

/// A file while it is lowered.
#[derive(Debug)]
pub(crate) struct Making<'s> {
    text: &'s str,
    module: Module,
    /// The functions that we are in, the file itself first.
    within: Vec<FunctionId>,
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
            depth: 0,
            names: 0,
            scopes: Scopes::default(),
        };
        let file = making.begin(0..text.len(), "", None);
        making.within.push(file);
        making
    }

    /// All of it.
    pub(crate) fn done(self) -> Module {
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

    /// What stands there, as a name.
    pub(crate) fn name(&self, node: Node<'_>) -> Text {
        self.text(node).into()
    }

    /// A name that no source can have.
    pub(crate) fn fresh(&mut self) -> Text {
        self.names += 1;
        format!("<{}>", self.names).into()
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
        });
        id
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

    /// One level deeper, or a gap where that is too deep.
    pub(crate) fn deeper(
        &mut self,
        node: Node<'_>,
        read: impl FnOnce(&mut Self) -> Expression,
    ) -> Expression {
        if self.depth == MAX_DEPTH {
            return self.gap(node, Vec::new());
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
            let gap = self.gap(node, Vec::new());
            into.push(does(gap));
            return;
        }
        self.depth += 1;
        read(self, into);
        self.depth -= 1;
    }
}

/// The named children, without comments.
pub(crate) fn children<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
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
