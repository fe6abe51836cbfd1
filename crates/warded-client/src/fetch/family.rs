//! Over which of the two Internets do requests go?

use std::net::IpAddr;

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two")]
pub enum Family {
    /// RFC 791
    Ipv4,
    /// RFC 8200
    Ipv6,
}

impl Family {
    /// Whether an address is of it. An IPv4 address in IPv6 dress is dialled as the IPv4 address.
    pub(super) fn has(self, address: IpAddr) -> bool {
        address.to_canonical().is_ipv4() == (self == Self::Ipv4)
    }
}
