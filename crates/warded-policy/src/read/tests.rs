mod constructs;
mod counters;
mod doubts;
mod errors;
mod go_yaml;
mod hostile;
mod published;
mod refused;
mod warded;

use super::*;
use crate::{Condition, Operand, Rule, Severity, Value};

/// A file with this rule at the tool `t`, in flow style.
fn with_rule(rule: &str) -> String {
    format!("version: \"1\"\ntools: {{ t: {{ rules: [{rule}] }} }}\n")
}

/// A file with this condition.
fn with_condition(condition: &str) -> String {
    with_rule(&format!("{{ name: r, conditions: [{condition}] }}"))
}

/// What is found in a file, as codes.
fn codes(source: &str) -> Vec<&'static str> {
    read(source, Reading::Strict).findings.iter().map(|finding| finding.code).collect()
}

/// What is found where one thing is found.
fn only(source: &str) -> Finding {
    let findings = read(source, Reading::Strict).findings;
    let [finding] = &*findings else { panic!("{source}\n{findings:#?}") };
    finding.clone()
}

/// The text that a finding points at.
fn pointed<'s>(source: &'s str, finding: &Finding) -> &'s str {
    source.get(finding.span.clone()).unwrap()
}

/// What a file says, whatever is found that is no error.
fn document(source: &str) -> Document {
    let read = read(source, Reading::Strict);
    read.document.unwrap_or_else(|| panic!("{source}\n{:#?}", read.findings))
}

/// The first rule of the first tool.
fn rule(source: &str) -> Rule {
    document(source).tools.remove(0).rules.remove(0)
}

/// The first condition of it.
fn condition(source: &str) -> Condition {
    rule(source).conditions.remove(0)
}

/// The value of a condition.
fn value(yaml: &str) -> Value {
    match condition(&with_condition(&format!("{{ path: args.a, op: eq, value: {yaml} }}"))).value {
        Operand::Literal(value) => value,
        other @ Operand::Template(_) => panic!("{yaml}: {other:?}"),
    }
}

fn number(text: &str) -> Value {
    Value::Number(crate::Decimal::parse(text).unwrap())
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// Everything that is found, with how bad it is.
fn found(source: &str, reading: Reading) -> Vec<(&'static str, Severity)> {
    read(source, reading).findings.iter().map(|finding| (finding.code, finding.severity)).collect()
}
