//! Who is the caller, where proxies stand in between? What a trusted proxy wrote counts, and nobody else's word.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr as _,
};

use http::{HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Hops that are looked at. Beyond it nobody is believed: a request must not cost more for being longer.
const MAX_HOPS: usize = 20;

/// Addresses that begin alike: one, or a block of them.
///
/// ```
/// use warded_gateway::Network;
///
/// let inside = Network::parse("10.0.0.0/8")?;
/// assert!(inside.contains("10.1.2.3".parse().unwrap()));
/// assert!(Network::parse("10.1.2.3/8").is_err());
/// # Ok::<_, warded_gateway::InvalidNetwork>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    prefix: u32,
}

/// Why a text names no addresses that may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidNetwork {
    /// Not an address, nor one with a prefix.
    #[error("it is neither an address nor a block of them")]
    Syntax,
    /// The prefix is longer than the address.
    #[error("no address is that long")]
    Prefix,
    /// The address is not the first one of its block, so that one of both is a slip.
    #[error("the block begins at another address")]
    NotFirst {
        /// The block that the address lies in.
        block: Network,
    },
    /// Everybody. Each caller would say who it is.
    #[error("everybody is in it")]
    Everybody,
}

impl Network {
    /// Reads an address, or a block of addresses as CIDR writes it (RFC 4632, RFC 4291 §2.3).
    pub fn parse(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let written = address.parse::<IpAddr>().map_err(|_| InvalidNetwork::Syntax)?;
        let prefix = match prefix {
            // `u32` would read `+8` and `08`.
            Some(digits) if digits == "0" || is_number(digits) => {
                digits.parse().map_err(|_| InvalidNetwork::Prefix)?
            }
            Some(_) => return Err(InvalidNetwork::Syntax),
            None => bits(written),
        };
        if prefix > bits(written) {
            return Err(InvalidNetwork::Prefix);
        }
        // `::ffff:10.0.0.0/104` is `10.0.0.0/8`: a socket for both families says the one where it means the other.
        let address = written.to_canonical();
        let prefix = match (written, address) {
            (IpAddr::V6(_), IpAddr::V4(_)) => prefix.checked_sub(96).ok_or(InvalidNetwork::Everybody)?,
            _ => prefix,
        };
        if prefix == 0 {
            return Err(InvalidNetwork::Everybody);
        }
        let block = Self { first: first(address, prefix), prefix };
        if block.first == address { Ok(block) } else { Err(InvalidNetwork::NotFirst { block }) }
    }

    /// Whether an address is one of these.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        bits(address) == bits(self.first) && first(address, self.prefix) == self.first
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prefix == bits(self.first) {
            return self.first.fmt(f);
        }
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

fn is_number(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0') && !digits.is_empty()
}

const fn bits(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => u32::BITS,
        IpAddr::V6(_) => u128::BITS,
    }
}

/// The first address that begins with the same bits.
fn first(address: IpAddr, prefix: u32) -> IpAddr {
    let rest = bits(address).saturating_sub(prefix);
    match address {
        IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() & u32::MAX.checked_shl(rest).unwrap_or(0)).into()),
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & u128::MAX.checked_shl(rest).unwrap_or(0)).into()),
    }
}

/// The proxies in front of us; none unless the operator names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// Those that the operator names.
    pub const fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    pub(crate) fn are_told_by(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// Who called: whoever is connected, or, where that is a trusted proxy, whoever it says was connected to it, and
    /// so on until somebody is not trusted. What stands left of that anybody can have written.
    pub(crate) fn caller(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
        if !self.are_told_by(peer.ip()) {
            return peer;
        }
        let hops = headers.get_all(FORWARDED_FOR).iter().rev();
        let hops = hops.flat_map(|field| field.as_bytes().rsplit(|byte| *byte == b','));
        let mut caller = peer;
        for (count, hop) in hops.enumerate() {
            let hop = std::str::from_utf8(hop).ok().and_then(|hop| hop_of(hop.trim_matches([' ', '\t'])));
            let Some(hop) = hop.filter(|_| count < MAX_HOPS) else { return peer };
            caller = hop;
            if !self.are_told_by(hop.ip()) {
                break;
            }
        }
        caller
    }
}

/// An address, with or without the port that some proxies add.
fn hop_of(text: &str) -> Option<SocketAddr> {
    let plain = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).filter(|v6| v6.contains(':'));
    match IpAddr::from_str(plain.unwrap_or(text)) {
        Ok(address) => Some(SocketAddr::new(address.to_canonical(), 0)),
        Err(_) => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn caller(trusted: &[&str], peer: &str, fields: &[&str]) -> String {
        let trusted = trusted.iter().map(|text| Network::parse(text).unwrap()).collect();
        let fields = fields.iter().map(|field| (FORWARDED_FOR, HeaderValue::from_str(field).unwrap()));
        let peer = SocketAddr::new(peer.parse().unwrap(), 9);
        TrustedProxies::new(trusted).caller(peer, &fields.collect()).ip().to_string()
    }

    #[test]
    fn a_block_is_written_in_one_way() {
        for text in ["10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::1", "128.0.0.0/1"] {
            assert_eq!(Network::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Network::parse("192.0.2.1/32"), Network::parse("192.0.2.1"));
        assert_eq!(Network::parse("::ffff:10.0.0.0/104"), Network::parse("10.0.0.0/8"));
        let block = Network::parse("10.0.0.0/8").unwrap();
        assert_eq!(Network::parse("10.0.0.1/8"), Err(InvalidNetwork::NotFirst { block }));
        for text in
            ["", "proxy", "10.0.0", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/08", "[::1]", " ::1", "::1/1/1"]
        {
            assert_eq!(Network::parse(text), Err(InvalidNetwork::Syntax), "{text}");
        }
        for text in ["10.0.0.0/33", "::/129", "::/99999999999"] {
            assert_eq!(Network::parse(text), Err(InvalidNetwork::Prefix), "{text}");
        }
        for text in ["0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96", "::ffff:0.0.0.0/1"] {
            assert_eq!(Network::parse(text), Err(InvalidNetwork::Everybody), "{text}");
        }
    }

    #[test]
    fn a_block_ends_where_its_bits_end() {
        let contains =
            |block, address: &str| Network::parse(block).unwrap().contains(address.parse().unwrap());
        assert!(contains("10.0.0.0/9", "10.127.255.255") && !contains("10.0.0.0/9", "10.128.0.0"));
        assert!(contains("10.0.0.0/8", "::ffff:10.1.1.1"), "one address in two spellings");
        assert!(contains("192.0.2.1", "192.0.2.1") && !contains("192.0.2.1", "192.0.2.0"));
        assert!(
            contains("2001:db8::/33", "2001:db8:7fff::1") && !contains("2001:db8::/33", "2001:db8:8000::")
        );
        assert!(!contains("::/8", "10.0.0.1"), "the other family");
    }

    #[test]
    fn nobody_is_believed_who_is_not_trusted() {
        assert_eq!(caller(&[], "192.0.2.1", &["203.0.113.7"]), "192.0.2.1");
        assert_eq!(caller(&["10.0.0.0/8"], "192.0.2.1", &["203.0.113.7"]), "192.0.2.1");
    }

    #[test]
    fn the_caller_is_the_last_whom_nobody_trusts() {
        let proxies = ["10.0.0.0/8", "::1"];
        assert_eq!(caller(&proxies, "10.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(caller(&proxies, "::ffff:10.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        // The caller wrote the first two; our proxies wrote the rest.
        let said = ["10.0.0.9, 198.51.100.1,203.0.113.7", "10.0.0.2"];
        assert_eq!(caller(&proxies, "::1", &said), "203.0.113.7");
        assert_eq!(caller(&proxies, "10.0.0.1", &["nonsense, 203.0.113.7"]), "203.0.113.7");
        assert_eq!(caller(&proxies, "10.0.0.1", &["10.0.0.7, 10.0.0.2"]), "10.0.0.7", "who is inside, too");
        assert_eq!(caller(&proxies, "10.0.0.1", &["203.0.113.7:4711"]), "203.0.113.7");
        assert_eq!(caller(&proxies, "10.0.0.1", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(caller(&proxies, "10.0.0.1", &["[2001:db8::7]"]), "2001:db8::7");
    }

    #[test]
    fn what_cannot_be_read_is_the_proxys_own() {
        let proxies = ["10.0.0.0/8"];
        let many = vec!["10.0.0.3"; MAX_HOPS].join(",");
        for said in
            ["", "unknown", "203.0.113.7,", "203.0.113.7, 10.0.0.2, _hidden", &format!("203.0.113.7,{many}")]
        {
            assert_eq!(caller(&proxies, "10.0.0.1", &[said]), "10.0.0.1", "{said}");
        }
        assert_eq!(caller(&proxies, "10.0.0.1", &[]), "10.0.0.1");
        let fewer = vec!["10.0.0.3"; MAX_HOPS - 1].join(",");
        assert_eq!(caller(&proxies, "10.0.0.1", &[&format!("203.0.113.7,{fewer}")]), "203.0.113.7");
    }
}
