//! Hosts: one spelling each. Names become lower-case A-labels, addresses their only strict form.

use std::net::{Ipv4Addr, Ipv6Addr};

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::{Flaw, InvalidResourceUri};

pub(super) fn canonical(host: &str) -> Result<String, InvalidResourceUri> {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return ipv6(address);
    }
    if host.is_empty() {
        return Err(Flaw::HostMissing.into());
    }
    // Beyond ASCII, lower case depends on the reader: the last letter of `ΟΔΟΣ` becomes ς to some and σ to
    // others, and the Kelvin sign becomes a plain k. IDNA decides below whether such a name is normal.
    let lower = host.to_ascii_lowercase();
    if let Some(name) = lower.strip_suffix('.') {
        return Err(match canonical(name.trim_end_matches('.')) {
            Ok(host) => Flaw::HostTrailingDot.instead(host),
            Err(_) => Flaw::HostTrailingDot.into(),
        });
    }
    if is_ascii_name(&lower) {
        // `127.1`, `0x7f.1` and `2130706433` all reach 127.0.0.1 through forgiving resolvers.
        if ends_in_number(&lower) {
            return lower.parse::<Ipv4Addr>().map(|ip| ip.to_string()).map_err(|_| Flaw::IpAmbiguous.into());
        }
        if lower.len() <= 253 && lower.split('.').all(is_label) {
            return if lower.split('.').any(is_a_label) { international(&lower) } else { Ok(lower) };
        }
        return Err(Flaw::Host.into());
    }
    if lower.is_ascii() { Err(Flaw::Host.into()) } else { international(&lower) }
}

/// A name with letters beyond ASCII, or with A-labels that must be what they claim to be (RFC 5891 §5.4).
fn international(lower: &str) -> Result<String, InvalidResourceUri> {
    let uts46 = Uts46::new();
    let ascii = uts46
        .to_ascii(lower.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Verify)
        .map_err(|_| Flaw::Host)?;
    let (unicode, outcome) = uts46.to_unicode(ascii.as_bytes(), AsciiDenyList::STD3, Hyphens::Check);
    outcome.map_err(|_| Flaw::Host)?;
    // `é.1` and `é.0x7f` end like an address, and are refused like one that is written in ASCII alone.
    if ends_in_number(&ascii) {
        return Err(Flaw::IpAmbiguous.into());
    }
    // IDNA also maps: full-width letters, ideographic full stops, soft hyphens. Mapped text is repaired text.
    if is_unmapped(lower, &ascii, &unicode) {
        Ok(ascii.into_owned())
    } else {
        Err(Flaw::HostNotNormal.instead(ascii.into_owned()))
    }
}

/// Compares label by label, since a name may mix A-labels and U-labels.
fn is_unmapped(written: &str, ascii: &str, unicode: &str) -> bool {
    let labels = |name: &str| name.split('.').count();
    let normal = ascii.split('.').zip(unicode.split('.'));
    labels(written) == labels(ascii)
        && written.split('.').zip(normal).all(|(label, (a, u))| label == a || label == u)
}

fn ipv6(text: &str) -> Result<String, InvalidResourceUri> {
    let address: Ipv6Addr = text.parse().map_err(|_| Flaw::IpAmbiguous)?;
    match address.to_ipv4_mapped() {
        // One machine, two spellings: only the IPv4 one may stand.
        Some(mapped) => Err(Flaw::IpMapped.instead(mapped.to_string())),
        None => Ok(format!("[{address}]")),
    }
}

/// RFC 8252 §7.3 and RFC 6761 §6.3: what never leaves the machine.
pub(super) fn is_loopback(canonical: &str) -> bool {
    canonical == "localhost"
        || canonical.ends_with(".localhost")
        || canonical == "[::1]"
        || canonical.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
}

/// The WHATWG rule for "this is meant as an IPv4 address".
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let hex = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (!last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()))
        || last.strip_prefix("0x").is_some_and(hex)
}

fn is_ascii_name(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
}

fn is_a_label(label: &str) -> bool {
    label.starts_with("xn--")
}
