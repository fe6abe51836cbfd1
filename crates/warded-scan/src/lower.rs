//! From a tree of one language to the small form of all of them.

mod breaks;
mod csharp;
mod java;
mod making;
mod python;
mod scopes;
mod unread;

use tree_sitter::Tree;

use crate::{ir::Module, language::Language};

pub(crate) use making::Making;

/// What the file does.
pub(crate) fn lower(text: &str, tree: &Tree, language: Language) -> Module {
    let mut making = Making::new(text);
    match language {
        Language::Python => python::module(&mut making, tree.root_node()),
        Language::CSharp => csharp::module(&mut making, tree.root_node()),
        Language::Java => java::module(&mut making, tree.root_node()),
        _ => {}
    }
    making.done()
}

#[cfg(test)]
mod tests {
    use super::lower;
    use crate::{ir::shown::shown, language::Language, parse::parse};

    mod csharp;
    mod java;
    mod python;

    mod mutated;

    /// What the small form of that source looks like.
    pub(super) fn form(language: Language, source: &str) -> String {
        let tree = parse(source, language, &mut || true).unwrap();
        shown(&lower(source, &tree, language))
    }
}
