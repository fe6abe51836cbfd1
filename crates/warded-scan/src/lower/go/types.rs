//! What a type says of a value: its name, and what it is before anything is written to it.

use tree_sitter::Node;

use super::express::express;
use crate::{
    ir::{Expression, Kind, Text},
    lower::making::{Making, at, children},
};

/// Types of libraries that are maps. Nobody is told that a parameter is one of these: what is in it is not known.
const MAPS: &[&str] = &[
    "url.Values",
    "http.Header",
    "jwt.MapClaims",
    "textproto.MIMEHeader",
    "metadata.MD",
    "gin.H",
    "echo.Map",
    "fiber.Map",
    "bson.M",
    "logrus.Fields",
    "pulumi.Map",
];

/// Types that come with the language.
const BASIC: &[&str] = &[
    "string",
    "bool",
    "byte",
    "rune",
    "error",
    "any",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "uintptr",
    "float32",
    "float64",
    "complex64",
    "complex128",
];

/// Whether a conversion to it leaves a value what it is.
pub(super) fn is_basic(name: &str) -> bool {
    BASIC.contains(&name)
}

/// Whether a library has a map under that name.
pub(super) fn is_map(name: &str) -> bool {
    MAPS.contains(&name)
}

/// A type without pointers, parentheses and what it is given.
pub(super) fn bare(node: Node<'_>) -> Node<'_> {
    let mut node = node;
    loop {
        let inner = match node.kind() {
            "pointer_type" | "parenthesized_type" | "unary_expression" | "parenthesized_expression" => {
                children(node).next()
            }
            "generic_type" => node.child_by_field_name("type"),
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => return node,
        }
    }
}

/// The name of a type, where it has one that tells more than what a value is made of.
pub(super) fn hint(making: &Making<'_>, node: Node<'_>) -> Option<Text> {
    let node = bare(node);
    let name = making.text(node);
    let named = match node.kind() {
        "qualified_type" => !is_map(name),
        "type_identifier" => !is_basic(name),
        _ => false,
    };
    named.then(|| name.into())
}

/// What a value of that type is that nobody has written to.
pub(super) fn zero(making: &mut Making<'_>, of: Node<'_>, place: Node<'_>) -> Expression {
    let name = making.text(of);
    let kind = match of.kind() {
        "slice_type" | "array_type" => Kind::List(Vec::new()),
        "type_identifier" => match name {
            "string" => Kind::Text("".into()),
            "bool" => Kind::Bool(false),
            "error" | "any" => Kind::Null,
            _ if is_basic(name) => Kind::Number("0".into()),
            _ => Kind::Record { of: Box::new(express(making, of)), entries: Vec::new() },
        },
        "qualified_type" if is_map(name) => Kind::Map(Vec::new()),
        "qualified_type" | "generic_type" => {
            Kind::Record { of: Box::new(express(making, bare(of))), entries: Vec::new() }
        }
        _ => Kind::Null,
    };
    at(place, kind)
}

/// What `make` gives.
pub(super) fn made(making: &mut Making<'_>, of: Node<'_>, place: Node<'_>) -> Expression {
    match of.kind() {
        "map_type" => at(place, Kind::Map(Vec::new())),
        "channel_type" => at(place, Kind::Opaque(Vec::new())),
        // A name of the file for a map or slice looks the same.
        _ => zero(making, of, place),
    }
}
