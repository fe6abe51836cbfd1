//! Whose descriptions of themselves are read? Hosts by name, or all below a name.

use warded_client::fetch::HostPattern;
use warded_issuer::{ClientDocuments, Domains};

use crate::{
    config::{self, Located},
    finding::{Finding, table},
};

pub(super) fn read(
    written: &Located<config::ClientDocuments>,
    findings: &mut Vec<Finding>,
) -> ClientDocuments {
    match &written.value {
        config::ClientDocuments::All(true) => ClientDocuments::At(Domains::default()),
        config::ClientDocuments::All(false) => ClientDocuments::Off,
        config::ClientDocuments::Some(hosts) => {
            findings.extend(nobody(hosts).map(|finding| finding.at(written.span, "whose descriptions?")));
            let mut named = |hosts: Option<&Vec<Located<String>>>| {
                let hosts = || hosts.into_iter().flatten();
                findings.extend(hosts().filter_map(wrong));
                hosts().map(|host| host.value.clone()).collect()
            };
            ClientDocuments::At(Domains {
                allow: named(hosts.allow.as_ref()),
                deny: named(hosts.deny.as_ref()),
            })
        }
    }
}

/// A list from which the last host was removed: without it these hosts would be all hosts.
fn nobody(hosts: &config::AllowOrDeny) -> Option<Finding> {
    let is_empty = |hosts: &Option<Vec<_>>| hosts.as_ref().is_some_and(Vec::is_empty);
    let message = match (&hosts.allow, &hosts.deny) {
        (allow, _) if is_empty(allow) => "`allow` is empty",
        (_, deny) if is_empty(deny) => "`deny` is empty",
        (None, None) => "`client_documents` names no host",
        _ => return None,
    };
    let help = "Name a host, or write `client_documents: false` for nobody's or `client_documents: true` for everybody's.";
    Some(Finding::new(&table::LIST_EMPTY, message).help(help))
}

fn wrong(host: &Located<String>) -> Option<Finding> {
    let why = HostPattern::parse(&host.value).err()?;
    let message = format!("`{}` is not a host: {why}", host.value.escape_debug());
    let finding = Finding::new(&table::BUILT_IN_INVALID, message).at(host.span, "this host");
    let help =
        "Write the name of a host in lower case, such as `example.com`, or `*.example.com` for all below it.";
    Some(finding.help(help))
}
