"""What calls are counted for, and how much there may be."""

import decimal

import golang
from conditions import argument
from terms import LARGEST, MILLION, WINDOWS


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
