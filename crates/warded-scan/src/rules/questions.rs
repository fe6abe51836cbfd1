//! What was asked on the way to a place: the questions that stand around it, and those before it of which one answer ends the
//! way.

use crate::{
    ir::{Argument, Entry, Expression, Kind, Operator, Span, Statement, Step},
    project::{Place, Project},
};

/// How many questions of a place are heard, and how many steps before it are looked through for them: the nearest.
const MOST: usize = 64;
const MOST_STEPS: usize = 1024;

/// What was asked on the way to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Question {
    start: usize,
    end: usize,
    /// Where one of several ways is taken for what is asked: what must be that.
    subject: Option<(usize, usize)>,
    /// Whether it stands before the place, and one answer ends the way.
    pub(super) is_before: bool,
}

impl Question {
    fn around(span: &Span) -> Self {
        Self { start: span.start, end: span.end, subject: None, is_before: false }
    }

    /// What it says, as it is written.
    pub(super) fn text(self, file: &str) -> String {
        let text = |start: usize, end: usize| file.get(start..end).unwrap_or_default();
        let asked = text(self.start, self.end);
        self.subject
            .map_or_else(|| asked.to_owned(), |(start, end)| format!("{} == {asked}", text(start, end)))
    }

    /// How long that is.
    pub(super) fn len(self) -> usize {
        let subject = self.subject.map_or(0, |(start, end)| end.saturating_sub(start));
        self.end.saturating_sub(self.start).saturating_add(subject)
    }
}

/// These questions, the nearest first.
pub(super) fn around(project: &Project<'_>, place: &Place) -> Vec<Question> {
    let functions = &project.file(place.file).module().functions;
    let mut of = place.start as usize..place.end as usize;
    let mut asked = Vec::new();
    let mut inside: Vec<_> = functions
        .iter()
        .filter(|function| function.span.start <= of.start && of.end <= function.span.end)
        .collect();
    inside.sort_by_key(|function| function.span.len());
    for function in inside {
        let mut of_function = Vec::new();
        in_steps(&function.body, &of, &mut of_function);
        asked.extend(of_function.into_iter().rev());
        if asked.len() >= MOST {
            break;
        }
        of = function.span.clone();
    }
    asked.truncate(MOST);
    asked
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

fn in_steps(steps: &[Statement], of: &Span, asked: &mut Vec<Question>) {
    // They mostly stand one behind the other.
    let guess = steps.partition_point(|step| step.span.end <= of.start);
    let is_there = steps.get(guess).is_some_and(|step| is_in(of, &step.span));
    let found = if is_there { Some(guess) } else { steps.iter().position(|step| is_in(of, &step.span)) };
    let Some(at) = found else { return };
    let before = steps.get(..at).unwrap_or_default().iter().rev().take(MOST_STEPS);
    let mut ending: Vec<_> = before
        .filter_map(|step| match &step.step {
            Step::If { condition, then, otherwise } if ends(then) || ends(otherwise) => {
                Some(Question { is_before: true, ..Question::around(&condition.span) })
            }
            _ => None,
        })
        .take(MOST)
        .collect();
    ending.reverse();
    asked.extend(ending);
    if let Some(step) = steps.get(at) {
        in_step(step, of, asked);
    }
}

/// Whether nothing goes on behind these steps.
fn ends(steps: &[Statement]) -> bool {
    matches!(steps.last().map(|last| &last.step), Some(Step::Return(_) | Step::Throw(_) | Step::Leave))
}

fn in_step(step: &Statement, of: &Span, asked: &mut Vec<Question>) {
    match &step.step {
        Step::If { condition, then, otherwise } => {
            if is_in(of, &condition.span) {
                in_expression(condition, of, asked);
            } else {
                asked.push(Question::around(&condition.span));
                for way in [then, otherwise] {
                    if is_in(of, &reach(way)) {
                        in_steps(way, of, asked);
                    }
                }
            }
        }
        Step::Match { subject, arms } => {
            let subject = Some((subject.span.start, subject.span.end));
            for arm in arms.iter().filter(|arm| is_in(of, &reach(&arm.body))) {
                asked.extend(
                    arm.patterns
                        .iter()
                        .map(|pattern| Question { subject, ..Question::around(&pattern.span) }),
                );
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

fn in_expression(within: &Expression, of: &Span, asked: &mut Vec<Question>) {
    if !is_in(of, &within.span) {
        return;
    }
    let all = |arguments: &[Argument], asked: &mut Vec<Question>| {
        for argument in arguments {
            in_expression(&argument.value, of, asked);
        }
    };
    match &within.kind {
        Kind::Binary(operator, one, other) => {
            if matches!(operator, Operator::And | Operator::Or) && is_in(of, &other.span) {
                asked.push(Question::around(&one.span));
            }
            in_expression(one, of, asked);
            in_expression(other, of, asked);
        }
        Kind::Choice { condition, then, otherwise } => {
            if !is_in(of, &condition.span) {
                asked.push(Question::around(&condition.span));
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
            asked.extend(conditions.iter().map(|condition| Question::around(&condition.span)));
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
