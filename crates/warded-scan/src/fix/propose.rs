//! What may mend a finding, by its rule. Whether it does is seen by looking again: see [`super::proof`].

use std::ops::Range;

use super::{
    about, audience, compare, condition, disabled, draft::Draft, keys, query, requests, source::Source,
};
use crate::finding::Finding;

/// The ways to mend it that are worth a try, the best first.
pub(super) fn drafts(source: &Source<'_>, finding: &Finding) -> Vec<Draft> {
    let at = &finding.spot.span;
    let places: Vec<Range<usize>> = finding
        .steps
        .iter()
        .map(|step| &step.spot)
        .filter(|spot| spot.path == source.path)
        .map(|spot| spot.span.clone())
        .chain([at.clone()])
        .collect();
    let mut drafts = match finding.rule.id {
        "WRD101" | "WRD102" | "WRD103" => requests::add(source, &places),
        "WRD104" => requests::other_target(source, at),
        "WRD105" => requests::always(source, &places),
        "WRD106" => disabled::switched_on(source, at),
        "WRD107" => about::compared(source, at),
        "WRD108" => keys::of_server(source, at),
        "WRD201" => audience::demand(source, at),
        "WRD202" => audience::switch_on(source, at),
        "WRD203" => condition::refuse_absent(source, at),
        "WRD204" => condition::compare_always(source, at),
        "WRD205" => compare::whole(source, at),
        "WRD206" => [audience::demand(source, at), condition::compare_introspected(source, at)].concat(),
        "WRD208" => query::to_header(source, &places),
        _ => Vec::new(),
    };
    let mut seen: Vec<Draft> = Vec::new();
    drafts.retain(|draft| {
        let is_new = !seen.contains(draft);
        if is_new {
            seen.push(draft.clone());
        }
        is_new
    });
    drafts
}
