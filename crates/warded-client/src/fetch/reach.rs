//! Which addresses may a request reach?

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
};

use warded_core::ResourceUri;

use super::{
    Target, is_special,
    name::{is_loopback_name, is_private_name},
};

/// Where learned URLs may lead besides public addresses.
///
/// A URL that a stranger wrote into a document must not make us knock at the doors behind our own firewall: the
/// metadata service of a cloud, the router, a database (RFC 9728 §7.7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    origins: BTreeSet<Box<str>>,
    loopback: bool,
}

impl Reach {
    /// To public addresses only.
    pub fn public() -> Self {
        Self::default()
    }

    /// Also to this URL's origin, wherever it is: its operator is ours.
    #[must_use]
    pub fn with_origin(mut self, of: &ResourceUri) -> Self {
        self.origins.insert(of.origin().into());
        self
    }

    /// Also to this machine: what we were told to call is on it.
    #[must_use]
    pub fn with_loopback(mut self) -> Self {
        self.loopback = true;
        self
    }

    /// What a person may expect who names this server: its origin, and loopback where it is on this machine.
    pub fn of(server: &ResourceUri) -> Self {
        let reach = Self::public().with_origin(server);
        let host = Target::beside(server.as_str(), server).map(|target| is_loopback_host(target.host()));
        if host == Ok(true) { reach.with_loopback() } else { reach }
    }

    /// Whether a target must not be reached, as far as its text alone says: where a person's browser would go, no
    /// look-up of ours can vet, and a name server need not hear of names that are refused anyway.
    pub(super) fn refuses(&self, target: &Target) -> bool {
        let host = target.host();
        let literal = if is_loopback_name(host) { Ok(Ipv4Addr::LOCALHOST.into()) } else { host.parse() };
        match literal {
            Ok(address) => !self.admits(target, address),
            // Where this machine is reached anyway, its hosts file may give it any name; the address decides.
            Err(_) => !self.loopback && !self.trusts(target) && is_private_name(host),
        }
    }

    /// Whether a target may be reached where nobody of us sees its address, since a proxy looks its name up. A learned
    /// one must stand on the operator's list; a special address in plain sight is refused all the same.
    pub(super) fn admits_unseen(&self, target: &Target, is_listed: bool) -> bool {
        let is_in_plain_sight = |address| !self.admits(target, address);
        (is_listed || self.trusts(target)) && !target.host().parse().is_ok_and(is_in_plain_sight)
    }

    /// Whether whoever runs us named it, so that private addresses are meant.
    pub(super) fn trusts(&self, target: &Target) -> bool {
        target.is_configured() || self.origins.contains(target.url().origin())
    }

    pub(super) fn admits(&self, target: &Target, address: IpAddr) -> bool {
        // An IPv4 address in IPv6 dress is dialled as the IPv4 address, so it is judged as one.
        let address = address.to_canonical();
        if target.url().is_plain_http() && !address.is_loopback() {
            return false;
        }
        self.trusts(target) || (self.loopback && address.is_loopback()) || !is_special(address)
    }
}

pub(super) fn is_loopback_host(host: &str) -> bool {
    is_loopback_name(host) || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_some_private_network_is_not_looked_up() {
        let named = |url| Target::learned(url).unwrap();
        let corp = Reach::public().with_origin(&ResourceUri::parse("https://login.corp").unwrap());
        for url in [
            "https://router",
            "https://metadata.google.internal",
            "https://printer.local",
            "https://login.corp",
        ] {
            assert!(Reach::public().refuses(&named(url)), "{url}");
            assert!(!Reach::public().refuses(&Target::configured(url).unwrap()), "{url}");
        }
        assert!(!corp.refuses(&named("https://login.corp/x")) && corp.refuses(&named("https://db.corp")));
        assert!(!Reach::public().with_loopback().refuses(&named("https://keycloak:8443")));
    }

    #[test]
    fn behind_a_proxy_a_list_stands_for_the_look_up() {
        let reach = Reach::public();
        let learned = |url| Target::learned(url).unwrap();
        assert!(!reach.admits_unseen(&learned("https://a.example"), false));
        assert!(reach.admits_unseen(&learned("https://a.example"), true));
        assert!(reach.admits_unseen(&Target::configured("https://a.example").unwrap(), false));
        for url in ["https://10.0.0.1", "https://[fd00::1]", "https://169.254.169.254"] {
            assert!(!reach.admits_unseen(&learned(url), true), "{url}");
            assert!(reach.admits_unseen(&Target::configured(url).unwrap(), false), "{url}");
        }
        assert!(!reach.admits_unseen(&learned("https://1.1.1.1"), false));
    }

    fn admits(reach: &Reach, target: &Target, address: &str) -> bool {
        reach.admits(target, address.parse().unwrap())
    }

    #[test]
    fn a_learned_url_reaches_public_addresses_only() {
        let target = Target::learned("https://a.example").unwrap();
        assert!(admits(&Reach::public(), &target, "93.184.215.14"));
        assert!(admits(&Reach::public(), &target, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"));
        for address in
            ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254"]
        {
            assert!(!admits(&Reach::public(), &target, address), "{address}");
        }
    }

    #[test]
    fn a_configured_url_reaches_private_addresses() {
        let target = Target::configured("https://a.example").unwrap();
        for address in ["10.0.0.1", "127.0.0.1", "fd00::1", "93.184.215.14"] {
            assert!(admits(&Reach::public(), &target, address), "{address}");
        }
    }

    #[test]
    fn a_configured_origin_lends_its_reach_to_itself_alone() {
        let reach =
            Reach::public().with_origin(&ResourceUri::parse("https://login.corp.example/realms").unwrap());
        let learned = |url| Target::learned(url).unwrap();
        assert!(admits(&reach, &learned("https://login.corp.example/jwks"), "10.0.0.1"));
        for other in
            ["https://login.corp.example:8443/jwks", "https://corp.example", "https://x.login.corp.example"]
        {
            assert!(!admits(&reach, &learned(other), "10.0.0.1"), "{other}");
        }
    }

    #[test]
    fn loopback_is_this_machine_and_not_its_network() {
        let (reach, target) =
            (Reach::public().with_loopback(), Target::learned("https://a.example").unwrap());
        for address in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(admits(&reach, &target, address), "{address}");
        }
        for address in ["10.0.0.1", "0.0.0.0", "::", "169.254.169.254", "192.168.0.1"] {
            assert!(!admits(&reach, &target, address), "{address}");
        }
    }

    #[test]
    fn what_a_text_gives_away_needs_no_look_up() {
        let reach = Reach::public().with_origin(&ResourceUri::parse("http://localhost:9").unwrap());
        let refuses = |url| reach.refuses(&Target::learned(url).unwrap());
        for url in [
            "http://localhost:8",
            "http://a.localhost:9",
            "https://10.0.0.1",
            "https://[fd00::1]",
            "http://[::1]",
        ] {
            assert!(refuses(url), "{url}");
        }
        for url in
            ["http://localhost:9/x", "https://login.example.com", "https://1.1.1.1", "https://127.example"]
        {
            assert!(!refuses(url), "{url}");
        }
    }

    #[test]
    fn plain_http_never_leaves_the_machine() {
        let target = Target::configured("http://localhost:8/x").unwrap();
        assert!(admits(&Reach::public(), &target, "127.0.0.1"));
        for address in ["10.0.0.1", "93.184.215.14", "0.0.0.0"] {
            assert!(!admits(&Reach::public(), &target, address), "{address}");
        }
    }

    #[test]
    fn a_server_on_this_machine_brings_its_machine() {
        let of = |url| Reach::of(&ResourceUri::parse(url).unwrap());
        for url in
            ["http://localhost:3000/mcp", "https://127.0.0.1/mcp", "http://[::1]/", "http://a.localhost"]
        {
            assert!(of(url).loopback, "{url}");
        }
        for url in
            ["https://localhost.example.com", "https://notlocalhost", "https://10.0.0.1", "https://128.0.0.1"]
        {
            assert!(!of(url).loopback, "{url}");
        }
    }
}
