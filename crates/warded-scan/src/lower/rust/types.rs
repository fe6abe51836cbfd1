//! What a type says of a value.

use tree_sitter::Node;

use crate::{
    ir::{Expression, Kind, Text},
    lower::making::{Making, at, children},
};

/// Types that are about how a value is kept, not what it is.
const WRAPPERS: &[&str] = &[
    "Option",
    "Arc",
    "Rc",
    "Box",
    "Mutex",
    "RwLock",
    "Result",
    "Cow",
    "Pin",
    "OnceCell",
    "OnceLock",
    "State",
    "Data",
    "Extension",
    "Json",
    "Form",
    "TypedHeader",
    "Authorization",
];

/// Maps and lists, of which the type does not say what is in them.
const CONTAINERS: &[&str] =
    &["HashMap", "BTreeMap", "IndexMap", "Map", "Value", "Vec", "HashSet", "BTreeSet", "VecDeque", "String"];

/// A type without references and what it is given.
pub(super) fn bare(node: Node<'_>) -> Node<'_> {
    let mut node = node;
    loop {
        let inner = match node.kind() {
            "reference_type"
            | "generic_type"
            | "pointer_type"
            | "generic_type_with_turbofish"
            | "qualified_type" => node.child_by_field_name("type"),
            "dynamic_type" | "abstract_type" => node.child_by_field_name("trait"),
            "bracketed_type" | "bounded_type" | "higher_ranked_trait_bound" => children(node).next(),
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
    let mut node = node;
    for _ in 0..8 {
        let named = bare(node);
        let name = last(making.text(named));
        if !WRAPPERS.contains(&name) {
            let is_name = matches!(named.kind(), "type_identifier" | "scoped_type_identifier");
            return (is_name && !CONTAINERS.contains(&name)).then(|| making.name(named));
        }
        // `&Arc<T>` is as good as `T`.
        let mut of = node;
        while of.kind() == "reference_type" {
            of = of.child_by_field_name("type")?;
        }
        node = of
            .child_by_field_name("type_arguments")
            .and_then(|given| children(given).find(|given| given.kind() != "lifetime"))?;
    }
    None
}

/// What is there where nobody gives anything: nothing, of an `Option` of which no more is known than that. What has parts
/// of its own is known by its type.
pub(super) fn left_out(making: &Making<'_>, node: Node<'_>) -> Option<Expression> {
    let is_option = last(making.text(bare(node))) == "Option";
    (is_option && hint(making, node).is_none()).then(|| at(node, Kind::Null))
}

/// The last part of a path.
pub(super) fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}
