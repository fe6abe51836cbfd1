//! What a file takes from others, at a glance: every import of its text, and some that are none. Nothing is parsed for it.

use crate::{
    ir::{Import, Text},
    language::Language,
};

/// How long the name of a module may be.
const LONGEST: usize = 1024;

/// The imports of languages whose imports name files.
pub(crate) fn imports(text: &str, family: Language) -> Vec<Import> {
    match family {
        Language::JavaScript => quoted(text, |name| name.starts_with('.')),
        Language::Go => {
            // Nothing is imported behind the first declaration.
            let ends = ["\nfunc ", "\ntype ", "\nvar ", "\nconst "];
            let end = ends.iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
            quoted(text.get(..end).unwrap_or(text), |name| !name.is_empty())
        }
        Language::Python => python(text),
        _ => Vec::new(),
    }
}

fn import(module: &str, item: Option<&str>) -> Import {
    Import { local: Text::default(), module: module.into(), item: item.map(Text::from), span: 0..0 }
}

/// What stands between quotes, and what stands between those.
fn quoted(text: &str, fits: impl Fn(&str) -> bool) -> Vec<Import> {
    let parts = text.split(['"', '\'', '`']).filter(|part| part.len() <= LONGEST && !part.contains('\n'));
    parts.filter(|part| fits(part)).map(|part| import(part, None)).collect()
}

fn python(text: &str) -> Vec<Import> {
    let mut taken = Vec::new();
    // The module of a list of names that goes on in the next line.
    let mut open: Option<Text> = None;
    let mut whole = String::new();
    for line in text.lines() {
        // A backslash at its end makes it one with the next one.
        if let Some(line) = line.strip_suffix('\\') {
            whole.push_str(line);
            whole.push(' ');
            continue;
        }
        whole.push_str(line);
        let line = whole.split('#').next().unwrap_or_default();
        if let Some(module) = open.take() {
            let (names, rest) =
                line.split_once(')').map_or((line, None), |(names, rest)| (names, Some(rest)));
            items(&module, names, &mut taken);
            match rest {
                Some(rest) => rest.split(';').for_each(|part| open = statement(part, &mut taken)),
                None => open = Some(module),
            }
        } else {
            line.split(';').for_each(|part| open = statement(part, &mut taken));
        }
        whole.clear();
    }
    taken
}

/// The import of a statement; the module, where the list of its names goes on.
fn statement(text: &str, taken: &mut Vec<Import>) -> Option<Text> {
    let is_apart = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    let bytes = text.as_bytes();
    let mut places = text.match_indices("import");
    let (at, _) = places.find(|(at, word)| {
        is_apart(at.checked_sub(1).and_then(|before| bytes.get(before)))
            && is_apart(bytes.get(at + word.len()))
    })?;
    let (before, names) = (text.get(..at)?, text.get(at + "import".len()..)?.trim());
    let Some(from) = before.rfind("from") else {
        for name in names.split(',') {
            let name = name.split_whitespace().next().unwrap_or_default();
            // `import a.b` gives `a`, and `import a.b as c` gives `a.b`.
            taken.extend(name.split('.').next().map(|first| import(first, None)));
            taken.push(import(name, None));
        }
        return None;
    };
    let module: String = before.get(from + "from".len()..)?.split_whitespace().collect();
    match names.strip_prefix('(') {
        Some(names) if !names.contains(')') => {
            items(&module, names, taken);
            Some(module.into())
        }
        inner => {
            items(&module, inner.unwrap_or(names).trim_end_matches(')'), taken);
            None
        }
    }
}

fn items(module: &str, names: &str, taken: &mut Vec<Import>) {
    taken.push(import(module, None));
    let names = names.split(',').filter_map(|name| name.split_whitespace().next());
    taken.extend(names.map(|name| import(module, Some(name))));
}

/// The types that a file of Java or C# may declare: whatever follows a word that declares one.
pub(crate) fn types(text: &str) -> impl Iterator<Item = &str> {
    let mut words =
        text.split(|char: char| !char.is_alphanumeric() && char != '_').filter(|word| !word.is_empty());
    std::iter::from_fn(move || {
        loop {
            if matches!(words.next()?, "class" | "interface" | "enum" | "record" | "struct") {
                // `record class`, `record struct`.
                let name = words.next()?;
                return Some(if matches!(name, "class" | "struct") { words.next()? } else { name });
            }
        }
    })
}

/// What a file of Go or Java calls its package: the first line that says so.
pub(super) fn package(text: &str) -> Option<&str> {
    let named = text.lines().find_map(|line| line.trim_start().strip_prefix("package "))?;
    let end = named.find(|char: char| char != '.' && !is_word(char)).unwrap_or(named.len());
    named.get(..end).filter(|name| !name.is_empty())
}

/// The names that may stand at the top of a file, and the types that may have methods in it: all of these, and some
/// that are none. Only of languages in which files see each other without an import.
pub(super) fn gives(text: &str, language: Language) -> Box<dyn Iterator<Item = &str> + '_> {
    match language {
        Language::Go => Box::new(text.lines().flat_map(of_line)),
        Language::Rust => {
            Box::new(of_impls(text).chain(after(text, &["struct", "enum", "union", "trait", "type"])))
        }
        _ => Box::new(types(text)),
    }
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char| !is_word(char)).filter(|word| !word.is_empty())
}

/// What a line of Go may declare: what stands in front, or in a group of declarations.
fn of_line(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    for word in ["func ", "type ", "var ", "const "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let is_receiver = rest.len() < line.len() && rest.starts_with('(');
    let is_within = rest.len() == line.len() && !line.starts_with(['\t', ' ']);
    let end = match (is_within, is_receiver) {
        (true, _) => 0,
        // `(r *Receiver[T]) Method`.
        (_, true) => rest.find(')').unwrap_or(rest.len()),
        // `a, b = 1, 2`.
        _ => rest.find(['=', '(', '{', '[', '"', '/']).unwrap_or(rest.len()),
    };
    words(rest.get(..end).unwrap_or_default())
}

/// What stands between `impl` and its body.
fn of_impls(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("impl").flat_map(|(at, _)| {
        let rest = text.get(at + "impl".len()..).unwrap_or_default();
        let end = rest.find(['{', ';']).unwrap_or(rest.len()).min(LONGEST);
        let end = (0..=end).rev().find(|end| rest.is_char_boundary(*end)).unwrap_or_default();
        words(rest.get(..end).unwrap_or_default())
    })
}

/// Every word that follows one of these.
fn after<'t>(text: &'t str, these: &'static [&str]) -> impl Iterator<Item = &'t str> {
    let mut all = words(text);
    std::iter::from_fn(move || {
        all.find(|word| these.contains(word))?;
        all.next()
    })
}

/// Whether a file passes all on that it takes from some other file.
pub(crate) fn passes(text: &str, language: Language) -> bool {
    let how: &[&str] = match language.family() {
        Language::Python => &["import *"],
        Language::JavaScript => &["export *", "exportStar(", "module.exports = require(", "...require("],
        _ => &[],
    };
    how.iter().any(|how| text.contains(how))
}

/// Whether a file takes anything that has to do with MCP from elsewhere.
pub(super) fn is_mcp(text: &str) -> bool {
    let says = |line: &str| {
        let mut parts = line.split(['/', '.', ':', '-', '_', '@', '"', '\'', '`', ' ', ';', ',']);
        parts.any(|part| matches!(part, "mcp" | "fastmcp" | "rmcp" | "modelcontextprotocol"))
    };
    let takes = |line: &str| {
        let line = line.trim_start();
        // A line of a list of imports of Go is nothing but a text, and perhaps a name before it.
        let is_text =
            line.ends_with('"') && line.split('"').count() == 3 && line.split_whitespace().count() <= 2;
        is_text
            || ["import", "from", "require", "use", "using", "extern"].iter().any(|word| line.contains(word))
    };
    text.contains("mcp") && text.lines().any(|line| line.contains("mcp") && takes(line) && says(line))
        || text.contains("modelcontextprotocol")
            && text.lines().any(|line| line.contains("modelcontextprotocol") && takes(line) && says(line))
}

#[cfg(test)]
mod tests {
    use super::{gives, imports, is_mcp, package, types};
    use crate::language::Language;

    fn of(text: &str, family: Language) -> Vec<String> {
        let shown = imports(text, family).into_iter().map(|import| match import.item {
            Some(item) => format!("{} {item}", import.module),
            None => import.module.to_string(),
        });
        shown.collect()
    }

    #[test]
    fn every_way_to_import_is_seen() {
        let python = "import os, a.b as c\nfrom .x import (y,  # z\n    v as w,\n) ; import q\nif True: from .. import u\n\
                      from t \\\n    import s\nimportant = 1\n";
        let expected =
            ["os", "os", "a", "a.b", ".x", ".x y", ".x", ".x v", ".x", "q", "q", "..", ".. u", "t", "t s"];
        assert_eq!(of(python, Language::Python), expected);
        let javascript =
            "import a from './a';\nexport * from \"../b\";\nrequire(`./c`)\nimport d from 'd';\n";
        assert_eq!(of(javascript, Language::JavaScript), ["./a", "../b", "./c"]);
        let go = "package a\n\nimport (\n\tb \"x/y\"\n)\n\nfunc f() { g(\"x/z\") }\n";
        assert_eq!(of(go, Language::Go), ["x/y"]);
        let all: Vec<_> = types("public class A<T> {} record struct B(int c); interface D").collect();
        assert_eq!(all, ["A", "B", "D"]);
    }

    #[test]
    fn what_a_file_gives_is_seen() {
        let all = |text, language| gives(text, language).map(str::to_owned).collect::<Vec<_>>();
        let go = "package a\n\nfunc (c *Client[T]) Do() {}\nfunc Make() *Other {}\nvar (\n\tb, c = 1, 2\n)\ntype D struct {\n}\n";
        assert_eq!(all(go, Language::Go), ["c", "Client", "T", "Make", "b", "c", "D", "struct"]);
        let rust = "pub struct A<T>(T);\nimpl<T> Display for B<T>\nwhere\n    T: C,\n{ fn f() { x } }\n";
        assert_eq!(all(rust, Language::Rust), ["T", "Display", "for", "B", "T", "where", "T", "C", "A"]);
        assert_eq!(package("// x\n\npackage a.b_c; // y\n"), Some("a.b_c"));
        assert_eq!(package("package\n"), None);
    }

    #[test]
    fn what_has_to_do_with_mcp_says_so_in_an_import() {
        for text in [
            "from mcp.server import Server",
            "import { A } from '@modelcontextprotocol/sdk/x.js';",
            "import (\n\tsdk \"github.com/mark3labs/mcp-go/mcp\"\n)",
            "use rmcp::transport;",
        ] {
            assert!(is_mcp(text), "{text}");
        }
        for text in ["import mcpx", "# an mcp server", "x = 'mcp'", ""] {
            assert!(!is_mcp(text), "{text}");
        }
    }

    #[test]
    fn a_line_without_an_end_takes_no_longer() {
        for piece in ["import ", "from ", "import (", "'.", "\\\n"] {
            let text = piece.repeat(200_000);
            for family in [Language::Python, Language::JavaScript, Language::Go] {
                assert!(imports(&text, family).len() <= 800_000);
            }
        }
    }
}
