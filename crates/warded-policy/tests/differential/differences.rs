//! Where Warded differs from Intercept, all of it.

/// A difference.
pub(crate) struct Difference {
    pub(crate) name: &'static str,
    /// What tells it from others.
    pub(crate) sign: Sign,
    /// What is said of it to whoever comes from Intercept.
    pub(crate) text: &'static str,
}

/// How a difference is recognised.
pub(crate) enum Sign {
    /// The second implementation, told to do this one thing as Warded does, answers as Warded.
    Way,
    /// Warded refuses a policy with these codes, and Intercept takes it.
    Refused(&'static [&'static str]),
}

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "exact numbers",
        sign: Sign::Way,
        text: "Numbers are compared as they are written. Intercept compares them as 64-bit floating point numbers, to which 9007199254740993 is equal to 9007199254740992, and an integer from 9223372036854775808 on in a policy is no number at all.",
    },
    Difference {
        name: "exact amounts",
        sign: Sign::Way,
        text: "Counters count in millionths, rounded up. Intercept cuts amounts and limits off at the point: 0.99 counts for nothing, however often.",
    },
    Difference {
        name: "no refills",
        sign: Sign::Way,
        text: "A negative amount counts for nothing. To Intercept it lowers the counter, so that whoever makes the call refills the budget.",
    },
    Difference {
        name: "bounded amounts",
        sign: Sign::Way,
        text: "An amount that is too large to be counted exceeds every limit. In Intercept it becomes the least integer, which fits below every limit, and lowers the counter.",
    },
    Difference {
        name: "late ends",
        sign: Sign::Way,
        text: "A call that fails after the end of its window gives back what it took to that window. In Intercept it lowers the window that has begun since.",
    },
    Difference {
        name: "steps back",
        sign: Sign::Way,
        text: "A clock that steps back finds the window that it left, with what was counted in it. Intercept begins to count anew.",
    },
    Difference {
        name: "keys in parts",
        sign: Sign::Way,
        text: "The counter `b.c` of the tool `a` is not the counter `c` of the tool `a.b`. Intercept joins the names by dots, and counts both as one.",
    },
    Difference {
        name: "limits of any tool",
        sign: Sign::Way,
        text: "`rate_limit` can be set for a tool whose name has a dot in it. Intercept takes the dot for the end of the name, and refuses the policy.",
    },
];
