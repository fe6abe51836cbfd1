//! Which texts name a server, in which one spelling, and why are the others refused?

use std::collections::BTreeSet;

use warded_core::{Flaw, InvalidResourceUri, Issuer, MAX_RESOURCE_BYTES, Part, ResourceUri};

/// The text, its canonical form, and why it may stand.
#[rustfmt::skip]
const ADMITTED: &[(&str, &str, &str)] = &[
    ("https://a.example", "https://a.example", "the plainest name"),
    ("HTTPS://a.example/mcp", "https://a.example/mcp", "a scheme has no case"),
    ("hTtPs://A.eXaMpLe/mcp", "https://a.example/mcp", "a host has no case"),
    ("https://a.example/MCP", "https://a.example/MCP", "a path has case"),
    ("https://a.example/mcp?Tenant=A", "https://a.example/mcp?Tenant=A", "a query has case"),

    ("https://a.example:443/mcp", "https://a.example/mcp", "the scheme's own port"),
    ("https://a.example:443", "https://a.example", "the scheme's own port, no path"),
    ("https://a.example:8443/mcp", "https://a.example:8443/mcp", "another port is another server"),
    ("https://a.example:80/mcp", "https://a.example:80/mcp", "the other scheme's port"),
    ("https://a.example:1", "https://a.example:1", "the least port"),
    ("https://a.example:65535", "https://a.example:65535", "the greatest port"),
    ("http://127.0.0.1:80/mcp", "http://127.0.0.1/mcp", "the own port of http"),
    ("http://127.0.0.1:443/mcp", "http://127.0.0.1:443/mcp", "not the own port of http"),

    ("https://a.example/", "https://a.example", "a slash at the root says nothing"),
    ("https://a.example:443/", "https://a.example", "root with port and slash"),
    ("https://a.example/mcp/", "https://a.example/mcp/", "a slash below the root makes another name"),
    ("https://a.example/mcp/v1/", "https://a.example/mcp/v1/", "a slash far below the root"),

    ("https://a.example/mcp?tenant=a", "https://a.example/mcp?tenant=a", "a query is part of the name"),
    ("https://a.example?tenant=a", "https://a.example/?tenant=a", "an empty path before a query"),
    ("https://a.example/?tenant=a", "https://a.example/?tenant=a", "a root path before a query"),
    ("https://a.example/mcp?tenant=%61", "https://a.example/mcp?tenant=a", "an encoded letter in a query"),
    ("https://a.example/mcp?x=%c3%a9", "https://a.example/mcp?x=%C3%A9", "encoded text in a query"),
    ("https://a.example/mcp?x=/../?y", "https://a.example/mcp?x=/../?y", "dots and slashes mean nothing in a query"),
    ("https://a.example/mcp?to=a@b", "https://a.example/mcp?to=a@b", "an at sign in a query"),
    ("https://a.example/mcp?a=1&a=2", "https://a.example/mcp?a=1&a=2", "a query is text, not a form"),
    ("https://a.example/mcp?%3d", "https://a.example/mcp?%3D", "a delimiter stays encoded"),

    ("https://a.example/%6dcp", "https://a.example/mcp", "an encoded letter"),
    ("https://a.example/%4D%43P", "https://a.example/MCP", "encoded capitals stay capitals"),
    ("https://a.example/%7Euser/a%2Db%5f%2e%30", "https://a.example/~user/a-b_.0", "every kind of unreserved"),
    ("https://a.example/caf%c3%a9", "https://a.example/caf%C3%A9", "lower hex"),
    ("https://a.example/caf%C3%a9", "https://a.example/caf%C3%A9", "mixed hex"),
    ("https://a.example/%e2%82%ac%41", "https://a.example/%E2%82%ACA", "three bytes, then a letter"),
    ("https://a.example/%F0%9F%94%91", "https://a.example/%F0%9F%94%91", "four bytes"),
    ("https://a.example/a%20b", "https://a.example/a%20b", "an encoded space"),
    ("https://a.example/a+b", "https://a.example/a+b", "a plus is a plus"),
    ("https://a.example/@scope/mcp", "https://a.example/@scope/mcp", "an at sign in a path"),
    ("https://a.example/%40scope/mcp", "https://a.example/%40scope/mcp", "an encoded at sign"),
    ("https://a.example/a:b,c;v=1!$&'()*=", "https://a.example/a:b,c;v=1!$&'()*=", "all that a segment may hold"),
    ("https://a.example/*", "https://a.example/*", "a star in a path is a letter like any other"),
    ("https://a.example/.../a../..b/.c", "https://a.example/.../a../..b/.c", "dots that are not dot segments"),
    ("https://a.example/..a;b/a%3bc", "https://a.example/..a;b/a%3Bc", "parameters behind what is no dot segment"),
    ("https://a.example/.well-known/mcp", "https://a.example/.well-known/mcp", "a name with a dot in front"),
    ("https://a.example/http:/b", "https://a.example/http:/b", "a colon and a slash in a path"),

    ("https://a", "https://a", "one label"),
    ("https://a-b--c.example", "https://a-b--c.example", "hyphens within a label"),
    ("https://a_b._c.example", "https://a_b._c.example", "underscores, which inner names have"),
    ("https://3com.example", "https://3com.example", "a digit in front"),
    ("https://1.2.3.example", "https://1.2.3.example", "numbers before a name"),
    ("https://a.0xyz", "https://a.0xyz", "not a hexadecimal number"),
    ("https://a.b3", "https://a.b3", "a label that ends in a digit"),
    ("https://localhost.evil.example", "https://localhost.evil.example", "an honest name of somebody else"),

    ("https://münchen.example/mcp", "https://xn--mnchen-3ya.example/mcp", "a U-label becomes its A-label"),
    ("https://xn--mnchen-3ya.example/mcp", "https://xn--mnchen-3ya.example/mcp", "an A-label stays"),
    ("https://XN--MNCHEN-3YA.Example/mcp", "https://xn--mnchen-3ya.example/mcp", "an A-label in capitals"),
    ("https://MAIL.münchen.EXAMPLE", "https://mail.xn--mnchen-3ya.example", "capitals beside a U-label"),
    ("https://münchen.xn--mnchen-3ya.example", "https://xn--mnchen-3ya.xn--mnchen-3ya.example", "both kinds of label"),
    ("https://straße.example", "https://xn--strae-oqa.example", "ß is a letter, not ss"),
    ("https://xn--strae-oqa.example", "https://xn--strae-oqa.example", "the A-label of ß"),
    ("https://strasse.example", "https://strasse.example", "ss is not ß"),
    ("https://例え.jp", "https://xn--r8jz45g.jp", "another script"),
    ("https://\u{430}pple.example", "https://xn--pple-43d.example", "a Cyrillic letter among Latin ones is another name"),
    ("https://οδος.example", "https://xn--pxavbm.example", "a final sigma is a letter of its own"),

    ("https://192.0.2.1/mcp", "https://192.0.2.1/mcp", "four plain numbers"),
    ("https://0.0.0.0", "https://0.0.0.0", "an address, if a useless one"),
    ("https://255.255.255.255:8443", "https://255.255.255.255:8443", "the last address"),
    ("https://[2001:db8::1]/mcp", "https://[2001:db8::1]/mcp", "the form of RFC 5952"),
    ("https://[2001:DB8::A]:443/mcp", "https://[2001:db8::a]/mcp", "capitals in an address"),
    ("https://[2001:0db8:0:0:0:0:0:0001]", "https://[2001:db8::1]", "nothing left out"),
    ("https://[1:0:0:2:0:0:0:3]", "https://[1:0:0:2::3]", "the longest run of zeros is left out"),
    ("https://[1:0:2:3:4:5:6:7]", "https://[1:0:2:3:4:5:6:7]", "a single zero stays"),
    ("https://[2001:db8::192.0.2.1]", "https://[2001:db8::c000:201]", "an IPv4 tail that is not a mapped address"),

    ("http://127.0.0.1:3001/mcp", "http://127.0.0.1:3001/mcp", "loopback"),
    ("http://127.9.9.9", "http://127.9.9.9", "all of 127.0.0.0/8 is loopback"),
    ("http://[::1]:3001/mcp", "http://[::1]:3001/mcp", "loopback of IPv6"),
    ("http://[0:0:0:0:0:0:0:1]", "http://[::1]", "the same, written out"),
    ("http://localhost:3001/mcp", "http://localhost:3001/mcp", "localhost"),
    ("HTTP://LOCALHOST/", "http://localhost", "localhost in capitals"),
    ("http://notes.localhost/mcp", "http://notes.localhost/mcp", "names below localhost (RFC 6761)"),
    ("https://localhost/mcp", "https://localhost/mcp", "localhost with TLS"),
];

/// The text, what is wrong with it, and why that matters. Nothing can be suggested.
#[rustfmt::skip]
const REFUSED: &[(&str, Flaw, &str)] = &[
    ("", Flaw::Empty, "no text"),

    ("https://a.example/\tmcp", Flaw::Blank, "WHATWG parsers drop tabs"),
    ("https://a.ex\nample/mcp", Flaw::Blank, "WHATWG parsers drop newlines, also in hosts"),
    ("ht\rtps://a.example", Flaw::Blank, "WHATWG parsers drop returns, also in schemes"),
    ("https://a.example/mcp\r\nHost: b.example", Flaw::Blank, "a header could be smuggled"),
    (" https://a.example", Flaw::Blank, "a blank in front"),
    ("https://a.example/mcp ", Flaw::Blank, "a blank behind"),
    ("https://a.example/m cp", Flaw::Blank, "a blank within"),
    ("https://a.example/mcp\0", Flaw::Blank, "C strings end there"),
    ("https://a.example\u{7f}", Flaw::Blank, "the control character DEL"),
    ("https://a.example/\u{85}", Flaw::Blank, "a line break of Unicode"),
    ("https://a.example\u{a0}", Flaw::Blank, "a no-break space"),
    ("https://a.example\u{3000}/mcp", Flaw::Blank, "an ideographic space"),
    ("https://a.example\u{2028}", Flaw::Blank, "a line separator"),
    ("\u{b}https://a.example", Flaw::Blank, "a vertical tab"),
    ("https://a.example https://b.example", Flaw::Blank, "two names"),
    ("https://a.example, https://b.example", Flaw::Blank, "a list with a blank"),

    ("https://a.example\\@b.example", Flaw::Backslash, "a is the host to some, b to others"),
    ("https:\\\\a.example\\mcp", Flaw::Backslash, "backslashes for slashes"),
    ("https://a.example/mcp\\..\\admin", Flaw::Backslash, "dot segments of another system"),

    ("a.example", Flaw::NotAbsolute, "a bare host"),
    ("/mcp", Flaw::NotAbsolute, "a path"),
    ("mcp", Flaw::NotAbsolute, "a word"),
    ("*", Flaw::NotAbsolute, "everything"),
    ("../mcp", Flaw::NotAbsolute, "a relative path"),
    ("//a.example/mcp", Flaw::NotAbsolute, "relative to a scheme"),
    ("//a.example:443/mcp", Flaw::NotAbsolute, "relative to a scheme, with a colon"),
    ("a.example:443/mcp", Flaw::NotAbsolute, "host and port are not scheme and path"),
    ("?x=a:b", Flaw::NotAbsolute, "a query"),

    ("ftp://a.example", Flaw::Scheme, "another scheme"),
    ("ws://a.example", Flaw::Scheme, "web sockets"),
    ("wss://a.example", Flaw::Scheme, "web sockets with TLS"),
    ("httpss://a.example", Flaw::Scheme, "a longer scheme"),
    ("http+s://a.example", Flaw::Scheme, "a similar scheme"),
    ("urn:example:notes", Flaw::Scheme, "a URN"),
    ("api://notes", Flaw::Scheme, "an application id, which may only be an extra audience"),
    ("javascript:alert(1)", Flaw::Scheme, "a script"),
    ("data:text/plain,a", Flaw::Scheme, "data"),
    ("file:///etc/passwd", Flaw::Scheme, "a file"),
    ("mailto:a@b.example", Flaw::Scheme, "a mail address"),
    ("localhost:3001", Flaw::Scheme, "reads as the scheme `localhost`"),
    (":", Flaw::Scheme, "an empty scheme"),
    ("://a.example", Flaw::Scheme, "an empty scheme before a host"),
    ("\u{feff}https://a.example", Flaw::Scheme, "a byte order mark in front"),
    ("\u{200b}https://a.example", Flaw::Scheme, "a zero-width space in front"),
    ("https%3A//a.example", Flaw::NotAbsolute, "an encoded colon"),
    ("ｈttps://a.example", Flaw::Scheme, "a full-width scheme"),
    ("https,http://a.example", Flaw::Scheme, "two schemes"),
    ("blob:https://a.example/1", Flaw::Scheme, "a scheme around another"),

    ("https:", Flaw::AuthorityMissing, "a scheme alone"),
    ("https:a.example", Flaw::AuthorityMissing, "no slash"),
    ("https:/a.example/mcp", Flaw::AuthorityMissing, "one slash, which WHATWG parsers repair"),
    ("https:?a", Flaw::AuthorityMissing, "a query alone"),
    ("https:////a.example", Flaw::HostMissing, "four slashes, which WHATWG parsers repair"),
    ("https:///a.example", Flaw::HostMissing, "three slashes, which WHATWG parsers repair"),
    ("https:///mcp", Flaw::HostMissing, "no host"),
    ("https://", Flaw::HostMissing, "nothing behind the slashes"),
    ("https://?a.example", Flaw::HostMissing, "a query where the host belongs"),
    ("https://:443/mcp", Flaw::HostMissing, "a port without a host"),
    ("https://:/mcp", Flaw::HostMissing, "a colon without a host"),

    ("https://user@a.example", Flaw::UserInfo, "a user"),
    ("https://user:password@a.example/mcp", Flaw::UserInfo, "a user and a password"),
    ("https://@a.example", Flaw::UserInfo, "an empty user"),
    ("https://:@a.example", Flaw::UserInfo, "an empty user and password"),
    ("https://a.example@evil.example", Flaw::UserInfo, "looks like a, is evil"),
    ("https://a.example:443@evil.example/mcp", Flaw::UserInfo, "looks like a with a port, is evil"),
    ("https://evil.example@a.example", Flaw::UserInfo, "looks like evil, is a"),
    ("https://a@b@c.example", Flaw::UserInfo, "two at signs"),
    ("https://a.example%2f@evil.example", Flaw::UserInfo, "a slash that is none"),
    ("https://a.example%40evil.example", Flaw::Host, "an encoded at sign"),

    ("https://a.example:/mcp", Flaw::Port, "an empty port"),
    ("https://a.example:0", Flaw::Port, "port 0"),
    ("https://a.example:00443", Flaw::Port, "leading zeros"),
    ("https://a.example:0443/mcp", Flaw::Port, "a leading zero"),
    ("https://a.example:65536", Flaw::Port, "one too many"),
    ("https://a.example:4294967739", Flaw::Port, "443 to those who wrap around at 32 bits"),
    ("https://a.example:99999999999999999999", Flaw::Port, "more than any integer"),
    ("https://[::1]:", Flaw::Port, "an empty port behind an address"),
    ("https://a.example:+443", Flaw::Syntax, "a sign"),
    ("https://a.example:-1", Flaw::Syntax, "a negative port"),
    ("https://a.example:443a", Flaw::Syntax, "a letter in the port"),
    ("https://a.example:443:443", Flaw::Syntax, "two ports"),
    ("https://a.example:４４３", Flaw::Syntax, "full-width digits"),
    ("https://a.example:%34%34%33", Flaw::Syntax, "an encoded port"),

    ("https://a.example/mcp?", Flaw::EmptyQuery, "an empty query"),
    ("https://a.example?", Flaw::EmptyQuery, "an empty query at the root"),
    ("https://a.example/mcp?x=%00", Flaw::PercentAmbiguous(Part::Query), "an encoded NUL in a query"),
    ("https://a.example/mcp?x=%2523", Flaw::PercentAmbiguous(Part::Query), "encoded twice in a query"),
    ("https://a.example/mcp?x=%2f", Flaw::PercentAmbiguous(Part::Query), "an encoded slash in a query"),
    ("https://a.example/mcp?x=%ff", Flaw::PercentAmbiguous(Part::Query), "not UTF-8 in a query"),
    ("https://a.example/mcp?x=%", Flaw::PercentMalformed, "a bare percent sign in a query"),
    ("https://a.example/mcp?x=é", Flaw::NotAscii, "a letter beyond ASCII in a query"),
    ("https://a.example/mcp?x=<y>", Flaw::Syntax, "angle brackets"),

    ("#", Flaw::Fragment, "nothing but an empty fragment"),
    ("mcp#part", Flaw::Fragment, "what is left is no name either"),
    ("https://user:password@a.example#", Flaw::Fragment, "a password must not come back as a suggestion"),
    ("https://a.example/../x#", Flaw::Fragment, "what is left would be refused too"),
    ("https://a.example/mcp?#", Flaw::Fragment, "an empty query and an empty fragment"),

    ("https://a.example/.", Flaw::DotSegment, "the place itself"),
    ("https://a.example/..", Flaw::DotSegment, "above the root"),
    ("https://a.example/./mcp", Flaw::DotSegment, "a dot segment"),
    ("https://a.example/notes/../admin", Flaw::DotSegment, "looks like notes, is admin"),
    ("https://a.example/notes/%2e%2e/admin", Flaw::DotSegment, "encoded"),
    ("https://a.example/notes/%2E%2e/admin", Flaw::DotSegment, "encoded in both cases"),
    ("https://a.example/notes/.%2e/admin", Flaw::DotSegment, "half encoded"),
    ("https://a.example/notes/%2e./admin", Flaw::DotSegment, "the other half"),
    ("https://a.example/notes/%2e", Flaw::DotSegment, "one encoded dot at the end"),
    ("https://a.example/notes/..;/admin", Flaw::DotSegment, "Java servers cut parameters off first"),
    ("https://a.example/notes/..;a=b/admin", Flaw::DotSegment, "with a parameter"),
    ("https://a.example/notes/%2e%2e;/admin", Flaw::DotSegment, "encoded, with parameters"),
    ("https://a.example/notes/..%3b/admin", Flaw::DotSegment, "an encoded semicolon, which nginx may decode"),
    ("https://a.example/notes/%2e.%3Bx/admin", Flaw::DotSegment, "encoded all over"),
    ("https://a.example/.;/mcp", Flaw::DotSegment, "one dot with parameters"),

    ("https://a.example//mcp", Flaw::EmptySegment, "some proxies merge slashes"),
    ("https://a.example/notes//mcp", Flaw::EmptySegment, "within the path"),
    ("https://a.example/mcp//", Flaw::EmptySegment, "at the end"),
    ("https://a.example//", Flaw::EmptySegment, "at the root"),
    ("https://a.example//b.example/mcp", Flaw::EmptySegment, "reads as a host of its own when cut out"),
    ("https://a.example/x://b", Flaw::EmptySegment, "a URL in a path"),

    ("https://a.example/notes%2fmcp", Flaw::PercentAmbiguous(Part::Path), "an encoded slash"),
    ("https://a.example/notes%2Fmcp", Flaw::PercentAmbiguous(Part::Path), "an encoded slash, upper hex"),
    ("https://a.example/notes%5cmcp", Flaw::PercentAmbiguous(Part::Path), "an encoded backslash"),
    ("https://a.example/notes%5C..", Flaw::PercentAmbiguous(Part::Path), "an encoded backslash, upper hex"),
    ("https://a.example/mcp%00", Flaw::PercentAmbiguous(Part::Path), "an encoded NUL"),
    ("https://a.example/mcp%0d%0a", Flaw::PercentAmbiguous(Part::Path), "an encoded line break"),
    ("https://a.example/mcp%09", Flaw::PercentAmbiguous(Part::Path), "an encoded tab"),
    ("https://a.example/mcp%7F", Flaw::PercentAmbiguous(Part::Path), "an encoded DEL"),
    ("https://a.example/mcp%25", Flaw::PercentAmbiguous(Part::Path), "an encoded percent sign"),
    ("https://a.example/mcp%252e%252e", Flaw::PercentAmbiguous(Part::Path), "encoded twice"),
    ("https://a.example/mcp%3fx", Flaw::PercentAmbiguous(Part::Path), "an encoded question mark"),
    ("https://a.example/mcp%23x", Flaw::PercentAmbiguous(Part::Path), "an encoded number sign"),
    ("https://a.example/%c0%af", Flaw::PercentAmbiguous(Part::Path), "an overlong slash"),
    ("https://a.example/%c0%ae%c0%ae/x", Flaw::PercentAmbiguous(Part::Path), "overlong dots"),
    ("https://a.example/%e0%80%af", Flaw::PercentAmbiguous(Part::Path), "a longer overlong slash"),
    ("https://a.example/%ff", Flaw::PercentAmbiguous(Part::Path), "never in UTF-8"),
    ("https://a.example/%c3", Flaw::PercentAmbiguous(Part::Path), "half a letter"),
    ("https://a.example/%c3x%a9", Flaw::PercentAmbiguous(Part::Path), "a letter torn apart"),
    ("https://a.example/%ed%a0%80", Flaw::PercentAmbiguous(Part::Path), "an encoded surrogate"),
    ("https://a.example/%", Flaw::PercentMalformed, "a bare percent sign"),
    ("https://a.example/%2", Flaw::PercentMalformed, "half an encoding"),
    ("https://a.example/%zz", Flaw::PercentMalformed, "no digits"),
    ("https://a.example/%2/mcp", Flaw::PercentMalformed, "half an encoding, then a slash"),
    ("https://a.example/%%41", Flaw::PercentMalformed, "a percent sign before an encoding"),
    ("https://a.example/%u002e", Flaw::PercentMalformed, "an encoding that Microsoft once had"),
    ("https://a.example/%２e", Flaw::NotAscii, "a full-width digit"),

    ("https://a.example/é", Flaw::NotAscii, "a letter beyond ASCII"),
    ("https://a.example/mcp\u{200b}", Flaw::NotAscii, "a zero-width space"),
    ("https://a.example/mcp\u{202e}pcm", Flaw::NotAscii, "text that runs backwards"),
    ("https://a.example/．．/x", Flaw::NotAscii, "full-width dots"),
    ("https://a.example／mcp", Flaw::Host, "a full-width slash, which IDNA refuses"),
    ("https://a.example/mcp\u{feff}", Flaw::NotAscii, "a byte order mark behind"),
    ("https://a.example/\"mcp\"", Flaw::Syntax, "quotes"),
    ("https://a.example/{tenant}", Flaw::Syntax, "a template"),
    ("https://a.example/a|b", Flaw::Syntax, "a bar"),
    ("https://a.example/a^b`c", Flaw::Syntax, "a caret and a backtick"),
    ("https://a.example/[a]", Flaw::Syntax, "brackets in a path"),
    ("<https://a.example>", Flaw::Scheme, "angle brackets around it"),
    ("\"https://a.example\"", Flaw::Scheme, "quotes around it"),

    ("https://*", Flaw::Host, "every server"),
    ("https://*.example.com", Flaw::Host, "every server below a name"),
    ("https://*.example.com/mcp", Flaw::Host, "every server below a name, one path"),
    ("https://a.example,b.example", Flaw::Host, "a list of hosts"),
    ("https://a.example,https://b.example", Flaw::Host, "a list of names"),
    ("https://a.example;https://b.example", Flaw::Host, "a list with semicolons"),
    ("https://a..example", Flaw::Host, "an empty label"),
    ("https://.example", Flaw::Host, "an empty label in front"),
    ("https://-a.example", Flaw::Host, "a hyphen in front"),
    ("https://a-.example", Flaw::Host, "a hyphen behind"),
    ("https://a.-", Flaw::Host, "a hyphen alone"),
    ("https://a%2eexample", Flaw::Host, "an encoded dot"),
    ("https://%61.example", Flaw::Host, "an encoded letter"),
    ("https://a.example%00.evil.example", Flaw::Host, "an encoded NUL"),
    ("https://a.example%2fmcp", Flaw::Host, "an encoded slash"),
    ("https://a.example%zz", Flaw::Syntax, "no encoding at all"),
    ("https://a!b.example", Flaw::Host, "RFC 3986 allows it, DNS names do not have it"),
    ("https://a$b.example", Flaw::Host, "a dollar sign"),
    ("https://xn--a.example", Flaw::Host, "an A-label that decodes to a control character"),
    ("https://xn--.example", Flaw::Host, "an empty A-label"),
    ("https://xn--zzzzzzzzz99999999.example", Flaw::Host, "an A-label that does not decode"),
    ("https://xn--abc-.example", Flaw::Host, "an A-label that hides plain ASCII"),
    ("https://xn--mnchen-3ya_.example", Flaw::Host, "an underscore in an A-label"),
    ("https://ab--münchen.example", Flaw::Host, "hyphens where A-labels have theirs"),
    ("https://mün_chen.example", Flaw::Host, "an underscore beside a U-label"),
    ("https://\u{202e}a.example", Flaw::Host, "a host that runs backwards"),
    ("https://\u{2066}a.example", Flaw::Host, "an isolate"),
    ("https://a\u{fffd}.example", Flaw::Syntax, "a replacement character"),
    ("https://\u{0301}a.example", Flaw::Host, "a mark in front"),
    ("https://a.example：443", Flaw::Host, "a full-width colon"),
    ("https://℀.example", Flaw::Host, "maps to a/c"),
    ("https://a\u{ff20}b.example", Flaw::Host, "a full-width at sign"),

    ("https://127.1", Flaw::IpAmbiguous, "two parts"),
    ("https://127.0.1", Flaw::IpAmbiguous, "three parts"),
    ("https://2130706433", Flaw::IpAmbiguous, "an integer"),
    ("https://0x7f.0.0.1", Flaw::IpAmbiguous, "a hexadecimal part"),
    ("https://0x7f000001", Flaw::IpAmbiguous, "a hexadecimal integer"),
    ("https://0X7F.1", Flaw::IpAmbiguous, "hexadecimal in capitals"),
    ("https://127.0.0.0x1", Flaw::IpAmbiguous, "hexadecimal at the end"),
    ("https://a.0x", Flaw::IpAmbiguous, "hexadecimal without digits is zero to some"),
    ("https://0177.0.0.1", Flaw::IpAmbiguous, "octal"),
    ("https://127.0.0.01", Flaw::IpAmbiguous, "a leading zero"),
    ("https://1.2.3.4.5", Flaw::IpAmbiguous, "five parts"),
    ("https://256.0.0.1", Flaw::IpAmbiguous, "a part too large"),
    ("https://1.2.3", Flaw::IpAmbiguous, "1.2.0.3 to some"),
    ("https://a.1", Flaw::IpAmbiguous, "ends like an address"),
    ("https://é.1", Flaw::IpAmbiguous, "ends like an address once it is an A-label"),
    ("https://１２７.0.0.1", Flaw::IpAmbiguous, "full-width digits"),
    ("https://[v1.a]", Flaw::IpAmbiguous, "a future version of IP"),
    ("https://[:::1]", Flaw::Syntax, "three colons"),
    ("https://[::1", Flaw::Syntax, "an open bracket"),
    ("https://::1]", Flaw::Syntax, "a closing bracket alone"),
    ("https://::1", Flaw::Syntax, "no brackets"),
    ("https://[]", Flaw::Syntax, "empty brackets"),
    ("https://[127.0.0.1]", Flaw::Syntax, "an IPv4 address in brackets"),
    ("https://[1::2::3]", Flaw::Syntax, "left out twice"),
    ("https://[fe80::1%25eth0]/mcp", Flaw::Syntax, "a zone"),
    ("https://[fe80::1%eth0]", Flaw::Syntax, "a zone, not encoded"),
    ("https://[::1]a", Flaw::Syntax, "something behind the bracket"),
    ("https://[::1].", Flaw::Syntax, "a dot behind the bracket"),
    ("https://.", Flaw::HostTrailingDot, "the root of DNS"),
    ("https://0x7f.1.", Flaw::HostTrailingDot, "what is left would be refused too"),
];

/// The text, what is wrong with it, what could be meant, and why it is not simply taken for that.
#[rustfmt::skip]
const ADVISED: &[(&str, Flaw, &str, &str)] = &[
    ("https://a.example/mcp#part", Flaw::Fragment, "https://a.example/mcp", "a fragment"),
    ("https://a.example/mcp#", Flaw::Fragment, "https://a.example/mcp", "an empty fragment"),
    ("https://a.example#", Flaw::Fragment, "https://a.example", "an empty fragment at the root"),
    ("https://a.example/mcp#@evil.example/", Flaw::Fragment, "https://a.example/mcp", "a host for those who read from behind"),
    ("https://a.example?x#y", Flaw::Fragment, "https://a.example?x", "a fragment behind a query"),

    ("http://a.example/mcp", Flaw::PlainHttp, "https://a.example/mcp", "anybody on the way can read the token"),
    ("http://a.example:80/mcp?x", Flaw::PlainHttp, "https://a.example/mcp?x", "with its port"),
    ("http://192.168.0.1:3001", Flaw::PlainHttp, "https://192.168.0.1:3001/", "a private network is a network"),
    ("http://0.0.0.0", Flaw::PlainHttp, "https://0.0.0.0/", "every interface is not loopback"),
    ("http://[::2]/mcp", Flaw::PlainHttp, "https://[::2]/mcp", "next to loopback"),
    ("http://[::7f00:1]", Flaw::PlainHttp, "https://[::7f00:1]/", "a loopback address dressed up the old way"),
    ("http://128.0.0.1", Flaw::PlainHttp, "https://128.0.0.1/", "just outside of 127.0.0.0/8"),
    ("http://notlocalhost/mcp", Flaw::PlainHttp, "https://notlocalhost/mcp", "ends with the same letters"),
    ("http://localhost.evil.example", Flaw::PlainHttp, "https://localhost.evil.example/", "begins with the same letters"),
    ("http://127.0.0.1.evil.example", Flaw::PlainHttp, "https://127.0.0.1.evil.example/", "begins like loopback"),

    ("https://a.example./mcp", Flaw::HostTrailingDot, "a.example", "the same machine under another text"),
    ("https://A.Example.:443/", Flaw::HostTrailingDot, "a.example", "with a port"),
    ("https://a.example..", Flaw::HostTrailingDot, "a.example", "two dots"),
    ("https://127.0.0.1.", Flaw::HostTrailingDot, "127.0.0.1", "an address with a dot"),
    ("http://localhost./", Flaw::HostTrailingDot, "localhost", "localhost with a dot"),
    ("https://münchen.example.", Flaw::HostTrailingDot, "xn--mnchen-3ya.example", "a U-label with a dot"),

    ("https://ａ.example", Flaw::HostNotNormal, "a.example", "a full-width letter"),
    ("https://a。example", Flaw::HostNotNormal, "a.example", "an ideographic full stop"),
    ("https://a．example", Flaw::HostNotNormal, "a.example", "a full-width full stop"),
    ("https://a\u{ad}b.example", Flaw::HostNotNormal, "ab.example", "a soft hyphen"),
    ("https://a\u{200b}b.example", Flaw::HostNotNormal, "ab.example", "a zero-width space"),
    ("https://a.example\u{feff}", Flaw::HostNotNormal, "a.example", "a byte order mark behind the host"),
    ("https://a\u{2060}.example", Flaw::HostNotNormal, "a.example", "a word joiner"),
    ("https://mu\u{308}nchen.example", Flaw::HostNotNormal, "xn--mnchen-3ya.example", "a letter in two pieces"),
    ("https://MÜNCHEN.example", Flaw::HostNotNormal, "xn--mnchen-3ya.example", "capitals beyond ASCII"),
    ("https://ΟΔΟΣ.example", Flaw::HostNotNormal, "xn--pxavbq.example", "which small sigma is meant?"),
    ("https://\u{212a}elvin.example", Flaw::HostNotNormal, "kelvin.example", "the Kelvin sign, whose lower case is k"),
    ("https://ſecure.example", Flaw::HostNotNormal, "secure.example", "a long s"),
    ("https://①.example", Flaw::HostNotNormal, "1.example", "a circled digit"),

    ("https://[::ffff:127.0.0.1]/mcp", Flaw::IpMapped, "127.0.0.1", "one machine, two spellings"),
    ("https://[::FFFF:c000:201]", Flaw::IpMapped, "192.0.2.1", "the same in hexadecimal"),
];

/// Texts in the order of this list name different servers (P05 to P13 of the probe's catalogue).
#[rustfmt::skip]
const DIFFERENT: &[(&str, &str, &str)] = &[
    ("https://a.example", "https://a.example.evil.test", "P05: begins with the host"),
    ("https://a.example", "https://evila.example", "P05: ends with the host"),
    ("https://a.example", "https://evil-a.example", "P05: ends with the host behind a hyphen"),
    ("https://a.example", "https://sub.a.example", "P05: below the host"),
    ("https://a.example/mcp", "https://a.example/mcp2", "P06: a sibling that begins alike"),
    ("https://a.example/mcp", "https://a.example", "P06: the origin alone"),
    ("https://a.example/mcp", "https://a.example/mcp/v2", "P06: below"),
    ("https://a.example/mcp", "https://a.example/mcp/", "P07: a slash below the root"),
    ("https://a.example/mcp", "https://a.example/MCP", "P08: a path in capitals"),
    ("https://a.example/%6d", "https://a.example/M", "P08: decoding does not change case"),
    ("https://a.example", "https://a.example:8443", "P09: another port"),
    ("https://a.example", "https://a.example:80", "P09: the port of http"),
    ("https://localhost/mcp", "http://localhost/mcp", "P10: http instead of https"),
    ("http://localhost:443", "https://localhost", "P10: the same port, another scheme"),
    ("https://apple.example", "https://\u{430}pple.example", "P12: a homograph"),
    ("https://münchen.example", "https://munchen.example", "P12: without its dots"),
    ("https://straße.example", "https://strasse.example", "P12: ß is not ss"),
    ("https://οδος.example", "https://οδοσ.example", "P12: two kinds of sigma"),
    ("https://a.example/%40b", "https://a.example/@b", "P12: a reserved character, encoded and not"),
    ("https://a.example/a%20b", "https://a.example/a+b", "P12: a plus is no space"),
    ("https://a.example/mcp", "https://a.example/mcp?x", "P13: a query"),
    ("https://a.example/mcp?x=1&y=2", "https://a.example/mcp?y=2&x=1", "P13: a query in another order"),
    ("https://127.0.0.1", "https://localhost", "an address is not a name"),
    ("https://127.0.0.1", "https://127.0.0.2", "two addresses"),
    ("https://[::1]", "https://127.0.0.1", "two versions of IP"),
    ("https://a.example/a;v=1", "https://a.example/a", "a parameter"),
];

/// Texts that name one server.
#[rustfmt::skip]
const SAME: &[(&str, &str, &str)] = &[
    ("https://a.example", "https://a.example/", "P07: the slash at the root"),
    ("https://a.example/mcp", "HTTPS://A.EXAMPLE/mcp", "P08: scheme and host in capitals"),
    ("https://a.example/mcp", "https://a.example:443/mcp", "P09: the scheme's own port"),
    ("http://localhost", "http://localhost:80/", "P09: the own port of http"),
    ("https://a.example/m", "https://a.example/%6D", "P12: an encoded letter"),
    ("https://a.example/%c3%a9", "https://a.example/%C3%A9", "P12: hex digits have no case"),
    ("https://münchen.example", "https://xn--mnchen-3ya.example", "P12: U-label and A-label"),
    ("https://a.example?x", "https://a.example/?x", "P13: the root before a query"),
    ("https://[2001:db8::1]", "https://[2001:DB8:0:0:0:0:0:1]", "one address"),
];

/// Texts that no server admits as its own, however they are spelled.
#[rustfmt::skip]
const NOBODY: &[(&str, &str)] = &[
    ("http://a.example/mcp", "P10: http instead of https"),
    ("https://a.example@evil.test/mcp", "P11: user info"),
    ("https://evil.test@a.example/mcp", "P11: user info"),
    ("https://a.example/x/%2e%2e/mcp", "P12: encoded dots"),
    ("https://a.example%2Fmcp", "P12: an encoded slash"),
    ("https://a.example/mcp#", "P13: an empty fragment"),
    ("https://a.example/mcp#x", "P13: a fragment"),
    ("https://a.example/mcp?", "P13: an empty query"),
];

fn refused() -> impl Iterator<Item = (&'static str, Flaw, Option<&'static str>, &'static str)> {
    let plain = REFUSED.iter().map(|&(text, flaw, why)| (text, flaw, None, why));
    let advised = ADVISED.iter().map(|&(text, flaw, suggestion, why)| (text, flaw, Some(suggestion), why));
    plain.chain(advised)
}

fn canonical(text: &str) -> Result<String, InvalidResourceUri> {
    ResourceUri::parse(text).map(|uri| uri.as_str().to_owned())
}

#[test]
fn a_name_has_one_spelling() {
    for (text, expected, why) in ADMITTED {
        assert_eq!(canonical(text).as_deref(), Ok(*expected), "{text:?}: {why}");
    }
}

#[test]
fn a_canonical_name_stays_as_it_is() {
    for (text, expected, why) in ADMITTED {
        assert_eq!(canonical(expected).as_deref(), Ok(*expected), "{text:?}: {why}");
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    let mut wrong = Vec::new();
    for (text, flaw, suggestion, why) in refused() {
        let found =
            ResourceUri::parse(text).map_err(|found| (found.flaw(), found.suggestion().map(str::to_owned)));
        let expected = Err((flaw, suggestion.map(str::to_owned)));
        if found.as_ref().map(ResourceUri::as_str) != expected.as_ref().map(|()| "") {
            wrong.push(format!("{text:?} ({why})\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_text_stands_in_the_table_twice() {
    let admitted = ADMITTED.iter().map(|(text, ..)| *text);
    let all: Vec<_> = admitted.chain(refused().map(|(text, ..)| text)).collect();
    let distinct: BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
    assert!(all.len() >= 140);
}

#[test]
fn a_refusal_names_the_part_and_says_what_to_do() {
    for (text, flaw, suggestion, _) in refused() {
        let message = ResourceUri::parse(text).unwrap_err().to_string();
        let part = flaw.part().to_string();
        assert!(message.starts_with(&format!("the {part} {}", flaw.why())), "{message}");
        assert!(message.contains(flaw.advice()), "{message}");
        assert!(message.ends_with(suggestion.unwrap_or(flaw.advice())), "{message}");
        assert!(!message.contains("password"), "{message}");
    }
}

#[test]
fn a_suggestion_is_a_name_that_may_stand() {
    for (text, _, suggestion, _) in ADVISED {
        let url = if suggestion.contains("://") {
            (*suggestion).to_owned()
        } else {
            format!("https://{suggestion}/mcp")
        };
        assert!(ResourceUri::parse(&url).is_ok(), "{text:?}: {url}");
    }
}

#[test]
fn lengths_end_where_they_should() {
    let flaw = |text: &str| ResourceUri::parse(text).err().map(|refused| refused.flaw());
    let padded = |length: usize| {
        let start = "https://a.example/";
        format!("{start}{}", "x".repeat(length - start.len()))
    };
    assert_eq!(flaw(&padded(MAX_RESOURCE_BYTES)), None);
    assert_eq!(flaw(&padded(MAX_RESOURCE_BYTES + 1)), Some(Flaw::TooLong));
    assert_eq!(flaw(&"https://a.example,".repeat(1 << 16)), Some(Flaw::TooLong));

    let label = |length: usize| format!("https://{}.example", "x".repeat(length));
    assert_eq!(flaw(&label(63)), None);
    assert_eq!(flaw(&label(64)), Some(Flaw::Host));
    let long_u_label = |length: usize| format!("https://é{}.example", "x".repeat(length));
    assert_eq!(flaw(&long_u_label(54)), None, "xn--, 54 letters, a hyphen, four digits");
    assert_eq!(flaw(&long_u_label(56)), Some(Flaw::Host));

    let name = |length: usize| format!("https://{}", ["x"; 127].join(".") + &"y".repeat(length - 253));
    assert_eq!(flaw(&name(253)), None);
    assert_eq!(flaw(&name(254)), Some(Flaw::Host));
    assert_eq!(flaw(&format!("https://{}", "x.".repeat(1000))), Some(Flaw::HostTrailingDot));
}

#[test]
fn a_name_that_grows_beyond_the_limit_is_refused_at_once() {
    let fill = |text: &str| format!("{text}{}", "x".repeat(MAX_RESOURCE_BYTES - text.len()));
    for text in [fill("https://a.example?"), fill("https://é.example/")] {
        let refused = ResourceUri::parse(&text).unwrap_err();
        assert_eq!(refused.flaw(), Flaw::TooLong);
    }
}

#[test]
fn every_flaw_is_in_the_table() {
    let mut reached: BTreeSet<_> = refused().map(|(_, flaw, ..)| format!("{flaw:?}")).collect();
    reached.insert(format!("{:?}", Flaw::TooLong));
    let issuer = Issuer::parse("https://login.example.com?x").unwrap_err();
    reached.insert(format!("{:?}", issuer.flaw()));
    // `every_flaw_has_an_example` in the crate breaks when a flaw is added here and there.
    let all = [
        Flaw::Empty,
        Flaw::TooLong,
        Flaw::Blank,
        Flaw::Backslash,
        Flaw::NotAbsolute,
        Flaw::Syntax,
        Flaw::Scheme,
        Flaw::PlainHttp,
        Flaw::AuthorityMissing,
        Flaw::UserInfo,
        Flaw::HostMissing,
        Flaw::Host,
        Flaw::HostTrailingDot,
        Flaw::HostNotNormal,
        Flaw::IpAmbiguous,
        Flaw::IpMapped,
        Flaw::Port,
        Flaw::NotAscii,
        Flaw::PercentMalformed,
        Flaw::PercentAmbiguous(Part::Path),
        Flaw::PercentAmbiguous(Part::Query),
        Flaw::DotSegment,
        Flaw::EmptySegment,
        Flaw::EmptyQuery,
        Flaw::QueryOfIssuer,
        Flaw::Fragment,
    ];
    assert_eq!(reached, all.iter().map(|flaw| format!("{flaw:?}")).collect());
}

#[test]
fn names_that_differ_are_different_servers() {
    for (one, other, why) in DIFFERENT {
        assert_ne!(canonical(one).unwrap(), canonical(other).unwrap(), "{why}");
    }
}

#[test]
fn spellings_of_one_name_are_one_server() {
    for (one, other, why) in SAME {
        assert_eq!(canonical(one).unwrap(), canonical(other).unwrap(), "{why}");
    }
}

#[test]
fn disguises_name_nobody() {
    for (text, why) in NOBODY {
        assert!(ResourceUri::parse(text).is_err(), "{why}");
    }
}

#[test]
fn what_is_read_off_a_name_is_its_own_text() {
    #[rustfmt::skip]
    let rows = [
        ("https://a.example/", "https://a.example", "", "https://a.example/.well-known/oauth-protected-resource"),
        ("https://a.example:8443/mcp/", "https://a.example:8443", "/mcp/", "https://a.example:8443/.well-known/oauth-protected-resource/mcp/"),
        ("https://a.example?x=/y", "https://a.example", "/?x=/y", "https://a.example/.well-known/oauth-protected-resource?x=/y"),
        ("https://a.example/mcp?x", "https://a.example", "/mcp?x", "https://a.example/.well-known/oauth-protected-resource/mcp?x"),
        ("https://a.b/x/y/z", "https://a.b", "/x/y/z", "https://a.b/.well-known/oauth-protected-resource/x/y/z"),
        ("http://[::1]:3001/mcp", "http://[::1]:3001", "/mcp", "http://[::1]:3001/.well-known/oauth-protected-resource/mcp"),
    ];
    for (text, origin, rest, metadata) in rows {
        let uri = ResourceUri::parse(text).unwrap();
        assert_eq!((uri.origin(), uri.path_and_query()), (origin, rest));
        assert_eq!(uri.metadata_url(), metadata);
        assert_eq!(uri.has_query(), rest.contains('?'));
        assert_eq!(uri.is_plain_http(), origin.starts_with("http:"));
        assert_eq!(uri.to_string().parse(), Ok(uri));
    }
}
