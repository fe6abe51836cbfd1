//! What is known of a value.

use std::{collections::BTreeSet, sync::Arc};

use super::witness::FoundOut;
use crate::{
    ir::Text,
    project::{ClassRef, FunctionRef, Place},
};

/// What is known of a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value {
    /// What it is.
    pub(crate) shape: Shape,
    /// What flowed into it.
    pub(crate) marks: Marks,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Anything. The name under which it was met last, which says what people think it is: `token_endpoint`.
    Unknown(Option<Text>),
    /// Nothing: `null`, `None`, `undefined`, `nil`.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A text that is known, or a number as it is written.
    Text(Text),
    /// A text of which parts are known.
    Template(Arc<[Value]>),
    /// A map, list, instance: something that can be written to.
    Object(ObjectId),
    /// Something of the project that can be called, and what it is a method of.
    Function(Closure),
    /// A class of the project.
    Class(ClassRef),
    /// A file of the project, or all files of a package.
    Module(std::sync::Arc<[crate::project::FileId]>),
    /// Something of a library, by its full path: `authlib.jose.jwt`, `golang.org/x/oauth2.Config`.
    Foreign(Text),
    /// One of several.
    OneOf(Arc<[Value]>),
}

/// Something of the project that can be called.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Closure {
    /// Which.
    pub(crate) function: FunctionRef,
    /// The names around it.
    pub(crate) scope: Option<ObjectId>,
    /// What it is a method of.
    pub(crate) receiver: Option<ObjectId>,
}

/// An object of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectId(pub(crate) u32);

/// What flowed into a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Mark {
    /// The credential that the caller came with.
    Inbound,
    /// All headers of a request that came in, in this object, or one of them nobody knows which.
    Headers(ObjectId),
    /// One of the headers of a request that came in: somebody else says which.
    Chosen,
    /// Something that a caller chooses: a header, a parameter of the query, of the body.
    Request,
    /// The verified claims of this object.
    Claims(ObjectId),
    /// The audience among the claims of this object.
    Audience(ObjectId),
    /// It counts as yes, or as no, only where that was found out about the audience of this object's claims.
    Witness(ObjectId, FoundOut, bool),
    /// `resource` of a protected resource metadata document.
    MetadataResource,
    /// The address of a token or authorization endpoint, or the name of an issuer.
    Issuer,
    /// The address to which the browser comes back.
    Redirect,
    /// The address of an MCP server, or what stands for it.
    Server,
    /// What a client is called at its issuer.
    Client,
    /// A parameter of the function that is looked at: its caller knows more.
    Parameter,
    /// It may be left out: then it is nothing.
    Optional,
    /// Who asked for the token of this object's claims: `client_id`, `azp`.
    AskedBy(ObjectId),
    /// It was read of the query of a request that came in, where this object was born, and may be a token.
    Queried(ObjectId),
    /// One of the entries of this object, a request, nobody knows which.
    Entry(ObjectId),
}

impl Mark {
    /// Whose audience it is.
    pub(crate) fn audience(self) -> Option<ObjectId> {
        match self {
            Self::Audience(claims) => Some(claims),
            _ => None,
        }
    }
}

/// What flowed into a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Marks(Option<Arc<BTreeSet<Mark>>>);

impl Marks {
    /// Whether that flowed into it.
    pub(crate) fn has(&self, mark: Mark) -> bool {
        self.0.as_ref().is_some_and(|marks| marks.contains(&mark))
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Mark> + '_ {
        self.0.iter().flat_map(|marks| marks.iter().copied())
    }

    /// That as well.
    pub(crate) fn add(&mut self, mark: Mark) {
        if !self.has(mark) {
            Arc::make_mut(self.0.get_or_insert_default()).insert(mark);
        }
    }

    /// All but that.
    pub(crate) fn without(mut self, mark: Mark) -> Self {
        if self.has(mark) {
            Arc::make_mut(self.0.get_or_insert_default()).remove(&mark);
        }
        self
    }

    /// Only those.
    pub(crate) fn only(&self, keep: impl Fn(Mark) -> bool) -> Self {
        if self.iter().all(&keep) {
            return self.clone();
        }
        let left: BTreeSet<_> = self.iter().filter(|mark| keep(*mark)).collect();
        Self((!left.is_empty()).then(|| Arc::new(left)))
    }

    /// Those as well.
    pub(crate) fn join(&mut self, others: &Self) {
        match (&self.0, &others.0) {
            (_, None) => {}
            (None, _) => *self = others.clone(),
            _ => others.iter().for_each(|mark| self.add(mark)),
        }
    }
}

/// How many possibilities of one value are told apart.
const MOST_OF_ONE: usize = 6;

impl Value {
    /// Something of which nothing is known.
    pub(crate) fn unknown() -> Self {
        Shape::Unknown(None).into()
    }

    /// Something that has a name.
    pub(crate) fn named(name: &Text) -> Self {
        let value = Self::from(Shape::Unknown(Some(name.clone())));
        match super::naming::about(name) {
            Some(mark) => value.marked(mark),
            None => value,
        }
    }

    /// That as well flowed into it.
    pub(crate) fn marked(mut self, mark: Mark) -> Self {
        self.marks.add(mark);
        self
    }

    /// Those as well flowed into it.
    pub(crate) fn with(mut self, marks: &Marks) -> Self {
        self.marks.join(marks);
        self
    }

    /// The object, where it is one.
    pub(crate) fn object(&self) -> Option<ObjectId> {
        match self.shape {
            Shape::Object(id) => Some(id),
            _ => None,
        }
    }

    /// The text, where it is known.
    pub(crate) fn text(&self) -> Option<&Text> {
        match &self.shape {
            Shape::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What a text begins with, where that is known.
    pub(crate) fn beginning(&self) -> Option<&Text> {
        match &self.shape {
            Shape::Text(text) => Some(text),
            Shape::Template(parts) => parts.first()?.beginning(),
            Shape::OneOf(all) => {
                let first = all.first()?.beginning()?;
                let is_common =
                    |one: &Self| one.beginning().is_some_and(|text| scheme(text) == scheme(first));
                (scheme(first).is_some() && all.iter().all(is_common)).then_some(first)
            }
            _ => None,
        }
    }

    /// Each of what it can be.
    pub(crate) fn each(&self) -> impl Iterator<Item = &Self> {
        let several = match &self.shape {
            Shape::OneOf(several) => several.as_ref(),
            _ => std::slice::from_ref(self),
        };
        several.iter()
    }

    /// Whether it counts as yes, where that is known.
    pub(crate) fn truth(&self) -> Option<bool> {
        match &self.shape {
            Shape::Null => Some(false),
            Shape::Bool(truth) => Some(*truth),
            Shape::Text(text) => Some(!text.is_empty()),
            Shape::Function(_) | Shape::Class(_) | Shape::Module(_) => Some(true),
            Shape::OneOf(several) => {
                let mut truths = several.iter().map(Self::truth);
                let first = truths.next()??;
                truths.all(|truth| truth == Some(first)).then_some(first)
            }
            _ => None,
        }
    }

    /// What it is where it is anything: nothing has no parts.
    pub(crate) fn there(self) -> Self {
        let some: Vec<_> = self.each().filter(|one| one.shape != Shape::Null).collect();
        match some.as_slice() {
            [one] => (*one).clone().with(&self.marks),
            [_, ..] if self.may_be_nothing() => {
                let some: Vec<_> = some.into_iter().cloned().collect();
                Self { shape: Shape::OneOf(some.into()), marks: self.marks }
            }
            _ => self,
        }
    }

    /// Whether it can be nothing, and something else.
    pub(crate) fn may_be_nothing(&self) -> bool {
        matches!(&self.shape, Shape::OneOf(several) if several.iter().any(|one| one.shape == Shape::Null))
    }

    /// What it is where it is not left out.
    pub(crate) fn surely(self) -> Self {
        Self { marks: self.marks.without(Mark::Optional), ..self }
    }

    /// What flowed into one of two. An answer says something only where the other one says it too, or is never that
    /// answer.
    fn marks_of_either(&self, other: &Self) -> Marks {
        let mut marks = Marks::default();
        for (one, other) in [(self, other), (other, self)] {
            for mark in one.marks.iter() {
                match mark {
                    Mark::Witness(.., when) if !other.marks.has(mark) && other.truth() != Some(!when) => {}
                    mark => marks.add(mark),
                }
            }
        }
        marks
    }

    /// One or the other.
    #[expect(clippy::needless_pass_by_value, reason = "so that several are reduced by it")]
    pub(crate) fn or(self, other: Self) -> Self {
        if self == other {
            return self;
        }
        let marks = self.marks_of_either(&other);
        let mut all: Vec<Self> = Vec::new();
        for value in self.each().chain(other.each()) {
            if !all.iter().any(|known| known.shape == value.shape) {
                all.push(value.clone());
            }
        }
        if all.len() > MOST_OF_ONE {
            return Self { shape: common_beginning(&all).unwrap_or(Shape::Unknown(None)), marks };
        }
        match all.as_slice() {
            [one] => Self { shape: one.shape.clone(), marks },
            _ => Self { shape: Shape::OneOf(all.into()), marks },
        }
    }
}

/// What kind of address several texts are, and then anything.
fn common_beginning(all: &[Value]) -> Option<Shape> {
    let first = scheme(all.first()?.beginning()?)?;
    let is_common = all.iter().all(|one| one.beginning().and_then(|text| scheme(text)) == Some(first));
    is_common
        .then(|| Shape::Template([Shape::Text(format!("{first}://").into()).into(), Value::unknown()].into()))
}

/// `https` of `https://example.com`.
pub(super) fn scheme(address: &str) -> Option<&str> {
    address.split_once("://").map(|(scheme, _)| scheme).filter(|scheme| !scheme.is_empty())
}

impl From<Shape> for Value {
    fn from(shape: Shape) -> Self {
        Self { shape, marks: Marks::default() }
    }
}

/// Whether something holds: on no way, on some, on all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Presence {
    /// On no way that leads here.
    Never,
    /// On some.
    Maybe,
    /// On all.
    Always,
}

impl Presence {
    /// Of two ways.
    pub(crate) fn join(self, other: Self) -> Self {
        if self == other { self } else { Self::Maybe }
    }
}

/// An entry of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slot {
    /// Whether it is there.
    pub(crate) presence: Presence,
    /// What stands there where it is.
    pub(crate) value: Value,
    /// Where it was written.
    pub(crate) at: Place,
}
