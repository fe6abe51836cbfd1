//! What does a file do, whatever language it is written in?
//!
//! The small form that every language is lowered to and that everything after it reads: assignments, calls, maps,
//! branches, returns, closures. It keeps what decides whether a parameter is given or a claim compared, and drops the
//! rest: what a language can say that has no place here becomes [`Kind::Opaque`], whose parts are still read.
//!
//! Lowering never fails and never guesses: a region that the parser could not read is an [`Expression`] of kind
//! [`Kind::Gap`], and stands in [`Module::gaps`].

#[cfg(test)]
pub(crate) mod shown;

use std::{ops::Range, sync::Arc};

/// In bytes of the file.
pub(crate) type Span = Range<usize>;

/// A name or a text as the source has it.
pub(crate) type Text = Arc<str>;

/// A file.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// All functions of the file, closures and methods among them. The first one is the file itself: what runs when
    /// it is loaded.
    pub(crate) functions: Vec<Function>,
    /// All classes, structs, records, interfaces and objects with methods.
    pub(crate) classes: Vec<Class>,
    /// What the file takes from others.
    pub(crate) imports: Vec<Import>,
    /// What the file calls itself, where its language has that: `package` of Go and Java, `namespace` of C#.
    pub(crate) package: Option<Text>,
    /// Names that others get under another name: `export { a as b }`, `module.exports = x`, `pub use`.
    pub(crate) exports: Vec<Export>,
    /// What could not be read.
    pub(crate) gaps: Vec<Span>,
    /// Which of the gaps only stand too deep in brackets.
    pub(crate) deep: Vec<Span>,
}

/// One of [`Module::functions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FunctionId(pub(crate) u32);

/// One of [`Module::classes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClassId(pub(crate) u32);

/// A function, method, closure, or the file itself.
#[derive(Debug)]
pub(crate) struct Function {
    /// What it is called; empty for closures and the file itself.
    pub(crate) name: Text,
    /// All of it.
    pub(crate) span: Span,
    /// `self` and `this` are not among them: see [`Function::receiver`].
    pub(crate) parameters: Vec<Parameter>,
    /// What the object is called in the body: `self`, `this`, or Go's receiver.
    pub(crate) receiver: Option<Text>,
    /// The class whose method it is.
    pub(crate) class: Option<ClassId>,
    /// The function in whose body it stands: what it sees of that one's names.
    pub(crate) outer: Option<FunctionId>,
    /// Decorators, annotations, attributes.
    pub(crate) decorators: Vec<Expression>,
    /// What it gives back, as written.
    pub(crate) returns: Option<Text>,
    /// What it does. An arrow with an expression is one `return`; so is what a block of Rust ends with.
    pub(crate) body: Vec<Statement>,
}

/// One parameter of a function.
#[derive(Debug)]
pub(crate) struct Parameter {
    /// What it is called, or what it is taken apart into.
    pub(crate) target: Target,
    /// How arguments come to it.
    pub(crate) takes: Takes,
    /// Its type, as written, without generics: `OAuth2Session`, `oauth2.Config`.
    pub(crate) hint: Option<Text>,
    /// What it is where none is given.
    pub(crate) default: Option<Expression>,
    /// Annotations such as `@RequestHeader("Authorization")`.
    pub(crate) decorators: Vec<Expression>,
}

impl Parameter {
    /// What it is called, where it is not taken apart.
    pub(crate) fn name(&self) -> Option<&Text> {
        match &self.target {
            Target::Name(name) => Some(name),
            _ => None,
        }
    }
}

/// How arguments come to a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// One of them.
    One,
    /// All further ones: `*args`, `...rest`.
    Rest,
    /// All further named ones: `**kwargs`.
    Named,
}

/// A class, or what a language has in its place.
#[derive(Debug)]
pub(crate) struct Class {
    /// What it is called; empty where it has no name.
    pub(crate) name: Text,
    /// All of it.
    pub(crate) span: Span,
    /// What it extends or implements, as written; for Go's structs what is embedded, for Rust the traits.
    pub(crate) bases: Vec<Expression>,
    /// Decorators, annotations, derives.
    pub(crate) decorators: Vec<Expression>,
    /// Its methods, in any file order; for Rust and Go gathered from wherever the file has them.
    pub(crate) methods: Vec<FunctionId>,
    /// What it holds.
    pub(crate) fields: Vec<Field>,
    /// Whether it is declared in another file, and only methods of it stand here: Go's receivers, Rust's `impl`.
    pub(crate) elsewhere: bool,
}

/// Something that a class holds.
#[derive(Debug)]
pub(crate) struct Field {
    /// What it is called.
    pub(crate) name: Text,
    /// Its type, as written, without generics.
    pub(crate) hint: Option<Text>,
    /// What it begins as.
    pub(crate) value: Option<Expression>,
    /// Where.
    pub(crate) span: Span,
}

/// Something that a file takes from another.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Import {
    /// What it is called here. `*` where all names come unqualified.
    pub(crate) local: Text,
    /// Where it comes from, as written: `authlib.jose`, `./token.js`, `golang.org/x/oauth2`, `oauth2::basic`.
    /// Python's relative imports keep their dots.
    pub(crate) module: Text,
    /// Which of its names; nothing where it is the module itself, `default` for a default export.
    pub(crate) item: Option<Text>,
    /// Where.
    pub(crate) span: Span,
}

/// A name that others see.
#[derive(Debug)]
pub(crate) struct Export {
    /// Under which name; `default` where it has none.
    pub(crate) name: Text,
    /// What it is here.
    pub(crate) value: Expression,
}

/// A step.
#[derive(Debug)]
pub(crate) struct Statement {
    /// Where.
    pub(crate) span: Span,
    /// Which.
    pub(crate) step: Step,
}

/// What a statement does.
#[derive(Debug)]
pub(crate) enum Step {
    /// Something is worked out, for what it does.
    Do(Expression),
    /// A name, field or key gets a value. `x += y` is `x = x + y`.
    Assign {
        /// What.
        target: Target,
        /// Its type where one is written, without generics.
        hint: Option<Text>,
        /// The value.
        value: Expression,
    },
    /// A choice between two ways. `if let P = e` begins its way with the assignments of `P`; `unless` is turned round.
    If {
        /// On what.
        condition: Expression,
        /// Where it holds.
        then: Vec<Statement>,
        /// Where it does not.
        otherwise: Vec<Statement>,
    },
    /// A choice between many: `switch`, `match`, `when`, Go's `select`. Falling through is written out.
    Match {
        /// On what; `true` where none is written.
        subject: Expression,
        /// The ways. Where none has [`Arm::always`], there is one more that does nothing.
        arms: Vec<Arm>,
    },
    /// Done again and again, or not at all.
    Loop {
        /// What it goes through, and what each is called.
        each: Option<(Target, Expression)>,
        /// While this holds.
        condition: Option<Expression>,
        /// What is done.
        body: Vec<Statement>,
    },
    /// What can be broken off.
    Try {
        /// What is tried.
        body: Vec<Statement>,
        /// What is done where it fails.
        catches: Vec<Catch>,
        /// What is done then in any case.
        finally: Vec<Statement>,
    },
    /// The end of the function, with what it gives.
    Return(Option<Expression>),
    /// The end of it, and of whoever called it, unless they catch it: `raise`, `throw`, `panic!`.
    Throw(Option<Expression>),
    /// The end of a loop, or of one round of it.
    Leave,
    /// A function gets its name here.
    Function(FunctionId),
    /// A class gets its name here.
    Class(ClassId),
    /// Steps in a scope of their own.
    Block(Vec<Statement>),
}

/// One way of a [`Step::Match`].
#[derive(Debug)]
pub(crate) struct Arm {
    /// What the subject must be, as expressions; a pattern that takes apart is opaque, with its assignments in the
    /// body.
    pub(crate) patterns: Vec<Expression>,
    /// What else must hold.
    pub(crate) guard: Option<Expression>,
    /// Whether it is taken where no other is: `default`, `_`.
    pub(crate) always: bool,
    /// What is done.
    pub(crate) body: Vec<Statement>,
}

/// What is done where something fails.
#[derive(Debug)]
pub(crate) struct Catch {
    /// Which failures, as written; empty for all.
    #[cfg_attr(not(test), expect(dead_code, reason = "every failure is taken for one that is caught"))]
    pub(crate) kinds: Vec<Expression>,
    /// What the failure is called.
    pub(crate) name: Option<Text>,
    /// What is done.
    pub(crate) body: Vec<Statement>,
}

/// What gets a value.
#[derive(Debug)]
pub(crate) enum Target {
    /// A name.
    Name(Text),
    /// A field of an object.
    Member(Expression, Text),
    /// An entry of a map or list.
    Index(Expression, Expression),
    /// Several, each a part in order: `a, b = f()`, `v, err := f()`, `const [a, b] = f()`.
    Several(Vec<Target>),
    /// Several, each by its key: `const {a, b: c = 1, ...rest} = f()`, Rust's `Config { a, b: c, .. }`.
    Keyed {
        /// The key, what gets it, and what it is where there is none.
        entries: Vec<(Text, Target, Option<Expression>)>,
        /// What gets the others.
        rest: Option<Text>,
    },
    /// Nothing: `_`.
    Nothing,
}

/// Something that has a value.
#[derive(Debug)]
pub(crate) struct Expression {
    /// Where.
    pub(crate) span: Span,
    /// What.
    pub(crate) kind: Kind,
}

/// What an expression is. `await`, casts, references, `?`, `!` (non-null), parentheses, `satisfies`, `as` are only
/// what they are of.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A name: a local one, a parameter, something imported. `self` and `this` are names, `super` is one.
    Name(Text),
    /// A text, as it is read: escapes resolved, quotes gone.
    Text(Text),
    /// A number, as written.
    Number(Text),
    /// `true` or `false`.
    Bool(bool),
    /// `None`, `null`, `undefined`, `nil`. Rust's `None` too; `Some(x)`, `Ok(x)` and `Err(x)` stay calls.
    Null,
    /// A text with holes: its parts in order, the fixed ones as [`Kind::Text`]. `format!` and `%` too, where the format
    /// is a literal.
    Template(Vec<Expression>),
    /// A map: `{}`, `dict(a=1)`, `new Map([[k, v]])`, Go's `map[..]..{}` and `url.Values{}`, `hashMapOf`, `Map.of`.
    Map(Vec<Entry>),
    /// A list, tuple, set or array.
    List(Vec<Argument>),
    /// A value of a type with named parts: Go's `&oauth2.Config{..}`, Rust's `Config {..}`, C#'s initializers.
    Record {
        /// The type, as a name or member.
        of: Box<Expression>,
        /// The parts.
        entries: Vec<Entry>,
    },
    /// A call. Chains are calls on members of calls.
    Call {
        /// What is called. For `new T(..)` the type; for a macro of Rust its name with `!`.
        callee: Box<Expression>,
        /// With what.
        arguments: Vec<Argument>,
        /// Whether `new` stands before it.
        new: bool,
    },
    /// A part by its name: `a.b`, `a?.b`, `a::b`, `a->b`.
    Member(Box<Expression>, Text),
    /// A part by a key or number: `a[b]`.
    Index(Box<Expression>, Box<Expression>),
    /// Two values and what is done with them.
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// `not`, `!` before a condition.
    Not(Box<Expression>),
    /// `x?` in Rust: where that is an error, the function ends and gives it back.
    Tried(Box<Expression>),
    /// One of two: `a if c else b`, `c ? a : b`, and `if` where it is a value.
    Choice {
        /// On what.
        condition: Box<Expression>,
        /// Where it holds.
        then: Box<Expression>,
        /// Where it does not.
        otherwise: Box<Expression>,
    },
    /// A closure or lambda; a name of a function alone is a [`Kind::Name`].
    Function(FunctionId),
    /// A class without a name of its own, where it is a value.
    Class(ClassId),
    /// Steps whose last one is the value: Rust's blocks, `match` as a value (an assignment in each arm of the same
    /// name, then that name).
    Block(Vec<Statement>, Option<Box<Expression>>),
    /// An assignment as a value: `:=`, `(a = b)`.
    Assign(Box<Target>, Box<Expression>),
    /// `[f(x) for x in y if c]`, LINQ's queries: what each is, of what, called what, under which conditions. A
    /// comprehension of a map gives a list of pairs.
    Each {
        /// What each one becomes.
        value: Box<Expression>,
        /// What it is called, and what it goes through; from the outside in.
        through: Vec<(Target, Expression)>,
        /// What must hold.
        conditions: Vec<Expression>,
    },
    /// Something else; its parts are read for what they do.
    Opaque(Vec<Expression>),
    /// What the parser could not read; what could be read inside of it.
    Gap(Vec<Expression>),
}

/// One entry of a map.
#[derive(Debug)]
pub(crate) enum Entry {
    /// A key and its value; a key that is a bare name in the source is a [`Kind::Text`].
    Pair(Expression, Expression),
    /// All entries of another map: `...x`, `**x`, Rust's `..x`.
    Spread(Expression),
}

/// One argument of a call, or element of a list.
#[derive(Debug)]
pub(crate) struct Argument {
    /// Its name where it has one: `audience=..`.
    pub(crate) name: Option<Text>,
    /// How it is given.
    pub(crate) gives: Takes,
    /// Its value.
    pub(crate) value: Expression,
}

/// What is done with two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    /// `==`, `===`, `is`.
    Equal,
    /// `!=`, `!==`, `is not`, `<>`.
    Unequal,
    /// `in`: the left one is in the right one.
    In,
    /// `not in`.
    NotIn,
    /// `and`, `&&`.
    And,
    /// `or`, `||`.
    Or,
    /// `??`, `?:` of Kotlin: the right one where there is no left one.
    Else,
    /// `+` and what puts texts together.
    Plus,
    /// `|` of maps in Python; otherwise bits.
    Merge,
    /// `<`, `<=`, `>`, `>=`.
    Order,
    /// Any other.
    Other,
}
