//! Which web pages may call a server besides those of its own origins?

use warded_core::ResourceUri;

use crate::{
    config::Located,
    finding::{Finding, table},
};

/// Reads the origins.
pub(super) fn admitted(written: &[Located<String>], findings: &mut Vec<Finding>) -> Vec<ResourceUri> {
    written.iter().filter_map(|origin| admit(origin, findings)).collect()
}

fn admit(origin: &Located<String>, findings: &mut Vec<Finding>) -> Option<ResourceUri> {
    let text = origin.value.as_str();
    let parsed = ResourceUri::parse(text);
    if let Ok(uri) = &parsed
        && uri.path_and_query().is_empty()
    {
        return parsed.ok();
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
