//! What was asked on the way to a place: the questions that stand around it, and those before it of which one answer ends the
//! way.

use crate::{
    ir::{Argument, Entry, Expression, Kind, Operator, Span, Statement, Step},
    project::{Place, Project},
};

/// What these questions say, as they are written. Where one of several ways is taken, that is what the way is taken for.
pub(super) fn around<'s>(project: &'s Project<'_>, place: &Place) -> Vec<&'s str> {
    let file = project.file(place.file);
    let functions = &file.module().functions;
    let mut of = place.start as usize..place.end as usize;
    let mut asked = Vec::new();
    let mut inside: Vec<_> = functions
        .iter()
        .filter(|function| function.span.start <= of.start && of.end <= function.span.end)
        .collect();
    inside.sort_by_key(|function| function.span.len());
    for function in inside {
        in_steps(&function.body, &of, &mut asked);
        of = function.span.clone();
    }
    asked.into_iter().filter_map(|span| file.text.get(span.clone())).collect()
}

/// Whether what stands there may be done again and again: it stands in a loop, or in a function that is given away.
pub(super) fn is_repeated(project: &Project<'_>, place: &Place) -> bool {
    let functions = &project.file(place.file).module().functions;
    let of = place.start as usize..place.end as usize;
    let around = functions.iter().filter(|function| is_in(&of, &function.span));
    let Some(function) = around.min_by_key(|function| function.span.len()) else { return false };
    function.name.is_empty() && function.outer.is_some() || is_looped(&function.body, &of)
}

fn is_looped(steps: &[Statement], of: &Span) -> bool {
    let around = steps.iter().filter(|step| is_in(of, &step.span));
    around.into_iter().any(|step| match &step.step {
        Step::Loop { .. } => true,
        Step::If { then, otherwise, .. } => is_looped(then, of) || is_looped(otherwise, of),
        Step::Block(body) => is_looped(body, of),
        Step::Try { body, catches, finally } => {
            is_looped(body, of)
                || is_looped(finally, of)
                || catches.iter().any(|catch| is_looped(&catch.body, of))
        }
        Step::Match { arms, .. } => arms.iter().any(|arm| is_looped(&arm.body, of)),
        _ => false,
    })
}

fn is_in(of: &Span, whole: &Span) -> bool {
    whole.start <= of.start && of.end <= whole.end
}

/// The span of several steps.
fn reach(steps: &[Statement]) -> Span {
    let start = steps.first().map_or(0, |first| first.span.start);
    start..steps.last().map_or(0, |last| last.span.end)
}

fn in_steps<'m>(steps: &'m [Statement], of: &Span, asked: &mut Vec<&'m Span>) {
    let Some(at) = steps.iter().position(|step| is_in(of, &step.span)) else { return };
    for step in steps.get(..at).unwrap_or_default() {
        if let Step::If { condition, then, otherwise } = &step.step
            && (ends(then) || ends(otherwise))
        {
            asked.push(&condition.span);
        }
    }
    if let Some(step) = steps.get(at) {
        in_step(step, of, asked);
    }
}

/// Whether nothing goes on behind these steps.
fn ends(steps: &[Statement]) -> bool {
    matches!(steps.last().map(|last| &last.step), Some(Step::Return(_) | Step::Throw(_) | Step::Leave))
}

fn in_step<'m>(step: &'m Statement, of: &Span, asked: &mut Vec<&'m Span>) {
    match &step.step {
        Step::If { condition, then, otherwise } => {
            if is_in(of, &condition.span) {
                in_expression(condition, of, asked);
            } else {
                asked.push(&condition.span);
                for way in [then, otherwise] {
                    if is_in(of, &reach(way)) {
                        in_steps(way, of, asked);
                    }
                }
            }
        }
        Step::Match { arms, .. } => {
            for arm in arms.iter().filter(|arm| is_in(of, &reach(&arm.body))) {
                asked.extend(arm.patterns.iter().map(|pattern| &pattern.span));
                in_steps(&arm.body, of, asked);
            }
        }
        Step::Loop { body, .. } | Step::Block(body) => in_steps(body, of, asked),
        Step::Try { body, catches, finally } => {
            let ways = [body, finally].into_iter().chain(catches.iter().map(|catch| &catch.body));
            ways.filter(|way| is_in(of, &reach(way))).for_each(|way| in_steps(way, of, asked));
        }
        Step::Do(value)
        | Step::Return(Some(value))
        | Step::Throw(Some(value))
        | Step::Assign { value, .. } => {
            in_expression(value, of, asked);
        }
        _ => {}
    }
}

fn in_expression<'m>(within: &'m Expression, of: &Span, asked: &mut Vec<&'m Span>) {
    if !is_in(of, &within.span) {
        return;
    }
    let all = |arguments: &'m [Argument], asked: &mut Vec<&'m Span>| {
        for argument in arguments {
            in_expression(&argument.value, of, asked);
        }
    };
    match &within.kind {
        Kind::Binary(operator, one, other) => {
            if matches!(operator, Operator::And | Operator::Or) && is_in(of, &other.span) {
                asked.push(&one.span);
            }
            in_expression(one, of, asked);
            in_expression(other, of, asked);
        }
        Kind::Choice { condition, then, otherwise } => {
            if !is_in(of, &condition.span) {
                asked.push(&condition.span);
            }
            for part in [condition, then, otherwise] {
                in_expression(part, of, asked);
            }
        }
        Kind::Call { callee, arguments, .. } => {
            in_expression(callee, of, asked);
            all(arguments, asked);
        }
        Kind::List(items) => all(items, asked),
        Kind::Member(part, _) | Kind::Not(part) | Kind::Tried(part) | Kind::Assign(_, part) => {
            in_expression(part, of, asked);
        }
        Kind::Index(one, other) => {
            in_expression(one, of, asked);
            in_expression(other, of, asked);
        }
        Kind::Map(entries) | Kind::Record { entries, .. } => {
            for entry in entries {
                match entry {
                    Entry::Pair(key, value) => {
                        in_expression(key, of, asked);
                        in_expression(value, of, asked);
                    }
                    Entry::Spread(value) => in_expression(value, of, asked),
                }
            }
        }
        Kind::Block(body, last) => {
            in_steps(body, of, asked);
            if let Some(last) = last {
                in_expression(last, of, asked);
            }
        }
        Kind::Each { value, conditions, .. } => {
            asked.extend(conditions.iter().map(|condition| &condition.span));
            in_expression(value, of, asked);
        }
        Kind::Template(parts) | Kind::Opaque(parts) | Kind::Gap(parts) => {
            for part in parts {
                in_expression(part, of, asked);
            }
        }
        _ => {}
    }
}
