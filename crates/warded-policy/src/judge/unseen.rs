//! Is a call denied before any rule is asked? What is hidden or not listed is.

use crate::{
    Denial, Target, Undecided,
    decision::UNDECIDED,
    policy::{File, Kind},
};

/// Why a call is denied before any rule is asked.
pub(super) fn denial(file: &File, target: Target<'_>) -> Option<Denial> {
    let says = |rule: &str, message: String| Denial {
        rule: rule.into(),
        message: message.into(),
        file: file.name.clone(),
        line: 0,
    };
    if let Target::Tool(name) = target
        && file.hides(name)
    {
        return Some(says("(hidden)", format!("Tool \"{name}\" is hidden by policy")));
    }
    if !file.denies_unlisted(target) {
        return None;
    }
    let (kind, spellings) = Kind::of(&target);
    let message = match spellings.and_then(<[_]>::first) {
        Some(name) => format!("{} \"{name}\" is not permitted by policy", kind.word()),
        None => format!("{} is not permitted by policy", kind.word()),
    };
    Some(says("(default deny)", message))
}

/// What is noted of a file that only looks, and cannot tell.
pub(super) fn undecided(file: &File, why: Undecided) -> Denial {
    Denial { rule: UNDECIDED.into(), message: why.to_string().into(), file: file.name.clone(), line: 0 }
}
