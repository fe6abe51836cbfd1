//! Conflicts of the core, told in the operator's words: which two servers, which two lines, which value.

use warded_core::{Claim, Conflict};

use super::{Draft, DraftIssuer, DraftServer};
use crate::{
    config::Span,
    finding::{Finding, table},
};

pub(super) fn explain(conflict: &Conflict, draft: &Draft) -> Finding {
    match conflict {
        Conflict::Overlap { value, issuer, first, second } => overlap(draft, value, *issuer, *first, *second),
        Conflict::NameTwice { first, second } => {
            let [first, second] = [draft.server(*first), draft.server(*second)];
            Finding::new(
                &table::CONFIG_DUPLICATE_KEY,
                format!("two servers are named `{}`", second.spec.name),
            )
            .at(second.name_at, "here")
            .at(first.name_at, "and here")
        }
        Conflict::IssuerTwice { first, second } => {
            let [first, second] = [draft.issuer(*first), draft.issuer(*second)];
            let message =
                format!("`{}` and `{}` are one issuer: {}", first.name, second.name, first.spec.url);
            let finding = Finding::new(&table::ISSUER_TWICE, message);
            let finding = second.place(finding, |origin| origin.url_at, "this url");
            first.place(finding, |origin| origin.url_at, "and this one")
        }
        Conflict::PermissiveTwice { issuer, first, second } => {
            let [first, second] = [draft.server(*first), draft.server(*second)];
            let message = format!(
                "`{}` and `{}` are both permissive and trust `{}`: a token without an audience would open both",
                first.spec.name,
                second.spec.name,
                draft.issuer(*issuer).name,
            );
            Finding::new(&table::PERMISSIVE_TWICE, message)
                .at(second.mode_at, "permissive")
                .at(first.mode_at, "permissive too")
        }
        Conflict::TiersMixed { issuer, first, second } => {
            let issuer = draft.issuer(*issuer);
            let [first, second] = [draft.server(*first), draft.server(*second)];
            let message = format!(
                "`{}` (tier `{}`) and `{}` (tier `{}`) trust one issuer, `{}`",
                first.spec.name, first.spec.tier, second.spec.name, second.spec.tier, issuer.name,
            );
            let finding = Finding::new(&table::TIERS_MIXED, message)
                .at(second.tier_at, format!("tier `{}`", second.spec.tier))
                .at(first.tier_at, format!("tier `{}`", first.spec.tier));
            issuer.place(finding, |origin| origin.name_at, "shared by both")
        }
        Conflict::IntrospectionTwice { server, first, second } => {
            let server = draft.server(*server);
            let [first, second] = [draft.issuer(*first), draft.issuer(*second)];
            let message = format!(
                "the server `{}` trusts two issuers that are asked about their tokens, `{}` and `{}`",
                server.spec.name, first.name, second.name,
            );
            let finding = Finding::new(&table::INTROSPECTION_TWICE, message).at(server.name_at, "asks whom?");
            let finding = second.place(finding, |origin| origin.name_at, "this one");
            first.place(finding, |origin| origin.name_at, "or this one")
        }
        Conflict::IssuersMissing { server } => {
            let server = draft.server(*server);
            let message = format!("the server `{}` trusts no issuer, so no token opens it", server.spec.name);
            Finding::new(&table::ISSUERS_MISSING, message).at(server.name_at, "this server")
        }
        // Positions are made in this module's siblings and always point somewhere.
        other => Finding::new(&table::SERVER_UNDEFINED, format!("inconsistent configuration: {other:?}")),
    }
}

fn overlap(draft: &Draft, value: &str, issuer: Option<usize>, first: Claim, second: Claim) -> Finding {
    let token = issuer.map_or("a token".to_owned(), |at| format!("a token of `{}`", draft.issuer(at).name));
    let (one, other) = (draft.claimant(first), draft.claimant(second));
    let message = match (first.server(), second.server()) {
        (Some(_), Some(_)) => {
            format!("{token} for `{value}` would open both {one} and {other}")
        }
        _ => format!("`{value}` is an audience of {one} and may stand beside others in {token}"),
    };
    let finding = Finding::new(&table::AUDIENCE_OVERLAP, message);
    let finding = draft.place(finding, second, &format!("{} of {other}", role(second)));
    let finding = draft.place(finding, first, &format!("{} of {one}", role(first)));
    finding.help(match (first, second) {
        (_, Claim::Companion { .. }) => "A companion must be something that no server accepts: remove it.",
        (Claim::Audience { .. }, _) | (_, Claim::Audience { .. }) => {
            "Let the issuer put another value into tokens for one of them: one application or API for each server."
        }
        _ => "Give one of them another `resource`. One server under several URLs is one entry with `aliases`.",
    })
}

const fn role(claim: Claim) -> &'static str {
    match claim {
        Claim::Alias { .. } => "an alias",
        Claim::Audience { .. } => "an extra audience",
        Claim::Companion { .. } => "a companion in tokens",
        _ => "the identifier",
    }
}

impl Draft {
    #[expect(clippy::indexing_slicing, reason = "conflicts name positions of this very draft")]
    fn server(&self, at: usize) -> &DraftServer {
        &self.servers[at]
    }

    #[expect(clippy::indexing_slicing, reason = "conflicts name positions of this very draft")]
    fn issuer(&self, at: usize) -> &DraftIssuer {
        &self.issuers[at]
    }

    fn claimant(&self, claim: Claim) -> String {
        match (claim.server(), claim) {
            (Some(server), _) => format!("`{}`", self.server(server).spec.name),
            (None, Claim::Companion { issuer, .. }) => format!("`{}`", self.issuer(issuer).name),
            (None, _) => String::new(),
        }
    }

    fn place(&self, finding: Finding, claim: Claim, label: &str) -> Finding {
        match self.span(claim) {
            Some(span) => finding.at(span, label),
            None => finding,
        }
    }

    fn span(&self, claim: Claim) -> Option<Span> {
        match claim {
            Claim::Resource { server } => Some(self.server(server).resource_at),
            Claim::Alias { server, alias } => self.server(server).aliases_at.get(alias).copied(),
            Claim::Audience { issuer, audience, .. } => {
                self.issuer(issuer).origin.as_ref()?.audiences_at.get(audience).copied()
            }
            Claim::Companion { issuer, companion } => {
                self.issuer(issuer).origin.as_ref()?.companions_at.get(companion).copied()
            }
            _ => None,
        }
    }
}

impl DraftIssuer {
    /// Points at a part of a configured issuer; a built-in one stands nowhere.
    fn place(&self, finding: Finding, part: impl FnOnce(&super::Origin) -> Span, label: &str) -> Finding {
        match &self.origin {
            Some(origin) => finding.at(part(origin), label),
            None => finding,
        }
    }
}
