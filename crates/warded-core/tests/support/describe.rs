//! Servers and issuers as an operator would describe them, in as few words as possible.

use warded_core::{Issuer, IssuerRules, IssuerSpec, Mode, ResourceUri, ServerSpec};

/// A strict server of the one tier, behind the first issuer.
pub(crate) fn server(name: &str, resource: &str) -> ServerSpec {
    ServerSpec {
        name: name.into(),
        resource: ResourceUri::parse(resource).unwrap(),
        aliases: vec![],
        issuers: vec![0],
        tier: "default".into(),
        mode: Mode::Strict,
    }
}

/// An issuer that keeps to RFC 9068.
pub(crate) fn issuer(url: &str) -> IssuerSpec {
    IssuerSpec {
        url: Issuer::parse(url).unwrap(),
        rules: IssuerRules::default(),
        audiences: vec![],
        across_tiers: vec![],
    }
}
