//! Where are the comments of a file? What only looks like one, in a text, is none.

use std::{ops::Range, path::Path};

use crate::{
    configs::{self, Format},
    language::Language,
    look::Deadline,
    parse::parse,
};

/// The comments of a file, in their order; none where nobody knows the language. Nothing where it takes too long to find
/// them.
pub(super) fn comments(path: &str, text: &str, deadline: &Deadline<'_>) -> Option<Vec<Range<usize>>> {
    let path = Path::new(path);
    if let Some(language) = Language::of(path) {
        return in_code(text, language, deadline);
    }
    // These are read in one go.
    Some(match configs::is_config(path).map(|product| product.format) {
        Some(Format::Jsonc) => in_jsonc(text),
        Some(Format::Toml) => behind_number_signs(text, toml_text),
        Some(Format::Yaml) => behind_number_signs(text, yaml_text),
        None => Vec::new(),
    })
}

/// All grammars call them so: `comment`, `line_comment`, `html_comment`.
fn in_code(text: &str, language: Language, deadline: &Deadline<'_>) -> Option<Vec<Range<usize>>> {
    let tree = parse(text, language, &mut || !deadline.is_over()).ok()?;
    let (mut all, mut cursor) = (Vec::new(), tree.walk());
    loop {
        let node = cursor.node();
        let is_comment = node.is_named() && node.kind().ends_with("comment");
        if is_comment {
            all.push(node.byte_range());
        }
        if !is_comment && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return Some(all);
            }
        }
    }
}

fn in_jsonc(text: &str) -> Vec<Range<usize>> {
    let (mut all, mut at) = (Vec::new(), 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.get(2..).and_then(|inner| inner.find("*/")).map_or(rest.len(), |end| end + 4)
        } else if rest.starts_with('"') {
            at += quoted(rest, "\"", true);
            continue;
        } else {
            at += rest.find(['/', '"']).map_or(rest.len(), |found| found.max(1));
            continue;
        };
        all.push(at..at + length);
        at += length;
    }
    all
}

/// The comments of a language in which a number sign begins one, unless it stands in a text. `skip` tells how long the text
/// is that begins at a place.
fn behind_number_signs(text: &str, skip: fn(&str, usize) -> usize) -> Vec<Range<usize>> {
    let (mut all, mut at) = (Vec::new(), 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let skipped = skip(text, at);
        if skipped > 0 {
            at += skipped;
        } else if rest.starts_with('#') {
            let end = at + rest.find('\n').unwrap_or(rest.len());
            all.push(at..end);
            at = end;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    all
}

fn toml_text(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let quotes = [("\"\"\"", true), ("'''", false), ("\"", true), ("'", false)];
    let quote = quotes.into_iter().find(|(quote, _)| rest.starts_with(quote));
    quote.map_or(0, |(quote, escapes)| quoted(rest, quote, escapes))
}

fn yaml_text(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let before = text.get(..at).unwrap_or_default();
    let last = before.chars().next_back();
    let is_start = last.is_none_or(|last| last.is_whitespace() || "[{,".contains(last));
    match rest.chars().next() {
        Some('"') if is_start => quoted(rest, "\"", true),
        Some('\'') if is_start => quoted(rest, "'", false),
        // In the middle of a word it is a part of it.
        Some('#') if !last.is_none_or(char::is_whitespace) => 1,
        Some('|' | '>') if last.is_some_and(char::is_whitespace) => block(before, rest),
        _ => 0,
    }
}

/// How long a text in quotes is, with them. One that does not end goes on to the end of its line, or of the file where it
/// may have several lines.
fn quoted(text: &str, quote: &str, escapes: bool) -> usize {
    let mut at = quote.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(quote) {
            return at + quote.len();
        }
        if quote.len() == 1 && rest.starts_with('\n') {
            return at;
        }
        let two = escapes && rest.starts_with('\\');
        at += rest.chars().take(1 + usize::from(two)).map(char::len_utf8).sum::<usize>();
    }
    text.len()
}

/// How long a text of YAML is that stands in the lines below `|` or `>`: all that are indented further than what it belongs
/// to. What stands behind the sign itself may be a comment.
fn block(before: &str, rest: &str) -> usize {
    // Not to the end of the line first: it may be long, and full of these signs.
    let behind = rest.trim_start_matches(|c: char| "|>+-".contains(c) || c.is_ascii_digit());
    let behind = behind.trim_start_matches(|c: char| c.is_whitespace() && c != '\n');
    if !behind.is_empty() && !behind.starts_with('\n') {
        return 0;
    }
    let (head, body) = rest.split_at(rest.len() - behind.len() + usize::from(!behind.is_empty()));
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let outer = indent(before.rsplit('\n').next().unwrap_or_default());
    let body = body.split_inclusive('\n').take_while(|line| line.trim().is_empty() || indent(line) > outer);
    head.len() + body.map(str::len).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::look::Watch;

    fn said<'t>(path: &str, text: &'t str) -> Vec<&'t str> {
        let all = comments(path, text, &Deadline::after(&Watch::NOBODY, Duration::ZERO)).unwrap();
        all.into_iter().map(|span| text.get(span).unwrap()).collect()
    }

    #[test]
    fn comments_of_every_language_are_found_and_texts_are_not() {
        for (path, text) in [
            ("a.py", "x = '# no'  # 1\ny = \"\"\"\n# no\n\"\"\"\n# 2\n"),
            ("a.js", "const x = '// no' // 1\n/* 2 */ const y = `\n// no`; const z = /\\/\\/no/\n"),
            ("a.ts", "let x: string = \"// no\" // 1\n/* 2 */\n"),
            ("a.tsx", "const x = <a href=\"//no\">// no {/* 1 */}</a> // 2\n"),
            ("a.go", "package a\nvar x = \"// no\" // 1\nvar y = `// no`\n/* 2 */\n"),
            (
                "a.rs",
                "const X: &str = \"// no\"; // 1\nconst Y: &str = r#\"// no\"#;\n/* 2 /* nested */ */\n",
            ),
            ("a.java", "class A { String x = \"// no\"; // 1\n/* 2 */ }\n"),
            ("a.cs", "class A { string x = \"// no\"; // 1\nstring y = @\"\n// no\"; /* 2 */ }\n"),
            (".cursor/mcp.json", "{\"a\": \"// no \\\" // no\", // 1\n/* 2 */ \"b\": 1}"),
            (".codex/config.toml", "a = \"# no \\\" # no\" # 1\nb = '# no \\' # 2\n"),
            (".codex/config.toml", "a = \"\"\"\n# no\n\"\"\"  # 1\nb = '''\n# no'''\n# 2\n"),
            (".continue/config.yaml", "a: '# no it''s # no' # 1\nb: no#no\nc: \"# no\"\n# 2\n"),
            (".continue/config.yaml", "a: |\n  # no\n\n  # no\nb: >-\n  # no\n# 1\nc: it's # 2\n"),
        ] {
            let said = said(path, text);
            assert_eq!(said.len(), 2, "{path}: {said:?}");
            assert!(said[0].contains('1') && said[1].contains('2'), "{path}: {said:?}");
        }
        assert!(said("README.md", "# 1\n").is_empty());
    }

    #[test]
    fn what_does_not_end_ends_with_the_file() {
        for (path, text, count) in [
            (".cursor/mcp.json", "{} /* 1", 1),
            (".cursor/mcp.json", "{\"a\\", 0),
            (".cursor/mcp.json", "{\"a\n// 1", 1),
            (".cursor/mcp.json", "/", 0),
            (".codex/config.toml", "a = '''\n# no", 0),
            (".codex/config.toml", "a = \"no # no\n# 1", 1),
            (".continue/config.yaml", "a: |\n  # no", 0),
            ("a.py", "x = '''\n# no", 0),
            ("a.py", "", 0),
        ] {
            let said = said(path, text);
            assert!(said.len() <= count.max(usize::from(path == "a.py")), "{path} {text:?}: {said:?}");
            if path != "a.py" {
                assert_eq!(said.len(), count, "{path} {text:?}: {said:?}");
            }
        }
    }
}
