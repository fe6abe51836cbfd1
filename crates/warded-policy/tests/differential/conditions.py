"""What conditions read, and how they compare."""

import re

import golang
import re2
from terms import MISSING, ORDERS


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
