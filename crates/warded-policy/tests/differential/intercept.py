"""A second implementation of the Intercept policy format, holes included.

Each line of the input is an object: `policy`, the text; `calls`, each with `at` (seconds), `tool`,
`arguments`, `outcome` (one of `ok`, `error`, `is_error`, `timeout`) and `hold`, how many later
calls are decided before this one ends. Each line of the output answers one of the input: `errors`,
or `calls` with what was decided, and the `counters` after each call.
"""

import json
import sys

import golang
import re2
import yaml3

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


def read(text):
    """The policy, and what is wrong with it: the tool, the place of the rule, the words."""
    try:
        policy = POLICY(yaml3.document(text))
    except yaml3.Wrong as problem:
        return None, [["", 0, str(problem)]]
    undone = {
        (tool, place)
        for tool, body in policy["tools"].items()
        for place, rule in enumerate(body["rules"])
        if rule["rate_limit"] and not desugar(tool, rule)
    }
    for body in policy["tools"].values():
        for rule in body["rules"]:
            if rule["state"] and not rule["state"]["increment"]:
                rule["state"]["increment"] = 1
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


def atoi(text):
    digits = text[1:] if text[:1] in ("+", "-") else text
    return digits.isascii() and digits.isdigit() and -(1 << 63) <= int(text) < 1 << 63


def problems(policy, undone):
    if policy["version"] != "1":
        yield ["", 0, 'version must be "1"']
    if policy["default"] not in ("", "allow", "deny"):
        yield ["", 0, "default"]
    if len(set(policy["hide"])) < len(policy["hide"]):
        yield ["", 0, "hide: duplicate"]
    if not all(name.strip() for name in policy["hide"]):
        yield ["", 0, "hide: blank"]
    for tool, body in policy["tools"].items():
        counters = set()
        for place, rule in enumerate(body["rules"]):
            if (tool, place) in undone:
                yield [tool, place, "rate_limit"]
                continue
            for words in problems_of_rule(policy, rule):
                yield [tool, place, words]
            if rule["state"]:
                if rule["state"]["counter"] in counters:
                    yield [tool, place, "duplicate counter"]
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
        segments = path.split(".", 2)
        if len(segments) == 3 and block(policy, segments) is None:
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


def block(policy, segments):
    """The state block that a path of a counter names."""
    _, scope, counter = segments
    rules = policy["tools"].get(tool_of(scope), {"rules": []})["rules"]
    return next((r["state"] for r in rules if r["state"] and r["state"]["counter"] == counter), None)


# Conditions


def equal(left, right):
    if golang.is_number(left) and golang.is_number(right):
        return float(left) == float(right)
    return golang.shown(left) == golang.shown(right)


def compare(actual, op, value):
    if op == "exists":
        return (actual is not MISSING and actual is not None) == value
    if actual is MISSING:
        return False
    if op in ORDERS:
        both = golang.is_number(actual) and golang.is_number(value)
        return both and ORDERS[op](float(actual), float(value))
    if op in ("eq", "neq"):
        return equal(actual, value) == (op == "eq")
    if op in ("in", "not_in"):
        return any(equal(actual, one) for one in value) == (op == "in")
    if op == "regex":
        return isinstance(actual, str) and re2.matches(value, actual)
    if isinstance(actual, list):
        return any(equal(one, value) for one in actual)
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
    """Rows of counters by key: the value and the start of its window."""

    def __init__(self):
        self.rows = {}

    def value(self, key, window, now):
        value, start = self.rows.get(key, (0, None))
        return value if start == began(window, now) else 0

    def reserve(self, key, window, now, amount, limit):
        value = golang.wrapped(self.value(key, window, now) + amount)
        if value > limit:
            return False
        self.rows[key] = (value, began(window, now))
        return True

    def roll_back(self, key, amount):
        value, start = self.rows[key]
        self.rows[key] = (max(0, golang.wrapped(value - amount)), start)


def began(window, now):
    return int(now // WINDOWS[window]) * WINDOWS[window]


class Internal(Exception):
    """An amount that the arguments do not have."""


def amount_of(state, arguments):
    if not state["increment_from"]:
        return state["increment"]
    value = argument(arguments, state["increment_from"])
    if not golang.is_number(value):
        raise Internal
    return golang.truncated(value) if isinstance(value, float) else value


def limit_of(rule):
    """The limit of the first condition on the counter of the rule itself, if there is one."""
    for condition in rule["conditions"]:
        segments = condition["path"].split(".", 2)
        own = len(segments) == 3 and segments[0] == "state" and segments[1] == rule["scope"]
        if not own or segments[2] != rule["state"]["counter"]:
            continue
        value = condition["value"]
        if condition["op"] not in ("lt", "lte") or not golang.is_number(value):
            continue
        whole = golang.truncated(value) if isinstance(value, float) else value
        return golang.wrapped(whole - 1) if condition["op"] == "lt" else whole
    return None


# Calls


class Engine:
    def __init__(self, policy):
        self.policy = policy
        self.tools = policy["tools"]
        self.counters = Counters()
        for tool, body in self.tools.items():
            for rule in body["rules"]:
                rule["scope"] = scope_of(tool)

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
                return rule["name"], rule["on_deny"] or f"Denied by rule {golang.quoted(rule['name'])}", []
        return self.reserve(tool, arguments, now)

    def rules(self, tool):
        return self.tools.get(tool, {"rules": []})["rules"]

    def holds(self, rule, arguments, now):
        for condition in rule["conditions"]:
            if condition["path"].startswith("state."):
                actual = self.counted(condition["path"], now)
            else:
                actual = argument(arguments, condition["path"])
            if actual is self or not compare(actual, condition["op"], condition["value"]):
                return False
        return True

    def counted(self, path, now):
        segments = path.split(".", 2)
        state = block(self.policy, segments) if len(segments) == 3 else None
        if state is None:
            return self
        return self.counters.value(f"{segments[1]}.{segments[2]}", state["window"], now)

    def reserve(self, tool, arguments, now):
        stateful = [(tool, rule) for rule in self.rules(tool) if rule["state"]]
        stateful += [(GLOBAL, rule) for rule in self.rules(WILDCARD) if rule["state"]]
        reserved = []
        for scope, rule in stateful:
            state, limit = rule["state"], limit_of(rule)
            try:
                amount = amount_of(state, arguments)
            except Internal:
                self.roll_back(reserved)
                return rule["name"], "Internal policy error", []
            if limit is None:
                continue
            key = f"{scope}.{state['counter']}"
            if not self.counters.reserve(key, state["window"], now, amount, limit):
                self.roll_back(reserved)
                return rule["name"], rule["on_deny"] or f"Rate limit exceeded for {rule['name']}", []
            reserved.append((key, amount))
        return None, None, reserved

    def roll_back(self, reserved):
        for key, amount in reserved:
            self.counters.roll_back(key, amount)


def played(policy, calls):
    engine, open_calls, answers = Engine(policy), [], []
    for place, call in enumerate(calls):
        arguments = call.get("arguments")
        rule, message, reserved = engine.decide(call["tool"], arguments, call["at"])
        answer = {"allowed": rule is None, "rule": rule, "message": message}
        if rule is None:
            open_calls.append((place + call.get("hold", 0), call["outcome"], reserved))
        for ended in [one for one in open_calls if one[0] <= place]:
            open_calls.remove(ended)
            if ended[1] == "error":
                engine.roll_back(ended[2])
        answers.append({**answer, "counters": dict(engine.counters.rows)})
    return answers


def main():
    for line in sys.stdin:
        case = json.loads(line, parse_int=float)
        policy, errors = read(case["policy"])
        answer = {"errors": errors} if errors else {"calls": played(policy, case["calls"])}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
