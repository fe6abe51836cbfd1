//! Where Warded differs from Intercept, all of it.

/// A difference. The second implementation, told by its name to do this one thing as Warded does, answers as Warded.
pub(crate) struct Difference {
    pub(crate) name: &'static str,
    /// What is said of it to whoever comes from Intercept.
    pub(crate) text: &'static str,
}

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "exact numbers",
        text: "Numbers are compared as they are written, and as 64-bit floating point numbers too, since most servers read them so: where the two say different things, a condition is against the call. Intercept compares them as 64-bit floating point numbers only, to which 9007199254740993 is equal to 9007199254740992. A whole number from 9223372036854775808 on in a policy is no number to it: beside `lt` and its like it refuses it, and `eq` compares its text.",
    },
    Difference {
        name: "exact amounts",
        text: "Counters count in millionths, rounded up. Intercept cuts amounts and limits off at the point: an amount of 0.99 counts for nothing, however often, and `lt: 0.5` lets no call through.",
    },
    Difference {
        name: "names alike",
        text: "A call is not judged, and not made, where a name in its arguments is one that a rule reads but for its case (or is `__proto__`): a server that takes no notice of case would act on what no rule has seen. Intercept looks at the one that a rule names, and passes on the other.",
    },
    Difference {
        name: "no refills",
        text: "A negative amount counts for nothing. To Intercept it lowers the counter, so that whoever makes the call refills the budget.",
    },
    Difference {
        name: "bounded amounts",
        text: "An amount in a call that is too large to be counted exceeds every limit. In Intercept it becomes the least integer (on amd64), which fits below every limit, and lowers the counter.",
    },
    Difference {
        name: "countable amounts",
        text: "An increment or a limit above 9223372036854.775806 is an error: counters count in millionths, and this is the most that they come to. Intercept counts whole numbers, and to 9223372036854775807.",
    },
    Difference {
        name: "lowest limit",
        text: "Of several limits in one rule, the lowest one is what a call is reserved by. Intercept reserves by the first one, and looks at the others before it counts: `lte: 10` and then `lte: 2` let three calls through.",
    },
    Difference {
        name: "late ends",
        text: "A call that fails after the end of its window gives back what it took to that window. In Intercept it lowers the window that has begun since.",
    },
    Difference {
        name: "steps back",
        text: "A clock that steps back finds the window that it left, with what was counted in it. Intercept begins to count anew.",
    },
    Difference {
        name: "keys in parts",
        text: "The counter `b.c` of the tool `a` is not the counter `c` of the tool `a.b`. Intercept joins the names by dots, and counts both as one.",
    },
    Difference {
        name: "stars once",
        text: "A call of a tool that is called `*` is counted once by each rule of `*`. Intercept counts it as a call of that tool, and once more as a call of any.",
    },
    Difference {
        name: "limits of any tool",
        text: "`rate_limit` can be set for a tool whose name has a dot in it. Intercept takes the dot for the end of the name, and refuses the policy.",
    },
    Difference {
        name: "known keys",
        text: "A key that is not known is an error, with the key that was probably meant. Intercept passes over it in silence, and a rule with a slip of the pen does something else than it says. `--lenient` warns instead.",
    },
    Difference {
        name: "one document",
        text: "Something behind the first document of a file (`---`) is an error. Intercept reads the first one, and does not say so. `--lenient` warns instead.",
    },
    Difference {
        name: "missing values",
        text: "A condition without a `value` is an error. Intercept compares with `null`.",
    },
    Difference {
        name: "nulls in lists",
        text: "An empty item in a list is an error. Intercept leaves it out in silence.",
    },
    Difference {
        name: "nameless rules",
        text: "A rule without a name, or with a blank one, gets one, and a warning. Intercept refuses a rule without a name, although its pages show such rules, and calls one with a blank name by it.",
    },
    Difference {
        name: "action beside rate_limit",
        text: "An action that is not known is an error beside `rate_limit` too. Intercept takes it for `evaluate` there.",
    },
    Difference {
        name: "held calls",
        text: "`action: require_approval` holds the calls that it matches until somebody approves them, as newer pages of Intercept describe it (provisional). The version whose source can be read refuses it.",
    },
    Difference {
        name: "_global",
        text: "A tool that is called `_global` has counters of its own, which a path names `state[\"_global\"]`. In Intercept they are those of `*`.",
    },
    Difference {
        name: "no negative zero",
        text: "-0 is 0 where it is compared with a text, too: it equals `\"0\"`. In Intercept it equals `\"-0\"`.",
    },
    Difference {
        name: "dates",
        text: "A date without quotes is a text. Intercept makes a point in time of it, to which `2024-01-01` in the arguments is not equal, and `2024-01-01 00:00:00 +0000 UTC` is.",
    },
    Difference {
        name: "finite numbers",
        text: "A value that is infinite, or not a number, is an error: no call has such a number. Intercept makes some integer of such a limit: of `lte: .inf` the least, which no call stays below.",
    },
    Difference {
        name: "empty parts",
        text: "A path with an empty part, or a path to a counter that does not name one (`state.pay`), is an error. Intercept takes it, and the condition holds for next to no call.",
    },
    Difference {
        name: "state.*",
        text: "A path to `state.*` is an error: the counters of `*` are those of `state._global`. Intercept takes it, and reads a counter that is nearly always 0.",
    },
    Difference {
        name: "brackets",
        text: "Brackets in a path lead into a list (`args.list[0]`) or to a key in quotes (`args[\"a.b\"]`). To Intercept they are a part of the key, and neither can be reached.",
    },
    Difference {
        name: "templates",
        text: "A value `${...}` is read where it says, and `$${` is `${`. To Intercept it is a text, which it refuses beside `lt`, `in` or `exists`.",
    },
    Difference {
        name: "patterns",
        text: "A star in a name is any text. To Intercept it is a star, unless it stands alone.",
    },
];
