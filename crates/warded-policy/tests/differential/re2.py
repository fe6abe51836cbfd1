"""The expressions of Go's `regexp` (RE2 syntax): what is one, and whether it matches somewhere."""

import functools
import unicodedata

MOST = 1000
DIGITS = [(0x30, 0x39)]
WORD = [(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)]
SPACE = [(0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20)]
PERL = {"d": DIGITS, "w": WORD, "s": SPACE}
POSIX = {
    "alnum": [(0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)],
    "alpha": [(0x41, 0x5A), (0x61, 0x7A)],
    "ascii": [(0, 0x7F)],
    "blank": [(0x09, 0x09), (0x20, 0x20)],
    "cntrl": [(0, 0x1F), (0x7F, 0x7F)],
    "digit": DIGITS,
    "graph": [(0x21, 0x7E)],
    "lower": [(0x61, 0x7A)],
    "print": [(0x20, 0x7E)],
    "punct": [(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)],
    "space": [(0x09, 0x0D), (0x20, 0x20)],
    "upper": [(0x41, 0x5A)],
    "word": WORD,
    "xdigit": [(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)],
}
CATEGORIES = {
    *("C", "Cc", "Cf", "Co", "Cs", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N"),
    *("Nd", "Nl", "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm"),
    *("So", "Z", "Zl", "Zp", "Zs", "Any"),
}
CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Bad(Exception):
    """The text is no expression of RE2."""


def folded(character):
    """One name for all the characters that are equal under simple case folding."""
    for name in (character.casefold(), character.lower()):
        if len(name) == 1:
            return name
    return character


@functools.cache
def orbits():
    every = {}
    for code in range(0x1E944):
        every.setdefault(folded(chr(code)), set()).add(chr(code))
    return every


class Set:
    """A class of characters, of parts with a sign each."""

    def __init__(self, negated=False):
        self.negated = negated
        self.parts = []

    def add(self, part, negated=False):
        self.parts.append((part, negated))

    def has(self, character, folds):
        orbit = orbits().get(folded(character), {character}) if folds else {character}

        def holds(part, negated):
            return any(inside(one, part) for one in orbit) != negated

        return any(holds(*part) for part in self.parts) != self.negated


def inside(character, part):
    if isinstance(part, str):
        return part == "Any" or unicodedata.category(character).startswith(part)
    return any(low <= ord(character) <= high for low, high in part)


class Parser:
    def __init__(self, text):
        self.text = text
        self.at = 0
        self.names = set()

    def whole(self):
        tree = self.alternatives(frozenset())
        if self.at < len(self.text):
            raise Bad("unexpected )")
        return tree

    def rest(self):
        return self.text[self.at :]

    def take(self, text):
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def alternatives(self, flags):
        branches, items, repeated = [], [], False
        while self.at < len(self.text) and self.text[self.at] != ")":
            was, repeated = repeated, False
            if self.take("|"):
                branches.append(("all", items))
                items = []
                continue
            count = self.count()
            if count is not None:
                self.take("?")
                if was:
                    raise Bad("invalid nested repetition operator")
                if not items:
                    raise Bad("missing argument to repetition operator")
                items.append(repetition(items.pop(), *count))
                repeated = True
                continue
            if self.take("("):
                item, flags = self.group(flags)
                items += [] if item is None else [item]
                continue
            items += self.atom(flags)
        return ("any", [*branches, ("all", items)])

    def count(self):
        for operator, least, most in (("*", 0, None), ("+", 1, None), ("?", 0, 1)):
            if self.take(operator):
                return least, most, False
        head, end, _ = self.rest().partition("}")
        if not head.startswith("{") or not end:
            return None
        least, comma, most = head[1:].partition(",")
        if not number(least) or (most and not number(most)):
            return None
        self.at += len(head) + 1
        least = int(least)
        most = (int(most) if most else None) if comma else least
        if least > MOST or (most is not None and (most > MOST or least > most)):
            raise Bad("invalid repeat count")
        return least, most, True

    def group(self, flags):
        if not self.take("?"):
            return self.closed(flags), flags
        for opening in ("P<", "<"):
            if self.take(opening):
                self.name()
                return self.closed(flags), flags
        inner, sign, bare = set(flags), True, True
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if character in "imsU":
                bare = False
                (inner.add if sign else inner.discard)(character)
            elif character == "-" and sign:
                sign, bare = False, True
            elif character == ":" and (sign or not bare):
                return self.closed(frozenset(inner)), flags
            elif character == ")" and (sign or not bare):
                return None, frozenset(inner)
            else:
                break
        raise Bad("invalid or unsupported Perl syntax")

    def name(self):
        name, end, _ = self.rest().partition(">")
        known = name and all(letter.isascii() and (letter.isalnum() or letter == "_") for letter in name)
        if not end or not known or name in self.names:
            raise Bad("invalid named capture")
        self.names.add(name)
        self.at += len(name) + 1

    def closed(self, flags):
        tree = self.alternatives(flags)
        if not self.take(")"):
            raise Bad("missing closing )")
        return tree

    def atom(self, flags):
        if self.take("\\Q"):
            body, _, _ = self.rest().partition("\\E")
            self.at = min(len(self.text), self.at + len(body) + 2)
            return [literal(character, flags) for character in body]
        for mark, place in (("\\A", "start"), ("\\z", "end"), ("\\b", "edge"), ("\\B", "inside")):
            if self.take(mark):
                return [(place,)]
        if self.take("^"):
            return [("line start" if "m" in flags else "start",)]
        if self.take("$"):
            return [("line end" if "m" in flags else "end",)]
        if self.take("."):
            every = Set(negated="s" not in flags)
            every.add([(0, 0x10FFFF)] if "s" in flags else [(0x0A, 0x0A)])
            return [("one", every, False)]
        if self.take("["):
            return [("one", self.members(), "i" in flags)]
        several = Set()
        if self.several(several):
            return [("one", several, "i" in flags)]
        return [literal(self.character(), flags)]

    def several(self, into):
        """A class of one name, as `\\d` and `\\pL`."""
        text = self.rest()
        if len(text) < 2 or text[0] != "\\":
            return False
        if text[1].lower() in PERL and text[1].isascii():
            self.at += 2
            into.add(PERL[text[1].lower()], text[1].isupper())
            return True
        if text[1] not in "pP":
            return False
        name, negated = text[2:3], text[1] == "P"
        self.at += 3
        if name == "{":
            name, end, _ = self.rest().partition("}")
            if not end:
                raise Bad("invalid character class range")
            self.at += len(name) + 1
            if name.startswith("^"):
                name, negated = name[1:], not negated
        if name not in CATEGORIES:
            raise Bad("invalid character class range")
        into.add(name, negated)
        return True

    def members(self):
        members = Set(negated=self.take("^"))
        first = True
        while first or not self.take("]"):
            if self.at >= len(self.text):
                raise Bad("missing closing ]")
            first = False
            if self.posix(members) or self.several(members):
                continue
            low = high = self.character(inside=True)
            if self.rest()[:1] == "-" and self.rest()[1:2] not in ("]", ""):
                self.at += 1
                high = self.character(inside=True)
                if high < low:
                    raise Bad("invalid character class range")
            members.add([(ord(low), ord(high))])
        return members

    def posix(self, into):
        if not self.rest().startswith("[:"):
            return False
        name, end, _ = self.rest()[2:].partition(":]")
        if not end:
            return False
        negated = name.startswith("^")
        if name.removeprefix("^") not in POSIX:
            raise Bad("invalid character class range")
        into.add(POSIX[name.removeprefix("^")], negated)
        self.at += len(name) + 4
        return True

    def character(self, inside=False):
        if self.at >= len(self.text):
            raise Bad("missing closing ]" if inside else "unexpected end")
        character = self.text[self.at]
        self.at += 1
        if character != "\\":
            return character
        if self.at >= len(self.text):
            raise Bad("trailing backslash at end of expression")
        character = self.text[self.at]
        self.at += 1
        if character in CONTROLS:
            return CONTROLS[character]
        if character == "x":
            return self.hexadecimal()
        if "0" <= character <= "7" and (character == "0" or "0" <= self.rest()[:1] <= "7"):
            digits = character
            while len(digits) < 3 and self.rest()[:1] and self.rest()[0] in "01234567":
                digits += self.rest()[0]
                self.at += 1
            return chr(int(digits, 8))
        if character.isascii() and not character.isalnum():
            return character
        raise Bad("invalid escape sequence")

    def hexadecimal(self):
        if self.take("{"):
            digits, end, _ = self.rest().partition("}")
            self.at += len(digits) + 1
        else:
            digits = self.rest()[:2]
            end = len(digits) == 2
            self.at += 2
        if not end or not digits or digits.strip("0123456789abcdefABCDEF") or int(digits, 16) > 0x10FFFF:
            raise Bad("invalid escape sequence")
        return chr(int(digits, 16))


def number(text):
    return text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")


def literal(character, flags):
    one = Set()
    one.add([(ord(character), ord(character))])
    return ("one", one, "i" in flags)


def repetition(item, least, most, counted):
    tree = ("repeat", item, least, most, counted)
    if counted and (least >= 2 or (most or 0) >= 2) and not fits(tree, MOST):
        raise Bad("invalid repeat count")
    return tree


def fits(tree, room):
    if tree[0] in ("any", "all"):
        return all(fits(item, room) for item in tree[1])
    if tree[0] != "repeat":
        return True
    _, item, least, most, counted = tree
    if counted:
        times = least if most is None else most
        if most == 0:
            return True
        if times > room:
            return False
        room = room // times if times else room
    return fits(item, room)


def program(tree):
    """Steps of a machine: (kind, detail, next...)."""
    steps = []

    def build(item, after):
        if item[0] == "all":
            for part in reversed(item[1]):
                after = build(part, after)
            return after
        if item[0] == "any":
            return step("split", None, *[build(part, after) for part in item[1]])
        if item[0] == "repeat":
            return repeat(item, after)
        return step(item[0], item[1:], after)

    def repeat(item, after):
        _, inner, least, most, _ = item
        if most is None:
            loop = step("split", None, after)
            steps[loop] += (build(inner, loop),)
            after = loop
        else:
            for _ in range(most - least):
                after = step("split", None, build(inner, after), after)
        for _ in range(least):
            after = build(inner, after)
        return after

    def step(*parts):
        steps.append(parts)
        return len(steps) - 1

    end = step("match", None)
    return steps, build(tree, end)


@functools.lru_cache(maxsize=4096)
def compiled(expression):
    return program(Parser(expression).whole())


def matches(expression, text):
    steps, start = compiled(expression)
    alive = set()
    for at in range(len(text) + 1):
        alive = closure(steps, alive | {start}, text, at)
        if any(steps[place][0] == "match" for place in alive):
            return True
        if at < len(text):
            alive = {
                steps[place][2]
                for place in alive
                if steps[place][0] == "one" and steps[place][1][0].has(text[at], steps[place][1][1])
            }
    return False


def closure(steps, places, text, at):
    seen, waiting = set(), list(places)
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        kind, _, *after = steps[place]
        if kind == "split" or (kind not in ("one", "match") and holds(kind, text, at)):
            waiting += after
    return seen


def holds(kind, text, at):
    if kind == "start":
        return at == 0
    if kind == "end":
        return at == len(text)
    if kind == "line start":
        return at == 0 or text[at - 1] == "\n"
    if kind == "line end":
        return at == len(text) or text[at] == "\n"
    before = at > 0 and inside(text[at - 1], WORD)
    after = at < len(text) and inside(text[at], WORD)
    return (before != after) == (kind == "edge")
