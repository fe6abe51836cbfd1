//! What is a value that a condition compares with?

use std::collections::BTreeMap;

use super::{
    findings::{Findings, shown},
    yaml::{At, Doubt, Node, Scalar, Sort, What},
};
use crate::{Finding, Value, finding::table};

/// Reads a value. It is as deep as the file may be, and no deeper.
pub(super) fn value(node: &Node<'_>, found: &mut Findings) -> Option<Value> {
    match &node.what {
        What::Scalar(scalar) => self::scalar(scalar, node.at, found),
        What::List(items) => {
            let items: Vec<_> = items.iter().map(|item| value(item, found)).collect();
            items.into_iter().collect::<Option<_>>().map(Value::List)
        }
        What::Map(pairs) => {
            let mut map = BTreeMap::new();
            for pair in pairs.iter() {
                map.insert(pair.key.text.as_ref().into(), value(&pair.value, found)?);
            }
            Some(Value::Map(map))
        }
    }
}

fn scalar(scalar: &Scalar<'_>, at: At, found: &mut Findings) -> Option<Value> {
    let text = shown(&scalar.text);
    if let Some(doubt) = scalar.doubt() {
        let (code, message, label) = match doubt {
            Doubt::Octal => {
                (&table::OCTAL, format!("`{text}` is read in base 8, as in Intercept"), "a zero in front")
            }
            Doubt::Word => {
                (&table::WORD, format!("`{text}` is a text here, and neither true nor false"), "a text")
            }
            Doubt::Date => {
                let message = format!(
                    "`{text}` is a text here: Intercept compares it as `2026-11-22 00:00:00 +0000 UTC`"
                );
                (&table::DATE, message, "a text")
            }
        };
        found.say(Finding::new(code, at.range(), message, label));
    }
    match scalar.sort() {
        Sort::Null => Some(Value::Null),
        Sort::Bool(value) => Some(Value::Bool(value)),
        Sort::Number(number) => Some(Value::Number(number)),
        Sort::Text => Some(Value::Text(scalar.text.as_ref().into())),
        Sort::NoNumber => {
            found.say(Finding::new(
                &table::NUMBER,
                at.range(),
                format!("no call has the number `{text}`"),
                "here",
            ));
            None
        }
        Sort::NotAsTagged => {
            let message = format!("`{text}` is not what its tag says");
            found.say(Finding::new(&table::TAG, at.range(), message, "this value"));
            None
        }
    }
}
