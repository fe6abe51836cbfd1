//! Whose descriptions of themselves are read? Hosts by name, or all below a name.

use warded_client::fetch::HostPattern;
use warded_issuer::{ClientDocuments, Domains};

use crate::{
    config::{self, Located},
    finding::{Finding, table},
};

pub(super) fn read(written: &config::ClientDocuments, findings: &mut Vec<Finding>) -> ClientDocuments {
    match written {
        config::ClientDocuments::All(true) => ClientDocuments::At(Domains::default()),
        config::ClientDocuments::All(false) => ClientDocuments::Off,
        config::ClientDocuments::Some(hosts) => {
            let mut named = |hosts: &[Located<String>]| {
                findings.extend(hosts.iter().filter_map(wrong));
                hosts.iter().map(|host| host.value.clone()).collect()
            };
            ClientDocuments::At(Domains { allow: named(&hosts.allow), deny: named(&hosts.deny) })
        }
    }
}

fn wrong(host: &Located<String>) -> Option<Finding> {
    let why = HostPattern::parse(&host.value).err()?;
    let message = format!("`{}` is not a host: {why}", host.value.escape_debug());
    let finding = Finding::new(&table::BUILT_IN_INVALID, message).at(host.span, "this host");
    let help =
        "Write the name of a host in lower case, such as `example.com`, or `*.example.com` for all below it.";
    Some(finding.help(help))
}
