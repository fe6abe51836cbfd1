//! The links of a page of the simple API (PEP 503), as far as it takes to read those: it is no browser.

use std::collections::BTreeMap;

use super::{Listed, Yanked};

/// Every `<a href=…>NAME</a>`. The digest stands in the fragment.
pub(super) fn links(page: &str) -> Vec<Listed> {
    let mut links = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        let (_, tag) = rest.split_at(at);
        let after = tag.strip_prefix("<a").or_else(|| tag.strip_prefix("<A"));
        let Some(tag) = after.filter(|after| after.starts_with(char::is_whitespace)) else {
            rest = tag.strip_prefix('<').unwrap_or_default();
            continue;
        };
        let Some((attributes, after)) = tag_end(tag) else { break };
        rest = after;
        if let Some(link) = link(attributes, after.split('<').next().unwrap_or_default()) {
            links.push(link);
        }
    }
    links
}

/// Where a tag ends: at the first `>` that stands in no quotes.
fn tag_end(tag: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match (quote, c) {
            (None, '>') => return Some((tag.get(..at)?, tag.get(at + 1..)?)),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

fn link(attributes: &str, text: &str) -> Option<Listed> {
    let href = attribute(attributes, "href")?.filter(|href| !href.is_empty())?;
    let digest = href.split_once('#').and_then(|(_, fragment)| fragment.split_once('='));
    let hashes: BTreeMap<_, _> =
        digest.map(|(algorithm, text)| (algorithm.to_owned(), text.to_owned())).into_iter().collect();
    let yanked = match attribute(attributes, "data-yanked") {
        None => Yanked::Whether(false),
        Some(None) => Yanked::Whether(true),
        Some(Some(why)) => Yanked::Because(why),
    };
    Some(Listed { filename: plain(text.trim()), url: href, hashes, yanked })
}

/// What an attribute says; an attribute may say nothing.
#[expect(clippy::option_option, reason = "not there, and there without a value, are two things")]
fn attribute(attributes: &str, wanted: &str) -> Option<Option<String>> {
    let mut rest = attributes.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('=') {
            Some(value) => {
                let (value, after) = value_of(value.trim_start());
                (Some(value), after)
            }
            None => (None, after),
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value.map(plain));
        }
        // A sign that stands for nothing is passed over.
        rest =
            if end == 0 && value.is_none() { after.get(1..).unwrap_or_default() } else { after.trim_start() };
    }
    None
}

fn value_of(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(text) = text.strip_prefix(quote) {
            return text.split_once(quote).unwrap_or((text, ""));
        }
    }
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

/// The few escapes that stand in URLs and in names of files.
fn plain(text: &str) -> String {
    let escapes = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ];
    escapes.iter().fold(text.to_owned(), |text, (escape, c)| text.replace(escape, c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_links_of_a_page_are_read() {
        let page = r#"<!DOCTYPE html><html><head><title>x > y</title></head><body><abbr href="no">n</abbr>
            <a href="../../x-1.0.tar.gz#sha256=ab" data-requires-python="&gt;=3.8">x-1.0.tar.gz</a><br/>
            <A data-yanked HREF = 'b.whl?a=1&amp;b=2'
               rel=nofollow> b.whl </A>
            <a data-yanked="bad > &quot;good&quot;" href=c.whl>c.whl</a><a name=x>no</a><a href="">no</a><a href="d"#;
        let links = links(page);
        let shown: Vec<_> = links
            .iter()
            .map(|link| {
                let yanked = match &link.yanked {
                    Yanked::Whether(whether) => whether.to_string(),
                    Yanked::Because(why) => why.clone(),
                };
                let hash = link.hashes.get("sha256").map(String::as_str);
                (link.filename.as_str(), link.url.as_str(), hash, yanked)
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("x-1.0.tar.gz", "../../x-1.0.tar.gz#sha256=ab", Some("ab"), "false".to_owned()),
                ("b.whl", "b.whl?a=1&b=2", None, "true".to_owned()),
                ("c.whl", "c.whl", None, "bad > \"good\"".to_owned()),
            ]
        );
    }

    #[test]
    fn broken_pages_come_to_an_end() {
        for page in
            ["", "<", "<a", "<a>", "<a href", "<a href=", "<a href='", "<a =", "<a = = x", "é<a é=é href=é>é"]
        {
            assert!(links(page).len() < 2, "{page}");
        }
        assert!(links(&"<a ".repeat(100_000)).is_empty());
    }
}
