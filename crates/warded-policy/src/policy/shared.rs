//! What do the files of a policy have in common while it is made?

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::counter::Spec;
use crate::{Finding, expression::Expression, finding::table};

/// All regular expressions of a policy may become so large together, compiled.
const MAX_EXPRESSIONS: usize = 1 << 27;

/// What the files of a policy share while it is made.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    expressions: HashMap<Box<str>, Expression>,
    size: usize,
    /// By place, scope and name.
    counters: HashSet<(Arc<str>, Arc<str>, Arc<str>)>,
}

impl Shared {
    /// The same expression is compiled once.
    pub(crate) fn expression(&mut self, text: &str) -> Result<Expression, String> {
        if let Some(expression) = self.expressions.get(text) {
            return Ok(expression.clone());
        }
        if self.size > MAX_EXPRESSIONS {
            return Err("is one too many: together they are too large when they are compiled".into());
        }
        let expression = Expression::of(text).map_err(|why| why.to_string())?;
        self.size += expression.bytes();
        self.expressions.insert(text.into(), expression.clone());
        Ok(expression)
    }

    /// Notes that a rule keeps a counter, which no other rule may keep.
    pub(crate) fn keep(&mut self, rule: &crate::Rule, spec: &Spec) -> Result<(), Finding> {
        if self.counters.insert((spec.place.clone(), spec.scope.clone(), spec.counter.clone())) {
            return Ok(());
        }
        let message =
            format!("the counter `{}` of `{}` is kept by another rule, too", spec.counter, spec.scope);
        let finding = Finding::new(&table::COUNTER_TWICE, rule.span.clone(), message, "counted twice");
        Err(finding.help("Give the counter another name, with `state`."))
    }
}
