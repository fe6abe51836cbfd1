//! Which web pages may call a server besides those of its own origins?

use warded_core::ResourceUri;
use warded_guard::PageOrigin;

use crate::{
    config::Located,
    finding::{Finding, table},
};

/// Reads the origins.
pub(super) fn admitted(written: &[Located<String>], findings: &mut Vec<Finding>) -> Vec<PageOrigin> {
    written.iter().filter_map(|origin| admit(origin, findings)).collect()
}

fn admit(origin: &Located<String>, findings: &mut Vec<Finding>) -> Option<PageOrigin> {
    let text = origin.value.as_str();
    let parsed = ResourceUri::parse(text);
    let admitted = match &parsed {
        // What a person writes in capitals or with the usual port, a browser does not.
        Ok(uri) if uri.path_and_query().is_empty() => PageOrigin::parse(uri.origin()).ok(),
        // Whoever is on the way changes a page that comes over plain http.
        _ if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("http")) => None,
        // The page of an application of its own, such as `tauri://localhost`.
        _ => PageOrigin::parse(text).ok(),
    };
    if admitted.is_some() {
        return admitted;
    }
    let shown = text.escape_debug();
    let message = match &parsed {
        Ok(_) => format!("`{shown}` is not an origin: it has a path or a query"),
        Err(why) => format!("`{shown}` is not an origin: {why}"),
    };
    let finding = Finding::new(&table::ORIGIN_INVALID, message).at(origin.span, "this origin");
    findings.push(match &parsed {
        Ok(uri) => finding.help(format!("Did you mean `{}`?", uri.origin())),
        // Every page that a user visits could then make the user's browser call the server.
        Err(_) if text.contains('*') => finding.help("Name each origin; there are no patterns."),
        Err(_) => finding,
    });
    None
}
