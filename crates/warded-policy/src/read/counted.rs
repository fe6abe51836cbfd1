//! What does a rule count, for how long, and whose is the counter?

use super::{
    fields::Fields,
    findings::{Findings, shown},
    rate_limit::one,
    section::{Kind, Place},
    value,
    yaml::Node,
};
use crate::{
    Amount, Decimal, Finding, Path, Per, Scope, State, Unit, Value, Window, finding::table, nearest,
    reference::STATE,
};

/// Reads `state`.
pub(super) fn state(node: &Node<'_>, place: &Place, found: &mut Findings) -> Option<State> {
    let fields = Fields::read(node, "state", &STATE, found)?;
    let written = fields.get("counter").map(|node| found.text(node, "counter"));
    let counter = written.flatten().filter(|counter| !counter.is_empty());
    if written.is_none() || written == Some(Some("")) {
        let message = "`state` has no `counter`";
        let finding = Finding::new(&table::MISSING_KEY, node.at.range(), message, "in this mapping");
        found.say(finding.help("Add `counter: NAME`."));
    }
    if fields.get("window").is_none() {
        let message = "`state` has no `window`";
        let finding = Finding::new(&table::MISSING_KEY, node.at.range(), message, "in this mapping");
        found.say(finding.help("Add `window: minute`, `window: hour` or `window: day`."));
    }
    let unit = fields.get("window").and_then(|node| window(node, found));
    let sliding = fields.get("sliding").and_then(|node| found.flag(node, "sliding")).unwrap_or(false);
    let increment = fields.get("increment").and_then(|node| increment(node, found)).unwrap_or_else(one);
    let increment_from = fields.get("increment_from").and_then(|node| increment_from(node, place, found));
    if let (Some(at), Some(_)) = (fields.at("increment"), &increment_from) {
        let message = "`increment` stands beside `increment_from`, which counts";
        found.say(Finding::new(&table::INCREMENT_TWICE, at.range(), message, "without effect"));
    }
    let per = fields.get("per").map_or(Vec::new(), |node| per(node, found));
    Some(State {
        counter: counter?.into(),
        window: Window { unit: unit?, sliding },
        increment,
        increment_from,
        per,
    })
}

fn window(node: &Node<'_>, found: &mut Findings) -> Option<Unit> {
    let text = found.text(node, "window")?;
    Unit::parse(text).or_else(|| {
        let message = format!("`{}` is no window", shown(text));
        let finding = Finding::new(&table::WINDOW, node.at.range(), message, "unknown window");
        found.say(match nearest(text, ["minute", "hour", "day"].into_iter()) {
            Some(meant) => finding.help(format!("Did you mean `{meant}`?")),
            None => finding,
        });
        None
    })
}

fn increment(node: &Node<'_>, found: &mut Findings) -> Option<Decimal> {
    let Some(Value::Number(increment)) = value::value(node, found) else {
        return found.wrong(node, "increment", "a number", "Write a number, without quotes.");
    };
    let at = node.at.range();
    if !Amount::is_countable(&increment) {
        let message = "the increment is more than a counter comes to, and would exceed every limit";
        found.say(Finding::new(&table::TOO_MUCH, at, message, "too much"));
        return None;
    }
    if increment.digits.is_empty() {
        let message = "`increment: 0` counts as 1, as in Intercept";
        found.say(Finding::new(&table::INCREMENT_ZERO, at, message, "counts as 1"));
        return Some(one());
    }
    if increment.is_negative {
        let message = "a negative increment counts as 0: in Intercept it would fill a budget up again";
        found.say(Finding::new(&table::INCREMENT_NEGATIVE, at, message, "counts as 0"));
    } else if increment.exponent < 0 {
        let message = "a fraction counts as it is written: in Intercept nothing of it counts";
        found.say(Finding::new(&table::EXACT, at, message, "a fraction"));
    }
    Some(increment)
}

fn increment_from(node: &Node<'_>, place: &Place, found: &mut Findings) -> Option<Path> {
    let text = found.text(node, "increment_from")?;
    let at = node.at.range();
    match Path::parse(text) {
        Ok(path) if path.scope == Scope::Args && place.kind != Kind::Resources => Some(path),
        Ok(_) => {
            let message = format!("`{}` is no argument of a call", shown(text));
            found.say(Finding::new(&table::INCREMENT_FROM, at, message, "not below `args`"));
            None
        }
        Err(why) => {
            let message = format!("`{}` is no path: {why}", shown(text));
            found.say(Finding::new(&table::PATH, at, message, "no path").help(why.advice()));
            None
        }
    }
}

/// Reads whose counter it is: a word, or a list of words, in any order.
pub(super) fn per(node: &Node<'_>, found: &mut Findings) -> Vec<Per> {
    let items = match &node.what {
        super::yaml::What::Scalar(_) => std::slice::from_ref(node),
        _ => found.list(node, "per").unwrap_or_default(),
    };
    let mut per = Vec::new();
    for item in items {
        let Some(text) = found.text(item, "per") else { continue };
        if let Some(one) = Per::parse(text) {
            per.push(one);
        } else {
            let message = format!("nobody is called `{}` here", shown(text));
            let finding = Finding::new(&table::PER, item.at.range(), message, "unknown");
            found.say(match nearest(text, Per::ALL.iter().map(|per| per.text())) {
                Some(meant) => finding.help(format!("Did you mean `{meant}`?")),
                None => finding,
            });
        }
    }
    per.sort_unstable();
    per.dedup();
    per
}

impl Per {
    /// All of them.
    const ALL: [Self; 4] = [Self::Subject, Self::Client, Self::Token, Self::Server];

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|per| per.text() == text)
    }

    /// As it is written.
    pub fn text(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Client => "client",
            Self::Token => "token",
            Self::Server => "server",
        }
    }
}
