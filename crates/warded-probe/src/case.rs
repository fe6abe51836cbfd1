//! What is a case? Data: what is sent, what must come back, and what it means where it does not.

use std::fmt;

use crate::forge::Forgery;

/// One question to a server, asked in one or several ways.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Case {
    /// Its number, stable.
    pub id: &'static str,
    /// Its name, stable.
    pub name: &'static str,
    /// What it asks of the server.
    pub asks: &'static str,
    /// What works for an attacker where it fails.
    pub danger: &'static str,
    /// What to change then.
    pub advice: &'static str,
    /// How it asks.
    pub does: Does,
    /// How bad it is where it fails.
    pub severity: Severity,
    /// What the server must do by which text.
    pub cites: &'static [&'static str],
}

/// How a case asks.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Does {
    /// It sends requests, each between two controls.
    Try(&'static [Attempt]),
    /// It reads the audiences of the two tokens.
    ReadAudiences,
    /// It reads how the server introduces itself (RFC 9728).
    ReadIntroduction(Introduction),
}

/// Which part of the introduction is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Introduction {
    /// The document is there.
    Document,
    /// It names this server, and who issues its tokens.
    Resource,
    /// The challenge leads to it.
    Challenge,
}

/// One request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// What it asks for.
    pub ask: Ask,
    /// Whether it stands in the session that the right token opened.
    pub session: Session,
    /// What it says about the protocol's revision.
    pub revision: Revision,
    /// Where credentials and claims about the request stand.
    pub bears: &'static [Bearing],
    /// What must come back.
    pub expect: Expect,
}

/// What a request asks for. Nothing here changes anything but sessions of the probe itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ask {
    /// The first call of a client: `initialize`, or `server/discover` where the revision has no sessions.
    Open,
    /// `tools/list`
    List,
    /// The stream of a GET.
    Stream,
    /// DELETE: ends a session that the probe opened.
    End,
}

/// Whether a request names a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Session {
    /// It names none. Beyond the first call it is sent only to servers that have no sessions: the others would refuse
    /// it whatever the token.
    None,
    /// It names the session that the right token opened. Servers without sessions do not get it.
    Own,
}

/// What a request says about the protocol's revision in `MCP-Protocol-Version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revision {
    /// The one that the control settled on.
    Spoken,
    /// Nothing.
    Absent,
    /// Something else.
    Text(&'static str),
}

/// Something that stands somewhere in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bearing {
    /// A header of that name; two of one name are sent as two.
    Header(&'static str, &'static [Piece]),
    /// A parameter of the query.
    Query(&'static str, &'static [Piece]),
    /// A form instead of the JSON-RPC message.
    Form(&'static str, &'static [Piece]),
    /// A request target in absolute form (RFC 9112 §3.2.2).
    Target(&'static [Piece]),
}

/// A part of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Piece {
    /// As it stands.
    Text(&'static str),
    /// A token.
    Token(Token),
    /// `https` or `http`, as the neighbour is reached.
    NeighbourScheme,
    /// Host and port of the neighbour.
    NeighbourAuthority,
    /// The path of the neighbour.
    NeighbourPath,
}

/// Whose token, seen from the server that is attacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Token {
    /// The one that the server should admit.
    Own(Form),
    /// The one that was issued for the other server.
    Neighbour(Form),
}

/// What becomes of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// The access token as it was issued.
    Genuine,
    /// The access token, tampered with.
    Forged(Forgery),
    /// The ID token that came with it.
    IdToken,
    /// The refresh token that came with it.
    RefreshToken,
}

/// What must come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expect {
    /// A refusal with one of these statuses.
    Refused(&'static [u16]),
    /// The answer that the right token gets.
    Admitted,
}

/// How bad it is where a case fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Weaker than it should be.
    Medium,
    /// Wrong.
    High,
    /// A token opens what it must not.
    Critical,
}

impl Severity {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Attempt {
    /// Whether what comes back depends on the two tokens being for two servers.
    pub(crate) fn is_cross(&self) -> bool {
        self.pieces().any(|piece| matches!(piece, Piece::Token(Token::Neighbour(Form::Genuine))))
    }

    /// Whether something in front of both servers may carry it to the neighbour, which would rightly admit it.
    pub(crate) fn may_reach_neighbour(&self) -> bool {
        self.bears.iter().any(|bearing| match bearing {
            Bearing::Header(name, pieces) => *name == "host" && pieces.contains(&Piece::NeighbourAuthority),
            Bearing::Target(_) => true,
            Bearing::Query(..) | Bearing::Form(..) => false,
        })
    }

    fn pieces(&self) -> impl Iterator<Item = &'static Piece> {
        self.bears.iter().flat_map(|bearing| match bearing {
            Bearing::Header(_, pieces)
            | Bearing::Query(_, pieces)
            | Bearing::Form(_, pieces)
            | Bearing::Target(pieces) => pieces.iter(),
        })
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "POST, first call",
            Self::List => "POST tools/list",
            Self::Stream => "GET",
            Self::End => "DELETE",
        })
    }
}
