//! What have counters come to, as it is said on the command line?

use anyhow::bail;
use warded_policy::{Amount, Counter, Decimal};

/// What a counter has come to: its scope and its name with a dot between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    path: String,
    amount: Amount,
}

/// Reads `TOOL.COUNTER=NUMBER`, with or without the `state.` that it has in a policy.
pub(super) fn said(text: &str) -> Result<Said, String> {
    let read = || {
        let (path, number) = text.rsplit_once('=')?;
        let amount = Amount::taken(&Decimal::parse(number)?);
        let path = path.strip_prefix("state.").unwrap_or(path).to_owned();
        Some(Said { path, amount })
    };
    read().ok_or_else(|| "write TOOL.COUNTER=NUMBER, such as pay.spent=90".to_owned())
}

/// The values of counters in their order. What nobody says is zero; what nobody reads is a mistake.
pub(super) fn values(counters: &[Counter], all: &[Said]) -> anyhow::Result<Vec<Amount>> {
    let path = |counter: &Counter| format!("{}.{}", counter.key.scope, counter.key.counter);
    let paths: Vec<_> = counters.iter().map(path).collect();
    if let Some(said) = all.iter().find(|said| !paths.contains(&said.path)) {
        let paths: Vec<_> = paths.iter().map(|path| format!("`{path}`")).collect();
        let read = if paths.is_empty() { "none".to_owned() } else { paths.join(", ") };
        bail!("no rule for this call reads `{}`; of counters, it reads {read}", said.path.escape_debug());
    }
    let value = |path: &String| all.iter().rev().find(|said| said.path == *path).map(|said| said.amount);
    Ok(paths.iter().map(|path| value(path).unwrap_or_default()).collect())
}

#[cfg(test)]
mod tests {
    use warded_policy::{CounterKey, Unit, Window};

    use super::*;

    #[test]
    fn counters_are_named_as_in_paths() {
        let key = CounterKey {
            place: "server/a".into(),
            scope: "pay".into(),
            counter: "spent".into(),
            per: "".into(),
        };
        let counters = [Counter { key, window: Window { unit: Unit::Day, sliding: false } }];
        let all = [said("state.pay.spent=1.5").unwrap()];
        assert_eq!(values(&counters, &all).unwrap(), [Amount::from_millionths(1_500_000)]);
        assert_eq!(values(&counters, &[]).unwrap(), [Amount::default()]);
        let other = values(&counters, &[said("pay.calls=1").unwrap()]).err().unwrap().to_string();
        assert_eq!(other, "no rule for this call reads `pay.calls`; of counters, it reads `pay.spent`");
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", "a", "a.b", "a.b=", "a.b=x", "=1e"] {
            assert!(said(text).is_err(), "{text}");
        }
    }
}
