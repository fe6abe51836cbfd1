"""What Go prints and how it converts, for the values that a policy compares."""

import datetime
import decimal
import math

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


def shown(value, is_exact=False):
    """`fmt.Sprintf("%v", value)`; exact, no digit of a number is lost to a float64."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (float, decimal.Decimal)):
        return number_shown(exact(value)) if is_exact else float_shown(float(value))
    if isinstance(value, datetime.datetime):
        return time_shown(value)
    if isinstance(value, list):
        return "[" + " ".join(shown(item, is_exact) for item in value) + "]"
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: key_order(pair[0]))
        return "map[" + " ".join(f"{shown(key)}:{shown(item, is_exact)}" for key, item in pairs) + "]"
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
    # The shortest digits that read back as this number.
    return number_shown(decimal.Decimal(repr(number)))


def number_shown(number):
    if not number.is_finite():
        return float_shown(float(number))
    sign = "-" if number.is_signed() else ""
    digits = "".join(map(str, number.as_tuple().digits)).strip("0") or "0"
    exponent = number.adjusted() if number else 0
    if not -4 <= exponent < LARGE:
        mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return f"{sign}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if exponent < 0:
        return sign + "0." + "0" * (-exponent - 1) + digits
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    return sign + whole + ("." + digits[exponent + 1 :] if digits[exponent + 1 :] else "")


def time_shown(moment):
    offset = moment.utcoffset() or datetime.timedelta()
    part = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    minutes = int(offset.total_seconds()) // 60
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
    name = "UTC" if moment.tzinfo is datetime.timezone.utc else zone
    return moment.strftime("%Y-%m-%d %H:%M:%S") + part + f" {zone} {name}"
