"""How yaml.v3 of Go reads a document into structs: the kinds of scalars, typed fields, merges."""

import datetime
import math
import re

import yaml

from golang import Huge, Moment, Real, Unsigned

NAMED = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
BASES = (("0x", 16), ("0o", 8), ("0b", 2), ("0", 8))
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
TIME = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:([Tt ])(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d+))?(Z|[-+]\d{2}:\d{2})?)?",
    re.ASCII,
)
MERGE = "<<"
INT, FLOATING = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"


class Wrong(Exception):
    """The document does not fit the structs."""


class Loader(yaml.BaseLoader):
    """Leaves a node that has no tag of its own without one."""

    def resolve(self, kind, value, implicit):
        return None


def document(text, silent):
    """The first one. Go does not look at what stands behind it."""
    documents = yaml.compose_all(text, Loader=Loader)
    try:
        first = next(documents, None)
    except yaml.YAMLError as problem:
        raise Wrong(str(problem)) from problem
    try:
        is_alone = next(documents, None) is None
    except yaml.YAMLError:
        is_alone = False
    silent.extend([] if is_alone else ["second document"])
    return first


ABSENT = yaml.ScalarNode(None, "")


def is_plain(node):
    return isinstance(node, yaml.ScalarNode) and node.style is None


def scalar(node):
    text = node.value
    if node.tag in (INT, FLOATING):
        value = next((value for value in (integer(text), floating(text)) if value is not None), text)
        return Real(text) if node.tag == FLOATING and isinstance(value, int) else value
    if not is_plain(node) or node.tag:
        return text
    if text in NAMED:
        return NAMED[text]
    if not text[0].isascii() or text[0] not in "0123456789+-.":
        return text
    for reading in (moment, integer, floating):
        value = reading(text)
        if value is not None:
            return value
    return text


def integer(text):
    bare = text.replace("_", "")
    sign = -1 if bare.startswith("-") else 1
    digits = bare[1:] if bare[:1] in ("+", "-") else bare
    for opening, base in BASES:
        if digits.lower().startswith(opening) and digits != "0":
            digits, kind = digits[len(opening) :], base
            break
    else:
        kind = 10
    if not digits.isalnum() or not digits.isascii():
        return None
    try:
        number = sign * int(digits, kind)
    except ValueError:
        return None
    if -(1 << 63) <= number < 1 << 63:
        return number
    if bare[:1] not in ("+", "-") and number < 1 << 64:
        return Unsigned(number)
    return None


def floating(text):
    bare = text.replace("_", "")
    if not FLOAT.fullmatch(bare):
        return None
    number = Real(bare)
    return Huge(text) if math.isinf(number) else number


def moment(text):
    found = TIME.fullmatch(text)
    if not found:
        return None
    year, month, day, mark, hour, minute, second, part, zone = found.groups()
    if mark == " " and zone or mark not in (" ", None) and not zone:
        return None
    try:
        read = Moment(
            *(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0)),
            microsecond=int((part or "").ljust(6, "0")[:6]),
            tzinfo=datetime.timezone.utc if zone in ("Z", None) else offset(zone),
        )
        read.text = text
        return read
    except ValueError:
        return None


def offset(zone):
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    delta = datetime.timedelta(minutes=-minutes if zone[0] == "-" else minutes)
    return datetime.timezone(delta) if minutes else datetime.timezone.utc


def is_null(node):
    return is_plain(node) and not node.tag and node.value in NAMED and NAMED[node.value] is None


def pairs(node):
    """The pairs of a mapping, what it merges first, each key once."""
    texts = [(type(key), key.value) for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
    if len(set(texts)) < len(texts):
        raise Wrong("mapping key already defined")
    merged, own = {}, {}
    for key, value in node.value:
        if is_plain(key) and key.value == MERGE:
            several = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for one in reversed(several):
                if not isinstance(one, yaml.MappingNode):
                    raise Wrong("map merge requires map or sequence of maps as the value")
                merged.update(pairs(one))
        else:
            if not isinstance(key, yaml.ScalarNode):
                raise Wrong("invalid map key")
            own[key.value if isinstance(scalar(key), str) else scalar(key)] = (key, value)
    return {**merged, **own}


# A reader of a field takes a node, and a list to which it adds what Go passes over in silence.


def anything(node, silent):
    """A value of a field without a type."""
    if isinstance(node, yaml.ScalarNode):
        return scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [anything(item, silent) for item in node.value]
    return {name: anything(value, silent) for name, (_, value) in pairs(node).items()}


def text(node, silent):
    if is_null(node):
        return ""
    if not isinstance(node, yaml.ScalarNode):
        raise Wrong("cannot unmarshal into string")
    return node.value


def whole(node, silent):
    """What an int is made of: of a number with a fraction, Go drops it."""
    if is_null(node):
        return 0
    value = scalar(node) if isinstance(node, yaml.ScalarNode) else None
    if isinstance(value, Unsigned) or isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Wrong("cannot unmarshal into int")
    if not value < 1 << 63:
        raise Wrong("cannot unmarshal into int")
    return value


def several(of):
    """A sequence of typed items, of which those that are null are left out."""

    def read(node, silent):
        if is_null(node):
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise Wrong("cannot unmarshal into a sequence")
        silent.extend("null in a list" for item in node.value if is_null(item))
        return [of(item, silent) for item in node.value if not is_null(item)]

    return read


def named(of):
    def read(node, silent):
        if is_null(node):
            return {}
        if not isinstance(node, yaml.MappingNode):
            raise Wrong("cannot unmarshal into a map")
        return {text(key, silent): of(value, silent) for key, value in pairs(node).values()}

    return read


def optional(of):
    return lambda node, silent: None if is_null(node) else of(node, silent)


def struct(**fields):
    """Unknown keys are ignored; a field that is absent or null has the zero of its type."""

    def read(node, silent):
        found = {}
        if node is not None and not is_null(node):
            if not isinstance(node, yaml.MappingNode):
                raise Wrong("cannot unmarshal into a struct")
            found = {key.value: value for key, value in pairs(node).values()}
            silent.extend("unknown key" for key in found if key not in fields)
            silent.extend("no value" for key in ("value",) if key in fields and key not in found)
        return {name: of(found.get(name, ABSENT), silent) for name, of in fields.items()}

    return read
