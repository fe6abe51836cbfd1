//! Which addresses are one subscriber's?

use std::net::{IpAddr, Ipv6Addr};

/// One household has a /64 of IPv6 at least, and every address in it; most have more (RFC 6177 §2), so whoever is to be
/// bounded by it has to bound what is larger as well.
///
/// ```
/// let household = |address: &str| warded_core::household(address.parse().unwrap());
/// assert_eq!(household("2001:db8:1:2::1"), household("2001:db8:1:2:ffff::9"));
/// assert_eq!(household("::ffff:192.0.2.1"), household("192.0.2.1"));
/// ```
pub fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}
