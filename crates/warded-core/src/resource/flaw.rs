//! What can be wrong with an identifier: which part, why it matters, what to write instead.

use std::fmt;

/// The part of an identifier that is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The text as a whole.
    Whole,
    /// `https`
    Scheme,
    /// `user@` before the host.
    UserInfo,
    /// `notes.example.com`
    Host,
    /// `:8443`
    Port,
    /// `/mcp`
    Path,
    /// `?tenant=a`
    Query,
    /// `#part`
    Fragment,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole => "identifier",
            Self::Scheme => "scheme",
            Self::UserInfo => "user info",
            Self::Host => "host",
            Self::Port => "port",
            Self::Path => "path",
            Self::Query => "query",
            Self::Fragment => "fragment",
        })
    }
}

/// One reason why a text names no server. Sorted by where in the text it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// No text at all.
    Empty,
    /// More than [`MAX_RESOURCE_BYTES`](super::MAX_RESOURCE_BYTES).
    TooLong,
    /// A space, tab, line break or control character.
    Blank,
    /// `\`, which some parsers read as `/`.
    Backslash,
    /// A relative reference, or a bare host.
    NotAbsolute,
    /// A character that RFC 3986 does not allow where it stands.
    Syntax,
    /// Something other than `https`, or `http` on loopback.
    Scheme,
    /// `http` to another machine.
    PlainHttp,
    /// `https:` without `//`.
    AuthorityMissing,
    /// `user@host`.
    UserInfo,
    /// `https:///mcp`.
    HostMissing,
    /// Not a host name.
    Host,
    /// `example.com.`
    HostTrailingDot,
    /// A host that IDNA would turn into another text.
    HostNotNormal,
    /// An address in octal, hexadecimal, integer or shortened form.
    IpAmbiguous,
    /// An IPv4 address dressed as IPv6.
    IpMapped,
    /// Empty, zero, too large or with leading zeros.
    Port,
    /// A character outside ASCII after the host.
    NotAscii,
    /// `%` without two hexadecimal digits.
    PercentMalformed,
    /// An encoded byte that changes meaning when it is decoded.
    PercentAmbiguous(Part),
    /// `.` or `..`, plain or encoded.
    DotSegment,
    /// `//` within the path.
    EmptySegment,
    /// `?` with nothing behind it.
    EmptyQuery,
    /// A query where an issuer is named.
    QueryOfIssuer,
    /// `#`, also with nothing behind it.
    Fragment,
}

impl Flaw {
    pub(super) fn instead(self, suggestion: String) -> InvalidResourceUri {
        InvalidResourceUri { flaw: self, suggestion: Some(suggestion.into()) }
    }

    /// The part of the text that is wrong.
    pub const fn part(self) -> Part {
        match self {
            Self::Empty
            | Self::TooLong
            | Self::Blank
            | Self::Backslash
            | Self::NotAbsolute
            | Self::Syntax => Part::Whole,
            Self::Scheme | Self::PlainHttp => Part::Scheme,
            Self::UserInfo => Part::UserInfo,
            Self::AuthorityMissing
            | Self::HostMissing
            | Self::Host
            | Self::HostTrailingDot
            | Self::HostNotNormal
            | Self::IpAmbiguous
            | Self::IpMapped => Part::Host,
            Self::Port => Part::Port,
            Self::NotAscii | Self::PercentMalformed | Self::DotSegment | Self::EmptySegment => Part::Path,
            Self::PercentAmbiguous(part) => part,
            Self::EmptyQuery | Self::QueryOfIssuer => Part::Query,
            Self::Fragment => Part::Fragment,
        }
    }

    /// What is wrong, and why it is not simply repaired.
    pub const fn why(self) -> &'static str {
        match self {
            Self::Empty => "is empty",
            Self::TooLong => "is longer than 2048 bytes",
            Self::Blank => "contains a space, line break or control character, which some parsers drop",
            Self::Backslash => "contains a backslash, which some parsers read as a slash",
            Self::NotAbsolute => "is not an absolute URI",
            Self::Syntax => "contains a character that RFC 3986 does not allow there",
            Self::Scheme => "is not https",
            Self::PlainHttp => {
                "is plain http to a host that is not loopback, so a token could be read on the way"
            }
            Self::AuthorityMissing => "is missing: two slashes must follow the scheme",
            Self::UserInfo => "is never part of a server's name, and hides the real host behind an `@`",
            Self::HostMissing => "is missing",
            Self::Host => "is not a valid host name",
            Self::HostTrailingDot => "ends with a dot: the same machine, but another text",
            Self::HostNotNormal => "is not in its normal form: IDNA would map it to another text",
            Self::IpAmbiguous => "is an address in a form that parsers read differently",
            Self::IpMapped => "is an IPv4 address written as IPv6",
            Self::Port => "is not a number from 1 to 65535 without leading zeros",
            Self::NotAscii => "contains a character outside ASCII",
            Self::PercentMalformed => "contains a `%` that two hexadecimal digits do not follow",
            Self::PercentAmbiguous(_) => {
                "contains an encoded byte that means something else once it is decoded"
            }
            Self::DotSegment => "contains a `.` or `..` segment, which some parsers resolve and others keep",
            Self::EmptySegment => "contains an empty segment, which some servers drop",
            Self::EmptyQuery => "is empty: `?` without a query makes another text of the same place",
            Self::QueryOfIssuer => "is not allowed in an issuer's name (RFC 8414 §2)",
            Self::Fragment => "is not allowed (RFC 8707 §2), not even an empty one",
        }
    }

    /// What to write instead.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Empty | Self::NotAbsolute | Self::AuthorityMissing | Self::HostMissing => {
                "write the server's whole URL, such as https://notes.example.com/mcp"
            }
            Self::TooLong => "give the server a shorter URL",
            Self::Blank => "remove it, or write a space as %20",
            Self::Backslash => "write a forward slash",
            Self::Syntax => "percent-encode it, or remove it",
            Self::Scheme => "write https, or http for a server on loopback",
            Self::PlainHttp => "write https, or use a loopback address while developing",
            Self::UserInfo => "remove everything up to and including the `@`",
            Self::Host => "write the host as it stands in DNS: letters, digits and hyphens between dots",
            Self::HostTrailingDot => "remove the dot",
            Self::HostNotNormal => "write the host as it stands in DNS",
            Self::IpAmbiguous => "write four plain decimal numbers, or an IPv6 address in brackets",
            Self::IpMapped => "write the IPv4 address",
            Self::Port => "write the port in plain digits, or leave it out for the scheme's own",
            Self::NotAscii => "percent-encode it as UTF-8",
            Self::PercentMalformed => {
                "write a literal percent sign as another character, or finish the encoding"
            }
            Self::PercentAmbiguous(_) => "choose a path without encoded slashes, percent signs and controls",
            Self::DotSegment => "write the path that the server really has",
            Self::EmptySegment => "write a single slash",
            Self::EmptyQuery => "remove the question mark",
            Self::QueryOfIssuer => "remove the `?` and what follows it",
            Self::Fragment => "remove the `#` and what follows it",
        }
    }
}

/// Why a text is not a server's identifier, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidResourceUri {
    flaw: Flaw,
    suggestion: Option<Box<str>>,
}

impl InvalidResourceUri {
    /// The reason.
    pub fn flaw(&self) -> Flaw {
        self.flaw
    }

    /// A text that could be meant, where there is one.
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }
}

impl From<Flaw> for InvalidResourceUri {
    fn from(flaw: Flaw) -> Self {
        Self { flaw, suggestion: None }
    }
}

impl fmt::Display for InvalidResourceUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} {}; {}", self.flaw.part(), self.flaw.why(), self.flaw.advice())?;
        self.suggestion.as_ref().map_or(Ok(()), |text| write!(f, ": {text}"))
    }
}

impl std::error::Error for InvalidResourceUri {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Issuer;

    /// A new flaw does not compile until it has an example here; then it belongs into `tests/identifiers.rs` too.
    fn example(flaw: Flaw) -> String {
        match flaw {
            Flaw::Empty => "",
            Flaw::TooLong => return "x".repeat(super::super::MAX_RESOURCE_BYTES + 1),
            Flaw::Blank => "https://a.example/ b",
            Flaw::Backslash => r"https://a.example\b",
            Flaw::NotAbsolute => "a.example/mcp",
            Flaw::Syntax => "https://a.example/<b>",
            Flaw::Scheme => "ftp://a.example",
            Flaw::PlainHttp => "http://a.example",
            Flaw::AuthorityMissing => "https:/a.example",
            Flaw::UserInfo => "https://a@b.example",
            Flaw::HostMissing => "https:///mcp",
            Flaw::Host => "https://a..example",
            Flaw::HostTrailingDot => "https://a.example.",
            Flaw::HostNotNormal => "https://a\u{ad}.example",
            Flaw::IpAmbiguous => "https://127.1",
            Flaw::IpMapped => "https://[::ffff:127.0.0.1]",
            Flaw::Port => "https://a.example:0",
            Flaw::NotAscii => "https://a.example/é",
            Flaw::PercentMalformed => "https://a.example/%2",
            Flaw::PercentAmbiguous(Part::Query) => "https://a.example?%2f",
            Flaw::PercentAmbiguous(_) => "https://a.example/%2f",
            Flaw::DotSegment => "https://a.example/..",
            Flaw::EmptySegment => "https://a.example//",
            Flaw::EmptyQuery => "https://a.example?",
            Flaw::QueryOfIssuer => "https://a.example?x",
            Flaw::Fragment => "https://a.example#",
        }
        .to_owned()
    }

    #[test]
    fn every_flaw_has_an_example_and_words_of_its_own() {
        let (mut words, mut parts) = (BTreeSet::new(), BTreeSet::new());
        for flaw in [
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
        ] {
            // Every flaw of a resource is one of an issuer too.
            let refused = Issuer::parse(&example(flaw)).unwrap_err();
            assert_eq!(refused.flaw(), flaw);
            assert!(flaw.why().len() > 5 && flaw.advice().len() > 5);
            words.insert((flaw.why(), flaw.advice()));
            parts.insert(flaw.part().to_string());
        }
        // An encoded byte is as ambiguous in a query as in a path.
        assert_eq!(words.len(), 25);
        let named = ["fragment", "host", "identifier", "path", "port", "query", "scheme", "user info"];
        assert!(parts.iter().eq(named));
    }
}
