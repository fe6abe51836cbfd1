//! The tricks: what a stranger writes, and where a careless reader would end up.

/// One URL.
pub(crate) struct Trick {
    pub(crate) url: &'static str,
    /// The address that it means to somebody.
    pub(crate) leads_to: &'static str,
    /// Where whoever follows it is seen.
    pub(crate) seen: Seen,
}

/// Where a connection is seen.
pub(crate) enum Seen {
    /// At the address that it leads to.
    There,
    /// At another one, since Linux delivers it to that.
    At(&'static str),
    /// At one of several: which is dialled first is not ours to know.
    Somewhere,
}

const fn trick(url: &'static str, leads_to: &'static str) -> Trick {
    Trick { url, leads_to, seen: Seen::There }
}

const fn delivered(url: &'static str, leads_to: &'static str, to: &'static str) -> Trick {
    Trick { url, leads_to, seen: Seen::At(to) }
}

/// One special address of several is enough, wherever it stands.
const fn several(url: &'static str, leads_to: &'static str) -> Trick {
    Trick { url, leads_to, seen: Seen::Somewhere }
}

impl Trick {
    /// TCP has no broadcast and no multicast, and link-local needs an interface that no URL of ours can name.
    pub(crate) fn is_dialled_by_linux(&self) -> bool {
        !["255.255.255.255", "224.0.0.1", "ff02::1", "fe80::1"].contains(&self.leads_to)
    }
}

/// Addresses in plain sight, in every spelling that some parser knows.
pub(crate) const SPELLINGS: &[Trick] = &[
    // As they are.
    trick("https://127.0.0.1/", "127.0.0.1"),
    trick("http://127.0.0.1/", "127.0.0.1"),
    trick("https://127.8.9.10/", "127.8.9.10"),
    delivered("https://0.0.0.0/", "0.0.0.0", "127.0.0.1"),
    trick("https://0.1.2.3/", "0.1.2.3"),
    trick("https://10.0.0.1/", "10.0.0.1"),
    trick("https://100.64.0.1/", "100.64.0.1"),
    trick("https://100.100.100.200/", "100.100.100.200"),
    trick("https://168.63.129.16/", "168.63.129.16"),
    trick("https://169.254.169.254/latest/meta-data", "169.254.169.254"),
    trick("https://172.16.0.1/", "172.16.0.1"),
    trick("https://192.0.0.192/", "192.0.0.192"),
    trick("https://192.0.2.1/", "192.0.2.1"),
    trick("https://192.31.196.1/", "192.31.196.1"),
    trick("https://192.52.193.1/", "192.52.193.1"),
    trick("https://192.88.99.1/", "192.88.99.1"),
    trick("https://192.168.0.1/", "192.168.0.1"),
    trick("https://192.175.48.1/", "192.175.48.1"),
    trick("https://198.18.0.1/", "198.18.0.1"),
    trick("https://198.51.100.1/", "198.51.100.1"),
    trick("https://203.0.113.1/", "203.0.113.1"),
    trick("https://224.0.0.1/", "224.0.0.1"),
    trick("https://240.0.0.1/", "240.0.0.1"),
    trick("https://255.255.255.255/", "255.255.255.255"),
    delivered("https://[::]/", "::", "::1"),
    trick("https://[::1]/", "::1"),
    trick("https://[0:0:0:0:0:0:0:1]/", "::1"),
    trick("https://[0000:0000:0000:0000:0000:0000:0000:0001]/", "::1"),
    trick("https://[100::1]/", "100::1"),
    trick("https://[100:0:0:1::1]/", "100:0:0:1::1"),
    trick("https://[2001:2::1]/", "2001:2::1"),
    trick("https://[2001:10::1]/", "2001:10::1"),
    trick("https://[2001:20::1]/", "2001:20::1"),
    trick("https://[2001:db8::1]/", "2001:db8::1"),
    trick("https://[2620:4f:8000::1]/", "2620:4f:8000::1"),
    trick("https://[3fff::1]/", "3fff::1"),
    trick("https://[5f00::1]/", "5f00::1"),
    trick("https://[fc00::1]/", "fc00::1"),
    trick("https://[fd00:ec2::254]/", "fd00:ec2::254"),
    trick("https://[fd20:ce::254]/", "fd20:ce::254"),
    trick("https://[fe80::1]/", "fe80::1"),
    trick("https://[fec0::1]/", "fec0::1"),
    trick("https://[ff02::1]/", "ff02::1"),
    trick("https://[4000::1]/", "4000::1"),
    // IPv4 in another dress.
    trick("https://[::ffff:127.0.0.1]/", "127.0.0.1"),
    trick("https://[::ffff:a9fe:a9fe]/", "169.254.169.254"),
    trick("https://[0:0:0:0:0:FFFF:0a00:0001]/", "10.0.0.1"),
    trick("https://[::127.0.0.1]/", "::127.0.0.1"),
    trick("https://[::ffff:0:7f00:1]/", "::ffff:0:7f00:1"),
    trick("https://[64:ff9b::7f00:1]/", "64:ff9b::7f00:1"),
    trick("https://[64:ff9b::10.0.0.1]/", "64:ff9b::a00:1"),
    trick("https://[64:ff9b:1::a00:1]/", "64:ff9b:1::a00:1"),
    trick("https://[2002:7f00:1::]/", "2002:7f00:1::"),
    trick("https://[2001:0:7f00:1::1]/", "2001:0:7f00:1::1"),
    trick("https://[2600:1234::5efe:a00:1]/", "2600:1234::5efe:a00:1"),
    trick("https://[2600:1234::200:5efe:a9fe:a9fe]/", "2600:1234::200:5efe:a9fe:a9fe"),
    // As inet_aton reads it.
    trick("https://2130706433/", "127.0.0.1"),
    trick("https://2852039166/", "169.254.169.254"),
    trick("https://0x7f000001/", "127.0.0.1"),
    trick("https://0xA9FEA9FE/", "169.254.169.254"),
    trick("https://0x7f.0x0.0x0.0x1/", "127.0.0.1"),
    trick("https://0x7f.1/", "127.0.0.1"),
    trick("https://017700000001/", "127.0.0.1"),
    trick("https://0177.0.0.1/", "127.0.0.1"),
    trick("https://127.000.000.001/", "127.0.0.1"),
    trick("https://127.1/", "127.0.0.1"),
    trick("https://127.0.1/", "127.0.0.1"),
    trick("https://10.1/", "10.0.0.1"),
    delivered("https://0/", "0.0.0.0", "127.0.0.1"),
    trick("https://127.0.0.1./", "127.0.0.1"),
    // As a browser reads it.
    trick("https://\u{2460}\u{2461}\u{2466}.\u{24ea}.\u{24ea}.\u{2460}/", "127.0.0.1"),
    trick("https://\u{ff11}\u{ff12}\u{ff17}.0.0.1/", "127.0.0.1"),
    trick("https://127\u{3002}0\u{3002}0\u{3002}1/", "127.0.0.1"),
    trick("https://loc\u{ad}alhost/", "127.0.0.1"),
    trick("https://%31%32%37.0.0.1/", "127.0.0.1"),
    trick("https://%6cocalhost/", "127.0.0.1"),
    trick("https://127.0.\t0.1/", "127.0.0.1"),
    trick("https://127.0.\n0.1/", "127.0.0.1"),
    trick(" https://127.0.0.1/", "127.0.0.1"),
    trick("https:/127.0.0.1/", "127.0.0.1"),
    trick("https:///127.0.0.1/", "127.0.0.1"),
    trick("https:\\\\127.0.0.1\\", "127.0.0.1"),
    // Of two hosts, the other one.
    trick("https://login.example.com@127.0.0.1/", "127.0.0.1"),
    trick("https://login.example.com:443@10.0.0.1/", "10.0.0.1"),
    trick("https://login.example.com%40127.0.0.1/", "127.0.0.1"),
    trick("https://127.0.0.1\\@login.example.com/", "127.0.0.1"),
    trick("https://127.0.0.1#@login.example.com/", "127.0.0.1"),
    trick("https://127.0.0.1?@login.example.com/", "127.0.0.1"),
    trick("https://127.0.0.1%00.example.com/", "127.0.0.1"),
    trick("https://127.0.0.1%2f.example.com/", "127.0.0.1"),
    trick("https://127.0.0.1:443:80/", "127.0.0.1"),
    trick("https://127.0.0.1 .example.com/", "127.0.0.1"),
    // An interface of ours.
    trick("https://[fe80::1%25lo]/", "fe80::1"),
    trick("https://[fe80::1%lo]/", "fe80::1"),
    trick("https://[::1%25lo]/", "::1"),
    // Names that are this machine, whatever a name server says.
    trick("https://localhost/", "127.0.0.1"),
    trick("http://localhost/", "127.0.0.1"),
    trick("https://LOCALHOST/", "127.0.0.1"),
    trick("https://localhost./", "127.0.0.1"),
    trick("https://a.b.localhost/", "127.0.0.1"),
];

/// Names that lead inside.
pub(crate) const NAMES: &[Trick] = &[
    trick("https://loop.example.com/", "127.0.0.1"),
    trick("https://127.0.0.1.nip.example.com/", "127.0.0.1"),
    trick("https://localhost.example.com/", "127.0.0.1"),
    trick("https://meta.example.com/latest/meta-data", "169.254.169.254"),
    trick("https://inside.example.com/", "10.0.0.1"),
    delivered("https://zero.example.com/", "0.0.0.0", "127.0.0.1"),
    trick("https://cgnat.example.com/", "100.100.100.200"),
    trick("https://azure.example.com/", "168.63.129.16"),
    trick("https://loop6.example.com/", "::1"),
    trick("https://meta6.example.com/", "fd00:ec2::254"),
    trick("https://mapped.example.com/", "10.0.0.1"),
    trick("https://nat64.example.com/", "64:ff9b::a9fe:a9fe"),
    trick("https://sixtofour.example.com/", "2002:a00:1::1"),
    trick("https://site-local.example.com/", "fec0::1"),
    several("https://mixed.example.com/", "10.0.0.1"),
    several("https://half.example.com/", "::1"),
    several("https://many.example.com/", "10.0.0.1"),
    trick("https://alias.example.com/", "169.254.169.254"),
    trick("https://alias-of-this-machine.example.com/", "127.0.0.1"),
    trick("https://metadata.google.internal/", "169.254.169.254"),
    trick("https://metadata/", "10.0.0.7"),
    trick("https://printer.local/", "192.168.0.9"),
];
