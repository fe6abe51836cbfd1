"""What Go prints and how it converts, for the values that a policy compares."""

import datetime
import decimal
import math
import unicodedata

INT64 = 1 << 63
LARGE = 6


class Unsigned(int):
    """An integer over the range of int64, which Go holds as uint64: no number to the operators."""


class Real(float):
    """A float64 that knows how it was written."""

    def __new__(cls, text):
        real = super().__new__(cls, text)
        real.exact = decimal.Decimal(text)
        return real


class Huge(str):
    """A number that is too large for a float64: to yaml.v3 it is a text."""


class Moment(datetime.datetime):
    """A point in time that knows how it was written."""


def is_number(value):
    """Whether it is one to the operators. A number of JSON is a Decimal, or an int."""
    numbers = (int, float, decimal.Decimal)
    return isinstance(value, numbers) and not isinstance(value, (bool, Unsigned))


def exact(value):
    """A number as it was written."""
    return value.exact if isinstance(value, Real) else decimal.Decimal(value)


def wrapped(number):
    """The int64 that an addition in int64 leaves."""
    return (number + INT64) % (2 * INT64) - INT64


def truncated(number):
    """int64(number): what amd64 leaves for a number outside of the range is the least int64."""
    if math.isfinite(number) and -INT64 <= int(number) < INT64:
        return int(number)
    return -INT64


def shown(value):
    """`fmt.Sprintf("%v", value)`."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (float, decimal.Decimal)):
        return float_shown(float(value))
    if isinstance(value, datetime.datetime):
        return time_shown(value)
    if isinstance(value, list):
        return "[" + " ".join(map(shown, value)) + "]"
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: key_order(pair[0]))
        return "map[" + " ".join(f"{shown(key)}:{shown(item)}" for key, item in pairs) + "]"
    return str(value)


def key_order(key):
    if isinstance(key, str):
        return (3, key.encode("utf-8", "surrogatepass"))
    if isinstance(key, bool):
        return (2, key)
    return (1, key) if is_number(key) else (0, shown(key))


def float_shown(number):
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    sign = "-" if math.copysign(1, number) < 0 else ""
    digits, exponent = shortest(abs(number))
    if not -4 <= exponent < LARGE:
        mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return f"{sign}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if exponent < 0:
        return sign + "0." + "0" * (-exponent - 1) + digits
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    return sign + whole + ("." + digits[exponent + 1 :] if digits[exponent + 1 :] else "")


def shortest(number):
    """The shortest digits that read back as this number, and the exponent of the first one."""
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, part = mantissa.partition(".")
    digits = (whole + part).lstrip("0")
    lead = len(whole) - 1 if whole.strip("0") else -1 - (len(part) - len(part.lstrip("0")))
    digits = digits.rstrip("0")
    return (digits, lead + int(exponent or 0)) if digits else ("0", 0)


def time_shown(moment):
    offset = moment.utcoffset() or datetime.timedelta()
    part = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    minutes = int(offset.total_seconds()) // 60
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
    name = "UTC" if moment.tzinfo is datetime.timezone.utc else zone
    return moment.strftime("%Y-%m-%d %H:%M:%S") + part + f" {zone} {name}"


ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}


def quoted(text):
    """`fmt.Sprintf("%q", text)`."""
    return '"' + "".join(map(character_quoted, text)) + '"'


def character_quoted(character):
    if character in '"\\':
        return "\\" + character
    if character in ESCAPES:
        return ESCAPES[character]
    if character == " " or unicodedata.category(character)[0] in "LMNPS":
        return character
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
