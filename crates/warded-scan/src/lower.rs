//! From a tree of one language to the small form of all of them.

mod breaks;
mod csharp;
mod escape;
mod go;
mod java;
mod javascript;
mod making;
mod python;
mod rust;
mod scopes;

use tree_sitter::Tree;

use crate::{ir::Module, language::Language};

pub(crate) use making::Making;

/// What the file does.
pub(crate) fn lower(text: &str, tree: &Tree, language: Language) -> Module {
    let mut making = Making::new(text);
    match language {
        Language::Python => python::module(&mut making, tree.root_node()),
        Language::JavaScript | Language::TypeScript | Language::Tsx => {
            javascript::module(&mut making, tree.root_node());
        }
        Language::Go => go::module(&mut making, tree.root_node()),
        Language::Rust => rust::module(&mut making, tree.root_node()),
        Language::CSharp => csharp::module(&mut making, tree.root_node()),
        Language::Java => java::module(&mut making, tree.root_node()),
    }
    making.done(tree.root_node())
}

#[cfg(test)]
mod tests {
    use super::lower;
    use crate::{ir::shown::shown, language::Language, parse::parse};

    mod csharp;
    mod go;
    mod hostile;
    mod java;
    mod javascript;
    mod mutated;
    mod python;
    mod rust;

    /// What the small form of that source looks like.
    pub(super) fn form(language: Language, source: &str) -> String {
        let tree = parse(source, language, &mut || true).unwrap();
        shown(&lower(source, &tree, language))
    }
}
