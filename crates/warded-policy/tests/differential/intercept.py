"""A second implementation of the Intercept policy format, holes included.

Each line of the input is an object: `policy`, the text; `calls`, each with `at` (seconds), `tool`,
`arguments`, `outcome` (one of `ok`, `error`, `is_error`, `timeout`) and `hold`, how many later
calls are decided before this one ends; `as`, in what to judge as Warded does (see `WAYS`). Each
line of the output answers one of the input: `errors`, or `calls` with the rule that denied (null
where none did), its message, and the counters of the policy then, in millionths.
"""

import decimal
import json
import sys

import golang
import re2
import yaml3

WAYS = {
    "exact numbers",  # numbers are compared as they are written, not as float64
    "exact amounts",  # amounts and limits have six digits after the point, rounded up
    "no refills",  # a negative amount counts as nothing
    "bounded amounts",  # an amount that is too large exceeds every limit
    "late ends",  # a call that fails after its window gives back to that window
    "steps back",  # a clock that steps back finds the counts of the window it left
    "keys in parts",  # the counter `b.c` of tool `a` is not the counter `c` of tool `a.b`
    "limits of any tool",  # `rate_limit` works for a tool with a dot in its name, and one that is called `_global`
}
MILLION = 1_000_000
LARGEST = golang.INT64 - 1
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


def scope_of(tool):
    return GLOBAL if tool == WILDCARD else tool


def tool_of(scope):
    return WILDCARD if scope == GLOBAL else scope


# Reading


def read(text, ways):
    """The policy, and what is wrong with it."""
    try:
        policy = POLICY(yaml3.document(text))
    except yaml3.Wrong as problem:
        return None, [str(problem)]
    undone = {
        (tool, place)
        for tool, body in policy["tools"].items()
        for place, rule in enumerate(body["rules"])
        if rule["rate_limit"] and not desugar(tool, rule)
    }
    for tool, body in policy["tools"].items():
        for rule in body["rules"]:
            rule["own"] = (tool, rule["state"]["counter"]) if rule["state"] else None
            if rule["state"] and not rule["state"]["increment"]:
                rule["state"]["increment"] = 1
            for condition in rule["conditions"]:
                condition["counter"] = counter_of(condition["path"])
                if rule["rate_limit"] and "limits of any tool" in ways:
                    condition["counter"] = rule["own"]
    return policy, list(problems(policy, undone))


def desugar(tool, rule):
    count, slash, window = rule["rate_limit"].partition("/")
    if rule["conditions"] or rule["state"] or rule["action"] == "deny":
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


def problems(policy, undone):
    if policy["version"] != "1":
        yield 'version must be "1"'
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
            yield from problems_of_rule(policy, rule)
            if rule["state"]:
                if rule["state"]["counter"] in counters:
                    yield "duplicate counter"
                counters.add(rule["state"]["counter"])


def problems_of_rule(policy, rule):
    if not rule["name"]:
        yield "name"
    if rule["action"] not in ("evaluate", "deny"):
        yield "action"
    for condition in rule["conditions"]:
        yield from problems_of_condition(policy, condition)
    state = rule["state"]
    if state:
        if not state["counter"]:
            yield "state.counter"
        if state["window"] not in WINDOWS:
            yield "state.window"
        if state["increment_from"] and not state["increment_from"].startswith("args."):
            yield "state.increment_from"


def problems_of_condition(policy, condition):
    path, op, value = condition["path"], condition["op"], condition["value"]
    if path.startswith("state."):
        if condition["counter"] and block(policy, condition["counter"]) is None:
            yield "no matching state"
    elif not path.startswith("args."):
        yield "path"
    if op not in OPERATORS:
        yield "op"
    if op in ("in", "not_in") and not isinstance(value, list):
        yield "value must be a list"
    if op == "exists" and not isinstance(value, bool):
        yield "value must be a boolean"
    if op == "regex":
        try:
            re2.compiled(value if isinstance(value, str) else "(")
        except re2.Bad:
            yield "value must be an expression"


def block(policy, counter):
    """The state block of a tool's counter."""
    rules = policy["tools"].get(counter[0], {"rules": []})["rules"]
    return next((rule["state"] for rule in rules if rule["own"] == counter), None)


# Conditions


class Operators:
    def __init__(self, ways):
        self.exact = "exact numbers" in ways

    def number(self, value):
        """What is compared, of a value that is a number."""
        if golang.is_number(value):
            return golang.exact(value) if self.exact else float(value)
        return golang.exact(value) if self.exact and isinstance(value, golang.Unsigned) else None

    def equal(self, left, right):
        one, other = self.number(left), self.number(right)
        if one is None or other is None:
            return golang.shown(left) == golang.shown(right)
        return one == other

    def ordered(self, left, op, right):
        one, other = self.number(left), self.number(right)
        return None not in (one, other) and one == one and other == other and ORDERS[op](one, other)

    def hold(self, actual, op, value):
        if op == "exists":
            return (actual is not MISSING and actual is not None) == value
        if actual is MISSING:
            return False
        if op in ORDERS:
            return self.ordered(actual, op, value)
        if op in ("eq", "neq"):
            return self.equal(actual, value) == (op == "eq")
        if op in ("in", "not_in"):
            return any(self.equal(actual, one) for one in value) == (op == "in")
        if op == "regex":
            return isinstance(actual, str) and re2.matches(value, actual)
        if isinstance(actual, list):
            return any(self.equal(one, value) for one in actual)
        return isinstance(actual, str) and isinstance(value, str) and value in actual


def argument(arguments, path):
    value = arguments
    for segment in path.split(".")[1:]:
        if not isinstance(value, dict) or segment not in value:
            return MISSING
        value = value[segment]
    return value


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
        self.rows[key, start] = total
        return True

    def roll_back(self, key, start, amount):
        rows = [row for row in self.rows if row[0] == key]
        if "late ends" in self.ways or (key, start) in rows:
            rows = [(key, start)] if (key, start) in rows else []
        for row in rows[-1:]:
            self.rows[row] = max(0, golang.wrapped(self.rows[row] - amount))

    def amount(self, state, arguments):
        number = golang.exact(state["increment"])
        if state["increment_from"]:
            value = argument(arguments, state["increment_from"])
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


def limit_of(rule):
    """The limit of the first condition on the counter of the rule itself, if there is one."""
    for condition in rule["conditions"]:
        own = condition["path"] == f"state.{scope_of(rule['own'][0])}.{rule['own'][1]}"
        if own and condition["op"] in ("lt", "lte") and golang.is_number(condition["value"]):
            return Limit(condition["op"], condition["value"])
    return None


# Calls


class Engine:
    def __init__(self, policy, ways):
        self.policy = policy
        self.tools = policy["tools"]
        self.operators = Operators(ways)
        self.counters = Counters(ways)

    def decide(self, tool, arguments, now):
        """The rule that denies, its message, and what was reserved."""
        hidden = self.policy["hide"]
        if tool in hidden or WILDCARD in hidden:
            return "(hidden)", f"Tool {golang.quoted(tool)} is hidden by policy", []
        if self.policy["default"] == "deny" and tool not in self.tools:
            return "(default deny)", f"Tool {golang.quoted(tool)} is not permitted by policy", []
        listed = self.rules(tool) + (self.rules(WILDCARD) if tool != WILDCARD else [])
        for rule in listed:
            if rule["action"] == "deny" or not self.holds(rule, arguments, now):
                named = f"Denied by rule {golang.quoted(rule['name'])}"
                return rule["name"], rule["on_deny"] or named, []
        return self.reserve(tool, arguments, now)

    def rules(self, tool):
        return self.tools.get(tool, {"rules": []})["rules"]

    def holds(self, rule, arguments, now):
        for condition in rule["conditions"]:
            if condition["path"].startswith("state."):
                actual = self.counted(condition["counter"], now)
            else:
                actual = argument(arguments, condition["path"])
            if actual is self or not self.operators.hold(actual, condition["op"], condition["value"]):
                return False
        return True

    def counted(self, counter, now):
        state = block(self.policy, counter) if counter else None
        if state is None:
            return self
        key = self.counters.key(scope_of(counter[0]), counter[1])
        value = self.counters.value(key, began(state["window"], now))
        whole, part = divmod(value, self.counters.unit)
        return decimal.Decimal(value) / self.counters.unit if part else whole

    def reserve(self, tool, arguments, now):
        stateful = [(tool, rule) for rule in self.rules(tool) if rule["state"]]
        stateful += [(GLOBAL, rule) for rule in self.rules(WILDCARD) if rule["state"]]
        reserved = []
        for scope, rule in stateful:
            state, limit = rule["state"], limit_of(rule)
            try:
                amount = self.counters.amount(state, arguments)
            except Internal:
                self.roll_back(reserved)
                return rule["name"], "Internal policy error", []
            if limit is None:
                continue
            taking = self.counters.key(scope, state["counter"]), began(state["window"], now), amount
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
            (scope_of(tool), rule["state"]["counter"]): rule["state"]["window"]
            for tool, body in self.tools.items()
            for rule in body["rules"]
            if rule["state"]
        }
        for (scope, counter), window in sorted(every.items()):
            value = self.counters.value(self.counters.key(scope, counter), began(window, now))
            millionths = value * MILLION // self.counters.unit
            yield f"{scope}.{counter}", max(-golang.INT64, min(LARGEST, millionths))


def played(policy, calls, ways):
    engine, begun, answers = Engine(policy, ways), [], []
    for place, call in enumerate(calls):
        now = int(call["at"])
        rule, message, reserved = engine.decide(call["tool"], call.get("arguments"), now)
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
