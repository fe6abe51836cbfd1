//! `break` in a `switch` or a labelled block: what it leaves is no loop.

use crate::ir::{Expression, Kind, Span, Statement, Step};

/// What can be left in its middle though it is no loop: then a loop of one round stands around it.
pub(crate) fn once(span: &Span, mut body: Vec<Statement>, into: &mut Vec<Statement>) {
    if !leaves(&body) {
        into.append(&mut body);
        return;
    }
    body.push(Statement { span: span.clone(), step: Step::Leave });
    let condition = Some(Expression { span: span.clone(), kind: Kind::Bool(true) });
    into.push(Statement { span: span.clone(), step: Step::Loop { each: None, condition, body } });
}

/// The `break` at the end says nothing more.
pub(crate) fn drop_end(steps: &mut Vec<Statement>) {
    match steps.last_mut() {
        Some(Statement { step: Step::Leave, .. }) => {
            steps.pop();
        }
        Some(Statement { step: Step::Block(inner), .. }) => drop_end(inner),
        _ => {}
    }
}

/// Whether a loop around it would be left by it.
fn leaves(steps: &[Statement]) -> bool {
    steps.iter().any(|statement| match &statement.step {
        Step::Leave => true,
        Step::If { then, otherwise, .. } => leaves(then) || leaves(otherwise),
        Step::Match { arms, .. } => arms.iter().any(|arm| leaves(&arm.body)),
        Step::Try { body, catches, finally } => {
            leaves(body) || catches.iter().any(|catch| leaves(&catch.body)) || leaves(finally)
        }
        Step::Block(body) => leaves(body),
        _ => false,
    })
}

/// Whether nothing goes on after these steps.
pub(crate) fn ends(steps: &[Statement]) -> bool {
    steps.last().is_some_and(|last| match &last.step {
        Step::Return(_) | Step::Throw(_) | Step::Leave => true,
        Step::Block(body) => ends(body),
        Step::If { then, otherwise, .. } => ends(then) && ends(otherwise),
        Step::Try { body, catches, finally } => {
            ends(finally) || ends(body) && catches.iter().all(|catch| ends(&catch.body))
        }
        _ => false,
    })
}
