"""A second implementation of the Intercept policy format, holes included.

Each line of the input is an object: `policy`, the text; `calls`, each with `at` (seconds), `tool`,
`arguments`, `outcome` (one of `ok`, `error`, `is_error`, `timeout`) and `hold`, how many later
calls are decided before this one ends; `as`, in what to judge as Warded does (see `WAYS`). Each
line of the output answers one of the input: `errors`, or `calls` with the rule that denied (null
where none did), its message, and the counters of the policy then, in millionths.
"""

import decimal
import json
import re
import sys

import golang
from conditions import Operators, argument, has_alike, segments_of
from counters import Counters, Internal, Limit, began
from problems import block
from reading import read, taken
from terms import GLOBAL, HOLDS, LARGEST, MILLION, MISSING, WILDCARD, scope_of
from ways import WAYS


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
        """The limit of the conditions on the counter of the rule itself, if there is one: the first, or the lowest."""
        own = f"state.{scope_of(rule['own'][0])}.{rule['own'][1]}"
        limits = [
            Limit(condition["op"], self.wanted(condition["value"], arguments))
            for condition in rule["conditions"]
            if condition["op"] in ("lt", "lte")
            and (condition["counter"] == rule["own"] if "keys in parts" in self.ways else condition["path"] == own)
        ]
        limits = [limit for limit in limits if golang.is_number(limit.value)]
        if "lowest limit" not in self.ways:
            return limits[0] if limits else None
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
