"""The words of the format, and its bounds."""

import decimal

import golang

MILLION = 1_000_000
LARGEST = golang.INT64 - 1
MOST_COUNTED = decimal.Decimal(LARGEST - 1) / MILLION
HOLDS = ("require_approval",)
BRACKET = ("args[",)
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


def scope_of(tool, ways=()):
    if tool == GLOBAL and "_global" in ways:
        return "tool:_global"
    return GLOBAL if tool == WILDCARD else tool


def tool_of(scope):
    return WILDCARD if scope == GLOBAL else scope
