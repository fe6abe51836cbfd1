"""A second implementation of the Intercept policy format, holes included.

Each line of the input is an object: `policy`, the text; `calls`, each with `at` (seconds), `tool`,
`arguments`, `outcome` (one of `ok`, `error`, `is_error`, `timeout`) and `hold`, how many later
calls are decided before this one ends; `as`, in what to judge as Warded does (see `WAYS`). Each
line of the output answers one of the input: `errors`, or `calls` with the rule that denied (null
where none did), its message, and the counters of the policy then, in millionths.
"""

import decimal
import json
import math
import re
import sys

import golang
import re2
import yaml3

WAYS = {
    "exact numbers",  # numbers are compared as they are written, and where float64 says otherwise, against the call
    "exact amounts",  # amounts and limits have six digits after the point, rounded up
    "names alike",  # a call with an argument that differs from one of the rules in case only is not judged
    "no refills",  # a negative amount counts as nothing
    "bounded amounts",  # an amount that is too large exceeds every limit
    "late ends",  # a call that fails after its window gives back to that window
    "steps back",  # a clock that steps back finds the counts of the window it left
    "keys in parts",  # the counter `b.c` of tool `a` is not the counter `c` of tool `a.b`
    "stars once",  # a call of a tool that is called `*` is counted once
    "limits of any tool",  # `rate_limit` works for a tool with a dot in its name
    "known keys",  # a key that is not known is refused
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
MILLION = 1_000_000
LARGEST = golang.INT64 - 1
HOLDS = ("require_approval",)
BRACKET = ("args[",)
SILENT = {"unknown key": "known keys", "null in a list": "nulls in lists"}
WILDCARD, GLOBAL = "*", "_global"
WINDOWS = {"minute": 60, "hour": 3600, "day": 86400}
ORDERS = {
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
}
OPERATORS = {*ORDERS, "eq", "neq", "in", "not_in", "regex", "contains", "exists"}
MISSING = object()

CONDITION = yaml3.struct(path=yaml3.text, op=yaml3.text, value=yaml3.anything)
STATE = yaml3.struct(
    counter=yaml3.text, window=yaml3.text, increment=yaml3.whole, increment_from=yaml3.text
)
RULE = yaml3.struct(
    name=yaml3.text,
    action=yaml3.text,
    rate_limit=yaml3.text,
    conditions=yaml3.several(CONDITION),
    approval_timeout=yaml3.text,
    on_deny=yaml3.text,
    state=yaml3.optional(STATE),
)
POLICY = yaml3.struct(
    version=yaml3.text,
    description=yaml3.text,
    default=yaml3.text,
    hide=yaml3.several(yaml3.text),
    tools=yaml3.named(yaml3.struct(rules=yaml3.several(RULE))),
)


def scope_of(tool, ways=()):
    if tool == GLOBAL and "_global" in ways:
        return "tool:_global"
    return GLOBAL if tool == WILDCARD else tool


def tool_of(scope):
    return WILDCARD if scope == GLOBAL else scope


# Reading


def read(text, ways):
    """The policy, and what is wrong with it."""
    silent = []
    try:
        policy = POLICY(yaml3.document(text) or yaml3.ABSENT, silent)
    except yaml3.Wrong as problem:
        return None, [str(problem)]
    undone = {
        (tool, place)
        for tool, body in policy["tools"].items()
        for place, rule in enumerate(body["rules"])
        if rule["rate_limit"] and not desugar(tool, rule, ways)
    }
    for tool, body in policy["tools"].items():
        for place, rule in enumerate(body["rules"]):
            prepare(tool, place, rule, ways)
    refused = [words for words in silent if SILENT[words] in ways]
    return policy, refused + list(problems(policy, undone, ways))


def prepare(tool, place, rule, ways):
    if "nameless rules" in ways:
        rule["name"] = rule["name"] or f"rule {place + 1} of {tool}"
    rule["action"] = rule["action"] or "evaluate"
    rule["own"] = (tool, rule["state"]["counter"]) if rule["state"] else None
    if rule["state"]:
        if "exact amounts" not in ways:
            rule["state"]["increment"] = golang.truncated(rule["state"]["increment"])
        rule["state"]["increment"] = rule["state"]["increment"] or 1
    for condition in rule["conditions"]:
        condition["value"] = taken(condition["value"], ways)
        condition["counter"] = counter_of(condition["path"])
        if rule["rate_limit"] and "limits of any tool" in ways:
            condition["counter"] = rule["own"]


def taken(value, ways):
    """A value of a policy, or of arguments, as what it is taken for."""
    if isinstance(value, list):
        return [taken(item, ways) for item in value]
    if isinstance(value, dict):
        return {name: taken(item, ways) for name, item in value.items()}
    is_zero = golang.is_number(value) and value == 0
    if is_zero and "no negative zero" in ways:
        return 0
    if isinstance(value, golang.Moment) and "dates" in ways:
        return value.text
    if isinstance(value, golang.Unsigned) and "exact numbers" in ways:
        return int(value)
    if isinstance(value, golang.Huge) and "exact numbers" in ways:
        return decimal.Decimal(value.replace("_", ""))
    return value


def desugar(tool, rule, ways):
    count, slash, window = rule["rate_limit"].partition("/")
    if rule["conditions"] or rule["state"] or rule["action"] == "deny":
        return False
    if "action beside rate_limit" in ways and rule["action"] not in ("", "evaluate"):
        return False
    if not slash or window not in WINDOWS or not atoi(count):
        return False
    counter = f"_rate_{window}"
    path = f"state.{scope_of(tool)}.{counter}"
    rule["action"] = "evaluate"
    rule["conditions"] = [{"path": path, "op": "lte", "value": int(count)}]
    rule["state"] = {"counter": counter, "window": window, "increment": 1, "increment_from": ""}
    rule["on_deny"] = (
        rule["on_deny"] or f"Rate limit of {int(count)} per {window} reached. Try again later."
    )
    return True


def counter_of(path):
    """The tool and the counter that a path names: the tool ends at the first dot."""
    segments = path.split(".", 2)
    if segments[0] != "state" or len(segments) < 3:
        return None
    return tool_of(segments[1]), segments[2]


def atoi(text):
    digits = text[1:] if text[:1] in ("+", "-") else text
    return digits.isascii() and digits.isdigit() and -(1 << 63) <= int(text) < 1 << 63


def problems(policy, undone, ways):
    if policy["version"] != "1":
        yield "version"
    if policy["default"] not in ("", "allow", "deny"):
        yield "default"
    if len(set(policy["hide"])) < len(policy["hide"]):
        yield "hide: duplicate"
    if not all(name.strip() for name in policy["hide"]):
        yield "hide: blank"
    for tool, body in policy["tools"].items():
        counters = set()
        for place, rule in enumerate(body["rules"]):
            if (tool, place) in undone:
                yield "rate_limit"
                continue
            yield from problems_of_rule(policy, rule, ways)
            if rule["state"]:
                if rule["state"]["counter"] in counters:
                    yield "duplicate counter"
                counters.add(rule["state"]["counter"])


def problems_of_rule(policy, rule, ways):
    if not rule["name"]:
        yield "name"
    if rule["action"] not in ("evaluate", "deny", *HOLDS[: "held calls" in ways]):
        yield "action"
    for condition in rule["conditions"]:
        yield from problems_of_condition(policy, condition, ways)
    state = rule["state"]
    if rule["action"] == "evaluate" and not rule["conditions"]:
        yield "conditions"
    if rule["action"] in HOLDS and state:
        yield "state"
    if state:
        if not state["counter"]:
            yield "state.counter"
        if state["window"] not in WINDOWS:
            yield "state.window"
        if state["increment_from"]:
            yield from problems_of_path(policy, state["increment_from"], None, ways)
            if not state["increment_from"].startswith(("args.", *BRACKET[: "brackets" in ways])):
                yield "state.increment_from"


def problems_of_path(policy, path, counter, ways):
    if path.startswith("state."):
        if counter and block(policy, counter) is None:
            yield "no matching state"
    elif not path.startswith(("args.", *BRACKET[: "brackets" in ways])):
        yield "path"
    if "state.*" in ways and path.startswith("state.*."):
        yield "state.*"
    if "empty parts" in ways:
        segments = path.split(".", 2)
        if "" in (segments if segments[0] == "state" else path.split(".")):
            yield "empty part"
        elif segments[0] == "state" and len(segments) < 3:
            yield "path of a counter without a name"


def problems_of_condition(policy, condition, ways):
    op, value = condition["op"], condition["value"]
    yield from problems_of_path(policy, condition["path"], condition["counter"], ways)
    if op not in OPERATORS:
        yield "op"
    if "finite numbers" in ways and not is_finite(value):
        yield "no number of JSON"
    if op == "regex" and isinstance(value, str):
        try:
            re2.compiled(value)
        except re2.Bad:
            yield "value must be an expression"


def is_finite(value):
    if isinstance(value, (list, dict)):
        return all(map(is_finite, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, float) or math.isfinite(value)


def block(policy, counter):
    """The state block of a tool's counter."""
    rules = policy["tools"].get(counter[0], {"rules": []})["rules"]
    return next((rule["state"] for rule in rules if rule["own"] == counter), None)


# Conditions


class Operators:
    """The operators: on float64, or on numbers as they are written, where what is sent is also read as float64, and what
    the two readings say differently says nothing."""

    def __init__(self, ways):
        self.readings = [float] if "exact numbers" not in ways else [golang.exact, float]

    def agreed(self, says, is_sent):
        """What all readings say; None where they differ."""
        answers = {says(reading) for reading in (self.readings if is_sent else self.readings[:1])}
        return answers.pop() if len(answers) == 1 else None

    def equal(self, left, right, is_sent=True):
        def says(reading):
            if golang.is_number(left) and golang.is_number(right):
                return reading(left) == reading(right)
            is_exact = reading is golang.exact
            return golang.shown(left, is_exact) == golang.shown(right, is_exact)

        return self.agreed(says, is_sent)

    def ordered(self, left, op, right, is_sent):
        if not golang.is_number(left) or not golang.is_number(right):
            return None

        def says(reading):
            one, other = reading(left), reading(right)
            return one == one and other == other and ORDERS[op](one, other)

        return self.agreed(says, is_sent)

    def among(self, left, rights, is_sent):
        """Whether it is one of them; None where it may be: to one reading, or to who takes one type for another."""
        answers = [self.equal(left, right, is_sent) for right in rights]
        if True in answers:
            return True, True
        is_sure = None not in answers
        return False if is_sure else None, is_sure and all(kind(left) == kind(right) != "" for right in rights)

    def says(self, actual, op, value, is_sent=True):
        """Whether the condition holds; None where there is nothing to compare, or of another kind."""
        if op == "exists":
            is_there = actual is not MISSING and actual is not None
            return is_there == value if isinstance(value, bool) else None
        if actual is MISSING or value is MISSING:
            return None
        if op in ORDERS:
            return self.ordered(actual, op, value, is_sent)
        if op in ("in", "not_in") and not isinstance(value, list):
            return None
        if op in ("eq", "neq", "in", "not_in"):
            among, is_one_kind = self.among(actual, value if "in" in op else [value], is_sent)
            if op in ("neq", "not_in"):
                return None if among is None else not among
            return among if among or is_one_kind else None
        if op == "regex":
            both = isinstance(actual, str) and isinstance(value, str)
            return re2.matches(value, actual) if both else None
        if isinstance(actual, list):
            found = [self.among(one, [value], is_sent) for one in actual]
            if any(among for among, _ in found):
                return True
            return False if all(is_one_kind for _, is_one_kind in found) else None
        both = isinstance(actual, str) and isinstance(value, str)
        return value in actual if both else None


def kind(value):
    """The type of a value that is no list and no map."""
    if golang.is_number(value):
        return "number"
    return "" if isinstance(value, (list, dict)) else type(value).__name__


def argument(arguments, path, ways):
    value = arguments
    for segment in segments_of(path, ways):
        if isinstance(segment, int) and isinstance(value, list):
            if not -len(value) <= segment < len(value):
                return MISSING
        elif not isinstance(value, dict) or segment not in value:
            return MISSING
        value = value[segment]
    return value


def segments_of(path, ways):
    """The keys that a path names, and places in lists where there are brackets."""
    if "brackets" not in ways or "[" not in path:
        return path.split(".")[1:]
    parts = re.findall(r'\.([^.\[]+)|\[(-?\d+)\]|\["([^"]*)"\]', path.removeprefix("args"))
    return [int(index) if index else key or quoted for key, index, quoted in parts]


def has_alike(value, paths):
    """Whether some name is, but for its case, one that a path names there."""
    firsts = {path[0] for path in paths if path}
    if isinstance(value, list):
        items = [place for place in firsts if isinstance(place, int) and -len(value) <= place < len(value)]
    elif isinstance(value, dict):
        keys = {key for key in firsts if isinstance(key, str)}
        alike = {folded(key) for key in keys}
        others = [name for name in value if name not in keys]
        if keys and any(name == "__proto__" or folded(name) in alike for name in others):
            return True
        items = [key for key in keys if key in value]
    else:
        return False
    return any(has_alike(value[item], [path[1:] for path in paths if path and path[0] == item]) for item in items)


def folded(name):
    """A name to who takes no notice of case, or of what stands behind a NUL."""
    special = {"\u017f": "s", "\u212a": "k", "\u0130": "i", "\u0131": "i"}
    letters = (special.get(letter, letter) for letter in name.partition("\0")[0])
    return "".join(letter.lower() if letter.isascii() else letter for letter in letters)


# Counters


class Counters:
    """Rows by key and start of the window. Amounts are whole, or in millionths."""

    def __init__(self, ways):
        self.ways = ways
        self.unit = MILLION if "exact amounts" in ways else 1
        self.rows = {}

    def key(self, scope, counter):
        return (scope, counter) if "keys in parts" in self.ways else f"{scope}.{counter}"

    def value(self, key, start):
        return self.rows.get((key, start), 0)

    def reserve(self, key, start, amount, limit):
        total = self.value(key, start) + amount
        if "bounded amounts" not in self.ways:
            total = golang.wrapped(total)
        elif amount >= LARGEST or total > LARGEST:
            return False
        if limit.is_passed(total, self.unit):
            return False
        if "steps back" not in self.ways:
            self.rows = {row: value for row, value in self.rows.items() if row[0] != key}
        # What was written last is the last.
        self.rows.pop((key, start), None)
        self.rows[key, start] = total
        return True

    def roll_back(self, key, start, amount):
        row = next(row for row in reversed(self.rows) if row[0] == key)
        if "late ends" in self.ways:
            row = key, start
        if row in self.rows:
            self.rows[row] = max(0, golang.wrapped(self.rows[row] - amount))

    def amount(self, state, arguments):
        number = golang.exact(state["increment"])
        if state["increment_from"]:
            value = argument(arguments, state["increment_from"], self.ways)
            if not golang.is_number(value):
                raise Internal
            number = golang.exact(value if self.unit > 1 else float(value))
        if "bounded amounts" not in self.ways and golang.truncated(number) == -golang.INT64:
            number = decimal.Decimal(-golang.INT64)
        if "no refills" in self.ways:
            number = max(decimal.Decimal(0), number)
        if self.unit == 1:
            return min(int(number), LARGEST)
        return int(min((number * MILLION).to_integral_value(decimal.ROUND_CEILING), LARGEST))


class Limit:
    """At most so much, or less than so much."""

    def __init__(self, op, value):
        self.op = op
        self.value = value

    def is_passed(self, total, unit):
        if unit == 1:
            whole = golang.truncated(self.value)
            return total > (golang.wrapped(whole - 1) if self.op == "lt" else whole)
        total, limit = decimal.Decimal(total) / unit, golang.exact(self.value)
        return total >= limit if self.op == "lt" else total > limit


def began(window, now):
    return now // WINDOWS[window] * WINDOWS[window]


class Internal(Exception):
    """An amount that the arguments do not have."""


# Calls


class Engine:
    def __init__(self, policy, ways):
        self.policy = policy
        self.ways = ways
        self.tools = policy["tools"]
        self.operators = Operators(ways)
        self.counters = Counters(ways)

    def is_named(self, name, tool):
        if "patterns" in self.ways and name != WILDCARD:
            return re.fullmatch(".*".join(map(re.escape, name.split("*"))), tool, re.DOTALL) is not None
        return name == tool

    def sections(self, tool):
        """The names of sections: of the tool, of patterns, of all."""
        names = [name for name in self.tools if name != WILDCARD and self.is_named(name, tool)]
        names.sort(key=lambda name: "*" in name)
        return names + [WILDCARD] * (WILDCARD in self.tools)

    def decide(self, tool, arguments, now):
        """The rule that denies, its message, and what was reserved."""
        hidden = self.policy["hide"]
        if WILDCARD in hidden or any(self.is_named(name, tool) for name in hidden):
            return "(hidden)", f'Tool "{tool}" is hidden by policy', []
        listed = self.sections(tool)
        is_listed = tool in self.tools or any(name != WILDCARD for name in listed)
        if self.policy["default"] == "deny" and not is_listed:
            return "(default deny)", f'Tool "{tool}" is not permitted by policy', []
        if "names alike" in self.ways and any(
            has_alike(arguments, self.paths(self.tools[name]["rules"])) for name in listed
        ):
            return "(undecided)", "the policy cannot read what it is to judge", []
        held = None
        for rule in self.rules(listed):
            named = f'Denied by rule "{rule["name"]}"'
            if rule["action"] in HOLDS:
                asked = rule["name"], rule["on_deny"] or f'Approval required by rule "{rule["name"]}"', []
                held = held or (asked if False not in self.says(rule, arguments, now) else None)
            elif rule["action"] == "deny" or not all(self.says(rule, arguments, now)):
                return rule["name"], rule["on_deny"] or named, []
        denied, taken = self.amounts(tool, listed, arguments, now)
        return denied or held or self.reserve(taken)

    def paths(self, rules):
        """The ways into the arguments that some rules name."""
        named = [rule["state"]["increment_from"] for rule in rules if rule["state"]]
        for condition in (condition for rule in rules for condition in rule["conditions"]):
            named.append(condition["path"])
            value = condition["value"]
            is_read = isinstance(value, str) and value.startswith("${") and condition["op"] != "regex"
            if is_read and "templates" in self.ways:
                named.append(value[2:-1])
        return [segments_of(path, self.ways) for path in named if path.startswith("args")]

    def rules(self, listed):
        return [rule for name in listed for rule in self.tools[name]["rules"]]

    def says(self, rule, arguments, now):
        """What each condition says."""
        for condition in rule["conditions"]:
            if condition["path"].startswith("state."):
                actual = self.counted(condition, now)
            else:
                actual = argument(arguments, condition["path"], self.ways)
            wanted = self.wanted(condition["value"], arguments, condition["op"])
            is_sent = not condition["path"].startswith("state.") or wanted is not condition["value"]
            yield self.operators.says(actual, condition["op"], wanted, is_sent)

    def wanted(self, value, arguments, op=""):
        if "templates" not in self.ways or not isinstance(value, str) or op == "regex":
            return value
        if value.startswith("${"):
            return argument(arguments, value[2:-1], self.ways)
        return value.replace("$${", "${")

    def counted(self, condition, now):
        counter = condition["counter"]
        state = block(self.policy, counter) if counter else None
        if state is None:
            return MISSING
        is_star = condition["path"].startswith("state.*.")
        key = self.counters.key(WILDCARD if is_star else scope_of(counter[0], self.ways), counter[1])
        value = self.counters.value(key, began(state["window"], now))
        whole, part = divmod(value, self.counters.unit)
        return decimal.Decimal(value) / self.counters.unit if part else whole

    def amounts(self, tool, listed, arguments, now):
        """What is to be taken, or the denial where that cannot be told."""
        scopes = [(scope_of(name, self.ways), name) for name in listed]
        if tool == WILDCARD and listed and "stars once" not in self.ways:
            scopes.insert(0, (WILDCARD, WILDCARD))
        taken = []
        for scope, rule in [(scope, rule) for scope, name in scopes for rule in self.rules([name])]:
            state = rule["state"]
            if not state or rule["action"] in HOLDS:
                continue
            try:
                amount = self.counters.amount(state, arguments)
            except Internal:
                return (rule["name"], "Internal policy error", []), []
            limit = self.limit(rule, arguments)
            key = self.counters.key(scope, state["counter"])
            if limit:
                taken.append((rule, limit, (key, began(state["window"], now), amount)))
        return None, taken

    def limit(self, rule, arguments):
        """The lowest limit of the conditions on the counter of the rule itself, if there is one."""
        own = f"state.{scope_of(rule['own'][0])}.{rule['own'][1]}"
        limits = [
            Limit(condition["op"], self.wanted(condition["value"], arguments))
            for condition in rule["conditions"]
            if condition["op"] in ("lt", "lte")
            and (condition["counter"] == rule["own"] if "keys in parts" in self.ways else condition["path"] == own)
        ]
        limits = [limit for limit in limits if golang.is_number(limit.value)]
        return min(limits, key=lambda limit: (limit.value, limit.op == "lte"), default=None)

    def reserve(self, taken):
        reserved = []
        for rule, limit, taking in taken:
            if not self.counters.reserve(*taking, limit):
                self.roll_back(reserved)
                return rule["name"], rule["on_deny"] or f"Rate limit exceeded for {rule['name']}", []
            reserved.append(taking)
        return None, None, reserved

    def roll_back(self, reserved):
        for taking in reserved:
            self.counters.roll_back(*taking)

    def counts(self, now):
        """What each counter of the policy is at."""
        every = {
            (scope_of(tool, self.ways), rule["state"]["counter"]): rule["state"]["window"]
            for tool, body in self.tools.items()
            for rule in body["rules"]
            if rule["state"]
        }
        for scope, counter in list(every):
            if scope == GLOBAL and any(row == self.counters.key(WILDCARD, counter) for row, _ in self.counters.rows):
                every[WILDCARD, counter] = every[scope, counter]
        for (scope, counter), window in sorted(every.items()):
            value = self.counters.value(self.counters.key(scope, counter), began(window, now))
            millionths = value * MILLION // self.counters.unit
            yield f"{scope}.{counter}", max(-golang.INT64, min(LARGEST, millionths))


def played(policy, calls, ways):
    engine, begun, answers = Engine(policy, ways), [], []
    for place, call in enumerate(calls):
        now = int(call["at"])
        arguments = taken(call.get("arguments"), ways)
        rule, message, reserved = engine.decide(call["tool"], arguments, now)
        if rule is None:
            begun.append((place + int(call["hold"]), call["outcome"], reserved))
        for ended in [one for one in begun if one[0] <= place]:
            begun.remove(ended)
            if ended[1] == "error":
                engine.roll_back(ended[2])
        counters = list(engine.counts(now))
        answers.append({"rule": rule, "message": message, "counters": counters})
    return answers


def main():
    """Answers the lines of a file."""
    decimal.getcontext().prec = 400
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line, parse_int=decimal.Decimal, parse_float=decimal.Decimal)
            ways = set(case["as"])
            assert ways <= WAYS, ways - WAYS
            policy, errors = read(case["policy"], ways)
            answer = {"errors": errors} if errors else {"calls": played(policy, case["calls"], ways)}
            print(json.dumps(answer))


if __name__ == "__main__":
    main()
