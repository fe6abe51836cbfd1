//! What could a template of URIs become? (RFC 6570)

use std::collections::BTreeSet;

use super::readings;

/// Stands for any text. Where a template has it itself, more is meant than said.
pub(super) const ANY: &str = "~~";

/// With more expressions than that, nobody looks at every way to leave some of them out.
const MAX_EXPRESSIONS: usize = 4;

/// Every way in which a server may read what the template could become, with [`ANY`] for any text; none where that
/// cannot be told.
pub(super) fn readings(template: &str) -> Option<BTreeSet<String>> {
    let parts = parts(template);
    if parts.iter().filter(|part| matches!(part, Part::Expression(_))).count() > MAX_EXPRESSIONS {
        return None;
    }
    let mut all = readings::of(&filled(template))?;
    let mut ways = vec![String::new()];
    for part in &parts {
        let ends = match part {
            Part::Text(text) => vec![(*text).to_owned()],
            Part::Expression(inner) => values(inner),
        };
        ways = ways.iter().flat_map(|way| ends.iter().map(move |end| format!("{way}{end}"))).collect();
    }
    // What nobody can read when a value is left out has no reading of its own: reading it needs everything.
    all.extend(ways.iter().filter_map(|way| readings::of(way)).flatten());
    Some(all)
}

/// The template with any text for each of its expressions.
pub(super) fn filled(template: &str) -> String {
    let text = |part: &Part<'_>| match part {
        Part::Text(text) => (*text).to_owned(),
        Part::Expression(inner) => format!("{}{ANY}", operator(inner)),
    };
    parts(template).iter().map(text).collect()
}

/// What an expression could be. A variable that is not defined is nothing (§2.3); only `+` lets a `?` through (§3.2.3).
fn values(inner: &str) -> Vec<String> {
    let mut values = vec![String::new(), format!("{}{ANY}", operator(inner))];
    if inner.starts_with('+') {
        values.extend([format!("?{ANY}"), format!("{ANY}?{ANY}")]);
    }
    values
}

/// What stands before the first value (§3.2.1).
fn operator(inner: &str) -> &str {
    let first = inner.get(..1).unwrap_or_default();
    if matches!(first, "#" | "." | "/" | ";" | "?" | "&") { first } else { "" }
}

enum Part<'t> {
    Text(&'t str),
    Expression(&'t str),
}

/// What is not closed is text, and no URI has such a letter.
fn parts(template: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((text, behind)) = rest.split_once('{')
        && let Some((inner, behind)) = behind.split_once('}')
    {
        parts.extend([Part::Text(text), Part::Expression(inner)]);
        rest = behind;
    }
    parts.push(Part::Text(rest));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_read_with_and_without_what_may_be_left_out() {
        let read = |template: &str| readings(template).unwrap_or_default();
        for (template, reading) in [
            ("note://private?id={id}", "note://private/"),
            ("note://private{?id}", "note://private/"),
            ("note://private{?id}", "note://private?~~"),
            ("note://private{/id}", "note://private/~~"),
            ("note://private{/id}", "note://private"),
            ("note://a/{x}/", "note://a/~~"),
            ("note://a/{x}?q={y}", "note://a?q=~~"),
            ("note://a/{+x}/b", "note://a/~~"),
            ("note://a/{+x}/b", "note://a?~~/b"),
            ("note:///private/{id}", "note://private/~~"),
        ] {
            assert!(read(template).contains(reading), "{template}: {:?}", read(template));
        }
    }

    #[test]
    fn what_nobody_can_read_has_no_reading() {
        for template in [
            "NOTE://private/{id}",
            "note://x/../private/{id}",
            "note://{id",
            "note://}{",
            "{id}",
            "{scheme}://private/1",
            "note://a:{port}/",
            "note://a/{;x}",
            "note://a/{#x}",
            "note://a%{x}",
            "note://{a}{b}{c}{d}{e}",
        ] {
            assert_eq!(readings(template), None, "{template}");
        }
    }
}
