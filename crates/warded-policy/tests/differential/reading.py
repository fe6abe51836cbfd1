"""From the text of a policy to what is asked of it: what is short is written out, and what is wrong is told."""

import decimal

import golang
import yaml3
from problems import problems
from terms import WINDOWS, scope_of, tool_of

SILENT = {
    "unknown key": "known keys",
    "null in a list": "nulls in lists",
    "second document": "one document",
    "no value": "missing values",
}

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


def read(text, ways):
    """The policy, and what is wrong with it."""
    silent = []
    try:
        policy = POLICY(yaml3.document(text, silent) or yaml3.ABSENT, silent)
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
        is_named = rule["name"].strip()
        rule["name"] = rule["name"] if is_named else f"rule {place + 1} of {tool}"
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
    if not slash or window not in WINDOWS or not atoi(count) or int(count) <= 0:
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
