"""What is wrong with a policy."""

import math

import golang
import re2
from terms import BRACKET, HOLDS, MOST_COUNTED, OPERATORS, ORDERS, WINDOWS


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
        yield "no conditions"
    if rule["action"] == "deny" and rule["conditions"]:
        yield "conditions"
    if "countable amounts" in ways and any(golang.exact(amount) > MOST_COUNTED for amount in amounts_of(rule)):
        yield "more than is counted"
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


def amounts_of(rule):
    """What a rule counts and how much there may be, as it is written."""
    yield from [rule["state"]["increment"]] if rule["state"] else []
    own = (condition for condition in rule["conditions"] if rule["own"] and condition["counter"] == rule["own"])
    limits = (condition["value"] for condition in own if condition["op"] in ("lt", "lte"))
    yield from (limit for limit in limits if golang.is_number(limit) and is_finite(limit))


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
    is_read = "templates" in ways and isinstance(value, str) and value.startswith("${")
    if op in ORDERS and not golang.is_number(value) and not is_read:
        yield "value must be numeric"
    if op in ("in", "not_in") and not isinstance(value, list) and not is_read:
        yield "value must be a list"
    if op == "exists" and not isinstance(value, bool) and not is_read:
        yield "value must be boolean"
    if op == "regex" and not isinstance(value, str):
        yield "value must be a string"
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
