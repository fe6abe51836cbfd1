//! LINQ: `from a in b where c select d`.

use tree_sitter::Node;

use super::{
    children,
    express::{boxed, express, simple},
};
use crate::{
    ir::{Expression, Kind, Target},
    lower::making::{Making, at, plain},
};

/// A query: what each is, of what, under which conditions. `let a = b` goes through a list of one.
pub(super) fn query(making: &mut Making<'_>, node: Node<'_>) -> Expression {
    let (mut through, mut conditions) = (Vec::new(), Vec::new());
    let mut value: Option<Expression> = None;
    for clause in children(node) {
        let parts: Vec<_> = children(clause).collect();
        match clause.kind() {
            "from_clause" | "join_clause" => {
                let named = clause.child_by_field_name("name");
                let named = named.or_else(|| parts.iter().copied().find(|part| part.kind() == "identifier"));
                let of = match clause.kind() {
                    "from_clause" => parts.last().copied(),
                    _ => parts.iter().copied().skip_while(|part| Some(*part) != named).nth(1),
                };
                let of = *boxed(making, of, clause);
                let target = named.map_or(Target::Nothing, |named| {
                    let name = simple(making, named);
                    making.scopes().declare(&name);
                    Target::Name(name)
                });
                through.push((target, of));
            }
            "let_clause" => {
                let [named, of] = parts.as_slice() else { continue };
                let of = express(making, *of);
                let name = simple(making, *named);
                making.scopes().declare(&name);
                through.push((Target::Name(name), at(clause, Kind::List(vec![plain(of)]))));
            }
            "where_clause" => conditions.extend(parts.first().map(|part| express(making, *part))),
            "select_clause" | "group_clause" => value = Some(*boxed(making, parts.first().copied(), clause)),
            _ => {}
        }
    }
    let value = Box::new(value.unwrap_or_else(|| at(node, Kind::Opaque(Vec::new()))));
    at(node, Kind::Each { value, through, conditions })
}
