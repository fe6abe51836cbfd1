//! What can stand between a client and a server: one closed table with a code, a clause and a change for each, and the
//! chart in which `warded doctor` writes down what it saw.

mod chart;
mod point;
mod reason;
pub(crate) mod table;

pub(crate) use chart::{Chart, Found, Sight, Step};
pub(crate) use point::Point;
pub(crate) use reason::{Flaw, Known, Refused, flaw, reason};

use serde::Serialize;

use crate::finding::Severity;

/// Who does something, or has to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Party {
    /// The MCP server.
    Server,
    /// Whoever issues tokens for it.
    Issuer,
    /// The person who asks, and the machine, the network and the client of that person.
    You,
}

impl Party {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Issuer => "issuer",
            Self::You => "you",
        }
    }

    /// Who can change something there.
    pub const fn operator(self) -> &'static str {
        match self {
            Self::Server => "the server's operator",
            Self::Issuer => "the issuer's operator",
            Self::You => "you",
        }
    }
}

/// Whose turn it is to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Whose {
    /// That of whoever it was found at: some things go wrong at servers and at issuers alike.
    There,
    /// That of one party.
    Of(Party),
}

impl Whose {
    /// Who can change it.
    pub const fn operator(self) -> &'static str {
        match self {
            Self::There => "the operator there",
            Self::Of(party) => party.operator(),
        }
    }
}

/// One row: everything that is said about one code.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The stable name.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The text that it stands on.
    pub clause: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What to change, and on which side.
    pub advice: &'static [(Whose, &'static str)],
}

impl Diagnosis {
    /// The row of that code.
    pub fn find(code: &str) -> Option<&'static Self> {
        Self::ALL.iter().copied().find(|diagnosis| diagnosis.code == code)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use warded_core::Entry;
    use warded_issuer::Reason;

    use super::*;
    use crate::finding::Rule;

    #[test]
    fn a_code_means_one_thing_only() {
        let codes: Vec<_> = Entry::all()
            .map(|entry| entry.code)
            .chain(Reason::all().map(|reason| reason.code))
            .chain(Rule::ALL.iter().map(|rule| rule.code))
            .collect();
        let others: BTreeSet<_> = codes.into_iter().collect();
        let mut own = BTreeSet::new();
        for diagnosis in Diagnosis::ALL {
            assert!(own.insert(diagnosis.code) && !others.contains(diagnosis.code), "{}", diagnosis.code);
        }
    }

    #[test]
    fn every_row_says_what_it_stands_on_and_what_to_change() {
        for diagnosis in Diagnosis::ALL {
            let Diagnosis { code, clause, meaning, advice, .. } = diagnosis;
            assert!(!clause.is_empty() && meaning.ends_with('.') && !advice.is_empty(), "{code}");
            assert!(advice.iter().all(|(_, change)| change.ends_with('.')), "{code}");
            assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{code}");
        }
    }
}
