//! Which addresses are not the public Internet? All of IANA's special-purpose registries (RFC 6890), also the few
//! blocks that are globally reachable by them (AS112, AMT, anycast of PCP and TURN): a sink, a relay or a router of our
//! own network answers there, and never somebody's document. Besides them, what leads into them by translation.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What no stranger may send us to, with the length of its prefix.
const V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::UNSPECIFIED, 8),         // this network; Linux dials 0.0.0.0 as loopback
    (Ipv4Addr::new(10, 0, 0, 0), 8),    // private
    (Ipv4Addr::new(100, 64, 0, 0), 10), // carrier NAT; also the metadata service of Alibaba Cloud
    (Ipv4Addr::new(127, 0, 0, 0), 8),   // loopback
    (Ipv4Addr::new(168, 63, 129, 16), 32), // not in the registries: the host of every Azure machine
    (Ipv4Addr::new(169, 254, 0, 0), 16), // link-local: the metadata services of most clouds
    (Ipv4Addr::new(172, 16, 0, 0), 12), // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),  // protocol assignments; also the metadata service of Oracle Cloud
    (Ipv4Addr::new(192, 0, 2, 0), 24),  // documentation
    (Ipv4Addr::new(192, 31, 196, 0), 24), // AS112: the nearest sink for reverse names, maybe our own
    (Ipv4Addr::new(192, 52, 193, 0), 24), // multicast relays
    (Ipv4Addr::new(192, 88, 99, 0), 24), // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16), // private
    (Ipv4Addr::new(192, 175, 48, 0), 24), // AS112 by delegation
    (Ipv4Addr::new(198, 18, 0, 0), 15), // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24), // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),   // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),   // reserved, broadcast
];

/// All that IANA has given out for the public Internet. What lies outside is special by itself: loopback, mapped,
/// compatible and translated IPv4, local NAT64, discard, segment routing, unique local (the metadata services of AWS
/// and Google among them), link-local, site-local, multicast.
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is special within it.
const V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments, among them Teredo, benchmarks, ORCHID
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4: carries any IPv4 address
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48), // AS112
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

/// RFC 6052 §2.1: carries an IPv4 address, and is all that there is where IPv4 is only reached by NAT64.
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Whether an address is no public one.
///
/// ```
/// use warded_client::fetch::is_special;
///
/// assert!(is_special([169, 254, 169, 254].into()));
/// assert!(!is_special([1, 1, 1, 1].into()));
/// ```
pub fn is_special(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => V4.iter().any(|&(net, length)| within_v4(address, net, length)),
        IpAddr::V6(address) if within_v6(address, NAT64) => is_special(IpAddr::V4(last_four(address))),
        IpAddr::V6(address) => {
            !within_v6(address, GLOBAL_V6)
                || V6.iter().any(|&net| within_v6(address, net))
                || (is_isatap(address) && is_special(IpAddr::V4(last_four(address))))
        }
    }
}

/// RFC 5214 §6.1: below any prefix, this names the IPv4 address to which a machine with such an interface would tunnel.
fn is_isatap(address: Ipv6Addr) -> bool {
    let [.., high, low, _, _] = address.segments();
    matches!(high, 0 | 0x200) && low == 0x5efe
}

fn within_v4(address: Ipv4Addr, net: Ipv4Addr, length: u32) -> bool {
    (address.to_bits() ^ net.to_bits()).leading_zeros() >= length
}

fn within_v6(address: Ipv6Addr, (net, length): (Ipv6Addr, u32)) -> bool {
    (address.to_bits() ^ net.to_bits()).leading_zeros() >= length
}

fn last_four(address: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = address.octets();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn special(address: &str) -> bool {
        is_special(address.parse().unwrap())
    }

    /// The first and the last address of every range, and their neighbours outside.
    #[test]
    fn ranges_end_where_the_registries_say() {
        for (first, last, before, after) in [
            ("0.0.0.0", "0.255.255.255", "", "1.0.0.0"),
            ("10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
            ("100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"),
            ("127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"),
            ("168.63.129.16", "168.63.129.16", "168.63.129.15", "168.63.129.17"),
            ("169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"),
            ("172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"),
            ("192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"),
            ("192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"),
            ("192.31.196.0", "192.31.196.255", "192.31.195.255", "192.31.197.0"),
            ("192.52.193.0", "192.52.193.255", "192.52.192.255", "192.52.194.0"),
            ("192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"),
            ("192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"),
            ("192.175.48.0", "192.175.48.255", "192.175.47.255", "192.175.49.0"),
            ("198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"),
            ("198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"),
            ("203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"),
            ("224.0.0.0", "255.255.255.255", "223.255.255.255", ""),
            ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2000:ffff::", "2001:200::"),
            ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7::", "2001:db9::"),
            ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff::", "2003::"),
            ("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:7fff::", "2620:4f:8001::"),
            ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe::", "3fff:1000::"),
        ] {
            assert!(special(first) && special(last), "{first}");
            for outside in [before, after].into_iter().filter(|address| !address.is_empty()) {
                assert!(!special(outside), "{outside}");
            }
        }
    }

    #[test]
    fn what_is_not_global_unicast_is_special() {
        for address in [
            "::",
            "::1",
            "::7f00:1",
            "::ffff:0:7f00:1",
            "64:ff9b:1::a00:1",
            "100::1",
            "100:0:0:1::",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "1fff::",
            "4000::",
        ] {
            assert!(special(address), "{address}");
        }
        for address in ["2600::", "2a00:1450:4001::1", "2001:4860:4860::8888", "2620:fe::fe"] {
            assert!(!special(address), "{address}");
        }
    }

    #[test]
    fn an_address_in_disguise_is_judged_by_what_it_hides() {
        for hidden in ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.100.100.200", "0.0.0.0"] {
            assert!(special(&format!("::ffff:{hidden}")), "mapped {hidden}");
            assert!(special(&format!("64:ff9b::{hidden}")), "NAT64 {hidden}");
        }
        assert!(!special("::ffff:1.1.1.1") && !special("64:ff9b::1.1.1.1"));
        for prefix in ["2600:1234::5efe:", "2600:1234::200:5efe:"] {
            assert!(
                special(&format!("{prefix}10.0.0.1")) && !special(&format!("{prefix}1.1.1.1")),
                "{prefix}"
            );
        }
        // Whatever is in them: relays for these are gone, and nobody needs what is left.
        assert!(special("2002:101:101::1") && special("2001:0:101:101::1"));
    }
}
