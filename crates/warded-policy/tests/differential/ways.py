"""In what Warded differs from Intercept: each way is taken or not."""

WAYS = {
    "exact numbers",  # numbers are compared as they are written, and where float64 says otherwise, against the call
    "exact amounts",  # amounts and limits have six digits after the point, rounded up
    "names alike",  # a call with an argument that differs from one of the rules in case only is not judged
    "no refills",  # a negative amount counts as nothing
    "bounded amounts",  # an amount that is too large exceeds every limit
    "countable amounts",  # an increment or a limit that is more than a counter counts is refused
    "lowest limit",  # of several limits in a rule, the lowest one is its limit
    "late ends",  # a call that fails after its window gives back to that window
    "steps back",  # a clock that steps back finds the counts of the window it left
    "keys in parts",  # the counter `b.c` of tool `a` is not the counter `c` of tool `a.b`
    "stars once",  # a call of a tool that is called `*` is counted once
    "limits of any tool",  # `rate_limit` works for a tool with a dot in its name
    "known keys",  # a key that is not known is refused
    "one document",  # what stands behind the first document is refused
    "missing values",  # a condition without a value is refused
    "nulls in lists",  # a null in a list of names, rules or conditions is refused
    "nameless rules",  # a rule without a name gets one
    "action beside rate_limit",  # an action that is not known is refused there too
    "held calls",  # a rule with `require_approval` holds the calls that it matches
    "_global",  # a tool that is called so has counters of its own
    "no negative zero",  # -0 is 0 as a text, too
    "dates",  # a date without quotes is a text
    "finite numbers",  # a value that is infinite, or not a number, is refused
    "empty parts",  # a path with an empty part, or one of a counter without a name, is refused
    "state.*",  # a path to a counter that begins so is refused
    "brackets",  # a path goes into lists and to keys in quotes by brackets
    "templates",  # a value `${...}` is read where it says
    "patterns",  # a star in a name is any text
}
